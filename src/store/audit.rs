//! The trail: appended in the same transaction as what it records; read in order.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::rows::{Columns as _, micros, moment, to_json};
use super::types::{AuditRow, By, PageOf};
use super::{Store, StoreError, retrying};
use crate::audit::{self, Head, Leaf, canonical};
use crate::domain::{CaseId, CompanyId};

/// A record to be appended.
pub(super) struct Entry<'a> {
    pub company: CompanyId,
    pub by: &'a By,
    pub at: Timestamp,
    pub action: &'a str,
    pub case_id: Option<CaseId>,
    /// The case's version after it, where it is a transition.
    pub case_version: Option<i64>,
    pub detail: Value,
}

/// The company's place in line: its head row, locked until the transaction ends.
pub(super) struct Turn {
    company: CompanyId,
    next: i64,
    hash: String,
}

impl Turn {
    /// Takes the head row's lock: whoever commits for the company meanwhile waits.
    pub(super) async fn take(on: &mut AnyConnection, company: CompanyId) -> Result<Self, StoreError> {
        let row = sqlx::query("UPDATE audit_heads SET next_index = next_index WHERE company_id = $1 RETURNING next_index, hash")
            .bind(company.to_string())
            .fetch_optional(on)
            .await?
            .ok_or(StoreError::NotFound)?;
        Ok(Self { company, next: row.int("next_index")?, hash: row.text("hash")? })
    }

    /// The index that the next record will have.
    pub(super) fn index(&self) -> i64 {
        self.next
    }

    /// Appends a record and moves the head.
    pub(super) async fn append(&mut self, on: &mut AnyConnection, entry: Entry<'_>) -> Result<i64, StoreError> {
        let detail = canonical::stable(entry.detail);
        let at = moment(micros(entry.at))?;
        let fields = Leaf { index: self.next, case_id: entry.case_id, at, by: entry.by, action: entry.action, detail: &detail };
        let hash = audit::leaf(&self.hash, &fields);
        sqlx::query(
            "INSERT INTO audit (company_id, seq, case_id, case_version, at, by_json, action, detail, previous, hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(self.company.to_string())
        .bind(self.next)
        .bind(entry.case_id.map(|id| id.to_string()))
        .bind(entry.case_version)
        .bind(micros(entry.at))
        .bind(to_json(entry.by)?)
        .bind(entry.action)
        .bind(canonical::canonical(&detail))
        .bind(self.hash.as_str())
        .bind(hash.as_str())
        .execute(&mut *on)
        .await?;
        sqlx::query("UPDATE audit_heads SET next_index = $1, hash = $2 WHERE company_id = $3")
            .bind(self.next + 1)
            .bind(hash.as_str())
            .bind(self.company.to_string())
            .execute(&mut *on)
            .await?;
        let index = self.next;
        self.next += 1;
        self.hash = hash;
        Ok(index)
    }
}

/// Takes the company's turn and appends one record.
pub(super) async fn append(on: &mut AnyConnection, entry: Entry<'_>) -> Result<i64, StoreError> {
    Turn::take(on, entry.company).await?.append(on, entry).await
}

/// The statement that selects records.
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT seq, case_id, at, by_json, action, detail, previous, hash FROM audit ", $rest)
    };
}

fn audit_row(row: &AnyRow) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        index: row.int("seq")?,
        case_id: row.maybe_parsed("case_id")?,
        at: row.time("at")?,
        by: row.json("by_json")?,
        action: row.text("action")?,
        detail: row.json("detail")?,
        previous: row.text("previous")?,
        hash: row.text("hash")?,
    })
}

impl Store {
    /// Appends a record of its own (an action that is no transition); gives its index.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown company, or what the engine says.
    #[expect(clippy::too_many_arguments, reason = "a record is just these six things")]
    pub async fn append_audit(
        &self,
        company: CompanyId,
        by: &By,
        at: Timestamp,
        action: &str,
        case_id: Option<CaseId>,
        detail: &Value,
    ) -> Result<i64, StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            let entry = Entry { company, by, at, action, case_id, case_version: None, detail: detail.clone() };
            let index = append(write.on(), entry).await?;
            write.commit().await?;
            Ok(index)
        })
    }

    /// Records from `index` on, in order, at most `limit`.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn audit_rows(&self, company: CompanyId, index: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        let sql = select!("WHERE company_id = $1 AND seq >= $2 ORDER BY seq LIMIT $3");
        let rows = sqlx::query(sql).bind(company.to_string()).bind(index).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(audit_row).collect()
    }

    /// Everything recorded about a case, in order.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn audit_of_case(&self, company: CompanyId, case: CaseId) -> Result<Vec<AuditRow>, StoreError> {
        let sql = select!("WHERE company_id = $1 AND case_id = $2 ORDER BY seq");
        let rows = sqlx::query(sql).bind(company.to_string()).bind(case.to_string()).fetch_all(&self.pool).await?;
        rows.iter().map(audit_row).collect()
    }

    /// One page of the trail, newest first; the cursor is the index to go on below.
    ///
    /// # Errors
    /// A refused cursor, or what the engine says.
    pub async fn audit_page(&self, company: CompanyId, cursor: Option<&str>, limit: u32) -> Result<PageOf<AuditRow>, StoreError> {
        let below = match cursor {
            Some(text) => text.parse::<i64>().map_err(|_| super::RefusedCursor)?,
            None => i64::MAX,
        };
        let limit = limit.clamp(1, 200) as usize;
        let sql = select!("WHERE company_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3");
        let rows = sqlx::query(sql).bind(company.to_string()).bind(below).bind(limit as i64 + 1).fetch_all(&self.pool).await?;
        let mut items = rows.iter().map(audit_row).collect::<Result<Vec<_>, _>>()?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = if more { items.last().map(|row| row.index.to_string()) } else { None };
        Ok(PageOf { items, next_cursor })
    }

    /// The head that the trail's writers left: how many records there must be, and the last one's hash.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown company.
    pub async fn audit_head(&self, company: CompanyId) -> Result<Head, StoreError> {
        let row = sqlx::query("SELECT next_index, hash FROM audit_heads WHERE company_id = $1")
            .bind(company.to_string())
            .fetch_optional(&self.pool)
            .await?
            .ok_or(StoreError::NotFound)?;
        Ok(Head { records: row.int("next_index")?, hash: row.text("hash")? })
    }

    /// Cases whose number of transitions is not the number of their records: none in a whole trail.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn cases_without_trail(&self, company: CompanyId) -> Result<Vec<CaseId>, StoreError> {
        let rows = sqlx::query(
            "SELECT c.id FROM cases c WHERE c.company_id = $1 AND c.version <>
             (SELECT COUNT(*) FROM audit a WHERE a.company_id = c.company_id AND a.case_id = c.id AND a.case_version IS NOT NULL)
             ORDER BY c.id",
        )
        .bind(company.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| row.parsed("id")).collect()
    }
}
