//! The schemes and their honest look-alikes, played with a book's own people, places, amounts and numbers.
//!
//! After the billing and disbursement schemes of the ACFE's Fraud Examiners Manual and Report to the Nations
//! (shell companies, change of bank details, pay-and-return, split purchases), ISA 240's circumstances of
//! journal entries (odd hours, unusual accounts and people, round sums, haste) and the errors that recovery
//! audits find (misplaced decimal points, amounts out of all proportion). Severities are drawn widely.

use super::stage::{Mark, Stage, after, hasten, money, moved, next_number, post_on, set_hour, size};
use crate::domain::history::Payable;
use crate::training::simulator::Dice;

/// Plays schemes until `wanted` rows are staged, with honest look-alikes between.
pub(super) fn stage(stage: &mut Stage<'_>, wanted: usize) {
    const SCHEMES: &[fn(&mut Stage<'_>)] = &[
        |s| bank(s, Mark::Scheme("bank-change")),
        |s| newcomer(s, Mark::Scheme("invented-supplier")),
        split,
        hours,
        round,
        place,
        amount,
        decimal_point,
        dormant,
        |s| quick(s, Mark::Scheme("haste")),
        consecutive,
    ];
    const HONEST: &[fn(&mut Stage<'_>)] =
        &[|s| bank(s, Mark::Honest), |s| newcomer(s, Mark::Honest), overtime, |s| quick(s, Mark::Honest), large_bill, below_limit];
    for _ in 0..wanted * 4 {
        if stage.staged() >= wanted {
            break;
        }
        let scheme = *stage.dice.pick(SCHEMES);
        scheme(stage);
        if stage.dice.chance(0.03) {
            strange_hand(stage);
        }
        if stage.dice.chance(0.5) {
            let honest = *stage.dice.pick(HONEST);
            honest(stage);
        }
    }
}

fn member(stage: &Stage<'_>, (supplier, at): (usize, usize)) -> usize {
    stage.suppliers[supplier][at]
}

/// Other bank details before one to three payments; honestly: from then on.
fn bank(stage: &mut Stage<'_>, mark: Mark) {
    let Some((supplier, at)) = stage.pick(if mark.is_scheme() { 3 } else { 2 }) else { return };
    if !stage.columns.banks {
        return;
    }
    let account = stage.new_bank();
    let later: Vec<usize> = stage.suppliers[supplier][at..].to_vec();
    let count = if mark.is_scheme() { stage.dice.range(1, 3) as usize } else { later.len() };
    for (place, row) in later.into_iter().take(count).enumerate() {
        // What follows an honest change is the book's usual business again.
        let mark = if mark.is_scheme() || place == 0 { mark } else { Mark::Own };
        stage.change(row, mark, |p, _| p.bank_account.clone_from(&account));
    }
}

/// A supplier nobody knows, with little paperwork; honestly: with orders, like any other.
fn newcomer(stage: &mut Stage<'_>, mark: Mark) {
    let fraud = mark.is_scheme();
    let mut host = stage.any().clone();
    let (left, right) = (stage.any().vendor_name.clone(), stage.any().vendor_name.clone());
    let word =
        |text: &str, last: bool| if last { text.split(' ').next_back() } else { text.split(' ').next() }.unwrap_or_default().to_owned();
    let name = format!("{} {}", word(&left, false), word(&right, true));
    let id = if host.vendor_id.is_empty() { String::new() } else { next_number(&host.vendor_id, stage.dice.range(1_000_000, 90_000_000)) };
    let account = if stage.dice.chance(0.85) { stage.new_bank() } else { stage.any().bank_account.clone() };
    if fraud && stage.dice.chance(0.5) {
        host.account_code = stage.any().account_code.clone();
    }
    let mut levels: Vec<f64> = (0..40).map(|_| size(stage.any())).collect();
    levels.sort_by(f64::total_cmp);
    let level = levels[(levels.len() as f64 * (0.3 + 0.65 * stage.dice.unit())) as usize].max(1.0);
    let style = stage.dice.index(5);
    let (strict, hasty, late) = (stage.dice.chance(0.6), stage.dice.chance(0.4), stage.dice.chance(0.3));
    let hour = if late { 16.0 + 13.0 * stage.dice.unit() } else { 8.0 + 10.5 * stage.dice.unit() };
    let mut number = stage.dice.range(1, if fraud { 400 } else { 20_000 });
    let Some(mut day) = host.effective_date() else { return };
    let payments = 1.0 + (1.0 - stage.dice.unit()).ln().abs() / 0.29;
    for _ in 0..payments.min(12.0) as usize {
        let mut p = moved(stage.any(), day);
        (p.vendor_id, p.vendor_name, p.bank_account) = (id.clone(), name.clone(), account.clone());
        (p.department, p.account_code) = (host.department.clone(), host.account_code.clone());
        p.posted_by.clone_from(&host.posted_by);
        if stage.columns.numbers {
            p.invoice_no = numbered(style, number);
        }
        let units = level * (0.35 * stage.dice.normal()).exp();
        let rounded = stage.dice.chance(if fraud { 0.4 } else { 0.05 });
        p.amount = money(if rounded { (units / 50.0).round().max(1.0) * 50.0 } else { units });
        let ordered = stage.columns.orders && (!fraud || stage.dice.chance(0.05));
        p.po_number = if ordered { format!("PO{}", stage.dice.digits(6)) } else { String::new() };
        if fraud {
            if hasty {
                let days = stage.dice.range(1, 14) as i32;
                p.invoice_date = p.invoice_date.map(|_| after(day, -i64::from(days)));
            }
            post_on(&mut p, after(day, -stage.dice.range(0, if hasty { 1 } else { 9 })), hour.rem_euclid(24.0));
        }
        if !stage.add(p, mark, false) {
            break;
        }
        number += if fraud && strict { 1 } else { stage.dice.range(1, if fraud { 3 } else { 60 }) };
        day = after(day, stage.dice.range(7, 50));
    }
}

fn numbered(style: usize, number: i64) -> String {
    match style {
        0 => format!("{number}"),
        1 => format!("{number:03}"),
        2 => format!("{number:04}"),
        3 => format!("INV{number:03}"),
        _ => format!("INV-{number}"),
    }
}

/// One purchase as several below an approval limit, within days.
fn split(stage: &mut Stage<'_>) {
    let (Some(chosen), false) = (stage.pick(3), stage.limits.is_empty()) else { return };
    let host = stage.rows[member(stage, chosen)].clone();
    let Some(day) = host.effective_date() else { return };
    let limit = stage.limits[stage.dice.weighted(&(0..stage.limits.len()).map(|at| 0.6_f64.powi(at as i32)).collect::<Vec<_>>())];
    let least = if stage.dice.chance(0.4) { 0.55 } else { 0.85 };
    for part in 1..=stage.dice.range(2, 5) {
        let mut p = moved(&host, after(day, stage.dice.range(0, 3)));
        p.amount = money(limit * (least + (0.998 - least) * stage.dice.unit()));
        if !p.invoice_no.is_empty() {
            p.invoice_no = next_number(&host.invoice_no, part);
        }
        stage.add(p, Mark::Scheme("split"), true);
    }
}

/// Posted at night or at the weekend.
fn hours(stage: &mut Stage<'_>) {
    let Some(chosen) = stage.pick(0) else { return };
    let row = member(stage, chosen);
    let Some(at) = stage.rows[row].posted_at else { return };
    let day = jiff::tz::Offset::UTC.to_datetime(at).date();
    stage.change(row, Mark::Scheme("odd-hours"), |p, dice| {
        if dice.chance(0.5) {
            let hour = 21.5 + 8.0 * dice.unit();
            set_hour(p, hour);
        } else {
            let saturday = (5 - i64::from(day.weekday().to_monday_zero_offset())).rem_euclid(7);
            let (day, hour) = (after(day, saturday + dice.range(0, 1)), 7.0 + 15.0 * dice.unit());
            post_on(p, day, hour);
        }
    });
}

/// Overtime in the evening.
fn overtime(stage: &mut Stage<'_>) {
    let Some(chosen) = stage.pick(0) else { return };
    let row = member(stage, chosen);
    if stage.rows[row].posted_at.is_some() {
        stage.change(row, Mark::Honest, |p, dice| {
            let hour = 18.0 + 3.5 * dice.unit();
            set_hour(p, hour);
        });
    }
}

/// A round sum.
fn round(stage: &mut Stage<'_>) {
    let Some(chosen) = stage.pick(3) else { return };
    let row = member(stage, chosen);
    stage.change(row, Mark::Scheme("round"), |p, dice| {
        let units = size(p);
        let unit = if units > 2000.0 { *dice.pick(&[500.0, 1000.0, 1000.0, 5000.0]) } else { *dice.pick(&[100.0, 500.0, 1000.0]) };
        p.amount = money((units / unit).round().max(1.0) * unit);
    });
}

/// A department and an account that come from elsewhere in the book.
fn place(stage: &mut Stage<'_>) {
    let Some(chosen) = stage.pick(4) else { return };
    let row = member(stage, chosen);
    let (department, account) = (stage.any().department.clone(), stage.any().account_code.clone());
    stage.change(row, Mark::Scheme("place"), |p, _| (p.department, p.account_code) = (department, account));
}

/// Entered by somebody who never does for this supplier, or approved by whoever entered it.
fn strange_hand(stage: &mut Stage<'_>) {
    let Some(chosen) = stage.pick(4) else { return };
    let row = member(stage, chosen);
    let (user, department) = (stage.any().posted_by.clone(), stage.any().department.clone());
    if stage.rows[row].posted_by.is_empty() {
        return;
    }
    stage.change(row, Mark::Scheme("hand"), |p, dice| {
        if dice.chance(0.5) && !p.approved_by.is_empty() {
            p.approved_by.clone_from(&p.posted_by);
        } else {
            (p.posted_by, p.department) = (user, department);
        }
    });
}

/// The sizes of a supplier's payments up to one of them: median and largest.
fn usual(stage: &Stage<'_>, (supplier, at): (usize, usize)) -> (f64, f64) {
    let mut sizes: Vec<f64> = stage.suppliers[supplier][..=at].iter().map(|row| size(&stage.rows[*row])).collect();
    sizes.sort_by(f64::total_cmp);
    (sizes[sizes.len() / 2].max(1.0), sizes.last().copied().unwrap_or(1.0).max(1.0))
}

/// Far above what the supplier ever got.
fn amount(stage: &mut Stage<'_>) {
    let Some(chosen) = stage.pick(4) else { return };
    let (median, largest) = usual(stage, chosen);
    stage.change(member(stage, chosen), Mark::Scheme("amount"), |p, dice| {
        p.amount = money(if dice.chance(0.5) {
            (median * (4.0 + 21.0 * dice.unit())).max(largest * (1.2 + 0.8 * dice.unit()))
        } else {
            largest * (0.4 + 2.1 * dice.unit()).exp()
        });
    });
}

/// The decimal point one or two places to the right.
fn decimal_point(stage: &mut Stage<'_>) {
    let Some(chosen) = stage.pick(4) else { return };
    stage.change(member(stage, chosen), Mark::Scheme("decimal-point"), |p, dice| {
        p.amount = money(size(p) * dice.pick(&[10.0, 10.0, 100.0]))
    });
}

/// A supplier long asleep is paid again.
fn dormant(stage: &mut Stage<'_>) {
    let supplier = stage.dice.index(stage.suppliers.len());
    let Some(row) = stage.suppliers[supplier].last().copied() else { return };
    let host = stage.rows[row].clone();
    let (Some(last), Some(end)) = (host.effective_date(), stage.rows.last().and_then(Payable::effective_date)) else { return };
    let room = i64::from(end.since(last).map_or(0, |span| span.get_days()));
    if room < 200 {
        return;
    }
    let (median, _) = usual(stage, (supplier, stage.suppliers[supplier].len() - 1));
    let mut day = after(last, stage.dice.range(200, room));
    let account = stage.columns.banks.then(|| stage.new_bank()).filter(|_| stage.dice.chance(0.25));
    let mut number = stage.dice.range(5, 3_000);
    for _ in 0..stage.dice.range(1, 3) {
        let mut p = moved(&host, day);
        p.amount = money(median * (0.4 + 0.7 * stage.dice.normal()).exp());
        if !p.invoice_no.is_empty() {
            p.invoice_no = next_number(&host.invoice_no, number);
        }
        if let Some(account) = &account {
            p.bank_account.clone_from(account);
        }
        if stage.dice.chance(0.4) {
            p.po_number.clear();
        }
        if stage.dice.chance(0.3) {
            p.posted_by = stage.any().posted_by.clone();
        }
        stage.add(p, Mark::Scheme("dormant"), true);
        (day, number) = (after(day, stage.dice.range(1, 30)), number + stage.dice.range(1, 40));
    }
}

/// Paid at once and without an order; honestly: an urgent order.
fn quick(stage: &mut Stage<'_>, mark: Mark) {
    let Some(chosen) = stage.pick(3) else { return };
    let row = member(stage, chosen);
    if stage.rows[row].invoice_date.is_none() || !mark.is_scheme() && !stage.columns.orders {
        return;
    }
    stage.change(row, mark, |p, dice| {
        let days = dice.range(0, 2) as i32;
        hasten(dice, p, days);
        p.po_number = if mark.is_scheme() { String::new() } else { format!("PO{}", dice.digits(6)) };
    });
}

/// One invoice number after another, over weeks: nobody else is billed.
fn consecutive(stage: &mut Stage<'_>) {
    let (Some((supplier, at)), true) = (stage.pick(3), stage.columns.numbers) else { return };
    let host = stage.rows[stage.suppliers[supplier][at]].clone();
    let Some(mut day) = host.effective_date() else { return };
    let fresh = host.invoice_no.is_empty() || stage.dice.chance(0.5);
    let width = stage.dice.range(3, 6) as usize;
    let stem = if fresh { format!("{:0width$}", stage.dice.range(10, 9_000)) } else { host.invoice_no.clone() };
    let step = stage.dice.range(50, 5_000);
    for place in 0..stage.dice.range(3, 9) {
        let from = at.saturating_sub(5);
        let like = stage.suppliers[supplier][from + stage.dice.index(at - from + 1)];
        let mut p = moved(&stage.rows[like], day);
        p.invoice_no = next_number(&stem, step + place);
        p.amount = money(size(&p) * (0.8 + 0.4 * stage.dice.unit()));
        if !stage.add(p, Mark::Scheme("consecutive"), false) {
            break;
        }
        day = after(day, stage.dice.range(2, 75));
    }
}

/// A large bill with an order.
fn large_bill(stage: &mut Stage<'_>) {
    let Some(chosen) = stage.pick(3) else { return };
    let ordered = stage.columns.orders;
    stage.change(member(stage, chosen), Mark::Honest, |p, dice| {
        p.amount = money(size(p) * (2.0 + 2.0 * dice.unit()));
        order(p, dice, ordered);
    });
}

/// One honest amount just below a limit.
fn below_limit(stage: &mut Stage<'_>) {
    let (Some(chosen), false) = (stage.pick(3), stage.limits.is_empty()) else { return };
    let limit = stage.limits[stage.dice.index(stage.limits.len())];
    stage.change(member(stage, chosen), Mark::Honest, |p, dice| p.amount = money(limit * (0.93 + 0.069 * dice.unit())));
}

fn order(p: &mut Payable, dice: &mut Dice, known: bool) {
    if known {
        p.po_number = format!("PO{}", dice.digits(6));
    }
}
