use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::domain::{DocumentKind, DocumentType, PaperKind};
use crate::extraction::tests::page;
use crate::inference::Models;

/// A page that shows a title, a number of its own and a total.
fn invoice(number: &str, total: i64) -> PageSeen {
    let own = OwnNumber { key: number.to_owned(), labelled: true, high: true, sure: true };
    PageSeen {
        title: Some(PaperKind::Invoice),
        number: Some(own),
        labelled: [number.to_owned()].into(),
        printed: [number.to_owned()].into(),
        total: Some(total.into()),
        ..PageSeen::default()
    }
}

/// A page without a title, a number or a sum to pay.
fn plain() -> PageSeen {
    PageSeen::default()
}

/// The parts as `(first, last)` from 1, and the doubtful pages.
fn divided(pages: &[PageSeen]) -> (Vec<(usize, usize)>, Vec<usize>) {
    let division = divide(pages);
    (division.parts.iter().map(|p| (p.start() + 1, p.end() + 1)).collect(), division.doubts.iter().map(|page| page + 1).collect())
}

#[test]
fn each_invoice_with_a_number_and_a_sum_is_a_part() {
    let pages = [invoice("A1", 10), invoice("B2", 20), invoice("C3", 30)];
    assert_eq!(divided(&pages), (vec![(1, 1), (2, 2), (3, 3)], vec![]));
    // With their appendices.
    let pages = [invoice("A1", 10), plain(), invoice("B2", 20), invoice("C3", 30), plain()];
    assert_eq!(divided(&pages), (vec![(1, 2), (3, 3), (4, 5)], vec![]));
    // A delivery note behind an invoice stays with it, whatever its number.
    let mut note = invoice("9", 10);
    (note.title, note.total, note.labelled) = (Some(PaperKind::DeliveryNote), None, BTreeSet::new());
    note.number = None;
    assert_eq!(divided(&[invoice("A1", 10), note, invoice("B2", 20)]), (vec![(1, 2), (3, 3)], vec![]));
}

#[test]
fn pages_of_one_invoice_stay_together() {
    // The head is repeated on every page; the sum stands on the last.
    let mut first = invoice("A1", 0);
    first.total = None;
    assert_eq!(divided(&[first.clone(), invoice("A1", 10)]), (vec![(1, 2)], vec![]));
    // Page 2 of 2 under another number: read wrongly, or the customer's.
    let mut second = invoice("4711", 10);
    second.counter = Some((2, 2));
    second.title = None;
    assert_eq!(divided(&[first, second]), (vec![(1, 2)], vec![]));
    // Carried forward.
    let (mut first, mut second) = (invoice("A1", 10), invoice("B2", 20));
    first.carries = true;
    second.title = None;
    assert_eq!(divided(&[first, second]), (vec![(1, 2)], vec![]));
    // Another number is named, but its own stands beside the label too.
    let mut second = invoice("B2", 10);
    second.labelled.insert("A1".to_owned());
    assert_eq!(divided(&[invoice("A1", 10), second]), (vec![(1, 2)], vec![]));
}

#[test]
fn a_letter_before_the_invoices_goes_with_the_first() {
    assert_eq!(divided(&[plain(), invoice("A1", 10), invoice("B2", 20)]), (vec![(1, 2), (3, 3)], vec![]));
}

#[test]
fn copies_are_no_invoices_of_their_own() {
    let mut copy = invoice("A1", 10);
    copy.copy = true;
    let division = divide(&[invoice("A1", 10), copy.clone(), invoice("B2", 20), copy]);
    assert_eq!(division.parts, [0..=1, 2..=3]);
    assert_eq!(division.copies, [1, 3].into());
    assert!(division.doubts.is_empty());
}

#[test]
fn where_it_is_not_certain_nothing_is_split() {
    // The second has no number that could be read.
    let mut nameless = invoice("", 20);
    (nameless.number, nameless.printed) = (None, BTreeSet::new());
    assert_eq!(divided(&[invoice("A1", 10), nameless.clone()]), (vec![(1, 2)], vec![2]));
    // Nor the first.
    assert_eq!(divided(&[nameless, invoice("B2", 10)]), (vec![(1, 2)], vec![2]));
    // The second speaks of the first, and shows another sum.
    let mut speaks = invoice("B2", 20);
    speaks.printed.insert("A1".to_owned());
    assert_eq!(divided(&[invoice("A1", 10), speaks.clone()]), (vec![(1, 2)], vec![2]));
    // A credit note always speaks of its invoice.
    speaks.title = Some(PaperKind::CreditNote);
    assert_eq!(divided(&[invoice("A1", 10), speaks]), (vec![(1, 1), (2, 2)], vec![]));
    // A reminder with the invoice that it asks for.
    let mut reminder = plain();
    (reminder.title, reminder.total) = (Some(PaperKind::Reminder), Some(10.into()));
    assert_eq!(divided(&[reminder, invoice("A1", 10)]), (vec![(1, 2)], vec![2]));
    // Two receipts on two pages.
    let mut receipt = plain();
    (receipt.title, receipt.total) = (Some(PaperKind::Receipt), Some(10.into()));
    let mut other = receipt.clone();
    other.total = Some(20.into());
    assert_eq!(divided(&[receipt, other]), (vec![(1, 2)], vec![2]));
}

#[test]
fn a_misread_number_makes_no_part() {
    let (mut first, mut second) = (invoice("REI0023", 10), invoice("RE10023", 10));
    (first.recognized, second.recognized) = (true, true);
    assert_eq!(divided(&[first.clone(), second]), (vec![(1, 2)], vec![]));
    let mut next = invoice("REI0024", 20);
    next.recognized = true;
    assert_eq!(divided(&[first, next]), (vec![(1, 1), (2, 2)], vec![]), "3 and 4 are not taken for each other");
}

