//! Whether a page's own text can be used, or why the page must be recognized from its image.
//!
//! Judged page by page, from the letters and from what else the page shows: a file may hold typed and
//! scanned pages. Invisible letters count where they lie on a picture (the recognized text of a scan)
//! or are all that a page has; beside visible text they are nothing that a person sees, so they are
//! left out and reported.

use super::collector::Found;
use super::glyphs::Glyph;

/// Fewer letters than this beside a picture of the whole page are stamps and page numbers.
const FEW_LETTERS: usize = 100;
/// A picture that covers this share of a page is the page.
const WHOLE_PAGE: f32 = 0.6;
/// Fewer letters than this say nothing about a page that shows something else.
const NO_LETTERS: usize = 20;
/// So many shapes and hardly a letter: letters drawn as outlines.
const OUTLINES: usize = 150;
/// A page with this share of unknown letters is unreliable: one in ten of the digits may be missing.
const UNKNOWN_SHARE: f64 = 0.10;
/// Share of characters that stand for nothing (private use, control) in a broken encoding.
const PRIVATE_SHARE: f64 = 0.15;
/// Latin letters needed before their statistics mean anything.
const ENOUGH_LATIN: usize = 80;
/// E, N, I, R, A, T, S and O are 57 to 67 % of the letters of English, German, French, Italian,
/// Spanish, Dutch and Polish text, and 31 % of random letters.
const COMMON: &str = "eniratso";
const COMMON_SHARE: f64 = 0.36;
/// The eight most frequent letters of text, whichever they are, make up more than this; those of a list
/// of product codes do not.
const FREQUENT_SHARE: f64 = 0.57;

/// Whether a page's own text can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::reading) enum PageText {
    /// Typed text.
    Usable,
    /// The invisible text that an earlier recognition laid over a scan: usable, as good as it was.
    Layer,
    /// Not usable: the words, if any, are what little there is.
    NotUsable(NoText),
}

/// Why a page's own text cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::reading) enum NoText {
    /// Nothing is drawn on it: recognition would find nothing either.
    Blank,
    /// A picture, and no or hardly any letters.
    Picture,
    /// Letters drawn as outlines.
    Outlines,
    /// Too many letters whose character the file does not tell.
    Unmapped,
    /// Letters whose characters make no sense.
    Garbled,
}

impl NoText {
    /// The reason, for people: "page 2 …".
    pub(in crate::reading) fn reason(self) -> &'static str {
        match self {
            Self::Blank => "is empty",
            Self::Picture => "is a picture",
            Self::Outlines => "has its letters drawn as shapes",
            Self::Unmapped => "has letters without known characters",
            Self::Garbled => "has text in a broken encoding",
        }
    }
}

/// Takes the letters out that nobody sees, and says how many they were.
pub(super) fn drop_unseen(found: &mut Found) -> usize {
    let shown = found.glyphs.iter().filter(|glyph| !glyph.hidden && !glyph.is_blank()).count();
    if shown < NO_LETTERS || !found.glyphs.iter().any(|glyph| glyph.hidden) {
        return 0;
    }
    let canvas = &found.canvas;
    let before = found.glyphs.iter().filter(|glyph| !glyph.is_blank()).count();
    found.glyphs.retain(|glyph| !glyph.hidden || canvas.is_covered(glyph.middle()));
    before - found.glyphs.iter().filter(|glyph| !glyph.is_blank()).count()
}

/// Judges a page.
pub(super) fn judge(found: &Found) -> PageText {
    let drawn: Vec<&Glyph> = found.glyphs.iter().filter(|glyph| !glyph.is_blank()).collect();
    let unknown = drawn.iter().filter(|glyph| glyph.is_unknown()).count();
    let letters = drawn.len() - unknown;
    let picture = found.canvas.covered();
    let few = if picture >= WHOLE_PAGE { FEW_LETTERS } else { NO_LETTERS };
    if drawn.len() < few {
        if picture > 0.02 && (letters == 0 || picture >= 0.2) {
            return PageText::NotUsable(NoText::Picture);
        }
        if found.canvas.shapes >= OUTLINES {
            return PageText::NotUsable(NoText::Outlines);
        }
        if drawn.is_empty() {
            return PageText::NotUsable(if found.canvas.shapes >= 10 { NoText::Outlines } else { NoText::Blank });
        }
    }
    if unknown as f64 > UNKNOWN_SHARE * drawn.len() as f64 && (unknown >= 5 || letters == 0) {
        return PageText::NotUsable(NoText::Unmapped);
    }
    if is_garbled(&drawn) {
        return PageText::NotUsable(NoText::Garbled);
    }
    let hidden = drawn.iter().filter(|glyph| glyph.hidden).count();
    if 2 * hidden > drawn.len() { PageText::Layer } else { PageText::Usable }
}

/// Whether the characters make no sense, as they do where a font's codes are in no known order.
fn is_garbled(drawn: &[&Glyph]) -> bool {
    let (mut all, mut nothing, mut other) = (0_usize, 0_usize, 0_usize);
    let mut latin = [0_usize; 26];
    for c in drawn.iter().flat_map(|glyph| glyph.text.chars()) {
        all += 1;
        nothing += usize::from(c.is_control() || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}'));
        let letter = (c.to_ascii_lowercase() as usize).wrapping_sub('a' as usize);
        match latin.get_mut(letter) {
            Some(count) => *count += 1,
            None => other += usize::from(c.is_alphabetic()),
        }
    }
    let letters: usize = latin.iter().sum();
    let common: usize = ('a'..='z').zip(latin).filter(|(letter, _)| COMMON.contains(*letter)).map(|(_, count)| count).sum();
    latin.sort_unstable();
    let frequent: usize = latin.iter().rev().take(COMMON.len()).sum();
    let share = |count: usize| count as f64 / letters.max(1) as f64;
    let odd = letters >= ENOUGH_LATIN && letters > 2 * other && share(common) < COMMON_SHARE && share(frequent) > FREQUENT_SHARE;
    odd || nothing as f64 > PRIVATE_SHARE * all.max(1) as f64 || is_symbols(drawn)
}

