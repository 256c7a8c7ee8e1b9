//! Scores and pairs joined by row, and everything that the report counts, in one pass over the book.
//!
//! Reads the book, the anomaly scores and the pairs side by side in order of time. Leaves table `results`
//! (a narrow line for every row, in the types of the output), table `flagged` (the rows that stand out,
//! with what a reader wants to see of them) and a [`Tally`].

use super::RescoreError;
use super::book::{BookView, amount_type, column, day_date, decimal};
use super::engine::{Batches, Engine, Outlet};
use super::figures::joined_reasons;
use super::scratch::Scratch;
use super::tables::TableWriter;
use super::tally::{Seen, Tally};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Float64Builder, Int64Array, Int64Builder, RecordBatch, StringArray, StringBuilder,
};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};

/// Names in the scratch folder.
pub(super) const RESULTS: &str = "results.arrow";
pub(super) const FLAGGED: &str = "flagged.arrow";
/// Scores as they were on the day of the payment, where the anomaly step gives them beside those of today.
pub(super) const AT_TIME: &str = "score_at_time";

/// What the join needs to know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub anomaly: f64,
    pub duplicate: f64,
    /// All `row_id` are whole numbers.
    pub numeric: bool,
    /// Table `anomalies` has [`AT_TIME`].
    pub at_time: bool,
}

/// The schema of table `results`; all but `row` is written out.
fn results_schema(terms: Terms) -> SchemaRef {
    let id = if terms.numeric { DataType::Int64 } else { DataType::Utf8 };
    let mut fields = vec![
        Field::new("row", DataType::Int64, false),
        Field::new("row_id", id.clone(), false),
        Field::new("score", DataType::Float64, false),
        Field::new("reasons", DataType::Utf8, false),
        Field::new("duplicate_score", DataType::Float64, false),
        Field::new("duplicate_of", id, true),
    ];
    if terms.at_time {
        fields.push(Field::new(AT_TIME, DataType::Float64, false));
    }
    Arc::new(Schema::new(fields))
}

/// The schema of table `flagged`.
fn flagged_schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    Arc::new(Schema::new(vec![
        Field::new("row", DataType::Int64, false),
        text("row_id"),
        text("vendor_key"),
        text("vendor_name"),
        text("invoice_no"),
        Field::new("day", DataType::Date32, false),
        Field::new("amount", amount_type(), false),
        text("currency"),
        Field::new("score", DataType::Float64, false),
        text("reasons"),
        Field::new("duplicate_score", DataType::Float64, false),
    ]))
}

/// Columns of the book that `flagged` takes over.
const TAKEN: [&str; 8] = ["row", "row_id", "vendor_key", "vendor_name", "invoice_no", "day", "amount", "currency"];

/// Stores tables `results` and `flagged`, and gives the tally.
pub(super) async fn join(engine: &Engine, scratch: &Scratch, terms: Terms) -> Result<Tally, RescoreError> {
    let at_time = if terms.at_time { ", score_at_time" } else { "" };
    let inputs = vec![
        "SELECT * FROM book ORDER BY row".to_owned(),
        format!("SELECT row, score, reasons{at_time} FROM anomalies ORDER BY row"),
        "SELECT later, earlier, a_id, score, reasons, amount, currency FROM pairs ORDER BY later, score DESC, earlier".to_owned(),
    ];
    // Two of the three are sorted.
    let shared = engine.shared_by(2);
    let flagged: PathBuf = scratch.file(FLAGGED);
    let path = flagged.clone();
    let (sender, receiver) = mpsc::channel();
    shared
        .stage("joined", results_schema(terms), inputs, move |inputs, outlet| {
            let tally = merge(inputs, outlet, TableWriter::create(&path, &flagged_schema())?, terms)?;
            // The receiver is gone only where the run has failed already.
            let _ = sender.send(tally);
            Ok(())
        })
        .map_err(RescoreError::from_engine)?;
    shared.store_sorted("SELECT * FROM joined", "results", &scratch.file(RESULTS), &["row"]).await?;
    engine.register("flagged", &[flagged], &["row"])?;
    receiver.try_recv().map_err(|_| RescoreError::Broken("the join was not finished".into()))
}

