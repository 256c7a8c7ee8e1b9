//! A book as a stage: its rows, what may be borrowed from them, and the rows changed and added.

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use std::collections::HashMap;

use crate::domain::history::Payable;
use crate::domain::text::company_key;
use crate::screening::anomaly::{Policy, Sample};
use crate::training::simulator::Dice;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The book's own.
    Own,
    /// An honest payment that resembles a scheme.
    Honest,
    /// Part of a scheme, by name.
    Scheme(&'static str),
    /// The book's own, judged by a person: anomalous or not.
    Decided(bool),
}

impl Mark {
    pub fn is_scheme(self) -> bool {
        matches!(self, Self::Scheme(_) | Self::Decided(true))
    }
}

/// Days since 1970-01-01 of the effective date; 0 where there is none.
pub(super) fn day_number(payable: &Payable) -> i32 {
    payable.effective_date().and_then(|date| date.since(Date::constant(1970, 1, 1)).ok()).map_or(0, |span| span.get_days())
}

/// The supplier: its number, else its name's key.
pub(super) fn vendor_key(payable: &Payable) -> String {
    if payable.vendor_id.is_empty() { company_key(&payable.vendor_name) } else { payable.vendor_id.clone() }
}

/// Which columns the book has at all: what it lacks is never staged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    pub orders: bool,
    pub banks: bool,
    pub numbers: bool,
}

/// The book, with what is changed and added.
pub(super) struct Stage<'a> {
    pub dice: Dice,
    pub rows: &'a [Payable],
    /// Rows of each supplier in order of time, suppliers in order of their first row.
    pub suppliers: Vec<Vec<usize>>,
    pub limits: Vec<f64>,
    pub columns: Columns,
    changed: HashMap<usize, (Payable, Mark)>,
    added: Vec<(Payable, Mark)>,
    by_size: Vec<usize>,
    /// Sums of the square roots of the suppliers' rows, to draw one by.
    weights: Vec<f64>,
    last: Date,
    staged: usize,
}

/// Size of the amount in units.
pub(super) fn size(payable: &Payable) -> f64 {
    payable.amount.abs().to_f64().unwrap_or(0.0)
}

/// An amount in units as money.
pub(super) fn money(units: f64) -> Decimal {
    Decimal::new((units.clamp(1.0, 9.0e11) * 100.0).round() as i64, 2)
}

impl<'a> Stage<'a> {
    pub fn new(sample: &'a Sample, policy: &Policy, dice: Dice) -> Self {
        let rows = sample.rows.as_slice();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut suppliers: Vec<Vec<usize>> = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let next = suppliers.len();
            let place = *places.entry(vendor_key(row)).or_insert(next);
            if place == next {
                suppliers.push(Vec::new());
            }
            suppliers[place].push(at);
        }
        let mut by_size: Vec<usize> = (0..rows.len()).collect();
        by_size.sort_by(|a, b| size(&rows[*a]).total_cmp(&size(&rows[*b])));
        let weights = suppliers.iter().map(|own| if own.len() >= 5 { (own.len() as f64).sqrt() } else { 0.0 }).collect();
        let columns = Columns {
            orders: rows.iter().any(|row| !row.po_number.is_empty()),
            banks: rows.iter().any(|row| !row.bank_account.is_empty()),
            numbers: rows.iter().any(|row| !row.invoice_no.is_empty()),
        };
        let limits = policy.approval_limits.iter().filter_map(|limit| limit.to_f64()).collect();
        let last = rows.last().and_then(Payable::effective_date).unwrap_or(Date::constant(2000, 1, 1));
        let decided =
            sample.decisions.iter().filter_map(|(at, anomalous)| Some((*at, (rows.get(*at)?.clone(), Mark::Decided(*anomalous)))));
        Self { dice, rows, suppliers, limits, columns, changed: decided.collect(), added: Vec::new(), by_size, weights, last, staged: 0 }
    }

    /// Rows of schemes so far.
    pub fn staged(&self) -> usize {
        self.staged
    }

    /// A supplier with some history and one of its rows, of which at least `past` (or all but one) are earlier.
    pub fn pick(&mut self, past: usize) -> Option<(usize, usize)> {
        if self.weights.iter().all(|weight| *weight == 0.0) {
            return None;
        }
        let supplier = self.dice.weighted(&self.weights);
        let own = self.suppliers[supplier].len();
        let first = past.min(own - 1);
        Some((supplier, first + self.dice.index(own - first)))
    }

    /// Any row of the book.
    pub fn any(&mut self) -> &'a Payable {
        &self.rows[self.dice.index(self.rows.len())]
    }

    /// Somebody who approved a payment of about this size, as the company does.
    fn approver(&mut self, units: f64) -> String {
        let at = self.by_size.partition_point(|row| size(&self.rows[*row]) < units) as i64;
        let reach = 1 + (self.rows.len() as i64 / 250).min(200);
        let place = (at + self.dice.range(-reach, reach)).clamp(0, self.rows.len() as i64 - 1);
        self.rows[self.by_size[place as usize]].approved_by.clone()
    }

    /// An account like those of the book that nobody has.
    pub fn new_bank(&mut self) -> String {
        let like = self.any().bank_account.clone();
        like.chars().map(|c| if c.is_ascii_digit() { self.dice.digits(2).pop().unwrap_or('7') } else { c }).collect()
    }

    /// Changes one row of the book, once.
    pub fn change(&mut self, row: usize, mark: Mark, edit: impl FnOnce(&mut Payable, &mut Dice)) {
        if self.changed.contains_key(&row) {
            return;
        }
        let before = &self.rows[row];
        let mut payable = before.clone();
        edit(&mut payable, &mut self.dice);
        if mark.is_scheme() && self.dice.chance(0.2) {
            self.careless(&mut payable);
        }
        if payable.amount != before.amount && !before.approved_by.is_empty() && self.dice.chance(0.8) {
            payable.approved_by = self.approver(size(&payable));
        }
        self.staged += usize::from(mark.is_scheme());
        self.changed.insert(row, (payable, mark));
    }

    /// Adds a row; one beyond the end of the book is left out.
    pub fn add(&mut self, mut payable: Payable, mark: Mark, careless: bool) -> bool {
        if payable.effective_date().is_none_or(|date| date > self.last) {
            return false;
        }
        if careless && self.dice.chance(0.2) {
            self.careless(&mut payable);
        }
        if !payable.approved_by.is_empty() && self.dice.chance(0.8) {
            payable.approved_by = self.approver(size(&payable));
        }
        self.staged += usize::from(mark.is_scheme());
        self.added.push((payable, mark));
        true
    }

    /// What fraud often has beside: odd hours, round sums, no order, haste, a strange hand or place.
    fn careless(&mut self, p: &mut Payable) {
        if self.dice.chance(0.15) {
            let hour = 17.5 + 12.0 * self.dice.unit();
            set_hour(p, hour);
        }
        if self.dice.chance(0.12) {
            let unit = *self.dice.pick(&[50.0, 100.0, 500.0, 1000.0]);
            p.amount = money((size(p) / unit).round().max(1.0) * unit);
        }
        if self.dice.chance(0.4) {
            p.po_number.clear();
        }
        if self.dice.chance(0.15) {
            p.posted_by = self.any().posted_by.clone();
        }
        if self.dice.chance(0.12) {
            p.department = self.any().department.clone();
        }
        if self.dice.chance(0.12) {
            p.account_code = self.any().account_code.clone();
        }
        if self.dice.chance(0.15) {
            let days = self.dice.range(0, 7) as i32;
            hasten(&mut self.dice, p, days);
        }
    }

    /// The rows in order of time, what each is, and the book's row that each was or was made from.
    pub fn finish(self) -> (Vec<Payable>, Vec<Mark>, Vec<Option<usize>>) {
        let mut all: Vec<(Payable, Mark, Option<usize>)> = Vec::with_capacity(self.rows.len() + self.added.len());
        let mut changed = self.changed;
        for (at, row) in self.rows.iter().enumerate() {
            let (payable, mark) = changed.remove(&at).unwrap_or_else(|| (row.clone(), Mark::Own));
            all.push((payable, mark, Some(at)));
        }
        all.extend(self.added.into_iter().map(|(payable, mark)| (payable, mark, None)));
        all.sort_by_key(|(payable, ..)| day_number(payable));
        let mut out = (Vec::with_capacity(all.len()), Vec::with_capacity(all.len()), Vec::with_capacity(all.len()));
        for (payable, mark, origin) in all {
            out.0.push(payable);
            out.1.push(mark);
            out.2.push(origin);
        }
        out
    }
}

