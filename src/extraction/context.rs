//! What the model sees of a whole document: each line piece (a segment) as hashed words and figures,
//! and how every two of them stand to one another on the page.
//!
//! The network lets each line look at the others, so that "the block under *Bill to*" or "the only
//! name in the foot" can be told; a candidate is scored with what its line learned. Like
//! [`super::features`], this serves training and use alike.

use std::collections::HashSet;

use super::candidates::{Candidate, Kind};
use super::features::{PIECES, word_pieces};
use super::layout::{Doc, Segment};
use crate::domain::text::is_legal_form;

/// Words of a line that are looked at: its first ones and its last one.
pub const LINE_WORDS: usize = 6;
/// Integers of one line.
pub const LINE_IDS: usize = LINE_WORDS * PIECES;
/// Floats of one line.
pub const LINE_DENSE: usize = 36;
/// Ways in which two lines can stand to one another.
pub const RELATIONS: usize = 3 + 6 + 14 * 5;

/// Lines beyond this many are left out, from the middle of the document: heads and sums stand at its ends.
const MAX_LINES: usize = 320;

/// A document's lines. Line 0 stands for the document itself and for lines left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lines {
    /// Number of lines.
    pub count: usize,
    /// `count × LINE_IDS`.
    pub ids: Vec<u16>,
    /// `count × LINE_DENSE`.
    pub dense: Vec<f32>,
    /// `count × count`: how the second stands to the first.
    pub relations: Vec<u8>,
    /// The line of each candidate.
    pub of_candidate: Vec<usize>,
}

/// Computes the lines of a document and which of them each candidate stands in.
#[must_use]
pub fn compute(doc: &Doc, candidates: &[Candidate]) -> Lines {
    let all = doc.segments.len();
    let kept: Vec<usize> =
        if all < MAX_LINES { (0..all).collect() } else { (0..MAX_LINES / 2).chain(all - (MAX_LINES - 1 - MAX_LINES / 2)..all).collect() };
    let mut line_of = vec![0; all];
    let mut lines = Lines { count: kept.len() + 1, ids: vec![0; LINE_IDS], dense: vec![0.0; LINE_DENSE], ..Lines::default() };
    let marks = Marks::new(doc, candidates);
    for (i, &segment) in kept.iter().enumerate() {
        line_of[segment] = i + 1;
        words(doc, &doc.segments[segment], &mut lines.ids);
        figures(doc, segment, &marks, &mut lines.dense);
    }
    lines.relations.resize(lines.count * lines.count, 0);
    for (i, &a) in kept.iter().enumerate() {
        for (j, &b) in kept.iter().enumerate() {
            lines.relations[(i + 1) * lines.count + j + 1] = relation(doc, a, b);
        }
    }
    lines.of_candidate = candidates.iter().map(|c| line_of[doc.tokens[c.first].segment]).collect();
    lines
}

fn words(doc: &Doc, segment: &Segment, out: &mut Vec<u16>) {
    let end = out.len() + LINE_IDS;
    let count = segment.end - segment.first;
    let head = if count > LINE_WORDS { LINE_WORDS - 1 } else { count };
    let chosen = (segment.first..segment.first + head).chain((count > LINE_WORDS).then(|| segment.end - 1));
    for token in chosen {
        out.extend(word_pieces(&doc.tokens[token]));
    }
    out.resize(end, 0);
}

/// Which segments hold a candidate of some kind.
struct Marks {
    dates: HashSet<usize>,
    money: HashSet<usize>,
    accounts: HashSet<usize>,
    tax_ids: HashSet<usize>,
    tallest: f32,
}

impl Marks {
    fn new(doc: &Doc, candidates: &[Candidate]) -> Self {
        let of = |wanted: &dyn Fn(&Candidate) -> bool| {
            candidates.iter().filter(|c| wanted(c)).map(|c| doc.tokens[c.first].segment).collect::<HashSet<usize>>()
        };
        Self {
            dates: of(&|c| c.kind == Kind::Date),
            money: of(&|c| c.amount.is_some_and(|a| a.decimals || a.marked)),
            accounts: of(&|c| c.kind == Kind::Iban),
            tax_ids: of(&|c| c.vat.is_some()),
            tallest: doc.tokens.iter().map(super::layout::Token::height).fold(1.0, f32::max),
        }
    }
}

fn flag(on: bool) -> f32 {
    if on { 1.0 } else { 0.0 }
}

