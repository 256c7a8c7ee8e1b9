//! Typed candidates: every date, amount, identifier, IBAN and name line that the parsers find.
//!
//! Runs on an arranged document, before the model. It decides nothing: a candidate is only a text
//! that could be a field's value, with its canonical form and place.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::amounts::{self, Convention};
use super::dates;
use super::layout::{Doc, Segment};
use crate::domain::identifiers::{Iban, VatId};
use crate::domain::{FieldName, text};

/// What a candidate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A date.
    Date,
    /// An amount of money.
    Amount,
    /// A number or code: invoice, order or tax number.
    Identifier,
    /// A bank account with right check digits.
    Iban,
    /// A line that could name a company or person.
    Name,
}

/// The fields that the model scores, in the order of its output columns.
pub const SCORED: [FieldName; 11] = [
    FieldName::InvoiceNumber,
    FieldName::IssueDate,
    FieldName::DueDate,
    FieldName::SupplierName,
    FieldName::SupplierTaxId,
    FieldName::BuyerName,
    FieldName::Iban,
    FieldName::PurchaseOrder,
    FieldName::NetAmount,
    FieldName::TaxAmount,
    FieldName::TotalAmount,
];

impl Kind {
    /// The kind whose candidates can be the value of `field`.
    #[must_use]
    pub fn of(field: FieldName) -> Option<Self> {
        match field {
            FieldName::IssueDate | FieldName::DueDate => Some(Self::Date),
            FieldName::NetAmount | FieldName::TaxAmount | FieldName::TotalAmount => Some(Self::Amount),
            FieldName::InvoiceNumber | FieldName::PurchaseOrder | FieldName::SupplierTaxId => Some(Self::Identifier),
            FieldName::Iban => Some(Self::Iban),
            FieldName::SupplierName | FieldName::BuyerName => Some(Self::Name),
            FieldName::SupplierAddress | FieldName::Currency => None,
        }
    }
}

/// A text that could be a field's value.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What it is.
    pub kind: Kind,
    /// First token; a value stands in one row (an IBAN or name may go on in the next).
    pub first: usize,
    /// One past the last token of the first row.
    pub end: usize,
    /// Tokens of a second row.
    pub more: Option<(usize, usize)>,
    /// Canonical text: ISO date, plain decimal, identifier as printed, IBAN, name as printed.
    pub value: String,
    /// The date.
    pub date: Option<Date>,
    /// The amount, with what was printed.
    pub amount: Option<amounts::Amount>,
    /// A tax id by structure; `true` where its check digits are right too.
    pub vat: Option<bool>,
    /// For names: cut out of a longer line.
    pub part: bool,
}

impl Candidate {
    fn new(kind: Kind, first: usize, end: usize, value: String) -> Self {
        Self { kind, first, end, more: None, value, date: None, amount: None, vat: None, part: false }
    }

    /// Its amount, zero where it is none.
    #[must_use]
    pub fn decimal(&self) -> Decimal {
        self.amount.map_or(Decimal::ZERO, |a| a.value)
    }
}

/// A document's conventions, taken from all its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conventions {
    /// Decimal mark.
    pub decimal: Convention,
    /// Whether `03/04/2020` is the fourth of March.
    pub month_first: bool,
}

/// Finds all candidates, by kind and place.
#[must_use]
pub fn find(doc: &Doc) -> (Vec<Candidate>, Conventions) {
    let decimal = Convention::infer(doc.tokens.iter().map(|t| t.text.as_str()));
    let mut taken = vec![false; doc.tokens.len()];
    let (mut found, month_first) = find_dates(doc, &mut taken, decimal);
    find_ibans(doc, &mut taken, &mut found);
    find_amounts(doc, decimal, &taken, &mut found);
    find_identifiers(doc, &taken, &mut found);
    find_names(doc, &mut found);
    (found, Conventions { decimal, month_first })
}

/// The part of a token behind a glued label (`"Date:12/03/2020"`, `"No.#17"`).
fn behind_label(text: &str) -> &str {
    let tail = text.rfind([':', '#']).map_or(text, |at| &text[at + 1..]);
    if tail.is_empty() { text } else { tail }
}

