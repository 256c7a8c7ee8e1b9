//! The bounded summary of a supplier's past, pushed one payable at a time.

use jiff::civil::Date;
use rust_decimal::prelude::ToPrimitive as _;
use std::collections::VecDeque;

use crate::domain::history::Payable;
use crate::domain::text::number_key;

/// So many of the latest payments are kept one by one.
const RECENT: usize = 40;
/// So many different values of a kind (departments, users, …) are counted.
const DISTINCT: usize = 96;
/// So many of the largest payments are kept.
const LARGEST: usize = 6;
/// A silence of so many days and four times the usual gap is dormancy.
const DORMANT_DAYS: i32 = 270;

/// One of the latest payments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// Size of the amount in units.
    pub amount: f64,
    /// Day number.
    pub day: Option<i32>,
    /// Hash of the number's stem, value of its last digits.
    pub number: Option<(u64, u64)>,
    /// Hash of department and account; 0 unknown.
    pub place: u64,
    /// Hash of the bank account; 0 unknown.
    pub bank: u64,
}

/// Counts of different values, bounded: the first [`DISTINCT`] kinds, the rest lumped.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    known: Vec<(u64, u32)>,
    total: u32,
    lumped: u32,
}

impl Counts {
    fn push(&mut self, text: &str) {
        if !text.is_empty() {
            self.push_key(key_of(text));
        }
    }

    fn push_key(&mut self, key: u64) {
        self.total += 1;
        if let Some(entry) = self.known.iter_mut().find(|entry| entry.0 == key) {
            entry.1 += 1;
        } else if self.known.len() < DISTINCT {
            self.known.push((key, 1));
        } else {
            self.lumped += 1;
        }
    }

    /// How many were seen in all.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// How many kinds, those not kept apart counted as one each.
    pub fn kinds(&self) -> u32 {
        self.known.len() as u32 + self.lumped
    }

    /// How often the value was seen.
    pub fn of_key(&self, key: u64) -> u32 {
        self.known.iter().find(|entry| entry.0 == key).map_or(0, |entry| entry.1)
    }
}

/// FNV-1a: stable across runs and platforms.
pub(super) fn key_of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What is known of a supplier's past at a point in time. Memory is bounded; pushing is O(1) in the
/// number of payments.
#[derive(Debug, Clone, Default)]
pub struct VendorHistory {
    pub(super) count: u64,
    pub(super) first_day: Option<i32>,
    pub(super) last_day: Option<i32>,
    pub(super) longest_gap: i32,
    /// When the latest dormancy ended and how many payments came since.
    pub(super) woken: Option<(i32, u32)>,
    pub(super) recent: VecDeque<Seen>,
    /// The largest payments, size and day.
    pub(super) largest_few: Vec<(f64, i32)>,
    pub(super) largest: f64,
    pub(super) rounds: u32,
    pub(super) hundreds: u32,
    pub(super) wholes: u32,
    pub(super) tenths: u32,
    pub(super) with_order: u32,
    pub(super) blanks: u32,
    pub(super) timed: u32,
    pub(super) odd_hours: u32,
    pub(super) lags: u32,
    pub(super) lag_sum: f64,
    pub(super) lag_squares: f64,
    pub(super) quick: u32,
    pub(super) steps: u32,
    pub(super) step_logs: f64,
    pub(super) nexts: u32,
    pub(super) departments: Counts,
    pub(super) accounts: Counts,
    pub(super) places: Counts,
    pub(super) users: Counts,
    pub(super) approvers: Counts,
    pub(super) banks: Counts,
    pub(super) shapes: Counts,
    /// The account last paid to and how often in a row.
    pub(super) bank_run: Option<(u64, u32)>,
    /// How often in a row the account before that was paid to.
    pub(super) bank_before: u32,
    /// The account before that; 0 none.
    pub(super) bank_previous: u64,
}

