//! The one inference door: models are folders (`model.onnx`, `model.toml`, `CARD.md`), verified by
//! hash, loaded once, and run behind [`Model`]. Knows nothing of invoices.
//!
//! It runs wherever something is scored. It refuses a model whose file does not have the hash that
//! its manifest names, and inputs whose number, type or shape the graph does not take. Rows are run
//! in bounded chunks, so memory does not grow with the batch.

mod manifest;
mod onnx;
mod shaped;
mod tensor;
mod trees;

pub use manifest::{Manifest, TensorInfo};
pub use shaped::ShapedModel;
pub use tensor::Tensor;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::hash::sha256_hex;

/// File names inside a model's folder.
pub const MODEL_FILE: &str = "model.onnx";
/// The manifest's file name.
pub const MANIFEST_FILE: &str = "model.toml";

/// Why a model cannot be used or a run failed.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// No folder of that name, or a file in it cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The manifest is not one.
    #[error("{path} is not a model manifest")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// The file is not the one that the manifest describes.
    #[error(
        "model {name}: {MODEL_FILE} has sha256 {found}, its manifest says {expected}: the file was changed or the copy is damaged; it is not used"
    )]
    HashMismatch {
        /// The model.
        name: String,
        /// What the manifest says.
        expected: String,
        /// What the file has.
        found: String,
    },
    /// The runtime does not take the graph or the inputs.
    #[error("model {name}: {message}")]
    Run {
        /// The model.
        name: String,
        /// What the runtime says, with its causes.
        message: String,
    },
}

/// Which model, exactly. Shown as `name@version`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelId {
    /// Folder name.
    pub name: String,
    /// Semantic version of the manifest.
    pub version: String,
    /// Hash of `model.onnx`, hexadecimal.
    pub sha256: String,
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// A loaded model. One plan serves all threads.
pub trait Model: Send + Sync {
    /// Which one it is.
    fn id(&self) -> &ModelId;

    /// What its folder says about it.
    fn manifest(&self) -> &Manifest;

    /// Runs the graph. Inputs in the manifest's order; the first axis of every input is the batch,
    /// of one length; every output has the same first axis. Zero rows give outputs of zero rows
    /// without running the graph, shaped `[0]`.
    ///
    /// # Errors
    /// [`InferenceError::Run`] where inputs do not fit the graph.
    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, InferenceError>;

    /// Runs the graph once on inputs that belong together (a document's lines and its candidates):
    /// their first axes may differ and nothing is cut into chunks, so the caller bounds their size.
    ///
    /// # Errors
    /// [`InferenceError::Run`] where inputs do not fit the graph.
    fn run_whole(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, InferenceError>;
}

/// A model folder's name and whether its file is the one that its manifest describes.
pub type Verdict = (String, Result<ModelId, InferenceError>);

/// The folder of models; each is loaded at most once.
pub struct Models {
    dir: PathBuf,
    loaded: Mutex<BTreeMap<String, Arc<dyn Model>>>,
}

impl fmt::Debug for Models {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Models").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Models {
    /// Opens the folder; models are loaded when first asked for.
    ///
    /// # Errors
    /// [`InferenceError::Read`] where the folder cannot be listed.
    pub fn open(dir: &Path) -> Result<Self, InferenceError> {
        std::fs::read_dir(dir).map_err(|source| InferenceError::Read { path: dir.to_owned(), source })?;
        Ok(Self { dir: dir.to_owned(), loaded: Mutex::default() })
    }

    /// The model in folder `name`, hash verified, loaded once and shared.
    ///
    /// # Errors
    /// Any [`InferenceError`]; a hash mismatch before the graph is parsed.
    pub fn get(&self, name: &str) -> Result<Arc<dyn Model>, InferenceError> {
        // Held while loading, so that two first users do not load it twice.
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = loaded.get(name) {
            return Ok(Arc::clone(model));
        }
        let (manifest, bytes) = self.read(name)?;
        let model: Arc<dyn Model> = Arc::new(onnx::OnnxModel::load(name, manifest, &bytes)?);
        loaded.insert(name.to_owned(), Arc::clone(&model));
        Ok(model)
    }

