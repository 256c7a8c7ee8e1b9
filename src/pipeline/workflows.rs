//! The workflow files: the current one for new cases, and the exact text each running case is bound to.

use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::PipelineError;
use super::invoice::SCHEMA;
use crate::domain::CompanyId;
use crate::store::Store;
use crate::workflow::{DefinitionError, Workflow, WorkflowRef};

/// Loaded workflows.
pub struct Workflows {
    current: Arc<Workflow>,
    text: String,
    by_hash: Mutex<HashMap<String, Arc<Workflow>>>,
    saved: Mutex<HashSet<CompanyId>>,
}

impl Workflows {
    /// Reads `accounts-payable.yaml` from the workflows folder.
    ///
    /// # Errors
    /// [`DefinitionError`] naming the file's faults.
    pub fn open(dir: &Path) -> Result<Self, DefinitionError> {
        let path = dir.join("accounts-payable.yaml");
        let text = std::fs::read_to_string(&path).map_err(|e| DefinitionError::Syntax(format!("{}: {e}", path.display())))?;
        let current = Arc::new(Workflow::parse(&text, &SCHEMA)?);
        let by_hash = Mutex::new(HashMap::from([(current.reference.sha256.clone(), Arc::clone(&current))]));
        Ok(Self { current, text, by_hash, saved: Mutex::default() })
    }

    /// The workflow for new cases; its text is kept in the store the first time a company uses it.
    ///
    /// # Errors
    /// The store's.
    pub async fn current(&self, store: &Store, company: CompanyId, now: Timestamp) -> Result<Arc<Workflow>, PipelineError> {
        if !self.saved.lock().unwrap_or_else(PoisonError::into_inner).contains(&company) {
            store.save_workflow(company, &self.current.reference, &self.text, now).await?;
            self.saved.lock().unwrap_or_else(PoisonError::into_inner).insert(company);
        }
        Ok(Arc::clone(&self.current))
    }

    /// The workflow a case is bound to, by hash.
    ///
    /// # Errors
    /// Where its text is not in the store, or is no longer understood by this version of the program.
    pub async fn bound(&self, store: &Store, company: CompanyId, bound: &WorkflowRef) -> Result<Arc<Workflow>, PipelineError> {
        if let Some(known) = self.by_hash.lock().unwrap_or_else(PoisonError::into_inner).get(&bound.sha256) {
            return Ok(Arc::clone(known));
        }
        let text = store.workflow_text(company, &bound.sha256).await?;
        let text = text.ok_or_else(|| PipelineError::Internal(format!("workflow {} {} is not in the store", bound.id, bound.version)))?;
        let workflow = Arc::new(Workflow::parse(&text, &SCHEMA)?);
        self.by_hash.lock().unwrap_or_else(PoisonError::into_inner).insert(bound.sha256.clone(), Arc::clone(&workflow));
        Ok(workflow)
    }
}
