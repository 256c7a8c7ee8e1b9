//! An e-invoice as people are shown it: every business term, what is wrong, and the files inside
//! (BG-24, FatturaPA's `Allegati`), which are unpacked only when somebody asks for one.

use super::tree::Element;
use super::values::decoded;
use super::{EinvoiceError, cii, fatturapa, read_full, ubl};
use crate::domain::einvoice::Attachment;
use crate::domain::xml::{decode, kind_of_root, unwrap_p7m};
use crate::domain::{Attached, AttachedFile, DocumentKind, Einvoice};

/// Reads an e-invoice whole.
///
/// # Errors
/// [`EinvoiceError`].
pub fn show(bytes: &[u8]) -> Result<Einvoice, EinvoiceError> {
    let read = read_full(bytes)?;
    let mut invoices: Vec<_> = read.invoice.into_iter().collect();
    if read.kind == DocumentKind::Fatturapa {
        invoices = with_root(bytes, |_, root| fatturapa::invoices(root))?;
    }
    let attachments = invoices.iter().flat_map(|invoice| &invoice.attachments).filter(|one| one.size.is_some()).map(about).collect();
    Ok(Einvoice { kind: read.kind, invoices, issues: read.extraction.issues, attachments })
}

/// The `index`th file (from 0) inside an e-invoice, in the order in which [`show`] lists them; `None`
/// where there is none or its base64 is damaged.
pub(in crate::reading) fn file(bytes: &[u8], index: usize) -> Option<AttachedFile> {
    let about = show(bytes).ok()?.attachments.into_iter().nth(index)?;
    let unpacked = with_root(bytes, |kind, root| {
        let objects: Vec<&Element> = match kind {
            DocumentKind::Cii => cii::attachments(root).filter_map(|one| one.first(&["AttachmentBinaryObject"])).collect(),
            DocumentKind::Fatturapa => {
                let packed = root.all(&["FatturaElettronicaBody", "Allegati"]);
                packed.into_iter().filter_map(|one| one.named("Attachment").find(|file| file.text().is_some())).collect()
            }
            _ => ubl::attachments(root).filter_map(|one| one.first(&["Attachment", "EmbeddedDocumentBinaryObject"])).collect(),
        };
        decoded(objects.get(index)?.value())
    });
    Some(AttachedFile { about, bytes: unpacked.ok()?? })
}

fn with_root<T>(bytes: &[u8], then: impl FnOnce(DocumentKind, &Element) -> T) -> Result<T, EinvoiceError> {
    let unwrapped = unwrap_p7m(bytes);
    let text = decode(unwrapped.as_deref().unwrap_or(bytes))?;
    let (namespace, root) = Element::parse(&text)?;
    let kind = kind_of_root(&namespace, root.name).ok_or_else(|| EinvoiceError::Unknown(root.name.to_owned()))?;
    Ok(then(kind, &root))
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
