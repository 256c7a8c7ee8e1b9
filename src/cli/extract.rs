//! `countersign extract`: fields of documents or whole folders as JSON files, without a database.
//!
//! Each document is read in a child process and extracted here, several at a time. A document that
//! cannot be read gives a file with `_error`, is named on standard error and makes the exit status
//! 1; in a folder, files of kinds that are not read are counted and passed over. Ctrl-C ends it
//! with what is done kept.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context as _;
use futures::StreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};

use super::{Global, Outcome, WrongUse};
use crate::config::default_recognizers;
use crate::domain::{Extraction, LineItem};
use crate::extraction::Extractor;
use crate::extraction::evidence::Evidence;
use crate::extraction::parts::Part;
use crate::intake::{self, Limits, Rejection};
use crate::reading::{ReadOptions, ReaderPool};

/// Options of `extract`.
#[derive(clap::Args)]
pub struct Args {
    /// Documents or folders of documents
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Folder for the results, `DIR/<relative path>.json` each
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_OUT")]
    out: PathBuf,
    /// Documents at a time [default: number of processors]
    #[arg(long, value_name = "N", env = "COUNTERSIGN_JOBS")]
    jobs: Option<usize>,
    /// Read the page of a hybrid PDF and not its XML, to measure the extractor
    #[arg(long, env = "COUNTERSIGN_IGNORE_EMBEDDED_XML", value_parser = clap::builder::FalseyValueParser::new())]
    ignore_embedded_xml: bool,
}

/// A file to extract.
struct Work {
    path: PathBuf,
    relative: PathBuf,
    /// Found in a folder, not named by the caller.
    in_folder: bool,
}

/// What became of a file.
enum Done {
    Extracted,
    PassedOver,
    Failed { path: PathBuf, message: String },
}

pub(super) fn run(global: &Global, args: Args) -> Outcome {
    let work = collect(&args.paths)?;
    let extractor = Extractor::open(&super::models::open(global)?)?;
    let jobs = args.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from)).max(1);
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let options = ReadOptions { ignore_embedded_xml: args.ignore_embedded_xml, ..ReadOptions::default() };
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot create {}", args.out.display()))?;
    let runtime = super::runtime()?;
    let models_dir = global.overrides().models_dir()?;
    let readers = ReaderPool::new(jobs, program).with_recognition(default_recognizers(jobs), models_dir);
    let shared = Arc::new(Shared { extractor, readers, options, out: args.out });
    runtime.block_on(extract_all(shared, work, jobs))
}

/// What all documents share.
struct Shared {
    extractor: Extractor,
    readers: ReaderPool,
    options: ReadOptions,
    out: PathBuf,
}

/// The files to read, folders walked in order of name.
fn collect(paths: &[PathBuf]) -> anyhow::Result<Vec<Work>> {
    let mut work = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, path, &mut work)?;
        } else if path.is_file() {
            let relative = path.file_name().map(PathBuf::from).unwrap_or_default();
            work.push(Work { path: path.clone(), relative, in_folder: false });
        } else {
            return Err(WrongUse(format!("{} is neither a file nor a folder", path.display())).into());
        }
    }
    let mut seen: BTreeMap<&Path, &Path> = BTreeMap::new();
    for item in &work {
        if let Some(other) = seen.insert(&item.relative, &item.path) {
            let message =
                format!("{} and {} would give the same result file: extract them into two folders", other.display(), item.path.display());
            return Err(WrongUse(message).into());
        }
    }
    Ok(work)
}

fn walk(root: &Path, dir: &Path, work: &mut Vec<Work>) -> anyhow::Result<()> {
    let mut entries = std::fs::read_dir(dir)
        .and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>())
        .with_context(|| format!("cannot list {}", dir.display()))?;
    entries.sort();
    for path in entries {
        if path.is_symlink() && path.is_dir() {
            // It may lead out of the folder, or round in a circle.
            eprintln!("{}: a link to a folder is not followed", path.display());
        } else if path.is_dir() {
            walk(root, &path, work)?;
        } else if path.is_file() {
            let relative = path.strip_prefix(root).unwrap_or(&path).to_owned();
            work.push(Work { path, relative, in_folder: true });
        }
    }
    Ok(())
}

