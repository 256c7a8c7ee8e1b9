//! When a company's people and machines post: office hours, shifts, overtime, nightly batches.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::Dice;
use super::habits::set_clock;
use crate::domain::history::Payable;

/// A book's posting times.
pub(super) struct Clockwork {
    middle: f64,
    spread: f64,
    weekends: f64,
    overtime: f64,
    night: f64,
    batch: f64,
    batch_hour: f64,
    dateless: bool,
}

impl Clockwork {
    pub fn new(dice: &mut Dice) -> Self {
        let shifts = dice.chance(0.08);
        Self {
            middle: 11.0 + 2.5 * dice.unit(),
            spread: if shifts { 6.0 } else { 1.2 + 1.6 * dice.unit() },
            weekends: if shifts { 0.25 * dice.unit() } else { dice.seldom(0.6, 0.04) },
            overtime: dice.seldom(0.3, 0.08),
            night: dice.seldom(0.7, 0.01),
            batch: if dice.chance(0.2) { dice.unit() } else { 0.0 },
            batch_hour: if dice.chance(0.7) { 6.0 * dice.unit() } else { 18.0 + 5.9 * dice.unit() },
            dateless: dice.chance(0.04),
        }
    }

    /// Posts on `day` or the next working day, and gives that day.
    pub fn post(&self, dice: &mut Dice, p: &mut Payable, day: Date) -> Date {
        let weekday = day.weekday().to_monday_zero_offset();
        let day = if weekday > 4 && !dice.chance(self.weekends * 3.5) { day + (7 - i32::from(weekday)).days() } else { day };
        let hour = if self.dateless {
            0.0
        } else if dice.chance(self.batch) {
            self.batch_hour + 0.2 * dice.unit()
        } else if dice.chance(self.overtime) {
            17.5 + 4.0 * dice.unit()
        } else if dice.chance(self.night) {
            24.0 * dice.unit()
        } else {
            (self.middle + self.spread * dice.normal()).clamp(self.middle - 5.5, self.middle + 7.5).rem_euclid(24.0)
        };
        set_clock(dice, p, day, hour);
        if self.dateless {
            p.posted_at = jiff::tz::Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok();
        }
        day
    }
}
