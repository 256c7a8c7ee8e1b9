//! `countersign eval extraction`: how right extracted fields are, and how well their confidence
//! says so, against `<name>.truth.json` files.
//!
//! A truth value is the one right answer; a list means any of these; `null` means verified absent
//! (a prediction there is invented); a missing key is not scored. Counts agree to the digit with the
//! public script `evaluate.py` that the figures of others are compared by. Reads two folders and
//! writes text, and where asked for an HTML page and JSON; it refuses folders without truth files.

mod calibration;
mod chart;
mod counting;
mod folders;
mod json;
mod lines;
mod page;
mod print;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::cli::{Global, Outcome, WrongUse};
use counting::Scores;

/// Options of `eval extraction`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of `<name>.truth.json` files
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_TRUTH")]
    truth: PathBuf,
    /// Folder of `countersign extract`'s results, laid out as the truth folder
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_PRED")]
    pred: PathBuf,
    /// Only these sources
    #[arg(long, value_name = "NAME", env = "COUNTERSIGN_SOURCE", num_args = 1.., value_delimiter = ',')]
    source: Vec<String>,
    /// Only documents that have a result
    #[arg(long, env = "COUNTERSIGN_PRESENT_ONLY", value_parser = clap::builder::FalseyValueParser::new())]
    present_only: bool,
    /// Treat values of a lower confidence as not given
    #[arg(long, value_name = "T", env = "COUNTERSIGN_CONF")]
    conf: Option<f64>,
    /// Leave the lines out
    #[arg(long, env = "COUNTERSIGN_NO_LINES", value_parser = clap::builder::FalseyValueParser::new())]
    no_lines: bool,
    /// List the first N errors
    #[arg(long, value_name = "N", env = "COUNTERSIGN_ERRORS", default_value_t = 0)]
    errors: usize,
    /// List the N documents with the most header errors, each with what was given and the truth
    #[arg(long, value_name = "N", env = "COUNTERSIGN_WORST", default_value_t = 0)]
    worst: usize,
    /// Write a page with tables and charts
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_HTML")]
    html: Option<PathBuf>,
    /// Write every figure as JSON
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_JSON")]
    json: Option<PathBuf>,
}

/// Documents listed on the page where `--worst` does not say how many.
const WORST_ON_PAGE: usize = 20;

pub(super) fn run(_global: &Global, args: Args) -> Outcome {
    for folder in [&args.truth, &args.pred] {
        if !folder.is_dir() {
            return Err(WrongUse(format!("there is no folder {}", folder.display())).into());
        }
    }
    if args.conf.is_some_and(|t| !(0.0..=1.0).contains(&t)) {
        return Err(WrongUse("--conf takes a confidence between 0 and 1".to_owned()).into());
    }
    let scores = score(&args)?;
    print::all(&scores, args.errors, args.worst);
    let worst = if args.worst == 0 { WORST_ON_PAGE } else { args.worst };
    if let Some(path) = &args.html {
        let about = page::About { truth: args.truth.display().to_string(), pred: args.pred.display().to_string(), conf: args.conf };
        write(path, page::html(&scores, &about, worst)?)?;
    }
    if let Some(path) = &args.json {
        write(path, serde_json::to_string_pretty(&json::all(&scores, worst))? + "\n")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Compares every truth file with its prediction.
fn score(args: &Args) -> anyhow::Result<Scores> {
    let truths = folders::truths(&args.truth)?;
    if truths.is_empty() {
        return Err(WrongUse(format!("no .truth.json files under {}", args.truth.display())).into());
    }
    let mut scores = Scores::default();
    for path in truths {
        let document = folders::Document::open(&args.truth, &path)?;
        if !args.source.is_empty() && !args.source.contains(&document.source) {
            continue;
        }
        let mut prediction = folders::prediction(&args.pred, &document);
        if prediction.is_none() && args.present_only {
            scores.passed_over(&document);
            continue;
        }
        if let (Some(prediction), Some(least)) = (&mut prediction, args.conf) {
            folders::blank_below(prediction, least);
        }
        scores.document(&document, prediction, !args.no_lines);
    }
    Ok(scores)
}

fn write(path: &std::path::Path, text: String) -> anyhow::Result<()> {
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
