//! The scoring network in candle, and the same graph written as ONNX.
//!
//! Two parts. The *line encoder* reads every line of a document (hashed word pieces, figures) and
//! lets the lines attend to one another with a learned bias for how they stand on the page
//! (relative spatial attention, after LayoutLMv2). The *scorer* reads each candidate's neighbouring
//! words and own figures, beside what its line learned, to one score a field. Built from operations
//! that have a backward pass (candle's fused softmax and layer norm have none); residual branches
//! start at zero (ReZero), so no normalization is needed.

use std::collections::BTreeMap;

use anyhow::Context as _;
use candle_core::{D, Device, Tensor, Var};
use rand::RngExt as _;
use rand::SeedableRng as _;

use super::entities::Rng;
use crate::extraction::candidates::SCORED;
use crate::extraction::context::{LINE_DENSE, LINE_IDS, LINE_WORDS, RELATIONS};
use crate::extraction::features::{DENSE, ID_WIDTH, IDS, PIECES, SLOTS, VOCABULARY};
use crate::training::onnx::{Attribute, Axis, Dense, Element, GraphBuilder, Weights};

/// Length of an embedding.
const EMBEDDING: usize = 24;
/// Length of a neighbouring word after the shared layer.
const SLOT: usize = 14;
/// Length of a line.
const LINE: usize = 96;
/// Attention heads.
const HEADS: usize = 4;
/// Length of one head.
const HEAD: usize = LINE / HEADS;
/// Units of a feed-forward branch.
const WIDE: usize = 192;
/// Layers of the encoder.
const LAYERS: usize = 2;
/// Units of the scorer's hidden layers.
const HIDDEN: [usize; 2] = [192, 64];

/// All weights by name; the names are those of the graph's initializers.
pub struct Network {
    weights: BTreeMap<String, Var>,
}

/// A batch of documents as tensors.
pub struct Batch {
    /// `[candidates, ID_WIDTH]`.
    pub ids: Tensor,
    /// `[candidates, DENSE]`.
    pub dense: Tensor,
    /// `[candidates]`: row of the line among all lines of the batch.
    pub line: Tensor,
    /// `[lines, LINE_IDS]`.
    pub line_ids: Tensor,
    /// `[lines, LINE_DENSE]`.
    pub line_dense: Tensor,
    /// By document: its number of lines and their relations, `[lines × lines]`.
    pub relations: Vec<(usize, Tensor)>,
}

