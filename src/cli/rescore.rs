//! `countersign rescore`.

use super::{Global, Outcome};

/// Options of `rescore`.
#[derive(clap::Args)]
pub struct Args {}

pub(super) fn run(_global: &Global, _args: Args) -> Outcome {
    anyhow::bail!("not built yet")
}
