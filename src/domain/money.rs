//! Exact money: a decimal amount in an ISO 4217 currency.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// Why an amount or currency is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a code of ISO 4217.
    #[error("{0:?} is not an ISO 4217 currency code")]
    UnknownCurrency(String),
    /// More decimals than the currency's minor unit allows.
    #[error("{amount} has more decimals than {currency} allows ({digits})")]
    TooManyDecimals {
        /// The offending amount.
        amount: Decimal,
        /// Its currency.
        currency: Currency,
        /// Decimals of the minor unit.
        digits: u32,
    },
    /// Two currencies met in one sum.
    #[error("cannot combine {0} with {1}")]
    CurrencyMismatch(Currency, Currency),
    /// Beyond the range of exact decimals or of minor units in 64 bits.
    #[error("amount out of range")]
    OutOfRange,
}

/// Amounts, quantities and prices are below this in size, with at most ten decimals: far above what is
/// real, and far enough below the range of exact decimals that sums and products of them cannot overflow.
const LARGEST: Decimal = Decimal::from_parts(0xD4A5_1000, 0xE8, 0, false, 0);

/// Whether a number is one that a document can mean.
#[must_use]
pub fn is_plausible(number: Decimal) -> bool {
    number.abs() < LARGEST && number.normalize().scale() <= 10
}

/// Reads a plain decimal that [`is_plausible`].
#[must_use]
pub fn plausible(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).ok().filter(|number| is_plausible(*number))
}

/// Reads a plain decimal of a document below 10^12. More than ten decimals are rounded to ten: prices are
/// often quotients, written out as far as a program goes.
#[must_use]
pub fn readable(text: &str) -> Option<Decimal> {
    text.parse::<Decimal>().ok().filter(|number| number.abs() < LARGEST).map(|number| number.round_dp(10))
}

/// For `#[serde(deserialize_with)]`: a decimal that [`is_plausible`].
///
/// # Errors
/// Any other.
pub fn deserialize_plausible<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let number = <Decimal as Deserialize>::deserialize(deserializer)?;
    if is_plausible(number) { Ok(number) } else { Err(serde::de::Error::custom("a number must be below 10^12, with at most ten decimals")) }
}

/// A currency of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);

    /// The alphabetic code, three capitals.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimals of the minor unit: 2 for EUR, 0 for JPY, 3 for BHD; 2 where the standard names none.
    #[must_use]
    pub fn minor_digits(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let code = text.trim().to_ascii_uppercase();
        iso_currency::Currency::from_code(&code).map(Self).ok_or(MoneyError::UnknownCurrency(code))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An exact amount with its currency; never more decimals than the currency has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// Refuses more decimals than the minor unit has (trailing zeros do not count).
    ///
    /// # Errors
    /// [`MoneyError::TooManyDecimals`].
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let digits = currency.minor_digits();
        let mut scaled = amount.normalize();
        if scaled.scale() > digits {
            return Err(MoneyError::TooManyDecimals { amount, currency, digits });
        }
        scaled.rescale(digits);
        Ok(Self { amount: scaled, currency })
    }

    /// Rounds half away from zero to the minor unit, as invoices do.
    #[must_use]
    pub fn rounded(amount: Decimal, currency: Currency) -> Self {
        let digits = currency.minor_digits();
        let mut rounded = amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
        rounded.rescale(digits);
        Self { amount: rounded, currency }
    }

    /// Nothing, in `currency`.
    #[must_use]
    pub fn zero(currency: Currency) -> Self {
        Self::rounded(Decimal::ZERO, currency)
    }

    /// From minor units (cents).
    #[must_use]
    pub fn from_minor(units: i64, currency: Currency) -> Self {
        Self { amount: Decimal::new(units, currency.minor_digits()), currency }
    }

    /// As minor units (cents).
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] beyond 64 bits.
    pub fn minor_units(self) -> Result<i64, MoneyError> {
        i64::try_from(self.amount.mantissa()).map_err(|_| MoneyError::OutOfRange)
    }

    /// The amount, at the currency's scale.
    #[must_use]
    pub fn amount(self) -> Decimal {
        self.amount
    }

    /// The currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::OutOfRange`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let amount = self.amount.checked_add(other.amount).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { amount, currency: self.currency })
    }

    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::OutOfRange`].
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.checked_add(other.negated())
    }

    /// The same amount with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { amount: -self.amount, currency: self.currency }
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::CurrencyMismatch(self.currency, other.currency)) }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Raw {
            amount: Decimal,
            currency: Currency,
        }
        let raw = Raw::deserialize(deserializer)?;
        Self::new(raw.amount, raw.currency).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(text: &str, code: &str) -> Result<Money, MoneyError> {
        Money::new(text.parse().unwrap(), code.parse().unwrap())
    }

    #[test]
    fn minor_units_follow_iso_4217() {
        assert_eq!(money("10.50", "EUR").unwrap().minor_units(), Ok(1050));
        assert_eq!(money("10", "JPY").unwrap().minor_units(), Ok(10));
        assert_eq!(money("1.234", "BHD").unwrap().minor_units(), Ok(1234));
        assert!(matches!(money("10.5", "JPY"), Err(MoneyError::TooManyDecimals { digits: 0, .. })));
        assert!(money("1.005", "EUR").is_err());
        assert_eq!(money("1.500", "EUR").unwrap().to_string(), "1.50 EUR");
    }

    #[test]
    fn numbers_that_no_document_means_are_refused() {
        assert_eq!(LARGEST, "1000000000000".parse().unwrap());
        assert!(plausible("999999999999.99").is_some() && plausible("-0.0000000001").is_some());
        for bad in ["1000000000000", "-79228162514264337593543950335", "0.00000000001", "1e5", ""] {
            assert_eq!(plausible(bad), None, "{bad}");
        }
    }

    #[test]
    fn currencies_do_not_mix() {
        let (euro, yen) = (money("1", "EUR").unwrap(), money("1", "JPY").unwrap());
        assert!(matches!(euro.checked_add(yen), Err(MoneyError::CurrencyMismatch(..))));
        assert!("EURO".parse::<Currency>().is_err());
    }

    proptest! {
        #[test]
        fn minor_units_round_trip(units in -1_000_000_000_000_i64..1_000_000_000_000) {
            let amount = Money::from_minor(units, Currency::EUR);
            prop_assert_eq!(amount.minor_units(), Ok(units));
            prop_assert_eq!(Money::new(amount.amount(), Currency::EUR), Ok(amount));
        }
    }
}
