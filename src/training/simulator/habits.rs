//! A book's habits: its departments, accounts, people, clocks, payment runs, orders and bank accounts, and
//! how untidy each of them is. Every book draws its own, over a range wider than any one company's.
//!
//! Which accounts a supplier meets follows a two-level Pitman-Yor process: the supplier returns to its own
//! places, else takes one of the department's, else a new one. Two numbers a book (how often, how heavy the
//! tail) span everything from a tidy ERP to one where each invoice has another code.

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::clock::Clockwork;
use super::numbers::Scribble;
use super::vendors::Vendor;
use super::{Desk, Dice, Options};
use crate::domain::history::Payable;

/// Values with how often they came.
#[derive(Debug, Clone, Default)]
struct Urn<T> {
    items: Vec<(T, f64)>,
    total: f64,
}

impl<T: Clone + PartialEq> Urn<T> {
    fn add(&mut self, value: T) {
        self.total += 1.0;
        match self.items.iter_mut().find(|item| item.0 == value) {
            Some(item) => item.1 += 1.0,
            None => self.items.push((value, 1.0)),
        }
    }

    /// An earlier value, or `None`: a new one is due.
    fn draw(&self, dice: &mut Dice, strength: f64, discount: f64) -> Option<T> {
        let new = (strength + discount * self.items.len() as f64) / (self.total + strength).max(1e-9);
        if self.items.is_empty() || dice.chance(new) {
            return None;
        }
        let weights: Vec<f64> = self.items.iter().map(|item| (item.1 - discount).max(0.05)).collect();
        Some(self.items[dice.weighted(&weights)].0.clone())
    }
}

/// A department of the company.
#[derive(Debug, Clone)]
struct Department {
    name: String,
    popularity: f64,
    accounts: Urn<String>,
    clerks: Vec<usize>,
    approvers: Vec<usize>,
}

/// Someone who enters invoices, from day to day of the book.
#[derive(Debug, Clone)]
struct Clerk {
    name: String,
    from: i32,
    to: i32,
}

/// What a book does with one supplier.
#[derive(Debug, Clone)]
pub(super) struct Style {
    places: Urn<(usize, String)>,
    home: usize,
    strength: f64,
    discount: f64,
    clerk: Option<usize>,
    order_share: f64,
    /// Accounts with the day from which each is used.
    banks: Vec<(i32, String)>,
    second_bank: Option<String>,
    wild: f64,
    bank_known: bool,
    pace: f64,
    direct_debit: bool,
    house_number: bool,
}

/// A book's habits.
pub(super) struct Habits {
    departments: Vec<Department>,
    clerks: Vec<Clerk>,
    approvers: Vec<String>,
    styles: Vec<Option<Style>>,
    clock: Clockwork,
    scribble: Scribble,
    start: Date,
    span: i32,
    /// Approval limits of the company, in units.
    pub limits: Vec<i64>,
    account_strength: f64,
    account_discount: f64,
    account_prefix: bool,
    vendor_strength: f64,
    stray_department: f64,
    stray_clerk: f64,
    stray_approver: f64,
    loyal_clerk: f64,
    tiered: bool,
    orders: f64,
    orders_firm: f64,
    bank_changes: f64,
    factoring: f64,
    /// How often an amount leaves its supplier's habit, and how far (logarithm).
    wild: (f64, f64),
    debits: f64,
    entry_days: f64,
    after_due: bool,
    runs: Vec<i8>,
    urgent: f64,
    off_run: f64,
    own_approval: f64,
    house_prefix: String,
    house_share: f64,
    house_next: i64,
    next_account: i64,
    /// From this day on departments (and accounts) have new names.
    reorganised: Option<(i32, bool)>,
    /// Smallest amount that the book holds, in units.
    pub floor: i64,
}

