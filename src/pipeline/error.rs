//! What can go wrong in the pipeline, and how each layer above takes it.

use crate::erp::ErpError;
use crate::extraction::ExtractionError;
use crate::intake::Rejection;
use crate::reading::ReadError;
use crate::screening::ScreeningError;
use crate::store::StoreError;
use crate::workflow::{DefinitionError, Refusal};

/// Why the pipeline did not do it.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The upload is no document that is read here: code and message for the caller.
    #[error("{message}")]
    Rejected {
        /// Stable code.
        code: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// The engine refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The request itself is wrong.
    #[error("{message}")]
    BadRequest {
        /// Stable code.
        code: &'static str,
        /// What is wrong.
        message: String,
        /// Which part of the request.
        field: Option<String>,
    },
    /// No such thing in this company.
    #[error("not found")]
    NotFound,
    /// The reader could not.
    #[error("{0}")]
    Reading(ReadError),
    /// The models could not extract.
    #[error("extraction failed: {0}")]
    Extraction(#[from] ExtractionError),
    /// The models could not score.
    #[error("screening failed: {0}")]
    Screening(#[from] ScreeningError),
    /// The bound workflow cannot be read.
    #[error("the case's workflow cannot be used: {0}")]
    Workflow(#[from] DefinitionError),
    /// The ERP did not take it; whether and when to try again is the error's kind.
    #[error("{0}")]
    Erp(#[from] ErpError),
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A bug.
    #[error("internal error: {0}")]
    Internal(String),
}

impl PipelineError {
    /// A document whose bytes cannot be opened, at upload.
    pub(super) fn unreadable(error: ReadError) -> Self {
        match error.code.as_str() {
            "reader-crashed" | "reader-unavailable" => Self::Reading(error),
            _ => Self::Rejected { code: error.code, message: error.message },
        }
    }
}

impl From<Rejection> for PipelineError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected { code: rejection.code().to_owned(), message: rejection.to_string() }
    }
}
