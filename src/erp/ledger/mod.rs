//! The embedded ERP: a double-entry ledger. What is booked is booked once: a key has one entry, and a
//! supplier's invoice number of a year can be booked once, whatever key it comes under.

pub mod beancount;
mod journal;

pub use journal::{Accounts, journal};

use async_trait::async_trait;
use jiff::civil::Date;

use super::{Connector, ErpError, Posting};
use crate::domain::ledger::JournalEntry;
use crate::domain::text;

/// An entry to be booked.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEntry {
    /// The posting's permanent key.
    pub key: String,
    /// The company's short code.
    pub company_code: String,
    /// The supplier: its number, else its folded name.
    pub supplier: String,
    /// The invoice number as printed.
    pub invoice_number: String,
    /// The invoice number's canonical key.
    pub number_key: String,
    /// The invoice's date.
    pub invoice_date: Date,
    /// Whether it is a credit note: those have numbers of their own.
    pub credit: bool,
    /// The balanced lines.
    pub entry: JournalEntry,
}

/// What the book says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookOutcome {
    /// Booked under this reference (`L-000001`).
    Recorded(String),
    /// The key was booked before, under this reference.
    Known(String),
    /// The same invoice stands in the book under another key.
    AlreadyBooked {
        /// The entry that holds it.
        reference: String,
    },
}

/// Where entries are kept.
#[async_trait]
pub trait Book: Send + Sync {
    /// The reference of a key.
    ///
    /// # Errors
    /// [`ErpError::Unavailable`].
    async fn find(&self, key: &str) -> Result<Option<String>, ErpError>;

    /// Books an entry exactly once.
    ///
    /// # Errors
    /// [`ErpError::Unavailable`], or [`ErpError::Uncertain`] where the commit's answer was lost.
    async fn record(&self, entry: &NewEntry) -> Result<BookOutcome, ErpError>;
}

/// The connector `ledger`.
#[derive(Debug, Clone)]
pub struct LedgerConnector<B> {
    book: B,
    accounts: Accounts,
}

impl<B: Book> LedgerConnector<B> {
    /// The name that workflow files use.
    pub const NAME: &'static str = "ledger";

    /// A ledger over a book.
    #[must_use]
    pub fn new(book: B, accounts: Accounts) -> Self {
        Self { book, accounts }
    }
}

#[async_trait]
impl<B: Book> Connector for LedgerConnector<B> {
    fn name(&self) -> &str {
        Self::NAME
    }

    async fn find(&self, key: &str) -> Result<Option<String>, ErpError> {
        self.book.find(key).await
    }

    async fn post(&self, posting: &Posting) -> Result<String, ErpError> {
        let entry = journal(posting, &self.accounts).map_err(|e| ErpError::Refused(e.to_string()))?;
        let invoice = &posting.invoice;
        let new = NewEntry {
            key: posting.key.clone(),
            company_code: posting.company_code.clone(),
            supplier: posting.supplier_number.clone().unwrap_or_else(|| text::company_key(&invoice.supplier_name)),
            invoice_number: invoice.number.to_string(),
            number_key: text::number_runs(invoice.number.as_str()),
            invoice_date: invoice.issue_date,
            credit: invoice.credit,
            entry,
        };
        match self.book.record(&new).await? {
            BookOutcome::Recorded(reference) | BookOutcome::Known(reference) => Ok(reference),
            BookOutcome::AlreadyBooked { reference } => {
                let sort = if invoice.credit { "credit note" } else { "invoice" };
                let year = invoice.issue_date.year();
                Err(ErpError::Refused(format!(
                    "{sort} {} of {} ({year}) is booked already as {reference}",
                    invoice.number, invoice.supplier_name
                )))
            }
        }
    }
}
