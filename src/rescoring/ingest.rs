//! Files -> the book: rows parsed, numbered over all inputs, bad ones put aside.
//!
//! The first step of a run. A row is bad where it has no vendor, no date, or a value that is no date or
//! amount; it goes to the file of rejects with its line and cause, and the rest is scored. A row's
//! number counts bad rows too, so that it stays its place in the source.

use super::book::{BATCH, BookBuilder};
use super::columns::{COLUMNS, Column};
use super::crew::in_order;
use super::engine::Outlet;
use super::inputs::{Input, Row};
use super::values::{Convention, is_blank, parse_amount, parse_moment};
use super::{Progress, RescoreError, Stop};
use crate::domain::Currency;
use crate::domain::history::{EntryType, Payable};
use crate::screening::duplicates::block_keys;
use datafusion::arrow::array::RecordBatch;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

/// Rejects named on the terminal; the file has all.
const NAMED: u64 = 100;
/// Rows that are parsed at a time: a batch of the book.
const CHUNK: usize = BATCH;

/// What the inputs held, known when the book is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Threads that parse.
    pub hands: usize,
}

impl Ingest {
    /// Reads everything into `outlet`, and gives the counts. One thread finds the rows, `hands` parse them
    /// in chunks, and what they give is put together in the order of the source.
    pub fn run(&self, outlet: &Outlet) -> Result<Ingested, RescoreError> {
        let mut merged = Merged {
            outlet,
            seen: Ingested { numeric_ids: true, ..Ingested::default() },
            currencies: BTreeMap::new(),
            rejects: Rejects { path: self.rejects.clone(), writer: None },
            reader: self,
        };
        std::thread::scope(|scope| {
            let (sender, chunks) = sync_channel::<Result<Chunk, RescoreError>>(2);
            scope.spawn(move || {
                if let Err(error) = self.find_rows(&sender) {
                    // A receiver that is gone has failed itself.
                    let _ = sender.send(Err(error));
                }
            });
            in_order(
                self.hands,
                || chunks.recv().ok().transpose(),
                BookBuilder::new,
                |builder, chunk| chunk.parse(builder, &self.inputs),
                |parsed| merged.take(parsed),
            )
        })?;
        merged.finish()
    }

    fn find_rows(&self, sender: &SyncSender<Result<Chunk, RescoreError>>) -> Result<(), RescoreError> {
        let gone = || RescoreError::Broken("the reader of the rows is gone".into());
        let mut position = 0;
        for (number, input) in self.inputs.iter().enumerate() {
            let mut chunk = Chunk::new(number, position);
            input.visit(&self.stop, &mut |row| {
                chunk.push(&row);
                position += 1;
                if chunk.lines.len() == CHUNK {
                    sender.send(Ok(std::mem::replace(&mut chunk, Chunk::new(number, position)))).map_err(|_| gone())?;
                }
                Ok(ControlFlow::Continue(()))
            })?;
            sender.send(Ok(chunk)).map_err(|_| gone())?;
        }
        Ok(())
    }
}

/// Rows of one input as text, in two buffers.
struct Chunk {
    input: usize,
    /// Position of the first row over all inputs.
    first: u64,
    lines: Vec<u64>,
    cells: Texts,
    raw: Texts,
    /// Rows that are none, by their place in the chunk, with the cause.
    bad: Vec<(usize, String)>,
}

/// Texts one behind the other.
#[derive(Default)]
struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    fn get(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at]]
    }
}

/// A chunk parsed.
struct Parsed {
    batch: RecordBatch,
    input: usize,
    positions: u64,
    numeric_ids: bool,
    currencies: BTreeMap<String, u64>,
    rejects: Vec<Reject>,
}

struct Reject {
    line: u64,
    cause: String,
    raw: String,
}

impl Chunk {
    fn new(input: usize, first: u64) -> Self {
        Self { input, first, lines: Vec::with_capacity(CHUNK), cells: Texts::default(), raw: Texts::default(), bad: Vec::new() }
    }

