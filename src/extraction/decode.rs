//! From scores to values: for each field the most probable value or none, jointly under the laws
//! that an invoice obeys where the candidates allow it (net + tax = total, due not before issue,
//! supplier and buyer two parties).
//!
//! Pure: it sees candidates and scores only, so that training calibrates exactly what is used.

use std::collections::{BTreeMap, HashSet};

use rust_decimal::Decimal;

use super::candidates::{Candidate, Kind, SCORED};
use crate::domain::FieldName;
use crate::domain::text::fold;

/// A value chosen for a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// Its best candidate.
    pub row: usize,
    /// Raw probability of the value: the sum over candidates that say the same.
    pub probability: f64,
}

/// One possible value of a field.
#[derive(Debug, Clone)]
struct Value {
    row: usize,
    probability: f64,
}

impl Value {
    /// The value with the odds that adding up gives it.
    fn supported(&self) -> Self {
        let odds = self.probability / (1.0 - self.probability).max(1e-9) * ADDS_UP.exp();
        Self { row: self.row, probability: odds / (1.0 + odds) }
    }
}

/// Values tried in joint decisions.
const TRIED: usize = 10;
/// Log-odds for amounts that add up: that a page prints by accident just what is missing is rare.
const ADDS_UP: f64 = 3.5;
/// Log-odds for amounts that add up with one more amount of the document: a discount, shipping, a rounding.
const EXPLAINED: f64 = 1.5;
/// Log-odds against a tax above half the net, a net above the total, a due date before the issue.
const DISORDER: f64 = -2.5;

/// Chooses values. `scores` is row-major, `candidates × SCORED`; a value below `present` is left out.
#[must_use]
pub fn choose(candidates: &[Candidate], scores: &[f32], present: f64) -> BTreeMap<FieldName, Choice> {
    let options: Vec<Vec<Value>> = (0..SCORED.len()).map(|column| options(candidates, scores, column)).collect();
    let column = |field: FieldName| SCORED.iter().position(|f| *f == field).unwrap_or(0);
    let mut chosen: BTreeMap<FieldName, Choice> = BTreeMap::new();
    let keep = |chosen: &mut BTreeMap<FieldName, Choice>, field: FieldName, option: Option<&Value>| {
        if let Some(option) = option.filter(|o| o.probability >= present) {
            chosen.insert(field, Choice { row: option.row, probability: option.probability });
        }
    };
    for field in [FieldName::SupplierTaxId, FieldName::Iban] {
        keep(&mut chosen, field, options[column(field)].first());
    }
    for (a, b) in [(FieldName::SupplierName, FieldName::BuyerName), (FieldName::InvoiceNumber, FieldName::PurchaseOrder)] {
        let (first, second) = distinct(candidates, &options[column(a)], &options[column(b)]);
        keep(&mut chosen, a, first);
        keep(&mut chosen, b, second);
    }
    let (issue, due) = ordered(candidates, &options[column(FieldName::IssueDate)], &options[column(FieldName::DueDate)]);
    keep(&mut chosen, FieldName::IssueDate, issue);
    keep(&mut chosen, FieldName::DueDate, due);
    let fields = [FieldName::NetAmount, FieldName::TaxAmount, FieldName::TotalAmount];
    let triple = sums(candidates, &fields.map(|f| options[column(f)].as_slice()));
    for (field, option) in fields.into_iter().zip(triple) {
        keep(&mut chosen, field, option.as_ref());
    }
    chosen
}

/// The values of a field by falling probability: a softmax over its candidates and "absent",
/// summed over candidates of one value.
fn options(candidates: &[Candidate], scores: &[f32], column: usize) -> Vec<Value> {
    let rows: Vec<usize> = (0..candidates.len()).filter(|&i| Kind::of(SCORED[column]) == Some(candidates[i].kind)).collect();
    let score = |row: usize| f64::from(scores[row * SCORED.len() + column]);
    let top = rows.iter().map(|&r| score(r)).fold(0.0, f64::max);
    let sum = (-top).exp() + rows.iter().map(|&r| (score(r) - top).exp()).sum::<f64>();
    let mut by_value: BTreeMap<String, Value> = BTreeMap::new();
    for &row in &rows {
        let probability = (score(row) - top).exp() / sum;
        by_value
            .entry(key(&candidates[row]))
            .and_modify(|known| {
                if score(row) > score(known.row) {
                    known.row = row;
                }
                known.probability += probability;
            })
            .or_insert(Value { row, probability });
    }
    let mut options: Vec<Value> = by_value.into_values().collect();
    options.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.row.cmp(&b.row)));
    options
}

