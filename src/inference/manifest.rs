//! `model.toml`: what a model's folder says about it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ModelId;
use crate::domain::calibration::Calibration;

/// One input or output of the graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TensorInfo {
    /// Name in the graph.
    pub name: String,
    /// Type and shape as text, `f32[N, 24]`; `N` is the batch.
    pub shape: String,
}

/// The manifest of a model.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// Folder name.
    pub name: String,
    /// Semantic version: the first number changes with inputs or outputs.
    pub version: String,
    /// What it does, in one sentence.
    pub task: String,
    /// Hash of `model.onnx`, 64 hexadecimal digits; filled when the folder is written.
    #[serde(default)]
    pub sha256: String,
    /// What it was trained on, in words, with seed and size.
    pub training_data: String,
    /// Inputs in the graph's order.
    #[serde(default)]
    pub inputs: Vec<TensorInfo>,
    /// Outputs in the graph's order.
    #[serde(default)]
    pub outputs: Vec<TensorInfo>,
    /// Measured figures by name, on held-out generated data.
    #[serde(default)]
    pub metrics: BTreeMap<String, f64>,
    /// Decision thresholds by name.
    #[serde(default)]
    pub thresholds: BTreeMap<String, f64>,
    /// Raw score → probability, by output or class name.
    #[serde(default)]
    pub calibration: BTreeMap<String, Calibration>,
    /// Anything else that its user needs (vocabulary sizes, feature versions, means).
    #[serde(default)]
    pub settings: toml::Table,
}

impl Manifest {
    /// Name, version and hash.
    #[must_use]
    pub fn id(&self) -> ModelId {
        ModelId { name: self.name.clone(), version: self.version.clone(), sha256: self.sha256.clone() }
    }

    /// The calibrated probability of a raw score; the score itself where nothing was fitted.
    #[must_use]
    pub fn calibrated(&self, output: &str, score: f64) -> f64 {
        self.calibration.get(output).map_or(score.clamp(0.0, 1.0), |map| map.apply(score))
    }
}
