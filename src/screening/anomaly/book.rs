//! The running memory of a company's whole book: what a payment is compared with beside its supplier's own
//! past. Pushed one payable at a time in order of time; asked for a [`BookView`] before each push.
//!
//! Memory grows with the number of different users, accounts, suppliers and bank accounts (bounded), never
//! with the number of payments.

mod learn;

use super::history::{Clock, day_number, key_of, lag, size};
use super::tallies::{Keyed, Known, Moments, Ranks, Rate, Tally, backed_off, both};
use super::view::BookView;
use crate::domain::history::Payable;
use crate::domain::text::company_key;

/// So many suppliers and bank accounts are remembered one by one.
const MOST: usize = 1 << 21;

/// What the book remembers of a supplier.
#[derive(Debug, Clone, Copy, Default)]
struct Supplier {
    count: u32,
    last_day: i32,
    number: Option<(u64, u64)>,
    amounts: Moments,
}

/// What the book remembers of a user.
#[derive(Debug, Clone, Copy, Default)]
struct Person {
    first_day: i32,
    timed: u32,
    odd: u32,
}

/// One column: how often each value came, and how often a supplier met one new to it.
#[derive(Debug, Clone)]
struct Column {
    tally: Tally,
    novelty: Rate,
    usual: Rate,
}

impl Column {
    fn new(prior: f64) -> Self {
        Self { tally: Tally::default(), novelty: Rate::new(prior), usual: Rate::new(3.0) }
    }

    fn push(&mut self, key: u64) {
        self.usual.push_value(-self.tally.share(key).ln());
        self.tally.push(key);
    }
}

/// The running memory of a book.
#[derive(Debug, Clone)]
pub struct BookHistory {
    rows: u64,
    department: Column,
    account: Column,
    place: Column,
    user: Column,
    approver: Column,
    user_department: Tally,
    user_approver: Tally,
    account_suppliers: Tally,
    account_amounts: Keyed<Moments>,
    people: Keyed<Person>,
    suppliers: Keyed<Supplier>,
    names: Keyed<u64>,
    /// First supplier of each bank account, and how many more.
    banks: Keyed<(u64, u32)>,
    known: Known,
    bank_novelty: Rate,
    amounts: Ranks<160>,
    lags: Ranks<128>,
    entries: Ranks<128>,
    dues: Ranks<128>,
    gaps: Ranks<96>,
    hours: [u32; 48],
    timed: u32,
    weekdays: [u32; 7],
    odd: Rate,
    hundreds: Rate,
    thousands: Rate,
    ordered: Rate,
    quick: Rate,
    quick_unordered: Rate,
    newcomers: Rate,
    next: Rate,
    own_approval: Rate,
    blank: Rate,
    negative: Rate,
    low: Rate,
    shapes: Rate,
    repeats: Rate,
    amount_tails: Ranks<120>,
    department_of_user: Ranks<60>,
    department_of_account: Ranks<60>,
    approver_of_user: Ranks<60>,
    hour_tails: Ranks<60>,
}

impl Default for BookHistory {
    fn default() -> Self {
        Self {
            rows: 0,
            department: Column::new(0.05),
            account: Column::new(0.05),
            place: Column::new(0.08),
            user: Column::new(0.1),
            approver: Column::new(0.1),
            user_department: Tally::default(),
            user_approver: Tally::default(),
            account_suppliers: Tally::default(),
            account_amounts: Keyed::default(),
            people: Keyed::default(),
            suppliers: Keyed::default(),
            names: Keyed::default(),
            banks: Keyed::default(),
            known: Known::new(),
            bank_novelty: Rate::new(0.01),
            amounts: Ranks::new(0.0, 0.1),
            lags: Ranks::new(-4.0, 1.0),
            entries: Ranks::new(-4.0, 1.0),
            dues: Ranks::new(-64.0, 1.0),
            gaps: Ranks::new(0.0, 0.08),
            hours: [0; 48],
            timed: 0,
            weekdays: [0; 7],
            odd: Rate::new(0.02),
            hundreds: Rate::new(0.05),
            thousands: Rate::new(0.01),
            ordered: Rate::new(0.5),
            quick: Rate::new(0.05),
            quick_unordered: Rate::new(0.05),
            newcomers: Rate::new(0.2),
            next: Rate::new(0.02),
            own_approval: Rate::new(0.01),
            blank: Rate::new(0.02),
            negative: Rate::new(0.02),
            low: Rate::new(0.05),
            shapes: Rate::new(0.05),
            repeats: Rate::new(0.1),
            amount_tails: Ranks::new(-6.0, 0.1),
            department_of_user: Ranks::new(0.0, 0.15),
            department_of_account: Ranks::new(0.0, 0.15),
            approver_of_user: Ranks::new(0.0, 0.15),
            hour_tails: Ranks::new(0.0, 0.15),
        }
    }
}

