//! How two invoice numbers relate: equal, keyed wrongly, consecutive, missing, replaced by a date.
//!
//! Runs for every compared pair, online and in batch. It judges nothing: it measures.

use jiff::civil::Date;

use crate::domain::history::Payable;
use crate::domain::text::number_key;

/// Texts that people type where there is no number.
const PLACEHOLDERS: &[&str] =
    &["NA", "NONE", "NIL", "NULL", "0", "TBC", "TBA", "UNKNOWN", "NONUMBER", "NO", "X", "XX", "XXX", "INVOICE", "SEEATTACHED"];

/// An invoice number prepared for comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberView {
    /// As printed, trimmed.
    pub printed: String,
    /// The canonical key: see [`number_key`]; empty where there is no number.
    pub key: String,
    /// The key with letters replaced by the digits they are taken for (O and 0, I and 1, S and 5 …).
    pub confused: String,
    /// The digits of the key alone.
    pub digits: String,
    /// The longest run of digits.
    pub run: String,
    /// The value of the last run of digits of at most 15.
    pub tail: Option<u64>,
    /// The key up to its last run of digits.
    pub stem: String,
    /// Whether the number is a date written as a number, its own or a plausible one.
    pub date_like: bool,
    /// Whether it is words rather than a number: no digit at all.
    pub wordy: bool,
    /// How often each digit and each of six groups of letters occurs in the key.
    bag: [u8; 16],
}

impl NumberView {
    /// Prepares the number of `payable`.
    #[must_use]
    pub fn of(payable: &Payable) -> Self {
        let printed = payable.invoice_no.trim().to_owned();
        let mut key = number_key(&printed);
        if PLACEHOLDERS.contains(&key.as_str()) {
            key.clear();
        }
        // Letters become digits before zeros are dropped: in 1O01 the O is a zero within a number.
        let mapped: String = printed.to_uppercase().chars().map(confusable_digit).collect();
        let confused = if key.is_empty() { String::new() } else { number_key(&mapped) };
        let digits: String = key.chars().filter(char::is_ascii_digit).collect();
        let (run, stem, last) = runs(&key);
        let tail = if (1..=15).contains(&last.len()) { last.parse().ok() } else { None };
        let date_like = is_date_like(&printed, payable);
        let (wordy, bag) = (digits.is_empty() && key.len() > 3, bag(&key));
        Self { printed, confused: confused.trim_start_matches('0').to_owned(), digits, run, tail, stem, date_like, wordy, bag, key }
    }

    /// Whether there is no number.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.key.is_empty()
    }

    /// Share of the characters that both have, whatever their order, 0 to 1: quick, and never low where
    /// few characters differ.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> f32 {
        let apart: u32 = self.bag.iter().zip(&other.bag).map(|(x, y)| u32::from(x.abs_diff(*y))).sum();
        1.0 - apart as f32 / (self.key.len() + other.key.len()).max(1) as f32
    }
}

fn bag(key: &str) -> [u8; 16] {
    let mut bag = [0_u8; 16];
    for byte in key.bytes() {
        let place = if byte.is_ascii_digit() { byte - b'0' } else { 10 + byte % 6 };
        bag[usize::from(place)] = bag[usize::from(place)].saturating_add(1);
    }
    bag
}

/// The digit for which a letter is taken by eye or by OCR.
fn confusable_digit(c: char) -> char {
    match c {
        'O' | 'Q' | 'D' => '0',
        'I' | 'L' => '1',
        'Z' => '2',
        'S' => '5',
        'G' => '6',
        'B' => '8',
        other => other,
    }
}

/// (longest run of digits, what stands before the last run, the last run).
fn runs(key: &str) -> (String, String, String) {
    let (mut longest, mut stem_end, mut last) = ("", key.len(), "");
    let bytes = key.as_bytes();
    let mut start = None;
    for at in 0..=bytes.len() {
        let digit = bytes.get(at).is_some_and(u8::is_ascii_digit);
        match (digit, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                let run = &key[from..at];
                if run.len() > longest.len() {
                    longest = run;
                }
                (stem_end, last, start) = (from, run, None);
            }
            _ => {}
        }
    }
    (longest.to_owned(), key[..stem_end].to_owned(), last.to_owned())
}

