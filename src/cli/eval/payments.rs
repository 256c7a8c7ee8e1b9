//! `countersign eval duplicates` and `eval anomalies`.

use crate::cli::{Global, Outcome};

/// Options of `eval duplicates`.
#[derive(clap::Args)]
pub struct DuplicatesArgs {}

/// Options of `eval anomalies`.
#[derive(clap::Args)]
pub struct AnomaliesArgs {}

pub(super) fn run_duplicates(_global: &Global, _args: DuplicatesArgs) -> Outcome {
    anyhow::bail!("not built yet")
}

pub(super) fn run_anomalies(_global: &Global, _args: AnomaliesArgs) -> Outcome {
    anyhow::bail!("not built yet")
}
