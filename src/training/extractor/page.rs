//! Lays a document out: letterhead, title, addresses, meta block, table, totals, payment, footer,
//! each in one of several ways, and says which printed words are whose value.

use std::collections::BTreeMap;

use rand::RngExt as _;
use rand::SeedableRng as _;

use super::blocks::payment;
use super::canvas::{Canvas, Piece, Style};
use super::entities::{Rng, chance, phone, pick, word};
use super::facts::Facts;
use super::noise::Noise;
use super::{layouts, receipt, sums, tables};
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
    /// The page being set.
    pub canvas: Canvas,
    /// The pages before it.
    pub done: Vec<Canvas>,
    /// Size of body text.
    pub size: f32,
    /// Distance of lines.
    pub leading: f32,
    /// Left and right margins.
    pub margins: (f32, f32),
    /// Behind labels: a colon or nothing.
    pub colon: &'static str,
    /// Probability that a label is a word that no document uses: nobody knows all words for things.
    pub strange: f64,
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
        if chance(&mut self.rng, self.strange) {
            return format!("{}{}", word(&mut self.rng), self.colon);
        }
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

    /// Goes on with a new page, which names what is carried over now and then.
    pub fn break_page(&mut self) {
        let (left, right) = self.margins;
        let number = self.done.len() + 1;
        let style = self.style();
        if self.chance(0.5) {
            let text = format!("{} {number}", pick(&mut self.rng, &["Page", "Seite", "Pagina", "-", "Página", "Strona"]));
            let bottom = self.canvas.height - 30.0;
            self.canvas.put_right((right, bottom), style, &[Piece::plain(text)]);
        }
        let next = self.canvas.next();
        self.done.push(std::mem::replace(&mut self.canvas, next));
        if self.chance(0.4) {
            let name = self.facts.supplier.name.clone();
            let value = self.value(FieldName::SupplierName, name.clone(), name);
            self.canvas.put((left, 22.0), style, &[value]);
        }
        if self.chance(0.3) && self.truth.contains_key(&FieldName::InvoiceNumber) {
            let label = self.label(self.facts.language.number);
            let number = self.facts.number.clone();
            let value = self.value(FieldName::InvoiceNumber, number.clone(), number);
            self.canvas.put_right((right, 22.0), style, &[Piece::plain(label), value]);
        }
    }

    /// Draws with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        chance(&mut self.rng, p)
    }
}

/// Share of labels that are no word of any language, in training.
pub const STRANGE: f64 = 0.06;

/// Generates document number `index` of the corpus `seed`: a function of both alone.
pub fn generate(seed: u64, index: u64) -> Sample {
    generate_with(seed, index, STRANGE)
}

/// As [`generate`], with another share of strange labels.
pub fn generate_with(seed: u64, index: u64, strange: f64) -> Sample {
    document(seed, index, strange, true)
}

/// The document as it is printed, without the errors that readers make.
pub fn clean(seed: u64, index: u64) -> Sample {
    document(seed, index, STRANGE, false)
}

fn document(seed: u64, index: u64, strange: f64, misread: bool) -> Sample {
    let mut rng = Rng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ index.wrapping_mul(0xd134_2543_de82_ef95));
    let facts = Facts::draw(&mut rng);
    let canvas = Canvas::new(&mut rng);
    let size = rng.random_range(7.0..11.5_f32);
    let leading = size * rng.random_range(1.15..1.7);
    let margin = rng.random_range(28.0..75.0);
    let margins = (margin, canvas.width - rng.random_range(28.0..70.0));
    let colon = *pick(&mut rng, &[":", ":", "", "", " :"]);
    let mut draft =
        Draft { rng, facts, canvas, done: Vec::new(), size, leading, margins, colon, strange, truth: BTreeMap::new(), lines: Vec::new() };
    draft.truth.insert(FieldName::Currency, draft.facts.currency.to_owned());
    if draft.facts.kind == DocumentType::Receipt {
        receipt::lay_out(&mut draft);
    } else {
        let top = layouts::head(&mut draft);
        let below = tables::lines(&mut draft, top);
        let below = sums::totals(&mut draft, below);
        payment::payment(&mut draft, below);
        payment::footer(&mut draft);
    }
    // Receipts come as photographs and scans more often than as PDFs.
    let often = if draft.facts.kind == DocumentType::Receipt { 0.7 } else { 0.25 };
    let noise = if misread { Noise::draw(&mut draft.rng, often) } else { Noise::CLEAN };
    let document_type = draft.facts.kind;
    let Draft { mut rng, canvas, mut done, truth, lines, .. } = draft;
    done.push(canvas);
    let finished = (1..).zip(done).map(|(number, canvas)| canvas.finish(&mut rng, number, noise));
    let (pages, tags) = finished.unzip();
    Sample { pages, tags, truth, lines, document_type }
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
