//! What a page shows, indexed so that a value of the XML is found in whatever form it is printed:
//! amounts under either decimal mark, dates in any order and eight languages, identifiers and accounts
//! with any spacing, names by their words.

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::{BTreeSet, HashSet};

use crate::domain::text::company_key;
use crate::extraction::amounts::{currency_of_amount, currency_of_mark};
use crate::extraction::dates;
use crate::extraction::layout::{Doc, Row, Token};

/// Tokens that one printed date or amount is cut into, at most.
const MAX_PIECES: usize = 6;
/// No date or amount is longer, in bytes.
const LONGEST_DATE: usize = 40;
/// Words of the next rows among which the rest of a broken date is looked for.
const WORDS_BELOW: usize = 30;
/// Letters and digits of an IBAN (ISO 13616).
const IBAN_LENGTHS: std::ops::RangeInclusive<usize> = 15..=34;
/// Names of which this share of letters is printed are shown.
const NAME_SHARE: f64 = 0.5;

/// Beginnings of words that stand beside what is to be paid, in the languages of [`dates`], folded.
#[rustfmt::skip]
const OF_TOTALS: &[&str] = &[
    "total", "totaal", "gesamt", "endbetrag", "endsumme", "rechnungsbetrag", "zahlbetrag", "brutto", "zahlen", "montant", "payer",
    "importe", "pagar", "betalen", "amount", "due", "payable", "betala", "suma", "razem", "zaplaty",
];

/// The index.
#[derive(Debug, Default)]
pub(super) struct Shown {
    amounts: HashSet<Decimal>,
    /// Those in a row with a word of [`OF_TOTALS`].
    totals: HashSet<Decimal>,
    dates: BTreeSet<Date>,
    /// Upper-case letters and digits of all tokens in order.
    letters: Vec<u8>,
    /// For each of `letters`: whether a printed word or part of one starts there; one more at the end.
    starts: Vec<bool>,
    words: HashSet<String>,
    currencies: Vec<&'static str>,
}

impl Shown {
    pub(super) fn of(doc: &Doc) -> Self {
        let mut shown = Self::default();
        for row in &doc.rows {
            shown.add_row(doc, row);
            shown.add_wrapped_dates(doc, row);
        }
        shown.starts.push(true);
        shown
    }

    fn add_row(&mut self, doc: &Doc, row: &Row) {
        let tokens = &doc.tokens[row.first..row.end];
        let of_total = tokens.iter().any(|token| OF_TOTALS.iter().any(|word| token.folded.starts_with(word)));
        for (at, token) in tokens.iter().enumerate() {
            self.words.insert(token.folded.clone());
            self.add_letters(&token.text);
            let mark = currency_of_amount(&token.text).or_else(|| currency_of_mark(token.text.trim_matches([':', ')', '(', '.', ','])));
            self.currencies.extend(mark);
            if !token.text.bytes().any(|b| b.is_ascii_alphanumeric()) {
                continue;
            }
            let mut joined = String::new();
            for piece in tokens[at..].iter().take(MAX_PIECES) {
                if !joined.is_empty() {
                    joined.push(' ');
                }
                joined.push_str(&piece.text);
                if joined.len() > LONGEST_DATE {
                    break;
                }
                self.add_date(&joined);
                // digits in groups, apart: "1 234,56"
                let pieces = joined.split(' ').count();
                if pieces == 1 || (pieces <= 4 && is_group(&piece.text)) {
                    self.add_amounts(&joined, of_total);
                }
            }
        }
    }

    /// Dates that a narrow cell broke before the year: `February 15,` above `2022`.
    fn add_wrapped_dates(&mut self, doc: &Doc, row: &Row) {
        let year = |token: &&Token| token.text.len() == 4 && token.text.bytes().all(|b| b.is_ascii_digit());
        let next = &doc.tokens[row.end..doc.tokens.len().min(row.end + WORDS_BELOW)];
        for below in next.iter().filter(year) {
            let tokens = &doc.tokens[row.first..row.end];
            let over = |token: &&Token| {
                token.page == below.page
                    && below.y0 - token.y1 < doc.height
                    && token.x0 < below.x1 + doc.height
                    && token.x1 > below.x0 - 6.0 * doc.height
            };
            for (at, _) in tokens.iter().enumerate().filter(|(_, token)| over(token)) {
                for count in 1..=3 {
                    let Some(pieces) = tokens.get(at..at + count) else { break };
                    let text: Vec<&str> = pieces.iter().map(|token| token.text.as_str()).chain([below.text.as_str()]).collect();
                    self.add_date(&text.join(" "));
                }
            }
        }
    }

