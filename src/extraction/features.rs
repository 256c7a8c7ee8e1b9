//! What the model sees of a candidate: its neighbourhood as hashed word pieces, and figures of its
//! own shape, place and standing among the other candidates.
//!
//! The same code serves training and use. A change here changes the model's inputs: raise
//! [`VERSION`], train again; a model of another version is refused.

use std::collections::HashMap;

use super::candidates::{Candidate, Kind};
use super::layout::{Doc, Token};
use super::standing;

/// Version of the features; stands in the manifest's settings.
pub const VERSION: i64 = 2;
/// Words of the neighbourhood.
pub const SLOTS: usize = 26;
/// Hashed ids of one word by itself: whole, beginning, end, shape.
pub const PIECES: usize = 4;
/// Ids of a word in a neighbourhood: its own and its distance.
pub const IDS: usize = PIECES + 1;
/// Integers of one candidate.
pub const ID_WIDTH: usize = SLOTS * IDS;
/// Rows of the embedding table; row 0 stands for "no word".
pub const VOCABULARY: usize = 1 + WHOLE + PIECE * 2 + SHAPE + DISTANCE;
/// Floats of one candidate.
pub const DENSE: usize = 28 + standing::WIDTH;

const WHOLE: usize = 12_288;
const PIECE: usize = 4096;
const SHAPE: usize = 64;
const DISTANCE: usize = 32;

/// Features of all candidates of a document, row by row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Features {
    /// `rows × ID_WIDTH`.
    pub ids: Vec<u16>,
    /// `rows × DENSE`.
    pub dense: Vec<f32>,
}

/// Computes the features of `candidates`.
#[must_use]
pub fn compute(doc: &Doc, candidates: &[Candidate]) -> Features {
    let words: Vec<[u16; PIECES]> = doc.tokens.iter().map(word_pieces).collect();
    let standings = standing::compute(doc, candidates);
    let mut features = Features::default();
    for (candidate, standing) in candidates.iter().zip(&standings) {
        let slots = neighbourhood(doc, candidate);
        for slot in slots {
            let (ids, distance) = slot.map_or(([0; PIECES], 0), |(token, distance)| (words[token], distance));
            features.ids.extend(ids);
            features.ids.push(distance);
        }
        own(doc, candidate, &mut features.dense);
        features.dense.extend(standing);
    }
    features
}

type Slot = Option<(usize, u16)>;

/// Words around a candidate: left and right in its row, in segments above and below, the top of its
/// column, its own.
fn neighbourhood(doc: &Doc, candidate: &Candidate) -> Vec<Slot> {
    let (first, end) = (candidate.first, candidate.end);
    let row = &doc.rows[doc.tokens[first].row];
    let (x0, x1) = (doc.tokens[first].x0, doc.tokens[end - 1].x1);
    let mut slots: Vec<Slot> = Vec::with_capacity(SLOTS);
    let far = |points: f32| (points / doc.height).max(0.0);
    let mut left: Vec<Slot> = (row.first..first).rev().map(|t| Some((t, bucket(0, far(x0 - doc.tokens[t].x1))))).take(6).collect();
    left.resize(6, None);
    let mut right: Vec<Slot> = (end..row.end).map(|t| Some((t, bucket(1, far(doc.tokens[t].x0 - x1))))).take(3).collect();
    right.resize(3, None);
    slots.extend(left);
    slots.extend(right);
    let row_index = doc.tokens[first].row;
    let above = doc.above(row_index, (x0, x1), 3, doc.height * 14.0);
    segment_words(doc, above.first().copied(), row.y, 4, &mut slots);
    segment_words(doc, above.get(1).copied(), row.y, 3, &mut slots);
    let below = doc.below(row_index, (x0, x1), 1, doc.height * 6.0);
    segment_words(doc, below.first().copied(), row.y, 3, &mut slots);
    segment_words(doc, column_top(doc, candidate), row.y, 3, &mut slots);
    let mut own: Vec<Slot> = (first..end).map(|t| Some((t, 0))).take(4).collect();
    own.resize(4, None);
    slots.extend(own);
    slots
}

fn segment_words(doc: &Doc, segment: Option<usize>, y: f32, count: usize, slots: &mut Vec<Slot>) {
    let end = slots.len() + count;
    if let Some(segment) = segment.map(|s| &doc.segments[s]) {
        let rows = (doc.rows[segment.row].y - y) / doc.height;
        let zone = if rows < 0.0 { 2 } else { 3 };
        slots.extend((segment.first..segment.end).take(count).map(|t| Some((t, bucket(zone, rows.abs())))));
    }
    slots.resize(end, None);
}

/// The top segment of the block or table column that a candidate stands in.
fn column_top(doc: &Doc, candidate: &Candidate) -> Option<usize> {
    let token = &doc.tokens[candidate.first];
    let (x0, x1) = (token.x0, doc.tokens[candidate.end - 1].x1);
    let mut y = doc.rows[token.row].y;
    let mut top = None;
    for segment in doc.above(token.row, (x0, x1), 40, doc.height * 120.0) {
        let next = doc.rows[doc.segments[segment].row].y;
        if y - next > doc.height * 3.2 {
            break;
        }
        y = next;
        top = Some(segment);
    }
    top
}

