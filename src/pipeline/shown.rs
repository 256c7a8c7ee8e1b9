//! What people are shown of a document beside its pages: the e-invoice in it, and the files it carries.
//! Read anew in a reading child each time; nothing of it is kept.

use super::{Pipeline, PipelineError};
use crate::domain::{AttachedFile, CompanyId, DocumentId, Einvoice};
use crate::reading::ReadError;

impl Pipeline {
    /// The e-invoice in a document, whole.
    ///
    /// # Errors
    /// [`PipelineError::NotFound`] for a document that has none.
    pub async fn einvoice(&self, company: CompanyId, document: DocumentId) -> Result<Einvoice, PipelineError> {
        let row = self.store.document(company, document).await?.ok_or(PipelineError::NotFound)?;
        let bytes = self.store.document_bytes(company, document).await?.ok_or(PipelineError::NotFound)?;
        self.reader.einvoice(bytes, row.kind).await.map_err(|error| absent_or(error, "no-einvoice"))
    }

    /// The `index`th file, from 0, that a document carries, in the order of [`Einvoice::attachments`].
    ///
    /// # Errors
    /// [`PipelineError::NotFound`] where there is none.
    pub async fn attachment(&self, company: CompanyId, document: DocumentId, index: usize) -> Result<AttachedFile, PipelineError> {
        let row = self.store.document(company, document).await?.ok_or(PipelineError::NotFound)?;
        let bytes = self.store.document_bytes(company, document).await?.ok_or(PipelineError::NotFound)?;
        self.reader.attachment(bytes, row.kind, index).await.map_err(|error| absent_or(error, "no-such-attachment"))
    }
}

/// What a document lacks, or cannot be opened for, is not found; anything else is the reader's trouble.
fn absent_or(error: ReadError, absent: &str) -> PipelineError {
    match error.code.as_str() {
        code if code == absent => PipelineError::NotFound,
        "broken-file" | "password-protected" => PipelineError::NotFound,
        _ => PipelineError::Reading(error),
    }
}
