//! Amounts against the supplier's, the account's and the book's; round ones; approval limits.

use rust_decimal::prelude::ToPrimitive as _;

use super::{Case, Row, rate_surprise, surprise_of};
use crate::domain::history::Payable;
use crate::screening::anomaly::Policy;
use crate::screening::anomaly::history::{Seen, VendorHistory, day_number, is_multiple};

pub(super) fn amount(row: &mut Row, case: &Case<'_>) {
    let (value, v) = (case.seen.amount, case.v);
    row.log("amount-log", value);
    row.surprise("amount-tail", if case.v.count >= 3 { surprise_of(f64::from(case.b.amount_tail)) } else { 0.0 });
    row.put("amount-rank", f64::from(case.b.amount_rank));
    row.put("amount-account-deviation", f64::from(case.b.account_amount_deviation));
    let shape = v.log_amounts().filter(|_| value > 0.0 && v.count > 0);
    let (middle, spread) = shape.unwrap_or((value.max(1.0).ln(), 0.5));
    let above = if shape.is_some() { value.ln() - middle } else { 0.0 };
    let evidence = v.recent.len() as f64 / (v.recent.len() as f64 + 4.0);
    let wide = 1.48 * spread * evidence + 0.6 * (1.0 - evidence) + 0.12;
    row.put("amount-deviation", (above / wide * evidence).clamp(-12.0, 12.0));
    row.put("amount-over-median", above.clamp(-8.0, 8.0));
    row.put("amount-spread", spread);
    let over = if shape.is_some() { (value / v.largest.max(0.01)).ln() } else { 0.0 };
    row.put("amount-over-largest", over.clamp(-8.0, 8.0));
    let second = v.largest_few.get(2).map_or(0.0, |kept| if shape.is_some() { (value / kept.0.max(0.01)).ln() } else { 0.0 });
    row.put("amount-over-third-largest", second.clamp(-8.0, 8.0));
    row.flag("amount-above-largest", value > 1.5 * v.largest && v.count >= 4);
    let nearest = v.recent.iter().filter(|s| s.amount > 0.0 && value > 0.0).map(|s| (value / s.amount).ln().abs()).fold(6.0, f64::min);
    row.put("amount-nearest", if shape.is_some() { nearest } else { 0.0 });
    magnitude(row, case, above);
    let repeats = v.recent.iter().any(|s| (s.amount - value).abs() < 0.005);
    row.put("amount-unrepeated", if repeats || v.count == 0 { 0.0 } else { surprise_of(1.0 - f64::from(case.b.repeat_rate)) });
    let yearly = case.seen.day.is_some_and(|today| {
        let then = |day: i32| (day - today + 365).abs() <= 35 || (day - today + 730).abs() <= 35;
        v.largest_few.iter().any(|kept| then(kept.1) && (0.55..1.8).contains(&(value / kept.0.max(0.01))))
    });
    row.flag("amount-like-last-year", yearly && above > 0.5);
    row.flag("amount-negative", case.p.amount.is_sign_negative());
}

/// Whether a shifted decimal point would explain the amount.
fn magnitude(row: &mut Row, case: &Case<'_>, above: f64) {
    let (value, v) = (case.seen.amount, case.v);
    let fits = |amount: f64| is_like(v, amount);
    let above_all = v.count >= 3 && value > 2.5 * v.largest;
    row.flag("amount-ten-times", above_all && [10.0, 100.0, 1000.0].iter().any(|f| fits(value / f)));
    row.flag("amount-tenth", v.count >= 3 && above < -1.5 && [10.0, 100.0].iter().any(|f| fits(value * f)));
    let equal = |amount: f64| v.recent.iter().any(|s| (s.amount - amount).abs() < 0.006);
    row.flag("amount-shifted-repeat", v.count > 0 && [0.01, 0.1, 10.0, 100.0].iter().any(|f| equal(value * f)) && !equal(value));
    // Ten times an amount has no hundredths, a hundred times has no fraction at all.
    let fraction = |is: bool, past: u32| if is { rate_surprise(past, v.count as u32, 0.2) } else { 0.0 };
    row.put("amount-no-fraction", fraction(is_multiple(value, 1.0), v.wholes));
    row.put("amount-no-hundredths", fraction(is_multiple(value, 0.1), v.tenths));
}

