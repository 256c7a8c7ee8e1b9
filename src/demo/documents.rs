//! Sample documents that the program makes itself: for the demonstration, the tests' fixtures and
//! whoever wants to try an upload.
//!
//! Every name, number and account is invented; numbers that have check digits have right ones. The
//! same input gives the same bytes. Nothing here runs on a customer's document.

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::BTreeMap;

mod pdf;
mod samples;
mod xml;

pub use samples::{Sample, buyer, goods_receipts, purchase_orders, samples, suppliers};

/// The language of a page's labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `11.11.2026`, `1.234,56`.
    German,
    /// `11 Nov 2026`, `1,234.56`.
    English,
}

/// A company on a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Legal name.
    pub name: String,
    /// VAT id.
    pub vat_id: String,
    /// Street and number.
    pub street: String,
    /// Postal code.
    pub post_code: String,
    /// City.
    pub city: String,
    /// ISO 3166-1 code.
    pub country: String,
}

/// A line of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleLine {
    /// What it is for.
    pub description: String,
    /// How many.
    pub quantity: Decimal,
    /// Unit of UN/ECE recommendation 20 (`C62` piece, `HUR` hour).
    pub unit: &'static str,
    /// Net price of one.
    pub unit_price: Decimal,
    /// Value added tax in percent.
    pub tax_rate: Decimal,
}

impl SampleLine {
    /// The net amount, to the cent.
    #[must_use]
    pub fn amount(&self) -> Decimal {
        cents(self.quantity * self.unit_price)
    }
}

/// An invoice or credit note from which every format is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleInvoice {
    /// Language of the page.
    pub language: Language,
    /// A credit note; its amounts are positive.
    pub credit_note: bool,
    /// The supplier's number.
    pub number: String,
    /// Date of issue.
    pub issue_date: Date,
    /// Due date.
    pub due_date: Option<Date>,
    /// ISO 4217.
    pub currency: String,
    /// Who sends it.
    pub supplier: Party,
    /// Who pays it.
    pub buyer: Party,
    /// The account to pay to, without blanks.
    pub iban: Option<String>,
    /// The buyer's order.
    pub purchase_order: Option<String>,
    /// Lines; at least one.
    pub lines: Vec<SampleLine>,
}

impl SampleInvoice {
    /// Net amount by tax rate.
    fn taxable(&self) -> BTreeMap<Decimal, Decimal> {
        let mut by_rate = BTreeMap::new();
        for line in &self.lines {
            *by_rate.entry(line.tax_rate).or_insert(Decimal::ZERO) += line.amount();
        }
        by_rate
    }

    /// Sum of the lines, before tax.
    #[must_use]
    pub fn net(&self) -> Decimal {
        cents(self.lines.iter().map(SampleLine::amount).sum())
    }

    /// Tax, rounded by rate.
    #[must_use]
    pub fn tax(&self) -> Decimal {
        cents(self.taxable().iter().map(|(rate, net)| tax_on(*net, *rate)).sum())
    }

    /// What is to be paid.
    #[must_use]
    pub fn total(&self) -> Decimal {
        self.net() + self.tax()
    }
}

fn tax_on(net: Decimal, rate: Decimal) -> Decimal {
    cents(net * rate / Decimal::ONE_HUNDRED)
}

fn cents(amount: Decimal) -> Decimal {
    let mut rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(2);
    rounded
}

/// As UBL 2.1, profile EN 16931.
#[must_use]
pub fn ubl(invoice: &SampleInvoice) -> Vec<u8> {
    xml::ubl(invoice)
}

/// As UN/CEFACT CII, profile EN 16931.
#[must_use]
pub fn cii(invoice: &SampleInvoice) -> Vec<u8> {
    xml::cii(invoice)
}

/// As a digital PDF of one A4 page.
#[must_use]
pub fn pdf(invoice: &SampleInvoice) -> Vec<u8> {
    pdf::page(invoice, None)
}

/// The same page with the CII attached as Factur-X prescribes.
#[must_use]
pub fn facturx_pdf(invoice: &SampleInvoice) -> Vec<u8> {
    pdf::page(invoice, Some(&xml::cii(invoice)))
}

#[cfg(test)]
mod tests;
