//! Files -> the book: rows parsed, numbered over all inputs, bad ones put aside.
//!
//! The first step of a run. A row is bad where it has no vendor, no date, or a value that is no date or
//! amount; it goes to the file of rejects with its line and cause, and the rest is scored. A row's
//! number counts bad rows too, so that it stays its place in the source.

use super::book::{BATCH, BookBuilder};
use super::candidates::KeyCounts;
use super::columns::{COLUMNS, Column};
use super::engine::Outlet;
use super::inputs::{Input, Row};
use super::values::{Convention, is_blank, parse_amount, parse_moment};
use super::{Progress, RescoreError, Stop};
use crate::domain::Currency;
use crate::domain::history::{EntryType, Payable};
use crate::screening::duplicates::block_keys;
use jiff::civil::Date;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rejects named on the terminal; the file has all.
const NAMED: u64 = 100;

/// What the inputs held, known when the book is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Ingested {
    pub rows: u64,
    pub rejected: u64,
    /// Every row has a `row_id` that is a whole number, or none has one.
    pub numeric_ids: bool,
    /// The most frequent currency; empty: none was given.
    pub currency: String,
    /// Rows of the book and of rejects together.
    pub positions: u64,
}

/// Reads inputs into the book.
pub(super) struct Ingest {
    pub inputs: Vec<Input>,
    /// Where rejects are staged.
    pub rejects: PathBuf,
    pub progress: Arc<dyn Progress>,
    pub stop: Stop,
    /// Counts block keys.
    pub sketch: KeyCounts,
}

impl Ingest {
    /// Reads everything into `outlet`. Gives the counts and the key counts.
    pub fn run(mut self, outlet: &Outlet) -> Result<(Ingested, KeyCounts), RescoreError> {
        let mut state = State {
            outlet,
            builder: BookBuilder::new(),
            seen: Ingested { numeric_ids: true, ..Ingested::default() },
            currencies: std::collections::BTreeMap::new(),
            rejects: Rejects { path: self.rejects.clone(), writer: None },
            progress: Arc::clone(&self.progress),
        };
        for input in std::mem::take(&mut self.inputs) {
            let sketch = &mut self.sketch;
            input.visit(&self.stop, &mut |row| {
                state.take(&input, &row, sketch)?;
                Ok(ControlFlow::Continue(()))
            })?;
        }
        state.flush()?;
        state.rejects.finish()?;
        let currency =
            state.currencies.iter().max_by_key(|(code, count)| (**count, std::cmp::Reverse(*code))).map(|(code, _)| code.clone());
        state.seen.currency = currency.unwrap_or_default();
        Ok((state.seen, self.sketch))
    }
}

struct State<'a> {
    outlet: &'a Outlet,
    builder: BookBuilder,
    seen: Ingested,
    currencies: std::collections::BTreeMap<String, u64>,
    rejects: Rejects,
    progress: Arc<dyn Progress>,
}

impl State<'_> {
    fn take(&mut self, input: &Input, row: &Row<'_>, sketch: &mut KeyCounts) -> Result<(), RescoreError> {
        let position = self.seen.positions;
        self.seen.positions += 1;
        let parsed = match &row.cells {
            Ok(cells) => parse(cells, position, input),
            Err(cause) => Err((*cause).to_owned()),
        };
        let (payable, day) = match parsed {
            Ok(parsed) => parsed,
            Err(cause) => return self.reject(input, row, &cause),
        };
        let id = row.cells.as_ref().map_or("", |cells| cells[Column::RowId as usize].trim());
        let row_id = if id.is_empty() { position.to_string() } else { id.to_owned() };
        self.seen.numeric_ids &= is_whole(&row_id);
        if !payable.currency.is_empty() {
            match self.currencies.get_mut(&payable.currency) {
                Some(count) => *count += 1,
                None => {
                    self.currencies.insert(payable.currency.clone(), 1);
                }
            }
        }
        let keys = block_keys(&payable);
        sketch.count(&keys);
        self.builder.push(&row_id, day, &payable, &keys);
        self.seen.rows += 1;
        if self.builder.len() == BATCH { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), RescoreError> {
        let rows = self.builder.len() as u64;
        self.outlet.send(self.builder.finish()?)?;
        self.progress.advance(rows);
        Ok(())
    }

    fn reject(&mut self, input: &Input, row: &Row<'_>, cause: &str) -> Result<(), RescoreError> {
        self.seen.rejected += 1;
        if self.seen.rejected <= NAMED {
            self.progress.failed(&format!("{}:{}: {cause}", input.path.display(), row.line));
        } else if self.seen.rejected == NAMED + 1 {
            self.progress.failed("more rows were rejected; the file of rejects names them all");
        }
        self.rejects.add(&input.path, row.line, cause, &(row.raw)())
    }
}

