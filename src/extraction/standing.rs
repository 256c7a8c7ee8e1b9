//! How a candidate stands among the others of its document: rank, repetition, sums that it belongs
//! to, agreement with web addresses, neighbours that look like an address.

use std::collections::HashSet;

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::candidates::{Candidate, Kind};
use super::features::occurrences;
use super::layout::Doc;
use crate::domain::text::{company_key, is_legal_form};

/// Floats of one candidate.
pub const WIDTH: usize = 24;

/// The figures of all candidates.
#[must_use]
pub fn compute(doc: &Doc, candidates: &[Candidate]) -> Vec<[f32; WIDTH]> {
    let counts = occurrences(candidates);
    let amounts = Amounts::new(candidates);
    let mut dates: Vec<Date> = candidates.iter().filter_map(|c| c.date).collect();
    dates.sort_unstable();
    dates.dedup();
    let domains = web_names(doc);
    candidates
        .iter()
        .map(|candidate| {
            let mut out = [0.0; WIDTH];
            let count = counts.get(&(candidate.kind, candidate.value.as_str())).copied().unwrap_or(1);
            out[0] = flag(count > 1);
            out[1] = flag(count > 2);
            match candidate.kind {
                Kind::Amount => amounts.fill(candidate, &mut out),
                Kind::Date => fill_date(candidate, &dates, &mut out),
                Kind::Name => fill_name(doc, candidate, &domains, &mut out),
                Kind::Identifier | Kind::Iban => {}
            }
            out
        })
        .collect()
}

fn flag(on: bool) -> f32 {
    if on { 1.0 } else { 0.0 }
}

/// The distinct amounts of a document and the sums among them.
struct Amounts {
    sorted: Vec<Decimal>,
    totals: HashSet<Decimal>,
    nets: HashSet<Decimal>,
    taxes: HashSet<Decimal>,
}

/// Sums are sought among the largest amounts only: a statement has thousands.
const MAX_SUMMED: usize = 120;

impl Amounts {
    fn new(candidates: &[Candidate]) -> Self {
        let decimals = |c: &&Candidate| c.amount.is_some_and(|a| a.decimals || a.marked) && c.decimal() > Decimal::ZERO;
        let mut sorted: Vec<Decimal> = candidates.iter().filter(decimals).map(Candidate::decimal).collect();
        if sorted.len() < 2 {
            sorted = candidates.iter().filter(|c| c.decimal() > Decimal::ZERO).map(Candidate::decimal).collect();
        }
        sorted.sort_unstable();
        sorted.dedup();
        let largest = &sorted[sorted.len().saturating_sub(MAX_SUMMED)..];
        let known: HashSet<Decimal> = largest.iter().copied().collect();
        let (mut totals, mut nets, mut taxes) = (HashSet::new(), HashSet::new(), HashSet::new());
        for (i, &tax) in largest.iter().enumerate() {
            for &net in &largest[i + 1..] {
                let ratio = (tax / net).to_f32().unwrap_or(1.0);
                if ratio < 0.32 && known.contains(&(net + tax)) {
                    totals.insert(net + tax);
                    nets.insert(net);
                    taxes.insert(tax);
                }
            }
        }
        Self { sorted, totals, nets, taxes }
    }

    fn fill(&self, candidate: &Candidate, out: &mut [f32; WIDTH]) {
        let value = candidate.decimal();
        let rank = self.sorted.partition_point(|v| *v < value);
        let from_top = self.sorted.len().saturating_sub(rank + 1);
        out[2] = flag(from_top == 0);
        out[3] = flag(from_top == 1);
        out[4] = 1.0 / (1.0 + from_top as f32);
        out[5] = (value.abs().to_f32().unwrap_or(0.0) + 1.0).log10() / 6.0;
        out[6] = flag(candidate.amount.is_some_and(|a| a.marked));
        out[7] = flag(candidate.amount.is_some_and(|a| a.decimals));
        out[8] = flag(self.totals.contains(&value));
        out[9] = flag(self.nets.contains(&value));
        out[10] = flag(self.taxes.contains(&value));
        out[11] = flag(value.is_sign_negative() && !value.is_zero());
        out[12] = flag(value.is_zero());
        out[13] = flag(value.scale() > 2);
        let largest = self.sorted.last().copied().unwrap_or(Decimal::ONE);
        out[14] = (value / largest.max(Decimal::ONE)).to_f32().unwrap_or(0.0).clamp(0.0, 1.0);
    }
}

