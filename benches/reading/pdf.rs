//! Words of digital PDFs beside `pdftotext -bbox` of the same pages, pages read and drawn a second.
//!
//! A word agrees where the peer has the same text at the same place: boxes overlap by 30 % of the
//! smaller one, each word matched once. Both sides' letters are made comparable (composed, ligatures
//! taken apart, one hyphen). Every disagreement is printed: the peer is not always right.

use countersign::domain::{DocumentKind, Word};
use countersign::reading::{ReadOptions, ReaderPool};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use unicode_normalization::UnicodeNormalization as _;

/// Disagreements of one page printed at most.
const PRINTED: usize = 12;
/// Reading is measured for so long.
const MEASURED: Duration = Duration::from_secs(4);

pub fn run() {
    let invoices = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/invoices");
    let mut files = Vec::new();
    for folder in ["dev", "robustness"] {
        pdfs_below(&invoices.join(folder), &mut files);
    }
    if files.is_empty() {
        println!("skipped: no PDF below {}", invoices.display());
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let pool = ReaderPool::new(2, env!("CARGO_BIN_EXE_countersign").into());
    runtime.block_on(words(&pool, &invoices, &files));
    runtime.block_on(speed(&pool, &files));
}

fn pdfs_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            pdfs_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "pdf") {
            found.push(path);
        }
    }
}

/// A word and its box: left, top, right, bottom in points.
type Placed = (String, [f32; 4]);

fn options() -> ReadOptions {
    ReadOptions { ignore_embedded_xml: true, ..ReadOptions::default() }
}

async fn words(pool: &ReaderPool, root: &Path, files: &[PathBuf]) {
    let (mut theirs, mut ours, mut agreed) = (0, 0, 0);
    for path in files {
        let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
        let Some(peer) = peer(path) else {
            println!("skipped: pdftotext is not installed");
            return;
        };
        let bytes = std::fs::read(path).expect("file");
        let pages = match pool.read(bytes, DocumentKind::Pdf, options()).await {
            Ok(reading) => reading.pages,
            Err(error) => {
                println!("{name}: {} here, {} words by pdftotext", error.code, peer.iter().map(Vec::len).sum::<usize>());
                continue;
            }
        };
        for (number, theirs_here) in (1_u32..).zip(&peer) {
            let page = pages.iter().find(|page| page.number == number);
            let ours_here: Vec<Placed> =
                page.map_or_else(Vec::new, |page| page.words.iter().map(|word| placed(word, page.width, page.height)).collect());
            let (missing, extra) = unmatched(theirs_here, &ours_here);
            theirs += theirs_here.len();
            ours += ours_here.len();
            agreed += theirs_here.len() - missing.len();
            if !missing.is_empty() || !extra.is_empty() {
                let told = |words: &[&Placed]| words.iter().take(PRINTED).map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(" ");
                println!("{name} page {number}: only pdftotext [{}], only here [{}]", told(&missing), told(&extra));
            }
        }
    }
    let share = |of: usize| agreed as f64 / of.max(1) as f64;
    println!("{theirs} words by pdftotext, {ours} here, {agreed} agree: recall {:.4}, precision {:.4}", share(theirs), share(ours));
}

fn placed(word: &Word, width: f32, height: f32) -> Placed {
    let b = word.bbox;
    (comparable(&word.text), [b.x * width, b.y * height, (b.x + b.w) * width, (b.y + b.h) * height])
}

/// The pages of `pdftotext -bbox`; `None` where it is not installed.
fn peer(path: &Path) -> Option<Vec<Vec<Placed>>> {
    let output = Command::new("pdftotext").args(["-cropbox", "-bbox"]).arg(path).arg("-").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let page = |page: &str| page.split("<word ").skip(1).filter_map(peer_word).filter(|(text, _)| !text.is_empty()).collect();
    Some(text.split("<page ").skip(1).map(page).collect())
}

fn peer_word(tag: &str) -> Option<Placed> {
    let (attributes, rest) = tag.split_once('>')?;
    let (text, _) = rest.split_once("</word>")?;
    let mut sides = attributes.split('"').skip(1).step_by(2).map(str::parse::<f32>);
    let mut side = || sides.next()?.ok();
    let sides = [side()?, side()?, side()?, side()?];
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&");
    Some((comparable(&text), sides))
}

