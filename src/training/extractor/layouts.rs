//! The upper part of a page in one of several ways: a letter with an address window, an office
//! template with the parties side by side, a form of boxes, a report of labelled lines, a centred
//! letterhead. Each is varied in itself; together they span more than any one real layout.

use rand::RngExt as _;
use rand::seq::SliceRandom as _;

use super::blocks::meta::{self, Form, Pair};
use super::blocks::parties::{self, Show};
use super::blocks::{Align, Line, set};
use super::canvas::{Piece, Style};
use super::entities::pick;
use super::names;
use super::page::Draft;
use crate::domain::FieldName;

/// Everything above the table; returns where the table may begin.
pub fn head(draft: &mut Draft) -> f32 {
    let mut pairs = meta::pairs(draft);
    let bottom = match draft.rng.random_range(0..20) {
        0..6 => letter(draft, &mut pairs),
        6..13 => template(draft, &mut pairs),
        13..15 => form(draft, &mut pairs),
        15..17 => report(draft, &mut pairs),
        _ => centred(draft, &mut pairs),
    };
    let bottom = rest(draft, &mut pairs, bottom);
    opening(draft, bottom) + draft.rng.random_range(4.0..24.0)
}

/// Pairs that a layout did not set.
fn rest(draft: &mut Draft, pairs: &mut Vec<Pair>, top: f32) -> f32 {
    if pairs.is_empty() {
        return top;
    }
    let (left, right) = draft.margins;
    let form = *pick(&mut draft.rng, &[Form::Columns, Form::Grid, Form::Running, Form::Inline]);
    meta::set(draft, pairs, (left, top + 3.0), right, form) + 4.0
}

/// A sentence or two above the table.
fn opening(draft: &mut Draft, top: f32) -> f32 {
    let (left, right) = draft.margins;
    let mut y = top;
    for _ in 0..*pick(&mut draft.rng, &[0, 0, 0, 1, 2]) {
        let text = *pick(&mut draft.rng, draft.facts.language.sentences);
        let style = draft.style();
        y = draft.canvas.put_wrapped((left, y), style, (right - left, draft.leading), &[Piece::plain(text)]);
    }
    y
}

fn title_style(draft: &mut Draft) -> Style {
    Style { size: draft.size * draft.rng.random_range(1.0..2.8), bold: draft.chance(0.65) }
}

/// What a letterhead shows by chance; with little of it, foot or sender line show the rest.
fn show(draft: &mut Draft, name: f64, address: f64) -> Show {
    let big = if draft.chance(0.55) { draft.rng.random_range(1.1..2.6) } else { 1.0 };
    Show {
        heading: false,
        name: draft.chance(name),
        big,
        address: draft.chance(address),
        contacts: draft.chance(0.5),
        ids: draft.chance(0.22),
    }
}

/// The issue date by itself: "Lyon, le 3 mai 2021", "2021-05-03".
fn date_line(draft: &mut Draft, pairs: &mut Vec<Pair>) -> Option<Line> {
    let at = pairs.iter().position(|p| p.1.field == Some(FieldName::IssueDate))?;
    let (_, date) = pairs.remove(at);
    let town = names::town(&mut draft.rng, draft.facts.language.code);
    let lead = match (draft.facts.language.code, draft.rng.random_range(0..3)) {
        (_, 0) => String::new(),
        ("de", 1) => format!("{town}, den"),
        ("fr", _) => format!("{town}, le"),
        ("it", 1) => format!("{town}, lì"),
        ("nl", 1) => format!("{town},"),
        ("es" | "pt", 1) => format!("{town},"),
        _ => format!("{town},"),
    };
    Some(Line { pieces: vec![Piece::plain(lead), date], style: draft.style() })
}

