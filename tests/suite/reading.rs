//! The reading pool against real children: everything hostile ends with a reason, and the next
//! document is read all the same.

use countersign::domain::{DocumentKind, FieldName};
use countersign::intake::{Limits, accept};
use countersign::reading::{ReadOptions, ReaderPool};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn pool(seconds: u64) -> ReaderPool {
    ReaderPool::with_time_limit(2, env!("CARGO_BIN_EXE_countersign").into(), Duration::from_secs(seconds))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/invoices").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent", path.display());
    None
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

async fn reads_a_good_one(pool: &ReaderPool) {
    let reading = pool.read(fixture("facturx.pdf"), DocumentKind::Pdf, ReadOptions::default()).await.unwrap();
    assert_eq!(reading.kind, DocumentKind::FacturxPdf);
    assert_eq!(reading.einvoice.unwrap().text(FieldName::InvoiceNumber), Some("RE-2026-0418"));
}

#[test]
fn the_pool_reads_probes_and_draws() {
    runtime().block_on(async {
        let pool = pool(20);
        reads_a_good_one(&pool).await;
        assert_eq!(pool.probe(fixture("plain.pdf"), DocumentKind::Pdf).await, Ok(1));
        assert_eq!(pool.probe(fixture("invoice-ubl.xml"), DocumentKind::Ubl).await, Ok(0));
        assert!(pool.render(fixture("plain.pdf"), DocumentKind::Pdf, 1, 72).await.unwrap().starts_with(b"\x89PNG"));
        assert_eq!(pool.render(fixture("plain.pdf"), DocumentKind::Pdf, 9, 72).await.unwrap_err().code, "no-such-page");
        assert_eq!(pool.read(b"%PDF-1.7".to_vec(), DocumentKind::Pdf, ReadOptions::default()).await.unwrap_err().code, "broken-file");
        let missing = ReaderPool::new(1, "/nonexistent/countersign".into());
        assert_eq!(missing.probe(Vec::new(), DocumentKind::Pdf).await.unwrap_err().code, "reader-unavailable");
    });
}

#[test]
fn every_file_of_the_robustness_folder_ends_with_a_reason() {
    let Some(folder) = shared("robustness") else { return };
    runtime().block_on(async {
        let pool = pool(20);
        let files = files_below(&folder);
        assert!(files.len() >= 20);
        for path in files {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let told = match accept(std::fs::read(&path).unwrap(), &Limits::default()) {
                Err(rejection) => format!("refused: {}", rejection.code()),
                Ok(accepted) => match pool.read(accepted.bytes, accepted.kind, ReadOptions::default()).await {
                    Err(error) => format!("unreadable: {}", error.code),
                    Ok(reading) => {
                        let words: usize = reading.pages.iter().map(|page| page.words.len()).sum();
                        let codes: Vec<&str> = reading.issues.iter().map(|issue| issue.code.as_str()).collect();
                        assert!(words > 0 || reading.einvoice.is_some() || !codes.is_empty(), "{name}: neither content nor a reason");
                        format!("{} pages, {words} words, e-invoice {}, {codes:?}", reading.pages.len(), reading.einvoice.is_some())
                    }
                },
            };
            println!("{name}: {told}");
            let expected = match name.as_str() {
                // Locked against changes only: it opens, and holds four words.
                "PDFWithPassword.pdf" => "1 pages, 4 words, e-invoice false, [\"scan-without-text\"]",
                "corrupt-factur-x-waytoosmall.pdf" => "refused: broken-file",
                "README.md" => "refused: unsupported-type",
                "receipt.jpg" | "receipt.tif" | "receipt.heic" => "1 pages, 0 words, e-invoice false, [\"scan-without-text\"]",
                // Odd XML, but readable: an encoding that nobody knows, a sum that is wrong.
                "fail1.pdf" => "1 pages, 127 words, e-invoice true, []",
                "factur-x-invalid-xml-encoding-attribute.pdf" => "1 pages, 143 words, e-invoice true, []",
                _ => continue,
            };
            assert_eq!(told, expected, "{name}");
        }
    });
}

/// What a child reads in a second; the figures are printed, the bound is only there to catch a stall.
#[test]
fn digital_pdfs_and_xml_are_read_at_a_useful_rate() {
    let (Some(dev), Some(xml)) = (shared("dev"), shared("xml")) else { return };
    runtime().block_on(async {
        let pool = pool(20);
        let pdfs: Vec<PathBuf> = ["facturx_pdf", "ferd_visual", "hand_invoices", "inv3d_templates", "invoice2data"]
            .iter()
            .flat_map(|source| files_below(&dev.join(source)))
            .filter(|path| path.extension().is_some_and(|extension| extension == "pdf"))
            .collect();
        reads_a_good_one(&pool).await;
        let (start, mut pages, mut without_words) = (Instant::now(), 0, Vec::new());
        for path in &pdfs {
            let reading = pool.read(std::fs::read(path).unwrap(), DocumentKind::Pdf, ReadOptions::default()).await.unwrap();
            pages += reading.pages.len();
            if reading.pages[0].words.is_empty() {
                without_words.push(path);
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        println!("{} digital PDFs, {pages} pages in {seconds:.2} s: {:.0} pages/s through one child", pdfs.len(), pages as f64 / seconds);
        assert!(without_words.is_empty(), "{without_words:?}");
        let (start, mut files) = (Instant::now(), 0);
        for path in files_below(&xml).into_iter().filter(|path| path.extension().is_none_or(|extension| extension != "json")) {
            let accepted =
                accept(std::fs::read(&path).unwrap(), &Limits::default()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let reading = pool.read(accepted.bytes, accepted.kind, ReadOptions::default()).await.unwrap();
            assert!(reading.einvoice.is_some(), "{}", path.display());
            files += 1;
        }
        let seconds = start.elapsed().as_secs_f64();
        println!("{files} XML files in {seconds:.2} s: {:.0} files/s through intake and one child", f64::from(files) / seconds);
    });
}

/// PDFs with damage spread over them give a reading or a reason, and never cost the pool.
#[test]
fn damaged_pdfs_never_break_the_pool() {
    let runtime = runtime();
    let pool = pool(10);
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() });
    let damage = (any::<bool>(), proptest::collection::vec((0.0_f64..1.0, any::<u8>()), 1..12), 0.5_f64..1.3);
    let outcome = runner.run(&damage, |(hybrid, edits, cut)| {
        let mut bytes = fixture(if hybrid { "facturx.pdf" } else { "plain.pdf" });
        bytes.truncate((cut * bytes.len() as f64) as usize);
        for (place, value) in edits {
            let index = (place * bytes.len() as f64) as usize;
            bytes[index] = value;
        }
        if let Err(error) = runtime.block_on(pool.read(bytes, DocumentKind::Pdf, ReadOptions::default())) {
            prop_assert!(["broken-file", "password-protected"].contains(&error.code.as_str()), "{error:?}");
        }
        Ok(())
    });
    assert!(outcome.is_ok(), "{outcome:?}");
    runtime.block_on(reads_a_good_one(&pool));
}
