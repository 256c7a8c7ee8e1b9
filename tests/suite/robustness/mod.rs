//! Hostile and damaged documents through the real pool and its children: every document ends with a
//! reading or a reason, the next one is read all the same, and nothing is left behind.
//!
//! The full run, thousands of documents: `cargo bench --bench reading -- hostile`.

mod crafted;
mod damage;
mod mutate;

use countersign::demo::documents;
use countersign::domain::DocumentKind;
use countersign::reading::ReadOptions;
use damage::{AT_ONCE, outcome, pool, read_damaged, reads_a_good_one};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Documents of every run.
const SOME: usize = 150;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
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
                // The timer is what ends this one: it needs no memory and never comes to an end.
                assert!(document.name != "forms that multiply" || told == "reader-timeout", "{told}");
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

/// Damage to unpacked documents means something only where they read as before.
#[test]
fn unpacked_documents_read_as_before() {
    block_on(async {
        let pool = pool(Duration::from_secs(10));
        let samples = documents::samples().into_iter().map(|sample| sample.bytes).filter(|bytes| bytes.starts_with(b"%PDF"));
        let mut compared = 0;
        for bytes in samples.take(4) {
            let unpacked = mutate::unpacked(&bytes).unwrap();
            assert!(unpacked.len() > bytes.len());
            let options = ReadOptions { ignore_embedded_xml: true, ..ReadOptions::default() };
            let [packed, unpacked] = [bytes, unpacked].map(|bytes| pool.read(bytes, DocumentKind::Pdf, options));
            let (packed, unpacked) = (packed.await.unwrap(), unpacked.await.unwrap());
            assert_eq!(packed.pages, unpacked.pages);
            compared += packed.pages.iter().map(|page| page.words.len()).sum::<usize>();
        }
        assert!(compared > 100, "{compared}");
    });
}
