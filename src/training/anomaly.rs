//! Trains the anomaly model: payments of simulated books against their vendors' histories.

use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::path::Path;

use crate::domain::history::Payable;
use crate::inference::Manifest;
use crate::screening::anomaly::{ANOMALY_FEATURES, BookHistory, Hindsight, MODEL_NAME, Policy, Trace, VendorHistory, anomaly_features};

use super::folder::{scorer_manifest, write_model_folder};
use super::mlp::{Mlp, Plan, Table};
use super::pairs::{calibrate, rank};
use super::simulator::{COMPANIES, Dice, Options, book};

/// Version of the model's inputs and outputs.
const VERSION: &str = "2.0.0";
/// Rows of a book at most.
const MOST_ROWS: usize = 60_000;
/// One in so many ordinary rows is trained on.
const KEPT: usize = 8;
/// Books that calibrate, and as many that are reported on.
const HELD_OUT: usize = 8;

/// Trains and writes the folder; returns the manifest. `say` gets lines of progress.
///
/// # Errors
/// Training or writing fails.
pub fn train(out: &Path, seed: u64, books: usize, mut say: impl FnMut(String)) -> anyhow::Result<Manifest> {
    let mut table = Table::new(ANOMALY_FEATURES.len());
    for number in 0..books {
        gather(&mut table, seed, number, &mut say);
    }
    let plan = Plan { hidden: vec![64, 32], epochs: 12, rate: 0.003, decay: 0.05, seed };
    let net = Mlp::train(&table, &plan, |epoch, loss| say(format!("epoch {} of {}: loss {loss:.5}", epoch + 1, plan.epochs)))?;
    let (mut fit, mut test, mut at_time) = (Table::new(table.width), Table::new(table.width), Table::new(table.width));
    let mut kinds = Vec::new();
    for number in 0..HELD_OUT {
        whole(&mut fit, &mut Vec::new(), seed ^ 0x5eed, 1000 + number, number % 2 == 0);
        whole(&mut test, &mut kinds, seed ^ 0x5eed, 2000 + number, true);
        whole(&mut at_time, &mut Vec::new(), seed ^ 0x5eed, 2000 + number, false);
        say(format!("held-out book {number} of {HELD_OUT}"));
    }
    let calibration = calibrate(&net.score(&fit.features)?, &fit);
    let scores = net.score(&test.features)?;
    let ranking = rank(&scores, &test, &calibration);
    let (f1, precision, recall, threshold) = ranking.best_f1();
    let first = rank(&net.score(&at_time.features)?, &at_time, &calibration).average_precision();
    let mut manifest = manifest(seed, books, &table);
    manifest.calibration.insert(crate::screening::SCORE.to_owned(), calibration);
    manifest.thresholds.insert("unusual".to_owned(), threshold.clamp(0.3, 0.9));
    for (name, value) in [
        ("average_precision", ranking.average_precision()),
        ("average_precision_at_time", first),
        ("best_f1", f1),
        ("precision", precision),
        ("recall", recall),
    ] {
        manifest.metrics.insert(name.to_owned(), (value * 1e4).round() / 1e4);
    }
    let card = card(&manifest, &by_kind(&scores, &kinds));
    write_model_folder(out, manifest, &net.to_onnx(MODEL_NAME)?, &card)
}

fn manifest(seed: u64, books: usize, table: &Table) -> Manifest {
    let data = format!("{} payments chosen from {books} simulated books, seed {seed}; no real payment", table.len());
    scorer_manifest(
        MODEL_NAME,
        VERSION,
        "How unusual a payment is against its supplier's history and the company's book",
        data,
        ANOMALY_FEATURES,
    )
}

/// Share of each kind's rows among the hundredth that scores highest.
fn by_kind(scores: &[f64], kinds: &[&'static str]) -> String {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let mut found: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (place, row) in order.iter().enumerate().filter(|(_, row)| !kinds[**row].is_empty()) {
        let entry = found.entry(kinds[*row]).or_default();
        entry.0 += usize::from(place < scores.len() / 100);
        entry.1 += 1;
    }
    found.into_iter().map(|(kind, (top, all))| format!("| {kind} | {all} | {:.2} |\n", top as f64 / all as f64)).collect()
}

fn card(manifest: &Manifest, kinds: &str) -> String {
    let metrics: String = manifest.metrics.iter().map(|(name, value)| format!("| {name} | {value} |\n")).collect();
    format!(
        "# anomaly {VERSION}\n\n{}.\n\nA fully connected network (two hidden layers of 64 and 32) over {} features of a payment: against \
         its supplier's own past, against the whole book (shares, novelty rates and ranks up to that moment), and, where known, what came \
         after it. At the moment itself the last group is zero; the one model was trained with both.\n\nTrained by `countersign train \
         anomaly` on {}. Each book has its own habits and its own mix of kinds. Ordinary rows are thinned to one in {KEPT}, which counts \
         {KEPT} times.\n\nOn {HELD_OUT} simulated books that it was not trained on, all rows, with hindsight:\n\n| figure | value \
         |\n|---|---|\n{metrics}\nThreshold: {:.3} (best F1 there).\n\nShare of each kind among the 1 % that score highest (for `honest-` \
         kinds, less is better):\n\n| kind | rows | share |\n|---|---|---|\n{kinds}\nLimits: the first payment of a split, a series or to \
         a changed bank account can hardly be told when it is made. Columns that a history lacks leave their kinds unseen.\n",
        manifest.task,
        ANOMALY_FEATURES.len(),
        manifest.training_data,
        manifest.thresholds.get("unusual").copied().unwrap_or(0.5),
    )
}