/// A business letter: sender line, address window, subject line.
fn letter(draft: &mut Draft, pairs: &mut Vec<Pair>) -> f32 {
    let (left, right) = draft.margins;
    let width = draft.canvas.width;
    let half = (right - left) * 0.46;
    let top = draft.rng.random_range(22.0..60.0);
    let buyer_right = draft.chance(if matches!(draft.facts.language.code, "fr" | "it" | "es" | "pt") { 0.55 } else { 0.15 });
    let mut high: f32 = top;
    let shown = show(draft, 0.72, 0.4);
    let block = parties::supplier(draft, shown);
    let place = draft.rng.random_range(0..3);
    let side = *pick(&mut draft.rng, &[Align::Left, Align::Right]);
    high = high.max(match (place, buyer_right) {
        (0, _) => set(draft, &block, (left, top), right - left, Align::Center),
        (1, false) => set(draft, &block, (right - half, top), half, side),
        _ => set(draft, &block, (left, top), half, Align::Left),
    });
    let window = (high + draft.rng.random_range(8.0..60.0)).max(if draft.chance(0.6) { draft.rng.random_range(100.0..150.0) } else { 0.0 });
    let mut y = window;
    let x = if buyer_right { width * draft.rng.random_range(0.5..0.6) } else { left };
    if draft.chance(0.45) {
        let line = parties::sender_line(draft);
        let size = line.style.size;
        y = set(draft, &[line], (x, y), half, Align::Left) + size * 0.6;
    }
    let with_heading = draft.chance(0.12);
    let buyer = parties::buyer(draft, with_heading);
    let mut bottom = set(draft, &buyer, (x, y), half, Align::Left);
    let other = if buyer_right { left } else { width * draft.rng.random_range(0.56..0.68) };
    let beside = draft.chance(0.55);
    let mut beside_y = window + draft.rng.random_range(-20.0..30.0_f32);
    if place == 1 && !buyer_right || place != 0 && buyer_right {
        beside_y = beside_y.max(high + 6.0);
    }
    let info = !shown.address && draft.chance(0.5);
    if info {
        let details = Show { name: draft.chance(0.4), address: true, contacts: true, big: 1.0, ids: draft.chance(0.3), heading: false };
        let block = parties::supplier(draft, details);
        beside_y = set(draft, &block, (other, beside_y), half * 0.9, Align::Left) + draft.leading;
        bottom = bottom.max(beside_y);
    }
    if draft.chance(0.35)
        && let Some(line) = date_line(draft, pairs)
    {
        let align = if draft.chance(0.7) { Align::Right } else { Align::Left };
        bottom = bottom.max(if beside { beside_y } else { bottom }) + draft.leading * 0.5;
        bottom = set(draft, &[line], (left, bottom), right - left, align);
        beside_y = beside_y.max(bottom);
    }
    let title = meta::title(draft, pairs);
    let form = *pick(&mut draft.rng, &[Form::Columns, Form::Columns, Form::Running, Form::Stacked]);
    if beside {
        let edge = if buyer_right { left + half } else { right };
        bottom = bottom.max(meta::set(draft, pairs, (other, beside_y), edge, form));
    }
    bottom += draft.rng.random_range(10.0..40.0);
    let style = title_style(draft);
    draft.canvas.put((left, bottom), style, &title);
    bottom + style.size * 1.5 + 4.0
}

