//! The schema: two parallel folders with the same numbers, built into the program. Expand first,
//! contract in a later release, so that two versions can run side by side.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, SqlSafeStr as _};

use super::StoreError;
use super::dialect::Dialect;

/// `(number, name, SQLite, PostgreSQL)`.
const MIGRATIONS: &[(i64, &str, &str, &str)] = &[
    (1, "start", include_str!("../../migrations/sqlite/0001_start.sql"), include_str!("../../migrations/postgres/0001_start.sql")),
    (2, "parts", include_str!("../../migrations/sqlite/0002_parts.sql"), include_str!("../../migrations/postgres/0002_parts.sql")),
    (
        3,
        "rescoring",
        include_str!("../../migrations/sqlite/0003_rescoring.sql"),
        include_str!("../../migrations/postgres/0003_rescoring.sql"),
    ),
    (4, "register", include_str!("../../migrations/sqlite/0004_register.sql"), include_str!("../../migrations/postgres/0004_register.sql")),
    (
        5,
        "statistics",
        include_str!("../../migrations/sqlite/0005_statistics.sql"),
        include_str!("../../migrations/postgres/0005_statistics.sql"),
    ),
];

/// Applies what is missing; refuses a database that a newer program has migrated further.
pub(super) async fn run(pool: &AnyPool, dialect: Dialect) -> Result<(), StoreError> {
    let migrations = MIGRATIONS
        .iter()
        .map(|&(number, name, sqlite, postgres)| {
            let sql = if dialect == Dialect::Sqlite { sqlite } else { postgres };
            Migration::new(number, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect();
    let migrator = Migrator::with_migrations(migrations);
    retrying(|| migrator.run(pool)).await.map_err(StoreError::Migration)
}

/// Two processes may start on one new file: the second waits for the first.
async fn retrying<F, Fut>(attempt: F) -> Result<(), sqlx::migrate::MigrateError>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<(), sqlx::migrate::MigrateError>>,
{
    let mut tries = 0;
    loop {
        match attempt().await {
            Err(_) if tries < 5 => {
                tries += 1;
                tokio::time::sleep(std::time::Duration::from_millis(200 * tries)).await;
            }
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MIGRATIONS;

    fn tables(sql: &str) -> Vec<&str> {
        let mut names: Vec<&str> = sql.lines().filter_map(|l| l.strip_prefix("CREATE TABLE ")?.split(' ').next()).collect();
        names.sort_unstable();
        names
    }

    /// Columns and indexes added, which both engines write alike.
    fn changes(sql: &str) -> Vec<&str> {
        let changes = ["ALTER TABLE", "CREATE INDEX", "CREATE UNIQUE INDEX"];
        sql.lines().filter(|line| changes.iter().any(|change| line.starts_with(change))).collect()
    }

    #[test]
    fn both_engines_get_the_same_tables() {
        for (number, _, sqlite, postgres) in MIGRATIONS {
            assert_eq!(tables(sqlite), tables(postgres), "migration {number}");
            assert_eq!(changes(sqlite), changes(postgres), "migration {number}");
        }
        assert!(MIGRATIONS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
