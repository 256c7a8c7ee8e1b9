//! The report: one HTML page with what was read, what stands out, where, why, and what can be recovered.
//!
//! Built from the tally and the tables `flagged` and `pairs` at the end of a run. Sums are exact decimals;
//! nothing in the page depends on the time or the machine, so the same run gives the same page.

use super::RescoreError;
use super::book::{column, day_date, decimal};
use super::engine::Engine;
use super::figures::reasons_of;
use super::ingest::Ingested;
use super::inputs::Input;
use super::shelf::Shelf;
use super::tally::Tally;
use super::verdicts::Terms;
use crate::domain::finding::Reason;
use crate::domain::history::Payable;
use crate::inference::ModelId;
use askama::Template;
use datafusion::arrow::array::{Array, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

mod chart;
mod overview;

use chart::Chart;
use overview::Overview;

/// Entries of the lists of top items.
const TOP: usize = 50;
/// Suppliers listed.
const VENDORS: usize = 25;

/// A file and how it was read.
#[derive(Debug, Clone)]
pub(super) struct FileRead {
    pub name: String,
    pub kind: String,
    pub columns: String,
}

impl FileRead {
    pub fn of(input: &Input) -> Self {
        let name = input.path.file_name().map_or_else(|| input.path.display().to_string(), |name| name.to_string_lossy().into_owned());
        Self { name, kind: input.describe(), columns: input.layout().in_words() }
    }
}

/// How far a feature's distribution lies from that of the training data.
#[derive(Debug, Clone)]
pub(super) struct Drift {
    pub feature: String,
    /// Population stability index: the sum of (p - q) ln(p / q) over the bins; 0.1 small, 0.25 large.
    pub index: f64,
}

/// What the page says about the run itself.
pub(super) struct About {
    pub read: Vec<FileRead>,
    pub missing: Vec<&'static str>,
    /// Of anomalies, then of duplicates.
    pub models: [ModelId; 2],
    pub ingested: Ingested,
    pub failed_files: usize,
    pub terms: Terms,
    pub candidate_pairs: u64,
    /// Empty where the model has no reference to compare with.
    pub drift: Vec<Drift>,
}

struct VendorLine {
    name: String,
    key: String,
    payments: String,
    anomalies: u64,
    duplicates: u64,
    amount: String,
    width: u64,
}

struct ReasonLine {
    code: String,
    example: String,
    count: String,
    width: u64,
}

struct AnomalyLine {
    row: String,
    day: String,
    vendor: String,
    invoice: String,
    amount: String,
    score: String,
    reasons: Vec<Reason>,
}

struct PairLine {
    score: String,
    amount: String,
    first: Party,
    second: Party,
    reasons: Vec<Reason>,
}

struct Party {
    row: String,
    day: String,
    vendor: String,
    invoice: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "rescore_report.html")]
struct Page {
    over: Overview,
    chart: Chart,
    vendors: Vec<VendorLine>,
    anomaly_reasons: Vec<ReasonLine>,
    duplicate_reasons: Vec<ReasonLine>,
    top_anomalies: Vec<AnomalyLine>,
    top_pairs: Vec<PairLine>,
}

/// Renders the page.
pub(super) async fn page(engine: &Engine, shelf: &Shelf, about: &About, tally: &Tally) -> Result<String, RescoreError> {
    let over = Overview::of(about, tally);
    let (anomaly, duplicate) = (about.terms.anomaly, about.terms.duplicate);
    let page = Page {
        chart: Chart::of(&over.months.iter().map(|month| (month.month.as_str(), month.anomalies, month.duplicates)).collect::<Vec<_>>()),
        over,
        vendors: vendors(engine, about.terms).await?,
        anomaly_reasons: reasons(engine, format!("SELECT reasons FROM flagged WHERE score >= {anomaly}")).await?,
        duplicate_reasons: reasons(engine, format!("SELECT reasons FROM pairs WHERE score >= {duplicate}")).await?,
        top_anomalies: top_anomalies(engine, anomaly).await?,
        top_pairs: top_pairs(engine, shelf, duplicate).await?,
    };
    Ok(page.render()?)
}

async fn vendors(engine: &Engine, terms: Terms) -> Result<Vec<VendorLine>, RescoreError> {
    let sql = format!(
        "SELECT f.vendor_key, f.name, f.odd, f.again, f.currency, f.total, n.n FROM \
         (SELECT vendor_key, min(vendor_name) AS name, sum(odd) AS odd, sum(again) AS again, min(currency) AS currency, sum(amount) AS total \
         FROM (SELECT vendor_key, vendor_name, currency, amount, CAST(score >= {} AS BIGINT) AS odd, \
         CAST(duplicate_score >= {} AS BIGINT) AS again FROM flagged) GROUP BY vendor_key \
         ORDER BY sum(odd) + sum(again) DESC, vendor_key LIMIT {VENDORS}) f \
         JOIN (SELECT vendor_key, count(*) AS n FROM book GROUP BY vendor_key) n ON f.vendor_key = n.vendor_key \
         ORDER BY f.odd + f.again DESC, f.vendor_key",
        terms.anomaly, terms.duplicate
    );
    let mut found = lines(&engine.collect(&sql).await?, |batch, at| {
        let key = text(batch, "vendor_key", at)?;
        let total = decimal(column::<Decimal128Array>(batch, "total")?.value(at));
        Ok(VendorLine {
            name: text(batch, "name", at)?,
            key: if key.starts_with('~') { String::new() } else { key },
            payments: grouped(number(batch, "n", at)?),
            anomalies: number(batch, "odd", at)?,
            duplicates: number(batch, "again", at)?,
            amount: money(total, &text(batch, "currency", at)?),
            width: 0,
        })
    })?;
    let most = found.iter().map(|line| line.anomalies + line.duplicates).max().unwrap_or(1).max(1);
    for line in &mut found {
        line.width = (line.anomalies + line.duplicates) * 100 / most;
    }
    Ok(found)
}

