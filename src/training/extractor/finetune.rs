//! Fine-tunes the installed extractor on documents whose values people confirmed.
//!
//! Runs from `countersign train extractor --from-corrections`, on the machine that holds the documents.
//! It goes on from the installed weights, every step half of confirmed and half of generated documents,
//! by plain gradient descent, so that what was learned stays, and stops when watched documents (of both
//! kinds, none of them learned from) gain no more. The weights are then drawn back towards the installed
//! ones as far as the watched documents allow (Wortsman et al., Robust fine-tuning of zero-shot models,
//! CVPR 2022): between the two lie weights that forget less and know as much. The customer's reserved documents are not looked at
//! before both models are compared on them ([`Comparison`]). The same documents and seed give the same
//! steps. It refuses too few documents. The card gets counts only, no text of a document.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;

use super::dataset::{Example, example};
use super::entities::Rng;
use super::gate::Comparison;
use super::labelled::{Labelled, Part};
use super::network::Network;
use super::train::{Evaluation, HELD_OUT_FROM, evaluate, loss};
use crate::inference::Manifest;
use crate::training::onnx::initializers;

/// Confirmed documents of one step, and generated ones.
const HALF: usize = 8;
/// Learning rate at the start; it falls to nothing at the end.
const RATE: f64 = 0.1;
/// Longest gradient that counts in full.
const LONGEST: f64 = 1.0;
/// Steps between two looks at the watched documents, at least, and looks at most.
const LOOK: usize = 10;
const MOST_LOOKS: usize = 30;
/// Looks without a gain after which it stops, and what is a gain: a share of the watched loss.
const PATIENCE: usize = 3;
const GAIN: f64 = 0.01;
/// How far the weights are moved from the installed ones to the fine-tuned ones: shares that are tried,
/// as long as the loss on the customer's watched documents rises by no more than [`CLOSE`].
const WAY: [f64; 6] = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4];
const CLOSE: f64 = 0.05;
/// Reserved documents below which nothing can be told.
pub const LEAST_RESERVED: usize = 5;
/// Indices of the generated documents mixed in: far from those of training and of the held-out ones.
const MIXED_FROM: u64 = 1 << 41;
/// What a manifest's account of its data says once it was fine-tuned.
const TUNED: &str = "; fine-tuned on ";

/// What is installed.
#[derive(Debug, Clone)]
pub struct Installed {
    /// Its folder.
    pub dir: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// The file, verified.
    pub onnx: Vec<u8>,
    /// Its card.
    pub card: String,
}

/// How to fine-tune.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Confirmed documents below which it refuses.
    pub least: usize,
    /// Generated documents to mix in, each at most once, which bounds the steps; half as many are held out.
    pub generated: u64,
    /// Seed of order and generated documents.
    pub seed: u64,
    /// Stop fitting after this long.
    pub limit: Duration,
}

/// Documents by their part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Learned from.
    pub learned: usize,
    /// Watched to know when to stop.
    pub watched: usize,
    /// Reserved to judge.
    pub reserved: usize,
}

/// A fine-tuned model, whatever the gate says of it.
#[derive(Debug)]
pub struct Tuned {
    /// Both models on what neither learned from.
    pub comparison: Comparison,
    /// Its manifest, version raised.
    pub manifest: Manifest,
    /// The model file.
    pub onnx: Vec<u8>,
    /// Its card.
    pub card: String,
}

/// The confirmed documents, by part.
#[derive(Debug)]
pub struct Documents {
    learn: Vec<Example>,
    watch: Vec<Example>,
    reserved: Vec<Example>,
}

