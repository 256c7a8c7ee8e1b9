//! Amounts as people print them: separators by the document's convention, currency marks, signs.

use rust_decimal::Decimal;

use crate::domain::money::plausible;

/// Which mark separates decimals in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Convention {
    /// `1,234.56`.
    #[default]
    Point,
    /// `1.234,56`.
    Comma,
}

impl Convention {
    /// From all numbers of a document: what stands before a final group of two digits decides.
    #[must_use]
    pub fn infer<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let (mut point, mut comma) = (0, 0);
        for text in texts {
            let digits = core(text);
            let bytes = digits.as_bytes();
            if bytes.len() < 4 || !bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'\'')) {
                continue;
            }
            match bytes[bytes.len() - 3] {
                b'.' if bytes.iter().filter(|b| **b == b'.').count() == 1 => point += 1,
                b',' if bytes.iter().filter(|b| **b == b',').count() == 1 => comma += 1,
                _ => {}
            }
        }
        if comma > point { Self::Comma } else { Self::Point }
    }
}

/// A number found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// Its value.
    pub value: Decimal,
    /// Whether decimals were printed.
    pub decimals: bool,
    /// Whether a currency mark was attached.
    pub marked: bool,
}

/// Marks and codes that may be attached to an amount.
pub const MARKS: &[(&str, &str)] = &[
    ("A$", "AUD"),
    ("AU$", "AUD"),
    ("C$", "CAD"),
    ("CA$", "CAD"),
    ("US$", "USD"),
    ("NZ$", "NZD"),
    ("HK$", "HKD"),
    ("S$", "SGD"),
    ("R$", "BRL"),
    ("€", "EUR"),
    ("$", "USD"),
    ("£", "GBP"),
    ("₹", "INR"),
    ("¥", "JPY"),
    ("zł", "PLN"),
    ("Kč", "CZK"),
    ("RM", "MYR"),
    ("Rs.", "INR"),
    ("Rs", "INR"),
    ("Fr.", "CHF"),
    ("SFr.", "CHF"),
    ("EUR", "EUR"),
    ("USD", "USD"),
    ("GBP", "GBP"),
    ("CHF", "CHF"),
    ("AUD", "AUD"),
    ("CAD", "CAD"),
    ("NZD", "NZD"),
    ("SEK", "SEK"),
    ("NOK", "NOK"),
    ("DKK", "DKK"),
    ("PLN", "PLN"),
    ("CZK", "CZK"),
    ("HUF", "HUF"),
    ("INR", "INR"),
    ("JPY", "JPY"),
    ("MYR", "MYR"),
    ("SGD", "SGD"),
    ("ZAR", "ZAR"),
    ("BRL", "BRL"),
    ("MXN", "MXN"),
    ("CNY", "CNY"),
    ("AED", "AED"),
    ("SAR", "SAR"),
    ("RON", "RON"),
    ("TRY", "TRY"),
];

/// The currency of a mark that stands alone (`"€"`, `"EUR"`, `"EURO"`).
#[must_use]
pub fn currency_of_mark(text: &str) -> Option<&'static str> {
    let text = text.trim_matches(['(', ')', '[', ']', ':', ',', '.']);
    if text.eq_ignore_ascii_case("euro") || text.eq_ignore_ascii_case("euros") {
        return Some("EUR");
    }
    MARKS.iter().find(|(mark, _)| *mark == text || mark.trim_end_matches('.') == text).map(|m| m.1)
}

/// The currency of a mark attached to a number (`"€12"`, `"12,00€"`).
#[must_use]
pub fn currency_of_amount(text: &str) -> Option<&'static str> {
    let text = text.trim_matches(['(', ')', '-', '+', ':', '*']);
    let front = text.trim_end_matches(|c: char| c.is_ascii_digit() || ".,'’-–".contains(c));
    let back = text.trim_start_matches(|c: char| c.is_ascii_digit() || ".,'’-–".contains(c));
    let digits = |s: &str| s.bytes().any(|b| b.is_ascii_digit());
    if !digits(text) {
        return None;
    }
    currency_of_mark(if digits(front) { "" } else { front }).or_else(|| currency_of_mark(if digits(back) { "" } else { back }))
}

fn core(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_ascii_digit())
}

/// Reads a text that is wholly an amount: digits, separators, sign, brackets and currency mark.
/// Blanks between groups of three digits are allowed.
#[must_use]
pub fn parse(text: &str, convention: Convention) -> Option<Amount> {
    let text = text.trim();
    if text.len() > 32 {
        return None;
    }
    let number = core(text);
    let start = text.find(number).filter(|_| !number.is_empty())?;
    let (before, after) = (&text[..start], &text[start + number.len()..]);
    let negative = sign(before, after)?;
    let strip = |s: &str| s.trim_matches(|c: char| " ()-–−+:*=".contains(c) || c == '\u{a0}').to_owned();
    let (front, back) = (strip(before), strip(after));
    let marked = [&front, &back].iter().any(|s| !s.is_empty());
    let known = |s: &str| s.is_empty() || s == "," || s == ".-" || s == ",-" || currency_of_mark(s).is_some();
    if !known(&front) || !known(&back) {
        return None;
    }
    let (value, decimals) = plain(number, convention)?;
    Some(Amount { value: if negative { -value } else { value }, decimals, marked })
}

