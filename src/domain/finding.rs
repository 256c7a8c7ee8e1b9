//! What screening says about a case: findings with scores and reasons in words.

use serde::{Deserialize, Serialize};

/// The closed list of finding kinds (contract).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// The same debt seen before.
    Duplicate,
    /// Unlike the supplier's history.
    Anomaly,
    /// Disagrees with order or receipt.
    Match,
    /// Breaks a law of the document itself, or a required field is missing.
    Validation,
    /// Unknown supplier, other bank account than on file, and the like.
    MasterData,
}

impl FindingKind {
    /// The contract's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Anomaly => "anomaly",
            Self::Match => "match",
            Self::Validation => "validation",
            Self::MasterData => "master-data",
        }
    }
}

/// Why, in words, with the figure that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Stable code, kebab-case.
    pub code: String,
    /// A sentence for a person.
    pub text: String,
    /// The figure behind it (`"4.2 × the supplier's median"`), may be empty.
    pub figure: String,
}

impl Reason {
    /// A reason with its figure.
    #[must_use]
    pub fn new(code: &str, text: impl Into<String>, figure: impl Into<String>) -> Self {
        Self { code: code.to_owned(), text: text.into(), figure: figure.into() }
    }
}

/// The earlier document that a duplicate finding points at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierDocument {
    /// The case, where the earlier one came through this program; absent for imported history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_id: Option<super::ids::CaseId>,
    /// Its invoice number as printed.
    pub invoice_number: String,
    /// Its place in the company's register of payables; absent where there is no register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// Whether it had been agreed to when it was found: approved, being posted, posted, or imported as history.
    #[serde(default)]
    pub agreed: bool,
}

/// One thing that a person should know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// Stable code, kebab-case (`likely-duplicate`, `missing-field`, `price-above-order`).
    pub code: String,
    /// 0 to 1; 1 for a broken rule.
    pub score: f64,
    /// The strongest first.
    pub reasons: Vec<Reason>,
    /// For duplicates: of what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<EarlierDocument>,
    /// Which model gave the score: `name@version`; empty for a rule.
    #[serde(default)]
    pub model: String,
}

impl Finding {
    /// A broken rule (score 1) with one reason.
    #[must_use]
    pub fn rule(kind: FindingKind, code: &str, text: impl Into<String>, figure: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            score: 1.0,
            reasons: vec![Reason::new(code, text, figure)],
            duplicate_of: None,
            model: String::new(),
        }
    }
}

/// Which documents were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchKind {
    /// No order is named.
    None,
    /// Invoice against order.
    TwoWay,
    /// Invoice against order and goods receipts.
    ThreeWay,
}

/// What the comparison gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchResult {
    /// Nothing to compare.
    NotApplicable,
    /// Within tolerance.
    Matched,
    /// Outside tolerance: see the differences.
    Different,
    /// The order named does not exist, or is another supplier's.
    OrderNotFound,
}

/// The result of matching, as the contract shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matching {
    /// Which comparison.
    pub kind: MatchKind,
    /// Its result.
    pub result: MatchResult,
    /// The order's number, where one was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase_order: Option<String>,
    /// What differs, in words with figures.
    pub differences: Vec<Reason>,
}

impl Matching {
    /// No order is named.
    #[must_use]
    pub fn none() -> Self {
        Self { kind: MatchKind::None, result: MatchResult::NotApplicable, purchase_order: None, differences: Vec::new() }
    }
}
