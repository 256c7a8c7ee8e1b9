//! The numbers of a row as cells print them: thousands apart joined, currency marks, percent signs,
//! units glued to a quantity, minus signs before or after.

use rust_decimal::Decimal;

use super::super::amounts::{self, Convention};
use super::super::layout::{Doc, Row};
use super::words;

/// A number on the page.
#[derive(Debug, Clone)]
pub struct Number {
    /// First token.
    pub first: usize,
    /// One past the last token.
    pub end: usize,
    /// Left edge.
    pub x0: f32,
    /// Right edge.
    pub x1: f32,
    /// Its value.
    pub value: Decimal,
    /// Whether it is money by its print: two decimals or a currency mark.
    pub money: bool,
    /// Whether a percent sign belongs to it.
    pub percent: bool,
    /// The unit glued to it (`20Stk`, `2x`).
    pub unit: Option<String>,
}

/// The numbers of a row, left to right.
#[must_use]
pub fn of_row(doc: &Doc, row: &Row, convention: Convention) -> Vec<Number> {
    let mut found = Vec::new();
    let mut at = row.first;
    while at < row.end {
        match number_at(doc, at, row.end, convention) {
            Some(number) => {
                at = number.end;
                found.push(number);
            }
            None => at += 1,
        }
    }
    found
}

fn digits(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

/// Whether token `next` follows its left neighbour within `share` of a line's height.
fn close(doc: &Doc, next: usize, share: f32) -> bool {
    let (left, right) = (&doc.tokens[next - 1], &doc.tokens[next]);
    right.x0 - left.x1 < share * left.height().max(right.height())
}

fn number_at(doc: &Doc, at: usize, end: usize, convention: Convention) -> Option<Number> {
    let token = |i: usize| doc.tokens[i].text.as_str();
    let mut first = at;
    let mut from = at;
    let mark = |text: &str| amounts::currency_of_mark(text).is_some();
    let mut negative = false;
    while from < end && from - at < 2 && !digits(token(from)) && (from == at || close(doc, from, 0.9)) {
        if matches!(token(from), "-" | "–" | "−") {
            negative = true;
        } else if !mark(token(from)) {
            return None;
        }
        from += 1;
    }
    if from >= end || !digits(token(from)) || (from > at && !close(doc, from, 1.2)) {
        return None;
    }
    // A dash that stands far off is a bullet, not a sign.
    if negative && from > at && !close(doc, from, 0.5) {
        return None;
    }
    let (mut text, mut last) = (token(from).to_owned(), from + 1);
    while last < end
        && last - from < 4
        && continues(&text, token(last))
        && close(doc, last, if text.ends_with([',', '.']) { 0.9 } else { 0.5 })
    {
        text.push_str(token(last));
        last += 1;
    }
    let (percent, unit, mut value) = parse(&text, convention)?;
    let mut money = value.scale() == 2 && !percent || from > at && !negative || amounts::currency_of_amount(&text).is_some();
    let mut percent = percent;
    if last < end && close(doc, last, 0.9) {
        match token(last) {
            "%" => {
                percent = true;
                money = false;
                last += 1;
            }
            "-" if close(doc, last, 0.15) => {
                value = -value;
                last += 1;
            }
            text if mark(text) && !(last + 1 < end && digits(token(last + 1)) && close(doc, last + 1, 0.5)) => {
                money = true;
                last += 1;
            }
            _ => {}
        }
    }
    if negative {
        value = -value;
    } else if from > at && !mark(token(at)) {
        first = from;
    }
    let (x0, x1) = (doc.tokens[first].x0, doc.tokens[last - 1].x1);
    Some(Number { first, end: last, x0, x1, value, money, percent, unit })
}

/// Whether `next` goes on with the number `text`: three digits after at most three, or the decimals.
fn continues(text: &str, next: &str) -> bool {
    let lead = next.bytes().take_while(u8::is_ascii_digit).count();
    let tail = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    let whole = !text.contains([',', '.']) || text.len() > 3 && text.bytes().filter(|b| !b.is_ascii_digit()).count() == 0;
    let thousands = lead == 3 && (1..=3).contains(&tail) && whole && next[3..].chars().all(|c| c.is_ascii_digit() || ",.€$£".contains(c));
    let decimals = lead == 0
        && next.len() >= 2
        && next.starts_with([',', '.'])
        && next[1..].bytes().take(2).all(|b| b.is_ascii_digit())
        && tail > 0
        && whole;
    let split = text.ends_with([',', '.']) && tail == 0 && lead == 2 && next.len() == 2;
    thousands || decimals || split
}

/// Percent, unit and value of a text that begins with a number.
fn parse(text: &str, convention: Convention) -> Option<(bool, Option<String>, Decimal)> {
    if let Some(amount) = amounts::parse(text, convention) {
        return Some((false, None, amount.value));
    }
    let text = text.trim_matches(['(', ')', '[', ']', '@', '*', '|', '=']);
    // Two marks (`$€12`): a template's and the document's.
    let text = text.strip_prefix(['$', '€', '£']).filter(|t| t.starts_with(['$', '€', '£'])).unwrap_or(text);
    if let Some(rate) = text.strip_suffix('%') {
        return amounts::parse(rate, convention).map(|a| (true, None, a.value));
    }
    if let Some(amount) = amounts::parse(text, convention) {
        return Some((false, None, amount.value));
    }
    if let Some(amount) = confused(text).and_then(|text| amounts::parse(&text, convention)) {
        return Some((false, None, amount.value));
    }
    let split = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '-' | '\'')).filter(|&at| at > 0)?;
    let (number, unit) = text.split_at(split);
    let unit = unit.trim_matches(['.', '*']);
    let decimals = number.rfind([',', '.']).is_some_and(|at| number.len() - at == 3);
    let tax_mark = decimals && unit.chars().count() <= 2 && unit.chars().all(|c| c.is_ascii_uppercase());
    if words::is_unit(unit) || tax_mark {
        let value = amounts::parse(number, convention)?.value;
        return Some((false, Some(unit.to_owned()), value));
    }
    None
}

/// A number whose separators all were read alike (`1.144.00`): two digits at the end are decimals.
fn confused(text: &str) -> Option<String> {
    let marks: Vec<usize> = text.char_indices().filter(|(_, c)| matches!(c, '.' | ',')).map(|(i, _)| i).collect();
    let (&last, rest) = marks.split_last().filter(|(_, rest)| !rest.is_empty())?;
    let decimals = text[last + 1..].bytes().take_while(u8::is_ascii_digit).count();
    let grouped = rest.iter().zip(&marks[1..]).all(|(a, b)| b - a == 4);
    (decimals == 2 && grouped)
        .then(|| text.char_indices().filter(|(i, _)| !rest.contains(i)).map(|(i, c)| if i == last { '.' } else { c }).collect())
}