/// An office template: letterhead and title at the top, the parties and the document's data in columns.
fn template(draft: &mut Draft, pairs: &mut Vec<Pair>) -> f32 {
    let (left, right) = draft.margins;
    let half = (right - left) * 0.48;
    let top = draft.rng.random_range(20.0..60.0);
    let from_column = draft.chance(0.35);
    let name_on_top = !from_column || draft.chance(0.25);
    let swapped = draft.chance(0.35);
    let (x, other) = if swapped { (left + half, left) } else { (left, left + half) };
    let far = if draft.chance(0.5) { Align::Right } else { Align::Left };
    let (here, there) = if swapped { (far, Align::Left) } else { (Align::Left, far) };
    let mut high: f32 = top;
    if name_on_top {
        let mut shown = show(draft, 0.92, 0.75);
        if from_column {
            shown = Show { address: false, contacts: false, ids: false, ..shown };
        }
        shown.heading = !from_column && draft.chance(0.18);
        let block = parties::supplier(draft, shown);
        high = high.max(set(draft, &block, (x, top), half, here));
    }
    let title = meta::title(draft, pairs);
    let style = title_style(draft);
    let title_block = [Line { pieces: title, style }];
    let title_place = draft.rng.random_range(0..4);
    let side = *pick(&mut draft.rng, &[Align::Left, Align::Center, Align::Right]);
    let mut beside = top;
    if title_place < 2 {
        beside = set(draft, &title_block, (other, top), half, there);
    } else if title_place == 2 {
        high = set(draft, &title_block, (left, high + 4.0), right - left, side);
        beside = high;
    }
    let meta_top = draft.chance(0.4);
    if meta_top {
        let form = *pick(&mut draft.rng, &[Form::Columns, Form::Columns, Form::Stacked, Form::Running]);
        let edge = if swapped { left + half * 0.95 } else { right };
        beside = meta::set(draft, pairs, (other, beside + draft.leading * 0.5), edge, form);
    }
    let y = high.max(beside) + draft.rng.random_range(8.0..36.0);
    let mut bottom = party_columns(draft, pairs, y, from_column, !meta_top);
    if title_place == 3 {
        bottom = set(draft, &title_block, (left, bottom + 6.0), right - left, side) + 4.0;
    }
    bottom
}

/// Buyer, supplier, delivery address and the document's data side by side in any order.
fn party_columns(draft: &mut Draft, pairs: &mut Vec<Pair>, top: f32, from: bool, with_meta: bool) -> f32 {
    let (left, right) = draft.margins;
    // Without headings only the order tells who is who.
    let bare = draft.chance(0.1);
    let heading = !bare && (draft.chance(0.88) || from);
    let mut blocks = vec![parties::buyer(draft, heading)];
    if let (Some(ship), true) = (draft.facts.ship_to.clone(), heading) {
        blocks.push(parties::ship_to(draft, &ship));
    }
    if from {
        let shown = Show {
            heading: heading && draft.chance(0.95),
            name: true,
            address: true,
            contacts: bare || draft.chance(0.4),
            big: 1.0,
            ids: draft.chance(0.25),
        };
        let block = parties::supplier(draft, shown);
        blocks.push(block);
    }
    if bare && from {
        blocks.reverse();
    } else if draft.chance(0.5) {
        blocks.shuffle(&mut draft.rng);
    }
    let beside = with_meta && blocks.len() < 4 && draft.chance(0.65);
    let columns = blocks.len() + usize::from(beside);
    let first = beside && draft.chance(0.25);
    let wide = (right - left) / columns as f32;
    let align = if columns > 1 && draft.chance(0.22) { Align::Right } else { Align::Left };
    let mut bottom = top;
    let stacked = columns > 1 && !beside && draft.chance(0.15);
    for (i, block) in blocks.iter().enumerate() {
        if stacked {
            bottom = set(draft, block, (left, bottom), right - left, Align::Left) + draft.leading;
            continue;
        }
        let column = i + usize::from(first);
        let align = if column + 1 == columns { align } else { Align::Left };
        let end = set(draft, block, (left + wide * column as f32, top), wide - 8.0, align);
        bottom = bottom.max(end);
    }
    if beside {
        let column = if first { 0 } else { columns - 1 };
        let form = *pick(&mut draft.rng, &[Form::Columns, Form::Columns, Form::Stacked, Form::Running]);
        let x = left + wide * column as f32;
        bottom = bottom.max(meta::set(draft, pairs, (x, top), x + wide - 4.0, form));
    }
    bottom + draft.leading * 0.5
}

