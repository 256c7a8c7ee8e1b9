//! What a run found against what was known: the run before it, or else the scores that stand with the cases.

use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::{Ended, Scorers};
use crate::domain::FindingKind;
use crate::domain::finding::Reason;
use crate::pipeline::Pipeline;
use crate::screening::is_same_invoice;
use crate::store::types::{
    Change, KindComparison, RegisteredPayable, RescoringFinding, RescoringLease, RescoringOutcome, RescoringRow, RescoringState,
};
use crate::store::{RescoringEnd, ScoreOnRecord};

/// Findings of a kind kept at most, the strongest first.
const KEPT: usize = 20_000;
/// From this share of the threshold on, a score is kept for later comparison.
const FLOOR: f64 = 0.5;
/// Movers told of each kind.
const MOVERS: usize = 20;
const KINDS: [FindingKind; 2] = [FindingKind::Duplicate, FindingKind::Anomaly];

/// A score of the engine's, before it is a finding.
struct Hit {
    kind: FindingKind,
    position: i64,
    other: Option<i64>,
    score: f64,
    reasons: Vec<Reason>,
}

/// What was known of a payable before.
type Before = HashMap<(FindingKind, i64), ScoreOnRecord>;

impl Pipeline {
    /// Reads what the engine wrote, compares it and ends the run.
    pub(super) async fn publish(
        &self,
        lease: &RescoringLease,
        row: &RescoringRow,
        work: &Path,
        scorers: &Scorers,
        left_out: u64,
    ) -> Result<(), Ended> {
        let previous = self.store.rescoring_before(lease.company, lease.id).await?;
        let known = match &previous {
            Some(run) => self.store.scores_of_rescoring(lease.company, run.id).await?,
            None => self.store.scores_of_cases(lease.company).await?,
        };
        let before: Before = known.into_iter().map(|score| ((score.kind, score.position), score)).collect();
        let thresholds: BTreeMap<FindingKind, f64> = KINDS.into_iter().map(|kind| (kind, scorers.threshold(kind))).collect();
        let (folder, limits, known) = (work.to_owned(), thresholds.clone(), before.clone());
        let read = tokio::task::spawn_blocking(move || hits(&folder, &limits, &known));
        let (hits, rows) = read.await.map_err(|e| Ended::Failed(e.to_string()))?.map_err(Ended::Failed)?;

        self.store.clear_rescoring(lease).await?;
        let mut outcome = RescoringOutcome {
            models: scorers.names(),
            thresholds: thresholds.iter().map(|(kind, limit)| (kind.as_str().to_owned(), *limit)).collect(),
            rows,
            left_out,
            at_risk: BTreeMap::new(),
            compared_with: previous.map(|run| run.id),
            comparison: Vec::new(),
        };
        let mut number = 0;
        let mut moved: BTreeMap<FindingKind, Vec<(f64, i64)>> = BTreeMap::new();
        let mut changes: BTreeMap<FindingKind, Vec<Change>> = BTreeMap::new();
        for batch in hits.chunks(1000) {
            let mut findings = Vec::with_capacity(batch.len());
            for hit in batch {
                let Some(finding) = self.finding(lease, hit, &before, thresholds[&hit.kind], number + 1).await? else { continue };
                number += 1;
                if hit.kind == FindingKind::Duplicate && finding.change.is_above() {
                    let currency = finding.of.payable.currency.clone();
                    *outcome.at_risk.entry(currency).or_insert(Decimal::ZERO) += finding.of.payable.amount.abs();
                }
                changes.entry(hit.kind).or_default().push(finding.change);
                let step = (finding.score - finding.before.unwrap_or(0.0)).abs();
                moved.entry(hit.kind).or_default().push((step, finding.number));
                findings.push(finding);
            }
            self.store.add_rescoring_findings(lease, &findings).await?;
        }
        outcome.comparison = KINDS.map(|kind| counted(kind, changes.get(&kind).map_or(&[], Vec::as_slice), &before)).to_vec();
        for comparison in &mut outcome.comparison {
            let mut furthest = moved.remove(&comparison.kind).unwrap_or_default();
            comparison.kept = furthest.len() as u64;
            furthest.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            comparison.movers = furthest.into_iter().take(MOVERS).filter(|moved| moved.0 > 0.0).map(|moved| moved.1).collect();
        }
        let report = std::fs::read(work.join("report.html")).ok();
        let end = RescoringEnd { state: RescoringState::Finished, error: None, outcome: Some(&outcome), report: report.as_deref() };
        self.store.end_rescoring(lease, &end, self.ambient.now()).await?;
        tracing::info!(rescoring = %row.id, rows, findings = number, "a run over history has ended");
        Ok(())
    }

