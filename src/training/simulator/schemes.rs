//! The kinds of errors and frauds. Sources: see `anomalies`.

use jiff::ToSpan as _;
use rust_decimal::Decimal;

use super::anomalies::{Kind, Scene, counting, middle};
use super::vendors;
use crate::domain::history::Payable;

/// All kinds.
pub(super) const KINDS: &[Kind] = &[
    // ACFE, payment tampering; FBI on business e-mail compromise.
    ("bank-change", bank_change),
    // ACFE, billing schemes: shell companies.
    ("invented-vendor", invented),
    ("lookalike-vendor", lookalike),
    // ACFE, red flags of procurement: splitting below approval limits.
    ("split", split),
    ("below-limit-series", below_limit_series),
    // ISA 240 A45: entries at unusual times, by unusual people, to unusual accounts, round, at period end.
    ("odd-hours", odd_hours),
    ("round", round),
    ("place", place),
    ("period-end-override", override_at_period_end),
    // AICPA, analytics: amounts beyond the supplier's range, keying errors.
    ("amount", amount),
    ("decimal-point", decimal_point),
    ("price-creep", price_creep),
    ("dormant", dormant),
    ("quick", quick),
    ("consecutive", consecutive),
    // ACFE: lack of segregation of duties.
    ("own-approval", own_approval),
    // ACFE, billing schemes: payments to an employee's account.
    ("shared-bank", shared_bank),
    ("backdated", backdated),
    ("outside-run", outside_run),
    ("order-avoided", order_avoided),
    ("foreign-number", foreign_number),
    ("stranger", stranger),
];

/// With some chance one more oddity on the same row, as real schemes have.
fn perhaps_more(scene: &mut Scene<'_>, at: usize) {
    if !scene.desk.dice.chance(0.25) {
        return;
    }
    let which = scene.desk.dice.index(7);
    match which {
        0 => {
            let weekend = scene.desk.dice.chance(0.5);
            odd(scene, at, weekend);
        }
        1 => {
            let who = scene.habits.somebody(&mut scene.desk.dice);
            scene.payable(at).posted_by = who;
        }
        2 => rounded(scene, at),
        3 => foreign(scene, at),
        4 => scene.payable(at).po_number.clear(),
        5 => hasten(scene, at),
        _ => {
            let who = scene.habits.some_approver(&mut scene.desk.dice);
            scene.payable(at).approved_by = who;
        }
    }
}

fn odd(scene: &mut Scene<'_>, at: usize, weekend: bool) {
    let Scene { desk, habits, .. } = scene;
    habits.at_odd_hour(&mut desk.dice, &mut desk.drafts[at].payable, weekend);
}

fn foreign(scene: &mut Scene<'_>, at: usize) {
    let Scene { desk, habits, .. } = scene;
    habits.foreign_place(&mut desk.dice, &mut desk.drafts[at].payable);
}

fn hasten(scene: &mut Scene<'_>, at: usize) {
    let Scene { desk, habits, .. } = scene;
    let days = desk.dice.range(0, 2) as i32;
    habits.at_once(&mut desk.dice, &mut desk.drafts[at].payable, days);
}

fn units(p: &Payable) -> f64 {
    rust_decimal::prelude::ToPrimitive::to_f64(&p.amount.abs()).unwrap_or(0.0)
}

fn rounded(scene: &mut Scene<'_>, at: usize) {
    let value = units(scene.payable(at));
    let unit: f64 = match value {
        v if v > 20_000.0 => *scene.desk.dice.pick(&[1_000.0, 5_000.0, 10_000.0]),
        v if v > 3_000.0 => *scene.desk.dice.pick(&[500.0, 1_000.0, 1_000.0]),
        _ => *scene.desk.dice.pick(&[100.0, 100.0, 500.0, 1_000.0]),
    };
    let raised = value * (1.0 + scene.desk.dice.unit() * scene.gross);
    scene.set_amount(at, (raised / unit).round().max(1.0) * unit);
}

fn bank_change(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(2) else { return };
    let own = scene.desk.dice.chance(0.15);
    let account = if own { scene.drop_accounts[0].clone() } else { vendors::bank(&mut scene.desk.dice) };
    let payments = *scene.desk.dice.pick(&[1, 1, 1, 2, 2, 3, 4]);
    // Sometimes the supplier is never paid again to the old one: nobody noticed.
    for index in scene.from(at, payments) {
        scene.payable(index).bank_account.clone_from(&account);
        scene.label(index, kind);
        perhaps_more(scene, index);
    }
}

