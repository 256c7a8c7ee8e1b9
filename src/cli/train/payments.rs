//! `countersign train duplicates` and `train anomaly`.

use crate::cli::{Global, Outcome};

/// Options of `train duplicates`.
#[derive(clap::Args)]
pub struct DuplicatesArgs {}

/// Options of `train anomaly`.
#[derive(clap::Args)]
pub struct AnomalyArgs {}

pub(super) fn run_duplicates(_global: &Global, _args: DuplicatesArgs) -> Outcome {
    anyhow::bail!("not built yet")
}

pub(super) fn run_anomaly(_global: &Global, _args: AnomalyArgs) -> Outcome {
    anyhow::bail!("not built yet")
}
