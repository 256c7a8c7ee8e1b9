//! Words in reading geometry: tokens in rows, rows cut into segments at wide gaps.
//!
//! The reader's line numbers are not relied on: rows come from the boxes, so that pages of any
//! reader and of the training generator look alike. A scan's words are taken where they would stand on
//! a level page ([`Word::level`](crate::domain::Word)). Lengths are in points.

use crate::domain::text::fold;
use crate::domain::{BBox, Page, PageBox};

/// One word with its geometry and folded text.
#[derive(Debug, Clone)]
pub struct Token {
    /// As read.
    pub text: String,
    /// Lower-case ASCII letters and digits, without spaces.
    pub folded: String,
    /// Index of the page.
    pub page: usize,
    /// Index of the row in [`Doc::rows`].
    pub row: usize,
    /// Index of the segment in [`Doc::segments`].
    pub segment: usize,
    /// Left edge.
    pub x0: f32,
    /// Right edge.
    pub x1: f32,
    /// Top edge.
    pub y0: f32,
    /// Bottom edge.
    pub y1: f32,
    /// Bold type.
    pub bold: bool,
    /// Page number and index of the word there, in the reader's order.
    pub origin: (u32, usize),
    /// The place as a fraction of the page.
    pub bbox: BBox,
}

impl Token {
    /// Height of the box.
    #[must_use]
    pub fn height(&self) -> f32 {
        (self.y1 - self.y0).max(0.1)
    }

    /// The place for reports.
    #[must_use]
    pub fn place(&self) -> PageBox {
        PageBox { page: self.origin.0, bbox: self.bbox }
    }
}

/// Tokens `first..end` that stand together without a wide gap.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Row it stands in.
    pub row: usize,
    /// First token.
    pub first: usize,
    /// One past the last token.
    pub end: usize,
    /// Left edge.
    pub x0: f32,
    /// Right edge.
    pub x1: f32,
}

/// Tokens `first..end` of one row, left to right.
#[derive(Debug, Clone)]
pub struct Row {
    /// Index of the page.
    pub page: usize,
    /// First token.
    pub first: usize,
    /// One past the last token.
    pub end: usize,
    /// First segment.
    pub first_segment: usize,
    /// One past the last segment.
    pub end_segment: usize,
    /// Middle of the height.
    pub y: f32,
}

/// A document's words, row by row, page after page.
#[derive(Debug, Clone, Default)]
pub struct Doc {
    /// All tokens, by page, row and left edge.
    pub tokens: Vec<Token>,
    /// All rows, down the pages.
    pub rows: Vec<Row>,
    /// All segments.
    pub segments: Vec<Segment>,
    /// Width and height of each page.
    pub sizes: Vec<(f32, f32)>,
    /// Median height of a token.
    pub height: f32,
}

/// Pages beyond this are not searched for header fields; a 1,000-page appendix is no invoice.
pub const MAX_PAGES: usize = 30;
/// Words of one page beyond this are left out.
const MAX_WORDS: usize = 4000;

impl Doc {
    /// Arranges the words of pages.
    #[must_use]
    pub fn new(pages: &[Page]) -> Self {
        let mut doc = Self::default();
        for (index, page) in pages.iter().take(MAX_PAGES).enumerate() {
            let size = (if page.width > 1.0 { page.width } else { 595.0 }, if page.height > 1.0 { page.height } else { 842.0 });
            doc.sizes.push(size);
            doc.add_page(index, page, size);
        }
        let mut heights: Vec<f32> = doc.tokens.iter().map(Token::height).collect();
        heights.sort_by(f32::total_cmp);
        doc.height = heights.get(heights.len() / 2).copied().unwrap_or(10.0).max(1.0);
        doc
    }