/// The traits of a shell company's invoices; each invoice of one scheme has the same.
fn shell(scene: &mut Scene<'_>, kind: &'static str, name: Option<String>) {
    let (mut vendor, index) = scene.newcomer();
    let dice = &mut scene.desk.dice;
    if let Some(name) = name {
        vendor.names = vec![name];
    }
    let shared = dice.chance(0.15);
    let (ordered, rounds, hasty, low, below) = (dice.chance(0.15), dice.chance(0.5), dice.chance(0.5), dice.chance(0.65), dice.chance(0.4));
    if low {
        vendor.numbering = counting(dice);
    }
    let mut number = if low { dice.range(1, 200) } else { dice.range(1, 40_000) };
    let level = (5.8 + 2.2 * dice.unit() + 0.8 * dice.unit()).exp();
    let times = 1 + (1.6 * dice.unit() * dice.unit() * 5.0) as i64;
    let mut day = scene.date(30);
    let account = if shared { scene.drop_accounts[1].clone() } else { String::new() };
    let (who, approver) = (scene.habits.somebody(&mut scene.desk.dice), scene.habits.some_approver(&mut scene.desk.dice));
    for _ in 0..times {
        let spread = 1.0 + 0.8 * scene.desk.dice.unit();
        let mut amount = level * spread;
        if below {
            amount = scene.limit() * (0.75 + 0.249 * scene.desk.dice.unit());
        }
        let payable = scene.invoice(&vendor, index, day, amount, number);
        day += (scene.desk.dice.range(3, 50) as i32).days();
        number += if low { scene.desk.dice.range(1, 2) } else { scene.desk.dice.range(1, 90) };
        let at = scene.add(payable, index, kind);
        let p = scene.payable(at);
        if !ordered {
            p.po_number.clear();
        }
        (p.posted_by, p.approved_by) = (who.clone(), approver.clone());
        if shared {
            p.bank_account.clone_from(&account);
        }
        if rounds {
            rounded(scene, at);
        }
        if hasty {
            hasten(scene, at);
        }
        perhaps_more(scene, at);
    }
}

fn invented(scene: &mut Scene<'_>, kind: &'static str) {
    shell(scene, kind, None);
}

fn lookalike(scene: &mut Scene<'_>, kind: &'static str) {
    let base = scene.desk.dice.pick(scene.vendors).names[0].clone();
    let name = super::errors::respell(&mut scene.desk.dice, &base);
    shell(scene, kind, Some(name));
}

fn split(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(2) else { return };
    let (base, index) = (scene.payable(at).clone(), scene.desk.drafts[at].vendor);
    let limit = scene.limit();
    let low = 0.55 + 0.35 * scene.desk.dice.unit();
    let parts = *scene.desk.dice.pick(&[2, 2, 3, 3, 4, 5]);
    let window = *scene.desk.dice.pick(&[0, 1, 3, 6]);
    let (chained, same_hour) = (scene.desk.dice.chance(0.6), scene.desk.dice.chance(0.5));
    let vendor = &scene.vendors[index];
    let start = scene.desk.dice.range(200, 60_000);
    for part in 0..parts {
        let amount = limit * (low + (0.998 - low) * scene.desk.dice.unit());
        let days = scene.desk.dice.range(0, window) as i32;
        let date = base.invoice_date.map_or(scene.desk.start, |d| d + days.days());
        let number = if chained { start + part } else { scene.desk.dice.range(200, 60_000) };
        let mut payable = scene.invoice(vendor, index, date, amount, number);
        let fresh = payable.clone();
        payable.department.clone_from(&base.department);
        payable.account_code.clone_from(&base.account_code);
        payable.posted_by.clone_from(&base.posted_by);
        payable.approved_by.clone_from(&base.approved_by);
        (payable.posted_at, payable.payment_date, payable.bank_account) = (base.posted_at, base.payment_date, base.bank_account.clone());
        Scene::shift(&mut payable, days);
        if !same_hour {
            payable.posted_at = fresh.posted_at;
        }
        payable.payment_date = payable.payment_date.map(|day| scene.habits.run_day(day));
        if part == 0 && scene.desk.dice.chance(0.7) {
            scene.desk.drafts[at].payable = payable;
            scene.label(at, kind);
        } else {
            scene.add(payable, index, kind);
        }
    }
}

fn below_limit_series(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(3) else { return };
    let limit = scene.limit();
    let most = scene.desk.dice.range(3, 6) as usize;
    for (nth, index) in scene.from(at, most).into_iter().enumerate() {
        let amount = limit * (0.95 + 0.0499 * scene.desk.dice.unit());
        scene.set_amount(index, amount);
        // A single one is honest more often than not.
        if nth > 0 {
            scene.label(index, kind);
        }
    }
}

fn odd_hours(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(0) else { return };
    let most = *scene.desk.dice.pick(&[1, 1, 2, 3]);
    let who = scene.habits.somebody(&mut scene.desk.dice);
    let one_person = scene.desk.dice.chance(0.5);
    for index in scene.from(at, most) {
        let weekend = scene.desk.dice.chance(0.45);
        odd(scene, index, weekend);
        if one_person {
            scene.payable(index).posted_by.clone_from(&who);
        }
        scene.label(index, kind);
    }
}

