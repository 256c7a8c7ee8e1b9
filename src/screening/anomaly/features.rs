//! The features of a payment against its supplier's past and the book, in the order of
//! [`ANOMALY_FEATURES`].
//!
//! Missing columns give zeros and lower the flag that says they were known. A *surprise* is −ln of a
//! probability estimated from the past: the supplier's own counts first, and the book's with a weight that
//! falls with the supplier's evidence (Witten and Bell's back-off), so that a rare account is no surprise
//! from a supplier that changes accounts all the time.

mod amounts;
mod habits;
mod names;
mod numbers;

pub use names::{ANOMALY_FEATURES, Family, family_of};

pub(super) use amounts::{next_limit, within};
pub(super) use numbers::run_length;

use super::Policy;
use super::hindsight::Hindsight;
use super::history::{Counts, Seen, VendorHistory};
use super::view::BookView;
use crate::domain::history::Payable;

/// Surprises are capped here (`e^-10` is one in 22,000).
const MOST_SURPRISE: f64 = 10.0;

/// The features of `payable` given its supplier's earlier payables, what the book up to it says, and what
/// came after it (nothing, at the moment itself): one `f32` a name.
#[must_use]
pub fn anomaly_features(payable: &Payable, vendor: &VendorHistory, book: &BookView, later: &Hindsight<'_>, policy: &Policy) -> Vec<f32> {
    let mut row = Row { values: Vec::with_capacity(ANOMALY_FEATURES.len()), surprises: Surprises::default() };
    let case = Case { p: payable, v: vendor, b: book, policy, seen: Seen::of(payable) };
    habits::history(&mut row, &case);
    amounts::amount(&mut row, &case);
    amounts::roundness(&mut row, &case);
    amounts::limits(&mut row, &case);
    habits::bank(&mut row, &case);
    habits::places(&mut row, &case);
    habits::people(&mut row, &case);
    habits::clock(&mut row, &case);
    habits::speed(&mut row, &case);
    habits::orders(&mut row, &case);
    numbers::numbers(&mut row, &case);
    row.totals();
    later.put(&mut row, &case);
    row.values
}

/// The same row once more is known: `values` as [`anomaly_features`] gave them for the same payment, supplier,
/// book and policy, with other hindsight.
#[must_use]
pub fn with_hindsight(
    values: &[f32],
    payable: &Payable,
    vendor: &VendorHistory,
    book: &BookView,
    later: &Hindsight<'_>,
    policy: &Policy,
) -> Vec<f32> {
    let mut own = Vec::with_capacity(ANOMALY_FEATURES.len());
    own.extend(values.iter().enumerate().take_while(|(at, _)| family_of(*at) != Some(Family::Later)).map(|(_, value)| *value));
    let mut row = Row { values: own, surprises: Surprises::default() };
    later.put(&mut row, &Case { p: payable, v: vendor, b: book, policy, seen: Seen::of(payable) });
    row.values
}

/// What the features are computed from.
pub(super) struct Case<'a> {
    pub p: &'a Payable,
    pub v: &'a VendorHistory,
    pub b: &'a BookView,
    pub policy: &'a Policy,
    pub seen: Seen,
}

/// The three largest surprises and their sum.
#[derive(Default)]
struct Surprises {
    sum: f64,
    top: [f64; 3],
}

/// The row in the making.
pub(super) struct Row {
    values: Vec<f32>,
    surprises: Surprises,
}

impl Row {
    /// Adds a feature; the name must be the next one of [`ANOMALY_FEATURES`].
    pub fn put(&mut self, name: &'static str, value: f64) {
        debug_assert_eq!(ANOMALY_FEATURES.get(self.values.len()).copied(), Some(name), "features and their names differ");
        self.values.push(if value.is_finite() { value as f32 } else { 0.0 });
    }

    pub fn flag(&mut self, name: &'static str, yes: bool) {
        self.put(name, f64::from(u8::from(yes)));
    }

    /// `ln(1 + x)`.
    pub fn log(&mut self, name: &'static str, x: f64) {
        self.put(name, x.max(0.0).ln_1p());
    }

    /// A surprise that counts in the totals.
    pub fn surprise(&mut self, name: &'static str, value: f64) {
        let value = value.clamp(0.0, MOST_SURPRISE);
        self.surprises.sum += (value - 1.0).max(0.0);
        let mut left = value;
        for kept in &mut self.surprises.top {
            if left > *kept {
                std::mem::swap(&mut left, kept);
            }
        }
        self.put(name, value);
    }

    fn totals(&mut self) {
        let [first, second, third] = self.surprises.top;
        self.put("surprise-sum", self.surprises.sum);
        self.put("surprise-first", first);
        self.put("surprise-second", second);
        self.put("surprise-third", third);
    }
}

/// −ln of a probability, capped.
fn surprise_of(probability: f64) -> f64 {
    (-probability.max(1e-9).ln()).clamp(0.0, MOST_SURPRISE)
}

/// Surprise at an event of rate `count` in `total` for the supplier, `general` in the book.
fn rate_surprise(count: u32, total: u32, general: f32) -> f64 {
    surprise_of((f64::from(count) + 4.0 * f64::from(general.max(1e-4))) / (f64::from(total) + 4.0))
}

/// Surprise at a value of a column: Witten and Bell's back-off from the supplier's counts to the book's.
fn value_surprise(counts: &Counts, key: u64, general: f32) -> f64 {
    let (total, kinds) = (f64::from(counts.total()), f64::from(counts.kinds()));
    surprise_of((f64::from(counts.of_key(key)) + kinds * f64::from(general)) / (total + kinds))
}

/// Surprise at a value being new to the supplier, 0 where it is not: from the rate at which the supplier met
/// new ones, backed off to the book's.
fn novelty_surprise(counts: &Counts, key: u64, general: f32) -> f64 {
    if counts.total() == 0 || counts.of_key(key) > 0 {
        return 0.0;
    }
    let met = f64::from(counts.kinds().saturating_sub(1)) + 5.0 * f64::from(general.max(1e-4));
    surprise_of(met / (f64::from(counts.total() - 1) + 5.0))
}

#[cfg(test)]
mod tests;
