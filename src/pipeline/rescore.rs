//! **6. Look back.** The company's own history is scored anew, with the installed models or with candidates
//! for them, by the same engine as `countersign rescore`; what it finds is compared with what was known.
//!
//! Runs as a job of its own: queued by a person, claimed by one worker under a lease, begun again where the
//! process died. The register is written out up to the position it had at the start, so that what comes in
//! meanwhile changes nothing. It decides nothing: a person makes cases and claims of findings (`claims.rs`).
//! It refuses a second run of a company while one is open, and candidates that this version cannot use.

mod compare;
mod export;

use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

use super::{Pipeline, PipelineError};
use crate::domain::causes::with_causes;
use crate::domain::{FindingKind, RescoringId};
use crate::faults::{Failpoint, pass};
use crate::inference::{MANIFEST_FILE, Models};
use crate::rescoring::{self, ColumnMap, Progress, RescoreError, RescoreOptions, Stop};
use crate::screening::{AnomalyScorer, DuplicateScorer, anomaly, duplicates};
use crate::store::types::{Principal, RescoringLease, RescoringRow, RescoringState};
use crate::store::{RescoringEnd, StoreError};

/// Where candidates for models lie, in the data folder: `candidates/<name>/{duplicates,anomaly}`.
const CANDIDATES: &str = "candidates";
/// Where runs work, in the data folder.
const WORK: &str = "rescorings";
/// How long a worker's hold lasts unless it is renewed.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// How often it is renewed, and progress told.
const EVERY: Duration = Duration::from_secs(2);
/// Attempts before a run is given up.
const ATTEMPTS: i64 = 3;
/// Memory for sorting, in MiB: the server has other work.
const SORTING: usize = 256;
/// The models that score history.
const SCORERS: [&str; 2] = [duplicates::MODEL_NAME, anomaly::MODEL_NAME];

/// Why a run did not come to its end.
enum Ended {
    /// The process ends: somebody else goes on.
    Released,
    /// A person asked.
    Stopped,
    /// For good, in words.
    Failed(String),
    /// The store's; worth another attempt.
    Store(StoreError),
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The two scorers of a run.
struct Scorers {
    models: Models,
    duplicates: DuplicateScorer,
    anomalies: AnomalyScorer,
}

impl Scorers {
    fn open(dir: &Path) -> Result<Self, String> {
        let models = Models::open(dir).map_err(|error| with_causes(&error))?;
        let duplicates = DuplicateScorer::open(&models).map_err(|error| with_causes(&error))?;
        let anomalies = AnomalyScorer::open(&models).map_err(|error| with_causes(&error))?;
        Ok(Self { models, duplicates, anomalies })
    }

    fn threshold(&self, kind: FindingKind) -> f64 {
        if kind == FindingKind::Duplicate { self.duplicates.threshold() } else { self.anomalies.threshold() }
    }

    fn names(&self) -> BTreeMap<String, String> {
        [("duplicates", self.duplicates.model()), ("anomaly", self.anomalies.model())]
            .into_iter()
            .map(|(task, id)| (task.to_owned(), format!("{id} {}", id.sha256)))
            .collect()
    }
}

impl Pipeline {
    /// Queues a run over the company's history, with the installed models or those of a candidate's folder.
    ///
    /// # Errors
    /// [`PipelineError::BadRequest`] for an unknown candidate or one that cannot be used; the store's
    /// [`StoreError::Exists`] while another run is open.
    pub async fn start_rescoring(&self, who: &Principal, candidate: Option<&str>) -> Result<RescoringId, PipelineError> {
        if let Some(name) = candidate {
            let refused = |message| PipelineError::BadRequest { code: "unknown-models", message, field: Some("models".into()) };
            if !self.candidates().iter().any(|known| known == name) {
                return Err(refused(format!("there are no candidate models named {name:?}")));
            }
            let (dir, installed) = (self.data_dir.join(CANDIDATES).join(name), self.models_dir.clone());
            let checked = tokio::task::spawn_blocking(move || check(&dir, &installed)).await;
            checked.map_err(|e| PipelineError::Internal(e.to_string()))?.map_err(refused)?;
        }
        let id: RescoringId = self.ambient.id();
        self.store.queue_rescoring(who.company, id, candidate, &who.by(), self.ambient.now()).await?;
        self.look_back.notify_one();
        Ok(id)
    }

    /// Asks a run to stop.
    ///
    /// # Errors
    /// [`PipelineError::NotFound`]; [`PipelineError::BadRequest`] where it has ended.
    pub async fn stop_rescoring(&self, who: &Principal, id: RescoringId) -> Result<(), PipelineError> {
        if self.store.stop_rescoring(who.company, id, &who.by(), self.ambient.now()).await? {
            return Ok(());
        }
        let row = self.store.rescoring(who.company, id).await?.ok_or(PipelineError::NotFound)?;
        let message = format!("the run has ended: it is {}", row.state.as_str());
        Err(PipelineError::BadRequest { code: "rescoring-ended", message, field: None })
    }

