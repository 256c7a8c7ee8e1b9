//! The report: one HTML page with what was read, what stands out, where, why, and what can be recovered.
//!
//! Built from tables `results` and `pairs` at the end of a run. Sums are exact decimals; nothing in the
//! page depends on the time or the machine, so the same run gives the same page.

use super::RescoreError;
use super::book::{column, day_date, decimal};
use super::engine::Engine;
use super::figures::reasons_of;
use super::ingest::Ingested;
use super::shelf::Shelf;
use crate::domain::finding::Reason;
use crate::domain::history::Payable;
use askama::Template;
use datafusion::arrow::array::{Array, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::path::PathBuf;

mod chart;

use chart::Chart;

/// Entries of the lists of top items.
const TOP: usize = 50;
/// Suppliers listed.
const VENDORS: usize = 25;

/// From which score on something is shown as standing out.
pub(super) struct Thresholds {
    pub anomaly: f64,
    pub duplicate: f64,
}

/// What the page says about the run itself.
pub(super) struct About {
    /// Files with how they were read.
    pub read: Vec<(PathBuf, String)>,
    pub missing: Vec<&'static str>,
    pub model: String,
    pub ingested: Ingested,
    pub failed_files: usize,
    pub thresholds: Thresholds,
}

/// Counts and sums of a run.
pub(super) struct Figures {
    /// Rows at or above the anomaly threshold.
    pub anomalies: u64,
    /// Later rows whose best pair is at or above the duplicate threshold.
    pub duplicates: u64,
    /// What those paid again, by currency: each later row once, with the smaller amount of its best pair.
    pub recoverable: BTreeMap<String, Decimal>,
}

/// Computes them.
pub(super) async fn figures(engine: &Engine, thresholds: &Thresholds) -> Result<Figures, RescoreError> {
    let counted = engine.collect(&format!("SELECT count(*) AS n FROM results WHERE score >= {}", thresholds.anomaly)).await?;
    let anomalies = counted.first().map_or(Ok(0), |batch| column::<Int64Array>(batch, "n").map(|n| n.value(0).unsigned_abs()))?;
    let sql =
        format!("SELECT later, amount, currency FROM pairs WHERE score >= {} ORDER BY later, score DESC, earlier", thresholds.duplicate);
    let (duplicates, recoverable) = engine
        .fold(sql, |mut batches| {
            let (mut last, mut count, mut sums) = (-1, 0, BTreeMap::<String, Decimal>::new());
            while let Some(batch) = batches.next()? {
                let later: &Int64Array = column(&batch, "later")?;
                let amounts: &Decimal128Array = column(&batch, "amount")?;
                let currencies: &StringArray = column(&batch, "currency")?;
                for at in 0..batch.num_rows() {
                    if later.value(at) != last {
                        last = later.value(at);
                        count += 1;
                        *sums.entry(currencies.value(at).to_owned()).or_default() += decimal(amounts.value(at));
                    }
                }
            }
            Ok((count, sums))
        })
        .await?;
    Ok(Figures { anomalies, duplicates, recoverable })
}

struct FileLine {
    name: String,
    kind: String,
}

struct MonthLine {
    month: String,
    payments: String,
    anomalies: u64,
    duplicates: u64,
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
    count: u64,
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
    files: Vec<FileLine>,
    failed_files: usize,
    rows: String,
    rejected: String,
    missing: String,
    model: String,
    anomaly_threshold: String,
    duplicate_threshold: String,
    anomalies: String,
    anomaly_share: String,
    duplicates: String,
    recoverable: Vec<String>,
    first_day: String,
    last_day: String,
    chart: Chart,
    months: Vec<MonthLine>,
    vendors: Vec<VendorLine>,
    anomaly_reasons: Vec<ReasonLine>,
    duplicate_reasons: Vec<ReasonLine>,
    top_anomalies: Vec<AnomalyLine>,
    top_pairs: Vec<PairLine>,
}

/// Renders the page.
pub(super) async fn page(engine: &Engine, shelf: &Shelf, about: &About, figures: &Figures) -> Result<String, RescoreError> {
    let flags = flags(&about.thresholds);
    let months = months(engine, &flags).await?;
    let (first_day, last_day) = period(engine).await?;
    let share = figures.anomalies as f64 * 100.0 / about.ingested.rows.max(1) as f64;
    let mut sums: Vec<(&String, &Decimal)> = figures.recoverable.iter().collect();
    sums.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let mut recoverable: Vec<String> = sums.into_iter().map(|(code, sum)| money(*sum, code)).collect();
    if recoverable.is_empty() {
        recoverable.push("nothing".into());
    }
    let page = Page {
        files: about.read.iter().map(|(path, kind)| FileLine { name: file_name(path), kind: kind.clone() }).collect(),
        failed_files: about.failed_files,
        rows: grouped(about.ingested.rows),
        rejected: grouped(about.ingested.rejected),
        missing: about.missing.join(", "),
        model: about.model.clone(),
        anomaly_threshold: format!("{:.3}", about.thresholds.anomaly),
        duplicate_threshold: format!("{:.3}", about.thresholds.duplicate),
        anomalies: grouped(figures.anomalies),
        anomaly_share: format!("{share:.2}"),
        duplicates: grouped(figures.duplicates),
        recoverable,
        first_day,
        last_day,
        chart: Chart::of(&months.iter().map(|month| (month.month.as_str(), month.anomalies, month.duplicates)).collect::<Vec<_>>()),
        months,
        vendors: vendors(engine, &flags).await?,
        anomaly_reasons: reasons(engine, format!("SELECT reasons FROM anomalies WHERE score >= {}", about.thresholds.anomaly)).await?,
        duplicate_reasons: reasons(engine, format!("SELECT reasons FROM pairs WHERE score >= {}", about.thresholds.duplicate)).await?,
        top_anomalies: top_anomalies(engine, &about.thresholds).await?,
        top_pairs: top_pairs(engine, shelf, &about.thresholds).await?,
    };
    Ok(page.render()?)
}

/// SQL for "is an anomaly" and "is a duplicate" as 0 and 1.
fn flags(thresholds: &Thresholds) -> String {
    format!("CAST(score >= {} AS BIGINT) AS odd, CAST(duplicate_score >= {} AS BIGINT) AS again", thresholds.anomaly, thresholds.duplicate)
}

async fn period(engine: &Engine) -> Result<(String, String), RescoreError> {
    let batches = engine.collect("SELECT min(day) AS first, max(day) AS last FROM results").await?;
    let Some(batch) = batches.first() else { return Ok((String::new(), String::new())) };
    let day = |name| column::<Date32Array>(batch, name).map(|days| day_date(days.value(0)).to_string());
    Ok((day("first")?, day("last")?))
}

async fn months(engine: &Engine, flags: &str) -> Result<Vec<MonthLine>, RescoreError> {
    let sql = format!(
        "SELECT CAST(date_part('year', day) AS BIGINT) * 100 + CAST(date_part('month', day) AS BIGINT) AS month, \
         count(*) AS n, sum(o) AS odd, sum(a) AS again FROM (SELECT day, odd AS o, again AS a FROM (SELECT day, {flags} FROM results)) \
         GROUP BY month ORDER BY month"
    );
    lines(&engine.collect(&sql).await?, |batch, at| {
        let month = number(batch, "month", at)?;
        Ok(MonthLine {
            month: format!("{}-{:02}", month / 100, month % 100),
            payments: grouped(number(batch, "n", at)?),
            anomalies: number(batch, "odd", at)?,
            duplicates: number(batch, "again", at)?,
        })
    })
}

async fn vendors(engine: &Engine, flags: &str) -> Result<Vec<VendorLine>, RescoreError> {
    let sql = format!(
        "SELECT vendor_key, name, n, odds AS odd, agains AS again, currency, total FROM \
         (SELECT vendor_key, min(vendor_name) AS name, count(*) AS n, sum(odd) AS odds, sum(again) AS agains, min(currency) AS currency, \
         sum(CASE WHEN odd + again > 0 THEN amount ELSE NULL END) AS total FROM \
         (SELECT vendor_key, vendor_name, currency, amount, {flags} FROM results) GROUP BY vendor_key) \
         WHERE odds + agains > 0 ORDER BY odds + agains DESC, vendor_key LIMIT {VENDORS}"
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
    let mut found: Vec<ReasonLine> = counts
        .into_iter()
        .map(|(code, (count, example))| ReasonLine { code: code.replace('-', " "), example, count, width: count * 100 / most })
        .collect();
    found.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
    Ok(found)
}

async fn top_anomalies(engine: &Engine, thresholds: &Thresholds) -> Result<Vec<AnomalyLine>, RescoreError> {
    let sql = format!(
        "SELECT row_id, vendor_name, vendor_key, invoice_no, day, amount, currency, score, reasons FROM anomalies \
         WHERE score >= {} ORDER BY score DESC, row LIMIT {TOP}",
        thresholds.anomaly
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

async fn top_pairs(engine: &Engine, shelf: &Shelf, thresholds: &Thresholds) -> Result<Vec<PairLine>, RescoreError> {
    let sql = format!(
        "SELECT earlier, later, score, reasons, amount, currency FROM pairs WHERE score >= {} ORDER BY score DESC, later, earlier LIMIT {TOP}",
        thresholds.duplicate
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

fn file_name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
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
