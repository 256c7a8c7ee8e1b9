//! Bold by drawing twice: finds the letter that was already drawn on the same place.

use std::collections::HashMap;

/// Letters are kept by square of this many points.
const CELL: f64 = 2.0;
/// More letters in one square are no text; further ones are not compared.
const MAX_COMPARED: usize = 64;
const NONE: u32 = u32::MAX;

struct Entry {
    text: u64,
    place: (f64, f64),
    piece: usize,
    /// The entry before it in the same square.
    before: u32,
}

/// The letters drawn so far.
#[derive(Default)]
pub(super) struct Drawn {
    entries: Vec<Entry>,
    /// The last entry of each square.
    cells: HashMap<(i32, i32), u32>,
}

/// Up to eight bytes of the text, which tell letters apart.
fn key(text: &str) -> u64 {
    text.bytes().take(8).fold(0, |key, byte| key << 8 | u64::from(byte))
}

fn cell(at: f64) -> i32 {
    (at / CELL).floor() as i32
}

impl Drawn {
    /// The piece with the same letter within `reach` (at most a square's side) of this place.
    pub(super) fn find(&self, text: &str, (u, v): (f64, f64), reach: f64) -> Option<usize> {
        let (text, reach) = (key(text), reach.min(CELL));
        for row in cell(v - reach)..=cell(v + reach) {
            for column in cell(u - reach)..=cell(u + reach) {
                let mut next = self.cells.get(&(column, row)).copied().unwrap_or(NONE);
                for _ in 0..MAX_COMPARED {
                    let Some(entry) = self.entries.get(next as usize) else {
                        break;
                    };
                    if entry.text == text && (entry.place.0 - u).abs() <= reach && (entry.place.1 - v).abs() <= reach {
                        return Some(entry.piece);
                    }
                    next = entry.before;
                }
            }
        }
        None
    }

    pub(super) fn add(&mut self, text: &str, place: (f64, f64), piece: usize) {
        let index = u32::try_from(self.entries.len()).unwrap_or(NONE);
        let before = self.cells.insert((cell(place.0), cell(place.1)), index).unwrap_or(NONE);
        self.entries.push(Entry { text: key(text), place, piece, before });
    }
}
