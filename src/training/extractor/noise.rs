//! What a reader of pictures makes of a page: letters taken for others, blanks lost and invented,
//! marks and words dropped, boxes that wobble, rows that run a little uphill, bold type unseen.
//!
//! Applied to a share of the generated documents only; a digital page is read as it is printed.

use rand::RngExt as _;

use super::entities::{Rng, chance, pick};
use crate::domain::{BBox, FieldName, Word};

/// A printed word and the field it shows.
pub type Tagged = (Word, Option<FieldName>);

/// How badly one document is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// 0 is a clean page, 1 a bad photograph.
    strength: f32,
    /// How often a blank between words is lost.
    merging: f64,
    /// Rise of a row over the page's width, in heights of a word, at the top and at the bottom.
    rise: (f32, f32),
}

impl Noise {
    /// A digital page.
    pub const CLEAN: Self = Self { strength: 0.0, merging: 0.0, rise: (0.0, 0.0) };

    /// Noise of a document: none, or of a strength drawn by chance with probability `often`.
    pub fn draw(rng: &mut Rng, often: f64) -> Self {
        if !chance(rng, often) {
            return Self::CLEAN;
        }
        let strength = rng.random_range(0.05..1.0_f32).powf(1.5);
        let merging = if chance(rng, 0.2) { rng.random_range(0.1..0.6) } else { f64::from(strength) * 0.06 };
        let rise = 0.5 * strength;
        Self { strength, merging, rise: (rng.random_range(-rise..=rise), rng.random_range(-rise..=rise)) }
    }

    /// `true` with probability `p` times the strength.
    fn hit(&self, rng: &mut Rng, p: f64) -> bool {
        chance(rng, (p * f64::from(self.strength)).clamp(0.0, 1.0))
    }

    /// The words as they are read.
    pub fn apply(&self, rng: &mut Rng, words: Vec<Tagged>) -> Vec<Tagged> {
        if self.strength <= 0.0 {
            return words;
        }
        let mut out: Vec<Tagged> = Vec::with_capacity(words.len());
        let (mut row, mut stretch) = (f32::NAN, 1.0);
        for (mut word, field) in words {
            if word.bbox.y.to_bits() != row.to_bits() {
                row = word.bbox.y;
                stretch = 1.0 + 0.2 * self.strength * rng.random_range(-1.0..1.0_f32);
            }
            if self.hit(rng, if field.is_some() { 0.004 } else { 0.02 }) {
                continue;
            }
            word.bold = false;
            word.text = self.misread(rng, &word.text);
            if word.text.is_empty() {
                continue;
            }
            let last = out.last_mut().filter(|(last, tag)| beside(last, &word) && (tag.is_none() || field.is_none() || *tag == field));
            if let Some((last, tag)) = last
                && chance(rng, self.merging)
            {
                last.text.push_str(&word.text);
                last.bbox = last.bbox.union(&word.bbox);
                *tag = tag.or(field);
                continue;
            }
            word.bbox.h *= stretch;
            self.push(rng, word, field, &mut out);
        }
        out.iter_mut().for_each(|(word, _)| self.shift(rng, word));
        out
    }

    /// Adds a word, now and then cut in two.
    fn push(&self, rng: &mut Rng, word: Word, field: Option<FieldName>, out: &mut Vec<Tagged>) {
        let count = word.text.chars().count();
        let mark = word.text.chars().position(|c| matches!(c, '.' | ',' | '/' | '-' | ':'));
        let often = if mark.is_some() { 0.05 } else { 0.012 };
        if count < 4 || !self.hit(rng, often) {
            out.push((word, field));
            return;
        }
        let at = match mark.filter(|&m| m > 0) {
            Some(mark) => mark + usize::from(chance(rng, 0.5)),
            None => rng.random_range(1..count),
        };
        let cut = word.text.char_indices().nth(at).map_or(word.text.len(), |(i, _)| i);
        let (head, tail) = word.text.split_at(cut);
        if head.is_empty() || tail.is_empty() {
            out.push((word, field));
            return;
        }
        let part = at as f32 / count as f32;
        let gap = word.bbox.w / count as f32 * 0.3;
        let first = BBox { w: (word.bbox.w * part - gap).max(word.bbox.w * 0.1), ..word.bbox };
        let second =
            BBox { x: word.bbox.x + word.bbox.w * part + gap, w: (word.bbox.w * (1.0 - part) - gap).max(word.bbox.w * 0.1), ..word.bbox };
        out.push((Word { text: head.to_owned(), bbox: first, ..word.clone() }, field));
        out.push((Word { text: tail.to_owned(), bbox: second, ..word }, field));
    }

    /// Moves a box: the row's rise and a wobble.
    fn shift(&self, rng: &mut Rng, word: &mut Word) {
        let wobble = 0.12 * self.strength;
        let height = word.bbox.h;
        let rise = self.rise.0 + (self.rise.1 - self.rise.0) * word.bbox.y.clamp(0.0, 1.0);
        word.bbox.y += height * (rise * (word.bbox.x - 0.5) + wobble * rng.random_range(-0.5..0.5_f32));
        word.bbox.x += height * 0.3 * wobble * rng.random_range(-1.0..1.0_f32);
        word.bbox.h *= 1.0 + wobble * rng.random_range(-0.5..0.5_f32);
        word.confidence = 1.0 - 0.4 * self.strength * rng.random_range(0.0..1.0_f32);
    }

