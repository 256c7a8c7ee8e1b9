//! The document's own data: number, dates, order, other labelled values; and the title.

use rand::RngExt as _;
use rand::seq::SliceRandom as _;

use crate::domain::{DocumentType, FieldName};
use crate::training::extractor::canvas::{Piece, Style};
use crate::training::extractor::entities::{self, chance, pick};
use crate::training::extractor::page::Draft;

/// A label and its value.
pub type Pair = (String, Piece);

/// How the pairs are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Labels in one column, values in the next.
    Columns,
    /// Each label above its value.
    Stacked,
    /// Labels in a row, values in the row below.
    Grid,
    /// Label and value as running text, line by line.
    Running,
    /// Several labels and values behind one another in a line.
    Inline,
}

/// Labels and values of the meta block, in random order.
pub fn pairs(draft: &mut Draft) -> Vec<Pair> {
    let language = draft.facts.language;
    let mut pairs = Vec::new();
    if draft.chance(0.97) {
        let printed = if draft.chance(0.06) { format!("#{}", draft.facts.number) } else { draft.facts.number.clone() };
        let number = draft.facts.number.clone();
        pairs.push((draft.label(language.number), draft.value(FieldName::InvoiceNumber, printed, number)));
    }
    if draft.chance(0.97) {
        let date = draft.facts.date;
        let text = draft.facts.date_text(date);
        pairs.push((draft.label(language.date), draft.value(FieldName::IssueDate, text, date.to_string())));
    }
    if let Some(due) = draft.facts.due
        && draft.chance(0.75)
    {
        let text = draft.facts.date_text(due);
        let mut label = draft.label(language.due);
        if draft.chance(0.12) {
            label = format!("{} {label}", pick(&mut draft.rng, language.invoice));
        }
        pairs.push((label, draft.value(FieldName::DueDate, text, due.to_string())));
    }
    if let Some(id) = draft.facts.tax_id.clone().filter(|_| draft.rng.random_bool(0.1)) {
        pairs.push((draft.label(language.vat_id), draft.value(FieldName::SupplierTaxId, id.clone(), id)));
    }
    if let Some(order) = draft.facts.order.clone() {
        pairs.push((draft.label(language.order), draft.value(FieldName::PurchaseOrder, order.clone(), order)));
    }
    for _ in 0..*pick(&mut draft.rng, &[0, 0, 1, 1, 2, 3]) {
        let label = draft.label(language.other_numbers);
        let n = draft.rng.random_range(3..9);
        let number = entities::digits(&mut draft.rng, n);
        let value = if draft.chance(0.3) { format!("{}-{number}", entities::letter(&mut draft.rng)) } else { number };
        pairs.push((label, Piece::plain(value)));
    }
    if draft.chance(0.35) {
        let offset = draft.rng.random_range(-40..5_i64);
        let date = jiff::ToSpan::days(offset);
        let date = draft.facts.date.checked_add(date).unwrap_or(draft.facts.date);
        pairs.push((draft.label(language.other_dates), Piece::plain(draft.facts.date_text(date))));
    }
    if draft.chance(0.4) {
        let (label, text) = *pick(&mut draft.rng, language.other_texts);
        pairs.push((format!("{label}{}", draft.colon), Piece::plain(text)));
    }
    if draft.chance(0.25) {
        let total = draft.facts.sums.total - draft.facts.sums.paid;
        let field = draft.facts.sums.paid.is_zero().then_some(FieldName::TotalAmount);
        let text = draft.facts.formats.money(total, true);
        let list = if draft.chance(0.5) { language.balance } else { language.total };
        let label = if draft.chance(0.2) { draft.label(language.heads[7]) } else { draft.label(list) };
        let value = match field {
            Some(field) => draft.value(field, text, total.to_string()),
            None => Piece::plain(text),
        };
        pairs.push((label, value));
    }
    if draft.chance(0.3) {
        pairs.shuffle(&mut draft.rng);
    }
    pairs
}

/// The title, now and then with number and date in it, which then leave the meta block.
pub fn title(draft: &mut Draft, pairs: &mut Vec<Pair>) -> Vec<Piece> {
    let language = draft.facts.language;
    let list = match draft.facts.kind {
        DocumentType::CreditNote => language.credit,
        DocumentType::Receipt => language.receipt,
        _ => language.invoice,
    };
    let mut pieces = vec![Piece::plain(*pick(&mut draft.rng, list))];
    let position = pairs.iter().position(|p| p.1.field == Some(FieldName::InvoiceNumber));
    if let Some(position) = position.filter(|_| chance(&mut draft.rng, 0.22)) {
        let (_, number) = pairs.remove(position);
        let mark = *pick(&mut draft.rng, &["", "", "Nr.", "No.", "#", "n°", "No", "nº", "n.", "Nr.:"]);
        pieces.push(Piece::plain(mark));
        pieces.push(number);
        let date = pairs.iter().position(|p| p.1.field == Some(FieldName::IssueDate));
        if let Some(date) = date.filter(|_| chance(&mut draft.rng, 0.3)) {
            let (_, date) = pairs.remove(date);
            let word = *pick(&mut draft.rng, &["vom", "du", "of", "del", "van", "-", "dated", "from"]);
            pieces.push(Piece::plain(word));
            pieces.push(date);
        }
    }
    pieces
}

