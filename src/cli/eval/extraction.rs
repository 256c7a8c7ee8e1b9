//! `countersign eval extraction`: precision, recall, F1, exact match and calibration of extracted
//! fields by source and field, against `<name>.truth.json` files.
//!
//! A truth value is the one right answer; a list means any of these; `null` means verified absent
//! (a prediction there is invented); a missing key is not scored.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::Value;

use super::similar::{name_similarity, same};
use crate::cli::{Global, Outcome, WrongUse};

/// Options of `eval extraction`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of `<name>.truth.json` files
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_TRUTH")]
    truth: PathBuf,
    /// Folder of `countersign extract`'s results, laid out as the truth folder
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_PRED")]
    pred: PathBuf,
    /// Only these sources
    #[arg(long, value_name = "NAME", env = "COUNTERSIGN_SOURCE", num_args = 1.., value_delimiter = ',')]
    source: Vec<String>,
    /// List the first N errors
    #[arg(long, value_name = "N", env = "COUNTERSIGN_ERRORS", default_value_t = 0)]
    errors: usize,
    /// Leave the lines out
    #[arg(long, env = "COUNTERSIGN_NO_LINES", value_parser = clap::builder::FalseyValueParser::new())]
    no_lines: bool,
}

/// The scored header fields, in the order of the table.
const HEADER: [&str; 12] = [
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
const CELLS: [&str; 4] = ["description", "quantity", "unit_price", "amount"];
const LINE_ROWS: [&str; 5] = ["lines.description", "lines.quantity", "lines.unit_price", "lines.amount", "line_item"];

/// Counts of one field.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    tp: usize,
    fp: usize,
    fn_: usize,
    exact: usize,
    n: usize,
    absent: usize,
    invented: usize,
}

impl Counts {
    fn add(&mut self, other: &Self) {
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

    fn row(&self, label: &str) -> String {
        let share = |a: usize, b: usize| if b == 0 { 0.0 } else { a as f64 / b as f64 };
        let (p, r) = (share(self.tp, self.tp + self.fp), share(self.tp, self.tp + self.fn_));
        let f1 = if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 };
        let absent = if self.absent > 0 { format!("  absent={} invented={}", self.absent, self.invented) } else { String::new() };
        format!("  {label:<18} n={:<5} P={p:6.3} R={r:6.3} F1={f1:6.3} EM={:6.3}{absent}", self.n, share(self.exact, self.n))
    }
}

/// Everything counted of one source.
#[derive(Debug, Default)]
struct Table {
    documents: usize,
    missing: usize,
    perfect: usize,
    fields: BTreeMap<&'static str, Counts>,
}

#[derive(Debug, Default)]
struct Scores {
    sources: BTreeMap<String, Table>,
    errors: Vec<String>,
    /// Confidence of each given header value and whether it was right.
    confidence: Vec<(f64, bool)>,
}

pub(super) fn run(_global: &Global, args: Args) -> Outcome {
    for folder in [&args.truth, &args.pred] {
        if !folder.is_dir() {
            return Err(WrongUse(format!("there is no folder {}", folder.display())).into());
        }
    }
    let mut truths = Vec::new();
    find_truths(&args.truth, &mut truths)?;
    if truths.is_empty() {
        return Err(WrongUse(format!("no .truth.json files under {}", args.truth.display())).into());
    }
    let mut scores = Scores::default();
    for path in truths {
        let truth: Value = serde_json::from_slice(&std::fs::read(&path)?).with_context(|| format!("{} is not JSON", path.display()))?;
        let relative = path.strip_prefix(&args.truth).unwrap_or(&path);
        let name = relative.to_string_lossy().trim_end_matches(".truth.json").to_owned();
        let folder = relative.parent().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
        let source = truth["_meta"]["source"].as_str().map_or(if folder.is_empty() { ".".to_owned() } else { folder }, str::to_owned);
        if !args.source.is_empty() && !args.source.contains(&source) {
            continue;
        }
        let prediction = prediction(&args.pred, relative, &name, &truth);
        scores.document(&source, &name, &truth, prediction, !args.no_lines);
    }
    scores.print(args.errors);
    Ok(ExitCode::SUCCESS)
}

fn find_truths(dir: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    let mut paths = entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            find_truths(&path, found)?;
        } else if path.to_string_lossy().ends_with(".truth.json") {
            found.push(path);
        }
    }
    Ok(())
}

fn prediction(dir: &Path, relative: &Path, name: &str, truth: &Value) -> Option<Value> {
    let by_file = truth["_meta"]["file"].as_str().map(|file| relative.with_file_name(format!("{file}.json")));
    [by_file, Some(PathBuf::from(format!("{name}.json")))].into_iter().flatten().find_map(|path| {
        let bytes = std::fs::read(dir.join(path)).ok()?;
        serde_json::from_slice(&bytes).ok()
    })
}

/// A value as text; nothing for null, empty text and empty lists.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(s) if !s.trim().is_empty() => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Array(a) => text(a.first()),
        _ => None,
    }
}

/// Compares with a truth that may be a list.
fn matches(field: &str, predicted: &str, truth: &Value) -> (bool, bool) {
    let one = std::slice::from_ref(truth);
    let all = truth.as_array().map_or(one, Vec::as_slice);
    all.iter().filter_map(|t| text(Some(t))).map(|t| same(field, predicted, &t)).fold((false, false), |sum, m| (sum.0 | m.0, sum.1 | m.1))
}

