//! Recognized lines become the words of a page: upright, in rows, in reading order.
//!
//! OCR finds pieces of lines, at the slant of the paper. Downstream, words of one row must stand at one
//! height, as a digital page has them: so the page's own slant is measured and taken out, with what it
//! changes down the page (a photo taken from above or below fans its lines out); pieces whose ends meet
//! in height make a row, and the row's words are set to its middle. That is [`Word::level`];
//! [`Word::bbox`] stays where the word is seen. So a slanted photo is made flat in its words and not in
//! its pixels: nothing can be cut off, and the page is shown as it was taken.

use unicode_normalization::UnicodeNormalization as _;

use crate::domain::{BBox, Page, Source, Word};
use crate::reading::ocr::{Line, OcrWord, Recognized};

type Point = (f32, f32);

/// Lines at a steeper angle to the page's own are set by themselves, behind the others.
const STEEP: f32 = 0.5;
/// Ends of pieces this share of the smaller height apart stand in one row.
const ROW_DRIFT: f32 = 0.5;

/// A piece of a line: words that OCR found together, level but for what the paper bends.
struct Piece {
    words: Vec<OcrWord>,
    /// The words' corners on the level page, in pixels.
    level: Vec<[Point; 4]>,
    height: f32,
    left: Point,
    right: Point,
    steep: bool,
}

/// A page from what was recognized on a picture of `size` pixels, `points` large on paper.
pub(super) fn arrange(number: u32, recognized: Recognized, size: (u32, u32), points: (f32, f32)) -> Page {
    let turns = recognized.quarter_turns % 4;
    let seen = (size.0 as f32, size.1 as f32);
    let (upright, (width, height)) = if turns % 2 == 1 { ((seen.1, seen.0), (points.1, points.0)) } else { (seen, points) };
    let lines: Vec<Line> = recognized.lines.into_iter().map(|line| turned(line, turns, seen)).collect();
    let slant = slant(&lines);
    let pieces = lines.into_iter().filter_map(|line| piece(line, slant, upright)).collect();
    let mut words = Vec::new();
    for (row, line) in rows(pieces).into_iter().zip(0..) {
        place(row, line, upright, &mut words);
    }
    Page { number, width, height, source: Source::Ocr, turns, words }
}

/// The line on the page after clockwise quarter turns.
fn turned(mut line: Line, turns: u8, (width, height): (f32, f32)) -> Line {
    for corner in line.words.iter_mut().flat_map(|word| &mut word.quad) {
        let (x, y) = *corner;
        *corner = match turns {
            1 => (height - y, x),
            2 => (width - x, height - y),
            3 => (y, width - x),
            _ => (x, y),
        };
    }
    line
}

fn middle(a: Point, b: Point) -> Point {
    (f32::midpoint(a.0, b.0), f32::midpoint(a.1, b.1))
}

fn distance(a: Point, b: Point) -> f32 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// The angle at which a line runs, and its length.
fn course(line: &Line) -> Option<(f32, f32)> {
    let (first, last) = (line.words.first()?, line.words.last()?);
    let (start, end) = (middle(first.quad[0], first.quad[3]), middle(last.quad[1], last.quad[2]));
    Some(((end.1 - start.1).atan2(end.0 - start.0), distance(start, end)))
}

/// The page's slant in radians: the median over its lines, the longer counting for more.
fn slant(lines: &[Line]) -> f32 {
    let mut courses: Vec<(f32, f32)> = lines.iter().filter_map(course).filter(|(angle, _)| angle.abs() < STEEP).collect();
    courses.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = courses.iter().map(|(_, length)| length).sum::<f32>() / 2.0;
    let mut passed = 0.0;
    let median = courses.iter().find(|(_, length)| {
        passed += length;
        passed >= half
    });
    median.map_or(0.0, |(angle, _)| *angle)
}

