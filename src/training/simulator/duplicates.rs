//! Debts paid twice, in the ways that auditors of accounts payable describe (sources: see `errors`): the
//! same invoice again, number or amount or date keyed wrongly, the vendor held twice, paid again in parts.
//!
//! How often each kind occurs, how late a copy comes and how much else changes is drawn anew for every
//! book, so that a model learns what a duplicate looks like and not how often a kind occurs.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::vendors::Vendor;
use super::{Desk, Dice, Draft, enter, errors};
use crate::domain::history::{EntryType, Payable};

const KINDS: &[(&str, f64)] = &[
    ("exact", 1.4),
    ("number-typing", 1.6),
    ("number-swapped", 0.8),
    ("number-confused", 1.2),
    ("number-written", 3.0),
    ("number-missing", 1.2),
    ("number-cut", 0.5),
    ("date", 1.2),
    ("vendor-twice", 2.4),
    ("vendor-factor", 0.3),
    ("amount", 1.4),
    ("price", 0.9),
    ("currency", 0.6),
    ("parts", 1.0),
    ("proforma", 0.2),
    ("two-errors", 1.6),
    ("three-errors", 0.3),
];

/// What a second error may be.
const ERRORS: &[&str] = &[
    "number-typing",
    "number-swapped",
    "number-confused",
    "number-written",
    "number-written",
    "number-missing",
    "number-cut",
    "date",
    "vendor-twice",
    "vendor-twice",
    "amount",
    "price",
];

/// How this book's duplicates come about.
struct Habits {
    weights: Vec<f64>,
    /// Middle of the delay in days, and its spread as a logarithm.
    delay: (f64, f64),
    department: f64,
    account: f64,
    order: f64,
    date: f64,
    third: f64,
    /// The second number and name under which a vendor is held.
    twins: BTreeMap<usize, (String, String, String)>,
}

impl Habits {
    fn of(dice: &mut Dice) -> Self {
        Self {
            weights: KINDS.iter().map(|kind| kind.1 * (0.7 * dice.normal()).exp()).collect(),
            delay: (8.0 + 45.0 * dice.unit(), 0.5 + 0.7 * dice.unit()),
            department: *dice.pick(&[0.05, 0.2, 0.4, 0.6]),
            account: *dice.pick(&[0.05, 0.2, 0.35]),
            order: *dice.pick(&[0.1, 0.4, 0.8]),
            date: *dice.pick(&[0.0, 0.0, 0.04, 0.15]),
            third: 0.08 * dice.unit(),
            twins: BTreeMap::new(),
        }
    }
}

/// Pays a share of the invoices again.
pub(super) fn inject(desk: &mut Desk, vendors: &[Vendor], share: f64) {
    let wanted = (desk.drafts.len() as f64 * share) as usize;
    let mut habits = Habits::of(&mut desk.dice);
    let mut used: std::collections::HashSet<u64> = std::collections::HashSet::new();
    let (candidates, mut made) = (desk.drafts.len(), 0);
    for _ in 0..wanted * 3 {
        if made >= wanted {
            break;
        }
        let draft = desk.drafts[desk.dice.index(candidates)].clone();
        let original = &draft.payable;
        if original.entry_type != EntryType::Invoice || original.amount < Decimal::from(20) || !used.insert(draft.tag) {
            continue;
        }
        made += 1;
        let kind = KINDS[desk.dice.weighted(&habits.weights)].0;
        if kind == "parts" {
            parts(desk, &draft, &habits);
            continue;
        }
        let times = if desk.dice.chance(habits.third) { 2 } else { 1 };
        for _ in 0..times {
            let mut copy = original.clone();
            apply(&mut desk.dice, &mut copy, kind, (draft.vendor, vendors), &mut habits);
            if desk.dice.chance(habits.date) {
                errors::misdate(&mut desk.dice, &mut copy);
            }
            pay_again(&mut desk.dice, original, &mut copy, &habits);
            let tag = desk.add(copy, draft.vendor, None);
            desk.pairs.push((draft.tag, tag, kind));
        }
    }
}

/// Enters the copy some days to months after the original; department and account often differ.
fn pay_again(dice: &mut Dice, original: &Payable, copy: &mut Payable, habits: &Habits) {
    let delay = (habits.delay.0.ln() + habits.delay.1 * dice.normal()).exp().clamp(0.0, 400.0) as i32;
    let paid = original.payment_date.or(original.invoice_date).unwrap_or(Date::constant(2015, 1, 1));
    let dated = copy.invoice_date;
    copy.invoice_date = Some(paid);
    enter(dice, copy, delay);
    copy.invoice_date = dated;
    if copy.posted_at <= original.posted_at {
        super::post(copy, paid + (1 + dice.range(0, 6) as i32).days(), 11.0);
    }
    if dice.chance(habits.department) {
        copy.department = format!("{} {}", dice.word(), dice.range(10, 99));
    }
    if dice.chance(habits.account) {
        copy.account_code = dice.digits(5);
    }
    if dice.chance(habits.order) {
        copy.po_number = String::new();
    }
}

