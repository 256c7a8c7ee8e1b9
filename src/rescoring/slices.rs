//! Long steps in slices, that any process with the scratch folder and the models can score.
//!
//! A sorted query is written down once, cut into *slices* of whole groups at places that depend on the
//! data alone. Scoring a slice reads its rows and leaves one file; a slice whose file is there is done. So
//! the same function serves the threads of this process, a run that goes on after it was killed, and the
//! executors of a cluster ([`super::cluster`]), and the result is the same bytes for all of them.
//!
//! Why not window functions over partitions of the table: a supplier's or a row's candidates must be seen
//! together and in order, by code that keeps a state; the query engine would sort the rows once more on
//! each node and hand them over row by row. Cutting costs one copy of the sorted rows.

use super::crew::{Cutter, Piece};
use super::engine::Engine;
use super::tables::{TableReader, TableWriter};
use super::{Progress, RescoreError, Stop};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result as EngineResult;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const INPUT: &str = "input.arrow";
const INDEX: &str = "slices.json";

/// Scores pieces of a sorted table.
pub(super) trait Job: Send + Sync {
    /// The columns that it gives.
    fn schema(&self) -> SchemaRef;
    /// A worker with a state of its own: it gets pieces in order, one after the other where a piece
    /// continues the one before.
    fn worker(&self) -> Box<dyn FnMut(Piece) -> Result<RecordBatch, RescoreError> + '_>;
}

/// A step: what is read, and how it is cut.
pub(super) struct Step<K> {
    /// Name of the step, of its folder and of the table that it leaves.
    pub name: &'static str,
    /// A query in the order of its groups.
    pub input: String,
    /// The group of a row, and whether a row is of the group of the one before.
    pub group: fn(&RecordBatch, usize) -> EngineResult<K>,
    pub same: fn(&RecordBatch, usize) -> EngineResult<bool>,
    /// Rows of a piece, at least and at most, and of a slice at least.
    pub piece: (usize, usize),
    pub slice: u64,
    /// What the phase counts in all; each slice advances it by its share.
    pub counted: u64,
}

/// A run of whole groups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Slice {
    pub rows: u64,
    pieces: Vec<Span>,
}

/// The batches of a piece in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Span {
    from: usize,
    to: usize,
    continues: bool,
}

