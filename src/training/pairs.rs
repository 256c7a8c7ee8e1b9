//! Trains the duplicate model: candidate pairs of simulated books, a small network, calibration.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::domain::calibration::Calibration;
use crate::domain::history::Payable;
use crate::inference::Manifest;
use crate::screening::duplicates::{CandidateIndex, MODEL_NAME, PAIR_FEATURES, Prepared, contexts, features};

use super::folder::{scorer_manifest, write_model_folder};
use super::mlp::{Mlp, Plan, Table};
use super::ranking::Ranking;
use super::simulator::{Book, COMPANIES, Dice, Options, book};

/// Version of the model's inputs and outputs.
const VERSION: &str = "1.0.0";
/// Easy negatives kept, one in so many.
const EASY: i64 = 12;
/// Pairs of equal amounts and nothing else kept, one in so many.
const SERIES: i64 = 3;

/// Trains and writes the folder; returns the manifest. `say` gets lines of progress.
///
/// # Errors
/// Training or writing fails.
pub fn train(out: &Path, seed: u64, books: usize, mut say: impl FnMut(String)) -> anyhow::Result<Manifest> {
    let mut table = Table::new(PAIR_FEATURES.len());
    for number in 0..books {
        gather(&mut table, seed, number, &mut say);
    }
    let plan = Plan { hidden: vec![64, 32], epochs: 10, rate: 0.004, decay: 0.01, seed };
    let net = Mlp::train(&table, &plan, |epoch, loss| say(format!("epoch {} of {}: loss {loss:.5}", epoch + 1, plan.epochs)))?;
    let (mut fit, mut test) = (Table::new(table.width), Table::new(table.width));
    for number in 0..4 {
        gather(&mut fit, seed ^ 0x5eed, 1000 + number, &mut say);
        gather(&mut test, seed ^ 0x5eed, 2000 + number, &mut say);
    }
    let calibration = calibrate(&net.score(&fit.features)?, &fit);
    let ranking = rank(&net.score(&test.features)?, &test, &calibration);
    let (f1, precision, recall, threshold) = ranking.best_f1();
    let mut manifest = manifest(seed, books, &table);
    manifest.calibration.insert(crate::screening::SCORE.to_owned(), calibration);
    manifest.thresholds.insert("duplicate".to_owned(), threshold.clamp(0.3, 0.9));
    for (name, value) in [
        ("average_precision", ranking.average_precision()),
        ("best_f1", f1),
        ("precision", precision),
        ("recall", recall),
        ("recall_at_p95", ranking.recall_at(0.95)),
    ] {
        manifest.metrics.insert(name.to_owned(), (value * 1e4).round() / 1e4);
    }
    let card = card(&manifest, &table);
    write_model_folder(out, manifest, &net.to_onnx(MODEL_NAME)?, &card)
}

fn manifest(seed: u64, books: usize, table: &Table) -> Manifest {
    let data = format!("{} candidate pairs of {books} simulated books, seed {seed}; no real payment", table.len());
    scorer_manifest(MODEL_NAME, VERSION, "Probability that a payable pays the same debt as an earlier one", data, PAIR_FEATURES)
}

fn card(manifest: &Manifest, table: &Table) -> String {
    let metrics: String = manifest.metrics.iter().map(|(name, value)| format!("| {name} | {value} |\n")).collect();
    format!(
        "# duplicates {VERSION}\n\n{}.\n\nA fully connected network (two hidden layers of 64 and 32) over {} features of a pair: how numbers, amounts, vendors and dates relate, and what the \
         group says (series, reversals, parts). It scores candidates that share a blocking key; it never decides.\n\nTrained by `countersign train duplicates` on {}. {:.1} % of the pairs are \
         duplicates.\n\nOn simulated books that it was not trained on:\n\n| figure | value |\n|---|---|\n{metrics}\nThreshold: {:.3} (best F1 there). Scores are calibrated there too: on other \
         books they rank well but may be too high or low.\n\nLimits: a duplicate with another number, amount and date at another vendor is never compared. Numbers that follow each other with equal \
         amounts are hard to tell from typing errors. Columns that a history lacks lower its certainty.\n",
        manifest.task,
        PAIR_FEATURES.len(),
        manifest.training_data,
        100.0 * table.labels.iter().sum::<f32>() / table.len() as f32,
        manifest.thresholds.get("duplicate").copied().unwrap_or(0.5),
    )
}