impl VendorHistory {
    /// Adds a payable to the past. Push in order of time, after scoring it.
    pub fn push(&mut self, payable: &Payable) {
        let seen = Seen::of(payable);
        self.push_time(payable, &seen);
        self.push_amount(&seen);
        self.push_number(payable, &seen);
        self.with_order += u32::from(!payable.po_number.is_empty());
        self.departments.push(&payable.department);
        self.accounts.push(&payable.account_code);
        if seen.place != 0 {
            self.places.push_key(seen.place);
        }
        self.users.push(&payable.posted_by);
        self.approvers.push(&payable.approved_by);
        if seen.bank != 0 {
            self.banks.push_key(seen.bank);
            self.bank_run = Some(match self.bank_run {
                Some((known, times)) if known == seen.bank => (known, times + 1),
                Some((last, times)) => {
                    (self.bank_previous, self.bank_before) = (last, times);
                    (seen.bank, 1)
                }
                None => (seen.bank, 1),
            });
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(seen);
        self.count += 1;
    }

    fn push_time(&mut self, payable: &Payable, seen: &Seen) {
        if let (Some(day), Some(last)) = (seen.day, self.last_day) {
            let gap = day - last;
            if self.is_dormant(gap) {
                self.woken = Some((day, 0));
            }
            self.longest_gap = self.longest_gap.max(gap);
        }
        if let Some(woken) = &mut self.woken {
            woken.1 += 1;
        }
        self.first_day = self.first_day.or(seen.day);
        self.last_day = seen.day.max(self.last_day);
        if let Some(clock) = Clock::of(payable) {
            self.timed += 1;
            self.odd_hours += u32::from(clock.night || clock.weekend);
        }
        if let Some(lag) = lag(payable) {
            self.lags += 1;
            self.lag_sum += lag;
            self.lag_squares += lag * lag;
            self.quick += u32::from(lag <= 2.0);
        }
    }

    fn push_amount(&mut self, seen: &Seen) {
        self.largest = self.largest.max(seen.amount);
        self.rounds += u32::from(is_multiple(seen.amount, 1000.0));
        self.hundreds += u32::from(is_multiple(seen.amount, 100.0));
        self.wholes += u32::from(is_multiple(seen.amount, 1.0));
        self.tenths += u32::from(is_multiple(seen.amount, 0.1));
        let smallest = self.largest_few.last().map_or(0.0, |last| last.0);
        if self.largest_few.len() < LARGEST || seen.amount > smallest {
            let at = self.largest_few.iter().position(|kept| kept.0 < seen.amount).unwrap_or(self.largest_few.len());
            self.largest_few.insert(at, (seen.amount, seen.day.unwrap_or(0)));
            self.largest_few.truncate(LARGEST);
        }
    }

    fn push_number(&mut self, payable: &Payable, seen: &Seen) {
        self.blanks += u32::from(payable.invoice_no.trim().is_empty());
        if let (Some(now), Some(before)) = (seen.number, self.last_number())
            && now.0 == before.0
            && now.1 > before.1
        {
            self.steps += 1;
            self.step_logs += ((now.1 - before.1) as f64).ln();
            self.nexts += u32::from(now.1 - before.1 == 1);
        }
        if let Some(shape) = shape(&payable.invoice_no) {
            self.shapes.push_key(shape);
        }
    }

    /// Whether a silence of `gap` days is dormancy for this supplier.
    pub(super) fn is_dormant(&self, gap: i32) -> bool {
        gap > DORMANT_DAYS && f64::from(gap) > 4.0 * self.usual_gap().unwrap_or(30.0).max(5.0)
    }

    /// The latest number that has digits.
    pub(super) fn last_number(&self) -> Option<(u64, u64)> {
        self.recent.iter().rev().find_map(|seen| seen.number)
    }

    /// How many payables were pushed.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Median and median absolute deviation of the logarithms of the recent amounts.
    pub(super) fn log_amounts(&self) -> Option<(f64, f64)> {
        let mut logs: Vec<f64> = self.recent.iter().filter(|s| s.amount > 0.0).map(|s| s.amount.ln()).collect();
        let middle = median(&mut logs)?;
        let mut off: Vec<f64> = logs.iter().map(|v| (v - middle).abs()).collect();
        Some((middle, median(&mut off)?))
    }

    /// Median gap between recent payments in days, on different days.
    pub(super) fn usual_gap(&self) -> Option<f64> {
        let mut days: Vec<i32> = self.recent.iter().filter_map(|s| s.day).collect();
        days.sort_unstable();
        days.dedup();
        let mut gaps: Vec<f64> = days.windows(2).map(|w| f64::from(w[1] - w[0])).collect();
        median(&mut gaps)
    }
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

impl Seen {
    pub(super) fn of(payable: &Payable) -> Self {
        Self {
            amount: size(payable),
            day: payable.effective_date().map(day_number),
            number: number_parts(&payable.invoice_no),
            place: place(payable),
            bank: if payable.bank_account.is_empty() { 0 } else { key_of(&payable.bank_account) },
        }
    }
}

/// Size of the amount in units.
pub(super) fn size(payable: &Payable) -> f64 {
    payable.amount.abs().to_f64().unwrap_or(0.0)
}

/// Days since 1970-01-01.
pub(super) fn day_number(date: Date) -> i32 {
    date.since(Date::constant(1970, 1, 1)).map_or(0, |span| span.get_days())
}

/// Whether the amount is a positive multiple of `unit`.
pub(super) fn is_multiple(amount: f64, unit: f64) -> bool {
    amount >= unit && (amount / unit - (amount / unit).round()).abs() * unit < 0.005
}

/// Department and account as one value; 0 unless both are known.
pub(super) fn place(payable: &Payable) -> u64 {
    if payable.department.is_empty() || payable.account_code.is_empty() {
        0
    } else {
        super::tallies::both(key_of(&payable.department), key_of(&payable.account_code))
    }
}

/// Hash of the stem and value of the last run of at most 12 digits.
pub(super) fn number_parts(number: &str) -> Option<(u64, u64)> {
    let key = number_key(number);
    let end = key.trim_end_matches(|c: char| !c.is_ascii_digit()).len();
    let start = key[..end].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let digits = &key[start..end];
    if digits.is_empty() || digits.len() > 12 { None } else { digits.parse().ok().map(|tail| (key_of(&key[..start]), tail)) }
}

/// How a number is made: its letters and separators, runs of digits by their length (up to two more or
/// fewer digits are one shape where the run is long). `None` for none.
pub(super) fn shape(number: &str) -> Option<u64> {
    let mut out = String::new();
    let mut digits = 0;
    for c in number.trim().chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits += 1;
            continue;
        }
        if digits > 0 {
            out.push(char::from(b'0' + if digits > 4 { 5 } else { digits as u8 }));
            digits = 0;
        }
        if c.is_alphabetic() && !out.ends_with('a') {
            out.push('a');
        } else if !c.is_alphanumeric() && c != '\0' {
            out.push(c);
        }
    }
    (!out.is_empty()).then(|| key_of(&out))
}

