use std::path::Path;

use super::*;
use crate::domain::{BBox, DocumentKind, Page, Word};

/// A page from lines of text: words of one line share a row; `@50` goes on at half the width.
pub(super) fn page(lines: &[&str]) -> Page {
    spaced(lines, (0.02, 0.012))
}

/// As [`page`], with the distance of rows and the height of words as fractions of the page's height.
pub(super) fn spaced(lines: &[&str], (leading, h): (f32, f32)) -> Page {
    let mut words = Vec::new();
    for (row, line) in lines.iter().enumerate() {
        let mut x = 0.06;
        for text in line.split(' ').filter(|t| !t.is_empty()) {
            if let Some(at) = text.strip_prefix('@').and_then(|at| at.parse::<f32>().ok()) {
                x = at / 100.0;
                continue;
            }
            let w = 0.009 * text.chars().count() as f32;
            let bbox = BBox { x, y: 0.05 + leading * row as f32, w, h };
            words.push(Word { text: text.to_owned(), bbox, level: None, line: row as u32, bold: false, confidence: 1.0 });
            x += w + 0.005;
        }
    }
    Page { number: 1, width: 595.0, height: 842.0, words, ..Page::default() }
}

fn reading(pages: Vec<Page>, einvoice: Option<Extraction>) -> Reading {
    Reading { kind: DocumentKind::Pdf, pages, einvoice, issues: Vec::new() }
}

fn extractor() -> Extractor {
    Extractor::open(&Models::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models")).unwrap()).unwrap()
}

#[test]
fn a_plain_invoice_gives_its_fields_lines_and_boxes() {
    let page = page(&[
        "Wolkenbau GmbH @70 Rechnung",
        "Seestr. 4",
        "54321 Teststadt",
        "",
        "Kunde: @60 Rechnungsnummer: @80 WB-2020-17",
        "Lindner AG @60 Rechnungsdatum: @80 03.02.2020",
        "Hofweg 1 @60 Fällig am: @80 04.03.2020",
        "12345 Dorf",
        "",
        "Bezeichnung @50 Menge @62 Einzelpreis @80 Gesamt",
        "Dachziegel @52 10 @67 12,50 @80 125,00",
        "rot, glasiert",
        "Montage @52 2 @67 40,00 @80 80,00",
        "",
        "@60 Nettobetrag @80 205,00 €",
        "@60 MwSt. 19% @80 38,95 €",
        "@60 Gesamtbetrag @80 243,95 €",
    ]);
    let read = extractor().extract(&reading(vec![page], None), &Evidence::default()).unwrap();
    for (field, value) in [
        (FieldName::InvoiceNumber, "WB-2020-17"),
        (FieldName::IssueDate, "2020-02-03"),
        (FieldName::DueDate, "2020-03-04"),
        (FieldName::NetAmount, "205.00"),
        (FieldName::TaxAmount, "38.95"),
        (FieldName::TotalAmount, "243.95"),
        (FieldName::Currency, "EUR"),
        (FieldName::SupplierName, "Wolkenbau GmbH"),
    ] {
        assert_eq!(read.text(field), Some(value), "{field}");
        assert_eq!(read.fields[&field].source, Source::PdfText);
        assert_eq!(read.fields[&field].boxes[0].page, 1, "{field}");
    }
    assert_eq!(read.document_type, DocumentType::Invoice);
    assert_eq!(read.lines.len(), 2);
    assert_eq!(read.lines[0].description.as_deref(), Some("Dachziegel rot, glasiert"));
    assert_eq!(read.lines[1].amount, Some(Decimal::new(8000, 2)));
    assert_eq!(read.model["extractor"].len(), 64);
    assert!(read.issues.is_empty(), "{:?}", read.issues);
}

#[test]
fn a_document_without_words_is_an_issue_not_an_error() {
    let read = extractor().extract(&reading(vec![page(&[])], None), &Evidence::default()).unwrap();
    assert!(read.fields.is_empty());
    assert_eq!(read.issues[0].code, "no-text");
}

#[test]
fn exact_fields_win_and_the_page_says_where_they_stand() {
    let mut exact = Extraction::default();
    exact.set_exact(FieldName::InvoiceNumber, "A-17");
    exact.set_exact(FieldName::TotalAmount, "99.00");
    let read = extractor().extract(&reading(vec![page(&["Invoice A-17", "Total 98.00"])], Some(exact)), &Evidence::default()).unwrap();
    assert_eq!(read.text(FieldName::TotalAmount), Some("99.00"));
    assert!(read.fields[&FieldName::TotalAmount].boxes.is_empty());
    assert_eq!(read.fields[&FieldName::InvoiceNumber].boxes.len(), 1);
}

#[test]
fn amounts_that_add_up_win_over_likelier_ones_that_do_not() {
    let doc = Doc::new(&[page(&["a 100.00", "b 19.00", "c 119.00", "d 110.00"])]);
    let found: Vec<Candidate> = candidates::find(&doc).0.into_iter().filter(|c| c.kind == Kind::Amount).collect();
    let values: Vec<String> = found.iter().map(|c| c.value.clone()).collect();
    assert_eq!(values, ["100.00", "19.00", "119.00", "110.00"]);
    let mut scores = vec![-20.0_f32; found.len() * SCORED.len()];
    let mut set = |row: usize, field: FieldName, score: f32| {
        scores[row * SCORED.len() + SCORED.iter().position(|f| *f == field).unwrap()] = score;
    };
    set(0, FieldName::NetAmount, 4.0);
    set(1, FieldName::TaxAmount, 4.0);
    set(2, FieldName::TotalAmount, 3.0);
    set(3, FieldName::TotalAmount, 4.0);
    let chosen = decode::choose(&found, &scores, 0.3);
    assert_eq!(chosen[&FieldName::TotalAmount].row, 2);
    assert_eq!(chosen[&FieldName::NetAmount].row, 0);
}

#[test]
fn totals_that_disagree_are_an_issue() {
    let mut out = Extraction::default();
    for (field, value) in [(FieldName::NetAmount, "100.00"), (FieldName::TaxAmount, "19.00"), (FieldName::TotalAmount, "120.00")] {
        out.set_exact(field, value);
    }
    check(&mut out);
    assert_eq!(out.issues[0].code, "totals-disagree");
}

mod hostile {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_words_panic(lines in prop::collection::vec("\\PC{0,60}", 0..12)) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let doc = Doc::new(&[page(&lines)]);
            let (found, conventions) = candidates::find(&doc);
            let features = features::compute(&doc, &found);
            prop_assert_eq!(features.ids.len(), found.len() * ID_WIDTH);
            prop_assert_eq!(features.dense.len(), found.len() * DENSE);
            prop_assert!(features.ids.iter().all(|id| usize::from(*id) < features::VOCABULARY));
            let _ = items::read(&doc, conventions.decimal, &items::Known::default());
            let _ = decode::choose(&found, &vec![0.5; found.len() * SCORED.len()], 0.1);
        }
    }
}
