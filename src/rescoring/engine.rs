//! DataFusion with bounded memory, and the plumbing between its queries and our folds.
//!
//! A *stage* is plain Rust that reads one or more query results, batch by batch, and feeds a table that
//! the next query reads. Everything is pulled: nothing runs ahead by more than a few batches.

use super::cluster::Cluster;
use super::tables::{self, TableWriter};
use super::{RescoreError, RescoreOptions, Stop};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt as _;
use std::fmt;
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

/// Rows of a row group: a reader gets one partition a row group.
pub(super) const ROW_GROUP: usize = 131_072;
/// Sorting in less than this (MiB) fails.
const LEAST_MEMORY: usize = 32;
/// What a partition of a sort should have, in bytes.
const PER_PARTITION: usize = 64 << 20;
/// Spilled data may take this much disk.
const MAX_SPILL: u64 = 512 << 30;

/// The results of a query, read from a thread that may block.
pub(super) struct Batches {
    receiver: mpsc::Receiver<Result<RecordBatch>>,
    stop: Stop,
    schema: Option<SchemaRef>,
}

impl Batches {
    /// The next batch; `None` at the end.
    pub fn next(&mut self) -> std::result::Result<Option<RecordBatch>, RescoreError> {
        self.stop.check()?;
        let Some(batch) = self.receiver.blocking_recv().transpose().map_err(RescoreError::from_engine)? else { return Ok(None) };
        match &self.schema {
            Some(schema) => Ok(Some(RecordBatch::try_new(Arc::clone(schema), batch.columns().to_vec()).map_err(DataFusionError::from)?)),
            None => Ok(Some(batch)),
        }
    }

    /// The same rows under a schema of equal types (which columns may be empty, say).
    pub fn with_schema(mut self, schema: SchemaRef) -> Self {
        self.schema = Some(schema);
        self
    }
}

/// Where a stage puts its batches.
pub(super) struct Outlet {
    sender: mpsc::Sender<Result<RecordBatch>>,
    stop: Stop,
}

impl Outlet {
    /// Hands a batch on; waits while the reader is behind.
    pub fn send(&self, batch: RecordBatch) -> std::result::Result<(), RescoreError> {
        self.stop.check()?;
        // A reader that is gone has failed or needs no more, and says so itself.
        self.sender.blocking_send(Ok(batch)).map_err(|_| RescoreError::Broken("the reader of a step is gone".into()))
    }
}

type Body = Box<dyn FnOnce(Vec<Batches>, &Outlet) -> std::result::Result<(), RescoreError> + Send>;

/// The session and what every query needs.
#[derive(Clone)]
pub(super) struct Engine {
    context: SessionContext,
    stop: Stop,
    hands: usize,
    cluster: Option<Cluster>,
}

