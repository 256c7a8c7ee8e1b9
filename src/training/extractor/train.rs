//! The training loop, calibration on held-out pages, and the model folder with its card.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use candle_core::{Device, Tensor};
use candle_nn::{AdamW, Optimizer as _, ParamsAdamW};
use rand::RngExt as _;
use rand::SeedableRng as _;

use super::card::{card, manifest};
use super::dataset::{Example, example, prepare};
use super::entities::Rng;
use super::network::{Batch, Network};
use super::page::generate_with;
use crate::domain::calibration::Calibration;
use crate::extraction::candidates::SCORED;
use crate::extraction::context::{LINE_DENSE, LINE_IDS};
use crate::extraction::decode::choose;
use crate::extraction::features::{DENSE, ID_WIDTH, IDS, PIECES};
use crate::inference::Manifest;
use crate::training::folder::write_model_folder;

/// What to train.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder to write.
    pub out: PathBuf,
    /// Generated documents to train on, each seen once.
    pub pages: u64,
    /// Seed of documents and weights.
    pub seed: u64,
    /// Stop after this long even if pages are left.
    pub limit: Duration,
}

/// Documents of one step.
const BATCH: usize = 16;
/// Documents held out for calibration and figures; their indices lie far beyond the training ones.
pub(super) const HELD_OUT: u64 = 3000;
pub(super) const HELD_OUT_FROM: u64 = 1 << 40;
/// Held-out documents are harder than those trained on, as real ones are: more labels are unknown words.
const HELD_OUT_STRANGE: f64 = 0.15;
/// A value below this probability is left out.
pub(super) const PRESENT: f64 = 0.4;
/// Highest learning rate.
const RATE: f64 = 2.5e-3;

/// Trains, exports and writes the model folder; `progress` gets a line now and then.
///
/// # Errors
/// Candle's, or where the folder cannot be written.
pub fn train(options: &Options, progress: &dyn Fn(String)) -> anyhow::Result<Manifest> {
    let network = Network::new(options.seed)?;
    let seen = fit(&network, options, progress)?;
    finish(&network, options, seen, progress)
}

/// Calibrates a trained network on held-out documents and writes the model folder.
///
/// # Errors
/// Candle's, or where the folder cannot be written.
pub fn finish(network: &Network, options: &Options, seen: u64, progress: &dyn Fn(String)) -> anyhow::Result<Manifest> {
    let evaluation = evaluate(network, (0..HELD_OUT).map(|index| held_out(options.seed, index)))?;
    progress(format!("held-out documents: {:.4} of fields right", evaluation.accuracy()));
    let bytes = network.to_onnx()?;
    let manifest = manifest(options, seen, &evaluation);
    let card = card(&manifest, options, seen);
    write_model_folder(&options.out, manifest, &bytes, &card).context("cannot write the model")
}

/// A document that no training of this seed sees.
pub(super) fn held_out(seed: u64, index: u64) -> Example {
    prepare(&generate_with(seed, HELD_OUT_FROM + index, HELD_OUT_STRANGE))
}

/// Runs the training loop; returns how many documents were seen.
fn fit(network: &Network, options: &Options, progress: &dyn Fn(String)) -> anyhow::Result<u64> {
    let started = Instant::now();
    let mut optimizer = AdamW::new(network.variables(), ParamsAdamW { lr: RATE, weight_decay: 1e-4, ..ParamsAdamW::default() })?;
    let (sender, receiver) = sync_channel::<Vec<Example>>(8);
    let (seed, pages) = (options.seed, options.pages);
    let producer = std::thread::spawn(move || {
        for start in (0..pages).step_by(BATCH) {
            let batch: Vec<Example> = (start..pages.min(start + BATCH as u64))
                .map(|index| {
                    let mut example = example(seed, index);
                    forget_words(&mut example, seed ^ index);
                    example
                })
                .collect();
            if sender.send(batch).is_err() {
                return;
            }
        }
    });
    let (mut seen, mut step, mut mean) = (0_u64, 0_u64, 0.0_f64);
    for batch in &receiver {
        let part = seen as f64 / pages as f64;
        let time = started.elapsed().as_secs_f64() / options.limit.as_secs_f64().max(1.0);
        let done = part.max(time).min(1.0);
        optimizer.set_learning_rate(RATE * (1.0 - done).max(0.02) * (step as f64 / 100.0).min(1.0));
        let loss = loss(network, &batch)?;
        let gradients = loss.backward()?;
        if step == 0 {
            for (index, variable) in network.variables().iter().enumerate() {
                anyhow::ensure!(gradients.get(variable).is_some(), "weight {index} has no gradient");
            }
        }
        optimizer.step(&gradients)?;
        let value = f64::from(loss.to_scalar::<f32>()?);
        anyhow::ensure!(value.is_finite(), "the loss is not finite after {seen} documents");
        mean = if step == 0 { value } else { mean * 0.98 + value * 0.02 };
        seen += batch.len() as u64;
        step += 1;
        if step.is_multiple_of(50) {
            progress(format!("{seen} of {pages} documents, {:.0} s, loss {mean:.4}", started.elapsed().as_secs_f64()));
        }
        if started.elapsed() >= options.limit {
            break;
        }
    }
    drop(receiver);
    producer.join().map_err(|_| anyhow::anyhow!("the generator stopped"))?;
    Ok(seen)
}