async fn extract_all(shared: Arc<Shared>, work: Vec<Work>, jobs: usize) -> Outcome {
    let stopped = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&stopped);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.store(true, Ordering::Relaxed);
        }
    });
    let all = work.len();
    let progress = Progress::new(all);
    let todo = work.into_iter().take_while(|_| !stopped.load(Ordering::Relaxed));
    let mut results = futures::stream::iter(todo.map(|item| one(Arc::clone(&shared), item))).buffer_unordered(jobs);
    let (mut extracted, mut passed_over, mut failed) = (0_usize, 0_usize, 0_usize);
    while let Some(done) = results.next().await {
        match done {
            Done::Extracted => extracted += 1,
            Done::PassedOver => passed_over += 1,
            Done::Failed { path, message } => {
                failed += 1;
                progress.line(&format!("{}: {message}", path.display()));
            }
        }
        progress.step(extracted + passed_over + failed);
    }
    progress.finish();
    eprintln!("{extracted} documents extracted, {failed} failed, {passed_over} files of other kinds passed over");
    let interrupted = stopped.load(Ordering::Relaxed);
    if interrupted {
        eprintln!("interrupted: {} of {all} files were not looked at", all - extracted - failed - passed_over);
    }
    Ok(if failed > 0 || interrupted { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A bar on a terminal, plain lines elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
    all: usize,
}

impl Progress {
    fn new(all: usize) -> Self {
        let bar = (std::io::stderr().is_terminal() && all > 1).then(|| {
            let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(all as u64).with_style(style)
        });
        Self { bar, all }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    fn step(&self, done: usize) {
        match &self.bar {
            Some(bar) => bar.inc(1),
            None if done.is_multiple_of(100) => eprintln!("{done} of {} files", self.all),
            None => {}
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

async fn one(shared: Arc<Shared>, item: Work) -> Done {
    let started = Instant::now();
    let result = match fields(&shared, &item).await {
        Ok(Some(parts)) => Ok(file_json(&parts, started.elapsed().as_secs_f64())),
        Ok(None) => return Done::PassedOver,
        Err(failure) => Err(failure),
    };
    let (text, failure) = match result {
        Ok(value) => (value, None),
        Err(Failure { code, message }) => (json!({"_error": {"code": code, "message": message}}), Some(message)),
    };
    let written = write(&shared.out, &item.relative, &text);
    match (failure, written) {
        (Some(message), _) => Done::Failed { path: item.path, message },
        (None, Err(error)) => Done::Failed { path: item.path, message: format!("{error:#}") },
        (None, Ok(())) => Done::Extracted,
    }
}

/// Why a document gave no fields.
struct Failure {
    code: String,
    message: String,
}

impl Failure {
    fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

/// The fields of a file, part by part; `None` where it is of a kind that is not read and nobody named it.
async fn fields(shared: &Arc<Shared>, item: &Work) -> Result<Option<Vec<Part>>, Failure> {
    let unreadable = |e: std::io::Error| Failure::new("unreadable-file", format!("cannot be opened: {e}"));
    let limits = Limits::default();
    let size = usize::try_from(tokio::fs::metadata(&item.path).await.map_err(unreadable)?.len()).unwrap_or(usize::MAX);
    if size > limits.max_bytes {
        let rejection = Rejection::TooLarge { size, limit: limits.max_bytes };
        return Err(Failure::new(rejection.code(), rejection.to_string()));
    }
    let bytes = tokio::fs::read(&item.path).await.map_err(unreadable)?;
    let accepted = match intake::accept(bytes, &limits) {
        Ok(accepted) => accepted,
        Err(Rejection::UnsupportedType { .. }) if item.in_folder => return Ok(None),
        Err(rejection) => return Err(Failure::new(rejection.code(), rejection.to_string())),
    };
    let read = shared.readers.read(accepted.bytes, accepted.kind, shared.options).await;
    let reading = read.map_err(|e| Failure::new(&e.code, e.message))?;
    let worker = Arc::clone(shared);
    let parts = tokio::task::spawn_blocking(move || worker.extractor.extract_parts(&reading, &Evidence::default())).await;
    match parts {
        Ok(Ok(parts)) => Ok(Some(parts)),
        Ok(Err(error)) => Err(Failure::new("extraction-failed", format!("{:#}", anyhow::Error::new(error)))),
        Err(_) => Err(Failure::new("extraction-failed", "the extractor stopped on this document")),
    }
}

fn write(out: &Path, relative: &Path, value: &Value) -> anyhow::Result<()> {
    let mut name = relative.as_os_str().to_owned();
    name.push(".json");
    let path = out.join(name);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let text = serde_json::to_string_pretty(value)?;
    std::fs::write(&path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
}

/// The object of a file: its document's, or its first document's with all of them under `_parts`.
fn file_json(parts: &[Part], seconds: f64) -> Value {
    let mut out = parts.first().map(|part| to_json(&part.extraction)).unwrap_or_default();
    if parts.len() > 1 {
        let object = |part: &Part| {
            let mut object = to_json(&part.extraction);
            object.insert("pages".to_owned(), json!({"first": part.pages.start(), "last": part.pages.end()}));
            Value::Object(object)
        };
        out.insert("_parts".to_owned(), parts.iter().map(object).collect());
    }
    out.insert("_seconds".to_owned(), json!((seconds * 1e4).round() / 1e4));
    out.into()
}

/// The contract's object of one document, but for the time it took.
fn to_json(extraction: &Extraction) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("document_type".to_owned(), json!(extraction.document_type));
    if let Some(kind) = extraction.kind {
        out.insert("_kind".to_owned(), json!(kind));
    }
    let (mut confidence, mut boxes, mut source) = (Map::new(), Map::new(), Map::new());
    for (name, field) in &extraction.fields {
        out.insert(name.as_str().to_owned(), json!(field.value));
        confidence.insert(name.as_str().to_owned(), json!((field.confidence * 1e4).round() / 1e4));
        source.insert(name.as_str().to_owned(), json!(field.source.as_str()));
        if !field.boxes.is_empty() {
            boxes.insert(name.as_str().to_owned(), json!(field.boxes));
        }
    }
    if !extraction.lines.is_empty() {
        out.insert("lines".to_owned(), extraction.lines.iter().map(line).collect());
    }
    out.insert("_confidence".to_owned(), confidence.into());
    out.insert("_boxes".to_owned(), boxes.into());
    out.insert("_source".to_owned(), source.into());
    if !extraction.turns.is_empty() {
        out.insert("_turns".to_owned(), json!(extraction.turns));
    }
    out.insert("_issues".to_owned(), json!(extraction.issues));
    out.insert("_model".to_owned(), json!(extraction.model));
    out
}

fn line(item: &LineItem) -> Value {
    let mut out = Map::new();
    let mut set = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            out.insert(name.to_owned(), json!(value));
        }
    };
    set("description", item.description.clone());
    set("article_number", item.article_number.clone());
    set("quantity", item.quantity.map(|d| d.to_string()));
    set("unit", item.unit.clone());
    set("unit_price", item.unit_price.map(|d| d.to_string()));
    set("amount", item.amount.map(|d| d.to_string()));
    set("tax_rate", item.tax_rate.map(|d| d.to_string()));
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_folders_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("inner")).unwrap();
        std::fs::write(dir.path().join("inner/a.xml"), "x").unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("inner/round")).unwrap();
        let work = collect(&[dir.path().to_owned()]).unwrap();
        let found: Vec<_> = work.iter().map(|item| item.relative.display().to_string()).collect();
        assert_eq!(found, ["inner/a.xml"]);
    }
}
