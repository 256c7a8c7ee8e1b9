//! What a page shows besides letters, as far as reading needs it: where pictures lie, what is clipped
//! away, how many shapes might be letters drawn as outlines, and the upright rules of tables.

use hayro::hayro_interpret::DrawMode;
use hayro::kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape as _};

/// Pictures are noted on a grid of so many cells a side.
const CELLS: usize = 32;
/// More clips than this are nested by no program that makes documents.
const MAX_CLIPS: usize = 10_000;
/// More rules are not kept.
const MAX_RULES: usize = 5_000;
/// More painted places are not told apart: then all of the page counts as painted.
const MAX_PAINTED: usize = 1_000;
/// A rule is no thicker than this, in points, and no shorter than `RULE_LENGTH`.
const RULE_WIDTH: f64 = 3.0;
const RULE_LENGTH: f64 = 5.0;

/// An upright line on the page, in points from its top left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    pub(super) x: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

/// The page without its letters.
#[derive(Debug)]
pub(super) struct Canvas {
    page: Rect,
    /// One bit a cell, one word a row: set where a picture covers the cell's middle.
    covered: [u32; CELLS],
    /// What is not bare paper: boxes around shapes and pictures.
    painted: Vec<Rect>,
    clips: Vec<Rect>,
    /// Clips beyond the limit, so that each end finds its beginning.
    clips_beyond: usize,
    /// Filled shapes with as many corners as a letter has at least.
    pub(super) shapes: usize,
    pub(super) rules: Vec<Rule>,
}

impl Canvas {
    /// An empty page of this size in points.
    pub(super) fn new(width: f32, height: f32) -> Self {
        let page = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        Self { page, covered: [0; CELLS], painted: Vec::new(), clips: Vec::new(), clips_beyond: 0, shapes: 0, rules: Vec::new() }
    }

    pub(super) fn push_clip(&mut self, to: Rect) {
        if self.clips.len() >= MAX_CLIPS {
            self.clips_beyond += 1;
            return;
        }
        self.clips.push(self.clip().intersect(to));
    }

    pub(super) fn pop_clip(&mut self) {
        match self.clips_beyond.checked_sub(1) {
            Some(left) => self.clips_beyond = left,
            None => drop(self.clips.pop()),
        }
    }

    /// What is drawn now shows only within this.
    pub(super) fn clip(&self) -> Rect {
        // An unclipped page may still be drawn on beyond its edges: letters there are sorted out by
        // their places.
        self.clips.last().copied().unwrap_or(Rect::new(f64::MIN, f64::MIN, f64::MAX, f64::MAX))
    }

    /// Notes a picture.
    pub(super) fn cover(&mut self, picture: Rect) {
        let seen = picture.intersect(self.clip());
        let (width, height) = (self.page.width() / CELLS as f64, self.page.height() / CELLS as f64);
        for (row, cells) in self.covered.iter_mut().enumerate() {
            let y = (row as f64 + 0.5) * height;
            if y < seen.y0 || y > seen.y1 {
                continue;
            }
            for column in 0..CELLS {
                let x = (column as f64 + 0.5) * width;
                *cells |= u32::from(x >= seen.x0 && x <= seen.x1) << column;
            }
        }
    }

    /// Notes a place that is no longer bare paper.
    pub(super) fn paint(&mut self, place: Rect) {
        if self.painted.len() < MAX_PAINTED {
            self.painted.push(place.intersect(self.clip()));
        }
    }

    /// Whether something may lie under this place.
    pub(super) fn is_painted(&self, place: Point) -> bool {
        self.painted.len() >= MAX_PAINTED || self.painted.iter().any(|painted| painted.inflate(1.0, 1.0).contains(place))
    }

    /// Share of the page that pictures cover, 0 to 1.
    pub(super) fn covered(&self) -> f32 {
        self.covered.iter().map(|row| row.count_ones()).sum::<u32>() as f32 / (CELLS * CELLS) as f32
    }

