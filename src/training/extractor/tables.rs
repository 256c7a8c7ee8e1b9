//! The table of lines of a generated document, over several pages where they do not fit on one.

use std::collections::BTreeMap;

use rand::RngExt as _;

use super::canvas::{Piece, Style};
use super::entities::pick;
use super::facts::Item;
use super::page::Draft;

/// Columns by their place in the language's table heads.
const POSITION: usize = 0;
const ARTICLE: usize = 1;
const DESCRIPTION: usize = 2;
const QUANTITY: usize = 3;
const UNIT: usize = 4;
const PRICE: usize = 5;
const RATE: usize = 6;
const AMOUNT: usize = 7;

/// A table's columns with their edges and the style of its head.
struct Table {
    columns: Vec<usize>,
    edges: Vec<f32>,
    head_style: Style,
    heads: Vec<String>,
    dates: bool,
}

/// Sets the lines; returns the bottom on the last page.
pub fn lines(draft: &mut Draft, top: f32) -> f32 {
    let table = table(draft);
    let style = draft.style();
    let mut y = if draft.chance(0.94) { heads(draft, &table, top) } else { top };
    let items: Vec<Item> = draft.facts.items.clone();
    let spacing = draft.rng.random_range(1.0..1.9);
    let floor = draft.canvas.height - draft.rng.random_range(110.0..200.0);
    for (index, item) in items.iter().enumerate() {
        if y > floor {
            draft.break_page();
            y = draft.rng.random_range(40.0..90.0);
            if draft.chance(0.7) {
                y = heads(draft, &table, y);
            }
        }
        let mut depth = 1;
        for (i, &column) in table.columns.iter().enumerate() {
            let room = (table.edges[i], table.edges[i + 1]);
            if column == DESCRIPTION {
                for (row, line) in item.description.iter().enumerate() {
                    draft.canvas.put((room.0 + 2.0, y + draft.leading * row as f32), style, &[Piece::plain(line.clone())]);
                }
                depth = item.description.len();
            } else if column == POSITION && table.dates {
                let day = draft.facts.date.checked_sub(jiff::ToSpan::days(draft.rng.random_range(1..30_i64))).unwrap_or(draft.facts.date);
                let text = draft.facts.date_text(day);
                place(draft, column, room, y, style, Piece::plain(text));
            } else {
                let text = cell(draft, column, index, item);
                place(draft, column, room, y, style, Piece::plain(text));
            }
        }
        draft.lines.push(printed(item, &table.columns));
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

fn table(draft: &mut Draft) -> Table {
    let columns = columns(draft);
    let dates = columns[0] == POSITION && draft.chance(0.15);
    let (left, right) = draft.margins;
    let weight = |column: usize| match column {
        DESCRIPTION => 3.2,
        POSITION if dates => 1.3,
        POSITION | UNIT => 0.6,
        _ => 1.2,
    };
    let unit = (right - left) / columns.iter().map(|&c| weight(c)).sum::<f32>();
    let mut edges = vec![left];
    for &column in &columns {
        edges.push(edges[edges.len() - 1] + weight(column) * unit);
    }
    let words = draft.facts.language.heads;
    let heads = columns
        .iter()
        .map(
            |&c| if c == POSITION && dates { draft.label(draft.facts.language.date) } else { (*pick(&mut draft.rng, words[c])).to_owned() },
        )
        .collect();
    let head_style = Style { size: draft.size, bold: draft.rng.random_bool(0.6) };
    Table { columns, edges, head_style, heads, dates }
}

fn heads(draft: &mut Draft, table: &Table, y: f32) -> f32 {
    for (i, &column) in table.columns.iter().enumerate() {
        let text = table.heads[i].as_str();
        // What is too long is set smaller, as forms do.
        let room = table.edges[i + 1] - table.edges[i] - 4.0;
        let fit = (room / draft.canvas.measure(text, table.head_style)).clamp(0.6, 1.0);
        let style = Style { size: table.head_style.size * fit, ..table.head_style };
        place(draft, column, (table.edges[i], table.edges[i + 1]), y, style, Piece::plain(text));
    }
    y + draft.leading * draft.rng.random_range(1.1..2.0)
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
