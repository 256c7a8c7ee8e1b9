//! Reading dates and amounts as people write them.
//!
//! Two passes over a file use this: the first collects evidence of how it writes dates and decimals
//! ([`Evidence`]), the second parses under the convention decided from it ([`Convention`]).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use rust_decimal::Decimal;

/// How one file writes what can be read in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Convention {
    /// `03/04/2014` is the fourth of March.
    pub month_first: bool,
    /// `1.234` is one thousand two hundred thirty-four.
    pub comma_decimal: bool,
}

/// What the values of a file say about its convention.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Evidence {
    pub day_first: u64,
    pub month_first: u64,
    pub undecided_dates: u64,
    pub clear_dates: u64,
    pub comma: u64,
    pub point: u64,
    pub undecided_amounts: u64,
    pub clear_amounts: u64,
}

impl Evidence {
    /// Takes in a value of a date column; false: it is no date under either reading.
    pub fn date(&mut self, text: &str) -> bool {
        let day_first = parse_moment(text, Convention { month_first: false, comma_decimal: false });
        let month_first = parse_moment(text, Convention { month_first: true, comma_decimal: false });
        match (day_first, month_first) {
            (Some(a), Some(b)) if a.date == b.date => self.clear_dates += 1,
            (Some(_), Some(_)) => self.undecided_dates += 1,
            (Some(_), None) => self.day_first += 1,
            (None, Some(_)) => self.month_first += 1,
            (None, None) => return false,
        }
        true
    }

    /// Takes in a value of the amount column.
    pub fn amount(&mut self, text: &str) {
        let separators: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| matches!(c, '.' | ',')).collect();
        let Some(&(last_at, last)) = separators.last() else {
            self.clear_amounts += 1;
            return;
        };
        let digits_after = text[last_at + 1..].chars().take_while(char::is_ascii_digit).count();
        let mixed = separators.iter().any(|(_, c)| *c != last);
        let repeated = separators.iter().filter(|(_, c)| *c == last).count() > 1;
        let last_is_decimal = match (mixed, repeated, digits_after) {
            (true, false, _) => true,
            (false, true, _) => false,
            (false, false, 3) => {
                self.undecided_amounts += 1;
                return;
            }
            (false, false, _) => true,
            (true, true, _) => return,
        };
        self.clear_amounts += 1;
        if last_is_decimal == (last == ',') {
            self.comma += 1;
        } else {
            self.point += 1;
        }
    }

    /// The convention of the majority. `hint_comma` and `hint_month_first` decide where no value does.
    pub fn decide(&self, hint_comma: bool, hint_month_first: bool) -> Convention {
        Convention {
            month_first: match self.month_first.cmp(&self.day_first) {
                std::cmp::Ordering::Greater => true,
                std::cmp::Ordering::Less => false,
                std::cmp::Ordering::Equal => hint_month_first,
            },
            comma_decimal: match self.comma.cmp(&self.point) {
                std::cmp::Ordering::Greater => true,
                std::cmp::Ordering::Less => false,
                std::cmp::Ordering::Equal => hint_comma && self.undecided_amounts > 0,
            },
        }
    }

    /// Dates were seen that can be read in two ways and none that settles it.
    pub fn date_order_is_a_guess(&self) -> bool {
        self.undecided_dates > 0 && self.day_first == self.month_first
    }
}

/// Text that means "nothing".
pub(super) fn is_blank(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || matches!(text, "-" | "--" | "0000-00-00" | "00.00.0000" | "00/00/0000" | "NaT")
        || ["null", "none", "nan", "n/a", "na", "#n/a"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A date, with the time of day where one was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub date: Date,
    time: Option<(Time, Option<Offset>)>,
}

impl Moment {
    /// As an instant: local times without an offset count as UTC; midnight stands for
    /// a date without a time, as everywhere in history.
    pub fn instant(self) -> Option<Timestamp> {
        let (time, offset) = self.time.unwrap_or((Time::midnight(), None));
        let zone = offset.map_or(TimeZone::UTC, TimeZone::fixed);
        DateTime::from_parts(self.date, time).to_zoned_datetime(zone).ok().map(|zoned| zoned.timestamp())
    }
}

/// Parses a date in ISO 8601 or a usual local form, with or without a time of day.
pub(super) fn parse_moment(text: &str, convention: Convention) -> Option<Moment> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    let (date_text, time_text) = split_time(text);
    let date = parse_date(date_text, convention)?;
    let time = match time_text {
        Some(time_text) => Some(parse_time(time_text)?),
        None => None,
    };
    Some(Moment { date, time })
}

