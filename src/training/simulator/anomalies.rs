//! Errors and frauds in payments, as audit standards and fraud surveys describe them (ISA 240,
//! ACFE's billing schemes), and the honest payments that resemble them.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::vendors::{self, Billing, Numbering, Vendor};
use super::{Desk, Dice, Options, enter, post};
use crate::domain::history::{EntryType, Payable};

const LIMITS: &[i64] = &[5_000, 10_000, 25_000];

const KINDS: &[(&str, f64)] = &[
    ("bank-change", 1.0),
    ("invented-vendor", 1.0),
    ("split", 1.0),
    ("odd-hours", 1.0),
    ("round", 1.0),
    ("place", 1.0),
    ("amount", 1.0),
    ("decimal-point", 1.0),
    ("dormant", 1.0),
    ("quick", 1.0),
    ("consecutive", 0.8),
    ("just-below", 0.4),
    ("own-approval", 0.4),
    ("honest", 9.0),
];

/// Injects schemes until the wanted share of rows is anomalous, with honest look-alikes between.
pub(super) fn inject(desk: &mut Desk, vendors: &[Vendor], options: &Options) {
    let wanted = (desk.drafts.len() as f64 * options.anomalies) as usize;
    let weights: Vec<f64> = KINDS.iter().map(|k| k.1).collect();
    let mut made = 0;
    for _ in 0..wanted * 4 {
        if made >= wanted {
            break;
        }
        let kind = KINDS[desk.dice.weighted(&weights)].0;
        let before = desk.drafts.iter().filter(|d| d.anomaly.is_some()).count();
        if kind == "honest" {
            honest(desk, vendors);
        } else {
            scheme(desk, vendors, kind);
        }
        made += desk.drafts.iter().filter(|d| d.anomaly.is_some()).count() - before;
    }
}

/// A payment with some history before it (at least `past` rows of its vendor), not labelled yet.
fn choose(desk: &mut Desk, vendors: &[Vendor], past: usize) -> Option<usize> {
    for _ in 0..30 {
        let at = desk.dice.index(desk.drafts.len());
        let draft = &desk.drafts[at];
        if draft.anomaly.is_some() || draft.vendor >= vendors.len() || draft.payable.entry_type != EntryType::Invoice {
            continue;
        }
        let earlier = desk.drafts.iter().filter(|d| d.vendor == draft.vendor && d.payable.posted_at < draft.payable.posted_at).count();
        if earlier >= past {
            return Some(at);
        }
    }
    None
}

fn scheme(desk: &mut Desk, vendors: &[Vendor], kind: &'static str) {
    match kind {
        "invented-vendor" => return invented(desk, vendors, kind, false),
        "split" => return split(desk, vendors, kind),
        "dormant" => return dormant(desk, vendors, kind),
        "consecutive" => return consecutive(desk, vendors, kind),
        _ => {}
    }
    let Some(at) = choose(desk, vendors, if kind == "odd-hours" { 0 } else { 4 }) else { return };
    let index = desk.drafts[at].vendor;
    if kind == "bank-change" {
        return bank_change(desk, at, index, kind);
    }
    let largest = largest(desk, index);
    let Desk { dice, drafts, .. } = desk;
    let payable = &mut drafts[at].payable;
    alter(dice, payable, kind, largest);
    drafts[at].anomaly = Some(kind);
}

fn largest(desk: &Desk, vendor: usize) -> Decimal {
    desk.drafts.iter().filter(|d| d.vendor == vendor).map(|d| d.payable.amount).max().unwrap_or_default()
}

