//! The table of lines and the block of totals of a generated page.

use std::collections::BTreeMap;

use rand::RngExt as _;
use rust_decimal::Decimal;

use super::canvas::{Piece, Style};
use super::entities::{chance, pick};
use super::facts::Item;
use super::page::Draft;
use crate::domain::FieldName;

/// Columns by their place in the language's table heads.
const POSITION: usize = 0;
const ARTICLE: usize = 1;
const DESCRIPTION: usize = 2;
const QUANTITY: usize = 3;
const UNIT: usize = 4;
const PRICE: usize = 5;
const RATE: usize = 6;
const AMOUNT: usize = 7;

/// Sets the lines; returns the bottom.
pub fn lines(draft: &mut Draft, top: f32) -> f32 {
    let columns = columns(draft);
    let (left, right) = draft.margins;
    let style = draft.style();
    let heads = draft.facts.language.heads;
    let head_style = Style { size: draft.size, bold: draft.rng.random_bool(0.6) };
    let weights: Vec<f32> = columns
        .iter()
        .map(|&c| {
            if c == DESCRIPTION {
                3.2
            } else if c == POSITION || c == UNIT {
                0.6
            } else {
                1.2
            }
        })
        .collect();
    let unit = (right - left) / weights.iter().sum::<f32>();
    let mut edges = vec![left];
    for weight in &weights {
        edges.push(edges[edges.len() - 1] + weight * unit);
    }
    let mut y = top;
    for (i, &column) in columns.iter().enumerate() {
        let room = edges[i + 1] - edges[i] - 4.0;
        let mut text = *pick(&mut draft.rng, heads[column]);
        for _ in 0..3 {
            if draft.canvas.measure(text, head_style) > room {
                text = *pick(&mut draft.rng, heads[column]);
            }
        }
        // What is still too long is set smaller, as forms do.
        let fit = (room / draft.canvas.measure(text, head_style)).clamp(0.6, 1.0);
        let head_style = Style { size: head_style.size * fit, ..head_style };
        place(draft, column, (edges[i], edges[i + 1]), y, head_style, Piece::plain(text));
    }
    y += draft.leading * draft.rng.random_range(1.1..2.0);
    let items: Vec<Item> = draft.facts.items.clone();
    let spacing = draft.rng.random_range(1.0..1.9);
    for (index, item) in items.iter().enumerate() {
        if y > draft.canvas.height - 190.0 {
            break;
        }
        let mut depth = 1;
        for (i, &column) in columns.iter().enumerate() {
            if column == DESCRIPTION {
                for (row, line) in item.description.iter().enumerate() {
                    draft.canvas.put((edges[i] + 2.0, y + draft.leading * row as f32), style, &[Piece::plain(line.clone())]);
                }
                depth = item.description.len();
            } else {
                let text = cell(draft, column, index, item);
                place(draft, column, (edges[i], edges[i + 1]), y, style, Piece::plain(text));
            }
        }
        draft.lines.push(printed(item, &columns));
        y += draft.leading * (depth as f32 - 1.0 + spacing);
    }
    y
}

/// The cells of a line that are printed, as values.
fn printed(item: &Item, columns: &[usize]) -> BTreeMap<&'static str, String> {
    let cells = [
        (DESCRIPTION, "description", item.description.join(" ")),
        (QUANTITY, "quantity", item.quantity.to_string()),
        (PRICE, "unit_price", item.price.to_string()),
        (AMOUNT, "amount", item.amount.to_string()),
    ];
    cells.into_iter().filter(|c| columns.contains(&c.0)).map(|(_, name, value)| (name, value)).collect()
}

