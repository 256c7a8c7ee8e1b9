//! Numbers and codes in the text: of documents, orders and tax registrations.

use super::{Candidate, Kind, behind_label};
use crate::domain::identifiers::VatId;
use crate::extraction::amounts::{self, Convention};
use crate::extraction::layout::Doc;

/// Tokens of one identifier, at most.
const MAX_TOKENS: usize = 6;

/// Finds all outside of tokens that dates and accounts have taken.
pub(super) fn find(doc: &Doc, decimal: Convention, taken: &[bool], found: &mut Vec<Candidate>) {
    let phones = international_phones(doc);
    let out = |token: usize| taken[token] || phones[token];
    for segment in &doc.segments {
        for first in segment.first..segment.end {
            if out(first) {
                continue;
            }
            for end in first + 1..=segment.end.min(first + MAX_TOKENS) {
                if out(end - 1) {
                    break;
                }
                found.extend(identifier(doc, (first, end), decimal));
            }
            found.extend(grown(doc, first));
        }
    }
}

/// Tokens of telephone numbers in international form (`"+61 212 880 4353"`): their groups look like those
/// of tax numbers.
fn international_phones(doc: &Doc) -> Vec<bool> {
    let mut phones = vec![false; doc.tokens.len()];
    let group = |t: &str| t.bytes().any(|b| b.is_ascii_digit()) && t.bytes().all(|b| b.is_ascii_digit() || b"+()-./".contains(&b));
    for segment in &doc.segments {
        let mut inside = false;
        let own = segment.first..segment.end;
        for (phone, token) in phones[own.clone()].iter_mut().zip(&doc.tokens[own]) {
            let text = token.text.as_str();
            let starts = behind_label(text).strip_prefix('+').is_some_and(|rest| rest.bytes().next().is_some_and(|b| b.is_ascii_digit()));
            inside = starts || inside && group(text);
            *phone = inside;
        }
    }
    phones
}

/// An identifier of tokens `first..end`, where they can be one.
fn identifier(doc: &Doc, (first, end): (usize, usize), decimal: Convention) -> Option<Candidate> {
    let joined = doc.text(first, end);
    let text = behind_label(&joined);
    let text = text.trim_matches(|c: char| !(c.is_alphanumeric() || c == '/'));
    let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let digits = compact.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || compact.len() > 28 || text.contains(['@', '%', '€', '$', '£']) || text.contains("www.") {
        return None;
    }
    // A single figure counts something, unless a label stands before it.
    if compact.len() == 1 && !labelled(doc, first, &joined) {
        return None;
    }
    // A sum of money numbers nothing.
    if amounts::parse(text, decimal).is_some_and(|a| a.decimals && a.value.scale() == 2) {
        return None;
    }
    let vat = vat_shape(&compact);
    if end - first > 1 && !hangs_together(doc, (first, end), &compact, vat.is_some()) {
        return None;
    }
    Some(Candidate { vat, ..Candidate::new(Kind::Identifier, first, end, text.to_owned()) })
}

/// Whether a label stands in or before a token.
fn labelled(doc: &Doc, first: usize, text: &str) -> bool {
    let label = |t: &str| t.ends_with([':', '#', '.']);
    let before = first.checked_sub(1).filter(|&i| doc.tokens[i].row == doc.tokens[first].row);
    text.contains(['#', ':']) || before.is_some_and(|i| label(&doc.tokens[i].text))
}