/// Whether a number is made of a date: the payable's own in any usual order, or digits with
/// separators or eight digits that are a date of our time.
fn is_date_like(printed: &str, payable: &Payable) -> bool {
    let (mut value, mut digits, mut letters) = (0_u32, 0, 0);
    for c in printed.chars() {
        match c.to_digit(10) {
            Some(digit) => (value, digits) = (value.wrapping_mul(10).wrapping_add(digit), digits + 1),
            None => letters += usize::from(c.is_alphabetic()),
        }
    }
    if letters > 3 || !(6..=8).contains(&digits) {
        return false;
    }
    let own = [payable.invoice_date, payable.payment_date].into_iter().flatten().any(|date| spells(date, value, digits));
    let (head, middle, tail) = (value / 10_000, value / 100 % 100, value % 100);
    own || (digits == 8
        && (plausible(head, middle, tail)
            || plausible(value % 10_000, value / 1_000_000, value / 10_000 % 100)
            || plausible(value % 10_000, value / 10_000 % 100, value / 1_000_000)))
}

/// Whether the digits are the date in a usual order, the year with two or four digits.
fn spells(date: Date, value: u32, digits: usize) -> bool {
    let (y, m, d) = (u32::from(date.year().unsigned_abs()), u32::from(date.month().unsigned_abs()), u32::from(date.day().unsigned_abs()));
    let short = y % 100;
    match digits {
        8 => [y * 10_000 + m * 100 + d, d * 1_000_000 + m * 10_000 + y, m * 1_000_000 + d * 10_000 + y].contains(&value),
        6 => [d * 10_000 + m * 100 + short, m * 10_000 + d * 100 + short, short * 10_000 + m * 100 + d].contains(&value),
        _ => false,
    }
}

fn plausible(year: u32, month: u32, day: u32) -> bool {
    (1995..=2045).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// What two numbers have to do with each other.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NumberRelation {
    /// Both are there.
    pub both: bool,
    /// Printed alike.
    pub exact: bool,
    /// Equal keys (punctuation, case and leading zeros apart).
    pub same_key: bool,
    /// Equal after O/0, I/1 and the like.
    pub same_confused: bool,
    /// Equal digits, at least three.
    pub same_digits: bool,
    /// 1 − edit distance / longer length, of the keys.
    pub similarity: f32,
    /// Edit distance of the keys (transposition counts 1).
    pub distance: u32,
    /// One character replaced by one that looks like it or lies beside it on the keypad.
    pub lookalike: bool,
    /// Two adjacent characters swapped.
    pub transposed: bool,
    /// One contains the other (three characters or more).
    pub contained: bool,
    /// Difference of the last runs of digits where the stems agree.
    pub step: Option<u64>,
    /// The last run of `b` is smaller than `a`'s where the stems agree: the series ran backwards.
    pub backwards: bool,
    /// Share of the shorter key that both begin with.
    pub prefix: f32,
    /// Share of the shorter key that both end with.
    pub suffix: f32,
    /// Exactly one is missing.
    pub one_blank: bool,
    /// Exactly one looks like a date.
    pub one_date: bool,
    /// Length of the shorter key.
    pub length: f32,
}

/// Measures two numbers.
#[must_use]
pub fn relate(a: &NumberView, b: &NumberView) -> NumberRelation {
    let both = !a.is_blank() && !b.is_blank();
    let mut out =
        NumberRelation { both, one_blank: a.is_blank() != b.is_blank(), one_date: a.date_like != b.date_like, ..NumberRelation::default() };
    if !both {
        return out;
    }
    let (short, long) = if a.key.len() <= b.key.len() { (&a.key, &b.key) } else { (&b.key, &a.key) };
    out.length = short.len() as f32;
    out.exact = a.printed.eq_ignore_ascii_case(&b.printed);
    out.same_key = a.key == b.key;
    out.same_confused = a.confused == b.confused;
    out.same_digits = a.digits.len() >= 3 && a.digits == b.digits;
    out.contained = short.len() >= 3 && long.contains(short.as_str());
    out.prefix = common(a.key.bytes(), b.key.bytes()) as f32 / out.length;
    out.suffix = common(a.key.bytes().rev(), b.key.bytes().rev()) as f32 / out.length;
    out.distance = if out.same_key { 0 } else { edits(a.key.as_bytes(), b.key.as_bytes()) };
    out.similarity = 1.0 - out.distance as f32 / long.len() as f32;
    if a.stem == b.stem && !out.same_key {
        out.step = a.tail.zip(b.tail).map(|(x, y)| x.abs_diff(y));
        out.backwards = a.tail.zip(b.tail).is_some_and(|(x, y)| y < x);
    }
    if out.distance == 1 && a.key.len() == b.key.len() {
        let differing: Vec<(u8, u8)> = a.key.bytes().zip(b.key.bytes()).filter(|(x, y)| x != y).collect();
        match differing[..] {
            [(x, y)] => out.lookalike = looks_like(x, y),
            [(x, y), (v, w)] => out.transposed = x == w && y == v,
            _ => {}
        }
    }
    out
}