fn find_dates(doc: &Doc, taken: &mut [bool], decimal: Convention) -> (Vec<Candidate>, bool) {
    let mut guesses = Vec::new();
    for row in &doc.rows {
        let mut at = row.first;
        while at < row.end {
            let hit = (1..=5.min(row.end - at)).rev().find_map(|n| {
                let joined = doc.text(at, at + n);
                if n > 1 && wide_gap(doc, at, at + n) {
                    return None;
                }
                dates::parse(behind_label(&joined)).map(|guess| (n, guess))
            });
            match hit {
                Some((n, guess)) => {
                    taken[at..at + n].fill(true);
                    guesses.push((at, at + n, guess));
                    at += n;
                }
                None => at += 1,
            }
        }
    }
    let month = guesses.iter().filter(|g| g.2.proves_month_first()).count();
    let day = guesses.iter().filter(|g| g.2.proves_day_first()).count();
    let month_first = if month == day { american(doc, decimal) } else { month > day };
    let found = guesses.into_iter().filter_map(|(first, end, guess)| {
        let date = guess.resolve(month_first)?;
        Some(Candidate { date: Some(date), ..Candidate::new(Kind::Date, first, end, date.to_string()) })
    });
    (found.collect(), month_first)
}

/// Whether a document without other proof looks North American: dollars and decimal points, no VAT or euro.
fn american(doc: &Doc, decimal: Convention) -> bool {
    let has = |mark: char| doc.tokens.iter().any(|t| t.text.contains(mark));
    let word = |word: &str| doc.tokens.iter().any(|t| t.folded == word);
    let other = ["vat", "gst", "abn", "aud", "eur", "gbp", "nzd", "sgd", "inr", "chf"].iter().any(|w| word(w));
    decimal == Convention::Point
        && !has('€')
        && !has('£')
        && !other
        && (has('$') || word("usd"))
        && !doc.tokens.iter().any(|t| t.text.starts_with("A$"))
}

/// Whether tokens `first..end` are set apart from one another as columns are.
fn wide_gap(doc: &Doc, first: usize, end: usize) -> bool {
    doc.tokens[first..end].windows(2).any(|w| w[1].x0 - w[0].x1 > 1.2 * w[0].height())
}

fn find_ibans(doc: &Doc, taken: &mut [bool], found: &mut Vec<Candidate>) {
    for row in 0..doc.rows.len() {
        let (from, to) = (doc.rows[row].first, doc.rows[row].end);
        let mut at = from;
        while at < to {
            let Some((end, more, iban)) = iban_at(doc, at, to) else {
                at += 1;
                continue;
            };
            taken[at..end].fill(true);
            if let Some((first, last)) = more {
                taken[first..last].fill(true);
            }
            found.push(Candidate { more, ..Candidate::new(Kind::Iban, at, end, iban) });
            at = end;
        }
    }
}

/// One past the last token, the tokens of a second row, the IBAN.
type FoundIban = (usize, Option<(usize, usize)>, String);

/// An IBAN that begins at a token, in groups along the row, at most broken once into the row below.
fn iban_at(doc: &Doc, at: usize, to: usize) -> Option<FoundIban> {
    let head = behind_label(&doc.tokens[at].text);
    let upper = head.strip_prefix("IBAN").unwrap_or(head);
    let bytes = upper.as_bytes();
    let starts =
        bytes.len() >= 2 && bytes[0].is_ascii_uppercase() && bytes[1].is_ascii_uppercase() && bytes.get(2).is_none_or(u8::is_ascii_digit);
    if !starts {
        return None;
    }
    let mut joined = upper.to_owned();
    for end in at + 1..=to.min(at + 10) {
        if end > at + 1 {
            joined.push_str(&doc.tokens[end - 1].text);
        }
        if let Ok(iban) = trimmed(&joined).parse::<Iban>() {
            return Some((end, None, iban.as_str().to_owned()));
        }
    }
    let row = doc.tokens[at].row;
    let below = *doc.below(row, (doc.tokens[at].x0 - 60.0, doc.tokens[at].x1 + 60.0), 1, doc.height * 2.5).first()?;
    let next = &doc.segments[below];
    for end in at + 1..=to.min(at + 8) {
        let mut text = upper.to_owned();
        doc.tokens[at + 1..end].iter().for_each(|t| text.push_str(&t.text));
        for last in next.first + 1..=next.end.min(next.first + 6) {
            text.push_str(&doc.tokens[last - 1].text);
            if let Ok(iban) = trimmed(&text).parse::<Iban>() {
                return Some((end, Some((next.first, last)), iban.as_str().to_owned()));
            }
        }
    }
    None
}

