//! A small fully connected network for tables of features: trained with candle, exported to ONNX.
//!
//! Inputs are standardized and clipped inside the graph, so that callers hand in raw features. Made
//! from basic operations that all have a backward pass. Deterministic by seed.

use anyhow::{Context as _, ensure};
use candle_core::{Device, Tensor, Var};
use candle_nn::{AdamW, Optimizer as _, ParamsAdamW};

use super::onnx::{Axis, Dense, Element, GraphBuilder};
use super::simulator::Dice;
pub use super::table::Table;

/// Standardized inputs are clipped to ± this.
const CLIP: f32 = 5.0;
const BATCH: usize = 1024;

/// How to train.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// Passes over the table.
    pub epochs: usize,
    /// Highest learning rate; it falls to a twentieth along a cosine.
    pub rate: f64,
    /// Weight decay.
    pub decay: f64,
    /// Seed of weights and order.
    pub seed: u64,
}

struct Layer {
    inputs: usize,
    outputs: usize,
    weight: Var,
    bias: Var,
}

/// A trained network.
pub struct Mlp {
    mean: Vec<f32>,
    inverse: Vec<f32>,
    layers: Vec<Layer>,
}

impl Mlp {
    /// Trains on `table`; `progress` is told epoch and mean loss.
    ///
    /// # Errors
    /// candle fails, the table is empty, or a variable gets no gradient.
    pub fn train(table: &Table, plan: &Plan, mut progress: impl FnMut(usize, f32)) -> anyhow::Result<Self> {
        ensure!(!table.is_empty(), "there is nothing to train on");
        let mut dice = Dice::new(plan.seed);
        let (mean, inverse) = moments(table);
        let mut net = Self { layers: layers(&mut dice, table.width, &plan.hidden)?, mean, inverse };
        let scaled = net.scale(&table.features);
        let vars = net.layers.iter().flat_map(|l| [l.weight.clone(), l.bias.clone()]).collect();
        let mut optimizer = AdamW::new(vars, ParamsAdamW { lr: plan.rate, weight_decay: plan.decay, ..ParamsAdamW::default() })?;
        let mut order: Vec<usize> = (0..table.len()).collect();
        let steps = (plan.epochs * table.len().div_ceil(BATCH)) as f64;
        let mut step = 0.0;
        for epoch in 0..plan.epochs {
            shuffle(&mut dice, &mut order);
            let mut sum = 0.0;
            for rows in order.chunks(BATCH) {
                let loss = net.loss(table, &scaled, rows)?;
                let gradients = loss.backward()?;
                if step == 0.0 {
                    let all = net.layers.iter().all(|l| gradients.get(&l.weight).is_some() && gradients.get(&l.bias).is_some());
                    ensure!(all, "a variable gets no gradient");
                }
                optimizer.set_learning_rate(plan.rate * (0.05 + 0.95 * 0.5 * (1.0 + (std::f64::consts::PI * step / steps).cos())));
                optimizer.step(&gradients)?;
                step += 1.0;
                sum += loss.to_scalar::<f32>()? * rows.len() as f32;
            }
            progress(epoch, sum / table.len() as f32);
        }
        net.layers.shrink_to_fit();
        Ok(net)
    }

    /// Weighted binary cross-entropy on logits, in its stable form.
    fn loss(&self, table: &Table, scaled: &[f32], rows: &[usize]) -> anyhow::Result<Tensor> {
        let pick = |from: &[f32]| -> Vec<f32> { rows.iter().map(|row| from[*row]).collect() };
        let inputs: Vec<f32> = rows.iter().flat_map(|row| &scaled[row * table.width..(row + 1) * table.width]).copied().collect();
        let x = Tensor::from_vec(inputs, (rows.len(), table.width), &Device::Cpu)?;
        let y = Tensor::from_vec(pick(&table.labels), rows.len(), &Device::Cpu)?;
        let w = Tensor::from_vec(pick(&table.weights), rows.len(), &Device::Cpu)?;
        let z = self.logits(&x)?;
        let tail = (z.abs()?.neg()?.exp()? + 1.0)?.log()?;
        let each = ((z.relu()? - (&z * &y)?)? + tail)?;
        Ok(((each * &w)?.sum_all()? / f64::from(pick(&table.weights).iter().sum::<f32>().max(1e-6)))?)
    }

    fn logits(&self, x: &Tensor) -> anyhow::Result<Tensor> {
        let mut current = x.clone();
        for (index, layer) in self.layers.iter().enumerate() {
            current = current.matmul(&layer.weight.t()?)?.broadcast_add(&layer.bias)?;
            if index + 1 < self.layers.len() {
                current = current.relu()?;
            }
        }
        Ok(current.squeeze(1)?)
    }

    fn scale(&self, features: &[f32]) -> Vec<f32> {
        let width = self.mean.len();
        features.iter().enumerate().map(|(i, v)| ((v - self.mean[i % width]) * self.inverse[i % width]).clamp(-CLIP, CLIP)).collect()
    }