fn round(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(4) else { return };
    rounded(scene, at);
    scene.label(at, kind);
    perhaps_more(scene, at);
}

fn place(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(3) else { return };
    let (department, account) = (scene.payable(at).department.clone(), scene.payable(at).account_code.clone());
    foreign(scene, at);
    let same = scene.payable(at).department == department && scene.payable(at).account_code == account;
    if !same {
        scene.label(at, kind);
        perhaps_more(scene, at);
    }
}

fn override_at_period_end(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(2) else { return };
    let (who, approver) = (scene.habits.somebody(&mut scene.desk.dice), scene.habits.some_approver(&mut scene.desk.dice));
    foreign(scene, at);
    let Scene { desk, .. } = scene;
    let p = &mut desk.drafts[at].payable;
    (p.posted_by, p.approved_by) = (who, approver);
    p.po_number.clear();
    if let Some(day) = p.payment_date {
        let last = day.last_of_month();
        let days = last.since(day).map_or(0, |s| s.get_days());
        Scene::shift(p, days);
    }
    rounded(scene, at);
    scene.label(at, kind);
}

fn amount(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(3) else { return };
    let (largest, usual) = scene.amounts(scene.desk.drafts[at].vendor);
    let from = if scene.desk.dice.chance(0.6) { largest } else { usual.max(0.4 * largest) };
    let times = 1.4 + (1.2 + 2.5 * scene.gross) * -scene.desk.dice.unit().max(1e-3).ln();
    scene.set_amount(at, from * times);
    scene.label(at, kind);
    perhaps_more(scene, at);
}

fn decimal_point(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(2) else { return };
    let factor = *scene.desk.dice.pick(&[10, 10, 10, 100, 100, 1_000]);
    let p = scene.payable(at);
    p.amount *= Decimal::from(factor);
    scene.label(at, kind);
}

/// ACFE, corruption: kickbacks show as prices that creep.
fn price_creep(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(4) else { return };
    let growth = 1.12 + 0.25 * scene.desk.dice.unit();
    let mut factor = 1.0;
    for index in scene.from(at, 8) {
        factor *= growth;
        let value = units(scene.payable(index)) * factor;
        scene.set_amount(index, value);
        if factor > 1.8 {
            scene.label(index, kind);
        }
    }
}

fn dormant(scene: &mut Scene<'_>, kind: &'static str) {
    let vendor_count = scene.vendors.len();
    for _ in 0..40 {
        let index = scene.desk.dice.index(vendor_count);
        let Some(last) = scene.rows(index).last().and_then(|at| scene.desk.drafts[*at].payable.payment_date) else { continue };
        let room = scene.desk.end.since(last).map_or(0, |s| s.get_days());
        if scene.rows(index).len() < 2 || room < 260 {
            continue;
        }
        let mut date = last + (scene.desk.dice.range(220, i64::from(room)) as i32).days();
        let vendor = &scene.vendors[index];
        let level = scene.amounts(index).1;
        let (strange, moved) = (scene.desk.dice.chance(0.4), scene.desk.dice.chance(0.25));
        let (who, account) = (scene.habits.somebody(&mut scene.desk.dice), vendors::bank(&mut scene.desk.dice));
        let mut number = vendor.first_number + scene.desk.dice.range(1_000, 9_000);
        for _ in 0..*scene.desk.dice.pick(&[1, 1, 2, 3, 4]) {
            let value = level * (0.5 + 2.0 * scene.desk.dice.unit());
            let mut payable = scene.invoice(vendor, index, date, value, number);
            if strange {
                payable.posted_by.clone_from(&who);
            }
            if moved {
                payable.bank_account.clone_from(&account);
            }
            number += scene.desk.dice.range(1, 40);
            date += (scene.desk.dice.range(2, 40) as i32).days();
            let at = scene.add(payable, index, kind);
            perhaps_more(scene, at);
        }
        return;
    }
}

fn quick(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(2) else { return };
    hasten(scene, at);
    scene.payable(at).po_number.clear();
    scene.label(at, kind);
    perhaps_more(scene, at);
}

