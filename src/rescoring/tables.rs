//! Tables between the steps: Arrow files in the scratch folder.
//!
//! Arrow's own file format and not Parquet: a table is written once and read once or twice, so it must
//! cost no more than copying its bytes. A file gets its name when it is complete. The query engine sees
//! a table as ranges of its batches, so that several threads can read it.

use super::{RescoreError, Stop};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::FileReader;
use datafusion::arrow::ipc::writer::FileWriter;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::Result as EngineResult;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::SortExpr;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::prelude::col;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn arrow(error: ArrowError) -> RescoreError {
    RescoreError::Engine(error.into())
}

/// Writes a table, batch by batch.
pub(super) struct TableWriter {
    path: PathBuf,
    staged: PathBuf,
    writer: FileWriter<BufWriter<File>>,
    rows: u64,
}

impl TableWriter {
    pub fn create(path: &Path, schema: &SchemaRef) -> Result<Self, RescoreError> {
        let staged = path.with_extension("part");
        let file = File::create(&staged).map_err(|source| RescoreError::io("create", &staged, source))?;
        let writer = FileWriter::try_new(BufWriter::with_capacity(1 << 20, file), schema).map_err(arrow)?;
        Ok(Self { path: path.to_owned(), staged, writer, rows: 0 })
    }

    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), RescoreError> {
        self.rows += batch.num_rows() as u64;
        if batch.num_rows() == 0 { Ok(()) } else { self.writer.write(batch).map_err(arrow) }
    }

    /// Completes the file and gives it its name. Gives the number of rows.
    pub fn finish(mut self) -> Result<u64, RescoreError> {
        self.writer.finish().map_err(arrow)?;
        std::fs::rename(&self.staged, &self.path).map_err(|source| RescoreError::io("write", &self.path, source))?;
        Ok(self.rows)
    }
}

/// Reads a table, or a range of its batches.
pub(super) struct TableReader {
    reader: FileReader<File>,
    left: usize,
}

impl TableReader {
    pub fn open(path: &Path) -> Result<Self, RescoreError> {
        let file = File::open(path).map_err(|source| RescoreError::io("read", path, source))?;
        let reader = FileReader::try_new(file, None).map_err(arrow)?;
        let left = reader.num_batches();
        Ok(Self { reader, left })
    }

    /// Batches in the file.
    pub fn batches(&self) -> usize {
        self.reader.num_batches()
    }

    pub fn schema(&self) -> SchemaRef {
        self.reader.schema()
    }

    /// Goes to batch `from`, to read up to and without batch `to`.
    pub fn range(mut self, from: usize, to: usize) -> Result<Self, RescoreError> {
        self.left = to.saturating_sub(from);
        if self.left > 0 {
            self.reader.set_index(from).map_err(arrow)?;
        }
        Ok(self)
    }

    pub fn next(&mut self) -> Result<Option<RecordBatch>, RescoreError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.reader.next().transpose().map_err(arrow)
    }
}

/// A table for the query engine: `files` one after the other. `sorted_by` promises their order, and then
/// one thread reads them; else up to `parts` do.
pub(super) fn provider(files: &[PathBuf], sorted_by: &[&str], parts: usize, stop: &Stop) -> Result<StreamingTable, RescoreError> {
    let mut schema = None;
    let mut spans: Vec<Span> = Vec::new();
    for file in files {
        let reader = TableReader::open(file)?;
        spans.push(Span { file: file.clone(), from: 0, to: reader.batches() });
        schema.get_or_insert_with(|| reader.schema());
    }
    let schema = schema.ok_or_else(|| RescoreError::Broken("a table has no file".into()))?;
    let shares = if sorted_by.is_empty() { shares(spans, parts) } else { vec![spans] };
    let partitions = shares
        .into_iter()
        .map(|spans| Arc::new(Part { schema: Arc::clone(&schema), spans, stop: stop.clone() }) as Arc<dyn PartitionStream>)
        .collect();
    let order: Vec<SortExpr> = sorted_by.iter().map(|name| col(*name).sort(true, false)).collect();
    Ok(StreamingTable::try_new(schema, partitions)?.with_sort_order(order))
}

/// Batches of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    file: PathBuf,
    from: usize,
    to: usize,
}

/// The spans cut into at most `parts` runs of about as many batches.
fn shares(spans: Vec<Span>, parts: usize) -> Vec<Vec<Span>> {
    let total: usize = spans.iter().map(|span| span.to - span.from).sum();
    let each = total.div_ceil(parts.max(1)).max(1);
    let mut shares: Vec<Vec<Span>> = vec![Vec::new()];
    let mut room = each;
    for span in spans {
        let mut from = span.from;
        while from < span.to {
            if room == 0 {
                shares.push(Vec::new());
                room = each;
            }
            let to = span.to.min(from + room);
            room -= to - from;
            if let Some(share) = shares.last_mut() {
                share.push(Span { file: span.file.clone(), from, to });
            }
            from = to;
        }
    }
    shares
}

/// What one thread reads.
#[derive(Debug)]
struct Part {
    schema: SchemaRef,
    spans: Vec<Span>,
    stop: Stop,
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStream::builder(Arc::clone(&self.schema), 2);
        let (sender, spans, stop) = (builder.tx(), self.spans.clone(), self.stop.clone());
        builder.spawn_blocking(move || -> EngineResult<()> {
            for span in spans {
                let mut reader =
                    TableReader::open(&span.file).and_then(|reader| reader.range(span.from, span.to)).map_err(RescoreError::into_engine)?;
                while let Some(batch) = reader.next().map_err(RescoreError::into_engine)? {
                    stop.check().map_err(RescoreError::into_engine)?;
                    // A reader that is gone needs no more.
                    if sender.blocking_send(Ok(batch)).is_err() {
                        return Ok(());
                    }
                }
            }
            Ok(())
        });
        builder.build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::Int64Array;
    use datafusion::arrow::datatypes::{DataType, Field, Schema};

    #[test]
    fn tables_are_read_whole_and_in_ranges() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.arrow");
        let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
        let batch = |n: i64| RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(Int64Array::from(vec![n, n + 1]))]).unwrap();
        let mut writer = TableWriter::create(&path, &schema).unwrap();
        (0..5).for_each(|n| writer.write(&batch(n * 2)).unwrap());
        assert!(!path.exists(), "an unfinished table has no name");
        assert_eq!(writer.finish().unwrap(), 10);
        let read = |mut reader: TableReader| {
            let mut all = Vec::new();
            while let Some(batch) = reader.next().unwrap() {
                all.extend(batch.column(0).as_any().downcast_ref::<Int64Array>().unwrap().values().to_vec());
            }
            all
        };
        assert_eq!(read(TableReader::open(&path).unwrap()), (0..10).collect::<Vec<_>>());
        assert_eq!(read(TableReader::open(&path).unwrap().range(1, 3).unwrap()), [2, 3, 4, 5]);
        assert_eq!(read(TableReader::open(&path).unwrap().range(5, 5).unwrap()), Vec::<i64>::new());
    }

    #[test]
    fn shares_cover_everything_once() {
        let span = |file: &str, from, to| Span { file: file.into(), from, to };
        let got = shares(vec![span("a", 0, 5), span("b", 0, 2)], 2);
        assert_eq!(got, [vec![span("a", 0, 4)], vec![span("a", 4, 5), span("b", 0, 2)]]);
        assert_eq!(shares(Vec::new(), 3), [Vec::new()]);
    }
}
