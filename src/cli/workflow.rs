//! `countersign workflow`: workflow files before they take effect.

use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Global, Outcome, WrongUse};
use crate::pipeline::invoice::SCHEMA;
use crate::workflow::Workflow;

/// Options of `workflow`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: WorkflowCommand,
}

#[derive(clap::Subcommand)]
enum WorkflowCommand {
    /// Say whether files are valid workflows, with every complaint
    Check {
        /// Workflow files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// List the workflows of the workflows folder
    List,
    /// Show what a second file changes in the policy of a first
    Diff {
        /// The file in force
        before: PathBuf,
        /// The file to come
        after: PathBuf,
    },
}

pub(super) fn run(global: &Global, args: Args) -> Outcome {
    match args.command {
        WorkflowCommand::Check { files } => Ok(check(&files)),
        WorkflowCommand::List => list(global),
        WorkflowCommand::Diff { before, after } => diff(&before, &after),
    }
}

fn read(path: &Path) -> anyhow::Result<Workflow> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Workflow::parse(&text, &SCHEMA).with_context(|| path.display().to_string())
}

fn check(files: &[PathBuf]) -> ExitCode {
    let mut status = ExitCode::SUCCESS;
    for path in files {
        match read(path) {
            Ok(workflow) => println!("{}: valid, {} {}", path.display(), workflow.reference.id, workflow.reference.version),
            Err(error) => {
                eprintln!("{error:#}");
                status = ExitCode::from(1);
            }
        }
    }
    status
}

fn list(global: &Global) -> Outcome {
    let dir = super::serve::config(global)?.workflows_dir;
    let entries = std::fs::read_dir(&dir).map_err(|e| WrongUse(format!("cannot read {}: {e}", dir.display())))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml"));
    files.sort();
    let mut status = ExitCode::SUCCESS;
    for path in files {
        match read(&path) {
            Ok(w) => {
                println!(
                    "{}\t{}\t{}\t{} review rules, {} approval rules",
                    w.reference.id,
                    w.reference.version,
                    w.reference.sha256,
                    w.review.len(),
                    w.approvals.len()
                );
            }
            Err(error) => {
                eprintln!("{error:#}");
                status = ExitCode::from(1);
            }
        }
    }
    Ok(status)
}

/// Rules and settings as lines that compare.
fn lines(workflow: &Workflow) -> Vec<String> {
    let mut out = vec![
        format!("version {}", workflow.reference.version),
        format!("currency {}", workflow.currency),
        format!("tolerances {:?}", workflow.tolerances),
        format!("thresholds {:?}", workflow.thresholds),
        format!("limits {:?}", workflow.limits),
        format!("posting {:?}", workflow.posting),
    ];
    out.extend(workflow.review.iter().map(|r| format!("review {}: {:?}, {} within {:#}", r.rule, r.when, r.role, r.due)));
    out.extend(
        workflow.approvals.iter().map(|r| format!("approval {}: {:?}, {} not {:?} within {:#}", r.rule, r.when, r.role, r.not, r.due)),
    );
    out
}

fn diff(before: &Path, after: &Path) -> Outcome {
    let (before, after) = (lines(&read(before)?), lines(&read(after)?));
    for line in before.iter().filter(|line| !after.contains(line)) {
        println!("- {line}");
    }
    for line in after.iter().filter(|line| !before.contains(line)) {
        println!("+ {line}");
    }
    Ok(ExitCode::SUCCESS)
}
