//! Runs over the company's own history: queued, claimed under a lease, written with what they found.
//! One run at a time in a company; a run whose worker died is claimed anew.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::audit::{self, Entry};
use super::dialect::is_unique_violation;
use super::rows::{Columns as _, micros, to_json};
use super::types::{By, PageOf, RescoringFinding, RescoringLease, RescoringOutcome, RescoringRow, RescoringState};
use super::{RefusedCursor, Store, StoreError, retrying};
use crate::domain::{CompanyId, RescoringId};

/// The statement that selects runs.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, company_id, state, candidate, requested_by, requested_at, started_at, finished_at, phase, done, total,
               attempt, error, outcome FROM rescorings ",
            $rest
        )
    };
}

fn run_row(row: &AnyRow) -> Result<RescoringRow, StoreError> {
    Ok(RescoringRow {
        id: row.parsed("id")?,
        company: row.parsed("company_id")?,
        state: row.named("state")?,
        candidate: row.maybe_text("candidate")?,
        requested_by: row.json("requested_by")?,
        requested_at: row.time("requested_at")?,
        started_at: row.maybe_time("started_at")?,
        finished_at: row.maybe_time("finished_at")?,
        phase: row.maybe_text("phase")?,
        done: row.int("done")?,
        total: row.maybe_int("total")?,
        attempt: row.int("attempt")?,
        error: row.maybe_text("error")?,
        outcome: row.maybe_json("outcome")?,
    })
}

/// How a run ended.
pub struct RescoringEnd<'a> {
    /// `finished`, `failed` or `stopped`.
    pub state: RescoringState,
    /// Why it failed.
    pub error: Option<&'a str>,
    /// What it found.
    pub outcome: Option<&'a RescoringOutcome>,
    /// The page for the audit committee.
    pub report: Option<&'a [u8]>,
}

