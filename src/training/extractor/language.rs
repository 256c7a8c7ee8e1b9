//! Wording of generated documents: what business documents call things, in eight languages.
//! Written for the generator; nothing here is taken from a document.

mod dutch;
mod english;
mod french;
mod german;
mod italian;
mod polish;
mod portuguese;
mod spanish;

use dutch::DUTCH;
use english::ENGLISH;
use french::FRENCH;
use german::GERMAN;
use italian::ITALIAN;
use polish::POLISH;
use portuguese::{BRAZILIAN, PORTUGUESE};
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

/// All languages, those with more readers more than once.
pub const LANGUAGES: &[&Language] =
    &[&ENGLISH, &ENGLISH, &ENGLISH, &GERMAN, &GERMAN, &FRENCH, &SPANISH, &ITALIAN, &DUTCH, &PORTUGUESE, &BRAZILIAN, &POLISH];

#[cfg(test)]
mod tests {
    use super::*;

    /// The lists of one language by name, those that labels and words are drawn from.
    fn lists(l: &'static Language) -> Vec<(&'static str, &'static [&'static str], usize)> {
        let mut lists: Vec<(&str, &[&str], usize)> = vec![
            ("invoice", l.invoice, 4),
            ("credit", l.credit, 3),
            ("receipt", l.receipt, 3),
            ("number", l.number, 10),
            ("date", l.date, 10),
            ("due", l.due, 10),
            ("order", l.order, 10),
            ("other_numbers", l.other_numbers, 10),
            ("other_dates", l.other_dates, 10),
            ("bill_to", l.bill_to, 10),
            ("ship_to", l.ship_to, 5),
            ("from", l.from, 10),
            ("units", l.units, 5),
            ("subtotal", l.subtotal, 7),
            ("net", l.net, 7),
            ("tax", l.tax, 10),
            ("total", l.total, 10),
            ("balance", l.balance, 8),
            ("paid", l.paid, 5),
            ("discount", l.discount, 5),
            ("shipping", l.shipping, 5),
            ("vat_id", l.vat_id, 10),
            ("register", l.register, 4),
            ("bank", l.bank, 6),
            ("phone", l.phone, 5),
            ("due_sentences", l.due_sentences, 5),
            ("sentences", l.sentences, 10),
            ("goods", l.goods, 30),
            ("trades", l.trades, 20),
            ("forms", l.forms, 8),
            ("streets", l.streets, 8),
        ];
        lists.extend(l.heads.iter().map(|h| ("heads", *h, 2)));
        lists
    }

    #[test]
    fn every_list_is_rich_and_its_placeholders_are_where_they_belong() {
        for language in LANGUAGES {
            for (name, list, least) in lists(language) {
                assert!(list.len() >= least, "{} {name}: {} entries", language.code, list.len());
                for text in list {
                    let at = format!("{} {name} {text:?}", language.code);
                    assert!(!text.is_empty() || name == "forms", "{at} is empty");
                    assert_eq!(*text, text.trim(), "{at} has blanks around it");
                    match name {
                        "due_sentences" => assert_eq!(text.matches("{}").count(), 1, "{at}"),
                        "tax" => assert!(text.matches("{}").count() <= 1, "{at}"),
                        "streets" => assert!(text.contains("{n}") || text.contains("{h}"), "{at}"),
                        _ => assert!(!text.contains(['{', '}']), "{at}"),
                    }
                }
            }
            assert!(language.countries.len() + language.other_texts.len() >= 8, "{}", language.code);
        }
    }
}
