//! `countersign train extractor`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use super::corrections;
use crate::cli::{Global, Outcome};
use crate::training::extractor::finetune::Settings;
use crate::training::extractor::{Options, train};

/// Options of `train extractor`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of the model to write [default: models/extractor; with --from-corrections the installed one]
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_OUT")]
    out: Option<PathBuf>,
    /// Generated documents to train on [default: 16000; with --from-corrections 1200]
    #[arg(long, value_name = "N", env = "COUNTERSIGN_PAGES")]
    pages: Option<u64>,
    /// Seed of documents and weights
    #[arg(long, value_name = "S", env = "COUNTERSIGN_SEED", default_value_t = 1)]
    seed: u64,
    /// Stop training after so many minutes, whatever pages are left
    #[arg(long, value_name = "M", env = "COUNTERSIGN_MINUTES", default_value_t = 60)]
    minutes: u64,
    /// Go on from the installed model with the documents whose fields people corrected or approved in this
    /// database; the model is replaced only where it reads reserved ones of them better
    #[arg(long, env = "COUNTERSIGN_FROM_CORRECTIONS", value_parser = clap::builder::FalseyValueParser::new())]
    from_corrections: bool,
    /// With --from-corrections: only this company's documents
    #[arg(long, value_name = "CODE", env = "COUNTERSIGN_COMPANY")]
    company: Option<String>,
    /// With --from-corrections: refuse to learn from fewer documents
    #[arg(long, value_name = "N", env = "COUNTERSIGN_MIN", default_value_t = 20)]
    min: usize,
}

pub(super) fn run(global: &Global, args: Args) -> Outcome {
    let limit = Duration::from_secs(args.minutes * 60);
    if args.from_corrections {
        let settings = Settings { least: args.min, generated: args.pages.unwrap_or(1200), seed: args.seed, limit };
        return corrections::run(global, args.company.as_deref(), args.out, &settings);
    }
    let out = args.out.unwrap_or_else(|| PathBuf::from("models/extractor"));
    let options = Options { out, pages: args.pages.unwrap_or(150_000), seed: args.seed, limit };
    let manifest = train(&options, &|line| eprintln!("{line}"))?;
    println!(
        "{} written to {}: {:.4} of held-out decisions right",
        manifest.id(),
        options.out.display(),
        manifest.metrics.get("accuracy").copied().unwrap_or(0.0)
    );
    Ok(ExitCode::SUCCESS)
}
