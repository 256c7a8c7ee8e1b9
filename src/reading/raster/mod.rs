//! Images: their pages as upright RGB pictures, and what a picture says of its size on paper.
//!
//! PNG, JPEG, TIFF (every page), WebP, BMP, GIF (first frame) and HEIC. The file's own orientation
//! (EXIF, TIFF, HEIF) is applied here, so that nobody behind this module sees an unturned picture. It
//! refuses, before unpacking, pictures with more pixels than a page can need.

mod heic;
mod resolution;
mod tiff;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ExtendedColorType, ImageDecoder as _, ImageEncoder as _, ImageFormat, ImageReader, Limits, RgbImage};
use std::io::Cursor;

use super::ReadError;
use crate::domain::DocumentKind;

/// The largest side that is unpacked.
const MAX_SIDE: u32 = 30_000;
/// The most pixels that are unpacked: A4 at 600 dpi has 35 million, the largest phone photos 50.
const MAX_PIXELS: u64 = 50_500_000;
/// The most memory that a decoder may take.
const MAX_ALLOC: u64 = 512 * 1024 * 1024;
/// A larger picture is reduced at once: A4 at 350 dpi has 12 million pixels, and OCR sees no more in more.
const ENOUGH_PIXELS: u64 = 12_000_000;
/// Pages of a TIFF beyond this are not counted.
pub(super) const MAX_PAGES: u32 = 1000;

/// A page of an image file.
pub(super) struct Picture {
    /// Upright as far as the file itself says.
    pub(super) rgb: RgbImage,
    /// Width and height on paper in points; see [`resolution::points`].
    pub(super) points: (f32, f32),
}

/// Counts the pages, having looked at the first one's header.
pub(super) fn count(bytes: &[u8], kind: DocumentKind) -> Result<u32, ReadError> {
    match kind {
        DocumentKind::Tiff => tiff::count(bytes),
        DocumentKind::Heic => heic::check(bytes).map(|()| 1),
        _ => {
            let decoder = reader(bytes, kind)?.into_decoder().map_err(|error| unreadable(&error))?;
            check_size(decoder.dimensions().0, decoder.dimensions().1).map(|()| 1)
        }
    }
}

/// Unpacks page `number`, from 1.
pub(super) fn page(bytes: &[u8], kind: DocumentKind, number: u32) -> Result<Picture, ReadError> {
    if number != 1 && kind != DocumentKind::Tiff {
        return Err(no_such_page(1));
    }
    let (picture, dots) = match kind {
        DocumentKind::Tiff => tiff::page(bytes, number)?,
        DocumentKind::Heic => (heic::decode(bytes)?, None),
        _ => (decode(bytes, kind)?, resolution::of(bytes, kind)),
    };
    let rgb = on_white(picture);
    check_size(rgb.width(), rgb.height())?;
    let points = resolution::points(rgb.width(), rgb.height(), dots);
    Ok(Picture { rgb: reduce(rgb, ENOUGH_PIXELS), points })
}

fn no_such_page(pages: u32) -> ReadError {
    ReadError::new("no-such-page", format!("The image has {pages} page{}.", if pages == 1 { "" } else { "s" }))
}

fn reader(bytes: &[u8], kind: DocumentKind) -> Result<ImageReader<Cursor<&[u8]>>, ReadError> {
    let format = match kind {
        DocumentKind::Png => ImageFormat::Png,
        DocumentKind::Jpeg => ImageFormat::Jpeg,
        DocumentKind::Webp => ImageFormat::WebP,
        DocumentKind::Bmp => ImageFormat::Bmp,
        DocumentKind::Gif => ImageFormat::Gif,
        other => return Err(ReadError::broken(format!("{} is no image", other.as_str()))),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    Ok(reader)
}

fn decode(bytes: &[u8], kind: DocumentKind) -> Result<DynamicImage, ReadError> {
    let mut decoder = reader(bytes, kind)?.into_decoder().map_err(|error| unreadable(&error))?;
    check_size(decoder.dimensions().0, decoder.dimensions().1)?;
    let orientation = decoder.orientation();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(&error))?;
    if let Ok(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    Ok(picture)
}

fn unreadable(error: &image::ImageError) -> ReadError {
    match error {
        image::ImageError::Limits(_) => too_large("The image needs more memory than it is given"),
        image::ImageError::Unsupported(error) => {
            ReadError::broken(format!("The image is stored in a way that is not read ({error}); send it as PNG, JPEG or PDF."))
        }
        error => ReadError::broken(format!("The image is damaged: {error}")),
    }
}

fn too_large(what: &str) -> ReadError {
    ReadError::new("too-large", format!("{what}; scan the document at 300 dpi, or reduce the image."))
}

/// Refuses what has no pixels, or more than a page needs.
fn check_size(width: u32, height: u32) -> Result<(), ReadError> {
    if width == 0 || height == 0 {
        return Err(ReadError::broken("The image has no pixels."));
    }
    if width.max(height) > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        let limit = MAX_PIXELS / 1_000_000;
        return Err(too_large(&format!("The image has {width} x {height} pixels, more than the {limit} million that are read")));
    }
    Ok(())
}

