//! Whether confidence means what it says: calibration error, and how much can be accepted at which risk.

use super::counting::{HEADER, Judged, Scores, share};

/// Equal-width steps of confidence.
pub const BINS: usize = 10;
/// The share of accepted values that must be right.
pub const TARGET: f64 = 0.99;
/// Thresholds that the tables show.
pub const THRESHOLDS: [f64; 8] = [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995];

/// One step of confidence.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bin {
    /// Values in it.
    pub n: usize,
    /// Mean confidence.
    pub said: f64,
    /// Share that is right.
    pub right: f64,
}

/// What is accepted from a threshold on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Accepted where confidence is at least this.
    pub threshold: f64,
    /// How many values.
    pub accepted: usize,
    /// How many of these are wrong.
    pub wrong: usize,
    /// Accepted share of all given values.
    pub coverage: f64,
    /// Wrong share of the accepted.
    pub risk: f64,
}

/// Confidence of one field, or of all.
#[derive(Debug, Clone, Default)]
pub struct Reliability {
    /// Values.
    pub n: usize,
    /// Right ones.
    pub right: usize,
    /// Mean confidence.
    pub said: f64,
    /// Steps of confidence, lowest first; [`BINS`] of them.
    pub bins: Vec<Bin>,
    /// Expected calibration error: the mean distance of said and right, weighted by values.
    pub error: f64,
    /// Risk by coverage, from the surest value to all; one point for each confidence that occurs.
    pub curve: Vec<Point>,
    /// Area under the curve: over all values, the mean risk of accepting all that are as sure.
    pub area: f64,
    /// The point of highest coverage with at least [`TARGET`] right.
    pub safe: Option<Point>,
}

impl Reliability {
    /// Of given values whose truth is known.
    pub fn of(values: &[Judged]) -> Self {
        let n = values.len();
        if n == 0 {
            return Self::default();
        }
        let mut sums = [(0_usize, 0.0_f64, 0_usize); BINS];
        for value in values {
            let bin = &mut sums[((value.confidence.clamp(0.0, 1.0) * BINS as f64) as usize).min(BINS - 1)];
            *bin = (bin.0 + 1, bin.1 + value.confidence, bin.2 + usize::from(value.right));
        }
        let bins: Vec<Bin> = sums.iter().map(|&(n, said, right)| Bin { n, said: said / n.max(1) as f64, right: share(right, n) }).collect();
        let error = bins.iter().map(|b| (b.said - b.right).abs() * b.n as f64).sum::<f64>() / n as f64;
        let curve = curve(values);
        let mut before = 0;
        let mut area = 0.0;
        for point in &curve {
            area += point.risk * (point.accepted - before) as f64 / n as f64;
            before = point.accepted;
        }
        let safe = curve.iter().rfind(|p| p.wrong as f64 <= (1.0 - TARGET) * p.accepted as f64 + 1e-9).copied();
        let right = values.iter().filter(|v| v.right).count();
        Self { n, right, said: values.iter().map(|v| v.confidence).sum::<f64>() / n as f64, bins, error, curve, area, safe }
    }

    /// What a threshold accepts.
    pub fn at(&self, threshold: f64) -> Point {
        let none = Point { threshold, accepted: 0, wrong: 0, coverage: 0.0, risk: 0.0 };
        self.curve.iter().rfind(|p| p.threshold >= threshold).map_or(none, |p| Point { threshold, ..*p })
    }
}

/// Values of one confidence are accepted together, so no threshold lies between them.
fn curve(values: &[Judged]) -> Vec<Point> {
    let mut sorted: Vec<&Judged> = values.iter().collect();
    sorted.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut points: Vec<Point> = Vec::new();
    let (mut accepted, mut wrong) = (0, 0);
    for same in sorted.chunk_by(|a, b| a.confidence == b.confidence) {
        accepted += same.len();
        wrong += same.iter().filter(|v| !v.right).count();
        points.push(Point {
            threshold: same[0].confidence,
            accepted,
            wrong,
            coverage: share(accepted, values.len()),
            risk: share(wrong, accepted),
        });
    }
    points
}

/// All header fields together, then each that has values.
pub fn by_field(scores: &Scores) -> (Reliability, Vec<(&'static str, Reliability)>) {
    let fields = HEADER
        .into_iter()
        .map(|field| (field, scores.judged.iter().filter(|v| v.field == field).copied().collect::<Vec<_>>()))
        .filter(|(_, values)| !values.is_empty())
        .map(|(field, values)| (field, Reliability::of(&values)))
        .collect();
    (Reliability::of(&scores.judged), fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(list: &[(f64, bool)]) -> Vec<Judged> {
        list.iter().map(|&(confidence, right)| Judged { field: "iban", confidence, right }).collect()
    }

    #[test]
    fn the_error_is_the_weighted_distance_of_said_and_right() {
        // Two steps: 0.9–1.0 says .95 and is .5 right (2 values); 0.2–0.3 says .2 and is 0 right (2).
        let r = Reliability::of(&values(&[(0.95, true), (0.95, false), (0.2, false), (0.2, false)]));
        assert!((r.error - (0.45 * 2.0 + 0.2 * 2.0) / 4.0).abs() < 1e-12);
        assert_eq!((r.bins[9].n, r.bins[2].n, r.n, r.right), (2, 2, 4, 1));
        let sure = Reliability::of(&values(&[(1.0, true), (0.0, false)]));
        assert_eq!((sure.error, sure.bins[9].n, sure.bins[0].n), (0.0, 1, 1));
        assert_eq!(Reliability::of(&[]).n, 0);
    }

    #[test]
    fn risk_rises_with_coverage_and_equal_confidences_go_together() {
        let r = Reliability::of(&values(&[(0.9, true), (0.9, false), (0.8, true), (0.99, true), (0.1, false)]));
        let points: Vec<(f64, usize, usize)> = r.curve.iter().map(|p| (p.threshold, p.accepted, p.wrong)).collect();
        assert_eq!(points, [(0.99, 1, 0), (0.9, 3, 1), (0.8, 4, 1), (0.1, 5, 2)]);
        let by_hand = (0.0 * 1.0 + 1.0 / 3.0 * 2.0 + 0.25 + 0.4) / 5.0;
        assert!((r.area - by_hand).abs() < 1e-12);
        assert_eq!(r.safe.map(|p| (p.threshold, p.accepted)), Some((0.99, 1)));
        assert_eq!((r.at(0.85).accepted, r.at(0.85).wrong, r.at(0.999).accepted), (3, 1, 0));
    }

    #[test]
    fn the_safe_point_is_the_farthest_even_where_the_curve_dips() {
        // 1 wrong at rank 50 is a risk of .02 there, and .01 again at rank 100.
        let mut list: Vec<(f64, bool)> = (0..100).map(|i| (1.0 - f64::from(i) / 1000.0, i != 49)).collect();
        let r = Reliability::of(&values(&list));
        assert_eq!(r.safe.map(|p| p.accepted), Some(100));
        list[99].1 = false;
        assert_eq!(Reliability::of(&values(&list)).safe.map(|p| p.accepted), Some(49));
    }
}
