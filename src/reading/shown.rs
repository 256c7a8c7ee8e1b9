//! What people are shown of a document beside its pages: its e-invoice, and the files it carries.

use super::{ReadError, einvoice, pdf};
use crate::domain::{AttachedFile, DocumentKind, Einvoice};

/// Reads the e-invoice in a document whole, to show it. For the reading child; elsewhere use
/// [`super::ReaderPool::einvoice`].
///
/// # Errors
/// `no-einvoice`; `broken-file`, `password-protected`.
pub fn show(bytes: &[u8], kind: DocumentKind) -> Result<Einvoice, ReadError> {
    match kind {
        DocumentKind::Ubl | DocumentKind::Cii | DocumentKind::Fatturapa => {
            einvoice::show::show(bytes).map_err(|error| ReadError::broken(error.to_string()))
        }
        DocumentKind::Pdf | DocumentKind::FacturxPdf => pdf::attachments::show(bytes),
        _ => Err(ReadError::new("no-einvoice", "An image carries no e-invoice.")),
    }
}

/// Unpacks the `index`th file (from 0) that a document carries, in the order in which [`show`] lists
/// them. For the reading child; elsewhere use [`super::ReaderPool::attachment`].
///
/// # Errors
/// `no-such-attachment`, also where its bytes are damaged; `broken-file`, `password-protected`.
pub fn attachment(bytes: &[u8], kind: DocumentKind, index: usize) -> Result<AttachedFile, ReadError> {
    let file = match kind {
        DocumentKind::Ubl | DocumentKind::Cii | DocumentKind::Fatturapa => einvoice::show::file(bytes, index),
        DocumentKind::Pdf | DocumentKind::FacturxPdf => pdf::attachments::file(bytes, index)?,
        _ => None,
    };
    file.ok_or_else(|| ReadError::new("no-such-attachment", "The document carries no such file, or it is damaged."))
}
