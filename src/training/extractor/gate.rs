//! Whether a fine-tuned extractor may replace the installed one.
//!
//! Runs after fine-tuning, on documents that neither model learned from: the customer's own reserved
//! ones, which must be read better, and generated ones, which must not be read worse. It refuses a gain
//! that chance alone could have made (a sign test over documents), a field that pays for another's
//! gain, and a model that forgets.

use std::collections::BTreeMap;
use std::fmt;

use super::train::Evaluation;
use crate::extraction::candidates::SCORED;

/// A gain that chance makes more often than this is none.
const LUCK: f64 = 0.1;
/// Share of a field's decisions that may get worse, but always [`SLIPS`].
const FIELD_LOSS: f64 = 0.02;
/// Share of all generated decisions that may get worse, but always [`SLIPS`].
const FORGOTTEN: f64 = 0.005;
/// Decisions that may get worse, however few there are.
const SLIPS: usize = 2;

/// Right decisions of the old and the new model, and all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// The installed model's.
    pub before: usize,
    /// The fine-tuned model's.
    pub after: usize,
    /// Decisions.
    pub all: usize,
}

impl Score {
    fn sum(scores: impl Iterator<Item = Self>) -> Self {
        scores.fold(Self::default(), |sum, s| Self { before: sum.before + s.before, after: sum.after + s.after, all: sum.all + s.all })
    }

    /// Whether more got worse than `share` of all, or than [`SLIPS`] where that is more.
    fn lost(&self, share: f64) -> bool {
        self.before.saturating_sub(self.after) as f64 > (self.all as f64 * share).max(SLIPS as f64)
    }
}

/// Both models on both sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// By column of [`SCORED`]: on the customer's reserved documents.
    pub reserved: BTreeMap<usize, Score>,
    /// By column of [`SCORED`]: on held-out generated documents.
    pub generated: BTreeMap<usize, Score>,
    /// Reserved documents.
    pub documents: usize,
    /// Reserved documents with more fields right than before.
    pub better: usize,
    /// Reserved documents with fewer fields right than before.
    pub worse: usize,
}

impl Comparison {
    /// From what both models decided: of the reserved documents one by one, of the generated ones together.
    pub(super) fn new(reserved: &[(Evaluation, Evaluation)], generated: &(Evaluation, Evaluation)) -> Self {
        let mut out = Self { documents: reserved.len(), ..Self::default() };
        let right = |evaluation: &Evaluation| evaluation.decisions.values().map(|d| d.0).sum::<usize>();
        for pair in reserved {
            add(&mut out.reserved, pair);
            out.better += usize::from(right(&pair.1) > right(&pair.0));
            out.worse += usize::from(right(&pair.1) < right(&pair.0));
        }
        add(&mut out.generated, generated);
        out
    }

    /// How often chance alone makes at least so many of the changed documents better (sign test).
    #[must_use]
    pub fn luck(&self) -> f64 {
        let changed = self.better + self.worse;
        // C(n, k) / 2^n for k = n, n - 1, …, better.
        let mut term = 0.5_f64.powf(changed as f64);
        let mut sum = term;
        for k in (self.better + 1..=changed).rev() {
            term *= k as f64 / (changed - k + 1) as f64;
            sum += term;
        }
        sum.min(1.0)
    }

    /// Whether the new model may replace the old one.
    ///
    /// # Errors
    /// Why not.
    pub fn verdict(&self) -> Result<(), String> {
        let (own, made) = (Score::sum(self.reserved.values().copied()), Score::sum(self.generated.values().copied()));
        let lost =
            |scores: &BTreeMap<usize, Score>| scores.iter().find(|(_, score)| score.lost(FIELD_LOSS)).map(|(&field, _)| SCORED[field]);
        if own.after <= own.before || self.luck() > LUCK {
            return Err("it is not clearly better on the reserved documents".to_owned());
        }
        if let Some(field) = lost(&self.reserved) {
            return Err(format!("it reads {field} worse on the reserved documents"));
        }
        if made.lost(FORGOTTEN) {
            return Err("it forgets: generated documents are read worse".to_owned());
        }
        if let Some(field) = lost(&self.generated) {
            return Err(format!("it forgets: {field} of generated documents is read worse"));
        }
        Ok(())
    }
}

