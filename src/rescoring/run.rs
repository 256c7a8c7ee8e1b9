//! The way through a run, step by step.

use super::engine::Engine;
use super::ingest::{Ingest, Ingested};
use super::inputs::{Input, find};
use super::output::Format;
use super::scratch::{Scratch, publish};
use super::{Progress, RescoreError, RescoreOptions, Stop, Summary};
use super::{anomalies, book, candidates, chronicle, duplicates, netting, output, report};
use crate::inference::Models;
use crate::screening::anomaly::AnomalyScorer;
use crate::screening::duplicates::DuplicateScorer;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

/// Scores the history in `options.inputs` and writes what `options` asks for.
///
/// Everything is written beside `options.out` first and renamed at the very end, so a run that fails or
/// is stopped leaves no file under a final name, and an older file there untouched.
///
/// # Errors
/// [`RescoreError`]; files that could not be read are not errors while another could be
/// ([`Summary::failed_files`], [`Progress::failed`]).
pub async fn run(options: &RescoreOptions, models: &Models, stop: &Stop, progress: Arc<dyn Progress>) -> Result<Summary, RescoreError> {
    Format::of(&options.out)?;
    if let Some(path) = &options.duplicates {
        Format::of(path)?;
    }
    let scoring = |error: crate::screening::ScreeningError| RescoreError::Scoring(error.to_string());
    let anomaly = AnomalyScorer::open(models).map_err(scoring)?;
    let duplicate = DuplicateScorer::open(models).map_err(scoring)?;
    let (inputs, failed_files) = open_inputs(options, stop, progress.as_ref())?;
    let files = inputs.len();
    let read: Vec<(PathBuf, String)> = inputs.iter().map(|input| (input.path.clone(), input.describe())).collect();
    let missing = missing_columns(&inputs, progress.as_ref());

    let scratch = Scratch::beside(&options.out)?;
    let engine = Engine::new(options, scratch.path(), stop).map_err(RescoreError::from_engine)?;
    let hands = options.partitions.max(1);

    progress.phase("reading", None);
    let (ingested, counts) = ingest(&engine, &scratch, inputs, stop, &progress).await?;
    if ingested.rows == 0 {
        keep_rejects(&scratch, options)?;
        return Err(RescoreError::NothingToScore("no row could be read".into()));
    }
    progress.phase("putting in order of time", Some(ingested.rows));
    let shelf = Arc::new(chronicle::write(&engine, &scratch, Arc::clone(&progress)).await?);
    progress.phase("anomalies", Some(ingested.rows));
    anomalies::write(&engine, &scratch, anomaly.clone(), hands, Arc::clone(&progress)).await?;
    progress.phase("duplicates", Some(ingested.rows));
    candidates::write(&engine, &scratch, counts).await?;
    let reversed = netting::find(&engine, shelf.len()).await?;
    let bench = (Arc::clone(&shelf), reversed, duplicate.clone());
    let candidate_pairs = duplicates::write(&engine, &scratch, bench, hands, Arc::clone(&progress)).await?;

    progress.phase("writing", Some(ingested.rows));
    output::join(&engine, &scratch, duplicate.threshold()).await?;
    let model = format!("{}, {}", anomaly.model(), duplicate.model());
    let rows = output::write_rows(&engine, &scratch, options, (ingested.numeric_ids, &model)).await?;
    let mut finished = vec![(rows, options.out.clone())];
    if let Some(path) = &options.duplicates {
        finished.push((output::write_pairs(&engine, &scratch, path, ingested.numeric_ids).await?, path.clone()));
    }
    let thresholds = report::Thresholds { anomaly: anomaly.threshold(), duplicate: duplicate.threshold() };
    let figures = report::figures(&engine, &thresholds).await?;
    if let Some(path) = &options.report {
        let about = report::About { read, missing, model, ingested: ingested.clone(), failed_files, thresholds };
        let page = report::page(&engine, &shelf, &about, &figures).await?;
        let staged = scratch.file("report.html");
        std::fs::write(&staged, page).map_err(|source| RescoreError::io("write", &staged, source))?;
        finished.push((staged, path.clone()));
    }
    say_repeats(&engine, progress.as_ref()).await?;
    stop.check()?;
    keep_rejects(&scratch, options)?;
    for (staged, target) in &finished {
        publish(staged, target)?;
    }
    Ok(Summary {
        files,
        failed_files,
        rows: ingested.rows,
        rejected: ingested.rejected,
        anomalies: figures.anomalies,
        candidate_pairs,
        duplicates: figures.duplicates,
    })
}

/// Where rejects end up.
pub(super) fn rejects_path(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".rejected.csv");
    PathBuf::from(name)
}

