//! The outbox: one row a case, under one key for ever.

use jiff::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::rows::{Columns as _, micros};
use super::types::{Commit, Lease, PageOf, PostingChange, PostingRow, PostingState};
use super::{RefusedCursor, Store, StoreError, jobs, retrying};
use crate::domain::{CaseId, CompanyId, PostingId};

/// The statement that selects postings.
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, case_id, posting_key, connector, state, attempts, last_error, reference, updated_at FROM postings ", $rest)
    };
}

fn posting_row(row: &AnyRow) -> Result<PostingRow, StoreError> {
    Ok(PostingRow {
        id: row.parsed("id")?,
        case_id: row.parsed("case_id")?,
        key: row.text("posting_key")?,
        connector: row.text("connector")?,
        state: row.named("state")?,
        attempts: row.int("attempts")?,
        last_error: row.maybe_text("last_error")?,
        reference: row.maybe_text("reference")?,
        updated_at: row.time("updated_at")?,
    })
}

/// Makes the row, or sets the one there back to pending. What the ERP has is never reset.
pub(super) async fn open(on: &mut AnyConnection, id: PostingId, commit: &Commit<'_>, key: &str) -> Result<(), StoreError> {
    let written = sqlx::query(
        "INSERT INTO postings (id, company_id, case_id, posting_key, connector, state, attempts, updated_at)
         VALUES ($1, $2, $3, $4, $5, 'pending', 0, $6)
         ON CONFLICT (case_id) DO UPDATE SET state = 'pending', connector = excluded.connector, updated_at = excluded.updated_at
         WHERE postings.state <> 'posted'",
    )
    .bind(id.to_string())
    .bind(commit.company.to_string())
    .bind(commit.case_id.to_string())
    .bind(key)
    .bind(commit.connector)
    .bind(micros(commit.at))
    .execute(on)
    .await?;
    if written.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Misuse("the case is posted already")) }
}

/// Applies a change to the case's row.
pub(super) async fn change(
    on: &mut AnyConnection,
    company: CompanyId,
    case: CaseId,
    change: &PostingChange,
    at: Timestamp,
) -> Result<(), StoreError> {
    let (state, tries, error, reference) = match change {
        PostingChange::Sending => (PostingState::Sending, 1_i64, None, None),
        PostingChange::Failed { error, uncertain: true } => (PostingState::Uncertain, 0, Some(error), None),
        PostingChange::Failed { error, uncertain: false } => (PostingState::Pending, 0, Some(error), None),
        PostingChange::Refused { error } => (PostingState::Refused, 0, Some(error), None),
        PostingChange::HeldBack { why } => (PostingState::Refused, 0, Some(why), None),
        PostingChange::Dead { error } => (PostingState::Dead, 0, Some(error), None),
        PostingChange::Posted { reference } => (PostingState::Posted, 0, None, Some(reference)),
    };
    let updated = sqlx::query(
        "UPDATE postings SET state = $1, attempts = attempts + $2, reference = COALESCE($3, reference), updated_at = $4,
           last_error = CASE WHEN $1 = 'posted' THEN NULL ELSE COALESCE($5, last_error) END
         WHERE company_id = $6 AND case_id = $7 AND state <> 'posted'",
    )
    .bind(state.as_str())
    .bind(tries)
    .bind(reference.map(String::as_str))
    .bind(micros(at))
    .bind(error.map(String::as_str))
    .bind(company.to_string())
    .bind(case.to_string())
    .execute(on)
    .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

impl Store {
    /// Changes the posting's row without a transition (a further attempt within `posting`), under the
    /// post job's lease.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`]; [`StoreError::NotFound`] where there is no row or it is posted.
    pub async fn change_posting(&self, lease: &Lease, posting: &PostingChange, at: Timestamp) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            jobs::hold(write.on(), lease).await?;
            change(write.on(), lease.company, lease.case_id, posting, at).await?;
            write.commit().await
        })
    }

    /// The posting of a case.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn posting_of(&self, company: CompanyId, case: CaseId) -> Result<Option<PostingRow>, StoreError> {
        let row = sqlx::query(select!("WHERE company_id = $1 AND case_id = $2"))
            .bind(company.to_string())
            .bind(case.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(posting_row).transpose()
    }

    /// A posting by its id.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn posting(&self, company: CompanyId, id: PostingId) -> Result<Option<PostingRow>, StoreError> {
        let row = sqlx::query(select!("WHERE company_id = $1 AND id = $2"))
            .bind(company.to_string())
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(posting_row).transpose()
    }

    /// One page of postings, newest first (ids sort by time).
    ///
    /// # Errors
    /// [`StoreError::Cursor`], or what the engine says.
    pub async fn postings(
        &self,
        company: CompanyId,
        state: Option<PostingState>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<PageOf<PostingRow>, StoreError> {
        let below = match cursor {
            Some(text) => text.parse::<PostingId>().map_err(|_| RefusedCursor)?.to_string(),
            None => "~".to_owned(),
        };
        let limit = limit.clamp(1, 200) as usize;
        let rows =
            sqlx::query(select!("WHERE company_id = $1 AND ($2 = '' OR state = $2) AND ($3 = '~' OR id < $3) ORDER BY id DESC LIMIT $4"))
                .bind(company.to_string())
                .bind(state.map_or("", PostingState::as_str))
                .bind(below)
                .bind(limit as i64 + 1)
                .fetch_all(&self.pool)
                .await?;
        let items = rows.iter().take(limit).map(posting_row).collect::<Result<Vec<_>, _>>()?;
        let next_cursor = if rows.len() > limit { items.last().map(|row| row.id.to_string()) } else { None };
        Ok(PageOf { items, next_cursor })
    }
}
