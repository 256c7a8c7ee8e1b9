//! `countersign ledger`: the embedded ledger as a Beancount file.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{Global, Outcome, database, runtime};
use crate::erp::ledger::beancount::{Booked, export};
use crate::store::LedgerRow;

/// Options of `ledger`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Write every entry as a Beancount file
    Export {
        /// File to write; standard output where absent
        #[arg(long, value_name = "FILE", env = "COUNTERSIGN_OUT")]
        out: Option<PathBuf>,
        /// Only this company's book
        #[arg(long, value_name = "CODE", env = "COUNTERSIGN_COMPANY")]
        company: Option<String>,
    },
}

pub(super) fn run(global: &Global, args: Args) -> Outcome {
    let Command::Export { out, company } = args.command;
    runtime()?.block_on(async {
        let store = database::open_existing(global).await?;
        let companies = database::companies(&store, company.as_deref()).await?;
        let mut books: Vec<(String, Vec<LedgerRow>)> = Vec::new();
        for company in &companies {
            books.push((company.code.clone(), store.ledger_entries(company.id).await?));
        }
        let booked: Vec<Booked<'_>> = books.iter().flat_map(|(code, rows)| rows.iter().map(|row| booked(code, row))).collect();
        let names: Vec<&str> = companies.iter().map(|company| company.name.as_str()).collect();
        let mut out = database::output(out.as_deref())?;
        out.write_all(export(&names.join(", "), &booked).as_bytes())?;
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    })
}

fn booked<'a>(code: &'a str, row: &'a LedgerRow) -> Booked<'a> {
    Booked {
        reference: &row.reference,
        company_code: code,
        key: &row.key,
        invoice_number: &row.invoice_number,
        invoice_date: row.invoice_date,
        entry: &row.entry,
    }
}