/// Eight-bit RGB; what is transparent shows white paper.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    let (width, height) = rgba.dimensions();
    let blend = |value: u8, alpha: u8| ((u32::from(value) * u32::from(alpha) + 255 * (255 - u32::from(alpha))) / 255) as u8;
    let mut out = Vec::with_capacity(rgba.as_raw().len() / 4 * 3);
    for pixel in rgba.as_raw().chunks_exact(4) {
        out.extend([blend(pixel[0], pixel[3]), blend(pixel[1], pixel[3]), blend(pixel[2], pixel[3])]);
    }
    RgbImage::from_raw(width, height, out).unwrap_or_default()
}

/// The picture, reduced to at most `pixels`.
pub(super) fn reduce(picture: RgbImage, pixels: u64) -> RgbImage {
    let (width, height) = picture.dimensions();
    let all = u64::from(width) * u64::from(height);
    if all <= pixels {
        return picture;
    }
    let scale = (pixels as f64 / all as f64).sqrt();
    let side = |length: u32| ((f64::from(length) * scale) as u32).max(1);
    resized(&picture, side(width), side(height)).unwrap_or(picture)
}

/// The picture, reduced so that no side is longer than `side`.
pub(super) fn within(picture: RgbImage, side: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= side {
        return picture;
    }
    let fit = |length: u32| (u64::from(length) * u64::from(side) / u64::from(longest)).max(1) as u32;
    resized(&picture, fit(width), fit(height)).unwrap_or(picture)
}

/// A picture as PNG, without colour channels where it has no colour: encoding takes longer than drawing.
pub(super) fn encode_png(picture: RgbImage) -> Result<Vec<u8>, ReadError> {
    let (columns, rows) = picture.dimensions();
    let is_grey = picture.as_raw().chunks_exact(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]);
    let picture = DynamicImage::ImageRgb8(picture);
    let (pixels, colour) = if is_grey {
        (picture.into_luma8().into_raw(), ExtendedColorType::L8)
    } else {
        (picture.into_rgb8().into_raw(), ExtendedColorType::Rgb8)
    };
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive)
        .write_image(&pixels, columns, rows, colour)
        .map_err(|error| ReadError::broken(format!("The page cannot be drawn: {error}")))?;
    Ok(png)
}

/// The picture in another size; `None` where the resizer refuses.
pub(super) fn resized(picture: &RgbImage, width: u32, height: u32) -> Option<RgbImage> {
    use fast_image_resize::images::{Image, ImageRef};
    use fast_image_resize::{FilterType as Filter, PixelType, ResizeAlg, ResizeOptions, Resizer};
    let from = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x3).ok()?;
    let mut to = Image::new(width, height, PixelType::U8x3);
    let filter = if width > picture.width() { Filter::CatmullRom } else { Filter::Hamming };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    Resizer::new().resize(&from, &mut to, &options).ok()?;
    RgbImage::from_raw(width, height, to.into_vec())
}

/// The picture after `turns` clockwise quarter turns.
pub(super) fn turned(picture: RgbImage, turns: u8) -> RgbImage {
    match turns % 4 {
        1 => DynamicImage::ImageRgb8(picture).rotate90().into_rgb8(),
        2 => DynamicImage::ImageRgb8(picture).rotate180().into_rgb8(),
        3 => DynamicImage::ImageRgb8(picture).rotate270().into_rgb8(),
        _ => picture,
    }
}

#[cfg(test)]
mod tests;
