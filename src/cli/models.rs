//! `countersign models`.

use super::{Global, Outcome};

/// Options of `models`.
#[derive(clap::Args)]
pub struct Args {}

pub(super) fn run(_global: &Global, _args: Args) -> Outcome {
    anyhow::bail!("not built yet")
}
