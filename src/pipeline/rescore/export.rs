//! The company's register as a file that the engine reads: one row a payable, in the order of registration.

use std::path::Path;

use super::{Ended, Told};
use crate::domain::CompanyId;
use crate::domain::history::{EntryType, Payable};
use crate::rescoring::Progress as _;
use crate::store::Store;

/// Payables read at a time.
const BATCH: u32 = 5000;

const COLUMNS: [&str; 17] = [
    "row_id",
    "payment_date",
    "invoice_date",
    "due_date",
    "posted_at",
    "posted_by",
    "approved_by",
    "vendor_id",
    "vendor_name",
    "invoice_no",
    "po_number",
    "amount",
    "currency",
    "doc_type",
    "department",
    "account_code",
    "bank_account",
];

/// Writes the register as it stands now, under a temporary name until it is whole; gives its rows. What is
/// registered later has a higher position and is not in it, nor is anything in it twice.
pub(super) async fn register(store: &Store, company: CompanyId, path: &Path, told: &Told) -> Result<u64, Ended> {
    let failed = |error: csv::Error| Ended::Failed(format!("the register cannot be written out: {error}"));
    let Some(until) = store.last_position(company).await? else { return Ok(0) };
    let staged = path.with_extension("part");
    let mut writer = csv::Writer::from_path(&staged).map_err(failed)?;
    writer.write_record(COLUMNS).map_err(failed)?;
    let (mut after, mut rows) = (-1, 0);
    loop {
        let batch = store.payables_between(company, after, until, BATCH).await?;
        let Some(last) = batch.last() else { break };
        after = last.position;
        for registered in &batch {
            writer.write_record(cells(registered.position, &registered.payable)).map_err(failed)?;
        }
        rows += batch.len() as u64;
        told.advance(batch.len() as u64);
    }
    writer.flush().map_err(|error| failed(error.into()))?;
    drop(writer);
    if rows > 0 {
        std::fs::rename(&staged, path).map_err(|error| failed(error.into()))?;
    }
    Ok(rows)
}

fn cells(position: i64, payable: &Payable) -> [String; 17] {
    let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let entry = match payable.entry_type {
        EntryType::Invoice => "IN",
        EntryType::CreditMemo => "CM",
        EntryType::Void => "VOID",
    };
    [
        position.to_string(),
        date(payable.payment_date),
        date(payable.invoice_date),
        date(payable.due_date),
        payable.posted_at.map(|at| at.to_string()).unwrap_or_default(),
        payable.posted_by.clone(),
        payable.approved_by.clone(),
        payable.vendor_id.clone(),
        payable.vendor_name.clone(),
        payable.invoice_no.clone(),
        payable.po_number.clone(),
        payable.amount.to_string(),
        payable.currency.clone(),
        entry.to_owned(),
        payable.department.clone(),
        payable.account_code.clone(),
        payable.bank_account.clone(),
    ]
}
