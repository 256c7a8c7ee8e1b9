//! The training loop, calibration on held-out pages, and the model folder with its card.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use candle_core::{Device, Tensor};
use candle_nn::{AdamW, Optimizer as _, ParamsAdamW};

use super::dataset::{Example, example};
use super::network::Network;
use crate::domain::calibration::Calibration;
use crate::extraction::candidates::SCORED;
use crate::extraction::decode::choose;
use crate::extraction::features::{self, DENSE, ID_WIDTH};
use crate::inference::{Manifest, TensorInfo};
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
const HELD_OUT: u64 = 600;
pub(super) const HELD_OUT_FROM: u64 = 1 << 40;
/// A value below this probability is left out.
const PRESENT: f64 = 0.4;
/// Highest learning rate.
const RATE: f64 = 2.5e-3;

/// Trains, exports and writes the model folder; `progress` gets a line now and then.
///
/// # Errors
/// Candle's, or where the folder cannot be written.
pub fn train(options: &Options, progress: &dyn Fn(String)) -> anyhow::Result<Manifest> {
    let network = Network::new(options.seed)?;
    let seen = fit(&network, options, progress)?;
    let evaluation = evaluate(&network, (0..HELD_OUT).map(|index| example(options.seed, HELD_OUT_FROM + index)))?;
    progress(format!("held-out documents: {:.4} of fields right", evaluation.accuracy()));
    let bytes = network.to_onnx()?;
    let manifest = manifest(options, seen, &evaluation);
    let card = card(&manifest, options, seen);
    write_model_folder(&options.out, manifest, &bytes, &card).context("cannot write the model")
}

/// Runs the training loop; returns how many documents were seen.
fn fit(network: &Network, options: &Options, progress: &dyn Fn(String)) -> anyhow::Result<u64> {
    let started = Instant::now();
    let mut optimizer = AdamW::new(network.variables(), ParamsAdamW { lr: RATE, weight_decay: 1e-4, ..ParamsAdamW::default() })?;
    let (sender, receiver) = sync_channel::<Vec<Example>>(8);
    let (seed, pages) = (options.seed, options.pages);
    let producer = std::thread::spawn(move || {
        for start in (0..pages).step_by(BATCH) {
            let batch: Vec<Example> = (start..pages.min(start + BATCH as u64)).map(|index| example(seed, index)).collect();
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

fn inputs(batch: &[Example]) -> candle_core::Result<(Tensor, Tensor)> {
    let rows = batch.iter().map(|e| e.rows).sum::<usize>();
    let ids: Vec<u32> = batch.iter().flat_map(|e| e.features.ids.iter().map(|&id| u32::from(id))).collect();
    let dense: Vec<f32> = batch.iter().flat_map(|e| e.features.dense.iter().copied()).collect();
    Ok((Tensor::from_vec(ids, (rows, ID_WIDTH), &Device::Cpu)?, Tensor::from_vec(dense, (rows, DENSE), &Device::Cpu)?))
}

/// Mean over documents and fields of `-log P(right candidates)`, with "absent" scored zero.
pub(super) fn loss(network: &Network, batch: &[Example]) -> candle_core::Result<Tensor> {
    const OFF: f32 = -1e4;
    let (ids, dense) = inputs(batch)?;
    let scores = network.forward(&ids, &dense)?.flatten_all()?;
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
    unreachable: usize,
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
        let fit = |(&field, observed): (&usize, &Vec<(f64, bool)>)| (SCORED[field].as_str().to_owned(), Calibration::fit(observed, 16));
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
        let (ids, dense) = inputs(std::slice::from_ref(document))?;
        let scores: Vec<f32> = network.forward(&ids, &dense)?.flatten_all()?.to_vec1()?;
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

fn manifest(options: &Options, seen: u64, evaluation: &Evaluation) -> Manifest {
    let info = |name: &str, shape: String| TensorInfo { name: name.to_owned(), shape };
    let mut settings = toml::Table::new();
    settings.insert("features".to_owned(), toml::Value::Integer(features::VERSION));
    let fields = SCORED.iter().map(|f| toml::Value::String(f.as_str().to_owned())).collect();
    settings.insert("fields".to_owned(), toml::Value::Array(fields));
    let mut metrics = evaluation.metrics();
    metrics.insert("unreachable_per_document".to_owned(), evaluation.unreachable as f64 / HELD_OUT as f64);
    Manifest {
        name: "extractor".to_owned(),
        version: "1.0.0".to_owned(),
        task: "scores typed candidates of a page for the header fields of an invoice".to_owned(),
        training_data: format!("{seen} generated documents (seed {}), each seen once; calibrated on {HELD_OUT} others", options.seed),
        inputs: vec![info("ids", format!("i64[N, {ID_WIDTH}]")), info("figures", format!("f32[N, {DENSE}]"))],
        outputs: vec![info("scores", format!("f32[N, {}]", SCORED.len()))],
        metrics,
        calibration: evaluation.calibration(),
        thresholds: [("present".to_owned(), PRESENT)].into(),
        settings,
        sha256: String::new(),
    }
}

fn card(manifest: &Manifest, options: &Options, seen: u64) -> String {
    let minutes = options.limit.as_secs() / 60;
    let stopped = if seen < options.pages {
        format!(" Training stopped at its limit of {minutes} minutes; how many documents are seen by then depends on the machine.")
    } else {
        String::new()
    };
    let mut rows = String::new();
    for (name, value) in &manifest.metrics {
        rows.push_str(&format!("| {name} | {value:.4} |\n"));
    }
    format!(
        "# {} {}\n\n{}.\n\n\
         Every date, amount, identifier, IBAN and name line of a page is a candidate. Its neighbouring words (hashed pieces), its place and its \
         standing among the others are scored for each field; a softmax over a field's candidates and \"absent\" gives the probability, which \
         isotonic regression on held-out documents calibrates (after Majumder et al., ACL 2020).\n\n\
         ## Made by\n\n`countersign train extractor --out models/extractor --pages {} --seed {} --minutes {minutes}`: {seen} documents from the project's generator \
         (six languages, compositional layouts), each seen once; no real document. The same command gives the same data and weights' start; \
         sums of floats may differ in the last digits between machines.{stopped}\n\n\
         ## Held-out generated documents\n\nShare of right decisions by field, \"absent\" included; figures on real documents are in the README.\n\n\
         | figure | value |\n|---|---|\n{rows}\n\
         ## Not good at\n\nLayouts and languages the generator does not draw; several invoices in one file; hand-written text.\n",
        manifest.name, manifest.version, manifest.task, options.pages, options.seed
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::{Models, Tensor as Values};

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
        let ids = Values::I64 { shape: vec![document.rows, ID_WIDTH], data: document.features.ids.iter().map(|&i| i64::from(i)).collect() };
        let out = model.run(&[ids, Values::matrix(document.rows, DENSE, document.features.dense.clone())]).unwrap();
        let (ids, dense) = inputs(std::slice::from_ref(document)).unwrap();
        let expected: Vec<f32> = network.forward(&ids, &dense).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        for (a, b) in out[0].as_f32().unwrap().iter().zip(&expected) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }
}
