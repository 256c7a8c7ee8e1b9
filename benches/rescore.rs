//! Rows per second and peak memory of `rescore` on a generated history, beside scikit-learn's isolation
//! forest and Splink on the same rows.
//!
//! `cargo bench --bench rescore -- [ROWS] [PARTITIONS] [MEMORY_MIB]`; the models are those in
//! `models/`, or a linear pair with weights set by hand where there are none.

#![expect(clippy::unwrap_used, reason = "a benchmark ends at the first failure")]

#[path = "../tests/suite/rescoring/generator.rs"]
mod generator;
#[path = "../tests/suite/rescoring/models.rs"]
mod models;

use countersign::inference::Models;
use countersign::rescoring::{ColumnMap, Progress, RescoreOptions, Stop, run};
use std::io::BufWriter;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Instant;

struct Phases(Mutex<Option<(String, Instant, f64)>>);

impl Phases {
    fn end(&self) {
        if let Some((name, began, cpu)) = self.0.lock().unwrap().take() {
            println!("  {name:<24} {:6.2} s {:6.2} CPU-s", began.elapsed().as_secs_f64(), processor_seconds() - cpu);
        }
    }
}

impl Progress for Phases {
    fn phase(&self, name: &str, _rows: Option<u64>) {
        self.end();
        *self.0.lock().unwrap() = Some((name.to_owned(), Instant::now(), processor_seconds()));
    }
    fn advance(&self, _rows: u64) {}
    fn note(&self, _text: &str) {}
    fn failed(&self, _text: &str) {}
}

/// Seconds of processor time that this process has used (`/proc/self/stat`, in ticks of 10 ms).
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap_or(0.0) / 1024.0
}

/// One line of the table.
fn tell(name: &str, what: &str, rows: usize, seconds: f64, megabytes: f64) {
    println!("  {name:<34} {what:<46} {seconds:8.1} s {:>10.0} rows/s {megabytes:8.0} MB", rows as f64 / seconds);
}

/// Runs a peer on the same file, where the tools can be installed.
fn peer(python: &str, (name, what): (&str, &str), script: &str, history: &Path, rows: usize) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers").join(script);
    let output = Command::new(python).arg(script).arg(history).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = said.split_whitespace().filter_map(|figure| figure.parse().ok()).collect();
    match figures.as_slice() {
        [seconds, megabytes, _] => tell(name, what, rows, *seconds, *megabytes),
        _ => println!("  {name:<34} failed: {}", String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default()),
    }
}

fn peers(history: &Path, rows: usize) {
    let install = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/install-bench-tools.sh");
    let installed = Command::new(install).output().unwrap();
    if !installed.status.success() {
        let cause = String::from_utf8_lossy(&installed.stderr).lines().last().unwrap_or_default().to_owned();
        println!("  skipped: scikit-learn and Splink could not be installed ({cause})");
        return;
    }
    let python = String::from_utf8_lossy(&installed.stdout).trim().to_owned();
    peer(&python, ("scikit-learn isolation forest", "anomaly scores, 11 features, 100 trees"), "isolation_forest.py", history, rows);
    peer(&python, ("Splink on DuckDB, unsupervised", "pairs, 4 blocking rules, 5 comparisons"), "splink_pairs.py", history, rows);
}

/// Beyond so many rows the peers do not fit into the memory of a small machine.
const PEERS_UP_TO: usize = 2_000_000;

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    // Run as a test among others, it only shows that it runs.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let number = |at: usize, default: usize| numbers.get(at).copied().unwrap_or(default);
    let (rows, partitions, memory) = (number(0, if measured { 1_000_000 } else { 5_000 }), number(1, 2), number(2, 256));
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().join("history.csv");
    generator::write(&mut BufWriter::new(std::fs::File::create(&history).unwrap()), rows, 1).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let trained = ["anomaly", "duplicates"].iter().all(|name| shipped.join(name).join("model.toml").exists());
    let models = if trained {
        shipped
    } else {
        models::write(&folder.path().join("models"));
        folder.path().join("models")
    };
    let options = RescoreOptions {
        inputs: vec![history],
        out: folder.path().join("scored.parquet"),
        columns: ColumnMap::default(),
        report: Some(folder.path().join("report.html")),
        duplicates: Some(folder.path().join("pairs.parquet")),
        partitions,
        memory,
        fresh: false,
        scheduler: None,
    };
    println!("{rows} rows, {partitions} partitions, {memory} MiB for sorting, {} models", if trained { "shipped" } else { "hand-set" });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let models = Models::open(&models).unwrap();
    let phases = Arc::new(Phases(Mutex::new(None)));
    let (began, cpu) = (Instant::now(), processor_seconds());
    let summary = runtime.block_on(run(&options, &models, &Stop::default(), Arc::clone(&phases) as Arc<dyn Progress>)).unwrap();
    phases.end();
    let seconds = began.elapsed().as_secs_f64();
    println!("  {} pairs kept, {} duplicates, {} anomalies", summary.candidate_pairs, summary.duplicates, summary.anomalies);
    println!("  {:.1} CPU-s", processor_seconds() - cpu);
    tell("countersign", "both models, reasons, files and report", rows, seconds, peak_megabytes());
    if measured && rows <= PEERS_UP_TO {
        peers(&options.inputs[0], rows);
    }
}
