//! Documents whose values people confirmed, as the network wants them.
//!
//! Runs before fine-tuning. Real pages say nowhere which word is whose value: every candidate that
//! says a field's final value is right. A value that no candidate says (a person typed what is not
//! printed, or a name in other words) teaches nothing, and neither does a field that nobody confirmed.
//! A field that was empty and confirmed so teaches "absent".

use std::collections::BTreeMap;

use super::dataset::{Example, prepare_with, same, saying};
use crate::domain::{DocumentType, Extraction, FieldName, Page, Source};
use crate::extraction::candidates::{Candidate, Kind, SCORED};

/// What people said of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Its value, canonical.
    Is(String),
    /// The document has none.
    Absent,
}

/// What people said of a document: the fields they confirmed. A field that is not there is not known.
pub type Answers = BTreeMap<FieldName, Answer>;

/// What is confirmed of an extraction as it stands in the end. In one that a person approved, all of
/// it; in one that was only corrected, what a person entered. That a field is empty is confirmed only
/// where the page was read: an e-invoice's XML may leave out what its page shows.
#[must_use]
pub fn answers(extraction: &Extraction, approved: bool) -> Answers {
    let exact = extraction.fields.values().any(|field| field.source == Source::EinvoiceXml);
    let answer = |field: FieldName| match extraction.fields.get(&field) {
        Some(found) if approved || found.source == Source::Person => Some(Answer::Is(found.value.clone())),
        None if approved && !exact => Some(Answer::Absent),
        _ => None,
    };
    SCORED.into_iter().filter_map(|field| Some((field, answer(field)?))).collect()
}

/// Which part a document has in fine-tuning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Weights are fitted to it.
    Learn,
    /// Says when to stop.
    Watch,
    /// Judges old and new model; never learned from, now or later.
    Reserved,
}

impl Part {
    /// A function of the document's hash alone, so that it stays the same for ever: of eight documents
    /// about two are reserved and one is watched. What is no hash is never learned from.
    #[must_use]
    pub fn of(sha256: &str) -> Self {
        match sha256.get(..8).and_then(|start| u32::from_str_radix(start, 16).ok()).map(|start| start % 8) {
            None | Some(0 | 4) => Self::Reserved,
            Some(1) => Self::Watch,
            Some(_) => Self::Learn,
        }
    }
}

/// A document that people confirmed, ready for the network.
#[derive(Debug, Clone)]
pub struct Labelled {
    /// Its part.
    pub part: Part,
    /// Candidates and which are right.
    pub example: Example,
}

/// Labels a document's pages; nothing where nothing confirmed is shown by a candidate.
#[must_use]
pub fn label(sha256: &str, pages: &[Page], document_type: DocumentType, answers: &Answers) -> Option<Labelled> {
    let example = prepare_with(pages, |_, found, rows, field| match answers.get(&field)? {
        Answer::Absent => Some(vec![false; rows.len()]),
        Answer::Is(value) => {
            let right = saying(found, rows, (field, value), |candidate| says(candidate, value, field, document_type));
            right.contains(&true).then_some(right)
        }
    });
    // Knowing only what is absent shows no layout.
    let shows = example.groups.iter().any(|group| group.right.contains(&true));
    shows.then(|| Labelled { part: Part::of(sha256), example })
}