fn apply(dice: &mut Dice, copy: &mut Payable, kind: &str, vendor: (usize, &[Vendor]), habits: &mut Habits) {
    match kind {
        "number-typing" => copy.invoice_no = errors::mistype(dice, &copy.invoice_no),
        "number-swapped" => copy.invoice_no = errors::transpose(dice, &copy.invoice_no),
        "number-confused" => copy.invoice_no = errors::confuse(dice, &copy.invoice_no),
        "number-written" => copy.invoice_no = errors::rewrite(dice, &copy.invoice_no),
        "number-missing" => errors::replace(dice, copy),
        "number-cut" => copy.invoice_no = errors::cut(dice, &copy.invoice_no),
        "date" => errors::misdate(dice, copy),
        "vendor-twice" => second_vendor(dice, copy, vendor, habits),
        "vendor-factor" => factor(dice, copy),
        "amount" => copy.amount = errors::misread(dice, copy.amount),
        "price" => copy.amount = errors::reprice(dice, copy.amount),
        "currency" => {
            let other: Vec<&str> = ["EUR", "USD", "GBP", "CHF", "SEK", "PLN"].into_iter().filter(|c| *c != copy.currency).collect();
            copy.currency = (*dice.pick(&other)).to_owned();
            if dice.chance(0.4) {
                copy.amount = (copy.amount * Decimal::new(dice.range(70, 145), 2)).round_dp(2);
            }
        }
        "proforma" => {
            let digits = dice.range(2, 6) as usize;
            copy.invoice_no = format!("{}{}", dice.pick(&["PF", "PRO", "Q", "PROFORMA ", "SO", "EST"]), dice.digits(digits));
            copy.invoice_date = copy.invoice_date.map(|date| date - (dice.range(1, 25) as i32).days());
        }
        "two-errors" | "three-errors" => {
            let mut left: Vec<&str> = ERRORS.to_vec();
            for _ in 0..if kind == "two-errors" { 2 } else { 3 } {
                let error = *dice.pick(&left);
                let family = error.split('-').next().unwrap_or(error);
                left.retain(|other| other.split('-').next() != Some(family));
                apply(dice, copy, error, vendor, habits);
            }
        }
        _ => {}
    }
}

/// The vendor's second record: always the same one for a vendor, sometimes with another bank account.
fn second_vendor(dice: &mut Dice, copy: &mut Payable, (index, vendors): (usize, &[Vendor]), habits: &mut Habits) {
    let name = copy.vendor_name.clone();
    let bank = copy.bank_account.clone();
    let (id, name, bank) = habits.twins.entry(index).or_insert_with(|| {
        let id = if dice.chance(0.85) {
            let head = vendors.get(index).map_or("9", |vendor| &vendor.id[..1]);
            format!("{head}{}", dice.digits(5))
        } else {
            vendors.get(dice.index(vendors.len())).map_or_else(String::new, |other| other.id.clone())
        };
        let name = if dice.chance(0.6) { errors::respell(dice, &name) } else { name };
        (id, name, if dice.chance(0.3) { super::vendors::bank(dice) } else { bank })
    });
    (copy.vendor_id, copy.vendor_name, copy.bank_account) = (id.clone(), name.clone(), bank.clone());
}

/// Paid to the house to which the debt was assigned.
fn factor(dice: &mut Dice, copy: &mut Payable) {
    let house = format!("{} {}", dice.word(), dice.pick(&["Factoring", "Invoice Finance", "Bank", "Capital"]));
    copy.vendor_name = format!("{house} {} {}", dice.pick(&["re", "for", "a/c", "-"]), copy.vendor_name);
    copy.vendor_id = dice.digits(5);
    copy.bank_account = super::vendors::bank(dice);
}

/// The debt again in two to four parts, each a duplicate of the original.
fn parts(desk: &mut Desk, draft: &Draft, habits: &Habits) {
    let whole = draft.payable.amount;
    let count = *desk.dice.pick(&[2, 2, 2, 3, 4]);
    let equal = desk.dice.chance(0.4);
    let (style, worded) = (desk.dice.index(7), desk.dice.chance(0.3));
    let mut rest = whole;
    for part in 1..=count {
        let dice = &mut desk.dice;
        let mut copy = draft.payable.clone();
        let share = if equal {
            Decimal::ONE / Decimal::from(count - part + 1)
        } else if dice.chance(0.5) {
            Decimal::new(dice.range(3, 7), 1)
        } else {
            Decimal::new(dice.range(20, 80), 2)
        };
        copy.amount = if part == count { rest } else { (rest * share).round_dp(2) };
        rest -= copy.amount;
        let number = &draft.payable.invoice_no;
        let letter = char::from(b'A' + part as u8 - 1);
        copy.invoice_no = match style {
            0 => format!("{number}-{part}"),
            1 => format!("{number}{letter}"),
            2 => format!("{number}/{part}"),
            3 if part > 1 => format!("{number}{letter}"),
            4 if worded => format!("{number} PT{part}"),
            _ => number.clone(),
        };
        if dice.chance(habits.date) {
            errors::misdate(dice, &mut copy);
        }
        pay_again(dice, &draft.payable, &mut copy, habits);
        let tag = desk.add(copy, draft.vendor, None);
        desk.pairs.push((draft.tag, tag, "parts"));
    }
}
