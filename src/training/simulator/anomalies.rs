//! Errors and frauds in payments, and the honest payments that resemble them.
//!
//! Each kind names where audit literature describes it: ISA 240 (The Auditor's Responsibilities Relating to
//! Fraud, paragraphs A44 to A45 on journal entries), the ACFE's Report to the Nations and Fraud Examiners
//! Manual (billing schemes, check and payment tampering), the AICPA's Audit Guide on data analytics. Which kinds
//! a book has, how often, how grossly and in which combination is drawn anew for each book.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::habits::Habits;
use super::vendors::{self, Billing, Numbering, Vendor};
use super::{Desk, Options, honest, schemes};
use crate::domain::history::{EntryType, Payable};

/// A kind: its label, how it is made.
pub(super) type Kind = (&'static str, fn(&mut Scene<'_>, &'static str));

/// Everything that a kind may need.
pub(super) struct Scene<'a> {
    pub desk: &'a mut Desk,
    pub vendors: &'a [Vendor],
    pub habits: &'a mut Habits,
    /// Places of each supplier's drafts, in order of payment.
    by_vendor: Vec<Vec<usize>>,
    /// How gross this book's schemes are, 0 (subtle) to 1.
    pub gross: f64,
    /// Labelled rows so far.
    pub made: usize,
    /// Accounts of fraudsters and employees that more than one scheme may use.
    pub drop_accounts: Vec<String>,
}

/// Injects schemes until the wanted share of rows is anomalous, with honest look-alikes between.
pub(super) fn inject(desk: &mut Desk, vendors: &[Vendor], habits: &mut Habits, options: &Options) {
    let mut by_vendor = vec![Vec::new(); vendors.len()];
    for (at, draft) in desk.drafts.iter().enumerate() {
        if draft.vendor < vendors.len() && draft.payable.entry_type == EntryType::Invoice {
            by_vendor[draft.vendor].push(at);
        }
    }
    for rows in &mut by_vendor {
        rows.sort_by_key(|at| (desk.drafts[*at].payable.payment_date, *at));
    }
    let wanted = (desk.drafts.len() as f64 * options.anomalies) as usize;
    let dice = &mut desk.dice;
    // Most books have most kinds, none has all, and each in its own proportion.
    let mut draw =
        |kinds: &[Kind]| -> Vec<f64> { kinds.iter().map(|_| if dice.chance(0.75) { (0.7 * dice.normal()).exp() } else { 0.0 }).collect() };
    let (bad, good) = (draw(schemes::KINDS), draw(honest::KINDS));
    let honest_share = 0.3 + 0.45 * dice.unit();
    let gross = dice.unit();
    let drop_accounts = (0..2).map(|_| vendors::bank(dice)).collect();
    let mut scene = Scene { desk, vendors, habits, by_vendor, gross, made: 0, drop_accounts };
    for _ in 0..wanted * 6 {
        if scene.made >= wanted {
            break;
        }
        let (kinds, weights) = if scene.desk.dice.chance(honest_share) { (honest::KINDS, &good) } else { (schemes::KINDS, &bad) };
        if weights.iter().sum::<f64>() <= 0.0 {
            continue;
        }
        let (name, make) = kinds[scene.desk.dice.weighted(weights)];
        make(&mut scene, name);
    }
}

