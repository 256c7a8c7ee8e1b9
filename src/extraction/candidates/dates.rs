//! Dates in the text, and from all of them and the rest of the document which of day and month comes first.

use jiff::civil::Date;

use super::{Candidate, Kind, behind_label};
use crate::extraction::amounts::Convention;
use crate::extraction::dates::{self, DateGuess};
use crate::extraction::layout::Doc;

/// Tokens that a date is cut into, at most.
const MAX_TOKENS: usize = 6;

/// Tokens `first..end`, perhaps others in the row below, and what they say.
struct Found {
    first: usize,
    end: usize,
    more: Option<(usize, usize)>,
    guess: DateGuess,
}

/// Finds all; their tokens are taken. Also says whether the month comes first.
pub(super) fn find(doc: &Doc, taken: &mut [bool], decimal: Convention) -> (Vec<Candidate>, bool) {
    let mut found: Vec<Found> = Vec::new();
    for row in &doc.rows {
        let mut at = row.first;
        while at < row.end {
            let hit = whole(doc, at, row.end).or_else(|| cut(doc, at, row.end)).or_else(|| broken(doc, at, row.end));
            at = match hit {
                Some(hit) => {
                    // Eight digits may as well number the document.
                    let number = doc.tokens[hit.first..hit.end].iter().all(|t| t.text.bytes().all(|b| b.is_ascii_digit()));
                    taken[hit.first..hit.end].fill(!number);
                    if let Some((first, end)) = hit.more {
                        taken[first..end].fill(true);
                    }
                    let end = hit.end;
                    found.push(hit);
                    end
                }
                None => at + 1,
            };
        }
    }
    let guesses: Vec<DateGuess> = found.iter().map(|f| f.guess).collect();
    let month_first = month_first(doc, decimal, &guesses);
    let candidate = |f: &Found| {
        let date = f.guess.resolve(month_first)?;
        Some(Candidate { date: Some(date), more: f.more, ..Candidate::new(Kind::Date, f.first, f.end, date.to_string()) })
    };
    (found.iter().filter_map(candidate).collect(), month_first)
}

/// The most tokens from `at` that are wholly a date.
fn whole(doc: &Doc, at: usize, end: usize) -> Option<Found> {
    (1..=MAX_TOKENS.min(end - at)).rev().find_map(|n| {
        if n > 1 && gap(doc, at, at + n) > 1.2 {
            return None;
        }
        let joined = doc.text(at, at + n);
        dates::parse(behind_label(&joined)).map(|guess| completed(doc, (at, at + n), end, guess))
    })
}

/// A date, with one more word where that completes its year (`"25/Feb/20"` and `"17"`).
fn completed(doc: &Doc, (first, last): (usize, usize), end: usize, guess: DateGuess) -> Found {
    let short = Found { first, end: last, more: None, guess };
    let two = last < end && doc.tokens[last].text.len() == 2 && doc.tokens[last].text.bytes().all(|b| b.is_ascii_digit());
    if !two || gap(doc, last - 1, last + 1) > 0.75 {
        return short;
    }
    let joined: String = doc.tokens[first..=last].iter().map(|t| t.text.as_str()).collect();
    match dates::inside(&joined).filter(|longer| *longer != guess) {
        Some(longer) => Found { end: last + 1, guess: longer, ..short },
        None => short,
    }
}

/// The fewest tokens from `at` that have a date in them when blanks do not count, and one more where it
/// completes the year.
fn cut(doc: &Doc, at: usize, end: usize) -> Option<Found> {
    let digits = |i: usize| doc.tokens[i].text.bytes().any(|b| b.is_ascii_digit());
    let joined = |n: usize| doc.tokens[at..at + n].iter().map(|t| t.text.as_str()).collect::<String>();
    if !digits(at) && !dates::names_month(&doc.tokens[at].folded) {
        return None;
    }
    let near = |n: usize| n == 1 || gap(doc, at, at + n) < 0.75;
    let (n, guess) =
        (1..=MAX_TOKENS.min(end - at)).take_while(|&n| near(n)).find_map(|n| dates::inside(&joined(n)).map(|guess| (n, guess)))?;
    // A number before the date is no part of it.
    let later: String = doc.tokens[at + 1..at + n].iter().map(|t| t.text.as_str()).collect();
    if dates::inside(&later).is_some_and(|other| other == guess) {
        return None;
    }
    Some(completed(doc, (at, at + n), end, guess))
}

