//! One payable of the past or present, as screening sees it, online and in batch alike.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What kind of entry a row of history is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryType {
    /// An invoice (`IN`, empty or unknown).
    #[default]
    Invoice,
    /// A credit memo (`CM`), negative.
    CreditMemo,
    /// A cancelled payment (`VOID`), negative.
    Void,
}

/// One payable: the columns of the contract's history, parsed. Only vendor, an amount and a date are
/// required; what is missing is `None` or empty and its features are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payable {
    /// Position in the history: the row's number, or online the order of arrival.
    pub row: u64,
    /// The payer's number for the supplier; empty: unknown.
    pub vendor_id: String,
    /// The supplier's name as written.
    pub vendor_name: String,
    /// The supplier's invoice number as printed; empty: none.
    pub invoice_no: String,
    /// Order number; empty: none.
    pub po_number: String,
    /// Signed amount in `currency`.
    pub amount: Decimal,
    /// ISO 4217; empty: unknown.
    pub currency: String,
    /// Invoice, credit memo or void.
    pub entry_type: EntryType,
    /// The supplier's date.
    pub invoice_date: Option<Date>,
    /// When it falls due.
    pub due_date: Option<Date>,
    /// When it was paid.
    pub payment_date: Option<Date>,
    /// When it was entered or posted.
    pub posted_at: Option<Timestamp>,
    /// Who entered it; empty: unknown.
    pub posted_by: String,
    /// Who approved it; empty: unknown.
    pub approved_by: String,
    /// Department or cost centre; empty: unknown.
    pub department: String,
    /// Account; empty: unknown.
    pub account_code: String,
    /// The supplier's bank account; empty: unknown.
    pub bank_account: String,
}

impl Payable {
    /// The date by which history is ordered: payment, else entry, else invoice date.
    #[must_use]
    pub fn effective_date(&self) -> Option<Date> {
        let entered = self.posted_at.map(|at| jiff::tz::Offset::UTC.to_datetime(at).date());
        self.payment_date.or(entered).or(self.invoice_date)
    }
}
