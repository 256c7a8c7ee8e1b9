//! What a page shows by itself: its title, its numbers, which page of how many it says it is, what it
//! carries forward, whether it calls itself a copy.

use std::collections::BTreeSet;

use super::super::kind::{self, TITLE};
use super::super::layout::Doc;
use super::divide::{OwnNumber, PageSeen};
use crate::domain::text::{fold, number_key};

/// Words before a page's number.
const PAGE: &str = "page, seite, blatt, sheet, pagina, pag, pg, side, sida, strona, str, sivu, hoja, folio, bladzijde, blad";
/// Beginnings of words that name an invoice or credit note, in labels of its number.
const STEMS: &str = "invoic, rechnung, factur, fattur, fatur, faktur, beleg, gutschrift, credit, avoir, abono, kredit, rachun, lasku, regning, bill, document, dokument, receipt, nota";
/// Sums that go on from page to page, and pages that say so.
const CARRIED: &str = "ubertrag, uebertrag, ubertrag von seite, zwischensumme ubertrag, fortsetzung, brought forward, carried forward, b f, c f, \
     continued, continued from, a reporter, report, suite, suite page, suma anterior, suma y sigue, continuacion, riporto, a riportare, segue, \
     transport, transporteren, transport van, vervolg, a transportar, transporte, continuacao, do przeniesienia, z przeniesienia, ciag dalszy, \
     overfort, overfores, forts, fortsattning";
/// Names of a copy.
const COPY: &str = "copy, copy 1, copy 2, copy invoice, invoice copy, file copy, customer copy, duplicate, duplicate invoice, kopie, rechnungskopie, \
     duplikat, durchschrift, zweitschrift, copie, duplicata, copia, duplicado, segunda via, duplicaat, kopia, duplikat faktury, kopi, kaksoiskappale";

fn is_in(list: &'static str, text: &str) -> bool {
    list.split(", ").any(|entry| entry == text)
}

/// What the only page of `doc` shows; `number`: what was read as the invoice's number on it.
pub(super) fn of(doc: &Doc, number: Option<&str>) -> PageSeen {
    let titles = kind::titles(doc);
    let strongest = titles.iter().max_by(|a, b| a.strength.total_cmp(&b.strength)).filter(|title| title.strength >= 0.8 * TITLE);
    let mut seen = PageSeen { title: strongest.map(|title| title.kind), counter: counter(doc), ..PageSeen::default() };
    if kind::of(doc, false) == crate::domain::PaperKind::Receipt {
        seen.title = Some(crate::domain::PaperKind::Receipt);
    }
    for (index, token) in doc.tokens.iter().enumerate() {
        if is_number(&token.text) {
            let key = number_key(&token.text);
            if is_labelled(doc, index) {
                seen.labelled.insert(key.clone());
            }
            seen.printed.insert(key);
        }
    }
    seen.number = number.map(|text| own(doc, text, &seen.labelled));
    for (index, row) in doc.rows.iter().enumerate() {
        for segment in &doc.segments[row.first_segment..row.end_segment] {
            let folded = fold(&doc.text(segment.first, segment.end.min(segment.first + 6)));
            let words: String = folded.split(' ').filter(|word| !word.bytes().any(|b| b.is_ascii_digit())).collect::<Vec<_>>().join(" ");
            let carried = is_in(CARRIED, words.trim());
            let place = doc.row_fraction(index);
            seen.continues |= carried && place < 0.55;
            seen.carries |= carried && place >= 0.55;
            seen.copy |= is_in(COPY, &folded);
        }
    }
    seen
}

/// The number as a key, and how it stands on the page.
fn own(doc: &Doc, text: &str, labelled: &BTreeSet<String>) -> OwnNumber {
    let key = number_key(text);
    let stands = |token: &super::super::layout::Token| number_key(&token.text) == key;
    let place = doc.tokens.iter().find(|token| stands(token)).map(|token| doc.row_fraction(token.row));
    // A number of several words is labelled where its last word is.
    let ends = labelled.iter().any(|label| *label == key || (label.len() >= 3 && key.ends_with(label.as_str())));
    OwnNumber { labelled: ends, high: place.is_none_or(|place| place < 0.5), sure: false, key }
}

/// Digits, perhaps with letters: no date, no amount, no share.
fn is_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= 1 && text.chars().count() >= 2 && !text.contains('%') && !kind::is_date(text) && !kind::is_amount(text)
}

/// Whether the words before a number in its row, as far as the number before it, or those above it, name an
/// invoice.
fn is_labelled(doc: &Doc, index: usize) -> bool {
    let token = &doc.tokens[index];
    let row = &doc.rows[token.row];
    let names =
        |text: &str| fold(text).split(' ').any(|word| STEMS.split(", ").any(|stem| word.starts_with(stem) || word.ends_with("rechnung")));
    let before = doc.tokens[row.first..index].iter().rev().take_while(|t| !t.text.bytes().any(|b| b.is_ascii_digit())).take(5);
    let mut words = 0;
    for word in before {
        words += 1;
        if names(&word.text) {
            return true;
        }
    }
    if names(&token.text) {
        return true;
    }
    // Below its label only where nothing stands before it as a label.
    let above = doc.above(token.row, (token.x0, token.x1), 1, doc.height * 3.5);
    words == 0
        && above.first().is_some_and(|&above| {
            let label = &doc.segments[above];
            label.end - label.first <= 5 && doc.tokens[label.first..label.end].iter().any(|t| names(&t.text))
        })
}

/// "Page 2 of 3" in the upper or lower margin.
fn counter(doc: &Doc) -> Option<(u32, u32)> {
    doc.tokens.iter().enumerate().find_map(|(index, token)| {
        let place = doc.row_fraction(token.row);
        let word = token.folded.trim_end_matches(|c: char| c.is_ascii_digit());
        if (0.3..0.8).contains(&place) || !is_in(PAGE, word) {
            return None;
        }
        let end = doc.rows[token.row].end.min(index + 5);
        let digits: String = doc.tokens[index..end].iter().flat_map(|t| t.text.chars().chain([' '])).collect();
        let numbers = digits.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).take(2).map(str::parse::<u32>);
        let numbers: Vec<u32> = numbers.collect::<Result<_, _>>().ok()?;
        match numbers[..] {
            [page, of] if page >= 1 && page <= of && of < 1000 => Some((page, of)),
            [page, ..] if (1..100).contains(&page) => Some((page, 0)),
            _ => None,
        }
    })
}
