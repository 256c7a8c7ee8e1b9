//! Candidate pairs -> scores and reasons.
//!
//! Reads table `candidates` supplier by supplier and by the later row of each pair, so that a row is compared
//! with all of its candidates at once, as it would have been on the day it came in, and finds most of them
//! prepared already. Pairs below [`FLOOR`] are dropped. A
//! payment whose money came back later is no duplicate of anything, nor anything of it.

use super::book::{amount_type, column, mantissa};
use super::candidates::row_at;
use super::crew::Piece;
use super::engine::Engine;
use super::figures::{reasons_text, rounded};
use super::netting::Reversed;
use super::scratch::Scratch;
use super::shelf::Shelf;
use super::slices::{self, Job, Step};
use super::{Progress, RescoreError};
use crate::screening::duplicates::{DuplicateScorer, Prepared, compare, is_payment};
use datafusion::arrow::array::{ArrayRef, Decimal128Builder, Float64Builder, Int64Array, Int64Builder, RecordBatch, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;
use std::sync::Arc;

/// Pairs below this score are not kept.
const FLOOR: f64 = 0.01;
/// Candidate pairs of a piece; a row's candidates are far fewer than the difference.
const PIECE: (usize, usize) = (8192, 32_768);
/// Candidate pairs of a slice, at least.
const SLICE: u64 = 65_536;
/// Prepared rows that a worker remembers; a power of two.
const REMEMBERED: usize = 1 << 15;

/// The schema of table `pairs`; `earlier` and `later` are numbers in time, `a_id` and `b_id` the rows' names.
pub(super) fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    Arc::new(Schema::new(vec![
        Field::new("earlier", DataType::Int64, false),
        Field::new("later", DataType::Int64, false),
        text("a_id"),
        text("b_id"),
        Field::new("score", DataType::Float64, false),
        text("reasons"),
        Field::new("amount", amount_type(), false),
        text("currency"),
    ]))
}

/// The step's name, and its table's.
pub(super) const NAME: &str = "pairs";

/// What a worker needs.
pub(super) struct Bench {
    pub shelf: Arc<Shelf>,
    pub reversed: Reversed,
    pub scorer: DuplicateScorer,
}

/// Stores table `pairs`, supplier by supplier.
pub(super) async fn write(engine: &Engine, scratch: &Scratch, bench: Bench, progress: Arc<dyn Progress>) -> Result<(), RescoreError> {
    let step = Step {
        name: NAME,
        input: "SELECT place, earlier FROM candidates ORDER BY place, earlier".to_owned(),
        group: place_of,
        same: same_place,
        piece: PIECE,
        slice: SLICE,
        counted: bench.shelf.len() as u64,
    };
    slices::run(engine, scratch.path(), step, Arc::new(bench), progress).await
}

impl Job for Bench {
    fn schema(&self) -> SchemaRef {
        schema()
    }

    fn worker(&self) -> Box<dyn FnMut(Piece) -> Result<RecordBatch, RescoreError> + '_> {
        let mut memory = Memory(vec![None; REMEMBERED]);
        Box::new(move |piece| score(&mut memory, &piece, self))
    }
}

fn place_of(batch: &RecordBatch, at: usize) -> datafusion::error::Result<i64> {
    Ok(column::<Int64Array>(batch, "place")?.value(at))
}

fn same_place(batch: &RecordBatch, at: usize) -> datafusion::error::Result<bool> {
    let places = column::<Int64Array>(batch, "place")?;
    Ok(places.value(at) == places.value(at - 1))
}

/// Rows prepared lately, by the lower bits of their number.
struct Memory(Vec<Option<(usize, Arc<Prepared>)>>);

impl Memory {
    fn prepared(&mut self, row: usize, shelf: &Shelf) -> Result<Arc<Prepared>, RescoreError> {
        let slot = row & (REMEMBERED - 1);
        if let Some(Some((held, prepared))) = self.0.get(slot)
            && *held == row
        {
            return Ok(Arc::clone(prepared));
        }
        let prepared = Arc::new(Prepared::of(&shelf.get(row)?.1));
        self.0[slot] = Some((row, Arc::clone(&prepared)));
        Ok(prepared)
    }
}