/// The folder of a step: its rows, its slices, and what was made of them.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub fn of(scratch: &Path, step: &str) -> Self {
        Self(scratch.join(step))
    }

    /// The slices, where the rows are completely there.
    pub fn slices(&self) -> Option<Vec<Slice>> {
        serde_json::from_slice(&std::fs::read(self.0.join(INDEX)).ok()?).ok()
    }

    /// When the slices were cut: another run's are others.
    #[cfg(feature = "cluster")]
    pub fn time(&self) -> Option<std::time::SystemTime> {
        std::fs::metadata(self.0.join(INDEX)).and_then(|index| index.modified()).ok()
    }

    /// Where the table of slices to score stands.
    #[cfg(feature = "cluster")]
    pub fn tasks(&self) -> PathBuf {
        self.0.join("tasks")
    }

    pub fn result(&self, slice: usize) -> PathBuf {
        self.0.join(format!("scored-{slice:06}.arrow"))
    }

    /// All results, in order, and that of no rows at all.
    fn results(&self, slices: usize) -> Vec<PathBuf> {
        (0..slices.max(1)).map(|slice| self.result(slice)).collect()
    }

    fn cut<K: PartialEq>(&self, cutter: &mut Cutter<K>, least: u64) -> Result<Vec<Slice>, RescoreError> {
        let failed = |source| RescoreError::io("create", &self.0, source);
        if self.0.exists() {
            std::fs::remove_dir_all(&self.0).map_err(failed)?;
        }
        std::fs::create_dir_all(&self.0).map_err(failed)?;
        let mut writer: Option<TableWriter> = None;
        let mut slices: Vec<Slice> = Vec::new();
        let mut batches = 0;
        while let Some(piece) = cutter.next()? {
            let writer = match &mut writer {
                Some(writer) => writer,
                none => none.insert(TableWriter::create(&self.0.join(INPUT), &piece.schema())?),
            };
            let from = batches;
            let mut rows = 0;
            for batch in &piece.batches {
                writer.write(batch)?;
                rows += batch.num_rows() as u64;
                batches += 1;
            }
            if slices.last().is_none_or(|slice| slice.rows >= least && !piece.continues) {
                slices.push(Slice::default());
            }
            if let Some(slice) = slices.last_mut() {
                slice.rows += rows;
                slice.pieces.push(Span { from, to: batches, continues: piece.continues });
            }
        }
        writer.map(TableWriter::finish).transpose()?;
        let broken = |error: serde_json::Error| RescoreError::Broken(error.to_string());
        let (staged, index) = (self.0.join("slices.part"), self.0.join(INDEX));
        std::fs::write(&staged, serde_json::to_vec(&slices).map_err(broken)?)
            .and_then(|()| std::fs::rename(&staged, &index))
            .map_err(|source| RescoreError::io("write", &index, source))?;
        Ok(slices)
    }

    /// Scores one slice with a worker, unless that was done before.
    pub fn score(
        &self,
        number: usize,
        slice: &Slice,
        job: &dyn Job,
        worker: &mut dyn FnMut(Piece) -> Result<RecordBatch, RescoreError>,
        stop: &Stop,
    ) -> Result<(), RescoreError> {
        let result = self.result(number);
        if result.exists() {
            return Ok(());
        }
        // A name that no other process takes for the same slice.
        let staged = self.0.join(format!("scored-{number:06}-{}.arrow", std::process::id()));
        let mut writer = TableWriter::create(&staged, &job.schema())?;
        for span in &slice.pieces {
            stop.check()?;
            let mut reader = TableReader::open(&self.0.join(INPUT))?.range(span.from, span.to)?;
            let mut batches = Vec::with_capacity(span.to - span.from);
            while let Some(batch) = reader.next()? {
                batches.push(batch);
            }
            writer.write(&worker(Piece::of(batches, span.continues))?)?;
        }
        writer.finish()?;
        std::fs::rename(&staged, &result).map_err(|source| RescoreError::io("write", &result, source))
    }

    /// Scores slices on `hands` threads.
    fn score_here(&self, slices: &[Slice], job: &dyn Job, (hands, stop): (usize, &Stop), done: &Share) -> Result<(), RescoreError> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut worker = job.worker();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(slice) = slices.get(number) else { return Ok(()) };
                let outcome = self.score(number, slice, job, worker.as_mut(), stop);
                if outcome.is_err() {
                    // The others need not go on.
                    next.store(slices.len(), Ordering::Relaxed);
                    return outcome;
                }
                done.advance(slice.rows);
            }
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..hands.max(1)).map(|_| scope.spawn(work)).collect();
            let outcomes: Vec<Result<(), RescoreError>> = threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|_| Err(RescoreError::Broken("a worker panicked".into()))))
                .collect();
            outcomes.into_iter().collect()
        })
    }
}

/// Advances a phase by the share that slices have of all rows.
pub(super) struct Share {
    progress: Arc<dyn Progress>,
    counted: u64,
    rows: u64,
}

impl Share {
    pub fn advance(&self, rows: u64) {
        self.progress.advance((u128::from(rows) * u128::from(self.counted) / u128::from(self.rows.max(1))) as u64);
    }
}

/// Runs a step and registers what it leaves as table `step.name`. Slices that an earlier run finished stay.
pub(super) async fn run<K: PartialEq + Send + 'static>(
    engine: &Engine,
    scratch: &Path,
    step: Step<K>,
    job: Arc<dyn Job>,
    progress: Arc<dyn Progress>,
) -> Result<(), RescoreError> {
    let folder = Folder::of(scratch, step.name);
    let slices = match folder.slices() {
        Some(slices) => slices,
        None => {
            let folder = folder.clone();
            engine
                .fold(step.input, move |batches| folder.cut(&mut Cutter::new(batches, step.group, step.same, step.piece), step.slice))
                .await?
        }
    };
    let done = (0..slices.len()).filter(|slice| folder.result(*slice).exists()).count();
    if done > 0 {
        progress.note(&format!("{}: {done} of {} slices were scored before", step.name, slices.len()));
    }
    if slices.is_empty() {
        TableWriter::create(&folder.result(0), &job.schema())?.finish()?;
    }
    let share = Share { progress, counted: step.counted, rows: slices.iter().map(|slice| slice.rows).sum() };
    match engine.cluster() {
        Some(cluster) => cluster.score(scratch, step.name, &slices, (engine.stop(), &share)).await?,
        None => {
            let (folder, slices, stop, hands) = (folder.clone(), slices.clone(), engine.stop().clone(), engine.hands());
            let scored = tokio::task::spawn_blocking(move || folder.score_here(&slices, job.as_ref(), (hands, &stop), &share));
            scored.await.map_err(|error| RescoreError::Broken(error.to_string()))??;
        }
    }
    // Its place is needed by what follows; the results stay.
    let _ = std::fs::remove_file(folder.0.join(INPUT));
    register(engine, scratch, step.name)
}

