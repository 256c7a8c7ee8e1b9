//! `countersign user`.

use super::{Global, Outcome};

/// Options of `user`.
#[derive(clap::Args)]
pub struct Args {}

pub(super) fn run(_global: &Global, _args: Args) -> Outcome {
    anyhow::bail!("not built yet")
}

/// Options of `token`.
#[derive(clap::Args)]
pub struct TokenArgs {}

pub(super) fn run_token(_global: &Global, _args: TokenArgs) -> Outcome {
    anyhow::bail!("not built yet")
}
