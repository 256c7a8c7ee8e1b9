//! What recognized text is worth: character error rate, word recall, fields that can be read. One
//! scorer for us and for the peer; both give pieces of text with four corners.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// Text with its corners, in pixels of the image.
#[derive(Debug, Clone)]
pub struct Piece {
    pub text: String,
    pub quad: [(f32, f32); 4],
}

/// The figures of one page; `None` where its truth does not say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Score {
    /// Edits between the letters and digits of the page and of the truth, over those of the truth.
    pub character_errors: Option<f64>,
    /// Words of the truth that were found, and all of them.
    pub words: Option<(usize, usize)>,
    /// Header fields whose value stands in the text, and those of the truth.
    pub fields: (usize, usize),
}

/// The truth beside an image: boxes with text where the data set has them.
pub fn truth(image: &Path) -> Option<Vec<Piece>> {
    let text = std::fs::read_to_string(image.with_extension("ocr.json")).ok()?;
    let boxes: Vec<Value> = serde_json::from_str(&text).ok()?;
    let piece = |value: &Value| {
        let numbers: Vec<f32> = value["box"].as_array()?.iter().filter_map(Value::as_f64).map(|number| number as f32).collect();
        let [x0, y0, x1, y1] = numbers[..] else { return None };
        Some(Piece { text: value["text"].as_str()?.to_owned(), quad: [(x0, y0), (x1, y0), (x1, y1), (x0, y1)] })
    };
    Some(boxes.iter().filter_map(piece).collect())
}

/// Compares what was read with what stands beside the image.
pub fn score(image: &Path, read: &[Piece]) -> Score {
    let mut score = Score { fields: fields(image, read), ..Score::default() };
    if let Some(truth) = truth(image) {
        let (wanted, found) = (letters(&truth), letters(read));
        if !wanted.is_empty() {
            score.character_errors = Some(distance(&wanted, &found) as f64 / wanted.len() as f64);
        }
        score.words = Some(word_recall(&truth, read));
    }
    score
}

/// The pieces in rows from top to bottom, each from left to right.
pub fn in_rows(pieces: &[Piece]) -> Vec<Vec<&Piece>> {
    let middle = |piece: &Piece| piece.quad.iter().map(|point| point.1).sum::<f32>() / 4.0;
    let left = |piece: &Piece| piece.quad.iter().map(|point| point.0).sum::<f32>() / 4.0;
    let height = |piece: &Piece| {
        let side = |a: (f32, f32), b: (f32, f32)| (a.0 - b.0).hypot(a.1 - b.1);
        side(piece.quad[0], piece.quad[3]).min(side(piece.quad[0], piece.quad[1]))
    };
    let mut sorted: Vec<&Piece> = pieces.iter().collect();
    sorted.sort_by(|a, b| middle(a).total_cmp(&middle(b)));
    let mut rows: Vec<Vec<&Piece>> = Vec::new();
    for piece in sorted {
        let same = rows.last().is_some_and(|row| {
            let mean = row.iter().map(|other| middle(other)).sum::<f32>() / row.len() as f32;
            middle(piece) - mean < 0.5 * height(piece)
        });
        match rows.last_mut() {
            Some(row) if same => row.push(piece),
            _ => rows.push(vec![piece]),
        }
    }
    for row in &mut rows {
        row.sort_by(|a, b| left(a).total_cmp(&left(b)));
    }
    rows
}

fn letters(pieces: &[Piece]) -> Vec<char> {
    in_rows(pieces)
        .into_iter()
        .flatten()
        .flat_map(|piece| piece.text.chars())
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Levenshtein's distance.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

/// Words between white space, each counted as often as it stands there.
fn word_recall(truth: &[Piece], read: &[Piece]) -> (usize, usize) {
    let words = |pieces: &[Piece]| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for piece in pieces {
            for word in piece.text.split_whitespace() {
                *counts.entry(word.to_lowercase()).or_default() += 1;
            }
        }
        counts
    };
    let (wanted, found) = (words(truth), words(read));
    let hits = wanted.iter().map(|(word, count)| (*count).min(found.get(word).copied().unwrap_or(0))).sum();
    (hits, wanted.values().sum())
}

