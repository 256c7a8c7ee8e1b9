//! Reading order: rows from top to bottom, in a row from left to right, as the upright page shows them.

use super::geometry::Point;
use super::recognize::Read;

/// Sorts lines; `quarter_turns` set the page upright.
pub(super) fn reading_order(mut reads: Vec<Read>, quarter_turns: u8) -> Vec<Read> {
    let upright = |point: Point| match quarter_turns % 4 {
        0 => point,
        1 => (-point.1, point.0),
        2 => (-point.0, -point.1),
        _ => (point.1, -point.0),
    };
    reads.sort_by(|a, b| upright(a.rect.centre).1.total_cmp(&upright(b.rect.centre).1));
    let mut rows: Vec<(f32, Vec<Read>)> = Vec::new();
    for read in reads {
        let middle = upright(read.rect.centre).1;
        match rows.last_mut() {
            Some((row, reads)) if middle - *row < 0.4 * read.rect.height => reads.push(read),
            _ => rows.push((middle, vec![read])),
        }
    }
    let mut sorted = Vec::new();
    for (_, mut row) in rows {
        row.sort_by(|a, b| upright(a.rect.centre).0.total_cmp(&upright(b.rect.centre).0));
        sorted.extend(row);
    }
    sorted
}
