//! Screening: what a person should know before a payable is approved. Duplicates and anomalies by
//! model, matching with order and receipts, master data and validation by rule.
//!
//! Runs after extraction and after every correction, online, and over history in batch: the same
//! functions on the same types. It decides nothing; it refuses a model made for other features.

pub mod anomaly;
pub mod duplicates;
pub mod master;
pub mod matching;

pub use anomaly::{ANOMALY_FEATURES, AnomalyScorer, BookHistory, BookView, Policy, VendorHistory, anomaly_features};
pub use duplicates::{DuplicateScorer, MAX_KEYS, PAIR_FEATURES, PairContext, block_keys, pair_features};
pub use master::{find_supplier, master_data_findings};
pub use matching::{Tolerance, match_invoice};

use crate::domain::Invoice;
use crate::domain::extraction::{Extraction, FieldName};
use crate::domain::finding::{EarlierDocument, Finding, FindingKind, Reason};
use crate::domain::history::Payable;
use crate::domain::text::{company_key, number_key};
use crate::inference::{InferenceError, Model, Models, Tensor};
use std::sync::Arc;

/// Why screening could not score.
#[derive(Debug, thiserror::Error)]
pub enum ScreeningError {
    /// The model is missing, damaged or does not run.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// The model's manifest names other features than this program computes.
    #[error("model {model} was trained for other features than this version computes: train it again or install the matching version")]
    OtherFeatures {
        /// The model, with version.
        model: String,
    },
    /// The manifest lacks a threshold.
    #[error("model {model} has no threshold {name:?} in its manifest")]
    NoThreshold {
        /// The model, with version.
        model: String,
        /// The threshold's name.
        name: &'static str,
    },
    /// The model gave something else than one score a row.
    #[error("model {model} gave no column of {rows} scores")]
    Output {
        /// The model, with version.
        model: String,
        /// Rows asked for.
        rows: usize,
    },
}

/// Name of the graph's output and of its calibration.
pub const SCORE: &str = "score";
/// Key in the manifest's settings under which the names of the features stand.
pub const FEATURES_SETTING: &str = "features";

/// A model of one score over named features, with its threshold.
#[derive(Clone)]
struct Scorer {
    model: Arc<dyn Model>,
    threshold: f64,
    width: usize,
}

impl Scorer {
    /// Loads a model that was trained for exactly these features.
    fn open(models: &Models, name: &str, features: &[&str], threshold: &'static str) -> Result<Self, ScreeningError> {
        let model = models.get(name)?;
        let listed = model.manifest().settings.get(FEATURES_SETTING).and_then(|value| value.as_array());
        let same = |list: &Vec<toml::Value>| list.len() == features.len() && list.iter().zip(features).all(|(a, b)| a.as_str() == Some(b));
        if !listed.is_some_and(same) {
            return Err(ScreeningError::OtherFeatures { model: model.id().to_string() });
        }
        let value = model.manifest().thresholds.get(threshold).copied();
        let value = value.ok_or_else(|| ScreeningError::NoThreshold { model: model.id().to_string(), name: threshold })?;
        Ok(Self { model, threshold: value, width: features.len() })
    }

    /// Runs rows of features and calibrates their scores.
    fn run(&self, rows: &[Vec<f32>]) -> Result<Vec<f64>, ScreeningError> {
        self.run_flat(rows.iter().flatten().copied().collect())
    }

    /// The same from rows one after another.
    fn run_flat(&self, data: Vec<f32>) -> Result<Vec<f64>, ScreeningError> {
        let rows = data.len() / self.width.max(1);
        if rows == 0 {
            return Ok(Vec::new());
        }
        let out = self.model.run(&[Tensor::matrix(rows, self.width, data)])?;
        let scores = out.first().and_then(Tensor::as_f32).filter(|scores| scores.len() == rows);
        let scores = scores.ok_or_else(|| ScreeningError::Output { model: self.model.id().to_string(), rows })?;
        Ok(scores.iter().map(|score| self.model.manifest().calibrated(SCORE, f64::from(*score))).collect())
    }
}

/// Fields whose confidence a reviewer must look at when it is below the limit.
const DECISIVE: &[FieldName] = &[
    FieldName::InvoiceNumber,
    FieldName::IssueDate,
    FieldName::SupplierName,
    FieldName::Currency,
    FieldName::NetAmount,
    FieldName::TaxAmount,
    FieldName::TotalAmount,
];

