//! Letter-spaced headings: `I N V O I C E` is one word.
//!
//! Four or more single letters of one size at one even, narrow distance are a word; shorter runs are
//! joined beside such a run at the same distance (`T A X   I N V O I C E`). Where no space is drawn
//! between them, kerned pairs and other characters belong to it too (`Ta x   N o . 2 0 2 6`). Digits with
//! spaces between them never are: they are cells of a form or a table.

use super::layout::Piece;

/// A run needs so many letters to be taken for a spaced word.
const ENOUGH: usize = 4;
/// Distances wider than this share of the size part words even here.
const WIDEST: f64 = 0.75;
/// The same where one side is no letter.
const WIDEST_MIXED: f64 = 0.4;
/// Distances of one run differ by no more than this share of the size.
const EVEN: f64 = 0.08;

/// Joins the letters of spaced words in a line, whose pieces stand in order.
pub(super) fn join(line: Vec<Piece>) -> Vec<Piece> {
    let runs = runs(&line);
    let Some((_, gap)) = runs.iter().filter(|(letters, _)| *letters >= ENOUGH).max_by_key(|(letters, _)| *letters).copied() else {
        return line;
    };
    let mut joined: Vec<Piece> = Vec::with_capacity(line.len());
    let mut line = line.into_iter();
    for (letters, own_gap) in runs {
        let Some(mut word) = line.next() else {
            break;
        };
        let spaced = letters > 1 && (own_gap - gap).abs() <= EVEN * word.size;
        for letter in line.by_ref().take(letters - 1) {
            if spaced { word.append(&letter) } else { joined.push(std::mem::replace(&mut word, letter)) }
        }
        joined.push(word);
    }
    joined
}

/// The line as runs of evenly spaced single letters, each with its length and distance; anything else
/// is a run of one.
fn runs(line: &[Piece]) -> Vec<(usize, f64)> {
    let mut runs: Vec<(usize, f64)> = Vec::new();
    for (index, piece) in line.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| line.get(before));
        let gap = before.and_then(|before| distance(before, piece));
        match (gap, runs.last_mut()) {
            (Some(gap), Some((letters, _))) if *letters == 1 => {
                // A narrower distance ahead belongs to the next word.
                let ahead = line.get(index + 1).and_then(|next| distance(piece, next));
                if ahead.is_some_and(|ahead| ahead < gap - EVEN * piece.size) {
                    runs.push((1, 0.0));
                } else {
                    runs.pop();
                    runs.push((2, gap));
                }
            }
            (Some(gap), Some((letters, own))) if *letters > 1 && (gap - *own).abs() <= EVEN * piece.size => *letters += 1,
            _ => runs.push((1, 0.0)),
        }
    }
    runs
}

/// The distance of two pieces that may be neighbours in a spaced word.
fn distance(one: &Piece, other: &Piece) -> Option<f64> {
    let alike = (one.size - other.size).abs() < 0.05 * one.size && (one.baseline - other.baseline).abs() < 0.1 * one.size;
    let gap = other.left - one.right;
    let widest = match (letters(one), letters(other)) {
        (Some(1), Some(1)) => WIDEST,
        (Some(_), Some(_)) if !one.closed => WIDEST,
        _ if !one.closed && is_short(one) && is_short(other) => WIDEST_MIXED,
        _ => return None,
    };
    (alike && gap > 0.0 && gap <= widest * one.size).then_some(gap)
}

/// How many letters, where it is a letter or a kerned pair.
fn letters(piece: &Piece) -> Option<usize> {
    let count = piece.text.chars().take(3).count();
    (count <= 2 && piece.text.chars().all(char::is_alphabetic)).then_some(count)
}

fn is_short(piece: &Piece) -> bool {
    piece.text.chars().nth(1).is_none() || letters(piece).is_some()
}