/// The best pair of a later row.
pub(super) struct Best {
    pub score: f64,
    of: String,
    reasons: String,
    /// In the unit of the decimal columns.
    pub amount: i128,
    pub currency: String,
}

/// The best pair of each later row, in order.
struct Bests {
    source: Batches,
    batch: Option<RecordBatch>,
    at: usize,
    last: i64,
}

impl Bests {
    fn next(&mut self) -> Result<Option<(i64, Best)>, RescoreError> {
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
            let text = |name| Ok::<_, RescoreError>(column::<StringArray>(batch, name)?.value(at).to_owned());
            let best = Best {
                score: column::<Float64Array>(batch, "score")?.value(at),
                of: text("a_id")?,
                reasons: text("reasons")?,
                amount: column::<datafusion::arrow::array::Decimal128Array>(batch, "amount")?.value(at),
                currency: text("currency")?,
            };
            return Ok(Some((later, best)));
        }
    }
}

/// Anomaly scores in the order of the book, however they are cut into batches.
struct Scores {
    source: Batches,
    batch: Option<RecordBatch>,
    at: usize,
    at_time: bool,
}

/// The scores of one stretch of rows.
struct Stretch {
    score: Float64Array,
    reasons: StringArray,
    at_time: Option<Float64Array>,
}

impl Scores {
    /// The scores of as many of the next `rows` rows, from number `first` on, as lie in one batch.
    fn next(&mut self, first: i64, rows: usize) -> Result<Stretch, RescoreError> {
        let missing = || RescoreError::Broken(format!("row {first} has no score"));
        while self.batch.as_ref().is_none_or(|batch| self.at >= batch.num_rows()) {
            self.batch = Some(self.source.next()?.ok_or_else(missing)?);
            self.at = 0;
        }
        let batch = self.batch.as_ref().ok_or_else(missing)?;
        let length = rows.min(batch.num_rows() - self.at);
        let slice = batch.slice(self.at, length);
        if column::<Int64Array>(&slice, "row")?.value(0) != first {
            return Err(missing());
        }
        self.at += length;
        Ok(Stretch {
            score: column::<Float64Array>(&slice, "score")?.clone(),
            reasons: column::<StringArray>(&slice, "reasons")?.clone(),
            at_time: if self.at_time { Some(column::<Float64Array>(&slice, AT_TIME)?.clone()) } else { None },
        })
    }
}

fn merge(inputs: Vec<Batches>, outlet: &Outlet, mut flagged: TableWriter, terms: Terms) -> Result<Tally, RescoreError> {
    let mut inputs = inputs.into_iter();
    let (Some(mut book), Some(scores), Some(pairs)) = (inputs.next(), inputs.next(), inputs.next()) else {
        return Err(RescoreError::Broken("the join has three inputs".into()));
    };
    let mut scores = Scores { source: scores, batch: None, at: 0, at_time: terms.at_time };
    let mut bests = Bests { source: pairs, batch: None, at: 0, last: -1 };
    let mut best = bests.next()?;
    let mut tally = Tally::new(terms.numeric);
    while let Some(whole) = book.next()? {
        tally.batch(&whole)?;
        let mut from = 0;
        while from < whole.num_rows() {
            let first = column::<Int64Array>(&whole, "row")?.value(from);
            let stretch = scores.next(first, whole.num_rows() - from)?;
            let batch = whole.slice(from, stretch.score.len());
            from += stretch.score.len();
            let view = BookView::new(&batch)?;
            let days: &Date32Array = column(&batch, "day")?;
            let mut lines = Lines::new(terms);
            for at in 0..batch.num_rows() {
                let row = view.row.value(at);
                let own = best.take_if(|(later, _)| *later == row).map(|(_, best)| best);
                if own.is_some() {
                    best = bests.next()?;
                }
                let score = stretch.score.value(at);
                let seen = Seen { day: day_date(days.value(at)), amount: decimal(view.amount.value(at)), score, best: own.as_ref() };
                tally.take(&view, at, &seen, terms);
                lines.push(view.row_id.value(at), score, stretch.reasons.value(at), own.as_ref(), terms);
            }
            let (result, standing_out) = lines.finish(&batch, stretch, terms)?;
            flagged.write(&standing_out)?;
            outlet.send(result)?;
        }
    }
    flagged.finish()?;
    Ok(tally)
}

