//! Graphs whose input has a free height or width (images): one optimized plan for every shape, made
//! when a shape is first run, shared by all threads, the longest unused one dropped beyond a bound.
//!
//! Convolutions over a symbolic width cost ten times those over a known one, so callers bring their
//! images to few shapes. The last layer can be narrowed to the outputs that its user needs.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tract_onnx::pb;
use tract_onnx::prelude::*;

use super::onnx::{from_tract, to_tract};
use super::{InferenceError, Manifest, ModelId, Tensor};

type Plan = Arc<OnceLock<Result<Arc<TypedRunnableModel>, String>>>;

/// A graph of one input and one output, planned for each shape of its input.
pub struct ShapedModel {
    id: ModelId,
    manifest: Manifest,
    graph: pb::ModelProto,
    /// The last used at the end.
    plans: Mutex<Vec<(Vec<usize>, Plan)>>,
    most_plans: usize,
}

impl std::fmt::Debug for ShapedModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShapedModel").field("id", &self.id).finish_non_exhaustive()
    }
}

impl ShapedModel {
    pub(super) fn load(name: &str, manifest: Manifest, bytes: &[u8], most_plans: usize) -> Result<Self, InferenceError> {
        let fail = |error: TractError| InferenceError::Run { name: name.to_owned(), message: format!("cannot load: {error:#}") };
        let graph = onnx().proto_model_for_read(&mut &bytes[..]).map_err(fail)?;
        let id = ModelId { name: name.to_owned(), ..manifest.id() };
        Ok(Self { id, manifest, graph, plans: Mutex::default(), most_plans: most_plans.max(1) })
    }

    /// Which one it is.
    #[must_use]
    pub fn id(&self) -> &ModelId {
        &self.id
    }

    /// What its folder says about it.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// A text that the graph's file carries beside the graph.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.graph.metadata_props.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str())
    }

    /// Narrows the last dense layer (product, sum, softmax) to these of its outputs, in this order.
    /// The softmax then runs over these alone.
    ///
    /// # Errors
    /// [`InferenceError::Run`] where the graph does not end in such a layer of constants, or has no
    /// such output.
    pub fn keep_outputs(&mut self, kept: &[usize]) -> Result<(), InferenceError> {
        narrow(&mut self.graph, kept).map_err(|message| InferenceError::Run { name: self.id.name.clone(), message: message.to_owned() })?;
        self.plans.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(())
    }

    /// Runs the graph on one input of any shape that it can take.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn run(&self, input: &Tensor) -> Result<Tensor, InferenceError> {
        let fail = |message: String| InferenceError::Run { name: self.id.name.clone(), message };
        if !input.is_consistent() {
            return Err(fail(format!("shape {:?} does not hold its values", input.shape())));
        }
        let cell = self.plan(input.shape());
        let plan = cell.get_or_init(|| self.prepare(input.shape()).map_err(|error| format!("{error:#}")));
        let plan = plan.as_ref().map_err(|message| fail(message.clone()))?;
        let run = || plan.run(tvec!(to_tract(input)?))?.first().map(from_tract).transpose();
        run().map_err(|error: TractError| fail(format!("{error:#}")))?.ok_or_else(|| fail("no output".to_owned()))
    }

    /// The cell of this shape's plan; filled outside of the lock, by whoever comes first.
    fn plan(&self, shape: &[usize]) -> Plan {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let found = plans.iter().position(|(known, _)| known == shape).map(|index| plans.remove(index));
        let entry = found.unwrap_or_else(|| (shape.to_vec(), Plan::default()));
        let plan = Arc::clone(&entry.1);
        plans.push(entry);
        if plans.len() > self.most_plans {
            plans.remove(0);
        }
        plan
    }

    fn prepare(&self, shape: &[usize]) -> TractResult<Arc<TypedRunnableModel>> {
        let model = onnx().model_for_proto_model(&self.graph)?;
        model.with_input_fact(0, InferenceFact::dt_shape(f32::datum_type(), shape))?.into_optimized()?.into_runnable()
    }
}

/// The node that makes a value.
fn maker<'a>(graph: &'a pb::GraphProto, value: &str) -> Option<(usize, &'a pb::NodeProto)> {
    graph.node.iter().enumerate().find(|(_, node)| node.output.iter().any(|output| output == value))
}

fn narrow(model: &mut pb::ModelProto, kept: &[usize]) -> Result<(), &'static str> {
    const NOT_DENSE: &str = "the graph does not end in a dense layer and a softmax";
    let graph = model.graph.as_mut().ok_or("no graph")?;
    let output = graph.output.first().ok_or("no output")?.name.clone();
    let (_, softmax) = maker(graph, &output).filter(|(_, node)| node.op_type == "Softmax").ok_or(NOT_DENSE)?;
    let (_, sum) =
        softmax.input.first().and_then(|value| maker(graph, value)).filter(|(_, node)| node.op_type == "Add").ok_or(NOT_DENSE)?;
    let (_, product) =
        sum.input.first().and_then(|value| maker(graph, value)).filter(|(_, node)| node.op_type == "MatMul").ok_or(NOT_DENSE)?;
    let weights = product.input.get(1).cloned().ok_or(NOT_DENSE)?;
    let bias = sum.input.get(1).cloned().ok_or(NOT_DENSE)?;
    for name in [weights, bias] {
        keep_columns(constant(graph, &name).ok_or(NOT_DENSE)?, kept)?;
    }
    // The recorded output shape names the former width.
    if let Some(output) = graph.output.first_mut() {
        output.r#type = None;
    }
    graph.value_info.clear();
    Ok(())
}

/// A constant by name: an initializer, or the value of a `Constant` node.
fn constant<'a>(graph: &'a mut pb::GraphProto, name: &str) -> Option<&'a mut pb::TensorProto> {
    if let Some(index) = graph.initializer.iter().position(|tensor| tensor.name == name) {
        return graph.initializer.get_mut(index);
    }
    let (index, _) = maker(graph, name).filter(|(_, node)| node.op_type == "Constant")?;
    let node = graph.node.get_mut(index)?;
    node.attribute.iter_mut().find(|attribute| attribute.name == "value")?.t.as_mut()
}

/// Keeps columns of a tensor of floats, on its last axis.
fn keep_columns(tensor: &mut pb::TensorProto, kept: &[usize]) -> Result<(), &'static str> {
    let width = tensor.dims.last().and_then(|width| usize::try_from(*width).ok()).filter(|width| *width > 0).ok_or("no last axis")?;
    if kept.is_empty() || kept.iter().any(|column| *column >= width) {
        return Err("no such output");
    }
    let raw = std::mem::take(&mut tensor.raw_data);
    let values: Vec<f32> = if raw.is_empty() {
        std::mem::take(&mut tensor.float_data)
    } else {
        raw.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    };
    tensor.raw_data = values.chunks_exact(width).flat_map(|row| kept.iter().flat_map(|column| row[*column].to_le_bytes())).collect();
    if let (Some(last), Ok(count)) = (tensor.dims.last_mut(), i64::try_from(kept.len())) {
        *last = count;
    }
    Ok(())
}
