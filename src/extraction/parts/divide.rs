//! The decision where to split, from what each page shows. Pure: no model, no words.

use rust_decimal::Decimal;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::domain::PaperKind;

/// The number that a page gives itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnNumber {
    /// Its canonical key.
    pub key: String,
    /// It stands behind or below a label of an invoice's number, or in the title.
    pub labelled: bool,
    /// It stands in the upper half.
    pub high: bool,
    /// The model is sure of it.
    pub sure: bool,
}

/// What one page shows by itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PageSeen {
    /// What its title names.
    pub title: Option<PaperKind>,
    /// The number it gives itself.
    pub number: Option<OwnNumber>,
    /// Keys of all numbers behind labels of an invoice's number.
    pub labelled: BTreeSet<String>,
    /// Keys of all numbers on it.
    pub printed: BTreeSet<String>,
    /// The amount to pay, where it shows one.
    pub total: Option<Decimal>,
    /// "Page 2 of 3"; 0 where it does not say of how many.
    pub counter: Option<(u32, u32)>,
    /// It takes up a sum that was carried forward, or says that it goes on from the page before.
    pub continues: bool,
    /// It carries a sum forward, or says that it goes on overleaf.
    pub carries: bool,
    /// It says that it is a copy.
    pub copy: bool,
    /// Its words were recognized and may be misread.
    pub recognized: bool,
}

impl PageSeen {
    /// The number it gives itself, where that is borne out by a label, a title or the model.
    fn own(&self) -> Option<&OwnNumber> {
        self.number.as_ref().filter(|number| number.labelled || number.sure || self.is_payable())
    }

    fn is_payable(&self) -> bool {
        self.title.is_some_and(PaperKind::is_payable)
    }
}

/// How a file is divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Indexes of the pages of each part; together all pages in order.
    pub parts: Vec<RangeInclusive<usize>>,
    /// Pages that repeat another page of the file.
    pub copies: BTreeSet<usize>,
    /// Pages that may begin another document, but not certainly.
    pub doubts: Vec<usize>,
}

/// What a page is to the part before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It belongs to it.
    GoesOn,
    /// It begins another.
    Begins,
    /// Nobody can say.
    Doubtful,
}

/// The part in the making.
#[derive(Default)]
struct Open {
    start: usize,
    number: Option<String>,
    total: Option<Decimal>,
    /// It has a title of its own, whatever it names but an enclosure.
    titled: bool,
    /// It counts its pages.
    counted: bool,
}

impl Open {
    fn take(&mut self, page: &PageSeen) {
        if self.number.is_none() {
            self.number = page.own().map(|number| number.key.clone());
        }
        self.total = page.total.or(self.total);
        self.titled |= page.title.is_some_and(|kind| !kind.is_enclosure());
        self.counted |= page.counter.is_some();
    }

    /// Whether it has what every part must have beside its number.
    fn is_whole(&self) -> bool {
        self.total.is_some() || self.titled
    }
}

/// Divides a file by what its pages show.
#[must_use]
pub fn divide(pages: &[PageSeen]) -> Division {
    let mut division = Division { parts: Vec::new(), copies: BTreeSet::new(), doubts: Vec::new() };
    let mut earlier: BTreeSet<String> = BTreeSet::new();
    let mut open = Open::default();
    for (index, page) in pages.iter().enumerate() {
        if index == 0 {
            open.take(page);
            continue;
        }
        let own = page.number.as_ref().map(|number| &number.key);
        let repeated = own.is_some_and(|key| earlier.contains(key));
        if repeated || (page.copy && own.is_some() && own == open.number.as_ref()) {
            division.copies.insert(index);
            continue;
        }
        match judge(&open, &pages[index - 1], page) {
            Verdict::GoesOn => open.take(page),
            Verdict::Doubtful => {
                division.doubts.push(index);
                open.total = page.total.or(open.total);
            }
            Verdict::Begins => {
                earlier.extend(open.number.clone());
                close(&mut division, &open, index - 1);
                open = Open { start: index, ..Open::default() };
                open.take(page);
            }
        }
    }
    close(&mut division, &open, pages.len().saturating_sub(1));
    division.doubts.sort_unstable();
    division
}

