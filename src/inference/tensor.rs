//! Tensors as plain vectors, so that no caller sees the runtime's types.

/// A dense tensor, row-major.
#[derive(Debug, Clone, PartialEq)]
pub enum Tensor {
    /// 32-bit floats.
    F32 {
        /// Axis lengths; the first is the batch.
        shape: Vec<usize>,
        /// Row-major values, as many as the product of the shape.
        data: Vec<f32>,
    },
    /// 64-bit integers.
    I64 {
        /// Axis lengths; the first is the batch.
        shape: Vec<usize>,
        /// Row-major values, as many as the product of the shape.
        data: Vec<i64>,
    },
}

impl Tensor {
    /// Floats of `rows × columns`.
    #[must_use]
    pub fn matrix(rows: usize, columns: usize, data: Vec<f32>) -> Self {
        Self::F32 { shape: vec![rows, columns], data }
    }

    /// Axis lengths.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        match self {
            Self::F32 { shape, .. } | Self::I64 { shape, .. } => shape,
        }
    }

    /// Length of the first axis.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.shape().first().copied().unwrap_or(0)
    }

    /// The values where they are floats.
    #[must_use]
    pub fn as_f32(&self) -> Option<&[f32]> {
        match self {
            Self::F32 { data, .. } => Some(data),
            Self::I64 { .. } => None,
        }
    }

    /// The values where they are integers.
    #[must_use]
    pub fn as_i64(&self) -> Option<&[i64]> {
        match self {
            Self::I64 { data, .. } => Some(data),
            Self::F32 { .. } => None,
        }
    }

    /// Whether the shape's product is the number of values.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        let values = match self {
            Self::F32 { data, .. } => data.len(),
            Self::I64 { data, .. } => data.len(),
        };
        !self.shape().is_empty() && self.shape().iter().product::<usize>() == values
    }

    /// Rows `start..end`.
    pub(super) fn slice(&self, start: usize, end: usize) -> Self {
        let width: usize = self.shape().iter().skip(1).product();
        let mut shape = self.shape().to_vec();
        shape[0] = end - start;
        match self {
            Self::F32 { data, .. } => Self::F32 { shape, data: data[start * width..end * width].to_vec() },
            Self::I64 { data, .. } => Self::I64 { shape, data: data[start * width..end * width].to_vec() },
        }
    }

    /// Puts `other`'s rows after these; `false` where type or row shape differ.
    pub(super) fn append(&mut self, other: Self) -> bool {
        match (self, other) {
            (Self::F32 { shape, data }, Self::F32 { shape: s, data: d }) if shape[1..] == s[1..] => {
                shape[0] += s[0];
                data.extend(d);
                true
            }
            (Self::I64 { shape, data }, Self::I64 { shape: s, data: d }) if shape[1..] == s[1..] => {
                shape[0] += s[0];
                data.extend(d);
                true
            }
            _ => false,
        }
    }
}