impl Documents {
    /// Sorts documents by part.
    ///
    /// # Errors
    /// Where there are fewer than `least`, or fewer than [`LEAST_RESERVED`] reserved ones.
    pub fn new(documents: Vec<Labelled>, least: usize) -> anyhow::Result<Self> {
        let all = documents.len();
        let mut sorted = Self { learn: Vec::new(), watch: Vec::new(), reserved: Vec::new() };
        for document in documents {
            let part = match document.part {
                Part::Learn => &mut sorted.learn,
                Part::Watch => &mut sorted.watch,
                Part::Reserved => &mut sorted.reserved,
            };
            part.push(document.example);
        }
        let reserved = sorted.reserved.len();
        anyhow::ensure!(
            all >= least,
            "too few documents to learn from: people confirmed {all} that can be used, {least} are needed (--min)"
        );
        anyhow::ensure!(
            reserved >= LEAST_RESERVED,
            "too few documents to judge by: {reserved} of {all} are reserved, {LEAST_RESERVED} are needed; about one in four is, so wait for \
             more"
        );
        if sorted.watch.is_empty() {
            sorted.watch.extend(sorted.learn.pop());
        }
        anyhow::ensure!(!sorted.learn.is_empty(), "too few documents to learn from: all {all} are reserved or watched; wait for more");
        Ok(sorted)
    }

    /// How many of each part.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts { learned: self.learn.len(), watched: self.watch.len(), reserved: self.reserved.len() }
    }
}

/// Fine-tunes and compares; writes nothing. `progress` gets a line now and then.
///
/// # Errors
/// Where the installed model's weights are not this program's network, or candle's.
pub fn finetune(installed: &Installed, documents: &Documents, settings: &Settings, progress: &dyn Fn(String)) -> anyhow::Result<Tuned> {
    let weights = initializers(&installed.onnx).context("cannot read the installed model")?;
    let network = Network::load(&weights).context("the installed model cannot be fine-tuned: train it again with this program")?;
    let mixed = made(settings, MIXED_FROM, settings.generated);
    let held_out = made(settings, HELD_OUT_FROM, settings.generated / 2);
    let judge = |network: &Network| -> anyhow::Result<(Vec<Evaluation>, Evaluation)> {
        let own = documents.reserved.iter().map(|document| evaluate(network, [document])).collect::<anyhow::Result<_>>()?;
        Ok((own, evaluate(network, &held_out)?))
    };
    let before = judge(&network)?;
    let steps = fit(&network, documents, &mixed, settings, progress)?;
    let after = judge(&network)?;
    let mut calibrated = after.1.clone();
    for (field, observed) in after.0.iter().flat_map(|evaluation| &evaluation.chosen) {
        calibrated.chosen.entry(*field).or_default().extend(observed);
    }
    let metrics = after.1.metrics();
    let reserved: Vec<(Evaluation, Evaluation)> = before.0.into_iter().zip(after.0).collect();
    let comparison = Comparison::new(&reserved, &(before.1, after.1));
    let counts = documents.counts();
    let manifest = manifest(&installed.manifest, counts, metrics, &calibrated);
    let card = card(installed, &manifest, counts, steps, &comparison);
    Ok(Tuned { comparison, manifest, onnx: network.to_onnx()?, card })
}

fn made(settings: &Settings, from: u64, count: u64) -> Vec<Example> {
    (0..count).map(|index| example(settings.seed, from + index)).filter(|e| e.rows > 0).collect()
}