/// Whether several words are one number: groups of digits and short codes, perhaps with a tax's name behind
/// (`"CHE-123.456.789 MWST"`).
fn hangs_together(doc: &Doc, (first, end): (usize, usize), compact: &str, vat: bool) -> bool {
    let words: Vec<&str> =
        doc.tokens[first..end].iter().enumerate().map(|(i, t)| if i == 0 { behind_label(&t.text) } else { t.text.as_str() }).collect();
    let code = |t: &str| t.bytes().any(|b| b.is_ascii_digit()) || matches!(t, "/" | "-" | "–");
    let lead = |t: &str| code(t) || (t.len() <= 4 && t.bytes().all(|b| b.is_ascii_uppercase() || b == b'-' || b == b'/'));
    let swiss = compact.starts_with("CHE") && matches!(words.last(), Some(&("MWST" | "TVA" | "IVA" | "MwSt")));
    let body = if swiss { &words[..words.len() - 1] } else { &words[..] };
    let fits = lead(words[0]) && body[1..].iter().all(|w| code(w) && w.len() <= 12);
    let shape = vat || swiss || compact.len() <= 20 && (end - first == 2 || words.iter().all(|w| w.len() <= 5));
    let decimals = words.iter().any(|w| w.contains([',', '.']) && amounts::parse(w, Convention::Point).is_some_and(|a| a.decimals));
    fits && shape && !decimals
}

/// A number that has grown to its label without a mark between (`"Fattura992-339181"`, `"GSTID004195169829"`).
fn grown(doc: &Doc, at: usize) -> Option<Candidate> {
    let text = doc.tokens[at].text.as_str();
    let start = text.find(|c: char| c.is_ascii_digit()).filter(|&i| i >= 3)?;
    let (label, number) = text.split_at(start);
    let label = label.trim_end_matches(['.', '-', '°', 'º', '/', ')', '(']);
    let number = number.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let word =
        label.chars().all(|c| c.is_alphabetic() || c == '.') && (label.chars().any(char::is_lowercase) || label.chars().count() >= 5);
    let code = number.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'/' | b'.')) && digits * 2 >= number.len();
    let fits = label.chars().count() >= 2 && word && code && digits >= 2 && number.len() <= 24;
    fits.then(|| Candidate::new(Kind::Identifier, at, at + 1, number.to_owned()))
}

/// Whether letters and digits have a VAT id's structure, and whether they pass its check.
fn vat_shape(compact: &str) -> Option<bool> {
    const COUNTRIES: &[&str] = &[
        "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "GB", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
        "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
    ];
    let (country, rest) = compact.split_at_checked(2)?;
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    if !COUNTRIES.contains(&country) || !(8..=12).contains(&rest.len()) || digits + 4 < rest.len() || digits < 7 {
        return None;
    }
    Some(compact.parse::<VatId>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, Page, Word};

    fn found(words: &[&str]) -> Vec<String> {
        let word = |(i, text): (usize, &&str)| {
            let bbox = BBox { x: 0.1 * i as f32, y: 0.1, w: 0.095, h: 0.02 };
            Word { text: (*text).to_owned(), bbox, level: None, line: 0, bold: false, confidence: 1.0 }
        };
        let page = Page { number: 1, width: 600.0, height: 800.0, words: words.iter().enumerate().map(word).collect(), ..Page::default() };
        let doc = Doc::new(&[page]);
        let mut out = Vec::new();
        find(&doc, Convention::Point, &vec![false; doc.tokens.len()], &mut out);
        out.into_iter().map(|c| c.value).collect()
    }

    #[test]
    fn numbers_are_found_behind_labels_and_in_groups() {
        for (words, value) in [
            (&["ABN:36", "373", "697", "727"][..], "36 373 697 727"),
            (&["Fattura992-339181"], "992-339181"),
            (&["GSTID004195169829"], "004195169829"),
            (&["UID", "CHE-123.456.789", "MWST"], "CHE-123.456.789 MWST"),
            (&["Check", "#7"], "7"),
            (&["Bill", "No.:", "8"], "8"),
            (&["No.#17"], "17"),
            (&["(123456-X)"], "123456-X"),
            (&["Rechnung", "RE", "2020", "17"], "RE 2020 17"),
        ] {
            assert!(found(words).iter().any(|v| v == value), "{words:?}: {:?}", found(words));
        }
        for words in [&["7", "Apples"][..], &["19", "%"], &["page@8.org"], &["Quantity"]] {
            assert!(found(words).iter().all(|v| v == "19"), "{words:?}: {:?}", found(words));
        }
    }
}
