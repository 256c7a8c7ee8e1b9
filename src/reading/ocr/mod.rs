//! stub
#![expect(dead_code)]
use crate::inference::{InferenceError, Models};
pub struct Ocr;
impl Ocr {
    pub fn open(_: &Models) -> Result<Option<Self>, InferenceError> {
        Ok(None)
    }
    pub fn read(&self, _: &image::RgbImage) -> Result<Recognized, InferenceError> {
        Ok(Recognized { quarter_turns: 0, lines: vec![] })
    }
}
pub struct Recognized {
    pub quarter_turns: u8,
    pub lines: Vec<Line>,
}
pub struct Line {
    pub words: Vec<OcrWord>,
    pub confidence: f32,
}
pub struct OcrWord {
    pub text: String,
    pub quad: [(f32, f32); 4],
    pub confidence: f32,
}
