//! Lines and parts of lines that could name a company or person.

use super::{Candidate, Kind};
use crate::domain::text;
use crate::extraction::amounts::Convention;
use crate::extraction::layout::{Doc, Segment, Token};

/// Names beyond this many are not scored: a letter has few, a catalogue thousands.
const MAX_NAMES: usize = 240;
/// Words of a name, at most.
const MAX_WORDS: usize = 12;

/// Finds all, page by page.
pub(super) fn find(doc: &Doc, _: Convention, _: &[bool], found: &mut Vec<Candidate>) {
    let before = found.len();
    for (index, segment) in doc.segments.iter().enumerate() {
        if found.len() - before >= MAX_NAMES {
            return;
        }
        let mut parts = vec![(segment.first, segment.end)];
        split_parts(doc, segment, &mut parts);
        parts.dedup();
        for (i, (first, end)) in parts.into_iter().enumerate() {
            if let Some(mut name) = name(doc, first, end) {
                name.part = i > 0;
                found.push(name);
            }
        }
        found.extend(wrapped(doc, index));
        found.extend(spaced(doc, index));
    }
}

/// Pieces of a line: before a separating dot or bar, behind a label's colon, up to a legal form, before a register
/// number.
fn split_parts(doc: &Doc, segment: &Segment, parts: &mut Vec<(usize, usize)>) {
    let words = &doc.tokens[segment.first..segment.end];
    let separates = |t: &str| matches!(t, "·" | "•" | "|" | "●" | "–" | "-" | "—" | "*" | "∙" | "/" | "▪" | "■");
    let mut start = segment.first;
    let mut cuts = false;
    for (i, word) in words.iter().enumerate() {
        let at = segment.first + i;
        if separates(&word.text) {
            cuts = true;
            parts.push((start, at));
            start = at + 1;
        } else if i > 0 && numbered(doc, at, segment.end) {
            parts.push((start, at));
        } else if word.text.ends_with(',') && i > 0 {
            parts.push((start, at + 1));
        } else if word.text.ends_with(':') && i < 4 && at + 1 < segment.end {
            cuts = true;
            start = at + 1;
        } else if text::is_legal_form(&word.folded) && at + 1 < segment.end && at > start {
            parts.push((start, at + 1));
        }
    }
    if cuts && start < segment.end {
        parts.push((start, segment.end));
    }
    if let Some(label) = label_words(doc, segment) {
        parts.push((segment.first + label, segment.end));
    }
    parts.retain(|p| p.0 < p.1);
    parts.truncate(6);
}

/// What stands before the name of a buyer where no colon does, folded.
#[rustfmt::skip]
const LABELS: &[&str] = &[
    "name", "nom", "nome", "nombre", "naam", "nazwa", "customer", "client", "cliente", "klient", "klant", "kunde", "kund", "company", "firma",
    "societe", "guest", "gast", "member", "buyer", "nabywca", "odbiorca", "acheteur", "attn", "customername", "clientname", "soldto", "billto",
    "billedto", "invoiceto", "shipto", "razonsocial", "ragionesociale", "firmenname", "companyname", "kundenname", "nomduclient", "destinatario",
];

/// Words of a label at the beginning of a line that goes on.
fn label_words(doc: &Doc, segment: &Segment) -> Option<usize> {
    let words = &doc.tokens[segment.first..segment.end];
    (1..=2.min(words.len().saturating_sub(1))).rev().find(|&n| {
        !words[n - 1].text.ends_with(':') && LABELS.contains(&words[..n].iter().map(|t| t.folded.as_str()).collect::<String>().as_str())
    })
}

/// Whether a register number begins at a token: four digits or more, in brackets perhaps.
fn numbered(doc: &Doc, at: usize, end: usize) -> bool {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let token = &doc.tokens[at];
    let bracket = token.text.starts_with(['(', '[']);
    let inside: usize = doc.tokens[at..end].iter().take(4).map(|t| digits(&t.text)).sum();
    bracket && inside >= 4 || digits(&token.text) >= 5 && digits(&doc.tokens[at - 1].text) == 0
}

