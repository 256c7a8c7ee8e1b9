//! E-invoice XML to exact fields: UBL 2.1, CII (also ZUGFeRD 1) and FatturaPA (also in a `.p7m`).
//!
//! Runs wherever an XML was uploaded or found attached to a PDF. UBL and CII are read into the model of
//! EN 16931 ([`Invoice`]), from which the fields follow; the rules that a document claims to keep are
//! judged (`rules`), and each one that it breaks is an issue, never a refusal. What does not obey a
//! field's own law (a date, an amount, a currency) is left out and said as an issue. Refused is XML that
//! is not well-formed, declares a document type, is beyond limits, or is none of these formats.

mod cii;
mod cii_line;
mod fatturapa;
mod header;
mod rules;
pub(super) mod show;
mod tree;
mod ubl;
mod values;

use rust_decimal::Decimal;
use std::collections::BTreeSet;

use crate::domain::einvoice::{Invoice, Violation};
use crate::domain::money::plausible;
use crate::domain::xml::{XmlTextError, decode, kind_of_root, unwrap_p7m};
use crate::domain::{DocumentKind, Extraction, Field, FieldName, Issue};
use rules::RuleSets;
use tree::{Element, TreeError};

/// Why an XML gives no fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EinvoiceError {
    /// The bytes are not text.
    #[error(transparent)]
    Text(#[from] XmlTextError),
    /// Not well-formed, or beyond the limits.
    #[error("{0}")]
    Xml(String),
    /// Another document.
    #[error("the root element {0:?} is no invoice format we know")]
    Unknown(String),
}

impl From<TreeError> for EinvoiceError {
    fn from(error: TreeError) -> Self {
        Self::Xml(error.to_string())
    }
}

/// At most this many broken rules are listed; the rest is counted.
const MOST_VIOLATIONS: usize = 100;

/// What an e-invoice's XML says.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its format.
    pub kind: DocumentKind,
    /// Its business terms; of several invoices in one FatturaPA file, the first's.
    pub invoice: Option<Invoice>,
    /// Its header fields and lines, with an issue for each thing that is wrong, broken rules among them.
    pub extraction: Extraction,
    /// The rules that it breaks, of those it claims to follow; at most a hundred.
    pub violations: Vec<Violation>,
}

/// Reads an e-invoice once: the model, the fields derived from it, and the rules that it breaks.
///
/// # Errors
/// [`EinvoiceError`].
pub fn read_full(bytes: &[u8]) -> Result<Document, EinvoiceError> {
    with_root(bytes, document)
}

/// Opens an e-invoice without reading its terms: its format, or why it cannot be read.
///
/// # Errors
/// [`EinvoiceError`], where [`read`] has one.
pub fn probe(bytes: &[u8]) -> Result<DocumentKind, EinvoiceError> {
    with_root(bytes, |kind, _| kind)
}

/// Unwraps, decodes and parses; what is no e-invoice goes no further.
fn with_root<T>(bytes: &[u8], then: impl FnOnce(DocumentKind, &Element) -> T) -> Result<T, EinvoiceError> {
    let unwrapped = unwrap_p7m(bytes);
    let text = decode(unwrapped.as_deref().unwrap_or(bytes))?;
    let (namespace, root) = Element::parse(&text)?;
    let kind = kind_of_root(&namespace, root.name).ok_or_else(|| EinvoiceError::Unknown(root.name.to_owned()))?;
    Ok(then(kind, &root))
}

fn document(kind: DocumentKind, root: &Element) -> Document {
    let invoice = match kind {
        DocumentKind::Cii => cii::read(root),
        DocumentKind::Fatturapa => return fatturapa::document(root),
        _ => ubl::read(root),
    };
    let mut extraction = header::extraction(&invoice);
    let found = rules::check(root, &invoice, RuleSets::claimed(&invoice), MOST_VIOLATIONS);
    extraction.issues.extend(rules::issues(&found));
    Document { kind, invoice: Some(invoice), extraction, violations: found.listed }
}

