//! Scores and pairs joined by row, and written: the scored rows and the pairs, as Parquet or CSV.
//!
//! Files are written into the scratch folder and renamed by the caller once everything is done. Rows are
//! sorted by `row_id` (as numbers, where all are), pairs by `row_a` and `row_b`.

use super::book::column;
use super::engine::{Batches, Engine, Outlet, lasting, write_parquet};
use super::figures::{reasons_of, reasons_text};
use super::scratch::Scratch;
use super::{RescoreError, RescoreOptions};
use datafusion::arrow::array::{ArrayRef, Float64Array, Float64Builder, Int64Array, RecordBatch, StringArray, StringBuilder};
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

/// The schema of table `results`: what is written and what the report needs.
fn results_schema() -> SchemaRef {
    let mut fields: Vec<Field> = super::anomalies::schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    fields.push(Field::new("duplicate_score", DataType::Float64, false));
    fields.push(Field::new("duplicate_of", DataType::Utf8, true));
    Arc::new(Schema::new(fields))
}

/// Stores table `results`: every scored row with the best of its pairs as the later row.
pub(super) async fn join(engine: &Engine, scratch: &Scratch, threshold: f64) -> Result<(), RescoreError> {
    let inputs = vec![
        "SELECT * FROM anomalies ORDER BY row".to_owned(),
        "SELECT later, earlier, a_id, score, reasons FROM pairs ORDER BY later, score DESC, earlier".to_owned(),
    ];
    let engine = engine.shared_by(inputs.len());
    engine
        .stage("joined", results_schema(), inputs, move |inputs, outlet| merge(inputs, outlet, threshold))
        .map_err(RescoreError::from_engine)?;
    engine.store("SELECT * FROM joined", "results", &scratch.file("results.parquet")).await?;
    Ok(())
}

/// The best pair of a later row.
struct Best {
    later: i64,
    score: f64,
    of: String,
    reasons: String,
}

/// The best pair of each later row, in order.
struct Bests {
    source: Batches,
    batch: Option<RecordBatch>,
    at: usize,
    last: i64,
}

impl Bests {
    fn next(&mut self) -> Result<Option<Best>, RescoreError> {
        loop {
            let Some(batch) = self.batch.as_ref().filter(|batch| self.at < batch.num_rows()) else {
                self.batch = self.source.next()?;
                self.at = 0;
                if self.batch.is_none() {
                    return Ok(None);
                }
                continue;
            };
            let at = self.at;
            self.at += 1;
            let later = column::<Int64Array>(batch, "later")?.value(at);
            if later == self.last {
                continue;
            }
            self.last = later;
            return Ok(Some(Best {
                later,
                score: column::<Float64Array>(batch, "score")?.value(at),
                of: column::<StringArray>(batch, "a_id")?.value(at).to_owned(),
                reasons: column::<StringArray>(batch, "reasons")?.value(at).to_owned(),
            }));
        }
    }
}

fn merge(inputs: Vec<Batches>, outlet: &Outlet, threshold: f64) -> Result<(), RescoreError> {
    let mut inputs = inputs.into_iter();
    let (Some(mut rows), Some(pairs)) = (inputs.next(), inputs.next()) else {
        return Err(RescoreError::Broken("the join has two inputs".into()));
    };
    let mut bests = Bests { source: pairs, batch: None, at: 0, last: -1 };
    let mut next = bests.next()?;
    while let Some(batch) = rows.next()? {
        let numbers: &Int64Array = column(&batch, "row")?;
        let own_scores: &Float64Array = column(&batch, "score")?;
        let own_reasons: &StringArray = column(&batch, "reasons")?;
        let (mut scores, mut originals, mut reasons) = (Float64Builder::new(), StringBuilder::new(), StringBuilder::new());
        for at in 0..batch.num_rows() {
            if next.as_ref().is_some_and(|best| best.later == numbers.value(at)) {
                let Some(best) = next.take() else { continue };
                scores.append_value(best.score);
                originals.append_value(&best.of);
                let shown = if best.score >= threshold { best.reasons.as_str() } else { "" };
                reasons.append_value(both(own_reasons.value(at), shown, best.score > own_scores.value(at)));
                next = bests.next()?;
            } else {
                scores.append_value(0.0);
                originals.append_null();
                reasons.append_value(own_reasons.value(at));
            }
        }
        let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
        columns.pop();
        columns.push(Arc::new(reasons.finish()));
        columns.push(Arc::new(scores.finish()));
        columns.push(Arc::new(originals.finish()));
        outlet.send(RecordBatch::try_new(results_schema(), columns).map_err(DataFusionError::from)?)?;
    }
    Ok(())
}

