//! What the report counts, added up row by row while the results are joined.
//!
//! Sums are exact decimals. Money at risk is counted once a row: for each payment that was probably paid
//! before, the smaller amount of its likeliest pair.

use super::RescoreError;
use super::book::{BookView, column, decimal};
use super::verdicts::{Best, Terms};
use datafusion::arrow::array::{Array, Date32Array, RecordBatch, StringArray};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// From this probability on a duplicate is called nearly certain, where the threshold is not higher.
pub(super) const NEARLY_CERTAIN: f64 = 0.9;
/// From this probability on, below the threshold, one is called possible.
pub(super) const POSSIBLE: f64 = 0.1;
/// A payment this many days after its invoice is late enough to be looked at as data.
const LONG: i32 = 730;

/// Columns whose blanks are counted, by their names in the book and for people.
pub(super) const COUNTED: [(&str, &str); 14] = [
    ("vendor_id", "supplier number"),
    ("vendor_name", "supplier name"),
    ("invoice_no", "invoice number"),
    ("po_number", "order number"),
    ("currency", "currency"),
    ("posted_by", "posted by"),
    ("approved_by", "approved by"),
    ("department", "department"),
    ("account_code", "account"),
    ("bank_account", "bank account"),
    ("invoice_date", "invoice date"),
    ("due_date", "due date"),
    ("payment_date", "payment date"),
    ("posted_at", "time of entry"),
];

/// One month.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Month {
    pub payments: u64,
    pub anomalies: u64,
    pub duplicates: u64,
}

/// Money of one currency.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Money {
    pub payments: u64,
    /// Positive amounts.
    pub paid: Decimal,
    /// Amounts that stand out as unusual.
    pub unusual: Decimal,
    /// At risk by band: nearly certain, probable, possible.
    pub bands: [Band; 3],
}

/// Payments of one band of probability.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Band {
    pub payments: u64,
    pub amount: Decimal,
    /// The sum of probability times amount.
    pub expected: Decimal,
}

/// Counts and sums of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub rows: u64,
    /// Rows at or above the anomaly threshold.
    pub anomalies: u64,
    /// Rows whose best pair is at or above the duplicate threshold.
    pub duplicates: u64,
    /// By year × 100 + month.
    pub months: BTreeMap<i32, Month>,
    pub money: BTreeMap<String, Money>,
    pub first_day: Option<Date>,
    pub last_day: Option<Date>,
    /// Rows without a value, in the order of [`COUNTED`].
    pub blanks: [u64; COUNTED.len()],
    pub zero_amounts: u64,
    pub negative_amounts: u64,
    /// Paid before the invoice's date.
    pub paid_before_invoice: u64,
    /// Paid two years after it or later.
    pub paid_long_after: u64,
    /// Names of rows so far rise from row to row: the book is in the order of the output.
    pub rising: bool,
    last_id: Option<i64>,
}

/// What the join found of a row.
pub(super) struct Seen<'a> {
    pub day: Date,
    pub amount: Decimal,
    pub score: f64,
    pub best: Option<&'a Best>,
}

impl Tally {
    pub fn new(numeric: bool) -> Self {
        Self { rising: numeric, ..Self::default() }
    }

    /// Takes in a batch of the book as a whole.
    pub fn batch(&mut self, batch: &RecordBatch) -> Result<(), RescoreError> {
        for ((name, _), blanks) in COUNTED.iter().zip(&mut self.blanks) {
            let array = batch.column_by_name(name).ok_or_else(|| RescoreError::Broken(format!("column {name} is missing")))?;
            *blanks += match array.as_any().downcast_ref::<StringArray>() {
                Some(texts) => texts.offsets().lengths().filter(|length| *length == 0).count() as u64,
                None => array.null_count() as u64,
            };
        }
        let (invoiced, paid) = (column::<Date32Array>(batch, "invoice_date")?, column::<Date32Array>(batch, "payment_date")?);
        for at in (0..batch.num_rows()).filter(|at| invoiced.is_valid(*at) && paid.is_valid(*at)) {
            let days = paid.value(at) - invoiced.value(at);
            self.paid_before_invoice += u64::from(days < 0);
            self.paid_long_after += u64::from(days >= LONG);
        }
        Ok(())
    }

    /// Takes in a row.
    pub fn take(&mut self, view: &BookView<'_>, at: usize, seen: &Seen<'_>, terms: Terms) {
        self.rows += 1;
        let odd = seen.score >= terms.anomaly;
        let best = seen.best.filter(|best| best.score >= terms.duplicate);
        self.anomalies += u64::from(odd);
        self.duplicates += u64::from(best.is_some());
        let month = self.months.entry(i32::from(seen.day.year()) * 100 + i32::from(seen.day.month())).or_default();
        month.payments += 1;
        month.anomalies += u64::from(odd);
        month.duplicates += u64::from(best.is_some());
        self.first_day = Some(self.first_day.map_or(seen.day, |first| first.min(seen.day)));
        self.last_day = Some(self.last_day.map_or(seen.day, |last| last.max(seen.day)));
        self.zero_amounts += u64::from(seen.amount.is_zero());
        self.negative_amounts += u64::from(seen.amount.is_sign_negative() && !seen.amount.is_zero());
        let money = of_currency(&mut self.money, view.currency(at));
        money.payments += 1;
        if seen.amount.is_sign_positive() {
            money.paid += seen.amount;
        }
        if odd {
            money.unusual += seen.amount.abs();
        }
        if let Some(best) = seen.best {
            self.at_risk(best, terms.duplicate);
        }
        if self.rising {
            let id: Option<i64> = view.row_id.value(at).parse().ok();
            self.rising = id.is_some() && id > self.last_id;
            self.last_id = id;
        }
    }

    fn at_risk(&mut self, best: &Best, threshold: f64) {
        let band = match best.score {
            score if score >= threshold.max(NEARLY_CERTAIN) => 0,
            score if score >= threshold => 1,
            score if score >= POSSIBLE => 2,
            _ => return,
        };
        let amount = decimal(best.amount);
        // Scores have six decimals.
        let probability = Decimal::new((best.score * 1e6).round() as i64, 6);
        let band = &mut of_currency(&mut self.money, &best.currency).bands[band];
        band.payments += 1;
        band.amount += amount;
        band.expected += (amount * probability).round_dp(2);
    }

    /// Money by currency, the most paid first.
    pub fn by_currency(&self) -> Vec<(&str, &Money)> {
        let mut all: Vec<(&str, &Money)> = self.money.iter().map(|(code, money)| (code.as_str(), money)).collect();
        all.sort_by(|a, b| b.1.paid.cmp(&a.1.paid).then(a.0.cmp(b.0)));
        all
    }
}

fn of_currency<'a>(money: &'a mut BTreeMap<String, Money>, code: &str) -> &'a mut Money {
    money.entry(code.to_owned()).or_default()
}
