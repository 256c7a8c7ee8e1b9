//! Features of two records, attribute by attribute and over all attributes together.

use super::sets::{Kind, Pair, Set};
use countersign::domain::text::fold;
use std::collections::{HashMap, HashSet};

/// Features of one attribute.
const OF_ATTRIBUTE: usize = 8;
/// Features of the whole record.
const OF_RECORD: usize = 7;

/// Features of a pair of records with so many attributes.
pub fn width(attributes: usize) -> usize {
    attributes * OF_ATTRIBUTE + OF_RECORD
}

/// Words of every record and how rare each is: `ln(records / records that have it)`.
pub struct Words {
    of: Vec<Vec<Vec<String>>>,
    rarity: HashMap<String, f32>,
}

impl Words {
    pub fn of(set: &Set) -> Self {
        let split = |value: &String| fold(value).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let of: Vec<Vec<Vec<String>>> = set.records.iter().map(|record| record.iter().map(split).collect()).collect();
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for record in &of {
            for word in record.iter().flatten().map(String::as_str).collect::<HashSet<_>>() {
                *counts.entry(word).or_default() += 1;
            }
        }
        let records = of.len() as f32;
        let rarity = counts.into_iter().map(|(word, count)| (word.to_owned(), (records / count as f32).ln() + 0.1)).collect();
        Self { of, rarity }
    }

    fn weight(&self, word: &str) -> f32 {
        self.rarity.get(word).copied().unwrap_or(1.0)
    }

    /// Weight shared, over the weight of both (cosine) and of the lighter side (overlap).
    fn overlap(&self, a: &[&str], b: &[&str]) -> [f32; 2] {
        let sum = |words: &HashSet<&str>| words.iter().map(|word| self.weight(word).powi(2)).sum::<f32>();
        let (a, b): (HashSet<&str>, HashSet<&str>) = (a.iter().copied().collect(), b.iter().copied().collect());
        let shared = sum(&a.intersection(&b).copied().collect());
        let (own, other) = (sum(&a), sum(&b));
        if own == 0.0 || other == 0.0 { [0.0; 2] } else { [shared / (own * other).sqrt(), shared / own.min(other)] }
    }
}

/// The features of a pair, [`width`] of them.
pub fn features(set: &Set, words: &Words, pair: &Pair) -> Vec<f32> {
    let mut out = Vec::with_capacity(width(set.kinds.len()));
    let (left, right) = (&set.records[pair.left], &set.records[pair.right]);
    for (column, kind) in set.kinds.iter().enumerate() {
        out.extend(attribute(&left[column], &right[column], *kind, words, (&words.of[pair.left][column], &words.of[pair.right][column])));
    }
    let all = |record: usize| -> Vec<&str> { words.of[record].iter().flatten().map(String::as_str).collect() };
    let (a, b) = (all(pair.left), all(pair.right));
    out.extend(words.overlap(&a, &b));
    // Words with digits are model numbers, years, sizes: what tells two variants apart.
    let coded = |words: &[&str]| -> HashSet<String> {
        words
            .iter()
            .filter(|word| word.len() > 2 && word.bytes().any(|byte| byte.is_ascii_digit()))
            .map(|word| (*word).to_owned())
            .collect()
    };
    let (c, d) = (coded(&a), coded(&b));
    let shared = c.intersection(&d).count() as f32;
    let rarest = c.intersection(&d).map(|word| words.weight(word)).fold(0.0, f32::max);
    out.extend([
        shared.min(4.0) / 2.0,
        (c.difference(&d).count() as f32).min(4.0) / 2.0,
        (d.difference(&c).count() as f32).min(4.0) / 2.0,
        rarest / 5.0,
        grams(&a.concat(), &b.concat()),
    ]);
    out
}

fn attribute(a: &str, b: &str, kind: Kind, words: &Words, (left, right): (&[String], &[String])) -> [f32; OF_ATTRIBUTE] {
    let known = !a.is_empty() && !b.is_empty();
    if !known {
        return [0.0; OF_ATTRIBUTE];
    }
    let (left, right): (Vec<&str>, Vec<&str>) = (left.iter().map(String::as_str).collect(), right.iter().map(String::as_str).collect());
    let (p, q) = (left.join(" "), right.join(" "));
    let short = |text: &str| text.chars().take(64).collect::<String>();
    let [cosine, overlap] = words.overlap(&left, &right);
    let distance = match kind {
        Kind::Number => number(a).zip(number(b)).map_or(0.0, |(x, y)| 1.0 - (x - y).abs() / x.abs().max(y.abs()).max(1e-9)),
        Kind::Date => day(a).zip(day(b)).map_or(0.0, |(x, y)| 1.0 / (1.0 + 0.25 * (x - y).abs() as f64)),
        Kind::Text => f64::from(grams(&p, &q)),
    };
    let typing = strsim::osa_distance(&short(&p), &short(&q)) as f32;
    [
        1.0,
        f32::from(u8::from(p == q)),
        strsim::jaro_winkler(&short(&p), &short(&q)) as f32,
        1.0 - typing / short(&p).len().max(short(&q).len()).max(1) as f32,
        cosine,
        overlap,
        distance as f32,
        f32::from(u8::from(p.len() > 2 && q.len() > 2 && (p.contains(&q) || q.contains(&p)))),
    ]
}

fn number(text: &str) -> Option<f64> {
    text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect::<String>().parse().ok()
}

fn day(text: &str) -> Option<i32> {
    let date: jiff::civil::Date = text.get(..10)?.parse().ok()?;
    date.since(jiff::civil::Date::constant(1970, 1, 1)).ok().map(|span| span.get_days())
}

/// Shared groups of three characters over all groups (Jaccard).
fn grams(a: &str, b: &str) -> f32 {
    let of = |text: &str| -> HashSet<[u8; 3]> {
        let bytes: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
        bytes.windows(3).map(|window| [window[0], window[1], window[2]]).collect()
    };
    let (a, b) = (of(a), of(b));
    let shared = a.intersection(&b).count() as f32;
    if a.is_empty() || b.is_empty() { 0.0 } else { shared / (a.len() + b.len()) as f32 / (1.0 - shared / (a.len() + b.len()) as f32) }
}
