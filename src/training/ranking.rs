//! Figures of a ranking: average precision, best F1, recall at a precision. Equal scores are one
//! threshold, as in the evaluation scripts.

/// One threshold of a ranking: everything that scores at least `score`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// The lowest score taken.
    pub score: f64,
    /// Right ones taken.
    pub hits: f64,
    /// All taken.
    pub taken: f64,
}

/// The thresholds of a ranking, from the highest score down.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// One for each distinct score.
    pub cuts: Vec<Cut>,
    /// How many right ones there are, found or not.
    pub total: f64,
}

impl Ranking {
    /// From `(score, right, weight)`; `total` right ones exist.
    #[must_use]
    pub fn new(mut items: Vec<(f64, bool, f64)>, total: f64) -> Self {
        items.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut cuts: Vec<Cut> = Vec::new();
        let (mut hits, mut taken) = (0.0, 0.0);
        for (score, right, weight) in items {
            hits += if right { weight } else { 0.0 };
            taken += weight;
            match cuts.last_mut() {
                Some(last) if last.score <= score => *last = Cut { score, hits, taken },
                _ => cuts.push(Cut { score, hits, taken }),
            }
        }
        Self { cuts, total: total.max(1e-12) }
    }

    /// Area under the steps of precision over recall.
    #[must_use]
    pub fn average_precision(&self) -> f64 {
        let mut before = 0.0;
        let mut sum = 0.0;
        for cut in &self.cuts {
            sum += (cut.hits - before) / self.total * cut.hits / cut.taken;
            before = cut.hits;
        }
        sum
    }

    /// `(f1, precision, recall, threshold)` at the best F1.
    #[must_use]
    pub fn best_f1(&self) -> (f64, f64, f64, f64) {
        let figures = self.cuts.iter().map(|cut| {
            let (precision, recall) = (cut.hits / cut.taken, cut.hits / self.total);
            (2.0 * precision * recall / (precision + recall).max(1e-12), precision, recall, cut.score)
        });
        figures.fold((0.0, 0.0, 0.0, 1.0), |best, next| if next.0 > best.0 { next } else { best })
    }

    /// The lowest score down to which precision is at least `wanted`.
    #[must_use]
    pub fn score_at(&self, wanted: f64) -> Option<f64> {
        self.cuts.iter().rev().find(|cut| cut.hits / cut.taken >= wanted).map(|cut| cut.score)
    }

    /// The highest recall at which precision is at least `wanted`.
    #[must_use]
    pub fn recall_at(&self, wanted: f64) -> f64 {
        self.cuts.iter().filter(|cut| cut.hits / cut.taken >= wanted).map(|cut| cut.hits / self.total).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_small_ranking() {
        let ranking = Ranking::new(vec![(0.9, true, 1.0), (0.8, false, 1.0), (0.7, true, 1.0), (0.1, false, 1.0)], 2.0);
        assert!((ranking.average_precision() - (0.5 + 0.5 * 2.0 / 3.0)).abs() < 1e-12);
        let (f1, precision, recall, threshold) = ranking.best_f1();
        assert!((f1 - 0.8).abs() < 1e-12 && (precision - 2.0 / 3.0).abs() < 1e-12 && recall == 1.0 && threshold == 0.7);
        assert_eq!((ranking.recall_at(1.0), ranking.recall_at(0.6)), (0.5, 1.0));
        assert_eq!((ranking.score_at(1.0), ranking.score_at(0.6)), (Some(0.9), Some(0.7)));
    }

    #[test]
    fn equal_scores_are_one_threshold() {
        let ranking = Ranking::new(vec![(0.5, true, 1.0), (0.5, false, 1.0)], 1.0);
        assert_eq!(ranking.cuts.len(), 1);
        assert_eq!(ranking.average_precision(), 0.5);
    }
}