/// Whether `value` lies within the middle of the recent amounts.
fn is_like(v: &VendorHistory, value: f64) -> bool {
    v.log_amounts().is_some_and(|(middle, spread)| value > 0.0 && (value.ln() - middle).abs() <= 2.0 * spread + 0.25)
}

pub(super) fn roundness(row: &mut Row, case: &Case<'_>) {
    let (value, v, b) = (case.seen.amount, case.v, case.b);
    let (hundreds, thousands) = (is_multiple(value, 100.0), is_multiple(value, 1000.0));
    let zeros = [10.0, 100.0, 1000.0, 10_000.0, 100_000.0].iter().filter(|unit| is_multiple(value, **unit)).count();
    let count = u32::try_from(v.count).unwrap_or(u32::MAX);
    row.flag("round-hundreds", hundreds);
    row.flag("round-thousands", thousands);
    row.put("round-zeros", zeros as f64);
    row.surprise("round-hundreds-surprise", if hundreds { rate_surprise(v.hundreds, count, b.hundreds_rate) } else { 0.0 });
    row.surprise("round-thousands-surprise", if thousands { rate_surprise(v.rounds, count, b.thousands_rate) } else { 0.0 });
    row.put("round-share", f64::from(v.hundreds) / (v.count as f64 + 1.0));
}

/// The lowest limit above `value`.
pub(in crate::screening::anomaly) fn next_limit(value: f64, policy: &Policy) -> Option<f64> {
    let limits = policy.approval_limits.iter().filter_map(|limit| limit.to_f64());
    limits.filter(|limit| value < *limit).fold(None, |best: Option<f64>, limit| Some(best.map_or(limit, |b| b.min(limit))))
}

/// Recent payments within `days` of this one, this one not counted.
pub(in crate::screening::anomaly) fn within(p: &Payable, v: &VendorHistory, days: i32) -> Vec<Seen> {
    let Some(today) = p.effective_date().map(day_number) else { return Vec::new() };
    v.recent.iter().filter(|s| s.day.is_some_and(|day| today - day <= days)).copied().collect()
}

pub(super) fn limits(row: &mut Row, case: &Case<'_>) {
    let (value, v, policy) = (case.seen.amount, case.v, case.policy);
    let limit = next_limit(value, policy);
    let reach = limit.map_or(0.0, |limit| value / limit);
    row.put("limit-reach", reach);
    row.flag("limit-just-below", reach >= 0.95);
    row.flag("limit-near-below", reach >= 0.8);
    row.flag("limit-above-highest", limit.is_none() && !policy.approval_limits.is_empty());
    let near = v.recent.iter().filter(|s| next_limit(s.amount, policy).is_some_and(|limit| s.amount >= 0.8 * limit)).count();
    row.put("limit-near-share", near as f64 / (v.recent.len() as f64 + 2.0));
    let week = within(case.p, v, 7);
    row.log("split-same-day", within(case.p, v, 0).len() as f64);
    row.log("split-week-count", week.len() as f64);
    let usual = v.recent.len() as f64 * 7.0
        / f64::from(v.recent.front().and_then(|s| s.day).zip(case.seen.day).map_or(365, |(a, b)| (b - a).max(7)));
    row.put("split-week-over-usual", ((week.len() as f64 + 0.5) / (usual + 0.5)).ln());
    let parts: Vec<f64> = week
        .iter()
        .map(|s| s.amount)
        .filter(|amount| limit.is_some_and(|limit| *amount < limit && *amount > 0.35 * limit && value > 0.35 * limit))
        .collect();
    let near: Vec<f64> =
        parts.iter().copied().filter(|amount| limit.is_some_and(|limit| *amount > 0.7 * limit && value > 0.7 * limit)).collect();
    let sum = value + parts.iter().sum::<f64>();
    row.flag("split-crosses-limit", !parts.is_empty() && limit.is_some_and(|limit| sum >= limit));
    row.log("split-below-limit-count", parts.len() as f64);
    row.log("split-near-limit-count", near.len() as f64);
    let spread = near.iter().map(|amount| (amount / value.max(0.01)).ln().abs()).fold(0.0, f64::max);
    row.put("split-parts-alike", if near.is_empty() { 0.0 } else { 1.0 - (spread * 3.0).min(1.0) });
    let same_place =
        case.seen.place != 0 && week.iter().any(|s| s.place == case.seen.place && near.iter().any(|n| (n - s.amount).abs() < 0.005));
    row.flag("split-same-place", same_place);
}