fn name(doc: &Doc, first: usize, end: usize) -> Option<Candidate> {
    if end - first > MAX_WORDS {
        return None;
    }
    let joined = doc.text(first, end);
    // A label stands for what is behind it; one that nothing follows names nobody.
    if joined.ends_with(':') && end - first <= 5 {
        return None;
    }
    let value = joined.split_once(':').map_or(joined.as_str(), |(label, rest)| if grown(label, rest) { rest } else { &joined });
    let text = value.trim_matches(|c: char| matches!(c, ',' | ';' | ':' | '|' | '·' | '•' | '●' | '*' | ' ' | '=' | '~' | '_'));
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let all = text.chars().filter(|c| !c.is_whitespace()).count();
    let brand = all <= 4 && letters > 0 && text.chars().any(char::is_uppercase) && doc.tokens[first].height() > 1.15 * doc.height;
    if !brand && (letters < 2 || letters * 2 < all) || all > 80 || text.contains('@') || text.ends_with('%') {
        return None;
    }
    Some(Candidate::new(Kind::Name, first, end, text.to_owned()))
}

/// Whether a name has grown to its label (`"Company:Miller"`), which an internet address has not.
fn grown(label: &str, rest: &str) -> bool {
    let letters = |s: &str| s.chars().filter(|c| c.is_alphabetic()).count();
    !rest.starts_with([' ', '/']) && letters(rest) > 1 && letters(label) > 1 && !label.contains(' ')
}

/// A name that goes on in the next row: with its legal form anywhere, with any words in the upper half of the
/// first page, where the letterhead and the buyer stand.
fn wrapped(doc: &Doc, index: usize) -> Option<Candidate> {
    let segment = &doc.segments[index];
    // A label before the name stays in its row.
    let labels = doc.tokens[segment.first..segment.end].iter().take(3).rposition(|t| t.text.ends_with(':')).map_or(0, |i| i + 1);
    let start = segment.first + labels;
    let token = doc.tokens.get(start).filter(|_| start < segment.end)?;
    let (x0, tall) = (token.x0, token.height());
    let below = *doc.below(segment.row, (x0, segment.x1), 1, (doc.height * 2.0).max(tall * 1.9)).first()?;
    let next = &doc.segments[below];
    let words = &doc.tokens[next.first..next.end];
    let (left, right) = ((next.x0 - x0).abs().min((next.x0 - segment.x0).abs()), (next.x1 - segment.x1).abs());
    let middle = (f32::midpoint(next.x0, next.x1) - f32::midpoint(x0, segment.x1)).abs();
    let aligned = left.min(middle).min(right) < tall.max(doc.height);
    let forms = words.iter().all(|t| text::is_legal_form(&t.folded) || t.text == "&") && words.len() <= 3;
    if !aligned || !(forms || goes_on(doc, (segment.row, start, segment.end), next)) {
        return None;
    }
    let base = name(doc, start, segment.end)?;
    let second = name(doc, next.first, next.end).map_or_else(|| doc.text(next.first, next.end), |n| n.value);
    let end = third(doc, next).filter(|_| !forms);
    let rest = end.map_or(String::new(), |end| format!(" {}", doc.text(next.end, end)));
    let more = Some((next.first, end.unwrap_or(next.end)));
    Some(Candidate { more, value: format!("{} {second}{rest}", base.value), part: true, ..base })
}

/// The end of a third row that has nothing but a legal form.
fn third(doc: &Doc, second: &Segment) -> Option<usize> {
    let below = *doc.below(second.row, (second.x0, second.x1), 1, doc.height * 2.5).first()?;
    let next = &doc.segments[below];
    let words = &doc.tokens[next.first..next.end];
    (next.first == second.end && words.len() <= 3 && words.iter().all(|t| text::is_legal_form(&t.folded))).then_some(next.end)
}

