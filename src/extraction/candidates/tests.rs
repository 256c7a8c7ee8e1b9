use super::*;
use crate::domain::{BBox, Page, Word};

/// Pages of 4,000 equal words each, side by side.
fn crowded(text: &str, pages: u32) -> Doc {
    let word = |i: usize| {
        let bbox = BBox { x: (i % 40) as f32 / 40.0, y: (i / 40) as f32 / 100.0, w: 0.024, h: 0.009 };
        Word { text: text.to_owned(), bbox, level: None, line: 0, bold: false, confidence: 1.0 }
    };
    let page = |number| Page { number, width: 600.0, height: 800.0, words: (0..4000).map(word).collect(), ..Page::default() };
    Doc::new(&(1..=pages).map(page).collect::<Vec<_>>())
}

#[test]
fn a_crowded_document_has_a_bounded_number_of_candidates() {
    for text in ["12.50", "A1-7", "Miller", "1/1/20", "12/03/2020"] {
        let (found, _) = find(&crowded(text, 2));
        for kind in [Kind::Date, Kind::Amount, Kind::Identifier, Kind::Name] {
            let count = found.iter().filter(|c| c.kind == kind).count();
            assert!(count <= MAX_OF_KIND, "{text}: {count} of {kind:?}");
        }
    }
}

#[test]
fn the_last_amounts_are_kept_too() {
    let mut doc = crowded("12.50", 1);
    let last = doc.tokens.len() - 1;
    doc.tokens[last].text = "99.99".to_owned();
    let (found, _) = find(&doc);
    assert!(found.iter().any(|c| c.value == "99.99"));
}

/// One row of words with a blank between.
fn row(text: &str) -> Vec<(Kind, String)> {
    let mut x = 40.0;
    let words = text.split(' ').map(|text| {
        let wide = 6.0 * text.chars().count() as f32;
        let bbox = BBox { x: x / 600.0, y: 0.1, w: wide / 600.0, h: 0.015 };
        x += wide + 3.0;
        Word { text: text.to_owned(), bbox, level: None, line: 0, bold: false, confidence: 1.0 }
    });
    let page = Page { number: 1, width: 600.0, height: 800.0, words: words.collect(), ..Page::default() };
    find(&Doc::new(&[page])).0.into_iter().map(|c| (c.kind, c.value)).collect()
}

#[test]
fn what_readers_and_tills_print_is_found() {
    for (text, kind, value) in [
        ("Date: 03/02/201 8 1 5:28", Kind::Date, "2018-02-03"),
        ("Rechnung 471102 vom 05.03.2018", Kind::Date, "2018-03-05"),
        ("Rechnung 471102 vom 05.03.2018", Kind::Identifier, "471102"),
        ("1 1. Juli 2014", Kind::Date, "2014-07-11"),
        ("25/Feb/20 17 07:43:54", Kind::Date, "2017-02-25"),
        ("9/2/20 18:13", Kind::Date, "2020-02-09"),
        ("FRI 23-10-92 80004", Kind::Date, "1992-10-23"),
        ("TOTAL RM53. 60", Kind::Amount, "53.60"),
        ("TOTAL 12 .50", Kind::Amount, "12.50"),
        ("Total: 1 234,50 €", Kind::Amount, "1234.50"),
        ("TAX .70", Kind::Amount, "0.70"),
        ("IBAN DE89 37O4 0044 0532 0130 00", Kind::Iban, "DE89370400440532013000"),
        ("Sales no 20180320 12345", Kind::Identifier, "20180320"),
    ] {
        assert!(row(text).iter().any(|(k, v)| *k == kind && v == value), "{text}: {:?}", row(text));
    }
}

#[test]
fn the_rest_of_the_document_says_which_of_day_and_month_comes_first() {
    for (text, value) in [
        ("5/2/2017 6/1/2017 VAT $12.00", "2017-05-02"),
        ("5/2/2017 Austin TX 75001 $12.00", "2017-05-02"),
        ("5/2/2017 GST $12.00", "2017-02-05"),
        ("5/2/2017 12,00 €", "2017-02-05"),
        ("5/2/2017 3/31/2017 12,00 €", "2017-05-02"),
    ] {
        assert!(row(text).iter().any(|(k, v)| *k == Kind::Date && v == value), "{text}: {:?}", row(text));
    }
}

#[test]
fn the_groups_of_an_international_telephone_number_are_no_identifiers() {
    let found = row("Tel. +61 212 880 4353");
    assert!(!found.iter().any(|(kind, _)| *kind == Kind::Identifier), "{found:?}");
    assert!(row("ABN 61 212 880 435").contains(&(Kind::Identifier, "61 212 880 435".to_owned())));
}