impl Scene<'_> {
    /// A draft nobody has touched, whose supplier has at least `past` earlier payments; its place.
    pub fn choose(&mut self, past: usize) -> Option<usize> {
        for _ in 0..40 {
            let at = self.desk.dice.index(self.desk.drafts.len());
            let draft = &self.desk.drafts[at];
            if draft.anomaly.is_some() || draft.vendor >= self.vendors.len() || draft.payable.entry_type != EntryType::Invoice {
                continue;
            }
            if self.place_of(at) >= past {
                return Some(at);
            }
        }
        None
    }

    /// How many payments of its supplier come before a draft.
    fn place_of(&self, at: usize) -> usize {
        let rows = &self.by_vendor[self.desk.drafts[at].vendor];
        rows.iter().position(|row| *row == at).unwrap_or(0)
    }

    /// The supplier's drafts from this one on, at most `most`.
    pub fn from(&self, at: usize, most: usize) -> Vec<usize> {
        let rows = &self.by_vendor[self.desk.drafts[at].vendor];
        rows.iter().copied().skip(self.place_of(at)).take(most).collect()
    }

    /// All drafts of a supplier in order of payment.
    pub fn rows(&self, vendor: usize) -> &[usize] {
        &self.by_vendor[vendor]
    }

    pub fn payable(&mut self, at: usize) -> &mut Payable {
        &mut self.desk.drafts[at].payable
    }

    /// Labels a draft; the first label stays. Names of look-alikes begin with `honest-`.
    pub fn label(&mut self, at: usize, kind: &'static str) {
        if self.desk.drafts[at].anomaly.is_none() {
            self.desk.drafts[at].anomaly = Some(kind);
            self.made += usize::from(!kind.starts_with("honest-"));
        }
    }

    /// Adds a labelled draft.
    pub fn add(&mut self, payable: Payable, vendor: usize, kind: &'static str) -> usize {
        self.desk.add(payable, vendor, Some(kind));
        self.made += usize::from(!kind.starts_with("honest-"));
        self.desk.drafts.len() - 1
    }

    /// Largest and middle amount of a supplier, in units.
    pub fn amounts(&self, vendor: usize) -> (f64, f64) {
        let mut all: Vec<f64> = self.by_vendor[vendor]
            .iter()
            .filter(|at| self.desk.drafts[**at].anomaly.is_none())
            .map(|at| self.desk.drafts[*at].payable.amount.abs().to_f64().unwrap_or(0.0))
            .collect();
        all.sort_by(f64::total_cmp);
        (all.last().copied().unwrap_or(500.0), all.get(all.len() / 2).copied().unwrap_or(500.0))
    }

    /// An approval limit of the company, in units.
    pub fn limit(&mut self) -> f64 {
        let limits = self.habits.limits.clone();
        *self.desk.dice.pick(&limits) as f64
    }

    /// A date within the book, `margin` days from both ends.
    pub fn date(&mut self, margin: i64) -> Date {
        let span = self.desk.end.since(self.desk.start).map_or(365, |s| i64::from(s.get_days()));
        let days = self.desk.dice.range(margin.min(span / 2), (span - margin).max(span / 2));
        self.desk.start + (days as i32).days()
    }

    /// An invoice of a supplier on a date, dressed by the book's habits.
    pub fn invoice(&mut self, vendor: &Vendor, index: usize, date: Date, units: f64, number: i64) -> Payable {
        let cents = (units.max(3.0) * 100.0) as i64;
        let mut payable = vendors::invoice(&mut self.desk.dice, vendor, date, cents, number);
        payable.amount = Decimal::new(cents, 2);
        self.habits.dress(&mut self.desk.dice, &mut payable, index, false);
        payable
    }

    /// A supplier that the book does not know yet, and its index.
    pub fn newcomer(&mut self) -> (Vendor, usize) {
        let dice = &mut self.desk.dice;
        let mut vendor = dice.pick(self.vendors).clone();
        (vendor.id, vendor.names, vendor.bank) = (format!("8{}", dice.digits(6)), vec![vendors::name(dice)], vendors::bank(dice));
        vendor.numbering = vendors::numbering(dice);
        vendor.first_number = dice.range(1, 60_000);
        vendor.round_share = 0.02;
        (vendor, self.habits.newcomer())
    }

    /// Sets an amount in units, to the cent.
    pub fn set_amount(&mut self, at: usize, units: f64) {
        self.payable(at).amount = Decimal::new((units.max(0.5) * 100.0) as i64, 2);
    }

    /// Moves posting and payment some days later or earlier, the hour kept.
    pub fn shift(payable: &mut Payable, days: i32) {
        payable.posted_at = payable.posted_at.and_then(|at| at.checked_add((24 * i64::from(days)).hours()).ok());
        payable.payment_date = payable.payment_date.map(|day| day + days.days());
    }
}

/// The middle amount that a supplier bills, in units.
pub(super) fn middle(vendor: &Vendor) -> f64 {
    match &vendor.billing[0] {
        Billing::Free { middle, .. } => middle.exp(),
        Billing::Recurring { amount, .. } => *amount as f64 / 100.0,
        Billing::Catalogue { prices, .. } => prices.first().map_or(100.0, |price| *price as f64 / 100.0),
    }
}

/// A numbering that counts one by one.
pub(super) fn counting(dice: &mut super::Dice) -> Numbering {
    let prefix = if dice.chance(0.6) { dice.letters(2) } else { String::new() };
    Numbering::Running { prefix, width: dice.range(2, 6) as usize, suffix: String::new(), step: 1 }
}
