//! Lays a document out: letterhead, title, addresses, meta block, table, totals, payment, footer,
//! each in one of several ways, and says which printed words are whose value.

use std::collections::BTreeMap;

use rand::RngExt as _;
use rand::SeedableRng as _;

use super::canvas::{Canvas, Piece, Style};
use super::entities::{Rng, chance, phone, pick};
use super::facts::Facts;
use super::noise::Noise;
use super::{blocks, receipt, tables};
use crate::domain::{DocumentType, FieldName, Page};

/// A generated document: pages, the field of every word, the right values.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Pages of words with boxes.
    pub pages: Vec<Page>,
    /// By page, the field that each word shows.
    pub tags: Vec<Vec<Option<FieldName>>>,
    /// Canonical values of the fields that the pages show.
    pub truth: BTreeMap<FieldName, String>,
    /// The lines of goods as printed, by the names of the evaluation's cells; only cells that have a column.
    pub lines: Vec<BTreeMap<&'static str, String>>,
    /// Kind of document.
    pub document_type: DocumentType,
}

/// A document being laid out.
pub struct Draft {
    /// The source of chance.
    pub rng: Rng,
    /// What it says.
    pub facts: Facts,
    /// The page.
    pub canvas: Canvas,
    /// Size of body text.
    pub size: f32,
    /// Distance of lines.
    pub leading: f32,
    /// Left and right margins.
    pub margins: (f32, f32),
    /// Behind labels: a colon or nothing.
    pub colon: &'static str,
    /// Values printed so far.
    pub truth: BTreeMap<FieldName, String>,
    /// Lines printed so far.
    pub lines: Vec<BTreeMap<&'static str, String>>,
}

impl Draft {
    /// Body text.
    pub fn style(&self) -> Style {
        Style { size: self.size, bold: false }
    }

    /// Bold text.
    pub fn bold(&self) -> Style {
        Style { size: self.size, bold: true }
    }

    /// A label from a list, with this document's colon, now and then in capitals.
    pub fn label(&mut self, list: &[&str]) -> String {
        // The commonest stand first in each list.
        let reach = if chance(&mut self.rng, 0.45) { list.len().min(10) } else { list.len() };
        let text = *pick(&mut self.rng, &list[..reach]);
        let text = if chance(&mut self.rng, 0.1) { text.to_uppercase() } else { text.to_owned() };
        if text.ends_with([':', '#', '.']) && self.colon == ":" && text.ends_with([':', '#']) {
            text
        } else {
            format!("{text}{}", self.colon)
        }
    }

    /// A field's printed value; notes its canonical form as the truth.
    pub fn value(&mut self, field: FieldName, printed: impl Into<String>, canonical: impl Into<String>) -> Piece {
        self.truth.insert(field, canonical.into());
        Piece::of(field, printed)
    }

    /// Draws with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        chance(&mut self.rng, p)
    }
}

/// Generates document number `index` of the corpus `seed`: a function of both alone.
pub fn generate(seed: u64, index: u64) -> Sample {
    document(seed, index, true)
}

/// The same document as it is printed, without the errors that readers make.
pub fn clean(seed: u64, index: u64) -> Sample {
    document(seed, index, false)
}

fn document(seed: u64, index: u64, misread: bool) -> Sample {
    let mut rng = Rng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ index.wrapping_mul(0xd134_2543_de82_ef95));
    let facts = Facts::draw(&mut rng);
    let canvas = Canvas::new(&mut rng);
    let size = rng.random_range(7.0..11.5_f32);
    let leading = size * rng.random_range(1.15..1.7);
    let margin = rng.random_range(28.0..75.0);
    let margins = (margin, canvas.width - rng.random_range(28.0..70.0));
    let colon = *pick(&mut rng, &[":", ":", "", "", " :"]);
    let mut draft = Draft { rng, facts, canvas, size, leading, margins, colon, truth: BTreeMap::new(), lines: Vec::new() };
    draft.truth.insert(FieldName::Currency, draft.facts.currency.to_owned());
    if draft.facts.kind == DocumentType::Receipt {
        receipt::lay_out(&mut draft);
    } else {
        let top = blocks::head(&mut draft);
        let below = tables::lines(&mut draft, top);
        let below = tables::totals(&mut draft, below);
        blocks::payment(&mut draft, below);
        blocks::footer(&mut draft);
    }
    // Receipts come as photographs and scans more often than as PDFs.
    let often = if draft.facts.kind == DocumentType::Receipt { 0.7 } else { 0.25 };
    let noise = if misread { Noise::draw(&mut draft.rng, often) } else { Noise::CLEAN };
    let kind = draft.facts.kind;
    let Draft { mut rng, canvas, truth, lines, .. } = draft;
    let (page, tags) = canvas.finish(&mut rng, 1, noise);
    Sample { pages: vec![page], tags: vec![tags], truth, lines, document_type: kind }
}

/// The supplier's contact lines: telephone, mail, web.
pub fn contacts(draft: &mut Draft) -> Vec<String> {
    let domain = draft.facts.supplier.domain.clone();
    let mut lines = Vec::new();
    if draft.chance(0.6) {
        let number = phone(&mut draft.rng);
        let label = *pick(&mut draft.rng, draft.facts.language.phone);
        lines.push(if draft.chance(0.6) { format!("{label} {number}") } else { number });
    }
    if draft.chance(0.55) {
        let user = *pick(&mut draft.rng, &["info", "office", "mail", "billing", "sales", "kontakt", "contact", "hello"]);
        let address = if draft.chance(0.8) { format!("{user}@{domain}") } else { format!("{user}@mailbox.org") };
        lines.push(if draft.chance(0.3) { format!("E-Mail: {address}") } else { address });
    }
    if draft.chance(0.4) {
        lines.push(format!("www.{domain}"));
    }
    lines
}