    /// Whether a picture covers this place.
    pub(super) fn is_covered(&self, place: Point) -> bool {
        let cell = |at: f64, side: f64| ((at / side * CELLS as f64).max(0.0) as usize).min(CELLS - 1);
        let (column, row) = (cell(place.x, self.page.width()), cell(place.y, self.page.height()));
        self.covered[row] >> column & 1 == 1
    }

    /// Notes a path: shapes that might be letters, upright rules.
    pub(super) fn path(&mut self, path: &BezPath, transform: Affine, mode: &DrawMode) {
        let filled = matches!(mode, DrawMode::Fill(_) | DrawMode::FillAndStroke(..));
        if filled {
            self.shapes += shapes(path);
        }
        if self.rules.len() >= MAX_RULES || path.elements().len() > 5 {
            return;
        }
        self.rect(path.bounding_box(), transform, mode);
    }

    /// Notes a rectangle where it is an upright rule, or the sides of a frame.
    pub(super) fn rect(&mut self, rect: Rect, transform: Affine, mode: &DrawMode) {
        let drawn = transform.transform_rect_bbox(rect);
        let drawn_in_view = drawn.intersect(self.clip());
        if self.rules.len() + 1 >= MAX_RULES || drawn_in_view.height() < RULE_LENGTH || !drawn.x0.is_finite() || !drawn.x1.is_finite() {
            return;
        }
        let mut rule = |x: f64| self.rules.push(Rule { x, top: drawn_in_view.y0, bottom: drawn_in_view.y1 });
        if drawn.width() <= RULE_WIDTH {
            rule(drawn.center().x);
        } else if matches!(mode, DrawMode::Stroke(_) | DrawMode::FillAndStroke(..)) {
            rule(drawn.x0);
            rule(drawn.x1);
        }
    }
}

/// Subpaths with at least four corners or curves: a rectangle has as many, but comes as one.
fn shapes(path: &BezPath) -> usize {
    let (mut shapes, mut corners) = (0, 0);
    for element in path.elements() {
        match element {
            PathEl::MoveTo(_) => {
                shapes += usize::from(corners >= 4);
                corners = 0;
            }
            PathEl::ClosePath => {}
            _ => corners += 1,
        }
    }
    shapes + usize::from(corners >= 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hayro::hayro_interpret::FillRule;

    #[test]
    fn pictures_cover_what_their_clip_leaves_of_them() {
        let mut canvas = Canvas::new(100.0, 200.0);
        canvas.push_clip(Rect::new(0.0, 0.0, 100.0, 100.0));
        canvas.push_clip(Rect::new(50.0, 0.0, 200.0, 200.0));
        canvas.cover(Rect::new(-10.0, -10.0, 300.0, 300.0));
        assert!((canvas.covered() - 0.25).abs() < 0.02, "{}", canvas.covered());
        assert!(canvas.is_covered(Point::new(75.0, 50.0)) && !canvas.is_covered(Point::new(25.0, 50.0)));
        canvas.pop_clip();
        canvas.pop_clip();
        canvas.pop_clip();
        canvas.cover(Rect::new(0.0, 0.0, 100.0, 200.0));
        assert_eq!(canvas.covered(), 1.0);
    }

    #[test]
    fn upright_lines_are_rules_and_level_ones_are_not() {
        let mut canvas = Canvas::new(100.0, 200.0);
        let fill = DrawMode::Fill(FillRule::NonZero);
        canvas.rect(Rect::new(50.0, 10.0, 51.0, 90.0), Affine::IDENTITY, &fill);
        canvas.rect(Rect::new(10.0, 50.0, 90.0, 51.0), Affine::IDENTITY, &fill);
        canvas.rect(Rect::new(10.0, 50.0, 90.0, 90.0), Affine::IDENTITY, &fill);
        assert_eq!(canvas.rules, [Rule { x: 50.5, top: 10.0, bottom: 90.0 }]);
    }
}
