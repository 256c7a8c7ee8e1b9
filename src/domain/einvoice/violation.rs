//! A rule that an e-invoice breaks.

use serde::{Deserialize, Serialize};

/// How much a broken rule matters to those who published it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Advice.
    Warning,
    /// The document does not conform.
    Fatal,
}

/// One breach of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The rule's published id (`BR-CO-10`, `PEPPOL-EN16931-R003`).
    pub rule: String,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, with the figures, for people.
    pub text: String,
    /// Where, as a path into the document (`/Invoice/cac:InvoiceLine[2]/cac:Price`).
    pub place: String,
}