    fn add_letters(&mut self, text: &str) {
        let mut start = true;
        for byte in deunicode::deunicode(text).bytes() {
            if byte.is_ascii_alphanumeric() {
                self.letters.push(byte.to_ascii_uppercase());
                self.starts.push(start);
            }
            start = !byte.is_ascii_alphanumeric();
        }
    }

    fn add_date(&mut self, text: &str) {
        let bare = text.trim_matches(|c: char| !c.is_alphanumeric());
        let behind_label = bare.rfind(':').map_or(bare, |at| &bare[at + 1..]);
        let mut readings = vec![dates::parse(behind_label)];
        if !text.contains(' ') {
            readings.extend(text.split(|c: char| !c.is_ascii_digit() && !".-/".contains(c)).map(dates::parse));
            if bare.len() == 8 && bare.bytes().all(|b| b.is_ascii_digit()) {
                readings.push(dates::parse(&format!("{}-{}-{}", &bare[..4], &bare[4..6], &bare[6..])));
            }
        }
        self.dates.extend(readings.into_iter().flatten().flat_map(|guess| [guess.day_first, guess.month_first]).flatten());
    }

    fn add_amounts(&mut self, text: &str, of_total: bool) {
        let separator = |c: char| matches!(c, '.' | ',' | '\'' | '’' | '·' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}');
        for core in text.split(|c: char| !c.is_ascii_digit() && !separator(c)) {
            let core = core.trim_matches(|c: char| !c.is_ascii_digit());
            let groups: Vec<&str> = core.split(separator).collect();
            if core.is_empty() || core.len() > 24 || groups.iter().any(|group| group.is_empty()) {
                continue;
            }
            let digits = groups.concat();
            let last = groups.last().copied().unwrap_or_default();
            let in_threes = groups[1..].iter().all(|group| group.len() == 3);
            if in_threes && let Ok(whole) = digits.parse::<Decimal>() {
                self.add_amount(whole, of_total);
            }
            let mark = core.chars().rev().nth(last.len()).is_some_and(|c| matches!(c, '.' | ',' | '·'));
            let grouped = groups.len() < 3 || groups[1..groups.len() - 1].iter().all(|group| group.len() == 3);
            if mark && grouped && groups.len() > 1 && last.len() <= 6 {
                let (whole, fraction) = digits.split_at(digits.len() - last.len());
                if let Ok(amount) = format!("{whole}.{fraction}").parse::<Decimal>() {
                    self.add_amount(amount, of_total);
                }
            }
        }
    }

    fn add_amount(&mut self, amount: Decimal, of_total: bool) {
        self.amounts.insert(amount.normalize());
        if of_total {
            self.totals.insert(amount.normalize());
        }
    }

    /// Whether the page calls amounts the total, and this one is none of them: then it may stand there by
    /// chance, or to deceive.
    pub(super) fn calls_another_the_total(&self, amount: Decimal) -> bool {
        !self.totals.is_empty() && !Self::forms(amount).iter().any(|amount| self.totals.contains(amount))
    }

    /// Whether the page calls this the total.
    pub(super) fn calls_it_the_total(&self, amount: Decimal) -> bool {
        self.totals.contains(&amount.abs().normalize())
    }

    /// Whether there is enough text with figures that a missing value means something.
    pub(super) fn is_usable(&self) -> bool {
        self.letters.len() >= 80 && self.amounts.len() >= 3
    }

    /// An amount, whatever its sign; one with more decimals than are printed also rounded.
    pub(super) fn amount(&self, amount: Decimal) -> bool {
        Self::forms(amount).iter().any(|amount| self.amounts.contains(amount))
    }

    fn forms(amount: Decimal) -> [Decimal; 3] {
        let rounded = |strategy| amount.round_dp_with_strategy(2, strategy);
        [amount, rounded(RoundingStrategy::MidpointAwayFromZero), rounded(RoundingStrategy::MidpointNearestEven)]
            .map(|amount| amount.abs().normalize())
    }

    pub(super) fn date(&self, date: Date) -> bool {
        self.dates.contains(&date)
    }

    pub(super) fn has_dates(&self) -> bool {
        !self.dates.is_empty()
    }