/// Reads the header fields and lines of an e-invoice.
///
/// # Errors
/// [`EinvoiceError`].
pub fn read(bytes: &[u8]) -> Result<(DocumentKind, Extraction), EinvoiceError> {
    read_full(bytes).map(|document| (document.kind, document.extraction))
}

/// Document types of UNTDID 1001 that reduce what is owed.
const CREDIT_NOTE_TYPES: &[&str] = &["81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"];

fn is_credit_note(type_code: Option<&str>) -> bool {
    type_code.is_some_and(|code| CREDIT_NOTE_TYPES.contains(&code))
}

/// Sets a field where there is a text.
fn set(into: &mut Extraction, name: FieldName, text: Option<&str>) {
    if let Some(text) = text {
        into.set_exact(name, text);
    }
}

/// Sets a date from ISO 8601 (also with a time or zone after it) or CII's format 102 (`20131231`).
fn set_date(into: &mut Extraction, name: FieldName, text: Option<&str>) {
    set(into, name, text.map(iso_date).as_deref());
}

fn iso_date(text: &str) -> String {
    match text.as_bytes() {
        digits if digits.len() >= 8 && digits[..8].iter().all(u8::is_ascii_digit) => {
            format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..8])
        }
        [_, _, _, _, b'-', _, _, b'-', ..] => text.get(..10).unwrap_or(text).to_owned(),
        _ => text.to_owned(),
    }
}

/// Sets the due date where exactly one is named: instalments have no one due date.
fn set_due_date(into: &mut Extraction, dates: &[&str]) {
    let distinct: BTreeSet<String> = dates.iter().map(|date| iso_date(date)).collect();
    match distinct.len() {
        0 => {}
        1 => set_date(into, FieldName::DueDate, dates.first().copied()),
        n => {
            into.issues.push(Issue::on(FieldName::DueDate, "several-due-dates", format!("The invoice names {n} due dates: none is taken.")))
        }
    }
}

/// Sets the first account that has an IBAN's form. One whose check digits are wrong stands as it is
/// written, with an issue: the XML does say so, and nothing may be paid to it unseen.
fn set_iban(into: &mut Extraction, accounts: &[&str]) {
    let Some(iban) = accounts.iter().map(|account| compact(account)).find(|account| has_iban_form(account)) else {
        return;
    };
    match FieldName::Iban.canonical(&iban) {
        Ok(value) => into.fields.insert(FieldName::Iban, Field::exact(value)),
        Err(message) => {
            into.issues.push(Issue::on(FieldName::Iban, "iban-invalid", message));
            into.fields.insert(FieldName::Iban, Field::exact(iban))
        }
    };
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect()
}

fn has_iban_form(account: &str) -> bool {
    let bytes = account.as_bytes();
    (12..=34).contains(&bytes.len())
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit)
        && bytes[4..].iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// An address as one line: street lines, postal code with city, region, country.
fn address(street: &[Option<&str>], post_code: Option<&str>, city: Option<&str>, rest: &[Option<&str>]) -> Option<String> {
    let place = [post_code, city].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let parts: Vec<&str> = street
        .iter()
        .copied()
        .flatten()
        .chain(Some(place.as_str()).filter(|place| !place.is_empty()))
        .chain(rest.iter().copied().flatten())
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn decimal(text: Option<&str>) -> Option<Decimal> {
    text.and_then(plausible)
}

/// A price per unit: the price divided by the quantity it is for.
fn unit_price(price: Option<Decimal>, base_quantity: Option<Decimal>) -> Option<Decimal> {
    match base_quantity {
        Some(base) if !base.is_zero() && base != Decimal::ONE => {
            price.and_then(|price| price.checked_div(base)).map(|price| price.normalize())
        }
        _ => price,
    }
}

/// Text in one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
