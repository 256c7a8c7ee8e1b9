//! Where a line's picture has ink: how far each pixel is from the paper, whichever of the two is darker.

use super::crop::{Crop, HEIGHT};

/// A column, or a pixel, with less ink is blank.
pub(super) const BLANK: f32 = 0.35;

/// The ink of a crop.
#[derive(Debug)]
pub(super) struct Ink {
    pub width: usize,
    /// `HEIGHT` rows of `width` values: 0 is paper, 1 the strongest ink.
    pub pixels: Vec<f32>,
    /// The most ink of each column, the outermost rows left out.
    pub columns: Vec<f32>,
}

impl Ink {
    pub fn of(crop: &Crop) -> Self {
        let grey = crop.grey();
        let mut sorted = grey.clone();
        let mut rank = |share: f32| {
            let at = ((sorted.len() as f32 * share) as usize).min(sorted.len().saturating_sub(1));
            if sorted.is_empty() { 0.0 } else { *sorted.select_nth_unstable_by(at, f32::total_cmp).1 }
        };
        // Text covers less than half of a line: the middle value is paper.
        let (low, paper, high) = (rank(0.02), rank(0.5), rank(0.98));
        let spread = (paper - low).abs().max((high - paper).abs()).max(1.0);
        let sign = if paper - low >= high - paper { 1.0 } else { -1.0 };
        let pixels: Vec<f32> = grey.into_iter().map(|value| sign * (paper - value) / spread).collect();
        let inner = 4..HEIGHT - 4;
        let most = |column: usize| inner.clone().map(|row| pixels[row * crop.width + column]).fold(0.0, f32::max);
        let columns = (0..crop.width).map(most).collect();
        Self { width: crop.width, pixels, columns }
    }

    /// Whether a pixel has ink.
    pub fn is_inked(&self, column: usize, row: usize) -> bool {
        self.pixels.get(row * self.width + column).is_some_and(|value| *value >= BLANK)
    }
}
