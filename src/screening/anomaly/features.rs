//! The features of a payment against its supplier's past, in the order of [`ANOMALY_FEATURES`].
//!
//! Missing columns give zeros and lower the flag that says they were known.

use rust_decimal::prelude::ToPrimitive as _;

use super::Policy;
use super::history::{Clock, Seen, VendorHistory, day_number, is_multiple, key_of, lag, number_parts, place, size};
use super::view::BookView;
use crate::domain::history::Payable;

/// Names of the anomaly features, in the model's order.
pub const ANOMALY_FEATURES: &[&str] = &[
    "history-log-count",
    "history-new",
    "history-few",
    "history-age",
    "gap-log",
    "gap-over-usual",
    "gap-dormant",
    "amount-log",
    "amount-deviation",
    "amount-over-median",
    "amount-over-largest",
    "amount-above-largest",
    "amount-ten-times",
    "amount-tenth",
    "amount-repeats",
    "amount-negative",
    "round-hundreds",
    "round-thousands",
    "round-zeros",
    "round-unusual",
    "round-share",
    "limit-just-below",
    "limit-near-below",
    "limit-above-highest",
    "split-same-day",
    "split-week-count",
    "split-crosses-limit",
    "split-below-limit-count",
    "bank-known",
    "bank-new",
    "bank-fresh",
    "bank-kinds",
    "department-known",
    "department-new",
    "account-known",
    "account-new",
    "place-new",
    "place-share",
    "user-known",
    "user-new",
    "user-approves-own",
    "approver-known",
    "clock-known",
    "clock-night",
    "clock-evening",
    "clock-weekend",
    "clock-vendor-odd-share",
    "period-end",
    "lag-known",
    "lag-log",
    "lag-immediate",
    "lag-deviation",
    "before-due",
    "due-known",
    "order-given",
    "order-usual-share",
    "order-missed",
    "quick-without-order",
    "number-blank",
    "number-next",
    "number-run",
    "number-low",
];

/// The features of `payable` given its supplier's earlier payables and what the book up to it says: one
/// `f32` a name.
#[must_use]
pub fn anomaly_features(payable: &Payable, vendor: &VendorHistory, _book: &BookView, policy: &Policy) -> Vec<f32> {
    let mut out = Vec::with_capacity(ANOMALY_FEATURES.len());
    history(&mut out, payable, vendor);
    amount(&mut out, payable, vendor);
    roundness(&mut out, payable, vendor);
    limits(&mut out, payable, vendor, policy);
    bank(&mut out, payable, vendor);
    places(&mut out, payable, vendor);
    clock(&mut out, payable, vendor);
    speed(&mut out, payable, vendor);
    numbers(&mut out, payable, vendor);
    out
}

fn flag(yes: bool) -> f32 {
    f32::from(u8::from(yes))
}

/// `ln(1 + x)` scaled so that usual values stay near one.
fn log(x: f64, scale: f64) -> f32 {
    (x.max(0.0).ln_1p() / scale) as f32
}

fn clip(x: f64, limit: f64) -> f32 {
    x.clamp(-limit, limit) as f32
}

fn history(out: &mut Vec<f32>, p: &Payable, v: &VendorHistory) {
    let today = p.effective_date().map(day_number);
    let since = |day: Option<i32>| today.zip(day).map_or(0.0, |(now, then)| f64::from((now - then).max(0)));
    let gap = since(v.last_day);
    let usual = v.usual_gap().unwrap_or(30.0).max(5.0);
    out.extend([
        log(v.count as f64, 4.0),
        flag(v.count == 0),
        flag((1..=3).contains(&v.count)),
        log(since(v.first_day), 6.0),
        log(gap, 5.0),
        clip((gap / usual).ln_1p() / 2.0, 3.0),
        flag(gap > 270.0 && gap > 4.0 * usual),
    ]);
}

