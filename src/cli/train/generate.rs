//! `countersign train generate`: generated documents as files, with their truths.
//!
//! `<n>.json` has the pages of words as the extractor learns from them, `<n>.truth.json` what
//! `countersign eval` compares with. `--pdf` adds a PDF of each, `--scans` a worn scan under `scans/`
//! with its own truth; the words are then those that were printed, without readers' errors. The same
//! seed gives the same files. Refuses a folder that has files already.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use rand::SeedableRng as _;
use serde_json::{Value, json};

use crate::cli::{Global, Outcome, WrongUse};
use crate::domain::DocumentKind;
use crate::training::extractor::corpus::{self, Origin};
use crate::training::extractor::entities::Rng;
use crate::training::extractor::page::{Sample, clean, generate};
use crate::training::extractor::render::{Look, Wear, drawable, pdf, scanned_pdf};

/// Options of `train generate`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder to write, new or empty
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_OUT")]
    out: PathBuf,
    /// Documents
    #[arg(long, value_name = "N", env = "COUNTERSIGN_COUNT", default_value_t = 100)]
    count: u64,
    /// Seed: the same gives the same documents
    #[arg(long, value_name = "S", env = "COUNTERSIGN_SEED", default_value_t = 1)]
    seed: u64,
    /// Write a PDF of each
    #[arg(long, env = "COUNTERSIGN_PDF", value_parser = clap::builder::FalseyValueParser::new())]
    pdf: bool,
    /// Write a degraded scan of each, in `scans/`
    #[arg(long, env = "COUNTERSIGN_SCANS", value_parser = clap::builder::FalseyValueParser::new())]
    scans: bool,
}

pub(super) fn run(_global: &Global, args: &Args) -> Outcome {
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot create {}", args.out.display()))?;
    let used = std::fs::read_dir(&args.out).with_context(|| format!("cannot list {}", args.out.display()))?.next().is_some();
    if used {
        return Err(WrongUse(format!("{} has files already: name a new folder", args.out.display())).into());
    }
    let digits = args.count.to_string().len().max(4);
    for index in 0..args.count {
        write_document(args, index, &format!("{index:0digits$}"))?;
        if (index + 1).is_multiple_of(100) {
            eprintln!("{} of {} documents", index + 1, args.count);
        }
    }
    println!("{} documents of seed {} written to {}", args.count, args.seed, args.out.display());
    Ok(ExitCode::SUCCESS)
}

fn write_document(args: &Args, index: u64, name: &str) -> anyhow::Result<()> {
    let printed = args.pdf || args.scans;
    let sample = if printed { clean(args.seed, index) } else { generate(args.seed, index) };
    // Not the document's own chance, so that looks and layouts vary apart.
    let mut rng = Rng::seed_from_u64(args.seed.rotate_left(32) ^ index);
    let look = Look::draw(&mut rng);
    let file = format!("{name}.pdf");
    let origin = Origin { seed: args.seed, index, source: "generated", file: args.pdf.then_some(file.as_str()) };
    put_json(&args.out.join(format!("{name}.json")), &corpus::pages(&sample))?;
    put_json(&args.out.join(format!("{name}.truth.json")), &corpus::truth(&sample, &origin, Value::Null))?;
    if args.pdf {
        put(&args.out.join(&file), &pdf(&mut rng, &sample.pages, &look))?;
    }
    if args.scans {
        let scans = args.out.join("scans");
        std::fs::create_dir_all(&scans).with_context(|| format!("cannot create {}", scans.display()))?;
        let sample = drawable(&sample);
        let wear = Wear::draw(&mut rng);
        let (bytes, ending) = scan(&mut rng, &sample, &look, &wear)?;
        let file = format!("{name}.{ending}");
        let origin = Origin { source: "generated_scan", file: Some(&file), ..origin };
        put(&scans.join(&file), &bytes)?;
        put_json(&scans.join(format!("{name}.truth.json")), &corpus::truth(&sample, &origin, json!({"wear": wear})))?;
    }
    Ok(())
}

/// The document drawn by the product's own renderer and worn: a JPEG, or several in a PDF.
fn scan(rng: &mut Rng, sample: &Sample, look: &Look, wear: &Wear) -> anyhow::Result<(Vec<u8>, &'static str)> {
    let printed = pdf(rng, &sample.pages, look);
    let mut pages = Vec::new();
    for page in &sample.pages {
        let drawn = crate::reading::render(&printed, DocumentKind::Pdf, page.number, wear.dpi)?;
        let picture = image::load_from_memory(&drawn).context("the drawn page is no picture")?.into_rgb8();
        pages.push((wear.scan(rng, &picture)?, picture.dimensions(), (page.width, page.height)));
    }
    match pages.as_mut_slice() {
        [(jpeg, ..)] => Ok((std::mem::take(jpeg), "jpg")),
        _ => Ok((scanned_pdf(&pages), "pdf")),
    }
}

fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

fn put_json(path: &Path, value: &Value) -> anyhow::Result<()> {
    put(path, format!("{value}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_is_written_and_the_same_seed_writes_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let global = <crate::cli::Cli as clap::Parser>::parse_from(["countersign", "models", "list"]).global;
        let args = |out: &str| Args { out: dir.path().join(out), count: 1, seed: 5, pdf: true, scans: true };
        run(&global, &args("a")).unwrap();
        run(&global, &args("b")).unwrap();
        for file in ["0000.json", "0000.truth.json", "0000.pdf", "scans/0000.jpg", "scans/0000.truth.json"] {
            let read = |folder: &str| std::fs::read(dir.path().join(folder).join(file)).unwrap();
            assert!(!read("a").is_empty() && read("a") == read("b"), "{file}");
        }
        assert!(run(&global, &args("a")).is_err(), "a folder with files was overwritten");
        let scan = std::fs::read(dir.path().join("a/scans/0000.jpg")).unwrap();
        assert_eq!(image::guess_format(&scan).unwrap(), image::ImageFormat::Jpeg);
        let accepted = crate::intake::accept(scan, &crate::intake::Limits::default()).unwrap();
        assert_eq!(accepted.kind, DocumentKind::Jpeg);
        let pdf: Value = serde_json::from_slice(&std::fs::read(dir.path().join("a/0000.truth.json")).unwrap()).unwrap();
        assert_eq!((pdf["_meta"]["source"].as_str(), pdf["_meta"]["file"].as_str()), (Some("generated"), Some("0000.pdf")));
        let truth: Value = serde_json::from_slice(&std::fs::read(dir.path().join("a/scans/0000.truth.json")).unwrap()).unwrap();
        assert_eq!((truth["_meta"]["source"].as_str(), truth["_meta"]["file"].as_str()), (Some("generated_scan"), Some("0000.jpg")));
        assert!(truth["currency"].is_string() && truth["_meta"]["wear"]["dpi"].is_number());
    }
}
