//! Vendors and their habits: what they bill, how they number, when they are paid.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Company, Desk, Dice, Options, enter};
use crate::domain::history::{EntryType, Payable};

/// How a vendor numbers its invoices.
#[derive(Debug, Clone)]
pub(crate) enum Numbering {
    /// Prefix, running number of a width, suffix.
    Running { prefix: String, width: usize, suffix: String, step: i64 },
    /// Year (and month) in the number.
    Yearly { prefix: String, separator: &'static str, month: bool, width: usize },
    /// The customer's account, always the same.
    Account(String),
    /// The account and the month or a counter.
    AccountMonth(String),
    /// The date.
    Date(&'static str),
    /// Letters and digits by chance.
    Random(usize),
    /// None.
    Blank,
}

/// How much a vendor bills.
#[derive(Debug, Clone)]
pub(crate) enum Billing {
    /// Equal bills at a rhythm of days (30: monthly), some with small changes.
    Recurring { amount: i64, every: i32, varies: f64 },
    /// Amounts by chance around a habit, logarithmic.
    Free { middle: f64, spread: f64, per_month: f64 },
    /// Prices of a list: equal amounts come back by chance.
    Catalogue { prices: Vec<i64>, per_month: f64 },
}

/// A vendor.
#[derive(Debug, Clone)]
pub(crate) struct Vendor {
    pub id: String,
    pub names: Vec<String>,
    pub numbering: Numbering,
    pub first_number: i64,
    pub billing: Vec<Billing>,
    pub departments: Vec<String>,
    pub accounts: Vec<String>,
    pub users: Vec<String>,
    pub approvers: Vec<String>,
    pub bank: String,
    pub currency: String,
    pub order_share: f64,
    pub round_share: f64,
    pub lag: f64,
    pub terms: i32,
    pub batch: f64,
    pub strays: f64,
    pub instalments: f64,
    pub corrections: f64,
    pub active: (f64, f64),
}

impl Vendor {
    /// Whether two invoices of one day have different numbers.
    pub(super) fn tells_apart(&self) -> bool {
        matches!(self.numbering, Numbering::Running { .. } | Numbering::Yearly { .. } | Numbering::Random(_))
    }
}

/// Legal forms and trades that stand behind invented words.
const FORMS: &[&str] = &["Ltd", "Limited", "GmbH", "AG", "& Co. KG", "PLC", "S.A.", "B.V.", "LLP", "", "", ""];
const TRADES: &[&str] = &[
    "Services",
    "Consulting",
    "Logistics",
    "Energy",
    "Print",
    "Care",
    "Supplies",
    "Foods",
    "Telecom",
    "Engineering",
    "Homes",
    "Media",
    "Transport",
    "Training",
    "",
    "",
    "",
];

/// An invented company name.
pub(crate) fn name(dice: &mut Dice) -> String {
    let mut parts = vec![dice.word()];
    if dice.chance(0.4) {
        parts.push(dice.word());
    }
    parts.push((*dice.pick(TRADES)).to_owned());
    parts.push((*dice.pick(FORMS)).to_owned());
    parts.retain(|p| !p.is_empty());
    let text = parts.join(" ");
    if dice.chance(0.3) { text.to_uppercase() } else { text }
}

/// An invented bank account.
pub(crate) fn bank(dice: &mut Dice) -> String {
    format!("{}{}", dice.letters(2), dice.digits(18))
}

/// All vendors of a company.
pub(crate) fn make(dice: &mut Dice, options: &Options) -> Vec<Vendor> {
    let (departments, accounts): (Vec<String>, Vec<String>) =
        ((0..40).map(|_| format!("{} {}", dice.word(), dice.range(10, 99))).collect(), (0..200).map(|_| dice.digits(5)).collect());
    let users: Vec<String> = (0..25).map(|_| dice.word().to_lowercase()).collect();
    let approvers: Vec<String> = (0..8).map(|_| dice.word().to_lowercase()).collect();
    let home = (*dice.pick(&["GBP", "EUR", "USD", "CHF"])).to_owned();
    // How tidy the book is: how many places and people a vendor's invoices go through, how many come once.
    let (disorder, once) = (dice.unit(), 0.5 * dice.unit());
    let orders = if dice.chance(0.75) { dice.unit() } else { 0.0 };
    (0..options.vendors)
        .map(|index| {
            let base = name(dice);
            let mut some =
                |all: &[String], most: i64| -> Vec<String> { (0..dice.range(1, most)).map(|_| dice.pick(all).clone()).collect() };
            let wide = |narrow: i64, wide: f64| narrow + (disorder * wide) as i64;
            let (own_departments, own_accounts) = (some(&departments, wide(3, 9.0)), some(&accounts, wide(2, 40.0)));
            let (own_users, own_approvers) = (some(&users, wide(3, 16.0)), some(&approvers, 5));
            let mut names = vec![base.clone()];
            if dice.chance(0.12) {
                names.push(super::errors::respell(dice, &base));
            }
            let late = dice.chance(0.35);
            Vendor {
                id: format!("{}", 10_000 + index * 7 + dice.index(6)),
                names,
                numbering: numbering(dice),
                first_number: dice.range(1, 60_000),
                billing: if dice.chance(once) {
                    vec![Billing::Free { middle: 6.5 + 1.2 * dice.normal(), spread: 0.7, per_month: 0.02 + 0.1 * dice.unit() }]
                } else {
                    billing(dice, options.company)
                },
                strays: 0.25 * disorder * dice.unit(),
                departments: own_departments,
                accounts: own_accounts,
                users: own_users,
                approvers: own_approvers,
                bank: bank(dice),
                currency: if dice.chance(0.95) { home.clone() } else { (*dice.pick(&["EUR", "USD", "GBP"])).to_owned() },
                order_share: if dice.chance(0.5) { orders * dice.unit() } else { (orders * 1.3).min(0.97) },
                round_share: if dice.chance(0.15) { 0.5 * dice.unit() } else { 0.015 },
                lag: 6.0 + 30.0 * dice.unit(),
                terms: *dice.pick(&[7, 14, 14, 30, 30, 30, 45, 60]),
                batch: if dice.chance(0.2) { 0.5 } else { 0.06 },
                instalments: if dice.chance(0.08) { 0.05 } else { 0.0 },
                corrections: if dice.chance(0.3) { 0.03 } else { 0.004 },
                active: if late { (0.7 * dice.unit(), 1.0) } else { (0.0, if dice.chance(0.2) { 0.3 + 0.7 * dice.unit() } else { 1.0 }) },
            }
        })
        .collect()
}

const SEPARATORS: &[&str] = &["-", "/", "", "."];
const DATES: &[&str] = &["%d%m%y", "%Y%m%d", "%d/%m/%Y"];

fn numbering(dice: &mut Dice) -> Numbering {
    let prefix = match dice.index(6) {
        0 => dice.letters(2),
        1 => "INV".to_owned(),
        2 => format!("{}-", dice.letters(1)),
        3 => "SI".to_owned(),
        _ => String::new(),
    };
    match dice.weighted(&[0.58, 0.14, 0.025, 0.07, 0.03, 0.1, 0.03]) {
        0 => Numbering::Running {
            prefix,
            width: dice.range(3, 8) as usize,
            suffix: if dice.chance(0.1) { "/1".to_owned() } else { String::new() },
            step: *dice.pick(&[1, 1, 3, 12, 60, 400]),
        },
        1 => Numbering::Yearly {
            prefix,
            separator: SEPARATORS[dice.index(SEPARATORS.len())],
            month: dice.chance(0.4),
            width: dice.range(2, 5) as usize,
        },
        2 => Numbering::Account(dice.digits(8)),
        3 => Numbering::AccountMonth(dice.digits(7)),
        4 => Numbering::Date(DATES[dice.index(DATES.len())]),
        5 => Numbering::Random(dice.range(5, 10) as usize),
        _ => Numbering::Blank,
    }
}

fn billing(dice: &mut Dice, company: Company) -> Vec<Billing> {
    let (recurring, catalogue, middle) = match company {
        Company::Council => (0.35, 0.15, 7.4),
        Company::Manufacturer => (0.15, 0.3, 6.8),
        Company::Retailer => (0.2, 0.4, 5.6),
        Company::Services => (0.45, 0.1, 6.6),
    };
    let busy = |dice: &mut Dice| (0.15 + (1.1 * dice.normal() + 0.2).exp() * 0.8).min(25.0);
    let level = middle + 1.2 * dice.normal();
    let kind = dice.unit();
    if kind < recurring {
        let parts = 1 + dice.index(3);
        (0..parts)
            .map(|_| Billing::Recurring {
                amount: money(dice, level, 0.3),
                every: *dice.pick(&[7, 14, 28, 30, 30, 30, 30, 91, 182, 365]),
                varies: *dice.pick(&[0.0, 0.0, 0.1, 0.4]),
            })
            .collect()
    } else if kind < recurring + catalogue {
        let prices = (0..dice.range(2, 12)).map(|_| money(dice, level, 0.5)).collect();
        vec![Billing::Catalogue { prices, per_month: busy(dice) }]
    } else {
        vec![Billing::Free { middle: level, spread: 0.2 + 0.9 * dice.unit(), per_month: busy(dice) }]
    }
}

/// Hundredths around a level of logarithms.
pub(crate) fn money(dice: &mut Dice, level: f64, spread: f64) -> i64 {
    let units = (level + spread * dice.normal()).exp().clamp(3.0, 3.0e6);
    let cents = (units * 100.0) as i64;
    match dice.index(5) {
        0 => (cents / 100).max(1) * 100,
        1 => (cents / 500).max(1) * 500,
        _ => cents.max(100),
    }
}

/// Everything a vendor bills within the book.
pub(crate) fn bill(desk: &mut Desk, vendor: &Vendor, index: usize) {
    let span = desk.end.since(desk.start).map_or(365, |s| s.get_days());
    let (from, to) = ((vendor.active.0 * f64::from(span)) as i32, (vendor.active.1 * f64::from(span)) as i32);
    let mut events: Vec<(i32, i64)> = Vec::new();
    for billing in &vendor.billing {
        schedule(&mut desk.dice, billing, from, to, &mut events);
    }
    events.sort_unstable();
    let mut number = vendor.first_number;
    for (day, cents) in events {
        let date = desk.start + day.days();
        let telling = vendor.tells_apart();
        let deliveries = if desk.dice.chance(vendor.batch) { 1 + desk.dice.range(1, 4) } else { 1 };
        for delivery in 0..deliveries {
            let amount = if delivery == 0 || (telling && desk.dice.chance(0.25)) {
                cents
            } else {
                (cents as f64 * (0.6 + 0.9 * desk.dice.unit())) as i64
            };
            number += if delivery == 0 { step(&mut desk.dice, vendor) } else { 1 };
            let payable = invoice(&mut desk.dice, vendor, date, amount, number);
            issue(desk, vendor, index, payable, &mut number);
        }
    }
}

fn step(dice: &mut Dice, vendor: &Vendor) -> i64 {
    match &vendor.numbering {
        Numbering::Running { step, .. } => dice.range(1, (*step * 2).max(1)),
        _ => dice.range(1, 9),
    }
}

fn schedule(dice: &mut Dice, billing: &Billing, from: i32, to: i32, events: &mut Vec<(i32, i64)>) {
    match billing {
        Billing::Recurring { amount, every, varies } => {
            let mut day = f64::from(from) + dice.unit() * f64::from(*every);
            let mut level = *amount;
            while day < f64::from(to) {
                if dice.chance(0.02) {
                    level = (level as f64 * (1.0 + 0.05 * dice.unit())) as i64;
                }
                let amount = if dice.chance(*varies) { (level as f64 * (0.9 + 0.2 * dice.unit())) as i64 } else { level };
                events.push((day as i32, amount.max(100)));
                let period = if *every == 30 { 30.44 } else { f64::from(*every) };
                day += period + if dice.chance(0.2) { 1.5 * dice.normal() } else { 0.0 };
            }
        }
        Billing::Free { per_month, .. } | Billing::Catalogue { per_month, .. } => {
            let mut day = f64::from(from);
            loop {
                day += -dice.unit().max(1e-9).ln() * 30.0 / per_month;
                if day >= f64::from(to) {
                    break;
                }
                let amount = match billing {
                    Billing::Free { middle, spread, .. } => money(dice, *middle, *spread),
                    Billing::Catalogue { prices, .. } => *dice.pick(prices) * dice.range(1, 3),
                    Billing::Recurring { amount, .. } => *amount,
                };
                events.push((day as i32, amount));
            }
        }
    }
}

/// The number as the vendor prints it.
pub(crate) fn print(dice: &mut Dice, numbering: &Numbering, date: Date, number: i64) -> String {
    match numbering {
        Numbering::Running { prefix, width, suffix, .. } => format!("{prefix}{number:0width$}{suffix}"),
        Numbering::Yearly { prefix, separator, month, width } => {
            let number = number % 10_i64.pow(u32::try_from(*width).unwrap_or(4));
            let month = if *month { format!("{:02}{separator}", date.month()) } else { String::new() };
            format!("{prefix}{}{separator}{month}{number:0width$}", date.year())
        }
        Numbering::Account(account) => account.clone(),
        Numbering::AccountMonth(account) => format!("{account}/{:02}{:02}", date.month(), date.year() % 100),
        Numbering::Date(format) => date.strftime(format).to_string(),
        Numbering::Random(length) => {
            let letters = dice.letters(length / 3);
            format!("{letters}{}", dice.digits(length - length / 3))
        }
        Numbering::Blank => String::new(),
    }
}

/// One invoice of a vendor as it is usually entered and paid.
pub(crate) fn invoice(dice: &mut Dice, vendor: &Vendor, date: Date, cents: i64, number: i64) -> Payable {
    let rounded = if dice.chance(vendor.round_share) { (cents / 10_000).max(1) * 10_000 } else { cents };
    let printed = print(dice, &vendor.numbering, date, number);
    let mut payable = Payable {
        row: 0,
        vendor_id: vendor.id.clone(),
        vendor_name: dice.pick(&vendor.names).clone(),
        invoice_no: if dice.chance(0.012) { String::new() } else { printed },
        po_number: if dice.chance(vendor.order_share) { format!("PO{}", dice.digits(6)) } else { String::new() },
        amount: Decimal::new(rounded, 2),
        currency: vendor.currency.clone(),
        entry_type: EntryType::Invoice,
        invoice_date: Some(date),
        due_date: Some(date + vendor.terms.days()),
        payment_date: None,
        posted_at: None,
        posted_by: if dice.chance(0.3 * vendor.strays) { dice.word().to_lowercase() } else { dice.pick(&vendor.users).clone() },
        approved_by: dice.pick(&vendor.approvers).clone(),
        department: habitual(dice, &vendor.departments, 0.2 * vendor.strays),
        account_code: habitual(dice, &vendor.accounts, vendor.strays),
        bank_account: vendor.bank.clone(),
    };
    let lag = (vendor.lag * (1.0 + 0.35 * dice.normal())).max(1.0) as i32;
    enter(dice, &mut payable, lag);
    payable
}

/// Mostly the first, else another of the vendor's, now and then one it never had.
fn habitual(dice: &mut Dice, items: &[String], stray: f64) -> String {
    if dice.chance(stray) {
        dice.digits(5)
    } else if dice.chance(0.5) {
        items[0].clone()
    } else {
        dice.pick(items).clone()
    }
}

/// Enters an invoice, sometimes with what honestly follows: instalments, credit and rebill, void
/// and reissue, equal invoices with consecutive numbers.
fn issue(desk: &mut Desk, vendor: &Vendor, index: usize, payable: Payable, number: &mut i64) {
    if desk.dice.chance(vendor.instalments) {
        let parts = desk.dice.range(3, 8);
        for part in 0..parts {
            let mut instalment = payable.clone();
            instalment.invoice_date = payable.invoice_date.map(|d| d + (30 * part as i32).days());
            if desk.dice.chance(0.75) {
                instalment.invoice_no = format!("{}/{}", payable.invoice_no, part + 1);
            }
            let lag = vendor.lag as i32;
            enter(&mut desk.dice, &mut instalment, lag);
            desk.add(instalment, index, None);
        }
        return;
    }
    if vendor.tells_apart() && desk.dice.chance(0.008) {
        for _ in 0..desk.dice.range(1, 4) {
            *number += 1;
            let date = payable.invoice_date.unwrap_or(desk.start);
            let mut twin = payable.clone();
            twin.invoice_no = print(&mut desk.dice, &vendor.numbering, date, *number);
            desk.add(twin, index, None);
        }
    }
    if desk.dice.chance(vendor.corrections) {
        correct(desk, vendor, index, &payable, number);
    }
    desk.add(payable, index, None);
}

/// Credit and rebill, or void and reissue, a few days to weeks after entry.
fn correct(desk: &mut Desk, vendor: &Vendor, index: usize, payable: &Payable, number: &mut i64) {
    let dice = &mut desk.dice;
    let void = dice.chance(0.5);
    let entered =
        payable.payment_date.zip(payable.invoice_date).map_or(10, |(paid, invoiced)| paid.since(invoiced).map_or(10, |s| s.get_days()));
    let after = entered + dice.range(1, 40) as i32;
    let mut back = payable.clone();
    back.amount = -payable.amount;
    back.entry_type = if void { EntryType::Void } else { EntryType::CreditMemo };
    if !void {
        *number += 1;
        back.invoice_no = if dice.chance(0.5) { format!("CN{}", *number) } else { format!("{}CR", payable.invoice_no) };
    }
    enter(dice, &mut back, after);
    let mut again = payable.clone();
    if void {
        if dice.chance(0.15) {
            again.invoice_no = format!("{}R", payable.invoice_no);
        }
    } else {
        *number += 1;
        let date = payable.invoice_date.map_or(desk.start, |d| d + (dice.range(0, 20) as i32).days());
        again.invoice_no = if dice.chance(0.4) { payable.invoice_no.clone() } else { print(dice, &vendor.numbering, date, *number) };
        again.invoice_date = Some(date);
        if dice.chance(0.4) {
            again.amount = (payable.amount * Decimal::new(dice.range(85, 110), 2)).round_dp(2);
        }
    }
    let later = after + 1 + dice.range(0, 15) as i32;
    enter(dice, &mut again, later);
    desk.add(back, index, None);
    desk.add(again, index, None);
}
