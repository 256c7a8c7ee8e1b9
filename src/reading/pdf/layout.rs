//! Letters become words, and words lines, by where they stand.
//!
//! Letters of one direction are taken together (most pages have one). In it, letters that follow each
//! other closely make a word, where no space and no upright rule of a table parts them; words whose
//! baselines meet make a line. Reading order is line by line down the page, left to right within a
//! line; text in other directions follows. Raised and lowered figures of another baseline are words of
//! their own: `12` with a raised `50` is no `1250`.

use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization as _;

use super::canvas::Rule;
use super::glyphs::{Glyph, UNKNOWN};
use super::spaced;
use super::twice::Drawn;
use crate::domain::{BBox, Word};

/// A gap wider than this share of the font size parts words.
const WORD_GAP: f64 = 0.14;
/// Baselines this share of the font size apart stand on one line.
const LINE_DRIFT: f64 = 0.35;
/// Ascent and descent of a usual font, as shares of its size.
pub(super) const ASCENT: f64 = 0.74;
pub(super) const DESCENT: f64 = 0.21;
/// Height of capitals of a usual font, as a share of its size.
pub(super) const CAPITALS: f64 = 0.70;

/// A letter drawn again within this share of its size makes it bold.
const TWICE: f64 = 0.075;
/// A rule parts letters that stand at least this share of their size apart.
const RULED_GAP: f64 = 0.02;

/// A word under construction, in coordinates along (`u`) and across (`v`) its direction.
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) baseline: f64,
    pub(super) size: f64,
    letters: usize,
    bold_letters: usize,
    /// A space follows, so nothing may be joined to it.
    pub(super) closed: bool,
}

impl Piece {
    /// Adds a piece that follows.
    pub(super) fn append(&mut self, next: &Self) {
        self.text.push_str(&next.text);
        self.right = self.right.max(next.right);
        self.letters += next.letters;
        self.bold_letters += next.bold_letters;
        self.closed = next.closed;
    }
}

/// The upright rules of a page from left to right; none for text that does not run level.
struct Rules(Vec<Rule>);

impl Rules {
    fn new(rules: &[Rule], level: bool) -> Self {
        let mut rules = if level { rules.to_vec() } else { Vec::new() };
        rules.sort_by(|a, b| a.x.total_cmp(&b.x));
        Self(rules)
    }

    /// Whether a rule stands between two letters of this size on this baseline.
    fn part(&self, right: f64, left: f64, baseline: f64, size: f64) -> bool {
        if self.0.is_empty() || left - right < RULED_GAP * size {
            return false;
        }
        let first = self.0.partition_point(|rule| rule.x < right);
        let height = baseline - 0.3 * size;
        self.0[first..].iter().take_while(|rule| rule.x <= left).any(|rule| rule.top <= height && height <= rule.bottom)
    }
}

/// The words of a page in reading order. `width` and `height` in points.
pub(super) fn words(glyphs: &[Glyph], rules: &[Rule], width: f32, height: f32) -> Vec<Word> {
    let mut directions: HashMap<i32, Vec<&Glyph>> = HashMap::new();
    for glyph in glyphs {
        let degrees = glyph.direction.1.atan2(glyph.direction.0).to_degrees().round() as i32;
        // a scan's text layer drifts by a degree or two: that is still level
        let step = (degrees + 360) % 360;
        let level = [0, 90, 180, 270, 360].into_iter().find(|right| (step - right).abs() <= 3).map_or(step, |right| right % 360);
        directions.entry(level).or_default().push(glyph);
    }
    let mut order: Vec<(i32, Vec<&Glyph>)> = directions.into_iter().collect();
    order.sort_by_key(|(degrees, glyphs)| (std::cmp::Reverse(glyphs.len()), *degrees));
    let (mut words, mut line) = (Vec::new(), 0);
    for (degrees, glyphs) in order {
        let angle = f64::from(degrees).to_radians();
        let axis = (angle.cos(), angle.sin());
        let rules = Rules::new(rules, degrees == 0);
        for pieces in lines(join(pieces(&glyphs, axis, &rules), &rules)) {
            let pieces = spaced::join(pieces);
            let before = words.len();
            words.extend(pieces.iter().filter_map(|piece| word(piece, axis, line, (f64::from(width), f64::from(height)))));
            line += u32::from(words.len() > before);
        }
    }
    words
}

