//! What the book learns from a payable.

use super::{BookHistory, Keys, MOST, Person, due_days, entry_days, name_keys, off_habit, slot};
use crate::domain::history::Payable;
use crate::screening::anomaly::history::{Clock, day_number, is_multiple, lag, number_parts, shape, size};
use crate::screening::anomaly::tallies::both;

impl BookHistory {
    /// Adds a payable. Push in order of time, after asking for its view.
    pub fn push(&mut self, p: &Payable) {
        let keys = Keys::of(p);
        let settled = self.suppliers.get(&keys.vendor).is_some_and(|past| past.count >= 3);
        self.push_tails(p, &keys);
        self.push_places(&keys, settled);
        self.push_people(p, &keys);
        self.push_supplier(p, &keys, settled);
        self.push_habits(p);
        self.rows += 1;
    }

    fn push_places(&mut self, keys: &Keys, settled: bool) {
        let account_new = keys.account.is_some_and(|key| self.known.learn(both(both(keys.vendor, key), 2)));
        if let (Some(account), true) = (keys.account, account_new) {
            self.account_suppliers.push(account);
        }
        let columns = [
            (&mut self.department, keys.department, 1),
            (&mut self.place, keys.place(), 3),
            (&mut self.user, keys.user, 4),
            (&mut self.approver, keys.approver, 5),
        ];
        for (column, key, kind) in columns {
            let Some(key) = key else { continue };
            let new = self.known.learn(both(both(keys.vendor, key), kind));
            if settled {
                column.novelty.push(new);
            }
            column.push(key);
        }
        if let Some(account) = keys.account {
            if settled {
                self.account.novelty.push(account_new);
            }
            self.account.push(account);
        }
    }

    fn push_people(&mut self, p: &Payable, keys: &Keys) {
        let Some(user) = keys.user else { return };
        if let Some(department) = keys.department {
            self.user_department.push(both(user, department));
        }
        if let Some(approver) = keys.approver {
            self.user_approver.push(both(user, approver));
            self.own_approval.push(user == approver);
        }
        if self.people.len() < MOST || self.people.contains_key(&user) {
            let today = p.effective_date().map_or(0, day_number);
            let person = self.people.entry(user).or_insert(Person { first_day: today, ..Person::default() });
            if let Some(clock) = Clock::of(p) {
                person.timed += 1;
                person.odd += u32::from(clock.night || clock.weekend);
            }
        }
    }

    fn push_supplier(&mut self, p: &Payable, keys: &Keys, settled: bool) {
        let today = p.effective_date().map(day_number);
        let number = number_parts(&p.invoice_no);
        let past = self.suppliers.get(&keys.vendor).copied();
        self.newcomers.push(past.is_none());
        if let Some(past) = past {
            if let Some(today) = today {
                self.gaps.push(f64::from((today - past.last_day).max(0)).ln_1p());
            }
            if let (Some((stem, tail)), Some((last_stem, last))) = (number, past.number) {
                self.next.push(stem == last_stem && tail == last + 1);
            }
        } else if !p.vendor_name.is_empty() && self.names.len() < MOST {
            let (exact, letters) = name_keys(&p.vendor_name);
            self.names.entry(exact).or_insert(keys.vendor);
            self.names.entry(letters).or_insert(keys.vendor);
        }
        if past.is_some() || self.suppliers.len() < MOST {
            let entry = self.suppliers.entry(keys.vendor).or_default();
            entry.count = entry.count.saturating_add(1);
            entry.last_day = today.unwrap_or(0).max(entry.last_day);
            entry.number = number.or(entry.number);
            if size(p) > 0.0 {
                entry.amounts.push(size(p).ln());
            }
        }
        if let Some(bank) = keys.bank {
            let new = self.known.learn(both(both(keys.vendor, bank), 6));
            if settled {
                self.bank_novelty.push(new);
            }
            if let Some((first, more)) = self.banks.get_mut(&bank) {
                *more += u32::from(new && *first != keys.vendor);
            } else if self.banks.len() < MOST {
                self.banks.insert(bank, (keys.vendor, 0));
            }
        }
        if let Some(shape) = shape(&p.invoice_no) {
            let new = self.known.learn(both(both(keys.vendor, shape), 7));
            if settled {
                self.shapes.push(new);
            }
        }
        self.low.push(number.is_some_and(|(_, tail)| tail < 200));
        let value = size(p);
        let new = self.known.learn(both(both(keys.vendor, value.to_bits()), 8));
        if settled {
            self.repeats.push(!new);
        }
        if value > 0.0 {
            self.amounts.push(value.ln());
            if let Some(account) = keys.account
                && (self.account_amounts.len() < MOST || self.account_amounts.contains_key(&account))
            {
                self.account_amounts.entry(account).or_default().push(value.ln());
            }
        }
    }

    fn push_habits(&mut self, p: &Payable) {
        let quick = lag(p).map(|days| {
            self.lags.push(days);
            days <= 2.0
        });
        if let Some(days) = entry_days(p) {
            self.entries.push(days);
        }
        if let Some(days) = due_days(p) {
            self.dues.push(days);
        }
        if let (Some(slot), Some(clock)) = (slot(p), Clock::of(p)) {
            self.hours[slot] += 1;
            self.timed += 1;
            self.odd.push(clock.night || clock.weekend);
        }
        if let Some(day) = p.payment_date {
            self.weekdays[day.weekday().to_monday_zero_offset() as usize % 7] += 1;
        }
        let (value, ordered) = (size(p), !p.po_number.is_empty());
        self.hundreds.push(is_multiple(value, 100.0));
        self.thousands.push(is_multiple(value, 1000.0));
        self.ordered.push(ordered);
        if let Some(quick) = quick {
            self.quick.push(quick);
            if !ordered {
                self.quick_unordered.push(quick);
            }
        }
        self.blank.push(p.invoice_no.trim().is_empty());
        self.negative.push(p.amount.is_sign_negative());
    }

    /// What the ranks of surprises learn, before the counts do.
    fn push_tails(&mut self, p: &Payable, keys: &Keys) {
        if let Some(share) = self.department_given_account(keys) {
            self.department_of_account.push(-share.ln());
        }
        if let Some(share) = self.department_given_user(keys) {
            self.department_of_user.push(-share.ln());
        }
        if let Some(share) = self.approver_given_user(keys) {
            self.approver_of_user.push(-share.ln());
        }
        if let Some(share) = self.hour(p) {
            self.hour_tails.push(-share.ln());
        }
        if let Some(off) = self.suppliers.get(&keys.vendor).and_then(|past| off_habit(past, p)) {
            self.amount_tails.push(off);
        }
    }
}
