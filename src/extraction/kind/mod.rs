//! What a paper is: invoice, credit note, receipt, reminder, statement, and what else comes by post.
//!
//! Runs once a document on its arranged words, and for every page of a file that may hold several papers
//! ([`super::parts`]). The title decides: the name of a paper that stands alone, in large print, near the top.
//! Where a title would take an invoice out of the queue, the paper must bear it out: a statement lists other
//! papers, a reminder says what is overdue; a receipt is told by its till. Nothing here is certain: what is
//! no invoice goes to a person with the kind named.

mod cues;
mod titles;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::layout::{Doc, Row};
use crate::domain::PaperKind;
use crate::domain::text::fold;
use cues::{Said, Till, list};
pub(super) use cues::{is_amount, is_date};

/// A title found on a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Title {
    /// Index of its page.
    pub page: usize,
    /// Index of its row.
    pub row: usize,
    /// What it names.
    pub kind: PaperKind,
    /// How much it looks like a title: from about 1 on it is one.
    pub strength: f32,
}

/// From which strength on the name of a paper is taken for its title.
pub const TITLE: f32 = 1.0;
/// By how much another title must be stronger than that of an invoice.
const LEAD: f32 = 0.25;
/// Words of a segment beyond which it is a sentence.
const LONGEST: usize = 10;
/// Characters a line has at most on a till's roll.
const ROLL: f32 = 57.0;

struct Lexicon {
    /// Titles by their first word, the longest first.
    titles: HashMap<&'static str, Vec<(Vec<&'static str>, PaperKind)>>,
    neutral: HashSet<&'static str>,
    number: HashSet<&'static str>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut titles: HashMap<&str, Vec<(Vec<&str>, PaperKind)>> = HashMap::new();
    for (kind, names) in titles::TITLES {
        for name in list(names) {
            let words: Vec<&str> = name.split(' ').collect();
            titles.entry(words[0]).or_default().push((words, *kind));
        }
    }
    titles.values_mut().for_each(|names| names.sort_by_key(|(words, _)| std::cmp::Reverse(words.len())));
    Lexicon { titles, neutral: list(titles::NEUTRAL).collect(), number: list(titles::NUMBER_WORDS).collect() }
});

/// What a document is. `has_total`: an amount to pay was found on it.
#[must_use]
pub fn of(doc: &Doc, has_total: bool) -> PaperKind {
    let titles = titles(doc);
    let first = of_first(doc, &titles, has_total);
    // An invoice may lie behind its delivery note or a letter.
    if first.is_enclosure()
        && let Some(invoice) = titles.iter().find(|title| title.page > 0 && title.kind.is_payable() && title.strength >= TITLE)
        && has_total
    {
        return invoice.kind;
    }
    first
}

/// What the first page says that the document is.
fn of_first(doc: &Doc, titles: &[Title], has_total: bool) -> PaperKind {
    let said = Said::of(doc, 2);
    let best = |kind: PaperKind| titles.iter().filter(|t| t.page == 0 && t.kind == kind).map(|t| t.strength).fold(0.0_f32, f32::max);
    let (invoice, credit) = (best(PaperKind::Invoice), best(PaperKind::CreditNote));
    let (reminder, dunning) = (best(PaperKind::Reminder), cues::dunning(&said));
    if (reminder >= TITLE && reminder > invoice + LEAD && dunning >= 1) || (reminder >= 0.6 && dunning >= 2 && reminder > invoice) {
        return PaperKind::Reminder;
    }
    let (statement, ledger) = (best(PaperKind::Statement), cues::ledger(doc, &said));
    let lists = ledger.dated >= 2 && (ledger.balance >= 1 || ledger.numbered >= 2);
    if statement >= TITLE && statement > invoice + LEAD && statement > credit && lists {
        return PaperKind::Statement;
    }
    let strongest = OTHERS.iter().map(|kind| (best(*kind), *kind)).max_by(|a, b| a.0.total_cmp(&b.0));
    let other = strongest.filter(|(strength, _)| *strength >= TITLE + LEAD && *strength > invoice + LEAD && *strength > credit);
    if is_receipt(&cues::till(doc, &said), &said, (invoice, best(PaperKind::Receipt)), other.is_some()) {
        return PaperKind::Receipt;
    }
    if let Some((_, kind)) = other {
        return kind;
    }
    // "Credit note" names "invoice" in passing more often than the reverse.
    if credit >= 0.6 && credit + 0.5 > invoice {
        return PaperKind::CreditNote;
    }
    if best(PaperKind::Receipt) >= TITLE && best(PaperKind::Receipt) > invoice + LEAD {
        return PaperKind::Receipt;
    }
    if invoice > 0.0 || has_total { PaperKind::Invoice } else { PaperKind::Other }
}

