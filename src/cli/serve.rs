//! `countersign serve`.

use super::{Global, Outcome};

/// Options of `serve`.
#[derive(clap::Args)]
pub struct Args {}

pub(super) fn run(_global: &Global, _args: Args) -> Outcome {
    anyhow::bail!("not built yet")
}

/// Options of `worker`.
#[derive(clap::Args)]
pub struct WorkerArgs {}

pub(super) fn run_worker(_global: &Global, _args: WorkerArgs) -> Outcome {
    anyhow::bail!("not built yet")
}
