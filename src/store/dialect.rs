//! The only place that knows which engine runs: how to open it, begin a write, skip locked rows and
//! read its error codes.

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Executor as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::StoreError;

/// The engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// Whether only one transaction can write at a time.
    pub(super) fn one_writer(self) -> bool {
        self == Self::Sqlite
    }

    /// SQLite begins deferred by default, and a read that turns into a write then fails under a second
    /// writer; PostgreSQL's guarantees here rest on row locks, so the isolation is named.
    pub(super) fn begin_write(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
        }
    }

    /// Picks the statement of the engine where one can skip rows that another transaction holds.
    pub(super) fn skipping(self, plain: &'static str, skip_locked: &'static str) -> &'static str {
        match self {
            Self::Sqlite => plain,
            Self::Postgres => skip_locked,
        }
    }
}

/// Opens a pool; creates a SQLite file (and its folder) that is not there.
pub(super) async fn open(url: &str) -> Result<(AnyPool, Dialect), StoreError> {
    sqlx::any::install_default_drivers();
    if let Some(path) = url.strip_prefix("sqlite:") {
        open_sqlite(path.strip_prefix("//").unwrap_or(path)).await
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let pool = AnyPoolOptions::new().max_connections(16).acquire_timeout(Duration::from_secs(30)).connect(url).await?;
        Ok((pool, Dialect::Postgres))
    } else {
        let why = "the database URL must begin with sqlite:// or postgres://";
        Err(StoreError::Database(sqlx::Error::Configuration(why.into())))
    }
}

async fn open_sqlite(path: &str) -> Result<(AnyPool, Dialect), StoreError> {
    let file = PathBuf::from(path.split('?').next().unwrap_or(path));
    let file = std::path::absolute(&file).map_err(|e| StoreError::Database(sqlx::Error::Io(e)))?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|e| StoreError::Database(sqlx::Error::Io(e)))?;
    }
    create_private(&file).map_err(|e| StoreError::Database(sqlx::Error::Io(e)))?;
    let escaped: String = file.display().to_string().chars().flat_map(escape).collect();
    let options = AnyPoolOptions::new()
        .min_connections(1)
        .max_connections(8)
        .acquire_timeout(Duration::from_secs(30))
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(|connection, _| {
            Box::pin(async move {
                // FULL: with WAL and NORMAL a committed transaction can be lost on power loss.
                for pragma in ["PRAGMA busy_timeout = 15000", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON"] {
                    connection.execute(pragma).await?;
                }
                Ok(())
            })
        });
    let pool = options.connect(&format!("sqlite://{escaped}?mode=rwc")).await?;
    // The switch to WAL does not wait for other processes that start at the same moment: we do.
    for attempt in 0.. {
        match pool.execute("PRAGMA journal_mode = WAL").await.map_err(StoreError::from) {
            Ok(_) => break,
            Err(StoreError::Busy) if attempt < 100 => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(error) => return Err(error),
        }
    }
    Ok((pool, Dialect::Sqlite))
}

/// The file holds bank accounts and password hashes: nobody but its owner reads it. SQLite gives its
/// log the same mode.
fn create_private(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

fn escape(c: char) -> Vec<char> {
    match c {
        '%' | '?' | '#' => format!("%{:02X}", u32::from(c)).chars().collect(),
        c => vec![c],
    }
}

/// Sorts the engine's complaint.
pub(super) fn classify(error: sqlx::Error) -> StoreError {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return StoreError::Busy;
    }
    if matches!(error, sqlx::Error::RowNotFound) {
        return StoreError::NotFound;
    }
    if matches!(error, sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) | sqlx::Error::Decode(_)) {
        return StoreError::Corrupt(error.to_string());
    }
    let code = error.as_database_error().and_then(|e| e.code()).map(|code| code.into_owned());
    match code.as_deref() {
        // PostgreSQL: serialization_failure, deadlock_detected, lock_not_available, too_many_connections
        Some("40001" | "40P01" | "55P03" | "53300") => StoreError::Busy,
        Some("53100") => StoreError::Full,
        Some("XX001" | "XX002") => StoreError::Corrupt(error.to_string()),
        // SQLite's codes are shorter; the primary code is the low byte of the extended one.
        Some(code) if code.len() < 5 => match code.parse::<i64>().map(|c| c & 0xff) {
            Ok(5 | 6) => StoreError::Busy,
            Ok(13) => StoreError::Full,
            Ok(11 | 26) => StoreError::Corrupt(error.to_string()),
            _ => StoreError::Database(error),
        },
        _ => StoreError::Database(error),
    }
}

/// Whether a uniqueness rule was broken.
pub(super) fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|e| e.is_unique_violation())
}
