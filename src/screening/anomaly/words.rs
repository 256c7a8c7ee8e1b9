//! What is unusual about a payment, in an auditor's words, with figures.

use super::features::{ANOMALY_FEATURES, next_limit, run_length, within};
use super::history::{Clock, VendorHistory, day_number, lag, size};
use super::{BookView, Policy};
use crate::domain::finding::Reason;
use crate::domain::history::Payable;

/// A payment with what its reasons quote.
struct Facts<'a> {
    p: &'a Payable,
    v: &'a VendorHistory,
    b: &'a BookView,
    policy: &'a Policy,
    features: &'a [f32],
    found: Vec<(f32, Reason)>,
}

/// The reasons, the strongest first; never empty.
pub(super) fn reasons(p: &Payable, v: &VendorHistory, b: &BookView, policy: &Policy, features: &[f32]) -> Vec<Reason> {
    let mut facts = Facts { p, v, b, policy, features, found: Vec::new() };
    facts.bank();
    facts.amounts();
    facts.limits();
    facts.places();
    facts.people();
    facts.clock();
    facts.supplier();
    facts.speed();
    facts.numbers();
    facts.found.sort_by(|x, y| y.0.total_cmp(&x.0));
    let mut out: Vec<Reason> = facts.found.into_iter().map(|(_, reason)| reason).collect();
    if out.is_empty() {
        out.push(Reason::new("unusual-together", "no single figure stands out, but together they are unlike this supplier's history", ""));
    }
    out
}

