//! What is said about pages that were not read, and what to do about it.

use super::Unusable;
use crate::domain::{Issue, Reading};

/// Not one page has text that can be read: the case goes to manual entry.
pub const SCAN_WITHOUT_TEXT: &str = "scan-without-text";
/// Some pages have no text that can be read.
pub const PAGES_WITHOUT_TEXT: &str = "pages-without-text";
/// Only some pages were read.
const PAGES_LEFT_OUT: &str = "pages-left-out";

/// Fewer letters and digits than this in a whole document are stamps and page numbers, not text.
const FEWEST_CHARACTERS: usize = 20;

/// The first `read` of `pages` pages were read.
pub(super) fn left_out(pages: usize, read: usize) -> Issue {
    Issue::new(PAGES_LEFT_OUT, format!("The document has {pages} pages; the first {read} were read."))
}

/// The pages `unusable` need OCR, which is not installed.
pub(super) fn not_installed(reading: &Reading, pages: &[Unusable]) -> Option<Issue> {
    const ADVICE: &str =
        "Enter what is missing by hand; once `countersign models install` has installed text recognition, such documents are read.";
    let unusable: Vec<u32> = pages.iter().map(|page| page.number).collect();
    if has_text(reading, &unusable) {
        let first = pages.first().map(|page| format!(" (page {} {})", page.number, page.reason)).unwrap_or_default();
        let message = format!("{} no text that can be read{first}. {ADVICE}", numbered(&unusable, "has", "have"));
        return Some(Issue::new(PAGES_WITHOUT_TEXT, message));
    }
    // The exact fields of an attached XML need no page.
    let message = format!("The document is a scan without text. {ADVICE}");
    reading.einvoice.is_none().then(|| Issue::new(SCAN_WITHOUT_TEXT, message))
}

/// OCR has read, but for the pages `unread`, which it did not come to.
pub(super) fn recognized(reading: &Reading, unread: &[u32]) -> Vec<Issue> {
    let mut issues = Vec::new();
    if !unread.is_empty() {
        let message = format!("{} left out: text recognition had reached its limit of pages or time.", numbered(unread, "was", "were"));
        issues.push(Issue::new(PAGES_LEFT_OUT, message));
    }
    if reading.einvoice.is_none() && !has_text(reading, unread) {
        issues.push(Issue::new(SCAN_WITHOUT_TEXT, "No text was found on the pages: enter the fields by hand."));
    }
    issues
}

/// OCR of the pages `unusable` failed.
pub(super) fn recognition_failed(reading: &Reading, unusable: &[u32], cause: &str) -> Issue {
    let code = if has_text(reading, unusable) || reading.einvoice.is_some() { PAGES_WITHOUT_TEXT } else { SCAN_WITHOUT_TEXT };
    Issue::new(code, format!("{} not be recognized: enter what is missing by hand. {cause}", numbered(unusable, "could", "could")))
}

/// Whether there is text beside the pages whose own text is not to be used.
fn has_text(reading: &Reading, unusable: &[u32]) -> bool {
    let words = reading.pages.iter().filter(|page| !unusable.contains(&page.number)).flat_map(|page| &page.words);
    words.map(|word| word.text.chars().filter(|c| c.is_alphanumeric()).count()).sum::<usize>() >= FEWEST_CHARACTERS
}

/// "Page 3 has", "Pages 2, 3 and 7 have", with runs taken together.
fn numbered(pages: &[u32], one: &str, many: &str) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &page in pages {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == page => *last = page,
            _ => runs.push((page, page)),
        }
    }
    let shown: Vec<String> =
        runs.iter().map(|&(first, last)| if first == last { first.to_string() } else { format!("{first} to {last}") }).collect();
    match shown.split_last() {
        None => format!("No page {one}"),
        Some((last, [])) if pages.len() == 1 => format!("Page {last} {one}"),
        Some((last, [])) => format!("Pages {last} {many}"),
        Some((last, before)) => format!("Pages {} and {last} {many}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, DocumentKind, Extraction, Page, Word};

    fn reading(text: &str) -> Reading {
        let word = Word { text: text.to_owned(), bbox: BBox::default(), level: None, line: 0, bold: false, confidence: 1.0 };
        let page = Page { number: 1, words: vec![word], ..Page::default() };
        Reading { kind: DocumentKind::Pdf, pages: vec![page], einvoice: None, issues: Vec::new() }
    }

    #[test]
    fn what_to_do_is_said_once_and_by_page() {
        let (scan, mixed) = (reading("7"), reading("twenty letters and some"));
        let told = |issue: Option<Issue>| issue.map(|issue| (issue.code, issue.message)).unwrap();
        let pages = |numbers: &[u32]| numbers.iter().map(|&number| Unusable { number, reason: "is a picture" }).collect::<Vec<_>>();
        let (code, message) = told(not_installed(&scan, &pages(&[1])));
        assert_eq!((code.as_str(), message.contains("countersign models install")), (SCAN_WITHOUT_TEXT, true));
        let (code, message) = told(not_installed(&mixed, &pages(&[2, 3, 4, 9])));
        assert_eq!((code.as_str(), message.starts_with("Pages 2 to 4 and 9 have no text")), (PAGES_WITHOUT_TEXT, true), "{message}");
        let hybrid = Reading { einvoice: Some(Extraction::default()), ..scan.clone() };
        assert_eq!(not_installed(&hybrid, &pages(&[1])), None);
        assert_eq!(recognized(&mixed, &[]), []);
        assert_eq!(
            recognized(&scan, &[3]).iter().map(|issue| issue.code.as_str()).collect::<Vec<_>>(),
            [PAGES_LEFT_OUT, SCAN_WITHOUT_TEXT]
        );
        assert!(recognized(&mixed, &[21]).pop().unwrap().message.starts_with("Page 21 was left out"));
    }
}
