//! E-invoices a second: every XML of the shared test set, parsed whole and judged by the rules that it
//! claims, on one and on two threads. Files are read into memory first: the disk is not measured.

use countersign::reading::einvoice::read_full;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Long enough that a second is not noise.
const MEASURED: Duration = Duration::from_secs(3);

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "xml" || ending == "p7m") {
            into.push(path);
        }
    }
}

/// Files a second, over as many rounds as fit.
fn rate(files: &[Vec<u8>], threads: usize) -> f64 {
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while start.elapsed() < MEASURED {
                    // In handfuls, so that the counter is not what is measured.
                    let first = next.fetch_add(16, Ordering::Relaxed);
                    for index in first..first + 16 {
                        std::hint::black_box(read_full(&files[index % files.len()])).ok();
                    }
                }
            });
        }
    });
    next.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}

pub fn run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/invoices/xml");
    let mut paths = Vec::new();
    collect(&folder, &mut paths);
    if paths.is_empty() {
        println!("skipped: {} is absent", folder.display());
        return;
    }
    paths.sort();
    let files: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).expect("a file of the test set")).collect();
    let bytes: usize = files.iter().map(Vec::len).sum();
    let readable = files.iter().filter(|file| read_full(file).is_ok()).count();
    println!("{} files, {} kB on average, {readable} readable", files.len(), bytes / files.len() / 1024);
    for threads in [1, 2] {
        let rate = rate(&files, threads);
        println!("{threads} thread(s): {rate:.0} files/s, {:.0} MB/s (parsed and judged)", rate * bytes as f64 / files.len() as f64 / 1e6);
    }
}