/// The same payment so many days later or earlier, in all its dates.
pub(super) fn moved(payable: &Payable, to: Date) -> Payable {
    let days = payable.effective_date().and_then(|from| to.since(from).ok()).map_or(0, |span| span.get_days());
    let mut out = payable.clone();
    for date in [&mut out.invoice_date, &mut out.due_date, &mut out.payment_date] {
        *date = date.and_then(|date| date.checked_add(days.days()).ok());
    }
    out.posted_at = out.posted_at.and_then(|at| at.checked_add((i64::from(days) * 24).hours()).ok());
    out
}

/// A date some days later.
pub(super) fn after(date: Date, days: i64) -> Date {
    date.checked_add((days as i32).days()).unwrap_or(date)
}

/// Posts at an hour of the same day; from 24 on, of the next.
pub(super) fn set_hour(p: &mut Payable, hour: f64) {
    let Some(at) = p.posted_at else { return };
    let day = jiff::tz::Offset::UTC.to_datetime(at).date();
    post_on(p, after(day, (hour / 24.0) as i64), hour.rem_euclid(24.0));
}

/// Posts on a day at an hour, where the book knows when it posts.
pub(super) fn post_on(p: &mut Payable, day: Date, hour: f64) {
    if p.posted_at.is_none() {
        return;
    }
    let time = Time::new(hour as i8, (hour.fract() * 60.0) as i8, 17, 0).unwrap_or(Time::MIN);
    p.posted_at = jiff::tz::Offset::UTC.to_timestamp(day.to_datetime(time)).ok();
}

/// Paid `days` after the invoice, entered in between.
pub(super) fn hasten(dice: &mut Dice, p: &mut Payable, days: i32) {
    let Some(invoiced) = p.invoice_date else { return };
    if p.payment_date.is_some() {
        p.payment_date = Some(after(invoiced, i64::from(days)));
    }
    let (entered, hour) = (dice.range(0, i64::from(days)), 8.0 + 10.0 * dice.unit());
    post_on(p, after(invoiced, entered), hour);
}

/// The number with its last run of digits raised.
pub(super) fn next_number(number: &str, step: i64) -> String {
    let end = number.trim_end_matches(|c: char| !c.is_ascii_digit()).len();
    let start = number[..end].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let digits = &number[start..end];
    match digits.parse::<i64>() {
        Ok(value) if digits.len() < 18 => format!("{}{:0width$}{}", &number[..start], value + step, &number[end..], width = digits.len()),
        _ => format!("{number}{step}"),
    }
}
