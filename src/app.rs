//! The only place where parts are wired together.

use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Notify;

use crate::ambient::Ambient;
use crate::config::Config;
use crate::erp::Connector;
use crate::erp::ledger::{Accounts, LedgerConnector};
use crate::extraction::{ExtractionError, Extractor};
use crate::inference::{InferenceError, Models};
use crate::intake::Limits;
use crate::pipeline::workflows::Workflows;
use crate::pipeline::{Books, Parts, Pipeline};
use crate::reading::ReaderPool;
use crate::screening::{AnomalyScorer, DuplicateScorer, ScreeningError};
use crate::store::{Store, StoreError};
use crate::workflow::DefinitionError;

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The data folder cannot be made.
    #[error("cannot make the data folder {path}: {source}")]
    DataDir {
        /// Which folder.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error("cannot open the database: {0}")]
    Store(#[from] StoreError),
    /// A model is missing or is not what its manifest says.
    #[error("cannot load the models: {0}")]
    Models(#[from] InferenceError),
    /// The extractor cannot be loaded.
    #[error("cannot load the extractor: {0}")]
    Extraction(#[from] ExtractionError),
    /// A scorer cannot be loaded.
    #[error("cannot load the scorers: {0}")]
    Screening(#[from] ScreeningError),
    /// The workflow file is not valid.
    #[error(transparent)]
    Workflow(#[from] DefinitionError),
    /// The program does not know its own path, so it cannot start reading children.
    #[error("cannot find this program's own file: {0}")]
    Program(std::io::Error),
}

/// Opens the store in the configured place.
///
/// # Errors
/// [`AppError`].
pub async fn open_store(config: &Config) -> Result<Store, AppError> {
    std::fs::create_dir_all(&config.data_dir).map_err(|source| AppError::DataDir { path: config.data_dir.clone(), source })?;
    Ok(Store::connect(&config.database_url).await?)
}

/// Builds the pipeline: verifies and loads models and policy, wires connectors.
///
/// # Errors
/// [`AppError`]; nothing runs then.
pub fn build(config: &Config, store: Store, ambient: Ambient) -> Result<Pipeline, AppError> {
    let program = std::env::current_exe().map_err(AppError::Program)?;
    let reader = ReaderPool::new(config.readers, program).with_recognition(config.recognizers, config.models_dir.clone());
    build_with_reader(config, store, ambient, reader)
}

/// [`build`] with reading children of another program: tests run in a binary that is not the product.
///
/// # Errors
/// [`AppError`].
pub fn build_with_reader(config: &Config, store: Store, ambient: Ambient, reader: ReaderPool) -> Result<Pipeline, AppError> {
    Ok(Pipeline::new(parts(config, store, ambient, reader)?))
}

/// The pipeline's parts as wired: tests put a failing connector among them.
///
/// # Errors
/// [`AppError`].
pub fn parts(config: &Config, store: Store, ambient: Ambient, reader: ReaderPool) -> Result<Parts, AppError> {
    let models = Models::open(&config.models_dir)?;
    let ledger: Arc<dyn Connector> = Arc::new(LedgerConnector::new(store.clone(), Accounts::default()));
    Ok(Parts {
        reader,
        extractor: Extractor::open(&models)?,
        duplicates: DuplicateScorer::open(&models)?,
        anomalies: AnomalyScorer::open(&models)?,
        workflows: Workflows::open(&config.workflows_dir)?,
        connectors: BTreeMap::from([(ledger.name().to_owned(), ledger)]),
        limits: Limits { max_bytes: config.max_upload_bytes },
        data_dir: config.data_dir.clone(),
        models_dir: config.models_dir.clone(),
        work: Notify::new(),
        look_back: Notify::new(),
        teacher: Arc::new(crate::training::rehearsal::FromBook),
        books: Books::default(),
        ambient,
        store,
    })
}