impl Habits {
    /// Draws the habits of a book.
    pub fn new(dice: &mut Dice, vendors: &[Vendor], options: &Options, start: Date) -> Self {
        let span = options.months * 30;
        let people = (1.0 + (2.2 + 1.4 * dice.normal()).exp()).clamp(2.0, 500.0) as usize;
        let turnover = dice.unit() * dice.unit();
        let clerks: Vec<Clerk> = (0..people).map(|at| clerk(dice, at, span, turnover)).collect();
        let approvers =
            (0..=(people / *dice.pick(&[1, 2, 4, 8])).min(200)).map(|at| format!("A{at:03}{}", dice.digits(2))).collect::<Vec<_>>();
        let many = (1.0 + (2.3 + 1.2 * dice.normal()).exp()).clamp(2.0, 150.0) as usize;
        let central = dice.chance(0.3);
        let departments = (0..many).map(|at| department(dice, at, people, approvers.len(), central)).collect();
        let limits = match dice.index(4) {
            0 => vec![5_000, 10_000, 25_000],
            1 => vec![1_000, 5_000, 50_000],
            2 => vec![10_000, 100_000],
            _ => vec![500, 2_500, 10_000, 50_000],
        };
        Self {
            departments,
            clerks,
            approvers,
            styles: vec![None; vendors.len()],
            clock: Clockwork::new(dice),
            scribble: Scribble::new(dice),
            start,
            span,
            limits,
            account_strength: (1.4 * dice.normal() + 2.2).exp(),
            account_discount: 0.9 * dice.unit(),
            account_prefix: dice.chance(0.5),
            vendor_strength: (1.6 * dice.normal() - 1.0).exp(),
            stray_department: dice.seldom(0.2, 0.7),
            stray_clerk: dice.seldom(0.4, 0.4),
            stray_approver: dice.seldom(0.4, 0.5),
            loyal_clerk: dice.unit(),
            tiered: dice.chance(0.35),
            orders: if dice.chance(0.2) { 0.0 } else { dice.unit() },
            orders_firm: dice.unit(),
            bank_changes: dice.seldom(0.3, 0.1),
            factoring: dice.seldom(0.5, 0.03),
            wild: (dice.seldom(0.2, 0.4), 0.4 + 1.2 * dice.unit()),
            debits: dice.seldom(0.4, 0.12),
            entry_days: (1.2 + 0.8 * dice.normal()).exp().clamp(0.2, 40.0),
            after_due: dice.chance(0.6),
            runs: runs(dice),
            urgent: dice.seldom(0.4, 0.05),
            off_run: dice.seldom(0.3, 0.06),
            own_approval: if dice.chance(0.25) { 0.3 * dice.unit() } else { 0.002 * dice.unit() },
            house_prefix: dice.letters(2),
            house_share: if dice.chance(0.5) { 0.3 * dice.unit() } else { 0.0 },
            house_next: dice.range(1_000, 200_000),
            next_account: dice.range(1_000, 9_000),
            reorganised: dice.chance(0.25).then(|| ((f64::from(span) * dice.unit()) as i32, dice.chance(0.3))),
            floor: *dice.pick(&[0, 0, 0, 0, 25, 100, 250, 500, 500, 1_000]),
        }
    }

    /// Day of the book.
    pub fn day(&self, date: Date) -> i32 {
        date.since(self.start).map_or(0, |span| span.get_days())
    }

    /// Makes a style for a supplier beyond those there are, and gives its index.
    pub fn newcomer(&mut self) -> usize {
        self.styles.push(None);
        self.styles.len() - 1
    }

    /// Dresses all drafts, in order of the invoices' dates.
    pub fn dress_all(&mut self, desk: &mut Desk) {
        let Desk { dice, drafts, .. } = desk;
        drafts.sort_by_key(|draft| (draft.payable.invoice_date, draft.tag));
        for draft in drafts {
            self.stray_amount(dice, &mut draft.payable, draft.vendor);
            self.dress(dice, &mut draft.payable, draft.vendor, true);
        }
    }

