//! How far a run is, over all its phases, and how long it will still take.
//!
//! Pure: it is told what [`super::Progress`] hears and the time that has passed. The phases' shares of the
//! time were measured; the rest follows from this run's own pace.

use std::time::Duration;

/// The phases of a run in order, each with its share of the time on a million rows.
pub const PHASES: [(&str, f64); 5] =
    [("reading", 0.14), ("learning from the book", 0.10), ("anomalies", 0.36), ("duplicates", 0.32), ("writing", 0.08)];

/// Less than this share of the run tells nothing about the rest.
const ENOUGH: f64 = 0.02;

/// Where a run stands.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    phase: String,
    /// Rows of this phase, where known, and how many are done.
    rows: Option<u64>,
    done: u64,
    /// Shares of the phases before this one, and of those that an earlier run had done.
    before: f64,
    skipped: Option<f64>,
    began: Duration,
}

impl Pace {
    /// A phase begins, `now` after the run's start.
    pub fn phase(&mut self, name: &str, rows: Option<u64>, now: Duration) {
        let place = PHASES.iter().position(|(phase, _)| *phase == name);
        if let Some(place) = place {
            self.before = PHASES.iter().take(place).map(|(_, share)| share).sum();
            self.skipped.get_or_insert(self.before);
        }
        (self.phase, self.rows, self.done, self.began) = (name.to_owned(), rows, 0, now);
    }

    /// So many rows more are done.
    pub fn advance(&mut self, rows: u64) {
        self.done += rows;
    }

    /// The part of this run that is done, 0 to 1.
    #[must_use]
    pub fn done(&self) -> f64 {
        let share = PHASES.iter().find(|(phase, _)| *phase == self.phase).map_or(0.0, |(_, share)| *share);
        let within = self.rows.map_or(0.0, |rows| self.done as f64 / rows.max(1) as f64).min(1.0);
        let skipped = self.skipped.unwrap_or(0.0);
        ((self.before + share * within - skipped) / (1.0 - skipped)).clamp(0.0, 1.0)
    }

    /// What is left, once enough is done to tell.
    #[must_use]
    pub fn remaining(&self, now: Duration) -> Option<Duration> {
        let done = self.done();
        (done >= ENOUGH).then(|| now.mul_f64((1.0 - done) / done))
    }

    /// Where it stands, in words: `anomalies: 8192 of 20000 rows, 4100 rows/s, 30 % of all, about 12 s left`.
    #[must_use]
    pub fn in_words(&self, now: Duration) -> String {
        let of = self.rows.map_or_else(String::new, |rows| format!(" of {rows}"));
        let seconds = now.saturating_sub(self.began).as_secs_f64();
        let rate = if seconds > 0.5 { format!(", {:.0} rows/s", self.done as f64 / seconds) } else { String::new() };
        let left = self.remaining(now).map_or_else(String::new, |left| format!(", about {} left", spoken(left)));
        format!("{}: {}{of} rows{rate}, {:.0} % of all{left}", self.phase, self.done, self.done() * 100.0)
    }
}

/// A duration as a person says it.
fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..=99 => format!("{seconds} s"),
        100..=5999 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_run_is_foreseen() {
        assert!((PHASES.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-9);
        let second = Duration::from_secs;
        let mut pace = Pace::default();
        pace.phase("reading", Some(100), second(0));
        assert_eq!(pace.remaining(second(1)), None);
        pace.advance(100);
        assert!((pace.done() - 0.14).abs() < 1e-9);
        assert_eq!(pace.remaining(second(14)).map(|left| left.as_secs()), Some(86));
        pace.phase("anomalies", Some(200), second(14));
        pace.advance(100);
        assert!((pace.done() - 0.42).abs() < 1e-9);
        assert_eq!(pace.in_words(second(42)), "anomalies: 100 of 200 rows, 4 rows/s, 42 % of all, about 58 s left");
        pace.advance(500);
        assert!((pace.done() - 0.6).abs() < 1e-9, "more rows than were expected");
        assert_eq!(spoken(second(7300)), "2 h 1 min");
    }

    #[test]
    fn what_an_earlier_run_did_counts_for_nothing() {
        let mut pace = Pace::default();
        pace.phase("duplicates", Some(100), Duration::ZERO);
        assert!(pace.done() < 1e-9);
        pace.advance(100);
        assert!((pace.done() - 0.8).abs() < 1e-9);
    }
}
