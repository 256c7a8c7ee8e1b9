//! Reading: a document becomes pages of words with boxes, and the exact fields of an e-invoice where
//! it carries one.
//!
//! [`read`], [`render`] and [`probe`] do the work in-process and belong in the reading child
//! (`countersign read-child`, see [`child`]); everything else goes through [`ReaderPool`], which keeps
//! such children, kills one that takes too long, and replaces one that dies. A document is never
//! parsed in the server's process: a hostile PDF may hang or exhaust memory, and only its child ends.

pub mod child;
pub mod einvoice;
pub mod ocr;
mod pdf;
mod pool;
mod protocol;
mod raster;

pub use pool::ReaderPool;

use serde::{Deserialize, Serialize};

use crate::domain::{DocumentKind, Issue, Reading};

/// How to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// Read the page of a hybrid PDF and not its XML (to measure extraction).
    pub ignore_embedded_xml: bool,
    /// Pages beyond this are left out, with the issue `pages-left-out`.
    pub max_pages: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { ignore_embedded_xml: false, max_pages: 50 }
    }
}

/// Why a document cannot be read at all. Codes: `broken-file`, `password-protected`,
/// `no-such-page`, `reader-timeout`, `reader-crashed`, `reader-unavailable`.
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

/// The code of the issue that sends a case to manual entry.
pub const SCAN_WITHOUT_TEXT: &str = "scan-without-text";

fn scan_without_text() -> Issue {
    Issue::new(
        SCAN_WITHOUT_TEXT,
        "The document has no text that can be read: enter its fields by hand until text recognition is installed.",
    )
}

/// Reads a document. For the reading child; elsewhere use [`ReaderPool::read`].
///
/// # Errors
/// [`ReadError`] where nothing can be read; what is merely missing is an issue of the [`Reading`].
pub fn read(bytes: &[u8], kind: DocumentKind, options: &ReadOptions) -> Result<Reading, ReadError> {
    match kind {
        DocumentKind::Ubl | DocumentKind::Cii | DocumentKind::Fatturapa => {
            let (kind, extraction) = einvoice::read(bytes).map_err(|error| ReadError::broken(error.to_string()))?;
            Ok(Reading { kind, pages: Vec::new(), einvoice: Some(extraction), issues: Vec::new() })
        }
        DocumentKind::Pdf | DocumentKind::FacturxPdf => pdf::read(bytes, options),
        DocumentKind::Png | DocumentKind::Jpeg | DocumentKind::Tiff | DocumentKind::Webp | DocumentKind::Bmp => raster::read(bytes, kind),
    }
}

/// Draws page `page` (from 1) as PNG at `dpi` dots per inch, kept between 36 and 300 and to a page
/// size that fits in memory. For the reading child; elsewhere use [`ReaderPool::render`].
///
/// # Errors
/// `no-such-page`, also for an XML, which has none; `broken-file`.
pub fn render(bytes: &[u8], kind: DocumentKind, page: u32, dpi: u32) -> Result<Vec<u8>, ReadError> {
    let dpi = dpi.clamp(36, 300);
    match kind {
        DocumentKind::Ubl | DocumentKind::Cii | DocumentKind::Fatturapa => {
            Err(ReadError::new("no-such-page", "an XML invoice has no pages to draw"))
        }
        DocumentKind::Pdf | DocumentKind::FacturxPdf => pdf::render(bytes, page, dpi),
        _ => raster::render(bytes, kind, page),
    }
}

/// Opens a document and counts its pages (0 for an XML), without reading them.
///
/// # Errors
/// `broken-file`, `password-protected`.
pub fn probe(bytes: &[u8], kind: DocumentKind) -> Result<u32, ReadError> {
    match kind {
        DocumentKind::Ubl | DocumentKind::Cii | DocumentKind::Fatturapa => {
            einvoice::read(bytes).map(|_| 0).map_err(|error| ReadError::broken(error.to_string()))
        }
        DocumentKind::Pdf | DocumentKind::FacturxPdf => pdf::probe(bytes),
        _ => raster::probe(bytes, kind),
    }
}

#[cfg(test)]
mod tests;
