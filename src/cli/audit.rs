//! `countersign audit`: exports the tamper-evident trail and verifies it, without a server.

use anyhow::Context as _;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Global, Outcome, WrongUse, database, runtime};
use crate::audit::{Broken, Verifier, bundle};
use crate::store::types::AuditRow;
use crate::store::{Company, Store};

/// Records fetched at a time.
const BATCH: u32 = 1000;

/// Options of `audit`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Write the trail as JSON lines that can be verified anywhere
    Export {
        /// File to write; standard output where absent
        #[arg(long, value_name = "FILE", env = "COUNTERSIGN_OUT")]
        out: Option<PathBuf>,
        /// Only this company's trail
        #[arg(long, value_name = "CODE", env = "COUNTERSIGN_COMPANY")]
        company: Option<String>,
    },
    /// Check every hash and link of the trail, in the database or in an exported bundle
    Verify {
        /// Verify this exported file instead of the database
        #[arg(long, value_name = "FILE", env = "COUNTERSIGN_BUNDLE")]
        bundle: Option<PathBuf>,
        /// Only this company's trail
        #[arg(long, value_name = "CODE", env = "COUNTERSIGN_COMPANY", conflicts_with = "bundle")]
        company: Option<String>,
    },
}

pub(super) fn run(global: &Global, args: Args) -> Outcome {
    match args.command {
        Command::Export { out, company } => runtime()?.block_on(export(global, out.as_deref(), company.as_deref())),
        Command::Verify { bundle: Some(file), .. } => verify_bundle(&file),
        Command::Verify { company, .. } => runtime()?.block_on(verify(global, company.as_deref())),
    }
}

async fn export(global: &Global, out: Option<&Path>, company: Option<&str>) -> Outcome {
    let store = database::open_existing(global).await?;
    let companies = database::companies(&store, company).await?;
    let mut out = database::output(out)?;
    for company in &companies {
        let head = store.audit_head(company.id).await?;
        bundle::write_header(&mut out, company.id, &company.code, &head)?;
        each_record(&store, company, head.records, |row| Ok(bundle::write_record(&mut out, row)?)).await?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Calls `f` with the company's first `records` records, in order.
async fn each_record(
    store: &Store,
    company: &Company,
    records: i64,
    mut f: impl FnMut(&AuditRow) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut next = 0;
    while next < records {
        let limit = u32::try_from(records - next).unwrap_or(BATCH).min(BATCH);
        let rows = store.audit_rows(company.id, next, limit).await?;
        let Some(last) = rows.last() else { break };
        next = last.index + 1;
        for row in &rows {
            f(row)?;
        }
    }
    Ok(())
}

fn verify_bundle(file: &Path) -> Outcome {
    if !file.exists() {
        return Err(WrongUse(format!("{} does not exist", file.display())).into());
    }
    let input = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    for header in bundle::verify(BufReader::new(input))? {
        println!("{}: {} records verified, head {}", header.company_code, header.head.records, header.head.hash);
    }
    Ok(ExitCode::SUCCESS)
}

async fn verify(global: &Global, company: Option<&str>) -> Outcome {
    let store = database::open_existing(global).await?;
    let mut whole = true;
    for company in database::companies(&store, company).await? {
        match verify_company(&store, &company).await {
            Ok(verifier) => println!("{}: {} records verified, head {}", company.code, verifier.head().records, verifier.head().hash),
            Err(error) => {
                eprintln!("{}: {error:#}", company.code);
                whole = false;
            }
        }
    }
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The chain against itself, against the head that its writers left, and against the cases.
async fn verify_company(store: &Store, company: &Company) -> anyhow::Result<Verifier> {
    let head = store.audit_head(company.id).await?;
    let mut verifier = Verifier::new(company.id);
    each_record(store, company, head.records, |row| Ok(verifier.push(row)?)).await?;
    if *verifier.head() != head {
        let what = format!("the trail ends here, but {} records were written, the last with hash {}", head.records, head.hash);
        return Err(Broken { index: verifier.head().records, what }.into());
    }
    let cases = store.cases_without_trail(company.id).await?;
    if let Some(case) = cases.first() {
        anyhow::bail!("{} cases have more or fewer transitions than records, the first being {case}", cases.len());
    }
    Ok(verifier)
}
