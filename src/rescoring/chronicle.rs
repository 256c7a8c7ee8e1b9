//! Rows in order of time -> the book, numbered in that order, and the shelf.
//!
//! In this pass each row gets what the book before it says of it (column `view`), which the anomaly model
//! needs. From here on a row's number is its place in time (effective date, then place in the source), so that
//! "earlier" means a smaller number everywhere.

use super::book::{self, BookView};
use super::engine::{Batches, Engine, Outlet};
use super::scratch::Scratch;
use super::shelf::{Shelf, ShelfWriter};
use super::{Progress, RescoreError};
use crate::screening::anomaly::BookHistory;
use datafusion::arrow::array::{ArrayRef, BinaryBuilder, Int64Array, RecordBatch};
use std::sync::{Arc, mpsc};

/// Stores table `book` from table `ingested`, and gives the shelf.
pub(super) async fn write(engine: &Engine, scratch: &Scratch, progress: Arc<dyn Progress>) -> Result<Shelf, RescoreError> {
    let writer = ShelfWriter::create(&scratch.file("shelf"))?;
    let (sender, receiver) = mpsc::channel();
    engine
        .stage("chronicle", book::schema(), vec!["SELECT * FROM ingested ORDER BY day, row".into()], move |inputs, outlet| {
            let shelf = number(inputs, outlet, writer, progress.as_ref())?;
            // The receiver is gone only where the run has failed already.
            let _ = sender.send(shelf);
            Ok(())
        })
        .map_err(RescoreError::from_engine)?;
    engine.store("SELECT * FROM chronicle", "book", &scratch.file("book.parquet")).await?;
    receiver.try_recv().map_err(|_| RescoreError::Broken("the shelf was not finished".into()))
}

fn number(inputs: Vec<Batches>, outlet: &Outlet, mut writer: ShelfWriter, progress: &dyn Progress) -> Result<Shelf, RescoreError> {
    let mut next = 0_i64;
    let mut history = BookHistory::default();
    for mut batches in inputs {
        while let Some(batch) = batches.next()? {
            let view = BookView::new(&batch)?;
            let mut views = BinaryBuilder::new();
            for at in 0..batch.num_rows() {
                let payable = view.payable(at);
                writer.push(view.row_id.value(at), &payable)?;
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
            outlet.send(RecordBatch::try_new(book::schema(), columns).map_err(datafusion::error::DataFusionError::from)?)?;
            progress.advance(rows as u64);
        }
    }
    writer.finish()
}