    /// Scores of raw rows, 0 to 1, by candle.
    ///
    /// # Errors
    /// candle fails.
    pub fn score(&self, features: &[f32]) -> anyhow::Result<Vec<f64>> {
        let width = self.mean.len();
        let mut out = Vec::with_capacity(features.len() / width);
        for chunk in self.scale(features).chunks(width * 8192) {
            let x = Tensor::from_slice(chunk, (chunk.len() / width, width), &Device::Cpu)?;
            let logits = self.logits(&x)?.to_vec1::<f32>()?;
            out.extend(logits.iter().map(|z| 1.0 / (1.0 + (-f64::from(*z)).exp())));
        }
        Ok(out)
    }

    /// The ONNX file: input `features` `[N, width]`, output `score` `[N, 1]`, 0 to 1.
    ///
    /// # Errors
    /// A weight cannot be read back.
    pub fn to_onnx(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let width = self.mean.len();
        let mut graph = GraphBuilder::new(name);
        let input = graph.input("features", Element::F32, &[Axis::Batch, Axis::Fixed(width)]);
        let mean = graph.floats("mean", &[1, width], &self.mean);
        let inverse = graph.floats("inverse", &[1, width], &self.inverse);
        let centred = graph.node("Sub", &[&input, &mean], "centred", Vec::new());
        let scaled = graph.node("Mul", &[&centred, &inverse], "scaled", Vec::new());
        let (low, high) = (graph.floats("low", &[], &[-CLIP]), graph.floats("high", &[], &[CLIP]));
        let clipped = graph.node("Clip", &[&scaled, &low, &high], "clipped", Vec::new());
        let values: Vec<(Vec<f32>, Vec<f32>)> = self
            .layers
            .iter()
            .map(|l| Ok((l.weight.flatten_all()?.to_vec1::<f32>()?, l.bias.to_vec1::<f32>()?)))
            .collect::<candle_core::Result<_>>()
            .context("cannot read the weights")?;
        let dense: Vec<Dense<'_>> = self
            .layers
            .iter()
            .zip(&values)
            .map(|(l, (weight, bias))| Dense { inputs: l.inputs, outputs: l.outputs, weight, bias })
            .collect();
        let logit = graph.mlp(&clipped, "logit", &dense);
        graph.sigmoid(&logit, crate::screening::SCORE);
        graph.output(crate::screening::SCORE, Element::F32, &[Axis::Batch, Axis::Fixed(1)]);
        Ok(graph.finish())
    }
}

fn moments(table: &Table) -> (Vec<f32>, Vec<f32>) {
    let rows = table.len() as f64;
    let (mut sums, mut squares) = (vec![0.0_f64; table.width], vec![0.0_f64; table.width]);
    for row in table.features.chunks(table.width) {
        for (column, value) in row.iter().enumerate() {
            sums[column] += f64::from(*value);
            squares[column] += f64::from(*value) * f64::from(*value);
        }
    }
    let mean: Vec<f32> = sums.iter().map(|s| (s / rows) as f32).collect();
    // A column that hardly varies is not blown up.
    let inverse =
        squares.iter().zip(&sums).map(|(q, s)| (1.0 / (q / rows - (s / rows) * (s / rows)).max(0.0).sqrt().max(0.08)) as f32).collect();
    (mean, inverse)
}

/// He's initialization.
fn layers(dice: &mut Dice, width: usize, hidden: &[usize]) -> anyhow::Result<Vec<Layer>> {
    let mut out = Vec::new();
    let mut inputs = width;
    for outputs in hidden.iter().copied().chain([1]) {
        let scale = (2.0 / inputs as f64).sqrt();
        let values: Vec<f32> = (0..inputs * outputs).map(|_| (scale * dice.normal()) as f32).collect();
        let weight = Var::from_tensor(&Tensor::from_vec(values, (outputs, inputs), &Device::Cpu)?)?;
        let bias = Var::from_tensor(&Tensor::zeros(outputs, candle_core::DType::F32, &Device::Cpu)?)?;
        out.push(Layer { inputs, outputs, weight, bias });
        inputs = outputs;
    }
    Ok(out)
}

fn shuffle(dice: &mut Dice, order: &mut [usize]) {
    for last in (1..order.len()).rev() {
        order.swap(last, dice.index(last + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_learns_an_exclusive_or_and_repeats_itself() {
        let mut table = Table::new(2);
        let mut dice = Dice::new(1);
        for _ in 0..2000 {
            let (a, b) = (dice.unit() as f32, dice.unit() as f32);
            table.push(&[a, b], (a > 0.5) != (b > 0.5), 1.0);
        }
        let plan = Plan { hidden: vec![16], epochs: 60, rate: 0.02, decay: 0.0, seed: 3 };
        let (first, second) = (Mlp::train(&table, &plan, |_, _| {}).unwrap(), Mlp::train(&table, &plan, |_, _| {}).unwrap());
        let scores = first.score(&[0.1, 0.1, 0.1, 0.9, 0.9, 0.1, 0.9, 0.9]).unwrap();
        assert!(scores[0] < 0.2 && scores[1] > 0.8 && scores[2] > 0.8 && scores[3] < 0.2, "{scores:?}");
        assert_eq!(first.to_onnx("x").unwrap(), second.to_onnx("x").unwrap());
    }
}
