//! `countersign train extractor --from-corrections`: from what people confirmed to a better extractor.
//!
//! Runs on the server's machine, beside the server or without it; there is no route to it. The words of a
//! page are not kept, so the originals are read again, each in a child process. Nothing of a document
//! leaves the machine or is written anywhere: the model folder gets weights and counts. The exit status
//! is 1 where the gate keeps the installed model.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use futures::StreamExt as _;

use crate::cli::{Global, Outcome, WrongUse, database, models, runtime};
use crate::config::default_recognizers;
use crate::domain::CompanyId;
use crate::extraction::{Extractor, MODEL};
use crate::inference::Models;
use crate::reading::{ReadOptions, ReaderPool};
use crate::store::Store;
use crate::store::types::ConfirmedDocument;
use crate::training::extractor::finetune::{Documents, Installed, Settings, Tuned, finetune};
use crate::training::extractor::labelled::{Labelled, answers, label};
use crate::training::replacement::{PREVIOUS, replace_model};

/// Documents learned from at most, the newest of all: bounds time and memory.
const MOST: usize = 2_000;
/// Rows of one query.
const PAGE: u32 = 200;

pub(super) fn run(global: &Global, company: Option<&str>, out: Option<PathBuf>, settings: &Settings) -> Outcome {
    let installed = installed(global)?;
    let found = runtime()?.block_on(gather(global, company))?;
    let passed_over = found.confirmed - found.labelled.len();
    let documents = Documents::new(found.labelled, settings.least)?;
    let counts = documents.counts();
    let mut print = std::io::stdout();
    writeln!(
        print,
        "{} documents that people confirmed: {} to learn from, {} to watch, {} reserved to judge (never learned from); {passed_over} of no \
         use (unreadable, or their values are not on their pages)",
        counts.learned + counts.watched + counts.reserved,
        counts.learned,
        counts.watched,
        counts.reserved
    )?;
    let tuned = finetune(&installed, &documents, settings, &|line| eprintln!("{line}"))?;
    writeln!(print, "\n{}\n", tuned.comparison)?;
    if let Err(reason) = tuned.comparison.verdict() {
        writeln!(print, "kept: {} stays, because the new model is not better: {reason}", installed.manifest.id())?;
        return Ok(ExitCode::FAILURE);
    }
    let out = out.unwrap_or_else(|| installed.dir.clone());
    let new = install(&out, tuned)?;
    writeln!(print, "replaced: {new} is written to {} (sha256 {})", out.display(), new.sha256)?;
    if out == installed.dir {
        writeln!(
            print,
            "{} is kept in {}{PREVIOUS}: `countersign models rollback {MODEL}` puts it back",
            installed.manifest.id(),
            out.display()
        )?;
    }
    writeln!(print, "restart the server to use it")?;
    Ok(ExitCode::SUCCESS)
}

/// The installed extractor, verified, and one that this program runs.
fn installed(global: &Global) -> anyhow::Result<Installed> {
    let root = global.overrides().models_dir().map_err(|error| WrongUse(error.to_string()))?;
    let models = models::open(global)?;
    Extractor::open(&models)?;
    let (manifest, onnx) = models.file(MODEL)?;
    let dir = root.join(MODEL);
    let card = std::fs::read_to_string(dir.join("CARD.md")).unwrap_or_default();
    Ok(Installed { dir, manifest, onnx, card })
}

/// Puts the new model in place, once this program has opened it.
fn install(out: &Path, tuned: Tuned) -> anyhow::Result<crate::inference::ModelId> {
    let name = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let check = |staging: &Path| {
        let models = Models::open(staging)?;
        // Outside the models folder it may have any name.
        if name == MODEL {
            Extractor::open(&models).map(|_| ())?
        } else {
            models.get(&name).map(|_| ())?
        }
        Ok(())
    };
    Ok(replace_model(out, (tuned.manifest, &tuned.onnx, &tuned.card), check)?.id())
}

/// What the database holds.
struct Found {
    /// Documents of cases that people approved or corrected.
    confirmed: usize,
    /// Those that teach something.
    labelled: Vec<Labelled>,
}

async fn gather(global: &Global, company: Option<&str>) -> anyhow::Result<Found> {
    let store = database::open_existing(global).await?;
    let mut rows: Vec<(CompanyId, ConfirmedDocument)> = Vec::new();
    for company in database::companies(&store, company).await? {
        let (mut before, most) = (None, rows.len() + MOST);
        while rows.len() < most {
            let page = store.confirmed(company.id, before, PAGE).await?;
            let Some(last) = page.last() else { break };
            before = Some(last.case);
            rows.extend(page.into_iter().map(|row| (company.id, row)));
        }
    }
    if rows.len() > MOST {
        // Ids count up with time.
        rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.case));
        rows.truncate(MOST);
        eprintln!("only the newest {MOST} documents are used");
    }
    // An e-invoice without a page shows nothing to read.
    let confirmed = rows.len();
    rows.retain(|(_, row)| row.kind.has_pages());
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let models_dir = global.overrides().models_dir()?;
    let source = Arc::new((store, ReaderPool::new(cores, program).with_recognition(default_recognizers(cores), models_dir)));
    let all = rows.len();
    eprintln!("reading {all} documents again");
    let mut work = futures::stream::iter(rows.into_iter().map(|row| labelled(Arc::clone(&source), row))).buffered(cores);
    let (mut labelled, mut done) = (Vec::new(), 0_usize);
    while let Some(document) = work.next().await {
        labelled.extend(document?);
        done += 1;
        if done.is_multiple_of(50) {
            eprintln!("{done} of {all} documents read");
        }
    }
    drop(work);
    source.0.close().await;
    Ok(Found { confirmed, labelled })
}

/// Reads a document's pages again and labels them; nothing where it cannot be read or teaches nothing.
async fn labelled(source: Arc<(Store, ReaderPool)>, (company, row): (CompanyId, ConfirmedDocument)) -> anyhow::Result<Option<Labelled>> {
    let (store, readers) = &*source;
    let Some(bytes) = store.document_bytes(company, row.document).await? else { return Ok(None) };
    let options = ReadOptions { ignore_embedded_xml: true, ..ReadOptions::default() };
    let reading = match readers.read(bytes, row.kind, options).await {
        Ok(reading) => reading,
        Err(error) => {
            eprintln!("document {}: {}", row.document, error.message);
            return Ok(None);
        }
    };
    let labels = tokio::task::spawn_blocking(move || {
        let answers = answers(&row.extraction, row.approved);
        label(&row.sha256, &reading.pages, row.extraction.document_type, &answers)
    });
    labels.await.context("labelling ended badly")
}
