//! Payments that only look odd: what every book holds beside the few that are wrong.

use jiff::ToSpan as _;

use super::anomalies::{Kind, Scene, counting};

/// All kinds. Their names begin with `honest-`.
pub(super) const KINDS: &[Kind] = &[
    ("honest-bank-change", bank_change),
    ("honest-overtime", overtime),
    ("honest-weekend-shift", weekend_shift),
    ("honest-yearly", yearly),
    ("honest-large-order", large_order),
    ("honest-below-limit", below_limit),
    ("honest-urgent-order", urgent_order),
    ("honest-new-vendor", new_vendor),
    ("honest-new-vendor", new_vendor),
    ("honest-new-vendor-without-order", new_vendor_without_order),
    ("honest-round", round),
    ("honest-place", place),
    ("honest-instalments-below-limit", instalments),
    ("honest-returned", returned),
    ("honest-sole-customer", sole_customer),
    ("honest-clerk", clerk),
];

fn bank_change(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(1) else { return };
    let vendor = scene.desk.drafts[at].vendor;
    let from = scene.payable(at).invoice_date.unwrap_or(scene.desk.start);
    let day = scene.habits.day(from);
    let account = scene.habits.move_bank(&mut scene.desk.dice, vendor, day);
    for (nth, index) in scene.from(at, usize::MAX).into_iter().enumerate() {
        if scene.desk.drafts[index].anomaly.is_none() || nth == 0 {
            scene.payable(index).bank_account.clone_from(&account);
        }
        if nth < 2 {
            scene.label(index, kind);
        }
    }
}

fn overtime(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(0) else { return };
    let most = scene.desk.dice.range(1, 3) as usize;
    for index in scene.from(at, most) {
        let hour = 17.8 + 3.6 * scene.desk.dice.unit();
        let Scene { desk, .. } = scene;
        let p = &mut desk.drafts[index].payable;
        let Some(day) = p.posted_at.map(|at| jiff::tz::Offset::UTC.to_datetime(at).date()) else { continue };
        super::habits::set_clock(&mut desk.dice, p, day, hour);
        scene.label(index, kind);
    }
}

/// Saturdays in office hours, with an order: stocktaking, year end.
fn weekend_shift(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(2) else { return };
    if scene.payable(at).po_number.is_empty() {
        return;
    }
    let hour = 9.0 + 5.0 * scene.desk.dice.unit();
    let Scene { desk, .. } = scene;
    let p = &mut desk.drafts[at].payable;
    let Some(day) = p.posted_at.map(|at| jiff::tz::Offset::UTC.to_datetime(at).date()) else { return };
    let to_saturday = (12 - i32::from(day.weekday().to_monday_zero_offset())) % 7;
    super::habits::set_clock(&mut desk.dice, p, day + to_saturday.days(), hour);
    scene.label(at, kind);
}

fn yearly(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(2) else { return };
    let index = scene.desk.drafts[at].vendor;
    let vendor = &scene.vendors[index];
    let value = scene.amounts(index).1 * (2.5 + 9.0 * scene.desk.dice.unit());
    let mut date = scene.payable(at).invoice_date.unwrap_or(scene.desk.start);
    let mut number = vendor.first_number + scene.desk.dice.range(500, 90_000);
    while date < scene.desk.end {
        let amount = value * (0.9 + 0.2 * scene.desk.dice.unit());
        let payable = scene.invoice(vendor, index, date, amount, number);
        scene.add(payable, index, kind);
        date += (365 + scene.desk.dice.range(-12, 12) as i32).days();
        number += scene.desk.dice.range(20, 400);
    }
}

fn large_order(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(1) else { return };
    let value = scene.amounts(scene.desk.drafts[at].vendor).1 * (2.0 + 5.0 * scene.desk.dice.unit());
    scene.set_amount(at, value);
    let order = format!("PO{}", scene.desk.dice.digits(6));
    scene.payable(at).po_number = order;
    scene.label(at, kind);
}

fn below_limit(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(0) else { return };
    let value = scene.limit() * (0.9 + 0.0995 * scene.desk.dice.unit());
    scene.set_amount(at, value);
    scene.label(at, kind);
}

fn urgent_order(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(0) else { return };
    let order = format!("PO{}", scene.desk.dice.digits(6));
    let days = scene.desk.dice.range(0, 2) as i32;
    let Scene { desk, habits, .. } = scene;
    let p = &mut desk.drafts[at].payable;
    p.po_number = order;
    habits.at_once(&mut desk.dice, p, days);
    scene.label(at, kind);
}

fn burst(scene: &mut Scene<'_>, kind: &'static str, ordered: bool) {
    let (mut vendor, index) = scene.newcomer();
    let low = scene.desk.dice.chance(0.25);
    if low {
        vendor.numbering = counting(&mut scene.desk.dice);
        vendor.first_number = scene.desk.dice.range(1, 400);
    }
    let mut date = scene.date(20);
    let mut number = vendor.first_number;
    let level = (5.5 + 2.6 * scene.desk.dice.unit()).exp();
    for _ in 0..scene.desk.dice.range(1, 8) {
        let value = level * (0.4 + 1.4 * scene.desk.dice.unit());
        let mut payable = scene.invoice(&vendor, index, date, value, number);
        if ordered {
            payable.po_number = format!("PO{}", scene.desk.dice.digits(6));
        }
        scene.add(payable, index, kind);
        date += (scene.desk.dice.range(1, 40) as i32).days();
        number += scene.desk.dice.range(1, if low { 3 } else { 60 });
    }
}