fn columns(draft: &mut Draft) -> Vec<usize> {
    let mut columns = Vec::new();
    for (column, p) in [(POSITION, 0.35), (ARTICLE, 0.3)] {
        if draft.chance(p) {
            columns.push(column);
        }
    }
    if draft.chance(0.12) {
        columns.extend([QUANTITY, DESCRIPTION]);
    } else {
        columns.push(DESCRIPTION);
        if draft.chance(0.85) {
            columns.push(QUANTITY);
        }
    }
    for (column, p) in [(UNIT, 0.2), (PRICE, 0.85), (RATE, 0.3), (AMOUNT, 0.97)] {
        if draft.chance(p) {
            columns.push(column);
        }
    }
    columns
}

fn cell(draft: &mut Draft, column: usize, index: usize, item: &Item) -> String {
    let formats = &draft.facts.formats;
    match column {
        POSITION => (index + 1).to_string(),
        ARTICLE => item.article.clone(),
        QUANTITY if item.quantity.fract().is_zero() && index.is_multiple_of(2) => item.quantity.normalize().to_string(),
        QUANTITY => {
            if item.quantity.fract().is_zero() {
                item.quantity.to_string()
            } else {
                formats.number(item.quantity)
            }
        }
        UNIT => item.unit.to_owned(),
        PRICE => formats.money(item.price, formats.mark_lines),
        RATE => format!("{}%", item.rate),
        _ => formats.money(item.amount, formats.mark_lines),
    }
}

/// Figures stand right-aligned in their column, words left-aligned.
fn place(draft: &mut Draft, column: usize, (x0, x1): (f32, f32), y: f32, style: Style, piece: Piece) {
    if column >= QUANTITY {
        draft.canvas.put_right((x1 - 2.0, y), style, &[piece]);
    } else {
        draft.canvas.put((x0 + 2.0, y), style, &[piece]);
    }
}

/// A row of the totals.
struct Sum {
    label: String,
    amount: Decimal,
    field: Option<FieldName>,
    strong: bool,
}

/// Sets the totals; returns the bottom.
pub fn totals(draft: &mut Draft, top: f32) -> f32 {
    if draft.truth.contains_key(&FieldName::TotalAmount) && draft.chance(0.2) {
        return top;
    }
    let rows = sum_rows(draft);
    let (left, right) = draft.margins;
    let mut y = top + draft.rng.random_range(4.0..20.0);
    let label_right = draft.chance(0.4);
    let column = right - draft.rng.random_range(130.0..230.0);
    let at_left = draft.chance(0.08);
    let marked = draft.facts.formats.mark_totals;
    let big = draft.chance(0.3);
    let horizontal = rows.len() > 2 && draft.chance(0.06);
    if horizontal {
        return across(draft, rows, y);
    }
    for row in rows {
        let bold = row.strong && draft.rng.random_bool(0.6);
        let size = if row.strong && big { draft.size * 1.35 } else { draft.size };
        let style = Style { size, bold };
        let mark =
            marked || (row.strong && draft.facts.formats.prefix.len() + draft.facts.formats.suffix.len() > 0 && draft.rng.random_bool(0.5));
        let printed = draft.facts.formats.money(row.amount, mark);
        let value = match row.field {
            Some(field) => draft.value(field, printed, row.amount.to_string()),
            None => Piece::plain(printed),
        };
        let label = Piece::plain(row.label);
        let room = (draft.canvas.measure(&value.text, style) + 8.0).max(90.0);
        if at_left {
            draft.canvas.put((left, y), style, &[label, value]);
        } else {
            draft.canvas.put_right((right - 2.0, y), style, &[value]);
            if label_right {
                draft.canvas.put_right((right - room - 5.0, y), style, &[label]);
            } else {
                let wide = draft.canvas.measure(&label.text, style);
                draft.canvas.put((column.min(right - room - wide), y), style, &[label]);
            }
        }
        y += draft.leading * if row.strong { 1.3 } else { 1.1 };
    }
    y
}

