//! Claims: what people made of findings on payables that are paid. Opened once a payable and kind, closed
//! once, each with its trail record in the same transaction.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::json;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::audit::{self, Entry};
use super::rows::{Columns as _, micros, to_json};
use super::types::{By, ClaimRow, ClaimState, PageOf, RescoringFinding};
use super::{RefusedCursor, Store, StoreError, findings, retrying};
use crate::domain::{ClaimId, CompanyId, RescoringId};

/// The statement that selects claims.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, rescoring_id, state, finding, comment, opened_by, opened_at, recovered, closing_comment, closed_by, closed_at
             FROM claims ",
            $rest
        )
    };
}

fn claim(row: &AnyRow) -> Result<ClaimRow, StoreError> {
    Ok(ClaimRow {
        id: row.parsed("id")?,
        rescoring: row.parsed("rescoring_id")?,
        finding: row.json("finding")?,
        state: row.named("state")?,
        comment: row.text("comment")?,
        opened_by: row.json("opened_by")?,
        opened_at: row.time("opened_at")?,
        recovered: row.maybe_parsed::<Decimal>("recovered")?,
        closing_comment: row.maybe_text("closing_comment")?,
        closed_by: row.maybe_json("closed_by")?,
        closed_at: row.maybe_time("closed_at")?,
    })
}

/// Notes with a finding what a person made of it.
pub(super) async fn opened(
    on: &mut AnyConnection,
    company: CompanyId,
    (rescoring, number): (RescoringId, i64),
    what: &str,
) -> Result<(), StoreError> {
    let noted = sqlx::query("UPDATE rescoring_findings SET opened = $1 WHERE company_id = $2 AND rescoring_id = $3 AND number = $4")
        .bind(what)
        .bind(company.to_string())
        .bind(rescoring.to_string())
        .bind(number)
        .execute(on)
        .await?;
    if noted.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// A claim to be opened.
#[derive(Debug, Clone)]
pub struct NewClaim<'a> {
    /// Its id.
    pub id: ClaimId,
    /// The run.
    pub rescoring: RescoringId,
    /// What it found.
    pub finding: &'a RescoringFinding,
    /// Why it is opened.
    pub comment: &'a str,
}

impl Store {
    /// Opens a claim, or gives the one that this payable has already for this kind of finding.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn open_claim(&self, company: CompanyId, new: &NewClaim<'_>, by: &By, at: Timestamp) -> Result<ClaimId, StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            let of = &new.finding.of;
            let inserted = sqlx::query(
                "INSERT INTO claims (id, company_id, rescoring_id, number, kind, position, case_id, state, finding, comment, opened_by, opened_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, $11) ON CONFLICT (company_id, kind, position) DO NOTHING",
            )
            .bind(new.id.to_string())
            .bind(company.to_string())
            .bind(new.rescoring.to_string())
            .bind(new.finding.number)
            .bind(new.finding.kind.as_str())
            .bind(of.position)
            .bind(of.case_id.map(|id| id.to_string()))
            .bind(findings::kept(new.finding)?)
            .bind(new.comment)
            .bind(to_json(by)?)
            .bind(micros(at))
            .execute(write.on())
            .await?;
            let id = if inserted.rows_affected() == 1 {
                let detail = json!({"claim_id": new.id, "rescoring_id": new.rescoring, "number": new.finding.number,
                    "kind": new.finding.kind, "score": new.finding.score, "position": of.position,
                    "other_position": new.finding.other.as_ref().map(|other| other.position), "why": new.comment});
                let entry = Entry { company, by, at, action: "claim-opened", case_id: of.case_id, case_version: None, detail };
                audit::append(write.on(), entry).await?;
                new.id
            } else {
                let known = sqlx::query("SELECT id FROM claims WHERE company_id = $1 AND kind = $2 AND position = $3")
                    .bind(company.to_string())
                    .bind(new.finding.kind.as_str())
                    .bind(of.position)
                    .fetch_one(write.on())
                    .await?;
                known.parsed("id")?
            };
            opened(write.on(), company, (new.rescoring, new.finding.number), &id.to_string()).await?;
            write.commit().await?;
            Ok(id)
        })
    }

    /// A claim.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn claim_by_id(&self, company: CompanyId, id: ClaimId) -> Result<Option<ClaimRow>, StoreError> {
        let row = sqlx::query(select!("WHERE company_id = $1 AND id = $2"))
            .bind(company.to_string())
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(claim).transpose()
    }

    /// One page of claims, newest first.
    ///
    /// # Errors
    /// [`StoreError::Cursor`], or what the engine says.
    pub async fn claims(
        &self,
        company: CompanyId,
        state: Option<ClaimState>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<PageOf<ClaimRow>, StoreError> {
        let below = match cursor {
            Some(text) => text.parse::<ClaimId>().map_err(|_| RefusedCursor)?.to_string(),
            None => "~".to_owned(),
        };
        let limit = limit.clamp(1, 200) as usize;
        let rows =
            sqlx::query(select!("WHERE company_id = $1 AND ($2 = '' OR state = $2) AND ($3 = '~' OR id < $3) ORDER BY id DESC LIMIT $4"))
                .bind(company.to_string())
                .bind(state.map_or("", ClaimState::as_str))
                .bind(below)
                .bind(limit as i64 + 1)
                .fetch_all(&self.pool)
                .await?;
        let items = rows.iter().take(limit).map(claim).collect::<Result<Vec<_>, _>>()?;
        let next_cursor = if rows.len() > limit { items.last().map(|row| row.id.to_string()) } else { None };
        Ok(PageOf { items, next_cursor })
    }

    /// Closes an open claim; `false` where it is closed already.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn close_claim(
        &self,
        company: CompanyId,
        (id, state): (ClaimId, ClaimState),
        recovered: Option<Decimal>,
        comment: &str,
        (by, at): (&By, Timestamp),
    ) -> Result<bool, StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            let closed = sqlx::query(
                "UPDATE claims SET state = $1, recovered = $2, closing_comment = $3, closed_by = $4, closed_at = $5
                 WHERE company_id = $6 AND id = $7 AND state = 'open' RETURNING case_id",
            )
            .bind(state.as_str())
            .bind(recovered.map(|amount| amount.to_string()))
            .bind(comment)
            .bind(to_json(by)?)
            .bind(micros(at))
            .bind(company.to_string())
            .bind(id.to_string())
            .fetch_optional(write.on())
            .await?;
            let Some(row) = closed else { return Ok(false) };
            let detail = json!({"claim_id": id, "to": state.as_str(), "recovered": recovered, "why": comment});
            let case_id = row.maybe_parsed("case_id")?;
            audit::append(write.on(), Entry { company, by, at, action: "claim-closed", case_id, case_version: None, detail }).await?;
            write.commit().await?;
            Ok(true)
        })
    }
}
