//! Extraction: pages of words become invoice fields with confidence, place and issues.
//!
//! Runs once a document, after reading. Parsers find typed candidates ([`candidates`]), the model
//! scores them for each field ([`features`]), [`decode`] chooses the values that agree best, and
//! what agrees with no law of an invoice is an issue, never a refusal. The exact fields of an
//! e-invoice win over the page; the page then says where they stand and whether it shows the same
//! ([`comparison`]). It refuses a model trained for other features.

pub mod amounts;
pub mod candidates;
pub mod comparison;
pub mod context;
pub mod dates;
pub mod decode;
pub mod evidence;
pub mod features;
pub mod items;
pub mod kind;
pub mod layout;
pub mod parts;
mod standing;
mod whole;

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::domain::invoice::NOT_AN_INVOICE;
use crate::domain::{DocumentType, Extraction, Field, FieldName, Issue, Page, PageBox, Reading, Source};
use crate::inference::{InferenceError, Model, Models, Tensor};
use candidates::{Candidate, Kind, SCORED};
use evidence::Evidence;
use features::{DENSE, ID_WIDTH};
use layout::Doc;

/// Name of the model's folder.
pub const MODEL: &str = "extractor";

/// Why extraction cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ExtractionError {
    /// The model cannot be loaded or run.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// The model was trained for other features or fields than this program computes.
    #[error("model {model} does not fit this program: {reason}; train it again with `countersign train extractor`")]
    WrongModel {
        /// Name and version.
        model: String,
        /// What differs.
        reason: String,
    },
}

/// The field extractor. One serves all threads.
pub struct Extractor {
    model: Arc<dyn Model>,
    present: f64,
}