/// The hashed values of a payable.
struct Keys {
    vendor: u64,
    department: Option<u64>,
    account: Option<u64>,
    user: Option<u64>,
    approver: Option<u64>,
    bank: Option<u64>,
}

fn known(text: &str) -> Option<u64> {
    (!text.is_empty()).then(|| key_of(text))
}

impl Keys {
    fn of(p: &Payable) -> Self {
        Self {
            vendor: if p.vendor_id.is_empty() { key_of(&company_key(&p.vendor_name)) } else { key_of(&p.vendor_id) },
            department: known(&p.department),
            account: known(&p.account_code),
            user: known(&p.posted_by),
            approver: known(&p.approved_by),
            bank: known(&p.bank_account),
        }
    }

    fn place(&self) -> Option<u64> {
        self.department.zip(self.account).map(|(department, account)| both(department, account))
    }
}

/// The hour of the day, at the weekend 24 more.
fn slot(p: &Payable) -> Option<usize> {
    Clock::of(p).map(|at| (at.hour as usize).min(23) + if at.weekend { 24 } else { 0 })
}

/// Deviations of the amount from its supplier's mean (logarithms), where it was paid at least three times.
fn off_habit(past: &Supplier, p: &Payable) -> Option<f64> {
    let value = size(p);
    (past.amounts.count() >= 3 && value > 0.0).then(|| f64::from(past.amounts.deviation(value.ln())))
}

/// Days from the invoice to its posting.
fn entry_days(p: &Payable) -> Option<f64> {
    let posted = jiff::tz::Offset::UTC.to_datetime(p.posted_at?).date();
    p.invoice_date.map(|invoiced| f64::from(day_number(posted) - day_number(invoiced)))
}

/// Days from payment to the due date.
fn due_days(p: &Payable) -> Option<f64> {
    p.due_date.zip(p.payment_date).map(|(due, paid)| f64::from(day_number(due) - day_number(paid)))
}

/// The keys of a supplier's name: as it is, and its letters in order of the alphabet without doubles.
fn name_keys(name: &str) -> (u64, u64) {
    let key = company_key(name);
    let mut letters: Vec<u8> = key.bytes().filter(|b| *b != b' ').collect();
    letters.sort_unstable();
    letters.dedup();
    let doubled = key.bytes().filter(u8::is_ascii_digit).fold(0_u64, |state, digit| state.wrapping_mul(31) + u64::from(digit));
    let letters = String::from_utf8(letters).unwrap_or_default();
    (key_of(&key), key_of(&letters) ^ doubled.wrapping_mul(0x9e37_79b9) ^ (key.len() as u64 / 3) << 56)
}