/// Makes some words unknown, so that their neighbours, shapes and places are learned too.
fn forget_words(example: &mut Example, seed: u64) {
    let mut rng = Rng::seed_from_u64(seed);
    for (ids, width) in [(&mut example.features.ids, IDS), (&mut example.lines.ids, PIECES)] {
        for word in ids.chunks_mut(width) {
            match rng.random_range(0..100) {
                0..5 => word[0] = 0,
                5..7 => word[..PIECES].fill(0),
                _ => {}
            }
        }
    }
}

fn tensors(batch: &[Example]) -> candle_core::Result<Batch> {
    let cpu = &Device::Cpu;
    let rows = batch.iter().map(|e| e.rows).sum::<usize>();
    let count = batch.iter().map(|e| e.lines.count).sum::<usize>();
    let wide = |ids: &[u16]| ids.iter().map(|&id| u32::from(id)).collect::<Vec<u32>>();
    let mut line = Vec::with_capacity(rows);
    let mut relations = Vec::with_capacity(batch.len());
    let mut from = 0;
    for example in batch {
        let lines = &example.lines;
        line.extend(lines.of_candidate.iter().map(|&of| (from + of) as u32));
        let ways = lines.relations.iter().map(|&way| u32::from(way)).collect::<Vec<u32>>();
        relations.push((lines.count, Tensor::from_vec(ways, lines.count * lines.count, cpu)?));
        from += lines.count;
    }
    let floats = |of: fn(&Example) -> &Vec<f32>| batch.iter().flat_map(|e| of(e).iter().copied()).collect::<Vec<f32>>();
    let integers = |of: fn(&Example) -> &Vec<u16>| batch.iter().flat_map(|e| wide(of(e))).collect::<Vec<u32>>();
    Ok(Batch {
        ids: Tensor::from_vec(integers(|e| &e.features.ids), (rows, ID_WIDTH), cpu)?,
        dense: Tensor::from_vec(floats(|e| &e.features.dense), (rows, DENSE), cpu)?,
        line: Tensor::from_vec(line, rows, cpu)?,
        line_ids: Tensor::from_vec(integers(|e| &e.lines.ids), (count, LINE_IDS), cpu)?,
        line_dense: Tensor::from_vec(floats(|e| &e.lines.dense), (count, LINE_DENSE), cpu)?,
        relations,
    })
}

/// Mean over documents and fields of `-log P(right candidates)`, with "absent" scored zero.
pub(super) fn loss(network: &Network, batch: &[Example]) -> candle_core::Result<Tensor> {
    const OFF: f32 = -1e4;
    let scores = network.forward(&tensors(batch)?)?.flatten_all()?;
    let widest = batch.iter().flat_map(|e| &e.groups).map(|g| g.rows.len()).max().unwrap_or(1);
    let (mut index, mut possible, mut right) = (Vec::new(), Vec::new(), Vec::new());
    let mut base = 0;
    let mut groups = 0;
    for document in batch {
        for group in &document.groups {
            groups += 1;
            let absent = !group.right.contains(&true);
            for column in 0..widest {
                let row = group.rows.get(column);
                index.push(row.map_or(0, |row| ((base + row) * SCORED.len() + group.field) as u32));
                possible.push(if row.is_some() { 0.0 } else { OFF });
                right.push(if group.right.get(column) == Some(&true) { 0.0 } else { OFF });
            }
            // The last column is "absent".
            possible.push(0.0);
            right.push(if absent { 0.0 } else { OFF });
        }
        base += document.rows;
    }
    let index = Tensor::from_vec(index, groups * widest, &Device::Cpu)?;
    let picked = scores.index_select(&index, 0)?.reshape((groups, widest))?;
    let absent = Tensor::zeros((groups, 1), picked.dtype(), &Device::Cpu)?;
    let picked = Tensor::cat(&[&picked, &absent], 1)?;
    let possible = (&picked + Tensor::from_vec(possible, (groups, widest + 1), &Device::Cpu)?)?;
    let right = (&picked + Tensor::from_vec(right, (groups, widest + 1), &Device::Cpu)?)?;
    (possible.log_sum_exp(1)? - right.log_sum_exp(1)?)?.mean_all()
}