impl Engine {
    /// A session that sorts in `options.memory` MiB and spills into `spill`.
    ///
    /// `cluster` scores the long steps, where one is given.
    pub fn new(options: &RescoreOptions, spill: &Path, stop: &Stop, cluster: Option<Cluster>) -> Result<Self> {
        let bytes = options.memory.max(LEAST_MEMORY) << 20;
        // A sort that has too little memory for each of its partitions fails: fewer partitions first.
        let partitions = options.partitions.clamp(1, (bytes / PER_PARTITION).max(1));
        let Some(top) = NonZeroUsize::new(3) else { return Err(DataFusionError::Internal("three is zero".into())) };
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(TrackConsumersPool::new(FairSpillPool::new(bytes), top)))
            .with_disk_manager_builder(
                DiskManagerBuilder::default()
                    .with_mode(DiskManagerMode::Directories(vec![spill.to_owned()]))
                    .with_max_temp_directory_size(MAX_SPILL),
            )
            .build_arc()?;
        // Merging sorted runs cannot spill, and a key of several columns is encoded for it a second time:
        // half of a sort's memory is kept for that.
        let tight = bytes / partitions < (64 << 20);
        let config = SessionConfig::new()
            .with_target_partitions(partitions)
            .with_batch_size(if tight { 2048 } else { super::book::BATCH })
            .set_usize("datafusion.execution.sort_spill_reservation_bytes", bytes / partitions / 2);
        let context = SessionContext::new_with_config_rt(config, runtime);
        Ok(Self { context, stop: stop.clone(), hands: options.partitions.max(1), cluster })
    }

    /// A small one.
    #[cfg(test)]
    pub fn for_test(spill: &Path, hands: usize) -> Self {
        let options = RescoreOptions {
            inputs: Vec::new(),
            out: PathBuf::new(),
            columns: super::ColumnMap::default(),
            report: None,
            duplicates: None,
            partitions: hands,
            memory: LEAST_MEMORY,
            fresh: false,
            scheduler: None,
        };
        Self::new(&options, spill, &Stop::default(), None).unwrap()
    }

    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Threads that score.
    pub fn hands(&self) -> usize {
        self.hands
    }

    pub fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_ref()
    }

    /// Takes a table out of the session.
    #[cfg(test)]
    pub fn forget(&self, name: &str) {
        self.context.deregister_table(name).unwrap();
    }

    /// The same tables and memory for a stage that reads `sorts` sorted inputs at once: what each sort keeps
    /// for merging cannot be taken back, so together they must leave as much for their rows.
    pub fn shared_by(&self, sorts: usize) -> Self {
        let mut state = self.context.state();
        state.config_mut().options_mut().execution.sort_spill_reservation_bytes /= sorts.max(1);
        Self { context: SessionContext::new_with_state(state), ..self.clone() }
    }

    /// Runs a query.
    pub async fn query(&self, sql: &str) -> Result<SendableRecordBatchStream> {
        self.context.sql(sql).await?.execute_stream().await
    }

    /// Registers `name` as a table fed by `body`, which runs on a blocking thread when the table is
    /// read, once, and reads the results of `inputs`.
    pub fn stage(
        &self,
        name: &str,
        schema: SchemaRef,
        inputs: Vec<String>,
        body: impl FnOnce(Vec<Batches>, &Outlet) -> std::result::Result<(), RescoreError> + Send + 'static,
    ) -> Result<()> {
        let feed = Feed { schema: Arc::clone(&schema), engine: self.clone(), once: Mutex::new(Some((inputs, Box::new(body)))) };
        self.context.register_table(name, Arc::new(StreamingTable::try_new(schema, vec![Arc::new(feed)])?))?;
        Ok(())
    }

    /// Runs a query and folds its results on a blocking thread.
    pub async fn fold<T: Send + 'static>(
        &self,
        sql: String,
        body: impl FnOnce(Batches) -> std::result::Result<T, RescoreError> + Send + 'static,
    ) -> std::result::Result<T, RescoreError> {
        let batches = self.batches(sql);
        let outcome = tokio::task::spawn_blocking(move || body(batches)).await;
        self.stop.check()?;
        outcome.map_err(|error| RescoreError::Broken(error.to_string()))?
    }

    /// Runs a query in a task of its own, so that a panic in an operator is an error here.
    fn batches(&self, sql: String) -> Batches {
        let (sender, receiver) = mpsc::channel(2);
        let engine = self.clone();
        let watched = sender.clone();
        let task = tokio::spawn(async move {
            match engine.query(&sql).await {
                Ok(mut stream) => {
                    while let Some(batch) = stream.next().await {
                        if sender.send(batch).await.is_err() {
                            break;
                        }
                    }
                }
                Err(error) => {
                    let _ = sender.send(Err(error)).await;
                }
            }
        });
        tokio::spawn(async move {
            if let Err(error) = task.await {
                let broken = RescoreError::Broken(error.to_string());
                let _ = watched.send(Err(broken.into_engine())).await;
            }
        });
        Batches { receiver, stop: self.stop.clone(), schema: None }
    }

    /// Runs a query, writes its rows in their order to a file, and registers that as table `name`.
    /// Gives the number of rows.
    pub async fn store(&self, sql: &str, name: &str, path: &Path) -> std::result::Result<u64, RescoreError> {
        self.store_sorted(sql, name, path, &[]).await
    }

    /// The same where the rows come in the order of the columns `sorted_by`: later queries that ask for
    /// that order find it and do not sort again.
    pub async fn store_sorted(&self, sql: &str, name: &str, path: &Path, sorted_by: &[&str]) -> std::result::Result<u64, RescoreError> {
        let target = path.to_owned();
        let schema: SchemaRef = Arc::new(self.context.sql(sql).await.map_err(RescoreError::from_engine)?.schema().as_arrow().clone());
        let rows = self
            .fold(sql.to_owned(), move |mut batches| {
                let mut writer = TableWriter::create(&target, &schema)?;
                while let Some(batch) = batches.next()? {
                    writer.write(&batch)?;
                }
                writer.finish()
            })
            .await?;
        self.register(name, &[path.to_owned()], sorted_by)?;
        Ok(rows)
    }

    /// Registers files of [`super::tables`] as one table.
    pub fn register(&self, name: &str, files: &[PathBuf], sorted_by: &[&str]) -> std::result::Result<(), RescoreError> {
        let parts = self.context.state().config().target_partitions();
        let table = tables::provider(files, sorted_by, parts, &self.stop)?;
        self.context.register_table(name, Arc::new(table)).map_err(RescoreError::from_engine)?;
        Ok(())
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> std::result::Result<u64, RescoreError> {
        let counted = self.collect(&format!("SELECT count(*) AS n FROM {table}")).await?;
        let batch = counted.first().ok_or_else(|| RescoreError::Broken("a count gave nothing".into()))?;
        Ok(super::book::column::<datafusion::arrow::array::Int64Array>(batch, "n")?.value(0).unsigned_abs())
    }

    /// Whether a table has a column.
    pub async fn has_column(&self, table: &str, column: &str) -> bool {
        self.context.table(table).await.is_ok_and(|table| table.schema().has_column_with_unqualified_name(column))
    }

    /// All rows of a query that gives few.
    pub async fn collect(&self, sql: &str) -> std::result::Result<Vec<RecordBatch>, RescoreError> {
        self.fold(sql.to_owned(), |mut batches| {
            let mut all = Vec::new();
            while let Some(batch) = batches.next()? {
                all.push(batch);
            }
            Ok(all)
        })
        .await
    }
}

