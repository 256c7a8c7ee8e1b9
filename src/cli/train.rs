//! `countersign train`: trains a model with candle and writes its folder.

mod corrections;
mod extractor;
mod generate;
mod payments;

use super::{Global, Outcome};

/// Options of `train`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Write generated documents with their truths: the corpus that the field extractor learns from
    Generate(generate::Args),
    /// The field extractor, on generated pages, or further on what people confirmed
    Extractor(extractor::Args),
    /// The duplicate scorer
    Duplicates(payments::DuplicatesArgs),
    /// The anomaly scorer
    Anomaly(payments::AnomalyArgs),
}

pub(super) fn run(global: &Global, args: Args) -> Outcome {
    match args.what {
        What::Generate(args) => generate::run(global, &args),
        What::Extractor(args) => extractor::run(global, args),
        What::Duplicates(args) => payments::run_duplicates(global, args),
        What::Anomaly(args) => payments::run_anomaly(global, args),
    }
}
