//! Reading: a document becomes pages of words with boxes, and the exact fields of an e-invoice where
//! it carries one.
//!
//! [`Reader`] does the work in-process and belongs in the reading child (`countersign read-child`, see
//! [`child`]); everything else goes through [`ReaderPool`], which keeps such children, kills one that
//! takes too long, and replaces one that dies. A document is never parsed in the server's process: a
//! hostile PDF may hang or exhaust memory, and only its child ends.
//!
//! Page by page, the document's own text is taken where it is usable and OCR where it is not
//! (`recognition`); without OCR models such pages stay without words and an issue says what to run.

pub mod child;
pub mod einvoice;
mod issues;
pub mod ocr;
mod pdf;
mod pool;
mod protocol;
mod raster;
mod recognition;
mod shown;

pub use pool::ReaderPool;
pub use recognition::Recognition;
pub use shown::{attachment, show};

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::domain::{DocumentKind, Page, Reading};
use pdf::{NoText, PageText};

/// How to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// Read the page of a hybrid PDF and not its XML (to measure extraction).
    pub ignore_embedded_xml: bool,
    /// Pages beyond this are left out, with the issue `pages-left-out`.
    pub max_pages: usize,
    /// Pages beyond this many are not sent to OCR, with the same issue.
    pub max_recognized: usize,
    /// No further page is sent to OCR once it has run for so many seconds.
    pub recognition_seconds: u32,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { ignore_embedded_xml: false, max_pages: 50, max_recognized: 20, recognition_seconds: 120 }
    }
}

/// Why a document cannot be read at all. Codes: `broken-file`, `too-large`, `password-protected`,
/// `no-such-page`, `no-einvoice`, `no-such-attachment`, `recognition-failed`, `reader-timeout`,
/// `reader-crashed`, `reader-unavailable`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct ReadError {
    /// Stable code, kebab-case.
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
}

impl ReadError {
    /// An error with a stable code.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }

    fn broken(message: impl Into<String>) -> Self {
        Self::new("broken-file", message)
    }
}

pub use issues::{PAGES_WITHOUT_TEXT, SCAN_WITHOUT_TEXT};
/// The longest side of a page image sent to a browser, in pixels.
const MAX_SHOWN_SIDE: u32 = 2500;
/// At which resolution a PDF's page without text is drawn for OCR, and how many pixels its longest side
/// has at most: some files make every pixel of a scan a point.
const RECOGNITION_DPI: f32 = 200.0;
const RECOGNIZED_SIDE: f32 = 3400.0;

/// What [`Reader::read`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The document.
    pub reading: Reading,
    /// Pages that have no usable text and were not recognized.
    pub unread: Vec<u32>,
}

/// A page without usable text of its own, and why ("is a picture").
struct Unusable {
    number: u32,
    reason: &'static str,
}

/// Reads and draws documents. Keeps nothing between two but the loaded OCR models.
#[derive(Default)]
pub struct Reader {
    recognition: Recognition,
}

impl Reader {
    /// A reader with this OCR.
    #[must_use]
    pub fn new(recognition: Recognition) -> Self {
        Self { recognition }
    }

    /// Reads a document; `working` is told each page that OCR begins.
    ///
    /// # Errors
    /// [`ReadError`] where nothing can be read; what is merely missing is an issue of the [`Reading`].
    pub fn read(
        &self,
        bytes: &[u8],
        kind: DocumentKind,
        options: &ReadOptions,
        working: &mut dyn FnMut(u32),
    ) -> Result<Outcome, ReadError> {
        match kind {
            DocumentKind::Ubl | DocumentKind::Cii | DocumentKind::Fatturapa => {
                let (kind, extraction) = einvoice::read(bytes).map_err(|error| ReadError::broken(error.to_string()))?;
                Ok(Outcome {
                    reading: Reading { kind, pages: Vec::new(), einvoice: Some(extraction), issues: Vec::new() },
                    unread: Vec::new(),
                })
            }
            DocumentKind::Pdf | DocumentKind::FacturxPdf => self.read_pdf(bytes, options, working),
            _ => {
                let pages = raster::count(bytes, kind)?;
                let mut reading = Reading { kind, pages: Vec::new(), einvoice: None, issues: Vec::new() };
                let shown = pages.min(u32::try_from(options.max_pages).unwrap_or(u32::MAX));
                if shown < pages {
                    reading.issues.push(issues::left_out(pages as usize, options.max_pages));
                }
                let numbers: Vec<Unusable> = (1..=shown).map(|number| Unusable { number, reason: NoText::Picture.reason() }).collect();
                reading.pages = (1..=shown).map(|number| Page { number, ..Page::default() }).collect();
                self.recognize(reading, &numbers, options, working, &|number| raster::page(bytes, kind, number))
            }
        }
    }