    fn add_page(&mut self, index: usize, page: &Page, (width, height): (f32, f32)) {
        let mut tokens: Vec<Token> = page
            .words
            .iter()
            .take(MAX_WORDS)
            .enumerate()
            .filter(|(_, word)| !word.text.trim().is_empty())
            .map(|(i, word)| {
                let stands = word.level.unwrap_or(word.bbox);
                Token {
                    folded: fold(&word.text).replace(' ', ""),
                    text: word.text.clone(),
                    page: index,
                    row: 0,
                    segment: 0,
                    x0: stands.x * width,
                    x1: stands.right() * width,
                    y0: stands.y * height,
                    y1: stands.bottom() * height,
                    bold: word.bold,
                    origin: (page.number, i),
                    bbox: word.bbox,
                }
            })
            .collect();
        tokens.sort_by(|a, b| (a.y0 + a.y1).total_cmp(&(b.y0 + b.y1)).then(a.x0.total_cmp(&b.x0)));
        let mut row: Vec<Token> = Vec::new();
        for token in tokens {
            let middle = f32::midpoint(token.y0, token.y1);
            let same = row.last().is_some_and(|last| {
                let reach = 0.45 * last.height().min(token.height());
                middle - f32::midpoint(last.y0, last.y1) <= reach && middle - f32::midpoint(row[0].y0, row[0].y1) <= reach * 1.6
            });
            if !same && !row.is_empty() {
                self.add_row(index, std::mem::take(&mut row));
            }
            row.push(token);
        }
        if !row.is_empty() {
            self.add_row(index, row);
        }
    }

    fn add_row(&mut self, page: usize, mut row: Vec<Token>) {
        row.sort_by(|a, b| a.x0.total_cmp(&b.x0));
        let (first, first_segment) = (self.tokens.len(), self.segments.len());
        let y = row.iter().map(|t| f32::midpoint(t.y0, t.y1)).sum::<f32>() / row.len() as f32;
        for mut token in row {
            let index = self.tokens.len();
            token.row = self.rows.len();
            let gap =
                self.tokens.last().filter(|_| index > first).map(|last| token.x0 - last.x1 > 0.75 * last.height().min(token.height()));
            if gap != Some(false) {
                self.segments.push(Segment { row: self.rows.len(), first: index, end: index, x0: token.x0, x1: token.x1 });
            }
            token.segment = self.segments.len() - 1;
            if let Some(segment) = self.segments.last_mut() {
                segment.end = index + 1;
                segment.x1 = segment.x1.max(token.x1);
            }
            self.tokens.push(token);
        }
        self.rows.push(Row { page, first, end: self.tokens.len(), first_segment, end_segment: self.segments.len(), y });
    }

    /// The tokens of `range` as one text.
    #[must_use]
    pub fn text(&self, first: usize, end: usize) -> String {
        let words: Vec<&str> = self.tokens[first..end].iter().map(|t| t.text.as_str()).collect();
        words.join(" ")
    }

    /// The segments of the nearest rows above `row` (same page) that overlap `x0..x1`, nearest first,
    /// at most `count`, not farther than `reach` points.
    #[must_use]
    pub fn above(&self, row: usize, (x0, x1): (f32, f32), count: usize, reach: f32) -> Vec<usize> {
        let from = &self.rows[row];
        let mut found = Vec::new();
        for other in self.rows[..row].iter().rev() {
            if other.page != from.page || from.y - other.y > reach || found.len() >= count {
                break;
            }
            found.extend((other.first_segment..other.end_segment).find(|&s| self.overlaps(s, x0, x1)));
        }
        found
    }

    /// As [`Self::above`], downward.
    #[must_use]
    pub fn below(&self, row: usize, (x0, x1): (f32, f32), count: usize, reach: f32) -> Vec<usize> {
        let from = &self.rows[row];
        let mut found = Vec::new();
        for other in &self.rows[row + 1..] {
            if other.page != from.page || other.y - from.y > reach || found.len() >= count {
                break;
            }
            found.extend((other.first_segment..other.end_segment).find(|&s| self.overlaps(s, x0, x1)));
        }
        found
    }

    fn overlaps(&self, segment: usize, x0: f32, x1: f32) -> bool {
        let segment = &self.segments[segment];
        segment.x0 < x1 + 1.0 && segment.x1 > x0 - 1.0
    }

    /// Position of a row as a fraction of its page's height.
    #[must_use]
    pub fn row_fraction(&self, row: usize) -> f32 {
        let row = &self.rows[row];
        row.y / self.sizes[row.page].1
    }
}
