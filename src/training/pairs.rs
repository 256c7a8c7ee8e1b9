//! Trains the duplicate model: candidate pairs of simulated books, boosted trees, calibration.

mod gather;

use std::path::Path;

use crate::domain::calibration::Calibration;
use crate::inference::Manifest;
use crate::screening::duplicates::{MODEL_NAME, PAIR_FEATURES};

use gather::gather;

use super::boosting::{Forest, Growth};
use super::folder::{scorer_manifest, write_model_folder};
use super::ranking::Ranking;
use super::table::Table;

/// Version of the model's inputs and outputs.
const VERSION: &str = "2.0.0";
/// Books that calibrate, and as many that test.
const HELD_OUT: usize = 12;
/// The default threshold lies within these: what is likelier a duplicate than not is always shown.
const THRESHOLD: (f64, f64) = (0.3, 0.5);
/// Trees, leaves and the rest were chosen on simulated books and on the development books.
const GROWTH: Growth = Growth { trees: 200, leaves: 31, rate: 0.1, rows: 40, penalty: 10.0, sample: 0.8, columns: 0.5, seed: 0 };

/// Trains and writes the folder; returns the manifest. `say` gets lines of progress.
///
/// # Errors
/// Training or writing fails.
pub fn train(out: &Path, seed: u64, books: usize, mut say: impl FnMut(String)) -> anyhow::Result<Manifest> {
    let table = read(seed, 0, books, &mut say);
    let growth = Growth { seed, ..GROWTH };
    let forest = Forest::train(&table, &growth, |tree, loss| say(format!("tree {tree} of {}: loss {loss:.6}", growth.trees)))?;
    let fit = read(seed ^ 0x5eed, 10_000, HELD_OUT, &mut say);
    let test = read(seed ^ 0x5eed, 20_000, HELD_OUT, &mut say);
    let calibration = calibrate(&forest.score(&fit.features), &fit);
    let ranking = rank(&forest.score(&test.features), &test, &calibration);
    let mut manifest = manifest(seed, books, &table);
    manifest.calibration.insert(crate::screening::SCORE.to_owned(), calibration);
    let (f1, precision, recall, best) = ranking.best_f1();
    manifest.thresholds.insert("duplicate".to_owned(), best.clamp(THRESHOLD.0, THRESHOLD.1));
    for (name, value) in [
        ("average_precision", ranking.average_precision()),
        ("best_f1", f1),
        ("precision", precision),
        ("recall", recall),
        ("recall_at_p95", ranking.recall_at(0.95)),
    ] {
        manifest.metrics.insert(name.to_owned(), (value * 1e4).round() / 1e4);
    }
    let card = card(&manifest, &table, &growth, &forest.gains());
    write_model_folder(out, manifest, &forest.to_onnx(MODEL_NAME), &card)
}

fn read(seed: u64, from: usize, books: usize, say: &mut impl FnMut(String)) -> Table {
    let mut table = Table::new(PAIR_FEATURES.len());
    for number in from..from + books {
        let made = gather(&mut table, seed, number);
        say(format!("book {number}: {} rows, {} duplicates, {} pairs", made.rows, made.duplicates, made.pairs));
    }
    table
}

fn manifest(seed: u64, books: usize, table: &Table) -> Manifest {
    let data = format!("{} candidate pairs of {books} simulated books, seed {seed}; no real payment", table.len());
    scorer_manifest(MODEL_NAME, VERSION, "Probability that a payable pays the same debt as an earlier one", data, PAIR_FEATURES)
}

fn card(manifest: &Manifest, table: &Table, growth: &Growth, gains: &[f64]) -> String {
    let metrics: String = manifest.metrics.iter().map(|(name, value)| format!("| {} | {value} |\n", name.replace('_', " "))).collect();
    let mut named: Vec<(&str, f64)> = PAIR_FEATURES.iter().copied().zip(gains.iter().copied()).collect();
    named.sort_by(|a, b| b.1.total_cmp(&a.1));
    let strongest: String = named.iter().take(12).map(|(name, gain)| format!("| {name} | {:.1} % |\n", gain * 100.0)).collect();
    format!(
        "# duplicates {VERSION}\n\n{}.\n\nGradient-boosted trees ({} of at most {} leaves) over {} features of a pair: how numbers, amounts, vendors and dates relate, and what \
         the group says (series, reversals, parts). They score candidates that share a blocking key and have evidence in two of number, amount and date; they never decide.\n\nTrained by \
         `countersign train duplicates` on {}. {:.1} % of the pairs are duplicates. The simulator draws the kinds of error, the honest look-alikes and how often each occurs anew for every \
         book.\n\nOn {HELD_OUT} simulated books that they were not trained on (harder than real ones: many more \
         errors that leave no trace, many more look-alikes):\n\n| figure | value |\n|---|---|\n{metrics}\nThreshold: {:.3} (best F1 there, within {} and {}). Scores are calibrated on \
         other simulated books at their share of duplicates, 1 to 4 in 100 rows: on other books they rank well but may be too high or low.\n\nCompared when they were chosen, on simulated pairs alike: fully connected networks of 64 and 32 and of 96 and 48 units \
         ranked the real development books with an average precision of 0.96 and 0.97, trees with 0.99, half as many and smaller trees with 0.98. The trees run as a `TreeEnsembleClassifier`, by a kernel of our own in tract.\n\nWhat the trees use most:\n\n| feature | share of the gain |\n|---|---|\n{strongest}\n\
         Limits: a duplicate with another number, amount and date is never compared. Numbers that follow each other with equal amounts on one day are hard to tell from typing errors; a missing \
         number at a vendor that bills the same often stays in doubt. The same paper at two unlike vendors is taken for a payee put right. Columns that a history lacks lower its \
         certainty.\n",
        manifest.task,
        growth.trees,
        growth.leaves,
        PAIR_FEATURES.len(),
        manifest.training_data,
        100.0 * table.labels.iter().sum::<f32>() / table.len() as f32,
        manifest.thresholds.get("duplicate").copied().unwrap_or(0.5),
        THRESHOLD.0,
        THRESHOLD.1,
    )
}

/// Isotonic with ends that keep the order of scores beyond the outermost knots. The few scores that are
/// not plainly low get most of the knots.
pub(super) fn calibrate(scores: &[f64], table: &Table) -> Calibration {
    let rows = scores.iter().zip(&table.labels).zip(&table.weights);
    calibration_of(&rows.map(|((score, label), weight)| (*score, *label > 0.5, f64::from(*weight))).collect::<Vec<_>>())
}

/// The same from `(score, right, weight)`.
pub(super) fn calibration_of(rows: &[(f64, bool, f64)]) -> Calibration {
    // Rows that stand for several are counted so often.
    let least = rows.iter().map(|row| row.2).fold(1.0, f64::min).max(0.05);
    const LOW: f64 = 0.02;
    let (mut low, mut high) = (Vec::new(), Vec::new());
    for (score, right, weight) in rows {
        let observed = if *score < LOW { &mut low } else { &mut high };
        observed.extend(std::iter::repeat_n((*score, *right), (weight / least).round().max(1.0) as usize));
    }
    let mut knots: Vec<(f64, f64)> = Vec::new();
    for knot in Calibration::fit(&low, 12).knots.into_iter().chain(Calibration::fit(&high, 40).knots) {
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
