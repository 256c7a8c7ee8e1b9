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
    /// From all numbers of a document: what stands before a final group of two digits decides. Where no number
    /// has such a group, points before groups of three digits only are thousands.
    #[must_use]
    pub fn infer<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let (mut point, mut comma, mut thousands) = (0, 0, 0);
        for text in texts {
            let digits = core(text);
            let bytes = digits.as_bytes();
            if bytes.len() < 4 || !bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'\'')) {
                continue;
            }
            match (bytes[bytes.len() - 3], bytes[bytes.len() - 4]) {
                (b'.', _) if bytes.iter().filter(|b| **b == b'.').count() == 1 => point += 1,
                (b',', _) if bytes.iter().filter(|b| **b == b',').count() == 1 => comma += 1,
                (_, b'.') if bytes.len() > 4 && bytes[0] != b'0' && !bytes.contains(&b',') => thousands += 1,
                _ => {}
            }
        }
        if comma > point || (point == 0 && thousands > 1) { Self::Comma } else { Self::Point }
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
#[rustfmt::skip]
pub const MARKS: &[(&str, &str)] = &[
    ("A$", "AUD"), ("AU$", "AUD"), ("C$", "CAD"), ("CA$", "CAD"), ("US$", "USD"), ("NZ$", "NZD"), ("HK$", "HKD"),
    ("S$", "SGD"), ("R$", "BRL"), ("€", "EUR"), ("$", "USD"), ("£", "GBP"), ("₹", "INR"), ("¥", "JPY"), ("zł", "PLN"),
    ("Kč", "CZK"), ("RM", "MYR"), ("Rs.", "INR"), ("Rs", "INR"), ("Fr.", "CHF"), ("SFr.", "CHF"), ("EUR", "EUR"),
    ("USD", "USD"), ("GBP", "GBP"), ("CHF", "CHF"), ("AUD", "AUD"), ("CAD", "CAD"), ("NZD", "NZD"), ("SEK", "SEK"),
    ("NOK", "NOK"), ("DKK", "DKK"), ("PLN", "PLN"), ("CZK", "CZK"), ("HUF", "HUF"), ("INR", "INR"), ("JPY", "JPY"),
    ("MYR", "MYR"), ("SGD", "SGD"), ("ZAR", "ZAR"), ("BRL", "BRL"), ("MXN", "MXN"), ("CNY", "CNY"), ("AED", "AED"),
    ("SAR", "SAR"), ("RON", "RON"), ("TRY", "TRY"), ("₱", "PHP"), ("PHP", "PHP"), ("Rp", "IDR"), ("Rp.", "IDR"),
    ("IDR", "IDR"), ("฿", "THB"), ("THB", "THB"), ("₩", "KRW"), ("KRW", "KRW"), ("₺", "TRY"), ("₫", "VND"),
    ("VND", "VND"), ("NT$", "TWD"), ("MX$", "MXN"), 
    ("HKD", "HKD"), ("TWD", "TWD"), ("₪", "ILS"), ("Eur", "EUR"), ("Euro", "EUR"), ("EURO", "EUR"), ("eur", "EUR"),
    ("zl", "PLN"),
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

/// Marks that are words too, so that they name a currency only where they are attached to a number.
const ATTACHED: &[&str] = &["R", "Rm", "rm", "kr", "kr.", "Ft", "lei", "Lei", "P", "K", "F"];

/// Letters of a tax class that tills print behind an amount.
const CLASSES: &[&str] = &["SR", "ZR", "ZRL", "ZRE", "TX", "NT", "OS", "ES", "DS", "RM"];

/// Reads a text that is wholly an amount: digits, separators, sign, brackets and currency mark.
/// Blanks between groups of three digits are allowed. Where two decimals leave no doubt, so are what tills
/// and readers of pictures add: a class letter behind (`"12.50 SR"`), a label or a stray mark before
/// (`"TOTAL12.50"`, `"*12.50"`), letters for digits (`"1O.00"`), no zero before the point (`".70"`).
#[must_use]
pub fn parse(text: &str, convention: Convention) -> Option<Amount> {
    let text = text.trim();
    if text.len() > 32 {
        return None;
    }
    printed(text, convention).or_else(|| printed(&digits_for_letters(text)?, convention))
}

fn printed(text: &str, convention: Convention) -> Option<Amount> {
    let number = core(text);
    let start = text.find(number).filter(|_| !number.is_empty())?;
    let (mut before, after) = (&text[..start], &text[start + number.len()..]);
    let negative = sign(before, after)?;
    let pointed = number.len() == 2 && before.ends_with(['.', ',']) && number.bytes().all(|b| b.is_ascii_digit());
    let (value, decimals) = if pointed {
        before = &before[..before.len() - 1];
        (plausible(&format!("0.{number}"))?, true)
    } else {
        plain(number, convention)?
    };
    let strip = |s: &str| s.trim_matches(|c: char| " ()[]-–−+:*=~'\"".contains(c) || c == '\u{a0}').to_owned();
    let (front, back) = (strip(before), strip(after));
    let certain = decimals && value.scale() == 2;
    let mark =
        |s: &str| currency_of_mark(s).is_some() || ATTACHED.contains(&s) || (!s.is_empty() && s.chars().all(|c| "€$£¥₹".contains(c)));
    let known = |s: &str| s.is_empty() || s == "," || s == "." || s == ".-" || s == ",-" || mark(s);
    let fits_before = known(&front) || certain && (stray(&front) || label(&front));
    let fits_after = known(&back) || certain && class(&back);
    let marked = mark(&front) || mark(&back) || "€$£".chars().any(|c| front.ends_with(c)) || front.ends_with("RM");
    (fits_before && fits_after).then_some(Amount { value: if negative { -value } else { value }, decimals, marked })
}

/// A single mark that readers of pictures see before a number, or an `S` for a dollar.
fn stray(front: &str) -> bool {
    let mut chars = front.chars();
    matches!((chars.next(), chars.next()), (Some(c), None) if c == 'S' || c == 's' || !c.is_alphanumeric() && !matches!(c, '#' | '@' | '/' | '_' | '.' | ','))
}

/// A word that has grown to a number, perhaps with the currency's mark between.
fn label(front: &str) -> bool {
    let word = front.trim_end_matches(['$', '€', '£', ' ', ':', '.']);
    word.chars().count() >= 3 && word.chars().all(|c| c.is_alphabetic() || c == ' ') && word.chars().next().is_some_and(char::is_uppercase)
}

/// A tax class behind an amount; a unit of measure is none.
fn class(back: &str) -> bool {
    let letter = matches!(back.as_bytes(), [c] if c.is_ascii_uppercase() && !b"GLMHK".contains(c));
    letter || CLASSES.contains(&back)
}

/// A number with letters that readers of pictures take for digits, turned back: two decimals at its end and more digits
/// than letters.
fn digits_for_letters(text: &str) -> Option<String> {
    let first = text.find(|c: char| c.is_ascii_digit() || "OoIl|SBZz".contains(c))?;
    let (front, number) = text.split_at(first);
    let (front, number) = match number.strip_prefix(['S', 's']).filter(|rest| rest.len() > 3) {
        Some(rest) if front.is_empty() => ("$", rest),
        _ => (front, number),
    };
    let point = number.rfind(['.', ','])?;
    let count = |f: fn(char) -> bool| number.chars().filter(|c| f(*c)).count();
    let digits = count(|c| c.is_ascii_digit());
    if number.len() - point != 3 || point == 0 || digits == 0 || digits < count(char::is_alphabetic) {
        return None;
    }
    let turn = |c: char| match c {
        'O' | 'o' | 'D' => Some('0'),
        'I' | 'l' | '|' | 'i' => Some('1'),
        'S' | 's' => Some('5'),
        'B' => Some('8'),
        'Z' | 'z' => Some('2'),
        c if c.is_ascii_digit() || matches!(c, '.' | ',') => Some(c),
        _ => None,
    };
    let turned: Option<String> = number.chars().map(turn).collect();
    turned.map(|number| format!("{front}{number}")).filter(|turned| turned != text)
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
            ("RM9.00", "9.00"),
            ("$ 8,20", "8.20"),
            ("*12.50", "12.50"),
            ("12.50A", "12.50"),
            ("8.59-A", "8.59"),
            ("12.50 SR", "12.50"),
            ("4.50-", "-4.50"),
            ("TOTAL12.50", "12.50"),
            ("Total$12.50", "12.50"),
            ("1O.00", "10.00"),
            ("$O.00", "0.00"),
            ("SO.15", "0.15"),
            ("S8.20", "8.20"),
            (".70", "0.70"),
            ("-.26", "-0.26"),
            ("$€911.41", "911.41"),
            ("12,34,567.00", "1234567.00"),
            ("R12.50", "12.50"),
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
        for text in
            ["19%", "abc", "12/34", "1.2.3", "RE-12", "12:30", "", "12,34,5", "2.5L", "0.500KG", "No12.5", "A12", "IS12", "v1.10", "#12.50"]
        {
            assert_eq!(read(text, Convention::Point), "none", "{text}");
        }
    }

    #[test]
    fn the_document_decides_the_convention() {
        assert_eq!(Convention::infer(["1.234,56", "12,00", "1.5"].into_iter()), Convention::Comma);
        assert_eq!(Convention::infer(["$12.00", "7.25%", "1,234"].into_iter()), Convention::Point);
        assert_eq!(Convention::infer(["45.000", "12.500", "57.500"].into_iter()), Convention::Comma);
        assert_eq!(Convention::infer(["45.000", "0.500", "12.50"].into_iter()), Convention::Point);
        assert_eq!(currency_of_amount("€12"), Some("EUR"));
        assert_eq!(currency_of_amount("12,00€"), Some("EUR"));
        assert_eq!(currency_of_amount("A$5"), Some("AUD"));
        assert_eq!(currency_of_amount("€"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_an_amount_or_none(text in "[0-9OlSB.,' €$-]{0,20}|\\PC{0,40}|[A-Za-z]{0,6}[0-9]{1,5}[.,][0-9]{0,3}[A-Z]{0,3}") {
            for convention in [Convention::Point, Convention::Comma] {
                if let Some(amount) = parse(&text, convention) {
                    proptest::prop_assert!(text.chars().any(|c| c.is_ascii_digit()) && amount.value.scale() <= 18);
                }
            }
            let _ = currency_of_amount(&text);
        }

        #[test]
        fn what_is_printed_is_read(cents in 0_i64..100_000_000_000) {
            let (whole, rest) = (cents / 100, cents % 100);
            let grouped = |mark: char| {
                let digits = whole.to_string();
                let mut out = String::new();
                for (i, c) in digits.chars().enumerate() {
                    if i > 0 && (digits.len() - i).is_multiple_of(3) {
                        out.push(mark);
                    }
                    out.push(c);
                }
                out
            };
            let value = Decimal::new(cents, 2);
            proptest::prop_assert_eq!(parse(&format!("${}.{rest:02}", grouped(',')), Convention::Comma).map(|a| a.value), Some(value));
            proptest::prop_assert_eq!(parse(&format!("{},{rest:02} €", grouped('.')), Convention::Point).map(|a| a.value), Some(value));
            proptest::prop_assert_eq!(parse(&format!("{},{rest:02}", grouped(' ')), Convention::Comma).map(|a| a.value), Some(value));
        }
    }
}
