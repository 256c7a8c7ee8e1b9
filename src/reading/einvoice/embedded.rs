//! Files inside an e-invoice's XML (BG-24, FatturaPA's `Allegati`): found in document order, unpacked
//! only when somebody asks for one.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::tree::Element;
use super::values::decoded_size;
use crate::domain::{Attached, AttachedFile};

/// Document types whose reference is another business term (tender, invoiced object).
const NO_ATTACHMENT: &[&str] = &["50", "130"];

/// A file inside the XML, still packed.
struct Packed<'a> {
    name: Option<&'a str>,
    media_type: Option<String>,
    description: Option<&'a str>,
    base64: &'a str,
}

fn find<'a>(element: &'a Element<'_>, found: &mut Vec<Packed<'a>>) {
    for child in element.children() {
        let kind = child.text_at(&["TypeCode"]).or(child.text_at(&["DocumentTypeCode"]));
        let object = match child.name {
            "AdditionalDocumentReference" => child.first(&["Attachment", "EmbeddedDocumentBinaryObject"]),
            "AdditionalReferencedDocument" => child.first(&["AttachmentBinaryObject"]),
            "Allegati" => child.first(&["Attachment"]),
            _ => {
                find(child, found);
                continue;
            }
        };
        let Some(object) = object.filter(|_| !kind.is_some_and(|kind| NO_ATTACHMENT.contains(&kind))) else { continue };
        let first = |paths: &[&str]| paths.iter().find_map(|path| child.text_at(&[path]));
        found.push(Packed {
            name: object.attribute("filename").or_else(|| first(&["NomeAttachment", "IssuerAssignedID", "ID"])),
            media_type: object.attribute("mimeCode").map(str::to_owned).or_else(|| first(&["FormatoAttachment"]).map(media_type)),
            description: first(&["DocumentDescription", "Name", "DescrizioneAttachment"]),
            base64: object.value(),
        });
    }
}

/// The files inside, without their bytes.
pub(super) fn list(root: &Element) -> Vec<Attached> {
    let mut found = Vec::new();
    find(root, &mut found);
    found.iter().map(Packed::about).collect()
}

/// The `index`th of [`list`], from 0; `None` where there is none or its base64 is damaged.
pub(super) fn unpack(root: &Element, index: usize) -> Option<AttachedFile> {
    let mut found = Vec::new();
    find(root, &mut found);
    let packed = found.get(index)?;
    let digits: Vec<u8> = packed.base64.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&STANDARD, lenient).decode(digits).ok()?;
    Some(AttachedFile { about: packed.about(), bytes })
}

impl Packed<'_> {
    fn about(&self) -> Attached {
        Attached {
            name: self.name.unwrap_or("attachment").to_owned(),
            media_type: self.media_type.clone().unwrap_or_else(|| "application/octet-stream".to_owned()),
            description: self.description.map(str::to_owned),
            size: Some(decoded_size(self.base64)),
        }
    }
}

/// The media type that a file's ending or a format's name stands for.
pub(in crate::reading) fn media_type(format: &str) -> String {
    let ending = format.rsplit('.').next().unwrap_or_default().trim().to_ascii_lowercase();
    match ending.as_str() {
        _ if format.contains('/') => format.to_ascii_lowercase(),
        "pdf" => "application/pdf".to_owned(),
        "xml" => "application/xml".to_owned(),
        "png" => "image/png".to_owned(),
        "jpg" | "jpeg" => "image/jpeg".to_owned(),
        "tif" | "tiff" => "image/tiff".to_owned(),
        "txt" => "text/plain".to_owned(),
        "csv" => "text/csv".to_owned(),
        "zip" => "application/zip".to_owned(),
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned(),
        "ods" => "application/vnd.oasis.opendocument.spreadsheet".to_owned(),
        _ => "application/octet-stream".to_owned(),
    }
}
