//! An e-invoice as people are shown it: every business term, what is wrong, and the files inside
//! (BG-24, FatturaPA's `Allegati`), which are unpacked only when somebody asks for one.

use super::tree::Element;
use super::values::decoded;
use super::{EinvoiceError, cii, document, fatturapa, ubl, with_root};
use crate::domain::einvoice::{Attachment, Invoice};
use crate::domain::{Attached, AttachedFile, DocumentKind, Einvoice};

/// Reads an e-invoice whole.
///
/// # Errors
/// [`EinvoiceError`].
pub fn show(bytes: &[u8]) -> Result<Einvoice, EinvoiceError> {
    with_root(bytes, |kind, root| {
        let read = document(kind, root);
        let invoices = match kind {
            DocumentKind::Fatturapa => fatturapa::invoices(root),
            _ => read.invoice.into_iter().collect(),
        };
        let attachments = listed(&invoices).collect();
        Einvoice { kind, invoices, issues: read.extraction.issues, attachments }
    })
}

/// The `index`th file (from 0) inside an e-invoice, in the order in which [`show`] lists them; `None`
/// where there is none or its base64 is damaged.
pub(in crate::reading) fn file(bytes: &[u8], index: usize) -> Option<AttachedFile> {
    let unpacked = with_root(bytes, |kind, root| {
        let (invoices, objects): (Vec<Invoice>, Vec<&Element>) = match kind {
            DocumentKind::Cii => {
                (vec![cii::read(root)], cii::attachments(root).filter_map(|one| one.first(&["AttachmentBinaryObject"])).collect())
            }
            DocumentKind::Fatturapa => {
                let packed = root.all(&["FatturaElettronicaBody", "Allegati"]);
                let files = packed.into_iter().filter_map(|one| one.named("Attachment").find(|file| file.text().is_some()));
                (fatturapa::invoices(root), files.collect())
            }
            _ => {
                let files = ubl::attachments(root).filter_map(|one| one.first(&["Attachment", "EmbeddedDocumentBinaryObject"]));
                (vec![ubl::read(root)], files.collect())
            }
        };
        Some(AttachedFile { about: listed(&invoices).nth(index)?, bytes: decoded(objects.get(index)?.value())? })
    });
    unpacked.ok()?
}

/// The files inside, in order.
fn listed(invoices: &[Invoice]) -> impl Iterator<Item = Attached> {
    invoices.iter().flat_map(|invoice| &invoice.attachments).filter(|one| one.size.is_some()).map(about)
}

fn about(one: &Attachment) -> Attached {
    let name = one.filename.clone().or_else(|| one.id.clone()).unwrap_or_else(|| "attachment".to_owned());
    Attached {
        media_type: one.mime.clone().unwrap_or_else(|| media_type(&name)),
        name,
        description: one.description.clone(),
        size: one.size,
    }
    .shortened()
}

/// The media type that a file's ending or a format's name stands for.
pub(in crate::reading) fn media_type(format: &str) -> String {
    let ending = format.rsplit('.').next().unwrap_or_default().trim().to_ascii_lowercase();
    match ending.as_str() {
        _ if format.contains('/') => return format.to_ascii_lowercase(),
        "pdf" => "application/pdf",
        "xml" => "application/xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "tif" | "tiff" => "image/tiff",
        "txt" => "text/plain",
        "csv" => "text/csv",
        "zip" => "application/zip",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        _ => "application/octet-stream",
    }
    .to_owned()
}
