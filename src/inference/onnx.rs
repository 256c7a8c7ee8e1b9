//! The runtime behind the door: tract. The graph is parsed and optimized once, with a symbolic
//! batch axis, and run in chunks of at most [`MAX_ROWS`] rows.

use std::sync::Arc;

use tract_onnx::prelude::*;

use super::{InferenceError, Manifest, Model, ModelId, Tensor};

/// Rows of one run of the graph: bounds memory, and amortizes the call.
const MAX_ROWS: usize = 8192;

/// An optimized plan with its manifest.
pub(super) struct OnnxModel {
    id: ModelId,
    manifest: Manifest,
    inputs: usize,
    plan: Arc<TypedRunnableModel>,
}

impl OnnxModel {
    pub(super) fn load(name: &str, manifest: Manifest, bytes: &[u8]) -> Result<Self, InferenceError> {
        let fail = |error: TractError| InferenceError::Run { name: name.to_owned(), message: format!("cannot load: {error:#}") };
        let graph = super::trees::reader().model_for_read(&mut &bytes[..]).map_err(fail)?;
        let inputs = graph.input_outlets().map_err(fail)?.len();
        let plan = graph.into_optimized().map_err(fail)?.into_runnable().map_err(fail)?;
        let id = ModelId { name: name.to_owned(), ..manifest.id() };
        Ok(Self { id, manifest, inputs, plan })
    }

    fn fail(&self, message: impl Into<String>) -> InferenceError {
        InferenceError::Run { name: self.id.name.clone(), message: message.into() }
    }

    fn check(&self, inputs: &[Tensor]) -> Result<(), InferenceError> {
        if inputs.len() != self.inputs {
            return Err(self.fail(format!("takes {} inputs, not {}", self.inputs, inputs.len())));
        }
        match inputs.iter().position(|input| !input.is_consistent()) {
            Some(index) => Err(self.fail(format!("input {index}: shape {:?} does not hold its values", inputs[index].shape()))),
            None => Ok(()),
        }
    }

    /// Rows of the batch: all inputs have as many.
    fn batch(&self, inputs: &[Tensor]) -> Result<usize, InferenceError> {
        let rows = inputs.first().map_or(0, Tensor::rows);
        match inputs.iter().position(|input| input.rows() != rows) {
            Some(index) => Err(self.fail(format!("input {index} has {} rows, the first has {rows}", inputs[index].rows()))),
            None => Ok(rows),
        }
    }

    fn run_chunk(&self, inputs: &[Tensor]) -> TractResult<Vec<Tensor>> {
        let values = inputs.iter().map(to_tract).collect::<TractResult<TVec<TValue>>>()?;
        self.plan.run(values)?.iter().map(from_tract).collect()
    }
}

impl Model for OnnxModel {
    fn id(&self) -> &ModelId {
        &self.id
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, InferenceError> {
        self.check(inputs)?;
        let rows = self.batch(inputs)?;
        let mut outputs: Vec<Tensor> = Vec::new();
        for start in (0..rows).step_by(MAX_ROWS) {
            let end = rows.min(start + MAX_ROWS);
            let chunk: Vec<Tensor> = inputs.iter().map(|input| input.slice(start, end)).collect();
            let part = self.run_chunk(&chunk).map_err(|error| self.fail(format!("{error:#}")))?;
            if outputs.is_empty() {
                outputs = part;
            } else if !outputs.iter_mut().zip(part).all(|(whole, next)| whole.append(next)) {
                return Err(self.fail("outputs change their shape between chunks"));
            }
        }
        if rows == 0 {
            outputs = vec![Tensor::F32 { shape: vec![0], data: Vec::new() }; self.manifest.outputs.len().max(1)];
        }
        Ok(outputs)
    }

    fn run_whole(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, InferenceError> {
        self.check(inputs)?;
        self.run_chunk(inputs).map_err(|error| self.fail(format!("{error:#}")))
    }
}

pub(super) fn to_tract(tensor: &Tensor) -> TractResult<TValue> {
    Ok(match tensor {
        Tensor::F32 { shape, data } => tract_onnx::prelude::Tensor::from_shape(shape, data)?.into(),
        Tensor::I64 { shape, data } => tract_onnx::prelude::Tensor::from_shape(shape, data)?.into(),
    })
}

pub(super) fn from_tract(value: &TValue) -> TractResult<Tensor> {
    let shape = value.shape().to_vec();
    if value.datum_type() == f32::datum_type() {
        return Ok(Tensor::F32 { shape, data: value.to_plain_array_view::<f32>()?.iter().copied().collect() });
    }
    let integers = value.cast_to::<i64>()?;
    Ok(Tensor::I64 { shape, data: integers.to_plain_array_view::<i64>()?.iter().copied().collect() })
}
