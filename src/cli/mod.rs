//! The command line: one file per subcommand.

use anyhow::Context as _;
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::config::Overrides;

mod audit;
mod cluster;
mod company;
mod database;
mod eval;
mod extract;
mod ledger;
mod models;
mod read_child;
mod rescore;
mod serve;
mod train;
mod user;
mod workflow;

/// Accounts-payable intake: reads invoices, finds duplicates and anomalies, routes approvals, posts once.
#[derive(Parser)]
#[command(name = "countersign", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes; each has an environment variable `COUNTERSIGN_…`.
#[derive(clap::Args, Debug, Clone)]
pub struct Global {
    /// Configuration file (TOML)
    #[arg(long, global = true, value_name = "FILE", env = "COUNTERSIGN_CONFIG")]
    pub config: Option<PathBuf>,
    /// Folder for the database, credentials and checkpoints
    #[arg(long, global = true, value_name = "DIR", env = "COUNTERSIGN_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// `sqlite://FILE` (default: in the data folder) or `postgres://…`
    #[arg(long, global = true, value_name = "URL", env = "COUNTERSIGN_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Format of the log on standard error
    #[arg(long, global = true, value_name = "FORMAT", env = "COUNTERSIGN_LOG", default_value = "text")]
    pub log: LogFormat,
    /// Folder of the models
    #[arg(long, global = true, value_name = "DIR", env = "COUNTERSIGN_MODELS_DIR")]
    pub models_dir: Option<PathBuf>,
    /// Folder of the workflow files
    #[arg(long, global = true, value_name = "DIR", env = "COUNTERSIGN_WORKFLOWS_DIR")]
    pub workflows_dir: Option<PathBuf>,
}

impl Global {
    /// As the configuration takes it.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides {
            config: self.config.clone(),
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
            models_dir: self.models_dir.clone(),
            workflows_dir: self.workflows_dir.clone(),
        }
    }
}

/// How log lines look.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Run API, web pages and workers in one process
    Serve(serve::Args),
    /// Run workers only, against the same database as other nodes
    Worker(serve::WorkerArgs),
    /// Read fields from documents or whole folders, without a database
    Extract(extract::Args),
    /// Print accuracy tables against truth files
    Eval(eval::Args),
    /// Score years of payment history for duplicates and anomalies
    Rescore(rescore::Args),
    /// Run a node of a cluster for `rescore --scheduler` (built with the feature `cluster`)
    Cluster(cluster::Args),
    /// Train a model and write its folder
    Train(train::Args),
    /// List or verify models
    Models(models::Args),
    /// Check and compare workflow files
    Workflow(workflow::Args),
    /// Verify or export the tamper-evident log
    Audit(audit::Args),
    /// Export the embedded ledger
    Ledger(ledger::Args),
    /// Manage companies
    Company(company::Args),
    /// Manage users
    User(user::Args),
    /// Manage API tokens
    Token(user::TokenArgs),
    /// Read documents for a parent process (internal)
    #[command(hide = true)]
    ReadChild(read_child::Args),
}

/// What a finished command says: exit status 0 all done, 1 some items failed, 2 wrong use.
pub type Outcome = anyhow::Result<ExitCode>;

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    init_log(global.log);
    let outcome = match command {
        Command::Serve(args) => serve::run(&global, args),
        Command::Worker(args) => serve::run_worker(&global, args),
        Command::Extract(args) => extract::run(&global, args),
        Command::Eval(args) => eval::run(&global, args),
        Command::Rescore(args) => rescore::run(&global, args),
        Command::Cluster(args) => cluster::run(&global, args),
        Command::Train(args) => train::run(&global, args),
        Command::Models(args) => models::run(&global, args),
        Command::Workflow(args) => workflow::run(&global, args),
        Command::Audit(args) => audit::run(&global, args),
        Command::Ledger(args) => ledger::run(&global, args),
        Command::Company(args) => company::run(&global, args),
        Command::User(args) => user::run(&global, args),
        Command::Token(args) => user::run_token(&global, args),
        Command::ReadChild(args) => read_child::run(&global, args),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("countersign: {error:#}");
        ExitCode::from(if error.is::<WrongUse>() { 2 } else { 1 })
    })
}

/// An error of the caller's: exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUse(pub String);

/// A multi-threaded runtime for commands that need one.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the async runtime")
}

fn init_log(format: LogFormat) {
    use tracing_subscriber::EnvFilter;
    let filter =
        EnvFilter::try_from_env("COUNTERSIGN_LOG_FILTER").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,tract=warn,hayro=error"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().init(),
    }
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::{CommandFactory as _, Parser as _};

    fn walk(command: &clap::Command, path: &str, missing: &mut Vec<String>) {
        for argument in command.get_arguments().filter(|a| !a.is_positional() && !matches!(a.get_id().as_str(), "help" | "version")) {
            let long = argument.get_long().unwrap_or_default();
            let expected = format!("COUNTERSIGN_{}", long.to_uppercase().replace('-', "_"));
            if argument.get_env().and_then(|name| name.to_str()) != Some(expected.as_str()) {
                missing.push(format!("{path} --{long}: {:?}, not {expected}", argument.get_env()));
            }
        }
        for inner in command.get_subcommands() {
            walk(inner, &format!("{path} {}", inner.get_name()), missing);
        }
    }

    #[test]
    fn every_option_has_its_environment_variable() {
        let mut command = Cli::command();
        command.build();
        command.clone().debug_assert();
        let mut missing = Vec::new();
        walk(&command, "countersign", &mut missing);
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn tokens_end_unless_said_otherwise() {
        assert!(Cli::try_parse_from(["countersign", "token", "create", "ann"]).is_ok());
        for (given, right) in [("30", true), ("never", true), ("0", false), ("soon", false)] {
            let parsed = Cli::try_parse_from(["countersign", "token", "create", "ann", "--expires", given]);
            assert_eq!(parsed.is_ok(), right, "{given}");
        }
    }
}