/// Month and day at the end of a segment whose year begins the row below (`"February 15,"` over `"2022"`).
fn broken(doc: &Doc, at: usize, end: usize) -> Option<Found> {
    let token = &doc.tokens[at];
    let last = at + 2;
    if last > end || doc.segments[token.segment].end != last || gap(doc, at, last) > 1.2 {
        return None;
    }
    let head = doc.text(at, last);
    let head = behind_label(&head);
    let letters = head.bytes().filter(u8::is_ascii_alphabetic).count();
    if letters < 3 || !head.bytes().any(|b| b.is_ascii_digit()) || head.len() > 16 {
        return None;
    }
    let below = *doc.below(token.row, (token.x0, doc.tokens[last - 1].x1), 1, doc.height * 2.5).first()?;
    let first = doc.segments[below].first;
    let year = &doc.tokens[first].text;
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let guess = dates::parse(&format!("{head} {year}"))?;
    Some(Found { first: at, end: last, more: Some((first, first + 1)), guess })
}

/// The widest gap between tokens, in heights.
fn gap(doc: &Doc, first: usize, end: usize) -> f32 {
    doc.tokens[first..end].windows(2).map(|w| (w[1].x0 - w[0].x1) / w[0].height()).fold(0.0, f32::max)
}

/// Whether the month comes first: dates that have one reading only prove it; otherwise what the document says
/// about its country, and which reading sets the dates one usual term apart.
fn month_first(doc: &Doc, decimal: Convention, guesses: &[DateGuess]) -> bool {
    let month = guesses.iter().filter(|g| g.proves_month_first()).count();
    let day = guesses.iter().filter(|g| g.proves_day_first()).count();
    if month != day {
        return month > day;
    }
    country(doc, decimal) + terms(guesses) > 0
}

/// Evidence for (above zero) and against North America.
fn country(doc: &Doc, decimal: Convention) -> i32 {
    let has = |mark: char| doc.tokens.iter().any(|t| t.text.contains(mark));
    let word = |words: &[&str]| doc.tokens.iter().any(|t| words.contains(&t.folded.as_str()));
    let dollars =
        (has('$') || word(&["usd"])) && !doc.tokens.iter().any(|t| ["A$", "S$", "R$", "NZ$", "HK$"].iter().any(|m| t.text.starts_with(m)));
    let mut evidence = 0;
    evidence += if decimal == Convention::Comma { -4 } else { 0 };
    evidence += if has('€') || has('£') || has('₹') { -4 } else { 0 };
    evidence += if word(&["gst", "abn", "aud", "eur", "gbp", "nzd", "sgd", "inr", "chf", "myr", "sdn", "bhd", "pty", "pte", "gstin"]) {
        -4
    } else {
        0
    };
    evidence += if word(&["vat"]) { -2 } else { 0 };
    evidence += if dollars { 2 } else { 0 };
    evidence += if doc.tokens.windows(2).any(|w| w[0].row == w[1].row && zip_code(&w[0].text, &w[1].text)) { 2 } else { 0 };
    evidence += if doc.tokens.iter().any(|t| north_american_phone(&t.text)) { 1 } else { 0 };
    evidence + if word(&["usa"]) { 1 } else { 0 }
}

/// A telephone number as North America groups it (`"212-555-0123"`, `"(212)555-0123"`).
fn north_american_phone(text: &str) -> bool {
    let groups: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|g| !g.is_empty()).collect();
    let lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
    let plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | '(' | ')'));
    plain && lengths == [3, 3, 4] && groups[0].starts_with(|c: char| c > '1') && groups[1].starts_with(|c: char| c > '1')
}

/// A state and its code (`"TX 75001"`, `"CA 94110-1234"`).
fn zip_code(state: &str, code: &str) -> bool {
    const STATES: &str = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD \
                          TN TX UT VT VA WA WV WI WY DC PR";
    let state = state.trim_end_matches([',', '.']);
    let code = code.trim_end_matches([',', '.']);
    let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    let five = code.split_once('-').map_or_else(|| digits(code, 5), |(five, four)| digits(five, 5) && digits(four, 4));
    state.len() == 2 && five && STATES.split_whitespace().any(|s| s == state)
}

/// Evidence from the first two dates that have two readings: a term is seldom negative or long.
fn terms(guesses: &[DateGuess]) -> i32 {
    let open: Vec<(Date, Date)> =
        guesses.iter().filter_map(|g| Some((g.day_first?, g.month_first?))).filter(|(day, month)| day != month).collect();
    let Some([first, second]) = open.first_chunk() else {
        return 0;
    };
    let usual = |a: Date, b: Date| (0..=62).contains(&(b - a).get_days());
    match (usual(first.0, second.0), usual(first.1, second.1)) {
        (true, false) => -3,
        (false, true) => 3,
        _ => 0,
    }
}
