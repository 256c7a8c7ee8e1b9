//! Raster images: one page without words, until text recognition reads them; and the page image.

use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

use super::{ReadError, pdf::encode_png, scan_without_text};
use crate::domain::{DocumentKind, Page, Reading};

/// The longest side of a page image sent to a browser.
const MAX_SHOWN_SIDE: u32 = 2500;
/// Scans rarely say their resolution truly: this one is assumed.
const ASSUMED_DPI: f32 = 150.0;
/// The largest image that is unpacked.
const MAX_SIDE: u32 = 20_000;
const MAX_ALLOC: u64 = 512 * 1024 * 1024;

fn reader(bytes: &[u8], kind: DocumentKind) -> Result<ImageReader<Cursor<&[u8]>>, ReadError> {
    let format = match kind {
        DocumentKind::Png => ImageFormat::Png,
        DocumentKind::Jpeg => ImageFormat::Jpeg,
        DocumentKind::Tiff => ImageFormat::Tiff,
        DocumentKind::Webp => ImageFormat::WebP,
        DocumentKind::Bmp => ImageFormat::Bmp,
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

fn damaged(error: &image::ImageError) -> ReadError {
    ReadError::broken(format!("The image is damaged: {error}"))
}

/// Width and height in pixels, upright.
fn size(bytes: &[u8], kind: DocumentKind) -> Result<(u32, u32), ReadError> {
    let mut decoder = reader(bytes, kind)?.into_decoder().map_err(|error| damaged(&error))?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(ReadError::broken("The image has no pixels."));
    }
    use image::metadata::Orientation as O;
    let turned = matches!(decoder.orientation(), Ok(O::Rotate90 | O::Rotate270 | O::Rotate90FlipH | O::Rotate270FlipH));
    Ok(if turned { (height, width) } else { (width, height) })
}

pub(super) fn probe(bytes: &[u8], kind: DocumentKind) -> Result<u32, ReadError> {
    size(bytes, kind).map(|_| 1)
}

pub(super) fn read(bytes: &[u8], kind: DocumentKind) -> Result<Reading, ReadError> {
    let (width, height) = size(bytes, kind)?;
    let points = |pixels: u32| pixels as f32 * 72.0 / ASSUMED_DPI;
    let page = Page { number: 1, width: points(width), height: points(height), words: Vec::new() };
    Ok(Reading { kind, pages: vec![page], einvoice: None, issues: vec![scan_without_text()] })
}

pub(super) fn render(bytes: &[u8], kind: DocumentKind, page: u32) -> Result<Vec<u8>, ReadError> {
    if page != 1 {
        return Err(ReadError::new("no-such-page", "The image has one page."));
    }
    let mut decoder = reader(bytes, kind)?.into_decoder().map_err(|error| damaged(&error))?;
    let orientation = decoder.orientation();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| damaged(&error))?;
    if let Ok(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    if picture.width().max(picture.height()) > MAX_SHOWN_SIDE {
        picture = picture.thumbnail(MAX_SHOWN_SIDE, MAX_SHOWN_SIDE);
    }
    let rgb = picture.into_rgb8();
    encode_png(rgb.as_raw(), rgb.width(), rgb.height())
}
