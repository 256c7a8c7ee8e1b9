//! Which way is up. Boxes that are taller than wide tell a page that lies on its side; a few lines
//! read both ways, and the orientation model where they leave a doubt, tell head from foot.

use image::RgbImage;

use super::crop::Crop;
use super::geometry::Rect;
use super::recognize::Recognizer;
use crate::inference::{InferenceError, Models, ShapedModel, Tensor};

const FOLDER: &str = "ocr/orientation";
/// Width of a line's picture for the orientation model.
const WIDTH: usize = 192;
/// Lines that are asked.
const ASKED: usize = 5;
/// Read this surely, a line stands upright.
const SURE: f32 = 0.9;

/// The orientation model.
#[derive(Debug)]
pub(super) struct Orientation {
    model: ShapedModel,
}

impl Orientation {
    pub fn open(models: &Models) -> Result<Option<Self>, InferenceError> {
        Ok(models.shaped(FOLDER, 1)?.map(|model| Self { model }))
    }

    /// Probability that a line stands on its head.
    fn reversed(&self, page: &RgbImage, rect: &Rect) -> Result<f32, InferenceError> {
        let crop = Crop::cut(page, rect, WIDTH);
        let data = crop.planes.iter().map(|value| value * (2.0 / 255.0) - 1.0).collect();
        let output = self.model.run(&Tensor::F32 { shape: vec![1, 3, super::crop::HEIGHT, WIDTH], data })?;
        Ok(output.as_f32().and_then(|values| values.get(1)).copied().unwrap_or(0.0))
    }
}

/// Rectangles in the page's true reading direction.
#[derive(Debug)]
pub(super) struct Upright {
    pub quarter_turns: u8,
    pub rects: Vec<Rect>,
}

/// Turns the rectangles into the reading direction of most of the page.
pub(super) fn set_upright(
    page: &RgbImage,
    rects: &[Rect],
    recognizer: &Recognizer,
    orientation: &Orientation,
) -> Result<Upright, InferenceError> {
    let extent = |tall: bool| -> f32 {
        rects.iter().filter(|rect| (rect.height > 1.5 * rect.length) == tall).map(|rect| rect.height.max(rect.length)).sum()
    };
    let sideways = extent(true) > 2.0 * extent(false);
    // A page turned a quarter clockwise has its text running down: so must the rectangles' direction.
    let base: u8 = u8::from(sideways);
    let turned: Vec<Rect> = rects.iter().map(|rect| rect.turned(base)).collect();
    let mut longest: Vec<&Rect> = turned.iter().filter(|rect| rect.length > 2.0 * rect.height).collect();
    longest.sort_by(|a, b| (b.length / b.height).min(8.0).total_cmp(&(a.length / a.height).min(8.0)));
    let (mut upright, mut reversed) = (0.0, 0.0);
    for rect in longest.into_iter().take(ASKED) {
        let here = recognizer.read(page, rect)?.confidence;
        if here > SURE && !sideways {
            upright += 1.0;
            break;
        }
        let there = recognizer.read(page, &rect.turned(2))?.confidence;
        let model = orientation.reversed(page, rect)?;
        upright += here + 0.5 * (1.0 - model);
        reversed += there + 0.5 * model;
    }
    let head = reversed > upright;
    let rects = turned.iter().map(|rect| if head { rect.turned(2) } else { *rect }).collect();
    let direction = base + if head { 2 } else { 0 };
    Ok(Upright { quarter_turns: (4 - direction) % 4, rects })
}
