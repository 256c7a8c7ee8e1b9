//! Rows in order of time -> the book, numbered in that order, and the shelf.
//!
//! In this pass each row gets what the book before it says of it (column `view`), which the anomaly model
//! needs. From here on a row's number is its place in time (effective date, then place in the source), so that
//! "earlier" means a smaller number everywhere.

use super::RescoreError;
use super::book::{self, BookView};
use super::engine::{Batches, Engine, Outlet};
use super::scratch::Scratch;
use super::shelf::ShelfWriter;
use crate::screening::anomaly::BookHistory;
use datafusion::arrow::array::{ArrayRef, BinaryBuilder, Int64Array, RecordBatch};
use datafusion::error::DataFusionError;
use std::sync::Arc;

/// The name of the shelf in the scratch folder.
pub(super) const SHELF: &str = "shelf";
/// The name of the book in the scratch folder.
pub(super) const BOOK: &str = "book.arrow";

/// Stores table `book` and the shelf from table `history`, whose rows it sorts as they come.
pub(super) async fn write(engine: &Engine, scratch: &Scratch) -> Result<(), RescoreError> {
    let writer = ShelfWriter::create(&scratch.file(SHELF))?;
    engine
        .stage("chronicle", book::schema(), vec!["SELECT * FROM history ORDER BY day, row".into()], move |inputs, outlet| {
            number(inputs, outlet, writer)
        })
        .map_err(RescoreError::from_engine)?;
    engine.store_sorted("SELECT * FROM chronicle", "book", &scratch.file(BOOK), &["row"]).await?;
    Ok(())
}

fn number(inputs: Vec<Batches>, outlet: &Outlet, mut writer: ShelfWriter) -> Result<(), RescoreError> {
    let mut next = 0_i64;
    let mut history = BookHistory::default();
    for mut batches in inputs {
        while let Some(batch) = batches.next()? {
            let view = BookView::new(&batch)?;
            writer.push(&view)?;
            let mut views = BinaryBuilder::new();
            for at in 0..batch.num_rows() {
                let payable = view.payable(at);
                views.append_value(history.view(&payable).to_bytes());
                history.push(&payable);
            }
            let rows = batch.num_rows();
            let numbers = Int64Array::from_iter_values(next..next + rows as i64);
            next += rows as i64;
            let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
            if let Some(first) = columns.first_mut() {
                *first = Arc::new(numbers);
            }
            if let Some(last) = columns.last_mut() {
                *last = Arc::new(views.finish());
            }
            outlet.send(RecordBatch::try_new(book::schema(), columns).map_err(DataFusionError::from)?)?;
        }
    }
    writer.finish()
}
