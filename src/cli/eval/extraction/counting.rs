//! Counting: what is right, wrong, missed and invented, by source and field.

use std::collections::BTreeMap;

use serde_json::Value;

use super::folders::{Document, text};
use super::lines::score_lines;
use crate::cli::eval::similar::same;

/// The scored header fields, in the order of the tables.
pub const HEADER: [&str; 12] = [
    "invoice_number",
    "issue_date",
    "due_date",
    "supplier_name",
    "supplier_tax_id",
    "buyer_name",
    "iban",
    "currency",
    "net_amount",
    "tax_amount",
    "total_amount",
    "purchase_order",
];
/// Rows of the lines, in the order of the tables.
pub const LINE_ROWS: [&str; 5] = ["lines.description", "lines.quantity", "lines.unit_price", "lines.amount", "line_item"];

/// Counts of one field.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Given and right.
    pub tp: usize,
    /// Given and wrong, invented values included.
    pub fp: usize,
    /// There, and not given or wrong.
    pub fn_: usize,
    /// Strictly equal.
    pub exact: usize,
    /// Documents (or lines) that have a value.
    pub n: usize,
    /// Documents verified to have none.
    pub absent: usize,
    /// Of those, how many were given a value.
    pub invented: usize,
}

/// `a / b`, 0 where `b` is 0.
pub fn share(a: usize, b: usize) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}

impl Counts {
    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        for (to, from) in [
            (&mut self.tp, other.tp),
            (&mut self.fp, other.fp),
            (&mut self.fn_, other.fn_),
            (&mut self.exact, other.exact),
            (&mut self.n, other.n),
            (&mut self.absent, other.absent),
            (&mut self.invented, other.invented),
        ] {
            *to += from;
        }
    }

    /// Right ones of those given.
    pub fn precision(&self) -> f64 {
        share(self.tp, self.tp + self.fp)
    }

    /// Right ones of those there.
    pub fn recall(&self) -> f64 {
        share(self.tp, self.tp + self.fn_)
    }

    /// Harmonic mean of both.
    pub fn f1(&self) -> f64 {
        let (p, r) = (self.precision(), self.recall());
        if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 }
    }

    /// Strictly equal ones of those there.
    pub fn exact_match(&self) -> f64 {
        share(self.exact, self.n)
    }
}

/// Everything counted of one source.
#[derive(Debug, Default, Clone)]
pub struct Table {
    /// Documents compared.
    pub documents: usize,
    /// Documents without a prediction.
    pub missing: usize,
    /// Documents with every known header field right.
    pub perfect: usize,
    /// By field and row of lines.
    pub fields: BTreeMap<&'static str, Counts>,
    /// Seconds that each document took, where said.
    pub seconds: Vec<f64>,
}

impl Table {
    /// All header fields together.
    pub fn micro(&self) -> Counts {
        let mut micro = Counts::default();
        HEADER.iter().filter_map(|f| self.fields.get(f)).for_each(|c| micro.add(c));
        micro
    }

    /// Median and longest time of a document.
    pub fn times(&self) -> Option<(f64, f64)> {
        let mut sorted = self.seconds.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let longest = *sorted.last()?;
        let median = if sorted.len().is_multiple_of(2) { f64::midpoint(sorted[middle - 1], sorted[middle]) } else { sorted[middle] };
        Some((median, longest))
    }

    fn add(&mut self, other: &Self) {
        self.documents += other.documents;
        self.missing += other.missing;
        self.perfect += other.perfect;
        self.seconds.extend(&other.seconds);
        for (field, counts) in &other.fields {
            self.fields.entry(field).or_default().add(counts);
        }
    }
}

/// A header field that is not right.
#[derive(Debug, Clone, PartialEq)]
pub struct Wrong {
    /// Which.
    pub field: &'static str,
    /// What was given.
    pub given: Option<String>,
    /// How sure it was.
    pub confidence: Option<f64>,
    /// What is there; `null` where nothing is.
    pub truth: Value,
}

/// A document with header errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Faulty {
    /// Its source.
    pub source: String,
    /// Its path without extension.
    pub name: String,
    /// Its errors, in the order of the fields.
    pub errors: Vec<Wrong>,
}

