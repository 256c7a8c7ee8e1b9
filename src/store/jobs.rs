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

/// The oldest job of a kind that may run at `$1`.
macro_rules! free {
    ($effect:literal) => {
        concat!(
            "SELECT j.id FROM jobs j WHERE j.effect = '",
            $effect,
            "' AND j.run_at <= $1 AND j.lease_token IS NULL ORDER BY j.run_at, j.id LIMIT 1"
        )
    };
}

/// The same for a kind that is serial: each company's oldest, where the company has none running. It
/// goes by company, so that a long queue costs no more than a short one; naming both serial kinds lets
/// the partial index of running ones answer.
macro_rules! serial {
    ($effect:literal) => {
        concat!(
            "SELECT j.id FROM companies c JOIN jobs j ON j.id = (
               SELECT k.id FROM jobs k WHERE k.effect = '",
            $effect,
            "' AND k.company_id = c.id AND k.run_at <= $1 AND k.lease_token IS NULL ORDER BY k.run_at, k.id LIMIT 1)
             WHERE NOT EXISTS (SELECT 1 FROM jobs o WHERE o.company_id = c.id AND o.effect = '",
            $effect,
            "' AND o.effect IN ('screen', 'post') AND o.lease_token IS NOT NULL)
             ORDER BY j.run_at, j.id LIMIT 1"
        )
    };
}

/// The claim of what such a statement finds, under token `$2` until `$3`.
macro_rules! claim {
    ($($find:tt)+) => {
        concat!(
            "UPDATE jobs SET lease_token = $2, lease_until = $3, attempt = attempt + 1 WHERE lease_token IS NULL AND id = (",
            $($find)+,
            ") RETURNING id, company_id, case_id, effect, attempt"
        )
    };
}

/// The statements of one kind of job.
struct Kind {
    find: &'static str,
    claim: &'static str,
    claim_skipping: &'static str,
}

const READ: Kind = Kind {
    find: free!("read"),
    claim: claim!(free!("read")),
    claim_skipping: claim!(concat!(free!("read"), " FOR UPDATE OF j SKIP LOCKED")),
};
const SCREEN: Kind = Kind {
    find: serial!("screen"),
    claim: claim!(serial!("screen")),
    claim_skipping: claim!(concat!(serial!("screen"), " FOR UPDATE OF j SKIP LOCKED")),
};
const POST: Kind = Kind {
    find: serial!("post"),
    claim: claim!(serial!("post")),
    claim_skipping: claim!(concat!(serial!("post"), " FOR UPDATE OF j SKIP LOCKED")),
};

/// The statements of an effect; withdrawing is no job.
fn kind(effect: Effect) -> Option<&'static Kind> {
    match effect {
        Effect::Read => Some(&READ),
        Effect::Screen => Some(&SCREEN),
        Effect::Post => Some(&POST),
        Effect::Withdraw => None,
    }
}

impl Store {
    /// Claims the next job of these kinds, if there is one, until `now + lease_for`: of the first kind
    /// that has any, the oldest. `token` must be new for every claim. Screening and posting jobs run one
    /// at a time in a company.
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
        let until = now.checked_add(lease_for).unwrap_or(now);
        self.expire(now).await?;
        for kind in effects.iter().filter_map(|effect| kind(*effect)) {
            // Others may be faster; whoever is not looks again, and finds the next job or none. Two
            // who pick jobs of one company at the same moment are told apart by the unique index.
            for _ in 0..4 {
                // A look without a lock first, so that idle workers do not disturb writers.
                if sqlx::query(kind.find).bind(micros(now)).fetch_optional(&self.pool).await?.is_none() {
                    break;
                }
                match retrying!(self.claim_once(kind, now, until, &token)) {
                    Ok(Some(lease)) => return Ok(Some(lease)),
                    Ok(None) => {}
                    Err(StoreError::Database(error)) if is_unique_violation(&error) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(None)
    }

    /// Frees the jobs whose holders' leases ran out.
    async fn expire(&self, now: Timestamp) -> Result<(), StoreError> {
        let expired = sqlx::query("SELECT 1 AS one FROM jobs WHERE lease_until <= $1 LIMIT 1");
        if expired.bind(micros(now)).fetch_optional(&self.pool).await?.is_none() {
            return Ok(());
        }
        retrying!(async {
            let mut write = self.write().await?;
            sqlx::query(self.dialect.skipping(EXPIRE, EXPIRE_SKIPPING)).bind(micros(now)).execute(write.on()).await?;
            write.commit().await
        })
    }

    async fn claim_once(&self, kind: &Kind, now: Timestamp, until: Timestamp, token: &str) -> Result<Option<Lease>, StoreError> {
        let mut write = self.write().await?;
        let claimed = sqlx::query(self.dialect.skipping(kind.claim, kind.claim_skipping))
            .bind(micros(now))
            .bind(token)
            .bind(micros(until))
            .fetch_optional(write.on())
            .await?;
        let Some(row) = claimed else {
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
