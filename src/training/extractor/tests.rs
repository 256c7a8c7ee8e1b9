use std::path::Path;

use super::page::generate;
use crate::domain::{DocumentKind, FieldName, Reading};
use crate::extraction::Extractor;
use crate::extraction::evidence::Evidence;
use crate::inference::Models;

/// The values that a document says, against those that the shipped model reads from its words.
#[test]
fn the_shipped_model_reads_generated_documents_that_it_never_saw() {
    let models = Models::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models")).unwrap();
    let extractor = Extractor::open(&models).unwrap();
    let (mut right, mut wrong, mut missed) = (0, 0, 0);
    for index in 0..60 {
        let sample = generate(987_654_321, index);
        let reading = Reading { kind: DocumentKind::Pdf, pages: sample.pages, einvoice: None, issues: Vec::new() };
        let read = extractor.extract(&reading, &Evidence::default()).unwrap();
        assert!(read.model.contains_key("extractor"));
        for field in [FieldName::InvoiceNumber, FieldName::IssueDate, FieldName::DueDate, FieldName::TotalAmount, FieldName::Iban] {
            match (read.text(field), sample.truth.get(&field)) {
                (Some(given), Some(truth))
                    if given.replace(' ', "") == truth.replace(' ', "") || read.amount(field) == truth.parse().ok() =>
                {
                    right += 1
                }
                (Some(_), _) => wrong += 1,
                (None, Some(_)) => missed += 1,
                (None, None) => {}
            }
            if let Some(found) = read.fields.get(&field) {
                assert!(!found.boxes.is_empty() && (0.0..=1.0).contains(&found.confidence));
            }
        }
    }
    assert!(right > 200 && wrong + missed < right / 10, "{right} right, {wrong} wrong, {missed} missed");
}

#[test]
fn the_same_seed_gives_the_same_document_and_another_gives_another() {
    let (a, b, c) = (generate(1, 5), generate(1, 5), generate(2, 5));
    assert_eq!(a.pages, b.pages);
    assert_ne!(a.pages, c.pages);
}

/// What is printed must be findable: a value that no candidate gives can never be learned.
#[test]
fn nearly_every_printed_value_is_a_candidate() {
    let examples: Vec<_> = (0..120).map(|i| super::dataset::example(55, i)).collect();
    let unreachable: usize = examples.iter().map(|e| e.unreachable.len()).sum();
    assert!(unreachable < 120, "{unreachable} values of 120 documents are no candidates");
}