/// Held-out results: by field, the probability given to the best choice and whether it was right.
#[derive(Debug, Clone, Default)]
pub(super) struct Evaluation {
    /// By field: best candidate's probability and whether it was right, where one was chosen.
    pub(super) chosen: BTreeMap<usize, Vec<(f64, bool)>>,
    /// By field: right decisions ("absent" included) and all.
    pub(super) decisions: BTreeMap<usize, (usize, usize)>,
    pub(super) unreachable: usize,
}

impl Evaluation {
    pub(super) fn accuracy(&self) -> f64 {
        let (right, all) = self.decisions.values().fold((0, 0), |sum, d| (sum.0 + d.0, sum.1 + d.1));
        right as f64 / all.max(1) as f64
    }

    /// By field, the share of right decisions, and over all.
    pub(super) fn metrics(&self) -> BTreeMap<String, f64> {
        let share = |right: usize, all: usize| right as f64 / all.max(1) as f64;
        let field = |(&field, &(right, all)): (&usize, &(usize, usize))| (format!("accuracy.{}", SCORED[field]), share(right, all));
        let mut metrics: BTreeMap<String, f64> = self.decisions.iter().map(field).collect();
        metrics.insert("accuracy".to_owned(), self.accuracy());
        metrics
    }

    /// By field, what the probabilities given were worth.
    pub(super) fn calibration(&self) -> BTreeMap<String, Calibration> {
        let fit = |(&field, observed): (&usize, &Vec<(f64, bool)>)| (SCORED[field].as_str().to_owned(), Calibration::fit(observed, 40));
        self.chosen.iter().map(fit).collect()
    }
}

/// Decides every field of documents and compares with what is right.
pub(super) fn evaluate(network: &Network, documents: impl IntoIterator<Item = impl Borrow<Example>>) -> anyhow::Result<Evaluation> {
    let mut evaluation = Evaluation::default();
    for document in documents {
        let document = document.borrow();
        if document.rows == 0 {
            continue;
        }
        let scores: Vec<f32> = network.forward(&tensors(std::slice::from_ref(document))?)?.flatten_all()?.to_vec1()?;
        evaluation.unreachable += document.unreachable.len();
        // Everything that has a score is chosen here, so that low ones are calibrated too.
        let chosen = choose(&document.candidates, &scores, 0.0);
        for group in &document.groups {
            let right = |row: usize| {
                let same = |&(r, right): &(&usize, &bool)| *right && document.candidates[*r].value == document.candidates[row].value;
                group.rows.iter().zip(&group.right).any(|pair| same(&pair))
            };
            let choice = chosen.get(&SCORED[group.field]).map(|c| (c.probability, right(c.row)));
            let (probability, right) = choice.unwrap_or((0.0, false));
            let decided = if probability >= PRESENT { right } else { !group.right.contains(&true) };
            let entry = evaluation.decisions.entry(group.field).or_default();
            entry.0 += usize::from(decided);
            entry.1 += 1;
            if choice.is_some() {
                evaluation.chosen.entry(group.field).or_default().push((probability, right));
            }
        }
    }
    Ok(evaluation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::Models;

    #[test]
    fn candle_and_the_exported_graph_agree_and_learning_lowers_the_loss() {
        let dir = tempfile::tempdir().unwrap();
        let network = Network::new(7).unwrap();
        let batch: Vec<Example> = (0..4).map(|i| example(3, i)).collect();
        let before = loss(&network, &batch).unwrap().to_scalar::<f32>().unwrap();
        let mut optimizer = AdamW::new(network.variables(), ParamsAdamW { lr: 3e-3, ..ParamsAdamW::default() }).unwrap();
        for _ in 0..5 {
            optimizer.backward_step(&loss(&network, &batch).unwrap()).unwrap();
        }
        let after = loss(&network, &batch).unwrap().to_scalar::<f32>().unwrap();
        assert!(after < before, "{after} >= {before}");

        let manifest = Manifest { name: "x".to_owned(), version: "0.0.1".to_owned(), ..Manifest::default() };
        write_model_folder(&dir.path().join("x"), manifest, &network.to_onnx().unwrap(), "card").unwrap();
        let model = Models::open(dir.path()).unwrap().get("x").unwrap();
        let document = &batch[0];
        let out = model.run_whole(&crate::extraction::inputs(document.features.clone(), document.lines.clone())).unwrap();
        let tensors = tensors(std::slice::from_ref(document)).unwrap();
        let expected: Vec<f32> = network.forward(&tensors).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        for (a, b) in out[0].as_f32().unwrap().iter().zip(&expected) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }
}
