//! An e-invoice as the API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{IssueView, build};
use crate::domain::einvoice::Invoice;
use crate::domain::{DocumentId, Einvoice};
use crate::web::api::documents::clean_name;

/// An e-invoice.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EinvoiceView {
    /// `ubl`, `cii` or `fatturapa`.
    pub kind: String,
    /// Its invoices in the terms of EN 16931: one, except where a FatturaPA file holds several.
    #[schema(value_type = Vec<Object>)]
    pub invoices: Vec<Invoice>,
    /// What is wrong by the rules of its format.
    pub issues: Vec<IssueView>,
    /// Files attached to the PDF, then those inside the XML.
    pub attachments: Vec<AttachmentView>,
}

/// A file that a document carries.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttachmentView {
    /// Its name.
    pub name: String,
    /// Its media type, as the document says it.
    pub media_type: String,
    /// What the document says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Bytes, where they can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// Where to get it.
    pub url: String,
}

impl EinvoiceView {
    /// The view of the e-invoice in a document.
    #[must_use]
    pub fn of(document: DocumentId, einvoice: Einvoice) -> Self {
        let attachments = einvoice.attachments.into_iter().enumerate().map(|(index, file)| AttachmentView {
            name: clean_name(Some(file.name)).unwrap_or_else(|| format!("attachment-{index}")),
            media_type: file.media_type,
            description: file.description,
            size: file.size,
            url: format!("/api/v1/documents/{document}/attachments/{index}"),
        });
        Self {
            kind: einvoice.kind.as_str().to_owned(),
            issues: einvoice.issues.iter().map(build::issue).collect(),
            attachments: attachments.collect(),
            invoices: einvoice.invoices,
        }
    }
}
