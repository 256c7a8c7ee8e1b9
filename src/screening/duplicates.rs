//! Duplicates: which earlier payable a new one pays again, with what probability, and why.
//!
//! Payables that share a key of [`block_keys`] are compared; a small model scores the pairs. Runs
//! online (one new payable against its candidates) and in batch (pairs joined on the same keys),
//! with the same features. It never decides: a finding goes to a person or to the workflow.

mod amount;
mod compare;
mod context;
mod features;
mod index;
mod number;
mod words;

pub use compare::{compare, is_likely, is_payment};
pub use context::{PairContext, contexts};
pub use features::{PAIR_FEATURES, Prepared, features, pair_features};
pub use index::{CandidateIndex, MAX_BLOCK};

use super::{Scorer, ScreeningError};
use crate::domain::finding::Reason;
use crate::domain::history::Payable;
use crate::inference::{ModelId, Models};

/// The model's folder.
pub const MODEL_NAME: &str = "duplicates";
/// A payable has at most so many blocking keys.
pub const MAX_KEYS: usize = 7;

/// FNV-1a over the parts with a separator, then mixed: the same on every platform and run.
fn hash(kind: u8, parts: &[&str]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut feed = |byte: u8| {
        state ^= u64::from(byte);
        state = state.wrapping_mul(0x0100_0000_01b3);
    };
    feed(kind);
    for part in parts {
        part.bytes().for_each(&mut feed);
        feed(0x1f);
    }
    state ^= state >> 33;
    state = state.wrapping_mul(0xff51_afd7_ed55_8ccd);
    state ^ (state >> 33)
}

/// The blocking keys of a payable, at most [`MAX_KEYS`], without repeats: two payables that share
/// one are compared. A credit or void shares the keys of what it takes back.
#[must_use]
pub fn block_keys(payable: &Payable) -> Vec<u64> {
    keys_of(&Prepared::of(payable))
}

/// The same from a prepared payable.
#[must_use]
pub fn keys_of(p: &Prepared) -> Vec<u64> {
    let amount = p.cents.unsigned_abs().to_string();
    let name: String = p.name.chars().filter(|c| *c != ' ').take(4).collect();
    let date = p.invoice_date.map(|d| d.to_string());
    let mut keys = vec![hash(2, &[&p.vendor, &amount])];
    if !p.number.is_blank() {
        keys.push(hash(1, &[&p.vendor, &p.number.confused]));
        keys.push(hash(3, &[&p.number.confused, &amount]));
    }
    if !name.is_empty() {
        keys.push(hash(4, &[&name, &amount]));
    }
    if let Some(date) = &date {
        keys.push(hash(5, &[&amount, date]));
        keys.push(hash(6, &[&p.vendor, date]));
    }
    if p.number.run.len() >= 4 {
        keys.push(hash(7, &[if name.is_empty() { &p.vendor } else { &name }, &p.number.run]));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The pair model, ready to score. Cheap to clone, usable from all threads.
#[derive(Clone)]
pub struct DuplicateScorer {
    scorer: Scorer,
}

impl DuplicateScorer {
    /// Loads the model `duplicates`.
    ///
    /// # Errors
    /// The model is missing, damaged, or made for other features.
    pub fn open(models: &Models) -> Result<Self, ScreeningError> {
        Ok(Self { scorer: Scorer::open(models, MODEL_NAME, PAIR_FEATURES, "duplicate")? })
    }

    /// Which model scores.
    #[must_use]
    pub fn model(&self) -> &ModelId {
        self.scorer.model.id()
    }

    /// The probability from which a pair is reported.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        self.scorer.threshold
    }

    /// Calibrated probabilities of rows of [`PAIR_FEATURES`], one after another, as [`compare`] gives them.
    ///
    /// # Errors
    /// The model does not run.
    pub fn score_rows(&self, rows: Vec<f32>) -> Result<Vec<f64>, ScreeningError> {
        self.scorer.run_flat(rows)
    }

    /// Why the pair looks like one debt, the strongest first. `score` is the pair's probability.
    #[must_use]
    pub fn reasons(&self, earlier: &Payable, later: &Payable, score: f64) -> Vec<Reason> {
        words::reasons(earlier, later, score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::tests::{payable, payable_of};

    fn meet(a: &Payable, b: &Payable) -> bool {
        let keys = block_keys(a);
        block_keys(b).iter().any(|key| keys.contains(key))
    }

    #[test]
    fn keys_are_few_stable_and_distinct() {
        let keys = block_keys(&payable("V1", "RE-48213", "119.00", "2024-05-06"));
        assert!(keys.len() <= MAX_KEYS && keys.windows(2).all(|w| w[0] < w[1]));
        assert_eq!(hash(1, &["A", "B"]), hash(1, &["A", "B"]));
        assert_ne!(hash(1, &["AB", ""]), hash(1, &["A", "B"]));
        assert_eq!(hash(2, &["V1", "11900"]), 0xfd48e77ce7e38a52, "stored keys must never change");
    }

    #[test]
    fn what_should_be_compared_meets() {
        let original = payable_of("V1", "Kraxi GmbH", "RE-48213", "119.00", "2024-05-06");
        for (what, other) in [
            ("typing error", payable_of("V1", "Kraxi GmbH", "RE-48273", "119.00", "2024-05-06")),
            ("no number, other date", payable_of("V1", "Kraxi GmbH", "", "119.00", "2024-06-01")),
            ("net amount", payable_of("V1", "Kraxi GmbH", "RE 48213", "100.00", "2024-06-01")),
            ("second vendor number, other name", payable_of("V9", "The Kraxi Group", "RE48213", "119.00", "2024-06-01")),
            ("second vendor number, amount with suffix", payable_of("V9", "Kraxi", "48213A", "100.00", "2024-06-01")),
            ("void", payable_of("V1", "Kraxi GmbH", "RE-48213", "-119.00", "2024-05-09")),
            ("number and amount wrong, same date", payable_of("V1", "Kraxi GmbH", "17", "191.00", "2024-05-06")),
        ] {
            assert!(meet(&original, &other), "{what}");
        }
        assert!(!meet(&original, &payable_of("V2", "Dorn AG", "77", "4.00", "2024-01-01")));
    }
}
