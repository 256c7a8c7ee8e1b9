//! `countersign eval`: accuracy tables against truth files.

mod extraction;
mod payments;
mod similar;

use super::{Global, Outcome};

/// Options of `eval`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Fields of documents against their truth files
    Extraction(extraction::Args),
    /// Duplicate pairs against known ones
    Duplicates(payments::DuplicatesArgs),
    /// Anomaly scores against labelled payments
    Anomalies(payments::AnomaliesArgs),
}

pub(super) fn run(global: &Global, args: Args) -> Outcome {
    match args.what {
        What::Extraction(args) => extraction::run(global, args),
        What::Duplicates(args) => payments::run_duplicates(global, args),
        What::Anomalies(args) => payments::run_anomalies(global, args),
    }
}