impl Network {
    /// Initial weights, a function of the seed alone.
    ///
    /// # Errors
    /// Candle's.
    pub fn new(seed: u64) -> candle_core::Result<Self> {
        let mut rng = Rng::seed_from_u64(seed);
        let mut weights = BTreeMap::new();
        for (name, shape, start) in layout() {
            let count = shape.iter().product();
            let values = match start {
                Start::Zero => vec![0.0; count],
                Start::Reach(reach) => (0..count).map(|_| rng.random_range(-reach..reach)).collect(),
            };
            weights.insert(name, Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?)?);
        }
        Ok(Self { weights })
    }

    /// The network whose graph [`Self::to_onnx`] wrote, from that graph's constants.
    ///
    /// # Errors
    /// Names the weight that is missing or has another shape.
    pub fn load(constants: &Weights) -> anyhow::Result<Self> {
        let mut weights = BTreeMap::new();
        for (name, shape, _) in layout() {
            let (found, values) = constants.get(&name).with_context(|| format!("the model has no weight {name}"))?;
            anyhow::ensure!(*found == shape, "the model's weight {name} has shape {found:?}, this program's {shape:?}");
            weights.insert(name, Var::from_tensor(&Tensor::from_slice(values, shape, &Device::Cpu)?)?);
        }
        Ok(Self { weights })
    }

    /// All weights, to be trained.
    pub fn variables(&self) -> Vec<Var> {
        self.weights.values().cloned().collect()
    }

    fn weight(&self, name: &str) -> candle_core::Result<&Var> {
        self.weights.get(name).ok_or_else(|| candle_core::Error::Msg(format!("no weight {name}")))
    }

    fn linear(&self, x: &Tensor, name: &str) -> candle_core::Result<Tensor> {
        x.matmul(&self.weight(&format!("{name}.weight"))?.t()?)?.broadcast_add(self.weight(&format!("{name}.bias"))?)
    }

    /// Sum of the embeddings of each group of `pieces` ids: `[rows × groups, EMBEDDING]`.
    fn embed(&self, ids: &Tensor, pieces: usize) -> candle_core::Result<Tensor> {
        let flat = ids.flatten_all()?;
        let groups = flat.dim(0)? / pieces;
        self.weight("table")?.index_select(&flat, 0)?.reshape((groups, pieces, EMBEDDING))?.sum(1)
    }

    /// Scores `[candidates, fields]`.
    ///
    /// # Errors
    /// Candle's.
    pub fn forward(&self, batch: &Batch) -> candle_core::Result<Tensor> {
        let rows = batch.ids.dim(0)?;
        let lines = self.encode(batch)?;
        let slots = self.linear(&self.embed(&batch.ids, IDS)?, "slots")?.relu()?.reshape((rows, SLOTS * SLOT))?;
        let context = lines.index_select(&batch.line, 0)?;
        let x = Tensor::cat(&[&slots, &batch.dense, &context], 1)?;
        let x = self.linear(&x, "scores_0")?.relu()?;
        let x = self.linear(&x, "scores_1")?.relu()?;
        self.linear(&x, "scores")
    }

    /// Lines `[lines, LINE]`, each document's attending to its own.
    fn encode(&self, batch: &Batch) -> candle_core::Result<Tensor> {
        let rows = batch.line_ids.dim(0)?;
        let words = self.embed(&batch.line_ids, PIECES)?.reshape((rows, LINE_WORDS * EMBEDDING))?;
        let mut x = self.linear(&Tensor::cat(&[&words, &batch.line_dense], 1)?, "line")?.relu()?;
        for layer in 0..LAYERS {
            let attended = self.attend(&x, batch, layer)?;
            x = (&x + attended.broadcast_mul(self.weight(&format!("attend_{layer}.scale"))?)?)?;
            let wide = self.linear(&x, &format!("wide_{layer}"))?.relu()?;
            let narrow = self.linear(&wide, &format!("narrow_{layer}"))?;
            x = (&x + narrow.broadcast_mul(self.weight(&format!("narrow_{layer}.scale"))?)?)?;
        }
        Ok(x)
    }

    fn attend(&self, x: &Tensor, batch: &Batch, layer: usize) -> candle_core::Result<Tensor> {
        let split = |name: &str| self.linear(x, &format!("{name}_{layer}"));
        let (query, key, value) = (split("query")?, split("key")?, split("value")?);
        let table = self.weight(&format!("relation_{layer}"))?;
        let mut from = 0;
        let mut parts = Vec::with_capacity(batch.relations.len());
        for (lines, relations) in &batch.relations {
            let heads = |t: &Tensor| t.narrow(0, from, *lines)?.reshape((*lines, HEADS, HEAD))?.transpose(0, 1)?.contiguous();
            let bias = table.index_select(relations, 0)?.reshape((*lines, *lines, HEADS))?.permute((2, 0, 1))?;
            let logits = (heads(&query)?.matmul(&heads(&key)?.transpose(1, 2)?.contiguous()?)? * (HEAD as f64).powf(-0.5))?;
            let logits = (logits + bias)?;
            let top = logits.max_keepdim(D::Minus1)?.detach();
            let odds = logits.broadcast_sub(&top)?.exp()?;
            let shares = odds.broadcast_div(&odds.sum_keepdim(D::Minus1)?)?;
            parts.push(shares.matmul(&heads(&value)?)?.transpose(0, 1)?.contiguous()?.reshape((*lines, LINE))?);
            from += lines;
        }
        self.linear(&Tensor::cat(&parts, 0)?, &format!("attend_{layer}"))
    }

    /// The graph of one document as an ONNX file: inputs as [`Batch`]'s, output `scores`.
    ///
    /// # Errors
    /// Candle's, reading the weights.
    pub fn to_onnx(&self) -> candle_core::Result<Vec<u8>> {
        let mut writer = Writer { network: self, graph: GraphBuilder::new("extractor") };
        let graph = &mut writer.graph;
        let lines = Axis::Free("L");
        let ids = graph.input("ids", Element::I64, &[Axis::Batch, Axis::Fixed(ID_WIDTH)]);
        let figures = graph.input("figures", Element::F32, &[Axis::Batch, Axis::Fixed(DENSE)]);
        let line = graph.input("line_of", Element::I64, &[Axis::Batch]);
        let line_ids = graph.input("line_ids", Element::I64, &[lines, Axis::Fixed(LINE_IDS)]);
        let line_figures = graph.input("line_figures", Element::F32, &[lines, Axis::Fixed(LINE_DENSE)]);
        let relations = graph.input("relations", Element::I64, &[lines, lines]);
        writer.constant("table")?;
        let words = writer.embed(&line_ids, PIECES, "line_words");
        let words = writer.rows(&words, LINE_WORDS * EMBEDDING, "line_row");
        let joined = writer.join(&[&words, &line_figures], "line_joined");
        let linear = writer.linear(&joined, "line")?;
        let mut x = writer.relu(&linear);
        for layer in 0..LAYERS {
            x = writer.layer(&x, &relations, layer)?;
        }
        let context = writer.graph.node("Gather", &[&x, &line], "context", vec![("axis", Attribute::Int(0))]);
        let slots = writer.embed(&ids, IDS, "slot_words");
        let slots = writer.linear(&slots, "slots")?;
        let slots = writer.relu(&slots);
        let slots = writer.rows(&slots, SLOTS * SLOT, "slot_row");
        let mut x = writer.join(&[&slots, &figures, &context], "joined");
        for name in ["scores_0", "scores_1"] {
            let linear = writer.linear(&x, name)?;
            x = writer.relu(&linear);
        }
        writer.linear(&x, "scores")?;
        writer.graph.output("scores", Element::F32, &[Axis::Batch, Axis::Fixed(SCORED.len())]);
        Ok(writer.graph.finish())
    }
}