/// One simulated book: its rows with the features of each, in order of time.
struct Seen {
    features: Vec<Vec<f32>>,
    /// Kind of anomaly or look-alike; empty for the rest.
    kinds: Vec<&'static str>,
}

/// Makes a book and computes its features, with hindsight (`true`), without, or for each row by chance.
fn observe(seed: u64, number: usize, hindsight: Option<bool>) -> Seen {
    let seed = seed.wrapping_mul(0x9e37_79b9).wrapping_add(0xa000 + number as u64);
    let mut dice = Dice::new(seed ^ 0xd0b5);
    let options = Options {
        seed,
        company: COMPANIES[number % COMPANIES.len()],
        vendors: (100.0 * 45_f64.powf(dice.unit())) as usize,
        months: 14 + dice.index(60) as i32,
        duplicates: 0.0,
        anomalies: 0.002 * 15_f64.powf(dice.unit()),
    };
    let made = book(&options);
    let mut rows: Vec<(Payable, &'static str)> = made
        .rows
        .into_iter()
        .enumerate()
        .map(|(row, payable)| (payable, made.anomalies.get(&row).or_else(|| made.honest.get(&row)).copied().unwrap_or_default()))
        .collect();
    blank_columns(&mut dice, &mut rows);
    rows.sort_by_key(|(payable, _)| (payable.effective_date(), payable.row));
    rows.truncate(MOST_ROWS);
    let limits =
        if dice.chance(0.85) { made.limits.iter().map(|limit| Decimal::from(*limit)).collect() } else { Policy::default().approval_limits };
    let seen: Vec<bool> = rows.iter().map(|_| hindsight.unwrap_or_else(|| dice.chance(0.6))).collect();
    Seen { features: features(&rows, &seen, &Policy { approval_limits: limits }), kinds: rows.into_iter().map(|row| row.1).collect() }
}

/// The features of a book in order of time; `seen`: whether a row may look at what came later.
fn features(rows: &[(Payable, &'static str)], seen: &[bool], policy: &Policy) -> Vec<Vec<f32>> {
    let mut company = BookHistory::default();
    let mut views = Vec::with_capacity(rows.len());
    let mut suppliers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, (payable, _)) in rows.iter().enumerate() {
        views.push(company.view(payable));
        company.push(payable);
        suppliers.entry(&payable.vendor_id).or_default().push(at);
    }
    let end = rows.last().map_or(0, |(payable, _)| Trace::of(payable).day());
    let mut out = vec![Vec::new(); rows.len()];
    for own in suppliers.into_values() {
        let traces: Vec<Trace> = own.iter().map(|at| Trace::of(&rows[*at].0)).collect();
        let mut history = VendorHistory::default();
        for (nth, at) in own.into_iter().enumerate() {
            let later = if seen[at] { Hindsight::new(&traces[nth + 1..], end) } else { Hindsight::none() };
            out[at] = anomaly_features(&rows[at].0, &history, &views[at], &later, policy);
            history.push(&rows[at].0);
        }
    }
    out
}

/// Adds a book to what is trained on: all labelled rows and look-alikes, and one in [`KEPT`] of the others
/// with so much more weight. Large books weigh less a row.
fn gather(table: &mut Table, seed: u64, number: usize, say: &mut impl FnMut(String)) {
    let book = observe(seed, number, None);
    let mut dice = Dice::new(seed ^ 0x5a3e ^ number as u64);
    let weight = (8000.0 / book.kinds.len().max(500) as f32).sqrt();
    let mut bad = 0;
    for (row, kind) in book.features.iter().zip(&book.kinds) {
        let anomalous = !kind.is_empty() && !kind.starts_with("honest-");
        bad += usize::from(anomalous);
        if !kind.is_empty() {
            table.push(row, anomalous, weight);
        } else if dice.index(KEPT) == 0 {
            table.push(row, false, weight * KEPT as f32);
        }
    }
    say(format!("book {number}: {} rows, {bad} anomalous", book.kinds.len()));
}

/// Whole rows of a book, for calibration and figures.
fn whole(table: &mut Table, kinds: &mut Vec<&'static str>, seed: u64, number: usize, hindsight: bool) {
    let book = observe(seed, number, Some(hindsight));
    for (row, kind) in book.features.iter().zip(&book.kinds) {
        table.push(row, !kind.is_empty() && !kind.starts_with("honest-"), 1.0);
    }
    kinds.extend(book.kinds);
}

/// Whole books lack columns now and then.
fn blank_columns(dice: &mut Dice, rows: &mut [(Payable, &'static str)]) {
    let gone: Vec<bool> = [0.15, 0.12, 0.08, 0.08, 0.1, 0.1, 0.1, 0.06, 0.15].iter().map(|p| dice.chance(*p)).collect();
    for (row, _) in rows {
        if gone[0] {
            row.bank_account.clear();
        }
        if gone[1] {
            row.po_number.clear();
        }
        if gone[2] {
            row.department.clear();
        }
        if gone[3] {
            row.account_code.clear();
        }
        if gone[4] {
            row.posted_at = None;
        }
        if gone[5] {
            row.posted_by.clear();
        }
        if gone[6] {
            row.due_date = None;
        }
        if gone[7] {
            row.invoice_date = None;
        }
        if gone[8] {
            row.approved_by.clear();
        }
    }
}
