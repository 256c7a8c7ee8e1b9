//! `countersign read-child`: serves a parent's reading requests on standard input and output.
//!
//! Internal. Standard output carries frames and nothing else.

use anyhow::Context as _;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{Global, Outcome};
use crate::reading::child;

/// Options of `read-child`.
#[derive(clap::Args)]
pub struct Args {
    /// Recognize text with the OCR models of this folder
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_OCR_MODELS")]
    ocr_models: Option<PathBuf>,
    /// Threads that OCR may use
    #[arg(long, value_name = "N", env = "COUNTERSIGN_OCR_THREADS")]
    ocr_threads: Option<usize>,
}

pub(super) fn run(_global: &Global, args: Args) -> Outcome {
    child::serve(child::Equipment { models: args.ocr_models, threads: args.ocr_threads }).context("the reading child ends")?;
    Ok(ExitCode::SUCCESS)
}