    /// A word as it is read.
    fn misread(&self, rng: &mut Rng, text: &str) -> String {
        let number = text.bytes().filter(u8::is_ascii_digit).count() * 2 >= text.len();
        let mut out = String::with_capacity(text.len());
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let inside = !out.is_empty() && chars.peek().is_some();
            let dropped = match c {
                '$' | '€' | '£' | '₹' => 0.12,
                '.' | ',' if number && inside => 0.012,
                ':' | '.' | ',' | '\'' | '*' | '#' => 0.08,
                '-' | '/' => 0.012,
                _ => 0.003,
            };
            if self.hit(rng, dropped) {
                continue;
            }
            if c == 'r' && chars.peek() == Some(&'n') && self.hit(rng, 0.1) {
                chars.next();
                out.push('m');
                continue;
            }
            let wrong = if number { 0.012 } else { 0.022 };
            match confusions(c, number) {
                Some(list) if self.hit(rng, wrong * 1.5) => out.push_str(pick::<&str>(rng, list)),
                _ if !c.is_ascii() && c.is_alphabetic() && self.hit(rng, 0.2) => out.push_str(deunicode::deunicode_char(c).unwrap_or("")),
                _ if c.is_ascii_digit() && self.hit(rng, 0.0025) => out.push(char::from(b'0' + rng.random_range(0..10_u8))),
                _ if c.is_alphabetic() && self.hit(rng, 0.003) => out.push(char::from(b'a' + rng.random_range(0..26_u8))),
                _ => out.push(c),
            }
        }
        out
    }
}

/// Whether a word follows another in one row at the distance of a blank.
fn beside(last: &Word, word: &Word) -> bool {
    let gap = word.bbox.x - last.bbox.right();
    (last.bbox.y - word.bbox.y).abs() < 0.3 * word.bbox.h && gap > -0.002 && gap < last.bbox.w / last.text.chars().count().max(1) as f32
}

/// What a letter or digit is taken for.
fn confusions(c: char, number: bool) -> Option<&'static [&'static str]> {
    Some(match c {
        '0' => &["O", "O", "o", "D"],
        '1' => &["l", "I", "i", "|"],
        '5' => &["S", "s"],
        '8' => &["B"],
        '2' => &["Z", "z"],
        '6' => &["b", "G"],
        '7' => &["T", "1"],
        '4' => &["A"],
        '9' => &["g", "q"],
        '.' if number => &[",", ":", ". "],
        ',' if number => &[".", ","],
        '-' => &["–", "_", "~"],
        '$' => &["S", "5", "s"],
        '€' => &["E", "C", "e", "6"],
        '£' => &["E", "f", "L"],
        ':' => &[".", ";", "!"],
        '/' => &["1", "I", "l"],
        _ if number => return None,
        'O' => &["0", "Q", "D"],
        'o' => &["0", "c"],
        'I' => &["l", "1", "|"],
        'l' => &["I", "1", "i"],
        'i' => &["l", "1", "j"],
        'S' => &["5", "s"],
        'B' => &["8", "R"],
        'Z' => &["2"],
        'G' => &["6", "C"],
        'm' => &["rn", "n"],
        'w' => &["vv", "v"],
        'e' => &["c", "o"],
        'c' => &["e", "o"],
        'h' => &["n", "b"],
        'n' => &["h", "m", "r"],
        'a' => &["o", "e"],
        't' => &["f", "l"],
        'E' => &["F", "B"],
        'N' => &["H", "M"],
        'U' => &["V", "LI"],
        'D' => &["O", "0"],
        '&' => &["8", "g"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    fn words(count: usize) -> Vec<Tagged> {
        let word = |i: usize| {
            let bbox = BBox { x: 0.1 * (i % 8) as f32, y: 0.02 * (i / 8) as f32, w: 0.08, h: 0.012 };
            let text = if i.is_multiple_of(3) { "1,234.50".to_owned() } else { "Invoice:".to_owned() };
            (Word { text, bbox, level: None, line: 0, bold: true, confidence: 1.0 }, (i == 4).then_some(FieldName::TotalAmount))
        };
        (0..count).map(word).collect()
    }

    #[test]
    fn a_clean_page_stays_as_it_is_and_a_bad_one_is_still_readable() {
        let mut rng = Rng::seed_from_u64(3);
        assert_eq!(Noise::CLEAN.apply(&mut rng, words(64)), words(64));
        let worst = Noise { strength: 1.0, merging: 0.06, rise: (0.5, -0.5) };
        let read = worst.apply(&mut rng, words(400));
        let intact = read.iter().filter(|(w, _)| matches!(w.text.as_str(), "1,234.50" | "Invoice:" | "Invoice")).count();
        assert!(intact > 180 && intact < 380, "{intact} of 400 intact");
        assert!(read.iter().all(|(w, _)| !w.text.is_empty() && !w.bold && w.bbox.w > 0.0 && w.bbox.h > 0.0));
    }

    #[test]
    fn a_third_of_documents_is_noisy() {
        let mut rng = Rng::seed_from_u64(4);
        let noisy = (0..1000).filter(|_| Noise::draw(&mut rng, 0.35) != Noise::CLEAN).count();
        assert!((300..400).contains(&noisy), "{noisy}");
    }
}
