//! Every payment against its supplier's history up to then.
//!
//! Reads the book by supplier and time, holds one supplier's history a worker, and gives each row its
//! score and, from half the model's threshold on, its reasons.

use super::book::{BookView, amount_type, column};
use super::crew::Piece;
use super::engine::Engine;
use super::figures::{reasons_text, rounded};
use super::scratch::Scratch;
use super::slices::{self, Job, Step};
use super::{Progress, RescoreError};
use crate::domain::history::Payable;
use crate::screening::anomaly::{AnomalyScorer, BookView as Surroundings, Policy, VendorHistory, anomaly_features};
use datafusion::arrow::array::{ArrayRef, BinaryArray, Float64Array, RecordBatch, StringArray, StringBuilder};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;
use std::sync::Arc;

/// Rows of a piece: at least, and for one very large supplier at most.
const PIECE: (usize, usize) = (4096, 32_768);

/// Rows of a slice, at least.
const SLICE: u64 = 16_384;

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
        text("reasons"),
    ]))
}

/// The step's name, and its table's.
pub(super) const NAME: &str = "anomalies";

/// Stores table `anomalies`, by supplier; `rows` is how many the book has.
pub(super) async fn write(
    engine: &Engine,
    scratch: &Scratch,
    scorer: AnomalyScorer,
    rows: u64,
    progress: Arc<dyn Progress>,
) -> Result<(), RescoreError> {
    let step = Step {
        name: NAME,
        input: "SELECT * EXCEPT (keys) FROM book ORDER BY vendor_key, row".to_owned(),
        group: vendor_of,
        same: same_vendor,
        piece: PIECE,
        slice: SLICE,
        counted: rows,
    };
    slices::run(engine, scratch.path(), step, Arc::new(ByVendor::new(scorer)), progress).await
}

/// Scores suppliers.
pub(super) struct ByVendor {
    scorer: AnomalyScorer,
    policy: Policy,
}

impl ByVendor {
    pub fn new(scorer: AnomalyScorer) -> Self {
        Self { scorer, policy: Policy::default() }
    }
}

impl Job for ByVendor {
    fn schema(&self) -> SchemaRef {
        schema()
    }

    fn worker(&self) -> Box<dyn FnMut(Piece) -> Result<RecordBatch, RescoreError> + '_> {
        let mut history = VendorHistory::default();
        Box::new(move |piece| score(&mut history, &piece, &self.scorer, &self.policy))
    }
}

fn vendor_of(batch: &RecordBatch, at: usize) -> datafusion::error::Result<String> {
    Ok(column::<StringArray>(batch, "vendor_key")?.value(at).to_owned())
}

fn same_vendor(batch: &RecordBatch, at: usize) -> datafusion::error::Result<bool> {
    let keys = column::<StringArray>(batch, "vendor_key")?;
    Ok(keys.value(at) == keys.value(at - 1))
}

/// Scores a piece. `history` is that of the piece's first supplier where the piece continues, and of its
/// last supplier afterwards.
fn score(history: &mut VendorHistory, piece: &Piece, scorer: &AnomalyScorer, policy: &Policy) -> Result<RecordBatch, RescoreError> {
    let batch = concat_batches(&piece.schema(), &piece.batches).map_err(DataFusionError::from)?;
    let view = BookView::new(&batch)?;
    let rows: Vec<Payable> = (0..batch.num_rows()).map(|at| view.payable(at)).collect();
    let stored = column::<BinaryArray>(&batch, "view")?;
    let around: Vec<Surroundings> = (0..batch.num_rows()).map(|at| Surroundings::from_bytes(stored.value(at))).collect();
    let begins = |at: usize| if at == 0 { !piece.continues } else { view.vendor_key.value(at) != view.vendor_key.value(at - 1) };
    let before = history.clone();
    let mut features = Vec::with_capacity(rows.len());
    for (at, payable) in rows.iter().enumerate() {
        if begins(at) {
            *history = VendorHistory::default();
        }
        features.push(anomaly_features(payable, history, &around[at], policy));
        history.push(payable);
    }
    let scores = scorer.score(&features).map_err(|error| RescoreError::Scoring(error.to_string()))?;
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
                reasons.append_value(reasons_text(&scorer.reasons(&rows[at], &again, &around[at], policy, &features[at])));
            } else {
                reasons.append_value("");
            }
            if wanted {
                again.push(&rows[at]);
            }
        }
        start = end;
    }
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(CARRIED.len() + 2);
    for name in CARRIED {
        let array = batch.column_by_name(name).ok_or_else(|| DataFusionError::Internal(format!("column {name} is missing")))?;
        columns.push(Arc::clone(array));
    }
    columns.push(Arc::new(Float64Array::from_iter_values(scores.into_iter().map(rounded))));
    columns.push(Arc::new(reasons.finish()));
    Ok(RecordBatch::try_new(schema(), columns).map_err(DataFusionError::from)?)
}
