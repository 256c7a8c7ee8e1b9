//! PDF by hayro: text with places, attached e-invoice XML, page images.

mod attachments;
mod glyphs;
mod layout;

use hayro::hayro_interpret::{InterpreterCache, InterpreterSettings};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::RgbImage;

use super::issues::left_out;
use super::raster::Picture;
use super::{ReadError, ReadOptions};
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

/// The document's own text, and the pages that have none to use.
pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<(Reading, Vec<u32>), ReadError> {
    let pdf = open(bytes)?;
    let mut reading = Reading { kind: DocumentKind::Pdf, pages: Vec::new(), einvoice: None, issues: Vec::new() };
    if !options.ignore_embedded_xml {
        attachments::find(&pdf, &mut reading);
    }
    let total = pdf.pages().len();
    if total > options.max_pages {
        let number = |pages: usize| u32::try_from(pages).unwrap_or(u32::MAX);
        reading.issues.push(left_out(number(total), number(options.max_pages)));
    }
    let cache = InterpreterCache::new();
    let (mut unmapped, mut characters, mut unusable) = (0, 0, Vec::new());
    for (page, number) in pdf.pages().iter().take(options.max_pages).zip(1_u32..) {
        let found = glyphs::of(page, &cache);
        unmapped += found.unmapped;
        characters += found.glyphs.len();
        let (width, height) = page.render_dimensions();
        let words = layout::words(&found.glyphs, width, height);
        let readable: usize = words.iter().map(|word| word.text.chars().filter(|c| c.is_alphanumeric()).count()).sum();
        if readable < FEWEST_CHARACTERS {
            unusable.push(number);
        }
        reading.pages.push(Page { number, width, height, words, ..Page::default() });
    }
    if unmapped > characters {
        let message = format!("{unmapped} letters of {} have no known character: the text is unreliable.", unmapped + characters);
        reading.issues.push(Issue::new("text-unmapped", message));
    }
    Ok((reading, unusable))
}

/// Page `page` (from 1) drawn at `dpi`.
pub(super) fn picture(bytes: &[u8], page: u32, dpi: u32) -> Result<Picture, ReadError> {
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
    let rgb = RgbImage::from_raw(columns, rows, rgb).ok_or_else(|| ReadError::broken("The page cannot be drawn."))?;
    Ok(Picture { rgb, points: (width, height) })
}