    fn push(&mut self, row: &Row<'_>) {
        match &row.cells {
            Ok(cells) => cells.iter().for_each(|cell| self.cells.push(cell)),
            Err(cause) => {
                self.bad.push((self.lines.len(), (*cause).to_owned()));
                (0..COLUMNS).for_each(|_| self.cells.push(""));
            }
        }
        self.lines.push(row.line);
        if let Some(raw) = row.raw {
            self.raw.push(raw);
        }
    }

    fn parse(&self, builder: &mut BookBuilder, inputs: &[Input]) -> Result<Parsed, RescoreError> {
        let input = inputs.get(self.input).ok_or_else(|| RescoreError::Broken("a chunk of no input".into()))?;
        let (mut currencies, mut rejects) = (BTreeMap::<String, u64>::new(), Vec::new());
        let mut numeric_ids = true;
        let mut bad = self.bad.iter().peekable();
        for (at, line) in self.lines.iter().enumerate() {
            let position = self.first + at as u64;
            let cells: [&str; COLUMNS] = std::array::from_fn(|column| self.cells.get(at * COLUMNS + column));
            let parsed = match bad.next_if(|(place, _)| *place == at) {
                Some((_, cause)) => Err(cause.clone()),
                None => parse(&cells, position, input),
            };
            match parsed {
                Ok((payable, day)) => {
                    let id = cells[Column::RowId as usize].trim();
                    let row_id = if id.is_empty() { position.to_string() } else { id.to_owned() };
                    numeric_ids &= is_whole(&row_id);
                    if !payable.currency.is_empty() {
                        match currencies.get_mut(&payable.currency) {
                            Some(count) => *count += 1,
                            None => _ = currencies.insert(payable.currency.clone(), 1),
                        }
                    }
                    builder.push(&row_id, day, &payable, &block_keys(&payable));
                }
                Err(cause) => {
                    let raw = if self.raw.ends.is_empty() { cells.join(",") } else { self.raw.get(at).to_owned() };
                    rejects.push(Reject { line: *line, cause, raw });
                }
            }
        }
        let batch = builder.finish()?;
        Ok(Parsed { batch, input: self.input, positions: self.lines.len() as u64, numeric_ids, currencies, rejects })
    }
}

struct Merged<'a> {
    outlet: &'a Outlet,
    seen: Ingested,
    currencies: BTreeMap<String, u64>,
    rejects: Rejects,
    reader: &'a Ingest,
}

impl Merged<'_> {
    fn take(&mut self, parsed: Parsed) -> Result<(), RescoreError> {
        let file = self.reader.inputs.get(parsed.input).map(|input| input.path.as_path()).unwrap_or(Path::new(""));
        for reject in parsed.rejects {
            self.seen.rejected += 1;
            if self.seen.rejected <= NAMED {
                self.reader.progress.failed(&format!("{}:{}: {}", file.display(), reject.line, reject.cause));
            } else if self.seen.rejected == NAMED + 1 {
                self.reader.progress.failed("more rows were rejected; the file of rejects names them all");
            }
            self.rejects.add(file, reject.line, &reject.cause, &reject.raw)?;
        }
        self.seen.rows += parsed.batch.num_rows() as u64;
        self.seen.positions += parsed.positions;
        self.seen.numeric_ids &= parsed.numeric_ids;
        for (code, count) in parsed.currencies {
            *self.currencies.entry(code).or_default() += count;
        }
        self.reader.progress.advance(parsed.positions);
        self.outlet.send(parsed.batch)
    }

    fn finish(mut self) -> Result<Ingested, RescoreError> {
        self.rejects.finish()?;
        let currency = self.currencies.iter().max_by_key(|(code, count)| (**count, std::cmp::Reverse(*code))).map(|(code, _)| code.clone());
        self.seen.currency = currency.unwrap_or_default();
        Ok(self.seen)
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