/// Registers what a finished step left.
pub(super) fn register(engine: &Engine, scratch: &Path, name: &str) -> Result<(), RescoreError> {
    let folder = Folder::of(scratch, name);
    let slices = folder.slices().ok_or_else(|| RescoreError::Broken(format!("the slices of {name} are gone")))?;
    engine.register(name, &folder.results(slices.len()), &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rescoring::Silent;
    use datafusion::arrow::array::Int64Array;
    use datafusion::arrow::compute::concat_batches;
    use datafusion::arrow::datatypes::{DataType, Field, Schema};

    /// Numbers the rows of each group.
    struct Count(SchemaRef);

    impl Job for Count {
        fn schema(&self) -> SchemaRef {
            Arc::clone(&self.0)
        }

        fn worker(&self) -> Box<dyn FnMut(Piece) -> Result<RecordBatch, RescoreError> + '_> {
            let (mut group, mut count) = (-1, 0);
            Box::new(move |piece| {
                if !piece.continues {
                    group = -1;
                }
                let batch = concat_batches(&piece.schema(), &piece.batches).unwrap();
                let groups = batch.column(0).as_any().downcast_ref::<Int64Array>().unwrap();
                let numbers = groups.values().iter().map(|value| {
                    count = if *value == group { count + 1 } else { 0 };
                    group = *value;
                    count
                });
                let numbers: Int64Array = numbers.collect();
                Ok(RecordBatch::try_new(self.schema(), vec![Arc::new(numbers)]).unwrap())
            })
        }
    }

    fn value(batch: &RecordBatch, at: usize) -> EngineResult<i64> {
        Ok(batch.column(0).as_any().downcast_ref::<Int64Array>().unwrap().value(at))
    }

    fn same(batch: &RecordBatch, at: usize) -> EngineResult<bool> {
        Ok(value(batch, at)? == value(batch, at - 1)?)
    }

    #[test]
    fn any_number_of_hands_gives_the_same_and_nothing_is_done_twice() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
        let mut expected = None;
        for hands in [1, 3] {
            let home = tempfile::tempdir().unwrap();
            let step = || Step {
                name: "counts",
                input: "SELECT value / 7 AS g FROM generate_series(0, 999) ORDER BY g".into(),
                group: value,
                same,
                piece: (4, 5),
                slice: 40,
                counted: 1000,
            };
            let engine = Engine::for_test(home.path(), hands);
            let job: Arc<dyn Job> = Arc::new(Count(Arc::clone(&schema)));
            let go = || runtime.block_on(run(&engine, home.path(), step(), Arc::clone(&job), Arc::new(Silent)));
            go().unwrap();
            let folder = Folder::of(home.path(), "counts");
            let slices = folder.slices().unwrap();
            assert!(slices.len() > 10 && slices.iter().map(|slice| slice.rows).sum::<u64>() == 1000, "{}", slices.len());
            let files: Vec<Vec<u8>> = folder.results(slices.len()).iter().map(|path| std::fs::read(path).unwrap()).collect();
            assert!(*expected.get_or_insert(files.clone()) == files);
            let kept = std::fs::metadata(folder.result(3)).unwrap().modified().unwrap();
            engine.forget("counts");
            go().unwrap();
            assert_eq!(std::fs::metadata(folder.result(3)).unwrap().modified().unwrap(), kept);
            let all = runtime.block_on(engine.collect("SELECT sum(n) AS s FROM counts")).unwrap();
            // 142 groups of seven and one of six.
            assert_eq!(value(&all[0], 0).unwrap(), 142 * 21 + 15);
        }
    }
}
