//! The features of a pair, in the fixed order of [`PAIR_FEATURES`]: the model's input.
//!
//! Pure functions of two payables and their context. What is missing on either side gives zeros
//! and lowers the flag that says it was known.

use jiff::civil::Date;

use super::amount::{self, AmountRelation};
use super::context::{PairContext, days};
use super::number::{self, NumberRelation, NumberView};
use crate::domain::history::{EntryType, Payable};
use crate::domain::text::company_key;

/// A payable prepared for comparison: prepare once, compare often.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Position in the history.
    pub row: u64,
    /// The vendor's number, folded; the name's key where there is none.
    pub vendor: String,
    /// Whether `vendor` is a number.
    pub has_vendor_id: bool,
    /// The name without legal form, folded.
    pub name: String,
    /// The invoice number.
    pub number: NumberView,
    /// Signed hundredths of the currency unit.
    pub cents: i64,
    /// ISO 4217, upper case; empty: unknown.
    pub currency: String,
    /// Invoice, credit or void.
    pub entry_type: EntryType,
    /// The supplier's date.
    pub invoice_date: Option<Date>,
    /// When it was entered, else paid.
    pub entered: Option<Date>,
    /// Order number, folded.
    pub order: String,
    /// Department, folded.
    pub department: String,
    /// Account, folded.
    pub account: String,
    /// Bank account, folded.
    pub bank: String,
}

impl Prepared {
    /// Prepares one payable.
    #[must_use]
    pub fn of(payable: &Payable) -> Self {
        let name = company_key(&payable.vendor_name);
        let id = compact(&payable.vendor_id);
        Self {
            row: payable.row,
            has_vendor_id: !id.is_empty(),
            vendor: if id.is_empty() { name.clone() } else { id },
            name,
            number: NumberView::of(payable),
            cents: amount::hundredths(payable.amount),
            currency: compact(&payable.currency),
            entry_type: payable.entry_type,
            invoice_date: payable.invoice_date,
            entered: payable.posted_at.map(|at| at.to_zoned_datetime(jiff::tz::TimeZone::UTC).date()).or(payable.payment_date),
            order: compact(&payable.po_number),
            department: compact(&payable.department),
            account: compact(&payable.account_code),
            bank: compact(&payable.bank_account),
        }
    }

    /// Whether both are the same vendor of the master data (by number; by name where one has none).
    #[must_use]
    pub fn same_vendor(&self, other: &Self) -> bool {
        if self.has_vendor_id == other.has_vendor_id {
            self.vendor == other.vendor
        } else {
            !self.name.is_empty() && self.name == other.name
        }
    }

