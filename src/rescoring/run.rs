//! The way through a run, step by step. A step that an earlier run finished is taken over.

use super::cluster::Cluster;
use super::engine::Engine;
use super::ingest::{Ingest, Ingested};
use super::inputs::{Input, find};
use super::journal::{Basis, InputFile, Journal, Start, program};
use super::output::{Format, Shape};
use super::scratch::{Scratch, publish};
use super::shelf::Shelf;
use super::tally::Tally;
use super::verdicts::Terms;
use super::{Progress, RescoreError, RescoreOptions, Stop, Summary};
use super::{anomalies, book, candidates, chronicle, duplicates, netting, output, report, slices, verdicts};
use crate::inference::{ModelId, Models};
use crate::screening::anomaly::AnomalyScorer;
use crate::screening::duplicates::DuplicateScorer;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

/// Steps as the journal names them.
const BOOK: &str = "reading";
const ANOMALIES: &str = "anomalies";
const CANDIDATES: &str = "candidates";
const PAIRS: &str = "pairs";
const RESULTS: &str = "results";

/// Scores the history in `options.inputs` and writes what `options` asks for.
///
/// Everything is written into a folder beside `options.out` first and renamed at the very end, so a run
/// that fails or is stopped leaves no file under a final name, and an older file there untouched. What it
/// finished stays in that folder, and the same call goes on from there.
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
    let scorers = (AnomalyScorer::open(models).map_err(scoring)?, DuplicateScorer::open(models).map_err(scoring)?);
    let (inputs, failed_files) = open_inputs(options, stop, progress.as_ref())?;
    let basis = basis(options, &inputs, &scorers)?;
    let scratch = Scratch::beside(&options.out)?;
    let (journal, start) =
        if options.fresh { (Journal::new(scratch.path(), basis), Start::New) } else { Journal::open(scratch.path(), basis) };
    begin(&scratch, &start, progress.as_ref())?;
    let mut desk = Desk { options, stop, progress, journal, scorers };
    let outcome = desk.steps(&scratch, inputs, failed_files).await;
    // What cannot be continued, or has nothing to continue from, is not kept.
    if outcome.is_ok() || desk.journal.is_empty() || matches!(outcome, Err(RescoreError::NothingToScore(_))) {
        scratch.remove();
    }
    outcome
}

/// What the finished steps depend on.
fn basis(options: &RescoreOptions, inputs: &[Input], scorers: &(AnomalyScorer, DuplicateScorer)) -> Result<Basis, RescoreError> {
    let models = [scorers.0.model(), scorers.1.model()];
    Ok(Basis {
        program: program(),
        models: models
            .into_iter()
            .zip([scorers.0.threshold(), scorers.1.threshold()])
            .map(|(model, threshold)| (model.to_string(), identity(model, threshold)))
            .collect(),
        columns: options.columns.pairs(),
        inputs: inputs.iter().map(|input| InputFile::of(&input.path)).collect::<Result<_, _>>()?,
    })
}

/// A model by its file and its threshold.
pub(super) fn identity(model: &ModelId, threshold: f64) -> String {
    format!("{} {threshold}", model.sha256)
}

/// Says how the run begins, and clears what it cannot use.
fn begin(scratch: &Scratch, start: &Start, progress: &dyn Progress) -> Result<(), RescoreError> {
    match start {
        Start::Continued(steps) => {
            progress.note(&format!("an earlier run was not finished; going on after: {}", steps.join(", ")));
            return Ok(());
        }
        Start::Anew(cause) => progress.note(&format!("an earlier run was not finished and cannot be continued: {cause}; starting anew")),
        Start::New => {}
    }
    scratch.clear()
}

/// What every step needs.
struct Desk<'a> {
    options: &'a RescoreOptions,
    stop: &'a Stop,
    progress: Arc<dyn Progress>,
    journal: Journal,
    scorers: (AnomalyScorer, DuplicateScorer),
}

