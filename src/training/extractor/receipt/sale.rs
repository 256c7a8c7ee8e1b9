//! What was sold at a till and what it comes to, in minor units.

use rand::RngExt as _;

use super::super::entities::{Rng, chance, digits, pick};
use super::choose;
use super::land::Land;
use super::wording::Till;

/// One thing sold.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// Article number.
    pub code: String,
    /// How many; `None` where it is weighed or measured.
    pub count: i64,
    /// Weight or volume as printed in thousandths, with its unit.
    pub measure: Option<(i64, &'static str)>,
    /// Price of one.
    pub price: i64,
    /// What it comes to.
    pub amount: i64,
}

/// A sale, in minor units. `sum - discount + service (+ tax if added) + rounding = total`.
#[derive(Debug, Clone)]
pub struct Sale {
    /// What was sold.
    pub items: Vec<Item>,
    /// Sum of the items.
    pub sum: i64,
    /// Discount on the sum, positive.
    pub discount: i64,
    /// Service charge and its rate in percent.
    pub service: (i64, i64),
    /// Rate of the tax in tenths of a percent; zero where there is none.
    pub rate: u32,
    /// The tax.
    pub tax: i64,
    /// Whether the tax comes on top of the prices.
    pub added: bool,
    /// What the tax is reckoned on.
    pub net: i64,
    /// What rounding to the smallest coin adds.
    pub rounding: i64,
    /// What is to be paid.
    pub total: i64,
    /// Cash handed over; `None` for cards.
    pub cash: Option<i64>,
}

impl Sale {
    /// Draws a sale.
    pub fn draw(rng: &mut Rng, land: &Land, till: &Till) -> Self {
        let scale = match land.currency {
            "IDR" => 500,
            "INR" | "PHP" | "ZAR" | "MXN" => 20,
            _ => 1,
        };
        let items = items(rng, till, scale);
        let sum: i64 = items.iter().map(|i| i.amount).sum();
        let discount = if chance(rng, 0.12) { share(sum, *pick(rng, &[5, 10, 15, 20]) * 10) } else { 0 };
        let percent = if chance(rng, 0.1) { *pick(rng, &[5_i64, 10, 10, 12, 18]) } else { 0 };
        let service = share(sum - discount, percent * 10);
        let taxed = chance(rng, if land.country == "US" { 0.9 } else { 0.75 });
        let rate = if taxed { *pick(rng, land.rates) } else { 0 };
        let added = taxed && chance(rng, land.added);
        let base = sum - discount + service;
        let tax = if added {
            share(base, i64::from(rate))
        } else {
            base - (base * 1000 + (1000 + i64::from(rate)) / 2) / (1000 + i64::from(rate))
        };
        let owed = base + if added { tax } else { 0 };
        let rounded = (owed + land.coin / 2) / land.coin * land.coin;
        let rounding = if land.coin > 1 && chance(rng, 0.75) { rounded - owed } else { 0 };
        let total = owed + rounding;
        let cash = chance(rng, 0.55).then(|| tendered(rng, total, 10_i64.pow(land.decimals) * scale.max(1)));
        Self {
            items,
            sum,
            discount,
            service: (service, percent),
            rate,
            tax,
            added,
            net: if added { base } else { base - tax },
            rounding,
            total,
            cash,
        }
    }

    /// Number of things sold.
    pub fn count(&self) -> i64 {
        self.items.iter().map(|i| i.count).sum()
    }
}

/// `tenths` per mille-tenth of a percent of an amount, rounded.
fn share(amount: i64, tenths: i64) -> i64 {
    (amount * tenths + 500) / 1000
}

fn tendered(rng: &mut Rng, total: i64, unit: i64) -> i64 {
    if chance(rng, 0.2) {
        return total;
    }
    let note = *pick(rng, &[unit, 5 * unit, 10 * unit, 20 * unit, 50 * unit, 100 * unit]);
    (total + note - 1) / note * note
}

fn items(rng: &mut Rng, till: &Till, scale: i64) -> Vec<Item> {
    let (list, most) = match rng.random_range(0..10) {
        0..4 => (till.food, 10),
        4..8 => (till.shop, 14),
        _ => (till.service_items, 2),
    };
    let count = if most > 2 && chance(rng, 0.04) { rng.random_range(12..28) } else { rng.random_range(1..=most) };
    let (weighed, capitals) = (list == till.service_items || chance(rng, 0.15), chance(rng, 0.35));
    let whole = chance(rng, 0.2);
    let code_length = *pick(rng, &[4, 6, 8, 13]);
    (0..count)
        .map(|_| {
            let name = choose(rng, list);
            let name = if capitals { name.to_uppercase() } else { name.to_owned() };
            let high = *pick(rng, &[600_i64, 1500, 1500, 4000, 15000]);
            let price = rng.random_range(60..high) * scale;
            let price = if whole || scale >= 500 { (price / 100).max(1) * 100 } else { price / 5 * 5 };
            let measure = (weighed && chance(rng, 0.5)).then(|| (rng.random_range(105..48_000), *pick(rng, &["kg", "L", "l", "h"])));
            let count = if chance(rng, 0.3) { rng.random_range(2..7) } else { 1 };
            let amount = measure.map_or(price * count, |(thousandths, _)| (price * thousandths + 500) / 1000);
            Item { name, code: digits(rng, code_length), count: if measure.is_some() { 1 } else { count }, measure, price, amount }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::super::{land, wording};
    use super::*;

    #[test]
    fn every_sale_adds_up() {
        for seed in 0..400 {
            let mut rng = Rng::seed_from_u64(seed);
            let land = land::draw(&mut rng);
            let sale = Sale::draw(&mut rng, land, wording::till(land.language));
            let added = if sale.added { sale.tax } else { 0 };
            assert_eq!(sale.sum - sale.discount + sale.service.0 + added + sale.rounding, sale.total);
            assert_eq!(sale.net + sale.tax + sale.rounding, sale.total);
            assert!(sale.rounding.abs() * 2 <= land.coin && sale.tax >= 0 && (sale.rate > 0 || sale.tax == 0));
            assert!(sale.cash.is_none_or(|cash| cash >= sale.total) && sale.total > 0);
            assert_eq!(sale.sum, sale.items.iter().map(|i| i.amount).sum::<i64>());
        }
    }
}
