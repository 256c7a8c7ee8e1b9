//! Amounts in the text: numbers that readers and typesetters cut into words, currency marks beside them.

use super::{Candidate, Kind, behind_label};
use crate::extraction::amounts::{self, Convention};
use crate::extraction::layout::Doc;

/// Finds all outside of tokens that dates and accounts have taken.
pub(super) fn find(doc: &Doc, decimal: Convention, taken: &[bool], found: &mut Vec<Candidate>) {
    let mut at = 0;
    while at < doc.tokens.len() {
        let (end, amount) = if taken[at] { (at + 1, None) } else { amount_at(doc, at, decimal) };
        if let Some(amount) = amount {
            let mut value = amount.value;
            value.set_sign_positive(true);
            let text = if amount.value.is_sign_negative() && !value.is_zero() { format!("-{value}") } else { value.to_string() };
            found.push(Candidate { amount: Some(amount), ..Candidate::new(Kind::Amount, at, end, text) });
        }
        at = end;
    }
}

/// The longest amount that begins at a token: groups of thousands apart, a currency mark apart.
fn amount_at(doc: &Doc, at: usize, decimal: Convention) -> (usize, Option<amounts::Amount>) {
    let token = &doc.tokens[at];
    let row_end = doc.rows[token.row].end;
    let text = behind_label(&token.text);
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return (at + 1, None);
    }
    let reach = |joined: &str, next: &str| if joined.ends_with(['.', ',']) || next.starts_with(['.', ',']) { 0.9 } else { 0.55 };
    let close = |end: usize, joined: &str| {
        end < row_end && doc.tokens[end].x0 - doc.tokens[end - 1].x1 < reach(joined, &doc.tokens[end].text) * doc.tokens[end].height()
    };
    let mut end = at + 1;
    let mut joined = text.to_owned();
    while close(end, &joined) && continues(&joined, &doc.tokens[end].text) {
        joined.push_str(&doc.tokens[end].text);
        end += 1;
    }
    let percent = doc.tokens.get(end).is_some_and(|t| end < row_end && t.text.starts_with('%'));
    let Some(mut amount) = amounts::parse(&joined, decimal).filter(|_| !percent) else {
        return (at + 1, None);
    };
    let near = |i: usize, gap: f32| gap < 1.2 * doc.tokens[i].height() && amounts::currency_of_mark(&doc.tokens[i].text).is_some();
    let before = at > doc.rows[token.row].first && near(at - 1, token.x0 - doc.tokens[at - 1].x1);
    let after = end < row_end && near(end, doc.tokens[end].x0 - doc.tokens[end - 1].x1);
    amount.marked |= before || after;
    (end, Some(amount))
}

/// Whether `next` goes on with the number `so_far`: a group of three digits, or stray decimals.
fn continues(so_far: &str, next: &str) -> bool {
    let tail = so_far.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let next = next.trim_end_matches(['€', '$', '£']);
    let (group, rest) = next.split_at(next.bytes().take_while(u8::is_ascii_digit).count());
    let decimals = |s: &str| s.is_empty() || (s.starts_with([',', '.']) && matches!(s.len(), 2 | 3) && digits(&s[1..]));
    if group.is_empty() {
        return digits(tail) && rest.len() == 3 && decimals(rest);
    }
    if let Some(whole) = tail.strip_suffix(['.', ',']) {
        return group.len() == 2
            && rest.is_empty()
            && !whole.is_empty()
            && whole.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
    }
    let groups_so_far = !tail.is_empty() && digits(tail) && (tail.len() <= 3 || tail.len().is_multiple_of(3) || tail.len() <= 6);
    group.len() == 3 && groups_so_far && decimals(rest)
}