fn comparable(text: &str) -> String {
    let letters = text.nfkc().filter(|c| !c.is_control() && !c.is_whitespace() && !('\u{200B}'..='\u{200F}').contains(c));
    letters.map(|c| if matches!(c, '\u{AD}' | '\u{2010}' | '\u{2011}') { '-' } else { c }).collect()
}

/// The words of either side that the other does not have.
fn unmatched<'a>(theirs: &'a [Placed], ours: &'a [Placed]) -> (Vec<&'a Placed>, Vec<&'a Placed>) {
    let mut by_text: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, (text, _)) in ours.iter().enumerate() {
        by_text.entry(text).or_default().push(index);
    }
    let mut used = vec![false; ours.len()];
    let mut missing = Vec::new();
    for word in theirs {
        let candidates = by_text.get(word.0.as_str()).map_or(&[][..], Vec::as_slice);
        let free = candidates.iter().filter(|index| !used[**index]).map(|&index| (overlap(&word.1, &ours[index].1), index));
        match free.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(overlap, _)| *overlap >= 0.3) {
            Some((_, index)) => used[index] = true,
            None => missing.push(word),
        }
    }
    let extra = ours.iter().zip(&used).filter(|(_, used)| !**used).map(|(word, _)| word).collect();
    (missing, extra)
}

/// The common area of two boxes as a share of the smaller one.
fn overlap(a: &[f32; 4], b: &[f32; 4]) -> f32 {
    let (width, height) = (a[2].min(b[2]) - a[0].max(b[0]), a[3].min(b[3]) - a[1].max(b[1]));
    let area = |sides: &[f32; 4]| (sides[2] - sides[0]) * (sides[3] - sides[1]);
    if width <= 0.0 || height <= 0.0 { 0.0 } else { width * height / area(a).min(area(b)).max(f32::EPSILON) }
}

async fn speed(pool: &ReaderPool, files: &[PathBuf]) {
    let mut texts: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    for path in files {
        let bytes = std::fs::read(path).expect("file");
        if let Ok(reading) = pool.read(bytes.clone(), DocumentKind::Pdf, options()).await
            && reading.pages.iter().all(|page| page.words.len() >= 20)
        {
            texts.push((path.clone(), bytes));
        }
    }
    for children in [1, 2] {
        let pool = ReaderPool::new(children, env!("CARGO_BIN_EXE_countersign").into());
        let pages = reads(&pool, children, &texts).await;
        println!("{} text PDFs: {pages:.0} pages/s through {children} child processes", texts.len());
    }
    let started = Instant::now();
    let peer_pages: usize = texts.iter().filter_map(|(path, _)| peer(path)).map(|pages| pages.len()).sum();
    println!("pdftotext -bbox, a process a file: {:.0} pages/s on one core", peer_pages as f64 / started.elapsed().as_secs_f64());
    let mut times = Vec::new();
    for (_, bytes) in &texts {
        let started = Instant::now();
        pool.render(bytes.clone(), DocumentKind::Pdf, 1, 150).await.expect("image");
        times.push(started.elapsed());
    }
    println!("page image at 150 dpi as PNG: {}", spread(times));
    let drawn = |path: &Path| {
        let started = Instant::now();
        Command::new("pdftoppm").args(["-r", "150", "-f", "1", "-l", "1", "-png"]).arg(path).output().ok().map(|_| started.elapsed())
    };
    println!("pdftoppm -r 150 -png: {}", spread(texts.iter().filter_map(|(path, _)| drawn(path)).collect()));
}

/// Pages read in a second by so many tasks.
async fn reads(pool: &ReaderPool, tasks: usize, texts: &[(PathBuf, Vec<u8>)]) -> f64 {
    let started = Instant::now();
    let one = async |first: usize| {
        let mut pages = 0;
        for (_, bytes) in texts.iter().cycle().skip(first) {
            let reading = pool.read(bytes.clone(), DocumentKind::Pdf, options()).await.expect("reading");
            pages += reading.pages.len();
            if started.elapsed() > MEASURED {
                break;
            }
        }
        pages
    };
    let pages: usize = futures::future::join_all((0..tasks).map(|task| one(task * texts.len() / 2))).await.into_iter().sum();
    pages as f64 / started.elapsed().as_secs_f64()
}

fn spread(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).map_or(0, Duration::as_millis);
    format!("{} pages, median {} ms, 90 % within {} ms, slowest {} ms", times.len(), at(50), at(90), at(100))
}
