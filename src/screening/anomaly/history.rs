//! The bounded summary of a supplier's past, pushed one payable at a time.

use jiff::civil::Date;
use rust_decimal::prelude::ToPrimitive as _;
use std::collections::VecDeque;

use crate::domain::history::Payable;
use crate::domain::text::number_key;

/// So many of the latest payments are kept one by one.
const RECENT: usize = 40;
/// So many different values of a kind (departments, users, …) are counted.
const DISTINCT: usize = 24;

/// One of the latest payments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// Size of the amount in units.
    pub amount: f64,
    /// Day number.
    pub day: Option<i32>,
    /// Hash of the number's stem, value of its last digits.
    pub number: Option<(u64, u64)>,
}

/// Counts of different values, bounded: the first [`DISTINCT`] kinds, the rest lumped.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    known: Vec<(u64, u32)>,
    total: u32,
}

impl Counts {
    fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.total += 1;
        let key = key_of(text);
        if let Some(entry) = self.known.iter_mut().find(|entry| entry.0 == key) {
            entry.1 += 1;
        } else if self.known.len() < DISTINCT {
            self.known.push((key, 1));
        }
    }

    /// How many were seen in all.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// How many kinds.
    pub fn kinds(&self) -> usize {
        self.known.len()
    }

    /// How often `text` was seen.
    pub fn of(&self, text: &str) -> u32 {
        let key = key_of(text);
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
    pub(super) recent: VecDeque<Seen>,
    pub(super) largest: f64,
    pub(super) rounds: u32,
    pub(super) hundreds: u32,
    pub(super) with_order: u32,
    pub(super) timed: u32,
    pub(super) odd_hours: u32,
    pub(super) lags: u32,
    pub(super) lag_sum: f64,
    pub(super) lag_squares: f64,
    pub(super) departments: Counts,
    pub(super) accounts: Counts,
    pub(super) places: Counts,
    pub(super) users: Counts,
    pub(super) banks: Counts,
    /// The account last paid to and how often in a row.
    pub(super) bank_run: Option<(u64, u32)>,
}

impl VendorHistory {
    /// Adds a payable to the past. Push in order of time, after scoring it.
    pub fn push(&mut self, payable: &Payable) {
        let seen = Seen::of(payable);
        self.count += 1;
        self.first_day = self.first_day.or(seen.day);
        self.last_day = seen.day.max(self.last_day);
        self.largest = self.largest.max(seen.amount);
        self.rounds += u32::from(is_multiple(seen.amount, 1000.0));
        self.hundreds += u32::from(is_multiple(seen.amount, 100.0));
        self.with_order += u32::from(!payable.po_number.is_empty());
        if let Some(clock) = Clock::of(payable) {
            self.timed += 1;
            self.odd_hours += u32::from(clock.night || clock.weekend);
        }
        if let Some(lag) = lag(payable) {
            self.lags += 1;
            self.lag_sum += lag;
            self.lag_squares += lag * lag;
        }
        self.departments.push(&payable.department);
        self.accounts.push(&payable.account_code);
        self.places.push(&place(payable));
        self.users.push(&payable.posted_by);
        self.banks.push(&payable.bank_account);
        if !payable.bank_account.is_empty() {
            let key = key_of(&payable.bank_account);
            self.bank_run = Some(match self.bank_run {
                Some((known, times)) if known == key => (key, times + 1),
                _ => (key, 1),
            });
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(seen);
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
        Self { amount: size(payable), day: payable.effective_date().map(day_number), number: number_parts(&payable.invoice_no) }
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

/// Department and account as one value; empty unless both are known.
pub(super) fn place(payable: &Payable) -> String {
    if payable.department.is_empty() || payable.account_code.is_empty() {
        String::new()
    } else {
        format!("{}\u{1f}{}", payable.department, payable.account_code)
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
        let at = payable.posted_at?.to_zoned_datetime(jiff::tz::TimeZone::UTC);
        let weekend = matches!(at.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
        if (at.hour(), at.minute(), at.second()) == (0, 0, 0) {
            return None;
        }
        let hour = f64::from(at.hour()) + f64::from(at.minute()) / 60.0;
        Some(Self { hour, night: !(6.0..22.0).contains(&hour), evening: (18.5..22.0).contains(&hour), weekend })
    }
}
