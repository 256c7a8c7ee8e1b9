//! OCR of one page: its picture becomes words with places, rows and confidence.
//!
//! Runs for pages without usable text of their own. The models are opened at the first such page and
//! kept; from then on nothing is read from the disk, and before it nothing but the models. So a child
//! can be locked down by one rule: read access to the models folder, and to nothing else. It refuses
//! models that are not the ones their manifests describe.

mod rows;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::ReadError;
use super::ocr::Ocr;
use super::raster::Picture;
use crate::domain::Page;
use crate::domain::causes::with_causes;
use crate::inference::{InferenceError, Models};

/// The folder in the models folder that OCR models are installed into.
const FOLDER: &str = "ocr";

/// The OCR models, opened when first needed.
#[derive(Default)]
pub struct Recognition {
    models: Option<PathBuf>,
    loaded: Mutex<Option<Arc<Ocr>>>,
}

impl Recognition {
    /// Models of this folder (`models/`, not `models/ocr/`). They need not be installed.
    #[must_use]
    pub fn of(models: PathBuf) -> Self {
        Self { models: Some(models), loaded: Mutex::default() }
    }

    /// Whether models seem to be installed there, by a look at the folder.
    #[must_use]
    pub fn is_installed(models: &std::path::Path) -> bool {
        models.join(FOLDER).is_dir()
    }

    /// The engine, or `None` where its models are not installed (asked again each time, so that they
    /// can be installed meanwhile).
    pub(super) fn engine(&self) -> Result<Option<Arc<Ocr>>, ReadError> {
        let Some(dir) = self.models.as_deref().filter(|dir| Self::is_installed(dir)) else { return Ok(None) };
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if loaded.is_none() {
            *loaded = Models::open(dir).and_then(|models| Ocr::open(&models)).map_err(|error| failed(&error))?.map(Arc::new);
        }
        Ok(loaded.clone())
    }
}

fn failed(error: &InferenceError) -> ReadError {
    ReadError::new("recognition-failed", format!("Text recognition failed: {}", with_causes(error)))
}

/// Recognizes page `number`.
pub(super) fn page(number: u32, picture: Picture, engine: &Ocr) -> Result<Page, ReadError> {
    let recognized = engine.read(&picture.rgb).map_err(|error| failed(&error))?;
    Ok(rows::arrange(number, recognized, picture.rgb.dimensions(), picture.points))
}