async fn reasons(engine: &Engine, sql: String) -> Result<Vec<ReasonLine>, RescoreError> {
    let counts = engine
        .fold(format!("{sql} ORDER BY reasons"), |mut batches| {
            let mut counts: BTreeMap<String, (u64, String)> = BTreeMap::new();
            while let Some(batch) = batches.next()? {
                for text in column::<StringArray>(&batch, "reasons")?.iter().flatten() {
                    for reason in reasons_of(text) {
                        let entry = counts.entry(reason.code).or_insert((0, reason.text));
                        entry.0 += 1;
                    }
                }
            }
            Ok(counts)
        })
        .await?;
    let most = counts.values().map(|(count, _)| *count).max().unwrap_or(1).max(1);
    let mut sorted: Vec<(String, (u64, String))> = counts.into_iter().collect();
    sorted.sort_by(|a, b| b.1.0.cmp(&a.1.0).then_with(|| a.0.cmp(&b.0)));
    Ok(sorted
        .into_iter()
        .map(|(code, (count, example))| ReasonLine {
            code: code.replace('-', " "),
            example,
            count: grouped(count),
            width: count * 100 / most,
        })
        .collect())
}

async fn top_anomalies(engine: &Engine, threshold: f64) -> Result<Vec<AnomalyLine>, RescoreError> {
    let sql = format!(
        "SELECT row_id, vendor_name, vendor_key, invoice_no, day, amount, currency, score, reasons FROM flagged \
         WHERE score >= {threshold} ORDER BY score DESC, abs(amount) DESC, row LIMIT {TOP}"
    );
    lines(&engine.collect(&sql).await?, |batch, at| {
        let name = text(batch, "vendor_name", at)?;
        let amount = decimal(column::<Decimal128Array>(batch, "amount")?.value(at));
        Ok(AnomalyLine {
            row: text(batch, "row_id", at)?,
            day: day_date(column::<Date32Array>(batch, "day")?.value(at)).to_string(),
            vendor: if name.is_empty() { text(batch, "vendor_key", at)? } else { name },
            invoice: text(batch, "invoice_no", at)?,
            amount: money(amount, &text(batch, "currency", at)?),
            score: format!("{:.3}", column::<Float64Array>(batch, "score")?.value(at)),
            reasons: reasons_of(&text(batch, "reasons", at)?),
        })
    })
}

async fn top_pairs(engine: &Engine, shelf: &Shelf, threshold: f64) -> Result<Vec<PairLine>, RescoreError> {
    let sql = format!(
        "SELECT earlier, later, score, reasons, amount, currency FROM pairs WHERE score >= {threshold} ORDER BY score DESC, amount DESC, later, earlier LIMIT {TOP}"
    );
    lines(&engine.collect(&sql).await?, |batch, at| {
        let party = |name: &str| -> Result<Party, RescoreError> {
            let row = usize::try_from(number(batch, name, at)?).unwrap_or(usize::MAX);
            shelf.get(row).map(|(row, payable)| party(row, &payable))
        };
        Ok(PairLine {
            score: format!("{:.3}", column::<Float64Array>(batch, "score")?.value(at)),
            amount: money(decimal(column::<Decimal128Array>(batch, "amount")?.value(at)), &text(batch, "currency", at)?),
            first: party("earlier")?,
            second: party("later")?,
            reasons: reasons_of(&text(batch, "reasons", at)?),
        })
    })
}

fn party(row: String, payable: &Payable) -> Party {
    let name = if payable.vendor_name.is_empty() { &payable.vendor_id } else { &payable.vendor_name };
    Party {
        row,
        day: payable.effective_date().map(|day| day.to_string()).unwrap_or_default(),
        vendor: name.clone(),
        invoice: payable.invoice_no.clone(),
        amount: money(payable.amount, &payable.currency),
    }
}

fn lines<T>(batches: &[RecordBatch], line: impl Fn(&RecordBatch, usize) -> Result<T, RescoreError>) -> Result<Vec<T>, RescoreError> {
    batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |at| (batch, at))).map(|(batch, at)| line(batch, at)).collect()
}

fn number(batch: &RecordBatch, name: &str, at: usize) -> Result<u64, RescoreError> {
    Ok(column::<Int64Array>(batch, name)?.value(at).unsigned_abs())
}

fn text(batch: &RecordBatch, name: &str, at: usize) -> Result<String, RescoreError> {
    let texts = column::<StringArray>(batch, name)?;
    Ok(if texts.is_null(at) { String::new() } else { texts.value(at).to_owned() })
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// An amount with two decimals, its digits grouped, and its currency.
fn money(amount: Decimal, currency: &str) -> String {
    let mut rounded = amount.round_dp(2);
    rounded.rescale(2);
    let text = rounded.abs().to_string();
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "\u{2212}" } else { "" };
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    let space = if currency.is_empty() { "" } else { "\u{a0}" };
    format!("{sign}{whole}.{cents}{space}{currency}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(money("-1234.5".parse().unwrap(), "EUR"), "\u{2212}1,234.50\u{a0}EUR");
        assert_eq!(money("999".parse().unwrap(), ""), "999.00");
    }
}