fn figures(doc: &Doc, index: usize, marks: &Marks, out: &mut Vec<f32>) {
    let start = out.len();
    let segment = &doc.segments[index];
    let row = &doc.rows[segment.row];
    let tokens = &doc.tokens[segment.first..segment.end];
    let (width, height) = doc.sizes[row.page];
    let token = &tokens[0];
    out.extend([segment.x0 / width, segment.x1 / width, f32::midpoint(segment.x0, segment.x1) / width - 0.5, row.y / height]);
    out.extend([flag(row.page == 0), flag(row.page + 1 == doc.sizes.len()), flag(doc.sizes.len() > 1), width / height]);
    out.extend([(token.height() / doc.height - 1.0).clamp(-1.0, 3.0), token.height() / marks.tallest, flag(token.bold)]);
    out.extend([tokens.len() as f32 / 8.0, flag(row.end_segment - row.first_segment == 1)]);
    out.extend([flag(index == row.first_segment), flag(index + 1 == row.end_segment)]);
    let chars: Vec<char> = tokens.iter().flat_map(|t| t.text.chars()).collect();
    let share = |f: fn(char) -> bool| chars.iter().filter(|c| f(**c)).count() as f32 / chars.len().max(1) as f32;
    out.extend([share(|c| c.is_ascii_digit()), share(char::is_alphabetic), share(char::is_uppercase)]);
    let any = |f: &dyn Fn(&str) -> bool| flag(tokens.iter().any(|t| f(&t.text)));
    out.extend([flag(chars.last() == Some(&':')), any(&|t| t.contains('@')), any(&|t| t.contains("www.") || t.contains("://"))]);
    out.extend([any(&|t| t.contains('%')), flag(tokens.iter().any(|t| is_legal_form(&t.folded)))]);
    out.push(any(&|t| matches!(t.len(), 4..=6) && t.bytes().all(|b| b.is_ascii_digit())));
    for set in [&marks.dates, &marks.money, &marks.accounts, &marks.tax_ids] {
        out.push(flag(set.contains(&index)));
    }
    let reach = doc.height * 6.0;
    for near in [doc.above(segment.row, (segment.x0, segment.x1), 1, reach), doc.below(segment.row, (segment.x0, segment.x1), 1, reach)] {
        let other = near.first().map(|&s| &doc.segments[s]);
        let gap = other.map_or(6.0, |o| (doc.rows[o.row].y - row.y).abs() / doc.height);
        out.push(gap / 6.0);
        out.push(flag(other.is_some_and(|o| (o.x0 - segment.x0).abs() < doc.height * 0.4)));
        out.push(flag(other.is_some_and(|o| (o.x1 - segment.x1).abs() < doc.height * 0.4)));
    }
    out.push((doc.segments.len() as f32 / 200.0).min(2.0));
    out.push(flag(chars.len() <= 3));
    debug_assert_eq!(out.len() - start, LINE_DENSE);
}

/// How line `b` stands to line `a`: on another page, in the same row to its left or right, or above
/// or below at one of seven distances and one of five alignments.
fn relation(doc: &Doc, a: usize, b: usize) -> u8 {
    if a == b {
        return 1;
    }
    let (a, b) = (&doc.segments[a], &doc.segments[b]);
    let (row_a, row_b) = (&doc.rows[a.row], &doc.rows[b.row]);
    if row_a.page != row_b.page {
        return 2;
    }
    let unit = doc.height;
    if a.row == b.row {
        let (gap, right) = if b.x0 > a.x0 { (b.x0 - a.x1, 3) } else { (a.x0 - b.x1, 0) };
        let far = if gap < unit * 2.0 {
            0
        } else if gap < unit * 9.0 {
            1
        } else {
            2
        };
        return 3 + right + far;
    }
    let dy = (row_b.y - row_a.y) / unit;
    let step = [1.9, 3.2, 5.2, 9.0, 16.0, 30.0].iter().filter(|edge| dy.abs() > **edge).count() as u8;
    let aligned = if (a.x0 - b.x0).abs() < unit * 0.5 {
        0
    } else if (a.x1 - b.x1).abs() < unit * 0.5 {
        1
    } else if b.x0 < a.x1 && b.x1 > a.x0 {
        2
    } else if b.x0 < a.x0 {
        3
    } else {
        4
    };
    9 + (step * 2 + u8::from(dy > 0.0)) * 5 + aligned
}
