//! Files attached to a PDF, and among them the e-invoice of a hybrid one (Factur-X, ZUGFeRD, XRechnung).
//!
//! Looks wherever PDF lets a file be attached: the catalogue's name tree and associated files, those of
//! pages, and annotations of pages. Which XML is the invoice is decided by its standard names first and
//! by its declared relationship then; that others were left out is said, and that they disagree.

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier, Stream, String as PdfString};

use crate::domain::{Attached, AttachedFile, DocumentKind, Einvoice, Extraction, FieldName, Issue, Reading};
use crate::reading::ReadError;
use crate::reading::einvoice::{self, show::media_type};

/// Names by which the standards attach the invoice, the best first.
const NAMES: &[&str] = &["factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml"];
/// Names by which they attach something else: an order, a despatch advice.
const NO_INVOICES: &[&str] = &["order-x.xml", "cida.xml"];
/// How the file relates to the page, the likeliest for an invoice first.
const RELATIONS: &[&str] = &["Alternative", "Data", "Source"];

const BROKEN: &str = "embedded-xml-broken";
const SEVERAL: &str = "several-embedded-xmls";
const DISAGREE: &str = "embedded-xmls-disagree";
const OTHER_FILES: &str = "attached-files";
/// Other files that are named one by one.
const NAMED: usize = 5;

/// Nobody attaches more to an invoice.
const MAX_FILES: usize = 100;
const MAX_DEPTH: u8 = 12;
/// Nodes of the name tree that are visited: one that contains itself has no end.
const MAX_NODES: usize = 1000;
/// Pages that are looked through for attached files.
const MAX_PAGES: usize = 200;
/// XMLs that are tried.
const MAX_XMLS: usize = 10;

struct File<'a> {
    /// As written.
    name: String,
    description: Option<String>,
    media_type: Option<String>,
    relation: usize,
    size: Option<usize>,
    /// `None` where the file is named but its bytes cannot be found.
    content: Option<Stream<'a>>,
}

impl File<'_> {
    fn rank(&self) -> usize {
        let name = self.name.to_lowercase();
        NAMES.iter().position(|known| *known == name.trim()).unwrap_or(NAMES.len())
    }

    fn is_standard(&self) -> bool {
        self.rank() < NAMES.len()
    }

    fn may_be_invoice(&self) -> bool {
        let name = self.name.to_lowercase();
        let is_xml = || name.trim().ends_with(".xml") || self.media_type.as_deref().is_some_and(|kind| kind.ends_with("xml"));
        self.is_standard() || (is_xml() && !NO_INVOICES.contains(&name.trim()))
    }

    fn bytes(&self) -> Result<Vec<u8>, &'static str> {
        let content = self.content.as_ref().ok_or("its bytes cannot be found")?;
        content.decoded_data().map(|bytes| bytes.into_owned()).map_err(|_| "its bytes cannot be unpacked")
    }

    fn about(&self) -> Attached {
        Attached {
            name: self.name.clone(),
            media_type: self.media_type.clone().unwrap_or_else(|| media_type(&self.name)),
            description: self.description.clone(),
            size: self.size,
        }
        .shortened()
    }
}

/// Looks for an e-invoice among the attached files and puts its fields into the reading.
pub(super) fn find(pdf: &Pdf, reading: &mut Reading) {
    let mut found: Vec<(String, Extraction)> = Vec::new();
    let files = attached(pdf);
    reading.issues.extend(other_files(&files));
    for file in candidates(files) {
        let outcome = file.bytes().map_err(str::to_owned).and_then(|bytes| einvoice::read(&bytes).map_err(|error| error.to_string()));
        match outcome {
            Ok((_, extraction)) => found.push((file.name, extraction)),
            Err(cause) if file.is_standard() && !reading.issues.iter().any(|issue| issue.code == BROKEN) => {
                let message = format!("The attached e-invoice {:?} cannot be read: {cause}. The page was read instead.", file.name);
                reading.issues.push(Issue::new(BROKEN, message));
            }
            Err(_) => {} // some other XML
        }
    }
    let mut found = found.into_iter();
    let Some((name, chosen)) = found.next() else { return };
    reading.issues.retain(|issue| issue.code != BROKEN);
    reading.issues.extend(others(&name, &chosen, found.as_slice()));
    reading.kind = DocumentKind::FacturxPdf;
    reading.einvoice = Some(chosen);
}

