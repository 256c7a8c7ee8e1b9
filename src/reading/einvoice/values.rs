//! Elements to the values of business terms. An element that is there and empty gives an empty value.

use base64::Engine as _;

use super::{iso_date, tree::Element};
use crate::domain::einvoice::{Amount, Day, Identifier, Number, Quantity};

pub(super) fn owned(at: &Element, path: &[&str]) -> Option<String> {
    at.value_at(path).map(str::to_owned)
}

/// The first under `path` that has a text, else the first.
fn best<'a>(at: &'a Element<'_>, path: &[&str]) -> Option<&'a Element<'a>> {
    let first = at.first(path)?;
    if first.text().is_some() { Some(first) } else { at.all(path).into_iter().find(|one| one.text().is_some()).or(Some(first)) }
}

pub(super) fn amount(element: &Element) -> Amount {
    Amount::new(element.value(), element.attribute("currencyID"))
}

pub(super) fn amount_at(at: &Element, path: &[&str]) -> Option<Amount> {
    best(at, path).map(amount)
}

pub(super) fn number_at(at: &Element, path: &[&str]) -> Option<Number> {
    owned(at, path).map(Number)
}

pub(super) fn day_at(at: &Element, path: &[&str]) -> Option<Day> {
    at.value_at(path).map(iso_date).map(Day)
}

pub(super) fn quantity(element: &Element) -> Quantity {
    Quantity { text: element.value().to_owned(), unit: element.attribute("unitCode").map(str::to_owned) }
}

pub(super) fn identifier(element: &Element) -> Identifier {
    Identifier { id: element.value().to_owned(), scheme: element.attribute("schemeID").map(str::to_owned) }
}

pub(super) fn identifier_at(at: &Element, path: &[&str]) -> Option<Identifier> {
    best(at, path).map(identifier)
}

/// An indicator of XML Schema.
pub(super) fn indicator(text: Option<&str>) -> Option<bool> {
    match text? {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// The bytes of a base64 text, whatever white space is in it.
pub(super) fn decoded(base64: &str) -> Option<Vec<u8>> {
    let digits: String = base64.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(digits).ok().filter(|bytes| !bytes.is_empty())
}

/// How many bytes a base64 text holds.
pub(super) fn decoded_size(base64: &str) -> usize {
    let digits = base64.bytes().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')).count();
    digits * 3 / 4
}
