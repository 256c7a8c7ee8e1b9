//! Typed candidates: every date, amount, identifier, IBAN and name line that the parsers find.
//!
//! Runs on an arranged document, before the model. It decides nothing: a candidate is only a text
//! that could be a field's value, with its canonical form and place.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::amounts::{Amount, Convention};
use super::layout::Doc;
use crate::domain::FieldName;

mod amounts;
mod dates;
mod ibans;
mod identifiers;
mod names;

/// What a candidate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A date.
    Date,
    /// An amount of money.
    Amount,
    /// A number or code: invoice, order or tax number.
    Identifier,
    /// A bank account with right check digits.
    Iban,
    /// A line that could name a company or person.
    Name,
}

/// The fields that the model scores, in the order of its output columns.
pub const SCORED: [FieldName; 11] = [
    FieldName::InvoiceNumber,
    FieldName::IssueDate,
    FieldName::DueDate,
    FieldName::SupplierName,
    FieldName::SupplierTaxId,
    FieldName::BuyerName,
    FieldName::Iban,
    FieldName::PurchaseOrder,
    FieldName::NetAmount,
    FieldName::TaxAmount,
    FieldName::TotalAmount,
];

impl Kind {
    /// The kind whose candidates can be the value of `field`.
    #[must_use]
    pub fn of(field: FieldName) -> Option<Self> {
        match field {
            FieldName::IssueDate | FieldName::DueDate => Some(Self::Date),
            FieldName::NetAmount | FieldName::TaxAmount | FieldName::TotalAmount => Some(Self::Amount),
            FieldName::InvoiceNumber | FieldName::PurchaseOrder | FieldName::SupplierTaxId => Some(Self::Identifier),
            FieldName::Iban => Some(Self::Iban),
            FieldName::SupplierName | FieldName::BuyerName => Some(Self::Name),
            FieldName::SupplierAddress | FieldName::Currency => None,
        }
    }
}

/// A text that could be a field's value.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What it is.
    pub kind: Kind,
    /// First token; a value stands in one row (an IBAN or name may go on in the next).
    pub first: usize,
    /// One past the last token of the first row.
    pub end: usize,
    /// Tokens of a second row.
    pub more: Option<(usize, usize)>,
    /// Canonical text: ISO date, plain decimal, identifier as printed, IBAN, name as printed.
    pub value: String,
    /// The date.
    pub date: Option<Date>,
    /// The amount, with what was printed.
    pub amount: Option<Amount>,
    /// A tax id by structure; `true` where its check digits are right too.
    pub vat: Option<bool>,
    /// For names: cut out of a longer line.
    pub part: bool,
}

impl Candidate {
    fn new(kind: Kind, first: usize, end: usize, value: String) -> Self {
        Self { kind, first, end, more: None, value, date: None, amount: None, vat: None, part: false }
    }

    /// Its amount, zero where it is none.
    #[must_use]
    pub fn decimal(&self) -> Decimal {
        self.amount.map_or(Decimal::ZERO, |a| a.value)
    }
}

/// A document's conventions, taken from all its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conventions {
    /// Decimal mark.
    pub decimal: Convention,
    /// Whether `03/04/2020` is the fourth of March.
    pub month_first: bool,
}

/// Candidates of one kind beyond this many are not scored; the first and the last are kept, for number and date
/// stand at a document's beginning and sums at its end.
const MAX_OF_KIND: usize = 1500;

/// Finds all candidates, by kind and place.
#[must_use]
pub fn find(doc: &Doc) -> (Vec<Candidate>, Conventions) {
    let decimal = Convention::infer(doc.tokens.iter().map(|t| t.text.as_str()));
    let mut taken = vec![false; doc.tokens.len()];
    let (mut found, month_first) = dates::find(doc, &mut taken, decimal);
    thin(&mut found, 0);
    ibans::find(doc, &mut taken, &mut found);
    for find in [amounts::find, identifiers::find, names::find] {
        let before = found.len();
        find(doc, decimal, &taken, &mut found);
        thin(&mut found, before);
    }
    (found, Conventions { decimal, month_first })
}

/// Leaves [`MAX_OF_KIND`] of the candidates from `start` on.
fn thin(found: &mut Vec<Candidate>, start: usize) {
    let count = found.len() - start;
    if count > MAX_OF_KIND {
        found.drain(start + MAX_OF_KIND / 2..start + count - MAX_OF_KIND / 2);
    }
}

/// The part of a token behind a glued label (`"Date:12/03/2020"`, `"No.#17"`).
fn behind_label(text: &str) -> &str {
    let tail = text.rfind([':', '#']).map_or(text, |at| &text[at + 1..]);
    if tail.is_empty() { text } else { tail }
}

#[cfg(test)]
mod tests;
