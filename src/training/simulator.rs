//! A simulator of company payment histories: vendors with habits, honest look-alikes, duplicates
//! and frauds with labels. What the pair and anomaly models are trained on.
//!
//! Runs in training only. Deterministic by seed. Every name and number is put together from
//! syllables and digits; nothing is taken from any real book.

mod anomalies;
mod dice;
mod duplicates;
mod errors;
mod lookalikes;
mod vendors;

pub use dice::Dice;

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use std::collections::BTreeMap;

use crate::domain::history::Payable;

/// What kind of company keeps the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// Many recurring bills, many departments, only larger amounts.
    Council,
    /// Orders, deliveries, consecutive numbers.
    Manufacturer,
    /// Many small invoices of many branches.
    Retailer,
    /// Few vendors, fees, subscriptions.
    Services,
}

/// All kinds.
pub const COMPANIES: &[Company] = &[Company::Council, Company::Manufacturer, Company::Retailer, Company::Services];

/// What to make.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Seed; the same seed gives the same book.
    pub seed: u64,
    /// Kind of company.
    pub company: Company,
    /// Number of vendors.
    pub vendors: usize,
    /// Length in months.
    pub months: i32,
    /// Share of invoices that are paid again.
    pub duplicates: f64,
    /// Share of payments that are made anomalous.
    pub anomalies: f64,
}

/// A book in order of entry; `rows[i].row == i`.
#[derive(Debug, Clone)]
pub struct Book {
    /// The payables.
    pub rows: Vec<Payable>,
    /// `(earlier row, later row, kind)`: the second pays the first again.
    pub duplicates: Vec<(usize, usize, &'static str)>,
    /// `row → kind` of injected anomalies.
    pub anomalies: BTreeMap<usize, &'static str>,
}

/// A row before the book is in order.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    tag: u64,
    payable: Payable,
    anomaly: Option<&'static str>,
    vendor: usize,
}

/// A book in the making.
pub(crate) struct Desk {
    dice: Dice,
    next_tag: u64,
    drafts: Vec<Draft>,
    pairs: Vec<(u64, u64, &'static str)>,
    start: Date,
    end: Date,
}

impl Desk {
    fn tag(&mut self) -> u64 {
        self.next_tag += 1;
        self.next_tag
    }

    /// Adds a row and returns its tag.
    fn add(&mut self, payable: Payable, vendor: usize, anomaly: Option<&'static str>) -> u64 {
        let tag = self.tag();
        self.drafts.push(Draft { tag, payable, anomaly, vendor });
        tag
    }
}

/// Makes a book.
#[must_use]
pub fn book(options: &Options) -> Book {
    let mut dice = Dice::new(options.seed);
    let start = Date::constant(2015, 1, 1) + (dice.range(0, 2500) as i32).days();
    let end = start + (options.months * 30).days();
    let mut desk = Desk { dice, next_tag: 0, drafts: Vec::new(), pairs: Vec::new(), start, end };
    let vendors = vendors::make(&mut desk.dice, options);
    for (index, vendor) in vendors.iter().enumerate() {
        vendors::bill(&mut desk, vendor, index);
    }
    if options.anomalies > 0.0 {
        anomalies::inject(&mut desk, &vendors, options);
    }
    if options.duplicates > 0.0 {
        lookalikes::inject(&mut desk, &vendors);
        duplicates::inject(&mut desk, &vendors, options.duplicates);
    }
    finish(desk)
}

fn finish(desk: Desk) -> Book {
    let Desk { mut drafts, pairs, .. } = desk;
    drafts.sort_by_key(|d| (d.payable.posted_at, d.tag));
    let order: BTreeMap<u64, usize> = drafts.iter().enumerate().map(|(row, d)| (d.tag, row)).collect();
    let mut duplicates: Vec<(usize, usize, &'static str)> =
        pairs.iter().filter_map(|(a, b, kind)| Some((*order.get(a)?, *order.get(b)?, *kind))).collect();
    duplicates.retain(|(a, b, _)| a < b);
    let anomalies = drafts.iter().enumerate().filter_map(|(row, d)| d.anomaly.map(|kind| (row, kind))).collect();
    let rows = drafts.into_iter().enumerate().map(|(row, d)| Payable { row: row as u64, ..d.payable }).collect();
    Book { rows, duplicates, anomalies }
}

/// Sets entry and payment: `days` after the invoice date, at a working hour of a working day.
pub(crate) fn enter(dice: &mut Dice, payable: &mut Payable, days: i32) {
    let Some(invoiced) = payable.invoice_date else { return };
    let mut day = invoiced + days.max(0).days();
    let weekday = day.weekday().to_monday_zero_offset();
    if weekday > 4 {
        day += (7 - i32::from(weekday)).days();
    }
    let late = dice.chance(0.01);
    let hour = if late { 18.0 + 3.5 * dice.unit() } else { (12.5 + 2.4 * dice.normal()).clamp(7.5, 18.4) };
    post(payable, day, hour);
}

/// Sets the posting time; payment on the same day.
pub(crate) fn post(payable: &mut Payable, day: Date, hour: f64) {
    let (whole, part) = (hour.floor(), hour.fract());
    let time = Time::new(whole as i8, (part * 60.0) as i8, 7, 0).unwrap_or(Time::MIN);
    payable.posted_at = day.to_datetime(time).to_zoned_datetime(jiff::tz::TimeZone::UTC).ok().map(|at| at.timestamp());
    payable.payment_date = Some(day);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(seed: u64) -> Options {
        Options { seed, company: Company::Council, vendors: 60, months: 12, duplicates: 0.02, anomalies: 0.02 }
    }

    #[test]
    fn the_same_seed_gives_the_same_book() {
        let (a, b) = (book(&small(7)), book(&small(7)));
        assert_eq!(a.rows, b.rows);
        assert_eq!(a.duplicates, b.duplicates);
        assert_ne!(a.rows, book(&small(8)).rows);
    }

    #[test]
    fn labels_point_at_rows_in_order_of_entry() {
        let book = book(&small(9));
        assert!(book.rows.len() > 500 && book.duplicates.len() > 5 && book.anomalies.len() > 5);
        assert!(book.rows.windows(2).all(|w| w[0].posted_at <= w[1].posted_at));
        assert!(book.rows.iter().enumerate().all(|(i, p)| p.row == i as u64));
        assert!(book.duplicates.iter().all(|(a, b, _)| a < b && *b < book.rows.len()));
    }
}