/// Cuts the time of day off: everything from the word that holds the first colon.
fn split_time(text: &str) -> (&str, Option<&str>) {
    let Some(colon) = text.find(':') else {
        return (text.strip_suffix('Z').unwrap_or(text), None);
    };
    let start = text[..colon].rfind(|c: char| c == 'T' || c.is_whitespace());
    start.map_or((text, None), |at| (text[..at].trim_end_matches([',', ' ']), Some(text[at..].trim_start_matches('T').trim())))
}

fn parse_time(text: &str) -> Option<(Time, Option<Offset>)> {
    let (text, offset) = split_offset(text)?;
    let upper = text.to_ascii_uppercase();
    let (clock, afternoon) = match (upper.strip_suffix("AM"), upper.strip_suffix("PM")) {
        (Some(clock), _) => (clock.trim(), Some(false)),
        (_, Some(clock)) => (clock.trim(), Some(true)),
        _ => (upper.trim(), None),
    };
    let mut parts = clock.split(':');
    let mut hour: i8 = parts.next()?.trim().parse().ok()?;
    let minute: i8 = parts.next()?.parse().ok()?;
    let second: i8 = match parts.next() {
        Some(seconds) => seconds.split(['.', ',']).next()?.parse().ok()?,
        None => 0,
    };
    if parts.next().is_some() {
        return None;
    }
    match afternoon {
        Some(true) if hour < 12 => hour += 12,
        Some(false) if hour == 12 => hour = 0,
        _ => {}
    }
    Some((Time::new(hour, minute, second.min(59), 0).ok()?, offset))
}

fn split_offset(text: &str) -> Option<(&str, Option<Offset>)> {
    if let Some(clock) = text.strip_suffix('Z').or_else(|| text.strip_suffix("UTC")) {
        return Some((clock.trim(), Some(Offset::UTC)));
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, None)) };
    let (clock, offset) = text.split_at(at);
    let digits: String = offset[1..].chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = if digits.len() == 4 { digits[2..].parse().ok()? } else { 0 };
    let seconds = (hours * 60 + minutes) * 60;
    let signed = if offset.starts_with('-') { -seconds } else { seconds };
    Some((clock.trim(), Some(Offset::from_seconds(signed).ok()?)))
}

fn parse_date(text: &str, convention: Convention) -> Option<Date> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits_only(text);
    }
    let mut numbers = [0_u32; 3];
    let mut lengths = [0_usize; 3];
    let mut count = 0;
    for part in text.split(['-', '/', '.']) {
        let part = part.trim();
        if count == 3 || part.is_empty() || part.len() > 4 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return named_month(text);
        }
        numbers[count] = part.parse().ok()?;
        lengths[count] = part.len();
        count += 1;
    }
    if count != 3 {
        return named_month(text);
    }
    if lengths[0] == 4 {
        return civil(numbers[0], numbers[1], numbers[2]);
    }
    let year = full_year(numbers[2], lengths[2])?;
    // Points are written with the day first wherever they are used.
    if convention.month_first && !text.contains('.') { civil(year, numbers[0], numbers[1]) } else { civil(year, numbers[1], numbers[0]) }
}

/// `20140711`, or the day number of a spreadsheet (days since 1899-12-30).
fn digits_only(text: &str) -> Option<Date> {
    match text.len() {
        8 => civil(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?),
        5 => {
            let days: i64 = text.parse().ok()?;
            (20_000..=80_000).contains(&days).then(|| Date::constant(1899, 12, 30).checked_add(jiff::Span::new().days(days)).ok())?
        }
        _ => None,
    }
}

/// `11 Jul 2014`, `11. Juli 2014`, `11-Jul-14`, `July 11, 2014`.
fn named_month(text: &str) -> Option<Date> {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || matches!(c, '-' | '/' | ',' | '.')).filter(|word| !word.is_empty()).collect();
    let [first, second, year] = words.as_slice() else { return None };
    let (month, day) = match (month_number(first), month_number(second)) {
        (Some(month), None) => (month, second),
        (None, Some(month)) => (month, first),
        _ => return None,
    };
    let day = day.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    if !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    civil(full_year(year.parse().ok()?, year.len())?, month, day.parse().ok()?)
}

