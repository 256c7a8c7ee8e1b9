//! Hostile and damaged documents through the real pool and its children: every document ends with a
//! reading or a reason, the next one is read all the same, and nothing is left behind.
//!
//! The full run, some minutes: `cargo test --test suite robustness -- --ignored --nocapture`.

mod crafted;
mod mutate;

use countersign::demo::documents;
use countersign::domain::DocumentKind;
use countersign::intake::{Limits, accept};
use countersign::reading::{ReadError, ReadOptions, ReaderPool};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Why a document that was let in may not be read.
const REASONS: &[&str] =
    &["broken-file", "too-large", "password-protected", "no-such-page", "recognition-failed", "reader-timeout", "reader-crashed"];
/// Documents at a time, and children.
const AT_ONCE: usize = 2;
/// Documents of the full run.
const ALL: usize = 2000;
/// Documents of every run.
const SOME: usize = 150;

fn pool(limit: Duration) -> ReaderPool {
    ReaderPool::with_time_limit(AT_ONCE, env!("CARGO_BIN_EXE_countersign").into(), limit)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

/// Reads a document, and draws it where asked. What came of it, in a word.
async fn outcome(pool: &ReaderPool, name: &str, bytes: Vec<u8>, kind: DocumentKind, draw: bool) -> String {
    let told = |error: ReadError| {
        assert!(REASONS.contains(&error.code.as_str()), "{name}: {error:?}");
        error.code
    };
    let mut outcome = match pool.read(bytes.clone(), kind, ReadOptions::default()).await {
        Ok(reading) if reading.einvoice.is_some() => "an e-invoice".to_owned(),
        Ok(reading) if reading.pages.iter().any(|page| !page.words.is_empty()) => "words".to_owned(),
        Ok(reading) => {
            assert!(!reading.issues.is_empty(), "{name}: neither content nor a reason");
            reading.issues[0].code.clone()
        }
        Err(error) => told(error),
    };
    if draw {
        match pool.render(bytes, kind, 1, 72).await {
            Ok(png) => assert!(png.starts_with(b"\x89PNG"), "{name}"),
            Err(error) => outcome = format!("{outcome}, drawing: {}", told(error)),
        }
    }
    outcome
}

/// Good documents to damage: our own, and some of the shared ones; PDFs also with streams unpacked.
fn good_documents() -> Vec<Vec<u8>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> =
        ["facturx.pdf", "plain.pdf", "invoice-ubl.xml", "credit-note-ubl.xml", "credit-note-cii.xml", "fatturapa.xml"]
            .map(|name| here.join("tests/fixtures").join(name))
            .to_vec();
    let shared = here.join("../shared/data/invoices");
    for folder in [
        "dev/facturx_pdf",
        "dev/hand_invoices",
        "dev/inv3d_templates",
        "dev/invoice2data",
        "dev/ferd_visual",
        "robustness",
        "xml/cii/valid",
        "xml/ubl/valid",
    ] {
        let mut found: Vec<PathBuf> =
            std::fs::read_dir(shared.join(folder)).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        found.sort();
        found.retain(|path| path.extension().is_some_and(|extension| extension == "pdf" || extension == "xml"));
        files.extend(found.into_iter().take(12));
    }
    if !shared.is_dir() {
        eprintln!("skipped: {} is absent, only the program's own documents are damaged", shared.display());
    }
    let mut documents: Vec<Vec<u8>> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
    documents.extend(documents::samples().into_iter().map(|sample| sample.bytes));
    let unpacked: Vec<Vec<u8>> =
        documents.iter().filter(|bytes| bytes.starts_with(b"%PDF")).filter_map(|bytes| mutate::unpacked(bytes)).collect();
    // Unpacked PDFs twice: that is where damage goes deepest.
    documents.extend(unpacked.iter().cloned());
    documents.extend(unpacked);
    documents
}

