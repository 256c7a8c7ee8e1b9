//! Figures for operators, over every company of the installation.

use jiff::Timestamp;

use super::rows::Columns as _;
use super::types::PostingState;
use super::{Store, StoreError};
use crate::workflow::Phase;

/// What stands open in the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Cases by phase; phases without cases are absent.
    pub cases: Vec<(Phase, i64)>,
    /// When the oldest case that has not ended was opened.
    pub oldest_open: Option<Timestamp>,
    /// Postings by state; states without postings are absent.
    pub postings: Vec<(PostingState, i64)>,
}

impl Store {
    /// Counts over all companies: for `/metrics`.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn figures(&self) -> Result<Figures, StoreError> {
        let cases = sqlx::query("SELECT phase, COUNT(*) AS n FROM cases GROUP BY phase").fetch_all(&self.pool).await?;
        let oldest = sqlx::query("SELECT MIN(created_at) AS at FROM cases WHERE phase NOT IN ('posted', 'rejected')");
        let oldest = oldest.fetch_one(&self.pool).await?;
        let postings = sqlx::query("SELECT state, COUNT(*) AS n FROM postings GROUP BY state").fetch_all(&self.pool).await?;
        Ok(Figures {
            cases: cases.iter().map(|row| Ok((row.named("phase")?, row.int("n")?))).collect::<Result<_, StoreError>>()?,
            oldest_open: oldest.maybe_time("at")?,
            postings: postings.iter().map(|row| Ok((row.named("state")?, row.int("n")?))).collect::<Result<_, StoreError>>()?,
        })
    }
}