    /// The model in folder `name` as a graph for images of several shapes, hash verified; at most
    /// `most_plans` shapes are kept ready. `None` where the folder is not installed. Not shared: its
    /// user keeps it.
    ///
    /// # Errors
    /// Any [`InferenceError`]; a hash mismatch before the graph is parsed.
    pub fn shaped(&self, name: &str, most_plans: usize) -> Result<Option<ShapedModel>, InferenceError> {
        if !self.dir.join(name).join(MANIFEST_FILE).is_file() {
            return Ok(None);
        }
        let (manifest, bytes) = self.read(name)?;
        ShapedModel::load(name, manifest, &bytes, most_plans).map(Some)
    }

    /// The manifests of all folders that have one, by name.
    ///
    /// # Errors
    /// A manifest that cannot be read.
    pub fn list(&self) -> Result<Vec<(String, Manifest)>, InferenceError> {
        self.names()?.into_iter().map(|name| self.manifest(&name).map(|manifest| (name, manifest))).collect()
    }

    /// Manifest and file of folder `name`, hash verified: for a training that goes on from it.
    ///
    /// # Errors
    /// [`InferenceError`], but for [`InferenceError::Run`].
    pub fn file(&self, name: &str) -> Result<(Manifest, Vec<u8>), InferenceError> {
        self.read(name)
    }

    /// Checks every model's hash: name and result, all of them, none skipped after a failure.
    ///
    /// # Errors
    /// Only where the folder cannot be listed.
    pub fn verify(&self) -> Result<Vec<Verdict>, InferenceError> {
        let names = self.names()?;
        Ok(names.into_iter().map(|name| (name.clone(), self.read(&name).map(|(manifest, _)| manifest.id()))).collect())
    }

    /// The folders with a manifest, and those one level deeper, named `group/name`.
    fn names(&self) -> Result<Vec<String>, InferenceError> {
        let mut names = Vec::new();
        for name in listed(&self.dir)? {
            let folder = self.dir.join(&name);
            if folder.join(MANIFEST_FILE).is_file() {
                names.push(name);
            } else if folder.is_dir() {
                let inner = listed(&folder)?.into_iter().filter(|inner| folder.join(inner).join(MANIFEST_FILE).is_file());
                names.extend(inner.map(|inner| format!("{name}/{inner}")));
            }
        }
        names.sort();
        Ok(names)
    }

    /// What folder `name` says of its model; the file is not looked at.
    ///
    /// # Errors
    /// A manifest that cannot be read.
    pub fn manifest(&self, name: &str) -> Result<Manifest, InferenceError> {
        let path = self.dir.join(name).join(MANIFEST_FILE);
        let text = std::fs::read_to_string(&path).map_err(|source| InferenceError::Read { path: path.clone(), source })?;
        toml::from_str(&text).map_err(|source| InferenceError::Manifest { path, source: Box::new(source) })
    }

    fn read(&self, name: &str) -> Result<(Manifest, Vec<u8>), InferenceError> {
        let manifest = self.manifest(name)?;
        let path = self.dir.join(name).join(MODEL_FILE);
        let bytes = std::fs::read(&path).map_err(|source| InferenceError::Read { path, source })?;
        let found = sha256_hex(&bytes);
        if found == manifest.sha256 {
            Ok((manifest, bytes))
        } else {
            Err(InferenceError::HashMismatch { name: name.to_owned(), expected: manifest.sha256, found })
        }
    }
}

/// The names in a folder, hidden ones left out.
fn listed(dir: &Path) -> Result<Vec<String>, InferenceError> {
    let fail = |source| InferenceError::Read { path: dir.to_owned(), source };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(fail)? {
        names.push(entry.map_err(fail)?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| !name.starts_with('.'));
    Ok(names)
}