fn piece(mut line: Line, slant: f32, (width, height): (f32, f32)) -> Option<Piece> {
    let steep = (course(&line)?.0 - slant).abs() > STEEP;
    let (sin, cos) = (-slant).sin_cos();
    let centre = (width / 2.0, height / 2.0);
    let rotated = |(x, y): Point| {
        let (dx, dy) = (x - centre.0, y - centre.1);
        (centre.0 + dx * cos - dy * sin, centre.1 + dx * sin + dy * cos)
    };
    line.words.retain_mut(|word| {
        word.text = word.text.nfc().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        !word.text.is_empty() && word.quad.iter().all(|(x, y)| x.is_finite() && y.is_finite())
    });
    let words = line.words;
    let level: Vec<[Point; 4]> = words.iter().map(|word| word.quad.map(rotated)).collect();
    let (first, last) = (level.first()?, level.last()?);
    let mut heights: Vec<f32> = level.iter().map(|quad| distance(middle(quad[0], quad[1]), middle(quad[3], quad[2]))).collect();
    heights.sort_by(f32::total_cmp);
    let (left, right) = (middle(first[0], first[3]), middle(last[1], last[2]));
    Some(Piece { height: heights[heights.len() / 2].max(1.0), words, left, right, level, steep })
}

/// How the slope of the lines that is left changes down the page: `mean` at the height `at`, `change` a
/// pixel.
struct Fan {
    at: f32,
    mean: f32,
    change: f32,
}

impl Fan {
    /// A weighted least-squares line through the slopes of the longer pieces; no change from a few.
    fn of(pieces: &[Piece]) -> Self {
        let sample = |piece: &Piece| {
            let (dx, dy) = (piece.right.0 - piece.left.0, piece.right.1 - piece.left.1);
            // The ends of a short piece say little of its slope.
            (!piece.steep && dx > 4.0 * piece.height).then(|| (f32::midpoint(piece.left.1, piece.right.1), dy / dx, dx * dx))
        };
        let samples: Vec<(f32, f32, f32)> = pieces.iter().filter_map(sample).collect();
        let all: f32 = samples.iter().map(|s| s.2).sum();
        if samples.len() < 6 || all <= 0.0 {
            return Self { at: 0.0, mean: 0.0, change: 0.0 };
        }
        let at = samples.iter().map(|s| s.0 * s.2).sum::<f32>() / all;
        let mean = samples.iter().map(|s| s.1 * s.2).sum::<f32>() / all;
        let spread: f32 = samples.iter().map(|s| (s.0 - at).powi(2) * s.2).sum();
        let along: f32 = samples.iter().map(|s| (s.0 - at) * (s.1 - mean) * s.2).sum();
        Self { at, mean, change: if spread > 1.0 { along / spread } else { 0.0 } }
    }

    fn slope(&self, y: f32) -> f32 {
        (self.mean + self.change * (y - self.at)).clamp(-0.2, 0.2)
    }
}

