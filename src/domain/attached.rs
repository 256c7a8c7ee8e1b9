//! What a document carries beside its own pages: the e-invoice as it is shown to people, and files
//! attached to a PDF or inside an e-invoice.

use serde::{Deserialize, Serialize};

use super::document::DocumentKind;
use super::einvoice::Invoice;
use super::extraction::Issue;

/// A file that a document carries, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Its file name, or what the document calls it.
    pub name: String,
    /// Its media type as the document says it, else by its name's ending.
    pub media_type: String,
    /// What the document says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Bytes, where they can be told without unpacking it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
}

/// Letters of a text about a file that are kept: no name is longer, and a whole book is no name.
const MOST_LETTERS: usize = 255;

impl Attached {
    /// With texts of a length that a file system and an answer's head can take.
    #[must_use]
    pub fn shortened(self) -> Self {
        let short = |text: String| if text.len() > MOST_LETTERS { text.chars().take(MOST_LETTERS).collect() } else { text };
        Self { name: short(self.name), media_type: short(self.media_type), description: self.description.map(short), size: self.size }
    }
}

/// A file that a document carries, unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedFile {
    /// What is known of it.
    pub about: Attached,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// An electronic invoice, whole, as people are shown it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Einvoice {
    /// The XML's format.
    pub kind: DocumentKind,
    /// Its invoices: one, except where a FatturaPA file holds several.
    pub invoices: Vec<Invoice>,
    /// What is wrong with it, by the rules of its format.
    pub issues: Vec<Issue>,
    /// Files attached to the PDF, then those inside the XML.
    pub attachments: Vec<Attached>,
}