/// Files that are no e-invoice: a person should know that there are time sheets and the like.
fn other_files(files: &[File<'_>]) -> Option<Issue> {
    let others: Vec<&File<'_>> = files.iter().filter(|file| !file.may_be_invoice()).collect();
    if others.is_empty() {
        return None;
    }
    let mut named: Vec<String> = others.iter().take(NAMED).map(|file| format!("{:?} ({})", file.name, file.about().media_type)).collect();
    if others.len() > NAMED {
        named.push(format!("{} more", others.len() - NAMED));
    }
    Some(Issue::new(OTHER_FILES, format!("The PDF carries other files, which were not read: {}.", named.join(", "))))
}

/// The XMLs that may be the invoice, the likeliest first.
fn candidates(mut files: Vec<File<'_>>) -> Vec<File<'_>> {
    files.retain(File::may_be_invoice);
    files.sort_by_key(|file| (file.rank(), file.relation));
    files.truncate(MAX_XMLS);
    files
}

/// What is said of the e-invoices that were not taken.
fn others(name: &str, chosen: &Extraction, others: &[(String, Extraction)]) -> Option<Issue> {
    if others.is_empty() {
        return None;
    }
    let names: Vec<String> = others.iter().map(|(other, _)| format!("{other:?}")).collect();
    let told = [FieldName::InvoiceNumber, FieldName::TotalAmount, FieldName::Currency, FieldName::Iban];
    for (other, extraction) in others {
        let differing = told.iter().find(|field| differ(chosen, extraction, **field));
        if let Some(field) = differing {
            let (a, b) = (chosen.text(*field).unwrap_or_default(), extraction.text(*field).unwrap_or_default());
            let text = format!(
                "The PDF carries several e-invoices that disagree: {} is {a} in {name:?}, which was taken, and {b} in {other:?}.",
                field.label()
            );
            return Some(Issue::on(*field, DISAGREE, text));
        }
    }
    let text = format!("The PDF carries several e-invoices: {name:?} was taken; {} says the same and was left out.", names.join(", "));
    Some(Issue::new(SEVERAL, text))
}

fn differ(a: &Extraction, b: &Extraction, field: FieldName) -> bool {
    match (a.text(field), b.text(field)) {
        (Some(_), Some(_)) if field == FieldName::TotalAmount => a.amount(field) != b.amount(field),
        (Some(a), Some(b)) => a != b,
        _ => false,
    }
}

/// The e-invoice in a PDF as people are shown it, with everything else that is attached.
///
/// # Errors
/// `no-einvoice`, and as for opening it.
pub(in crate::reading) fn show(bytes: &[u8]) -> Result<Einvoice, ReadError> {
    let super::Document { pdf } = super::Document::open(bytes)?;
    let files = attached(&pdf);
    let listed: Vec<_> = files.iter().map(File::about).collect();
    let shown = candidates(files).into_iter().find_map(|file| einvoice::show::show(&file.bytes().ok()?).ok());
    let mut shown = shown.ok_or_else(|| ReadError::new("no-einvoice", "The PDF carries no e-invoice that can be read."))?;
    shown.attachments.splice(0..0, listed);
    Ok(shown)
}

/// The `index`th file, from 0, in the order of [`show`].
///
/// # Errors
/// As for opening it; what is not there is `None`.
pub(in crate::reading) fn file(bytes: &[u8], index: usize) -> Result<Option<AttachedFile>, ReadError> {
    Ok(nth(&super::Document::open(bytes)?.pdf, index))
}

fn nth(pdf: &Pdf, index: usize) -> Option<AttachedFile> {
    let files = attached(pdf);
    if let Some(file) = files.get(index) {
        return Some(AttachedFile { about: file.about(), bytes: file.bytes().ok()? });
    }
    let count = files.len();
    let xml = candidates(files).into_iter().filter_map(|file| file.bytes().ok()).find(|bytes| einvoice::probe(bytes).is_ok())?;
    einvoice::show::file(&xml, index - count)
}

/// Every file attached to the document or a page, each once.
fn attached(pdf: &Pdf) -> Vec<File<'_>> {
    let mut found = Found::default();
    if let Some(catalogue) = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id()) {
        if let Some(tree) = catalogue.get::<Dict<'_>>("Names").and_then(|names| names.get::<Dict<'_>>("EmbeddedFiles")) {
            found.walk(&tree, 0);
        }
        found.associated(&catalogue);
    }
    for page in pdf.pages().iter().take(MAX_PAGES) {
        let page = page.raw();
        found.associated(page);
        let Some(annotations) = page.get::<Array<'_>>("Annots") else { continue };
        for annotation in annotations.iter::<Dict<'_>>().take(MAX_FILES) {
            if annotation.get::<Name<'_>>("Subtype").is_some_and(|kind| kind.as_str() == "FileAttachment")
                && let Some(specification) = annotation.get::<Dict<'_>>("FS")
            {
                found.add(&specification);
            }
        }
    }
    found.files
}

