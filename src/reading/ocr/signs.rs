//! The euro and the pound sign, for which the recognizer has no class or leaves a blank: ink beside an
//! amount where no character was read, if it has the shape of one of the two.

use std::ops::Range;

use super::crop::HEIGHT;
use super::ctc::Glyph;
use super::ink::{BLANK, Ink};
use super::repair;

/// How sure a sign is that was told by its shape.
const TOLD_BY_SHAPE: f32 = 0.8;
/// A column with less ink may be where two characters touch.
const FAINT: f32 = 0.6;

/// Adds the signs that were not read before and behind the line's amounts.
pub(super) fn add(glyphs: &mut Vec<Glyph>, ink: &Ink) {
    let mut end = glyphs.len();
    // From the back, so that an insertion moves nothing that is still to come.
    while end > 0 {
        let length = glyphs[..end].iter().rev().take_while(|glyph| is_figure(glyph.character)).count();
        let start = end - length;
        let text: String = glyphs[start..end].iter().map(|glyph| glyph.character).collect();
        if length > 1 && repair::decimals(&text).is_some() {
            let behind = beside(glyphs, start..end, true, ink);
            let before = beside(glyphs, start..end, false, ink);
            if let Some(sign) = behind {
                glyphs.insert(end, sign);
            } else if let Some(sign) = before {
                glyphs.insert(start, sign);
            }
        }
        end = start.saturating_sub(usize::from(length == 0));
    }
}

fn is_figure(character: char) -> bool {
    character.is_ascii_digit() || matches!(character, '.' | ',')
}

/// The sign between an amount and its neighbour, or the line's end.
fn beside(glyphs: &[Glyph], amount: Range<usize>, behind: bool, ink: &Ink) -> Option<Glyph> {
    let width = ink.columns.len();
    let column = |at: f32| at * width as f32;
    let (first, last) = (column(glyphs[amount.start].at), column(glyphs[amount.end - 1].at));
    let pitch = (last - first) / (amount.len() - 1) as f32;
    let neighbour = |index: Option<usize>| index.and_then(|index| glyphs.get(index)).filter(|glyph| glyph.character != ' ');
    let (from, to) = if behind {
        (last, neighbour(Some(amount.end)).map_or(width as f32, |glyph| column(glyph.at) - 0.75 * pitch))
    } else {
        (neighbour(amount.start.checked_sub(1)).map_or(0.0, |glyph| column(glyph.at) + 0.75 * pitch), first)
    };
    let digit = if behind { last } else { first };
    let rows = tallest(ink, (digit - 0.4 * pitch).max(0.0) as usize..((digit + 0.4 * pitch) as usize).min(width));
    let range = from.max(0.0) as usize..(to.max(0.0) as usize).min(width);
    let lone = |least: f32| {
        let mut blobs = blobs(&ink.columns, range.clone(), least);
        blobs.retain(|blob| {
            let distance = (blob.start.midpoint(blob.end) as f32 - digit).abs();
            blob.len() > 4 && (0.75 * pitch..3.0 * pitch + 0.5 * HEIGHT as f32).contains(&distance)
        });
        if blobs.len() == 1 { blobs.pop() } else { None }
    };
    // In narrow or blurred print a sign touches the digit.
    let blob = &lone(BLANK).or_else(|| lone(FAINT))?;
    let own = tallest(ink, blob.clone());
    if own.len() * 4 < rows.len() * 3 || own.len() * 3 > rows.len() * 4 {
        return None;
    }
    let inked = |column: &usize| own.clone().any(|row| ink.is_inked(*column, row));
    let columns = blob.clone().find(inked)?..blob.clone().rfind(inked)? + 1;
    let character = told(&Shape { ink, columns, rows: own })?;
    let at = blob.start.midpoint(blob.end) as f32 / width as f32;
    Some(Glyph { character, read: character, at, confidence: TOLD_BY_SHAPE, others: [(' ', 0.0); 2] })
}

/// Stretches of columns with so much ink within a range.
fn blobs(columns: &[f32], range: Range<usize>, least: f32) -> Vec<Range<usize>> {
    let mut blobs = Vec::new();
    let mut start = None;
    for at in range.start..=range.end {
        let inked = at < range.end && columns.get(at).is_some_and(|ink| *ink >= least);
        match (start, inked) {
            (None, true) => start = Some(at),
            (Some(begun), false) => {
                blobs.push(begun..at);
                start = None;
            }
            _ => {}
        }
    }
    blobs
}

/// The longest stretch of rows with ink in these columns.
fn tallest(ink: &Ink, columns: Range<usize>) -> Range<usize> {
    let mut best = 0..0;
    let mut start = 0;
    for row in 0..=HEIGHT {
        if row < HEIGHT && columns.clone().any(|column| ink.is_inked(column, row)) {
            continue;
        }
        if row - start > best.len() {
            best = start..row;
        }
        start = row + 1;
    }
    best
}

/// Ink within a box.
struct Shape<'a> {
    ink: &'a Ink,
    columns: Range<usize>,
    rows: Range<usize>,
}

impl Shape<'_> {
    /// The share of inked pixels in a part of the box, in hundredths of its sides.
    fn share(&self, across: Range<usize>, down: Range<usize>) -> f32 {
        let part = |whole: &Range<usize>, part: Range<usize>| {
            let from = whole.start + whole.len() * part.start / 100;
            from..(whole.start + (whole.len() * part.end).div_ceil(100)).max(from + 1)
        };
        let (columns, rows) = (part(&self.columns, across), part(&self.rows, down));
        let inked = rows.clone().flat_map(|row| columns.clone().map(move |column| (column, row)));
        inked.filter(|(column, row)| self.ink.is_inked(*column, *row)).count() as f32 / (columns.len() * rows.len()) as f32
    }
}

/// Which sign it is. Both lack the upper left corner and are open at the lower right; the euro sign
/// is round at the bottom with ink at the left of its middle, the pound sign stands on a bar.
fn told(shape: &Shape<'_>) -> Option<char> {
    let proportion = shape.columns.len() as f32 / shape.rows.len().max(1) as f32;
    let open = shape.share(0..10, 0..10) < 0.4 && shape.share(85..100, 50..68) < 0.4 && shape.share(45..80, 0..14) > 0.35;
    if !(0.4..1.05).contains(&proportion) || !open {
        return None;
    }
    let foot = shape.share(0..12, 88..100);
    let barred = shape.share(30..60, 36..64);
    if foot > 0.3 && shape.share(30..90, 84..100) > 0.5 && shape.share(20..60, 20..80) > 0.25 {
        return Some('£');
    }
    let round = foot < 0.3 && shape.share(45..80, 86..100) > 0.35;
    (round && barred > 0.3 && shape.share(5..35, 35..65) > 0.4).then_some('€')
}
