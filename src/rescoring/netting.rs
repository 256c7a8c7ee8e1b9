//! Money that came back: payments that a later credit memo or void of the same supplier took back in full.
//!
//! Reads supplier, amount and time only. A reversal takes back the latest open payment of its amount
//! before it. A pair of payments of which one was taken back is one debt paid once.

use super::RescoreError;
use super::book::column;
use super::engine::Engine;
use datafusion::arrow::array::{Decimal128Array, Int64Array, StringArray};
use std::path::Path;

/// Its name in the scratch folder.
pub(super) const FILE: &str = "reversed";

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

    /// Keeps it in a file, for processes that score pairs.
    pub fn save(&self, path: &Path) -> Result<(), RescoreError> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|word| word.to_le_bytes()).collect();
        std::fs::write(path, bytes).map_err(|source| RescoreError::io("write", path, source))
    }

    /// Reads what was kept.
    #[cfg(any(test, feature = "cluster"))]
    pub fn load(path: &Path) -> Result<Self, RescoreError> {
        let bytes = std::fs::read(path).map_err(|source| RescoreError::io("read", path, source))?;
        Ok(Self(bytes.chunks_exact(8).map(|word| word.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte))).collect()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_back_is_kept_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let mut reversed = Reversed::new(200);
        [0, 63, 64, 199].into_iter().for_each(|row| reversed.set(row));
        reversed.save(&path).unwrap();
        let loaded = Reversed::load(&path).unwrap();
        assert_eq!((0..200).filter(|row| loaded.has(*row)).collect::<Vec<_>>(), [0, 63, 64, 199]);
    }
}