/// Kinds that a title tells by itself.
const OTHERS: &[PaperKind] = &[
    PaperKind::Proforma,
    PaperKind::Quotation,
    PaperKind::OrderConfirmation,
    PaperKind::Order,
    PaperKind::DeliveryNote,
    PaperKind::RemittanceAdvice,
    PaperKind::Timesheet,
    PaperKind::Terms,
    PaperKind::Payslip,
];

/// Whether a till printed it: narrow, with a till's words; or narrow, and neither called an invoice nor anything
/// else nor asking to be paid later. A wide paper is a receipt by its title and a till's words.
fn is_receipt(till: &Till, said: &Said, (invoice, receipt): (f32, f32), other: bool) -> bool {
    let by_words = till.groups >= 2 || (till.groups == 1 && invoice < 1.5);
    let by_silence = invoice < 0.5 && !other && till.words >= 15 && !said.asks();
    let narrow = till.columns < ROLL;
    (narrow && (by_words || by_silence)) || (receipt >= TITLE && receipt > invoice && (narrow || till.groups >= 2))
}

/// Every name of a paper that stands by itself, page after page: at most one a segment.
#[must_use]
pub fn titles(doc: &Doc) -> Vec<Title> {
    let mut found = Vec::new();
    for (index, row) in doc.rows.iter().enumerate() {
        if is_spaced(doc, row) {
            let word: String = doc.tokens[row.first..row.end].iter().map(|t| t.folded.as_str()).collect();
            found.extend(title(doc, index, (row.first, row.end), vec![word]));
            continue;
        }
        for segment in &doc.segments[row.first_segment..row.end_segment] {
            if segment.end - segment.first <= LONGEST {
                let words = doc.tokens[segment.first..segment.end].iter().flat_map(|t| split(&t.text)).collect();
                found.extend(title(doc, index, (segment.first, segment.end), words));
            }
        }
    }
    found
}

fn split(text: &str) -> Vec<String> {
    fold(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// `R E C H N U N G`.
fn is_spaced(doc: &Doc, row: &Row) -> bool {
    row.end - row.first >= 5 && doc.tokens[row.first..row.end].iter().all(|token| token.folded.len() == 1)
}

fn title(doc: &Doc, row: usize, (first, end): (usize, usize), words: Vec<String>) -> Option<Title> {
    let words: Vec<&str> = words.iter().map(String::as_str).take(2 * LONGEST).collect();
    let (at, count, kind) = (0..words.len()).find_map(|at| name(&words[at..]).map(|(count, kind)| (at, count, kind)))?;
    let lexicon = &*LEXICON;
    let letters = |words: &[&str]| words.iter().map(|w| w.len()).sum::<usize>() as f32;
    let named = letters(&words[at..at + count]);
    let counts = |word: &&&str| !lexicon.neutral.contains(**word) && !word.bytes().any(|b| b.is_ascii_digit());
    let beside: f32 = words[..at].iter().chain(&words[at + count..]).filter(counts).map(|w| w.len() as f32).sum();
    let cover = named / (named + beside);
    if cover < 0.55 {
        return None;
    }
    let tokens = &doc.tokens[first..end];
    let labels = words.get(at + count).is_some_and(|next| lexicon.number.contains(next)) || tokens.last()?.text.ends_with(':');
    let size = tokens.iter().map(super::layout::Token::height).fold(0.0, f32::max) / doc.height;
    let place = doc.row_fraction(row);
    let bold = tokens.iter().any(|token| token.bold);
    let upper = tokens.iter().all(|token| !token.text.chars().any(char::is_lowercase));
    let alone = doc.rows[row].end_segment - doc.rows[row].first_segment == 1;
    let flag = |is: bool, weight: f32| if is { weight } else { 0.0 };
    let looks = 0.8 + 1.2 * (size - 1.0).clamp(-0.2, 1.5) + flag(bold, 0.3) + flag(upper, 0.2) + flag(alone, 0.2);
    let far = if place > 0.5 { 0.6 } else { flag(place > 0.35, 0.25) };
    let strength = cover * looks - far - flag(labels && size < 1.25, 0.6);
    Some(Title { page: doc.rows[row].page, row, kind, strength: strength.max(0.05) })
}

/// The longest name that `words` begin with: how many words it has, and what it names.
fn name(words: &[&str]) -> Option<(usize, PaperKind)> {
    let first = *words.first()?;
    let known = LEXICON
        .titles
        .get(first)
        .and_then(|names| names.iter().find(|(name, _)| words.len() >= name.len() && words.iter().zip(name).all(|(a, b)| a == b)));
    if let Some((name, kind)) = known {
        return Some((name.len(), *kind));
    }
    let compound = titles::COMPOUND_ENDS.iter().find(|(end, _)| first.len() > end.len() + 2 && first.ends_with(end));
    compound.map(|(_, kind)| (1, *kind))
}

#[cfg(test)]
mod tests;