/// Amounts of a credit note count as positive, whatever sign is printed.
fn says(candidate: &Candidate, value: &str, field: FieldName, document_type: DocumentType) -> bool {
    if document_type == DocumentType::CreditNote && candidate.kind == Kind::Amount {
        return value.parse().is_ok_and(|value: rust_decimal::Decimal| candidate.decimal().abs() == value.abs());
    }
    same(candidate, value, field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Field;
    use crate::training::extractor::dataset::prepare;
    use crate::training::extractor::page::generate;

    fn read(fields: &[(FieldName, &str, Source)]) -> Extraction {
        let field = |&(name, value, source): &(FieldName, &str, Source)| {
            (name, Field { value: value.to_owned(), confidence: 0.9, source, boxes: Vec::new() })
        };
        Extraction { fields: fields.iter().map(field).collect(), ..Extraction::default() }
    }

    #[test]
    fn an_approval_confirms_everything_and_a_correction_what_was_entered() {
        let paper = read(&[(FieldName::InvoiceNumber, "A-1", Source::Person), (FieldName::TotalAmount, "10.00", Source::PdfText)]);
        let corrected = answers(&paper, false);
        assert_eq!(corrected, Answers::from([(FieldName::InvoiceNumber, Answer::Is("A-1".into()))]));
        let approved = answers(&paper, true);
        assert_eq!((approved.len(), &approved[&FieldName::DueDate]), (SCORED.len(), &Answer::Absent));
        assert_eq!(approved[&FieldName::TotalAmount], Answer::Is("10.00".into()));
        let exact = answers(&read(&[(FieldName::TotalAmount, "10.00", Source::EinvoiceXml)]), true);
        assert_eq!(exact.len(), 1, "what an XML leaves out is not known of its page");
    }

    #[test]
    fn the_right_candidates_are_those_that_say_the_value() {
        let hash = |index: u64| format!("{index:064x}");
        let (mut shown, mut more) = (0, 0);
        for index in 0..40 {
            let sample = generate(77, index);
            let answers = SCORED
                .into_iter()
                .map(|field| (field, sample.truth.get(&field).map_or(Answer::Absent, |value| Answer::Is(value.clone()))))
                .collect();
            let tagged = prepare(&sample);
            let labelled = label(&hash(index), &sample.pages, sample.document_type, &answers).unwrap().example;
            assert_eq!(labelled.candidates, tagged.candidates);
            for group in &tagged.groups {
                let ours = labelled.groups.iter().find(|ours| ours.field == group.field);
                if tagged.unreachable.contains(&SCORED[group.field]) {
                    continue;
                }
                let ours = ours.unwrap_or_else(|| panic!("{} of document {index} is left out", SCORED[group.field]));
                assert!(group.right.iter().zip(&ours.right).all(|(tagged, said)| *said || !*tagged));
                shown += group.right.iter().filter(|right| **right).count();
                more += ours.right.iter().filter(|right| **right).count();
            }
        }
        assert!(shown > 200 && more >= shown, "{shown} tagged, {more} say the value");
    }

    #[test]
    fn what_is_not_shown_or_not_known_is_left_out() {
        let shows_number = |sample: &crate::training::extractor::page::Sample| {
            sample.truth.contains_key(&FieldName::InvoiceNumber) && prepare(sample).unreachable.is_empty()
        };
        let sample = (0..50).map(|index| generate(77, index)).find(shows_number).unwrap();
        let number = sample.truth[&FieldName::InvoiceNumber].clone();
        let answers = Answers::from([
            (FieldName::InvoiceNumber, Answer::Is(number)),
            (FieldName::SupplierName, Answer::Is("Nowhere On This Page Ltd".into())),
            (FieldName::PurchaseOrder, Answer::Absent),
        ]);
        let labelled = label("00000000", &sample.pages, sample.document_type, &answers).unwrap();
        let fields: Vec<FieldName> = labelled.example.groups.iter().map(|group| SCORED[group.field]).collect();
        assert_eq!(fields, [FieldName::InvoiceNumber, FieldName::PurchaseOrder]);
        assert!(!labelled.example.groups[1].right.contains(&true));
        assert!(label("00000000", &sample.pages, sample.document_type, &Answers::new()).is_none());
        assert!(label("00000000", &[], sample.document_type, &answers).is_none());
    }

    #[test]
    fn a_credit_note_shows_its_amounts_with_either_sign() {
        let candidates = |text: &str| {
            let word = |text: &str, x: f32| crate::domain::Word {
                text: text.to_owned(),
                bbox: crate::domain::BBox { x, y: 0.5, w: 0.1, h: 0.012 },
                level: None,
                line: 0,
                bold: false,
                confidence: 1.0,
            };
            Page { number: 1, width: 595.0, height: 842.0, words: vec![word("Total", 0.5), word(text, 0.7)], ..Page::default() }
        };
        let answers = Answers::from([(FieldName::TotalAmount, Answer::Is("119.00".into()))]);
        let label = |kind| label("00000000", &[candidates("-119.00")], kind, &answers);
        assert!(label(DocumentType::CreditNote).is_some());
        assert!(label(DocumentType::Invoice).is_none());
    }

    #[test]
    fn about_a_quarter_is_reserved_for_ever() {
        let parts: Vec<Part> = (0..4000_u32).map(|i| Part::of(&crate::domain::hash::sha256_hex(&i.to_le_bytes()))).collect();
        let count = |part| parts.iter().filter(|p| **p == part).count();
        assert!((900..1100).contains(&count(Part::Reserved)) && (400..600).contains(&count(Part::Watch)), "{parts:?}");
        assert_eq!(Part::of("e3b0c442"), Part::of("e3b0c44298fc1c149afbf4c8996fb924"));
        assert_eq!((Part::of(""), Part::of("not a hash")), (Part::Reserved, Part::Reserved));
    }
}