fn amount(out: &mut Vec<f32>, p: &Payable, v: &VendorHistory) {
    let value = size(p);
    out.push(log(value, 8.0));
    match v.log_amounts().filter(|_| value > 0.0 && v.count > 0) {
        Some((middle, spread)) => {
            let above = value.ln() - middle;
            let few = (6.0 / (v.recent.len() as f64 + 1.0)).max(1.0);
            out.push(clip(above / ((1.48 * spread + 0.15) * few) / 3.0, 4.0));
            out.push(clip(above / 2.0, 4.0));
            out.push(clip((value / v.largest.max(0.01)).ln() / 2.0, 4.0));
            out.push(flag(value > 1.5 * v.largest && v.count >= 4));
            out.push(flag(v.count >= 3 && [10.0, 100.0, 1000.0].iter().any(|f| is_like(v, value / f)) && value > 2.5 * v.largest));
            out.push(flag(v.count >= 3 && [10.0, 100.0].iter().any(|f| is_like(v, value * f)) && above < -1.5));
        }
        None => out.extend([0.0; 6]),
    }
    out.push(flag(v.recent.iter().any(|s| (s.amount - value).abs() < 0.005)));
    out.push(flag(p.amount.is_sign_negative()));
}

/// Whether `value` lies within the middle of the recent amounts.
fn is_like(v: &VendorHistory, value: f64) -> bool {
    v.log_amounts().is_some_and(|(middle, spread)| value > 0.0 && (value.ln() - middle).abs() <= 2.0 * spread + 0.25)
}

fn roundness(out: &mut Vec<f32>, p: &Payable, v: &VendorHistory) {
    let value = size(p);
    let (hundreds, thousands) = (is_multiple(value, 100.0), is_multiple(value, 1000.0));
    let zeros = [10.0, 100.0, 1000.0, 10_000.0, 100_000.0].iter().filter(|unit| is_multiple(value, **unit)).count();
    let share = f64::from(v.hundreds) / (v.count as f64 + 1.0);
    let surprise = if hundreds && v.count >= 4 { 1.0 - (share * 8.0).min(1.0) } else { 0.0 };
    out.extend([flag(hundreds), flag(thousands), zeros as f32 / 3.0, surprise as f32, share as f32]);
}

/// The lowest limit above `value`, and whether `value` is above them all.
pub(super) fn next_limit(value: f64, policy: &Policy) -> Option<f64> {
    let limits = policy.approval_limits.iter().filter_map(|limit| limit.to_f64());
    limits.filter(|limit| value < *limit).fold(None, |best: Option<f64>, limit| Some(best.map_or(limit, |b| b.min(limit))))
}

/// Recent payments within `days` of this one, this one not counted.
pub(super) fn within(p: &Payable, v: &VendorHistory, days: i32) -> Vec<Seen> {
    let Some(today) = p.effective_date().map(day_number) else { return Vec::new() };
    v.recent.iter().filter(|s| s.day.is_some_and(|day| today - day <= days)).copied().collect()
}

fn limits(out: &mut Vec<f32>, p: &Payable, v: &VendorHistory, policy: &Policy) {
    let value = size(p);
    let limit = next_limit(value, policy);
    let reach = limit.map_or(0.0, |limit| value / limit);
    let week = within(p, v, 7);
    let below: Vec<&Seen> = week.iter().filter(|s| limit.is_some_and(|limit| s.amount < limit && s.amount > 0.35 * limit)).collect();
    let sum = value + below.iter().map(|s| s.amount).sum::<f64>();
    out.extend([
        flag(reach >= 0.95),
        flag(reach >= 0.88),
        flag(limit.is_none() && !policy.approval_limits.is_empty()),
        log(within(p, v, 0).len() as f64, 2.0),
        log(week.len() as f64, 2.0),
        flag(limit.is_some_and(|limit| !below.is_empty() && value > 0.35 * limit && sum >= limit)),
        log(below.len() as f64, 1.5),
    ]);
}

