//! What callers ask of the pipeline, and what they get.

use jiff::Timestamp;
use std::collections::BTreeMap;

use crate::domain::{CaseId, DocumentId};

/// An upload.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its name as given; for people only.
    pub name: Option<String>,
    /// `X-Correlation-Id`, if the caller sent one.
    pub correlation_id: Option<String>,
    /// W3C `traceparent`, if the caller sent a valid one.
    pub traceparent: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// The document (the first one, if these bytes were here already).
    pub document_id: DocumentId,
    /// Its case.
    pub case_id: CaseId,
    /// Carried through to the ERP.
    pub correlation_id: String,
    /// These very bytes were here already.
    pub known: bool,
}

/// A decision as a caller asks for it (contract: `POST /cases/{id}/decisions`).
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    /// `approve`, `reject`, `correct`, `return`, `hold`, `assign` or `comment`.
    pub action: String,
    /// The version the caller saw.
    pub version: i64,
    /// Why.
    #[serde(default)]
    pub comment: String,
    /// For `correct`: header field → new text; empty text removes the field.
    #[serde(default)]
    pub corrections: BTreeMap<String, String>,
    /// For `hold`: when it comes back by itself.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// For `assign`: sign-in name.
    #[serde(default)]
    pub assignee: Option<String>,
}
