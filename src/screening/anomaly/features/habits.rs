//! Who, where, when, how fast, to which bank account, with which order: against habit.

use super::{Case, Row, novelty_surprise, rate_surprise, surprise_of, value_surprise};
use crate::screening::anomaly::history::{Clock, Counts, day_number, key_of, lag};

pub(super) fn history(row: &mut Row, case: &Case<'_>) {
    let (v, b) = (case.v, case.b);
    let today = case.seen.day;
    let since = |day: Option<i32>| today.zip(day).map_or(0.0, |(now, then)| f64::from((now - then).max(0)));
    row.log("history-log-count", v.count as f64);
    row.flag("history-new", v.count == 0);
    row.flag("history-few", (1..=3).contains(&v.count));
    row.log("history-age", since(v.first_day));
    row.put("newcomer-surprise", if v.count == 0 { surprise_of(f64::from(b.newcomer_rate)) } else { 0.0 });
    row.put("name-alike", f64::from(b.name_alike));
    let gap = since(v.last_day);
    let usual = v.usual_gap().unwrap_or(30.0).max(5.0);
    row.log("gap-log", gap);
    row.put("gap-over-usual", (gap / usual).ln_1p());
    row.put("gap-over-longest", if v.count >= 2 { ((gap + 5.0) / (f64::from(v.longest_gap) + 5.0)).ln() } else { 0.0 });
    row.flag("gap-dormant", v.is_dormant(gap as i32));
    row.surprise("gap-surprise", if v.count > 0 { surprise_of(1.0 - f64::from(b.gap_rank)) } else { 0.0 });
    let woken = v.woken.filter(|(day, _)| today.is_some_and(|now| now - day <= 90));
    row.put("gap-woken", woken.map_or(0.0, |(_, payments)| 1.0 / f64::from(payments.max(1))));
}

pub(super) fn bank(row: &mut Row, case: &Case<'_>) {
    let (v, b, key) = (case.v, case.b, case.seen.bank);
    let known = key != 0;
    let new = known && v.banks.total() > 0 && v.banks.of_key(key) == 0;
    let run = v.bank_run.unwrap_or((0, 0));
    row.flag("bank-known", known);
    row.flag("bank-new", new);
    row.surprise("bank-surprise", if known { novelty_surprise(&v.banks, key, b.bank_novelty) } else { 0.0 });
    let other = known && v.banks.total() > 0 && run.0 != key;
    // How long the supplier has been paid to this account: few payments after many to another are a change.
    let before = if other { run.1 } else { v.bank_before };
    let now = if other { 0 } else { run.1 };
    row.put("bank-fresh", if known && before > 0 { 1.0 / f64::from(now + 1) } else { 0.0 });
    row.log("bank-before-log", f64::from(before));
    row.log("bank-kinds", f64::from(v.banks.kinds()));
    row.flag("bank-returned", other && !new);
    row.put("bank-shared", f64::from(b.bank_shared));
}