/// Collects what the join adds to a batch of the book.
struct Lines {
    ids: Ids,
    originals: Ids,
    again: Float64Builder,
    reasons: StringBuilder,
    stands_out: Vec<bool>,
}

/// Names of rows as they are written: whole numbers or text.
enum Ids {
    Whole(Int64Builder),
    Text(StringBuilder),
}

impl Ids {
    fn new(numeric: bool) -> Self {
        if numeric { Self::Whole(Int64Builder::new()) } else { Self::Text(StringBuilder::new()) }
    }

    fn push(&mut self, id: Option<&str>) {
        match self {
            Self::Whole(builder) => builder.append_option(id.and_then(|id| id.parse().ok())),
            Self::Text(builder) => builder.append_option(id),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Whole(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
        }
    }
}

impl Lines {
    fn new(terms: Terms) -> Self {
        Self {
            ids: Ids::new(terms.numeric),
            originals: Ids::new(terms.numeric),
            again: Float64Builder::new(),
            reasons: StringBuilder::new(),
            stands_out: Vec::new(),
        }
    }

    fn push(&mut self, id: &str, score: f64, own: &str, best: Option<&Best>, terms: Terms) {
        let again = best.map_or(0.0, |best| best.score);
        self.ids.push(Some(id));
        self.originals.push(best.map(|best| best.of.as_str()));
        self.again.append_value(again);
        match best.filter(|best| best.score >= terms.duplicate) {
            Some(best) => self.reasons.append_value(joined_reasons(own, &best.reasons, best.score > score)),
            None => self.reasons.append_value(own),
        }
        self.stands_out.push(score >= terms.anomaly || again >= terms.duplicate);
    }

    /// The batch of `results`, and that of `flagged`.
    fn finish(mut self, batch: &RecordBatch, stretch: Stretch, terms: Terms) -> Result<(RecordBatch, RecordBatch), RescoreError> {
        let taken = |name: &str| {
            let found = batch.column_by_name(name).map(Arc::clone);
            found.ok_or_else(|| RescoreError::Broken(format!("column {name} is missing")))
        };
        let score: ArrayRef = Arc::new(stretch.score);
        let again: ArrayRef = Arc::new(self.again.finish());
        let mut columns = vec![
            taken("row")?,
            self.ids.finish(),
            Arc::clone(&score),
            Arc::new(self.reasons.finish()),
            Arc::clone(&again),
            self.originals.finish(),
        ];
        columns.extend(stretch.at_time.map(|scores| Arc::new(scores) as ArrayRef));
        let result = RecordBatch::try_new(results_schema(terms), columns).map_err(DataFusionError::from)?;
        let mut columns = TAKEN.into_iter().map(taken).collect::<Result<Vec<_>, _>>()?;
        columns.extend([score, Arc::new(stretch.reasons), again]);
        let all = RecordBatch::try_new(flagged_schema(), columns).map_err(DataFusionError::from)?;
        let standing_out = filter_record_batch(&all, &BooleanArray::from(self.stands_out)).map_err(DataFusionError::from)?;
        Ok((result, standing_out))
    }
}
