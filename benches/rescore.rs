//! Rows per second and peak memory of `rescore` on a generated history.
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
use std::sync::{Arc, Mutex};
use std::time::Instant;

struct Phases(Mutex<Option<(String, Instant)>>);

impl Phases {
    fn end(&self) {
        if let Some((name, began)) = self.0.lock().unwrap().take() {
            println!("  {name:<24} {:6.2} s", began.elapsed().as_secs_f64());
        }
    }
}

impl Progress for Phases {
    fn phase(&self, name: &str, _rows: Option<u64>) {
        self.end();
        *self.0.lock().unwrap() = Some((name.to_owned(), Instant::now()));
    }
    fn advance(&self, _rows: u64) {}
    fn note(&self, _text: &str) {}
    fn failed(&self, _text: &str) {}
}

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
    };
    println!("{rows} rows, {partitions} partitions, {memory} MiB for sorting, {} models", if trained { "shipped" } else { "hand-set" });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let models = Models::open(&models).unwrap();
    let phases = Arc::new(Phases(Mutex::new(None)));
    let began = Instant::now();
    let summary = runtime.block_on(run(&options, &models, &Stop::default(), Arc::clone(&phases) as Arc<dyn Progress>)).unwrap();
    phases.end();
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "  {seconds:.2} s, {:.0} rows/s, {} pairs kept, {} duplicates, {} anomalies",
        rows as f64 / seconds,
        summary.candidate_pairs,
        summary.duplicates,
        summary.anomalies
    );
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(peak) = status.lines().find(|line| line.starts_with("VmHWM")) {
        println!("  peak resident memory {}", peak.trim_start_matches("VmHWM:").trim());
    }
}