/// Days from invoice to payment (entry where there is no payment date).
pub(super) fn lag(payable: &Payable) -> Option<f64> {
    let paid = payable.effective_date().filter(|_| payable.payment_date.is_some() || payable.posted_at.is_some())?;
    payable.invoice_date.map(|invoiced| f64::from(day_number(paid) - day_number(invoiced)))
}

/// When it was posted, by the clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// Hour and share of the hour.
    pub hour: f64,
    /// Before six or from ten in the evening.
    pub night: bool,
    /// Between six and ten in the evening.
    pub evening: bool,
    /// Saturday or Sunday.
    pub weekend: bool,
}

impl Clock {
    /// `None` where no time of day is known: exactly midnight counts as a date without a time.
    pub fn of(payable: &Payable) -> Option<Self> {
        let at = jiff::tz::Offset::UTC.to_datetime(payable.posted_at?);
        let weekend = matches!(at.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
        if (at.hour(), at.minute(), at.second()) == (0, 0, 0) {
            return None;
        }
        let hour = f64::from(at.hour()) + f64::from(at.minute()) / 60.0;
        Some(Self { hour, night: !(6.0..22.0).contains(&hour), evening: (18.5..22.0).contains(&hour), weekend })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::tests::payable;

    #[test]
    fn memory_is_bounded_and_length_exact() {
        let mut history = VendorHistory::default();
        for day in 0..1000 {
            let mut p = payable("V1", &day.to_string(), "5", "2024-01-01");
            p.account_code = day.to_string();
            history.push(&p);
        }
        assert_eq!((history.len(), history.recent.len(), history.largest_few.len()), (1000, RECENT, LARGEST));
        assert_eq!((history.accounts.known.len(), history.accounts.kinds()), (DISTINCT, 1000));
    }

    #[test]
    fn the_shape_of_a_number_ignores_its_digits() {
        assert_eq!(shape("INV-00123"), shape("RE-99999"));
        assert_ne!(shape("INV-00123"), shape("INV/00123"));
        assert_eq!((shape(""), shape("  ")), (None, None));
    }
}
