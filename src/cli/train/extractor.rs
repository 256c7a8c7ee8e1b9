//! `countersign train extractor`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::cli::{Global, Outcome};
use crate::training::extractor::{Options, train};

/// Options of `train extractor`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of the model to write
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_OUT", default_value = "models/extractor")]
    out: PathBuf,
    /// Generated documents to train on
    #[arg(long, value_name = "N", env = "COUNTERSIGN_PAGES", default_value_t = 16_000)]
    pages: u64,
    /// Seed of documents and weights
    #[arg(long, value_name = "S", env = "COUNTERSIGN_SEED", default_value_t = 1)]
    seed: u64,
    /// Stop training after so many minutes, whatever pages are left
    #[arg(long, value_name = "M", env = "COUNTERSIGN_MINUTES", default_value_t = 60)]
    minutes: u64,
}

pub(super) fn run(_global: &Global, args: Args) -> Outcome {
    let options = Options { out: args.out, pages: args.pages, seed: args.seed, limit: Duration::from_secs(args.minutes * 60) };
    let manifest = train(&options, &|line| eprintln!("{line}"))?;
    println!(
        "{} written to {}: {:.4} of held-out decisions right",
        manifest.id(),
        options.out.display(),
        manifest.metrics.get("accuracy").copied().unwrap_or(0.0)
    );
    Ok(ExitCode::SUCCESS)
}
