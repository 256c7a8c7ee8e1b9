//! Jobs by lease: claimed under a fencing token, renewed, given back, finished. A lease that ran out
//! is claimed anew with the next attempt, and its former holder can no longer write anything.

use jiff::{SignedDuration, Timestamp};
use sqlx::AnyConnection;

use super::dialect::is_unique_violation;
use super::rows::{Columns as _, micros, to_name};
use super::types::Lease;
use super::{Store, StoreError, retrying};
use crate::domain::{CaseId, CompanyId, JobId};
use crate::workflow::Effect;

/// Queues a job.
pub(super) async fn insert(
    on: &mut AnyConnection,
    id: JobId,
    company: CompanyId,
    case: CaseId,
    effect: Effect,
    run_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO jobs (id, company_id, case_id, effect, run_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(id.to_string())
        .bind(company.to_string())
        .bind(case.to_string())
        .bind(to_name(&effect)?)
        .bind(micros(run_at))
        .execute(on)
        .await?;
    Ok(())
}

/// Ends a job under its token.
pub(super) async fn end(on: &mut AnyConnection, lease: &Lease) -> Result<(), StoreError> {
    let deleted = sqlx::query("DELETE FROM jobs WHERE id = $1 AND lease_token = $2")
        .bind(lease.job.to_string())
        .bind(lease.token.as_str())
        .execute(on)
        .await?;
    if deleted.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

/// Asks whether the lease still holds, and keeps it so until the transaction ends.
pub(super) async fn hold(on: &mut AnyConnection, lease: &Lease) -> Result<(), StoreError> {
    let held = sqlx::query("UPDATE jobs SET lease_token = lease_token WHERE id = $1 AND lease_token = $2")
        .bind(lease.job.to_string())
        .bind(lease.token.as_str())
        .execute(on)
        .await?;
    if held.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

const EXPIRE: &str = "UPDATE jobs SET lease_token = NULL, lease_until = NULL WHERE lease_until <= $1";
const EXPIRE_SKIPPING: &str = "UPDATE jobs SET lease_token = NULL, lease_until = NULL
     WHERE id IN (SELECT id FROM jobs WHERE lease_until <= $1 FOR UPDATE SKIP LOCKED)";

/// The claim: the oldest job that may run, unless it is serial and its company has one running.
macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "UPDATE jobs SET lease_token = $1, lease_until = $2, attempt = attempt + 1
             WHERE lease_token IS NULL AND id = (
               SELECT j.id FROM jobs j
               WHERE j.effect IN ($3, $4, $5) AND j.run_at <= $6 AND j.lease_token IS NULL
                 AND (j.effect NOT IN ('screen', 'post') OR NOT EXISTS (
                   SELECT 1 FROM jobs o WHERE o.company_id = j.company_id AND o.effect = j.effect
                     AND o.effect IN ('screen', 'post') AND o.lease_token IS NOT NULL))
               ORDER BY j.run_at, j.id LIMIT 1 ",
            $lock,
            ") RETURNING id, company_id, case_id, effect, attempt"
        )
    };
}

impl Store {
    /// Claims the next job of these kinds, if there is one, until `now + lease_for`. `token` must be
    /// new for every claim. Screening and posting jobs run one at a time in a company.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn claim(
        &self,
        effects: &[Effect],
        now: Timestamp,
        lease_for: SignedDuration,
        token: String,
    ) -> Result<Option<Lease>, StoreError> {
        let names = effects.iter().map(to_name).collect::<Result<Vec<_>, _>>()?;
        if !self.anything_to_claim(&names, now).await? {
            return Ok(None);
        }
        let until = now.checked_add(lease_for).unwrap_or(now);
        // Two claimers may pick jobs of one company at the same moment: the index lets one through,
        // the other looks again and finds the next job or none.
        for _ in 0..4 {
            match retrying!(self.claim_once(&names, now, until, &token)) {
                Err(StoreError::Database(error)) if is_unique_violation(&error) => {}
                outcome => return outcome,
            }
        }
        Ok(None)
    }

    /// A look without a lock, so that idle workers do not disturb writers.
    async fn anything_to_claim(&self, names: &[String], now: Timestamp) -> Result<bool, StoreError> {
        let mut query = sqlx::query(
            "SELECT 1 AS one FROM jobs WHERE effect IN ($1, $2, $3) AND run_at <= $4 AND (lease_token IS NULL OR lease_until <= $4) LIMIT 1",
        );
        for place in 0..3 {
            query = query.bind(names.get(place).map_or("", String::as_str));
        }
        Ok(query.bind(micros(now)).fetch_optional(&self.pool).await?.is_some())
    }

    async fn claim_once(&self, names: &[String], now: Timestamp, until: Timestamp, token: &str) -> Result<Option<Lease>, StoreError> {
        let mut write = self.write().await?;
        sqlx::query(self.dialect.skipping(EXPIRE, EXPIRE_SKIPPING)).bind(micros(now)).execute(write.on()).await?;
        let sql = self.dialect.skipping(claim!(""), claim!("FOR UPDATE SKIP LOCKED"));
        let mut query = sqlx::query(sql).bind(token).bind(micros(until));
        for place in 0..3 {
            query = query.bind(names.get(place).map_or("", String::as_str));
        }
        let Some(row) = query.bind(micros(now)).fetch_optional(write.on()).await? else {
            write.commit().await?;
            return Ok(None);
        };
        let lease = Lease {
            job: row.parsed("id")?,
            token: token.to_owned(),
            company: row.parsed("company_id")?,
            case_id: row.parsed("case_id")?,
            effect: row.named("effect")?,
            attempt: u32::try_from(row.int("attempt")?).unwrap_or(u32::MAX),
        };
        write.commit().await?;
        Ok(Some(lease))
    }

    /// Keeps a lease until `until`.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub async fn renew(&self, lease: &Lease, until: Timestamp) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            let renewed = sqlx::query("UPDATE jobs SET lease_until = $1 WHERE id = $2 AND lease_token = $3")
                .bind(micros(until))
                .bind(lease.job.to_string())
                .bind(lease.token.as_str())
                .execute(write.on())
                .await?;
            if renewed.rows_affected() != 1 {
                return Err(StoreError::LeaseLost);
            }
            write.commit().await
        })
    }

    /// Gives a job back, to be tried again at `run_at`; its attempts stay counted.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub async fn release_later(&self, lease: &Lease, run_at: Timestamp, error: &str) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            let released = sqlx::query(
                "UPDATE jobs SET lease_token = NULL, lease_until = NULL, run_at = $1, last_error = $2 WHERE id = $3 AND lease_token = $4",
            )
            .bind(micros(run_at))
            .bind(error)
            .bind(lease.job.to_string())
            .bind(lease.token.as_str())
            .execute(write.on())
            .await?;
            if released.rows_affected() != 1 {
                return Err(StoreError::LeaseLost);
            }
            write.commit().await
        })
    }

    /// Ends a job that has become needless.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub async fn finish(&self, lease: &Lease) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            end(write.on(), lease).await?;
            write.commit().await
        })
    }

    /// Jobs that are due, running ones included.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn pending_jobs(&self, now: Timestamp) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) AS n FROM jobs WHERE run_at <= $1").bind(micros(now)).fetch_one(&self.pool).await?;
        row.int("n")
    }

    /// When the next job can be claimed: it falls due, or its holder's lease runs out.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn next_job_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let row = sqlx::query("SELECT MIN(CASE WHEN lease_token IS NULL THEN run_at ELSE lease_until END) AS next FROM jobs")
            .fetch_one(&self.pool)
            .await?;
        row.maybe_time("next")
    }

    /// Cases whose timer has come: overdue tasks and ended holds, the earliest first.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn due_cases(&self, now: Timestamp, limit: u32) -> Result<Vec<(CompanyId, CaseId)>, StoreError> {
        let rows = sqlx::query("SELECT company_id, id FROM cases WHERE wake_at <= $1 ORDER BY wake_at, id LIMIT $2")
            .bind(micros(now))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Ok((row.parsed("company_id")?, row.parsed("id")?))).collect()
    }
}
