//! The sums of a generated document: rows of label and amount, a small table of taxes, what is left to pay.

use rand::RngExt as _;
use rust_decimal::Decimal;

use super::canvas::{Piece, Style};
use super::entities::chance;
use super::page::Draft;
use crate::domain::FieldName;

/// A row of the totals.
struct Sum {
    label: String,
    amount: Decimal,
    field: Option<FieldName>,
    strong: bool,
}

/// How rows of sums are set.
struct Setting {
    label_right: bool,
    column: f32,
    edge: f32,
    at_left: bool,
    big: bool,
    marked: bool,
    /// The currency stands in a column of its own, away from the amount.
    apart: bool,
    dots: bool,
}

/// Sets the totals; returns the bottom.
pub fn totals(draft: &mut Draft, top: f32) -> f32 {
    if draft.truth.contains_key(&FieldName::TotalAmount) && draft.chance(0.25) {
        return top;
    }
    let mut y = top + draft.rng.random_range(4.0..20.0);
    if y > draft.canvas.height - 130.0 {
        draft.break_page();
        y = draft.rng.random_range(40.0..90.0);
    }
    let taxes_first = draft.chance(0.5);
    let tax_table = !draft.facts.sums.taxes.is_empty() && draft.chance(0.16);
    if tax_table && taxes_first {
        y = taxes(draft, y) + draft.leading * 0.5;
    }
    let rows = sum_rows(draft);
    y = if rows.len() > 2 && draft.chance(0.07) { across(draft, rows, y) } else { down(draft, rows, y) };
    if tax_table && !taxes_first {
        y = taxes(draft, y + draft.leading * 0.5);
    }
    if draft.chance(0.1) {
        y = claim(draft, y + draft.leading);
    }
    y
}

fn printed(draft: &mut Draft, row: &Sum, marked: bool) -> Piece {
    let text = draft.facts.formats.money(row.amount, marked);
    match row.field {
        Some(field) => draft.value(field, text, row.amount.to_string()),
        None => Piece::plain(text),
    }
}

/// The rows one below the other.
fn down(draft: &mut Draft, rows: Vec<Sum>, top: f32) -> f32 {
    let (left, right) = draft.margins;
    let formats = &draft.facts.formats;
    let sign = format!("{}{}", formats.prefix.trim(), formats.suffix.trim());
    let marked = formats.mark_totals;
    let setting = Setting {
        label_right: draft.chance(0.4),
        column: right - draft.rng.random_range(130.0..250.0),
        edge: if draft.chance(0.1) { left + (right - left) * draft.rng.random_range(0.5..0.8) } else { right },
        at_left: draft.chance(0.08),
        big: draft.chance(0.3),
        marked,
        apart: !sign.is_empty() && draft.chance(0.1),
        dots: draft.chance(0.04),
    };
    let mut y = top;
    for row in rows {
        let bold = row.strong && draft.rng.random_bool(0.6);
        let size = if row.strong && setting.big { draft.size * 1.35 } else { draft.size };
        sum_row(draft, &setting, &row, y, Style { size, bold }, &sign);
        y += draft.leading * if row.strong { 1.3 } else { 1.1 };
    }
    y
}

fn sum_row(draft: &mut Draft, setting: &Setting, row: &Sum, y: f32, style: Style, sign: &str) {
    let (left, _) = draft.margins;
    let edge = setting.edge - 2.0;
    let mark = !setting.apart && (setting.marked || row.strong && !sign.is_empty() && draft.rng.random_bool(0.5));
    let value = printed(draft, row, mark);
    let dots = if setting.dots { " ........" } else { "" };
    let label = Piece::plain(format!("{}{dots}", row.label));
    if setting.at_left {
        draft.canvas.put((left, y), style, &[label, value]);
        return;
    }
    let value_text = value.text.clone();
    draft.canvas.put_right((edge, y), style, &[value]);
    if setting.apart {
        draft.canvas.put_right((edge - 62.0, y), style, &[Piece::plain(sign)]);
    }
    let room = (draft.canvas.measure(&value_text, style) + 10.0).max(if setting.apart { 100.0 } else { 90.0 });
    if setting.label_right {
        draft.canvas.put_right((edge - room, y), style, &[label]);
    } else {
        let wide = draft.canvas.measure(&label.text, style);
        draft.canvas.put((setting.column.min(edge - room - wide).max(4.0), y), style, &[label]);
    }
}