fn add(sums: &mut BTreeMap<usize, Score>, (before, after): &(Evaluation, Evaluation)) {
    for (&field, &(right, all)) in &before.decisions {
        let score = sums.entry(field).or_default();
        score.before += right;
        score.after += after.decisions.get(&field).map_or(0, |d| d.0);
        score.all += all;
    }
}

/// A table: by field and over all, right decisions before and after, on both sets.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, name: &str, own: Option<Score>, made: Option<Score>| {
            let cells = |score: Option<Score>| match score {
                Some(Score { before, after, all }) => [before, after].map(|right| format!("{right}/{all}")),
                None => ["–", "–"].map(str::to_owned),
            };
            let ([a, b], [c, d]) = (cells(own), cells(made));
            writeln!(f, "{name:<16} {a:>10} {b:>10} {c:>12} {d:>10}")
        };
        writeln!(f, "{:<16} {:>21} {:>23}", "", "reserved documents", "generated documents")?;
        writeln!(f, "{:<16} {:>10} {:>10} {:>12} {:>10}", "right decisions", "before", "after", "before", "after")?;
        for (column, field) in SCORED.iter().enumerate() {
            line(f, field.as_str(), self.reserved.get(&column).copied(), self.generated.get(&column).copied())?;
        }
        let sum = |scores: &BTreeMap<usize, Score>| Some(Score::sum(scores.values().copied()));
        line(f, "all", sum(&self.reserved), sum(&self.generated))?;
        let Self { documents, better, worse, .. } = self;
        write!(
            f,
            "{better} of {documents} reserved documents are read better, {worse} worse (by chance alone in {:.1} of 100 cases)",
            100.0 * self.luck()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(own: (usize, usize, usize), made: (usize, usize, usize), better: usize, worse: usize) -> Comparison {
        let score = |(before, after, all)| BTreeMap::from([(0, Score { before, after, all })]);
        Comparison { reserved: score(own), generated: score(made), documents: own.2, better, worse }
    }

    #[test]
    fn luck_is_the_binomial_tail() {
        for (better, worse, expected) in
            [(0, 0, 1.0), (5, 0, 0.03125), (4, 0, 0.0625), (1, 0, 0.5), (2, 1, 0.5), (8, 2, 56.0 / 1024.0), (0, 3, 1.0)]
        {
            let luck = comparison((0, 0, 0), (0, 0, 0), better, worse).luck();
            assert!((luck - expected).abs() < 1e-12, "{better} {worse}: {luck}");
        }
        let many = comparison((0, 0, 0), (0, 0, 0), 1500, 500).luck();
        assert!((0.0..1e-6).contains(&many), "{many}");
    }

    #[test]
    fn only_a_clear_gain_that_costs_nothing_passes() {
        assert_eq!(comparison((2, 9, 10), (570, 569, 600), 7, 0).verdict(), Ok(()));
        for (own, made, better, worse, reason) in [
            ((2, 2, 10), (570, 600, 600), 0, 0, "not clearly better"),
            ((2, 4, 10), (570, 570, 600), 2, 0, "not clearly better"),
            ((2, 1, 10), (570, 570, 600), 7, 0, "not clearly better"),
            ((2, 9, 10), (570, 560, 600), 7, 0, "forgets"),
        ] {
            let refused = comparison(own, made, better, worse).verdict().unwrap_err();
            assert!(refused.contains(reason), "{refused}");
        }
        let mut costly = comparison((2, 9, 10), (570, 570, 600), 7, 0);
        costly.reserved.insert(3, Score { before: 9, after: 5, all: 10 });
        assert!(costly.verdict().unwrap_err().contains("supplier_name"));
        let mut forgetful = comparison((2, 9, 10), (2000, 2000, 2000), 7, 0);
        forgetful.generated.insert(3, Score { before: 95, after: 90, all: 100 });
        assert!(forgetful.verdict().unwrap_err().contains("supplier_name of generated"));
    }

    #[test]
    fn the_table_names_every_field_and_the_sums() {
        let text = comparison((2, 9, 10), (570, 569, 600), 7, 0).to_string();
        assert!(text.contains("invoice_number         2/10       9/10      570/600    569/600"), "{text}");
        assert!(SCORED.iter().all(|field| text.contains(field.as_str())) && text.contains("7 of 10 reserved"), "{text}");
    }
}