    fn style(&mut self, dice: &mut Dice, vendor: usize) -> Style {
        while self.styles.len() <= vendor {
            self.styles.push(None);
        }
        if let Some(style) = self.styles[vendor].take() {
            return style;
        }
        let popular: Vec<f64> = self.departments.iter().map(|d| d.popularity).collect();
        let home = dice.weighted(&popular);
        let firm = self.orders_firm;
        let order = if dice.chance(firm) {
            f64::from(u8::from(dice.chance(self.orders))) * 0.97 + 0.01
        } else {
            (self.orders * 1.4 * dice.unit()).min(1.0)
        };
        let mut banks = vec![(i32::MIN, super::vendors::bank(dice))];
        let mut day = 0.0;
        loop {
            day += -dice.unit().max(1e-9).ln() * 365.0 / self.bank_changes.max(1e-4);
            if day >= f64::from(self.span) || banks.len() > 4 {
                break;
            }
            banks.push((day as i32, super::vendors::bank(dice)));
        }
        Style {
            places: Urn::default(),
            home,
            strength: self.vendor_strength * (0.8 * dice.normal()).exp(),
            discount: (self.account_discount * dice.unit()).min(0.8),
            clerk: dice.chance(self.loyal_clerk * 0.7).then(|| {
                let team = &self.departments[home].clerks;
                team[dice.index(team.len())]
            }),
            order_share: order,
            banks,
            second_bank: dice.chance(self.factoring).then(|| super::vendors::bank(dice)),
            wild: (2.0 * self.wild.0 * dice.unit()).min(0.9),
            bank_known: dice.chance(0.97),
            pace: (0.3 * dice.normal()).exp(),
            direct_debit: dice.chance(self.debits),
            house_number: dice.chance(self.house_share),
        }
    }

    /// Now and then an amount outside the supplier's habit: other work, a larger site, a part delivery.
    fn stray_amount(&mut self, dice: &mut Dice, p: &mut Payable, vendor: usize) {
        let style = self.style(dice, vendor);
        let wild = style.wild;
        self.styles[vendor] = Some(style);
        if dice.chance(wild) && p.amount.is_sign_positive() {
            let value = p.amount.to_f64().unwrap_or(100.0) * (self.wild.1 * dice.normal()).exp();
            p.amount = Decimal::new((value.clamp(3.0, 5e6) * 100.0) as i64, 2);
        }
    }

    /// Gives a payable all that the company adds: place, people, order, bank account, hours and days.
    /// `number`: whether the company's own numbering may replace the supplier's.
    pub fn dress(&mut self, dice: &mut Dice, p: &mut Payable, vendor: usize, number: bool) {
        let mut style = self.style(dice, vendor);
        let date = p.invoice_date.unwrap_or(self.start);
        let (department, account) = self.place(dice, &mut style);
        p.department.clone_from(&self.departments[department].name);
        p.account_code = account;
        let today = self.day(date);
        if let Some((_, accounts)) = self.reorganised.filter(|(from, _)| today >= *from) {
            p.department.push_str(" N");
            if accounts {
                p.account_code.insert(0, '9');
            }
        }
        let units = i64::try_from(p.amount.abs().trunc().mantissa()).unwrap_or(0);
        self.people(dice, p, &style, department, units);
        p.po_number = if dice.chance(style.order_share) { format!("PO{}", dice.digits(6)) } else { String::new() };
        p.bank_account = self.bank(dice, &style, date);
        if number && style.house_number {
            self.house_next += dice.range(1, 3);
            p.invoice_no = format!("{}{:06}", self.house_prefix, self.house_next);
        } else if number {
            self.scribble.rewrite(dice, p, vendor);
        }
        self.days(dice, p, &style);
        self.styles[vendor] = Some(style);
    }

    fn place(&mut self, dice: &mut Dice, style: &mut Style) -> (usize, String) {
        if let Some(place) = style.places.draw(dice, style.strength, style.discount) {
            style.places.add(place.clone());
            return place;
        }
        let at = if dice.chance(self.stray_department) { dice.index(self.departments.len()) } else { style.home };
        let department = &mut self.departments[at];
        let account = department.accounts.draw(dice, self.account_strength, self.account_discount).unwrap_or_else(|| {
            self.next_account += dice.range(1, 7);
            if self.account_prefix { format!("{at:02}{}", self.next_account) } else { self.next_account.to_string() }
        });
        department.accounts.add(account.clone());
        style.places.add((at, account.clone()));
        (at, account)
    }

