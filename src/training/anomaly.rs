//! Trains the anomaly model: payments of simulated books against their vendors' histories.

use std::collections::HashMap;
use std::path::Path;

use crate::domain::history::Payable;
use crate::inference::Manifest;
use crate::screening::anomaly::{ANOMALY_FEATURES, BookHistory, MODEL_NAME, Policy, VendorHistory, anomaly_features};

use super::folder::{scorer_manifest, write_model_folder};
use super::mlp::{Mlp, Plan, Table};
use super::pairs::{calibrate, rank};
use super::simulator::{COMPANIES, Dice, Options, book};

/// Version of the model's inputs and outputs.
const VERSION: &str = "1.0.0";

/// Trains and writes the folder; returns the manifest. `say` gets lines of progress.
///
/// # Errors
/// Training or writing fails.
pub fn train(out: &Path, seed: u64, books: usize, mut say: impl FnMut(String)) -> anyhow::Result<Manifest> {
    let mut table = Table::new(ANOMALY_FEATURES.len());
    for number in 0..books {
        gather(&mut table, seed, number, &mut say);
    }
    let plan = Plan { hidden: vec![48, 24], epochs: 10, rate: 0.004, decay: 0.02, seed };
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
    manifest.thresholds.insert("unusual".to_owned(), threshold.clamp(0.3, 0.9));
    for (name, value) in [("average_precision", ranking.average_precision()), ("best_f1", f1), ("precision", precision), ("recall", recall)]
    {
        manifest.metrics.insert(name.to_owned(), (value * 1e4).round() / 1e4);
    }
    let card = card(&manifest, &table);
    write_model_folder(out, manifest, &net.to_onnx(MODEL_NAME)?, &card)
}

fn manifest(seed: u64, books: usize, table: &Table) -> Manifest {
    let data = format!("{} payments of {books} simulated books, seed {seed}; no real payment", table.len());
    scorer_manifest(MODEL_NAME, VERSION, "How unusual a payment is against its supplier's own history", data, ANOMALY_FEATURES)
}

fn card(manifest: &Manifest, table: &Table) -> String {
    let metrics: String = manifest.metrics.iter().map(|(name, value)| format!("| {name} | {value} |\n")).collect();
    format!(
        "# anomaly {VERSION}\n\n{}.\n\nA fully connected network (two hidden layers of 48 and 24) over {} features of a payment, computed from what was known before it: amount, roundness, approval \
         limits, bank account, department and account, user, hour, speed, order, numbering.\n\nTrained by `countersign train anomaly` on {}. {:.1} % of them are anomalous: bank changes, invented \
         vendors, splits, odd hours, round amounts, new places, excessive and misplaced amounts, dormant vendors, hasty payments, consecutive numbers; beside them their honest look-alikes.\n\nOn \
         simulated books that it was not trained on:\n\n| figure | value |\n|---|---|\n{metrics}\nThreshold: {:.3} (best F1 there).\n\nLimits: it knows the supplier's history only, not what other \
         suppliers share (bank accounts, users). The first payment of a split or a series cannot be seen when it is made. Columns that a history lacks leave their kinds unseen.\n",
        manifest.task,
        ANOMALY_FEATURES.len(),
        manifest.training_data,
        100.0 * table.labels.iter().sum::<f32>() / table.len() as f32,
        manifest.thresholds.get("unusual").copied().unwrap_or(0.5),
    )
}

fn gather(table: &mut Table, seed: u64, number: usize, say: &mut impl FnMut(String)) {
    let seed = seed.wrapping_mul(0x9e37_79b9).wrapping_add(0xa000 + number as u64);
    let mut dice = Dice::new(seed ^ 0xd0b5);
    let options = Options {
        seed,
        company: COMPANIES[number % COMPANIES.len()],
        vendors: 150 + dice.index(250),
        months: 18 + dice.index(24) as i32,
        duplicates: 0.0,
        anomalies: *dice.pick(&[0.01, 0.02, 0.03]),
    };
    let mut made = book(&options);
    blank_columns(&mut dice, &mut made.rows);
    let policy = Policy::default();
    let mut histories: HashMap<String, VendorHistory> = HashMap::new();
    let mut company = BookHistory::default();
    for (row, payable) in made.rows.iter().enumerate() {
        let history = histories.entry(payable.vendor_id.clone()).or_default();
        table.push(&anomaly_features(payable, history, &company.view(payable), &policy), made.anomalies.contains_key(&row), 1.0);
        history.push(payable);
        company.push(payable);
    }
    say(format!("book {number}: {} rows, {} anomalous", made.rows.len(), made.anomalies.len()));
}

/// Whole books lack columns now and then.
fn blank_columns(dice: &mut Dice, rows: &mut [Payable]) {
    let gone: Vec<bool> = [0.15, 0.15, 0.1, 0.1, 0.12, 0.12, 0.12, 0.1].iter().map(|p| dice.chance(*p)).collect();
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
    }
}