fn month_number(word: &str) -> Option<u32> {
    const NAMES: [&[&str]; 12] = [
        &["jan"],
        &["feb", "fev"],
        &["mar", "maer", "mrz"],
        &["apr", "avr"],
        &["may", "mai", "mag"],
        &["jun", "juin", "giu"],
        &["jul", "juil", "lug"],
        &["aug", "aou", "ago"],
        &["sep", "set"],
        &["oct", "okt", "ott"],
        &["nov"],
        &["dec", "dez", "dic"],
    ];
    if word.len() < 3 || !word.chars().all(char::is_alphabetic) {
        return None;
    }
    let folded = crate::domain::text::fold(word);
    // The longest prefix wins: `juil` before `jui`, `mai` before `ma`.
    NAMES.iter().zip(1..).find(|(names, _)| names.iter().any(|name| folded.starts_with(name))).map(|(_, number)| number)
}

fn full_year(year: u32, length: usize) -> Option<u32> {
    match length {
        4 => Some(year),
        2 if year < 70 => Some(2000 + year),
        2 => Some(1900 + year),
        _ => None,
    }
}

fn civil(year: u32, month: u32, day: u32) -> Option<Date> {
    if !(1900..=2200).contains(&year) {
        return None;
    }
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Decimals that amounts are kept with; more are rounded, half away from zero.
pub(super) const AMOUNT_SCALE: u32 = 6;

/// Parses an amount: signs before or behind, brackets for minus, currency signs, grouping by point,
/// comma, blank or apostrophe.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn parse_amount(text: &str, convention: Convention) -> Result<Decimal, &'static str> {
    const NOT_A_NUMBER: &str = "not a number";
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err("empty");
    }
    if trimmed.len() > 64 {
        return Err(NOT_A_NUMBER);
    }
    let mut plain = String::with_capacity(trimmed.len());
    let (decimal, grouping) = if convention.comma_decimal { (',', '.') } else { ('.', ',') };
    let mut negative = trimmed.starts_with('(') && trimmed.ends_with(')');
    let mut seen_decimal = false;
    for (at, c) in trimmed.char_indices() {
        match c {
            '0'..='9' => plain.push(c),
            c if c == decimal && !seen_decimal => {
                seen_decimal = true;
                plain.push('.');
            }
            c if c == grouping && !seen_decimal && three_digits_follow(&trimmed[at + 1..]) => {}
            '-' | '\u{2212}' | '\u{2013}' if !negative => negative = true,
            '+' | '(' | ')' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '\u{2019}' | '€' | '£' | '$' | '¥' => {}
            'e' | 'E' if exponent(trimmed) => return from_scientific(trimmed),
            c if c.is_ascii_alphabetic() && currency_word(trimmed) => {}
            _ => return Err(NOT_A_NUMBER),
        }
    }
    if !plain.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(NOT_A_NUMBER);
    }
    let value: Decimal = plain.trim_end_matches('.').parse().map_err(|_| "out of range")?;
    bounded(if negative { -value } else { value })
}

/// A grouping sign stands before exactly three digits; elsewhere it is a decimal sign of another convention.
fn three_digits_follow(rest: &str) -> bool {
    rest.bytes().take_while(u8::is_ascii_digit).count() == 3
}

/// `1.5e3`, as programs print floating point.
fn exponent(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'))
}

fn from_scientific(text: &str) -> Result<Decimal, &'static str> {
    Decimal::from_scientific(text).map_err(|_| "not a number").and_then(bounded)
}

/// Letters are allowed as one three-letter code before or behind the figure.
fn currency_word(text: &str) -> bool {
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let word = |part: &str| part.len() >= 3 && part.bytes().take(3).all(|byte| byte.is_ascii_uppercase());
    letters == 3 && (word(text.trim_start_matches(['-', '+'])) || (text.is_char_boundary(text.len() - 3) && word(&text[text.len() - 3..])))
}

