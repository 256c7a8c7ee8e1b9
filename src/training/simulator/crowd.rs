//! The crowd of suppliers: a few very busy ones, most paid once or twice, as ledgers have them.

use super::vendors::{Billing, Vendor};
use super::{Dice, Options};

/// Rows of a book: from, and this many times more at most.
const ROWS: (f64, f64) = (800.0, 20.0);

/// Reshapes how often suppliers bill: a book's own tail, its own share of suppliers paid a few times, and
/// its own size.
pub(super) fn reshape(dice: &mut Dice, vendors: &mut [Vendor], options: &Options) {
    let tail = 0.3 + 1.1 * dice.unit();
    let rare = 0.15 + 0.8 * dice.unit();
    let (rounds, round_billers) = (dice.seldom(0.1, 0.3), dice.seldom(0.1, 0.5));
    let small = dice.unit();
    let months = f64::from(options.months.max(1));
    let spread = 0.15 + 0.75 * dice.unit();
    let mut expected = 0.0;
    for vendor in vendors.iter_mut() {
        // Small suppliers have sent few invoices yet; some always bill whole hundreds.
        if dice.chance(small) {
            vendor.first_number = (dice.unit() * 9.0).exp() as i64;
        }
        vendor.round_share = if dice.chance(round_billers) { dice.unit() } else { rounds * dice.unit() };
        if dice.chance(rare) {
            let times = 1.0 + (0.8 * dice.normal() + 0.3).exp();
            let middle = 6.2 + 1.2 * dice.normal();
            vendor.billing = vec![Billing::Free { middle, spread: 0.3 + 0.6 * dice.unit(), per_month: times / months }];
            vendor.active = (0.0, 1.0);
            continue;
        }
        let factor = (tail * dice.normal()).exp();
        for billing in &mut vendor.billing {
            match billing {
                Billing::Free { per_month, spread: own, .. } => {
                    *per_month *= factor;
                    *own = (*own * (0.5 + spread)).clamp(0.05, 1.6);
                    expected += *per_month * months;
                }
                Billing::Catalogue { per_month, .. } => {
                    *per_month *= factor;
                    expected += *per_month * months;
                }
                Billing::Recurring { .. } => {}
            }
        }
    }
    let wanted = ROWS.0 * ROWS.1.powf(dice.unit());
    let scale = (wanted / expected.max(1.0)).clamp(0.05, 4.0);
    for billing in vendors.iter_mut().flat_map(|vendor| &mut vendor.billing) {
        if let Billing::Free { per_month, .. } | Billing::Catalogue { per_month, .. } = billing
            && *per_month * months > 4.0
        {
            *per_month = (*per_month * scale).clamp(0.02, 60.0);
        }
    }
}
