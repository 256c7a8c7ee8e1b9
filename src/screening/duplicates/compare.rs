//! Which earlier payables are worth comparing with a new one, and their features: the one way from
//! candidates to the model's input, online, in batch and in training.
//!
//! A candidate shares a key, which says little: most are a vendor's equal bills under unlike numbers and
//! other dates. [`is_likely`] lets pass what has a second piece of evidence; the rest is no duplicate
//! without being scored. The context is still that of all candidates.

use super::amount;
use super::context::{contexts, days};
use super::features::{PAIR_FEATURES, Prepared, push_features};
use crate::domain::history::EntryType;

/// What two numbers have to do with each other at a glance.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Glance {
    /// Equal but for writing and characters that are taken for each other.
    Same,
    /// One is within the other, or is missing, a date or words.
    Close,
    /// Much the same characters: a typing error, or the next number.
    Like,
    Unlike,
}

/// Likeness of two numbers' characters from which they are looked at closely.
const LIKE: f32 = 0.7;
/// Days between two dates of which one may be a slip of the other's, where the numbers are only alike.
const SLIP: i32 = 3;

fn glance(a: &Prepared, b: &Prepared) -> Glance {
    let (x, y) = (&a.number, &b.number);
    if x.is_blank() || y.is_blank() {
        return Glance::Close;
    }
    if x.key == y.key || x.confused == y.confused {
        return Glance::Same;
    }
    let (short, long) = if x.key.len() <= y.key.len() { (&x.key, &y.key) } else { (&y.key, &x.key) };
    if x.date_like != y.date_like || x.wordy != y.wordy || (short.len() >= 2 && long.contains(short.as_str())) {
        Glance::Close
    } else if x.likeness(y) >= LIKE {
        Glance::Like
    } else {
        Glance::Unlike
    }
}

/// Whether a pair deserves to be scored: an invoice against an earlier invoice, with evidence in two of
/// number, amount and date.
#[must_use]
pub fn is_likely(earlier: &Prepared, later: &Prepared) -> bool {
    if !is_payment(earlier) || !is_payment(later) {
        return false;
    }
    let (x, y) = (earlier.cents, later.cents);
    let same_date = earlier.invoice_date.is_some() && earlier.invoice_date == later.invoice_date;
    if x == y && same_date {
        return true;
    }
    let part = y < x && earlier.same_vendor(later);
    match glance(earlier, later) {
        Glance::Same => x == y || same_date || part || amount::is_related(x, y),
        Glance::Close => x == y || (same_date && (part || amount::is_related(x, y))),
        Glance::Like if x == y => nearly_one_day(earlier, later),
        Glance::Like => same_date && amount::is_related(x, y),
        Glance::Unlike => false,
    }
}

fn nearly_one_day(a: &Prepared, b: &Prepared) -> bool {
    let (Some(x), Some(y)) = (a.invoice_date, b.invoice_date) else { return true };
    days(x, y).abs() <= SLIP || (x.year() == y.year() && x.month() == y.day() && x.day() == y.month())
}

/// An invoice with a positive amount: what can be paid twice.
#[must_use]
pub fn is_payment(payable: &Prepared) -> bool {
    payable.entry_type == EntryType::Invoice && payable.cents > 0
}

/// Appends a row of [`PAIR_FEATURES`] to `rows` for every likely original of `later` among `candidates`
/// (all earlier, each sharing a key with it, in order of time), and gives their places among the candidates.
pub fn compare(later: &Prepared, candidates: &[&Prepared], rows: &mut Vec<f32>) -> Vec<usize> {
    let likely: Vec<usize> =
        candidates.iter().enumerate().filter(|(_, earlier)| is_likely(earlier, later)).map(|(place, _)| place).collect();
    if likely.is_empty() {
        return likely;
    }
    let found = contexts(later, candidates);
    rows.reserve(likely.len() * PAIR_FEATURES.len());
    for place in &likely {
        push_features(rows, candidates[*place], later, &found[*place]);
    }
    likely
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::tests::payable_of;

    fn of(number: &str, amount: &str, date: &str) -> Prepared {
        Prepared::of(&payable_of("V1", "Kraxi GmbH", number, amount, date))
    }

    #[test]
    fn errors_pass_and_a_series_of_equal_bills_does_not() {
        let original = of("RE-48213", "119.00", "2024-05-06");
        for (number, amount, date) in [
            ("RE48213", "119.00", "2023-05-06"),
            ("RE-48273", "119.00", "2024-05-08"),
            ("RE-48231", "119.00", "2024-05-06"),
            ("", "119.00", "2024-06-07"),
            ("06.05.2024", "119.00", "2024-05-06"),
            ("AS PER INVOICE", "119.00", "2024-05-06"),
            ("RE-48213", "100.00", "2024-06-01"),
            ("RE-48213A", "59.50", "2024-05-06"),
            ("77", "119.00", "2024-05-06"),
        ] {
            assert!(is_likely(&original, &of(number, amount, date)), "{number} {amount} {date}");
        }
        assert!(!is_likely(&original, &of("77", "119.00", "2024-06-06")));
        assert!(!is_likely(&original, &of("RE-48273", "119.00", "2024-06-06")), "the next number of a monthly bill");
        assert!(!is_likely(&original, &of("RE-48214", "300.00", "2024-06-06")));
        assert!(!is_likely(&original, &of("RE-48213", "-119.00", "2024-05-06")));
    }

    #[test]
    fn rows_are_as_many_as_places() {
        let (later, a, b) = (of("1", "5", "2024-01-01"), of("1", "5", "2024-01-01"), of("99", "7", "2023-01-01"));
        let mut rows = Vec::new();
        assert_eq!(compare(&later, &[&b, &a], &mut rows), [1]);
        assert_eq!(rows.len(), PAIR_FEATURES.len());
    }
}
