//! `countersign eval extraction`.

use crate::cli::{Global, Outcome};

/// Options of `eval extraction`.
#[derive(clap::Args)]
pub struct Args {}

pub(super) fn run(_global: &Global, _args: Args) -> Outcome {
    anyhow::bail!("not built yet")
}
