//! PDF by hayro: text with places and a word on whether it can be used, attached e-invoice XML, page
//! images.
//!
//! [`Document`] is what the stage works with: open it once, read its pages, draw those whose text
//! cannot be used. Words stay as drawn: a word divided at the end of a line stays two, because each
//! half has its place. Runs in the reading child: a crafted file may hang hayro or exhaust memory.

pub(super) mod attachments;
mod canvas;
mod collector;
mod draw;
mod glyphs;
mod layout;
mod spaced;
mod twice;
mod usable;

use hayro::hayro_interpret::{InterpreterCache, InterpreterSettings};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page as PdfPage;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError};
use image::RgbImage;

use super::issues::left_out;
use super::{ReadError, ReadOptions};
use crate::domain::{DocumentKind, Issue, Page, Reading};

use collector::Fonts;
pub(super) use usable::{NoText, PageText};

/// The sides of pages are kept between these, in points: a box may say anything.
const SMALLEST_SIDE: f32 = 1.0;
const LARGEST_SIDE: f32 = 100_000.0;
/// Fewer unseen letters are not worth a word: some programs sign their pages so.
const MENTIONED: usize = 40;

/// An opened PDF.
pub(super) struct Document {
    pdf: Pdf,
}

impl Document {
    /// # Errors
    /// `broken-file`, `password-protected`.
    pub(super) fn open(bytes: &[u8]) -> Result<Self, ReadError> {
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
        Ok(Self { pdf })
    }

    pub(super) fn pages(&self) -> usize {
        self.pdf.pages().len()
    }

    /// The attached e-invoice, the pages' words, and for each page of the reading whether its text can
    /// be used. The words of a page whose text cannot be used are what little there is.
    pub(super) fn read(&self, options: &ReadOptions) -> (Reading, Vec<PageText>) {
        let mut reading = Reading { kind: DocumentKind::Pdf, pages: Vec::new(), einvoice: None, issues: Vec::new() };
        if !options.ignore_embedded_xml {
            attachments::find(&self.pdf, &mut reading);
        }
        let total = self.pages();
        if total > options.max_pages {
            reading.issues.push(left_out(total, options.max_pages));
        }
        // Fonts are read once a document.
        let (cache, settings, mut fonts) = (InterpreterCache::new(), InterpreterSettings::default(), Fonts::default());
        let mut texts = Vec::new();
        for (page, number) in self.pdf.pages().iter().take(options.max_pages).zip(1_u32..) {
            let mut found = collector::found(page, &cache, &settings, &mut fonts);
            let unseen = usable::drop_unseen(&mut found);
            if unseen >= MENTIONED {
                let message = format!("Page {number} has {unseen} letters that nobody sees; they were not read.");
                reading.issues.push(Issue::new("hidden-text", message));
            }
            if found.is_cut {
                let message = format!("Page {number} has more letters than any page of paper; the first of them were read.");
                reading.issues.push(Issue::new("letters-left-out", message));
            }
            texts.push(usable::judge(&found));
            let (width, height) = size(page);
            let words = layout::words(&found.glyphs, &found.canvas.rules, width, height);
            reading.pages.push(Page { number, width, height, words, ..Page::default() });
        }
        (reading, texts)
    }

    /// Draws page `page` (from 1) at `dpi` dots per inch, kept to a size that fits in memory.
    ///
    /// # Errors
    /// `no-such-page`, `broken-file`.
    pub(super) fn page_image(&self, page: u32, dpi: u32) -> Result<RgbImage, ReadError> {
        draw::image(self.page(page)?, dpi)
    }

    fn page(&self, page: u32) -> Result<&PdfPage<'_>, ReadError> {
        let index = usize::try_from(page).unwrap_or(usize::MAX).checked_sub(1);
        let page = index.and_then(|index| self.pdf.pages().get(index));
        page.ok_or_else(|| ReadError::new("no-such-page", format!("The document has {} pages.", self.pages())))
    }
}

/// Width and height as shown, in points, of a page as large as paper can be.
fn size(page: &PdfPage<'_>) -> (f32, f32) {
    let (width, height) = page.render_dimensions();
    let side = |side: f32| if side.is_finite() { side.clamp(SMALLEST_SIDE, LARGEST_SIDE) } else { LARGEST_SIDE };
    (side(width), side(height))
}

pub(super) fn probe(bytes: &[u8]) -> Result<u32, ReadError> {
    Document::open(bytes).map(|document| u32::try_from(document.pages()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