/// A supplier whose numbers follow each other over weeks: we are its only customer.
fn consecutive(scene: &mut Scene<'_>, kind: &'static str) {
    let times = scene.desk.dice.range(3, 8) as usize;
    if scene.desk.dice.chance(0.5) {
        // An existing supplier's next invoices get consecutive numbers.
        let Some(at) = scene.choose(1) else { return };
        let numbering = counting(&mut scene.desk.dice);
        let mut number = scene.desk.dice.range(1, 9_000);
        let rows = scene.from(at, times);
        if rows.len() < 3 {
            return;
        }
        for index in rows {
            let date = scene.payable(index).invoice_date.unwrap_or(scene.desk.start);
            let printed = vendors::print(&mut scene.desk.dice, &numbering, date, number);
            scene.payable(index).invoice_no = printed;
            number += i64::from(!scene.desk.dice.chance(0.1)) + i64::from(scene.desk.dice.chance(0.1));
            scene.label(index, kind);
        }
        return;
    }
    let Some(at) = scene.choose(1) else { return };
    let index = scene.desk.drafts[at].vendor;
    let mut vendor = scene.vendors[index].clone();
    vendor.numbering = counting(&mut scene.desk.dice);
    let mut number = scene.desk.dice.range(1, 90_000);
    let mut date = scene.payable(at).invoice_date.unwrap_or(scene.desk.start);
    let level = middle(&vendor);
    for _ in 0..times {
        number += 1;
        let value = level * (0.5 + scene.desk.dice.unit());
        let payable = scene.invoice(&vendor, index, date, value, number);
        date += (scene.desk.dice.range(3, 35) as i32).days();
        scene.add(payable, index, kind);
    }
}

fn own_approval(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(1) else { return };
    let p = scene.payable(at);
    p.approved_by = p.posted_by.clone();
    scene.label(at, kind);
    perhaps_more(scene, at);
}

fn shared_bank(scene: &mut Scene<'_>, kind: &'static str) {
    let account = vendors::bank(&mut scene.desk.dice);
    for _ in 0..scene.desk.dice.range(2, 4) {
        let Some(at) = scene.choose(2) else { return };
        scene.payable(at).bank_account.clone_from(&account);
        scene.label(at, kind);
    }
}

fn backdated(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(2) else { return };
    let stale = scene.desk.dice.chance(0.5);
    let days = if stale { scene.desk.dice.range(150, 700) } else { -scene.desk.dice.range(3, 40) } as i32;
    let p = scene.payable(at);
    // Dated long before it is paid, or after.
    let anchor = p.payment_date.or(p.invoice_date);
    p.invoice_date = anchor.map(|day| day - days.days());
    scene.label(at, kind);
    perhaps_more(scene, at);
}

/// A manual payment outside the run.
fn outside_run(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(1) else { return };
    let Some(day) = scene.payable(at).payment_date else { return };
    let to_weekend = (12 - i32::from(day.weekday().to_monday_zero_offset())) % 7;
    let extra = scene.desk.dice.range(0, 1) as i32;
    scene.payable(at).payment_date = Some(day + (to_weekend + extra).days());
    scene.payable(at).po_number.clear();
    scene.label(at, kind);
}

/// Purchases without the order that this supplier always has, and dearer.
fn order_avoided(scene: &mut Scene<'_>, kind: &'static str) {
    for _ in 0..12 {
        let Some(at) = scene.choose(4) else { return };
        let rows = scene.rows(scene.desk.drafts[at].vendor);
        let ordered = rows.iter().filter(|row| !scene.desk.drafts[**row].payable.po_number.is_empty()).count();
        if ordered * 10 < rows.len() * 9 {
            continue;
        }
        let most = scene.desk.dice.range(1, 3) as usize;
        for index in scene.from(at, most) {
            let value = units(scene.payable(index)) * (1.2 + scene.desk.dice.unit());
            scene.set_amount(index, value);
            scene.payable(index).po_number.clear();
            scene.label(index, kind);
            perhaps_more(scene, index);
        }
        return;
    }
}

/// A forged invoice: another number format, often another account and a higher amount.
fn foreign_number(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(5) else { return };
    let numbering = vendors::numbering(&mut scene.desk.dice);
    let date = scene.payable(at).invoice_date.unwrap_or(scene.desk.start);
    let number = scene.desk.dice.range(1, 90_000);
    let printed = vendors::print(&mut scene.desk.dice, &numbering, date, number);
    scene.payable(at).invoice_no = printed;
    if scene.desk.dice.chance(0.6) {
        let account = vendors::bank(&mut scene.desk.dice);
        scene.payable(at).bank_account = account;
    }
    let value = units(scene.payable(at)) * (1.0 + 2.0 * scene.desk.dice.unit());
    scene.set_amount(at, value);
    scene.label(at, kind);
}

/// Someone who never did enters it, approved by another than usual, somewhere else.
fn stranger(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(5) else { return };
    let (who, approver) = (scene.habits.somebody(&mut scene.desk.dice), scene.habits.some_approver(&mut scene.desk.dice));
    let p = scene.payable(at);
    (p.posted_by, p.approved_by) = (who, approver);
    hasten(scene, at);
    rounded(scene, at);
    scene.label(at, kind);
}