fn bank(out: &mut Vec<f32>, p: &Payable, v: &VendorHistory) {
    let known = !p.bank_account.is_empty();
    let new = known && v.banks.total() > 0 && v.banks.of(&p.bank_account) == 0;
    let fresh = match v.bank_run {
        Some((key, times)) if known && key == key_of(&p.bank_account) && v.banks.kinds() > 1 => 1.0 / f64::from(times + 1),
        Some((key, _)) if known && key != key_of(&p.bank_account) => 1.0,
        _ => 0.0,
    };
    out.extend([flag(known), flag(new), fresh as f32, log(v.banks.kinds() as f64, 1.5)]);
}

fn places(out: &mut Vec<f32>, p: &Payable, v: &VendorHistory) {
    let surprise = |known: bool, counts: &super::history::Counts, text: &str| {
        if known && counts.total() >= 3 && counts.of(text) == 0 {
            1.0 - 1.0 / (f64::from(counts.total()) / counts.kinds() as f64 + 0.5)
        } else {
            0.0
        }
    };
    let both = place(p);
    let share = f64::from(v.places.of(&both)) / f64::from(v.places.total().max(1));
    out.extend([
        flag(!p.department.is_empty()),
        clip(surprise(!p.department.is_empty(), &v.departments, &p.department), 1.0),
        flag(!p.account_code.is_empty()),
        clip(surprise(!p.account_code.is_empty(), &v.accounts, &p.account_code), 1.0),
        clip(surprise(!both.is_empty(), &v.places, &both), 1.0),
        if v.places.total() > 0 && !both.is_empty() { share as f32 } else { 0.5 },
        flag(!p.posted_by.is_empty()),
        clip(surprise(!p.posted_by.is_empty(), &v.users, &p.posted_by), 1.0),
        flag(!p.posted_by.is_empty() && p.posted_by == p.approved_by),
        flag(!p.approved_by.is_empty()),
    ]);
}

fn clock(out: &mut Vec<f32>, p: &Payable, v: &VendorHistory) {
    match Clock::of(p) {
        Some(at) => out.extend([
            1.0,
            flag(at.night),
            flag(at.evening),
            flag(at.weekend),
            (f64::from(v.odd_hours) / (f64::from(v.timed) + 2.0)) as f32,
        ]),
        None => out.extend([0.0; 5]),
    }
    let last_days = p.effective_date().is_some_and(|d| d.days_in_month() - d.day() <= 1);
    out.push(flag(last_days));
}

fn speed(out: &mut Vec<f32>, p: &Payable, v: &VendorHistory) {
    let days = lag(p);
    let lag_days = days.unwrap_or(0.0);
    let mean = if v.lags > 0 { v.lag_sum / f64::from(v.lags) } else { 25.0 };
    let spread = if v.lags > 2 { (v.lag_squares / f64::from(v.lags) - mean * mean).max(9.0).sqrt() } else { 15.0 };
    let immediate = days.is_some_and(|d| d <= 2.0);
    let due = p.due_date.zip(p.effective_date()).map(|(due, paid)| f64::from(day_number(due) - day_number(paid)));
    let ordered = !p.po_number.is_empty();
    let share = f64::from(v.with_order) / (v.count as f64 + 2.0);
    out.extend([
        flag(days.is_some()),
        log(lag_days, 4.0),
        flag(immediate),
        if days.is_some() { clip((lag_days - mean) / spread / 2.0, 3.0) } else { 0.0 },
        clip(due.unwrap_or(0.0) / 30.0, 3.0),
        flag(due.is_some()),
        flag(ordered),
        share as f32,
        flag(!ordered && share > 0.6),
        flag(immediate && !ordered),
    ]);
}