/// Header fields of the truth whose value can be found: its letters and digits as one string (of a
/// name or an identifier; of a name also word by word), any usual way of writing it (an amount, a date, a currency), in the page's
/// text in rows without spaces and signs.
fn fields(image: &Path, read: &[Piece]) -> (usize, usize) {
    let Some(truth) = std::fs::read_to_string(image.with_extension("truth.json")).ok() else { return (0, 0) };
    let Ok(Value::Object(truth)) = serde_json::from_str::<Value>(&truth) else { return (0, 0) };
    let raw = in_rows(read).iter().flatten().map(|piece| piece.text.as_str()).collect::<Vec<_>>().join(" ");
    let (plain, numbers) = (squeezed(&raw), spaceless(&raw));
    let (mut hits, mut all) = (0, 0);
    for (name, value) in &truth {
        let values: Vec<&str> = match value {
            Value::String(text) => vec![text.as_str()],
            Value::Array(options) if name != "lines" => options.iter().filter_map(Value::as_str).collect(),
            _ => continue,
        };
        if values.is_empty() || name == "document_type" || name == "supplier_address" {
            continue;
        }
        all += 1;
        hits += usize::from(values.iter().any(|value| readable(name, value, &raw, &plain, &numbers)));
    }
    (hits, all)
}

fn readable(name: &str, value: &str, raw: &str, plain: &str, numbers: &str) -> bool {
    match name {
        "currency" => {
            let sign = match value {
                "EUR" => "€",
                "USD" | "CAD" | "AUD" | "SGD" => "$",
                "GBP" => "£",
                "MYR" => "rm",
                "INR" => "rs",
                _ => value,
            };
            raw.to_lowercase().contains(&sign.to_lowercase()) || plain.contains(&value.to_lowercase())
        }
        _ if name.ends_with("_date") => dates(value).iter().any(|date| plain.contains(date)),
        _ if name.ends_with("_amount") => amounts(value).iter().any(|amount| numbers.contains(amount)),
        // A name may go on in the next line of its column, with other columns between in the rows.
        _ if name.ends_with("_name") => {
            let words = || value.split_whitespace().map(squeezed);
            plain.contains(&squeezed(value)) || words().all(|word| plain.contains(&word))
        }
        _ => plain.contains(&squeezed(value)),
    }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn spaceless(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

/// An amount with a point or a comma, with and without separators of thousands.
fn amounts(value: &str) -> Vec<String> {
    let (whole, cents) = value.trim_start_matches('-').split_once('.').unwrap_or((value.trim_start_matches('-'), ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push('#');
        }
        grouped.push(digit);
    }
    let mut ways = Vec::new();
    for (point, groups) in [(".", [",", "'", "", "."]), (",", [".", "'", "", ","])] {
        for group in groups {
            let whole = grouped.replace('#', group);
            ways.push(format!("{whole}{point}{cents:0<2}"));
            if cents.trim_end_matches('0').is_empty() {
                ways.push(whole);
            }
        }
    }
    ways
}

/// A date in the usual orders, months by number or by English, German or French name, without signs.
fn dates(value: &str) -> Vec<String> {
    const MONTHS: [[&str; 6]; 12] = [
        ["january", "jan", "januar", "janvier", "janv", "jan"],
        ["february", "feb", "februar", "février", "févr", "fevrier"],
        ["march", "mar", "märz", "mars", "mrz", "marz"],
        ["april", "apr", "april", "avril", "avr", "apr"],
        ["may", "may", "mai", "mai", "mai", "may"],
        ["june", "jun", "juni", "juin", "jun", "jun"],
        ["july", "jul", "juli", "juillet", "juil", "jul"],
        ["august", "aug", "august", "août", "aout", "aug"],
        ["september", "sep", "september", "septembre", "sept", "sep"],
        ["october", "oct", "oktober", "octobre", "okt", "oct"],
        ["november", "nov", "november", "novembre", "nov", "nov"],
        ["december", "dec", "dezember", "décembre", "dez", "decembre"],
    ];
    let parts: Vec<&str> = value.split('-').collect();
    let [year, month, day] = parts[..] else { return vec![squeezed(value)] };
    let short = |text: &str| text.trim_start_matches('0').to_owned();
    let mut months = vec![month.to_owned(), short(month)];
    if let Some(names) = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1))) {
        months.extend(names.iter().map(|name| (*name).to_owned()));
    }
    let mut ways = Vec::new();
    for year in [year, &year[year.len().saturating_sub(2)..]] {
        for month in &months {
            for day in [day.to_owned(), short(day)] {
                ways.extend([format!("{day}{month}{year}"), format!("{month}{day}{year}"), format!("{year}{month}{day}")]);
                ways.extend(["st", "nd", "rd", "th"].map(|end| format!("{month}{day}{end}{year}")));
            }
        }
    }
    ways
}
