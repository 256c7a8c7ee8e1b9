//! Text recognition beside the package whose models it runs, in the same run: the same pages, one
//! thread each, decoding of the image left out of both.
//!
//! The peer is installed into an environment of its own by `benches/reading/ocr-peer.sh`; where that
//! cannot be done, or our models are not installed, the bench says so and leaves that side out.
//! `OCR_PAGES=20` takes so many pages of each set.

mod score;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use countersign::inference::Models;
use countersign::reading::ocr::{Line, Ocr};
use score::{Piece, Score};

const SETS: [&str; 3] = ["sroie", "wildreceipt", "scan_degraded"];

/// One page as read by one side.
struct Page {
    image: PathBuf,
    cpu_seconds: f64,
    read: Vec<Piece>,
}

pub fn run() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = here.join("../shared/data/invoices/dev");
    if !data.is_dir() {
        println!("skipped: {} is absent", data.display());
        return;
    }
    let most = std::env::var("OCR_PAGES").ok().and_then(|pages| pages.parse().ok()).unwrap_or(usize::MAX);
    let images: Vec<PathBuf> = SETS.iter().flat_map(|set| images(&data.join(set), most)).collect();
    let ours = ours(&here.join("models"), &images);
    let peer = peer(here, &images);
    println!("| set | side | pages | CER mean | CER median | word recall | fields readable | CPU s/page |");
    println!("|---|---|---|---|---|---|---|---|");
    for set in SETS {
        let figures = |pages: &Option<Vec<Page>>| pages.as_ref().map(|pages| Figures::of(set, pages));
        let (ours, peer) = (figures(&ours), figures(&peer));
        for (side, figures) in [("ours", &ours), ("package", &peer)] {
            if let Some(figures) = figures {
                figures.print(set, side);
            }
        }
        if let (Some(ours), Some(peer)) = (ours, peer) {
            println!(
                "| {set} | ratio | | {:.2} | {:.2} | | | {:.2} |",
                ours.mean / peer.mean,
                ours.median / peer.median,
                ours.cpu / peer.cpu
            );
        }
    }
}

/// The images of a set, by name, at most so many, spread over the set.
fn images(folder: &Path, most: usize) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut images: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "jpg" || end == "png" || end == "jpeg")).collect();
    images.sort();
    let step = images.len().div_ceil(most.max(1)).max(1);
    images.into_iter().step_by(step).collect()
}

fn ours(models: &Path, images: &[PathBuf]) -> Option<Vec<Page>> {
    let models = Models::open(models).expect("the models folder");
    let Some(ocr) = Ocr::open(&models).expect("the models") else {
        println!("skipped: our side, its models are not installed (`countersign models install`)");
        return None;
    };
    // One thread, this one, so that its CPU time is all of it.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().expect("a pool");
    let pages = images
        .iter()
        .map(|image| {
            let page = image::open(image).expect("an image").into_rgb8();
            let started = cpu_seconds();
            let read = pool.install(|| ocr.read(&page)).expect("a page");
            let cpu_seconds = cpu_seconds() - started;
            Page { image: image.clone(), cpu_seconds, read: read.lines.iter().filter_map(piece).collect() }
        })
        .collect();
    println!("peak memory of this process: {} MiB", peak_kib() / 1024);
    Some(pages)
}

/// A line as one piece, as the package gives its lines.
fn piece(line: &Line) -> Option<Piece> {
    let (first, last) = (line.words.first()?, line.words.last()?);
    let text = line.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    Some(Piece { text, quad: [first.quad[0], last.quad[1], last.quad[2], first.quad[3]] })
}

/// CPU time of this thread.
fn cpu_seconds() -> f64 {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    line.split_whitespace().next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e9
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

fn peer(here: &Path, images: &[PathBuf]) -> Option<Vec<Page>> {
    let folder = here.join("benches/reading");
    let installed = Command::new("bash").arg(folder.join("ocr-peer.sh")).output().ok()?;
    if !installed.status.success() {
        println!("skipped: the package cannot be installed: {}", String::from_utf8_lossy(&installed.stderr).trim());
        return None;
    }
    let python = String::from_utf8_lossy(&installed.stdout).trim().to_owned();
    let mut child = Command::new(python)
        .arg(folder.join("ocr_peer.py"))
        .env("OMP_NUM_THREADS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the peer starts");
    let paths: Vec<String> = images.iter().map(|image| image.display().to_string()).collect();
    // The peer reads all of its input before it writes.
    child.stdin.take().expect("its input").write_all(paths.join("\n").as_bytes()).expect("the peer reads");
    let output = child.wait_with_output().expect("the peer ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let values: Vec<serde_json::Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    if let Some(peak) = values.iter().find_map(|value| value["peak_kib"].as_u64()) {
        println!("peak memory of the package's process: {} MiB", peak / 1024);
    }
    Some(values.iter().filter_map(page).collect())
}

fn page(value: &serde_json::Value) -> Option<Page> {
    let piece = |line: &serde_json::Value| {
        let number = |corner: usize, axis: usize| line["quad"][corner][axis].as_f64().unwrap_or(0.0) as f32;
        let quad = std::array::from_fn(|corner| (number(corner, 0), number(corner, 1)));
        Piece { text: line["text"].as_str().unwrap_or_default().to_owned(), quad }
    };
    Some(Page {
        image: value["path"].as_str()?.into(),
        cpu_seconds: value["cpu_seconds"].as_f64()?,
        read: value["lines"].as_array()?.iter().map(piece).collect(),
    })
}

/// The figures of one set and side.
struct Figures {
    pages: usize,
    mean: f64,
    median: f64,
    recall: f64,
    fields: f64,
    cpu: f64,
}

impl Figures {
    fn of(set: &str, pages: &[Page]) -> Self {
        let of_set = pages.iter().filter(|page| page.image.parent().is_some_and(|folder| folder.ends_with(set)));
        let scores: Vec<(Score, f64)> = of_set.map(|page| (score::score(&page.image, &page.read), page.cpu_seconds)).collect();
        let mut errors: Vec<f64> = scores.iter().filter_map(|(score, _)| score.character_errors).collect();
        errors.sort_by(f64::total_cmp);
        let ratio = |counts: Vec<(usize, usize)>| {
            let (hits, all) = counts.iter().fold((0, 0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
            hits as f64 / all as f64
        };
        Self {
            pages: scores.len(),
            mean: errors.iter().sum::<f64>() / errors.len() as f64,
            median: errors.get(errors.len() / 2).copied().unwrap_or(f64::NAN),
            recall: ratio(scores.iter().filter_map(|(score, _)| score.words).collect()),
            fields: ratio(scores.iter().map(|(score, _)| score.fields).collect()),
            cpu: scores.iter().map(|(_, cpu)| cpu).sum::<f64>() / scores.len() as f64,
        }
    }

    fn print(&self, set: &str, side: &str) {
        let row = format!(
            "| {set} | {side} | {} | {:.4} | {:.4} | {:.3} | {:.3} | {:.2} |",
            self.pages, self.mean, self.median, self.recall, self.fields, self.cpu
        );
        // A set without the pages' whole text has no such rate.
        println!("{}", row.replace("NaN", "–"));
    }
}