/// Whether punctuation outweighs letters and digits: what a shifted encoding turns text into.
fn is_symbols(drawn: &[&Glyph]) -> bool {
    // Leaders of dots and lines of dashes, stars or underscores are drawn on purpose.
    let drawn = drawn.iter().filter_map(|glyph| glyph.text.chars().next()).filter(|c| !".-_*=…\u{2022}\u{2013}\u{2014}".contains(*c));
    let (mut symbols, mut letters) = (0_usize, 0_usize);
    for c in drawn {
        if c.is_alphanumeric() { letters += 1 } else { symbols += 1 }
    }
    symbols >= 40 && symbols > letters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::pdf::canvas::Canvas;
    use hayro::kurbo::{Point, Rect};

    fn glyphs(text: &str, hidden: bool) -> Vec<Glyph> {
        let glyph = |(i, c): (usize, char)| Glyph {
            text: c.to_string(),
            origin: Point::new(6.0 * (i % 90) as f64, 20.0 + 12.0 * (i / 90) as f64),
            advance: 6.0,
            direction: (1.0, 0.0),
            size: 10.0,
            bold: false,
            hidden,
        };
        text.chars().enumerate().map(glyph).collect()
    }

    fn page(text: &str, hidden: bool, picture: f64, shapes: usize) -> Found {
        let mut canvas = Canvas::new(600.0, 800.0);
        canvas.cover(Rect::new(0.0, 0.0, 600.0, 800.0 * picture));
        canvas.shapes = shapes;
        Found { glyphs: glyphs(text, hidden), canvas, is_cut: false }
    }

    const PROSE: &str = "Invoice number 4711 of 1 March 2026. Please pay the total of 1,190.00 EUR within thirty days \
                         to the account below, and quote the number of the invoice with your payment. Thank you.";

    #[test]
    fn pages_are_told_apart() {
        let shifted: String = PROSE.chars().map(|c| char::from_u32(u32::from(c) + 3).unwrap()).collect();
        let sunk: String = PROSE.chars().map(|c| if c == ' ' { c } else { char::from_u32((u32::from(c) - 29).max(33)).unwrap() }).collect();
        let private: String = PROSE.chars().map(|c| char::from_u32(u32::from(c) + 0xF000).unwrap()).collect();
        let holes = PROSE.replace(['1', '9', '0', 'e', 't'], "\u{FFFD}");
        let list = "ART-4711 XKL-220 BVQ 17 Stk 12,50 WDF-9913 HGB 4 Stk 3,99 ZTR-100 RMA-7781 QPL-15 MNO-33 DFG-90 LKJ-81 ".repeat(3);
        for (text, hidden, picture, shapes, expected) in [
            (PROSE, false, 0.0, 0, PageText::Usable),
            (PROSE, false, 1.0, 0, PageText::Usable),
            (PROSE, true, 1.0, 0, PageText::Layer),
            ("PAID 3", false, 0.0, 0, PageText::Usable),
            ("Page 1 of 2, received 2026-03-01", false, 0.9, 0, PageText::NotUsable(NoText::Picture)),
            ("", false, 0.9, 0, PageText::NotUsable(NoText::Picture)),
            ("", false, 0.0, 0, PageText::NotUsable(NoText::Blank)),
            ("", false, 0.0, 900, PageText::NotUsable(NoText::Outlines)),
            ("1", false, 0.0, 900, PageText::NotUsable(NoText::Outlines)),
            (&holes, false, 0.0, 0, PageText::NotUsable(NoText::Unmapped)),
            (&shifted, false, 0.0, 0, PageText::NotUsable(NoText::Garbled)),
            (&sunk, false, 0.0, 0, PageText::NotUsable(NoText::Garbled)),
            (&private, false, 0.0, 0, PageText::NotUsable(NoText::Garbled)),
            (&list, false, 0.0, 0, PageText::Usable),
            (&"ΤΙΜΟΛΟΓΙΟ ΠΑΡΟΧΗΣ ΥΠΗΡΕΣΙΩΝ ".repeat(20), false, 0.0, 0, PageText::Usable),
        ] {
            assert_eq!(judge(&page(text, hidden, picture, shapes)), expected, "{text}");
        }
    }

    #[test]
    fn letters_that_nobody_sees_are_taken_out_beside_visible_text() {
        let mut both = page(PROSE, false, 0.0, 0);
        both.glyphs.extend(glyphs("Pay to another account", true));
        assert_eq!(drop_unseen(&mut both), 19);
        assert!(both.glyphs.iter().all(|glyph| !glyph.hidden));
        let mut layer = page(PROSE, true, 1.0, 0);
        assert_eq!(drop_unseen(&mut layer), 0);
        let mut covered = page(PROSE, false, 1.0, 0);
        covered.glyphs.extend(glyphs("recognized in the picture", true));
        assert_eq!(drop_unseen(&mut covered), 0);
    }
}