fn new_vendor(scene: &mut Scene<'_>, kind: &'static str) {
    burst(scene, kind, true);
}

fn new_vendor_without_order(scene: &mut Scene<'_>, kind: &'static str) {
    burst(scene, kind, false);
}

/// A deposit, a grant, a fixed price.
fn round(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(0) else { return };
    let unit = *scene.desk.dice.pick(&[50.0, 100.0, 100.0, 500.0, 1_000.0]);
    let value = scene.amounts(scene.desk.drafts[at].vendor).1 * (0.5 + scene.desk.dice.unit());
    scene.set_amount(at, (value / unit).round().max(1.0) * unit);
    let order = format!("PO{}", scene.desk.dice.digits(6));
    if scene.desk.dice.chance(0.5) {
        scene.payable(at).po_number = order;
    }
    scene.label(at, kind);
}

/// The supplier works for another department from now on, with its people.
fn place(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(1) else { return };
    foreign(scene, at);
    let moved = scene.payable(at).clone();
    for (nth, index) in scene.from(at, 12).into_iter().enumerate() {
        if scene.desk.drafts[index].anomaly.is_none() && (nth == 0 || scene.desk.dice.chance(0.7)) {
            let p = scene.payable(index);
            p.department.clone_from(&moved.department);
            p.account_code.clone_from(&moved.account_code);
            p.posted_by.clone_from(&moved.posted_by);
        }
        if nth < 2 {
            scene.label(index, kind);
        }
    }
}

fn foreign(scene: &mut Scene<'_>, at: usize) {
    let Scene { desk, habits, .. } = scene;
    habits.foreign_place(&mut desk.dice, &mut desk.drafts[at].payable);
}

/// A contract with equal parts at its own rhythm, each below a limit, with one order.
fn instalments(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(0) else { return };
    let index = scene.desk.drafts[at].vendor;
    let value = scene.limit() * (0.6 + 0.39 * scene.desk.dice.unit());
    let every = scene.desk.dice.range(6, 31) as i32;
    let mut date = scene.payable(at).invoice_date.unwrap_or(scene.desk.start);
    let order = format!("PO{}", scene.desk.dice.digits(6));
    let mut number = scene.desk.dice.range(1, 60_000);
    for _ in 0..scene.desk.dice.range(3, 8) {
        let vendor = &scene.vendors[index];
        let mut payable = scene.invoice(vendor, index, date, value, number);
        payable.po_number.clone_from(&order);
        scene.add(payable, index, kind);
        date += every.days();
        number += scene.desk.dice.range(1, 30);
    }
}

/// Paid again after a long pause, with an order, at the old place and account.
fn returned(scene: &mut Scene<'_>, kind: &'static str) {
    for _ in 0..20 {
        let index = scene.desk.dice.index(scene.vendors.len());
        let Some(last) = scene.rows(index).last().and_then(|at| scene.desk.drafts[*at].payable.payment_date) else { continue };
        let room = scene.desk.end.since(last).map_or(0, |s| s.get_days());
        if room < 260 {
            continue;
        }
        let mut date = last + (scene.desk.dice.range(200, i64::from(room)) as i32).days();
        let (vendor, level) = (&scene.vendors[index], scene.amounts(index).1);
        let mut number = vendor.first_number + scene.desk.dice.range(1_000, 9_000);
        for _ in 0..scene.desk.dice.range(1, 5) {
            let value = level * (0.6 + 0.8 * scene.desk.dice.unit());
            let mut payable = scene.invoice(vendor, index, date, value, number);
            payable.po_number = format!("PO{}", scene.desk.dice.digits(6));
            scene.add(payable, index, kind);
            date += (scene.desk.dice.range(5, 60) as i32).days();
            number += scene.desk.dice.range(1, 60);
        }
        return;
    }
}

/// A small supplier that honestly has few other customers: some numbers follow each other, with orders.
fn sole_customer(scene: &mut Scene<'_>, kind: &'static str) {
    let (mut vendor, index) = scene.newcomer();
    vendor.numbering = counting(&mut scene.desk.dice);
    let mut date = scene.date(20);
    let mut number = scene.desk.dice.range(1, 300);
    let level = (5.0 + 2.0 * scene.desk.dice.unit()).exp();
    for _ in 0..scene.desk.dice.range(3, 12) {
        let value = level * (0.6 + 0.9 * scene.desk.dice.unit());
        let payable = scene.invoice(&vendor, index, date, value, number);
        scene.add(payable, index, kind);
        date += (scene.desk.dice.range(5, 60) as i32).days();
        number += *scene.desk.dice.pick(&[1, 1, 2, 2, 3, 5]);
    }
}

/// A stand-in during leave.
fn clerk(scene: &mut Scene<'_>, kind: &'static str) {
    let Some(at) = scene.choose(1) else { return };
    let who = scene.habits.somebody(&mut scene.desk.dice);
    scene.payable(at).posted_by = who;
    scene.label(at, kind);
}
