//! What the book itself teaches the anomaly model, before it is scored.
//!
//! A sample of whole suppliers goes to the [`Teach`] of the run's options, which leaves a model folder in
//! the scratch folder; from then on every process that scores the step finds it there.

use super::book::{BookView, column};
use super::engine::Engine;
use super::scratch::{Scratch, publish};
use super::{Progress, RescoreError};
use crate::inference::{MANIFEST_FILE, MODEL_FILE, Models};
use crate::screening::anomaly::{AnomalyScorer, OWN_MODEL_NAME, Sample, Teach};
use datafusion::arrow::array::StringArray;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

/// The folder of what was learnt, in the scratch folder.
const FOLDER: &str = "lesson";
/// About so many rows teach; where the book has more, suppliers are drawn by the hash of their key.
const ENOUGH: u64 = 100_000;

/// The suppliers that people have decided on: their histories are always in the sample.
async fn decided_on(engine: &Engine, decisions: &BTreeMap<String, bool>) -> Result<HashSet<String>, RescoreError> {
    let names: HashSet<String> = decisions.keys().cloned().collect();
    if names.is_empty() {
        return Ok(HashSet::new());
    }
    engine
        .fold("SELECT row_id, vendor_key FROM book".to_owned(), move |mut batches| {
            let mut suppliers = HashSet::new();
            while let Some(batch) = batches.next()? {
                let (ids, keys): (&StringArray, &StringArray) = (column(&batch, "row_id")?, column(&batch, "vendor_key")?);
                suppliers.extend((0..batch.num_rows()).filter(|at| names.contains(ids.value(*at))).map(|at| keys.value(at).to_owned()));
            }
            Ok(suppliers)
        })
        .await
}

/// Teaches; gives whether anything was learnt.
pub(super) async fn learn(
    engine: &Engine,
    scratch: &Scratch,
    (teacher, scorer): (Arc<dyn Teach>, AnomalyScorer),
    (rows, decisions): (u64, BTreeMap<String, bool>),
    progress: &dyn Progress,
) -> Result<bool, RescoreError> {
    let limit = if rows <= ENOUGH { u64::MAX } else { (u128::from(u64::MAX) * u128::from(ENOUGH) / u128::from(rows)) as u64 };
    let folder = scratch.file(FOLDER);
    let known = decided_on(engine, &decisions).await?;
    let taught = engine
        .fold("SELECT * EXCEPT (keys, view) FROM book ORDER BY row".to_owned(), move |mut batches| {
            let mut sample = Sample::default();
            while let Some(batch) = batches.next()? {
                let view = BookView::new(&batch)?;
                // One supplier may be most of a book: the beginning of its history is enough.
                let room = (2 * ENOUGH as usize).saturating_sub(sample.rows.len());
                let taken = |at: &usize| draw(view.vendor_key.value(*at)) <= limit || known.contains(view.vendor_key.value(*at));
                for at in (0..batch.num_rows()).filter(taken).take(room) {
                    if let Some(anomalous) = decisions.get(view.row_id.value(at)) {
                        sample.decisions.insert(sample.rows.len(), *anomalous);
                    }
                    sample.rows.push(view.payable(at));
                }
            }
            std::fs::create_dir_all(&folder).map_err(|source| RescoreError::io("create", &folder, source))?;
            teacher.teach(&sample, &scorer, &folder).map_err(RescoreError::Scoring)
        })
        .await?;
    progress.note(taught.as_deref().unwrap_or("the book is too small to learn from: the anomaly model scores as shipped"));
    Ok(taught.is_some())
}

/// The scorer with what was learnt, if anything was.
pub(super) fn taught(scratch: &Path, scorer: AnomalyScorer) -> Result<AnomalyScorer, RescoreError> {
    let folder = scratch.join(FOLDER);
    if !folder.join(OWN_MODEL_NAME).is_dir() {
        return Ok(scorer);
    }
    let failed = |error: &dyn std::error::Error| RescoreError::Scoring(crate::domain::causes::with_causes(error));
    let models = Models::open(&folder).map_err(|error| failed(&error))?;
    scorer.with_own(&models).map_err(|error| failed(&error))
}

/// Puts what was learnt into `folder`, if anything was.
pub(super) fn keep(scratch: &Path, folder: &Path) -> Result<(), RescoreError> {
    let learnt = scratch.join(FOLDER).join(OWN_MODEL_NAME);
    if !learnt.is_dir() {
        return Ok(());
    }
    let kept = folder.join(OWN_MODEL_NAME);
    std::fs::create_dir_all(&kept).map_err(|source| RescoreError::io("create", &kept, source))?;
    // The manifest last: it vouches for the rest.
    for file in [MODEL_FILE, "CARD.md", MANIFEST_FILE] {
        publish(&learnt.join(file), &kept.join(file))?;
    }
    Ok(())
}

/// FNV-1a, mixed: which suppliers come first into a sample.
fn draw(key: &str) -> u64 {
    let state = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (state ^ state >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
