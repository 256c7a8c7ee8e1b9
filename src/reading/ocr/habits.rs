//! What a page's own print makes of its letters. Where known words show that the recognizer takes this
//! print's `M` for an `H`, the same doubt in a name is settled the same way. Digits are left alone.

use std::collections::BTreeMap;

use super::ctc::Glyph;
use super::recognize::Read;
use super::{lexicon, repair};

/// How doubtful a letter was, for one it was taken for and one it may be, both lower case.
#[derive(Debug, Default)]
struct Evidence {
    /// Doubts (logarithms of how much surer the reading was) that known words proved right.
    changed: Vec<f32>,
    /// Doubts that known words proved wrong: the letter was what was read.
    kept: Vec<f32>,
}

impl Evidence {
    /// Whether a letter as doubtful as this has changed more often than not: weaker doubts that were
    /// right speak for it, stronger doubts that were wrong against it.
    fn says_change(&self, doubt: f32) -> bool {
        let right = self.changed.iter().filter(|known| **known >= doubt).count();
        let wrong = self.kept.iter().filter(|known| **known <= doubt).count();
        right >= 2 && right > 2 * wrong
    }
}

/// Changes the letters of words that are not known, as the page's known words were changed.
pub(super) fn follow(reads: &mut [Read]) {
    let mut habits: BTreeMap<(char, char), Evidence> = BTreeMap::new();
    for glyphs in runs(reads).filter(|glyphs| is_known(glyphs)) {
        for glyph in glyphs.iter() {
            let (read, now) = (small(glyph.read), small(glyph.character));
            for (other, doubt) in doubts(glyph) {
                if read == now {
                    habits.entry((read, other)).or_default().kept.push(doubt);
                } else if other == now {
                    habits.entry((read, other)).or_default().changed.push(doubt);
                }
            }
        }
    }
    habits.retain(|_, evidence| evidence.changed.len() >= 2);
    if habits.is_empty() {
        return;
    }
    for glyphs in runs(reads).filter(|glyphs| !is_known(glyphs)) {
        let capitals = glyphs.iter().filter(|glyph| glyph.character.is_uppercase()).count() * 2 > glyphs.len();
        for glyph in glyphs.iter_mut().filter(|glyph| glyph.character == glyph.read) {
            let read = small(glyph.read);
            let follows = |(other, doubt): &(char, f32)| habits.get(&(read, *other)).is_some_and(|known| known.says_change(*doubt));
            if let Some((other, _)) = doubts(glyph).into_iter().find(follows) {
                let upper = capitals || glyph.read.is_uppercase();
                glyph.character = if upper { other.to_uppercase().next().unwrap_or(other) } else { other };
            }
        }
    }
}

/// The page's stretches of letters.
fn runs(reads: &mut [Read]) -> impl Iterator<Item = &mut [Glyph]> {
    let words = reads.iter_mut().flat_map(|read| &mut read.words);
    let parts = words.flat_map(|word| word.glyphs.split_mut(|glyph| !glyph.character.is_alphanumeric()));
    parts.filter(|run| run.len() > 1 && run.iter().all(|glyph| glyph.character.is_alphabetic()))
}

fn is_known(glyphs: &[Glyph]) -> bool {
    glyphs.len() >= 3 && lexicon::knows(&repair::lower(glyphs))
}

fn small(character: char) -> char {
    character.to_lowercase().next().unwrap_or(character)
}

/// Other letters that a letter may be, with how much surer the reading was.
fn doubts(glyph: &Glyph) -> Vec<(char, f32)> {
    let read = small(glyph.read);
    let others = glyph.others.iter().filter(|(other, _)| other.is_alphabetic() && small(*other) != read);
    others.map(|(other, confidence)| (small(*other), (glyph.confidence / confidence.max(1e-6)).ln())).collect()
}
