//! The features' names in the model's order, each with the family under which reasons put it.

/// What a feature tells about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// How long and how well the supplier is known, and its silences.
    Supplier,
    /// The amount against habits, and misplaced decimal points.
    Amount,
    /// Round amounts.
    Round,
    /// Approval limits and purchases split below them.
    Limit,
    /// The bank account.
    Bank,
    /// Department and account of the books.
    Place,
    /// Who entered and who approved.
    Person,
    /// Hour and day.
    Clock,
    /// From invoice to posting and payment.
    Speed,
    /// Orders.
    Order,
    /// Invoice numbers.
    Number,
    /// All surprises together.
    Total,
    /// What came later.
    Later,
}

use Family::*;

/// Names and families in the model's order.
const ALL: &[(&str, Family)] = &[
    ("history-log-count", Supplier),
    ("history-new", Supplier),
    ("history-few", Supplier),
    ("history-age", Supplier),
    ("newcomer-surprise", Supplier),
    ("name-alike", Supplier),
    ("gap-log", Supplier),
    ("gap-over-usual", Supplier),
    ("gap-over-longest", Supplier),
    ("gap-dormant", Supplier),
    ("gap-surprise", Supplier),
    ("gap-woken", Supplier),
    ("amount-log", Amount),
    ("amount-tail", Amount),
    ("amount-rank", Amount),
    ("amount-account-deviation", Amount),
    ("amount-deviation", Amount),
    ("amount-over-median", Amount),
    ("amount-spread", Amount),
    ("amount-over-largest", Amount),
    ("amount-over-third-largest", Amount),
    ("amount-above-largest", Amount),
    ("amount-nearest", Amount),
    ("amount-ten-times", Amount),
    ("amount-tenth", Amount),
    ("amount-shifted-repeat", Amount),
    ("amount-no-fraction", Amount),
    ("amount-no-hundredths", Amount),
    ("amount-unrepeated", Amount),
    ("amount-like-last-year", Amount),
    ("amount-negative", Amount),
    ("round-hundreds", Round),
    ("round-thousands", Round),
    ("round-zeros", Round),
    ("round-hundreds-surprise", Round),
    ("round-thousands-surprise", Round),
    ("round-share", Round),
    ("limit-reach", Limit),
    ("limit-just-below", Limit),
    ("limit-near-below", Limit),
    ("limit-above-highest", Limit),
    ("limit-near-share", Limit),
    ("split-same-day", Limit),
    ("split-week-count", Limit),
    ("split-week-over-usual", Limit),
    ("split-crosses-limit", Limit),
    ("split-below-limit-count", Limit),
    ("split-near-limit-count", Limit),
    ("split-parts-alike", Limit),
    ("split-same-place", Limit),
    ("bank-known", Bank),
    ("bank-new", Bank),
    ("bank-surprise", Bank),
    ("bank-fresh", Bank),
    ("bank-before-log", Bank),
    ("bank-kinds", Bank),
    ("bank-returned", Bank),
    ("bank-shared", Bank),
    ("department-known", Place),
    ("account-known", Place),
    ("department-surprise", Place),
    ("department-new", Place),
    ("department-rare", Place),
    ("account-surprise", Place),
    ("account-new", Place),
    ("account-rare", Place),
    ("place-surprise", Place),
    ("place-new", Place),
    ("place-rare", Place),
    ("department-kinds", Place),
    ("account-kinds", Place),
    ("account-suppliers", Place),
    ("department-of-account", Place),
    ("department-of-account-tail", Place),
    ("place-recent", Place),
    ("user-known", Person),
    ("user-surprise", Person),
    ("user-new", Person),
    ("user-rare", Person),
    ("approver-known", Person),
    ("approver-surprise", Person),
    ("approver-new", Person),
    ("approver-rare", Person),
    ("user-log-count", Person),
    ("user-age-log", Person),
    ("department-of-user", Person),
    ("department-of-user-tail", Person),
    ("approver-of-user-tail", Person),
    ("user-approves-own", Person),
    ("clock-known", Clock),
    ("clock-night", Clock),
    ("clock-evening", Clock),
    ("clock-weekend", Clock),
    ("clock-hour-surprise", Clock),
    ("clock-hour-tail", Clock),
    ("clock-odd-surprise", Clock),
    ("clock-user-odd", Clock),
    ("weekday-surprise", Clock),
    ("period-end", Clock),
    ("invoice-weekend", Clock),
    ("lag-known", Speed),
    ("lag-log", Speed),
    ("lag-rank", Speed),
    ("lag-deviation", Speed),
    ("lag-immediate", Speed),
    ("lag-surprise", Speed),
    ("lag-short-surprise", Speed),
    ("lag-long-surprise", Speed),
    ("entry-rank", Speed),
    ("wait-log", Speed),
    ("wait-backdated", Speed),
    ("due-known", Speed),
    ("before-due", Speed),
    ("due-rank", Speed),
    ("order-given", Order),
    ("order-share", Order),
    ("order-missed", Order),
    ("quick-without-order", Order),
    ("number-blank", Number),
    ("number-next", Number),
    ("number-run", Number),
    ("number-run-days", Number),
    ("number-next-surprise", Number),
    ("number-run-surprise", Number),
    ("number-step", Number),
    ("number-usual-step", Number),
    ("number-backwards", Number),
    ("number-low", Number),
    ("number-shape-new", Number),
    ("surprise-sum", Total),
    ("surprise-first", Total),
    ("surprise-second", Total),
    ("surprise-third", Total),
    ("later-known", Later),
    ("later-count", Later),
    ("later-none", Later),
    ("later-lifetime", Later),
    ("later-gap", Later),
    ("later-bank-kept", Later),
    ("later-bank-left", Later),
    ("later-bank-back", Later),
    ("later-bank-next-kept", Later),
    ("later-bank-last-kept", Later),
    ("later-bank-last-back", Later),
    ("later-amount-nearest", Later),
    ("later-amount-over-largest", Later),
    ("later-round-share", Later),
    ("later-split-count", Later),
    ("set-near-count", Later),
    ("set-alike", Later),
    ("later-place-kept", Later),
    ("later-run", Later),
    ("set-run", Later),
];

const fn names() -> [&'static str; ALL.len()] {
    let mut out = [""; ALL.len()];
    let mut at = 0;
    while at < ALL.len() {
        out[at] = ALL[at].0;
        at += 1;
    }
    out
}

/// Names of the anomaly features, in the model's order.
pub const ANOMALY_FEATURES: &[&str] = &names();

/// The family of the feature at a position.
#[must_use]
pub fn family_of(at: usize) -> Option<Family> {
    ALL.get(at).map(|feature| feature.1)
}