    fn people(&mut self, dice: &mut Dice, p: &mut Payable, style: &Style, department: usize, units: i64) {
        let today = self.day(p.invoice_date.unwrap_or(self.start));
        let here = |at: usize| self.clerks[at].from <= today && today <= self.clerks[at].to;
        let team = &self.departments[department].clerks;
        let mut who = None;
        for _ in 0..6 {
            let at = match style.clerk {
                Some(own) if dice.chance(0.85) => own,
                _ if dice.chance(self.stray_clerk) => dice.index(self.clerks.len()),
                _ => team[dice.index(team.len())],
            };
            who = Some(at);
            if here(at) {
                break;
            }
        }
        let at = who.filter(|at| here(*at)).or_else(|| (0..self.clerks.len()).find(|at| here(*at))).unwrap_or(0);
        p.posted_by.clone_from(&self.clerks[at].name);
        let tier = self.limits.iter().filter(|limit| units >= **limit).count();
        let approver = if self.tiered && tier > 0 {
            (tier - 1).min(self.approvers.len() - 1)
        } else {
            let own = &self.departments[department].approvers;
            if dice.chance(self.stray_approver) { dice.index(self.approvers.len()) } else { own[dice.index(own.len())] }
        };
        p.approved_by = if dice.chance(self.own_approval) { p.posted_by.clone() } else { self.approvers[approver].clone() };
    }

    fn bank(&self, dice: &mut Dice, style: &Style, date: Date) -> String {
        if !style.bank_known {
            return String::new();
        }
        if let Some(second) = style.second_bank.as_ref().filter(|_| dice.chance(0.4)) {
            return second.clone();
        }
        let today = self.day(date);
        style.banks.iter().rev().find(|bank| bank.0 <= today).map(|bank| bank.1.clone()).unwrap_or_default()
    }

    /// Posting and payment as this book does them.
    fn days(&self, dice: &mut Dice, p: &mut Payable, style: &Style) {
        let date = p.invoice_date.unwrap_or(self.start);
        if style.direct_debit || dice.chance(self.urgent) {
            let days = dice_days(dice, 1.0);
            return self.at_once(dice, p, days);
        }
        let entry = dice_days(dice, self.entry_days * style.pace).max(0);
        let posted = self.clock.post(dice, p, date + entry.days());
        let terms = p.due_date.and_then(|due| due.since(date).ok()).map_or(30, |s| s.get_days());
        let wait = if self.after_due { (terms - entry).max(1) } else { 1 + dice_days(dice, 4.0) };
        let noise = (3.0 * dice.normal()) as i32;
        let due = posted + (wait + noise).max(1).days();
        p.payment_date = Some(if dice.chance(self.off_run) { due } else { self.run_day(due) });
    }

    /// Posted and paid within `days` of the invoice.
    pub fn at_once(&self, dice: &mut Dice, p: &mut Payable, days: i32) {
        let date = p.invoice_date.unwrap_or(self.start);
        let posted = self.clock.post(dice, p, date + days.days());
        p.payment_date = Some(posted);
    }

    /// Posting at an hour that is odd for this book; keeps the payment on or after it.
    pub fn at_odd_hour(&self, dice: &mut Dice, p: &mut Payable, weekend: bool) {
        let day = p.posted_at.map_or(self.start, |at| jiff::tz::Offset::UTC.to_datetime(at).date());
        let (day, hour) = if weekend {
            let to_saturday = (12 - i32::from(day.weekday().to_monday_zero_offset())) % 7;
            (day + (to_saturday + dice.range(0, 1) as i32).days(), 7.0 + 13.0 * dice.unit())
        } else {
            (day, if dice.chance(0.4) { 21.5 + 2.4 * dice.unit() } else { 5.8 * dice.unit() })
        };
        set_clock(dice, p, day, hour);
        if p.payment_date.is_some_and(|paid| paid < day) {
            p.payment_date = Some(day);
        }
    }

