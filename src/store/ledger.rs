//! The embedded ledger's book: gapless numbers a company, one entry a key, one entry an invoice.

use async_trait::async_trait;
use jiff::civil::Date;
use serde::Deserialize;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::rows::{Columns as _, to_json};
use super::{Store, StoreError, retrying};
use crate::domain::CompanyId;
use crate::domain::ledger::{JournalEntry, JournalLine};
use crate::erp::ErpError;
use crate::erp::ledger::{Book, BookOutcome, NewEntry};

/// An entry of the book.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerRow {
    /// `L-000001`; gapless in the company.
    pub reference: String,
    /// The posting's permanent key.
    pub key: String,
    /// The supplier: its number, else its folded name.
    pub supplier: String,
    /// The invoice number as printed.
    pub invoice_number: String,
    /// The invoice's date.
    pub invoice_date: Date,
    /// Whether it is a credit note.
    pub credit: bool,
    /// The balanced lines.
    pub entry: JournalEntry,
}

/// A journal entry as stored; checked again when it is read.
#[derive(Deserialize)]
struct StoredEntry {
    date: Date,
    payee: String,
    narration: String,
    lines: Vec<JournalLine>,
}

fn reference(number: i64) -> String {
    format!("L-{number:06}")
}

fn ledger_row(row: &AnyRow) -> Result<LedgerRow, StoreError> {
    let stored: StoredEntry = row.json("entry")?;
    let entry = JournalEntry::new(stored.date, stored.payee, stored.narration, stored.lines);
    Ok(LedgerRow {
        reference: reference(row.int("number")?),
        key: row.text("posting_key")?,
        supplier: row.text("supplier")?,
        invoice_number: row.text("invoice_number")?,
        invoice_date: row.parsed("invoice_date")?,
        credit: row.int("credit")? != 0,
        entry: entry.map_err(|e| StoreError::Corrupt(e.to_string()))?,
    })
}

async fn booked(on: &mut AnyConnection, key: &str) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("SELECT number FROM ledger_entries WHERE posting_key = $1").bind(key).fetch_optional(on).await?;
    row.map(|row| Ok(reference(row.int("number")?))).transpose()
}

async fn same_invoice(on: &mut AnyConnection, company: &str, new: &NewEntry) -> Result<Option<String>, StoreError> {
    let row = sqlx::query(
        "SELECT number FROM ledger_entries
         WHERE company_id = $1 AND supplier = $2 AND number_key = $3 AND invoice_year = $4 AND credit = $5",
    )
    .bind(company)
    .bind(new.supplier.as_str())
    .bind(new.number_key.as_str())
    .bind(i64::from(new.invoice_date.year()))
    .bind(i64::from(new.credit))
    .fetch_optional(on)
    .await?;
    row.map(|row| Ok(reference(row.int("number")?))).transpose()
}

impl Store {
    /// Every entry of a company's book, in order.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn ledger_entries(&self, company: CompanyId) -> Result<Vec<LedgerRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT number, posting_key, supplier, invoice_number, invoice_date, credit, entry FROM ledger_entries
             WHERE company_id = $1 ORDER BY number",
        )
        .bind(company.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(ledger_row).collect()
    }

    /// Books an entry, up to the commit, whose fate the caller must tell apart.
    async fn record_entry(&self, new: &NewEntry) -> Result<BookOutcome, RecordError> {
        let mut write = self.write().await?;
        let on = write.on();
        // The head row's lock puts the company's bookings in one line.
        let head = sqlx::query(
            "UPDATE ledger_heads SET next_number = next_number
             WHERE company_id = (SELECT id FROM companies WHERE code = $1) RETURNING company_id, next_number",
        )
        .bind(new.company_code.as_str())
        .fetch_optional(&mut *on)
        .await
        .map_err(StoreError::from)?
        .ok_or(StoreError::NotFound)?;
        let (company, number) = (head.text("company_id")?, head.int("next_number")?);
        if let Some(reference) = booked(on, &new.key).await? {
            return Ok(BookOutcome::Known(reference));
        }
        if let Some(reference) = same_invoice(on, &company, new).await? {
            return Ok(BookOutcome::AlreadyBooked { reference });
        }
        insert(on, &company, number, new).await?;
        sqlx::query("UPDATE ledger_heads SET next_number = $1 WHERE company_id = $2")
            .bind(number + 1)
            .bind(company.as_str())
            .execute(on)
            .await
            .map_err(StoreError::from)?;
        write.commit().await.map_err(RecordError::AtCommit)?;
        Ok(BookOutcome::Recorded(reference(number)))
    }
}

async fn insert(on: &mut AnyConnection, company: &str, number: i64, new: &NewEntry) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO ledger_entries (company_id, number, posting_key, supplier, number_key, invoice_year, credit, invoice_number,
           invoice_date, entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(company)
    .bind(number)
    .bind(new.key.as_str())
    .bind(new.supplier.as_str())
    .bind(new.number_key.as_str())
    .bind(i64::from(new.invoice_date.year()))
    .bind(i64::from(new.credit))
    .bind(new.invoice_number.as_str())
    .bind(new.invoice_date.to_string())
    .bind(to_json(&new.entry)?)
    .execute(on)
    .await?;
    Ok(())
}

/// Where booking failed: before the commit nothing is written; at the commit nobody knows.
enum RecordError {
    Before(StoreError),
    AtCommit(StoreError),
}

impl From<StoreError> for RecordError {
    fn from(error: StoreError) -> Self {
        Self::Before(error)
    }
}

#[async_trait]
impl Book for Store {
    async fn find(&self, key: &str) -> Result<Option<String>, ErpError> {
        let unavailable = |e: StoreError| ErpError::Unavailable(e.to_string());
        let mut connection = self.pool.acquire().await.map_err(|e| unavailable(e.into()))?;
        booked(&mut connection, key).await.map_err(unavailable)
    }

    async fn record(&self, entry: &NewEntry) -> Result<BookOutcome, ErpError> {
        let outcome = retrying!(async {
            match self.record_entry(entry).await {
                Ok(outcome) => Ok(Ok(outcome)),
                Err(RecordError::Before(error)) => Err(error),
                Err(RecordError::AtCommit(error)) => Ok(Err(ErpError::Uncertain(error.to_string()))),
            }
        });
        match outcome {
            Ok(outcome) => outcome,
            Err(StoreError::NotFound) => Err(ErpError::Refused(format!("no company has the code {:?}", entry.company_code))),
            Err(error) => Err(ErpError::Unavailable(error.to_string())),
        }
    }
}
