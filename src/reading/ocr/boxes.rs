//! From the detector's map of text probabilities to rectangles around text (the post-processing of
//! Liao et al., "Real-time scene text detection with differentiable binarization", 2020): pixels
//! above a threshold, their connected parts, the smallest rectangle around each, grown again by what
//! the map had shrunk.

use super::geometry::{self, Point, Rect};

/// Pixels from here on are text.
const TEXT: f32 = 0.3;
/// Mean probability that a rectangle must have.
const SURE: f32 = 0.4;
/// How far a shrunk rectangle grows: this times its area over its perimeter.
const GROWTH: f32 = 1.6;
/// Thinner parts are noise, in pixels of the map.
const THINNEST: f32 = 2.0;

/// A rectangle with text, in pixels of the map.
#[derive(Debug, Clone, Copy)]
pub(super) struct Region {
    pub rect: Rect,
    /// Mean probability, 0 to 1.
    pub score: f32,
}

/// A horizontal stretch of text pixels, `from..to`.
struct Run {
    row: usize,
    from: usize,
    to: usize,
}

/// Finds the rectangles in a row-major map of `width` columns.
pub(super) fn regions(map: &[f32], width: usize) -> Vec<Region> {
    let runs = runs(map, width);
    let mut parts: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
    for (index, root) in connect(&runs).into_iter().enumerate() {
        parts.entry(root).or_default().push(index);
    }
    parts.values().filter_map(|part| region(map, width, part.iter().map(|index| &runs[*index]))).collect()
}

fn runs(map: &[f32], width: usize) -> Vec<Run> {
    let mut runs = Vec::new();
    for (row, line) in map.chunks_exact(width.max(1)).enumerate() {
        let mut start = None;
        for (column, value) in line.iter().enumerate() {
            match (start, *value > TEXT) {
                (None, true) => start = Some(column),
                (Some(from), false) => {
                    runs.push(Run { row, from, to: column });
                    start = None;
                }
                _ => {}
            }
        }
        if let Some(from) = start {
            runs.push(Run { row, from, to: line.len() });
        }
    }
    runs
}

/// The root of each run: runs that touch, diagonally too, have one root.
fn connect(runs: &[Run]) -> Vec<usize> {
    fn root(parents: &mut [usize], mut index: usize) -> usize {
        while parents[index] != index {
            parents[index] = parents[parents[index]];
            index = parents[index];
        }
        index
    }
    let mut parents: Vec<usize> = (0..runs.len()).collect();
    let mut above = 0;
    for (index, run) in runs.iter().enumerate() {
        while runs[above].row + 1 < run.row || (runs[above].row + 1 == run.row && runs[above].to < run.from) {
            above += 1;
        }
        let mut other = above;
        while runs[other].row + 1 == run.row && runs[other].from <= run.to {
            let (a, b) = (root(&mut parents, other), root(&mut parents, index));
            parents[a.max(b)] = a.min(b);
            other += 1;
        }
    }
    (0..runs.len()).map(|index| root(&mut parents, index)).collect()
}

fn region<'a>(map: &[f32], width: usize, runs: impl Iterator<Item = &'a Run>) -> Option<Region> {
    let (mut sum, mut pixels) = (0.0_f32, 0_usize);
    let mut corners: Vec<Point> = Vec::new();
    for run in runs {
        sum += map[run.row * width + run.from..run.row * width + run.to].iter().sum::<f32>();
        pixels += run.to - run.from;
        let (top, left, right) = (run.row as f32, run.from as f32, run.to as f32);
        corners.extend([(left, top), (right, top), (left, top + 1.0), (right, top + 1.0)]);
    }
    let rect = geometry::smallest_rect(corners)?;
    let area = rect.length * rect.height;
    let score = sum / area.max(pixels as f32);
    if rect.length.min(rect.height) < THINNEST || score < SURE {
        return None;
    }
    let grown = rect.grown(area * GROWTH / (2.0 * (rect.length + rect.height)));
    Some(Region { rect: grown, score })
}
