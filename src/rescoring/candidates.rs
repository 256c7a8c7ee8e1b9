//! Rows that share a block key -> pairs worth comparing, in bounded memory.
//!
//! Keys that only one row has are dropped by a fixed-size count before anything is sorted. Within a
//! key's block every row meets the [`MAX_BLOCK`] before it, as online, so that a bill that comes every
//! month for years costs no more than any other row. Pairs come out supplier by supplier, since most of a
//! row's candidates are its own supplier's: what was prepared for one row is at hand for the next.

use super::RescoreError;
use super::book::{BATCH, BookView, column, keys_of_bytes};
use super::engine::{Batches, Engine, Outlet};
use super::scratch::Scratch;
use crate::screening::duplicates::MAX_BLOCK;
use datafusion::arrow::array::{ArrayRef, BinaryArray, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;
use std::collections::VecDeque;
use std::sync::Arc;

/// Bits of a place that hold the row's number; those above are a hash of its supplier.
const ROW_BITS: u32 = 39;

/// Where a row is compared: by supplier, then by time.
fn place(vendor: &str, row: i64) -> i64 {
    let mixed = vendor.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let hash = (mixed ^ mixed >> 32) & ((1 << (63 - ROW_BITS)) - 1);
    (hash << ROW_BITS).cast_signed() | row
}

/// The row at a place.
pub(super) fn row_at(place: i64) -> usize {
    usize::try_from(place & ((1 << ROW_BITS) - 1)).unwrap_or_default()
}

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
    Arc::new(Schema::new(vec![
        Field::new("key", DataType::Int64, false),
        Field::new("row", DataType::Int64, false),
        Field::new("place", DataType::Int64, false),
    ]))
}

/// The schema of table `candidates`: the later row by its place (see [`row_at`]), the earlier by its number.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("place", DataType::Int64, false), Field::new("earlier", DataType::Int64, false)]))
}

/// Stores table `candidates` (with repeats: a pair may share several keys). It is stored and not just
/// fed on, so that no two sorts share the memory at one time.
pub(super) async fn write(engine: &Engine, scratch: &Scratch) -> Result<(), RescoreError> {
    let counts = count(engine).await?;
    engine
        .stage("shared_keys", key_schema(), vec!["SELECT * FROM book".into()], move |inputs, outlet| expand(inputs, outlet, &counts))
        .and_then(|()| engine.stage("paired", schema(), vec!["SELECT key, row, place FROM shared_keys ORDER BY key, row".into()], pair))
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
            let (mut keys, mut rows, mut places) = (Vec::new(), Vec::new(), Vec::new());
            for at in 0..batch.num_rows() {
                for key in view.keys(at).filter(|key| counts.is_shared(*key)) {
                    keys.push(key.cast_signed());
                    rows.push(view.row.value(at));
                    places.push(place(view.vendor_key.value(at), view.row.value(at)));
                }
            }
            outlet.send(columns(key_schema(), [keys, rows, places])?)?;
        }
    }
    Ok(())
}

/// The pairs of every block.
fn pair(inputs: Vec<Batches>, outlet: &Outlet) -> Result<(), RescoreError> {
    for mut batches in inputs {
        let mut block: Option<i64> = None;
        let mut near: VecDeque<i64> = VecDeque::with_capacity(MAX_BLOCK);
        let (mut later, mut earlier) = (Vec::new(), Vec::new());
        while let Some(batch) = batches.next()? {
            let keys: &Int64Array = column(&batch, "key")?;
            let (rows, places): (&Int64Array, &Int64Array) = (column(&batch, "row")?, column(&batch, "place")?);
            for ((key, row), place) in keys.values().iter().zip(rows.values()).zip(places.values()) {
                if block != Some(*key) {
                    block = Some(*key);
                    near.clear();
                }
                later.extend(std::iter::repeat_n(*place, near.len()));
                earlier.extend(&near);
                if near.len() == MAX_BLOCK {
                    near.pop_front();
                }
                near.push_back(*row);
                if later.len() >= BATCH {
                    outlet.send(columns(schema(), [std::mem::take(&mut later), std::mem::take(&mut earlier)])?)?;
                }
            }
        }
        outlet.send(columns(schema(), [later, earlier])?)?;
    }
    Ok(())
}

fn columns<const N: usize>(schema: SchemaRef, values: [Vec<i64>; N]) -> Result<RecordBatch, RescoreError> {
    let columns: Vec<ArrayRef> = values.into_iter().map(|values| Arc::new(Int64Array::from(values)) as ArrayRef).collect();
    Ok(RecordBatch::try_new(schema, columns).map_err(DataFusionError::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_keep_a_suppliers_rows_together_in_order_of_time() {
        assert_eq!(row_at(place("V1", 7)), 7);
        assert_eq!(row_at(place("", 5_000_000_000)), 5_000_000_000);
        assert!(place("V1", 7) < place("V1", 8) && place("V1", 0) >= 0);
        assert_ne!(place("V1", 7) >> ROW_BITS, place("V2", 7) >> ROW_BITS);
    }

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
