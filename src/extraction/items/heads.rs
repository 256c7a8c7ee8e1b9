//! Head rows: the words over a table and the columns that they name.
//!
//! A head may stand on several rows (`Unit` over `Price`); the row with the most roles is found first and
//! its neighbours join where their words stand in the same columns. It refuses rows with numbers, and
//! tables that are no line items (a tax summary has neither description nor quantity).

use super::words::{self, Role};
use crate::extraction::layout::{Doc, Row};

/// A column: what it holds and where its head stands.
#[derive(Debug, Clone)]
pub struct Column {
    /// What it holds.
    pub role: Role,
    /// Left edge of the head.
    pub x0: f32,
    /// Right edge of the head.
    pub x1: f32,
    words: Vec<String>,
}

/// A head on rows `first..=last`.
#[derive(Debug, Clone)]
pub struct Head {
    /// First row.
    pub first: usize,
    /// Last row.
    pub last: usize,
    /// The columns, left to right.
    pub columns: Vec<Column>,
}

impl Head {
    /// Whether a column has the role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.columns.iter().any(|c| c.role == role)
    }
}

/// Rows that join a head on each side.
const JOINED: usize = 3;

/// The head whose main row is `index`.
#[must_use]
pub fn find(doc: &Doc, index: usize) -> Option<Head> {
    let columns = cut(doc, &doc.rows[index])?;
    if !is_head(&columns) {
        return None;
    }
    let mut head = Head { first: index, last: index, columns };
    for _ in 0..JOINED {
        let Some(above) = head.first.checked_sub(1).filter(|&row| joins(doc, &head, row, head.first)) else { break };
        if !join(doc, &mut head, above, false) {
            break;
        }
        head.first = above;
    }
    for _ in 0..JOINED {
        let below = head.last + 1;
        if below >= doc.rows.len() || !joins(doc, &head, below, head.last) || !join(doc, &mut head, below, true) {
            break;
        }
        head.last = below;
    }
    for column in &mut head.columns {
        column.role = words::role_of(&column.words);
    }
    resolve(&mut head.columns);
    Some(head)
}

/// Whether row `index` heads another table than one of lines: several columns with words of sums and rates.
#[must_use]
pub fn is_foreign(doc: &Doc, index: usize) -> bool {
    let row = &doc.rows[index];
    let digits = doc.tokens[row.first..row.end].iter().any(|t| t.text.bytes().any(|b| b.is_ascii_digit()));
    if digits || row.end_segment - row.first_segment < 3 {
        return false;
    }
    let columns = cut(doc, row).unwrap_or_default();
    let named = columns
        .iter()
        .filter(|c| matches!(c.role, Role::Amount | Role::Gross | Role::Rate | Role::Tax | Role::Quantity | Role::Price))
        .count();
    named >= 2 || named == 1 && columns.iter().filter(|c| c.words.len() <= 2).count() >= 4
}

fn is_head(columns: &[Column]) -> bool {
    let has = |role: Role| columns.iter().any(|c| c.role == role);
    let named = columns.iter().filter(|c| c.role != Role::Other).count();
    let money = has(Role::Amount) || has(Role::Price) || has(Role::Gross);
    let what = has(Role::Description) || has(Role::Quantity) && named > 2 || has(Role::Article) && has(Role::Quantity);
    named >= 2 && money && what
}

/// The columns that one row's words name; `None` where the row has numbers or far too many words.
fn cut(doc: &Doc, row: &Row) -> Option<Vec<Column>> {
    let tokens = &doc.tokens[row.first..row.end];
    let digits = tokens.iter().filter(|t| t.text.bytes().any(|b| b.is_ascii_digit())).count();
    if digits > 1 || tokens.len() > 40 {
        return None;
    }
    let mut columns = Vec::new();
    for segment in &doc.segments[row.first_segment..row.end_segment] {
        cut_segment(doc, segment.first, segment.end, &mut columns);
    }
    Some(columns)
}

fn cut_segment(doc: &Doc, first: usize, end: usize, columns: &mut Vec<Column>) {
    let flat: Vec<(usize, String)> =
        (first..end).flat_map(|t| words::pieces(&doc.tokens[t].text).into_iter().map(move |w| (t, w))).collect();
    let texts: Vec<&str> = flat.iter().map(|(_, w)| w.as_str()).collect();
    let mut open: Option<Column> = None;
    let mut linked = false;
    let mut last_token = first;
    let mut at = 0;
    while at < flat.len() {
        let (role, used) = words::role_at(&texts[at..]).map_or((None, 1), |(role, n)| (Some(role), n));
        let (from, to) = (flat[at].0, flat[at + used - 1].0);
        let gap = doc.tokens[from].x0 - doc.tokens[last_token].x1;
        let opened = open.as_ref().map_or(Role::Other, |c| c.role);
        let modifies = opened == Role::Price && role == Some(Role::Unit) || opened != Role::Other && words::is_modifier(texts[at]);
        let starts = match (&open, role) {
            (None, _) => true,
            (Some(column), Some(role)) => {
                from != last_token && !linked && column.role != Role::Other && column.role != role && !(modifies && gap < doc.height * 0.5)
                    || column.role == Role::Other && gap > doc.height * 0.5
                    || column.role == role && gap > doc.height * 0.6
            }
            (Some(_), None) => gap > doc.height * 0.65,
        };
        if starts {
            columns.extend(open.take());
            open = Some(Column { role: Role::Other, x0: doc.tokens[from].x0, x1: doc.tokens[to].x1, words: Vec::new() });
        }
        if let Some(column) = &mut open {
            column.x1 = column.x1.max(doc.tokens[to].x1);
            column.words.extend(texts[at..at + used].iter().map(|&w| w.to_owned()));
            column.role = words::role_of(&column.words);
        }
        linked = words::is_link(texts[at + used - 1]);
        last_token = to;
        at += used;
    }
    columns.extend(open);
}