enum Start {
    Zero,
    /// Uniform within this reach of zero.
    Reach(f32),
}

/// Every weight: name, shape, first values.
fn layout() -> Vec<(String, Vec<usize>, Start)> {
    let mut all = vec![("table".to_owned(), vec![VOCABULARY, EMBEDDING], Start::Reach(0.15))];
    let mut linear = |name: String, inputs: usize, outputs: usize| {
        all.push((format!("{name}.weight"), vec![outputs, inputs], Start::Reach((3.0 / inputs as f32).sqrt())));
        all.push((format!("{name}.bias"), vec![outputs], Start::Zero));
    };
    linear("line".to_owned(), LINE_WORDS * EMBEDDING + LINE_DENSE, LINE);
    linear("slots".to_owned(), EMBEDDING, SLOT);
    linear("scores_0".to_owned(), SLOTS * SLOT + DENSE + LINE, HIDDEN[0]);
    linear("scores_1".to_owned(), HIDDEN[0], HIDDEN[1]);
    linear("scores".to_owned(), HIDDEN[1], SCORED.len());
    for layer in 0..LAYERS {
        for name in ["query", "key", "value", "attend"] {
            linear(format!("{name}_{layer}"), LINE, LINE);
        }
        linear(format!("wide_{layer}"), LINE, WIDE);
        linear(format!("narrow_{layer}"), WIDE, LINE);
    }
    for layer in 0..LAYERS {
        all.push((format!("relation_{layer}"), vec![RELATIONS, HEADS], Start::Zero));
        all.push((format!("attend_{layer}.scale"), vec![1], Start::Zero));
        all.push((format!("narrow_{layer}.scale"), vec![1], Start::Zero));
    }
    all
}

/// Writes the network's parts into a graph; each value has the name of the part that made it.
struct Writer<'a> {
    network: &'a Network,
    graph: GraphBuilder,
}

