//! What is read from the document as a whole: its currency, the supplier's address.

use std::collections::BTreeMap;

use super::amounts::{currency_of_amount, currency_of_mark};
use super::candidates::{Candidate, Kind};
use super::layout::Doc;

/// The currency with a raw score: marks at the total count most, then codes, then signs anywhere;
/// without any mark the country of the account or tax id.
#[must_use]
pub fn currency(doc: &Doc, candidates: &[Candidate], total: Option<usize>) -> Option<(&'static str, f64, Option<usize>)> {
    let mut votes: BTreeMap<&'static str, (f64, usize)> = BTreeMap::new();
    let mut vote = |code: &'static str, weight: f64, token: usize| {
        let entry = votes.entry(code).or_insert((0.0, token));
        entry.0 += weight;
    };
    let near = total.map(|row| &candidates[row]).map(|c| {
        let row = &doc.rows[doc.tokens[c.first].row];
        (c.first.saturating_sub(2).max(row.first), (c.end + 1).min(row.end))
    });
    for (i, token) in doc.tokens.iter().enumerate() {
        let at_total = near.is_some_and(|(first, end)| (first..end).contains(&i));
        let weight = if at_total { 6.0 } else { 1.0 };
        if let Some(code) = currency_of_amount(&token.text) {
            vote(code, weight, i);
        } else if let Some(code) = currency_of_mark(token.text.trim_end_matches([':', ')'])) {
            vote(code, if token.text.len() == 3 && token.text.is_ascii() { weight * 1.5 } else { weight }, i);
        }
    }
    let sum: f64 = votes.values().map(|v| v.0).sum();
    let best = votes.iter().max_by(|a, b| a.1.0.total_cmp(&b.1.0)).map(|(code, v)| (*code, v.0, v.1));
    if let Some((code, weight, token)) = best {
        let dollars = if code == "USD" { dollar(doc) } else { code };
        return Some((dollars, 0.95 * weight / sum, Some(token)));
    }
    let euro = ["DE", "AT", "FR", "ES", "IT", "NL", "BE", "LU", "IE", "FI", "PT"];
    let country = |c: &Candidate| (c.kind == Kind::Iban || c.vat.is_some()) && c.value.get(..2).is_some_and(|p| euro.contains(&p));
    candidates.iter().any(country).then_some(("EUR", 0.5, None))
}

/// Whose dollar a bare sign is: words of the country's tax law tell.
fn dollar(doc: &Doc) -> &'static str {
    let has = |word: &str| doc.tokens.iter().any(|t| t.folded == word);
    if has("abn") || has("australia") {
        "AUD"
    } else if has("hst") || has("canada") {
        "CAD"
    } else if has("nzbn") {
        "NZD"
    } else {
        "USD"
    }
}

/// The lines below the supplier's name, or behind it in a sender line: tokens of the address.
#[must_use]
pub fn supplier_address(doc: &Doc, name: &Candidate) -> Vec<(usize, usize)> {
    let token = &doc.tokens[name.first];
    let segment = &doc.segments[token.segment];
    let digits = |first: usize, end: usize| doc.tokens[first..end].iter().any(|t| t.text.bytes().any(|b| b.is_ascii_digit()));
    if name.end + 2 < segment.end && digits(name.end, segment.end) {
        return vec![(name.end, segment.end)];
    }
    let mut lines = Vec::new();
    let mut y = doc.rows[name.more.map_or(token.row, |m| doc.tokens[m.0].row)].y;
    for below in doc.below(token.row, (token.x0, token.x0 + doc.height * 4.0), 6, doc.height * 14.0) {
        let line = &doc.segments[below];
        let row = &doc.rows[line.row];
        let text = doc.text(line.first, line.end);
        let other = text.contains('@')
            || text.contains("www.")
            || text.contains(':')
            || text.starts_with('+')
            || text.to_lowercase().starts_with("tel");
        if row.y - y > doc.height * 2.6 || (line.x0 - token.x0).abs() > doc.height * 1.5 || other || lines.len() == 4 {
            break;
        }
        if row.y > y + 0.1 {
            y = row.y;
            lines.push((line.first, line.end));
        }
    }
    if lines.iter().any(|&(first, end)| digits(first, end)) { lines } else { Vec::new() }
}