/// Fits the weights and leaves the best ones seen in the network; returns the steps to them.
fn fit(
    network: &Network,
    documents: &Documents,
    mixed: &[Example],
    settings: &Settings,
    progress: &dyn Fn(String),
) -> anyhow::Result<usize> {
    let started = Instant::now();
    let variables = network.variables();
    let (watched, mixed) = mixed.split_at(mixed.len() / 8);
    let look = || Ok::<f64, anyhow::Error>((mean_loss(network, &documents.watch)? + mean_loss(network, watched)?) / 2.0);
    let mut own = Turns::new(&documents.learn, settings.seed);
    // Each once: seen again, their words would be learned by heart.
    let mut made = mixed.chunks_exact(HALF);
    let (steps, every) = (made.len(), LOOK.max(made.len() / MOST_LOOKS));
    let start = kept(&variables)?;
    let mut best = (look()?, 0, start.clone());
    progress(format!("watched loss {:.4} before", best.0));
    for number in 1..=steps.div_ceil(every) {
        for step in 0..every {
            let Some(others) = made.next() else { break };
            let both = ((loss(network, &own.next(HALF))? + loss(network, others)?)? / 2.0)?;
            let done = ((number - 1) * every + step) as f64 / steps as f64;
            descend(&variables, &both.backward()?, RATE * (1.0 - done))?;
        }
        let seen = look()?;
        anyhow::ensure!(seen.is_finite(), "the loss is not finite after {} steps", number * every);
        progress(format!("{} steps, {:.0} s, watched loss {seen:.4}", number * every, started.elapsed().as_secs_f64()));
        if seen < best.0 * (1.0 - GAIN) {
            best = (seen, number, kept(&variables)?);
        }
        if number - best.1 >= PATIENCE || started.elapsed() >= settings.limit {
            break;
        }
    }
    between(&variables, &start, &best.2, 1.0)?;
    let (known, mut way) = (mean_loss(network, &documents.watch)?, 1.0);
    for share in WAY {
        between(&variables, &start, &best.2, share)?;
        if mean_loss(network, &documents.watch)? > known + CLOSE {
            break;
        }
        way = share;
    }
    between(&variables, &start, &best.2, way)?;
    progress(format!("{way:.1} of the way from the installed weights: watched loss {:.4}", look()?));
    Ok(best.1 * every)
}

/// One step down the gradient, its length bounded. Plain descent moves a weight as far as the documents
/// ask for it; Adam would move those that hardly matter as far as those that do, and so forget.
fn descend(variables: &[Var], gradients: &GradStore, rate: f64) -> candle_core::Result<()> {
    let mut square = 0.0;
    for gradient in variables.iter().filter_map(|variable| gradients.get(variable)) {
        square += f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?);
    }
    let rate = rate * (LONGEST / square.sqrt().max(f64::MIN_POSITIVE)).min(1.0);
    for variable in variables {
        if let Some(gradient) = gradients.get(variable) {
            variable.set(&(variable.as_tensor() - (gradient * rate)?)?)?;
        }
    }
    Ok(())
}

/// Sets the weights a share of the way from one to the other.
fn between(variables: &[Var], from: &[Tensor], to: &[Tensor], share: f64) -> candle_core::Result<()> {
    for ((variable, from), to) in variables.iter().zip(from).zip(to) {
        variable.set(&((from * (1.0 - share))? + (to * share)?)?)?;
    }
    Ok(())
}

fn kept(variables: &[Var]) -> candle_core::Result<Vec<Tensor>> {
    variables.iter().map(|variable| variable.as_tensor().copy()).collect()
}

fn mean_loss(network: &Network, documents: &[Example]) -> anyhow::Result<f64> {
    let mut sum = 0.0;
    for part in documents.chunks(HALF) {
        sum += f64::from(loss(network, part)?.to_scalar::<f32>()?) * part.len() as f64;
    }
    Ok(sum / documents.len().max(1) as f64)
}

/// Documents in an order of chance, again and again.
struct Turns<'a> {
    documents: &'a [Example],
    order: Vec<usize>,
    rng: Rng,
}

impl<'a> Turns<'a> {
    fn new(documents: &'a [Example], seed: u64) -> Self {
        Self { documents, order: Vec::new(), rng: Rng::seed_from_u64(seed) }
    }

    fn next(&mut self, count: usize) -> Vec<Example> {
        let mut out = Vec::with_capacity(count);
        while out.len() < count.min(self.documents.len()) {
            if self.order.is_empty() {
                self.order = (0..self.documents.len()).collect();
                self.order.shuffle(&mut self.rng);
            }
            out.extend(self.order.pop().and_then(|index| self.documents.get(index)).cloned());
        }
        out
    }
}

