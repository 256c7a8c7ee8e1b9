//! The API's handlers, one file a resource.

pub mod audit;
pub mod cases;
pub mod claims;
pub mod documents;
pub mod einvoice;
pub mod master_data;
pub mod operations;
pub mod postings;
pub mod rescorings;

use serde::Serialize;
use utoipa::ToSchema;

use crate::web::problem::{self, Problem};

/// Rows of a list page unless the caller says otherwise.
const DEFAULT_LIMIT: u32 = 50;
/// Rows of a list page at most.
const LARGEST_LIMIT: u32 = 200;

/// Checks a limit.
///
/// # Errors
/// [`problem::INVALID`] outside 1 to 200.
pub fn checked_limit(limit: Option<u32>) -> Result<u32, Problem> {
    match limit.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=LARGEST_LIMIT => Ok(limit),
        other => Err(Problem::new(problem::INVALID, format!("limit must be between 1 and {LARGEST_LIMIT}, not {other}"))
            .on("limit", "between 1 and 200")),
    }
}

/// What a call that only acknowledges answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// `ok`.
    pub status: &'static str,
}

impl Done {
    /// `{"status": "ok"}`.
    pub fn json() -> axum::Json<Self> {
        axum::Json(Self { status: "ok" })
    }
}
