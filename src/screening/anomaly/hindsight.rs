//! What came after a payment at the same supplier, as far as is known: some schemes show only then.
//!
//! The first payment to a fraudster's account looks like an honest change of bank until the supplier is paid
//! to the old account again; the first part of a split is an ordinary purchase. Batch runs look at a bounded
//! window of later payments; at the moment itself nothing is known ([`Hindsight::none`]), all these features
//! are zero, and the one model was trained with both.

use super::features::{Case, Row, next_limit, run_length, within};
use super::history::{Seen, is_multiple};
use crate::domain::history::Payable;

/// So many days are looked ahead.
const WINDOW: i32 = 180;
/// So many later payments of the supplier are looked at.
const MOST: usize = 24;

/// What hindsight keeps of a payment.
#[derive(Debug, Clone, Copy)]
pub struct Trace(Seen);

impl Trace {
    /// Of a payable.
    #[must_use]
    pub fn of(payable: &Payable) -> Self {
        Self(Seen::of(payable))
    }

    /// Its day since 1970-01-01; 0 where it has none.
    #[must_use]
    pub fn day(&self) -> i32 {
        self.0.day.unwrap_or(0)
    }
}

/// The later payments of the same supplier, and until when the book is known.
#[derive(Debug, Clone, Copy)]
pub struct Hindsight<'a> {
    later: &'a [Trace],
    end: Option<i32>,
}

impl<'a> Hindsight<'a> {
    /// Nothing is known of what came after.
    #[must_use]
    pub fn none() -> Self {
        Self { later: &[], end: None }
    }

    /// `later`: the supplier's payments after this one, in order (only the first few and some months count);
    /// `end`: the last day of the book, days since 1970-01-01.
    #[must_use]
    pub fn new(later: &'a [Trace], end: i32) -> Self {
        Self { later: later.get(..MOST).unwrap_or(later), end: Some(end) }
    }

    /// Adds the features of hindsight.
    pub(super) fn put(&self, row: &mut Row, case: &Case<'_>) {
        let known = self.end.zip(case.seen.day).map_or(0, |(end, today)| (end - today).clamp(0, WINDOW));
        let today = case.seen.day.unwrap_or(0);
        let later: Vec<Seen> = self
            .later
            .iter()
            .map(|trace| trace.0)
            .filter(|_| self.end.is_some())
            .take_while(|seen| seen.day.is_some_and(|day| day <= today + WINDOW))
            .collect();
        row.put("later-known", f64::from(known) / f64::from(WINDOW));
        row.log("later-count", later.len() as f64);
        row.flag("later-none", known >= 90 && later.is_empty());
        let lifetime = (case.v.count as f64 + 1.0 + later.len() as f64).ln();
        row.put("later-lifetime", if known > 0 { lifetime } else { 0.0 });
        let next = later.first().and_then(|seen| seen.day).map_or(0, |day| day - today);
        row.log("later-gap", f64::from(next));
        bank(row, case, &later);
        amounts(row, case, &later);
        split(row, case, &later);
        let same = later.iter().filter(|seen| seen.place == case.seen.place).count();
        row.put("later-place-kept", if case.seen.place != 0 { share(same, later.len()) } else { 0.0 });
        let after = run_after(case, &later);
        row.log("later-run", f64::from(after));
        row.log("set-run", if after > 0 { f64::from(after + run_length(case.p, case.v)) } else { 0.0 });
    }
}

fn share(some: usize, all: usize) -> f64 {
    some as f64 / (all as f64 + 0.5)
}

fn bank(row: &mut Row, case: &Case<'_>, later: &[Seen]) {
    let (v, key) = (case.v, case.seen.bank);
    // Payments of the same day are not later: around an honest change both accounts occur.
    let known: Vec<&Seen> = later.iter().filter(|seen| seen.bank != 0 && key != 0 && seen.day > case.seen.day).collect();
    let same = known.iter().filter(|seen| seen.bank == key).count();
    let changed = v.bank_run.is_some_and(|(last, _)| last != key) || v.bank_previous != 0;
    // The account before this one: the last paid to, or, where that is this one, the one before it.
    let before = v.bank_run.filter(|(last, _)| *last != key).map_or(v.bank_previous, |(last, _)| last);
    let back = known.iter().filter(|seen| before != 0 && seen.bank == before).count();
    row.put("later-bank-kept", share(same, known.len()));
    row.put("later-bank-left", share(known.len() - same, known.len()));
    row.put("later-bank-back", if changed { share(back, known.len()) } else { 0.0 });
    row.flag("later-bank-next-kept", known.first().is_some_and(|seen| seen.bank == key));
    row.flag("later-bank-last-kept", known.last().is_some_and(|seen| seen.bank == key));
    row.flag("later-bank-last-back", changed && known.last().is_some_and(|seen| before != 0 && seen.bank == before));
}

fn amounts(row: &mut Row, case: &Case<'_>, later: &[Seen]) {
    let value = case.seen.amount;
    let ratios = || later.iter().filter(|seen| seen.amount > 0.0 && value > 0.0).map(|seen| (value / seen.amount).ln());
    let nearest = ratios().map(f64::abs).fold(6.0, f64::min);
    row.put("later-amount-nearest", if ratios().next().is_some() { nearest } else { 0.0 });
    let least = ratios().fold(8.0, f64::min);
    row.put("later-amount-over-largest", if ratios().next().is_some() { least.clamp(-8.0, 8.0) } else { 0.0 });
    let round = later.iter().filter(|seen| is_multiple(seen.amount, 100.0)).count();
    row.put("later-round-share", share(round, later.len()));
}

/// The payments a week before and after, this one among them, that stay below its limit.
fn split(row: &mut Row, case: &Case<'_>, later: &[Seen]) {
    let value = case.seen.amount;
    let limit = next_limit(value, case.policy);
    let today = case.seen.day.unwrap_or(0);
    let after: Vec<f64> = later.iter().filter(|seen| seen.day.is_some_and(|day| day <= today + 7)).map(|seen| seen.amount).collect();
    let near = |amount: f64, from: f64| limit.is_some_and(|limit| amount < limit && amount > from * limit);
    let parts = after.iter().filter(|amount| near(**amount, 0.35) && near(value, 0.35)).count();
    row.log("later-split-count", parts as f64);
    let mut set: Vec<f64> = after.iter().copied().filter(|amount| near(*amount, 0.6) && near(value, 0.6)).collect();
    let followed = !set.is_empty();
    if followed {
        set.extend(within(case.p, case.v, 7).iter().map(|seen| seen.amount).filter(|amount| near(*amount, 0.6)));
    }
    row.log("set-near-count", set.len() as f64);
    let spread = set.iter().map(|amount| (amount / value.max(0.01)).ln().abs()).fold(0.0, f64::max);
    row.put("set-alike", if followed { 1.0 - (spread * 3.0).min(1.0) } else { 0.0 });
}

/// How many later numbers follow this one without a gap, in whatever order they were entered.
fn run_after(case: &Case<'_>, later: &[Seen]) -> u32 {
    let Some((stem, tail)) = case.seen.number else { return 0 };
    let tails: Vec<u64> = later.iter().take(8).filter_map(|seen| seen.number).filter(|number| number.0 == stem).map(|n| n.1).collect();
    (1..=6).take_while(|step| tails.contains(&(tail + step))).count() as u32
}
