//! IBANs in the text: in groups along a row, broken once into the row below, and with letters misread
//! where the check digits prove what was meant. One whose check digits are wrong is found too where the
//! page calls it an IBAN: a reviewer must see what is printed, with the issue.

use super::{Candidate, Kind, behind_label};
use crate::domain::identifiers::Iban;
use crate::extraction::layout::Doc;

/// Finds all; their tokens are taken.
pub(super) fn find(doc: &Doc, taken: &mut [bool], found: &mut Vec<Candidate>) {
    for row in 0..doc.rows.len() {
        let (from, to) = (doc.rows[row].first, doc.rows[row].end);
        let mut at = from;
        while at < to {
            let Some((end, more, iban)) = iban_at(doc, at, to) else {
                at += 1;
                continue;
            };
            taken[at..end].fill(true);
            if let Some((first, last)) = more {
                taken[first..last].fill(true);
            }
            found.push(Candidate { more, ..Candidate::new(Kind::Iban, at, end, iban) });
            at = end;
        }
    }
    for row in 0..doc.rows.len() {
        for at in doc.rows[row].first..doc.rows[row].end {
            if let Some((end, printed)) = unproven(doc, at, taken) {
                taken[at..end].fill(true);
                // The structure is right, the check is not: as of a tax id.
                found.push(Candidate { vat: Some(false), ..Candidate::new(Kind::Iban, at, end, printed) });
            }
        }
    }
}

/// What the page calls an IBAN at a token: of its country's length and letters, check digits not right.
fn unproven(doc: &Doc, at: usize, taken: &[bool]) -> Option<(usize, String)> {
    let token = &doc.tokens[at];
    let row = &doc.rows[token.row];
    let glued = token.folded.starts_with("iban") && token.folded.len() > 6;
    let beside = doc.tokens[at.saturating_sub(3).max(row.first)..at].iter().any(|t| t.folded.contains("iban"));
    let above = || {
        let over = doc.above(token.row, (token.x0, token.x1), 1, doc.height * 3.0);
        over.iter().any(|&s| doc.tokens[doc.segments[s].first..doc.segments[s].end].iter().any(|t| t.folded.contains("iban")))
    };
    let head = behind_label(&token.text);
    let mut text = head.strip_prefix("IBAN").unwrap_or(head).to_owned();
    let starts = text.len() >= 2 && text.bytes().take(2).all(|b| b.is_ascii_uppercase());
    if taken[at] || !starts || !(glued || beside || above()) {
        return None;
    }
    for end in at + 1..=row.end.min(at + 9) {
        if end > at + 1 {
            if taken[end - 1] {
                return None;
            }
            text.push_str(&doc.tokens[end - 1].text);
        }
        let printed = text.trim_end_matches([',', ';', '.', ')', '|']);
        let country = printed.get(..2)?;
        let &(_, length, letters) = SHAPES.iter().find(|s| s.0 == country)?;
        if printed.len() > length {
            return None;
        }
        let fits = printed.bytes().enumerate().skip(2).all(|(i, b)| {
            if (4..4 + letters).contains(&i) {
                b.is_ascii_uppercase()
            } else {
                b.is_ascii_digit() || country == "FR" && b.is_ascii_uppercase()
            }
        });
        if printed.len() == length && fits {
            return Some((end, printed.to_owned()));
        }
    }
    None
}

/// One past the last token, the tokens of a second row, the IBAN.
type FoundIban = (usize, Option<(usize, usize)>, String);