/// Characters beyond this count as edits each; numbers of this length are texts.
const LONGEST: usize = 40;

/// Edit distance of two keys in which a swap of neighbours is one edit (optimal string alignment; Damerau
/// 1964), without allocation.
fn edits(a: &[u8], b: &[u8]) -> u32 {
    let beyond = a.len().saturating_sub(LONGEST).max(b.len().saturating_sub(LONGEST));
    let (a, b) = (&a[..a.len().min(LONGEST)], &b[..b.len().min(LONGEST)]);
    let mut rows = [[0_u32; LONGEST + 1]; 3];
    for (column, cell) in rows[0].iter_mut().enumerate() {
        *cell = column as u32;
    }
    let (mut before, mut above, mut here) = (2, 0, 1);
    for (i, x) in a.iter().enumerate() {
        rows[here][0] = i as u32 + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = rows[above][j] + u32::from(x != y);
            let mut least = replaced.min(rows[above][j + 1] + 1).min(rows[here][j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(rows[before][j - 1] + 1);
            }
            rows[here][j + 1] = least;
        }
        (before, above, here) = (above, here, before);
    }
    rows[above][b.len()] + beyond as u32
}

fn common(a: impl Iterator<Item = u8>, b: impl Iterator<Item = u8>) -> usize {
    a.zip(b).take_while(|(x, y)| x == y).count()
}

/// Pairs of characters that eye, OCR or finger confuse.
fn looks_like(a: u8, b: u8) -> bool {
    const PAIRS: &[&[u8; 2]] = &[
        b"0O", b"0D", b"0Q", b"1I", b"1L", b"IL", b"1J", b"2Z", b"5S", b"6G", b"8B", b"17", b"38", b"56", b"08", b"69", b"49", b"35",
        b"UV", b"MN", b"CG", b"EF", b"PR", b"VY",
    ];
    PAIRS.iter().any(|p| (p[0] == a && p[1] == b) || (p[0] == b && p[1] == a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::tests::payable;

    fn pair(a: &str, b: &str) -> NumberRelation {
        relate(&NumberView::of(&payable("V", a, "100.00", "2024-03-05")), &NumberView::of(&payable("V", b, "100.00", "2024-03-05")))
    }

    #[test]
    fn the_usual_errors_are_told_apart() {
        assert!(pair("RE-003411", "re 3411").same_key);
        assert!(pair("INV1O01", "INV1001").same_confused);
        assert!(pair("INV48213", "INV48231").transposed);
        assert!(pair("48213", "48218").lookalike);
        assert_eq!(pair("INV1007", "INV1008").step, Some(1));
        assert_eq!(pair("A1007", "B1008").step, None);
        assert!(pair("48213", "48213/A").contained);
        assert!(pair("", "48213").one_blank && pair("N/A", "48213").one_blank);
        for date in ["05/03/2024", "20240305", "05.03.24", "03052024", "31/12/2019"] {
            assert!(pair(date, "48213").one_date, "{date}");
        }
        assert!(!pair("99887766", "48213").one_date);
        assert!(!pair("48213", "48213").one_date);
    }

    #[test]
    fn the_distance_without_allocation_is_the_usual_one() {
        for (a, b) in
            [("", "7"), ("INV48213", "INV48231"), ("A", "A"), ("20240305", "X9"), ("ABCDEF", "BADCFE"), ("12", "2121"), ("481", "4811")]
        {
            assert_eq!(edits(a.as_bytes(), b.as_bytes()) as usize, strsim::osa_distance(a, b), "{a} {b}");
        }
        assert!(edits("1".repeat(60).as_bytes(), "2".repeat(60).as_bytes()) >= 40);
    }

    #[test]
    fn the_relation_is_symmetric() {
        for (a, b) in [("INV48213", "48231"), ("", "7"), ("A-1", "A-2"), ("20240305", "X9")] {
            assert_eq!(NumberRelation { backwards: false, ..pair(a, b) }, NumberRelation { backwards: false, ..pair(b, a) }, "{a} {b}");
        }
    }
}
