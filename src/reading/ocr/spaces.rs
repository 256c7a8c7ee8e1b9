//! Giving a line its spaces back. The recognizer drops many of them; but each character has a place,
//! and between words the picture is blank.

use super::crop::{Crop, HEIGHT};
use super::ctc::Glyph;

/// Characters without a space between them, and what they cover of the line, 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub glyphs: &'a [Glyph],
    pub from: f32,
    pub to: f32,
}

/// A blank wider than the line's usual one by this much of the line's height parts words.
const WIDER: f32 = 0.14;

/// Parts the characters of a line into words.
pub(super) fn words<'a>(glyphs: &'a [Glyph], crop: &Crop) -> Vec<Word<'a>> {
    let ink = ink(crop);
    let gaps = gaps(glyphs, &ink);
    let mut usual: Vec<f32> = gaps.iter().copied().collect();
    usual.sort_by(f32::total_cmp);
    let usual = usual.get(usual.len() / 2).copied().unwrap_or(0.0).min(0.2 * HEIGHT as f32);
    let limit = usual + WIDER * HEIGHT as f32;
    let mut words = Vec::new();
    let mut start = None;
    for (index, glyph) in glyphs.iter().enumerate() {
        let space = glyph.character == ' ';
        let parted = index > 0 && gaps[index - 1] > limit;
        if let Some(from) = start
            && (space || parted)
        {
            words.push(word(&glyphs[from..index], glyphs, from, index));
            start = None;
        }
        if !space && start.is_none() {
            start = Some(index);
        }
    }
    if let Some(from) = start {
        words.push(word(&glyphs[from..], glyphs, from, glyphs.len()));
    }
    words
}

fn word<'a>(part: &'a [Glyph], glyphs: &[Glyph], from: usize, to: usize) -> Word<'a> {
    let before = from.checked_sub(1).and_then(|index| glyphs.get(index)).map_or(0.0, |glyph| glyph.at);
    let after = glyphs.get(to).map_or(1.0, |glyph| glyph.at);
    let first = part.first().map_or(0.0, |glyph| glyph.at);
    let last = part.last().map_or(1.0, |glyph| glyph.at);
    let half = if part.len() > 1 { (last - first) / (part.len() - 1) as f32 * 0.6 } else { 0.02 };
    Word { glyphs: part, from: (first - half).max((before + first) / 2.0).max(0.0), to: (last + half).min((after + last) / 2.0).min(1.0) }
}

/// How much ink each column of the crop has: the largest difference from the paper, 0 to 1.
fn ink(crop: &Crop) -> Vec<f32> {
    let grey = crop.grey();
    let mut sorted = grey.clone();
    sorted.sort_by(f32::total_cmp);
    let rank = |share: f32| sorted.get((sorted.len() as f32 * share) as usize).copied().unwrap_or(0.0);
    // Text covers less than half of a line: the middle value is paper.
    let paper = rank(0.5);
    let spread = (paper - rank(0.02)).abs().max((rank(0.98) - paper).abs()).max(1.0);
    let dark = paper - rank(0.02) >= rank(0.98) - paper;
    (0..crop.width)
        .map(|column| {
            (4..HEIGHT - 4)
                .map(|row| {
                    let value = grey[row * crop.width + column];
                    (if dark { paper - value } else { value - paper }) / spread
                })
                .fold(0.0, f32::max)
        })
        .collect()
}

/// For each pair of neighbours the widest blank between their centres, in pixels of the crop.
fn gaps(glyphs: &[Glyph], ink: &[f32]) -> Vec<f32> {
    let column = |at: f32| ((at * ink.len() as f32) as usize).min(ink.len());
    glyphs
        .windows(2)
        .map(|pair| {
            let (mut widest, mut current) = (0, 0);
            for value in &ink[column(pair[0].at)..column(pair[1].at).max(column(pair[0].at))] {
                current = if *value < 0.35 { current + 1 } else { 0 };
                widest = widest.max(current);
            }
            widest as f32
        })
        .collect()
}