impl Extractor {
    /// Loads the model.
    ///
    /// # Errors
    /// [`ExtractionError`].
    pub fn open(models: &Models) -> Result<Self, ExtractionError> {
        let model = models.get(MODEL)?;
        let manifest = model.manifest();
        let wrong = |reason: String| ExtractionError::WrongModel { model: model.id().to_string(), reason };
        let version = manifest.settings.get("features").and_then(toml::Value::as_integer);
        if version != Some(features::VERSION) {
            return Err(wrong(format!("features {version:?}, expected {}", features::VERSION)));
        }
        let fields: Vec<&str> =
            manifest.settings.get("fields").and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_str).collect();
        if !fields.iter().copied().eq(SCORED.iter().map(|f| f.as_str())) {
            return Err(wrong(format!("fields {fields:?}")));
        }
        let present = manifest.thresholds.get("present").copied().unwrap_or(0.5);
        Ok(Self { model: Arc::clone(&model), present })
    }

    /// Extracts the fields of one document; `evidence` is what the master data knows.
    ///
    /// # Errors
    /// [`ExtractionError::Inference`] where the model does not run; a document without words gives
    /// an extraction without fields and the issue `no-text`.
    pub fn extract(&self, reading: &Reading, evidence: &Evidence) -> Result<Extraction, ExtractionError> {
        let mut out = match &reading.einvoice {
            Some(exact) => {
                let mut out = exact.clone();
                let doc = Doc::new(&reading.pages);
                place_exact(&doc, &mut out);
                if !reading.pages.is_empty() {
                    out.issues
                        .extend(comparison::compare(&doc, exact, comparison::is_whole(reading), || self.read_pages(reading, evidence))?);
                }
                out
            }
            None => self.read_pages(reading, evidence)?,
        };
        out.issues.splice(0..0, reading.issues.iter().cloned());
        out.turns = turns(reading);
        Ok(out)
    }

    fn read_pages(&self, reading: &Reading, evidence: &Evidence) -> Result<Extraction, ExtractionError> {
        let doc = Doc::new(&reading.pages);
        let mut out = Extraction::default();
        if doc.tokens.is_empty() {
            out.document_type = DocumentType::Other;
            if reading.issues.is_empty() {
                out.issues.push(Issue::new("no-text", "the document has no words to read: enter its fields by hand"));
            }
            return Ok(out);
        }
        let (found, conventions) = candidates::find(&doc);
        self.header(&mut out, &reading.pages, (&doc, &found), evidence)?;
        if let Some(advice) = out.paper().advice().filter(|_| out.document_type == DocumentType::Other) {
            out.issues.push(Issue::new(NOT_AN_INVOICE, advice));
        }
        let known = items::Known {
            net: out.amount(FieldName::NetAmount),
            tax: out.amount(FieldName::TaxAmount),
            total: out.amount(FieldName::TotalAmount),
        };
        let lines = items::read(&doc, conventions.decimal, &known);
        out.lines = lines.items;
        credit_signs(&mut out);
        check(&mut out);
        out.issues.extend(items::arithmetic(&lines.disagreeing));
        out.model.insert(MODEL.to_owned(), self.model.id().sha256.clone());
        Ok(out)
    }

    /// The header fields of pages and what the paper is; amounts carry the sign that is printed.
    fn header(
        &self,
        out: &mut Extraction,
        pages: &[Page],
        (doc, found): (&Doc, &[Candidate]),
        evidence: &Evidence,
    ) -> Result<(), ExtractionError> {
        let mut scores = self.score(doc, found)?;
        evidence.weigh(found, &mut scores);
        let chosen = decode::choose(found, &scores, self.present);
        // A document may be digital on one page and scanned on the next.
        let source_of = |token: usize| pages.get(doc.tokens[token].page).map_or(Source::PdfText, |page| page.source);
        for (&name, choice) in &chosen {
            let candidate = &found[choice.row];
            self.put(out, doc, candidate, (name, choice.probability), source_of(candidate.first));
        }
        let total = chosen.get(&FieldName::TotalAmount).map(|c| c.row);
        if let Some((code, raw, token)) = whole::currency(doc, found, total) {
            let boxes = token.map(|t| doc.tokens[t].place()).into_iter().collect();
            let confidence = self.calibrated(FieldName::Currency, raw);
            let source = source_of(token.or(total.map(|row| found[row].first)).unwrap_or(0));
            out.fields.insert(FieldName::Currency, Field { value: code.to_owned(), confidence, source, boxes });
        }
        if let Some(choice) = chosen.get(&FieldName::SupplierName) {
            address(out, doc, &found[choice.row], source_of(found[choice.row].first));
        }
        out.set_kind(kind::of(doc, total.is_some()));
        Ok(())
    }

    fn score(&self, doc: &Doc, found: &[Candidate]) -> Result<Vec<f32>, ExtractionError> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let features = features::compute(doc, found);
        let lines = context::compute(doc, found);
        let outputs = self.model.run_whole(&inputs(features, lines))?;
        let scores = outputs.first().and_then(Tensor::as_f32).filter(|s| s.len() == found.len() * SCORED.len());
        scores.map(<[f32]>::to_vec).ok_or_else(|| ExtractionError::WrongModel {
            model: self.model.id().to_string(),
            reason: "its output has another shape".to_owned(),
        })
    }

    fn calibrated(&self, field: FieldName, raw: f64) -> f64 {
        self.model.manifest().calibrated(field.as_str(), raw)
    }

    fn put(&self, out: &mut Extraction, doc: &Doc, candidate: &Candidate, (name, raw): (FieldName, f64), source: Source) {
        let mut value = candidate.value.clone();
        if name == FieldName::SupplierTaxId && candidate.vat.is_some() {
            value = value.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
        }
        let value = match name.canonical(&value) {
            Ok(value) => value,
            Err(message) if name == FieldName::Iban => {
                // As with an e-invoice: what is printed is shown, and nothing can be paid to it.
                out.issues.push(Issue::on(name, "iban-invalid", message));
                value
            }
            Err(message) => {
                out.issues.push(Issue::on(name, "not-canonical", message));
                return;
            }
        };
        let confidence = self.calibrated(name, raw);
        out.fields.insert(name, Field { value, confidence, source, boxes: places(doc, candidate) });
    }
}

/// Pages that are drawn turned.
fn turns(reading: &Reading) -> BTreeMap<u32, u8> {
    reading.pages.iter().filter(|page| page.turns != 0).map(|page| (page.number, page.turns)).collect()
}

/// The model's inputs, in the order of its graph.
pub(crate) fn inputs(features: features::Features, lines: context::Lines) -> [Tensor; 6] {
    let rows = lines.of_candidate.len();
    let integers = |shape: &[usize], data: Vec<i64>| Tensor::I64 { shape: shape.to_vec(), data };
    [
        integers(&[rows, ID_WIDTH], features.ids.into_iter().map(i64::from).collect()),
        Tensor::matrix(rows, DENSE, features.dense),
        integers(&[rows], lines.of_candidate.iter().map(|&line| line as i64).collect()),
        integers(&[lines.count, context::LINE_IDS], lines.ids.into_iter().map(i64::from).collect()),
        Tensor::matrix(lines.count, context::LINE_DENSE, lines.dense),
        integers(&[lines.count, lines.count], lines.relations.into_iter().map(i64::from).collect()),
    ]
}

