//! The files of a run: the scored rows and the pairs, as Parquet or CSV.
//!
//! Files are written into the scratch folder and renamed by the caller once everything is done. Rows are
//! sorted by `row_id` (as numbers, where all are), pairs by `row_a` and `row_b`.

use super::RescoreError;
use super::engine::{Batches, Engine, lasting, write_parquet};
use super::scratch::Scratch;
use super::verdicts::AT_TIME;
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::DataFusionError;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which kind of file a path asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Parquet,
    Csv,
}

impl Format {
    /// By the ending.
    pub fn of(path: &Path) -> Result<Self, RescoreError> {
        match path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("parquet") => Ok(Self::Parquet),
            Some("csv") => Ok(Self::Csv),
            _ => Err(RescoreError::WrongUse(format!("{}: name it .parquet or .csv", path.display()))),
        }
    }
}

/// What of table `results` is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// All `row_id` are whole numbers.
    pub numeric: bool,
    /// They rise in the order of the book, which is then that of the output.
    pub rising: bool,
    /// There is a column of scores as they were at the time.
    pub at_time: bool,
}

/// Writes the scored rows to a staged file, which it names. Gives names that several rows have (a few).
pub(super) async fn write_rows(
    engine: &Engine,
    scratch: &Scratch,
    out: &Path,
    shape: Shape,
    model: &str,
) -> Result<(PathBuf, Vec<String>), RescoreError> {
    let at_time = if shape.at_time { ", score_at_time" } else { "" };
    let order = if shape.rising { "row" } else { "row_id, row" };
    let sql = format!("SELECT row_id, score, reasons, duplicate_score, duplicate_of{at_time} FROM results ORDER BY {order}");
    let mut fields = vec![
        id_field("row_id", shape.numeric, false),
        Field::new("score", DataType::Float64, false),
        Field::new("reasons", DataType::Utf8, false),
        Field::new("duplicate_score", DataType::Float64, false),
        id_field("duplicate_of", shape.numeric, true),
        Field::new("model", DataType::Utf8, false),
    ];
    if shape.at_time {
        fields.push(Field::new(AT_TIME, DataType::Float64, false));
    }
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let (staged, format, model) = (scratch.file("rows"), Format::of(out)?, model.to_owned());
    let path = staged.clone();
    let repeated = engine
        .fold(sql, move |mut batches| {
            let mut repeats = Repeats::default();
            let target = Arc::clone(&schema);
            let next = || {
                let Some(batch) = batches.next()? else { return Ok(None) };
                repeats.look(&batch);
                let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
                let named: StringArray = std::iter::repeat_n(Some(model.as_str()), batch.num_rows()).collect();
                columns.insert(5, Arc::new(named));
                Ok(Some(RecordBatch::try_new(Arc::clone(&target), columns).map_err(DataFusionError::from)?))
            };
            write(format, next, &schema, &path)?;
            Ok(repeats.found)
        })
        .await?;
    Ok((staged, repeated))
}

/// Finds equal neighbours in the column of names.
#[derive(Default)]
struct Repeats {
    last: Option<String>,
    found: Vec<String>,
}

impl Repeats {
    fn look(&mut self, batch: &RecordBatch) {
        let ids = batch.column(0);
        let rows = batch.num_rows();
        if self.found.len() == 3 || rows == 0 {
            return;
        }
        let name = |at: usize| datafusion::arrow::util::display::array_value_to_string(ids, at).unwrap_or_default();
        let same = |at: usize| match (ids.as_any().downcast_ref::<Int64Array>(), ids.as_any().downcast_ref::<StringArray>()) {
            (Some(ids), _) => ids.value(at) == ids.value(at - 1),
            (_, Some(ids)) => ids.value(at) == ids.value(at - 1),
            _ => false,
        };
        for at in 0..rows {
            let repeated = if at == 0 { self.last.as_deref() == Some(name(0).as_str()) } else { same(at) };
            if repeated && self.found.len() < 3 && self.found.last() != Some(&name(at)) {
                self.found.push(name(at));
            }
        }
        self.last = Some(name(rows - 1));
    }
}

/// Writes the pairs to a staged file, which it names.
pub(super) async fn write_pairs(engine: &Engine, scratch: &Scratch, out: &Path, numeric: bool) -> Result<PathBuf, RescoreError> {
    let (a, b) = if numeric { ("CAST(a_id AS BIGINT)", "CAST(b_id AS BIGINT)") } else { ("a_id", "b_id") };
    let sql = format!("SELECT {a} AS row_a, {b} AS row_b, score, reasons FROM pairs ORDER BY row_a, row_b, earlier, later");
    let schema: SchemaRef = Arc::new(Schema::new(vec![
        id_field("row_a", numeric, false),
        id_field("row_b", numeric, false),
        Field::new("score", DataType::Float64, false),
        Field::new("reasons", DataType::Utf8, false),
    ]));
    let (staged, format) = (scratch.file("pairs-out"), Format::of(out)?);
    let path = staged.clone();
    engine
        .fold(sql, move |batches: Batches| {
            let mut batches = batches.with_schema(Arc::clone(&schema));
            write(format, || batches.next(), &schema, &path)
        })
        .await?;
    Ok(staged)
}

fn id_field(name: &str, numeric: bool, nullable: bool) -> Field {
    Field::new(name, if numeric { DataType::Int64 } else { DataType::Utf8 }, nullable)
}

fn write(
    format: Format,
    next: impl FnMut() -> Result<Option<RecordBatch>, RescoreError>,
    schema: &SchemaRef,
    path: &Path,
) -> Result<u64, RescoreError> {
    match format {
        Format::Parquet => write_parquet(next, Arc::clone(schema), path, lasting()),
        Format::Csv => write_csv(next, schema, path),
    }
}

fn write_csv(
    mut next: impl FnMut() -> Result<Option<RecordBatch>, RescoreError>,
    schema: &SchemaRef,
    path: &Path,
) -> Result<u64, RescoreError> {
    let failed = |error: csv::Error| RescoreError::io("write", path, error.into());
    let mut writer = csv::WriterBuilder::new().buffer_capacity(1 << 17).from_path(path).map_err(failed)?;
    writer.write_record(schema.fields().iter().map(|field| field.name().as_str())).map_err(failed)?;
    let options = FormatOptions::default();
    let mut rows = 0;
    while let Some(batch) = next()? {
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|array| ArrayFormatter::try_new(array.as_ref(), &options))
            .collect::<Result<_, _>>()
            .map_err(DataFusionError::from)?;
        let mut cell = String::new();
        for at in 0..batch.num_rows() {
            for column in &columns {
                cell.clear();
                column.value(at).write(&mut cell).map_err(DataFusionError::from)?;
                writer.write_field(&cell).map_err(failed)?;
            }
            writer.write_record(None::<&[u8]>).map_err(failed)?;
        }
        rows += batch.num_rows() as u64;
    }
    writer.flush().map_err(|source| RescoreError::io("write", path, source))?;
    Ok(rows)
}