#[test]
fn a_table_that_goes_on_with_an_article_number_begins_nothing() {
    let mut rest = PageSeen { total: Some(20.into()), ..plain() };
    rest.number = Some(OwnNumber { key: "ARNR2".to_owned(), labelled: false, high: true, sure: true });
    assert_eq!(divided(&[invoice("A1", 10), rest]), (vec![(1, 2)], vec![]));
}

/// An invoice's page as words, of a supplier and layout that both stay the same.
fn printed(number: &str, net: &str, tax: &str, total: &str, page_of: &str) -> Page {
    let head = [
        "Wolkenbau GmbH @70 Rechnung".to_owned(),
        "Seestr. 4".into(),
        "54321 Teststadt".into(),
        String::new(),
        format!("Kunde: @60 Rechnungsnummer: @80 {number}"),
        "Lindner AG @60 Rechnungsdatum: @80 03.02.2020".into(),
        "Hofweg 1 @60 Fällig am: @80 04.03.2020".into(),
        "12345 Dorf".into(),
        String::new(),
        "Bezeichnung @50 Menge @62 Einzelpreis @80 Gesamt".into(),
        format!("Dachziegel @52 1 @67 {net} @80 {net}"),
        String::new(),
        format!("@60 Nettobetrag @80 {net} €"),
        format!("@60 MwSt. 19% @80 {tax} €"),
        format!("@60 Gesamtbetrag @80 {total} €"),
    ];
    let mut lines: Vec<&str> = head.iter().map(String::as_str).collect();
    lines.resize(44, "");
    lines.push(page_of);
    page(&lines)
}

fn file(pages: Vec<Page>) -> Reading {
    let numbered = pages.into_iter().zip(1..).map(|(page, number)| Page { number, ..page });
    Reading { kind: DocumentKind::Pdf, pages: numbered.collect(), einvoice: None, issues: Vec::new() }
}

fn extractor() -> Extractor {
    Extractor::open(&Models::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models")).unwrap()).unwrap()
}

#[test]
fn a_file_of_two_invoices_and_their_appendix_gives_two_extractions() {
    let first = printed("WB-2020-17", "205,00", "38,95", "243,95", "");
    let terms = page(&["Allgemeine Geschäftsbedingungen", "", "1. Geltung", "Diese Bedingungen gelten für alle Lieferungen."]);
    let second = printed("WB-2020-21", "100,00", "19,00", "119,00", "");
    let parts = extractor().extract_parts(&file(vec![first, terms, second]), &Evidence::default()).unwrap();
    let found: Vec<_> =
        parts.iter().map(|part| (part.pages.clone(), part.extraction.text(FieldName::InvoiceNumber).unwrap_or_default())).collect();
    assert_eq!(found, [(1..=2, "WB-2020-17"), (3..=3, "WB-2020-21")]);
    assert_eq!(parts[1].extraction.text(FieldName::TotalAmount), Some("119.00"));
    assert_eq!(parts[1].extraction.fields[&FieldName::TotalAmount].boxes[0].page, 3, "places are the file's");
    assert!(parts.iter().all(|part| part.extraction.document_type == DocumentType::Invoice));
    assert!(parts.iter().all(|part| part.extraction.issues.iter().all(|issue| issue.code != SUSPECTED)));
}

#[test]
fn one_invoice_gives_what_extract_gives() {
    let pages = vec![
        printed("WB-2020-17", "205,00", "38,95", "243,95", "Seite 1 von 2"),
        page(&["Anlage", "Fotos der Baustelle", "Seite 2 von 2"]),
    ];
    let reading = file(pages);
    let parts = extractor().extract_parts(&reading, &Evidence::default()).unwrap();
    assert_eq!(parts, [Part { pages: 1..=2, extraction: extractor().extract(&reading, &Evidence::default()).unwrap() }]);
    let mut exact = Extraction::default();
    exact.set_exact(FieldName::InvoiceNumber, "WB-2020-17");
    let two = vec![printed("WB-2020-17", "205,00", "38,95", "243,95", ""), printed("WB-2020-21", "100,00", "19,00", "119,00", "")];
    let hybrid = Reading { einvoice: Some(exact), ..file(two) };
    let parts = extractor().extract_parts(&hybrid, &Evidence::default()).unwrap();
    assert_eq!(parts.len(), 1, "an e-invoice is never split");
    assert!(parts[0].extraction.issues.iter().any(|issue| issue.code == SUSPECTED), "{:?}", parts[0].extraction.issues);
}

#[test]
fn a_page_is_seen_as_it_is_printed() {
    let number = |text: &str| marks::of(&Doc::new(&[printed(text, "205,00", "38,95", "243,95", "Seite 2 von 3")]), Some(text));
    let seen = number("WB-2020-17");
    assert_eq!(seen.counter, Some((2, 3)));
    let own = seen.number.unwrap();
    assert!(own.labelled && own.high, "{own:?}");
    assert!(!seen.labelled.contains("54321") && seen.printed.contains("54321"), "{:?}", seen.labelled);
    let marks = |lines: &[&str]| marks::of(&Doc::new(&[page(lines)]), None);
    assert!(marks(&["Übertrag @80 100,00", "Ziegel @80 20,00"]).continues);
    assert!(marks(&[&["x"; 38][..], &["Übertrag @80 100,00"]].concat()).carries);
    assert!(marks(&["DUPLICATA", "Facture"]).copy && !marks(&["Please keep a copy of this invoice"]).copy);
    assert_eq!(marks(&["Page 1/2", "x"]).counter, Some((1, 2)));
    assert_eq!(marks(&["x", "x"]).counter, None);
}