/// Letters in drawing order to pieces: a space, a gap or a jump ends one.
fn pieces(glyphs: &[&Glyph], axis: (f64, f64), rules: &Rules) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut drawn = Drawn::default();
    let mut open = false;
    for glyph in glyphs {
        let u = glyph.origin.x * axis.0 + glyph.origin.y * axis.1;
        let v = glyph.origin.y * axis.0 - glyph.origin.x * axis.1;
        if glyph.is_blank() {
            if let Some(last) = pieces.last_mut().filter(|_| open) {
                last.closed = true;
            }
            open = false;
            continue;
        }
        // Bold by drawing twice: the second letter stands almost on the first.
        let twin = drawn.find(&glyph.text, (u, v), (glyph.size * TWICE).max(0.03));
        if let Some(piece) = twin.and_then(|index| pieces.get_mut(index)) {
            piece.bold_letters = (piece.bold_letters + 1).min(piece.letters);
            continue;
        }
        let follows = pieces.last().filter(|_| open).is_some_and(|last| follows(last, u, v, glyph.size, rules));
        if !follows {
            pieces.push(Piece {
                text: String::new(),
                left: u,
                right: u,
                baseline: v,
                size: glyph.size,
                letters: 0,
                bold_letters: 0,
                closed: false,
            });
        }
        let index = pieces.len() - 1;
        if let Some(piece) = pieces.last_mut() {
            piece.text.push_str(&glyph.text);
            piece.right = piece.right.max(u + glyph.advance);
            piece.letters += 1;
            piece.bold_letters += usize::from(glyph.bold);
        }
        drawn.add(&glyph.text, (u, v), index);
        open = true;
    }
    pieces
}

fn follows(last: &Piece, u: f64, v: f64, size: f64, rules: &Rules) -> bool {
    let scale = last.size.min(size);
    let gap = u - last.right;
    (v - last.baseline).abs() < LINE_DRIFT * scale
        && gap < WORD_GAP * last.size.max(size)
        && gap > -0.5 * scale
        && last.size.max(size) < 2.0 * scale
        && !rules.part(last.right, u, v, size)
}

/// Joins pieces of one word that were drawn apart (kerned, or one by one out of order).
fn join(pieces: Vec<Piece>, rules: &Rules) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for line in lines(pieces) {
        for piece in line {
            match joined.last_mut() {
                Some(last) if !last.closed && piece.left >= last.left && follows(last, piece.left, piece.baseline, piece.size, rules) => {
                    last.append(&piece);
                }
                _ => joined.push(piece),
            }
        }
    }
    joined
}

/// Pieces to lines from the top down, each from left to right.
fn lines(mut pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    pieces.sort_by(|a, b| a.baseline.total_cmp(&b.baseline).then(a.left.total_cmp(&b.left)));
    let mut lines: Vec<(f64, f64, Vec<Piece>)> = Vec::new();
    for piece in pieces {
        // The line's baseline is its first piece's, so that a slope cannot creep from line to line.
        match lines.last_mut() {
            Some((baseline, size, line)) if (piece.baseline - *baseline).abs() < LINE_DRIFT * piece.size.min(*size) => {
                *size = size.max(piece.size);
                line.push(piece);
            }
            _ => lines.push((piece.baseline, piece.size, vec![piece])),
        }
    }
    lines
        .into_iter()
        .map(|(_, _, mut line)| {
            line.sort_by(|a, b| a.left.total_cmp(&b.left));
            line
        })
        .collect()
}