/// A row's own reasons and those of its pair, the stronger first.
fn both(own: &str, pair: &str, pair_first: bool) -> String {
    if pair.is_empty() {
        return own.to_owned();
    }
    let (mut first, mut second) = (reasons_of(own), reasons_of(pair));
    if pair_first {
        std::mem::swap(&mut first, &mut second);
    }
    first.append(&mut second);
    reasons_text(&first)
}

/// Writes the scored rows to a staged file, which it names.
pub(super) async fn write_rows(
    engine: &Engine,
    scratch: &Scratch,
    options: &RescoreOptions,
    (numeric, model): (bool, &str),
) -> Result<PathBuf, RescoreError> {
    let id = if numeric { "CAST(row_id AS BIGINT)" } else { "row_id" };
    let model = model.replace('\'', "''");
    let sql = format!(
        "SELECT {id} AS row_id, score, reasons, duplicate_score, duplicate_of, '{model}' AS model, score_at_time FROM \
         (SELECT *, {id} AS sort_id FROM results) ORDER BY sort_id, row"
    );
    let sql = if numeric { sql.replace("duplicate_of,", "CAST(duplicate_of AS BIGINT) AS duplicate_of,") } else { sql };
    let fields = vec![
        id_field("row_id", numeric, false),
        Field::new("score", DataType::Float64, false),
        Field::new("reasons", DataType::Utf8, false),
        Field::new("duplicate_score", DataType::Float64, false),
        id_field("duplicate_of", numeric, true),
        Field::new("model", DataType::Utf8, false),
        Field::new("score_at_time", DataType::Float64, false),
    ];
    write(engine, scratch, sql, fields, &options.out, "rows").await
}

/// Writes the pairs to a staged file, which it names.
pub(super) async fn write_pairs(engine: &Engine, scratch: &Scratch, path: &Path, numeric: bool) -> Result<PathBuf, RescoreError> {
    let (a, b) = if numeric { ("CAST(a_id AS BIGINT)", "CAST(b_id AS BIGINT)") } else { ("a_id", "b_id") };
    let sql = format!("SELECT {a} AS row_a, {b} AS row_b, score, reasons FROM pairs ORDER BY row_a, row_b, earlier, later");
    let fields = vec![
        id_field("row_a", numeric, false),
        id_field("row_b", numeric, false),
        Field::new("score", DataType::Float64, false),
        Field::new("reasons", DataType::Utf8, false),
    ];
    write(engine, scratch, sql, fields, path, "pairs-out").await
}

fn id_field(name: &str, numeric: bool, nullable: bool) -> Field {
    Field::new(name, if numeric { DataType::Int64 } else { DataType::Utf8 }, nullable)
}

async fn write(
    engine: &Engine,
    scratch: &Scratch,
    sql: String,
    fields: Vec<Field>,
    target: &Path,
    name: &str,
) -> Result<PathBuf, RescoreError> {
    let staged = scratch.file(name);
    let path = staged.clone();
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let format = Format::of(target)?;
    engine
        .fold(sql, move |batches| {
            let batches = batches.with_schema(Arc::clone(&schema));
            match format {
                Format::Parquet => write_parquet(batches, schema, &path, lasting()),
                Format::Csv => write_csv(batches, &schema, &path),
            }
        })
        .await?;
    Ok(staged)
}

fn write_csv(mut batches: Batches, schema: &SchemaRef, path: &Path) -> Result<u64, RescoreError> {
    let failed = |error: csv::Error| RescoreError::io("write", path, error.into());
    let mut writer = csv::WriterBuilder::new().buffer_capacity(1 << 17).from_path(path).map_err(failed)?;
    writer.write_record(schema.fields().iter().map(|field| field.name().as_str())).map_err(failed)?;
    let options = FormatOptions::default();
    let mut rows = 0;
    while let Some(batch) = batches.next()? {
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
