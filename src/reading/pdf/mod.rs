//! PDF by hayro: text with places, attached e-invoice XML, page images.

pub(super) mod attachments;
mod glyphs;
mod layout;

use hayro::hayro_interpret::{InterpreterCache, InterpreterSettings};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::ImageEncoder as _;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};

use super::{ReadError, ReadOptions, scan_without_text};
use crate::domain::{DocumentKind, Issue, Page, Reading};

/// The longest side of a page image, in pixels: hayro's sizes are 16 bits wide, and an image of this
/// size already takes 100 MB while it is drawn.
const MAX_SIDE: f32 = 5000.0;

/// Fewer characters than this in the whole document are stamps and page numbers, not text.
const FEWEST_CHARACTERS: usize = 20;

fn open(bytes: &[u8]) -> Result<Pdf, ReadError> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => {
            ReadError::new("password-protected", "The PDF is protected by a password; send it without one.")
        }
        LoadPdfError::Decryption(_) => ReadError::broken("The PDF is encrypted in a way that cannot be read."),
        LoadPdfError::Invalid => ReadError::broken("The PDF is damaged beyond reading."),
    })?;
    if pdf.pages().is_empty() {
        return Err(ReadError::broken("The PDF has no pages."));
    }
    Ok(pdf)
}

pub(super) fn probe(bytes: &[u8]) -> Result<u32, ReadError> {
    open(bytes).map(|pdf| u32::try_from(pdf.pages().len()).unwrap_or(u32::MAX))
}

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Reading, ReadError> {
    let pdf = open(bytes)?;
    let mut reading = Reading { kind: DocumentKind::Pdf, pages: Vec::new(), einvoice: None, issues: Vec::new() };
    if !options.ignore_embedded_xml {
        attachments::find(&pdf, &mut reading);
    }
    let total = pdf.pages().len();
    if total > options.max_pages {
        let message = format!("The document has {total} pages; the first {} were read.", options.max_pages);
        reading.issues.push(Issue::new("pages-left-out", message));
    }
    let cache = InterpreterCache::new();
    let (mut unmapped, mut characters) = (0, 0);
    for (page, number) in pdf.pages().iter().take(options.max_pages).zip(1_u32..) {
        let found = glyphs::of(page, &cache);
        unmapped += found.unmapped;
        characters += found.glyphs.len();
        let (width, height) = page.render_dimensions();
        let words = layout::words(&found.glyphs, width, height);
        reading.pages.push(Page { number, width, height, words });
    }
    let readable: usize =
        reading.pages.iter().flat_map(|page| &page.words).map(|word| word.text.chars().filter(|c| c.is_alphanumeric()).count()).sum();
    if unmapped > characters {
        let message = format!("{unmapped} letters of {} have no known character: the text is unreliable.", unmapped + characters);
        reading.issues.push(Issue::new("text-unmapped", message));
    }
    if readable < FEWEST_CHARACTERS && reading.einvoice.is_none() {
        reading.issues.push(scan_without_text());
    }
    Ok(reading)
}

pub(super) fn render(bytes: &[u8], page: u32, dpi: u32) -> Result<Vec<u8>, ReadError> {
    let pdf = open(bytes)?;
    let index = usize::try_from(page).unwrap_or(usize::MAX).checked_sub(1);
    let page = index.and_then(|index| pdf.pages().get(index));
    let page = page.ok_or_else(|| ReadError::new("no-such-page", format!("The document has {} pages.", pdf.pages().len())))?;
    let (width, height) = page.render_dimensions();
    let fit = |side: f32| {
        let scale = (dpi as f32 / 72.0).min(MAX_SIDE / side);
        // never narrower than one pixel
        if scale.is_finite() { scale.max(1.0 / side) } else { 1.0 }
    };
    // One scale for both sides, except where a page is absurdly long and thin.
    let scale = fit(width).min(fit(height));
    let settings = PixmapSettings { x_scale: scale.max(1.0 / width), y_scale: scale.max(1.0 / height), bg_color: WHITE };
    let pixmap = hayro::render(page, &RenderCache::new(), &InterpreterSettings::default(), &RenderSettings::default(), &settings);
    let (columns, rows) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
    let rgb: Vec<u8> = pixmap.data_as_u8_slice().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    encode_png(&rgb, columns, rows)
}

/// Eight-bit RGB to PNG.
pub(super) fn encode_png(rgb: &[u8], columns: u32, rows: u32) -> Result<Vec<u8>, ReadError> {
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive)
        .write_image(rgb, columns, rows, image::ExtendedColorType::Rgb8)
        .map_err(|error| ReadError::broken(format!("The page cannot be drawn: {error}")))?;
    Ok(png)
}
