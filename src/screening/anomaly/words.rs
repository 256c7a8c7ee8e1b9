//! What is unusual about a payment, in an auditor's words, with figures.

use super::features::{ANOMALY_FEATURES, next_limit, run_length, within};
use super::history::{Clock, VendorHistory, lag, size};
use super::{Policy, history};
use crate::domain::finding::Reason;
use crate::domain::history::Payable;

/// The reasons, the strongest first. Empty where no single figure stands out.
pub(super) fn reasons(p: &Payable, v: &VendorHistory, policy: &Policy, features: &[f32]) -> Vec<Reason> {
    let value = |name: &str| ANOMALY_FEATURES.iter().position(|n| *n == name).and_then(|at| features.get(at)).copied().unwrap_or(0.0);
    let mut found: Vec<(f32, Reason)> = Vec::new();
    let mut say = |weight: f32, code: &str, text: &str, figure: String| {
        if weight > 0.0 {
            found.push((weight, Reason::new(code, text, figure)));
        }
    };
    let past = v.len();
    say(
        value("bank-new") * 5.0,
        "bank-account-new",
        "paid to a bank account never used for this supplier",
        format!("{past} earlier payments"),
    );
    if value("bank-new") == 0.0 && past > 0 {
        let fresh = value("bank-fresh");
        say(
            if fresh >= 0.3 { fresh * 3.0 } else { 0.0 },
            "bank-account-changed",
            "the supplier's bank account changed recently",
            format!("{} payments since", v.bank_run.map_or(0, |run| run.1)),
        );
    }
    amounts(p, v, &value, &mut say);
    say(
        value("split-crosses-limit") * 4.0,
        "split-below-limit",
        "together with others of the last week it passes an approval limit that each stays below",
        split_figure(p, v, policy),
    );
    let limit = next_limit(size(p), policy).unwrap_or(0.0);
    say(value("limit-just-below") * 2.0, "just-below-limit", "just below an approval limit", format!("{} of {limit:.0}", p.amount));
    say(
        value("place-new") * 2.5,
        "place-new",
        "department and account never used together for this supplier",
        format!("{} / {}", p.department, p.account_code),
    );
    say(value("account-new") * 1.5, "account-new", "account never used for this supplier", p.account_code.clone());
    clock(p, &value, &mut say);
    say(value("user-approves-own") * 3.0, "approved-own", "entered and approved by the same person", p.posted_by.clone());
    say(value("user-new") * 0.8, "user-new", "entered by someone who never did for this supplier", p.posted_by.clone());
    say(value("gap-dormant") * 3.0, "supplier-dormant", "the supplier had not been paid for long", gap_figure(p, v));
    say(value("history-new") * 1.5, "supplier-new", "first payment to this supplier", String::new());
    let days = lag(p).unwrap_or(0.0);
    say(
        value("quick-without-order") * 2.5,
        "quick-without-order",
        "paid at once and without an order",
        format!("{days:.0} days after the invoice"),
    );
    say(
        value("order-missed") * 1.2,
        "order-missing",
        "without an order, which this supplier's invoices usually name",
        format!("{} of {past} with one", v.with_order),
    );
    let run = run_length(p, v);
    say(
        if run >= 1 { 0.8 + 0.4 * run as f32 } else { 0.0 },
        "numbers-consecutive",
        "the supplier's invoice numbers follow each other without a gap",
        format!("{} in a row", run + 1),
    );
    say(value("number-blank") * 0.7, "number-missing", "without an invoice number", String::new());
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, reason)| reason).collect()
}

fn amounts(p: &Payable, v: &VendorHistory, value: &impl Fn(&str) -> f32, say: &mut impl FnMut(f32, &str, &str, String)) {
    let times = v.log_amounts().map_or(1.0, |(middle, _)| size(p) / middle.exp());
    if value("amount-ten-times") > 0.0 {
        say(
            5.0,
            "decimal-point",
            "the decimal point may be misplaced: a tenth or less would be usual here",
            format!("{times:.1} × the supplier's median"),
        );
    } else {
        let weight = value("amount-deviation");
        say(
            if weight > 1.0 { weight * 2.0 } else { 0.0 },
            "amount-unusual",
            "far above what this supplier usually gets",
            format!("{times:.1} × the supplier's median"),
        );
    }
    say(
        value("amount-tenth") * 3.0,
        "decimal-point",
        "the decimal point may be misplaced: ten times as much would be usual here",
        format!("{times:.2} × the supplier's median"),
    );
    let round = format!("{}; {} of {} earlier ones round", p.amount, v.hundreds, v.len());
    say(
        value("round-unusual") * (1.5 + value("round-thousands")),
        "round-amount",
        "a round amount from a supplier that hardly ever has one",
        round,
    );
}

fn clock(p: &Payable, value: &impl Fn(&str) -> f32, say: &mut impl FnMut(f32, &str, &str, String)) {
    let Some(at) = Clock::of(p) else { return };
    let time = format!("{:02}:{:02}", at.hour as u32, (at.hour.fract() * 60.0).round() as u32);
    say(value("clock-night") * 3.0, "posted-at-night", "posted at night", time);
    let day = p.posted_at.map_or_else(String::new, |t| t.to_zoned_datetime(jiff::tz::TimeZone::UTC).date().to_string());
    say(value("clock-weekend") * 2.5, "posted-at-weekend", "posted at the weekend", day);
}

fn split_figure(p: &Payable, v: &VendorHistory, policy: &Policy) -> String {
    let week = within(p, v, 7);
    let limit = next_limit(size(p), policy).unwrap_or(0.0);
    let sum = size(p) + week.iter().filter(|s| s.amount < limit).map(|s| s.amount).sum::<f64>();
    format!("{} payments, {sum:.2} against {limit:.0}", week.len() + 1)
}

fn gap_figure(p: &Payable, v: &VendorHistory) -> String {
    let days = p.effective_date().zip(v.last_day).map_or(0, |(today, last)| history::day_number(today) - last);
    format!("{days} days")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::anomaly::anomaly_features;
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
        let policy = Policy::default();
        let codes: Vec<String> =
            reasons(&p, &history, &policy, &anomaly_features(&p, &history, &crate::screening::BookView::default(), &policy))
                .into_iter()
                .map(|r| r.code)
                .collect();
        assert_eq!(codes[..2], ["bank-account-new".to_owned(), "decimal-point".to_owned()]);
    }
}
