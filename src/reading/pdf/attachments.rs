//! The e-invoice XML attached to a hybrid PDF (Factur-X, ZUGFeRD, XRechnung).

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, Object, Stream, String as PdfString};

use crate::domain::{DocumentKind, Issue, Reading};
use crate::reading::einvoice;

/// Names by which the standards attach the invoice, the best first.
const NAMES: &[&str] = &["factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml"];
const BROKEN: &str = "embedded-xml-broken";
/// Nobody attaches more to an invoice.
const MAX_FILES: usize = 100;
const MAX_DEPTH: u8 = 12;

struct File<'a> {
    name: String,
    /// `None` where the file is named but its bytes cannot be found.
    content: Option<Stream<'a>>,
}

/// Looks for an e-invoice among the attached files and puts its fields into the reading.
pub(super) fn find(pdf: &Pdf, reading: &mut Reading) {
    let mut files = attached(pdf);
    files.retain(|file| rank(&file.name) < NAMES.len() || file.name.ends_with(".xml"));
    files.sort_by_key(|file| rank(&file.name));
    for file in files {
        let outcome = match file.content.as_ref().map(Stream::decoded_data) {
            Some(Ok(bytes)) => einvoice::read(&bytes).map_err(|error| error.to_string()),
            Some(Err(_)) => Err("its bytes cannot be unpacked".to_owned()),
            None => Err("its bytes cannot be found".to_owned()),
        };
        match outcome {
            Ok((_, extraction)) => {
                reading.kind = DocumentKind::FacturxPdf;
                reading.einvoice = Some(extraction);
                reading.issues.retain(|issue| issue.code != BROKEN);
                return;
            }
            Err(cause) if rank(&file.name) < NAMES.len() => {
                let message = format!("The attached e-invoice {:?} cannot be read: {cause}. The page was read instead.", file.name);
                if !reading.issues.iter().any(|issue| issue.code == BROKEN) {
                    reading.issues.push(Issue::new(BROKEN, message)); // a file is often named twice
                }
            }
            Err(_) => {} // some other XML
        }
    }
}

fn rank(name: &str) -> usize {
    NAMES.iter().position(|known| *known == name).unwrap_or(NAMES.len())
}

/// Files named in the catalogue: associated files and the name tree of embedded files.
fn attached(pdf: &Pdf) -> Vec<File<'_>> {
    let mut files = Vec::new();
    let Some(catalogue) = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id()) else {
        return files;
    };
    if let Some(associated) = catalogue.get::<Array<'_>>("AF") {
        for specification in associated.iter::<Dict<'_>>().take(MAX_FILES) {
            files.extend(file(&specification));
        }
    }
    if let Some(tree) = catalogue.get::<Dict<'_>>("Names").and_then(|names| names.get::<Dict<'_>>("EmbeddedFiles")) {
        walk(&tree, &mut files, 0);
    }
    files
}

fn walk<'a>(node: &Dict<'a>, files: &mut Vec<File<'a>>, depth: u8) {
    if depth > MAX_DEPTH || files.len() > MAX_FILES {
        return;
    }
    if let Some(names) = node.get::<Array<'_>>("Names") {
        // name, specification, name, specification …
        for object in names.iter::<Object<'_>>().take(2 * MAX_FILES) {
            if let Object::Dict(specification) = object {
                files.extend(file(&specification));
            }
        }
    }
    if let Some(kids) = node.get::<Array<'_>>("Kids") {
        for kid in kids.iter::<Dict<'_>>().take(MAX_FILES) {
            walk(&kid, files, depth + 1);
        }
    }
}

fn file<'a>(specification: &Dict<'a>) -> Option<File<'a>> {
    let name = specification.get::<PdfString<'_>>("UF").or_else(|| specification.get::<PdfString<'_>>("F"))?;
    let streams = specification.get::<Dict<'_>>("EF")?;
    let content = streams.get::<Stream<'_>>("F").or_else(|| streams.get::<Stream<'_>>("UF"));
    let name = text_string(name.as_bytes()).to_lowercase();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    Some(File { name, content })
}

/// A PDF text string: UTF-16 or UTF-8 with a mark, else one byte a letter.
fn text_string(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => encoding_rs::UTF_16BE.decode_without_bom_handling(rest).0.into_owned(),
        [0xFF, 0xFE, rest @ ..] => encoding_rs::UTF_16LE.decode_without_bom_handling(rest).0.into_owned(),
        _ => encoding_rs::UTF_8.decode(bytes).0.into_owned(),
    }
}