    /// The day by which series are measured.
    #[must_use]
    pub fn day(&self) -> Option<Date> {
        self.invoice_date.or(self.entered)
    }
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// Names of the pair features, in the model's order.
pub const PAIR_FEATURES: &[&str] = &[
    "vendor-same-id",
    "vendor-ids-known",
    "vendor-name-equal",
    "vendor-name-similarity",
    "vendor-name-tokens",
    "bank-equal",
    "bank-different",
    "number-both",
    "number-exact",
    "number-same-key",
    "number-same-confused",
    "number-same-digits",
    "number-similarity",
    "number-distance-one",
    "number-lookalike",
    "number-transposed",
    "number-contained",
    "number-step-known",
    "number-step-log",
    "number-step-small",
    "number-backwards",
    "number-prefix",
    "number-suffix",
    "number-one-blank",
    "number-one-date",
    "number-length",
    "number-long-and-same",
    "amount-equal",
    "amount-opposite",
    "amount-both-positive",
    "amount-log-ratio",
    "amount-ratio-size",
    "amount-with-tax",
    "amount-shifted",
    "amount-transposed",
    "amount-one-digit",
    "amount-near",
    "amount-part",
    "amount-smaller",
    "amount-log-size",
    "amount-round-zeros",
    "currency-different",
    "currency-known",
    "date-both",
    "date-equal",
    "date-gap-log",
    "date-gap-months",
    "date-gap-weeks",
    "date-same-day-of-month",
    "date-swapped",
    "date-one-digit",
    "entered-both",
    "entered-gap-log",
    "entered-same-day",
    "department-equal",
    "department-different",
    "account-equal",
    "account-different",
    "order-equal",
    "order-different",
    "later-not-invoice",
    "earlier-not-invoice",
    "series-same-amount",
    "series-distinct-numbers",
    "series-same-number",
    "series-number-amounts",
    "series-same-day",
    "series-rhythm",
    "reversed",
    "reversals",
    "better-candidates",
    "margin",
    "parts-complete",
    "number-neighbours",
    "equal-amount-and-date",
    "equal-amount-and-number",
    "equal-number-and-date",
];

/// The features of `(earlier, later)`: one `f32` for each of [`PAIR_FEATURES`].
#[must_use]
pub fn pair_features(earlier: &Payable, later: &Payable, context: &PairContext) -> Vec<f32> {
    features(&Prepared::of(earlier), &Prepared::of(later), context)
}

/// The same from prepared payables.
#[must_use]
pub fn features(earlier: &Prepared, later: &Prepared, context: &PairContext) -> Vec<f32> {
    let mut out = Vec::with_capacity(PAIR_FEATURES.len());
    push_features(&mut out, earlier, later, context);
    out
}

/// Appends them to `out`.
pub(super) fn push_features(out: &mut Vec<f32>, earlier: &Prepared, later: &Prepared, context: &PairContext) {
    let number = number::relate(&earlier.number, &later.number);
    let amount = amount::relate(earlier.cents, later.cents);
    let same_date = earlier.invoice_date.is_some() && earlier.invoice_date == later.invoice_date;
    push_vendor(out, earlier, later);
    push_number(out, &number);
    push_amount(out, &amount, earlier, later);
    push_dates(out, earlier, later);
    for (a, b) in [(&earlier.department, &later.department), (&earlier.account, &later.account), (&earlier.order, &later.order)] {
        out.extend(compare(a, b));
    }
    out.push(flag(later.entry_type != EntryType::Invoice || later.cents < 0));
    out.push(flag(earlier.entry_type != EntryType::Invoice || earlier.cents < 0));
    push_context(out, context);
    let same_number = number.same_key || number.same_confused;
    out.extend([flag(amount.equal && same_date), flag(amount.equal && same_number), flag(same_number && same_date)]);
}

fn flag(yes: bool) -> f32 {
    f32::from(u8::from(yes))
}

/// `[equal, different]`; both zero where either is unknown.
fn compare(a: &str, b: &str) -> [f32; 2] {
    let known = !a.is_empty() && !b.is_empty();
    [flag(known && a == b), flag(known && a != b)]
}

fn push_vendor(out: &mut Vec<f32>, a: &Prepared, b: &Prepared) {
    let ids = a.has_vendor_id && b.has_vendor_id;
    let names = !a.name.is_empty() && !b.name.is_empty();
    let equal = names && a.name == b.name;
    let similarity = match (names, equal) {
        (false, _) => 0.0,
        (true, true) => 1.0,
        (true, false) => strsim::jaro_winkler(&a.name, &b.name) as f32,
    };
    let tokens = if equal { 1.0 } else { shared_tokens(&a.name, &b.name) };
    out.extend([flag(ids && a.vendor == b.vendor), flag(ids), flag(equal), similarity, tokens]);
    out.extend(compare(&a.bank, &b.bank));
}

/// Shared words over the words of the shorter name.
pub(super) fn shared_tokens(a: &str, b: &str) -> f32 {
    let (left, right): (Vec<&str>, Vec<&str>) =
        (a.split(' ').filter(|w| !w.is_empty()).collect(), b.split(' ').filter(|w| !w.is_empty()).collect());
    let shorter = left.len().min(right.len());
    if shorter == 0 {
        return 0.0;
    }
    left.iter().filter(|w| right.contains(w)).count() as f32 / shorter as f32
}

fn push_number(out: &mut Vec<f32>, n: &NumberRelation) {
    let step = n.step.unwrap_or(0);
    out.extend([
        flag(n.both),
        flag(n.exact),
        flag(n.same_key),
        flag(n.same_confused),
        flag(n.same_digits),
        n.similarity,
        flag(n.distance == 1),
        flag(n.lookalike),
        flag(n.transposed),
        flag(n.contained),
        flag(n.step.is_some()),
        ((step as f32).ln_1p() / 5.0).min(3.0),
        flag((1..=3).contains(&step)),
        flag(n.backwards),
        n.prefix,
        n.suffix,
        flag(n.one_blank),
        flag(n.one_date),
        (n.length / 8.0).min(2.0),
        flag(n.same_key) * (n.length / 8.0).min(1.5),
    ]);
}

fn push_amount(out: &mut Vec<f32>, r: &AmountRelation, a: &Prepared, b: &Prepared) {
    out.extend([
        flag(r.equal),
        flag(r.opposite),
        flag(r.both_positive),
        r.log_ratio,
        r.log_ratio.abs(),
        flag(r.with_tax),
        flag(r.shifted),
        flag(r.transposed),
        flag(r.one_digit),
        flag(r.near),
        flag(r.part),
        flag(r.smaller),
        r.log_size / 5.0,
        r.round_zeros / 4.0,
    ]);
    let known = !a.currency.is_empty() && !b.currency.is_empty();
    out.extend([flag(known && a.currency != b.currency), flag(known)]);
}

fn push_dates(out: &mut Vec<f32>, a: &Prepared, b: &Prepared) {
    match a.invoice_date.zip(b.invoice_date) {
        Some((x, y)) => {
            let gap = days(x, y).abs();
            let month = (gap as f32 / 30.4).round().max(1.0);
            out.extend([
                1.0,
                flag(x == y),
                (gap as f32).ln_1p() / 4.0,
                (1.0 - (gap as f32 - month * 30.4).abs() / 4.0).max(0.0),
                flag(gap > 0 && gap % 7 == 0),
                flag(gap > 0 && x.day() == y.day()),
                flag(
                    x != y
                        && x.year() == y.year()
                        && i16::from(x.month()) == i16::from(y.day())
                        && i16::from(x.day()) == i16::from(y.month()),
                ),
                flag(one_part_differs(x, y)),
            ]);
        }
        None => out.extend([0.0; 8]),
    }
    match a.entered.zip(b.entered) {
        Some((x, y)) => out.extend([1.0, (days(x, y).abs() as f32).ln_1p() / 4.0, flag(x == y)]),
        None => out.extend([0.0; 3]),
    }
}

/// Exactly one of year, month, day differs, by one digit.
fn one_part_differs(x: Date, y: Date) -> bool {
    let digits = |date: Date| {
        let (year, month, day) = (date.year(), date.month(), date.day());
        [
            year / 1000,
            year / 100 % 10,
            year / 10 % 10,
            year % 10,
            (month / 10).into(),
            (month % 10).into(),
            (day / 10).into(),
            (day % 10).into(),
        ]
    };
    digits(x).iter().zip(digits(y)).filter(|(c, d)| **c != *d).count() == 1
}

fn push_context(out: &mut Vec<f32>, c: &PairContext) {
    let log = |count: u32| (count as f32).ln_1p() / 2.0;
    out.extend([
        log(c.same_amount),
        log(c.same_amount_numbers),
        log(c.same_number),
        log(c.same_number_amounts),
        log(c.same_day),
        c.rhythm,
        flag(c.reversed),
        log(c.reversals),
        log(c.better),
        c.margin.clamp(-4.0, 4.0) / 2.0,
        flag(c.completes),
        log(c.neighbours),
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::tests::{payable, payable_of};
    use proptest::prelude::*;

    #[test]
    fn names_and_values_are_as_many_and_names_differ() {
        let a = payable("V1", "A-17", "119.00", "2024-05-06");
        assert_eq!(pair_features(&a, &a, &PairContext::default()).len(), PAIR_FEATURES.len());
        let mut names = PAIR_FEATURES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PAIR_FEATURES.len());
    }

    #[test]
    fn vendors_without_a_number_compare_by_name() {
        let a = Prepared::of(&payable_of("", "Kraxi GmbH", "1", "1", "2024-01-01"));
        let b = Prepared::of(&payable_of("77", "KRAXI", "1", "1", "2024-01-01"));
        assert!(a.same_vendor(&b) && a.same_vendor(&a));
    }

    proptest! {
        #[test]
        fn any_pair_gives_finite_features_and_the_measures_are_symmetric(
            number in "[A-Z0-9/ -]{0,12}", other in "[A-Z0-9/ -]{0,12}", cents in -9_999_999_i64..9_999_999, cents2 in -9_999_999_i64..9_999_999,
            day in 1_i8..28, name in "\\PC{0,12}",
        ) {
            let mut a = payable_of("V1", &name, &number, "1", "2024-02-03");
            let mut b = payable_of("V1", "Dorn", &other, "1", &format!("2024-03-{day:02}"));
            a.amount = rust_decimal::Decimal::new(cents, 2);
            b.amount = rust_decimal::Decimal::new(cents2, 2);
            let forward = pair_features(&a, &b, &PairContext::default());
            let backward = pair_features(&b, &a, &PairContext::default());
            for (index, name) in PAIR_FEATURES.iter().enumerate() {
                prop_assert!(forward[index].is_finite() && forward[index].abs() <= 10.0, "{name}: {}", forward[index]);
                if !["number-backwards", "amount-log-ratio", "amount-part", "amount-smaller", "later-not-invoice", "earlier-not-invoice"].contains(name) {
                    prop_assert_eq!(forward[index], backward[index], "{} is not symmetric", name);
                }
            }
        }
    }
}
