//! What a company's own book taught, added to the shipped model's opinion.

use super::super::SCORE;
use super::{ANOMALY_FEATURES, AnomalyScorer, Scorer, ScreeningError};
use crate::domain::history::Payable;
use crate::inference::{ModelId, Models};
use std::collections::BTreeMap;
use std::path::Path;

/// The folder of the trees that a company's own book taught.
pub const OWN_MODEL_NAME: &str = "anomaly-own";
/// Setting of their manifest: the hash of the shipped model's file that they add to.
pub const BASE_SETTING: &str = "base";
/// How much of the shipped model's log-odds counts beside them.
const TRUST: f64 = 0.5;

/// Where a company's own trees start from, given the shipped model's probability: a part of its log-odds,
/// bounded, for what it is sure of may be habit here.
#[must_use]
pub fn start_of(probability: f64) -> f64 {
    let p = probability.clamp(1e-9, 1.0 - 1e-9);
    TRUST * ((p / (1.0 - p)).ln() + 2.0).clamp(-9.0, 3.0)
}

/// Log-odds of what a graph gave.
fn log_odds(probability: f64) -> f64 {
    let p = probability.clamp(1e-7, 1.0 - 1e-7);
    (p / (1.0 - p)).ln()
}

/// A part of one company's book to learn from.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// Whole suppliers, in order of time.
    pub rows: Vec<Payable>,
    /// What people decided on rows, by position: whether it was anomalous.
    pub decisions: BTreeMap<usize, bool>,
}

/// Teaches the anomaly model what is odd in one company's book.
pub trait Teach: Send + Sync {
    /// Learns from a sample of the book and writes the folder of what it learnt into `folder`. Gives a line for the user, or `None` where the book is too small to teach.
    ///
    /// # Errors
    /// Why it failed, in words.
    fn teach(&self, sample: &Sample, scorer: &AnomalyScorer, folder: &Path) -> Result<Option<String>, String>;
}

impl AnomalyScorer {
    /// The same with what a company's own book taught; `models` holds [`OWN_MODEL_NAME`].
    ///
    /// # Errors
    /// It is missing, damaged, made for other features, or for another shipped model.
    pub fn with_own(&self, models: &Models) -> Result<Self, ScreeningError> {
        let own = Scorer::open(models, OWN_MODEL_NAME, ANOMALY_FEATURES, "unusual")?;
        let base = own.model.manifest().settings.get(BASE_SETTING).and_then(|value| value.as_str());
        if base != Some(self.base().sha256.as_str()) {
            return Err(ScreeningError::OtherFeatures { model: own.model.id().to_string() });
        }
        Ok(Self { scorer: self.scorer.clone(), own: Some(own) })
    }

    /// The shipped model, with or without own trees beside it.
    #[must_use]
    pub fn base(&self) -> &ModelId {
        self.scorer.model.id()
    }

    /// The shipped model's own probabilities, one a row of [`ANOMALY_FEATURES`], not calibrated.
    ///
    /// # Errors
    /// The model does not run.
    pub fn base_score(&self, rows: &[Vec<f32>]) -> Result<Vec<f64>, ScreeningError> {
        self.scorer.raw(rows)
    }

    pub(super) fn together(&self, own: &Scorer, rows: &[Vec<f32>]) -> Result<Vec<f64>, ScreeningError> {
        let (base, taught) = (self.scorer.raw(rows)?, own.raw(rows)?);
        let manifest = own.model.manifest();
        let one = |(base, taught): (f64, f64)| manifest.calibrated(SCORE, 1.0 / (1.0 + (-(start_of(base) + log_odds(taught))).exp()));
        Ok(base.into_iter().zip(taught).map(one).collect())
    }
}