/// What is missing, contradictory or read with less than `min_confidence`, one finding each.
#[must_use]
pub fn validation_findings(read: &Extraction, min_confidence: f64) -> Vec<Finding> {
    let mut out: Vec<Finding> = Invoice::from_extraction(read)
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(|issue| {
            let figure = issue.field.map_or_else(String::new, |field| field.to_string());
            Finding::rule(FindingKind::Validation, &issue.code, issue.message, figure)
        })
        .collect();
    for name in DECISIVE {
        if let Some(field) = read.fields.get(name).filter(|field| field.confidence < min_confidence) {
            let text = format!("{} was read with {:.0} % confidence: compare it with the document", name.label(), field.confidence * 100.0);
            out.push(Finding::rule(FindingKind::Validation, "low-confidence", text, name.to_string()));
        }
    }
    out
}

/// The earlier payables that `new` probably pays again, the likeliest first: one finding each,
/// `likely-duplicate` from the model's threshold on, or `same-invoice` (a rule, score 1) where supplier,
/// number, amount and currency are the same. All candidates must be earlier than `new`.
///
/// # Errors
/// The model does not run.
pub fn duplicate_findings(
    scorer: &DuplicateScorer,
    new: &Payable,
    candidates: &[(Payable, EarlierDocument)],
) -> Result<Vec<Finding>, ScreeningError> {
    let later = duplicates::Prepared::of(new);
    let prepared: Vec<duplicates::Prepared> = candidates.iter().map(|(payable, _)| duplicates::Prepared::of(payable)).collect();
    let mut rows = Vec::new();
    let places = duplicates::compare(&later, &prepared.iter().collect::<Vec<_>>(), &mut rows);
    let scores = scorer.score_rows(rows)?;
    let mut hits: Vec<(f64, bool, &(Payable, EarlierDocument))> = places
        .into_iter()
        .zip(scores)
        .map(|(place, score)| {
            let candidate = &candidates[place];
            let same = is_same_invoice(&candidate.0, new);
            (if same { 1.0 } else { score }, same, candidate)
        })
        .filter(|hit| hit.0 >= scorer.threshold())
        .collect();
    hits.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(hits
        .into_iter()
        .map(|(score, same, (earlier, document))| Finding {
            kind: FindingKind::Duplicate,
            code: if same { "same-invoice" } else { "likely-duplicate" }.to_owned(),
            score,
            reasons: scorer.reasons(earlier, new, score),
            duplicate_of: Some(document.clone()),
            model: if same { String::new() } else { scorer.model().to_string() },
        })
        .collect())
}

/// Whether two payables are one invoice beyond a model's opinion: one supplier, one number (but for
/// punctuation and leading zeros), one amount in one currency.
#[must_use]
pub fn is_same_invoice(a: &Payable, b: &Payable) -> bool {
    let one_supplier = if a.vendor_id.is_empty() || b.vendor_id.is_empty() {
        !a.vendor_name.is_empty() && company_key(&a.vendor_name) == company_key(&b.vendor_name)
    } else {
        a.vendor_id == b.vendor_id
    };
    let number = number_key(&a.invoice_no);
    one_supplier && !number.is_empty() && number == number_key(&b.invoice_no) && a.amount == b.amount && a.currency == b.currency
}

/// Whether `new` is unlike its supplier's history and the book: at most one finding, `unusual-payment`, from the
/// model's threshold on.
///
/// # Errors
/// The model does not run.
pub fn anomaly_findings(
    scorer: &AnomalyScorer,
    new: &Payable,
    history: &VendorHistory,
    book: &BookView,
    policy: &Policy,
) -> Result<Vec<Finding>, ScreeningError> {
    let row = anomaly_features(new, history, book, policy);
    let score = scorer.score(std::slice::from_ref(&row))?.first().copied().unwrap_or(0.0);
    if score < scorer.threshold() {
        return Ok(Vec::new());
    }
    let mut reasons = scorer.reasons(new, history, book, policy, &row);
    if reasons.is_empty() {
        reasons.push(Reason::new(
            "unusual-together",
            "no single figure stands out, but together they are unlike this supplier's history",
            format!("{:.0} %", score * 100.0),
        ));
    }
    Ok(vec![Finding {
        kind: FindingKind::Anomaly,
        code: "unusual-payment".to_owned(),
        score,
        reasons,
        duplicate_of: None,
        model: scorer.model().to_string(),
    }])
}

#[cfg(test)]
pub(crate) mod tests;