fn alter(dice: &mut Dice, payable: &mut Payable, kind: &str, largest: Decimal) {
    let day = payable.payment_date.unwrap_or(Date::constant(2015, 1, 1));
    match kind {
        "odd-hours" => {
            if dice.chance(0.5) {
                post(payable, day, if dice.chance(0.5) { 22.1 + 1.8 * dice.unit() } else { 5.5 * dice.unit() });
            } else {
                let to_saturday = (12 - i32::from(day.weekday().to_monday_zero_offset())) % 7;
                post(payable, day + (to_saturday + dice.range(0, 1) as i32).days(), 8.0 + 11.0 * dice.unit());
            }
        }
        "round" => {
            let unit = if payable.amount > Decimal::from(4_000) { 1_000 } else { *dice.pick(&[100, 500, 1_000]) };
            let times = (payable.amount / Decimal::from(unit)).round().max(Decimal::ONE);
            payable.amount = times * Decimal::from(unit);
        }
        "place" => {
            payable.department = format!("{} {}", dice.word(), dice.range(10, 99));
            payable.account_code = dice.digits(5);
        }
        "amount" => payable.amount = (largest.max(payable.amount) * Decimal::new(dice.range(22, 120), 1)).round_dp(2),
        "decimal-point" => payable.amount *= Decimal::from(*dice.pick(&[10, 10, 100])),
        "quick" => {
            payable.po_number = String::new();
            let date = payable.invoice_date.unwrap_or(day);
            post(payable, date + (dice.range(0, 1) as i32).days(), 9.0 + 8.0 * dice.unit());
            if payable.payment_date.is_some_and(|d| d.weekday().to_monday_zero_offset() > 4) {
                enter(dice, payable, 1);
            }
        }
        "just-below" => {
            let limit = *dice.pick(LIMITS);
            payable.amount = Decimal::new(limit * 100 - dice.range(100, limit * 4), 2);
        }
        "own-approval" => payable.approved_by = payable.posted_by.clone(),
        _ => {}
    }
    if matches!(kind, "amount" | "round" | "quick") && dice.chance(0.3) {
        payable.posted_by = dice.word().to_lowercase();
    }
}

fn bank_change(desk: &mut Desk, at: usize, vendor: usize, kind: &'static str) {
    let account = vendors::bank(&mut desk.dice);
    let payments = desk.dice.range(1, 2);
    let from = desk.drafts[at].payable.posted_at;
    let mut later: Vec<usize> =
        (0..desk.drafts.len()).filter(|i| desk.drafts[*i].vendor == vendor && desk.drafts[*i].payable.posted_at >= from).collect();
    later.sort_by_key(|i| desk.drafts[*i].payable.posted_at);
    for index in later.into_iter().take(payments as usize) {
        desk.drafts[index].payable.bank_account.clone_from(&account);
        desk.drafts[index].anomaly = Some(kind);
    }
}

/// A vendor nobody knows: few payments, little paperwork; honest ones come with orders.
fn invented(desk: &mut Desk, vendors: &[Vendor], kind: &'static str, honest: bool) {
    let index = vendors.len() + desk.drafts.len();
    let span = desk.end.since(desk.start).map_or(365, |s| s.get_days()).max(60);
    let dice = &mut desk.dice;
    let mut vendor = dice.pick(vendors).clone();
    let host = dice.pick(vendors).clone();
    (vendor.id, vendor.names, vendor.bank) = (format!("8{}", dice.digits(5)), vec![vendors::name(dice)], vendors::bank(dice));
    vendor.order_share = if honest { 1.0 } else { 0.03 };
    vendor.round_share = if honest { 0.02 } else { 0.5 };
    vendor.lag = if honest { vendor.lag } else { 4.0 };
    vendor.numbering = Numbering::Running { prefix: String::new(), width: 3, suffix: String::new(), step: 1 };
    (vendor.departments, vendor.accounts) = (vec![host.departments[0].clone()], vec![host.accounts[0].clone()]);
    let mut day = desk.start + (30 + dice.range(0, i64::from(span - 60)) as i32).days();
    let mut number = if honest { dice.range(1, 5_000) } else { dice.range(1, 120) };
    for _ in 0..dice.range(1, 4) {
        let dice = &mut desk.dice;
        let level = if honest { 7.0 } else { 8.2 };
        let cents = vendors::money(dice, level, 0.6);
        let payable = vendors::invoice(dice, &vendor, day, cents, number);
        day += (dice.range(7, 45) as i32).days();
        number += dice.range(1, if honest { 40 } else { 2 });
        desk.add(payable, index, if honest { None } else { Some(kind) });
    }
}

fn split(desk: &mut Desk, vendors: &[Vendor], kind: &'static str) {
    let Some(at) = choose(desk, vendors, 3) else { return };
    let (base, index) = (desk.drafts[at].payable.clone(), desk.drafts[at].vendor);
    let limit = *desk.dice.pick(LIMITS);
    let parts = desk.dice.range(2, 4);
    let vendor = &vendors[index];
    let mut number = desk.dice.range(1_000, 60_000);
    for part in 0..parts {
        let dice = &mut desk.dice;
        let date = base.invoice_date.map_or(desk.start, |d| d + (dice.range(0, 2) as i32).days());
        let cents = limit * 100 - dice.range(limit, limit * 30);
        number += 1;
        let mut payable = vendors::invoice(dice, vendor, date, cents, number);
        payable.amount = Decimal::new(cents, 2);
        let day = base.payment_date.map_or(date, |d| d + (dice.range(0, 2) as i32).days());
        post(&mut payable, day, 9.0 + 7.0 * dice.unit());
        (payable.department, payable.account_code) = (base.department.clone(), base.account_code.clone());
        if part == 0 {
            desk.drafts[at].payable = payable;
            desk.drafts[at].anomaly = Some(kind);
        } else {
            desk.add(payable, index, Some(kind));
        }
    }
}

