//! Lines: true and given ones aligned one to one, then their cells compared.

use std::collections::BTreeMap;

use serde_json::Value;

use super::counting::{Counts, LINE_ROWS, matches, score_value};
use super::folders::text;
use crate::cli::eval::similar::name_similarity;

const CELLS: [&str; 4] = ["description", "quantity", "unit_price", "amount"];

/// Counts the cells of aligned lines, and a line as right where description and amount both are.
pub fn score_lines(fields: &mut BTreeMap<&'static str, Counts>, truth: &[Value], given: &[&Value]) {
    let aligned = align(truth, given);
    for (i, expected) in truth.iter().enumerate() {
        let line = aligned.get(&i).map(|&j| given[j]);
        let mut good = true;
        for (cell, row) in CELLS.into_iter().zip(LINE_ROWS) {
            let Some(value) = expected.get(cell) else { continue };
            let right = score_value(fields.entry(row).or_default(), cell, text(line.and_then(|l| l.get(cell))).as_deref(), value);
            good &= right || !matches!(cell, "description" | "amount");
        }
        let counts = fields.entry("line_item").or_default();
        counts.n += 1;
        if good && line.is_some() {
            counts.tp += 1;
            counts.exact += 1;
        } else {
            counts.fn_ += 1;
            counts.fp += usize::from(line.is_some());
        }
    }
    for (j, line) in given.iter().enumerate() {
        if !aligned.values().any(|&v| v == j) {
            fields.entry("line_item").or_default().fp += 1;
            for (cell, row) in [("description", "lines.description"), ("amount", "lines.amount")] {
                if text(line.get(cell)).is_some() {
                    fields.entry(row).or_default().fp += 1;
                }
            }
        }
    }
}

/// Pairs true and given lines one to one, the most alike first.
fn align(truth: &[Value], given: &[&Value]) -> BTreeMap<usize, usize> {
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (i, t) in truth.iter().enumerate() {
        pairs.extend(given.iter().enumerate().map(|(j, p)| (likeness(t, p) - 0.001 * i.abs_diff(j) as f64, i, j)));
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)).then(b.2.cmp(&a.2)));
    let mut aligned: BTreeMap<usize, usize> = BTreeMap::new();
    let mut used = vec![false; given.len()];
    for (score, i, j) in pairs {
        if score < 0.6 {
            break;
        }
        if !aligned.contains_key(&i) && !used[j] {
            aligned.insert(i, j);
            used[j] = true;
        }
    }
    aligned
}

/// 1 for the same amount, up to 1.2 for a description as alike as can be, 0.3 for each other cell.
fn likeness(truth: &Value, given: &Value) -> f64 {
    let cell = |name: &str| text(given.get(name)).zip(truth.get(name));
    let hit = |name: &str| cell(name).is_some_and(|(p, t)| matches(name, &p, t).0);
    let mut sum = if hit("amount") { 1.0 } else { 0.0 };
    if let Some((p, t)) = cell("description") {
        let one = std::slice::from_ref(t);
        let all = t.as_array().map_or(one, Vec::as_slice);
        sum += 1.2 * all.iter().filter_map(|t| text(Some(t))).map(|t| name_similarity(&p, &t)).fold(0.0, f64::max);
    }
    for name in ["quantity", "unit_price"] {
        if hit(name) {
            sum += 0.3;
        }
    }
    sum
}
