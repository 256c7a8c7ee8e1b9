//! Invoice numbers against the supplier's own sequence.

use super::{Case, Row, novelty_surprise, rate_surprise, surprise_of};
use crate::domain::history::Payable;
use crate::screening::anomaly::history::{VendorHistory, number_parts, shape};

/// How many of the latest numbers, this one left out, lead up to this one without a gap, and the day of
/// the first of them. Two numbers that were entered in turned order still follow each other.
fn run(p: &Payable, v: &VendorHistory) -> (u32, Option<i32>) {
    let Some((stem, tail)) = number_parts(&p.invoice_no) else { return (0, None) };
    let mut taken = 0;
    let (mut low, mut high, mut first) = (tail, tail, None);
    for seen in v.recent.iter().rev().take(12) {
        let Some((s, t)) = seen.number else { break };
        if s != stem {
            break;
        }
        if t + 1 == low || t == high + 1 || (t + 2 == low && taken > 0) {
            (low, high, taken, first) = (low.min(t), high.max(t), taken + 1, seen.day.or(first));
        } else if t < low || t > high {
            break;
        }
    }
    (taken, first)
}

/// How many of the latest numbers lead up to this one without a gap.
pub(in crate::screening::anomaly) fn run_length(p: &Payable, v: &VendorHistory) -> u32 {
    run(p, v).0
}

pub(super) fn numbers(row: &mut Row, case: &Case<'_>) {
    let (p, v, b) = (case.p, case.v, case.b);
    let count = u32::try_from(v.count).unwrap_or(u32::MAX);
    let blank = p.invoice_no.trim().is_empty();
    row.surprise("number-blank", if blank { rate_surprise(v.blanks, count, b.blank_rate) } else { 0.0 });
    let (length, first) = run(p, v);
    row.flag("number-next", length >= 1);
    row.log("number-run", f64::from(length));
    let days = first.zip(case.seen.day).map_or(0, |(first, today)| (today - first).max(0));
    row.log("number-run-days", f64::from(days));
    let next = if length >= 1 { rate_surprise(v.nexts, v.steps, b.next_rate) } else { 0.0 };
    row.surprise("number-next-surprise", next);
    row.put("number-run-surprise", next * f64::from(length.min(5)));
    let parts = number_parts(&p.invoice_no);
    let step = parts.zip(v.last_number()).filter(|(now, before)| now.0 == before.0).map(|(now, before)| now.1 as f64 - before.1 as f64);
    let usual = if v.steps > 0 { v.step_logs / f64::from(v.steps) } else { 0.0 };
    let up = step.filter(|step| *step > 0.0);
    row.put("number-step", up.map_or(0.0, |step| (step.ln() - usual).clamp(-8.0, 8.0)));
    row.put("number-usual-step", usual);
    row.flag("number-backwards", step.is_some_and(|step| step < 0.0));
    let low = parts.is_some_and(|(_, tail)| tail < 200);
    row.put("number-low", if low { surprise_of(f64::from(b.low_rate)) } else { 0.0 });
    row.surprise("number-shape-new", shape(&p.invoice_no).map_or(0.0, |shape| novelty_surprise(&v.shapes, shape, b.shape_novelty)));
}
