//! Where text stands on a page: the image at the resolution that the detector needs, in strips of
//! one height, so that memory stays small and few shapes are planned; empty strips are not run.

use fast_image_resize as fir;
use image::RgbImage;

use super::boxes::{self, Region};
use crate::inference::{InferenceError, Models, ShapedModel, Tensor};

const FOLDER: &str = "ocr/detection";
/// Rows of a strip.
const STRIP: usize = 320;
/// Rows that two strips share at least, half of them to each.
const SHARED: usize = 48;
/// Widths are brought to multiples of this.
const WIDTH_STEP: usize = 64;
/// A wider page is reduced, and a larger one.
const MOST_WIDTH: usize = 1280;
const MOST_PIXELS: f32 = 1_400_000.0;
/// A page with a shorter side is enlarged, up to twice.
const LEAST_SIDE: f32 = 400.0;
/// Difference of brightness without which a strip is empty.
const EMPTY: u8 = 24;
const PLANS: usize = 6;

/// The detection model.
#[derive(Debug)]
pub(super) struct Detector {
    model: ShapedModel,
}

impl Detector {
    pub fn open(models: &Models) -> Result<Option<Self>, InferenceError> {
        Ok(models.shaped(FOLDER, PLANS)?.map(|model| Self { model }))
    }

    /// The places of text, in pixels of the page.
    pub fn detect(&self, page: &RgbImage) -> Result<Vec<Region>, InferenceError> {
        let (width, height) = size(page.width(), page.height());
        let Some(scaled) = resized(page, width, height) else { return Ok(Vec::new()) };
        let map = self.map(&scaled, width, height)?;
        let (x, y) = (page.width() as f32 / width as f32, page.height() as f32 / height as f32);
        Ok(boxes::regions(&map, width).into_iter().map(|region| Region { rect: region.rect.scaled(x, y), ..region }).collect())
    }

    /// The probability of text for every pixel.
    fn map(&self, pixels: &[u8], width: usize, height: usize) -> Result<Vec<f32>, InferenceError> {
        let mut map = vec![0.0; width * height];
        for strip in strips(height) {
            let rows = &pixels[strip.top * width * 3..(strip.top + STRIP).min(height) * width * 3];
            if is_empty(rows) {
                continue;
            }
            let output = self.model.run(&tensor(rows, width))?;
            let values = output.as_f32().unwrap_or_default();
            let (from, to) = (strip.from * width, strip.to * width);
            if let Some(part) = values.get(from - strip.top * width..to - strip.top * width) {
                map[from..to].copy_from_slice(part);
            }
        }
        Ok(map)
    }
}

/// Rows `from..to` of the map come from the strip that starts at row `top`.
struct Strip {
    top: usize,
    from: usize,
    to: usize,
}

fn strips(height: usize) -> Vec<Strip> {
    let mut strips: Vec<Strip> = Vec::new();
    let mut from = 0;
    while from < height {
        let top = from.saturating_sub(SHARED / 2).min(height.saturating_sub(STRIP));
        let to = if top + STRIP >= height { height } else { top + STRIP - SHARED / 2 };
        strips.push(Strip { top, from, to });
        from = to;
    }
    strips
}

/// Width and height at which a page is searched.
fn size(width: u32, height: u32) -> (usize, usize) {
    let (w, h) = (width as f32, height as f32);
    let enlarge = (LEAST_SIDE / w.min(h)).clamp(1.0, 2.0);
    let scale = enlarge.min((MOST_PIXELS / (w * h)).sqrt()).min(MOST_WIDTH as f32 / w);
    let width = ((w * scale / WIDTH_STEP as f32).round() as usize).max(1) * WIDTH_STEP;
    let height = ((h * scale).round() as usize).max(32);
    (width.min(MOST_WIDTH), height)
}

/// The page in another size, three bytes a pixel.
fn resized(page: &RgbImage, width: usize, height: usize) -> Option<Vec<u8>> {
    if page.width() as usize == width && page.height() as usize == height {
        return Some(page.as_raw().clone());
    }
    let source = fir::images::ImageRef::new(page.width(), page.height(), page.as_raw(), fir::PixelType::U8x3).ok()?;
    let mut target = fir::images::Image::new(u32::try_from(width).ok()?, u32::try_from(height).ok()?, fir::PixelType::U8x3);
    let options = fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Bilinear));
    fir::Resizer::new().resize(&source, &mut target, &options).ok()?;
    Some(target.into_vec())
}

fn is_empty(rows: &[u8]) -> bool {
    let (low, high) = rows.iter().fold((u8::MAX, 0), |(low, high), value| (low.min(*value), high.max(*value)));
    high.saturating_sub(low) < EMPTY
}

/// A strip as the model takes it: blue, green, red planes from -1 to 1; the last row is repeated
/// where the page ends before the strip.
fn tensor(rows: &[u8], width: usize) -> Tensor {
    let plane = width * STRIP;
    let mut data = vec![0.0; 3 * plane];
    let height = (rows.len() / (3 * width)).max(1);
    for (channel, values) in data.chunks_exact_mut(plane).enumerate() {
        for (row, line) in values.chunks_exact_mut(width).enumerate() {
            let from = row.min(height - 1) * width * 3;
            for (value, pixel) in line.iter_mut().zip(rows[from..].chunks_exact(3)) {
                *value = f32::from(pixel[2 - channel]) * (2.0 / 255.0) - 1.0;
            }
        }
    }
    Tensor::F32 { shape: vec![1, 3, STRIP, width], data }
}
