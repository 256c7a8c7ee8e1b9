//! `countersign train duplicates` and `train anomaly`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::{Global, Outcome};
use crate::inference::Manifest;
use crate::training::{anomaly, pairs};

/// Options of `train duplicates`.
#[derive(clap::Args)]
pub struct DuplicatesArgs {
    /// Folder to write: model.onnx, model.toml, CARD.md
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_OUT")]
    out: PathBuf,
    /// Seed of the simulated books and of the draws
    #[arg(long, env = "COUNTERSIGN_SEED", default_value_t = 1)]
    seed: u64,
    /// How many simulated books to train on
    #[arg(long, env = "COUNTERSIGN_BOOKS", default_value_t = 64)]
    books: usize,
}

/// Options of `train anomaly`.
#[derive(clap::Args)]
pub struct AnomalyArgs {
    /// Folder to write: model.onnx, model.toml, CARD.md
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_OUT")]
    out: PathBuf,
    /// Seed of the simulated books, the weights and the order
    #[arg(long, env = "COUNTERSIGN_SEED", default_value_t = 1)]
    seed: u64,
    /// How many simulated books to train on
    #[arg(long, env = "COUNTERSIGN_BOOKS", default_value_t = 160)]
    books: usize,
}

#[derive(clap::Args)]
struct Common {
    /// Folder to write: model.onnx, model.toml, CARD.md
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_OUT")]
    out: PathBuf,
    /// Seed of the simulated books, the weights and the order
    #[arg(long, env = "COUNTERSIGN_SEED", default_value_t = 1)]
    seed: u64,
    /// How many simulated books to train on
    #[arg(long, env = "COUNTERSIGN_BOOKS", default_value_t = 16)]
    books: usize,
}

pub(super) fn run_duplicates(_global: &Global, args: DuplicatesArgs) -> Outcome {
    let DuplicatesArgs { out, seed, books } = args;
    done(&out, &pairs::train(&out, seed, books, |line| eprintln!("{line}"))?)
}

pub(super) fn run_anomaly(_global: &Global, args: AnomalyArgs) -> Outcome {
    done(&args.out, &anomaly::train(&args.out, args.seed, args.books, |line| eprintln!("{line}"))?)
}

fn done(out: &Path, manifest: &Manifest) -> Outcome {
    println!("{}@{} written to {}", manifest.name, manifest.version, out.display());
    for (name, value) in &manifest.metrics {
        println!("{name:>20} {value:.4}");
    }
    Ok(ExitCode::SUCCESS)
}
