//! Gradient-boosted trees for tables of features: a small histogram booster of our own, exported to ONNX.
//!
//! Second-order boosting of the logistic loss after Friedman (2001) and Chen and Guestrin (2016); features
//! in at most 255 bins, trees grown leaf by leaf with histogram subtraction, as Ke et al. (2017, LightGBM)
//! describe. Rows and columns are drawn for every tree. Deterministic by seed, whatever the number of
//! threads: each feature's sums are added in the order of rows.

mod export;
mod tree;

use anyhow::ensure;

use super::simulator::Dice;
use super::table::Table;
use tree::{Grower, Tree, logistic};

/// How to train.
#[derive(Debug, Clone, Copy)]
pub struct Growth {
    /// Number of trees.
    pub trees: usize,
    /// Leaves of a tree at most.
    pub leaves: usize,
    /// Share of each tree's correction that is taken.
    pub rate: f64,
    /// Rows of a leaf at least.
    pub rows: usize,
    /// L2 penalty on a leaf's value.
    pub penalty: f64,
    /// Share of the rows that a tree sees.
    pub sample: f64,
    /// Share of the features that a tree sees.
    pub columns: f64,
    /// Seed of the draws.
    pub seed: u64,
}

/// A trained ensemble: the score of a row is the logistic function of the sum of its leaves.
pub struct Forest {
    width: usize,
    base: f64,
    trees: Vec<Tree>,
}

/// Feature values in bins, a column after another.
pub(super) struct Bins {
    columns: Vec<Vec<u8>>,
    /// Upper ends of a feature's bins; a value at most that belongs to it.
    ends: Vec<Vec<f32>>,
}

impl Bins {
    fn of(table: &Table) -> Self {
        let rows = table.len();
        let ends: Vec<Vec<f32>> = (0..table.width).map(|column| ends(table, column)).collect();
        let columns = ends
            .iter()
            .enumerate()
            .map(|(column, ends)| {
                (0..rows).map(|row| ends.partition_point(|end| *end < table.features[row * table.width + column]).min(254) as u8).collect()
            })
            .collect();
        Self { columns, ends }
    }
}

/// Ends of bins between values that occur: every value's own while they are few, else at quantiles.
fn ends(table: &Table, column: usize) -> Vec<f32> {
    const MOST: usize = 254;
    let stride = (table.len() / 200_000).max(1);
    let mut values: Vec<f32> = (0..table.len()).step_by(stride).map(|row| table.features[row * table.width + column]).collect();
    values.sort_by(f32::total_cmp);
    let mut distinct = values.clone();
    distinct.dedup();
    let chosen: Vec<f32> = if distinct.len() <= MOST {
        distinct
    } else {
        let mut cuts: Vec<f32> = (1..=MOST).map(|cut| values[cut * (values.len() - 1) / MOST]).collect();
        cuts.dedup();
        cuts
    };
    // Half way to the next value, so that rounding at run time cannot move a row over a threshold.
    chosen.windows(2).map(|pair| f32::midpoint(pair[0], pair[1])).collect()
}

impl Forest {
    /// Trains on `table`; `progress` is told tree and mean loss, now and then.
    ///
    /// # Errors
    /// The table is empty or has one kind of label only.
    pub fn train(table: &Table, growth: &Growth, mut progress: impl FnMut(usize, f64)) -> anyhow::Result<Self> {
        let total: f64 = table.weights.iter().map(|w| f64::from(*w)).sum();
        let positive: f64 = table.labels.iter().zip(&table.weights).map(|(y, w)| f64::from(y * w)).sum();
        ensure!(positive > 0.0 && positive < total, "there is nothing to tell apart");
        let bins = Bins::of(table);
        let base = (positive / (total - positive)).ln();
        let mut sums = vec![base; table.len()];
        let mut dice = Dice::new(growth.seed);
        let mut trees = Vec::with_capacity(growth.trees);
        for number in 0..growth.trees {
            let slopes = slopes(table, &sums);
            let rows: Vec<u32> = (0..table.len() as u32).filter(|_| dice.chance(growth.sample)).collect();
            let features: Vec<usize> = (0..table.width).filter(|_| dice.chance(growth.columns)).collect();
            let tree = Grower::new(&bins, &slopes, growth, features).grow(rows);
            for (row, sum) in sums.iter_mut().enumerate() {
                *sum += tree.value_of_bins(&bins, row);
            }
            if number % 20 == 19 {
                progress(number + 1, loss(table, &sums) / total);
            }
            trees.push(tree);
        }
        Ok(Self { width: table.width, base, trees })
    }

    /// Scores of raw rows, 0 to 1.
    #[must_use]
    pub fn score(&self, features: &[f32]) -> Vec<f64> {
        features.chunks(self.width).map(|row| logistic(self.base + self.trees.iter().map(|tree| tree.value(row)).sum::<f64>())).collect()
    }

    /// How much each feature gained in all trees, as a share of the whole.
    #[must_use]
    pub fn gains(&self) -> Vec<f64> {
        let mut gains = vec![0.0; self.width];
        for tree in &self.trees {
            tree.add_gains(&mut gains);
        }
        let whole: f64 = gains.iter().sum::<f64>().max(1e-12);
        gains.iter().map(|gain| gain / whole).collect()
    }
}

/// First and second derivative of each row's loss.
fn slopes(table: &Table, sums: &[f64]) -> Vec<(f32, f32)> {
    let one = |((sum, label), weight): ((&f64, &f32), &f32)| {
        let p = logistic(*sum) as f32;
        (weight * (p - label), weight * (p * (1.0 - p)).max(1e-6))
    };
    sums.iter().zip(&table.labels).zip(&table.weights).map(one).collect()
}

fn loss(table: &Table, sums: &[f64]) -> f64 {
    let one = |((sum, label), weight): ((&f64, &f32), &f32)| {
        f64::from(*weight) * (sum.max(0.0) - sum * f64::from(*label) + (-sum.abs()).exp().ln_1p())
    };
    sums.iter().zip(&table.labels).zip(&table.weights).map(one).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(3);
        let mut dice = Dice::new(1);
        for _ in 0..4000 {
            let (a, b, noise) = (dice.unit() as f32, dice.unit() as f32, dice.unit() as f32);
            table.push(&[a, noise, b], (a > 0.5) != (b > 0.5), 1.0);
        }
        table
    }

    fn growth() -> Growth {
        Growth { trees: 40, leaves: 8, rate: 0.3, rows: 20, penalty: 1.0, sample: 0.8, columns: 0.9, seed: 3 }
    }

    #[test]
    fn it_learns_an_exclusive_or_and_repeats_itself() {
        let (first, second) =
            (Forest::train(&table(), &growth(), |_, _| {}).unwrap(), Forest::train(&table(), &growth(), |_, _| {}).unwrap());
        let scores = first.score(&[0.1, 0.5, 0.1, 0.1, 0.5, 0.9, 0.9, 0.5, 0.1, 0.9, 0.5, 0.9]);
        assert!(scores[0] < 0.1 && scores[1] > 0.9 && scores[2] > 0.9 && scores[3] < 0.1, "{scores:?}");
        assert_eq!(first.to_onnx("x"), second.to_onnx("x"));
        let gains = first.gains();
        assert!(gains[1] < 0.1 && gains[0] > 0.2 && gains[2] > 0.2, "{gains:?}");
    }

    #[test]
    fn one_kind_of_label_teaches_nothing() {
        let mut table = Table::new(1);
        table.push(&[1.0], true, 1.0);
        assert!(Forest::train(&table, &growth(), |_, _| {}).is_err());
    }
}
