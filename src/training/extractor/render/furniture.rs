//! What stands on a page besides words: a rule under the letterhead, a head of the table that is
//! filled or ruled, lines between its rows, a rule over the total, a box around it.
//!
//! Found from the words' places alone: a table's head is a row of several parts without figures,
//! right above rows that end in one.

use super::super::entities::{Rng, chance, pick};
use crate::domain::{BBox, Page};

/// Something drawn under the words; places as shares of the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mark {
    /// A filled area and its grey, 0 black to 1 white.
    Fill(BBox, f32),
    /// A frame.
    Frame(BBox),
    /// A horizontal line from `x` on, `w` wide, at `y`.
    Rule { x: f32, y: f32, w: f32 },
}

/// A row of words.
struct Row {
    bbox: BBox,
    /// Parts with wide gaps between.
    parts: usize,
    figures: bool,
    /// Ends in a figure.
    amount: bool,
}

/// Rows of a page from top to bottom.
fn rows(page: &Page) -> Vec<Row> {
    let mut words: Vec<_> = page.words.iter().collect();
    words.sort_by(|a, b| a.bbox.y.total_cmp(&b.bbox.y).then(a.bbox.x.total_cmp(&b.bbox.x)));
    let mut rows = Vec::new();
    for group in words.chunk_by(|a, b| (a.bbox.y - b.bbox.y).abs() < 0.001) {
        let mut group = group.to_vec();
        group.sort_by(|a, b| a.bbox.x.total_cmp(&b.bbox.x));
        let gaps = group.windows(2).filter(|w| w[1].bbox.x - w[0].bbox.right() > 0.012).count();
        let bbox = group[1..].iter().fold(group[0].bbox, |sum, w| sum.union(&w.bbox));
        let digits = |text: &str| text.bytes().any(|b| b.is_ascii_digit());
        let amount = group.last().is_some_and(|w| digits(&w.text));
        rows.push(Row { bbox, parts: gaps + 1, figures: group.iter().any(|w| digits(&w.text)), amount });
    }
    rows
}

/// The head of the table and the rows below it.
fn table(rows: &[Row]) -> Option<(usize, usize)> {
    let head = (0..rows.len().saturating_sub(1)).find(|&i| {
        let below = rows[i + 1..].iter().take(2).any(|r| r.amount && r.parts >= 2);
        rows[i].parts >= 3 && !rows[i].figures && below
    })?;
    let count = rows[head + 1..].iter().take_while(|r| r.parts >= 3 || !r.amount).count();
    Some((head, count))
}

/// Draws what stands on a page.
pub fn marks(rng: &mut Rng, page: &Page) -> Vec<Mark> {
    let rows = rows(page);
    let mut marks = Vec::new();
    let (left, right) = rows.iter().fold((1.0_f32, 0.0_f32), |(l, r), row| (l.min(row.bbox.x), r.max(row.bbox.right())));
    let wide = (right - left).max(0.0);
    if let Some((head, count)) = table(&rows) {
        let bbox = rows[head].bbox;
        let around = BBox { x: left - 0.006, y: bbox.y - 0.003, w: wide + 0.012, h: bbox.h + 0.006 };
        match *pick(rng, &[0, 0, 1, 1, 2, 3]) {
            0 => marks.push(Mark::Fill(around, *pick(rng, &[0.92, 0.85, 0.78]))),
            1 => marks.push(Mark::Rule { x: left, y: around.y + around.h, w: wide }),
            2 => marks.extend([around.y, around.y + around.h].map(|y| Mark::Rule { x: left, y, w: wide })),
            _ => {}
        }
        if chance(rng, 0.35) {
            let below = rows[head + 1..].iter().take(count).filter(|r| r.parts >= 3);
            marks.extend(below.map(|r| Mark::Rule { x: left, y: r.bbox.bottom() + 0.002, w: wide }));
        }
    }
    let sums: Vec<&Row> = rows.iter().filter(|r| r.amount && r.parts == 2 && r.bbox.x > 0.4 && r.bbox.y > 0.35).collect();
    if let Some(last) = sums.last() {
        let space = BBox { x: last.bbox.x - 0.01, y: last.bbox.y - 0.004, w: last.bbox.w + 0.02, h: last.bbox.h + 0.008 };
        match *pick(rng, &[0, 0, 1, 2, 3, 3]) {
            0 => marks.push(Mark::Rule { x: space.x, y: space.y, w: space.w }),
            1 => marks.push(Mark::Frame(space)),
            2 => marks.push(Mark::Fill(space, 0.9)),
            _ => {}
        }
    }
    if let Some(first) = rows.iter().find(|r| r.bbox.y > 0.1 && r.bbox.y < 0.2).filter(|_| chance(rng, 0.3)) {
        marks.push(Mark::Rule { x: left, y: first.bbox.y - 0.004, w: wide });
    }
    marks
}
