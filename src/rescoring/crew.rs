//! Work in parallel with the same result whatever the number of hands.
//!
//! A sorted stream is cut into pieces at changes of a key, at places that depend on the data alone
//! ([`Cutter`]); workers handle parts of a stream, and what they give comes back in order ([`in_order`]).

use super::RescoreError;
use super::engine::Batches;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::error::Result as EngineResult;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// A run of whole groups, or a part of one very large group.
pub(super) struct Piece {
    /// Slices of record batches, in order.
    pub batches: Vec<RecordBatch>,
    /// The first group began in the piece before; the same worker gets both.
    pub continues: bool,
    rows: usize,
}

impl Piece {
    pub fn of(batches: Vec<RecordBatch>, continues: bool) -> Self {
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        Self { batches, continues, rows }
    }

    /// The schema of its batches, of which it has at least one.
    pub fn schema(&self) -> SchemaRef {
        self.batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema)
    }
}

/// Cuts a stream at changes of a key.
pub(super) struct Cutter<K> {
    source: Batches,
    /// The key of a batch's row, as an owned value.
    key: fn(&RecordBatch, usize) -> EngineResult<K>,
    /// Whether two neighbours of a batch have the same key.
    same: fn(&RecordBatch, usize) -> EngineResult<bool>,
    last: Option<K>,
    pending: Option<RecordBatch>,
    ended: bool,
    continues: bool,
    at_least: usize,
    at_most: usize,
}

impl<K: PartialEq> Cutter<K> {
    /// Pieces of at least `at_least` rows, and never more than `at_most`.
    pub fn new(
        source: Batches,
        key: fn(&RecordBatch, usize) -> EngineResult<K>,
        same: fn(&RecordBatch, usize) -> EngineResult<bool>,
        (at_least, at_most): (usize, usize),
    ) -> Self {
        Self { source, key, same, last: None, pending: None, ended: false, continues: false, at_least, at_most }
    }

    /// The next piece; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Piece>, RescoreError> {
        let mut piece = Piece { batches: Vec::new(), continues: self.continues, rows: 0 };
        self.continues = false;
        while let Some(batch) = self.more()? {
            let cut = self.cut(&batch, piece.rows)?;
            let (taken, rest) = match cut {
                Cut::None => (batch, None),
                Cut::Before(at) | Cut::Within(at) => {
                    let rest = (at < batch.num_rows()).then(|| batch.slice(at, batch.num_rows() - at));
                    (batch.slice(0, at), rest)
                }
            };
            if taken.num_rows() > 0 {
                piece.rows += taken.num_rows();
                self.last = Some((self.key)(&taken, taken.num_rows() - 1)?);
                piece.batches.push(taken);
            }
            self.pending = rest;
            match cut {
                Cut::None => {}
                Cut::Before(_) => return Ok(Some(piece)),
                Cut::Within(_) => {
                    self.continues = self.continues_after()?;
                    return Ok(Some(piece));
                }
            }
        }
        Ok((piece.rows > 0).then_some(piece))
    }

    fn more(&mut self) -> Result<Option<RecordBatch>, RescoreError> {
        if let Some(batch) = self.pending.take() {
            return Ok(Some(batch));
        }
        while !self.ended {
            match self.source.next()? {
                Some(batch) if batch.num_rows() > 0 => return Ok(Some(batch)),
                Some(_) => {}
                None => self.ended = true,
            }
        }
        Ok(None)
    }

    /// Whether what follows a forced cut belongs to the same group.
    fn continues_after(&mut self) -> Result<bool, RescoreError> {
        self.pending = self.more()?;
        match (&self.pending, &self.last) {
            (Some(batch), Some(last)) => Ok((self.key)(batch, 0)? == *last),
            _ => Ok(false),
        }
    }

    /// Where to end the piece in this batch, after `have` rows of it in earlier ones.
    fn cut(&self, batch: &RecordBatch, have: usize) -> Result<Cut, RescoreError> {
        let rows = batch.num_rows();
        let first = self.at_least.saturating_sub(have);
        for at in first..rows.min(self.at_most - have) {
            let boundary = match at {
                0 if have == 0 => false,
                0 => self.last.as_ref().map_or(Ok(false), |last| (self.key)(batch, 0).map(|key| key != *last))?,
                _ => !(self.same)(batch, at)?,
            };
            if boundary {
                return Ok(Cut::Before(at));
            }
        }
        Ok(if have + rows >= self.at_most { Cut::Within(self.at_most - have) } else { Cut::None })
    }
}

enum Cut {
    None,
    /// A new group begins here.
    Before(usize),
    /// The piece is full.
    Within(usize),
}

/// A worker's two ends: work goes in, results come out.
type Worker<T, R> = (SyncSender<T>, Receiver<Result<R, RescoreError>>);

/// Runs what `source` gives through `hands` workers, each with a state of its own, and gives their results
/// to `sink` in the same order.
pub(super) fn in_order<T: Send, S: Send, R: Send>(
    hands: usize,
    mut source: impl FnMut() -> Result<Option<T>, RescoreError>,
    state: impl Fn() -> S + Sync,
    job: impl Fn(&mut S, T) -> Result<R, RescoreError> + Sync,
    mut sink: impl FnMut(R) -> Result<(), RescoreError>,
) -> Result<(), RescoreError> {
    let depth = 2;
    std::thread::scope(|scope| {
        let workers: Vec<Worker<T, R>> = (0..hands.max(1))
            .map(|_| {
                let (to_worker, tasks) = sync_channel::<T>(depth * hands + depth);
                let (results, from_worker) = sync_channel(depth * hands + depth);
                let (state, job) = (&state, &job);
                scope.spawn(move || {
                    let mut own = state();
                    for task in tasks {
                        if results.send(job(&mut own, task)).is_err() {
                            break;
                        }
                    }
                });
                (to_worker, from_worker)
            })
            .collect();
        let gone = || RescoreError::Broken("a worker ended early".into());
        let mut in_flight: VecDeque<usize> = VecDeque::new();
        let mut turn = workers.len() - 1;
        while let Some(task) = source()? {
            turn = (turn + 1) % workers.len();
            workers[turn].0.send(task).map_err(|_| gone())?;
            in_flight.push_back(turn);
            if in_flight.len() >= depth * workers.len() {
                let worker = in_flight.pop_front().unwrap_or_default();
                sink(workers[worker].1.recv().map_err(|_| gone())??)?;
            }
        }
        for worker in in_flight {
            sink(workers[worker].1.recv().map_err(|_| gone())??)?;
        }
        Ok(())
    })
}