#[derive(Default)]
struct Found<'a> {
    files: Vec<File<'a>>,
    seen: Vec<ObjectIdentifier>,
    /// Of the name tree.
    nodes: usize,
}

impl<'a> Found<'a> {
    fn associated(&mut self, holder: &Dict<'a>) {
        match holder.get::<Object<'_>>("AF") {
            Some(Object::Array(files)) => files.iter::<Dict<'_>>().take(MAX_FILES).for_each(|one| self.add(&one)),
            Some(Object::Dict(one)) => self.add(&one),
            _ => {}
        }
    }

    fn walk(&mut self, node: &Dict<'a>, depth: u8) {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES || self.files.len() >= MAX_FILES {
            return;
        }
        if let Some(names) = node.get::<Array<'_>>("Names") {
            // name, specification, name, specification …
            for object in names.iter::<Object<'_>>().take(2 * MAX_FILES) {
                if let Object::Dict(specification) = object {
                    self.add(&specification);
                }
            }
        }
        if let Some(kids) = node.get::<Array<'_>>("Kids") {
            for kid in kids.iter::<Dict<'_>>().take(MAX_FILES) {
                self.walk(&kid, depth + 1);
            }
        }
    }

    fn add(&mut self, specification: &Dict<'a>) {
        if self.files.len() >= MAX_FILES {
            return;
        }
        let Some(file) = file_of(specification) else { return };
        // Most files are named twice: in the name tree and as associated.
        match file.content.as_ref().map(Stream::obj_id) {
            Some(id) if self.seen.contains(&id) => {
                let known = self.files.iter_mut().find(|known| known.content.as_ref().map(Stream::obj_id) == Some(id));
                if let Some(known) = known {
                    known.relation = known.relation.min(file.relation);
                }
            }
            Some(id) => {
                self.seen.push(id);
                self.files.push(file);
            }
            None if self.files.iter().any(|known| known.name == file.name) => {}
            None => self.files.push(file),
        }
    }
}

fn file_of<'a>(specification: &Dict<'a>) -> Option<File<'a>> {
    let text = |key: &str| specification.get::<PdfString<'_>>(key).map(|text| text_string(text.as_bytes()));
    let name = text("UF").or_else(|| text("F"))?;
    let streams = specification.get::<Dict<'_>>("EF")?;
    let content = streams.get::<Stream<'_>>("F").or_else(|| streams.get::<Stream<'_>>("UF"));
    let relation = specification.get::<Name<'_>>("AFRelationship");
    let relation = relation.and_then(|relation| RELATIONS.iter().position(|known| *known == relation.as_str()));
    let dictionary = content.as_ref().map(Stream::dict);
    let size = dictionary.and_then(|one| one.get::<Dict<'_>>("Params")).and_then(|parameters| parameters.get::<i64>("Size"));
    Some(File {
        name: name.rsplit(['/', '\\']).next().unwrap_or_default().trim().to_owned(),
        description: text("Desc").filter(|text| !text.trim().is_empty()),
        media_type: dictionary.and_then(|one| one.get::<Name<'_>>("Subtype")).map(|kind| kind.as_str().to_lowercase()),
        relation: relation.unwrap_or(RELATIONS.len()),
        size: size.and_then(|size| usize::try_from(size).ok()),
        content,
    })
}

/// A PDF text string: UTF-16 or UTF-8 with a mark, else one byte a letter.
fn text_string(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => encoding_rs::UTF_16BE.decode_without_bom_handling(rest).0.into_owned(),
        [0xFF, 0xFE, rest @ ..] => encoding_rs::UTF_16LE.decode_without_bom_handling(rest).0.into_owned(),
        _ => encoding_rs::UTF_8.decode(bytes).0.into_owned(),
    }
}
