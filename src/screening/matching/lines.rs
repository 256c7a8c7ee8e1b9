//! Comparing the invoice's lines with the order's.

use rust_decimal::Decimal;

use super::Ledger;
use crate::domain::extraction::LineItem;
use crate::domain::finding::Reason;
use crate::domain::purchasing::OrderLine;
use crate::domain::text::fold;

/// From this similarity of folded descriptions on, a line is the order line's by its words alone.
const SIMILAR: f64 = 0.55;

/// Differences of all lines, each in words with its figures, in the invoice's order.
pub(super) fn compare_lines(items: &[LineItem], ledger: &Ledger<'_>) -> Vec<Reason> {
    let mut out = Vec::new();
    let mut billed: Vec<Decimal> = vec![Decimal::ZERO; ledger.order.lines.len()];
    let mut not_ordered = Decimal::ZERO;
    for (index, item) in items.iter().enumerate() {
        let place = index + 1;
        let Some(at) = pair(item, ledger, &billed) else {
            let what = item.description.as_deref().unwrap_or("without description");
            let amount = amount_of(item).unwrap_or_default();
            not_ordered += amount;
            if not_ordered > ledger.tolerance.total_absolute {
                let text = format!("line {place} ({what}) is not on order {}", ledger.order.number);
                out.push(Reason::new("line-not-ordered", text, amount.to_string()));
            }
            continue;
        };
        let ordered = &ledger.order.lines[at];
        let (quantity, price) = figures(item, ordered);
        billed[at] += quantity;
        out.extend(price_difference(place, price, ordered, ledger));
    }
    for (ordered, quantity) in ledger.order.lines.iter().zip(billed) {
        out.extend(quantity_difference(ordered, quantity, ledger));
    }
    out
}

/// Quantities billed by order line, lines that bill nothing left out.
pub(super) fn billed(items: &[LineItem], ledger: &Ledger<'_>) -> Vec<(u32, Decimal)> {
    let mut billed: Vec<Decimal> = vec![Decimal::ZERO; ledger.order.lines.len()];
    for item in items {
        if let Some(at) = pair(item, ledger, &billed) {
            billed[at] += figures(item, &ledger.order.lines[at]).0;
        }
    }
    ledger
        .order
        .lines
        .iter()
        .zip(billed)
        .filter(|(_, quantity)| !quantity.is_zero())
        .map(|(line, quantity)| (line.number, quantity))
        .collect()
}

pub(super) fn amount_of(item: &LineItem) -> Option<Decimal> {
    item.amount.or_else(|| item.quantity.zip(item.unit_price).map(|(q, p)| q * p))
}

/// Quantity and unit price of a line; what it lacks follows from its amount. A price that the
/// amount contradicts (discounts) gives way to amount / quantity.
fn figures(item: &LineItem, ordered: &OrderLine) -> (Decimal, Decimal) {
    let divide = |a: Decimal, b: Decimal| a.checked_div(b).map(|v| v.round_dp(6));
    match (item.quantity, item.unit_price, item.amount) {
        (Some(quantity), price, Some(amount)) => (quantity, divide(amount, quantity).or(price).unwrap_or_default()),
        (Some(quantity), Some(price), None) => (quantity, price),
        (None, Some(price), Some(amount)) => (divide(amount, price).unwrap_or_default(), price),
        (None, None, Some(amount)) => (divide(amount, ordered.unit_price).unwrap_or_default(), ordered.unit_price),
        (Some(quantity), None, None) => (quantity, ordered.unit_price),
        (None, _, None) => (Decimal::ZERO, ordered.unit_price),
    }
}

/// The order line that an invoice line bills: by words, then by price, the best first; one with
/// nothing left to bill only where no other fits.
fn pair(item: &LineItem, ledger: &Ledger<'_>, billed: &[Decimal]) -> Option<usize> {
    let words = item.description.as_deref().map(fold).unwrap_or_default();
    let mut best: Option<(f64, usize)> = None;
    for (at, ordered) in ledger.order.lines.iter().enumerate() {
        let likeness = if words.is_empty() { 0.0 } else { likeness(&words, &fold(&ordered.description)) };
        let (_, price) = figures(item, ordered);
        let priced = (item.unit_price.is_some() || item.quantity.is_some()) && within_percent(price, ordered.unit_price, 25);
        if likeness < SIMILAR && !(priced && (words.is_empty() || likeness > 0.25 || ledger.order.lines.len() == 1)) {
            continue;
        }
        let open = ledger.open(ordered.number, ordered.quantity) - billed[at] > Decimal::ZERO;
        let score = likeness + if priced { 0.3 } else { 0.0 } + if open { 0.15 } else { 0.0 };
        if best.is_none_or(|(top, _)| score > top) {
            best = Some((score, at));
        }
    }
    best.map(|(_, at)| at)
}

fn within_percent(a: Decimal, b: Decimal, percent: i64) -> bool {
    (a - b).abs() * Decimal::ONE_HUNDRED <= b.abs() * Decimal::from(percent)
}

/// Likeness of two folded descriptions: the share of common words, or of characters.
fn likeness(a: &str, b: &str) -> f64 {
    let (left, right): (Vec<&str>, Vec<&str>) = (a.split(' ').collect(), b.split(' ').collect());
    let common = left.iter().filter(|w| right.contains(w)).count() as f64;
    let words = common / left.len().min(right.len()).max(1) as f64;
    words.max(strsim::normalized_levenshtein(a, b))
}

fn price_difference(place: usize, price: Decimal, ordered: &OrderLine, ledger: &Ledger<'_>) -> Option<Reason> {
    let slack = (ordered.unit_price * ledger.tolerance.price_percent / Decimal::ONE_HUNDRED).max(ledger.tolerance.price_absolute);
    if price <= ordered.unit_price + slack {
        return None;
    }
    let (price, agreed) = (price.round_dp(4).normalize(), ordered.unit_price.normalize());
    let text = format!(
        "line {place} ({}): unit price {price} is above the order's {agreed}, tolerance {}",
        ordered.description,
        slack.normalize()
    );
    Some(Reason::new("price-above-order", text, format!("{price} / {agreed}")))
}

fn quantity_difference(ordered: &OrderLine, quantity: Decimal, ledger: &Ledger<'_>) -> Option<Reason> {
    if quantity <= Decimal::ZERO {
        return None;
    }
    let before = ledger.invoiced(ordered.number);
    let (together, slack) = (before + quantity, ledger.quantity_slack(ordered.quantity));
    let earlier = if before > Decimal::ZERO { format!(" ({} of them on earlier invoices)", before.normalize()) } else { String::new() };
    let say = |code: &str, what: &str, limit: Decimal| {
        let text = format!("{}: {} invoiced{earlier}, {} {what}", ordered.description, together.normalize(), limit.normalize());
        Some(Reason::new(code, text, format!("{} / {}", together.normalize(), limit.normalize())))
    };
    let received = ledger.received(ordered.number);
    if together > ordered.quantity + slack {
        say("quantity-above-order", "ordered", ordered.quantity)
    } else if ledger.order.receipt_required && together > received + slack {
        say("quantity-above-receipt", "received", received)
    } else {
        None
    }
}
