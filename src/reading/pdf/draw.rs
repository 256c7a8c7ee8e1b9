//! A page as an image.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ExtendedColorType, ImageEncoder as _, RgbImage, RgbaImage};

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

/// A page image as PNG, without colour channels where it has no colour: encoding takes longer than
/// drawing.
pub(super) fn png(image: RgbImage) -> Result<Vec<u8>, ReadError> {
    let (columns, rows) = image.dimensions();
    let is_grey = image.as_raw().chunks_exact(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]);
    if !is_grey {
        return encode_png(image.as_raw(), columns, rows);
    }
    let grey = DynamicImage::ImageRgb8(image).into_luma8();
    encode(grey.as_raw(), columns, rows, ExtendedColorType::L8)
}

/// Eight-bit RGB to PNG.
pub(in crate::reading) fn encode_png(rgb: &[u8], columns: u32, rows: u32) -> Result<Vec<u8>, ReadError> {
    encode(rgb, columns, rows, ExtendedColorType::Rgb8)
}

fn encode(pixels: &[u8], columns: u32, rows: u32, color: ExtendedColorType) -> Result<Vec<u8>, ReadError> {
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive)
        .write_image(pixels, columns, rows, color)
        .map_err(|error| ReadError::broken(format!("The page cannot be drawn: {error}")))?;
    Ok(png)
}
