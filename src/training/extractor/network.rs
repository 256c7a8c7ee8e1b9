//! The scoring network in candle, and the same graph written as ONNX.
//!
//! Word pieces are embedded and summed by slot; a shared layer reads each slot; all slots and the
//! candidate's own figures go through two more layers to one score a field. Built from operations
//! that have a backward pass (candle's fused softmax and layer norm have none).

use anyhow::Context as _;
use candle_core::{DType, Device, Tensor, Var};
use rand::RngExt as _;
use rand::SeedableRng as _;

use super::entities::Rng;
use crate::extraction::candidates::SCORED;
use crate::extraction::features::{DENSE, ID_WIDTH, IDS, SLOTS, VOCABULARY};
use crate::training::onnx::{Attribute, Axis, Dense, Element, GraphBuilder, Weights};

/// Length of an embedding.
const EMBEDDING: usize = 20;
/// Length of a slot after the shared layer.
const SLOT: usize = 12;
/// Units of the hidden layers.
const HIDDEN: [usize; 2] = [160, 64];

/// Weights of a linear layer.
struct Linear {
    weight: Var,
    bias: Var,
}

impl Linear {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }

    fn values(&self) -> candle_core::Result<(usize, usize, Vec<f32>, Vec<f32>)> {
        let (outputs, inputs) = self.weight.dims2()?;
        Ok((inputs, outputs, self.weight.flatten_all()?.to_vec1()?, self.bias.to_vec1()?))
    }
}

/// The network.
pub struct Network {
    table: Var,
    slot: Linear,
    first: Linear,
    second: Linear,
    last: Linear,
}

impl Network {
    /// Initial weights, a function of the seed alone.
    ///
    /// # Errors
    /// Candle's.
    pub fn new(seed: u64) -> candle_core::Result<Self> {
        let mut rng = Rng::seed_from_u64(seed);
        let table = uniform(&mut rng, &[VOCABULARY, EMBEDDING], 0.15)?;
        Ok(Self {
            table,
            slot: linear(&mut rng, EMBEDDING, SLOT)?,
            first: linear(&mut rng, SLOTS * SLOT + DENSE, HIDDEN[0])?,
            second: linear(&mut rng, HIDDEN[0], HIDDEN[1])?,
            last: linear(&mut rng, HIDDEN[1], SCORED.len())?,
        })
    }

    /// The network whose graph [`Self::to_onnx`] wrote, from that graph's constants.
    ///
    /// # Errors
    /// Names the weight that is missing or has another shape.
    pub fn load(weights: &Weights) -> anyhow::Result<Self> {
        let network = Self::new(0)?;
        for (name, variable) in network.named() {
            let (shape, values) = weights.get(&name).with_context(|| format!("the model has no weight {name}"))?;
            anyhow::ensure!(
                shape.as_slice() == variable.dims(),
                "the model's weight {name} has shape {shape:?}, this program's {:?}",
                variable.dims()
            );
            variable.set(&Tensor::from_slice(values, shape.as_slice(), &Device::Cpu)?)?;
        }
        Ok(network)
    }

    /// The weights by their names in the graph.
    fn named(&self) -> Vec<(String, Var)> {
        let mut all = vec![("table".to_owned(), self.table.clone())];
        for (name, layer) in [("slots", &self.slot), ("scores_0", &self.first), ("scores_1", &self.second), ("scores", &self.last)] {
            all.push((format!("{name}.weight"), layer.weight.clone()));
            all.push((format!("{name}.bias"), layer.bias.clone()));
        }
        all
    }

    /// All weights, to be trained.
    pub fn variables(&self) -> Vec<Var> {
        let mut all = vec![self.table.clone()];
        for layer in [&self.slot, &self.first, &self.second, &self.last] {
            all.extend([layer.weight.clone(), layer.bias.clone()]);
        }
        all
    }

    /// Scores `[rows, fields]` of ids `[rows, ID_WIDTH]` and figures `[rows, DENSE]`.
    ///
    /// # Errors
    /// Candle's.
    pub fn forward(&self, ids: &Tensor, dense: &Tensor) -> candle_core::Result<Tensor> {
        let rows = ids.dim(0)?;
        let pieces = self.table.index_select(&ids.flatten_all()?, 0)?.reshape((rows * SLOTS, IDS, EMBEDDING))?;
        let slots = self.slot.forward(&pieces.sum(1)?)?.relu()?.reshape((rows, SLOTS * SLOT))?;
        let x = Tensor::cat(&[&slots, dense], 1)?;
        let x = self.first.forward(&x)?.relu()?;
        let x = self.second.forward(&x)?.relu()?;
        self.last.forward(&x)
    }

    /// The graph as an ONNX file: inputs `ids` and `figures`, output `scores`.
    ///
    /// # Errors
    /// Candle's, reading the weights.
    pub fn to_onnx(&self) -> candle_core::Result<Vec<u8>> {
        let mut graph = GraphBuilder::new("extractor");
        let ids = graph.input("ids", Element::I64, &[Axis::Batch, Axis::Fixed(ID_WIDTH)]);
        let figures = graph.input("figures", Element::F32, &[Axis::Batch, Axis::Fixed(DENSE)]);
        let table = graph.floats("table", &[VOCABULARY, EMBEDDING], &self.table.flatten_all()?.to_vec1::<f32>()?);
        let size = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let by_slot = graph.integers("by_slot", &[2], &[-1, size(IDS)]);
        let grouped = graph.node("Reshape", &[&ids, &by_slot], "grouped", Vec::new());
        let pieces = graph.node("Gather", &[&table, &grouped], "pieces", vec![("axis", Attribute::Int(0))]);
        let axis = graph.integers("piece_axis", &[1], &[1]);
        let sums = graph.node("ReduceSum", &[&pieces, &axis], "sums", vec![("keepdims", Attribute::Int(0))]);
        let layer = self.slot.values()?;
        let slots = graph.linear(&sums, "slots", &dense(&layer));
        let slots = graph.node("Relu", &[&slots], "slots_relu", Vec::new());
        let by_row = graph.integers("by_row", &[2], &[-1, size(SLOTS * SLOT)]);
        let flat = graph.node("Reshape", &[&slots, &by_row], "flat", Vec::new());
        let joined = graph.node("Concat", &[&flat, &figures], "joined", vec![("axis", Attribute::Int(1))]);
        let layers = [self.first.values()?, self.second.values()?, self.last.values()?];
        graph.mlp(&joined, "scores", &layers.each_ref().map(dense));
        graph.output("scores", Element::F32, &[Axis::Batch, Axis::Fixed(SCORED.len())]);
        Ok(graph.finish())
    }
}

fn dense(layer: &(usize, usize, Vec<f32>, Vec<f32>)) -> Dense<'_> {
    Dense { inputs: layer.0, outputs: layer.1, weight: &layer.2, bias: &layer.3 }
}

fn uniform(rng: &mut Rng, shape: &[usize], reach: f32) -> candle_core::Result<Var> {
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng.random_range(-reach..reach)).collect();
    Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?)
}

fn linear(rng: &mut Rng, inputs: usize, outputs: usize) -> candle_core::Result<Linear> {
    let reach = (3.0 / inputs as f32).sqrt();
    Ok(Linear { weight: uniform(rng, &[outputs, inputs], reach)?, bias: Var::zeros(outputs, DType::F32, &Device::Cpu)? })
}