impl Desk<'_> {
    /// The models of the long steps, for executors to compare theirs with.
    fn identities(&self) -> BTreeMap<String, String> {
        let (anomaly, duplicate) = (&self.scorers.0, &self.scorers.1);
        let named = [
            (anomalies::NAME, identity(anomaly.model(), anomaly.threshold())),
            (duplicates::NAME, identity(duplicate.model(), duplicate.threshold())),
        ];
        named.map(|(step, identity)| (step.to_owned(), identity)).into()
    }

    async fn steps(&mut self, scratch: &Scratch, inputs: Vec<Input>, failed_files: usize) -> Result<Summary, RescoreError> {
        let files = inputs.len();
        let missing = missing_columns(&inputs, self.progress.as_ref());
        let read = inputs.iter().map(report::FileRead::of).collect();
        let cluster = match &self.options.scheduler {
            Some(url) => Some(Cluster::connect(url, self.identities()).await?),
            None => None,
        };
        let engine = Engine::new(self.options, scratch.path(), self.stop, cluster).map_err(RescoreError::from_engine)?;
        let ingested = self.book(&engine, scratch, inputs).await?;
        if ingested.rows == 0 {
            keep_rejects(scratch, self.options)?;
            return Err(RescoreError::NothingToScore("no row could be read".into()));
        }
        self.anomalies(&engine, scratch, &ingested).await?;
        let shelf = Arc::new(Shelf::open(&scratch.file(chronicle::SHELF))?);
        let candidate_pairs = self.pairs(&engine, scratch, &shelf).await?;
        self.progress.phase("writing", Some(ingested.rows));
        let terms = Terms {
            anomaly: self.scorers.0.threshold(),
            duplicate: self.scorers.1.threshold(),
            numeric: ingested.numeric_ids,
            at_time: engine.has_column("anomalies", verdicts::AT_TIME).await,
        };
        let tally = self.results(&engine, scratch, terms).await?;
        let summary = Summary {
            files,
            failed_files,
            rows: ingested.rows,
            rejected: ingested.rejected,
            anomalies: tally.anomalies,
            candidate_pairs,
            duplicates: tally.duplicates,
        };
        let models = [self.scorers.0.model().clone(), self.scorers.1.model().clone()];
        let about = report::About { read, missing, models, ingested, failed_files, terms, candidate_pairs, drift: Vec::new() };
        self.publish(&engine, scratch, &shelf, (&about, &tally)).await?;
        Ok(summary)
    }

    /// Tables `book` and the shelf.
    async fn book(&mut self, engine: &Engine, scratch: &Scratch, inputs: Vec<Input>) -> Result<Ingested, RescoreError> {
        if let Some(ingested) = self.journal.done::<Ingested>(BOOK) {
            engine.register("book", &[scratch.file(chronicle::BOOK)], &["row"])?;
            return Ok(ingested);
        }
        let expected: u64 = inputs.iter().map(Input::rows).sum();
        self.progress.phase("reading", (expected > 0).then_some(expected));
        let reader = Ingest {
            inputs,
            rejects: scratch.file(REJECTS),
            progress: Arc::clone(&self.progress),
            stop: self.stop.clone(),
            hands: self.options.partitions,
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
        chronicle::write(engine, scratch).await?;
        let ingested = receiver.try_recv().map_err(|_| RescoreError::Broken("reading was not finished".into()))?;
        self.journal.finish(BOOK, &ingested)?;
        Ok(ingested)
    }

    /// Table `anomalies`.
    async fn anomalies(&mut self, engine: &Engine, scratch: &Scratch, ingested: &Ingested) -> Result<(), RescoreError> {
        if self.journal.done::<()>(ANOMALIES).is_some() {
            return slices::register(engine, scratch.path(), anomalies::NAME);
        }
        self.progress.phase("anomalies", Some(ingested.rows));
        anomalies::write(engine, scratch, self.scorers.0.clone(), ingested.rows, Arc::clone(&self.progress)).await?;
        self.journal.finish(ANOMALIES, &())
    }

    /// Table `pairs`; gives how many there are.
    async fn pairs(&mut self, engine: &Engine, scratch: &Scratch, shelf: &Arc<Shelf>) -> Result<u64, RescoreError> {
        if let Some(pairs) = self.journal.done::<u64>(PAIRS) {
            slices::register(engine, scratch.path(), duplicates::NAME)?;
            return Ok(pairs);
        }
        self.progress.phase("duplicates", Some(shelf.len() as u64));
        if self.journal.done::<()>(CANDIDATES).is_some() {
            engine.register("candidates", &[scratch.file(candidates::FILE)], &[])?;
        } else {
            candidates::write(engine, scratch).await?;
            self.journal.finish(CANDIDATES, &())?;
        }
        let reversed = netting::find(engine, shelf.len()).await?;
        reversed.save(&scratch.file(netting::FILE))?;
        let bench = duplicates::Bench { shelf: Arc::clone(shelf), reversed, scorer: self.scorers.1.clone() };
        duplicates::write(engine, scratch, bench, Arc::clone(&self.progress)).await?;
        let pairs = engine.count(duplicates::NAME).await?;
        self.journal.finish(PAIRS, &pairs)?;
        Ok(pairs)
    }

    /// Tables `results` and `flagged`, and the tally.
    async fn results(&mut self, engine: &Engine, scratch: &Scratch, terms: Terms) -> Result<Tally, RescoreError> {
        if let Some(tally) = self.journal.done::<Tally>(RESULTS) {
            engine.register("results", &[scratch.file(verdicts::RESULTS)], &["row"])?;
            engine.register("flagged", &[scratch.file(verdicts::FLAGGED)], &["row"])?;
            return Ok(tally);
        }
        let tally = verdicts::join(engine, scratch, terms).await?;
        self.journal.finish(RESULTS, &tally)?;
        Ok(tally)
    }

    /// Writes the files and puts them in place.
    async fn publish(
        &self,
        engine: &Engine,
        scratch: &Scratch,
        shelf: &Shelf,
        (about, tally): (&report::About, &Tally),
    ) -> Result<(), RescoreError> {
        let options = self.options;
        let shape = Shape { numeric: about.terms.numeric, rising: tally.rising, at_time: about.terms.at_time };
        let model = about.models.each_ref().map(ToString::to_string).join(", ");
        let (rows, repeated) = output::write_rows(engine, scratch, &options.out, shape, &model).await?;
        if !repeated.is_empty() {
            self.progress.note(&format!("row_id is not unique ({} …): rows of that name cannot be told apart", repeated.join(", ")));
        }
        let mut finished = vec![(rows, options.out.clone())];
        if let Some(path) = &options.duplicates {
            finished.push((output::write_pairs(engine, scratch, path, shape.numeric).await?, path.clone()));
        }
        if let Some(path) = &options.report {
            let page = report::page(engine, shelf, about, tally).await?;
            let staged = scratch.file("report.html");
            std::fs::write(&staged, page).map_err(|source| RescoreError::io("write", &staged, source))?;
            finished.push((staged, path.clone()));
        }
        self.stop.check()?;
        keep_rejects(scratch, options)?;
        finished.iter().try_for_each(|(staged, target)| publish(staged, target))
    }
}