/// By what two candidates say the same.
fn key(candidate: &Candidate) -> String {
    match candidate.kind {
        Kind::Name => fold(&candidate.value),
        Kind::Amount => candidate.decimal().normalize().to_string(),
        Kind::Identifier => candidate.value.chars().filter(|c| !c.is_whitespace()).collect(),
        Kind::Date | Kind::Iban => candidate.value.clone(),
    }
}

/// The best value of each of two fields that are not the same value.
fn distinct<'a>(candidates: &[Candidate], a: &'a [Value], b: &'a [Value]) -> (Option<&'a Value>, Option<&'a Value>) {
    let (Some(first), Some(second)) = (a.first(), b.first()) else {
        return (a.first(), b.first());
    };
    let same = |x: &Value, y: &Value| key(&candidates[x.row]) == key(&candidates[y.row]);
    if !same(first, second) {
        return (Some(first), Some(second));
    }
    if first.probability >= second.probability {
        (Some(first), b.iter().find(|o| !same(first, o)))
    } else {
        (a.iter().find(|o| !same(second, o)), Some(second))
    }
}

/// Log-probabilities of the first values of a field and of "absent" (`None`).
fn weighed(options: &[Value]) -> Vec<(Option<&Value>, f64)> {
    let absent = (1.0 - options.iter().map(|o| o.probability).sum::<f64>()).max(1e-6);
    let mut all = vec![(None, absent.ln())];
    all.extend(options.iter().take(TRIED).map(|o| (Some(o), o.probability.max(1e-6).ln())));
    all
}

fn ordered<'a>(candidates: &[Candidate], issue: &'a [Value], due: &'a [Value]) -> (Option<&'a Value>, Option<&'a Value>) {
    let mut best = (f64::NEG_INFINITY, None, None);
    for (a, wa) in weighed(issue) {
        for (b, wb) in weighed(due) {
            let disorder = matches!((a, b), (Some(a), Some(b)) if candidates[b.row].date < candidates[a.row].date);
            let weight = wa + wb + if disorder { DISORDER } else { 0.0 };
            if weight > best.0 {
                best = (weight, a, b);
            }
        }
    }
    (best.1, best.2)
}

fn sums(candidates: &[Candidate], options: &[&[Value]; 3]) -> [Option<Value>; 3] {
    let value = |o: Option<&Value>| o.map(|o| candidates[o.row].decimal());
    let known: HashSet<Decimal> = candidates.iter().filter(|c| c.amount.is_some_and(|a| a.decimals)).map(|c| c.decimal().abs()).collect();
    let explained = |n: Decimal, t: Decimal, g: Decimal| {
        let rest = (n + t - g).abs();
        rest < n.abs() && ![n, t, g].contains(&rest) && known.contains(&rest)
    };
    let mut best = (f64::NEG_INFINITY, [None; 3], false);
    for (net, wn) in weighed(options[0]) {
        for (tax, wt) in weighed(options[1]) {
            for (total, wg) in weighed(options[2]) {
                let law = match (value(net), value(tax), value(total)) {
                    (Some(n), Some(t), Some(g)) if n + t == g => ADDS_UP,
                    (Some(n), Some(t), Some(g)) if t < n && explained(n, t, g) => EXPLAINED,
                    (Some(n), Some(t), _) if t.abs() * Decimal::TWO > n.abs() => DISORDER,
                    (Some(n), _, Some(g)) if n.abs() > g.abs() => DISORDER,
                    (_, Some(t), Some(g)) if t.abs() >= g.abs() && !g.is_zero() => DISORDER,
                    _ => 0.0,
                };
                let weight = wn + wt + wg + law;
                if weight > best.0 {
                    best = (weight, [net, tax, total], law == ADDS_UP);
                }
            }
        }
    }
    let (_, triple, adds_up) = best;
    triple.map(|value| value.map(|v| if adds_up { v.supported() } else { v.clone() }))
}