/// Pieces in rows, down the page, each row from left to right; steep ones follow, each by itself.
fn rows(mut pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let fan = Fan::of(&pieces);
    pieces.sort_by(|a, b| a.steep.cmp(&b.steep).then(a.left.0.total_cmp(&b.left.0)));
    let mut rows: Vec<Vec<Piece>> = Vec::new();
    for piece in pieces {
        // A row goes on where its last piece ends, so that a bend of the paper is followed.
        let drift = |row: &Vec<Piece>| -> Option<f32> {
            let last = row.last().filter(|last| !last.steep && !piece.steep)?;
            let scale = last.height.min(piece.height);
            let expected = last.right.1 + fan.slope(last.right.1) * (piece.left.0 - last.right.0);
            let drift = (piece.left.1 - expected).abs();
            (drift < ROW_DRIFT * scale && piece.left.0 > last.right.0 - 0.6 * scale).then_some(drift)
        };
        let best = rows.iter_mut().filter_map(|row| drift(row).map(|d| (d, row))).min_by(|a, b| a.0.total_cmp(&b.0));
        match best {
            Some((_, row)) => row.push(piece),
            None => rows.push(vec![piece]),
        }
    }
    let order = |row: &Vec<Piece>| (row.iter().any(|piece| piece.steep), axis(row));
    rows.sort_by(|a, b| {
        let (a, b) = (order(a), order(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    rows
}

/// The height at which a row runs: the mean of its pieces, the longer counting for more.
fn axis(row: &[Piece]) -> f32 {
    let weighted = |piece: &Piece| ((piece.right.0 - piece.left.0).abs().max(1.0), f32::midpoint(piece.left.1, piece.right.1));
    let (sum, weight) = row.iter().map(weighted).fold((0.0, 0.0), |(sum, all), (weight, y)| (sum + weight * y, all + weight));
    if weight > 0.0 { sum / weight } else { 0.0 }
}

/// The words of a row, as fractions of the page.
fn place(row: Vec<Piece>, line: u32, (width, height): (f32, f32), words: &mut Vec<Word>) {
    let y = axis(&row);
    let share = |bbox: BBox| {
        let (x0, x1) = ((bbox.x / width).clamp(0.0, 1.0), (bbox.right() / width).clamp(0.0, 1.0));
        let (y0, y1) = ((bbox.y / height).clamp(0.0, 1.0), (bbox.bottom() / height).clamp(0.0, 1.0));
        BBox { x: x0, y: y0, w: x1 - x0, h: y1 - y0 }
    };
    for piece in row {
        for (word, level) in piece.words.into_iter().zip(piece.level) {
            let bbox = share(BBox::around(&word.quad));
            if bbox.w <= 0.0 || bbox.h <= 0.0 {
                continue; // outside the picture
            }
            let (left, right) = (middle(level[0], level[3]).0, middle(level[1], level[2]).0);
            let flat = BBox {
                x: left / width,
                y: (y - piece.height / 2.0) / height,
                w: (right - left).max(1.0) / width,
                h: piece.height / height,
            };
            let level = (!piece.steep).then_some(flat);
            words.push(Word { text: word.text, bbox, level, line, bold: false, confidence: word.confidence.clamp(0.0, 1.0) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words 40 pixels wide and 20 high, 50 apart, from `at` along `angle`.
    fn line(text: &str, at: Point, angle: f32) -> Line {
        let (sin, cos) = angle.sin_cos();
        let corner = |u: f32, v: f32| (at.0 + u * cos - v * sin, at.1 + u * sin + v * cos);
        let words = text.split(' ').zip(0_u8..).map(|(text, i)| {
            let u = f32::from(i) * 50.0;
            let quad = [corner(u, -10.0), corner(u + 40.0, -10.0), corner(u + 40.0, 10.0), corner(u, 10.0)];
            OcrWord { text: text.to_owned(), quad, confidence: 0.9 }
        });
        Line { words: words.collect(), confidence: 0.9 }
    }

    fn told(page: &Page) -> Vec<(u32, &str)> {
        page.words.iter().map(|word| (word.line, word.text.as_str())).collect()
    }

    /// Two columns of three rows on a page of 1000 by 1400, at a slant; the columns are separate pieces.
    fn slanted(angle: f32) -> Recognized {
        let down = |x: f32, y: f32| (x * angle.cos() - y * angle.sin() + 100.0, x * angle.sin() + y * angle.cos() + 100.0);
        let mut lines = Vec::new();
        for (y, left, right) in [(0.0, "Net amount", "100.00"), (30.0, "VAT 19%", "19.00"), (60.0, "Total", "119.00")] {
            lines.push(line(right, down(700.0, y), angle));
            lines.push(line(left, down(0.0, y), angle));
        }
        Recognized { quarter_turns: 0, lines }
    }

    #[test]
    fn columns_of_a_slanted_page_share_their_rows() {
        let expected = [(0, "Net"), (0, "amount"), (0, "100.00"), (1, "VAT"), (1, "19%"), (1, "19.00"), (2, "Total"), (2, "119.00")];
        for angle in [-0.08, -0.03, 0.0, 0.03, 0.08] {
            let page = arrange(1, slanted(angle), (1000, 1400), (595.0, 842.0));
            assert_eq!(told(&page), expected, "{angle}");
            let heights: Vec<f32> = page.words.iter().map(|word| word.level.unwrap().center_y()).collect();
            assert!((heights[0] - heights[2]).abs() < 1e-5 && heights[3] - heights[0] > 0.018, "{angle}: {heights:?}");
            // The box is where the word is seen: a slant of 0.08 takes the far column 56 pixels up or down.
            let drop = (page.words[2].bbox.center_y() - page.words[0].bbox.center_y()) * 1400.0;
            assert!((drop - angle.tan() * 690.0).abs() < 6.0, "{angle}: {drop}");
        }
    }

    #[test]
    fn columns_of_a_fanned_out_photo_share_their_rows() {
        let mut lines = Vec::new();
        for row in 0..12_u8 {
            let (y, slope) = (100.0 + 100.0 * f32::from(row), 0.06 - 0.011 * f32::from(row));
            lines.push(line(&format!("item{row} of the list"), (50.0, y), slope));
            lines.push(line(&format!("{row}.00"), (850.0, y + 800.0 * slope), slope));
        }
        let page = arrange(1, Recognized { quarter_turns: 0, lines }, (1000, 1400), (595.0, 842.0));
        for row in 0..12_u32 {
            let texts: Vec<&str> = page.words.iter().filter(|word| word.line == row).map(|word| word.text.as_str()).collect();
            assert_eq!(texts, [format!("item{row}").as_str(), "of", "the", "list", format!("{row}.00").as_str()]);
        }
    }

    #[test]
    fn a_bent_row_is_followed_and_its_words_are_set_level() {
        let lines = vec![
            line("a b", (0.0, 100.0), 0.05),
            line("c d", (110.0, 106.0), 0.0),
            line("e f", (220.0, 105.0), -0.05),
            line("under", (0.0, 128.0), 0.0),
        ];
        let page = arrange(1, Recognized { quarter_turns: 0, lines }, (1000, 1000), (595.0, 595.0));
        assert_eq!(told(&page), [(0, "a"), (0, "b"), (0, "c"), (0, "d"), (0, "e"), (0, "f"), (1, "under")]);
    }

    #[test]
    fn a_turned_page_is_told_and_its_boxes_are_of_the_upright_page() {
        // Seen on its side: the text runs down the picture's right edge, one clockwise turn too many.
        let sideways = vec![line("Invoice number", (900.0, 50.0), std::f32::consts::FRAC_PI_2)];
        let page = arrange(3, Recognized { quarter_turns: 3, lines: sideways }, (1000, 600), (842.0, 505.0));
        assert_eq!((page.number, page.turns, page.source), (3, 3, Source::Ocr));
        assert_eq!((page.width, page.height), (505.0, 842.0));
        let first = &page.words[0];
        assert_eq!(first.text, "Invoice");
        assert!(first.bbox.w * 600.0 > 39.0 && first.bbox.h * 1000.0 < 21.0, "{:?}", first.bbox);
        assert!((first.bbox.x - 50.0 / 600.0).abs() < 0.01 && (first.bbox.center_y() - 0.1).abs() < 0.01, "{:?}", first.bbox);
    }

    #[test]
    fn text_up_the_margin_stands_by_itself_and_nonsense_is_dropped() {
        let mut broken = line("gone", (10.0, 10.0), 0.0);
        broken.words[0].quad[2] = (f32::NAN, 3.0);
        let lines = vec![line("up", (990.0, 500.0), -1.57), line("level", (100.0, 500.0), 0.0), broken, line(" ", (5.0, 5.0), 0.0)];
        let page = arrange(1, Recognized { quarter_turns: 0, lines }, (1000, 1000), (595.0, 595.0));
        assert_eq!(told(&page), [(0, "level"), (1, "up")]);
        assert_eq!(page.words[1].level, None);
        assert_eq!(arrange(1, Recognized { quarter_turns: 0, lines: Vec::new() }, (10, 10), (595.0, 595.0)).words, []);
    }
}