/// Ends a part. One that has turned out to have neither a title nor a sum is none of its own.
fn close(division: &mut Division, open: &Open, end: usize) {
    match division.parts.last_mut().filter(|_| !open.is_whole()) {
        Some(before) => {
            *before = *before.start()..=end;
            division.doubts.push(open.start);
        }
        None => division.parts.push(open.start..=end),
    }
}

fn judge(open: &Open, before: &PageSeen, page: &PageSeen) -> Verdict {
    let first_of = matches!(page.counter, Some((1, _)));
    let Some(own) = page.own() else {
        return nameless(open, page, first_of);
    };
    let Some(number) = &open.number else {
        // A letter, an order or a delivery note before its invoice; or an invoice whose number was not read.
        let complete = open.titled && open.total.is_some();
        return if complete && page.total.is_some() { Verdict::Doubtful } else { Verdict::GoesOn };
    };
    if *number == own.key || page.labelled.contains(number) {
        return Verdict::GoesOn;
    }
    let recognized = page.recognized || before.recognized;
    // Of what was recognized, a number that is much like the one before may be the same, misread.
    let alike = recognized && strsim::normalized_levenshtein(number, &own.key) > 0.5;
    let misread = recognized && one_letter_apart(number, &own.key);
    // A number high on the page needs its label: an article number stands there too where a table goes on.
    let headed = page.is_payable() || first_of || (own.high && own.labelled && !alike);
    let both = open.total.is_some() && page.total.is_some();
    let same_sum = open.total == page.total;
    let told = own.labelled || page.is_payable() || (both && !same_sum);
    let complete = open.total.is_some() || (open.titled && !recognized);
    let says_on = page.continues || before.carries || matches!(page.counter, Some((2.., _)));
    let names_it = page.printed.contains(number) && page.title != Some(PaperKind::CreditNote) && !first_of;
    if headed && told && complete && !says_on && !misread && !names_it {
        return Verdict::Begins;
    }
    if misread && same_sum || says_on && !(page.is_payable() && both) {
        return Verdict::GoesOn;
    }
    // What begins without an end before it, or speaks of the other, is for a person to tell apart.
    if both && !same_sum && (headed || own.labelled) || page.is_payable() && own.labelled && !names_it {
        return Verdict::Doubtful;
    }
    Verdict::GoesOn
}

/// A page that gives itself no number: mostly it goes on, or is an appendix.
fn nameless(open: &Open, page: &PageSeen, first_of: bool) -> Verdict {
    let knows = open.number.as_ref().is_some_and(|number| page.printed.contains(number));
    let goes_on = knows || page.continues || page.copy || matches!(page.counter, Some((2.., _)));
    let both = open.total.is_some() && page.total.is_some() && open.total != page.total;
    // Another sum, and nothing that ties it to the page before.
    let begins = match page.title {
        Some(kind) => kind.is_payable() || matches!(kind, PaperKind::Receipt | PaperKind::Statement),
        None => open.number.is_some() || (first_of && open.counted),
    };
    if !goes_on && both && begins { Verdict::Doubtful } else { Verdict::GoesOn }
}

/// Whether two keys differ in one character only, as a misread one does, or by one that was lost.
fn one_letter_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same_start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let same_end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    if a.len() == b.len() {
        let differs = |at: usize| looks_like(a[at], b[at]);
        return same_start + same_end + 1 == a.len() && differs(same_start);
    }
    a.len().abs_diff(b.len()) == 1 && same_start + same_end >= a.len().min(b.len())
}

/// Characters that readers take for each other.
fn looks_like(a: char, b: char) -> bool {
    ["0ODQ", "1IL7T", "5S", "8B3", "2Z7", "6G", "4A", "9G"].iter().any(|alike| alike.contains(a) && alike.contains(b))
}
