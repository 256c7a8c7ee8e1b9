//! `countersign models`: what is installed, its hashes, versions and figures.

mod install;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::{Global, Outcome, WrongUse};
use crate::inference::Models;
use crate::training::replacement::{PREVIOUS, roll_back};

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
    /// Put back the model that was replaced last; the present one is kept in its place
    Rollback {
        /// The model's name, `extractor`
        name: String,
    },
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
        What::Rollback { name } => rollback(global, &name),
        What::Install { wheel } => {
            let dir = global.overrides().models_dir().map_err(|error| WrongUse(error.to_string()))?;
            install::install(&dir, wheel.as_deref())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn list(models: &Models) -> Outcome {
    let mut out = std::io::stdout().lock();
    for (name, manifest) in models.list()? {
        let kept = if name.ends_with(PREVIOUS) { format!("  (kept in {name} to roll back to)") } else { String::new() };
        writeln!(out, "{}  {}{kept}", manifest.id(), manifest.task)?;
        writeln!(out, "    sha256 {}", manifest.sha256)?;
        writeln!(out, "    trained on {}", manifest.training_data)?;
        for (name, value) in &manifest.metrics {
            writeln!(out, "    {name} {value:.4}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn rollback(global: &Global, name: &str) -> Outcome {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        return Err(WrongUse(format!("{name:?} is no model's name; `countersign models list` names them")).into());
    }
    let dir = global.overrides().models_dir().map_err(|error| WrongUse(error.to_string()))?;
    let (now, kept) = roll_back(&dir.join(name))?;
    println!("{now} is in place again (sha256 {})", now.sha256);
    println!("{kept} is kept in {name}{PREVIOUS}: rolling back again brings it back");
    println!("restart the server to use it");
    Ok(ExitCode::SUCCESS)
}

fn verify(models: &Models) -> Outcome {
    let mut failed = false;
    for (name, result) in models.verify()? {
        match result {
            Ok(id) => println!("{id}  ok  {}{}", id.sha256, if name.ends_with(PREVIOUS) { "  (kept)" } else { "" }),
            Err(error) => {
                failed = true;
                eprintln!("{name}  FAILED  {:#}", anyhow::Error::new(error));
            }
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
