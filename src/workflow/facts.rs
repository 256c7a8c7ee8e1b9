//! What policy may ask about a case: named values and findings, whatever the subject is.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// An exact number; amounts are in the workflow's currency.
    Number(Decimal),
    /// A text.
    Text(String),
}

/// A finding as policy sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FindingFact {
    /// `duplicate`, `anomaly`, `match`, `validation`, `master-data`.
    pub kind: String,
    /// Stable code.
    pub code: String,
    /// 0 to 1.
    pub score: f64,
}

/// Everything that policy may ask about a case.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Named values. A name that is absent is unknown, and unknown never passes for harmless.
    pub values: BTreeMap<String, Value>,
    /// Findings of screening.
    pub findings: Vec<FindingFact>,
    /// Why the subject cannot take effect as it stands (fields missing, sums that disagree); empty: it can.
    pub obstacles: Vec<String>,
}

/// The names a subject offers to its workflow files.
#[derive(Debug, Clone, Copy)]
pub struct SubjectSchema {
    /// The subject (`invoice`).
    pub name: &'static str,
    /// Names of numbers.
    pub numbers: &'static [&'static str],
    /// Names of texts.
    pub texts: &'static [&'static str],
    /// Names of flags.
    pub flags: &'static [&'static str],
}