/// Isotonic with ends that keep the order of scores beyond the outermost knots.
pub(super) fn calibrate(scores: &[f64], table: &Table) -> Calibration {
    let mut observed = Vec::new();
    for (row, score) in scores.iter().enumerate() {
        // Rows that stand for several are counted so often.
        observed.extend(std::iter::repeat_n((*score, table.labels[row] > 0.5), table.weights[row].round().max(1.0) as usize));
    }
    let mut fitted = Calibration::fit(&observed, 60);
    let mut knots: Vec<(f64, f64)> = Vec::new();
    for knot in fitted.knots.drain(..) {
        if knots.last().is_none_or(|last| knot.0 > last.0 + 1e-9) {
            knots.push(knot);
        }
    }
    if let (Some(&(first, low)), Some(&(last, high))) = (knots.first(), knots.last()) {
        if first > 0.0 {
            knots.insert(0, (0.0, low * 0.5));
        }
        if last < 1.0 {
            knots.push((1.0, f64::midpoint(high, 1.0)));
        }
    }
    // Flat stretches get a slight slope, so that calibration never makes ties.
    for at in 1..knots.len() {
        knots[at].1 = knots[at].1.max(knots[at - 1].1 + 1e-6).min(1.0);
    }
    Calibration { knots }
}

pub(super) fn rank(scores: &[f64], table: &Table, calibration: &Calibration) -> Ranking {
    let items =
        scores.iter().enumerate().map(|(row, s)| (calibration.apply(*s), table.labels[row] > 0.5, f64::from(table.weights[row]))).collect();
    let total = table.labels.iter().zip(&table.weights).map(|(y, w)| f64::from(y * w)).sum();
    Ranking::new(items, total)
}

fn gather(table: &mut Table, seed: u64, number: usize, say: &mut impl FnMut(String)) {
    let seed = seed.wrapping_mul(0x9e37_79b9).wrapping_add(number as u64);
    let mut dice = Dice::new(seed ^ 0xd0b5);
    let options = Options {
        seed,
        company: COMPANIES[number % COMPANIES.len()],
        vendors: 120 + dice.index(160),
        months: 14 + dice.index(22) as i32,
        duplicates: *dice.pick(&[0.01, 0.02, 0.03]),
        anomalies: 0.0,
    };
    let mut made = book(&options);
    blank_columns(&mut dice, &mut made.rows);
    let before = table.len();
    collect(table, &made, &mut dice);
    say(format!("book {number}: {} rows, {} duplicates, {} pairs", made.rows.len(), made.duplicates.len(), table.len() - before));
}

/// Histories lack columns: whole books are blanked, the richest kept most often as they are.
pub(super) fn blank_columns(dice: &mut Dice, rows: &mut [Payable]) {
    let gone: Vec<bool> = [0.6, 0.5, 0.25, 0.25, 0.15, 0.1, 0.08, 0.1].iter().map(|p| dice.chance(*p)).collect();
    for row in rows {
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
            row.currency.clear();
        }
        if gone[5] {
            row.vendor_id.clear();
        }
        if gone[6] {
            row.vendor_name.clear();
            if row.vendor_id.is_empty() {
                row.vendor_id = "1".to_owned();
            }
        }
        if gone[7] {
            row.invoice_date = None;
        }
    }
}

/// All candidate pairs of a book with their features; easy negatives are thinned and weighted.
fn collect(table: &mut Table, made: &Book, dice: &mut Dice) {
    let truth: HashSet<(usize, usize)> = made.duplicates.iter().map(|(a, b, _)| (*a, *b)).collect();
    let mut original: HashMap<usize, usize> = HashMap::new();
    for (a, b, _) in &made.duplicates {
        original.insert(*b, *a);
        original.entry(*a).or_insert(*a);
    }
    let prepared: Vec<Prepared> = made.rows.iter().map(Prepared::of).collect();
    let mut index = CandidateIndex::default();
    for (row, later) in prepared.iter().enumerate() {
        let positions = index.candidates(later);
        let candidates: Vec<&Prepared> = positions.iter().map(|p| &prepared[*p as usize]).collect();
        let found = contexts(later, &candidates);
        for ((position, candidate), context) in positions.iter().zip(&candidates).zip(&found) {
            let pair = (*position as usize, row);
            let label = truth.contains(&pair);
            let together = original.get(&pair.0).is_some_and(|debt| original.get(&pair.1) == Some(debt));
            if together && !label {
                continue;
            }
            let kept = if label { 1 } else { share(candidate, later) };
            if dice.range(1, kept) == 1 {
                table.push(&features(candidate, later, context), label, kept as f32);
            }
        }
        index.push(later, row as u32);
    }
}

/// A negative pair is kept once in so many: all that resemble a duplicate, few of the rest.
fn share(earlier: &Prepared, later: &Prepared) -> i64 {
    let same_number = earlier.number.confused == later.number.confused && !later.number.is_blank();
    let same_date = earlier.invoice_date.is_some() && earlier.invoice_date == later.invoice_date;
    match (same_number, earlier.cents == later.cents) {
        (true, _) => 1,
        (false, true) if same_date => 1,
        (false, true) => SERIES,
        (false, false) => EASY,
    }
}