/// The version behind `version`: `1.0.0` → `1.1.0+corrections.1` → `1.2.0+corrections.2`.
fn raised(version: &str) -> String {
    let (core, build) = version.split_once('+').unwrap_or((version, ""));
    let times: u64 = build.strip_prefix("corrections.").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut numbers = core.split('.').map(|n| n.parse::<u64>().unwrap_or(0));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    format!("{major}.{}.0+corrections.{}", minor + 1, times + 1)
}

fn manifest(old: &Manifest, counts: Counts, metrics: std::collections::BTreeMap<String, f64>, calibrated: &Evaluation) -> Manifest {
    let mut new = old.clone();
    new.version = raised(&old.version);
    let base = old.training_data.split(TUNED).next().unwrap_or_default();
    new.training_data = format!("{base}{TUNED}{} documents that people confirmed", counts.learned + counts.watched);
    new.metrics.extend(metrics);
    new.calibration.extend(calibrated.calibration());
    new
}

fn card(installed: &Installed, new: &Manifest, counts: Counts, steps: usize, comparison: &Comparison) -> String {
    let old = &installed.manifest;
    let title = format!("# {} {}", old.name, old.version);
    let rest = installed.card.strip_prefix(&title).unwrap_or(&installed.card);
    format!(
        "# {} {}{}\n\n## Fine-tuned: {}\n\n`countersign train extractor --from-corrections` went on from {} ({}) for {steps} steps, half of them \
         generated documents, half documents that people of this installation confirmed: {} learned from, {} watched to know when to stop, {} \
         reserved by their hash and never learned from. Only counts are kept here.\n\n```text\n{comparison}\n```\n",
        new.name,
        new.version,
        rest.trim_end(),
        new.version,
        old.version,
        old.sha256,
        counts.learned,
        counts.watched,
        counts.reserved,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::extractor::page::generate;

    #[test]
    fn versions_count_up() {
        for (old, new) in [
            ("1.0.0", "1.1.0+corrections.1"),
            ("1.1.0+corrections.1", "1.2.0+corrections.2"),
            ("2.9.4+corrections.7", "2.10.0+corrections.8"),
            ("3.1.0+other", "3.2.0+corrections.1"),
        ] {
            assert_eq!(raised(old), new);
        }
    }

    fn labelled(part: Part, count: usize) -> Vec<Labelled> {
        let example = crate::training::extractor::dataset::prepare(&generate(1, 1));
        vec![Labelled { part, example }; count]
    }

    #[test]
    fn too_few_documents_are_refused_in_words() {
        let refused = |documents, least| Documents::new(documents, least).unwrap_err().to_string();
        assert!(refused(labelled(Part::Learn, 19), 20).contains("confirmed 19 that can be used, 20 are needed"));
        let unjudged = [labelled(Part::Learn, 30), labelled(Part::Reserved, LEAST_RESERVED - 1)].concat();
        assert!(refused(unjudged, 20).contains("4 of 34 are reserved, 5 are needed"));
        assert!(refused(labelled(Part::Reserved, 25), 20).contains("all 25 are reserved"));
        let enough = Documents::new([labelled(Part::Learn, 15), labelled(Part::Reserved, 5)].concat(), 20).unwrap();
        assert_eq!(enough.counts(), Counts { learned: 14, watched: 1, reserved: 5 });
    }

    #[test]
    fn a_written_network_is_loaded_again_and_another_is_refused() {
        let network = Network::new(5).unwrap();
        let bytes = network.to_onnx().unwrap();
        let mut weights = initializers(&bytes).unwrap();
        assert_eq!(Network::load(&weights).unwrap().to_onnx().unwrap(), bytes);
        let (name, (shape, _)) = weights.iter_mut().next().unwrap();
        shape[0] += 1;
        let name = name.clone();
        assert!(format!("{:#}", Network::load(&weights).err().unwrap()).contains(&name));
        weights.remove(&name);
        assert!(format!("{:#}", Network::load(&weights).err().unwrap()).contains(&name));
    }
}
