//! The caller's side: hands the slices of a step to the scheduler and waits for their files.

use super::super::engine::write_parquet;
use super::super::slices::{Folder, Share, Slice};
use super::super::{RescoreError, Stop};
use super::function::{NAME, ScoreSlice};
use ballista::prelude::{SessionConfigExt as _, SessionContextExt as _};
use datafusion::arrow::array::{Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::parquet::basic::Compression;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long the scheduler may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often files are counted.
const EVERY: Duration = Duration::from_millis(250);
/// Tasks at most; beyond it some get several slices.
const TASKS: usize = 4096;

/// A cluster that can be reached.
#[derive(Clone)]
pub(in super::super) struct Cluster {
    url: String,
    /// Identity of the model by step.
    models: Arc<BTreeMap<String, String>>,
}

impl Cluster {
    /// Looks whether a scheduler listens at `url`.
    pub async fn connect(url: &str, models: BTreeMap<String, String>) -> Result<Self, RescoreError> {
        let wrong = || RescoreError::WrongUse(format!("{url} is no scheduler's address; write http://HOST:PORT"));
        let address =
            url.trim_end_matches('/').split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "df")).ok_or_else(wrong)?.1;
        let reached = tokio::time::timeout(PATIENCE, tokio::net::TcpStream::connect(address)).await;
        match reached {
            Ok(Ok(_)) => Ok(Self { url: format!("http://{address}"), models: Arc::new(models) }),
            Ok(Err(error)) => Err(RescoreError::Cluster(format!("no scheduler at {url}: {error}"))),
            Err(_) => Err(RescoreError::Cluster(format!("no scheduler at {url}: it does not answer"))),
        }
    }

    /// Has the slices of a step scored that are not yet.
    pub async fn score(&self, scratch: &Path, step: &str, slices: &[Slice], (stop, share): (&Stop, &Share)) -> Result<(), RescoreError> {
        let scratch = std::fs::canonicalize(scratch).map_err(|source| RescoreError::io("read", scratch, source))?;
        let folder = Folder::of(&scratch, step);
        let open = |number: &usize| !folder.result(*number).exists();
        let mut open_slices: Vec<usize> = (0..slices.len()).filter(open).collect();
        if open_slices.is_empty() {
            return Ok(());
        }
        let sql = self.deal(&scratch, step, &open_slices)?;
        let context = self.session(open_slices.len()).await.map_err(failed)?;
        let tasks = folder.tasks();
        let query = async move {
            let path = tasks.to_string_lossy().into_owned();
            context.register_parquet("slices", path, ParquetReadOptions::default()).await?;
            context.sql(&sql).await?.collect().await
        };
        let running = tokio::spawn(query);
        loop {
            tokio::time::sleep(EVERY).await;
            let ended = running.is_finished();
            let (left, done): (Vec<usize>, Vec<usize>) = open_slices.into_iter().partition(open);
            share.advance(done.iter().filter_map(|number| slices.get(*number)).map(|slice| slice.rows).sum());
            open_slices = left;
            if ended {
                break;
            }
            if let Err(error) = stop.check() {
                running.abort();
                return Err(error);
            }
        }
        let outcome: Result<Vec<RecordBatch>, DataFusionError> = running.await.map_err(|error| RescoreError::Broken(error.to_string()))?;
        outcome.map_err(failed)?;
        match open_slices.first() {
            Some(number) => Err(RescoreError::Cluster(format!("slice {number} of {step} was not scored"))),
            None => Ok(()),
        }
    }

    /// Writes the table of slice numbers, one file a task, and gives the query over it.
    fn deal(&self, scratch: &Path, step: &str, slices: &[usize]) -> Result<String, RescoreError> {
        let tasks = Folder::of(scratch, step).tasks();
        let io = |source| RescoreError::io("create", &tasks, source);
        if tasks.exists() {
            std::fs::remove_dir_all(&tasks).map_err(io)?;
        }
        std::fs::create_dir_all(&tasks).map_err(io)?;
        let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new("slice", DataType::Int64, false)]));
        for (task, numbers) in slices.chunks(slices.len().div_ceil(TASKS).max(1)).enumerate() {
            let numbers: Int64Array = numbers.iter().map(|number| Some(*number as i64)).collect();
            let mut batch = Some(RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(numbers)]).map_err(DataFusionError::from)?);
            let path: PathBuf = tasks.join(format!("{task:06}.parquet"));
            write_parquet(|| Ok(batch.take()), Arc::clone(&schema), &path, Compression::UNCOMPRESSED)?;
        }
        let quoted = |text: &str| text.replace('\'', "''");
        let model = self.models.get(step).map_or("", String::as_str);
        let scratch = quoted(&scratch.to_string_lossy());
        Ok(format!("SELECT slice, {NAME}('{scratch}', '{}', '{}', slice) AS rows FROM slices", quoted(step), quoted(model)))
    }

    async fn session(&self, tasks: usize) -> Result<SessionContext, DataFusionError> {
        let config = SessionConfig::new_with_ballista().with_target_partitions(tasks.min(TASKS));
        let state = SessionStateBuilder::new().with_config(config).with_default_features().build();
        let context = SessionContext::remote_with_state(&self.url, state).await?;
        // After connecting: functions of the state handed in are not kept.
        context.register_udf(ScoreSlice::new(None));
        Ok(context)
    }
}

fn failed(error: DataFusionError) -> RescoreError {
    RescoreError::Cluster(error.to_string())
}
