//! The parts of the report that come from the tally and from what was read.

use super::super::tally::{COUNTED, Tally};
use super::{About, Drift, FileRead, grouped, money};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

pub(super) struct MonthLine {
    pub month: String,
    pub payments: String,
    pub anomalies: u64,
    pub duplicates: u64,
}

/// Money of one currency.
pub(super) struct MoneyLine {
    pub currency: String,
    pub payments: String,
    pub paid: String,
    pub unusual: String,
    /// Nearly certain and probable together.
    pub recoverable: String,
    /// Of all bands: probability times amount.
    pub expected: String,
    pub bands: Vec<BandLine>,
}

pub(super) struct BandLine {
    pub name: &'static str,
    pub range: String,
    pub payments: String,
    pub amount: String,
    pub expected: String,
    /// Of a hundred, of the largest band.
    pub width: u64,
    pub colour: &'static str,
}

/// One line on how complete or plausible the data are.
pub(super) struct QualityLine {
    pub what: String,
    pub count: String,
    pub share: String,
    pub width: u64,
}

pub(super) struct ModelLine {
    pub task: &'static str,
    pub name: String,
    pub sha256: String,
    pub threshold: String,
}

pub(super) struct DriftLine {
    pub feature: String,
    pub index: String,
    pub verdict: &'static str,
    pub width: u64,
}

pub(super) struct Overview {
    pub files: Vec<FileRead>,
    pub failed_files: usize,
    pub rows: String,
    pub rejected: String,
    pub missing: String,
    pub candidate_pairs: String,
    pub anomaly_threshold: String,
    pub duplicate_threshold: String,
    pub anomalies: String,
    pub anomaly_share: String,
    pub duplicates: String,
    pub duplicate_share: String,
    pub money: Vec<MoneyLine>,
    pub first_day: String,
    pub last_day: String,
    pub months: Vec<MonthLine>,
    pub blanks: Vec<QualityLine>,
    pub oddities: Vec<QualityLine>,
    pub models: Vec<ModelLine>,
    pub drift: Vec<DriftLine>,
}

impl Overview {
    pub fn of(about: &About, tally: &Tally) -> Self {
        let rows = tally.rows;
        let threshold = |value: f64| format!("{value:.3}");
        let models = [("Unusual payments", about.terms.anomaly), ("Duplicates", about.terms.duplicate)];
        Self {
            files: about.read.clone(),
            failed_files: about.failed_files,
            rows: grouped(rows),
            rejected: grouped(about.ingested.rejected),
            missing: about.missing.join(", "),
            candidate_pairs: grouped(about.candidate_pairs),
            anomaly_threshold: threshold(about.terms.anomaly),
            duplicate_threshold: threshold(about.terms.duplicate),
            anomalies: grouped(tally.anomalies),
            anomaly_share: share(tally.anomalies, rows),
            duplicates: grouped(tally.duplicates),
            duplicate_share: share(tally.duplicates, rows),
            money: money_lines(tally, about.terms.duplicate),
            first_day: tally.first_day.map(|day| day.to_string()).unwrap_or_default(),
            last_day: tally.last_day.map(|day| day.to_string()).unwrap_or_default(),
            months: months(tally),
            blanks: COUNTED
                .iter()
                .zip(tally.blanks)
                .map(|((_, name), blanks)| quality((*name).to_owned(), rows.saturating_sub(blanks), rows))
                .collect(),
            oddities: oddities(about, tally),
            models: models
                .into_iter()
                .zip(&about.models)
                .map(|((task, value), model)| ModelLine {
                    task,
                    name: model.to_string(),
                    sha256: model.sha256.clone(),
                    threshold: threshold(value),
                })
                .collect(),
            drift: drift_lines(&about.drift),
        }
    }
}

fn share(part: u64, whole: u64) -> String {
    format!("{:.2}", part as f64 * 100.0 / whole.max(1) as f64)
}

fn quality(what: String, count: u64, rows: u64) -> QualityLine {
    QualityLine { what, count: grouped(count), share: share(count, rows), width: count * 100 / rows.max(1) }
}