/// A form: rows of boxes, each a label above its value.
fn form(draft: &mut Draft, pairs: &mut Vec<Pair>) -> f32 {
    let (left, right) = draft.margins;
    let half = (right - left) * 0.48;
    let mut y = draft.rng.random_range(22.0..55.0);
    let title = meta::title(draft, pairs);
    let style = title_style(draft);
    let early = draft.chance(0.5);
    if early {
        let align = *pick(&mut draft.rng, &[Align::Left, Align::Center, Align::Right]);
        y = set(draft, &[Line { pieces: title.clone(), style }], (left, y), right - left, align) + 6.0;
    }
    let shown = Show { heading: draft.chance(0.3), ..show(draft, 0.95, 0.9) };
    let supplier = parties::supplier(draft, shown);
    let with_heading = draft.chance(0.9);
    let buyer = parties::buyer(draft, with_heading);
    if draft.chance(0.6) {
        let (a, b) = if draft.chance(0.25) { (&buyer, &supplier) } else { (&supplier, &buyer) };
        let end = set(draft, a, (left, y), half, Align::Left);
        y = end.max(set(draft, b, (left + half, y + draft.leading), half, Align::Left));
    } else {
        y = set(draft, &supplier, (left, y), right - left, Align::Left) + draft.leading;
        y = set(draft, &buyer, (left, y), right - left, Align::Left);
    }
    if !early {
        y = set(draft, &[Line { pieces: title, style }], (left, y + 6.0), right - left, Align::Left);
    }
    meta::set(draft, pairs, (left, y + draft.leading), right, Form::Grid)
}

/// A report: everything at the left margin, one labelled line after the other.
fn report(draft: &mut Draft, pairs: &mut Vec<Pair>) -> f32 {
    let (left, right) = draft.margins;
    let wide = right - left;
    let mut y = draft.rng.random_range(22.0..60.0);
    if draft.chance(0.25) {
        let text = *pick(&mut draft.rng, draft.facts.language.sentences);
        y = set(draft, &[Line::plain(text, draft.style())], (left, y), wide, Align::Left);
    }
    let title = meta::title(draft, pairs);
    let style = title_style(draft);
    y = set(draft, &[Line { pieces: title, style }], (left, y), wide, Align::Left) + draft.leading * 0.5;
    let first = draft.chance(0.5);
    if first {
        let form = *pick(&mut draft.rng, &[Form::Running, Form::Columns]);
        y = meta::set(draft, pairs, (left, y), right, form) + draft.leading * 0.6;
    }
    let shown = Show { heading: draft.chance(0.85), ids: draft.chance(0.5), ..show(draft, 1.0, 1.0) };
    let supplier = parties::supplier(draft, Show { big: 1.0, ..shown });
    let buyer = parties::buyer(draft, true);
    let buyer_first = draft.chance(0.3);
    let (a, b) = if buyer_first { (&buyer, &supplier) } else { (&supplier, &buyer) };
    y = set(draft, a, (left, y), wide, Align::Left) + draft.leading * draft.rng.random_range(0.2..1.2);
    y = set(draft, b, (left, y), wide, Align::Left) + draft.leading * 0.6;
    if draft.chance(0.3) {
        // The seller once more, with what the law wants printed.
        let block = parties::supplier(draft, Show { heading: false, name: true, big: 1.0, address: true, contacts: false, ids: false });
        y = set(draft, &block, (left, y), wide, Align::Left) + draft.leading * 0.5;
    }
    y
}

/// A centred letterhead, then buyer and data.
fn centred(draft: &mut Draft, pairs: &mut Vec<Pair>) -> f32 {
    let (left, right) = draft.margins;
    let top = draft.rng.random_range(18.0..50.0);
    let shown = show(draft, 0.95, 0.8);
    let block = parties::supplier(draft, shown);
    let mut y = set(draft, &block, (left, top), right - left, Align::Center) + draft.leading;
    let title = meta::title(draft, pairs);
    let style = title_style(draft);
    let align = *pick(&mut draft.rng, &[Align::Center, Align::Center, Align::Left, Align::Right]);
    y = set(draft, &[Line { pieces: title, style }], (left, y), right - left, align) + draft.leading * 0.7;
    if draft.chance(0.2)
        && let Some(line) = date_line(draft, pairs)
    {
        y = set(draft, &[line], (left, y), right - left, Align::Right) + draft.leading * 0.4;
    }
    party_columns(draft, pairs, y, false, true)
}
