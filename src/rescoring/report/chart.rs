//! The bar chart by month, as numbers that the template puts into SVG.

/// Months shown at most, the latest.
const MONTHS: usize = 120;
const WIDTH: u64 = 960;
const HEIGHT: u64 = 220;
const LEFT: u64 = 44;
const BOTTOM: u64 = 26;

/// A chart of stacked bars.
pub(super) struct Chart {
    pub width: u64,
    pub height: u64,
    pub left: u64,
    pub base: u64,
    pub bars: Vec<Bar>,
    pub lines: Vec<GridLine>,
    pub labels: Vec<Label>,
}

/// One month.
pub(super) struct Bar {
    pub x: u64,
    pub width: u64,
    pub odd_y: u64,
    pub odd_height: u64,
    pub again_y: u64,
    pub again_height: u64,
    pub title: String,
}

/// A horizontal line with its figure.
pub(super) struct GridLine {
    pub y: u64,
    pub value: u64,
}

/// A year under the bars.
pub(super) struct Label {
    pub x: u64,
    pub text: String,
}

impl Chart {
    /// From `(month "2014-07", anomalies, duplicates)` in order.
    pub fn of(months: &[(&str, u64, u64)]) -> Self {
        let months = &months[months.len().saturating_sub(MONTHS)..];
        let most = months.iter().map(|(_, odd, again)| odd + again).max().unwrap_or(0).max(1);
        let step = nice(most.div_ceil(4));
        let top = step * most.div_ceil(step);
        let base = HEIGHT - BOTTOM;
        let room = base - 10;
        let slot = (WIDTH - LEFT) / (months.len().max(1) as u64);
        let slot = slot.clamp(1, 60);
        let height = |count: u64| count * room / top;
        let mut labels: Vec<Label> = Vec::new();
        let mut bars = Vec::with_capacity(months.len());
        for (index, (month, odd, again)) in months.iter().enumerate() {
            let x = LEFT + index as u64 * slot;
            let year = month.split('-').next().unwrap_or_default();
            if labels.last().is_none_or(|label| label.text != year) {
                labels.push(Label { x, text: year.to_owned() });
            }
            let (odd_height, again_height) = (height(*odd), height(*again));
            bars.push(Bar {
                x,
                width: slot.saturating_sub(2).max(1),
                odd_y: base - odd_height,
                odd_height,
                again_y: base - odd_height - again_height,
                again_height,
                title: format!("{month}: {odd} unusual, {again} likely duplicates"),
            });
        }
        let lines = (0..=top / step).map(|index| GridLine { y: base - height(index * step), value: index * step }).collect();
        Self { width: WIDTH, height: HEIGHT, left: LEFT, base, bars, lines, labels }
    }
}

/// The next of 1, 2, 5, 10, 20, 50 …
fn nice(least: u64) -> u64 {
    let mut power = 1;
    loop {
        for factor in [1, 2, 5] {
            if factor * power >= least {
                return factor * power;
            }
        }
        power *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stay_within_the_chart() {
        for months in [vec![], vec![("2014-01", 0, 0)], vec![("2014-01", 7, 3), ("2014-02", 1, 0), ("2015-01", 900, 77)]] {
            let chart = Chart::of(&months);
            assert_eq!(chart.bars.len(), months.len());
            assert!(
                chart
                    .bars
                    .iter()
                    .all(|bar| bar.again_y <= bar.odd_y && bar.odd_y + bar.odd_height == chart.base && bar.x + bar.width <= chart.width)
            );
        }
        assert_eq!([nice(0), nice(3), nice(11), nice(51)], [1, 5, 20, 100]);
    }
}