    /// Names of the candidates in the data folder: folders that hold at least one of the two scorers.
    #[must_use]
    pub fn candidates(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.data_dir.join(CANDIDATES)) else { return Vec::new() };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) && !name.starts_with('.'))
            .filter(|name| SCORERS.iter().any(|model| self.data_dir.join(CANDIDATES).join(name).join(model).join(MANIFEST_FILE).is_file()))
            .collect();
        names.sort();
        names
    }

    /// Claims a run and works on it to its end; `false` where none waits.
    ///
    /// # Errors
    /// The store's; the run then is claimed anew when its lease has run out.
    pub(crate) async fn look_back(&self, stop: &watch::Receiver<bool>) -> Result<bool, PipelineError> {
        let Some((lease, row)) = self.store.claim_rescoring(self.ambient.now(), LEASE, self.ambient.secret()).await? else {
            return Ok(false);
        };
        tracing::info!(rescoring = %lease.id, attempt = row.attempt, "a run over history begins");
        let ended = if row.attempt > ATTEMPTS {
            Err(Ended::Failed(format!("{ATTEMPTS} attempts ended without a word")))
        } else {
            self.rescore(&lease, &row, stop).await
        };
        let (state, error) = match ended {
            Ok(()) => (RescoringState::Finished, None),
            Err(Ended::Released) => {
                self.store.release_rescoring(&lease).await?;
                return Ok(false);
            }
            Err(Ended::Store(StoreError::LeaseLost)) => return Ok(true),
            Err(Ended::Store(error)) if row.attempt < ATTEMPTS => return Err(error.into()),
            Err(Ended::Store(error)) => (RescoringState::Failed, Some(error.to_string())),
            Err(Ended::Stopped) => (RescoringState::Stopped, None),
            Err(Ended::Failed(why)) => (RescoringState::Failed, Some(why)),
        };
        if state != RescoringState::Finished {
            tracing::warn!(rescoring = %lease.id, state = state.as_str(), error, "a run over history ended early");
            let end = RescoringEnd { state, error: error.as_deref(), outcome: None, report: None };
            self.store.end_rescoring(&lease, &end, self.ambient.now()).await?;
        }
        let work = self.work_dir(lease.id);
        if let Err(error) = std::fs::remove_dir_all(&work) {
            tracing::warn!(folder = %work.display(), %error, "a run's folder could not be removed");
        }
        Ok(true)
    }

    fn work_dir(&self, id: RescoringId) -> PathBuf {
        self.data_dir.join(WORK).join(id.to_string())
    }

    /// One run: register → file → scores → findings, compared and written.
    async fn rescore(&self, lease: &RescoringLease, row: &RescoringRow, stop: &watch::Receiver<bool>) -> Result<(), Ended> {
        let work = self.work_dir(lease.id);
        let scorers = self.prepare(&work, row).await?;
        let told = Arc::new(Told::default());
        let asked = Stop::default();
        let keeper = tokio::spawn(self.clone().keep(lease.clone(), Arc::clone(&told), asked.clone(), stop.clone()));
        let scored = self.score(lease, &work, &scorers, &told, &asked).await;
        let outcome = match scored {
            Ok(summary) => {
                pass(Failpoint::RescoringScored);
                told.phase("comparing", None);
                self.publish(lease, row, &work, &scorers, summary.rejected).await
            }
            Err(ended) => Err(ended),
        };
        keeper.abort();
        pass(Failpoint::RescoringWritten);
        outcome
    }

    /// The run's folder with the models it uses, copied once: a run that goes on after a crash goes on with
    /// the models it began with.
    async fn prepare(&self, work: &Path, row: &RescoringRow) -> Result<Scorers, Ended> {
        let (dir, installed) = (work.join("models"), self.models_dir.clone());
        let candidate = row.candidate.as_ref().map(|name| self.data_dir.join(CANDIDATES).join(name));
        let opened = tokio::task::spawn_blocking(move || {
            if !dir.is_dir() {
                gather(candidate.as_deref(), &installed, &dir)?;
            }
            Scorers::open(&dir)
        });
        opened.await.map_err(|e| Ended::Failed(e.to_string()))?.map_err(Ended::Failed)
    }

    /// Writes the register out and runs the engine over it.
    async fn score(
        &self,
        lease: &RescoringLease,
        work: &Path,
        scorers: &Scorers,
        told: &Arc<Told>,
        asked: &Stop,
    ) -> Result<rescoring::Summary, Ended> {
        let history = work.join("history.csv");
        if !history.is_file() {
            told.phase("writing the register out", self.store.count_payables(lease.company).await.ok().and_then(|n| u64::try_from(n).ok()));
            let written = export::register(&self.store, lease.company, &history, told).await?;
            if written == 0 {
                return Err(Ended::Failed("the company has no history to score".into()));
            }
        }
        let options = RescoreOptions {
            inputs: vec![history],
            out: work.join("rows.csv"),
            columns: ColumnMap::default(),
            report: Some(work.join("report.html")),
            duplicates: Some(work.join("pairs.csv")),
            partitions: std::thread::available_parallelism().map_or(1, |n| (n.get() / 2).max(1)),
            memory: SORTING,
            fresh: false,
            scheduler: None,
        };
        let (models, progress, engine_stop) = (Models::open(&work.join("models")), Arc::clone(told), asked.clone());
        let models = models.map_err(|error| Ended::Failed(with_causes(&error)))?;
        let _ = &scorers.models;
        // A runtime of its own: the engine's work never stands in the way of requests.
        let run = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let runtime = runtime.map_err(|error| RescoreError::Broken(error.to_string()))?;
            runtime.block_on(rescoring::run(&options, &models, &engine_stop, progress))
        });
        match run.await {
            Ok(Ok(summary)) => Ok(summary),
            Ok(Err(RescoreError::Interrupted)) if told.stopped.load(Ordering::Relaxed) => Err(Ended::Stopped),
            Ok(Err(RescoreError::Interrupted)) => Err(Ended::Released),
            Ok(Err(error)) => Err(Ended::Failed(with_causes(&error))),
            Err(panic) => Err(Ended::Failed(panic.to_string())),
        }
    }

    /// Renews the lease and tells how far the run is, until it ends or must.
    async fn keep(self, lease: RescoringLease, told: Arc<Told>, asked: Stop, mut stop: watch::Receiver<bool>) {
        loop {
            let until = self.ambient.now().checked_add(LEASE).unwrap_or_else(|_| self.ambient.now());
            let phase = told.phase.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let total = Some(told.total.load(Ordering::Relaxed)).filter(|total| *total >= 0);
            match self.store.keep_rescoring(&lease, until, (&phase, told.done.load(Ordering::Relaxed), total)).await {
                Ok(true) => {
                    told.stopped.store(true, Ordering::Relaxed);
                    asked.ask();
                }
                Ok(false) => {}
                Err(StoreError::LeaseLost) => return asked.ask(),
                Err(error) => tracing::warn!(rescoring = %lease.id, %error, "a run's lease could not be renewed"),
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                changed = stop.changed() => {
                    if changed.is_err() || *stop.borrow() {
                        return asked.ask();
                    }
                }
            }
        }
    }
}

