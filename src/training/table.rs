//! A table of features with labels and weights: what every trainer here learns from.

/// Rows of features with labels and weights.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Features a row.
    pub width: usize,
    /// Row-major.
    pub features: Vec<f32>,
    /// 0 or 1.
    pub labels: Vec<f32>,
    /// Weight of each row in the loss and in figures.
    pub weights: Vec<f32>,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// Adds a row.
    pub fn push(&mut self, features: &[f32], label: bool, weight: f32) {
        self.features.extend_from_slice(features);
        self.labels.push(f32::from(u8::from(label)));
        self.weights.push(weight);
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}
