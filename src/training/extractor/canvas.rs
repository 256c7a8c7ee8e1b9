//! A page to put text on: pieces become words with boxes, each tagged with the field it shows.

use rand::RngExt as _;

use super::entities::{Rng, chance};
use super::noise::Noise;
use crate::domain::{BBox, FieldName, Page, Word};

/// Text with the field that it is the value of.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// What is printed.
    pub text: String,
    /// Whose value it is.
    pub field: Option<FieldName>,
}

impl Piece {
    /// Text that is no field's value.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), field: None }
    }

    /// A field's value.
    pub fn of(field: FieldName, text: impl Into<String>) -> Self {
        Self { text: text.into(), field: Some(field) }
    }
}

/// How text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Font size in points.
    pub size: f32,
    /// Bold.
    pub bold: bool,
}

/// One page in the making.
#[derive(Debug, Clone)]
pub struct Canvas {
    /// Width in points.
    pub width: f32,
    /// Height in points.
    pub height: f32,
    /// Width of the average letter over the font size: the font's breadth.
    breadth: f32,
    /// Height of a word's box over the font size.
    box_height: f32,
    words: Vec<(Word, Option<FieldName>)>,
}

impl Canvas {
    /// An empty page of A4 or letter size, with a font's proportions drawn by chance.
    pub fn new(rng: &mut Rng) -> Self {
        let (width, height) = if chance(rng, 0.7) { (595.0, 842.0) } else { (612.0, 792.0) };
        Self { width, height, breadth: rng.random_range(0.44..0.62), box_height: rng.random_range(0.9..1.25), words: Vec::new() }
    }

    /// An empty page of the same size and font.
    pub fn next(&self) -> Self {
        Self { words: Vec::new(), ..*self }
    }

    /// Width of a text.
    pub fn measure(&self, text: &str, style: Style) -> f32 {
        let units: f32 = text.chars().map(|c| self.advance(c)).sum();
        units * style.size * if style.bold { 1.08 } else { 1.0 }
    }

    fn advance(&self, c: char) -> f32 {
        self.breadth
            * match c {
                'i' | 'l' | 'j' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.5,
                ' ' => 0.54,
                'm' | 'w' | 'W' | 'M' => 1.5,
                c if c.is_uppercase() => 1.25,
                _ => 1.0,
            }
    }

    /// Sets pieces from `x` on one line whose top is `y`; returns the right end.
    pub fn put(&mut self, (x, y): (f32, f32), style: Style, pieces: &[Piece]) -> f32 {
        let space = self.measure(" ", style);
        let mut at = x;
        for piece in pieces {
            for text in piece.text.split_whitespace() {
                let width = self.measure(text, style);
                let bbox =
                    BBox { x: at / self.width, y: y / self.height, w: width / self.width, h: style.size * self.box_height / self.height };
                self.words
                    .push((Word { text: text.to_owned(), bbox, level: None, line: 0, bold: style.bold, confidence: 1.0 }, piece.field));
                at += width + space;
            }
        }
        at - space
    }

    /// Sets pieces so that they end at `right`.
    pub fn put_right(&mut self, (right, y): (f32, f32), style: Style, pieces: &[Piece]) {
        let texts: Vec<&str> = pieces.iter().map(|p| p.text.as_str()).collect();
        let width = self.measure(&texts.join(" "), style);
        self.put((right - width, y), style, pieces);
    }

    /// Sets pieces in several lines no wider than `width`; returns the top of the next line.
    pub fn put_wrapped(&mut self, (x, y): (f32, f32), style: Style, (width, leading): (f32, f32), pieces: &[Piece]) -> f32 {
        let space = self.measure(" ", style);
        let (mut at, mut top) = (x, y);
        for piece in pieces {
            for text in piece.text.split_whitespace() {
                let wide = self.measure(text, style);
                if at > x && at + wide > x + width {
                    (at, top) = (x, top + leading);
                }
                at = self.put((at, top), style, &[Piece { text: text.to_owned(), field: piece.field }]) + space;
            }
        }
        top + leading
    }

    /// Lays what is printed on a sheet of another size, its top left corner at `(x, y)` there, unscaled.
    pub fn reframe(&mut self, (width, height): (f32, f32), (x, y): (f32, f32)) {
        for (word, _) in &mut self.words {
            let old = word.bbox;
            word.bbox = BBox {
                x: (old.x * self.width + x) / width,
                y: (old.y * self.height + y) / height,
                w: old.w * self.width / width,
                h: old.h * self.height / height,
            };
        }
        (self.width, self.height) = (width, height);
    }

    /// The page and the field of each of its words, as they are read under `noise`.
    pub fn finish(self, rng: &mut Rng, number: u32, noise: Noise) -> (Page, Vec<Option<FieldName>>) {
        let (width, height) = (self.width, self.height);
        let words = noise.apply(rng, self.words);
        let (mut out, tags): (Vec<Word>, Vec<_>) = words.into_iter().unzip();
        for (line, word) in out.iter_mut().enumerate() {
            word.line = line as u32;
        }
        (Page { number, width, height, words: out, ..Page::default() }, tags)
    }
}
