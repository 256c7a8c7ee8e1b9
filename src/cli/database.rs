//! The database that administration commands work on.

use anyhow::Context as _;
use std::path::Path;

use super::{Global, WrongUse};
use crate::store::types::By;
use crate::store::{Company, Store};

/// Where the database is.
fn url(global: &Global) -> anyhow::Result<String> {
    global.overrides().database_url().map_err(|error| WrongUse(error.to_string()).into())
}

/// Opens the database and brings its schema up to date; creates a SQLite file that is not there.
pub(super) async fn open(global: &Global) -> anyhow::Result<Store> {
    let url = url(global)?;
    Store::connect(&url).await.with_context(|| format!("cannot open the database {}", masked(&url)))
}

/// Opens a database that must be there already.
pub(super) async fn open_existing(global: &Global) -> anyhow::Result<Store> {
    let url = url(global)?;
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if !Path::new(path.split('?').next().unwrap_or(path)).exists() {
            return Err(WrongUse(format!("there is no database at {path}: name it with --data-dir or --database-url")).into());
        }
    }
    open(global).await
}

/// The companies asked for: the one named, or all.
pub(super) async fn companies(store: &Store, code: Option<&str>) -> anyhow::Result<Vec<Company>> {
    let mut companies = store.companies().await?;
    if let Some(code) = code {
        let known = companies.iter().map(|c| c.code.clone()).collect::<Vec<_>>().join(", ");
        companies.retain(|company| company.code == code);
        if companies.is_empty() {
            return Err(WrongUse(format!("there is no company {code:?}; known: {known}")).into());
        }
    }
    Ok(companies)
}

/// Whoever has the command line acts as the administration.
pub(super) fn administration() -> By {
    By::program("administration")
}

/// A URL without its password.
fn masked(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}://…@{}", &url[..scheme], &url[at + 1..]),
        _ => url.to_owned(),
    }
}

/// Opens the file named, or standard output.
pub(super) fn output(path: Option<&Path>) -> anyhow::Result<Box<dyn std::io::Write>> {
    Ok(match path {
        Some(path) => {
            let file = std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
            Box::new(std::io::BufWriter::new(file))
        }
        None => Box::new(std::io::BufWriter::new(std::io::stdout())),
    })
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn no_password_is_shown() {
        assert_eq!(masked("postgres://ann:s3cr@t@db/books"), "postgres://…@db/books");
        assert_eq!(masked("sqlite:///data/x"), "sqlite:///data/x");
    }
}