    /// The next day on which this book pays.
    pub fn run_day(&self, from: Date) -> Date {
        (0..7).map(|ahead| from + ahead.days()).find(|day| self.runs.contains(&day.weekday().to_monday_zero_offset())).unwrap_or(from)
    }

    /// A place of another supplier, or one that nobody has.
    pub fn foreign_place(&mut self, dice: &mut Dice, p: &mut Payable) {
        let at = dice.index(self.departments.len());
        let department = &self.departments[at];
        p.department.clone_from(&department.name);
        p.account_code = if department.accounts.items.is_empty() || dice.chance(0.15) {
            dice.digits(5)
        } else {
            department.accounts.items[dice.index(department.accounts.items.len())].0.clone()
        };
        if dice.chance(0.3) {
            let team = &department.clerks;
            p.posted_by.clone_from(&self.clerks[team[dice.index(team.len())]].name);
        }
    }

    /// Another person of the company.
    pub fn somebody(&self, dice: &mut Dice) -> String {
        self.clerks[dice.index(self.clerks.len())].name.clone()
    }

    /// Another approver.
    pub fn some_approver(&self, dice: &mut Dice) -> String {
        self.approvers[dice.index(self.approvers.len())].clone()
    }

    /// A supplier changes its account for good from a day on.
    pub fn move_bank(&mut self, dice: &mut Dice, vendor: usize, from: i32) -> String {
        let account = super::vendors::bank(dice);
        if let Some(Some(style)) = self.styles.get_mut(vendor) {
            style.banks.retain(|bank| bank.0 < from);
            style.banks.push((from, account.clone()));
        }
        account
    }
}

fn dice_days(dice: &mut Dice, middle: f64) -> i32 {
    (middle * (0.6 * dice.normal()).exp()) as i32
}

fn clerk(dice: &mut Dice, at: usize, span: i32, turnover: f64) -> Clerk {
    let (mut from, mut to) = (i32::MIN, i32::MAX);
    if at > 0 && dice.chance(turnover) {
        from = (f64::from(span) * dice.unit()) as i32;
    }
    if at > 0 && dice.chance(turnover) {
        to = from.max(0) + (f64::from(span - from.max(0)) * dice.unit()) as i32;
    }
    Clerk { name: format!("U{}{at:03}", dice.digits(2)), from, to }
}

fn department(dice: &mut Dice, at: usize, people: usize, approvers: usize, central: bool) -> Department {
    let team = if central { people } else { dice.range(1, 5) as usize };
    let clerks = if central { (0..people).collect() } else { (0..team).map(|_| dice.index(people)).collect() };
    Department {
        name: format!("{} {at}", dice.word()),
        popularity: 1.0 / (at as f64 + 1.0).powf(0.3 + 0.9 * dice.unit()),
        accounts: Urn::default(),
        clerks,
        approvers: (0..dice.range(1, 8)).map(|_| dice.index(approvers)).collect(),
    }
}

/// The weekdays of payment runs.
fn runs(dice: &mut Dice) -> Vec<i8> {
    match dice.index(4) {
        0 => vec![dice.range(0, 4) as i8],
        1 => vec![1, 3],
        _ => vec![0, 1, 2, 3, 4],
    }
}

/// Sets the posting time.
pub(super) fn set_clock(dice: &mut Dice, p: &mut Payable, day: Date, hour: f64) {
    let hour = hour.clamp(0.0, 23.99);
    let time = Time::new(hour.floor() as i8, (hour.fract() * 60.0) as i8, dice.range(1, 59) as i8, 0).unwrap_or(Time::MIN);
    p.posted_at = jiff::tz::Offset::UTC.to_timestamp(day.to_datetime(time)).ok();
}
