//! A page as an image.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::{DynamicImage, RgbImage, RgbaImage};

use crate::reading::ReadError;

/// The longest side of a page image, in pixels: hayro's sizes are 16 bits wide.
const MAX_SIDE: f32 = 5000.0;
/// The most pixels of a page image: A4 at 300 dots per inch has 8.7 million, and 12 million take 50 MB
/// while they are drawn.
const MAX_PIXELS: f32 = 12_000_000.0;

/// Draws a page at `dpi` dots per inch, or less where it would be larger than [`MAX_SIDE`] or [`MAX_PIXELS`].
pub(super) fn image<'a>(page: &'a Page<'a>, dpi: u32) -> Result<RgbImage, ReadError> {
    let (width, height) = page.render_dimensions();
    let fit = |side: f32| {
        let scale = (dpi as f32 / 72.0).min(MAX_SIDE / side);
        // never narrower than one pixel
        if scale.is_finite() { scale.max(1.0 / side) } else { 1.0 }
    };
    // One scale for both sides, except where a page is absurdly long and thin.
    let scale = fit(width).min(fit(height)).min((MAX_PIXELS / width / height).sqrt());
    let settings = PixmapSettings { x_scale: scale.max(1.0 / width), y_scale: scale.max(1.0 / height), bg_color: WHITE };
    let pixmap = hayro::render(page, &RenderCache::new(), &InterpreterSettings::default(), &RenderSettings::default(), &settings);
    let (columns, rows) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
    // The background is white and opaque, so the colours are not multiplied by any alpha.
    let rgba = RgbaImage::from_raw(columns, rows, pixmap.data_as_u8_slice().to_vec());
    let rgba = rgba.ok_or_else(|| ReadError::broken("The page cannot be drawn."))?;
    Ok(DynamicImage::ImageRgba8(rgba).into_rgb8())
}