/// Copies the two scorers into one folder: a candidate's where it has one, else the installed.
fn gather(candidate: Option<&Path>, installed: &Path, into: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("the models cannot be copied: {error}");
    let staged = into.with_extension("part");
    for name in SCORERS {
        let from =
            candidate.map(|dir| dir.join(name)).filter(|dir| dir.join(MANIFEST_FILE).is_file()).unwrap_or_else(|| installed.join(name));
        std::fs::create_dir_all(staged.join(name)).map_err(failed)?;
        for file in [MANIFEST_FILE, crate::inference::MODEL_FILE] {
            std::fs::copy(from.join(file), staged.join(name).join(file)).map_err(failed)?;
        }
    }
    std::fs::rename(&staged, into).map_err(failed)
}

/// Whether a candidate can score at all, before a run is queued.
fn check(candidate: &Path, installed: &Path) -> Result<(), String> {
    let scratch = candidate.join(".check");
    let checked = gather(Some(candidate), installed, &scratch).and_then(|()| Scorers::open(&scratch).map(drop));
    let _ = std::fs::remove_dir_all(&scratch);
    checked
}

/// What a run says of itself: heard by the engine's threads, told to the database by the keeper.
struct Told {
    phase: Mutex<String>,
    done: AtomicI64,
    total: AtomicI64,
    stopped: AtomicBool,
}

impl Default for Told {
    fn default() -> Self {
        Self { phase: Mutex::default(), done: AtomicI64::new(0), total: AtomicI64::new(-1), stopped: AtomicBool::new(false) }
    }
}

impl Progress for Told {
    fn phase(&self, name: &str, rows: Option<u64>) {
        name.clone_into(&mut self.phase.lock().unwrap_or_else(PoisonError::into_inner));
        self.done.store(0, Ordering::Relaxed);
        self.total.store(rows.and_then(|rows| i64::try_from(rows).ok()).unwrap_or(-1), Ordering::Relaxed);
    }

    fn advance(&self, rows: u64) {
        self.done.fetch_add(i64::try_from(rows).unwrap_or(0), Ordering::Relaxed);
    }

    fn note(&self, text: &str) {
        tracing::debug!(text, "rescoring");
    }

    fn failed(&self, _text: &str) {
        // Rows without any date: counted in the summary. Their text is no business of a log.
    }
}
