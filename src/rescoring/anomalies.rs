//! Every payment against its supplier's history and the book, and against what came after it.
//!
//! Reads the book by supplier and time, holds one supplier's history a worker, and gives each row its
//! score with hindsight (a bounded window of the supplier's later payments), the score of its own moment,
//! which is what the server gives online, and, from half the model's threshold on, its reasons.

use super::book::{self, BookView, amount_type, column};
use super::crew::{Cutter, Piece, work};
use super::engine::Engine;
use super::figures::{reasons_text, rounded};
use super::scratch::Scratch;
use super::{Progress, RescoreError};
use crate::domain::history::Payable;
use crate::screening::anomaly::{
    AnomalyScorer, BookView as Surroundings, Hindsight, Policy, Trace, VendorHistory, anomaly_features, with_hindsight,
};
use datafusion::arrow::array::{ArrayRef, BinaryArray, Date32Array, Float64Array, RecordBatch, StringArray, StringBuilder};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;
use std::sync::Arc;

/// Rows of a piece: at least, and for one very large supplier at most.
const PIECE: (usize, usize) = (4096, 32_768);

/// Columns carried from the book to the output and the report.
const CARRIED: [&str; 8] = ["row", "row_id", "vendor_key", "vendor_name", "invoice_no", "day", "amount", "currency"];

/// Rows with their scores.
pub(super) fn schema() -> SchemaRef {
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
        Field::new("score_at_time", DataType::Float64, false),
        text("reasons"),
    ]))
}

/// Stores table `anomalies`, by supplier. (Sorting it by row here would make two sorts share the memory
/// at one time, and the upper one would starve the merge of the lower.)
pub(super) async fn write(
    engine: &Engine,
    scratch: &Scratch,
    scorer: AnomalyScorer,
    hands: usize,
    progress: Arc<dyn Progress>,
) -> Result<(), RescoreError> {
    let last = engine.collect("SELECT max(day) AS day FROM book").await?;
    let end = last
        .first()
        .map_or(Ok(0), |batch| column::<Date32Array>(batch, "day").map(|days| days.value(0)))
        .map_err(RescoreError::from_engine)?;
    let input = "SELECT * FROM book ORDER BY vendor_key, row".to_owned();
    engine
        .stage("anomaly_scores", schema(), vec![input], move |inputs, outlet| {
            let policy = Policy::default();
            for batches in inputs {
                let mut cutter = Cutter::new(batches, vendor_of, same_vendor, PIECE);
                work(
                    hands,
                    &mut cutter,
                    VendorHistory::default,
                    |history, piece| score(history, &piece, &scorer, &policy, end),
                    |batch: RecordBatch| {
                        progress.advance(batch.num_rows() as u64);
                        outlet.send(batch)
                    },
                )?;
            }
            Ok(())
        })
        .map_err(RescoreError::from_engine)?;
    engine.store("SELECT * FROM anomaly_scores", "anomalies", &scratch.file("anomalies.parquet")).await?;
    Ok(())
}

fn vendor_of(batch: &RecordBatch, at: usize) -> datafusion::error::Result<String> {
    Ok(column::<StringArray>(batch, "vendor_key")?.value(at).to_owned())
}

fn same_vendor(batch: &RecordBatch, at: usize) -> datafusion::error::Result<bool> {
    let keys = column::<StringArray>(batch, "vendor_key")?;
    Ok(keys.value(at) == keys.value(at - 1))
}

/// Scores a piece. `history` is that of the piece's first supplier where the piece continues, and of its
/// last supplier afterwards; `end`: the book's last day.
fn score(
    history: &mut VendorHistory,
    piece: &Piece,
    scorer: &AnomalyScorer,
    policy: &Policy,
    end: i32,
) -> Result<RecordBatch, RescoreError> {
    let batch = concat_batches(&book::schema(), &piece.batches).map_err(DataFusionError::from)?;
    let view = BookView::new(&batch)?;
    let rows: Vec<Payable> = (0..batch.num_rows()).map(|at| view.payable(at)).collect();
    let stored = column::<BinaryArray>(&batch, "view")?;
    let around: Vec<Surroundings> = (0..batch.num_rows()).map(|at| Surroundings::from_bytes(stored.value(at))).collect();
    let begins = |at: usize| if at == 0 { !piece.continues } else { view.vendor_key.value(at) != view.vendor_key.value(at - 1) };
    let before = history.clone();
    let traces: Vec<Trace> = rows.iter().map(Trace::of).collect();
    let (mut blind, mut seen) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    let mut until = 0;
    for (at, payable) in rows.iter().enumerate() {
        if begins(at) {
            *history = VendorHistory::default();
        }
        if at >= until {
            until = (at + 1..rows.len()).find(|next| begins(*next)).unwrap_or(rows.len());
        }
        let now = anomaly_features(payable, history, &around[at], &Hindsight::none(), policy);
        let later = Hindsight::new(&traces[at + 1..until], end);
        seen.push(with_hindsight(&now, payable, history, &around[at], &later, policy));
        blind.push(now);
        history.push(payable);
    }
    let run = |features: &[Vec<f32>]| scorer.score(features).map_err(|error| RescoreError::Scoring(error.to_string()));
    let (at_time, scores) = (run(&blind)?, run(&seen)?);
    // Reasons need the history of their moment: where a supplier has any, its history runs once more.
    let floor = scorer.threshold() / 2.0;
    let mut reasons = StringBuilder::new();
    let mut start = 0;
    while start < rows.len() {
        let end = (start + 1..rows.len()).find(|at| begins(*at)).unwrap_or(rows.len());
        let wanted = scores[start..end].iter().any(|score| *score >= floor);
        let mut again = if start == 0 && piece.continues && wanted { before.clone() } else { VendorHistory::default() };
        for at in start..end {
            if scores[at] >= floor {
                reasons.append_value(reasons_text(&scorer.reasons(&rows[at], &again, &around[at], policy, &seen[at])));
            } else {
                reasons.append_value("");
            }
            if wanted {
                again.push(&rows[at]);
            }
        }
        start = end;
    }
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(CARRIED.len() + 3);
    for name in CARRIED {
        let array = batch.column_by_name(name).ok_or_else(|| DataFusionError::Internal(format!("column {name} is missing")))?;
        columns.push(Arc::clone(array));
    }
    columns.push(Arc::new(Float64Array::from_iter_values(scores.into_iter().map(rounded))));
    columns.push(Arc::new(Float64Array::from_iter_values(at_time.into_iter().map(rounded))));
    columns.push(Arc::new(reasons.finish()));
    Ok(RecordBatch::try_new(schema(), columns).map_err(DataFusionError::from)?)
}
