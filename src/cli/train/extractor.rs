//! `countersign train extractor`.

use std::path::PathBuf;

use crate::cli::{Global, Outcome};

/// Options of `train extractor`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of the model to write
    #[arg(long, value_name = "DIR", default_value = "models/extractor")]
    out: PathBuf,
}

pub(super) fn run(_global: &Global, args: Args) -> Outcome {
    anyhow::bail!("not built yet: {}", args.out.display())
}
