//! Letter-spaced headings: `I N V O I C E` is one word.
//!
//! Four or more single letters of one size at one even, narrow distance are a word; shorter runs are
//! joined beside such a run at the same distance (`T A X   I N V O I C E`). Digits never are: single
//! digits at even distances are cells of a form or a table.

use super::layout::Piece;

/// A run needs so many letters to be taken for a spaced word.
const ENOUGH: usize = 4;
/// Distances wider than this share of the size part words even here.
const WIDEST: f64 = 0.75;
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
        let gap =
            before.filter(|before| is_letter(before) && is_letter(piece) && alike(before, piece)).map(|before| piece.left - before.right);
        match (gap, runs.last_mut()) {
            (Some(gap), Some((letters, _))) if *letters == 1 && gap > 0.0 && gap <= WIDEST * piece.size => {
                // A narrower distance ahead belongs to the next word.
                let ahead = line.get(index + 1).filter(|next| is_letter(next)).map(|next| next.left - piece.right);
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

fn is_letter(piece: &Piece) -> bool {
    let mut letters = piece.text.chars();
    letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
}

fn alike(one: &Piece, other: &Piece) -> bool {
    (one.size - other.size).abs() < 0.05 * one.size && (one.baseline - other.baseline).abs() < 0.1 * one.size
}
