//! Reads the constants of an ONNX graph: the weights, by name.
//!
//! Runs when a training goes on from an installed model, whose file has been verified by its hash
//! before. Takes floats in either place where the standard lets them stand (`raw_data`, as we write
//! them, or `float_data`); passes over constants of other types; refuses one whose values do not
//! fill its shape.

use std::collections::BTreeMap;

use anyhow::Context as _;
use prost::Message as _;

use super::{Element, proto};

/// Weights by name: shape and values, row-major.
pub type Weights = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// The float constants of a model file.
///
/// # Errors
/// Where the bytes are no model, or a constant is damaged.
pub fn initializers(bytes: &[u8]) -> anyhow::Result<Weights> {
    let model = proto::Model::decode(bytes).context("the file is no ONNX model")?;
    let graph = model.graph.context("the model has no graph")?;
    let floats = graph.initializer.into_iter().filter(|tensor| tensor.data_type == Element::F32 as i32);
    floats.map(|tensor| Ok((tensor.name.clone(), values(&tensor)?))).collect()
}

fn values(tensor: &proto::Tensor) -> anyhow::Result<(Vec<usize>, Vec<f32>)> {
    let wrong = || format!("the constant {} is damaged", tensor.name);
    let shape = tensor.dims.iter().map(|&dim| usize::try_from(dim)).collect::<Result<Vec<_>, _>>().with_context(wrong)?;
    let length = shape.iter().try_fold(1_usize, |product, &dim| product.checked_mul(dim)).with_context(wrong)?;
    let values: Vec<f32> = if tensor.raw_data.is_empty() {
        tensor.float_data.clone()
    } else {
        anyhow::ensure!(tensor.raw_data.len().is_multiple_of(4), wrong());
        tensor.raw_data.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect()
    };
    anyhow::ensure!(values.len() == length, wrong());
    Ok((shape, values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::onnx::GraphBuilder;

    #[test]
    fn what_is_written_is_read_and_what_is_damaged_is_refused() {
        let mut graph = GraphBuilder::new("x");
        graph.floats("weight", &[2, 3], &[1.0, -2.0, 3.5, 0.0, 5.0, 6.0]);
        graph.integers("axis", &[1], &[1]);
        let bytes = graph.finish();
        let read = initializers(&bytes).unwrap();
        assert_eq!(read, Weights::from([("weight".to_owned(), (vec![2, 3], vec![1.0, -2.0, 3.5, 0.0, 5.0, 6.0]))]));
        assert!(initializers(b"no model at all").is_err());

        let mut model = proto::Model::decode(bytes.as_slice()).unwrap();
        let tensor = &mut model.graph.as_mut().unwrap().initializer[0];
        (tensor.raw_data, tensor.float_data) = (Vec::new(), vec![1.0, -2.0, 3.5, 0.0, 5.0, 6.0]);
        assert_eq!(initializers(&model.encode_to_vec()).unwrap(), read);
        model.graph.as_mut().unwrap().initializer[0].dims = vec![7, 1];
        assert!(initializers(&model.encode_to_vec()).unwrap_err().to_string().contains("weight"));
        model.graph.as_mut().unwrap().initializer[0].dims = vec![i64::MAX, i64::MAX];
        assert!(initializers(&model.encode_to_vec()).is_err());
    }
}
