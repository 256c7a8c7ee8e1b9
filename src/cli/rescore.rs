//! `countersign rescore`: years of payment history scored in one batch.

use super::{Global, Outcome, WrongUse};
use crate::rescoring::{ColumnMap, Pace, Progress, RescoreError, RescoreOptions, Stop, Summary, run as rescore};
use crate::screening::anomaly::Teach;
use crate::training::rehearsal::FromBook;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Options of `rescore`.
#[derive(clap::Args)]
pub struct Args {
    /// CSV or Parquet files, or folders of them; together they are one book
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Scored rows (.parquet or .csv); rows that cannot be read go to FILE.rejected.csv
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_OUT")]
    out: PathBuf,
    /// TOML with lines `our_name = "their_name"` for columns that are named otherwise
    #[arg(long, value_name = "MAP.toml", env = "COUNTERSIGN_COLUMNS")]
    columns: Option<PathBuf>,
    /// One self-contained HTML page
    #[arg(long, value_name = "REPORT.html", env = "COUNTERSIGN_REPORT")]
    report: Option<PathBuf>,
    /// Likely duplicate pairs (.parquet or .csv)
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_DUPLICATES")]
    duplicates: Option<PathBuf>,
    /// Parallel parts (default: one a processor); the output does not depend on it
    #[arg(long, value_name = "N", env = "COUNTERSIGN_PARTITIONS")]
    partitions: Option<usize>,
    /// Folder in which what the model learnt from this book is kept (`anomaly-own`)
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_KEEP", conflicts_with = "as_shipped")]
    keep: Option<PathBuf>,
    /// CSV with `row_id,label` of rows that people decided on (1: anomalous, 0: not); the model learns from them
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_DECISIONS", conflicts_with = "as_shipped")]
    decisions: Option<PathBuf>,
    /// Score anomalies with the shipped model alone: it does not learn what is odd in this book
    #[arg(long, env = "COUNTERSIGN_AS_SHIPPED")]
    as_shipped: bool,
    /// Memory for sorting in MiB, beyond which it spills to disk; the process takes about as much again
    #[arg(long, value_name = "MB", env = "COUNTERSIGN_MEMORY", default_value_t = 256)]
    memory: usize,
    /// Begin anew, even where an earlier run on this output was not finished and could be continued
    #[arg(long, env = "COUNTERSIGN_FRESH")]
    fresh: bool,
    /// Scheduler of a Ballista cluster that scores the long steps (built with the feature `cluster`); the
    /// folder of the output must be shared with its executors
    #[arg(long, value_name = "URL", env = "COUNTERSIGN_SCHEDULER")]
    scheduler: Option<String>,
}

pub(super) fn run(global: &Global, args: Args) -> Outcome {
    let options = options(args)?;
    let models = super::models::open(global)?;
    let progress: Arc<Terminal> = Arc::new(Terminal::new());
    let stop = Stop::default();
    let began = Instant::now();
    let outcome = super::runtime()?.block_on(async {
        let asked = stop.clone();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                asked.ask();
            }
        });
        rescore(&options, &models, &stop, Arc::clone(&progress) as Arc<dyn Progress>).await
    });
    progress.finish();
    match outcome {
        Ok(summary) => Ok(finished(&summary, began.elapsed())),
        Err(RescoreError::WrongUse(cause)) => Err(WrongUse(cause).into()),
        Err(error @ RescoreError::Columns { .. }) => Err(WrongUse(error.to_string()).into()),
        Err(error) => Err(error.into()),
    }
}

