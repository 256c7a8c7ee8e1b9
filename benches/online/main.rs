//! Scoring one invoice against a register of millions: p50 and p99 of duplicates and anomalies together, what
//! the first start costs, and how much memory is held.
//!
//! `cargo bench --bench online -- [ROWS] [INVOICES]` (20,000 and 200 unless it says otherwise). The database
//! lies in a folder of `COUNTERSIGN_BENCH_DIR` (else a temporary one) and is used again where it is there. Each
//! invoice is scored as the server scores it, then registered, so that the next is scored against one more.

#![expect(clippy::expect_used, reason = "a benchmark ends at the first failure")]

#[expect(clippy::unwrap_used, reason = "shared with the tests")]
#[path = "../../tests/suite/rescoring/generator.rs"]
mod generator;
mod load;

use countersign::ambient::Ambient;
use countersign::app;
use countersign::config::{Config, Overrides, sqlite_url};
use countersign::domain::CompanyId;
use countersign::reading::ReaderPool;
use countersign::screening::{Policy, block_keys};
use countersign::store::types::By;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<usize>().ok());
    let (rows, invoices) = (numbers.next().unwrap_or(20_000), numbers.next().unwrap_or(200));
    let temporary = tempfile::tempdir().expect("folder");
    let dir = std::env::var_os("COUNTERSIGN_BENCH_DIR").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    std::fs::create_dir_all(&dir).expect("folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime");
    runtime.block_on(measure(&dir, rows, invoices));
}

async fn measure(dir: &Path, rows: usize, invoices: usize) {
    let file = dir.join(format!("online-{rows}.sqlite"));
    let fresh = load::fresh(rows, invoices);
    if !file.exists() {
        let began = Instant::now();
        load::fill(&file, rows, invoices).await;
        println!("{rows} payables loaded in {:.0} s", began.elapsed().as_secs_f64());
    }
    println!("database: {} MB", std::fs::metadata(&file).expect("file").len() >> 20);

    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let overrides = Overrides {
        data_dir: Some(dir.to_owned()),
        database_url: Some(sqlite_url(&file)),
        models_dir: Some(here.join("models")),
        workflows_dir: Some(here.join("workflows")),
        ..Overrides::default()
    };
    let config = Config::load(&overrides).expect("configuration");
    let store = app::open_store(&config).await.expect("store");
    let reader = ReaderPool::new(1, PathBuf::from("/nonexistent")); // nothing is read here
    let pipeline = app::build_with_reader(&config, store.clone(), Ambient::system(), reader).expect("pipeline");
    let company: CompanyId = store.companies().await.expect("store")[0].id;
    println!("memory before the book is read: {} MB", memory("VmRSS"));
    let began = Instant::now();
    pipeline.warm().await.expect("the book");
    println!("first start: the book is read in {:.1} s; memory: {} MB", began.elapsed().as_secs_f64(), memory("VmRSS"));

    let (by, policy) = (By::program("bench"), Policy::default());
    let (mut times, mut duplicates, mut unusual) = (Vec::with_capacity(invoices), 0, 0);
    for payable in fresh {
        let began = Instant::now();
        let findings = pipeline.score_payable(company, &payable, &policy).await.expect("score");
        times.push(began.elapsed());
        duplicates += usize::from(findings.iter().any(|finding| finding.duplicate_of.is_some()));
        unusual += usize::from(findings.iter().any(|finding| finding.duplicate_of.is_none()));
        let keys = block_keys(&payable);
        store.import_payables(company, &[(payable, keys)], &by, pipeline.ambient().now()).await.expect("register");
    }
    let first = times.first().copied().unwrap_or_default();
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{} invoices scored one at a time against {rows} payables: p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, longest {:.2} ms, first {:.2} ms",
        times.len(),
        ms(at(0.5)),
        ms(at(0.9)),
        ms(at(0.99)),
        ms(at(1.0)),
        ms(first)
    );
    println!("{duplicates} with a look-alike, {unusual} unusual; memory: {} MB, at most {} MB", memory("VmRSS"), memory("VmHWM"));
    store.close().await;
}

/// A figure of this process in MB, where the system tells it.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) >> 10
}
