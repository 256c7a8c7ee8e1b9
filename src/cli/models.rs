//! `countersign models`: what is installed, its hashes, versions and figures.

mod install;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::{Global, Outcome, WrongUse};
use crate::inference::Models;

/// Options of `models`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Names, versions, tasks and measured figures
    List,
    /// Compare every model file with the hash in its manifest
    Verify,
    /// Fetch the text recognition models through Python's package client
    Install {
        /// The package's wheel, where it is at hand and no index is reachable
        #[arg(long, value_name = "FILE", env = "COUNTERSIGN_WHEEL")]
        wheel: Option<PathBuf>,
    },
}

/// Opens the models folder: as named, else `models` here or beside the program.
pub(super) fn open(global: &Global) -> anyhow::Result<Models> {
    let dir = global.overrides().models_dir().map_err(|error| WrongUse(error.to_string()))?;
    Models::open(&dir).with_context(|| format!("cannot open the models in {}", dir.display()))
}

pub(super) fn run(global: &Global, args: Args) -> Outcome {
    match args.what {
        What::List => list(&open(global)?),
        What::Verify => verify(&open(global)?),
        What::Install { wheel } => {
            let dir = global.overrides().models_dir().map_err(|error| WrongUse(error.to_string()))?;
            install::install(&dir, wheel.as_deref())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn list(models: &Models) -> Outcome {
    let mut out = std::io::stdout().lock();
    for manifest in models.list()? {
        writeln!(out, "{}  {}", manifest.id(), manifest.task)?;
        writeln!(out, "    sha256 {}", manifest.sha256)?;
        writeln!(out, "    trained on {}", manifest.training_data)?;
        for (name, value) in &manifest.metrics {
            writeln!(out, "    {name} {value:.4}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(models: &Models) -> Outcome {
    let mut failed = false;
    for (name, result) in models.verify()? {
        match result {
            Ok(id) => println!("{id}  ok  {}", id.sha256),
            Err(error) => {
                failed = true;
                eprintln!("{name}  FAILED  {:#}", anyhow::Error::new(error));
            }
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