/// A later row and its earlier candidates, without repeats.
fn groups(piece: &Piece) -> Result<Vec<(usize, Vec<usize>)>, RescoreError> {
    let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
    for batch in &piece.batches {
        let (places, earlier): (&Int64Array, &Int64Array) = (column(batch, "place")?, column(batch, "earlier")?);
        for (place, earlier) in places.values().iter().zip(earlier.values()) {
            let (later, earlier) = (row_at(*place), usize::try_from(*earlier).unwrap_or_default());
            match groups.last_mut() {
                Some((row, others)) if *row == later => {
                    if others.last() != Some(&earlier) {
                        others.push(earlier);
                    }
                }
                _ => groups.push((later, vec![earlier])),
            }
        }
    }
    Ok(groups)
}

/// Scores a piece. Gives the pairs kept.
fn score(memory: &mut Memory, piece: &Piece, bench: &Bench) -> Result<RecordBatch, RescoreError> {
    let groups = groups(piece)?;
    let (mut pairs, mut inputs) = (Vec::new(), Vec::new());
    let mut candidates: Vec<Arc<Prepared>> = Vec::new();
    for (later, others) in &groups {
        let own = memory.prepared(*later, &bench.shelf)?;
        if !is_payment(&own) || bench.reversed.has(*later) {
            continue;
        }
        candidates.clear();
        for other in others {
            candidates.push(memory.prepared(*other, &bench.shelf)?);
        }
        let views: Vec<&Prepared> = candidates.iter().map(Arc::as_ref).collect();
        let places = compare(&own, &views, &mut inputs);
        pairs.extend(places.into_iter().map(|place| (others[place], *later)));
    }
    let scores = bench.scorer.score_rows(inputs).map_err(|error| RescoreError::Scoring(error.to_string()))?;
    let mut out = PairBuilder::default();
    for ((earlier, later), score) in pairs.into_iter().zip(scores) {
        if score >= FLOOR && !bench.reversed.has(earlier) {
            out.push((earlier, later), score, bench)?;
        }
    }
    out.finish()
}

#[derive(Default)]
struct PairBuilder {
    earlier: Int64Builder,
    later: Int64Builder,
    a_id: StringBuilder,
    b_id: StringBuilder,
    score: Float64Builder,
    reasons: StringBuilder,
    amount: Vec<i128>,
    currency: StringBuilder,
}

impl PairBuilder {
    fn push(&mut self, (earlier, later): (usize, usize), score: f64, bench: &Bench) -> Result<(), RescoreError> {
        let (a_id, a) = bench.shelf.get(earlier)?;
        let (b_id, b) = bench.shelf.get(later)?;
        self.earlier.append_value(earlier as i64);
        self.later.append_value(later as i64);
        self.a_id.append_value(a_id);
        self.b_id.append_value(b_id);
        self.score.append_value(rounded(score));
        self.reasons.append_value(reasons_text(&bench.scorer.reasons(&a, &b, score)));
        // What can be recovered is at most what was paid the second time; in another currency it is
        // taken as paid.
        let smaller = if a.currency == b.currency { a.amount.min(b.amount) } else { b.amount };
        self.amount.push(mantissa(smaller));
        self.currency.append_value(b.currency);
        Ok(())
    }

    fn finish(mut self) -> Result<RecordBatch, RescoreError> {
        let mut amounts = Decimal128Builder::new().with_data_type(amount_type());
        self.amount.into_iter().for_each(|amount| amounts.append_value(amount));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.earlier.finish()),
            Arc::new(self.later.finish()),
            Arc::new(self.a_id.finish()),
            Arc::new(self.b_id.finish()),
            Arc::new(self.score.finish()),
            Arc::new(self.reasons.finish()),
            Arc::new(amounts.finish()),
            Arc::new(self.currency.finish()),
        ];
        Ok(RecordBatch::try_new(schema(), columns).map_err(DataFusionError::from)?)
    }
}