/// One of eight distances in one of four directions.
fn bucket(zone: u16, distance: f32) -> u16 {
    const EDGES: [f32; 7] = [0.5, 1.2, 2.2, 4.0, 7.0, 12.0, 22.0];
    let step = EDGES.iter().filter(|e| distance > **e).count() as u16;
    (1 + WHOLE + 2 * PIECE + SHAPE) as u16 + zone * 8 + step
}

/// Hashed pieces of a word: digits count as zeros, so that numbers share their shape.
pub(super) fn word_pieces(token: &Token) -> [u16; PIECES] {
    let folded: String = token.folded.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let text = if folded.is_empty() { token.text.as_str() } else { folded.as_str() };
    let chars: Vec<char> = text.chars().collect();
    let head: String = chars.iter().take(4).collect();
    let tail: String = chars.iter().skip(chars.len().saturating_sub(4)).collect();
    let base = [1, 1 + WHOLE, 1 + WHOLE + PIECE, 1 + WHOLE + 2 * PIECE];
    [
        (base[0] + hash(text) % WHOLE) as u16,
        (base[1] + hash(&head) % PIECE) as u16,
        (base[2] + hash(&tail) % PIECE) as u16,
        (base[3] + shape(&token.text)) as u16,
    ]
}

/// FNV-1a: stable over versions and machines.
fn hash(text: &str) -> usize {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    ((hash ^ (hash >> 32)) & 0xffff_ffff) as usize
}

/// Six bits: digits, letters, first letter a capital, all capitals, ends with a colon, has another mark.
fn shape(text: &str) -> usize {
    let digits = text.chars().any(|c| c.is_ascii_digit());
    let letters = text.chars().any(char::is_alphabetic);
    let first = text.chars().next().is_some_and(char::is_uppercase);
    let capitals = letters && !text.chars().any(char::is_lowercase);
    let colon = text.ends_with([':', '.']);
    let mark = text.contains(['%', '€', '$', '£', '@', '#', '/', '-']);
    [digits, letters, first, capitals, colon, mark].iter().enumerate().map(|(i, &on)| usize::from(on) << i).sum()
}

/// Figures of a candidate by itself: kind, place, print, shape of its text.
fn own(doc: &Doc, candidate: &Candidate, out: &mut Vec<f32>) {
    let token = &doc.tokens[candidate.first];
    let (width, height) = doc.sizes[token.page];
    let last = &doc.tokens[candidate.end - 1];
    let row = &doc.rows[token.row];
    let text = &candidate.value;
    let count = |f: fn(char) -> bool| text.chars().filter(|c| f(*c)).count() as f32;
    let length = (text.chars().count() as f32).max(1.0);
    let flag = |on: bool| if on { 1.0 } else { 0.0 };
    let start = out.len();
    out.extend([Kind::Date, Kind::Amount, Kind::Identifier, Kind::Iban, Kind::Name].map(|k| flag(k == candidate.kind)));
    out.extend([token.x0 / width, last.x1 / width, row.y / height]);
    out.extend([flag(token.page == 0), flag(token.page + 1 == doc.sizes.len()), flag(token.bold)]);
    out.push((token.height() / doc.height - 1.0).clamp(-1.0, 3.0));
    out.push(flag(candidate.first == row.first));
    out.push(flag(candidate.end == row.end));
    out.push(flag(doc.segments[token.segment].first == candidate.first));
    out.push(flag(doc.segments[last.segment].end == candidate.end));
    out.extend([(length / 20.0).min(2.0), count(|c| c.is_ascii_digit()) / length, count(char::is_alphabetic) / length]);
    out.push(count(char::is_uppercase) / length);
    out.push(count(|c| matches!(c, '-' | '/' | '_')) / length);
    out.push((candidate.end - candidate.first) as f32 / 5.0);
    out.extend([flag(candidate.vat.is_some()), flag(candidate.vat == Some(true)), flag(candidate.part), flag(candidate.more.is_some())]);
    out.push(flag(year_like(text)));
    out.push(flag(text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit())));
    debug_assert_eq!(out.len() - start, DENSE - standing::WIDTH);
}

fn year_like(text: &str) -> bool {
    text.len() == 4 && (text.starts_with("19") || text.starts_with("20")) && text.bytes().all(|b| b.is_ascii_digit())
}

/// How often each value occurs among candidates of one kind.
pub(super) fn occurrences(candidates: &[Candidate]) -> HashMap<(Kind, &str), usize> {
    let mut counts = HashMap::new();
    for candidate in candidates {
        *counts.entry((candidate.kind, candidate.value.as_str())).or_insert(0) += 1;
    }
    counts
}