    fn read_pdf(&self, bytes: &[u8], options: &ReadOptions, working: &mut dyn FnMut(u32)) -> Result<Outcome, ReadError> {
        let document = pdf::Document::open(bytes)?;
        let (mut reading, texts) = document.read(options);
        let mut unusable = Vec::new();
        for (page, text) in reading.pages.iter_mut().zip(texts) {
            let PageText::NotUsable(reason) = text else { continue };
            match reason {
                // OCR would find nothing either.
                NoText::Blank => continue,
                NoText::Garbled => page.words.clear(),
                _ => {}
            }
            unusable.push(Unusable { number: page.number, reason: reason.reason() });
        }
        let sizes: Vec<(f32, f32)> = reading.pages.iter().map(|page| (page.width, page.height)).collect();
        self.recognize(reading, &unusable, options, working, &|number| {
            let points = usize::try_from(number).ok().and_then(|number| sizes.get(number.checked_sub(1)?)).copied().unwrap_or_default();
            let longest = points.0.max(points.1).max(1.0);
            let dpi = (RECOGNIZED_SIDE * 72.0 / longest).min(RECOGNITION_DPI);
            Ok(raster::Picture { rgb: document.page_image(number, dpi as u32)?, points })
        })
    }

    /// Sends the pages `unusable` to OCR, as far as it is installed and the bounds allow.
    fn recognize(
        &self,
        mut reading: Reading,
        unusable: &[Unusable],
        options: &ReadOptions,
        working: &mut dyn FnMut(u32),
        picture: &dyn Fn(u32) -> Result<raster::Picture, ReadError>,
    ) -> Result<Outcome, ReadError> {
        if unusable.is_empty() {
            reading.issues.extend(issues::recognized(&reading, &[]));
            return Ok(Outcome { reading, unread: Vec::new() });
        }
        let Some(engine) = self.recognition.engine()? else {
            for page in reading.pages.iter_mut().filter(|page| page.width <= 0.0) {
                (page.width, page.height) = picture(page.number)?.points;
            }
            reading.issues.extend(issues::not_installed(&reading, unusable));
            return Ok(Outcome { reading, unread: unusable.iter().map(|page| page.number).collect() });
        };
        let deadline = Instant::now() + Duration::from_secs(u64::from(options.recognition_seconds));
        let mut unread = Vec::new();
        for (&Unusable { number, .. }, done) in unusable.iter().zip(0..) {
            if done >= options.max_recognized || Instant::now() >= deadline {
                unread.push(number);
                continue;
            }
            working(number);
            let page = recognition::page(number, picture(number)?, &engine)?;
            // Of two poor texts, the document's own and none, the own one is better.
            if let Some(place) = reading.pages.iter_mut().find(|old| old.number == number)
                && (!page.words.is_empty() || place.words.is_empty())
            {
                *place = page;
            }
        }
        reading.issues.extend(issues::recognized(&reading, &unread));
        Ok(Outcome { reading, unread })
    }

    /// Draws page `page` (from 1) as PNG at `dpi` dots per inch, kept between 36 and 300 and to a page
    /// size that fits in memory (an image in its own pixels), after `turns` clockwise quarter turns.
    ///
    /// # Errors
    /// `no-such-page`, also for an XML, which has none; `broken-file`, `too-large`.
    pub fn render(&self, bytes: &[u8], kind: DocumentKind, page: u32, dpi: u32, turns: u8) -> Result<Vec<u8>, ReadError> {
        let dpi = dpi.clamp(36, 300);
        let picture = match kind {
            DocumentKind::Ubl | DocumentKind::Cii | DocumentKind::Fatturapa => {
                return Err(ReadError::new("no-such-page", "an XML invoice has no pages to draw"));
            }
            DocumentKind::Pdf | DocumentKind::FacturxPdf => pdf::Document::open(bytes)?.page_image(page, dpi)?,
            _ => raster::within(raster::page(bytes, kind, page)?.rgb, MAX_SHOWN_SIDE),
        };
        raster::encode_png(raster::turned(picture, turns))
    }
}

/// Opens a document and counts its pages (0 for an XML), without reading them.
///
/// # Errors
/// `broken-file`, `too-large`, `password-protected`.
pub fn probe(bytes: &[u8], kind: DocumentKind) -> Result<u32, ReadError> {
    match kind {
        DocumentKind::Ubl | DocumentKind::Cii | DocumentKind::Fatturapa => {
            einvoice::probe(bytes).map(|_| 0).map_err(|error| ReadError::broken(error.to_string()))
        }
        DocumentKind::Pdf | DocumentKind::FacturxPdf => pdf::probe(bytes),
        _ => raster::count(bytes, kind),
    }
}

/// Reads a document without OCR: see [`Reader::read`].
///
/// # Errors
/// As there.
pub fn read(bytes: &[u8], kind: DocumentKind, options: &ReadOptions) -> Result<Reading, ReadError> {
    Reader::default().read(bytes, kind, options, &mut |_| {}).map(|outcome| outcome.reading)
}

/// Draws a page as the file has it: see [`Reader::render`].
///
/// # Errors
/// As there.
pub fn render(bytes: &[u8], kind: DocumentKind, page: u32, dpi: u32) -> Result<Vec<u8>, ReadError> {
    Reader::default().render(bytes, kind, page, dpi, 0)
}

#[cfg(test)]
mod tests;
