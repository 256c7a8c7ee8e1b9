//! One tree: grown leaf by leaf over binned features, the split of the highest gain first.

use super::{Bins, Growth};

/// The logistic function.
pub(super) fn logistic(sum: f64) -> f64 {
    1.0 / (1.0 + (-sum).exp())
}

/// A node of a tree, by its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Node {
    /// Rows whose feature is at most the threshold go left.
    Split {
        /// Which feature.
        feature: usize,
        /// The last bin that goes left.
        bin: u8,
        /// The same as a value.
        threshold: f32,
        /// Place of the left child; the right one is the next.
        left: usize,
        /// What the split gained.
        gain: f64,
    },
    /// What is added to the sum.
    Leaf(f64),
}

/// A tree; the root is node 0.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
}

impl Tree {
    fn walk(&self, goes_left: impl Fn(usize, u8, f32) -> bool) -> f64 {
        let mut at = 0;
        loop {
            match self.nodes.get(at) {
                Some(Node::Split { feature, bin, threshold, left, .. }) => {
                    at = left + usize::from(!goes_left(*feature, *bin, *threshold));
                }
                Some(Node::Leaf(value)) => return *value,
                None => return 0.0,
            }
        }
    }

    pub(super) fn value(&self, row: &[f32]) -> f64 {
        self.walk(|feature, _, threshold| row[feature] <= threshold)
    }

    pub(super) fn value_of_bins(&self, bins: &Bins, row: usize) -> f64 {
        self.walk(|feature, bin, _| bins.columns[feature][row] <= bin)
    }

    pub(super) fn add_gains(&self, gains: &mut [f64]) {
        for node in &self.nodes {
            if let Node::Split { feature, gain, .. } = node {
                gains[*feature] += gain;
            }
        }
    }
}

/// Sums of first and second derivatives and rows of a bin.
type Cell = (f64, f64, u32);

#[derive(Clone, Copy)]
struct Split {
    feature: usize,
    bin: u8,
    gain: f64,
}

/// A leaf that may still be split.
struct Open {
    node: usize,
    rows: Vec<u32>,
    cells: Vec<Vec<Cell>>,
    best: Option<Split>,
}

pub(super) struct Grower<'a> {
    bins: &'a Bins,
    slopes: &'a [(f32, f32)],
    growth: &'a Growth,
    features: Vec<usize>,
}

impl<'a> Grower<'a> {
    pub fn new(bins: &'a Bins, slopes: &'a [(f32, f32)], growth: &'a Growth, features: Vec<usize>) -> Self {
        Self { bins, slopes, growth, features }
    }

    pub fn grow(&self, rows: Vec<u32>) -> Tree {
        let cells = self.cells(&rows);
        let best = self.best(&cells);
        let mut nodes = vec![Node::Leaf(self.value(&rows))];
        let mut open = vec![Open { node: 0, rows, cells, best }];
        for _ in 1..self.growth.leaves {
            let chosen = (0..open.len()).filter(|at| open[*at].best.is_some()).max_by(|a, b| {
                let gain = |at: &usize| open[*at].best.map_or(0.0, |split| split.gain);
                gain(a).total_cmp(&gain(b)).then(b.cmp(a))
            });
            let Some(at) = chosen else { break };
            let leaf = open.swap_remove(at);
            if let Some(split) = leaf.best {
                open.extend(self.split(leaf, split, &mut nodes));
            }
        }
        Tree { nodes }
    }

    fn split(&self, leaf: Open, split: Split, nodes: &mut Vec<Node>) -> [Open; 2] {
        let column = &self.bins.columns[split.feature];
        let (left, right): (Vec<u32>, Vec<u32>) = leaf.rows.iter().partition(|row| column[**row as usize] <= split.bin);
        let first = nodes.len();
        let threshold = self.bins.ends[split.feature].get(usize::from(split.bin)).copied().unwrap_or(f32::MAX);
        nodes[leaf.node] = Node::Split { feature: split.feature, bin: split.bin, threshold, left: first, gain: split.gain };
        nodes.push(Node::Leaf(self.value(&left)));
        nodes.push(Node::Leaf(self.value(&right)));
        // Only the smaller side is summed; the other is the difference.
        let small = if left.len() <= right.len() { self.cells(&left) } else { self.cells(&right) };
        let large: Vec<Vec<Cell>> = leaf
            .cells
            .iter()
            .zip(&small)
            .map(|(whole, part)| whole.iter().zip(part).map(|(w, p)| (w.0 - p.0, w.1 - p.1, w.2 - p.2)).collect())
            .collect();
        let (left_cells, right_cells) = if left.len() <= right.len() { (small, large) } else { (large, small) };
        let (left_best, right_best) = (self.best(&left_cells), self.best(&right_cells));
        [
            Open { node: first, rows: left, cells: left_cells, best: left_best },
            Open { node: first + 1, rows: right, cells: right_cells, best: right_best },
        ]
    }

    fn cells(&self, rows: &[u32]) -> Vec<Vec<Cell>> {
        let one = |feature: &usize| {
            let mut cells: Vec<Cell> = vec![(0.0, 0.0, 0); self.bins.ends[*feature].len() + 1];
            let column = &self.bins.columns[*feature];
            for row in rows {
                let (slope, bend) = self.slopes[*row as usize];
                let cell = &mut cells[usize::from(column[*row as usize])];
                *cell = (cell.0 + f64::from(slope), cell.1 + f64::from(bend), cell.2 + 1);
            }
            cells
        };
        if rows.len() < 20_000 {
            return self.features.iter().map(one).collect();
        }
        let half = self.features.len() / 2;
        std::thread::scope(|scope| {
            let rest = scope.spawn(|| self.features[half..].iter().map(one).collect::<Vec<_>>());
            let mut cells: Vec<Vec<Cell>> = self.features[..half].iter().map(one).collect();
            cells.extend(rest.join().unwrap_or_default());
            cells
        })
    }

    /// The split of the highest gain; the first of equals.
    fn best(&self, cells: &[Vec<Cell>]) -> Option<Split> {
        let mut best: Option<Split> = None;
        for (feature, cells) in self.features.iter().zip(cells) {
            let whole = cells.iter().fold((0.0, 0.0, 0), |sum: Cell, cell| (sum.0 + cell.0, sum.1 + cell.1, sum.2 + cell.2));
            let mut left: Cell = (0.0, 0.0, 0);
            for (bin, cell) in cells.iter().enumerate().take(cells.len().saturating_sub(1)) {
                left = (left.0 + cell.0, left.1 + cell.1, left.2 + cell.2);
                let right = (whole.0 - left.0, whole.1 - left.1, whole.2 - left.2);
                if (left.2.min(right.2) as usize) < self.growth.rows {
                    continue;
                }
                let gain = self.worth(left) + self.worth(right) - self.worth(whole);
                if gain > 1e-6 && best.is_none_or(|known| gain > known.gain) {
                    best = Some(Split { feature: *feature, bin: bin as u8, gain });
                }
            }
        }
        best
    }

    fn worth(&self, sums: Cell) -> f64 {
        sums.0 * sums.0 / (sums.1 + self.growth.penalty)
    }

    fn value(&self, rows: &[u32]) -> f64 {
        let (mut slope, mut bend) = (0.0, 0.0);
        for row in rows {
            let (first, second) = self.slopes[*row as usize];
            (slope, bend) = (slope + f64::from(first), bend + f64::from(second));
        }
        -self.growth.rate * slope / (bend + self.growth.penalty)
    }
}
