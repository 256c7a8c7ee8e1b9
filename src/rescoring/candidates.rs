//! Rows that share a block key -> pairs worth comparing, in bounded memory.
//!
//! Keys that only one row has are dropped by a fixed-size count before anything is sorted. Within a
//! key's block every row meets those shortly before it: all of a small block, the nearest of a large
//! one, so that a bill that comes every month for years costs no more than any other row.

use super::RescoreError;
use super::book::{BATCH, BookView, column, keys_of_bytes};
use super::engine::{Batches, Engine, Outlet};
use super::scratch::Scratch;
use datafusion::arrow::array::{ArrayRef, BinaryArray, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;
use std::collections::VecDeque;
use std::sync::Arc;

/// Earlier rows that a row meets within a block of up to [`SMALL`] rows.
const NEAR: usize = 48;
/// Earlier rows that a row meets in a larger block.
const FAR: usize = 12;
/// A block of up to so many rows is small.
const SMALL: usize = 96;

/// The name of table `candidates` in the scratch folder.
pub(super) const FILE: &str = "candidates.arrow";
/// The logarithm of the number of counts.
const COUNTS: u32 = 26;

/// Counts keys up to two in a fixed amount of memory. Two keys may share a count: then one that is
/// single counts as shared and costs a little work, never the other way round.
pub(super) struct KeyCounts {
    once: Vec<u64>,
    twice: Vec<u64>,
    mask: u64,
}

impl KeyCounts {
    /// Takes `2^bits / 4` bytes.
    pub fn new(bits: u32) -> Self {
        let words = 1_usize << bits.saturating_sub(6);
        Self { once: vec![0; words], twice: vec![0; words], mask: (1 << bits) - 1 }
    }

    pub fn count(&mut self, keys: &[u64]) {
        for key in keys {
            let (word, bit) = self.place(*key);
            self.twice[word] |= self.once[word] & bit;
            self.once[word] |= bit;
        }
    }

    fn is_shared(&self, key: u64) -> bool {
        let (word, bit) = self.place(key);
        self.twice[word] & bit != 0
    }

    fn place(&self, key: u64) -> (usize, u64) {
        // Keys are hashes already; their upper half is mixed in for small tables.
        let slot = (key ^ key >> 32) & self.mask;
        ((slot >> 6) as usize, 1 << (slot & 63))
    }
}

fn key_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("key", DataType::Int64, false), Field::new("row", DataType::Int64, false)]))
}

/// The schema of table `candidates`.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("later", DataType::Int64, false), Field::new("earlier", DataType::Int64, false)]))
}

/// Stores table `candidates` (with repeats: a pair may share several keys). It is stored and not just
/// fed on, so that no two sorts share the memory at one time.
pub(super) async fn write(engine: &Engine, scratch: &Scratch) -> Result<(), RescoreError> {
    let counts = count(engine).await?;
    engine
        .stage("shared_keys", key_schema(), vec!["SELECT * FROM book".into()], move |inputs, outlet| expand(inputs, outlet, &counts))
        .and_then(|()| engine.stage("paired", schema(), vec!["SELECT key, row FROM shared_keys ORDER BY key, row".into()], pair))
        .map_err(RescoreError::from_engine)?;
    engine.store("SELECT * FROM paired", "candidates", &scratch.file(FILE)).await?;
    Ok(())
}

/// Counts the keys of the book.
async fn count(engine: &Engine) -> Result<KeyCounts, RescoreError> {
    engine
        .fold("SELECT keys FROM book".to_owned(), |mut batches| {
            let mut counts = KeyCounts::new(COUNTS);
            while let Some(batch) = batches.next()? {
                for bytes in column::<BinaryArray>(&batch, "keys")?.iter().flatten() {
                    counts.count(&keys_of_bytes(bytes).collect::<Vec<u64>>());
                }
            }
            Ok(counts)
        })
        .await
}

/// One row a shared key.
fn expand(inputs: Vec<Batches>, outlet: &Outlet, counts: &KeyCounts) -> Result<(), RescoreError> {
    for mut batches in inputs {
        while let Some(batch) = batches.next()? {
            let view = BookView::new(&batch)?;
            let (mut keys, mut rows) = (Vec::new(), Vec::new());
            for at in 0..batch.num_rows() {
                for key in view.keys(at).filter(|key| counts.is_shared(*key)) {
                    keys.push(key.cast_signed());
                    rows.push(view.row.value(at));
                }
            }
            outlet.send(two_columns(key_schema(), keys, rows)?)?;
        }
    }
    Ok(())
}

/// The pairs of every block.
fn pair(inputs: Vec<Batches>, outlet: &Outlet) -> Result<(), RescoreError> {
    for mut batches in inputs {
        let mut block: Option<i64> = None;
        let mut seen = 0_usize;
        let mut near: VecDeque<i64> = VecDeque::with_capacity(NEAR);
        let (mut later, mut earlier) = (Vec::new(), Vec::new());
        while let Some(batch) = batches.next()? {
            let keys: &Int64Array = column(&batch, "key")?;
            let rows: &Int64Array = column(&batch, "row")?;
            for (key, row) in keys.values().iter().zip(rows.values()) {
                if block != Some(*key) {
                    block = Some(*key);
                    seen = 0;
                    near.clear();
                }
                let reach = if seen < SMALL { NEAR } else { FAR };
                while near.len() > reach {
                    near.pop_front();
                }
                for other in &near {
                    later.push(*row);
                    earlier.push(*other);
                }
                near.push_back(*row);
                seen += 1;
                if later.len() >= BATCH {
                    outlet.send(two_columns(schema(), std::mem::take(&mut later), std::mem::take(&mut earlier))?)?;
                }
            }
        }
        outlet.send(two_columns(schema(), later, earlier)?)?;
    }
    Ok(())
}

fn two_columns(schema: SchemaRef, first: Vec<i64>, second: Vec<i64>) -> Result<RecordBatch, RescoreError> {
    let columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(first)), Arc::new(Int64Array::from(second))];
    Ok(RecordBatch::try_new(schema, columns).map_err(DataFusionError::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_key_is_never_missed() {
        let mut counts = KeyCounts::new(10);
        let shared: Vec<u64> = (0..300_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        counts.count(&shared);
        assert!(shared.iter().filter(|key| counts.is_shared(**key)).count() < 150);
        counts.count(&shared);
        assert!(shared.iter().all(|key| counts.is_shared(*key)));
    }
}