/// How many of the latest numbers, this one included, follow each other without a gap.
pub(super) fn run_length(p: &Payable, v: &VendorHistory) -> u32 {
    let Some((stem, mut tail)) = number_parts(&p.invoice_no) else { return 0 };
    let mut run = 0;
    for seen in v.recent.iter().rev() {
        match seen.number {
            Some((s, t)) if s == stem && tail > t && tail - t <= 1 => (run, tail) = (run + 1, t),
            _ => break,
        }
    }
    run
}

fn numbers(out: &mut Vec<f32>, p: &Payable, v: &VendorHistory) {
    let parts = number_parts(&p.invoice_no);
    let run = run_length(p, v);
    out.extend([
        flag(p.invoice_no.trim().is_empty()),
        flag(run >= 1),
        log(f64::from(run), 1.5),
        flag(parts.is_some_and(|(_, tail)| tail < 200)),
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::tests::payable;

    fn value(name: &str, features: &[f32]) -> f32 {
        features[ANOMALY_FEATURES.iter().position(|n| *n == name).unwrap()]
    }

    fn monthly(count: i8) -> VendorHistory {
        let mut history = VendorHistory::default();
        for month in 1..=count {
            let mut p = payable(
                "V1",
                &format!("A-{}", 40 + month * 7),
                &format!("{}.37", 900 + i32::from(month) * 11),
                &format!("2024-{month:02}-05"),
            );
            p.bank_account = "DE1".to_owned();
            (p.department, p.account_code) = ("D1".to_owned(), "4100".to_owned());
            history.push(&p);
        }
        history
    }

    #[test]
    fn names_and_values_are_as_many_and_names_differ() {
        let mut names = ANOMALY_FEATURES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ANOMALY_FEATURES.len());
        let p = payable("V1", "1", "10", "2024-01-01");
        assert_eq!(anomaly_features(&p, &VendorHistory::default(), &BookView::default(), &Policy::default()).len(), ANOMALY_FEATURES.len());
    }

    #[test]
    fn each_kind_moves_its_feature() {
        let history = monthly(9);
        let policy = Policy::default();
        let usual = payable("V1", "A-110", "1001.20", "2024-10-05");
        let of = |p: &Payable| anomaly_features(p, &history, &BookView::default(), &policy);
        assert!(value("amount-deviation", &of(&usual)).abs() < 0.5);
        assert_eq!(value("amount-ten-times", &of(&payable("V1", "A-110", "9550.00", "2024-10-05"))), 1.0);
        assert_eq!(value("limit-just-below", &of(&payable("V1", "A-110", "4990.00", "2024-10-05"))), 1.0);
        assert_eq!(value("gap-dormant", &of(&payable("V1", "A-110", "990.00", "2026-10-05"))), 1.0);
        assert_eq!(value("number-next", &of(&payable("V1", "A-104", "990.00", "2024-10-05"))), 1.0);
        let mut moved = usual.clone();
        moved.bank_account = "DE2".to_owned();
        moved.account_code = "6300".to_owned();
        moved.department = "D9".to_owned();
        assert_eq!((value("bank-new", &of(&moved)), value("bank-new", &of(&usual))), (1.0, 0.0));
        assert!(value("place-new", &of(&moved)) > 0.5);
    }

    #[test]
    fn a_sparse_row_gives_finite_features() {
        let mut bare = payable("V1", "", "0", "2024-01-01");
        (bare.invoice_date, bare.payment_date) = (None, None);
        for history in [VendorHistory::default(), monthly(4)] {
            assert!(
                anomaly_features(&bare, &history, &BookView::default(), &Policy { approval_limits: Vec::new() })
                    .iter()
                    .all(|v| v.is_finite())
            );
        }
    }

    #[test]
    fn memory_is_bounded_and_length_exact() {
        let mut history = VendorHistory::default();
        for day in 0..1000 {
            history.push(&payable("V1", &day.to_string(), "5", "2024-01-01"));
        }
        assert_eq!((history.len(), history.recent.len()), (1000, 40));
    }
}
