//! Cutting a line out of a page: the rectangle is set upright and brought to the recognizer's height.

use image::RgbImage;

use super::geometry::Rect;

/// Height that the recognizer takes, in pixels.
pub(super) const HEIGHT: usize = 48;

/// A line's picture, `HEIGHT` rows of `width` pixels.
#[derive(Debug, Clone)]
pub(super) struct Crop {
    pub width: usize,
    /// Blue, green, red planes, values 0 to 255.
    pub planes: Vec<f32>,
}

impl Crop {
    /// The part of the page inside `rect`, stretched to `width`.
    pub fn cut(page: &RgbImage, rect: &Rect, width: usize) -> Self {
        let plane = width * HEIGHT;
        let mut planes = vec![0.0; 3 * plane];
        let fine = |pixels: f32, cells: usize| ((pixels / cells as f32).ceil() as usize).clamp(1, 4);
        let (across, down) = (fine(rect.length, width), fine(rect.height, HEIGHT));
        let share = 1.0 / (across * down) as f32;
        for row in 0..HEIGHT {
            for column in 0..width {
                let mut sum = [0.0; 3];
                for cell in 0..across * down {
                    let x = (column as f32 + ((cell % across) as f32 + 0.5) / across as f32) / width as f32;
                    let y = (row as f32 + ((cell / across) as f32 + 0.5) / down as f32) / HEIGHT as f32;
                    let (x, y) = rect.at(x, y);
                    let value = sample(page, x - 0.5, y - 0.5);
                    sum.iter_mut().zip(value).for_each(|(sum, value)| *sum += value);
                }
                for (channel, value) in sum.into_iter().enumerate() {
                    planes[(2 - channel) * plane + row * width + column] = (value * share).clamp(0.0, 255.0);
                }
            }
        }
        Self { width, planes }
    }

    /// Brightness of every pixel, 0 to 255: the mean of the three planes.
    pub fn grey(&self) -> Vec<f32> {
        let plane = self.width * HEIGHT;
        (0..plane).map(|index| (self.planes[index] + self.planes[plane + index] + self.planes[2 * plane + index]) / 3.0).collect()
    }
}

/// Weights of the four neighbours at a distance of `t` after the second (Catmull and Rom).
fn weights(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [-0.5 * t3 + t2 - 0.5 * t, 1.5 * t3 - 2.5 * t2 + 1.0, -1.5 * t3 + 2.0 * t2 + 0.5 * t, 0.5 * t3 - 0.5 * t2]
}

/// The page's colour between pixels; beyond its edges the nearest pixel's.
fn sample(page: &RgbImage, x: f32, y: f32) -> [f32; 3] {
    let (width, height) = (page.width() as i32, page.height() as i32);
    let (left, top) = (x.floor(), y.floor());
    let (across, down) = (weights(x - left), weights(y - top));
    let (left, top) = (left as i32 - 1, top as i32 - 1);
    let bytes = page.as_raw();
    let mut sum = [0.0; 3];
    for (row, down) in (top..).zip(down) {
        let start = row.clamp(0, height - 1) as usize * width as usize;
        let mut line = [0.0; 3];
        for (column, across) in (left..).zip(across) {
            let at = (start + column.clamp(0, width - 1) as usize) * 3;
            for channel in 0..3 {
                line[channel] += across * f32::from(bytes[at + channel]);
            }
        }
        for channel in 0..3 {
            sum[channel] += down * line[channel];
        }
    }
    sum
}
