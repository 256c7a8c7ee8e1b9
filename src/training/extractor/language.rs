//! Wording of generated documents: what business documents call things, in six languages.
//! Written for the generator; nothing here is taken from a document.

mod dutch;
mod english;
mod french;
mod german;
mod italian;
mod spanish;

use dutch::DUTCH;
use english::ENGLISH;
use french::FRENCH;
use german::GERMAN;
use italian::ITALIAN;
use spanish::SPANISH;

/// One language's wording; every list is non-empty and drawn from at random.
#[derive(Debug)]
pub struct Language {
    /// ISO 639-1.
    pub code: &'static str,
    /// Countries as (country code, currency, decimal comma, month first).
    pub countries: &'static [(&'static str, &'static str, bool, bool)],
    /// Titles of an invoice.
    pub invoice: &'static [&'static str],
    /// Titles of a credit note.
    pub credit: &'static [&'static str],
    /// Titles of a receipt.
    pub receipt: &'static [&'static str],
    /// Labels of the invoice number.
    pub number: &'static [&'static str],
    /// Labels of the issue date.
    pub date: &'static [&'static str],
    /// Labels of the due date.
    pub due: &'static [&'static str],
    /// Labels of the order number.
    pub order: &'static [&'static str],
    /// Labels of other numbers: customer, delivery note, contract, project.
    pub other_numbers: &'static [&'static str],
    /// Labels of other dates: delivery, order, service period.
    pub other_dates: &'static [&'static str],
    /// Labels with words as values: contact, terms, shipping.
    pub other_texts: &'static [(&'static str, &'static str)],
    /// Headings of the buyer's address.
    pub bill_to: &'static [&'static str],
    /// Headings of the delivery address.
    pub ship_to: &'static [&'static str],
    /// Headings of the supplier's address.
    pub from: &'static [&'static str],
    /// Table heads: position, article, description, quantity, unit, price, tax, amount.
    pub heads: [&'static [&'static str]; 8],
    /// Units.
    pub units: &'static [&'static str],
    /// Labels of the sum of lines.
    pub subtotal: &'static [&'static str],
    /// Labels of the net amount after discounts and charges.
    pub net: &'static [&'static str],
    /// Labels of the tax; `{}` stands for the rate.
    pub tax: &'static [&'static str],
    /// Labels of the amount with tax.
    pub total: &'static [&'static str],
    /// Labels of what remains to pay.
    pub balance: &'static [&'static str],
    /// Labels of a prepayment.
    pub paid: &'static [&'static str],
    /// Labels of a discount.
    pub discount: &'static [&'static str],
    /// Labels of shipping.
    pub shipping: &'static [&'static str],
    /// Labels of the VAT id.
    pub vat_id: &'static [&'static str],
    /// Labels of a company register number.
    pub register: &'static [&'static str],
    /// Labels of the bank.
    pub bank: &'static [&'static str],
    /// Labels of telephone.
    pub phone: &'static [&'static str],
    /// Sentences with the due date as `{}`.
    pub due_sentences: &'static [&'static str],
    /// Sentences without values.
    pub sentences: &'static [&'static str],
    /// What goods and services are called.
    pub goods: &'static [&'static str],
    /// Words of trade in company names.
    pub trades: &'static [&'static str],
    /// Legal forms.
    pub forms: &'static [&'static str],
    /// Street patterns with `{n}` name and `{h}` house number.
    pub streets: &'static [&'static str],
}

/// All languages.
pub const LANGUAGES: &[&Language] = &[&ENGLISH, &ENGLISH, &ENGLISH, &GERMAN, &GERMAN, &FRENCH, &SPANISH, &ITALIAN, &DUTCH];