/// Whether the amount is negative; `None` where a percent sign or letter glues to it.
fn sign(before: &str, after: &str) -> Option<bool> {
    if after.trim_start().starts_with('%') || before.contains('%') {
        return None;
    }
    let minus = |s: &str| s.contains(['-', '–', '−']) && !s.contains(",-") && !s.contains(".-");
    Some(minus(before) || after.trim() == "-" || (before.contains('(') && after.contains(')')))
}

/// Digits with separators to a value, and whether it has decimals.
fn plain(number: &str, convention: Convention) -> Option<(Decimal, bool)> {
    let compact: String = number.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’')).collect();
    if !compact.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',')) || compact.len() > 18 {
        return None;
    }
    let marks: Vec<(usize, char)> = compact.char_indices().filter(|(_, c)| !c.is_ascii_digit()).collect();
    let point = match marks.as_slice() {
        [] => None,
        [(at, mark)] => single(&compact, *at, *mark, convention).then_some(*at),
        [.., (at, last)] => {
            let first = marks[0].1;
            if marks.iter().all(|(_, c)| *c == first) {
                None
            } else if marks[..marks.len() - 1].iter().all(|(_, c)| *c == first && *c != *last) {
                Some(*at)
            } else {
                return None;
            }
        }
    };
    let whole = &compact[..point.unwrap_or(compact.len())];
    if !grouped(whole) {
        return None;
    }
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let text = point.map_or(digits.clone(), |at| format!("{digits}.{}", &compact[at + 1..]));
    if digits.is_empty() || text.ends_with('.') {
        return None;
    }
    Some((plausible(&text)?, point.is_some()))
}

/// Whether the only mark of a number separates decimals. Three digits behind it are thousands
/// unless the document's convention says that this mark is the decimal one and another is not used.
fn single(compact: &str, at: usize, mark: char, convention: Convention) -> bool {
    let after = compact.len() - at - 1;
    if after != 3 || at > 3 || compact.starts_with('0') {
        return true;
    }
    match convention {
        Convention::Point => mark == '.',
        Convention::Comma => mark == ',',
    }
}

/// Whether separators in the whole part stand before groups of three digits (or two, as in lakh).
fn grouped(whole: &str) -> bool {
    let mut groups = whole.split(['.', ',']);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    rest.is_empty()
        || (first.len() <= 3
            && !first.is_empty()
            && rest.last().is_some_and(|g| g.len() == 3)
            && rest.iter().all(|g| matches!(g.len(), 2 | 3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, convention: Convention) -> String {
        parse(text, convention).map_or_else(|| "none".to_owned(), |a| a.value.to_string())
    }

    #[test]
    fn separators_marks_and_signs_are_read() {
        for (text, value) in [
            ("1,234.56", "1234.56"),
            ("$1,536.52", "1536.52"),
            ("USD 4,740.00", "4740.00"),
            ("(12.00)", "-12.00"),
            ("-5.00", "-5.00"),
            ("12.00-", "-12.00"),
            ("1'234.50", "1234.50"),
            ("90", "90"),
            ("A$ 109.88", "109.88"),
            ("1.5", "1.5"),
            ("2,00,000.00", "200000.00"),
            ("1,536", "1536"),
            ("3.375", "3.375"),
        ] {
            assert_eq!(read(text, Convention::Point), value, "{text}");
        }
        for (text, value) in [
            ("1.234,56", "1234.56"),
            ("33 535,20", "33535.20"),
            ("3 038,14", "3038.14"),
            ("1.234", "1234"),
            ("160,00€", "160.00"),
            ("0,79 €", "0.79"),
            ("12,5", "12.5"),
            ("1,234.56", "1234.56"),
        ] {
            assert_eq!(read(text, Convention::Comma), value, "{text}");
        }
        for text in ["19%", "abc", "12/34", "1.2.3", "RE-12", "12:30", "", "12,34,5"] {
            assert_eq!(read(text, Convention::Point), "none", "{text}");
        }
    }

    #[test]
    fn the_document_decides_the_convention() {
        assert_eq!(Convention::infer(["1.234,56", "12,00", "1.5"].into_iter()), Convention::Comma);
        assert_eq!(Convention::infer(["$12.00", "7.25%", "1,234"].into_iter()), Convention::Point);
        assert_eq!(currency_of_amount("€12"), Some("EUR"));
        assert_eq!(currency_of_amount("12,00€"), Some("EUR"));
        assert_eq!(currency_of_amount("A$5"), Some("AUD"));
        assert_eq!(currency_of_amount("€"), None);
    }
}