/// Compression of files that stay.
pub(super) fn lasting() -> Compression {
    Compression::ZSTD(ZstdLevel::try_new(3).unwrap_or_default())
}

/// Writes the batches that `next` gives, in their order; the same rows give the same bytes.
pub(super) fn write_parquet(
    mut next: impl FnMut() -> std::result::Result<Option<RecordBatch>, RescoreError>,
    schema: SchemaRef,
    path: &Path,
    compression: Compression,
) -> std::result::Result<u64, RescoreError> {
    let engine_error = |error: datafusion::parquet::errors::ParquetError| RescoreError::Engine(error.into());
    let file = File::create(path).map_err(|source| RescoreError::io("create", path, source))?;
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_created_by("countersign".into())
        .build();
    let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(engine_error)?;
    let mut rows = 0;
    while let Some(batch) = next()? {
        rows += batch.num_rows() as u64;
        writer.write(&batch).map_err(engine_error)?;
    }
    writer.close().map_err(engine_error)?;
    Ok(rows)
}

/// A table that a stage feeds.
struct Feed {
    schema: SchemaRef,
    engine: Engine,
    once: Mutex<Option<(Vec<String>, Body)>>,
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").finish_non_exhaustive()
    }
}

impl PartitionStream for Feed {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStream::builder(Arc::clone(&self.schema), 2);
        let taken = self.once.lock().ok().and_then(|mut once| once.take());
        let sender = builder.tx();
        let stop = self.engine.stop.clone();
        let inputs: Option<(Vec<Batches>, Body)> =
            taken.map(|(inputs, body)| (inputs.into_iter().map(|sql| self.engine.batches(sql)).collect(), body));
        builder.spawn_blocking(move || {
            let Some((inputs, body)) = inputs else {
                return Err(DataFusionError::Internal("a stage was read twice".into()));
            };
            body(inputs, &Outlet { sender, stop }).map_err(RescoreError::into_engine)
        });
        builder.build()
    }
}