    /// The finding of a hit; none where the payable has gone meanwhile.
    async fn finding(
        &self,
        lease: &RescoringLease,
        hit: &Hit,
        before: &Before,
        threshold: f64,
        number: i64,
    ) -> Result<Option<RescoringFinding>, Ended> {
        let Some(of) = self.store.payable_at(lease.company, hit.position).await? else { return Ok(None) };
        let other: Option<RegisteredPayable> = match hit.other {
            Some(position) => self.store.payable_at(lease.company, position).await?,
            None => None,
        };
        let known = before.get(&(hit.kind, hit.position));
        // As in the server's own screening, this is a rule and no opinion of a model.
        let same = other.as_ref().is_some_and(|other| is_same_invoice(&other.payable, &of.payable));
        let score = if same { 1.0 } else { hit.score };
        Ok(Some(RescoringFinding {
            number,
            kind: hit.kind,
            score,
            before: known.map(|known| known.score),
            change: change(score, known, threshold),
            of,
            other,
            reasons: hit.reasons.clone(),
            opened: None,
        }))
    }
}

fn change(score: f64, before: Option<&ScoreOnRecord>, threshold: f64) -> Change {
    match (score >= threshold, before.is_some_and(|before| before.above)) {
        (true, true) => Change::Still,
        (true, false) => Change::New,
        (false, true) => Change::Gone,
        (false, false) => Change::Below,
    }
}

/// The figures of one kind. What was above before and is gone from the register counts as no longer above.
fn counted(kind: FindingKind, changes: &[Change], before: &Before) -> KindComparison {
    let times = |wanted: Change| changes.iter().filter(|change| **change == wanted).count();
    let known = before.values().filter(|known| known.kind == kind && known.above).count();
    let (new, still) = (times(Change::New), times(Change::Still));
    KindComparison {
        kind,
        above: (new + still) as u64,
        before: known as u64,
        newly_above: new as u64,
        no_longer_above: known.saturating_sub(still) as u64,
        kept: 0,
        movers: Vec::new(),
    }
}

/// The engine's scores that are kept, the strongest first (against their thresholds), and how many rows it
/// scored.
fn hits(work: &Path, thresholds: &BTreeMap<FindingKind, f64>, before: &Before) -> Result<(Vec<Hit>, u64), String> {
    let keep = |kind: FindingKind, position: i64, score: f64| {
        score >= FLOOR * thresholds[&kind] || before.get(&(kind, position)).is_some_and(|known| known.above)
    };
    let pairs = pairs(&work.join("pairs.csv"), &keep)?;
    let (mut rows, mut anomalies) = (0, Vec::new());
    read(&work.join("rows.csv"), |record| {
        rows += 1;
        let position: i64 = parsed(record, 0)?;
        let score: f64 = parsed(record, 1)?;
        if keep(FindingKind::Anomaly, position, score) {
            // The row's reasons hold those of its pair too; each finding has its own.
            let of_pair = pairs.get(&position).map(|pair| pair.reasons.as_slice()).unwrap_or_default();
            let mut reasons = reasons(record, 2);
            reasons.retain(|reason| !of_pair.contains(reason));
            anomalies.push(Hit { kind: FindingKind::Anomaly, position, other: None, score, reasons });
        }
        Ok(())
    })?;
    let mut all: Vec<Hit> = Vec::new();
    for mut hits in [pairs.into_values().collect::<Vec<_>>(), anomalies] {
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.position.cmp(&b.position)));
        // Beyond the bound only what was known before is told.
        let mut kept = 0;
        hits.retain(|hit| {
            kept += 1;
            kept <= KEPT || before.contains_key(&(hit.kind, hit.position))
        });
        all.append(&mut hits);
    }
    let weight = |hit: &Hit| hit.score - thresholds[&hit.kind];
    all.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.position.cmp(&b.position)).then(a.kind.cmp(&b.kind)));
    Ok((all, rows))
}

