//! Answers under an `Idempotency-Key`: the same key and request get the same answer for a day, another
//! request is refused, and one that is still being answered is told to wait.

use jiff::{SignedDuration, Timestamp};

use super::rows::{Columns as _, micros};
use super::{Store, StoreError, retrying};
use crate::domain::{CompanyId, UserId};

/// How long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// After how long an unanswered request is taken for lost.
const LOST: SignedDuration = SignedDuration::from_secs(120);

/// A request under a key.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The company it acts in.
    pub company: CompanyId,
    /// Who sends it.
    pub user: UserId,
    /// The key, as sent.
    pub key: &'a str,
    /// Hash of method, path and body.
    pub fingerprint: &'a str,
}

/// What to do with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begin {
    /// Answer it, then call [`Store::idempotency_finish`] (or `_abandon`).
    Fresh,
    /// Send this answer again.
    Replay {
        /// HTTP status.
        status: u16,
        /// Its media type.
        content_type: String,
        /// Its body.
        body: Vec<u8>,
    },
    /// The key was used for another request: 422.
    Mismatch,
    /// The first one is still being answered: 409.
    InFlight,
}

impl Store {
    /// Claims a key for a request, or says what became of it.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn idempotency_begin(&self, request: &Request<'_>, now: Timestamp) -> Result<Begin, StoreError> {
        retrying!(self.begin_once(request, now))
    }

    async fn begin_once(&self, request: &Request<'_>, now: Timestamp) -> Result<Begin, StoreError> {
        let mut write = self.write().await?;
        let before = |age: SignedDuration| now.checked_sub(age).map(micros).unwrap_or(i64::MIN);
        sqlx::query("DELETE FROM idempotency WHERE started_at < $1").bind(before(KEPT)).execute(write.on()).await?;
        let inserted = sqlx::query(
            "INSERT INTO idempotency (company_id, user_id, request_key, fingerprint, started_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (company_id, user_id, request_key) DO UPDATE SET started_at = excluded.started_at
             WHERE idempotency.status IS NULL AND idempotency.started_at < $6 AND idempotency.fingerprint = excluded.fingerprint",
        )
        .bind(request.company.to_string())
        .bind(request.user.to_string())
        .bind(request.key)
        .bind(request.fingerprint)
        .bind(micros(now))
        .bind(before(LOST))
        .execute(write.on())
        .await?;
        if inserted.rows_affected() == 1 {
            write.commit().await?;
            return Ok(Begin::Fresh);
        }
        let row = sqlx::query(
            "SELECT fingerprint, status, content_type, body FROM idempotency WHERE company_id = $1 AND user_id = $2 AND request_key = $3",
        )
        .bind(request.company.to_string())
        .bind(request.user.to_string())
        .bind(request.key)
        .fetch_optional(write.on())
        .await?
        .ok_or(StoreError::Busy)?;
        write.commit().await?;
        if row.text("fingerprint")? != request.fingerprint {
            return Ok(Begin::Mismatch);
        }
        let Some(status) = row.maybe_int("status")? else {
            return Ok(Begin::InFlight);
        };
        Ok(Begin::Replay {
            status: u16::try_from(status).map_err(|_| StoreError::Corrupt("idempotency.status".to_owned()))?,
            content_type: row.maybe_text("content_type")?.unwrap_or_default(),
            body: row.maybe_bytes("body")?.unwrap_or_default(),
        })
    }

    /// Keeps the answer.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn idempotency_finish(&self, request: &Request<'_>, status: u16, content_type: &str, body: &[u8]) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            sqlx::query(
                "UPDATE idempotency SET status = $1, content_type = $2, body = $3
                 WHERE company_id = $4 AND user_id = $5 AND request_key = $6 AND fingerprint = $7 AND status IS NULL",
            )
            .bind(i64::from(status))
            .bind(content_type)
            .bind(body)
            .bind(request.company.to_string())
            .bind(request.user.to_string())
            .bind(request.key)
            .bind(request.fingerprint)
            .execute(write.on())
            .await?;
            write.commit().await
        })
    }

    /// Gives the key back: the request failed on our side and may be sent again at once.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn idempotency_abandon(&self, request: &Request<'_>) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            sqlx::query(
                "DELETE FROM idempotency
                 WHERE company_id = $1 AND user_id = $2 AND request_key = $3 AND fingerprint = $4 AND status IS NULL",
            )
            .bind(request.company.to_string())
            .bind(request.user.to_string())
            .bind(request.key)
            .bind(request.fingerprint)
            .execute(write.on())
            .await?;
            write.commit().await
        })
    }
}