fn trimmed(text: &str) -> &str {
    text.trim_end_matches([',', ';', '.', ')', '|'])
}

fn find_amounts(doc: &Doc, decimal: Convention, taken: &[bool], found: &mut Vec<Candidate>) {
    let mut at = 0;
    while at < doc.tokens.len() {
        let (end, amount) = if taken[at] { (at + 1, None) } else { amount_at(doc, at, decimal) };
        if let Some(amount) = amount {
            let mut value = amount.value;
            value.set_sign_positive(true);
            let text = if amount.value.is_sign_negative() && !value.is_zero() { format!("-{value}") } else { value.to_string() };
            found.push(Candidate { amount: Some(amount), ..Candidate::new(Kind::Amount, at, end, text) });
        }
        at = end;
    }
}

/// The longest amount that begins at a token: groups of thousands apart, a currency mark apart.
fn amount_at(doc: &Doc, at: usize, decimal: Convention) -> (usize, Option<amounts::Amount>) {
    let token = &doc.tokens[at];
    let row_end = doc.rows[token.row].end;
    let text = behind_label(&token.text);
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return (at + 1, None);
    }
    let close = |end: usize| end < row_end && doc.tokens[end].x0 - doc.tokens[end - 1].x1 < 0.55 * doc.tokens[end].height();
    let mut end = at + 1;
    let mut joined = text.to_owned();
    while close(end) && continues(&joined, &doc.tokens[end].text) {
        joined.push_str(&doc.tokens[end].text);
        end += 1;
    }
    let percent = doc.tokens.get(end).is_some_and(|t| end < row_end && t.text.starts_with('%'));
    let Some(mut amount) = amounts::parse(&joined, decimal).filter(|_| !percent) else {
        return (at + 1, None);
    };
    let near = |i: usize, gap: f32| gap < 1.2 * doc.tokens[i].height() && amounts::currency_of_mark(&doc.tokens[i].text).is_some();
    let before = at > doc.rows[token.row].first && near(at - 1, token.x0 - doc.tokens[at - 1].x1);
    let after = end < row_end && near(end, doc.tokens[end].x0 - doc.tokens[end - 1].x1);
    amount.marked |= before || after;
    (end, Some(amount))
}

/// Whether `next` goes on with the number `so_far`: a group of three digits, or stray decimals.
fn continues(so_far: &str, next: &str) -> bool {
    let tail = so_far.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let next = next.trim_end_matches(['€', '$', '£']);
    let (group, rest) = next.split_at(next.bytes().take_while(u8::is_ascii_digit).count());
    let decimals = |s: &str| s.is_empty() || (s.starts_with([',', '.']) && matches!(s.len(), 2 | 3) && digits(&s[1..]));
    if group.is_empty() {
        return digits(tail) && rest.len() == 3 && decimals(rest);
    }
    let groups_so_far = !tail.is_empty() && digits(tail) && (tail.len() <= 3 || tail.len().is_multiple_of(3) || tail.len() <= 6);
    group.len() == 3 && groups_so_far && decimals(rest)
}

fn find_identifiers(doc: &Doc, taken: &[bool], found: &mut Vec<Candidate>) {
    for segment in &doc.segments {
        for first in segment.first..segment.end {
            if taken[first] {
                continue;
            }
            for end in first + 1..=segment.end.min(first + 6) {
                if taken[end - 1] {
                    break;
                }
                found.extend(identifier(doc, first, end));
            }
        }
    }
}

/// An identifier of tokens `first..end`, where they can be one.
fn identifier(doc: &Doc, first: usize, end: usize) -> Option<Candidate> {
    let joined = doc.text(first, end);
    let text = behind_label(&joined);
    let text = text.trim_matches(|c: char| !(c.is_alphanumeric() || c == '/'));
    let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let digits = compact.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || compact.len() < 2 || compact.len() > 28 || text.contains(['@', '%', '€', '$', '£']) || text.contains("www.") {
        return None;
    }
    let vat = vat_shape(&compact);
    if end - first > 1 {
        let words = &doc.tokens[first..end];
        let code = |t: &str| t.bytes().any(|b| b.is_ascii_digit()) || matches!(t, "/" | "-" | "–");
        let lead = |t: &str| code(t) || (t.len() <= 4 && t.bytes().all(|b| b.is_ascii_uppercase() || b == b'-' || b == b'/'));
        let fits = lead(&words[0].text) && words[1..].iter().all(|w| code(&w.text) && w.text.len() <= 12);
        let shape = vat.is_some() || compact.len() <= 20 && (end - first == 2 || words.iter().all(|w| w.text.len() <= 5));
        let decimals =
            words.iter().any(|w| w.text.contains([',', '.']) && amounts::parse(&w.text, Convention::Point).is_some_and(|a| a.decimals));
        if !fits || !shape || decimals {
            return None;
        }
    }
    Some(Candidate { vat, ..Candidate::new(Kind::Identifier, first, end, text.to_owned()) })
}

