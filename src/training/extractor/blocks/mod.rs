//! Blocks of a generated page outside the table: lines of text that stand together, set flush left,
//! flush right or centred.

pub mod meta;
pub mod parties;
pub mod payment;

use super::canvas::{Piece, Style};
use super::page::Draft;

/// One line of a block.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it says.
    pub pieces: Vec<Piece>,
    /// How it is set.
    pub style: Style,
}

impl Line {
    /// A line of one plain text.
    pub fn plain(text: impl Into<String>, style: Style) -> Self {
        Self { pieces: vec![Piece::plain(text)], style }
    }
}

/// How lines are set in their column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Flush left.
    Left,
    /// Flush right.
    Right,
    /// Centred.
    Center,
}

/// Sets a block into a column from `x` on, `width` wide; returns the bottom. Lines too wide are
/// wrapped (flush left) or set smaller.
pub fn set(draft: &mut Draft, block: &[Line], (x, top): (f32, f32), width: f32, align: Align) -> f32 {
    let mut y = top;
    for line in block {
        let text = line.pieces.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ");
        let mut style = line.style;
        let leading = draft.leading.max(style.size * 1.2);
        if align == Align::Left && draft.canvas.measure(&text, style) > width && style.size <= draft.size * 1.05 {
            y = draft.canvas.put_wrapped((x, y), style, (width, leading), &line.pieces);
            continue;
        }
        while draft.canvas.measure(&text, style) > width && style.size > 4.5 {
            style.size *= 0.88;
        }
        let free = width - draft.canvas.measure(&text, style);
        let at = match align {
            Align::Left => x,
            Align::Right => x + free,
            Align::Center => x + free / 2.0,
        };
        draft.canvas.put((at, y), style, &line.pieces);
        y += leading;
    }
    y
}