impl Writer<'_> {
    fn values(&self, name: &str) -> candle_core::Result<(Vec<usize>, Vec<f32>)> {
        let weight = self.network.weight(name)?;
        Ok((weight.dims().to_vec(), weight.flatten_all()?.to_vec1()?))
    }

    fn constant(&mut self, name: &str) -> candle_core::Result<String> {
        let (shape, values) = self.values(name)?;
        Ok(self.graph.floats(name, &shape, &values))
    }

    fn linear(&mut self, input: &str, name: &str) -> candle_core::Result<String> {
        let (shape, weight) = self.values(&format!("{name}.weight"))?;
        let (_, bias) = self.values(&format!("{name}.bias"))?;
        Ok(self.graph.linear(input, name, &Dense { inputs: shape[1], outputs: shape[0], weight: &weight, bias: &bias }))
    }

    fn relu(&mut self, input: &str) -> String {
        self.graph.node("Relu", &[input], &format!("{input}_relu"), Vec::new())
    }

    fn reshape(&mut self, input: &str, shape: &[i64], name: &str) -> String {
        let shape = self.graph.integers(&format!("{name}_shape"), &[shape.len()], shape);
        self.graph.node("Reshape", &[input, &shape], name, Vec::new())
    }

    fn rows(&mut self, input: &str, width: usize, name: &str) -> String {
        self.reshape(input, &[-1, size(width)], name)
    }

    fn join(&mut self, parts: &[&str], name: &str) -> String {
        self.graph.node("Concat", parts, name, vec![("axis", Attribute::Int(1))])
    }

    fn transpose(&mut self, input: &str, order: &[i64], name: &str) -> String {
        self.graph.node("Transpose", &[input], name, vec![("perm", Attribute::Ints(order.to_vec()))])
    }

    fn embed(&mut self, ids: &str, pieces: usize, name: &str) -> String {
        let grouped = self.rows(ids, pieces, &format!("{name}_grouped"));
        let gathered = self.graph.node("Gather", &["table", &grouped], &format!("{name}_pieces"), vec![("axis", Attribute::Int(0))]);
        let axis = self.graph.integers(&format!("{name}_axis"), &[1], &[1]);
        self.graph.node("ReduceSum", &[&gathered, &axis], name, vec![("keepdims", Attribute::Int(0))])
    }

    /// `x + scale · branch`.
    fn residual(&mut self, x: &str, branch: &str, name: &str) -> candle_core::Result<String> {
        let scale = self.constant(&format!("{branch}.scale"))?;
        let scaled = self.graph.node("Mul", &[branch, &scale], &format!("{name}_scaled"), Vec::new());
        Ok(self.graph.node("Add", &[x, &scaled], name, Vec::new()))
    }

    fn layer(&mut self, x: &str, relations: &str, layer: usize) -> candle_core::Result<String> {
        let table = self.constant(&format!("relation_{layer}"))?;
        let bias = self.graph.node("Gather", &[&table, relations], &format!("bias_rows_{layer}"), vec![("axis", Attribute::Int(0))]);
        let bias = self.transpose(&bias, &[2, 0, 1], &format!("bias_{layer}"));
        let mut heads = |name: &str, order: &[i64]| {
            let linear = self.linear(x, &format!("{name}_{layer}"))?;
            let split = self.reshape(&linear, &[-1, size(HEADS), size(HEAD)], &format!("{name}_split_{layer}"));
            Ok::<_, candle_core::Error>(self.transpose(&split, order, &format!("{name}_heads_{layer}")))
        };
        let (query, key, value) = (heads("query", &[1, 0, 2])?, heads("key", &[1, 2, 0])?, heads("value", &[1, 0, 2])?);
        let products = self.graph.node("MatMul", &[&query, &key], &format!("products_{layer}"), Vec::new());
        let root = self.graph.floats(&format!("root_{layer}"), &[1], &[(HEAD as f32).powf(-0.5)]);
        let scaled = self.graph.node("Mul", &[&products, &root], &format!("scaled_{layer}"), Vec::new());
        let logits = self.graph.node("Add", &[&scaled, &bias], &format!("logits_{layer}"), Vec::new());
        let shares = self.graph.node("Softmax", &[&logits], &format!("shares_{layer}"), vec![("axis", Attribute::Int(-1))]);
        let mixed = self.graph.node("MatMul", &[&shares, &value], &format!("mixed_{layer}"), Vec::new());
        let mixed = self.transpose(&mixed, &[1, 0, 2], &format!("mixed_rows_{layer}"));
        let mixed = self.rows(&mixed, LINE, &format!("mixed_flat_{layer}"));
        let attended = self.linear(&mixed, &format!("attend_{layer}"))?;
        let x = self.residual(x, &attended, &format!("attended_{layer}"))?;
        let wide = self.linear(&x, &format!("wide_{layer}"))?;
        let wide = self.relu(&wide);
        let narrow = self.linear(&wide, &format!("narrow_{layer}"))?;
        self.residual(&x, &narrow, &format!("layer_{layer}"))
    }
}

fn size(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