/// A whole number in its usual form, so that sorting by number and by text agree on what is equal.
fn is_whole(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
}

/// The file of rejects, made with the first of them.
struct Rejects {
    path: PathBuf,
    writer: Option<csv::Writer<File>>,
}

impl Rejects {
    fn add(&mut self, file: &Path, line: u64, cause: &str, raw: &str) -> Result<(), RescoreError> {
        let failed = |error: csv::Error| RescoreError::io("write", &self.path, error.into());
        if self.writer.is_none() {
            let mut writer = csv::Writer::from_path(&self.path).map_err(failed)?;
            writer.write_record(["file", "line", "cause", "row"]).map_err(failed)?;
            self.writer = Some(writer);
        }
        if let Some(writer) = &mut self.writer {
            writer.write_record([&file.to_string_lossy(), line.to_string().as_str(), cause, raw]).map_err(failed)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), RescoreError> {
        match &mut self.writer {
            Some(writer) => writer.flush().map_err(|source| RescoreError::io("write", &self.path, source)),
            None => Ok(()),
        }
    }
}

/// A row of cells as a payable with its effective date.
fn parse(cells: &[&str; COLUMNS], position: u64, input: &Input) -> Result<(Payable, Date), String> {
    let convention = input.convention;
    let text = |column: Column| {
        let cell = cells[column as usize].trim();
        if is_blank(cell) { String::new() } else { cell.to_owned() }
    };
    let moment = |column: Column| {
        let cell = cells[column as usize];
        if is_blank(cell) || input.dropped.contains(&column) {
            return Ok(None);
        }
        parse_moment(cell, convention).map(Some).ok_or_else(|| format!("{}: {:?} is not a date", column.name(), shorten(cell)))
    };
    let (payment, invoice, due) = (moment(Column::PaymentDate)?, moment(Column::InvoiceDate)?, moment(Column::DueDate)?);
    let entered = moment(Column::PostedAt)?.or(moment(Column::EntryDate)?);
    let doc_type = text(Column::DocType);
    let payable = Payable {
        row: position,
        vendor_id: text(Column::VendorId),
        vendor_name: text(Column::VendorName),
        invoice_no: text(Column::InvoiceNo),
        po_number: text(Column::PoNumber),
        amount: amount(cells[Column::Amount as usize], convention)?,
        currency: currency(cells[Column::Currency as usize]),
        entry_type: entry_type(&doc_type),
        invoice_date: invoice.map(|moment| moment.date),
        due_date: due.map(|moment| moment.date),
        payment_date: payment.map(|moment| moment.date),
        posted_at: entered.and_then(super::values::Moment::instant),
        posted_by: text(Column::PostedBy),
        approved_by: text(Column::ApprovedBy),
        department: text(Column::Department),
        account_code: text(Column::AccountCode),
        bank_account: text(Column::BankAccount),
    };
    if payable.vendor_id.is_empty() && crate::domain::text::fold(&payable.vendor_name).is_empty() {
        return Err("neither vendor_id nor vendor_name is given".into());
    }
    let day = payable.effective_date().ok_or("no date is given")?;
    Ok((payable, day))
}

fn amount(cell: &str, convention: Convention) -> Result<rust_decimal::Decimal, String> {
    if is_blank(cell) {
        return Err("amount: nothing is given".into());
    }
    parse_amount(cell, convention).map_err(|cause| format!("amount: {:?} is {cause}", shorten(cell)))
}

/// A code of ISO 4217 from a code or sign; empty where it is neither.
fn currency(cell: &str) -> String {
    let cell = cell.trim();
    let code = match cell {
        "€" => "EUR",
        "£" => "GBP",
        "$" => "USD",
        other => other,
    };
    code.parse::<Currency>().map_or_else(|_| String::new(), |currency| currency.code().to_owned())
}

fn entry_type(code: &str) -> EntryType {
    let folded = code.to_ascii_uppercase();
    let begins = |words: &[&str]| words.iter().any(|word| folded.starts_with(word));
    if begins(&["VOID", "VD", "CANCEL", "STORNO", "REVERS"]) {
        EntryType::Void
    } else if matches!(folded.as_str(), "CM" | "CN" | "CR" | "GS") || begins(&["CREDIT", "GUTSCHRIFT", "AVOIR"]) {
        EntryType::CreditMemo
    } else {
        EntryType::Invoice
    }
}

/// At most forty characters, for messages.
fn shorten(cell: &str) -> String {
    cell.trim().chars().take(40).collect()
}
