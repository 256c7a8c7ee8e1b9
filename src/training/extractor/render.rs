//! Generated documents as files that people and programs open: PDFs with text, and worn scans.
//!
//! Runs from `countersign train generate` and tests. A sample of the corpus on paper shows what the
//! generator really makes, goes through the whole reader, and can be handed on: nothing in it is
//! anybody's. Pages are drawn elsewhere (by the product's own renderer); this only writes and wears.

mod fonts;
mod furniture;
mod pdf;
mod wear;

pub use pdf::{Look, drawable, pdf, scanned_pdf};
pub use wear::Wear;

#[cfg(test)]
mod tests;
