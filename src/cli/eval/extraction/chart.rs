//! Two charts as numbers that the template puts into SVG: a reliability diagram and the curve of risk
//! by coverage.

use super::calibration::{BINS, Reliability};

/// Width of a chart's view box.
pub const WIDTH: f64 = 460.0;
/// Height of a chart's view box.
pub const HEIGHT: f64 = 340.0;
const LEFT: f64 = 52.0;
const BOTTOM: f64 = 42.0;
const TOP: f64 = 12.0;
const RIGHT: f64 = 12.0;
/// Points of the curve at most: more than a chart can show.
const POINTS: usize = 400;

/// A tick of an axis, at its place.
pub struct Tick {
    /// Place along the axis.
    pub at: String,
    /// What it says.
    pub text: String,
}

/// A step of the reliability diagram.
pub struct Step {
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
    /// Centre and height of the mark of what was said.
    pub said_x: String,
    pub said_y: String,
    pub title: String,
}

/// One chart.
pub struct Chart {
    pub width: f64,
    pub height: f64,
    pub left: f64,
    pub right: f64,
    pub base: f64,
    pub across: Vec<Tick>,
    pub up: Vec<Tick>,
    pub steps: Vec<Step>,
    /// Points of a line, as SVG writes them.
    pub line: String,
    /// A level to compare with, where it lies within the chart.
    pub level: Option<String>,
    /// The safe point: x and y.
    pub mark: Option<(String, String)>,
}

fn x(share: f64) -> f64 {
    LEFT + share * (WIDTH - LEFT - RIGHT)
}

fn y(share: f64) -> f64 {
    HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)
}

fn coordinate(value: f64) -> String {
    format!("{value:.1}")
}

fn frame(most: f64) -> Chart {
    let tick = |at: f64, text: String| Tick { at: coordinate(at), text };
    Chart {
        width: WIDTH,
        height: HEIGHT,
        left: LEFT,
        right: WIDTH - RIGHT,
        base: HEIGHT - BOTTOM,
        across: (0..=5).map(|i| f64::from(i) / 5.0).map(|s| tick(x(s), format!("{s:.1}"))).collect(),
        up: (0..=5).map(|i| f64::from(i) / 5.0).map(|s| tick(y(s), format!("{:.*}", if most < 0.5 { 3 } else { 1 }, s * most))).collect(),
        steps: Vec::new(),
        line: String::new(),
        level: None,
        mark: None,
    }
}

/// Share that is right by step of confidence, and what was said.
pub fn reliability(r: &Reliability) -> Chart {
    let steps = r.bins.iter().enumerate().filter(|(_, b)| b.n > 0).map(|(i, bin)| {
        let (low, high) = (i as f64 / BINS as f64, (i + 1) as f64 / BINS as f64);
        Step {
            x: coordinate(x(low) + 1.0),
            y: coordinate(y(bin.right)),
            width: coordinate(x(high) - x(low) - 2.0),
            height: coordinate(y(0.0) - y(bin.right)),
            said_x: coordinate(x(bin.said)),
            said_y: coordinate(y(bin.said)),
            title: format!("confidence {low:.1} to {high:.1}: {} values, said {:.3}, right {:.3}", bin.n, bin.said, bin.right),
        }
    });
    Chart { steps: steps.collect(), line: format!("{:.1},{:.1} {:.1},{:.1}", x(0.0), y(0.0), x(1.0), y(1.0)), ..frame(1.0) }
}

/// Share of wrong values by share of accepted ones.
pub fn risk(r: &Reliability, level: f64) -> Chart {
    let most = r.curve.iter().map(|p| p.risk).fold(level * 2.0, f64::max).min(1.0);
    let up = |risk: f64| y((risk / most).min(1.0));
    let every = r.curve.len().div_ceil(POINTS).max(1);
    let last = r.curve.len().saturating_sub(1);
    let points = r.curve.iter().enumerate().filter(|(i, _)| i.is_multiple_of(every) || *i == last);
    let line: Vec<String> = points.map(|(_, p)| format!("{:.1},{:.1}", x(p.coverage), up(p.risk))).collect();
    Chart {
        line: line.join(" "),
        level: Some(coordinate(up(level))),
        mark: r.safe.map(|p| (coordinate(x(p.coverage)), coordinate(up(p.risk)))),
        ..frame(most)
    }
}
