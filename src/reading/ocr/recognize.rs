//! Reading a line: its crop at one of few widths, the recognizer narrowed to the characters of Latin
//! invoices, its steps decoded into words.

use image::RgbImage;
use rayon::prelude::*;

use super::crop::{Crop, HEIGHT};
use super::geometry::Rect;
use super::{Line, OcrWord, ctc, repair, spaces};
use crate::inference::{InferenceError, Models, ShapedModel, Tensor};

const FOLDER: &str = "ocr/recognition";
/// Widths are multiples of this.
const STEP: usize = 32;
/// The narrowest and the widest crop; a longer line is read in pieces.
const NARROWEST: usize = 32;
const WIDEST: usize = 2048;
const PLANS: usize = 20;

/// The recognition model.
#[derive(Debug)]
pub(super) struct Recognizer {
    model: ShapedModel,
    /// What the classes after the blank mean.
    alphabet: Vec<char>,
}

/// A line as read, with its rectangle.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub rect: Rect,
    pub line: Line,
}

impl Recognizer {
    pub fn open(models: &Models) -> Result<Option<Self>, InferenceError> {
        let Some(mut model) = models.shaped(FOLDER, PLANS)? else { return Ok(None) };
        let listed: Vec<char> = model.metadata("character").unwrap_or_default().lines().filter_map(|line| line.chars().next()).collect();
        // Class 0 is the blank, the listed characters follow, the last is the space.
        let mut kept = vec![0];
        let mut alphabet = Vec::new();
        for (class, character) in listed.iter().enumerate().map(|(index, character)| (index + 1, *character)) {
            if let Some(meant) = latin(character) {
                kept.push(class);
                alphabet.push(meant);
            }
        }
        kept.push(listed.len() + 1);
        alphabet.push(' ');
        model.keep_outputs(&kept)?;
        Ok(Some(Self { model, alphabet }))
    }

    /// Reads the lines in these rectangles, over all cores.
    pub fn read_all(&self, page: &RgbImage, rects: &[Rect]) -> Result<Vec<Read>, InferenceError> {
        rects.par_iter().map(|rect| Ok(Read { rect: *rect, line: self.read(page, rect)? })).collect()
    }

    /// Reads one line.
    pub fn read(&self, page: &RgbImage, rect: &Rect) -> Result<Line, InferenceError> {
        let crop = Crop::cut(page, rect, width(rect));
        self.read_crop(&crop, rect)
    }

    /// Reads a line from its picture.
    pub fn read_crop(&self, crop: &Crop, rect: &Rect) -> Result<Line, InferenceError> {
        let data = crop.planes.iter().map(|value| value.mul_add(2.0 / 255.0, -1.0)).collect();
        let steps = self.model.run(&Tensor::F32 { shape: vec![1, 3, HEIGHT, crop.width], data })?;
        let glyphs = ctc::decode(steps.as_f32().unwrap_or_default(), &self.alphabet);
        let words: Vec<OcrWord> = spaces::words(&glyphs, crop)
            .into_iter()
            .map(|word| {
                let text: String = word.glyphs.iter().map(|glyph| glyph.character).collect();
                OcrWord { text: repair::word(&text), quad: rect.quad(word.from, word.to), confidence: mean(word.glyphs) }
            })
            .collect();
        Ok(Line { words, confidence: mean(&glyphs) })
    }
}

fn mean(glyphs: &[ctc::Glyph]) -> f32 {
    glyphs.iter().map(|glyph| glyph.confidence).sum::<f32>() / glyphs.len().max(1) as f32
}

/// The width at which a line is read.
fn width(rect: &Rect) -> usize {
    let natural = rect.length / rect.height.max(1.0) * HEIGHT as f32;
    ((natural / STEP as f32).round() as usize * STEP).clamp(NARROWEST, WIDEST)
}

/// What a class means on a Latin invoice: its character, a full-width form or an ideographic stop as
/// its ASCII equal; `None` where it is no Latin letter, digit or sign.
fn latin(character: char) -> Option<char> {
    match character {
        '!'..='~' => Some(character),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xff01 + u32::from('!')),
        '¥' | '￥' => Some('¥'),
        '￡' => Some('£'),
        '￠' => Some('¢'),
        '。' => Some('.'),
        '、' => Some(','),
        '“' | '”' => Some('"'),
        '‘' | '’' | '′' => Some('\''),
        '–' | '—' | '─' | '−' => Some('-'),
        '×' | '÷' | '±' | '®' | '™' | '°' | '§' | '•' | '·' | '№' | '…' | '«' | '»' | '€' => Some(character),
        'À'..='ɏ' => Some(character),
        _ => None,
    }
}