impl BookHistory {
    /// How many payables were pushed.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.rows
    }

    /// Whether nothing was pushed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// What the book so far says about a payable that is not pushed yet.
    #[must_use]
    pub fn view(&self, p: &Payable) -> BookView {
        let keys = Keys::of(p);
        let mut view = BookView { rows_log: (self.rows as f64).ln_1p() as f32, ..BookView::default() };
        self.view_places(&mut view, &keys);
        self.view_people(&mut view, p, &keys);
        self.view_supplier(&mut view, p, &keys);
        self.view_habits(&mut view, p);
        view
    }

    fn view_places(&self, view: &mut BookView, keys: &Keys) {
        let share = |column: &Column, key: Option<u64>| key.map_or(0.0, |key| column.tally.share(key)) as f32;
        view.department_share = share(&self.department, keys.department);
        view.department_novelty = self.department.novelty.value();
        view.account_share = share(&self.account, keys.account);
        view.account_novelty = self.account.novelty.value();
        view.place_share = share(&self.place, keys.place());
        view.place_novelty = self.place.novelty.value();
        if let Some(share) = self.department_given_account(keys) {
            view.department_of_account = share as f32;
            view.department_of_account_tail = self.department_of_account.tail(-share.ln());
        }
        view.department_usual = self.department.usual.value();
        view.account_usual = self.account.usual.value();
        view.place_usual = self.place.usual.value();
        view.account_suppliers_log = keys.account.map_or(0.0, |key| f64::from(self.account_suppliers.of(key)).ln_1p()) as f32;
    }

    fn view_people(&self, view: &mut BookView, p: &Payable, keys: &Keys) {
        view.user_share = keys.user.map_or(0.0, |key| self.user.tally.share(key)) as f32;
        view.user_novelty = self.user.novelty.value();
        view.user_usual = self.user.usual.value();
        view.approver_usual = self.approver.usual.value();
        view.approver_share = keys.approver.map_or(0.0, |key| self.approver.tally.share(key)) as f32;
        view.approver_novelty = self.approver.novelty.value();
        let Some(user) = keys.user else { return };
        let total = self.user.tally.of(user);
        view.user_log_count = f64::from(total).ln_1p() as f32;
        if let Some(share) = self.department_given_user(keys) {
            view.department_of_user = share as f32;
            view.department_of_user_tail = self.department_of_user.tail(-share.ln());
        }
        if let Some(share) = self.approver_given_user(keys) {
            view.approver_of_user = share as f32;
            view.approver_of_user_tail = self.approver_of_user.tail(-share.ln());
        }
        let person = self.people.get(&user).copied().unwrap_or_default();
        let today = p.effective_date().map(day_number);
        view.user_age_log = today.filter(|_| total > 0).map_or(0.0, |day| f64::from((day - person.first_day).max(0)).ln_1p()) as f32;
        view.user_odd_rate = backed_off(person.odd, person.timed, f64::from(self.odd.value()), 10.0) as f32;
    }

    fn department_given_account(&self, keys: &Keys) -> Option<f64> {
        let (department, account, place) = (keys.department?, keys.account?, keys.place()?);
        let general = self.department.tally.share(department);
        Some(backed_off(self.place.tally.of(place), self.account.tally.of(account), general, 2.0))
    }

    fn department_given_user(&self, keys: &Keys) -> Option<f64> {
        let (department, user) = (keys.department?, keys.user?);
        let general = self.department.tally.share(department);
        Some(backed_off(self.user_department.of(both(user, department)), self.user.tally.of(user), general, 2.0))
    }

    fn approver_given_user(&self, keys: &Keys) -> Option<f64> {
        let (approver, user) = (keys.approver?, keys.user?);
        let general = self.approver.tally.share(approver);
        Some(backed_off(self.user_approver.of(both(user, approver)), self.user.tally.of(user), general, 2.0))
    }

    /// Smoothed share of entries in the hour of this one, its neighbours counted a little.
    fn hour(&self, p: &Payable) -> Option<f64> {
        slot(p).map(|slot| {
            let (day, base) = (slot % 24, slot / 24 * 24);
            let count = |hour: usize| f64::from(self.hours[base + hour % 24]);
            let near = count(day) + 0.25 * count(day + 23) + 0.25 * count(day + 1);
            (near + 0.25) / (1.5 * f64::from(self.timed) + 12.0)
        })
    }

    fn view_supplier(&self, view: &mut BookView, p: &Payable, keys: &Keys) {
        let past = self.suppliers.get(&keys.vendor);
        view.bank_shared = match keys.bank.and_then(|bank| self.banks.get(&bank)) {
            Some((first, more)) => (u32::from(*first != keys.vendor) + more).min(2) as f32,
            None => 0.0,
        };
        view.bank_novelty = self.bank_novelty.value();
        if past.is_none() && !p.vendor_name.is_empty() {
            let (exact, letters) = name_keys(&p.vendor_name);
            view.name_alike = if self.names.contains_key(&exact) {
                1.0
            } else if self.names.contains_key(&letters) {
                0.5
            } else {
                0.0
            };
        }
        if let (Some(past), Some(today)) = (past, p.effective_date().map(day_number)) {
            view.gap_rank = self.gaps.rank(f64::from((today - past.last_day).max(0)).ln_1p());
        }
        view.amount_tail = past.and_then(|past| off_habit(past, p)).map_or(1.0, |off| self.amount_tails.tail(off));
        let value = size(p);
        if value > 0.0 {
            view.amount_rank = self.amounts.rank(value.ln());
            let moments = keys.account.and_then(|account| self.account_amounts.get(&account));
            view.account_amount_deviation = moments.map_or(0.0, |moments| moments.deviation(value.ln())).clamp(-8.0, 8.0);
        }
    }

    fn view_habits(&self, view: &mut BookView, p: &Payable) {
        view.lag_rank = lag(p).map_or(0.0, |days| self.lags.rank(days));
        view.entry_rank = entry_days(p).map_or(0.0, |days| self.entries.rank(days));
        view.due_rank = due_days(p).map_or(0.0, |days| self.dues.rank(days));
        if let Some(share) = self.hour(p) {
            view.hour_share = share as f32;
            view.hour_tail = self.hour_tails.tail(-share.ln());
        }
        view.odd_rate = self.odd.value();
        view.weekday_share = p.payment_date.map_or(0.0, |day| {
            let at = day.weekday().to_monday_zero_offset() as usize % 7;
            (f64::from(self.weekdays[at]) + 0.5) / (f64::from(self.weekdays.iter().sum::<u32>()) + 3.5)
        }) as f32;
        view.hundreds_rate = self.hundreds.value();
        view.thousands_rate = self.thousands.value();
        view.order_rate = self.ordered.value();
        view.quick_rate = self.quick.value();
        view.quick_unordered_rate = self.quick_unordered.value();
        view.newcomer_rate = self.newcomers.value();
        view.next_rate = self.next.value();
        view.own_approval_rate = self.own_approval.value();
        view.blank_rate = self.blank.value();
        view.negative_rate = self.negative.value();
        view.low_rate = self.low.value();
        view.shape_novelty = self.shapes.value();
        view.repeat_rate = self.repeats.value();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::tests::{payable, payable_of};

    #[test]
    fn what_many_suppliers_use_is_no_surprise() {
        let mut book = BookHistory::default();
        for day in 1..=28 {
            let mut p = payable(&format!("V{}", day % 7), &day.to_string(), "120.50", &format!("2024-01-{day:02}"));
            (p.department, p.account_code) = ("Works".to_owned(), if day % 9 == 0 { "rare" } else { "usual" }.to_owned());
            book.push(&p);
        }
        let of = |account: &str| {
            let mut p = payable("V1", "99", "120.50", "2024-02-01");
            (p.department, p.account_code) = ("Works".to_owned(), account.to_owned());
            book.view(&p)
        };
        assert!(of("usual").account_share > of("rare").account_share && of("rare").account_share > of("never").account_share);
        assert!(of("usual").account_suppliers_log > of("never").account_suppliers_log);
        assert_eq!(book.len(), 28);
    }

    #[test]
    fn a_bank_account_of_another_supplier_and_a_name_like_a_known_one_are_seen() {
        let mut book = BookHistory::default();
        let mut first = payable_of("V1", "Nordlicht Druck GmbH", "1", "10", "2024-01-01");
        first.bank_account = "DE1".to_owned();
        book.push(&first);
        let mut second = payable_of("V2", "Nordlicht Druck AG", "2", "10", "2024-01-02");
        second.bank_account = "DE1".to_owned();
        let view = book.view(&second);
        assert_eq!((view.bank_shared, view.name_alike), (1.0, 1.0));
        second.bank_account = "DE2".to_owned();
        second.vendor_name = "Nordlicth Druck".to_owned();
        assert_eq!((book.view(&second).bank_shared, book.view(&second).name_alike), (0.0, 0.5));
        second.vendor_name = "Baumarkt Seel".to_owned();
        assert_eq!(book.view(&second).name_alike, 0.0);
    }
}
