//! Money that came back: payments that a later credit memo or void of the same supplier took back in full.
//!
//! Reads supplier, amount and time only. A reversal takes back the latest open payment of its amount
//! before it. A pair of payments of which one was taken back is one debt paid once.

use super::RescoreError;
use super::book::column;
use super::engine::Engine;
use datafusion::arrow::array::{Decimal128Array, Int64Array, StringArray};

/// One bit a row.
pub(super) struct Reversed(Vec<u64>);

impl Reversed {
    fn new(rows: usize) -> Self {
        Self(vec![0; rows.div_ceil(64)])
    }

    fn set(&mut self, row: i64) {
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        if let Some(word) = self.0.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
    }

    /// Whether the payment of this row came back.
    pub fn has(&self, row: usize) -> bool {
        self.0.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }
}

/// Finds the payments of the book that were taken back.
pub(super) async fn find(engine: &Engine, rows: usize) -> Result<Reversed, RescoreError> {
    let sql = "SELECT vendor_key, abs(amount) AS size, amount, row FROM book WHERE amount <> 0 ORDER BY vendor_key, size, row";
    engine
        .fold(sql.to_owned(), move |mut batches| {
            let mut reversed = Reversed::new(rows);
            let mut group: Option<(String, i128)> = None;
            // Open payments of the group, the latest last; a bounded number, the oldest are forgotten.
            let mut open: Vec<i64> = Vec::new();
            while let Some(batch) = batches.next()? {
                let vendors: &StringArray = column(&batch, "vendor_key")?;
                let amounts: &Decimal128Array = column(&batch, "amount")?;
                let numbers: &Int64Array = column(&batch, "row")?;
                for at in 0..batch.num_rows() {
                    let (vendor, amount) = (vendors.value(at), amounts.value(at));
                    if group.as_ref().is_none_or(|(name, size)| name != vendor || *size != amount.abs()) {
                        group = Some((vendor.to_owned(), amount.abs()));
                        open.clear();
                    }
                    if amount > 0 {
                        if open.len() == 1000 {
                            open.remove(0);
                        }
                        open.push(numbers.value(at));
                    } else if let Some(payment) = open.pop() {
                        reversed.set(payment);
                    }
                }
            }
            Ok(reversed)
        })
        .await
}
