//! Numbers with laws: IBAN, BIC, VAT id, invoice number. Masked in `Debug`, so that no log shows them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

use super::text::number_key;

/// Why a text is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Structure, country length or check digits (ISO 13616, ISO 7064 mod 97-10).
    #[error("not an IBAN: {0}")]
    Iban(String),
    /// Not four letters, a country and two or five more characters (ISO 9362).
    #[error("not a BIC: it takes 8 or 11 letters and digits")]
    Bic,
    /// Structure or check digits of the country's scheme.
    #[error("not a VAT identification number: {0}")]
    VatId(&'static str),
    /// Empty, or longer than 60 characters, or without a letter or digit.
    #[error("not an invoice number: it needs a letter or digit and at most 60 characters")]
    InvoiceNumber,
}

macro_rules! text_identifier {
    ($name:ident) => {
        impl $name {
            /// The electronic form: no spaces, upper case.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}(…{})", stringify!($name), &self.0[self.0.len().saturating_sub(3)..])
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect()
}

/// An International Bank Account Number: registered country, right length, right check digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Iban(String);

impl FromStr for Iban {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        use iban::IbanLike as _;
        let parsed: iban::Iban = compact(text).parse().map_err(|e: iban::ParseIbanError| IdentifierError::Iban(e.to_string()))?;
        Ok(Self(parsed.electronic_str().to_owned()))
    }
}
text_identifier!(Iban);

/// A Business Identifier Code (ISO 9362), 8 or 11 characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bic(String);

impl FromStr for Bic {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let code = compact(text);
        let letters = code.len() >= 6 && code.as_bytes()[..6].iter().all(u8::is_ascii_uppercase);
        if letters && matches!(code.len(), 8 | 11) { Ok(Self(code)) } else { Err(IdentifierError::Bic) }
    }
}
text_identifier!(Bic);

/// A VAT identification number with its country prefix. Check digits are verified for the schemes
/// that have a published algorithm and are common here (AT, BE, DE, DK, FI, FR, IT, LU, NL, PL, PT);
/// others by structure.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VatId(String);

impl FromStr for VatId {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let id = compact(text);
        let (country, rest) = id.split_at_checked(2).ok_or(IdentifierError::VatId("too short"))?;
        if !country.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(IdentifierError::VatId("it must start with a country code"));
        }
        if !(2..=13).contains(&rest.len()) || !rest.bytes().any(|b| b.is_ascii_digit()) {
            return Err(IdentifierError::VatId("wrong length"));
        }
        if vat_check(country, rest) { Ok(Self(id)) } else { Err(IdentifierError::VatId("wrong check digit or structure")) }
    }
}
text_identifier!(VatId);

/// The check-digit rules by country; unknown countries pass by structure.
fn vat_check(country: &str, rest: &str) -> bool {
    let digits: Option<Vec<u32>> = rest.chars().map(|c| c.to_digit(10)).collect();
    match (country, digits) {
        ("DE", Some(d)) => d.len() == 9 && iso7064_mod11_10(&d),
        ("BE", Some(d)) => d.len() == 10 && 97 - number(&d[..8]) % 97 == number(&d[8..]),
        ("DK", Some(d)) => d.len() == 8 && weighted(&d, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11),
        ("FI", Some(d)) => d.len() == 8 && (11 - weighted(&d, &[7, 9, 10, 5, 8, 4, 2]) % 11) % 11 == d[7],
        ("FR", Some(d)) => d.len() == 11 && (12 + 3 * (number(&d[2..]) % 97)) % 97 == number(&d[..2]),
        ("IT", Some(d)) => d.len() == 11 && luhn(&d),
        ("LU", Some(d)) => d.len() == 8 && number(&d[..6]) % 89 == number(&d[6..]),
        ("PL", Some(d)) => d.len() == 10 && weighted(&d, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == d[9],
        ("PT", Some(d)) => {
            let check = 11 - weighted(&d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
            d.len() == 9 && d[8] == if check > 9 { 0 } else { check }
        }
        ("DE" | "BE" | "DK" | "FI" | "IT" | "LU" | "PL" | "PT", None) => false,
        ("AT", _) => austria(rest),
        ("NL", _) => rest.len() == 12 && rest.as_bytes()[9] == b'B',
        _ => true,
    }
}

fn number(digits: &[u32]) -> u32 {
    digits.iter().fold(0, |n, d| n * 10 + d)
}

fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(d, w)| d * w).sum()
}

fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits.iter().rev().enumerate().map(|(i, &d)| if i % 2 == 0 { d } else { d * 2 / 10 + d * 2 % 10 }).sum();
    sum.is_multiple_of(10)
}

fn iso7064_mod11_10(digits: &[u32]) -> bool {
    let (body, check) = (&digits[..digits.len() - 1], digits[digits.len() - 1]);
    let product = body.iter().fold(10, |p, d| {
        let sum = (d + p) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == check
}

fn austria(rest: &str) -> bool {
    let Some(d) = rest.strip_prefix('U').and_then(|r| r.chars().map(|c| c.to_digit(10)).collect::<Option<Vec<_>>>()) else {
        return false;
    };
    d.len() == 8 && {
        let sum: u32 = d[..7].iter().enumerate().map(|(i, &x)| if i % 2 == 0 { x } else { x * 2 / 10 + x * 2 % 10 }).sum();
        (96 - sum) % 10 == d[7]
    }
}

/// A supplier's invoice number: as printed, with the canonical key by which numbers compare.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InvoiceNumber {
    printed: String,
    key: String,
}

impl InvoiceNumber {
    /// As the supplier printed it, trimmed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.printed
    }

    /// Letters and digits only, without leading zeros: see [`number_key`].
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl FromStr for InvoiceNumber {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let printed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let key = number_key(&printed);
        if key.is_empty() || printed.chars().count() > 60 {
            return Err(IdentifierError::InvoiceNumber);
        }
        Ok(Self { printed, key })
    }
}

impl fmt::Display for InvoiceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.printed)
    }
}

impl fmt::Debug for InvoiceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = self.key.char_indices().rev().nth(2).map_or(0, |(i, _)| i);
        write!(f, "InvoiceNumber(…{})", &self.key[tail..])
    }
}

impl Serialize for InvoiceNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.printed)
    }
}

impl<'de> Deserialize<'de> for InvoiceNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ibans_are_checked_and_masked() {
        let iban: Iban = "DE44 5001 0517 5407 3249 31".parse().unwrap();
        assert_eq!(iban.as_str(), "DE44500105175407324931");
        assert_eq!(format!("{iban:?}"), "Iban(…931)");
        assert!("DE44 5001 0517 5407 3249 32".parse::<Iban>().is_err());
        assert!("DE44".parse::<Iban>().is_err());
    }

    #[test]
    fn vat_ids_are_checked_by_country() {
        for good in [
            "DE136695976",
            "ATU13585627",
            "BE0428759497",
            "DK13585628",
            "FI20774740",
            "FR40303265045",
            "IT00743110157",
            "LU15027442",
            "PL8567346215",
            "PT501964843",
            "NL004495445B01",
            "ESX2482300W",
        ] {
            assert!(good.parse::<VatId>().is_ok(), "{good}");
        }
        for bad in ["DE136695978", "ATU13585626", "BE0428759498", "IT00743110158", "X1", "123456789", "FRX"] {
            assert!(bad.parse::<VatId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn bics_and_invoice_numbers_refuse_nonsense() {
        assert!("DEUTDEFF500".parse::<Bic>().is_ok());
        assert!("DEUT1EFF".parse::<Bic>().is_err());
        assert_eq!("RE-0034".parse::<InvoiceNumber>().unwrap().key(), "RE34");
        assert!("---".parse::<InvoiceNumber>().is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Iban>();
            let _ = text.parse::<Bic>();
            let _ = text.parse::<VatId>();
            if let Ok(number) = text.parse::<InvoiceNumber>() {
                let _ = format!("{number:?}");
            }
        }
    }
}