/// Reads `count` damaged documents. How often each outcome came.
async fn read_damaged(pool: &ReaderPool, count: usize) -> BTreeMap<String, usize> {
    let documents = good_documents();
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = async || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= count {
                break;
            }
            let bytes = mutate::mutated(&documents[seed % documents.len()], seed as u64);
            let name = format!("damaged document {seed}");
            let told = match accept(bytes, &Limits::default()) {
                Err(rejection) => format!("refused: {}", rejection.code()),
                Ok(accepted) => {
                    outcome(pool, &name, accepted.bytes, accepted.kind, seed % 8 == 0 && accepted.kind == DocumentKind::Pdf).await
                }
            };
            if told.contains("reader-") {
                println!("{name}: {told}");
            }
            *outcomes.lock().unwrap().entry(told).or_insert(0) += 1;
        }
    };
    futures::future::join_all((0..AT_ONCE).map(|_| work())).await;
    outcomes.into_inner().unwrap()
}

/// The pool still works.
async fn reads_a_good_one(pool: &ReaderPool) {
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/facturx.pdf")).unwrap();
    assert!(pool.read(bytes, DocumentKind::Pdf, ReadOptions::default()).await.unwrap().einvoice.is_some());
}

/// Each costs a child at most, whatever it asks for.
#[test]
fn documents_made_to_hurt_end_with_a_reason() {
    block_on(async {
        let pool = pool(Duration::from_secs(3));
        let crafted = crafted::all();
        let (next, total) = (AtomicUsize::new(0), crafted.len());
        let work = async || {
            while let Some(document) = crafted.get(next.fetch_add(1, Ordering::Relaxed)) {
                let started = Instant::now();
                let told = outcome(&pool, document.name, document.bytes.clone(), document.kind, document.draw).await;
                println!("{}: {told} ({:.1} s)", document.name, started.elapsed().as_secs_f32());
            }
        };
        futures::future::join_all((0..AT_ONCE).map(|_| work())).await;
        assert!(total > 40);
        reads_a_good_one(&pool).await;
    });
}

#[test]
fn damaged_documents_end_with_a_reason() {
    block_on(async {
        let pool = pool(Duration::from_secs(10));
        println!("{:#?}", read_damaged(&pool, SOME).await);
        reads_a_good_one(&pool).await;
    });
}

/// As many as the product's promise speaks of; and afterwards no process and no descriptor is left.
/// Run by itself: other tests have children of their own.
#[test]
#[ignore = "minutes; run by itself: see the module's header"]
fn thousands_of_damaged_documents_leave_nothing_behind() {
    let before = open_descriptors();
    let started = Instant::now();
    block_on(async {
        let pool = pool(Duration::from_secs(10));
        let outcomes = read_damaged(&pool, ALL).await;
        println!("{outcomes:#?}");
        assert_eq!(outcomes.values().sum::<usize>(), ALL);
        reads_a_good_one(&pool).await;
        let children = children();
        assert!(children.len() <= AT_ONCE && children.iter().all(|child| child.state != 'Z'), "{children:?}");
        println!("{:.0} s; peak memory here {}, of the children left {:?}", started.elapsed().as_secs_f32(), peak("self"), children);
    });
    // Dropping the pool ends its children; the system needs a moment.
    let deadline = Instant::now() + Duration::from_secs(10);
    while !children().is_empty() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(children().iter().all(|child| child.state == 'Z'), "{:?}", children());
    assert_eq!(open_descriptors(), before);
}

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// A process of ours.
#[derive(Debug)]
struct Child {
    state: char,
    #[expect(dead_code, reason = "shown where a test fails")]
    peak: String,
}

fn children() -> Vec<Child> {
    let own = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let child = |process: String| {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let (_, after) = stat.rsplit_once(')')?;
        let mut fields = after.split_whitespace();
        let state = fields.next()?.chars().next()?;
        (fields.next()? == own).then(|| Child { state, peak: peak(&process) })
    };
    processes.filter(|name| name.chars().all(|c| c.is_ascii_digit())).filter_map(child).collect()
}

/// The most memory a process has held.
fn peak(process: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map_or_else(|| "unknown".to_owned(), |peak| peak.trim().to_owned())
}
