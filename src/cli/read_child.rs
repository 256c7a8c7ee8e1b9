//! `countersign read-child`: serves a parent's reading requests on standard input and output.
//!
//! Internal. Standard output carries frames and nothing else.

use anyhow::Context as _;
use std::process::ExitCode;

use super::{Global, Outcome};
use crate::reading::child;

/// Options of `read-child`: none.
#[derive(clap::Args)]
pub struct Args {}

pub(super) fn run(_global: &Global, _args: Args) -> Outcome {
    child::serve().context("the reading child ends")?;
    Ok(ExitCode::SUCCESS)
}
