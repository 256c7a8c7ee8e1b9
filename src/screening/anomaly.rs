//! Anomalies: payments unlike their supplier's own history and the company's book, with reasons in an
//! auditor's terms.
//!
//! Features are computed point in time from a bounded summary of the supplier's past ([`VendorHistory`])
//! and from what the whole book says of the payment ([`BookHistory`], [`BookView`]); a small model scores
//! them. Runs online (one payable, both summaries kept warm) and in batch (one pass over the book in order
//! of time for the views, then supplier by supplier), with the same numbers. It accuses nobody: it says
//! what is unusual.

mod book;
mod features;
mod hindsight;
mod history;
mod tallies;
mod view;
mod words;

pub use book::BookHistory;
pub use features::{ANOMALY_FEATURES, Family, anomaly_features, family_of, with_hindsight};
pub use hindsight::{Hindsight, Trace};
pub use history::VendorHistory;
pub use view::BookView;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Scorer, ScreeningError};
use crate::domain::finding::Reason;
use crate::domain::history::Payable;
use crate::inference::{ModelId, Models};

/// The model's folder.
pub const MODEL_NAME: &str = "anomaly";

/// What the company's policy says that a detector may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Amounts from which another approval is needed, in the company's currency.
    pub approval_limits: Vec<Decimal>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { approval_limits: vec![Decimal::from(5_000), Decimal::from(10_000), Decimal::from(25_000)] }
    }
}

/// The anomaly model, ready to score. Cheap to clone, usable from all threads.
#[derive(Clone)]
pub struct AnomalyScorer {
    scorer: Scorer,
}

impl AnomalyScorer {
    /// Loads the model `anomaly`.
    ///
    /// # Errors
    /// The model is missing, damaged, or made for other features.
    pub fn open(models: &Models) -> Result<Self, ScreeningError> {
        Ok(Self { scorer: Scorer::open(models, MODEL_NAME, ANOMALY_FEATURES, "unusual")? })
    }

    /// Which model scores.
    #[must_use]
    pub fn model(&self) -> &ModelId {
        self.scorer.model.id()
    }

    /// The score from which a payment is reported.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        self.scorer.threshold
    }

    /// Scores between 0 and 1, one a row of [`ANOMALY_FEATURES`].
    ///
    /// # Errors
    /// The model does not run.
    pub fn score(&self, rows: &[Vec<f32>]) -> Result<Vec<f64>, ScreeningError> {
        self.scorer.run(rows)
    }

    /// What is unusual, the strongest first, each with its figure; never empty.
    #[must_use]
    pub fn reasons(&self, payable: &Payable, vendor: &VendorHistory, book: &BookView, policy: &Policy, features: &[f32]) -> Vec<Reason> {
        words::reasons(payable, vendor, book, policy, features)
    }
}