/// The best pair of each later payable.
fn pairs(path: &Path, keep: &dyn Fn(FindingKind, i64, f64) -> bool) -> Result<BTreeMap<i64, Hit>, String> {
    let mut best: BTreeMap<i64, Hit> = BTreeMap::new();
    read(path, |record| {
        let (other, position): (i64, i64) = (parsed(record, 0)?, parsed(record, 1)?);
        let score: f64 = parsed(record, 2)?;
        if keep(FindingKind::Duplicate, position, score) && best.get(&position).is_none_or(|known| known.score < score) {
            let hit = Hit { kind: FindingKind::Duplicate, position, other: Some(other), score, reasons: reasons(record, 3) };
            best.insert(position, hit);
        }
        Ok(())
    })?;
    Ok(best)
}

fn read(path: &Path, mut each: impl FnMut(&csv::StringRecord) -> Result<(), String>) -> Result<(), String> {
    let failed = |error: csv::Error| format!("what the engine wrote cannot be read: {error}");
    let mut reader = csv::Reader::from_path(path).map_err(failed)?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(failed)? {
        each(&record)?;
    }
    Ok(())
}

fn parsed<T: std::str::FromStr>(record: &csv::StringRecord, at: usize) -> Result<T, String> {
    let cell = record.get(at).unwrap_or_default();
    cell.parse().map_err(|_| format!("what the engine wrote has {cell:?} in column {}", at + 1))
}

fn reasons(record: &csv::StringRecord, at: usize) -> Vec<Reason> {
    serde_json::from_str(record.get(at).unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: f64 = 0.6;

    fn known(position: i64, score: f64, above: bool) -> ((FindingKind, i64), ScoreOnRecord) {
        ((FindingKind::Anomaly, position), ScoreOnRecord { kind: FindingKind::Anomaly, position, score, above })
    }

    #[test]
    fn changes_are_told_against_the_thresholds_of_each_time() {
        let before: Before = [known(1, 0.9, true), known(2, 0.9, true), known(3, 0.5, false)].into();
        let hit = |position, score| Hit { kind: FindingKind::Anomaly, position, other: None, score, reasons: Vec::new() };
        let hits = [hit(1, 0.7), hit(2, 0.4), hit(3, 0.65), hit(4, 0.61), hit(5, 0.31)];
        let changes: Vec<Change> = hits.iter().map(|hit| change(hit.score, before.get(&(hit.kind, hit.position)), LIMIT)).collect();
        assert_eq!(changes, [Change::Still, Change::Gone, Change::New, Change::New, Change::Below]);
        let counted = counted(FindingKind::Anomaly, &changes, &before);
        assert_eq!((counted.above, counted.before, counted.newly_above, counted.no_longer_above), (3, 2, 2, 1));
    }

    #[test]
    fn what_the_engine_writes_becomes_findings() {
        let dir = tempfile::tempdir().unwrap();
        let reason = |code: &str| format!("\"[{{\"\"code\"\":\"\"{code}\"\",\"\"text\"\":\"\"t\"\",\"\"figure\"\":\"\"\"\"}}]\"");
        let rows = format!(
            "row_id,score,reasons,duplicate_score,duplicate_of,model\n1,0.10,,0,,m\n2,0.80,{},0.9,1,m\n3,0.2,,0,,m\n",
            reason("far")
        );
        std::fs::write(dir.path().join("rows.csv"), rows).unwrap();
        let pairs = format!("row_a,row_b,score,reasons\n1,2,0.90,{0}\n0,2,0.70,{0}\n1,3,0.1,{0}\n", reason("same"));
        std::fs::write(dir.path().join("pairs.csv"), pairs).unwrap();
        let thresholds = BTreeMap::from([(FindingKind::Duplicate, 0.5), (FindingKind::Anomaly, LIMIT)]);
        let (hits, rows) = hits(dir.path(), &thresholds, &[known(3, 0.7, true)].into()).unwrap();
        let told: Vec<_> = hits.iter().map(|hit| (hit.kind.as_str(), hit.position, hit.other, hit.reasons.len())).collect();
        assert_eq!(rows, 3);
        assert_eq!(told, [("duplicate", 2, Some(1), 1), ("anomaly", 2, None, 1), ("anomaly", 3, None, 0)]);
    }
}
