//! Line items: tables with and without a head, receipts, several pages.
//!
//! Runs once a document, after the header is decided. A head row's words name columns (`heads`,
//! `words`); rows with an amount in the amount column are lines (`table`), rows of words describe them
//! (`describe`). Where there is no head, amounts that stand in one column are lines (`bare`). Of all
//! readings that one is taken which agrees best with the laws (`laws`). It never takes a row of the
//! sums for a line, and gives nothing where no reading is credible.

mod bare;
mod describe;
mod heads;
mod laws;
mod numbers;
mod table;
mod words;

use rust_decimal::Decimal;

use super::amounts::Convention;
use super::layout::Doc;
use crate::domain::{Issue, LineItem};
use laws::Reading;
use numbers::Number;

/// What the header decided; the lines' sum is held against it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    /// BT-109.
    pub net: Option<Decimal>,
    /// BT-110.
    pub tax: Option<Decimal>,
    /// BT-112.
    pub total: Option<Decimal>,
}

/// The lines of a document.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    /// In order.
    pub items: Vec<LineItem>,
    /// Numbers, from 1, of the lines whose quantity × price (less a discount) is not the amount.
    pub disagreeing: Vec<usize>,
}

/// The issue that names the lines whose arithmetic does not hold.
#[must_use]
pub fn arithmetic(disagreeing: &[usize]) -> Option<Issue> {
    let (first, rest) = disagreeing.split_first()?;
    let mut names = first.to_string();
    for line in rest.iter().take(9) {
        names.push_str(&format!(", {line}"));
    }
    let more = if rest.len() > 9 { " and more" } else { "" };
    let text = format!("quantity × price is not the amount in line {names}{more}: check these lines, a discount may be missing");
    Some(Issue::new("line-arithmetic", text))
}

/// A line with where it stands.
#[derive(Debug, Clone)]
struct Line {
    item: LineItem,
    /// The row of its amount.
    row: usize,
    /// Whether quantity × price is the amount; unknown where one is missing.
    law: Option<bool>,
    /// Whether its words could also be a sum's.
    doubtful: bool,
}

/// A document with the numbers of every row and where heads begin.
struct Page<'a> {
    doc: &'a Doc,
    numbers: Vec<Vec<Number>>,
    heads: Vec<bool>,
}

/// Reads the lines of a document.
#[must_use]
pub fn read(doc: &Doc, convention: Convention, known: &Known) -> Lines {
    let numbers = doc.rows.iter().map(|row| numbers::of_row(doc, row, convention)).collect();
    let (found, heads) = table::find_heads(doc);
    let page = Page { doc, numbers, heads };
    let tables: Vec<Vec<Line>> = found.iter().map(|head| table::read(&page, head)).filter(|lines| !lines.is_empty()).collect();
    let mut readings = Vec::new();
    if tables.len() > 1 {
        readings.push(laws::judge(&page, known, tables.concat()));
    }
    readings.extend(tables.into_iter().map(|lines| laws::judge(&page, known, lines)));
    if readings.iter().all(|r| r.agreement < 2.0) {
        let alone = readings.iter().all(|r| r.lines.is_empty());
        readings.extend(bare::read(&page, known, alone));
    }
    best(readings).map(|reading| finish(reading.lines)).unwrap_or_default()
}

/// The best of the readings, the first of equals.
fn best(readings: Vec<Reading>) -> Option<Reading> {
    readings.into_iter().rev().max_by(|a, b| a.score.total_cmp(&b.score)).filter(|r| !r.lines.is_empty())
}

fn finish(lines: Vec<Line>) -> Lines {
    let disagreeing = lines.iter().enumerate().filter(|(_, l)| l.law == Some(false)).map(|(i, _)| i + 1).collect();
    Lines { items: lines.into_iter().map(|l| l.item).collect(), disagreeing }
}

#[cfg(test)]
mod tests;