/// Sets the pairs from `x` on, at most to `right`; returns the bottom.
pub fn set(draft: &mut Draft, pairs: &mut Vec<Pair>, (x, top): (f32, f32), right: f32, form: Form) -> f32 {
    let mut pairs = std::mem::take(pairs);
    if form != Form::Inline && draft.chance(0.04) {
        // Some templates print values alone.
        pairs.iter_mut().for_each(|pair| pair.0 = String::new());
    }
    let label_style = Style { size: draft.size, bold: draft.rng.random_bool(0.4) };
    match form {
        Form::Columns => columns(draft, &pairs, (x, top), right, label_style),
        Form::Stacked => stacked(draft, &pairs, (x, top), right, label_style),
        Form::Grid => grid(draft, &pairs, (x, top), right, label_style),
        Form::Running => running(draft, pairs, (x, top), right),
        Form::Inline => inline(draft, pairs, (x, top), right),
    }
}

fn columns(draft: &mut Draft, pairs: &[Pair], (x, top): (f32, f32), right: f32, label_style: Style) -> f32 {
    let text = draft.style();
    let widest = pairs.iter().map(|p| draft.canvas.measure(&p.0, label_style)).fold(0.0, f32::max);
    let value_right = draft.chance(0.35);
    let label_right = draft.chance(0.15);
    let column = x + widest + draft.rng.random_range(6.0..40.0);
    let spacing = draft.rng.random_range(1.0..1.5);
    let mut y = top;
    for (label, value) in pairs {
        let wide = draft.canvas.measure(&value.text, text);
        if label_right {
            draft.canvas.put_right((x + widest, y), label_style, &[Piece::plain(label.clone())]);
        } else {
            draft.canvas.put((x, y), label_style, &[Piece::plain(label.clone())]);
        }
        let at = if value_right || column + wide > draft.canvas.width - 5.0 { (right - wide).max(x + 4.0) } else { column };
        let at = if at < x + widest + 3.0 { x + widest + 3.0 } else { at };
        draft.canvas.put((at, y), text, std::slice::from_ref(value));
        y += draft.leading * spacing;
    }
    y
}

fn stacked(draft: &mut Draft, pairs: &[Pair], (x, top): (f32, f32), right: f32, label_style: Style) -> f32 {
    let text = draft.style();
    let flush = draft.chance(0.2);
    let mut y = top;
    for (label, value) in pairs {
        if flush {
            draft.canvas.put_right((right, y), label_style, &[Piece::plain(label.clone())]);
            draft.canvas.put_right((right, y + draft.leading), text, std::slice::from_ref(value));
        } else {
            draft.canvas.put((x, y), label_style, &[Piece::plain(label.clone())]);
            draft.canvas.put((x, y + draft.leading), text, std::slice::from_ref(value));
        }
        y += draft.leading * draft.rng.random_range(2.0..2.7);
    }
    y
}

fn grid(draft: &mut Draft, pairs: &[Pair], (x, top): (f32, f32), right: f32, label_style: Style) -> f32 {
    let text = draft.style();
    let columns = pairs.len().clamp(1, 5);
    let wide = (right - x) / columns as f32;
    let centred = draft.chance(0.25);
    let gap = draft.rng.random_range(1.1..1.8);
    let mut y = top;
    for chunk in pairs.chunks(columns) {
        let mut bottom = y;
        for (i, (label, value)) in chunk.iter().enumerate() {
            let at = x + wide * i as f32;
            let label = label.trim_end_matches([':', ' ']);
            let middle =
                |draft: &Draft, t: &str, s: Style| if centred { (wide - 6.0 - draft.canvas.measure(t, s)).max(0.0) / 2.0 } else { 0.0 };
            let shift = middle(draft, label, label_style);
            let end = draft.canvas.put_wrapped((at + shift, y), label_style, (wide - 6.0, draft.leading), &[Piece::plain(label)]);
            let shift = middle(draft, &value.text, text);
            let below = end.max(y + draft.leading * gap);
            let end = draft.canvas.put_wrapped((at + shift, below), text, (wide - 4.0, draft.leading), std::slice::from_ref(value));
            bottom = bottom.max(end);
        }
        y = bottom + draft.leading * 0.4;
    }
    y
}

fn running(draft: &mut Draft, pairs: Vec<Pair>, (x, top): (f32, f32), right: f32) -> f32 {
    let text = draft.style();
    let aligned = draft.chance(0.25);
    let mut y = top;
    for (label, value) in pairs {
        let line = [Piece::plain(label), value];
        if aligned {
            draft.canvas.put_right((right, y), text, &line);
        } else {
            draft.canvas.put((x, y), text, &line);
        }
        y += draft.leading;
    }
    y
}

fn inline(draft: &mut Draft, pairs: Vec<Pair>, (x, top): (f32, f32), right: f32) -> f32 {
    let text = draft.style();
    let mark = *pick(&mut draft.rng, &["", ",", "|", "-", ";"]);
    let mut pieces = Vec::new();
    for (i, (label, value)) in pairs.into_iter().enumerate() {
        if i > 0 && !mark.is_empty() {
            pieces.push(Piece::plain(mark));
        }
        pieces.push(Piece::plain(label));
        pieces.push(value);
    }
    draft.canvas.put_wrapped((x, top), text, (right - x, draft.leading), &pieces)
}