impl Store {
    /// Queues a run, with its trail record.
    ///
    /// # Errors
    /// [`StoreError::Exists`] while another run of the company is open.
    pub async fn queue_rescoring(
        &self,
        company: CompanyId,
        id: RescoringId,
        candidate: Option<&str>,
        by: &By,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            let inserted = sqlx::query(
                "INSERT INTO rescorings (id, company_id, state, candidate, requested_by, requested_at) VALUES ($1, $2, 'queued', $3, $4, $5)",
            )
            .bind(id.to_string())
            .bind(company.to_string())
            .bind(candidate)
            .bind(to_json(by)?)
            .bind(micros(at))
            .execute(write.on())
            .await;
            match inserted {
                Err(error) if is_unique_violation(&error) => return Err(StoreError::Exists("a rescoring that has not ended".into())),
                other => other?,
            };
            record(write.on(), (company, id), by, at, "rescoring-requested", json!({"models": candidate.unwrap_or("installed")})).await?;
            write.commit().await
        })
    }

    /// A run.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn rescoring(&self, company: CompanyId, id: RescoringId) -> Result<Option<RescoringRow>, StoreError> {
        let row = sqlx::query(select!("WHERE company_id = $1 AND id = $2"))
            .bind(company.to_string())
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(run_row).transpose()
    }

    /// One page of runs, newest first.
    ///
    /// # Errors
    /// [`StoreError::Cursor`], or what the engine says.
    pub async fn rescorings(&self, company: CompanyId, cursor: Option<&str>, limit: u32) -> Result<PageOf<RescoringRow>, StoreError> {
        let below = match cursor {
            Some(text) => text.parse::<RescoringId>().map_err(|_| RefusedCursor)?.to_string(),
            None => "~".to_owned(),
        };
        let limit = limit.clamp(1, 200) as usize;
        let rows = sqlx::query(select!("WHERE company_id = $1 AND ($2 = '~' OR id < $2) ORDER BY id DESC LIMIT $3"))
            .bind(company.to_string())
            .bind(below)
            .bind(limit as i64 + 1)
            .fetch_all(&self.pool)
            .await?;
        let items = rows.iter().take(limit).map(run_row).collect::<Result<Vec<_>, _>>()?;
        let next_cursor = if rows.len() > limit { items.last().map(|row| row.id.to_string()) } else { None };
        Ok(PageOf { items, next_cursor })
    }

    /// The last run of the company that finished before `id` was asked for.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn rescoring_before(&self, company: CompanyId, id: RescoringId) -> Result<Option<RescoringRow>, StoreError> {
        let row = sqlx::query(select!("WHERE company_id = $1 AND id < $2 AND state = 'finished' ORDER BY id DESC LIMIT 1"))
            .bind(company.to_string())
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(run_row).transpose()
    }

    /// Claims the oldest run that waits or whose worker's lease ran out, until `now + lease_for`.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn claim_rescoring(
        &self,
        now: Timestamp,
        lease_for: SignedDuration,
        token: String,
    ) -> Result<Option<(RescoringLease, RescoringRow)>, StoreError> {
        const FREE: &str = "SELECT id FROM rescorings WHERE state IN ('queued', 'running') AND (lease_until IS NULL OR lease_until <= $1)
             ORDER BY id LIMIT 1";
        // A look without a lock first, so that idle workers do not disturb writers.
        let Some(free) = sqlx::query(FREE).bind(micros(now)).fetch_optional(&self.pool).await? else { return Ok(None) };
        let id: RescoringId = free.parsed("id")?;
        let until = now.checked_add(lease_for).unwrap_or(now);
        retrying!(async {
            let mut write = self.write().await?;
            let claimed = sqlx::query(
                "UPDATE rescorings SET state = 'running', lease_token = $2, lease_until = $3, attempt = attempt + 1,
                   started_at = COALESCE(started_at, $1), phase = NULL, done = 0, total = NULL
                 WHERE id = $4 AND state IN ('queued', 'running') AND (lease_until IS NULL OR lease_until <= $1)",
            )
            .bind(micros(now))
            .bind(token.as_str())
            .bind(micros(until))
            .bind(id.to_string())
            .execute(write.on())
            .await?;
            if claimed.rows_affected() != 1 {
                return Ok(None);
            }
            let row = sqlx::query(select!("WHERE id = $1")).bind(id.to_string()).fetch_one(write.on()).await?;
            let row = run_row(&row)?;
            if row.attempt == 1 {
                let detail = json!({"models": row.candidate.as_deref().unwrap_or("installed")});
                record(write.on(), (row.company, id), &By::program("rescoring"), now, "rescoring-started", detail).await?;
            }
            write.commit().await?;
            Ok(Some((RescoringLease { id, company: row.company, token: token.clone() }, row)))
        })
    }

    /// Keeps a lease until `until` and tells how far the run is; gives whether a person asked it to stop.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub async fn keep_rescoring(
        &self,
        lease: &RescoringLease,
        until: Timestamp,
        (phase, done, total): (&str, i64, Option<i64>),
    ) -> Result<bool, StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            let kept = sqlx::query(
                "UPDATE rescorings SET lease_until = $1, phase = $2, done = $3, total = $4 WHERE id = $5 AND lease_token = $6
                 RETURNING stop_asked",
            )
            .bind(micros(until))
            .bind(phase)
            .bind(done)
            .bind(total)
            .bind(lease.id.to_string())
            .bind(lease.token.as_str())
            .fetch_optional(write.on())
            .await?;
            let stop = kept.ok_or(StoreError::LeaseLost)?.int("stop_asked")? != 0;
            write.commit().await?;
            Ok(stop)
        })
    }

    /// Gives a run back, to be claimed by whoever comes next: this process ends.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub async fn release_rescoring(&self, lease: &RescoringLease) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            let sql = "UPDATE rescorings SET lease_token = NULL, lease_until = NULL WHERE id = $1 AND lease_token = $2";
            let released = sqlx::query(sql).bind(lease.id.to_string()).bind(lease.token.as_str()).execute(write.on()).await?;
            if released.rows_affected() != 1 {
                return Err(StoreError::LeaseLost);
            }
            write.commit().await
        })
    }

    /// Asks an open run to stop; one that no worker holds ends at once.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown run; gives `false` for one that has ended.
    pub async fn stop_rescoring(&self, company: CompanyId, id: RescoringId, by: &By, at: Timestamp) -> Result<bool, StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            let row = sqlx::query(
                "UPDATE rescorings SET stop_asked = 1, state = CASE WHEN lease_token IS NULL THEN 'stopped' ELSE state END,
                   finished_at = CASE WHEN lease_token IS NULL THEN $3 ELSE NULL END
                 WHERE company_id = $1 AND id = $2 AND state IN ('queued', 'running') RETURNING id",
            )
            .bind(company.to_string())
            .bind(id.to_string())
            .bind(micros(at))
            .fetch_optional(write.on())
            .await?;
            if row.is_some() {
                record(write.on(), (company, id), by, at, "rescoring-stopped", json!({})).await?;
            }
            write.commit().await?;
            Ok(row.is_some())
        })
    }

    /// Forgets what an earlier attempt of the run wrote.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub async fn clear_rescoring(&self, lease: &RescoringLease) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            hold(write.on(), lease).await?;
            for sql in ["DELETE FROM rescoring_findings WHERE rescoring_id = $1", "DELETE FROM rescoring_reports WHERE rescoring_id = $1"] {
                sqlx::query(sql).bind(lease.id.to_string()).execute(write.on()).await?;
            }
            write.commit().await
        })
    }

    /// Adds findings of a run that goes on.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub async fn add_rescoring_findings(&self, lease: &RescoringLease, findings: &[RescoringFinding]) -> Result<(), StoreError> {
        for batch in findings.chunks(1000) {
            retrying!(async {
                let mut write = self.write().await?;
                hold(write.on(), lease).await?;
                for finding in batch {
                    insert_finding(write.on(), lease, finding).await?;
                }
                write.commit().await
            })?;
        }
        Ok(())
    }

    /// Ends a run with its trail record.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub async fn end_rescoring(&self, lease: &RescoringLease, end: &RescoringEnd<'_>, at: Timestamp) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            hold(write.on(), lease).await?;
            sqlx::query(
                "UPDATE rescorings SET state = $1, finished_at = $2, error = $3, outcome = $4, lease_token = NULL, lease_until = NULL
                 WHERE id = $5",
            )
            .bind(end.state.as_str())
            .bind(micros(at))
            .bind(end.error)
            .bind(end.outcome.map(to_json).transpose()?)
            .bind(lease.id.to_string())
            .execute(write.on())
            .await?;
            if let Some(report) = end.report {
                sqlx::query("INSERT INTO rescoring_reports (rescoring_id, company_id, content) VALUES ($1, $2, $3)")
                    .bind(lease.id.to_string())
                    .bind(lease.company.to_string())
                    .bind(report)
                    .execute(write.on())
                    .await?;
            }
            let action = match end.state {
                RescoringState::Finished => "rescoring-finished",
                RescoringState::Stopped => "rescoring-ended",
                _ => "rescoring-failed",
            };
            let detail = json!({"error": end.error, "outcome": end.outcome});
            record(write.on(), (lease.company, lease.id), &By::program("rescoring"), at, action, detail).await?;
            write.commit().await
        })
    }

    /// The page for the audit committee.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn rescoring_report(&self, company: CompanyId, id: RescoringId) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query("SELECT content FROM rescoring_reports WHERE company_id = $1 AND rescoring_id = $2")
            .bind(company.to_string())
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| row.bytes("content")).transpose()
    }
}