    /// A number or code: its letters and digits in order, between the ends of printed words or where
    /// letters meet digits (`Rechnung4711`); else without leading zeros, else by its longest number.
    pub(super) fn identifier(&self, identifier: &str) -> bool {
        let compact = compact(identifier);
        let longest = compact.split(|b: &u8| !b.is_ascii_digit()).max_by_key(|run| run.len()).unwrap_or_default();
        let bare = longest.iter().position(|&b| b != b'0').map_or(longest, |at| &longest[at..]);
        self.between_ends(&compact)
            || (compact.len() == longest.len() && bare.len() >= 3 && self.between_ends(bare))
            || (compact.len() > longest.len() && longest.len() >= 5 && self.between_ends(longest))
    }

    fn between_ends(&self, wanted: &[u8]) -> bool {
        if wanted.is_empty() {
            return false;
        }
        let letters = &self.letters;
        let turns = |at: usize| {
            self.starts.get(at).copied().unwrap_or(true)
                || (at > 0 && letters.get(at).is_some_and(|b| b.is_ascii_digit() != letters[at - 1].is_ascii_digit()))
        };
        letters.windows(wanted.len()).enumerate().any(|(at, window)| window == wanted && turns(at) && turns(at + wanted.len()))
    }

    /// An account: as a whole, or in two parts on two rows.
    pub(super) fn iban(&self, iban: &str) -> bool {
        let wanted = compact(iban);
        let has = |part: &[u8]| self.letters.windows(part.len().max(1)).any(|window| window == part);
        has(&wanted) || (12..wanted.len().saturating_sub(1)).rev().any(|cut| has(&wanted[..cut]) && self.between_ends(&wanted[cut..]))
    }

    /// Other accounts with an IBAN's beginning, as printed without spaces.
    pub(super) fn other_ibans(&self, than: &str) -> Vec<String> {
        let than = compact(than);
        let mut found = Vec::new();
        for at in (0..self.letters.len()).filter(|&at| self.starts[at]) {
            let Some(text) = self.iban_at(at) else { continue };
            if text.as_bytes() != than && !found.iter().any(|known| known == text) {
                found.push(text.to_owned());
            }
        }
        found
    }

    /// The account that begins at a letter, whatever its country: the registry knows how long it is.
    fn iban_at(&self, at: usize) -> Option<&str> {
        let head = self.letters.get(at..at + 4)?;
        if !head[..2].iter().all(u8::is_ascii_uppercase) || !head[2..].iter().all(u8::is_ascii_digit) {
            return None;
        }
        let text = |length: usize| std::str::from_utf8(self.letters.get(at..at + length)?).ok();
        IBAN_LENGTHS.filter_map(text).find(|text| text.parse::<crate::domain::Iban>().is_ok())
    }

    /// A company's or person's name, by its words without the legal form.
    pub(super) fn name(&self, name: &str) -> bool {
        let key = company_key(name);
        let words: Vec<&str> = key.split(' ').filter(|word| word.len() > 2).collect();
        let weight = |words: &[&str]| words.iter().map(|word| word.len()).sum::<usize>() as f64;
        if words.is_empty() {
            return self.identifier(name);
        }
        let printed: Vec<&str> = words.iter().copied().filter(|word| self.word(word)).collect();
        weight(&printed) >= NAME_SHARE * weight(&words)
    }

    fn word(&self, word: &str) -> bool {
        let wanted = word.to_ascii_uppercase();
        self.words.contains(word) || (word.len() > 4 && self.letters.windows(wanted.len()).any(|window| window == wanted.as_bytes()))
    }

    /// The currency that the page names instead, where it names one and never this.
    pub(super) fn other_currency(&self, currency: &str) -> Option<&'static str> {
        let dollar = |code: &str| matches!(code, "USD" | "CAD" | "AUD" | "NZD" | "SGD" | "HKD");
        let same = |shown: &&str| *shown == currency || (dollar(shown) && dollar(currency));
        if self.currencies.iter().any(same) || self.between_ends(currency.as_bytes()) {
            return None;
        }
        let other = *self.currencies.first()?;
        (self.currencies.iter().filter(|shown| **shown == other).count() >= 2).then_some(other)
    }
}

fn compact(text: &str) -> Vec<u8> {
    deunicode::deunicode(text).bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_uppercase()).collect()
}

/// Whether this can go on an amount that is printed with spaces between its groups of three.
fn is_group(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    digits == 3 && text[digits..].chars().next().is_none_or(|c| matches!(c, '.' | ',' | '€' | '$'))
}