fn dormant(desk: &mut Desk, vendors: &[Vendor], kind: &'static str) {
    let mut lasts: std::collections::BTreeMap<usize, Date> = std::collections::BTreeMap::new();
    for draft in desk.drafts.iter().filter(|d| d.vendor < vendors.len()) {
        if let Some(day) = draft.payable.payment_date {
            let last = lasts.entry(draft.vendor).or_insert(day);
            *last = (*last).max(day);
        }
    }
    let sleepers: Vec<(usize, Date)> =
        lasts.into_iter().filter(|(_, last)| desk.end.since(*last).is_ok_and(|s| s.get_days() > 300)).collect();
    if sleepers.is_empty() {
        return;
    }
    let (index, last) = *desk.dice.pick(&sleepers);
    let room = desk.end.since(last).map_or(300, |s| s.get_days());
    let dice = &mut desk.dice;
    let date = last + (dice.range(280, i64::from(room)) as i32).days();
    let cents = vendors::money(dice, 8.0, 0.7);
    let number = vendors[index].first_number + dice.range(1_000, 9_000);
    let mut payable = vendors::invoice(dice, &vendors[index], date, cents, number);
    if dice.chance(0.4) {
        payable.bank_account = vendors::bank(dice);
    }
    desk.add(payable, index, Some(kind));
}

/// A vendor whose numbers follow each other: we are its only customer.
fn consecutive(desk: &mut Desk, vendors: &[Vendor], kind: &'static str) {
    let Some(at) = choose(desk, vendors, 3) else { return };
    let (base, index) = (desk.drafts[at].payable.clone(), desk.drafts[at].vendor);
    let mut number = desk.dice.range(100, 90_000);
    let mut vendor = vendors[index].clone();
    if !matches!(vendor.numbering, Numbering::Running { .. }) {
        vendor.numbering = Numbering::Running { prefix: "INV".to_owned(), width: 5, suffix: String::new(), step: 1 };
    }
    let mut date = base.invoice_date.unwrap_or(desk.start);
    for _ in 0..desk.dice.range(3, 5) {
        let dice = &mut desk.dice;
        number += 1;
        let level = match &vendor.billing[0] {
            Billing::Free { middle, .. } => *middle,
            Billing::Recurring { amount, .. } => (*amount as f64 / 100.0).max(1.0).ln(),
            Billing::Catalogue { prices, .. } => (prices[0] as f64 / 100.0).max(1.0).ln(),
        };
        let cents = vendors::money(dice, level, 0.3);
        let payable = vendors::invoice(dice, &vendor, date, cents, number);
        date += (dice.range(3, 30) as i32).days();
        desk.add(payable, index, Some(kind));
    }
}

/// Payments that only look odd.
fn honest(desk: &mut Desk, vendors: &[Vendor]) {
    let which = desk.dice.index(6);
    if which == 0 {
        return invented(desk, vendors, "", true);
    }
    let Some(at) = choose(desk, vendors, 3) else { return };
    let index = desk.drafts[at].vendor;
    let from = desk.drafts[at].payable.posted_at;
    let Desk { dice, drafts, .. } = desk;
    match which {
        1 => {
            let account = vendors::bank(dice);
            drafts
                .iter_mut()
                .filter(|d| d.vendor == index && d.payable.posted_at >= from)
                .for_each(|d| d.payable.bank_account.clone_from(&account));
        }
        2 => {
            let day = drafts[at].payable.payment_date.unwrap_or(Date::constant(2015, 1, 1));
            post(&mut drafts[at].payable, day, 18.2 + 2.5 * dice.unit());
        }
        3 => {
            let payable = &mut drafts[at].payable;
            payable.amount = (payable.amount * Decimal::new(dice.range(20, 45), 1)).round_dp(2);
            payable.po_number = format!("PO{}", dice.digits(6));
        }
        4 => {
            let limit = *dice.pick(LIMITS);
            drafts[at].payable.amount = Decimal::new(limit * 100 - dice.range(100, limit * 4), 2);
        }
        _ => {
            let payable = &mut drafts[at].payable;
            payable.po_number = format!("PO{}", dice.digits(6));
            enter(dice, payable, 1);
        }
    }
}