/// Whether row `index` stands close enough to the head's row `edge`.
fn joins(doc: &Doc, head: &Head, index: usize, edge: usize) -> bool {
    let (row, edge) = (&doc.rows[index], &doc.rows[edge]);
    let tall = doc.tokens[doc.rows[head.first].first].height().max(doc.height);
    row.page == edge.page && (row.y - edge.y).abs() < tall * 1.7
}

/// Adds a neighbouring row's words to the columns that they stand in; false where it is no part of the head.
fn join(doc: &Doc, head: &mut Head, index: usize, down: bool) -> bool {
    let row = &doc.rows[index];
    if doc.tokens[row.first..row.end].iter().any(|t| t.text.bytes().any(|b| b.is_ascii_digit())) {
        return false;
    }
    let Some(pieces) = cut(doc, row) else { return false };
    let (mut fitting, mut known, mut new) = (Vec::new(), 0, Vec::new());
    for piece in pieces {
        let mut over = head.columns.iter().enumerate().filter(|(_, c)| c.x0 < piece.x1 && c.x1 > piece.x0);
        let last = doc.tokens[row.first..row.end].iter().find(|t| (t.x1 - piece.x1).abs() < 0.5);
        let links = piece.words.iter().all(|w| words::is_link(w) || w.len() < 4)
            || last.is_some_and(|t| t.text.ends_with('-') || t.text.ends_with(')'));
        let mut known_by = piece.role != Role::Other || links;
        match (over.next(), over.next()) {
            (Some((column, over)), None) => {
                known_by |= goes_on(if down { (over, &piece) } else { (&piece, over) });
                fitting.push((column, piece));
            }
            (None, _) => new.push(piece),
            _ => return false,
        }
        known += usize::from(known_by);
    }
    let wordy = fitting.iter().any(|(column, piece)| {
        down && head.columns[*column].role == Role::Description && piece.role == Role::Other || piece.words.len() > 4
    });
    let strange = new.iter().any(|p: &Column| p.role == Role::Other);
    if wordy || known * 2 < fitting.len() + new.len() || strange && (down || fitting.is_empty()) {
        return false;
    }
    for (at, piece) in fitting {
        let column = &mut head.columns[at];
        let (mut front, mut back) =
            if down { (std::mem::take(&mut column.words), piece.words) } else { (piece.words, std::mem::take(&mut column.words)) };
        front.append(&mut back);
        column.words = front;
        (column.x0, column.x1) = (column.x0.min(piece.x0), column.x1.max(piece.x1));
    }
    head.columns.append(&mut new);
    head.columns.sort_by(|a, b| a.x0.total_cmp(&b.x0));
    true
}

/// Whether the words of two rows are one phrase (`Prezzo` over `unitario`).
fn goes_on((upper, lower): (&Column, &Column)) -> bool {
    let words: Vec<&str> = upper.words.iter().chain(&lower.words).map(String::as_str).collect();
    words::role_at(&words).is_some_and(|(_, used)| used > upper.words.len())
}

/// One column a role where only one can be: the last amount counts, an amount left of the description is
/// a quantity, and a gross column only serves where there is no net one.
fn resolve(columns: &mut [Column]) {
    let description = columns.iter().position(|c| c.role == Role::Description);
    let amounts: Vec<usize> = (0..columns.len()).filter(|&i| columns[i].role == Role::Amount).collect();
    if amounts.len() > 1 {
        for &at in &amounts[..amounts.len() - 1] {
            let before = description.is_some_and(|d| at < d);
            let free = !columns.iter().any(|c| c.role == Role::Quantity);
            columns[at].role = if before && free { Role::Quantity } else { Role::Other };
        }
    } else if amounts.is_empty()
        && let Some(column) = columns.iter_mut().rfind(|c| c.role == Role::Gross)
    {
        column.role = Role::Amount;
    }
    if !columns.iter().any(|c| c.role == Role::Amount)
        && columns.iter().filter(|c| c.role == Role::Price).count() > 1
        && let Some(column) = columns.iter_mut().rfind(|c| c.role == Role::Price)
    {
        column.role = Role::Amount;
    }
    let description = columns.iter().position(|c| c.role == Role::Description);
    if description.is_none()
        && let Some(column) = columns.iter_mut().find(|c| c.role == Role::Other).filter(|c| c.words.len() < 4)
    {
        column.role = Role::Description;
    }
}
