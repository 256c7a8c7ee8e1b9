//! An e-invoice as people are shown it: every business term, what is wrong, and the files inside.

use super::tree::Element;
use super::{EinvoiceError, embedded, fatturapa, read_full};
use crate::domain::xml::{decode, kind_of_root, unwrap_p7m};
use crate::domain::{AttachedFile, DocumentKind, Einvoice};

/// Reads an e-invoice whole.
///
/// # Errors
/// [`EinvoiceError`].
pub fn show(bytes: &[u8]) -> Result<Einvoice, EinvoiceError> {
    let unwrapped = unwrap_p7m(bytes);
    let text = decode(unwrapped.as_deref().unwrap_or(bytes))?;
    let (namespace, root) = Element::parse(&text)?;
    let kind = kind_of_root(&namespace, root.name).ok_or_else(|| EinvoiceError::Unknown(root.name.to_owned()))?;
    let attachments = embedded::list(&root);
    if kind == DocumentKind::Fatturapa {
        return Ok(Einvoice { kind, invoices: fatturapa::invoices(&root), issues: fatturapa::read(&root).issues, attachments });
    }
    let read = read_full(bytes)?;
    Ok(Einvoice { kind, invoices: read.invoice.into_iter().collect(), issues: read.extraction.issues, attachments })
}

/// The `index`th file (from 0) inside an e-invoice, in the order in which [`show`] lists them.
pub(in crate::reading) fn file(bytes: &[u8], index: usize) -> Option<AttachedFile> {
    let unwrapped = unwrap_p7m(bytes);
    let text = decode(unwrapped.as_deref().unwrap_or(bytes)).ok()?;
    let (_, root) = Element::parse(&text).ok()?;
    embedded::unpack(&root, index)
}