/// A finished word: text cleaned, box on the page. `None` where nothing is left or it lies outside.
fn word(piece: &Piece, axis: (f64, f64), line: u32, page: (f64, f64)) -> Option<Word> {
    let text = clean(&piece.text);
    if text.chars().all(|c| c == UNKNOWN) {
        return None; // ornaments, or a page that is not usable anyway
    }
    let (top, bottom) = (piece.baseline - ASCENT * piece.size, piece.baseline + DESCENT * piece.size);
    let corners = [(piece.left, top), (piece.right, top), (piece.left, bottom), (piece.right, bottom)];
    let places = corners.map(|(u, v)| ((u * axis.0 - v * axis.1) / page.0, (u * axis.1 + v * axis.0) / page.1));
    let span = |values: [f64; 4]| {
        let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), &n| (low.min(n), high.max(n)));
        (low.clamp(0.0, 1.0), high.clamp(0.0, 1.0))
    };
    let ((x0, x1), (y0, y1)) = (span(places.map(|p| p.0)), span(places.map(|p| p.1)));
    if x1 <= x0 || y1 <= y0 {
        return None; // outside the page, as crop marks are
    }
    let bbox = BBox { x: x0 as f32, y: y0 as f32, w: (x1 - x0) as f32, h: (y1 - y0) as f32 };
    Some(Word { text, bbox, line, level: None, confidence: 1.0, bold: 2 * piece.bold_letters >= piece.letters.max(1) })
}

/// Composed letters (NFC); ligatures and other presentation forms taken apart; every hyphen the plain
/// one; no control characters or blanks.
fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfc() {
        match c {
            '\u{FB00}'..='\u{FB4F}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{FF01}'..='\u{FF5E}' => out.extend(c.nfkc()),
            '\u{00AD}' | '\u{2010}' | '\u{2011}' => out.push('-'),
            '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}' => {}
            c if c.is_control() || c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use hayro::kurbo::Point;

    /// `text` in a fixed-width font of 10 points from (x, y).
    fn typed(text: &str, x: f64, y: f64) -> Vec<Glyph> {
        let glyph = |(i, c): (usize, char)| Glyph {
            text: c.to_string(),
            origin: Point::new(x + 6.0 * i as f64, y),
            advance: 6.0,
            direction: (1.0, 0.0),
            size: 10.0,
            bold: false,
            hidden: false,
        };
        text.chars().enumerate().map(glyph).collect()
    }

    fn told(glyphs: &[Glyph]) -> Vec<(u32, String)> {
        words(glyphs, &[], 600.0, 800.0).into_iter().map(|word| (word.line, word.text)).collect()
    }

    #[test]
    fn lines_go_down_and_words_to_the_right_whatever_the_drawing_order() {
        let glyphs = [typed("second line", 50.0, 120.0), typed("right", 300.0, 100.5), typed("left", 50.0, 100.0)].concat();
        let expected = [(0, "left"), (0, "right"), (1, "second"), (1, "line")].map(|(line, text)| (line, text.to_owned()));
        assert_eq!(told(&glyphs), expected);
    }

    #[test]
    fn pieces_of_a_word_meet_and_columns_do_not() {
        let glyphs = [typed("1.0", 100.0, 50.0), typed("05,55", 118.3, 50.0), typed("EUR", 152.0, 50.0)].concat();
        assert_eq!(told(&glyphs), [(0, "1.005,55".to_owned()), (0, "EUR".to_owned())]);
    }

    #[test]
    fn a_letter_drawn_twice_is_one_bold_letter() {
        let glyphs = [typed("Total", 100.0, 50.0), typed("Total", 100.3, 50.0)].concat();
        let found = words(&glyphs, &[], 600.0, 800.0);
        assert_eq!((found.len(), found[0].text.as_str(), found[0].bold), (1, "Total", true));
    }

    #[test]
    fn text_that_runs_upwards_has_its_own_lines_and_an_upright_box() {
        let mut glyphs = typed("upwards", 0.0, 0.0);
        for (glyph, step) in glyphs.iter_mut().zip(0..) {
            glyph.direction = (0.0, -1.0);
            glyph.origin = Point::new(300.0, 400.0 - 6.0 * f64::from(step));
        }
        let found = words(&glyphs, &[], 600.0, 800.0);
        assert_eq!(found[0].text, "upwards");
        assert!(found[0].bbox.h > found[0].bbox.w, "{:?}", found[0].bbox);
        assert!((found[0].bbox.bottom() - 0.5).abs() < 0.01, "{:?}", found[0].bbox);
    }

    #[test]
    fn letters_are_composed_and_ligatures_taken_apart() {
        assert_eq!(clean("o\u{FB03}ce \u{FB01}x"), "officefix");
        assert_eq!(clean("Mu\u{308}ller"), "Müller");
        assert_eq!(clean("INV\u{2011}7\u{AD}8"), "INV-7-8");
    }
}
