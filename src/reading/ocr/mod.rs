//! Text recognition: a page image becomes lines of words with their places and confidences.
//!
//! It runs in the reading child, for photos, scans and PDF pages without text, once the page is
//! prepared (decoded, dewarped). Three models of one package do the seeing: one marks text
//! (`detect`), one reads a line (`recognize`), one tells a line from the same line upside down
//! (`turns`). Everything around them is here: resolution, strips, boxes, crops, decoding, spaces
//! between words, repairs. It refuses nothing: a page without text has no lines.

mod boxes;
mod crop;
mod ctc;
mod detect;
mod geometry;
mod habits;
mod ink;
mod lexicon;
mod order;
mod recognize;
mod repair;
mod signs;
mod spaces;
mod turns;

use image::RgbImage;

use crate::inference::{InferenceError, Models};

/// The most lines that are read on a page; what is detected beyond is left out, the least sure first.
const MOST_LINES: usize = 2000;
/// Lines less sure than this are no text.
const LEAST_CONFIDENCE: f32 = 0.5;

/// The recognition engine; one serves all threads.
#[derive(Debug)]
pub struct Ocr {
    detector: detect::Detector,
    recognizer: recognize::Recognizer,
    orientation: turns::Orientation,
}

/// What a page says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recognized {
    /// Clockwise quarter turns that set the image upright, 0 to 3.
    pub quarter_turns: u8,
    /// The lines in reading order; pieces of one row that stand far apart are separate lines.
    pub lines: Vec<Line>,
}

/// Words that stand together on one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// In reading order, at least one.
    pub words: Vec<OcrWord>,
    /// Mean of the characters' probabilities, 0 to 1.
    pub confidence: f32,
}

/// One word.
#[derive(Debug, Clone, PartialEq)]
pub struct OcrWord {
    /// Without white space.
    pub text: String,
    /// Corners in pixels of the image as given, from the word's own top left, clockwise as the word
    /// is read.
    pub quad: [(f32, f32); 4],
    /// Mean of the characters' probabilities, 0 to 1.
    pub confidence: f32,
}

impl Ocr {
    /// The three models under `models/ocr`; `None` where they are not installed.
    ///
    /// # Errors
    /// Any [`InferenceError`] of an installed model.
    pub fn open(models: &Models) -> Result<Option<Self>, InferenceError> {
        let (Some(detector), Some(recognizer), Some(orientation)) =
            (detect::Detector::open(models)?, recognize::Recognizer::open(models)?, turns::Orientation::open(models)?)
        else {
            return Ok(None);
        };
        Ok(Some(Self { detector, recognizer, orientation }))
    }

    /// Reads one page image: finds the page's quarter turn, its lines and their words.
    ///
    /// # Errors
    /// [`InferenceError::Run`] where a model does not run.
    pub fn read(&self, page: &RgbImage) -> Result<Recognized, InferenceError> {
        if page.width() == 0 || page.height() == 0 {
            return Ok(Recognized::default());
        }
        let mut found = self.detector.detect(page)?;
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found.truncate(MOST_LINES);
        let rects: Vec<geometry::Rect> = found.iter().map(|region| region.rect).collect();
        let upright = turns::set_upright(page, &rects, &self.recognizer, &self.orientation)?;
        let read = self.recognizer.read_all(page, &upright.rects)?;
        let kept = read.into_iter().filter(|read| read.confidence >= LEAST_CONFIDENCE && !read.words.is_empty()).collect();
        let mut sorted = order::reading_order(kept, upright.quarter_turns);
        habits::follow(&mut sorted);
        let mut lines: Vec<Line> = sorted.iter().map(recognize::Read::line).collect();
        repair::page(&mut lines);
        Ok(Recognized { quarter_turns: upright.quarter_turns, lines })
    }
}

#[cfg(test)]
mod tests;
