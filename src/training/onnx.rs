//! Our own ONNX writer: a graph of nodes, constants, inputs and outputs becomes a `ModelProto`.
//!
//! Runs at the end of a training. The bytes are a function of the graph alone (no times, no hashes
//! in them), so that a repeated training gives the same file. It checks nothing: the runtime
//! refuses a graph that makes no sense when it is loaded, and every trainer loads what it wrote.
//! [`initializers`] reads the weights of a written graph back, for a training that goes on from them.

mod read;

use prost::Message;

pub use read::{Weights, initializers};

/// The operator set that graphs are written for.
const OPSET: i64 = 17;
/// ONNX's IR version 8 goes with opset 17.
const IR_VERSION: i64 = 8;
/// Name of the batch axis.
pub const BATCH: &str = "N";

/// Messages of onnx.proto, as far as we write them; tags are the standard's.
mod proto {
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Model {
        #[prost(int64, tag = "1")]
        pub ir_version: i64,
        #[prost(string, tag = "2")]
        pub producer_name: String,
        #[prost(string, tag = "3")]
        pub producer_version: String,
        #[prost(message, optional, tag = "7")]
        pub graph: Option<Graph>,
        #[prost(message, repeated, tag = "8")]
        pub opset_import: Vec<OperatorSet>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct OperatorSet {
        #[prost(string, tag = "1")]
        pub domain: String,
        #[prost(int64, tag = "2")]
        pub version: i64,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Graph {
        #[prost(message, repeated, tag = "1")]
        pub node: Vec<Node>,
        #[prost(string, tag = "2")]
        pub name: String,
        #[prost(message, repeated, tag = "5")]
        pub initializer: Vec<Tensor>,
        #[prost(message, repeated, tag = "11")]
        pub input: Vec<ValueInfo>,
        #[prost(message, repeated, tag = "12")]
        pub output: Vec<ValueInfo>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Node {
        #[prost(string, repeated, tag = "1")]
        pub input: Vec<String>,
        #[prost(string, repeated, tag = "2")]
        pub output: Vec<String>,
        #[prost(string, tag = "3")]
        pub name: String,
        #[prost(string, tag = "4")]
        pub op_type: String,
        #[prost(message, repeated, tag = "5")]
        pub attribute: Vec<Attribute>,
        #[prost(string, tag = "7")]
        pub domain: String,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Attribute {
        #[prost(string, tag = "1")]
        pub name: String,
        #[prost(float, tag = "2")]
        pub f: f32,
        #[prost(int64, tag = "3")]
        pub i: i64,
        #[prost(bytes = "vec", tag = "4")]
        pub s: Vec<u8>,
        #[prost(float, repeated, tag = "7")]
        pub floats: Vec<f32>,
        #[prost(int64, repeated, tag = "8")]
        pub ints: Vec<i64>,
        #[prost(bytes = "vec", repeated, tag = "9")]
        pub strings: Vec<Vec<u8>>,
        #[prost(int32, tag = "20")]
        pub kind: i32,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Tensor {
        #[prost(int64, repeated, tag = "1")]
        pub dims: Vec<i64>,
        #[prost(int32, tag = "2")]
        pub data_type: i32,
        /// Never written, read where another writer keeps floats here.
        #[prost(float, repeated, tag = "4")]
        pub float_data: Vec<f32>,
        #[prost(string, tag = "8")]
        pub name: String,
        #[prost(bytes = "vec", tag = "9")]
        pub raw_data: Vec<u8>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct ValueInfo {
        #[prost(string, tag = "1")]
        pub name: String,
        #[prost(message, optional, tag = "2")]
        pub r#type: Option<Type>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Type {
        #[prost(message, optional, tag = "1")]
        pub tensor: Option<TensorType>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct TensorType {
        #[prost(int32, tag = "1")]
        pub elem_type: i32,
        #[prost(message, optional, tag = "2")]
        pub shape: Option<Shape>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Shape {
        #[prost(message, repeated, tag = "1")]
        pub dim: Vec<Dimension>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Dimension {
        #[prost(oneof = "DimensionValue", tags = "1, 2")]
        pub value: Option<DimensionValue>,
    }

    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum DimensionValue {
        #[prost(int64, tag = "1")]
        Fixed(i64),
        #[prost(string, tag = "2")]
        Symbol(String),
    }
}

/// Element types, by ONNX's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// FLOAT.
    F32 = 1,
    /// INT64.
    I64 = 7,
}

/// An axis of an input or output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// The symbolic batch axis, [`BATCH`].
    Batch,
    /// Another symbolic axis, by name.
    Free(&'static str),
    /// A fixed length.
    Fixed(usize),
}

/// A node's attribute value.
#[derive(Debug, Clone, PartialEq)]
pub enum Attribute {
    /// FLOAT.
    Float(f32),
    /// INT.
    Int(i64),
    /// STRING.
    Text(String),
    /// FLOATS.
    Floats(Vec<f32>),
    /// INTS.
    Ints(Vec<i64>),
    /// STRINGS.
    Texts(Vec<String>),
}

impl Attribute {
    fn proto(self, name: &str) -> proto::Attribute {
        let mut out = proto::Attribute { name: name.to_owned(), ..Default::default() };
        match self {
            Self::Float(f) => (out.kind, out.f) = (1, f),
            Self::Int(i) => (out.kind, out.i) = (2, i),
            Self::Text(s) => (out.kind, out.s) = (3, s.into_bytes()),
            Self::Floats(v) => (out.kind, out.floats) = (6, v),
            Self::Ints(v) => (out.kind, out.ints) = (7, v),
            Self::Texts(v) => (out.kind, out.strings) = (8, v.into_iter().map(String::into_bytes).collect()),
        }
        out
    }
}

/// Builds a graph step by step; values are referred to by name.
#[derive(Debug, Default)]
pub struct GraphBuilder {
    graph: proto::Graph,
    uses_ml_domain: bool,
}

impl GraphBuilder {
    /// An empty graph.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { graph: proto::Graph { name: name.to_owned(), ..Default::default() }, uses_ml_domain: false }
    }

    /// Declares an input and returns its name.
    pub fn input(&mut self, name: &str, element: Element, shape: &[Axis]) -> String {
        self.graph.input.push(value_info(name, element, shape));
        name.to_owned()
    }

    /// Declares an output: the value of that name that some node makes.
    pub fn output(&mut self, name: &str, element: Element, shape: &[Axis]) {
        self.graph.output.push(value_info(name, element, shape));
    }

    /// A constant of floats.
    pub fn floats(&mut self, name: &str, shape: &[usize], data: &[f32]) -> String {
        let raw = data.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, Element::F32, shape, raw)
    }

    /// A constant of integers.
    pub fn integers(&mut self, name: &str, shape: &[usize], data: &[i64]) -> String {
        let raw = data.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, Element::I64, shape, raw)
    }

    fn constant(&mut self, name: &str, element: Element, shape: &[usize], raw_data: Vec<u8>) -> String {
        let dims = shape.iter().map(|&d| as_i64(d)).collect();
        let tensor = proto::Tensor { dims, data_type: element as i32, name: name.to_owned(), raw_data, ..Default::default() };
        self.graph.initializer.push(tensor);
        name.to_owned()
    }

    /// A node of the standard domain with one output, which is named `output` and returned.
    pub fn node(&mut self, op: &str, inputs: &[&str], output: &str, attributes: Vec<(&str, Attribute)>) -> String {
        self.push("", op, inputs, &[output], attributes);
        output.to_owned()
    }

    /// A node of `ai.onnx.ml` (tree ensembles), with all its outputs.
    pub fn ml_node(&mut self, op: &str, inputs: &[&str], outputs: &[&str], attributes: Vec<(&str, Attribute)>) {
        self.uses_ml_domain = true;
        self.push("ai.onnx.ml", op, inputs, outputs, attributes);
    }

    fn push(&mut self, domain: &str, op: &str, inputs: &[&str], outputs: &[&str], attributes: Vec<(&str, Attribute)>) {
        let names = |list: &[&str]| list.iter().map(|&s| s.to_owned()).collect();
        self.graph.node.push(proto::Node {
            input: names(inputs),
            output: names(outputs),
            name: outputs.first().map_or_else(String::new, |o| format!("{op}_{o}")),
            op_type: op.to_owned(),
            attribute: attributes.into_iter().map(|(name, value)| value.proto(name)).collect(),
            domain: domain.to_owned(),
        });
    }

    /// `input · weightᵀ + bias`: `weight` row-major `[out, in]`, as candle's `Linear` keeps it;
    /// `input` is `[N, in]`, the result `[N, out]`, named `output`.
    pub fn linear(&mut self, input: &str, output: &str, layer: &Dense<'_>) -> String {
        let weight = self.floats(&format!("{output}.weight"), &[layer.outputs, layer.inputs], layer.weight);
        let bias = self.floats(&format!("{output}.bias"), &[layer.outputs], layer.bias);
        self.node("Gemm", &[input, &weight, &bias], output, vec![("transB", Attribute::Int(1))])
    }

    /// Linear layers with ReLU between them (none after the last). The result is named `output`.
    pub fn mlp(&mut self, input: &str, output: &str, layers: &[Dense<'_>]) -> String {
        let mut current = input.to_owned();
        for (index, layer) in layers.iter().enumerate() {
            if index + 1 == layers.len() {
                current = self.linear(&current, output, layer);
            } else {
                let linear = self.linear(&current, &format!("{output}_{index}"), layer);
                current = self.node("Relu", &[&linear], &format!("{linear}_relu"), Vec::new());
            }
        }
        current
    }

    /// `1 / (1 + exp(-input))`, named `output`.
    pub fn sigmoid(&mut self, input: &str, output: &str) -> String {
        self.node("Sigmoid", &[input], output, Vec::new())
    }

    /// The model file's bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let mut opset_import = vec![proto::OperatorSet { domain: String::new(), version: OPSET }];
        if self.uses_ml_domain {
            opset_import.push(proto::OperatorSet { domain: "ai.onnx.ml".to_owned(), version: 3 });
        }
        let model = proto::Model {
            ir_version: IR_VERSION,
            producer_name: "countersign".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            graph: Some(self.graph),
            opset_import,
        };
        model.encode_to_vec()
    }
}

/// The values of one linear layer.
#[derive(Debug, Clone, Copy)]
pub struct Dense<'a> {
    /// Length of a row going in.
    pub inputs: usize,
    /// Length of a row coming out.
    pub outputs: usize,
    /// `[outputs, inputs]`, row-major.
    pub weight: &'a [f32],
    /// `[outputs]`.
    pub bias: &'a [f32],
}

fn value_info(name: &str, element: Element, shape: &[Axis]) -> proto::ValueInfo {
    let dim = shape
        .iter()
        .map(|axis| proto::Dimension {
            value: Some(match axis {
                Axis::Batch => proto::DimensionValue::Symbol(BATCH.to_owned()),
                Axis::Free(name) => proto::DimensionValue::Symbol((*name).to_owned()),
                Axis::Fixed(length) => proto::DimensionValue::Fixed(as_i64(*length)),
            }),
        })
        .collect();
    let tensor = proto::TensorType { elem_type: element as i32, shape: Some(proto::Shape { dim }) };
    proto::ValueInfo { name: name.to_owned(), r#type: Some(proto::Type { tensor: Some(tensor) }) }
}

fn as_i64(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
