//! Rectangles that lie at an angle: the smallest one around points, its corners, points inside.

/// A point in pixels, x to the right and y down.
pub(super) type Point = (f32, f32);

/// A rectangle at any angle: text runs along `along`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub centre: Point,
    /// Unit vector of the reading direction; the text's down is this turned a quarter clockwise.
    pub along: Point,
    /// Full length in the reading direction, in pixels.
    pub length: f32,
    /// Full extent across it.
    pub height: f32,
}

impl Rect {
    /// Down, as the text sees it.
    pub fn down(&self) -> Point {
        (-self.along.1, self.along.0)
    }

    /// The point at `(x, y)` in fractions of length and height from the text's top left.
    pub fn at(&self, x: f32, y: f32) -> Point {
        let (dx, dy) = ((x - 0.5) * self.length, (y - 0.5) * self.height);
        let down = self.down();
        (self.centre.0 + self.along.0 * dx + down.0 * dy, self.centre.1 + self.along.1 * dx + down.1 * dy)
    }

    /// Corners from the text's top left, clockwise, of the part between two fractions of the length.
    pub fn quad(&self, from: f32, to: f32) -> [Point; 4] {
        [self.at(from, 0.0), self.at(to, 0.0), self.at(to, 1.0), self.at(from, 1.0)]
    }

    /// The part between two fractions of the length.
    pub fn part(&self, from: f32, to: f32) -> Self {
        Self { centre: self.at((from + to) / 2.0, 0.5), length: self.length * (to - from), ..*self }
    }

    /// Larger by so many pixels on every side.
    pub fn grown(&self, by: f32) -> Self {
        Self { length: self.length + 2.0 * by, height: self.height + 2.0 * by, ..*self }
    }

    /// The same place read after so many clockwise quarter turns of the reader's head.
    pub fn turned(&self, quarters: u8) -> Self {
        (0..quarters % 4).fold(*self, |rect, _| Self { along: rect.down(), length: rect.height, height: rect.length, ..rect })
    }

    /// With both axes scaled.
    pub fn scaled(&self, x: f32, y: f32) -> Self {
        let along = (self.along.0 * x, self.along.1 * y);
        let down = self.down();
        let stretch = |vector: Point| vector.0.hypot(vector.1);
        let (length, height) = (stretch(along), stretch((down.0 * x, down.1 * y)));
        Self {
            centre: (self.centre.0 * x, self.centre.1 * y),
            along: (along.0 / length.max(f32::MIN_POSITIVE), along.1 / length.max(f32::MIN_POSITIVE)),
            length: self.length * length,
            height: self.height * height,
        }
    }
}

/// Twice the signed area of the triangle.
fn cross(o: Point, a: Point, b: Point) -> f32 {
    (a.0 - o.0) * (b.1 - o.1) - (a.1 - o.1) * (b.0 - o.0)
}

/// The convex hull (monotone chain), without collinear points.
fn hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let mut chain: Vec<Point> = Vec::with_capacity(points.len());
    for half in 0..2 {
        let start = chain.len();
        for &point in &points {
            while chain.len() >= start + 2 && cross(chain[chain.len() - 2], chain[chain.len() - 1], point) <= 0.0 {
                chain.pop();
            }
            chain.push(point);
        }
        chain.pop();
        if half == 0 {
            points.reverse();
        }
    }
    chain
}

/// The rectangle of least area around points: one of its sides lies on the hull. `along` is the axis
/// nearest to the horizontal, pointing right.
pub(super) fn smallest_rect(points: Vec<Point>) -> Option<Rect> {
    let hull = hull(points);
    let mut best: Option<(f32, Rect)> = None;
    for (index, &from) in hull.iter().enumerate() {
        let to = hull[(index + 1) % hull.len()];
        let edge = (to.0 - from.0, to.1 - from.1);
        let size = edge.0.hypot(edge.1);
        if size <= f32::EPSILON {
            continue;
        }
        let axis = level((edge.0 / size, edge.1 / size));
        let rect = bounds(&hull, axis);
        let area = rect.length * rect.height;
        if best.is_none_or(|(least, _)| area < least) {
            best = Some((area, rect));
        }
    }
    best.map(|(_, rect)| rect)
}

/// Of the four directions that are quarter turns of this one, that nearest to the right.
fn level(axis: Point) -> Point {
    match axis {
        (x, y) if x >= y.abs() => (x, y),
        (x, y) if -x >= y.abs() => (-x, -y),
        (x, y) if y > 0.0 => (y, -x),
        (x, y) => (-y, x),
    }
}

fn bounds(points: &[Point], along: Point) -> Rect {
    let down = (-along.1, along.0);
    let span = |axis: Point| {
        points.iter().map(|p| p.0 * axis.0 + p.1 * axis.1).fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((left, right), (top, bottom)) = (span(along), span(down));
    let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
    Rect { centre: (along.0 * x + down.0 * y, along.1 * x + down.1 * y), along, length: right - left, height: bottom - top }
}
