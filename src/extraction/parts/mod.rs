//! Several invoices in one file: where one ends and the next begins.
//!
//! Runs on the pages of a document before extraction, where it has more than one. Each page is looked at by
//! itself (`marks`: its title, its own number beside a label, its amount to pay, "page 2 of 3", what is
//! carried forward); [`divide`] then decides, purely and cautiously: a page begins another invoice only where
//! it has a number of its own, the one before is complete, and nothing says that it goes on. An appendix, a
//! copy and a delivery note stay with the invoice before them. Where there is doubt nothing is split, and an
//! issue sends the document to a person. An e-invoice is never split: pages of others in its file are an issue.

mod divide;
mod marks;

use std::ops::RangeInclusive;

use super::evidence::Evidence;
use super::layout::Doc;
use super::{ExtractionError, Extractor, candidates, credit_signs};
use crate::domain::{Extraction, FieldName, Issue, Page, Reading, Source};
pub use divide::{Division, OwnNumber, PageSeen, divide};

/// Code of the issue that a file may hold several documents and was not split there.
pub const SUSPECTED: &str = "several-documents-suspected";

/// Confidence from which a page's own reading of a number or total counts.
const SURE: f64 = 0.5;
/// Confidence from which a number needs neither a label nor a title beside it.
const CERTAIN: f64 = 0.8;

/// One of the documents that a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Its pages, from 1.
    pub pages: RangeInclusive<u32>,
    /// What was read from them.
    pub extraction: Extraction,
}

impl Extractor {
    /// Extracts the fields of every document that a file holds: one part in the normal case. The parts
    /// follow each other and cover all pages.
    ///
    /// # Errors
    /// As [`Extractor::extract`].
    pub fn extract_parts(&self, reading: &Reading, evidence: &Evidence) -> Result<Vec<Part>, ExtractionError> {
        let last = reading.pages.last().map_or(1, |page| page.number);
        if reading.pages.len() < 2 {
            return Ok(vec![Part { pages: 1..=last, extraction: self.extract(reading, evidence)? }]);
        }
        let seen = reading.pages.iter().map(|page| self.look(page, evidence)).collect::<Result<Vec<_>, _>>()?;
        let division = divide(&seen);
        if reading.einvoice.is_some() {
            // The XML is of one invoice; the pages may be of several that somebody put into one file.
            let mut extraction = self.extract(reading, evidence)?;
            extraction.issues.extend(division.parts.get(1).map(|part| suspicion(reading, *part.start())));
            return Ok(vec![Part { pages: 1..=last, extraction }]);
        }
        let count = division.parts.len();
        let mut parts = Vec::with_capacity(count);
        for (index, range) in division.parts.iter().enumerate() {
            let kept = range.clone().filter(|page| !division.copies.contains(page));
            let pages = kept.filter_map(|page| reading.pages.get(page).cloned()).collect();
            let own = Reading { kind: reading.kind, pages, einvoice: None, issues: reading.issues.clone() };
            let mut extraction = self.extract(&own, evidence)?;
            extraction.turns = super::turns(reading);
            extraction
                .issues
                .extend(division.doubts.iter().filter(|page| range.contains(page)).take(1).map(|&page| suspicion(reading, page)));
            let number = |page: usize| reading.pages.get(page).map_or(1, |page| page.number);
            let first = if index == 0 { 1 } else { number(*range.start()) };
            let end = if index + 1 == count { last } else { number(*range.end()) };
            parts.push(Part { pages: first..=end, extraction });
        }
        Ok(parts)
    }

    /// What one page shows by itself.
    fn look(&self, page: &Page, evidence: &Evidence) -> Result<PageSeen, ExtractionError> {
        let alone = std::slice::from_ref(page);
        let doc = Doc::new(alone);
        if doc.tokens.len() < 5 {
            return Ok(PageSeen::default());
        }
        let (found, _) = candidates::find(&doc);
        let mut read = Extraction::default();
        self.header(&mut read, alone, (&doc, &found), evidence)?;
        credit_signs(&mut read);
        let sure = |name: FieldName| read.fields.get(&name).filter(|field| field.confidence >= SURE);
        let number = sure(FieldName::InvoiceNumber);
        let mut seen = marks::of(&doc, number.map(|field| field.value.as_str()));
        if let (Some(own), Some(field)) = (&mut seen.number, number) {
            own.sure = field.confidence >= CERTAIN;
        }
        seen.total = sure(FieldName::TotalAmount).and_then(|_| read.amount(FieldName::TotalAmount));
        seen.recognized = page.source == Source::Ocr;
        Ok(seen)
    }
}

fn suspicion(reading: &Reading, page: usize) -> Issue {
    let number = reading.pages.get(page).map_or(0, |page| page.number);
    let text = format!(
        "page {number} may begin another document, but that is not certain, so the file was not split there: where it does, upload its documents one by one and reject this case"
    );
    Issue::new(SUSPECTED, text)
}

#[cfg(test)]
mod tests;