fn oddities(about: &About, tally: &Tally) -> Vec<QualityLine> {
    [
        ("rows that could not be read", about.ingested.rejected, about.ingested.positions),
        ("amounts of zero", tally.zero_amounts, tally.rows),
        ("negative amounts (credits, voids)", tally.negative_amounts, tally.rows),
        ("paid before the invoice's date", tally.paid_before_invoice, tally.rows),
        ("paid two years after the invoice or later", tally.paid_long_after, tally.rows),
    ]
    .into_iter()
    .map(|(what, count, of)| quality(what.to_owned(), count, of))
    .collect()
}

fn months(tally: &Tally) -> Vec<MonthLine> {
    tally
        .months
        .iter()
        .map(|(month, counts)| MonthLine {
            month: format!("{}-{:02}", month / 100, month % 100),
            payments: grouped(counts.payments),
            anomalies: counts.anomalies,
            duplicates: counts.duplicates,
        })
        .collect()
}

fn money_lines(tally: &Tally, threshold: f64) -> Vec<MoneyLine> {
    const BANDS: [(&str, &str); 3] = [("Nearly certain", "#0b5cad"), ("Probable", "#5a9bd8"), ("Possible", "#b9d3ec")];
    let from = [threshold.max(super::super::tally::NEARLY_CERTAIN), threshold, super::super::tally::POSSIBLE];
    tally
        .by_currency()
        .into_iter()
        .map(|(currency, sums)| {
            let most = sums.bands.iter().map(|band| band.amount).max().unwrap_or_default();
            let bands = sums.bands.iter().zip(BANDS).zip(from).zip([1.0, from[0], from[1]]);
            let bands = bands
                .filter(|(((band, _), _), _)| band.payments > 0)
                .map(|(((band, (name, colour)), from), to)| BandLine {
                    name,
                    range: format!("{from:.2} to {to:.2}"),
                    payments: grouped(band.payments),
                    amount: money(band.amount, currency),
                    expected: money(band.expected, currency),
                    width: percent(band.amount, most),
                    colour,
                })
                .collect();
            MoneyLine {
                currency: if currency.is_empty() { "no currency given".to_owned() } else { currency.to_owned() },
                payments: grouped(sums.payments),
                paid: money(sums.paid, currency),
                unusual: money(sums.unusual, currency),
                recoverable: money(sums.bands[0].amount + sums.bands[1].amount, currency),
                expected: money(sums.bands.iter().map(|band| band.expected).sum(), currency),
                bands,
            }
        })
        .collect()
}

fn percent(part: Decimal, whole: Decimal) -> u64 {
    if whole.is_zero() { 0 } else { (part * Decimal::from(100) / whole).to_u64().unwrap_or(0).min(100) }
}

fn drift_lines(drift: &[Drift]) -> Vec<DriftLine> {
    let mut sorted: Vec<&Drift> = drift.iter().collect();
    sorted.sort_by(|a, b| b.index.total_cmp(&a.index).then_with(|| a.feature.cmp(&b.feature)));
    sorted
        .into_iter()
        .map(|line| DriftLine {
            feature: line.feature.replace('-', " "),
            index: format!("{:.3}", line.index),
            verdict: match line.index {
                index if index < 0.1 => "as in training",
                index if index < 0.25 => "somewhat different",
                _ => "different: read this model's scores with care",
            },
            width: (line.index.clamp(0.0, 1.0) * 100.0) as u64,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_bars_stay_within_bounds() {
        assert_eq!((share(0, 0), share(1, 8)), ("0.00".to_owned(), "12.50".to_owned()));
        assert_eq!((percent(Decimal::from(5), Decimal::from(20)), percent(Decimal::ONE, Decimal::ZERO)), (25, 0));
        let drift = [("a", 0.05), ("b", 3.0)].map(|(feature, index)| Drift { feature: feature.into(), index });
        let lines = drift_lines(&drift);
        assert_eq!((lines[0].feature.as_str(), lines[0].width, lines[1].verdict), ("b", 100, "as in training"));
    }
}