/// Totals as a small table: labels in one row, amounts below.
fn across(draft: &mut Draft, rows: Vec<Sum>, y: f32) -> f32 {
    let (left, right) = draft.margins;
    let wide = (right - left) / rows.len() as f32;
    let style = draft.style();
    let marked = draft.facts.formats.mark_totals;
    for (i, row) in rows.into_iter().enumerate() {
        let edge = left + wide * (i + 1) as f32;
        let printed = draft.facts.formats.money(row.amount, marked);
        let value = match row.field {
            Some(field) => draft.value(field, printed, row.amount.to_string()),
            None => Piece::plain(printed),
        };
        draft.canvas.put_right((edge, y), style, &[Piece::plain(row.label.trim_end_matches([':', ' ']))]);
        draft.canvas.put_right((edge, y + draft.leading * 1.4), style, &[value]);
    }
    y + draft.leading * 3.0
}

fn sum_rows(draft: &mut Draft) -> Vec<Sum> {
    let language = draft.facts.language;
    let sums = draft.facts.sums.clone();
    let mut rows = Vec::new();
    let add = |draft: &mut Draft, rows: &mut Vec<Sum>, list: &[&str], amount: Decimal, field: Option<FieldName>| {
        let label = draft.label(list);
        rows.push(Sum { label, amount, field, strong: field == Some(FieldName::TotalAmount) });
    };
    let show_net = !sums.taxes.is_empty() && draft.chance(0.88) || sums.taxes.is_empty() && draft.chance(0.35);
    let changed = sums.net != sums.lines;
    if changed || (show_net && draft.chance(0.5)) {
        add(draft, &mut rows, language.subtotal, sums.lines, (!changed && show_net).then_some(FieldName::NetAmount));
    }
    if !sums.discount.is_zero() {
        let sign = if chance(&mut draft.rng, 0.5) { -sums.discount } else { sums.discount };
        add(draft, &mut rows, language.discount, sign, None);
    }
    if !sums.shipping.is_zero() && !sums.shipping_last {
        add(draft, &mut rows, language.shipping, sums.shipping, None);
    }
    let has_net = rows.iter().any(|r| r.field == Some(FieldName::NetAmount));
    if show_net && (!has_net || draft.chance(0.15)) {
        add(draft, &mut rows, language.net, sums.net, Some(FieldName::NetAmount));
    }
    if !sums.discount.is_zero() && !rows.iter().any(|r| r.field == Some(FieldName::NetAmount)) {
        // The taxable sum is not printed: the sum of lines is what a reader takes for it.
        rows[0].field = Some(FieldName::NetAmount);
    }
    if sums.taxes.is_empty() && draft.chance(0.2) {
        let label = draft.label(language.tax).replace("{}", "0");
        rows.push(Sum { label, amount: sums.tax, field: Some(FieldName::TaxAmount), strong: false });
    }
    let single = sums.taxes.len() == 1;
    let base_shown = draft.chance(0.15);
    for (rate, base, tax) in &sums.taxes {
        let label = draft.label(language.tax).replace("{}", &rate.to_string());
        let label = if base_shown { format!("{label} ({})", draft.facts.formats.number(*base)) } else { label };
        rows.push(Sum { label, amount: *tax, field: single.then_some(FieldName::TaxAmount), strong: false });
    }
    if sums.taxes.len() > 1 && draft.chance(0.6) {
        let label = draft.label(language.tax).replace("{}%", "").replace("()", "").replace("{} %", "").replace("{},00", "");
        rows.push(Sum { label, amount: sums.tax, field: Some(FieldName::TaxAmount), strong: false });
    }
    if !sums.shipping.is_zero() && sums.shipping_last {
        add(draft, &mut rows, language.shipping, sums.shipping, None);
    }
    add(draft, &mut rows, language.total, sums.total, Some(FieldName::TotalAmount));
    if !sums.paid.is_zero() {
        add(draft, &mut rows, language.paid, sums.paid, None);
        add(draft, &mut rows, language.balance, sums.total - sums.paid, None);
    } else if draft.chance(0.08) {
        add(draft, &mut rows, language.balance, sums.total, Some(FieldName::TotalAmount));
    }
    rows
}