/// A record of the trail about a run.
pub(super) async fn record(
    on: &mut AnyConnection,
    (company, id): (CompanyId, RescoringId),
    by: &By,
    at: Timestamp,
    action: &str,
    detail: serde_json::Value,
) -> Result<(), StoreError> {
    let mut detail = detail;
    if let serde_json::Value::Object(map) = &mut detail {
        map.insert("rescoring_id".into(), json!(id));
    }
    audit::append(on, Entry { company, by, at, action, case_id: None, case_version: None, detail }).await?;
    Ok(())
}

/// Asks whether the lease still holds, and keeps it so until the transaction ends.
async fn hold(on: &mut AnyConnection, lease: &RescoringLease) -> Result<(), StoreError> {
    let held = sqlx::query("UPDATE rescorings SET lease_token = lease_token WHERE id = $1 AND lease_token = $2")
        .bind(lease.id.to_string())
        .bind(lease.token.as_str())
        .execute(on)
        .await?;
    if held.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

async fn insert_finding(on: &mut AnyConnection, lease: &RescoringLease, finding: &RescoringFinding) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO rescoring_findings (rescoring_id, number, company_id, kind, code, score, before_score, change, position, case_id,
           payable, other_position, other_case_id, other, reasons)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(lease.id.to_string())
    .bind(finding.number)
    .bind(lease.company.to_string())
    .bind(finding.kind.as_str())
    .bind(finding.reasons.first().map_or("", |reason| reason.code.as_str()))
    .bind(finding.score)
    .bind(finding.before)
    .bind(finding.change.as_str())
    .bind(finding.of.position)
    .bind(finding.of.case_id.map(|id| id.to_string()))
    .bind(to_json(&finding.of.payable)?)
    .bind(finding.other.as_ref().map(|other| other.position))
    .bind(finding.other.as_ref().and_then(|other| other.case_id).map(|id| id.to_string()))
    .bind(finding.other.as_ref().map(|other| to_json(&other.payable)).transpose()?)
    .bind(to_json(&finding.reasons)?)
    .execute(on)
    .await?;
    Ok(())
}