/// A given value whose truth is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// Of which field.
    pub field: &'static str,
    /// How sure it was.
    pub confidence: f64,
    /// Whether it is right; an invented one is not.
    pub right: bool,
}

/// Everything counted.
#[derive(Debug, Default)]
pub struct Scores {
    /// By source.
    pub sources: BTreeMap<String, Table>,
    /// Documents with header errors, in order of name.
    pub faulty: Vec<Faulty>,
    /// Given header values with a confidence.
    pub judged: Vec<Judged>,
    /// Given header values without one.
    pub unsaid: usize,
}

impl Scores {
    /// Compares one document.
    pub fn document(&mut self, document: &Document, prediction: Option<Value>, lines: bool) {
        let (source, truth) = (&document.source, &document.truth);
        let table = self.sources.entry(source.clone()).or_default();
        table.documents += 1;
        table.missing += usize::from(prediction.is_none());
        let prediction = prediction.unwrap_or(Value::Null);
        table.seconds.extend(prediction["_seconds"].as_f64());
        let mut any = false;
        let mut errors = Vec::new();
        for field in HEADER {
            let Some(expected) = truth.get(field) else { continue };
            let given = text(prediction.get(field));
            let confidence = prediction["_confidence"][field].as_f64();
            any |= !expected.is_null();
            let right = score_value(table.fields.entry(field).or_default(), field, given.as_deref(), expected);
            match (&given, confidence) {
                (Some(_), Some(confidence)) => self.judged.push(Judged { field, confidence, right }),
                (Some(_), None) => self.unsaid += 1,
                (None, _) => {}
            }
            if !right {
                errors.push(Wrong { field, given, confidence, truth: expected.clone() });
            }
        }
        table.perfect += usize::from(errors.is_empty() && any);
        if !errors.is_empty() {
            self.faulty.push(Faulty { source: source.clone(), name: document.name.clone(), errors });
        }
        if let (true, Some(expected)) = (lines, truth["lines"].as_array().filter(|l| !l.is_empty())) {
            let given: Vec<&Value> = prediction["lines"].as_array().into_iter().flatten().filter(|l| l.is_object()).collect();
            score_lines(&mut table.fields, expected, &given);
        }
    }

    /// Notes a document that has no prediction and is not compared.
    pub fn passed_over(&mut self, document: &Document) {
        self.sources.entry(document.source.clone()).or_default().missing += 1;
    }

    /// All sources together.
    pub fn total(&self) -> Table {
        let mut total = Table::default();
        self.sources.values().for_each(|table| total.add(table));
        total
    }

    /// The documents with the most header errors, most first, then by name.
    pub fn worst(&self, most: usize) -> Vec<&Faulty> {
        let mut worst: Vec<&Faulty> = self.faulty.iter().collect();
        worst.sort_by(|a, b| b.errors.len().cmp(&a.errors.len()).then_with(|| a.name.cmp(&b.name)));
        worst.truncate(most);
        worst
    }
}

/// Compares with a truth that may be a list: leniently right, strictly right.
pub fn matches(field: &str, predicted: &str, truth: &Value) -> (bool, bool) {
    let one = std::slice::from_ref(truth);
    let all = truth.as_array().map_or(one, Vec::as_slice);
    all.iter().filter_map(|t| text(Some(t))).map(|t| same(field, predicted, &t)).fold((false, false), |sum, m| (sum.0 | m.0, sum.1 | m.1))
}

/// Counts one value; `true` where it is right.
pub fn score_value(counts: &mut Counts, field: &str, given: Option<&str>, expected: &Value) -> bool {
    if expected.is_null() {
        counts.absent += 1;
        counts.fp += usize::from(given.is_some());
        counts.invented += usize::from(given.is_some());
        return given.is_none();
    }
    counts.n += 1;
    let Some(given) = given else {
        counts.fn_ += 1;
        return false;
    };
    let (right, exact) = matches(field, given, expected);
    counts.exact += usize::from(exact);
    if right {
        counts.tp += 1;
    } else {
        counts.fp += 1;
        counts.fn_ += 1;
    }
    right
}
