//! Giving a line its spaces back. The recognizer drops many of them; but each character has a place,
//! and between words the picture is blank.

use super::crop::HEIGHT;
use super::ctc::Glyph;
use super::ink::BLANK;

/// Characters without a space between them, and what they cover of the line, 0 to 1.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub glyphs: Vec<Glyph>,
    pub from: f32,
    pub to: f32,
}

/// A blank wider than the line's usual one by this much of the line's height parts words.
const WIDER: f32 = 0.14;
/// Beside a point or a colon by this much more: they are narrow in a wide cell.
const BESIDE_POINT: f32 = 0.14;

/// Parts the characters of a line into words; `ink` is that of its columns.
pub(super) fn words(glyphs: &[Glyph], ink: &[f32]) -> Vec<Word> {
    let gaps = gaps(glyphs, ink);
    let height = HEIGHT as f32;
    let usual = middle(&gaps).min(0.2 * height);
    let pitch = middle(&glyphs.windows(2).map(|pair| pair[1].at - pair[0].at).collect::<Vec<_>>());
    let parts = |index: usize| {
        let (left, right) = (glyphs[index].character, glyphs[index + 1].character);
        let before = matches!(right, '.' | ',' | ':' | ';' | ')' | '\'');
        let after =
            index > 0 && matches!(left, '.' | ',' | '\'' | '(') && glyphs[index - 1].character.is_ascii_digit() && right.is_ascii_digit();
        let narrow = before || after;
        let extra = if narrow && glyphs[index + 1].at - glyphs[index].at < 1.6 * pitch { BESIDE_POINT } else { 0.0 };
        gaps[index] > usual + (WIDER + extra) * height
    };
    let mut words: Vec<Word> = Vec::new();
    let mut start = None;
    for (index, glyph) in glyphs.iter().enumerate() {
        let space = glyph.character == ' ';
        if let Some(from) = start
            && (space || parts(index - 1))
        {
            words.push(word(glyphs, from, index));
            start = None;
        }
        if !space && start.is_none() {
            start = Some(index);
        }
    }
    if let Some(from) = start {
        words.push(word(glyphs, from, glyphs.len()));
    }
    words
}

/// Where to take a long line apart, in fractions of it: at blanks, into pieces of about `most`
/// pixels at most.
pub(super) fn pieces(ink: &[f32], most: usize) -> Vec<(f32, f32)> {
    let count = ink.len().div_ceil(most);
    let mut cuts = vec![0];
    for index in 1..count {
        let (wanted, reach) = (index * ink.len() / count, ink.len() / count / 3);
        cuts.push(widest_blank(ink, wanted - reach, wanted + reach).unwrap_or(wanted));
    }
    cuts.push(ink.len());
    let share = |at: usize| at as f32 / ink.len().max(1) as f32;
    cuts.windows(2).map(|pair| (share(pair[0]), share(pair[1]))).collect()
}

/// The middle of the widest blank within `from..to`.
fn widest_blank(ink: &[f32], from: usize, to: usize) -> Option<usize> {
    let (mut best, mut start) = (None, None);
    for at in from..=to.min(ink.len()) {
        let blank = at < to.min(ink.len()) && ink[at] < BLANK;
        match (start, blank) {
            (None, true) => start = Some(at),
            (Some(begun), false) => {
                if best.is_none_or(|(width, _)| at - begun > width) {
                    best = Some((at - begun, begun.midpoint(at)));
                }
                start = None;
            }
            _ => {}
        }
    }
    best.map(|(_, at)| at)
}

fn middle(values: &[f32]) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

fn word(glyphs: &[Glyph], from: usize, to: usize) -> Word {
    let part = &glyphs[from..to];
    let before = from.checked_sub(1).map_or(0.0, |index| glyphs[index].at);
    let after = glyphs.get(to).map_or(1.0, |glyph| glyph.at);
    let first = part.first().map_or(0.0, |glyph| glyph.at);
    let last = part.last().map_or(1.0, |glyph| glyph.at);
    let half = if part.len() > 1 { (last - first) / (part.len() - 1) as f32 * 0.6 } else { 0.02 };
    Word {
        glyphs: part.to_vec(),
        from: (first - half).max((before + first) / 2.0).max(0.0),
        to: (last + half).min((after + last) / 2.0).min(1.0),
    }
}

/// For each pair of neighbours the widest blank between their centres, in pixels of the crop.
fn gaps(glyphs: &[Glyph], ink: &[f32]) -> Vec<f32> {
    let column = |at: f32| ((at * ink.len() as f32) as usize).min(ink.len());
    glyphs
        .windows(2)
        .map(|pair| {
            let (mut widest, mut current) = (0, 0);
            for value in &ink[column(pair[0].at)..column(pair[1].at).max(column(pair[0].at))] {
                current = if *value < BLANK { current + 1 } else { 0 };
                widest = widest.max(current);
            }
            widest as f32
        })
        .collect()
}