/// An IBAN that begins at a token, in groups along the row, at most broken once into the row below.
fn iban_at(doc: &Doc, at: usize, to: usize) -> Option<FoundIban> {
    let head = behind_label(&doc.tokens[at].text);
    let upper = head.strip_prefix("IBAN").unwrap_or(head);
    let bytes = upper.as_bytes();
    let starts =
        bytes.len() >= 2 && bytes[0].is_ascii_uppercase() && bytes[1].is_ascii_uppercase() && bytes.get(2).is_none_or(u8::is_ascii_digit);
    if !starts {
        return None;
    }
    let mut joined = upper.to_owned();
    for end in at + 1..=to.min(at + 10) {
        if end > at + 1 {
            joined.push_str(&doc.tokens[end - 1].text);
        }
        if let Some(iban) = read(&joined) {
            return Some((end, None, iban));
        }
    }
    let row = doc.tokens[at].row;
    let below = *doc.below(row, (doc.tokens[at].x0 - 60.0, doc.tokens[at].x1 + 60.0), 1, doc.height * 2.5).first()?;
    let next = &doc.segments[below];
    for end in at + 1..=to.min(at + 8) {
        let mut text = upper.to_owned();
        doc.tokens[at + 1..end].iter().for_each(|t| text.push_str(&t.text));
        for last in next.first + 1..=next.end.min(next.first + 6) {
            text.push_str(&doc.tokens[last - 1].text);
            if let Some(iban) = read(&text) {
                return Some((end, Some((next.first, last)), iban));
            }
        }
    }
    None
}

/// Letters and digits of an IBAN (ISO 13616).
const LENGTHS: std::ops::RangeInclusive<usize> = 15..=34;

/// The IBAN that a text is, as it stands or with letters and digits that readers of pictures take for each other
/// turned back to what its country has there. The check digits leave a wrong account one chance in a hundred, so
/// only a text of the right length is tried.
fn read(text: &str) -> Option<String> {
    if !LENGTHS.contains(&text.bytes().filter(u8::is_ascii_alphanumeric).count()) {
        return None;
    }
    let text = text.trim_end_matches([',', ';', '.', ')', '|']);
    if let Ok(iban) = text.parse::<Iban>() {
        return Some(iban.as_str().to_owned());
    }
    let compact: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let country: String = compact.iter().take(2).collect();
    let &(_, length, letters) = SHAPES.iter().find(|s| s.0 == country)?;
    if compact.len() != length {
        return None;
    }
    let turned: String = compact
        .iter()
        .enumerate()
        .map(|(i, &c)| {
            if i < 2 {
                c
            } else if (4..4 + letters).contains(&i) {
                letter(c)
            } else {
                digit(c)
            }
        })
        .collect();
    turned.parse::<Iban>().ok().map(|iban| iban.as_str().to_owned())
}

/// Country, length, and letters of the bank's code behind the check digits (ISO 13616 registry), where all else
/// is digits.
const SHAPES: &[(&str, usize, usize)] = &[
    ("DE", 22, 0),
    ("AT", 20, 0),
    ("BE", 16, 0),
    ("ES", 24, 0),
    ("PL", 28, 0),
    ("PT", 25, 0),
    ("DK", 18, 0),
    ("NO", 15, 0),
    ("SE", 24, 0),
    ("FI", 18, 0),
    ("CZ", 24, 0),
    ("NL", 18, 4),
    ("GB", 22, 4),
    ("IE", 22, 4),
    ("IT", 27, 1),
    ("FR", 27, 0),
    ("CH", 21, 0),
    ("LU", 20, 0),
];

fn digit(c: char) -> char {
    match c {
        'O' | 'o' | 'D' | 'Q' => '0',
        'I' | 'l' | 'i' | '|' => '1',
        'Z' | 'z' => '2',
        'S' | 's' => '5',
        'G' | 'b' => '6',
        'B' => '8',
        'g' | 'q' => '9',
        other => other,
    }
}

fn letter(c: char) -> char {
    match c {
        '0' => 'O',
        '1' => 'I',
        '2' => 'Z',
        '5' => 'S',
        '6' => 'G',
        '8' => 'B',
        other => other.to_ascii_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misread_accounts_are_read_only_where_the_check_digits_agree() {
        assert_eq!(read("DE89370400440532013000").unwrap(), "DE89370400440532013000");
        assert_eq!(read("DE8937O4OO44O532Ol3OOO").unwrap(), "DE89370400440532013000");
        assert_eq!(read("GB29NW8K60161331926819").unwrap(), "GB29NWBK60161331926819");
        assert_eq!(read("DE8937O4OO44O532Ol3OO1"), None);
        assert_eq!(read("DE8937O4"), None);
    }
}