impl Scores {
    fn document(&mut self, source: &str, name: &str, truth: &Value, prediction: Option<Value>, lines: bool) {
        let table = self.sources.entry(source.to_owned()).or_default();
        table.documents += 1;
        table.missing += usize::from(prediction.is_none());
        let prediction = prediction.unwrap_or(Value::Null);
        let (mut all_right, mut any) = (true, false);
        for field in HEADER {
            let Some(expected) = truth.get(field) else { continue };
            let given = text(prediction.get(field));
            let counts = table.fields.entry(field).or_default();
            any |= !expected.is_null();
            let right = score_value(counts, field, given.as_deref(), expected);
            if !right {
                all_right = false;
                self.errors.push(format!("{name} | {field} | {} | {expected}", given.as_deref().unwrap_or("-")));
            }
            if given.is_some()
                && let Some(confidence) = prediction["_confidence"][field].as_f64()
            {
                self.confidence.push((confidence, right));
            }
        }
        table.perfect += usize::from(all_right && any);
        if let (true, Some(expected)) = (lines, truth["lines"].as_array().filter(|l| !l.is_empty())) {
            let none = Vec::new();
            score_lines(&mut table.fields, expected, prediction["lines"].as_array().unwrap_or(&none));
        }
    }

    fn print(&self, errors: usize) {
        let mut total = Table::default();
        for (source, table) in &self.sources {
            print_table(source, table);
            total.documents += table.documents;
            total.missing += table.missing;
            total.perfect += table.perfect;
            for (field, counts) in &table.fields {
                total.fields.entry(field).or_default().add(counts);
            }
        }
        print_table("ALL", &total);
        self.print_calibration();
        if errors > 0 {
            println!("\nfirst {errors} errors (document | field | predicted | truth):");
            self.errors.iter().take(errors).for_each(|line| println!("  {line}"));
        }
    }

    /// Expected calibration error over ten equal steps of confidence, and risk by coverage.
    fn print_calibration(&self) {
        if self.confidence.is_empty() {
            return;
        }
        let all = self.confidence.len() as f64;
        let mut error = 0.0;
        println!("\nconfidence of given header values (n={})", self.confidence.len());
        for step in 0..10 {
            let low = f64::from(step) / 10.0;
            let bin: Vec<&(f64, bool)> = self.confidence.iter().filter(|c| c.0 >= low && (c.0 < low + 0.1 || step == 9)).collect();
            if bin.is_empty() {
                continue;
            }
            let mean = bin.iter().map(|c| c.0).sum::<f64>() / bin.len() as f64;
            let right = bin.iter().filter(|c| c.1).count() as f64 / bin.len() as f64;
            error += (mean - right).abs() * bin.len() as f64 / all;
            println!("  {low:.1}–{:.1}  n={:<5} said={mean:.3} right={right:.3}", low + 0.1, bin.len());
        }
        println!("  expected calibration error {error:.3}");
        for threshold in [0.5, 0.8, 0.9, 0.95, 0.98] {
            let kept: Vec<&(f64, bool)> = self.confidence.iter().filter(|c| c.0 >= threshold).collect();
            let right = kept.iter().filter(|c| c.1).count() as f64 / kept.len().max(1) as f64;
            println!("  from {threshold:.2}: {:.3} of values, {right:.3} right", kept.len() as f64 / all);
        }
    }
}

/// Counts one value; `true` where it is right.
fn score_value(counts: &mut Counts, field: &str, given: Option<&str>, expected: &Value) -> bool {
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

fn score_lines(fields: &mut BTreeMap<&'static str, Counts>, truth: &[Value], given: &[Value]) {
    let aligned = align(truth, given);
    for (i, expected) in truth.iter().enumerate() {
        let line = aligned.get(&i).map(|&j| &given[j]);
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
                fields.entry(row).or_default().fp += usize::from(text(line.get(cell)).is_some());
            }
        }
    }
}

/// Pairs true and predicted lines one to one, the most alike first.
fn align(truth: &[Value], given: &[Value]) -> BTreeMap<usize, usize> {
    let score = |t: &Value, p: &Value| {
        let cell = |name: &str| text(p.get(name)).zip(t.get(name).filter(|v| !v.is_null()));
        let hit = |name: &str| cell(name).is_some_and(|(p, t)| matches(name, &p, t).0);
        let mut sum = if hit("amount") { 1.0 } else { 0.0 };
        if let Some((p, t)) = cell("description") {
            let one = std::slice::from_ref(t);
            let all = t.as_array().map_or(one, Vec::as_slice);
            sum += 1.2 * all.iter().filter_map(|t| text(Some(t))).map(|t| name_similarity(&p, &t)).fold(0.0, f64::max);
        }
        sum + if hit("quantity") { 0.3 } else { 0.0 } + if hit("unit_price") { 0.3 } else { 0.0 }
    };
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (i, t) in truth.iter().enumerate() {
        pairs.extend(given.iter().enumerate().map(|(j, p)| (score(t, p) - 0.001 * i.abs_diff(j) as f64, i, j)));
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)).then(b.2.cmp(&a.2)));
    let mut aligned: BTreeMap<usize, usize> = BTreeMap::new();
    for (score, i, j) in pairs {
        if score < 0.6 {
            break;
        }
        if !aligned.contains_key(&i) && !aligned.values().any(|&v| v == j) {
            aligned.insert(i, j);
        }
    }
    aligned
}

fn print_table(source: &str, table: &Table) {
    let share = table.perfect as f64 / table.documents.max(1) as f64;
    println!(
        "\n[{source}] documents={} without prediction={} all known header fields right={} ({:.1}%)",
        table.documents,
        table.missing,
        table.perfect,
        share * 100.0
    );
    let mut micro = Counts::default();
    for field in HEADER.into_iter().chain(LINE_ROWS) {
        if let Some(counts) = table.fields.get(field) {
            println!("{}", counts.row(field));
            if HEADER.contains(&field) {
                micro.add(counts);
            }
        }
    }
    println!("{}", micro.row(if source == "ALL" { "MICRO-AVERAGE" } else { "micro(header)" }));
}
