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
    /// Why; `null` is as good as none.
    #[serde(default, deserialize_with = "null_is_none")]
    pub comment: String,
    /// For `correct`: header field → new text; empty text removes the field; `null` is as good as none.
    #[serde(default, deserialize_with = "null_is_none")]
    pub corrections: BTreeMap<String, String>,
    /// For `hold`: when it comes back by itself.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// For `assign`: sign-in name.
    #[serde(default)]
    pub assignee: Option<String>,
}

fn null_is_none<'de, D: serde::Deserializer<'de>, T: Default + serde::Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(<Option<T> as serde::Deserialize>::deserialize(from)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_as_good_as_absent() {
        let nulls = r#"{"action":"approve","version":4,"comment":null,"corrections":null,"until":null,"assignee":null}"#;
        let request: DecisionRequest = serde_json::from_str(nulls).unwrap();
        assert_eq!((request.comment.as_str(), request.corrections.len()), ("", 0));
        let full = r#"{"action":"correct","version":4,"comment":"x","corrections":{"iban":""}}"#;
        let request: DecisionRequest = serde_json::from_str(full).unwrap();
        assert_eq!((request.comment.as_str(), request.corrections.len()), ("x", 1));
        assert!(serde_json::from_str::<DecisionRequest>(r#"{"action":"approve","version":4,"coment":"x"}"#).is_err());
    }
}
