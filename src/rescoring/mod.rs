//! Scores years of payment history in one batch: every payment against its supplier's habits, and
//! every pair of payments that could be one debt paid twice.
//!
//! Runs for `countersign rescore`, without a database. One way through, each step a query of DataFusion
//! whose sorts spill to disk, or a fold of our own over a sorted stream:
//!
//! 1. `ingest`: files -> parsed rows (bad rows go to a file of their own);
//! 2. `chronicle`: rows in order of time -> the book, and a shelf for looking single rows up;
//! 3. `anomalies`: by supplier and time, one supplier's history in memory at a time;
//! 4. `candidates`, `netting` and `duplicates`: rows that share a key -> pairs -> scores;
//! 5. `verdicts`: both joined by row, and counted (`tally`);
//! 6. `output` and `report`: the files and the HTML page, renamed into place at the end.
//!
//! What a step finished stays in the scratch folder (`scratch`, `tables`) and is written down there
//! (`journal`): a run that was killed goes on after it, unless an input, the program or a model changed.
//!
//! The same input and model give the same bytes, whatever the number of partitions: every stream is
//! totally ordered before it is folded, work is cut at places that depend on the data alone, and scores
//! are rounded. It refuses inputs without vendor, amount and date, and leaves nothing half-written.

use datafusion::error::DataFusionError;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

mod anomalies;
mod book;
mod candidates;
mod chronicle;
pub mod cluster;
mod columns;
mod crew;
mod duplicates;
mod engine;
mod figures;
mod ingest;
mod inputs;
mod journal;
mod lines;
mod netting;
mod output;
mod pace;
mod records;
mod report;
mod run;
mod scratch;
mod shelf;
mod slices;
mod synonyms;
mod tables;
mod tally;
mod texts;
mod values;
mod verdicts;

pub use columns::ColumnMap;
pub use pace::{PHASES, Pace};
pub use run::run;
pub use texts::read_texts;

/// What to score and where to put it.
#[derive(Debug, Clone)]
pub struct RescoreOptions {
    /// CSV or Parquet files, or folders of them; together they are one book.
    pub inputs: Vec<PathBuf>,
    /// Scored rows, `.parquet` or `.csv`.
    pub out: PathBuf,
    /// Names of columns.
    pub columns: ColumnMap,
    /// The HTML page.
    pub report: Option<PathBuf>,
    /// Candidate pairs, `.parquet` or `.csv`.
    pub duplicates: Option<PathBuf>,
    /// Parallel parts, 1 or more; the output does not depend on it.
    pub partitions: usize,
    /// Memory for sorting, in MiB; the process takes about as much again.
    pub memory: usize,
    /// Begin anew, even where an earlier run on this output could be continued.
    pub fresh: bool,
    /// A cluster's scheduler, `http://HOST:PORT`, that scores the long steps; the output is the same.
    pub scheduler: Option<String>,
}

/// Asks a run to stop; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn check(&self) -> Result<(), RescoreError> {
        if self.0.load(Ordering::Relaxed) { Err(RescoreError::Interrupted) } else { Ok(()) }
    }
}

/// Hears how a run goes. Called from worker threads.
pub trait Progress: Send + Sync {
    /// A new phase begins, one of [`PHASES`]; `rows` is about how many it will handle, where that is known.
    /// Phases that an earlier run finished are passed over. [`Pace`] makes a forecast of it.
    fn phase(&self, name: &str, rows: Option<u64>);
    /// So many rows more are done.
    fn advance(&self, rows: u64);
    /// Something that the user should know, said once.
    fn note(&self, text: &str);
    /// A row or file that was not read.
    fn failed(&self, text: &str);
}

/// Says nothing.
pub struct Silent;

impl Progress for Silent {
    fn phase(&self, _name: &str, _rows: Option<u64>) {}
    fn advance(&self, _rows: u64) {}
    fn note(&self, _text: &str) {}
    fn failed(&self, _text: &str) {}
}

/// What a run read and found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Files read.
    pub files: usize,
    /// Files that could not be read.
    pub failed_files: usize,
    /// Rows scored.
    pub rows: u64,
    /// Rows put aside.
    pub rejected: u64,
    /// Rows at or above the anomaly model's threshold.
    pub anomalies: u64,
    /// Pairs kept as candidates.
    pub candidate_pairs: u64,
    /// Rows that are probably another row's debt paid again.
    pub duplicates: u64,
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum RescoreError {
    /// A file could not be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The mapping of columns is wrong.
    #[error("{}: {cause}", path.display())]
    Columns {
        /// The mapping.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// A wrong option.
    #[error("{0}")]
    WrongUse(String),
    /// No input could be read.
    #[error("nothing to score: {0}")]
    NothingToScore(String),
    /// The query engine refused.
    #[error("the query engine failed: {0}")]
    Engine(#[from] DataFusionError),
    /// A model could not be used.
    #[error("scoring failed: {0}")]
    Scoring(String),
    /// The page could not be rendered.
    #[error("the report could not be rendered")]
    Report(#[from] askama::Error),
    /// A part of the work panicked.
    #[error("a part of the work broke down: {0}")]
    Broken(String),
    /// The cluster failed.
    #[error("the cluster failed: {0}")]
    Cluster(String),
    /// Another run works on this output.
    #[error("another run is writing {}; wait for it, or name another output", .0.display())]
    Busy(PathBuf),
    /// Asked to stop.
    #[error("stopped; nothing was written under the final names, and the same command goes on from here")]
    Interrupted,
}

impl RescoreError {
    fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }

    /// Errors of our own pass through the engine wrapped; this unwraps them.
    fn from_engine(error: DataFusionError) -> Self {
        match error {
            DataFusionError::External(inner) => match inner.downcast::<Self>() {
                Ok(ours) => *ours,
                Err(other) => Self::Engine(DataFusionError::External(other)),
            },
            DataFusionError::Context(_, inner) => Self::from_engine(*inner),
            other => Self::Engine(other),
        }
    }

    fn into_engine(self) -> DataFusionError {
        match self {
            Self::Engine(error) => error,
            other => DataFusionError::External(Box::new(other)),
        }
    }
}
