//! The roll of a till: rows down a narrow page, centred, in two ends or in columns.

use rand::RngExt as _;

use super::super::canvas::{Canvas, Piece, Style};
use super::super::entities::{Rng, chance, pick};

/// Height of the page while it is written; it is cut afterwards.
const ROLL: f32 = 4000.0;

/// A roll being printed.
pub struct Paper {
    canvas: Canvas,
    left: f32,
    right: f32,
    y: f32,
    size: f32,
    leading: f32,
    /// Letters that fit in a row, about.
    pub columns: usize,
}

impl Paper {
    /// An empty roll of 58 or 80 mm.
    pub fn new(rng: &mut Rng) -> Self {
        let width = rng.random_range(160.0..232.0_f32);
        let mut canvas = Canvas::new(rng);
        (canvas.width, canvas.height) = (width, ROLL);
        let margin = rng.random_range(3.0..14.0);
        let columns = rng.random_range(28..46_usize);
        let body = Style { size: 1.0, bold: false };
        let em = canvas.measure("abcdefghnop0123456789 ", body) / 22.0;
        let size = (width - 2.0 * margin) / (columns as f32 * em);
        let leading = size * rng.random_range(1.08..1.6);
        Self { canvas, left: margin, right: width - margin, y: rng.random_range(4.0..20.0), size, leading, columns }
    }

    /// Body text.
    pub fn style(&self) -> Style {
        Style { size: self.size, bold: false }
    }

    /// Text of `scale` times the body's size.
    pub fn scaled(&self, scale: f32, bold: bool) -> Style {
        Style { size: self.size * scale, bold }
    }

    /// Leaves `rows` free.
    pub fn skip(&mut self, rows: f32) {
        self.y += self.leading * rows;
    }

    fn width_of(&self, pieces: &[Piece], style: Style) -> f32 {
        let texts: Vec<&str> = pieces.iter().map(|p| p.text.as_str()).filter(|t| !t.is_empty()).collect();
        self.canvas.measure(&texts.join(" "), style)
    }

    fn advance(&mut self, style: Style) {
        self.y += self.leading * (style.size / self.size).max(1.0);
    }

    /// Pieces cut into rows that fit.
    fn rows(&self, pieces: &[Piece], style: Style, room: f32) -> Vec<Vec<Piece>> {
        let mut rows: Vec<Vec<Piece>> = vec![Vec::new()];
        for piece in pieces {
            for word in piece.text.split_whitespace() {
                let word = Piece { text: word.to_owned(), field: piece.field };
                let last = rows.len() - 1;
                rows[last].push(word.clone());
                if rows[last].len() > 1 && self.width_of(&rows[last], style) > room {
                    rows[last].pop();
                    rows.push(vec![word]);
                }
            }
        }
        rows
    }

    /// Centred, in as many rows as needed.
    pub fn centred(&mut self, style: Style, pieces: &[Piece]) {
        let room = self.right - self.left;
        for row in self.rows(pieces, style, room) {
            let x = self.left + (room - self.width_of(&row, style)).max(0.0) / 2.0;
            self.canvas.put((x, self.y), style, &row);
            self.advance(style);
        }
    }

    /// Centred, with blanks `loose` times as wide, as large print often has them.
    pub fn spread(&mut self, style: Style, pieces: &[Piece], loose: f32) {
        let room = self.right - self.left;
        let blank = self.canvas.measure(" ", style) * loose;
        let wide = |row: &[Piece], canvas: &Canvas| {
            row.iter().map(|p| canvas.measure(&p.text, style)).sum::<f32>() + blank * row.len().saturating_sub(1) as f32
        };
        for row in self.rows(pieces, style, room / loose.sqrt()) {
            let mut x = self.left + ((room - wide(&row, &self.canvas)) / 2.0).max(0.0);
            for piece in row {
                x = self.canvas.put((x, self.y), style, &[piece]) + blank;
            }
            self.advance(style);
        }
    }

    /// From the left, in as many rows as needed.
    pub fn left(&mut self, style: Style, pieces: &[Piece]) {
        for row in self.rows(pieces, style, self.right - self.left) {
            self.canvas.put((self.left, self.y), style, &row);
            self.advance(style);
        }
    }

    /// Centred or from the left.
    pub fn head(&mut self, centred: bool, style: Style, pieces: &[Piece]) {
        if centred { self.centred(style, pieces) } else { self.left(style, pieces) }
    }

    /// One piece at the left end, one at the right; the second goes down a row where both do not fit.
    pub fn ends(&mut self, style: Style, left: &[Piece], right: &[Piece]) {
        let room = self.right - self.left;
        let gap = self.canvas.measure("  ", style);
        if self.width_of(left, style) + self.width_of(right, style) + gap > room {
            self.left(style, left);
        } else {
            self.canvas.put((self.left, self.y), style, left);
        }
        let x = self.right - self.width_of(right, style);
        self.canvas.put((x, self.y), style, right);
        self.advance(style);
    }

    /// Pieces that begin (or, where `true`, end) at fractions of the row, and others behind the last.
    pub fn cells(&mut self, style: Style, cells: &[(f32, bool, Piece)], behind: &[Piece]) {
        let room = self.right - self.left;
        let mut end = self.left;
        for (at, ends, piece) in cells {
            let x = self.left + room * at;
            let x = if *ends { x - self.width_of(std::slice::from_ref(piece), style) } else { x };
            end = self.canvas.put((x.max(0.0), self.y), style, std::slice::from_ref(piece));
        }
        if !behind.is_empty() {
            self.canvas.put((end + self.canvas.measure(" ", style), self.y), style, behind);
        }
        self.advance(style);
    }

    /// A row of dashes; often only drawn, so that a reader sees none.
    pub fn rule(&mut self, rng: &mut Rng, printed: bool) {
        if printed {
            let mark = *pick(rng, &["-", "=", "*", "-"]);
            let style = self.style();
            let mut text = String::new();
            while self.canvas.measure(&text, style) < (self.right - self.left) * 0.9 {
                text.push_str(mark);
            }
            self.centred(style, &[Piece::plain(text)]);
        } else {
            self.skip(0.4);
        }
    }

    /// The page: the roll cut below its last row, or lying on a larger sheet as a camera or a flat-bed sees it.
    pub fn cut(self, rng: &mut Rng) -> Canvas {
        let Self { mut canvas, y, .. } = self;
        let (width, height) = (canvas.width, y + rng.random_range(4.0..40.0_f32));
        let (mut across, mut down, mut x, mut top) = (width, height, 0.0, 0.0);
        if chance(rng, 0.45) {
            let margin = rng.random_range(0.03..0.35_f32);
            across = width * (1.0 + 2.0 * margin);
            down = height * (1.0 + rng.random_range(0.02..0.25));
            x = rng.random_range(0.0..=across - width);
            top = rng.random_range(0.0..=down - height);
        }
        if chance(rng, 0.12) {
            (across, down) = (across.max(595.0), down.max(842.0));
        }
        canvas.reframe((across, down), (x, top));
        canvas
    }
}