/// Puts the rejects in place; without any, those of an earlier run go.
fn keep_rejects(scratch: &Scratch, options: &RescoreOptions) -> Result<(), RescoreError> {
    let (staged, target) = (scratch.file("rejected.csv"), rejects_path(&options.out));
    if staged.exists() {
        return publish(&staged, &target);
    }
    match std::fs::remove_file(&target) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(RescoreError::io("remove", &target, error)),
        _ => Ok(()),
    }
}

fn open_inputs(options: &RescoreOptions, stop: &Stop, progress: &dyn Progress) -> Result<(Vec<Input>, usize), RescoreError> {
    let own: Vec<PathBuf> = [Some(options.out.clone()), options.duplicates.clone()].into_iter().flatten().collect();
    let (mut inputs, mut failed, mut causes) = (Vec::new(), 0, Vec::new());
    for given in &options.inputs {
        let (paths, passed) = find(given, &own)?;
        if passed > 0 {
            progress.note(&format!("{}: {passed} files of other kinds passed over", given.display()));
        }
        for path in paths {
            stop.check()?;
            match Input::open(&path, &options.columns, stop) {
                Ok(input) => {
                    say_conventions(&input, progress);
                    inputs.push(input);
                }
                Err(cause) => {
                    failed += 1;
                    progress.failed(&format!("{}: {cause}", path.display()));
                    causes.push(cause);
                }
            }
        }
    }
    if inputs.is_empty() {
        stop.check()?;
        return Err(RescoreError::NothingToScore(causes.into_iter().next().unwrap_or_else(|| "no CSV or Parquet file was found".into())));
    }
    Ok((inputs, failed))
}

fn say_conventions(input: &Input, progress: &dyn Progress) {
    let name = input.path.display();
    if input.guessed_dates {
        let order = if input.convention.month_first { "month/day" } else { "day/month" };
        progress.note(&format!("{name}: nothing tells day and month apart; dates are read as {order}"));
    }
    for column in &input.dropped {
        progress.note(&format!("{name}: {} mostly holds no dates and is left out", column.name()));
    }
}

/// Optional columns that files lack, each said once.
fn missing_columns(inputs: &[Input], progress: &dyn Progress) -> Vec<&'static str> {
    let mut files: BTreeMap<&'static str, usize> = BTreeMap::new();
    for input in inputs {
        for name in input.layout().missing() {
            *files.entry(name).or_default() += 1;
        }
    }
    let (everywhere, somewhere): (Vec<_>, Vec<_>) = files.into_iter().partition(|(_, count)| *count == inputs.len());
    let everywhere: Vec<&'static str> = everywhere.into_iter().map(|(name, _)| name).collect();
    if !everywhere.is_empty() {
        progress.note(&format!("columns not given, their features are left out: {}", everywhere.join(", ")));
    }
    for (name, count) in somewhere {
        progress.note(&format!("column {name} is missing in {count} of {} files", inputs.len()));
    }
    everywhere
}

async fn ingest(
    engine: &Engine,
    scratch: &Scratch,
    inputs: Vec<Input>,
    stop: &Stop,
    progress: &Arc<dyn Progress>,
) -> Result<(Ingested, candidates::KeyCounts), RescoreError> {
    let reader = Ingest {
        inputs,
        rejects: scratch.file("rejected.csv"),
        progress: Arc::clone(progress),
        stop: stop.clone(),
        sketch: candidates::KeyCounts::new(26),
    };
    let (sender, receiver) = mpsc::channel();
    engine
        .stage("history", book::schema(), Vec::new(), move |_, outlet| {
            let outcome = reader.run(outlet)?;
            // The receiver is gone only where the run has failed already.
            let _ = sender.send(outcome);
            Ok(())
        })
        .map_err(RescoreError::from_engine)?;
    engine.store("SELECT * FROM history", "ingested", &scratch.file("ingested.parquet")).await?;
    receiver.try_recv().map_err(|_| RescoreError::Broken("reading was not finished".into()))
}

/// Says where several rows have the same `row_id`: their scores cannot be told apart.
async fn say_repeats(engine: &Engine, progress: &dyn Progress) -> Result<(), RescoreError> {
    let sql = "SELECT row_id, count(*) AS times FROM results GROUP BY row_id HAVING count(*) > 1 ORDER BY row_id LIMIT 3";
    let repeated = engine.collect(sql).await?;
    let names: Vec<String> = repeated
        .iter()
        .filter_map(|batch| book::column::<datafusion::arrow::array::StringArray>(batch, "row_id").ok())
        .flat_map(|names| names.iter().flatten().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    if !names.is_empty() {
        progress.note(&format!("row_id is not unique ({} …): rows of that name cannot be told apart", names.join(", ")));
    }
    Ok(())
}
