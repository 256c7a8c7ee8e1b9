//! All SQL: one concrete store on SQLite (embedded) or PostgreSQL, its statements written once.
//!
//! What it guarantees: state, trail record, jobs and outbox row of a transition are written in one
//! transaction; a company's trail is gapless and in the order of its commits; a job's result counts
//! only under the token of its present lease; a case has one posting key for ever. What it refuses: a
//! commit on a stale version ([`StoreError::Conflict`]), a late worker ([`StoreError::LeaseLost`]).
//! `dialect.rs` is the only place that knows which engine runs.

mod audit;
mod cases;
mod claims;
mod commit;
mod confirmed;
mod dialect;
mod documents;
mod figures;
mod findings;
mod history;
mod idempotency;
mod jobs;
mod ledger;
mod master;
mod migrate;
mod parts;
mod postings;
mod rekey;
mod rescorings;
mod rows;
pub mod types;
mod users;

pub use crate::config::sqlite_url;
pub use cases::RefusedCursor;
pub use claims::NewClaim;
pub use figures::Figures;
pub use findings::ScoreOnRecord;
pub use idempotency::{Begin, Request};
pub use ledger::LedgerRow;
pub use rescorings::RescoringEnd;
pub use users::{Company, NewCompany, NewToken, NewUser, SessionRow, TokenRow, UserRow};

use dialect::Dialect;
use sqlx::AnyPool;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The row has moved on; it is at this version now.
    #[error("the case has changed; it is at version {current}")]
    Conflict {
        /// The version in the database.
        current: i64,
    },
    /// Another worker holds the job, or it is done.
    #[error("the lease on this job was lost")]
    LeaseLost,
    /// No such row in this company.
    #[error("not found")]
    NotFound,
    /// The name or code is taken already.
    #[error("{0} exists already")]
    Exists(String),
    /// The engine could not serve it now: locked, or serialisation failed after every retry.
    #[error("the database is busy")]
    Busy,
    /// The disk (or the database's quota) is full.
    #[error("the database is full")]
    Full,
    /// The database file is damaged, or a row does not read as what it should be.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// The caller gave what makes no sense; a bug of ours, not of data.
    #[error("wrong use of the store: {0}")]
    Misuse(&'static str),
    /// A cursor that this list did not give out.
    #[error(transparent)]
    Cursor(#[from] RefusedCursor),
    /// Anything else the engine says.
    #[error("the database refused: {0}")]
    Database(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database's schema cannot be brought up to date: {0}")]
    Migration(#[source] sqlx::migrate::MigrateError),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        dialect::classify(error)
    }
}

/// The store; cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: AnyPool,
    dialect: Dialect,
    /// SQLite has one writer: waiting here is fair and cheap, waiting in its busy handler is neither.
    writer: Option<Arc<Semaphore>>,
}

/// Repeats a write that the engine asked to repeat, for at most a few seconds, each time after a longer
/// pause. A time-out of the engine's own is longer than that and is not repeated.
macro_rules! retrying {
    ($attempt:expr) => {{
        let begun = std::time::Instant::now();
        let mut pause = std::time::Duration::from_millis(5);
        loop {
            match $attempt.await {
                Err($crate::store::StoreError::Busy) if begun.elapsed() < std::time::Duration::from_secs(5) => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(std::time::Duration::from_millis(500));
                }
                outcome => break outcome,
            }
        }
    }};
}
use retrying;

/// A write transaction: immediate on SQLite, with the one writer's turn.
struct Write {
    tx: sqlx::Transaction<'static, sqlx::Any>,
    _turn: Option<OwnedSemaphorePermit>,
}

impl Write {
    fn on(&mut self) -> &mut sqlx::AnyConnection {
        &mut self.tx
    }

    async fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().await?;
        Ok(())
    }
}

impl Store {
    /// Opens the database, creating a SQLite file that is not there, and brings its schema up to date.
    /// `sqlite:///path/to/file` or `postgres://user@host/database`.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be opened or migrated.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let (pool, dialect) = dialect::open(url).await?;
        migrate::run(&pool, dialect).await?;
        let writer = dialect.one_writer().then(|| Arc::new(Semaphore::new(1)));
        Ok(Self { pool, dialect, writer })
    }

    /// Asks the engine for a sign of life: for `/readyz`.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// `sqlite` or `postgres`: for logs and the support page.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        self.dialect.name()
    }

    /// Waits for open statements and closes every connection (SQLite folds its log into the file).
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn write(&self) -> Result<Write, StoreError> {
        let turn = match &self.writer {
            Some(writer) => Some(Arc::clone(writer).acquire_owned().await.map_err(|_| StoreError::Busy)?),
            None => None,
        };
        let tx = self.pool.begin_with(self.dialect.begin_write()).await?;
        Ok(Write { tx, _turn: turn })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::Ambient;
    use crate::domain::DocumentKind;
    use crate::store::types::{By, NewCase, NewDocument};
    use crate::workflow::{Case, WorkflowRef};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_disk_refuses_whole_uploads_and_harms_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(&sqlite_url(&folder.path().join("full.db"))).await.unwrap();
        let ambient = Ambient::fixed("2026-03-01T08:00:00Z".parse().unwrap());
        let (by, company) = (By::program("test"), ambient.id());
        let new = NewCompany { id: company, code: "DEMO".into(), name: "Demo".into() };
        store.create_company(&new, &by, ambient.now()).await.unwrap();
        limit_pages(&store).await;

        let workflow = WorkflowRef { id: "w".into(), version: "1".into(), sha256: "00".into() };
        let (mut kept, mut refused) = (0, None);
        for number in 0..200 {
            let document = NewDocument {
                id: ambient.id(),
                company,
                sha256: number.to_string(),
                kind: DocumentKind::Pdf,
                name: None,
                bytes: vec![7; 20_000],
            };
            let case = Case::received(workflow.clone(), None);
            let new = NewCase { id: ambient.id(), subject: "invoice".into(), case, correlation_id: String::new(), traceparent: None };
            match store.receive(&document, &new, &by, ambient.now(), ambient.id()).await {
                Ok(_) => kept += 1,
                Err(error) => {
                    refused = Some(error);
                    break;
                }
            }
        }
        assert!(matches!(refused, Some(StoreError::Full)), "{refused:?} after {kept}");
        assert!(kept > 0);
        for table in ["documents", "document_bytes", "cases", "jobs"] {
            let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) AS n FROM {table}"));
            let row = sqlx::query(sql).fetch_one(&store.pool).await.unwrap();
            assert_eq!(rows::Columns::int(&row, "n").unwrap(), kept, "{table}");
        }
        let head = store.audit_head(company).await.unwrap();
        let trail = store.audit_rows(company, 0, 1000).await.unwrap();
        assert_eq!(crate::audit::verify(company, &trail), Ok(head));
    }

    /// The limit belongs to a connection, so every one of the pool gets it.
    async fn limit_pages(store: &Store) {
        let mut connections = Vec::new();
        for _ in 0..store.pool.options().get_max_connections() {
            let mut connection = store.pool.acquire().await.unwrap();
            sqlx::raw_sql("PRAGMA max_page_count = 200").execute(&mut *connection).await.unwrap();
            connections.push(connection);
        }
    }
}
