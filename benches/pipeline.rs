//! Digital PDFs extracted per second on one and two threads, beside parsing alone, which bounds it; and
//! accepted uploads per second with full durability, beside what the disk can flush.
//!
//! `cargo bench --bench pipeline`; uploads go to a folder in `COUNTERSIGN_BENCH_DIR` (else the temporary one); PDFs are those under the folder named by `COUNTERSIGN_BENCH_PDFS`,
//! else the program's own samples. Numbers of a machine under other load mean little.

#![expect(clippy::expect_used, reason = "a benchmark ends at the first failure")]

use countersign::ambient::Ambient;
use countersign::config::{Config, Overrides};
use countersign::demo::documents;
use countersign::domain::DocumentKind;
use countersign::extraction::Extractor;
use countersign::extraction::evidence::Evidence;
use countersign::inference::Models;
use countersign::pipeline::request::Upload;
use countersign::reading::{self, ReadOptions, ReaderPool};
use countersign::store::types::By;
use countersign::store::{NewCompany, NewUser};
use countersign::workflow::Role;
use countersign::{app, domain::CompanyId, domain::UserId};
use rayon::prelude::*;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

const UPLOADS: u32 = 2000;
const TASKS: u32 = 8;

fn main() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    extraction(&Models::open(&here.join("models")).expect("models"));
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    runtime.block_on(uploads(here));
}

fn pdfs() -> Vec<Vec<u8>> {
    let Some(dir) = std::env::var_os("COUNTERSIGN_BENCH_PDFS") else {
        return documents::samples().into_iter().map(|sample| sample.bytes).filter(|bytes| bytes.starts_with(b"%PDF")).collect();
    };
    let mut folders = vec![PathBuf::from(dir)];
    let mut out = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "pdf") {
                out.push(std::fs::read(path).expect("file"));
            }
        }
    }
    out
}

fn extraction(models: &Models) {
    let extractor = Extractor::open(models).expect("extractor");
    let files = pdfs();
    let options = ReadOptions { ignore_embedded_xml: true, ..ReadOptions::default() };
    let read = |bytes: &Vec<u8>| reading::read(bytes, DocumentKind::Pdf, &options).ok();
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            let rounds = 3;
            let begun = Instant::now();
            let pages: usize = (0..rounds).map(|_| files.par_iter().filter_map(read).map(|r| r.pages.len()).sum::<usize>()).sum();
            let parsing = begun.elapsed().as_secs_f64();
            let begun = Instant::now();
            let fields: usize = (0..rounds)
                .map(|_| {
                    files
                        .par_iter()
                        .filter_map(read)
                        .filter_map(|r| extractor.extract(&r, &Evidence::default()).ok())
                        .map(|e| e.fields.len())
                        .sum::<usize>()
                })
                .sum();
            let whole = begun.elapsed().as_secs_f64();
            let done = (files.len() * rounds) as f64;
            println!(
                "extract, {threads} thread(s): {:.1} PDFs/s, {:.1} pages/s ({fields} fields); bound, parsing alone: {:.1} PDFs/s",
                done / whole,
                pages as f64 / whole,
                done / parsing
            );
        });
    }
}

async fn uploads(here: &Path) {
    let dir =
        tempfile::tempdir_in(std::env::var_os("COUNTERSIGN_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from)).expect("folder");
    let overrides = Overrides {
        data_dir: Some(dir.path().to_owned()),
        models_dir: Some(here.join("models")),
        workflows_dir: Some(here.join("workflows")),
        ..Overrides::default()
    };
    let config = Config::load(&overrides).expect("configuration");
    let store = app::open_store(&config).await.expect("store");
    let ambient = Ambient::system();
    let reader = ReaderPool::new(1, PathBuf::from("/nonexistent")); // XML needs no reading child to be accepted
    let pipeline = app::build_with_reader(&config, store.clone(), ambient.clone(), reader).expect("pipeline");
    let by = By::program("bench");
    let company: CompanyId = ambient.id();
    let user: UserId = ambient.id();
    store
        .create_company(&NewCompany { id: company, code: "bench".into(), name: "Bench".into() }, &by, ambient.now())
        .await
        .expect("company");
    let new =
        NewUser { id: user, name: "clerk".into(), display: "Clerk".into(), password_hash: None, roles: vec![(company, vec![Role::Clerk])] };
    store.create_user(&new, &by, ambient.now()).await.expect("user");
    let who = store.principal(user, None).await.expect("store").expect("user");

    let mut invoice = documents::samples().remove(0).invoice;
    let files: Vec<Vec<u8>> = (0..UPLOADS)
        .map(|n| {
            invoice.number = format!("B-{n}");
            documents::ubl(&invoice)
        })
        .collect();
    let size = files.iter().map(Vec::len).sum::<usize>() / files.len();
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let mine: Vec<Vec<u8>> = files.iter().skip(task as usize).step_by(TASKS as usize).cloned().collect();
        let (pipeline, who) = (pipeline.clone(), who.clone());
        tasks.spawn(async move {
            for bytes in mine {
                let upload = Upload { bytes, name: None, correlation_id: None, traceparent: None };
                pipeline.upload(&who, upload).await.expect("upload");
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("task");
    }
    let rate = f64::from(UPLOADS) / begun.elapsed().as_secs_f64();
    println!(
        "upload, {TASKS} at a time, {size} bytes each, synchronous=FULL: {rate:.0} accepted/s; bound, fsync alone: {:.0}/s",
        flushes(dir.path(), size)
    );
}

/// Appends of `size` bytes, each flushed, per second.
fn flushes(dir: &Path, size: usize) -> f64 {
    let mut file = std::fs::File::create(dir.join("flush")).expect("file");
    let block = vec![7_u8; size];
    let begun = Instant::now();
    for _ in 0..UPLOADS {
        file.write_all(&block).expect("write");
        file.sync_data().expect("flush");
    }
    f64::from(UPLOADS) / begun.elapsed().as_secs_f64()
}
