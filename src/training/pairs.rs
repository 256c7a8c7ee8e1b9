//! Trains the duplicate model: candidate pairs of simulated books, boosted trees, calibration.

mod gather;

use std::path::Path;

use crate::domain::calibration::Calibration;
use crate::inference::Manifest;
use crate::screening::duplicates::{MODEL_NAME, PAIR_FEATURES};

use gather::gather;

use super::boosting::{Forest, Growth};
use super::folder::{scorer_manifest, write_model_folder};
use super::mlp::{Mlp, Plan};
use super::ranking::Ranking;
use super::table::Table;

/// Version of the model's inputs and outputs.
const VERSION: &str = "2.0.0";
/// Books that calibrate, and as many that test.
const HELD_OUT: usize = 12;
/// Precision on the test books that the default threshold must reach.
const PRECISION: f64 = 0.95;

/// Trains and writes the folder; returns the manifest. `say` gets lines of progress.
///
/// # Errors
/// Training or writing fails.
pub fn train(out: &Path, seed: u64, books: usize, mut say: impl FnMut(String)) -> anyhow::Result<Manifest> {
    let table = read(seed, 0, books, &mut say);
    let growth = Growth { trees: 160, leaves: 31, rate: 0.12, rows: 40, penalty: 10.0, sample: 0.8, columns: 0.5, seed };
    let forest = Forest::train(&table, &growth, |tree, loss| say(format!("tree {tree} of {}: loss {loss:.6}", growth.trees)))?;
    let fit = read(seed ^ 0x5eed, 10_000, HELD_OUT, &mut say);
    let test = read(seed ^ 0x5eed, 20_000, HELD_OUT, &mut say);
    let calibration = calibrate(&forest.score(&fit.features), &fit);
    let ranking = rank(&forest.score(&test.features), &test, &calibration);
    let plan = Plan { hidden: vec![64, 32], epochs: 10, rate: 0.004, decay: 0.01, seed };
    let net = Mlp::train(&table, &plan, |epoch, loss| say(format!("network, epoch {} of {}: loss {loss:.6}", epoch + 1, plan.epochs)))?;
    let rival = rank(&net.score(&test.features)?, &test, &calibrate(&net.score(&fit.features)?, &fit));

    let mut manifest = manifest(seed, books, &table);
    manifest.calibration.insert(crate::screening::SCORE.to_owned(), calibration);
    manifest.thresholds.insert("duplicate".to_owned(), threshold(&ranking));
    for (prefix, ranking) in [("", &ranking), ("network_", &rival)] {
        let (f1, precision, recall, _) = ranking.best_f1();
        for (name, value) in [
            ("average_precision", ranking.average_precision()),
            ("best_f1", f1),
            ("precision", precision),
            ("recall", recall),
            ("recall_at_p95", ranking.recall_at(0.95)),
        ] {
            manifest.metrics.insert(format!("{prefix}{name}"), (value * 1e4).round() / 1e4);
        }
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

/// The lowest score from which [`PRECISION`] holds, but no lower than where F1 is best.
fn threshold(ranking: &Ranking) -> f64 {
    let (_, _, _, best) = ranking.best_f1();
    ranking.score_at(PRECISION).unwrap_or(best).max(best).clamp(0.3, 0.9)
}

fn manifest(seed: u64, books: usize, table: &Table) -> Manifest {
    let data = format!("{} candidate pairs of {books} simulated books, seed {seed}; no real payment", table.len());
    scorer_manifest(MODEL_NAME, VERSION, "Probability that a payable pays the same debt as an earlier one", data, PAIR_FEATURES)
}

fn card(manifest: &Manifest, table: &Table, growth: &Growth, gains: &[f64]) -> String {
    let metric = |name: &str| manifest.metrics.get(name).copied().unwrap_or(0.0);
    let metrics: String = ["average_precision", "best_f1", "precision", "recall", "recall_at_p95"]
        .iter()
        .map(|name| format!("| {} | {} | {} |\n", name.replace('_', " "), metric(name), metric(&format!("network_{name}"))))
        .collect();
    let mut named: Vec<(&str, f64)> = PAIR_FEATURES.iter().copied().zip(gains.iter().copied()).collect();
    named.sort_by(|a, b| b.1.total_cmp(&a.1));
    let strongest: String = named.iter().take(12).map(|(name, gain)| format!("| {name} | {:.1} % |\n", gain * 100.0)).collect();
    format!(
        "# duplicates {VERSION}\n\n{}.\n\nGradient-boosted trees ({} of at most {} leaves) over {} features of a pair: how numbers, amounts, vendors and dates relate, and what \
         the group says (series, reversals, parts). They score candidates that share a blocking key and have evidence in two of number, amount and date; they never decide.\n\nTrained by \
         `countersign train duplicates` on {}. {:.1} % of the pairs are duplicates. The simulator draws the kinds of error, the honest look-alikes and how often each occurs anew for every \
         book.\n\nOn {HELD_OUT} simulated books that neither was trained on, beside a fully connected network (hidden layers of 64 and 32) trained on the same pairs; the trees are \
         kept:\n\n| figure | trees | network |\n|---|---|---|\n{metrics}\nThreshold: {:.3} (precision {PRECISION} there). Scores are calibrated on other simulated books at their share \
         of duplicates, 1 to 4 in 100 rows: on other books they rank well but may be too high or low.\n\nWhat the trees use most:\n\n| feature | share of the gain |\n|---|---|\n{strongest}\n\
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
