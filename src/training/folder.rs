//! Writes a model's folder: `model.onnx`, `model.toml` with the file's hash, `CARD.md`.
//!
//! Each file is written beside its place and renamed into it, the manifest last: a crash in between
//! leaves a folder that `models verify` refuses, never a manifest that vouches for half a file.

use std::path::Path;

use anyhow::Context as _;

use crate::domain::hash::sha256_hex;
use crate::inference::{MANIFEST_FILE, MODEL_FILE, Manifest, TensorInfo};

/// Writes the folder and returns the manifest with the hash filled in.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_model_folder(dir: &Path, mut manifest: Manifest, onnx_bytes: &[u8], card: &str) -> anyhow::Result<Manifest> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    manifest.sha256 = sha256_hex(onnx_bytes);
    let text = toml::to_string(&manifest).context("cannot write the manifest as TOML")?;
    write_file(&dir.join(MODEL_FILE), onnx_bytes)?;
    write_file(&dir.join("CARD.md"), card.as_bytes())?;
    write_file(&dir.join(MANIFEST_FILE), text.as_bytes())?;
    Ok(manifest)
}

pub(super) fn write_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    std::fs::write(&beside, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    std::fs::rename(&beside, path).with_context(|| format!("cannot move {} into place", path.display()))
}

/// The manifest of a screening model: one score over named features, `f32[N, features]` → `f32[N, 1]`.
#[must_use]
pub fn scorer_manifest(name: &str, version: &str, task: &str, training_data: String, features: &[&str]) -> Manifest {
    let names = features.iter().map(|feature| toml::Value::String((*feature).to_owned())).collect();
    let settings = toml::Table::from_iter([(crate::screening::FEATURES_SETTING.to_owned(), toml::Value::Array(names))]);
    Manifest {
        name: name.to_owned(),
        version: version.to_owned(),
        task: task.to_owned(),
        training_data,
        inputs: vec![TensorInfo { name: "features".to_owned(), shape: format!("f32[N, {}]", features.len()) }],
        outputs: vec![TensorInfo { name: crate::screening::SCORE.to_owned(), shape: "f32[N, 1]".to_owned() }],
        settings,
        ..Manifest::default()
    }
}
