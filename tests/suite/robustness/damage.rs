//! Damaged documents through a pool: what came of each, counted. Used by the tests for some, and by the
//! bench of reading for thousands.

use countersign::demo::documents;
use countersign::domain::DocumentKind;
use countersign::intake::{Limits, accept};
use countersign::reading::{ReadError, ReadOptions, ReaderPool};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::mutate;

/// Why a document that was let in may not be read.
const REASONS: &[&str] =
    &["broken-file", "too-large", "password-protected", "no-such-page", "recognition-failed", "reader-timeout", "reader-crashed"];
/// Documents at a time, and children.
pub const AT_ONCE: usize = 2;

/// A pool of [`AT_ONCE`] children of the built program.
pub fn pool(limit: Duration) -> ReaderPool {
    ReaderPool::with_time_limit(AT_ONCE, env!("CARGO_BIN_EXE_countersign").into(), limit)
}

/// Reads a document, and draws it where asked. What came of it, in a word.
pub async fn outcome(pool: &ReaderPool, name: &str, bytes: Vec<u8>, kind: DocumentKind, draw: bool) -> String {
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
pub fn good_documents() -> Vec<Vec<u8>> {
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
    let mut documents: Vec<Vec<u8>> = files.iter().map(|path| std::fs::read(path).expect("file")).collect();
    documents.extend(documents::samples().into_iter().map(|sample| sample.bytes));
    let unpacked: Vec<Vec<u8>> =
        documents.iter().filter(|bytes| bytes.starts_with(b"%PDF")).filter_map(|bytes| mutate::unpacked(bytes)).collect();
    // Unpacked PDFs twice: that is where damage goes deepest.
    documents.extend(unpacked.iter().cloned());
    documents.extend(unpacked);
    documents
}

/// Reads `count` damaged documents. How often each outcome came.
pub async fn read_damaged(pool: &ReaderPool, count: usize) -> BTreeMap<String, usize> {
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
            *outcomes.lock().expect("outcomes").entry(told).or_insert(0) += 1;
        }
    };
    futures::future::join_all((0..AT_ONCE).map(|_| work())).await;
    outcomes.into_inner().expect("outcomes")
}

/// The pool still works.
pub async fn reads_a_good_one(pool: &ReaderPool) {
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/facturx.pdf")).expect("fixture");
    assert!(pool.read(bytes, DocumentKind::Pdf, ReadOptions::default()).await.expect("reading").einvoice.is_some());
}