fn fill_date(candidate: &Candidate, dates: &[Date], out: &mut [f32; WIDTH]) {
    let (Some(date), Some(first), Some(last)) = (candidate.date, dates.first(), dates.last()) else {
        return;
    };
    out[2] = flag(date == *first);
    out[3] = flag(date == *last);
    out[4] = flag(dates.len() == 1);
    out[5] = (dates.len() as f32 / 5.0).min(1.0);
    let days = |a: Date, b: Date| f32::from(i16::try_from((a - b).get_days()).unwrap_or(i16::MAX)).abs();
    out[6] = (days(date, *first) / 90.0).min(2.0);
    out[7] = (days(*last, date) / 90.0).min(2.0);
}

/// The names in e-mail and web addresses of a document, without provider and country.
fn web_names(doc: &Doc) -> Vec<String> {
    const PROVIDERS: &[&str] =
        &["gmail", "gmx", "outlook", "hotmail", "yahoo", "web", "tonline", "orange", "icloud", "localhost", "example"];
    let mut names = Vec::new();
    for token in &doc.tokens {
        let lower = token.text.to_lowercase();
        let host = lower
            .rsplit_once('@')
            .map(|p| p.1)
            .or_else(|| lower.split_once("www.").map(|p| p.1))
            .or_else(|| lower.split_once("://").map(|p| p.1));
        let Some(host) = host else { continue };
        let labels: Vec<&str> = host.trim_end_matches(['/', ',', '.', ')', ';']).split(['.', '/']).collect();
        let name: String = labels.first().map_or(String::new(), |l| l.chars().filter(char::is_ascii_alphanumeric).collect());
        if name.len() > 3 && !PROVIDERS.contains(&name.as_str()) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn fill_name(doc: &Doc, candidate: &Candidate, domains: &[String], out: &mut [f32; WIDTH]) {
    let key: String = company_key(&candidate.value).replace(' ', "");
    let words = &doc.tokens[candidate.first..candidate.end];
    let token = &words[0];
    let agrees = |d: &String| {
        key.len() > 3 && (d.starts_with(&key) || key.starts_with(d.as_str()) || (key.len() > 6 && d.len() > 6 && key[..6] == d[..6]))
    };
    out[2] = flag(domains.iter().any(agrees));
    out[3] = flag(words.iter().any(|w| is_legal_form(&w.folded)) || candidate.more.is_some());
    out[4] = flag(words.iter().any(|w| w.text.bytes().any(|b| b.is_ascii_digit())));
    out[5] = flag(candidate.value.chars().all(|c| !c.is_lowercase()));
    out[6] = flag(words.iter().all(|w| w.text.chars().next().is_some_and(|c| c.is_uppercase() || !c.is_alphabetic())));
    let above = doc.above(token.row, (token.x0, token.x0 + doc.height), 1, doc.height * 2.6);
    out[7] = flag(above.is_empty());
    let below = doc.below(token.row, (token.x0, token.x0 + doc.height * 3.0), 4, doc.height * 8.0);
    let text = |i: usize| below.get(i).map_or(String::new(), |&s| doc.text(doc.segments[s].first, doc.segments[s].end));
    let digits = |s: &str| s.bytes().any(|b| b.is_ascii_digit());
    let postcode = |s: &str| s.split([' ', '-', ',']).any(|w| matches!(w.len(), 4 | 5) && w.bytes().all(|b| b.is_ascii_digit()));
    out[8] = flag(digits(&text(0)));
    out[9] = flag(digits(&text(1)));
    out[10] = flag((0..4).any(|i| postcode(&text(i))));
    out[11] = flag((0..4).any(|i| text(i).contains('@') || text(i).contains("www.")));
    out[12] = (below.len() as f32) / 4.0;
    let tallest = doc.tokens.iter().filter(|t| t.page == 0).map(|t| t.height()).fold(0.0, f32::max);
    out[13] = flag(token.page == 0 && token.height() > tallest * 0.97);
    out[14] = flag(candidate.value.ends_with(':'));
    out[15] = flag(words.len() == 1);
    let row = &doc.rows[token.row];
    let first_rows = doc.rows.iter().filter(|r| r.page == token.page && r.y < row.y).count();
    out[16] = 1.0 / (1.0 + first_rows as f32);
    out[17] = flag(row.end_segment - row.first_segment == 1);
    let width = doc.sizes[token.page].0;
    out[18] = flag(token.x0 > width * 0.5);
    let middle = f32::midpoint(token.x0, words[words.len() - 1].x1) / width;
    out[19] = flag((middle - 0.5).abs() < 0.04);
}
