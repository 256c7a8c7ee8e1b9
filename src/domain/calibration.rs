//! Turning a model's score into a probability that means what it says.

/// A monotone piecewise-linear map from raw score to probability (isotonic regression's result).
///
/// Knots are `(score, probability)`, both in `0..=1`, sorted by score, probabilities not falling.
/// Between knots it interpolates; outside it is flat. No knots: the identity.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Calibration {
    /// `(score, probability)` pairs in rising order.
    #[serde(default)]
    pub knots: Vec<(f64, f64)>,
}

impl Calibration {
    /// The calibrated probability of `score`, in `0..=1`.
    #[must_use]
    pub fn apply(&self, score: f64) -> f64 {
        let score = if score.is_nan() { 0.0 } else { score.clamp(0.0, 1.0) };
        let Some(&(first, low)) = self.knots.first() else {
            return score;
        };
        if score <= first {
            return low;
        }
        for pair in self.knots.windows(2) {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            if score <= x1 {
                let span = x1 - x0;
                return if span <= f64::EPSILON { y1 } else { y0 + (y1 - y0) * (score - x0) / span };
            }
        }
        self.knots.last().map_or(score, |knot| knot.1)
    }

    /// Fits by pool-adjacent-violators to `(score, was_right)` observations, at most `bins` knots.
    #[must_use]
    pub fn fit(observations: &[(f64, bool)], bins: usize) -> Self {
        if observations.is_empty() || bins == 0 {
            return Self::default();
        }
        let mut sorted: Vec<(f64, bool)> = observations.to_vec();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let per_bin = sorted.len().div_ceil(bins);
        // (sum of scores, right ones, count) of each block
        let mut blocks: Vec<(f64, f64, f64)> = Vec::new();
        for bin in sorted.chunks(per_bin) {
            let right = bin.iter().filter(|o| o.1).count() as f64;
            blocks.push((bin.iter().map(|o| o.0).sum(), right, bin.len() as f64));
            while let [.., a, b] = blocks[..]
                && a.1 / a.2 > b.1 / b.2
            {
                blocks.truncate(blocks.len() - 2);
                blocks.push((a.0 + b.0, a.1 + b.1, a.2 + b.2));
            }
        }
        // Laplace's rule keeps a block that was never wrong below certainty.
        let knots = blocks.iter().map(|&(s, r, n)| (s / n, (r + 1.0) / (n + 2.0))).collect();
        let mut fitted = Self { knots };
        let mut floor = 0.0_f64;
        for knot in &mut fitted.knots {
            floor = floor.max(knot.1);
            knot.1 = floor;
        }
        fitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_knots_is_the_identity_and_ends_are_flat() {
        assert_eq!(Calibration::default().apply(0.3), 0.3);
        let map = Calibration { knots: vec![(0.2, 0.1), (0.8, 0.9)] };
        assert_eq!(map.apply(0.0), 0.1);
        assert!((map.apply(0.5) - 0.5).abs() < 1e-9);
        assert_eq!(map.apply(1.0), 0.9);
    }

    #[test]
    fn a_fit_never_falls() {
        let observed: Vec<(f64, bool)> = (0..1000).map(|i| (f64::from(i) / 1000.0, i % 7 > 2 || i > 600)).collect();
        let map = Calibration::fit(&observed, 20);
        assert!(map.knots.windows(2).all(|k| k[0].1 <= k[1].1 && k[0].0 < k[1].0), "{map:?}");
    }
}