impl Facts<'_> {
    fn value(&self, name: &str) -> f32 {
        ANOMALY_FEATURES.iter().position(|n| *n == name).and_then(|at| self.features.get(at)).copied().unwrap_or(0.0)
    }

    /// Adds a reason where its weight is at least one.
    fn say(&mut self, weight: f32, code: &str, text: &str, figure: String) {
        if weight >= 1.0 {
            self.found.push((weight, Reason::new(code, text, figure)));
        }
    }

    fn bank(&mut self) {
        let past = self.v.len();
        let back = self.value("later-bank-last-back") > 0.0;
        if self.value("bank-new") > 0.0 {
            let weight = self.value("bank-surprise") + if back { 4.0 } else { 0.0 };
            self.say(weight, "bank-account-new", "paid to a bank account never used for this supplier", format!("{past} earlier payments"));
        } else if self.value("bank-fresh") >= 0.3 {
            let since = self.v.bank_run.map_or(0, |run| run.1);
            self.say(
                2.0 + 2.0 * self.value("bank-fresh"),
                "bank-account-changed",
                "the supplier's bank account changed recently",
                format!("{since} payments since"),
            );
        }
        if back && self.value("bank-fresh") > 0.0 {
            self.say(5.0, "bank-account-dropped", "known since later payments: they went to the earlier bank account again", String::new());
        }
        let others = self.value("bank-shared");
        let figure = if others > 1.0 { "two or more other suppliers" } else { "one other supplier" };
        self.say(4.5 * others, "bank-account-shared", "another supplier was paid to the same bank account", figure.to_owned());
    }

    fn amounts(&mut self) {
        let times = self.v.log_amounts().map_or(1.0, |(middle, _)| size(self.p) / middle.exp());
        let median = format!("{times:.1} × the supplier's median");
        if self.value("amount-ten-times") > 0.0 || (self.value("amount-shifted-repeat") > 0.0 && times > 3.0) {
            self.say(5.0, "decimal-point", "the decimal point may be misplaced: a tenth or less would be usual here", median);
        } else if self.value("amount-over-median") > 0.7 {
            let weight = self.value("amount-tail").max(self.value("amount-deviation") / 1.5);
            self.say(weight, "amount-unusual", "far above what this supplier usually gets", median);
        }
        self.say(
            3.0 * self.value("amount-tenth"),
            "decimal-point",
            "the decimal point may be misplaced: ten times as much would be usual here",
            format!("{times:.2} × the supplier's median"),
        );
        let account = self.value("amount-account-deviation");
        if account > 2.0 && self.v.len() < 3 {
            self.say(account, "amount-unusual-account", "far above what is usual on this account", self.p.account_code.clone());
        }
        let round = format!("{}; {} of {} earlier ones round", self.p.amount, self.v.hundreds, self.v.len());
        let surprise = self.value("round-thousands-surprise").max(self.value("round-hundreds-surprise"));
        self.say(0.7 * surprise, "round-amount", "a round amount, which this supplier hardly ever has", round);
    }

    fn limits(&mut self) {
        let limit = next_limit(size(self.p), self.policy).unwrap_or(0.0);
        let week = within(self.p, self.v, 7);
        let sum = size(self.p) + week.iter().filter(|s| s.amount < limit).map(|s| s.amount).sum::<f64>();
        self.say(
            self.value("split-crosses-limit") * (2.0 + 3.0 * self.value("split-parts-alike")),
            "split-below-limit",
            "together with others of the last week it passes an approval limit that each stays below",
            format!("{} payments, {sum:.2} against {limit:.0}", week.len() + 1),
        );
        self.say(
            if self.value("set-near-count") > 0.0 { 2.0 + 2.5 * self.value("set-alike") } else { 0.0 },
            "split-continued",
            "known since later payments: others within a week stay below the same approval limit",
            format!("limit {limit:.0}"),
        );
        self.say(
            2.0 * self.value("limit-just-below"),
            "just-below-limit",
            "just below an approval limit",
            format!("{} of {limit:.0}", self.p.amount),
        );
    }

    fn places(&mut self) {
        let both = format!("{} / {}", self.p.department, self.p.account_code);
        let share = |value: f32| format!("{:.2} % of all payments", 100.0 * value);
        let (account, department) = (self.value("account-new"), self.value("department-new"));
        if department >= 1.0 {
            let figure = format!("{both}; {}", share(self.b.department_share));
            self.say(department.max(self.value("place-new")), "place-new", "department never charged for this supplier", figure);
        } else if account >= 1.0 {
            let figure = format!("{}; {}", self.p.account_code, share(self.b.account_share));
            self.say(account, "account-new", "account never used for this supplier", figure);
        } else {
            self.say(0.8 * self.value("place-new"), "place-new", "department and account never used together for this supplier", both);
        }
        let odd = self.value("department-of-account-tail");
        let figure = share(self.b.department_of_account_tail);
        self.say(0.8 * odd - 1.0, "account-of-others", "an account that this department hardly ever uses", format!("as seldom: {figure}"));
    }

    fn people(&mut self) {
        self.say(self.value("user-approves-own"), "approved-own", "entered and approved by the same person", self.p.posted_by.clone());
        self.say(0.7 * self.value("user-new"), "user-new", "entered by someone who never did for this supplier", self.p.posted_by.clone());
        let outside = self.value("department-of-user-tail") - 1.5;
        let figure = format!("{} in {}", self.p.posted_by, self.p.department);
        self.say(outside, "user-outside-department", "entered by someone who hardly ever works for this department", figure);
    }

    fn clock(&mut self) {
        let Some(at) = Clock::of(self.p) else { return };
        let time = format!("{:02}:{:02}", at.hour as u32, (at.hour.fract() * 60.0).round() as u32);
        let surprise = self.value("clock-odd-surprise");
        let night = self.value("clock-night") * surprise;
        self.say(night, "posted-at-night", "posted at night", time.clone());
        let day = self.p.posted_at.map_or_else(String::new, |t| jiff::tz::Offset::UTC.to_datetime(t).date().to_string());
        self.say(self.value("clock-weekend") * surprise, "posted-at-weekend", "posted at the weekend", day);
        if night < 1.0 && self.value("clock-weekend") == 0.0 {
            self.say(
                self.value("clock-hour-tail") - 2.5,
                "posted-at-rare-hour",
                "posted at an hour at which hardly anything is posted here",
                time,
            );
        }
        let paid = self.p.payment_date.map_or_else(String::new, |day| format!("{day}, a {:?}", day.weekday()));
        self.say(
            self.value("weekday-surprise") - 1.0,
            "paid-outside-run",
            "paid on a day of the week on which this company hardly pays",
            paid,
        );
    }

    fn supplier(&mut self) {
        let gap = self.p.effective_date().zip(self.v.last_day).map_or(0, |(today, last)| day_number(today) - last);
        self.say(3.0 * self.value("gap-dormant"), "supplier-dormant", "the supplier had not been paid for long", format!("{gap} days"));
        if self.value("gap-dormant") == 0.0 {
            let woken = 2.5 * self.value("gap-woken").sqrt();
            self.say(
                woken,
                "supplier-woken",
                "the supplier was paid again only recently, after a long silence",
                format!("{} days at most", self.v.longest_gap),
            );
        }
        self.say(1.5 * self.value("history-new"), "supplier-new", "first payment to this supplier", String::new());
        self.say(
            1.2 * self.value("history-few"),
            "supplier-few",
            "the supplier was paid only a few times before",
            format!("{} times", self.v.len()),
        );
        self.say(
            4.0 * self.value("name-alike"),
            "supplier-name-alike",
            "a new supplier with a name like that of a known one",
            self.p.vendor_name.clone(),
        );
        self.say(2.0 * self.value("later-none"), "supplier-once", "known since later: the supplier was not paid again", String::new());
    }

    fn speed(&mut self) {
        let figure = format!("{:.0} days after the invoice", lag(self.p).unwrap_or(0.0));
        let surprise = self.value("lag-surprise");
        if self.value("quick-without-order") > 0.0 {
            self.say(surprise.max(1.0), "quick-without-order", "paid at once and without an order", figure);
        } else {
            self.say(0.6 * surprise, "paid-at-once", "paid at once", figure.clone());
            self.say(self.value("lag-long-surprise") - 2.0, "invoice-old", "the invoice was old when it was paid", figure);
        }
        let usual = format!("{} of {} with one", self.v.with_order, self.v.len());
        self.say(self.value("order-missed"), "order-missing", "without an order, which is usual here", usual);
    }

    fn numbers(&mut self) {
        let run = run_length(self.p, self.v);
        let weight = if run >= 1 { self.value("number-next-surprise") * 0.5 + 0.5 * run as f32 } else { 0.0 };
        self.say(
            weight,
            "numbers-consecutive",
            "the supplier's invoice numbers follow each other without a gap",
            format!("{} in a row", run + 1),
        );
        if run == 0 && self.value("later-run") > 0.0 {
            self.say(
                1.5,
                "numbers-consecutive-later",
                "known since later payments: the numbers go on without a gap",
                self.p.invoice_no.clone(),
            );
        }
        let blank = self.value("number-blank");
        self.say(blank, "number-missing", "without an invoice number", String::new());
        let shape = 0.6 * self.value("number-shape-new");
        self.say(shape, "number-unlike", "an invoice number made unlike this supplier's others", self.p.invoice_no.clone());
        self.say(0.6 * self.value("number-low"), "number-low", "a low invoice number", self.p.invoice_no.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::anomaly::{Hindsight, anomaly_features};
    use crate::screening::tests::payable;

    #[test]
    fn the_strongest_reason_comes_first_and_has_its_figure() {
        let mut history = VendorHistory::default();
        for month in 1..=8 {
            let mut p = payable("V1", &format!("A{}", month * 13), "812.40", &format!("2024-{month:02}-10"));
            p.bank_account = "DE1".to_owned();
            history.push(&p);
        }
        let mut p = payable("V1", "A200", "8124.00", "2024-09-10");
        p.bank_account = "DE2".to_owned();
        let (policy, book) = (Policy::default(), BookView { bank_novelty: 0.001, ..BookView::default() });
        let row = anomaly_features(&p, &history, &book, &Hindsight::none(), &policy);
        let found = reasons(&p, &history, &book, &policy, &row);
        let codes: Vec<&str> = found.iter().map(|r| r.code.as_str()).collect();
        assert!(codes[..2].contains(&"bank-account-new") && codes[..2].contains(&"decimal-point"), "{codes:?}");
        assert!(found.iter().all(|r| !r.text.is_empty()));
    }

    #[test]
    fn there_is_always_a_reason() {
        let p = payable("V1", "77", "10.10", "2024-09-10");
        let zeros = vec![0.0; ANOMALY_FEATURES.len()];
        let found = reasons(&p, &VendorHistory::default(), &BookView::default(), &Policy::default(), &zeros);
        assert_eq!(found.iter().map(|r| r.code.as_str()).collect::<Vec<_>>(), ["unusual-together"]);
    }
}
