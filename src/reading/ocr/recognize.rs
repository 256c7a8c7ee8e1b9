//! Reading a line: its crop at one of few widths, the recognizer narrowed to the characters of Latin
//! invoices, its steps decoded into words.

use image::RgbImage;
use rayon::prelude::*;

use super::crop::{Crop, HEIGHT};
use super::geometry::{Point, Rect};
use super::ink::Ink;
use super::spaces::Word;
use super::{Line, OcrWord, ctc, repair, signs, spaces};
use crate::inference::{InferenceError, Models, ShapedModel, Tensor};

const FOLDER: &str = "ocr/recognition";
/// Widths are multiples of this.
const STEP: usize = 32;
/// The narrowest and the widest crop; a longer line is read in pieces.
const NARROWEST: usize = 32;
const WIDEST: usize = 576;
/// A line beyond this is compressed before it is taken apart.
const LONGEST: usize = 8192;
const PLANS: usize = 20;

/// The recognition model.
#[derive(Debug)]
pub(super) struct Recognizer {
    model: ShapedModel,
    /// What the classes after the blank mean.
    alphabet: Vec<char>,
}

/// A line as read, its words still as characters with their doubts.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub rect: Rect,
    pub words: Vec<Spelled>,
    /// Mean of the characters' probabilities.
    pub confidence: f32,
}

/// A word's characters and its corners on the page.
#[derive(Debug, Clone)]
pub(super) struct Spelled {
    pub glyphs: Vec<ctc::Glyph>,
    pub quad: [Point; 4],
}

impl Read {
    /// What it says.
    pub fn line(&self) -> Line {
        let words = self.words.iter().map(|word| OcrWord {
            text: word.glyphs.iter().map(|glyph| glyph.character).collect(),
            quad: word.quad,
            confidence: mean(&word.glyphs),
        });
        Line { words: words.collect(), confidence: self.confidence }
    }
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
        rects.par_iter().map(|rect| self.read(page, rect)).collect()
    }

    /// Reads one line, a long one in pieces.
    pub fn read(&self, page: &RgbImage, rect: &Rect) -> Result<Read, InferenceError> {
        let natural = natural_width(rect);
        if natural <= WIDEST as f32 * 1.1 {
            return self.read_crop(&Crop::cut(page, rect, width(natural)), rect);
        }
        let crop = Crop::cut(page, rect, (natural as usize).min(LONGEST));
        let mut whole = Read { rect: *rect, words: Vec::new(), confidence: 0.0 };
        let mut letters = 0.0;
        for (from, to) in spaces::pieces(&Ink::of(&crop).columns, WIDEST) {
            let part = rect.part(from, to);
            let read = self.read_crop(&Crop::cut(page, &part, width(natural_width(&part))), &part)?;
            let count = read.words.iter().map(|word| word.glyphs.len()).sum::<usize>() as f32;
            whole.confidence += read.confidence * count;
            letters += count;
            whole.words.extend(read.words);
        }
        whole.confidence /= f32::max(letters, 1.0);
        Ok(whole)
    }

    /// Reads a line from its picture.
    fn read_crop(&self, crop: &Crop, rect: &Rect) -> Result<Read, InferenceError> {
        let data = crop.planes.iter().map(|value| value * (2.0 / 255.0) - 1.0).collect();
        let steps = self.model.run(&Tensor::F32 { shape: vec![1, 3, HEIGHT, crop.width], data })?;
        let mut glyphs = ctc::decode(steps.as_f32().unwrap_or_default(), &self.alphabet);
        let ink = Ink::of(crop);
        signs::add(&mut glyphs, &ink);
        let words = spelled(spaces::words(&glyphs, &ink.columns)).into_iter();
        let words = words.map(|word| Spelled { quad: rect.quad(word.from, word.to), glyphs: word.glyphs }).collect();
        Ok(Read { rect: *rect, words, confidence: mean(&glyphs) })
    }
}

/// The words repaired, those that were torn apart as one.
fn spelled(words: Vec<Word>) -> Vec<Word> {
    let mut whole: Vec<Word> = Vec::new();
    for mut word in words {
        match whole.last_mut() {
            Some(last) if repair::torn(&last.glyphs, &word.glyphs) => {
                last.glyphs.append(&mut word.glyphs);
                last.to = word.to;
            }
            _ => whole.push(word),
        }
    }
    whole.iter_mut().for_each(|word| repair::word(&mut word.glyphs));
    whole
}

fn mean(glyphs: &[ctc::Glyph]) -> f32 {
    glyphs.iter().map(|glyph| glyph.confidence).sum::<f32>() / glyphs.len().max(1) as f32
}

/// The width that keeps a line's proportions.
fn natural_width(rect: &Rect) -> f32 {
    rect.length / rect.height.max(1.0) * HEIGHT as f32
}

/// The width at which a line of this natural width is read.
fn width(natural: f32) -> usize {
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