/// The three numbers of a column: surprise at the value, at its being new, and from the book alone.
fn column(row: &mut Row, names: [&'static str; 3], counts: &Counts, key: Option<u64>, (share, novelty, usual): (f32, f32, f32)) {
    let Some(key) = key else {
        return names.iter().for_each(|name| row.put(name, 0.0));
    };
    row.put(names[0], if counts.total() > 0 { value_surprise(counts, key, share) } else { 0.0 });
    row.surprise(names[1], novelty_surprise(counts, key, novelty));
    row.put(names[2], surprise_of(f64::from(share)) - f64::from(usual));
}

fn key(text: &str) -> Option<u64> {
    (!text.is_empty()).then(|| key_of(text))
}

pub(super) fn places(row: &mut Row, case: &Case<'_>) {
    let (p, v, b) = (case.p, case.v, case.b);
    let (department, account) = (key(&p.department), key(&p.account_code));
    row.flag("department-known", department.is_some());
    row.flag("account-known", account.is_some());
    let place = Some(case.seen.place).filter(|place| *place != 0);
    column(
        row,
        ["department-surprise", "department-new", "department-rare"],
        &v.departments,
        department,
        (b.department_share, b.department_novelty, b.department_usual),
    );
    column(
        row,
        ["account-surprise", "account-new", "account-rare"],
        &v.accounts,
        account,
        (b.account_share, b.account_novelty, b.account_usual),
    );
    column(row, ["place-surprise", "place-new", "place-rare"], &v.places, place, (b.place_share, b.place_novelty, b.place_usual));
    row.put("department-kinds", f64::from(v.departments.kinds()) / (f64::from(v.departments.total()) + 2.0));
    row.put("account-kinds", f64::from(v.accounts.kinds()) / (f64::from(v.accounts.total()) + 2.0));
    row.put("account-suppliers", f64::from(b.account_suppliers_log));
    let known = place.is_some();
    row.put("department-of-account", if known { surprise_of(f64::from(b.department_of_account)) } else { 0.0 });
    row.surprise("department-of-account-tail", if known { surprise_of(f64::from(b.department_of_account_tail)) } else { 0.0 });
    let recent = v.recent.iter().rev().take(8).filter(|s| Some(s.place) == place).count();
    row.put("place-recent", if known { recent as f64 / 8.0 } else { 0.0 });
}

pub(super) fn people(row: &mut Row, case: &Case<'_>) {
    let (p, v, b) = (case.p, case.v, case.b);
    let (user, approver) = (key(&p.posted_by), key(&p.approved_by));
    row.flag("user-known", user.is_some());
    column(row, ["user-surprise", "user-new", "user-rare"], &v.users, user, (b.user_share, b.user_novelty, b.user_usual));
    row.flag("approver-known", approver.is_some());
    column(
        row,
        ["approver-surprise", "approver-new", "approver-rare"],
        &v.approvers,
        approver,
        (b.approver_share, b.approver_novelty, b.approver_usual),
    );
    row.put("user-log-count", f64::from(b.user_log_count));
    row.put("user-age-log", f64::from(b.user_age_log));
    let departed = user.is_some() && !p.department.is_empty();
    row.put("department-of-user", if departed { surprise_of(f64::from(b.department_of_user)) } else { 0.0 });
    row.surprise("department-of-user-tail", if departed { surprise_of(f64::from(b.department_of_user_tail)) } else { 0.0 });
    let pair = user.is_some() && approver.is_some();
    row.put("approver-of-user-tail", if pair { surprise_of(f64::from(b.approver_of_user_tail)) } else { 0.0 });
    let own = user.is_some() && user == approver;
    row.surprise("user-approves-own", if own { surprise_of(f64::from(b.own_approval_rate)) } else { 0.0 });
}

pub(super) fn clock(row: &mut Row, case: &Case<'_>) {
    let (p, v, b) = (case.p, case.v, case.b);
    let at = Clock::of(p);
    row.flag("clock-known", at.is_some());
    row.flag("clock-night", at.is_some_and(|at| at.night));
    row.flag("clock-evening", at.is_some_and(|at| at.evening));
    row.flag("clock-weekend", at.is_some_and(|at| at.weekend));
    row.put("clock-hour-surprise", at.map_or(0.0, |_| surprise_of(f64::from(b.hour_share))));
    row.surprise("clock-hour-tail", at.map_or(0.0, |_| surprise_of(f64::from(b.hour_tail))));
    let odd = at.is_some_and(|at| at.night || at.weekend);
    row.surprise("clock-odd-surprise", if odd { rate_surprise(v.odd_hours, v.timed, b.odd_rate) } else { 0.0 });
    row.put("clock-user-odd", if odd { surprise_of(f64::from(b.user_odd_rate)) } else { 0.0 });
    row.surprise("weekday-surprise", p.payment_date.map_or(0.0, |_| (surprise_of(f64::from(b.weekday_share)) - 1.0).max(0.0)));
    row.flag("period-end", p.effective_date().is_some_and(|d| d.days_in_month() - d.day() <= 1));
    let invoiced = p.invoice_date.map(|day| day.weekday().to_monday_zero_offset() > 4);
    row.flag("invoice-weekend", invoiced == Some(true));
}

pub(super) fn speed(row: &mut Row, case: &Case<'_>) {
    let (p, v, b) = (case.p, case.v, case.b);
    let days = lag(p);
    let lag_days = days.unwrap_or(0.0);
    let mean = if v.lags > 0 { v.lag_sum / f64::from(v.lags) } else { lag_days };
    let spread = if v.lags > 2 { (v.lag_squares / f64::from(v.lags) - mean * mean).max(9.0).sqrt() } else { 15.0 };
    row.flag("lag-known", days.is_some());
    row.log("lag-log", lag_days);
    row.put("lag-rank", f64::from(b.lag_rank));
    row.put("lag-deviation", if days.is_some() { ((lag_days - mean) / spread).clamp(-6.0, 6.0) } else { 0.0 });
    let quick = days.is_some_and(|days| days <= 2.0);
    row.flag("lag-immediate", quick);
    let general = if p.po_number.is_empty() { b.quick_unordered_rate } else { b.quick_rate };
    row.surprise("lag-surprise", if quick { rate_surprise(v.quick, v.lags, general) } else { 0.0 });
    row.surprise("lag-short-surprise", days.map_or(0.0, |_| (surprise_of(f64::from(b.lag_rank)) - 1.0).max(0.0)));
    row.surprise("lag-long-surprise", days.map_or(0.0, |_| (surprise_of(1.0 - f64::from(b.lag_rank)) - 1.0).max(0.0)));
    row.put("entry-rank", f64::from(b.entry_rank));
    let posted = p.posted_at.map(|at| jiff::tz::Offset::UTC.to_datetime(at).date());
    let wait = posted.zip(p.payment_date).map(|(posted, paid)| f64::from(day_number(paid) - day_number(posted)));
    row.put("wait-log", wait.map_or(0.0, |days| days.max(0.0).ln_1p()));
    row.flag("wait-backdated", wait.is_some_and(|days| days < 0.0));
    let due = p.due_date.zip(p.effective_date()).map(|(due, paid)| f64::from(day_number(due) - day_number(paid)));
    row.flag("due-known", due.is_some());
    row.put("before-due", (due.unwrap_or(0.0) / 30.0).clamp(-4.0, 4.0));
    row.put("due-rank", f64::from(b.due_rank));
}

pub(super) fn orders(row: &mut Row, case: &Case<'_>) {
    let (p, v, b) = (case.p, case.v, case.b);
    let ordered = !p.po_number.is_empty();
    let count = u32::try_from(v.count).unwrap_or(u32::MAX);
    row.flag("order-given", ordered);
    row.put("order-share", f64::from(v.with_order) / (v.count as f64 + 2.0));
    let missed = rate_surprise(count.saturating_sub(v.with_order), count, 1.0 - b.order_rate);
    row.surprise("order-missed", if ordered || b.order_rate < 0.02 { 0.0 } else { missed });
    let quick = lag(p).is_some_and(|days| days <= 2.0);
    row.flag("quick-without-order", quick && !ordered);
}