fn bounded(value: Decimal) -> Result<Decimal, &'static str> {
    if value.abs() >= Decimal::from(1_000_000_000_000_000_i64) {
        return Err("out of range");
    }
    Ok(value.round_dp_with_strategy(AMOUNT_SCALE, rust_decimal::RoundingStrategy::MidpointAwayFromZero).normalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY_POINT: Convention = Convention { month_first: false, comma_decimal: false };
    const MONTH_COMMA: Convention = Convention { month_first: true, comma_decimal: true };

    fn date(text: &str, convention: Convention) -> Option<String> {
        parse_moment(text, convention).map(|moment| moment.date.to_string())
    }

    #[test]
    fn dates_in_usual_forms() {
        for text in [
            "2014-07-11",
            "2014/07/11",
            "20140711",
            "11.07.2014",
            "11/07/2014",
            "11-07-14",
            "11 Jul 2014",
            "11-Jul-14",
            "11. Juli 2014",
            "July 11, 2014",
            "11 juillet 2014",
            "2014-07-11T10:22:33",
            "2014-07-11 00:00:00.000",
            "11/07/2014 09:15 PM",
            "41831",
        ] {
            assert_eq!(date(text, DAY_POINT).as_deref(), Some("2014-07-11"), "{text}");
        }
        assert_eq!(date("07/11/2014", MONTH_COMMA).as_deref(), Some("2014-07-11"));
        assert_eq!(date("11.07.2014", MONTH_COMMA).as_deref(), Some("2014-07-11"));
        for text in ["31.02.2015", "2014-13-01", "yesterday", "12", "1/2/3/4", "11 Foo 2014", "", "99999999"] {
            assert_eq!(date(text, DAY_POINT), None, "{text}");
        }
    }

    #[test]
    fn instants_keep_time_and_offset() {
        let instant = |text| parse_moment(text, DAY_POINT).and_then(Moment::instant).map(|at| at.to_string());
        assert_eq!(instant("2014-07-11 22:05").as_deref(), Some("2014-07-11T22:05:00Z"));
        assert_eq!(instant("2014-07-11T22:05:09+02:00").as_deref(), Some("2014-07-11T20:05:09Z"));
        assert_eq!(instant("2014-07-11").as_deref(), Some("2014-07-11T00:00:00Z"));
        assert_eq!(instant("2014-07-11 25:05"), None);
    }

    #[test]
    fn amounts_in_usual_forms() {
        for (text, convention, expected) in [
            ("1234.50", DAY_POINT, "1234.5"),
            ("1,234.50", DAY_POINT, "1234.5"),
            ("1.234,50", MONTH_COMMA, "1234.5"),
            ("1 234,50 €", MONTH_COMMA, "1234.5"),
            ("1'234.50", DAY_POINT, "1234.5"),
            ("(1,234.50)", DAY_POINT, "-1234.5"),
            ("1234.50-", DAY_POINT, "-1234.5"),
            ("EUR 12", DAY_POINT, "12"),
            ("-12.00 GBP", DAY_POINT, "-12"),
            ("10.005", DAY_POINT, "10.005"),
            ("1.5e3", DAY_POINT, "1500"),
            ("1.234", MONTH_COMMA, "1234"),
            ("1,234,567", DAY_POINT, "1234567"),
        ] {
            assert_eq!(parse_amount(text, convention).map(|amount| amount.to_string()).as_deref(), Ok(expected), "{text}");
        }
        for text in ["", "abc", "12x", "1.2.3", "12,50", "-", "1e400", "99999999999999999999"] {
            assert!(parse_amount(text, DAY_POINT).is_err(), "{text}");
        }
        assert!(parse_amount("12.50", MONTH_COMMA).is_err(), "another convention is refused, not misread");
    }

    #[test]
    fn conventions_are_decided_by_the_whole_file() {
        let mut evidence = Evidence::default();
        for text in ["03/04/2014", "05/06/2014", "13/06/2014"] {
            assert!(evidence.date(text));
        }
        for text in ["1.234", "1.234,5", "7"] {
            evidence.amount(text);
        }
        assert_eq!(evidence.decide(false, true), Convention { month_first: false, comma_decimal: true });
        let mut open = Evidence::default();
        open.date("03/04/2014");
        open.amount("1.234");
        assert!(open.date_order_is_a_guess());
        assert_eq!(open.decide(true, true), Convention { month_first: true, comma_decimal: true });
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(text in "\\PC{0,40}", month_first: bool, comma_decimal: bool) {
            let convention = Convention { month_first, comma_decimal };
            let _ = parse_moment(&text, convention).and_then(Moment::instant);
            let _ = parse_amount(&text, convention);
            let mut evidence = Evidence::default();
            evidence.date(&text);
            evidence.amount(&text);
        }
    }
}