/// The boxes of a candidate, one a row.
fn places(doc: &Doc, candidate: &Candidate) -> Vec<PageBox> {
    [Some((candidate.first, candidate.end)), candidate.more]
        .into_iter()
        .flatten()
        .filter_map(|(first, end)| row_box(doc, first, end))
        .collect()
}

fn row_box(doc: &Doc, first: usize, end: usize) -> Option<PageBox> {
    let mut tokens = doc.tokens[first..end].iter();
    let start = tokens.next()?.place();
    Some(tokens.fold(start, |sum, token| PageBox { page: sum.page, bbox: sum.bbox.union(&token.bbox) }))
}

/// The supplier's address: where the name is right the lines below it nearly always are, so it
/// takes the name's confidence, a little lowered.
fn address(out: &mut Extraction, doc: &Doc, name: &Candidate, source: Source) {
    let lines = whole::supplier_address(doc, name);
    let Some(confidence) = out.fields.get(&FieldName::SupplierName).map(|f| f.confidence * 0.9) else {
        return;
    };
    let text = lines.iter().map(|&(first, end)| doc.text(first, end)).collect::<Vec<_>>().join(", ");
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    if let Ok(value) = FieldName::SupplierAddress.canonical(text) {
        let boxes = lines.iter().filter_map(|&(first, end)| row_box(doc, first, end)).collect();
        out.fields.insert(FieldName::SupplierAddress, Field { value, confidence, source, boxes });
    }
}

/// A credit note's amounts are positive by this program's convention.
fn credit_signs(out: &mut Extraction) {
    for name in [FieldName::NetAmount, FieldName::TaxAmount, FieldName::TotalAmount] {
        if out.document_type == DocumentType::CreditNote
            && let Some(field) = out.fields.get_mut(&name)
            && let Some(positive) = field.value.strip_prefix('-')
        {
            field.value = positive.to_owned();
        }
    }
}

/// The laws that the values break, as issues.
fn check(out: &mut Extraction) {
    let amount = |name| out.amount(name);
    if let (Some(net), Some(tax), Some(total)) =
        (amount(FieldName::NetAmount), amount(FieldName::TaxAmount), amount(FieldName::TotalAmount))
        && (net + tax - total).abs() > Decimal::new(1, 2)
    {
        let text = format!("net {net} plus tax {tax} is not the total {total}: check the amounts");
        out.issues.push(Issue::on(FieldName::TotalAmount, "totals-disagree", text));
    }
    if let (Some(issue), Some(due)) = (out.date(FieldName::IssueDate), out.date(FieldName::DueDate))
        && due < issue
    {
        out.issues.push(Issue::on(FieldName::DueDate, "dates-disorder", "the due date is before the issue date"));
    }
    let lines: Vec<Decimal> = out.lines.iter().filter_map(|l| l.amount).collect();
    let sum: Decimal = lines.iter().sum();
    if let Some(net) = out.amount(FieldName::NetAmount)
        && lines.len() > 1
        && lines.len() == out.lines.len()
        && (sum - net).abs() > Decimal::ONE
        && out.amount(FieldName::TotalAmount).is_none_or(|total| (sum - total).abs() > Decimal::ONE)
    {
        let text = format!("the lines sum to {sum}, the net amount is {net}: a line, a discount or a charge may be missing");
        out.issues.push(Issue::on(FieldName::NetAmount, "lines-disagree", text));
    }
}

/// Finds where the exact values of an e-invoice stand on its pages.
fn place_exact(doc: &Doc, out: &mut Extraction) {
    if doc.tokens.is_empty() {
        return;
    }
    let (found, _) = candidates::find(doc);
    for (&name, field) in &mut out.fields {
        let Some(kind) = Kind::of(name).filter(|_| field.boxes.is_empty()) else { continue };
        let hit = found.iter().find(|c| c.kind == kind && says(c, &field.value));
        field.boxes = hit.map(|c| places(doc, c)).unwrap_or_default();
    }
}

fn says(candidate: &Candidate, value: &str) -> bool {
    let compact = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    match candidate.kind {
        Kind::Amount => Decimal::from_str_exact(value).is_ok_and(|v| v == candidate.decimal()),
        _ => compact(&candidate.value) == compact(value),
    }
}

#[cfg(test)]
mod tests;