const REJECTS: &str = "rejected.csv";

/// Where rejects end up.
pub(super) fn rejects_path(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".rejected.csv");
    PathBuf::from(name)
}

/// Puts the rejects in place; without any, those of an earlier run go.
fn keep_rejects(scratch: &Scratch, options: &RescoreOptions) -> Result<(), RescoreError> {
    let (staged, target) = (scratch.file(REJECTS), rejects_path(&options.out));
    if staged.exists() {
        // A copy, so that the run can still be continued until everything is in place.
        let copied = scratch.file("rejected.copy");
        std::fs::copy(&staged, &copied).map_err(|source| RescoreError::io("write", &copied, source))?;
        return publish(&copied, &target);
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

/// Says which columns became ours, and which optional ones files lack, each said once.
fn missing_columns(inputs: &[Input], progress: &dyn Progress) -> Vec<&'static str> {
    let mut mappings: Vec<(String, &Path, usize)> = Vec::new();
    for input in inputs {
        let words = input.layout().in_words();
        match mappings.iter_mut().find(|(known, ..)| *known == words) {
            Some((_, _, files)) => *files += 1,
            None => mappings.push((words, &input.path, 1)),
        }
    }
    for (words, path, files) in mappings {
        let more = if files > 1 { format!(" and {} more files", files - 1) } else { String::new() };
        progress.note(&format!("columns of {}{more}: {words}", path.display()));
    }
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