/// Whether two lines look like one name: near the top, of one size and case, without figures, the first not
/// complete.
fn goes_on(doc: &Doc, (row, first, end): (usize, usize, usize), next: &Segment) -> bool {
    let (a, b) = (&doc.tokens[first..end], &doc.tokens[next.first..next.end]);
    let top = a[0].page == 0 && doc.row_fraction(row) < 0.45;
    // The first rows of a page are often a name in several kinds of print.
    let opening = doc.rows[..row].iter().rev().take(3).filter(|r| r.page == 0).count() < 3;
    let ratio = b[0].height() / a[0].height();
    let alike = if opening { (0.45..2.2).contains(&ratio) } else { (0.7..1.4).contains(&ratio) };
    let capitals = |words: &[Token]| words.iter().all(|t| !t.text.chars().any(char::is_lowercase));
    let plain = |words: &[Token]| words.len() <= 6 && words.iter().all(|t| !t.text.contains([':', '@', '/']) && !t.text.ends_with(','));
    let figures = b.iter().any(|t| t.text.bytes().filter(u8::is_ascii_digit).count() > 1);
    let complete = a.last().is_some_and(|t| text::is_legal_form(&t.folded));
    top && alike && (opening || capitals(a) == capitals(b)) && plain(a) && plain(b) && !figures && !complete
}

/// A name in wide letters whose words stand apart like columns: a whole row of large print near the top.
fn spaced(doc: &Doc, index: usize) -> Option<Candidate> {
    let segment = &doc.segments[index];
    let row = &doc.rows[segment.row];
    let words = &doc.tokens[row.first..row.end];
    let two = row.end_segment - row.first_segment;
    if row.first_segment != index || !matches!(two, 2 | 3) || words.len() > 8 || words[0].page > 0 || doc.row_fraction(segment.row) > 0.35 {
        return None;
    }
    let tall = words[0].height();
    let near = words.windows(2).all(|w| w[1].x0 - w[0].x1 < 3.0 * tall && (w[1].height() / tall - 1.0).abs() < 0.4);
    let plain = words.iter().all(|t| !t.text.bytes().any(|b| b.is_ascii_digit()) && !t.text.contains([':', '@']));
    let mut name = name(doc, row.first, row.end).filter(|_| near && plain)?;
    name.part = true;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, Page, Word};

    /// Rows of words at places in points, on a page of 600 by 800.
    fn found(rows: &[&[(f32, &str)]]) -> Vec<String> {
        let mut words = Vec::new();
        for (i, row) in rows.iter().enumerate() {
            for (x, text) in *row {
                let bbox = BBox { x: x / 600.0, y: 0.05 + 0.015 * i as f32, w: 6.0 * text.chars().count() as f32 / 600.0, h: 0.0125 };
                words.push(Word { text: (*text).to_owned(), bbox, level: None, line: 0, bold: false, confidence: 1.0 });
            }
        }
        let doc = Doc::new(&[Page { number: 1, width: 600.0, height: 800.0, words, ..Page::default() }]);
        let mut out = Vec::new();
        find(&doc, Convention::Point, &[], &mut out);
        out.into_iter().map(|c| c.value).collect()
    }

    #[test]
    fn names_are_found_in_parts_over_rows_and_behind_labels() {
        for (rows, value) in [
            (&[&[(50.0, "Miller"), (90.0, "Ltd"), (112.0, "(123456-X)")][..]][..], "Miller Ltd"),
            (&[&[(50.0, "Company:"), (102.0, "Miller"), (142.0, "Ltd")]], "Miller Ltd"),
            (&[&[(50.0, "Company:Miller")]], "Miller"),
            (&[&[(50.0, "Customer"), (102.0, "Name"), (130.0, "Miller")]], "Miller"),
            (&[&[(50.0, "NORTHERN")], &[(50.0, "TEA")], &[(50.0, "LTD")]], "NORTHERN TEA LTD"),
            (
                &[&[(60.0, "NORTHERN"), (112.0, "TEA")], &[(50.0, "ROOMS"), (84.0, "AND"), (106.0, "BAKERY")]],
                "NORTHERN TEA ROOMS AND BAKERY",
            ),
            (&[&[(50.0, "7-Eleven")]], "7-Eleven"),
            (&[&[(50.0, "NORTHERN"), (120.0, "STAR")]], "NORTHERN STAR"),
        ] {
            assert!(found(rows).iter().any(|v| v == value), "{rows:?}: {:?}", found(rows));
        }
        assert!(found(&[&[(50.0, "Bill"), (80.0, "To:")]]).is_empty());
        assert!(found(&[&[(50.0, "12.50")]]).is_empty());
    }
}