fn options(args: Args) -> anyhow::Result<RescoreOptions> {
    let wrong = |cause: String| anyhow::Error::from(WrongUse(cause));
    if args.partitions == Some(0) {
        return Err(wrong("--partitions must be 1 or more".into()));
    }
    if let Some(missing) = args.inputs.iter().find(|input| !input.exists()) {
        return Err(wrong(format!("{} does not exist", missing.display())));
    }
    let columns = match &args.columns {
        Some(path) => ColumnMap::from_file(path).map_err(|error| wrong(error.to_string()))?,
        None => ColumnMap::default(),
    };
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let decisions = args.decisions.as_deref().map(decisions).transpose().map_err(wrong)?.unwrap_or_default();
    let teach = (!args.as_shipped).then(|| Arc::new(FromBook) as Arc<dyn Teach>);
    Ok(RescoreOptions {
        teach,
        decisions,
        keep: args.keep,
        inputs: args.inputs,
        out: args.out,
        columns,
        report: args.report,
        duplicates: args.duplicates,
        partitions: args.partitions.unwrap_or(processors),
        memory: args.memory,
        fresh: args.fresh,
        scheduler: args.scheduler,
    })
}

/// Reads decisions.
fn decisions(path: &Path) -> Result<BTreeMap<String, bool>, String> {
    let failed = |error: csv::Error| format!("{}: {error}", path.display());
    let mut reader = csv::Reader::from_path(path).map_err(failed)?;
    let header = reader.headers().map_err(failed)?;
    let column =
        |name: &str| header.iter().position(|own| own == name).ok_or_else(|| format!("{}: there is no column {name}", path.display()));
    let (id, label) = (column("row_id")?, column("label")?);
    let mut out = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(failed)?;
        let anomalous = match record.get(label) {
            Some("1") => true,
            Some("0") => false,
            other => return Err(format!("{}: row {}: label must be 1 or 0, not {:?}", path.display(), out.len() + 1, other.unwrap_or(""))),
        };
        out.insert(record.get(id).unwrap_or_default().to_owned(), anomalous);
    }
    Ok(out)
}

fn finished(summary: &Summary, took: Duration) -> ExitCode {
    let seconds = took.as_secs_f64();
    println!(
        "{} rows of {} files scored in {seconds:.1} s ({:.0} rows/s): {} unusual, {} probably paid before ({} candidate pairs kept), {} rejected",
        summary.rows,
        summary.files,
        summary.rows as f64 / seconds.max(0.001),
        summary.anomalies,
        summary.duplicates,
        summary.candidate_pairs,
        summary.rejected,
    );
    let clean = summary.rejected == 0 && summary.failed_files == 0;
    if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A bar over the whole run on a terminal, a line a phase and every few seconds elsewhere.
struct Terminal {
    bar: Option<ProgressBar>,
    began: Instant,
    state: Mutex<State>,
}

struct State {
    pace: Pace,
    said: Duration,
}

/// Between two lines, and between two movements of the bar.
const EVERY: Duration = Duration::from_secs(10);
const OFTEN: Duration = Duration::from_millis(100);
/// Steps of the bar.
const STEPS: u64 = 1000;

impl Terminal {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(STEPS));
        if let (Some(bar), Ok(style)) = (&bar, ProgressStyle::with_template("{bar:30} {msg}")) {
            bar.set_style(style);
        }
        Self { bar, began: Instant::now(), state: Mutex::new(State { pace: Pace::default(), said: Duration::ZERO }) }
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn show(&self, state: &mut State, now: Duration) {
        state.said = now;
        let words = state.pace.in_words(now);
        match &self.bar {
            Some(bar) => {
                bar.set_position((state.pace.done() * STEPS as f64) as u64);
                bar.set_message(words);
            }
            None => eprintln!("{words}"),
        }
    }
}

impl Progress for Terminal {
    fn phase(&self, name: &str, rows: Option<u64>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.began.elapsed();
        state.pace.phase(name, rows, now);
        match &self.bar {
            Some(_) => self.show(&mut state, now),
            None => eprintln!("{name} …"),
        }
    }

    fn advance(&self, rows: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.pace.advance(rows);
        let now = self.began.elapsed();
        if now.saturating_sub(state.said) >= if self.bar.is_some() { OFTEN } else { EVERY } {
            self.show(&mut state, now);
        }
    }

    fn note(&self, text: &str) {
        self.say(&format!("note: {text}"));
    }

    fn failed(&self, text: &str) {
        self.say(&format!("rejected: {text}"));
    }
}