/// Totals as a small table: labels in one row, amounts below.
fn across(draft: &mut Draft, rows: Vec<Sum>, y: f32) -> f32 {
    let (left, right) = draft.margins;
    let wide = (right - left) / rows.len() as f32;
    let style = draft.style();
    let marked = draft.facts.formats.mark_totals;
    for (i, row) in rows.into_iter().enumerate() {
        let edge = left + wide * (i + 1) as f32;
        let value = printed(draft, &row, marked);
        draft.canvas.put_right((edge, y), style, &[Piece::plain(row.label.trim_end_matches([':', ' ']))]);
        draft.canvas.put_right((edge, y + draft.leading * 1.4), style, &[value]);
    }
    y + draft.leading * 3.0
}

/// A small table of the taxes by rate: rate, base, tax, now and then with the sum of both.
fn taxes(draft: &mut Draft, top: f32) -> f32 {
    let (left, right) = draft.margins;
    let language = draft.facts.language;
    let sums = draft.facts.sums.clone();
    let single = sums.taxes.len() == 1;
    let x = if draft.chance(0.6) { left } else { left + (right - left) * 0.4 };
    let wide = (right - left) * draft.rng.random_range(0.12..0.2);
    let style = draft.style();
    let gross = draft.chance(0.4);
    let clean = |text: String| text.replace("{}", "").replace("()", "").replace('%', "");
    let mut labels = vec!["%".to_owned(), draft.label(language.net), clean(draft.label(language.tax))];
    if gross {
        labels.push(draft.label(language.total));
    }
    for (i, label) in labels.iter().enumerate() {
        draft.canvas.put_right((x + wide * (i + 1) as f32, top), style, &[Piece::plain(label.trim_end_matches([':', ' ']))]);
    }
    let mut y = top + draft.leading * 1.1;
    for (rate, base, tax) in &sums.taxes {
        let field = |f: FieldName| single.then_some(f);
        let whole = base + tax == sums.total;
        let mut cells = vec![
            Sum { label: String::new(), amount: *base, field: field(FieldName::NetAmount), strong: false },
            Sum { label: String::new(), amount: *tax, field: field(FieldName::TaxAmount), strong: false },
        ];
        if gross {
            cells.push(Sum {
                label: String::new(),
                amount: base + tax,
                field: field(FieldName::TotalAmount).filter(|_| whole),
                strong: false,
            });
        }
        draft.canvas.put_right((x + wide, y), style, &[Piece::plain(format!("{rate}%"))]);
        for (i, sum) in cells.iter().enumerate() {
            let value = printed(draft, sum, false);
            draft.canvas.put_right((x + wide * (i + 2) as f32, y), style, &[value]);
        }
        y += draft.leading;
    }
    y
}

/// What is to pay, set apart: a label with the amount below or behind it.
fn claim(draft: &mut Draft, y: f32) -> f32 {
    let (left, right) = draft.margins;
    let sums = draft.facts.sums.clone();
    let list = if draft.chance(0.6) { draft.facts.language.balance } else { draft.facts.language.total };
    let label = draft.label(list);
    let field = sums.paid.is_zero().then_some(FieldName::TotalAmount);
    let value = printed(draft, &Sum { label: String::new(), amount: sums.total - sums.paid, field, strong: true }, true);
    let style = Style { size: draft.size * draft.rng.random_range(1.0..1.8), bold: draft.chance(0.6) };
    let x = if draft.chance(0.5) { left } else { left + (right - left) * 0.6 };
    if draft.chance(0.5) {
        draft.canvas.put((x, y), style, &[Piece::plain(label)]);
        draft.canvas.put((x, y + style.size * 1.4), style, &[value]);
        return y + style.size * 3.0;
    }
    draft.canvas.put((x, y), style, &[Piece::plain(label), value]);
    y + style.size * 1.6
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
    if draft.chance(0.05) {
        // Rows of zero, as programs print them.
        let list = if draft.chance(0.5) { language.discount } else { language.shipping };
        add(draft, &mut rows, list, Decimal::new(0, 2), None);
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
