//! The values of business terms as they stand in a document, with the number or date they mean.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::records;
use crate::domain::money::readable;

/// A plain number: a percentage, a factor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(pub String);

impl Number {
    /// The number, where it is one that a document can mean.
    #[must_use]
    pub fn number(&self) -> Option<Decimal> {
        readable(&self.0)
    }
}

/// A calendar day, ISO 8601 where the document's form could be told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub String);

impl Day {
    /// The date, where it is one.
    #[must_use]
    pub fn date(&self) -> Option<Date> {
        self.0.parse().ok()
    }
}

records! {
    /// An amount of money.
    Amount {
        /// As written.
        text: String,
        /// Its currency, ISO 4217, where the document says it with the amount.
        currency: Option<String>,
    }
    /// A quantity.
    Quantity {
        /// As written.
        text: String,
        /// Its unit, a code of UN/ECE Recommendation 20 or 21.
        unit: Option<String>,
    }
    /// An identifier under a scheme.
    Identifier {
        /// As written.
        id: String,
        /// The scheme that it is of (ISO 6523, EAS, UNTDID 1153 …).
        scheme: Option<String>,
    }
}

impl Amount {
    /// An amount as written.
    #[must_use]
    pub fn new(text: &str, currency: Option<&str>) -> Self {
        Self { text: text.to_owned(), currency: currency.map(str::to_owned) }
    }

    /// The number, where it is one that a document can mean.
    #[must_use]
    pub fn number(&self) -> Option<Decimal> {
        readable(&self.text)
    }
}

impl Quantity {
    /// The number, where it is one that a document can mean.
    #[must_use]
    pub fn number(&self) -> Option<Decimal> {
        readable(&self.text)
    }
}
