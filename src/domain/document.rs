//! What reading delivers: a document's kind, its pages of words with boxes, and the exact fields of
//! an e-invoice where the document carries one.

use serde::{Deserialize, Serialize};

use super::extraction::{Extraction, Issue, Source};

/// A document's type, told by its content, never by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// UBL 2.1 Invoice or CreditNote.
    Ubl,
    /// UN/CEFACT Cross Industry Invoice.
    Cii,
    /// FatturaPA, bare or in a p7m envelope.
    Fatturapa,
    /// A PDF with a Factur-X or ZUGFeRD XML attached.
    FacturxPdf,
    /// Any other PDF.
    Pdf,
    /// Raster images: read by OCR.
    Png,
    /// JPEG photo or scan.
    Jpeg,
    /// TIFF, also of several pages.
    Tiff,
    /// WebP.
    Webp,
    /// Windows bitmap.
    Bmp,
    /// GIF; only its first frame.
    Gif,
    /// HEIC photo, as phones take them.
    Heic,
}

impl DocumentKind {
    /// The name used in the API (`facturx-pdf`).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ubl => "ubl",
            Self::Cii => "cii",
            Self::Fatturapa => "fatturapa",
            Self::FacturxPdf => "facturx-pdf",
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Tiff => "tiff",
            Self::Webp => "webp",
            Self::Bmp => "bmp",
            Self::Gif => "gif",
            Self::Heic => "heic",
        }
    }

    /// The media type under which the original is served.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Ubl | Self::Cii | Self::Fatturapa => "application/xml",
            Self::FacturxPdf | Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Tiff => "image/tiff",
            Self::Webp => "image/webp",
            Self::Bmp => "image/bmp",
            Self::Gif => "image/gif",
            Self::Heic => "image/heic",
        }
    }

    /// Whether pages can be drawn (`/pages/{n}.png`).
    #[must_use]
    pub fn has_pages(self) -> bool {
        !matches!(self, Self::Ubl | Self::Cii | Self::Fatturapa)
    }

    /// Whether it is an image: its pages have no text of their own and are read by OCR.
    #[must_use]
    pub fn is_image(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Tiff | Self::Webp | Self::Bmp | Self::Gif | Self::Heic)
    }
}

/// A rectangle in fractions of the page, from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct BBox {
    /// Left edge, 0 to 1.
    pub x: f32,
    /// Top edge, 0 to 1.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

impl BBox {
    /// The smallest box around points.
    #[must_use]
    pub fn around(points: &[(f32, f32)]) -> Self {
        let low = points.iter().fold((f32::MAX, f32::MAX), |low, p| (low.0.min(p.0), low.1.min(p.1)));
        let high = points.iter().fold((f32::MIN, f32::MIN), |high, p| (high.0.max(p.0), high.1.max(p.1)));
        Self { x: low.0, y: low.1, w: high.0 - low.0, h: high.1 - low.1 }
    }

    /// The right edge.
    #[must_use]
    pub fn right(&self) -> f32 {
        self.x + self.w
    }

    /// The bottom edge.
    #[must_use]
    pub fn bottom(&self) -> f32 {
        self.y + self.h
    }

    /// Middle of the height.
    #[must_use]
    pub fn center_y(&self) -> f32 {
        self.y + self.h / 2.0
    }

    /// The smallest box around both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self { x, y, w: self.right().max(other.right()) - x, h: self.bottom().max(other.bottom()) - y }
    }
}

/// Pages that follow each other, from 1, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PageRange {
    /// The first page.
    pub first: u32,
    /// The last page.
    pub last: u32,
}

impl std::fmt::Display for PageRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.first == self.last { write!(f, "page {}", self.first) } else { write!(f, "pages {} to {}", self.first, self.last) }
    }
}

/// One word as a reader sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The text, NFC, without white space.
    pub text: String,
    /// Its place on the page as it is drawn.
    pub bbox: BBox,
    /// Where it would stand if the page were level and flat: scans are skewed and photos slanted, and
    /// words of one row must share a height to be found together. `None` where that is `bbox`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<BBox>,
    /// The line it stands on: words of one line share the number; lines count down the page.
    pub line: u32,
    /// Whether the font is bold.
    #[serde(default)]
    pub bold: bool,
    /// How sure the reader is of the text, 0 to 1. A digital page's text is certain.
    #[serde(default = "certain", skip_serializing_if = "is_certain")]
    pub confidence: f32,
}

fn certain() -> f32 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_certain(confidence: &f32) -> bool {
    *confidence >= 1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_upright(turns: &u8) -> bool {
    *turns == 0
}

/// One page: its size in PostScript points and its words in reading order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Page {
    /// Page number, from 1.
    pub number: u32,
    /// Width in points (1/72 inch), of the upright page.
    pub width: f32,
    /// Height in points.
    pub height: f32,
    /// How its words were read: the document's own text, or OCR.
    #[serde(default)]
    pub source: Source,
    /// Clockwise quarter turns that set the page upright, 0 to 3. Size and places are of the page so
    /// turned, and it is drawn so.
    #[serde(default, skip_serializing_if = "is_upright")]
    pub turns: u8,
    /// Words in reading order.
    pub words: Vec<Word>,
}

/// What reading a document gave. Never all-or-nothing: what could not be read is an issue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The document's type (a PDF whose attachment was found is [`DocumentKind::FacturxPdf`]).
    pub kind: DocumentKind,
    /// Pages with words; empty for an XML.
    pub pages: Vec<Page>,
    /// The exact fields of an e-invoice, confidence 1.
    pub einvoice: Option<Extraction>,
    /// What was found wrong on the way; `scan-without-text` sends a case to manual entry.
    pub issues: Vec<Issue>,
}