/// Whether letters and digits have a VAT id's structure, and whether they pass its check.
fn vat_shape(compact: &str) -> Option<bool> {
    const COUNTRIES: &[&str] = &[
        "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "GB", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
        "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
    ];
    let (country, rest) = compact.split_at_checked(2)?;
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    if !COUNTRIES.contains(&country) || !(8..=12).contains(&rest.len()) || digits + 4 < rest.len() || digits < 7 {
        return None;
    }
    Some(compact.parse::<VatId>().is_ok())
}

/// Names beyond this many are not scored: a letter has few, a catalogue thousands.
const MAX_NAMES: usize = 240;

fn find_names(doc: &Doc, found: &mut Vec<Candidate>) {
    let before = found.len();
    for (index, segment) in doc.segments.iter().enumerate() {
        if found.len() - before >= MAX_NAMES {
            return;
        }
        let mut parts = vec![(segment.first, segment.end)];
        split_parts(doc, segment, &mut parts);
        for (i, (first, end)) in parts.into_iter().enumerate() {
            if let Some(mut name) = name(doc, first, end) {
                name.part = i > 0;
                found.push(name);
            }
        }
        found.extend(wrapped_name(doc, index));
    }
}

/// Pieces of a line: before a separating dot or bar, behind a label's colon, up to a legal form.
fn split_parts(doc: &Doc, segment: &Segment, parts: &mut Vec<(usize, usize)>) {
    let words = &doc.tokens[segment.first..segment.end];
    let separates = |t: &str| matches!(t, "·" | "•" | "|" | "●" | "–" | "-" | "—" | "*" | "∙" | "/" | "▪" | "■");
    let mut start = segment.first;
    let mut cuts = false;
    for (i, word) in words.iter().enumerate() {
        let at = segment.first + i;
        if separates(&word.text) {
            cuts = true;
            parts.push((start, at));
            start = at + 1;
        } else if word.text.ends_with(',') && i > 0 {
            parts.push((start, at + 1));
        } else if word.text.ends_with(':') && i < 4 && at + 1 < segment.end {
            cuts = true;
            start = at + 1;
        } else if text::is_legal_form(&word.folded) && at + 1 < segment.end && at > start {
            parts.push((start, at + 1));
        }
    }
    if cuts && start < segment.end {
        parts.push((start, segment.end));
    }
    parts.retain(|p| p.0 < p.1);
    parts.truncate(6);
}

fn name(doc: &Doc, first: usize, end: usize) -> Option<Candidate> {
    if end - first > 9 {
        return None;
    }
    let joined = doc.text(first, end);
    let text = joined.trim_matches(|c: char| matches!(c, ',' | ';' | ':' | '|' | '·' | '•' | '●' | '*' | ' '));
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let all = text.chars().filter(|c| !c.is_whitespace()).count();
    if letters < 2 || letters * 10 < all * 5 || text.chars().count() > 80 || text.contains('@') || text.ends_with('%') {
        return None;
    }
    Some(Candidate::new(Kind::Name, first, end, text.to_owned()))
}

/// A name whose legal form fell into the next row.
fn wrapped_name(doc: &Doc, index: usize) -> Option<Candidate> {
    let segment = &doc.segments[index];
    let below = *doc.below(segment.row, (segment.x0, segment.x1), 1, doc.height * 2.0).first()?;
    let next = &doc.segments[below];
    let aligned = (next.x0 - segment.x0).abs() < doc.height;
    let legal = doc.tokens[next.first..next.end].iter().all(|t| text::is_legal_form(&t.folded) || t.text == "&");
    if !aligned || !legal || next.end - next.first > 3 {
        return None;
    }
    let base = name(doc, segment.first, segment.end)?;
    let value = format!("{} {}", base.value, doc.text(next.first, next.end));
    Some(Candidate { more: Some((next.first, next.end)), value, part: true, ..base })
}
