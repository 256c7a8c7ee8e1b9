//! What runs over history found, read back: in pages, one by one, by reason, and as the scores that a
//! later run compares itself with.

use sqlx::any::AnyRow;

use super::rows::{Columns as _, to_json};
use super::types::{FindingFilter, PageOf, RegisteredPayable, RescoringFinding, Screening};
use super::{RefusedCursor, Store, StoreError};
use crate::domain::history::Payable;
use crate::domain::{CaseId, CompanyId, FindingKind, RescoringId};

/// The statement that selects findings.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT number, kind, score, before_score, change, position, case_id, payable, other_position, other_case_id, other,
               reasons, opened FROM rescoring_findings ",
            $rest
        )
    };
}

/// A score on record: what was scored, and whether it was above the threshold then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreOnRecord {
    /// `duplicate` or `anomaly`.
    pub kind: FindingKind,
    /// The payable's present position.
    pub position: i64,
    /// 0 to 1.
    pub score: f64,
    /// Whether it was a finding.
    pub above: bool,
}

fn finding(row: &AnyRow) -> Result<RescoringFinding, StoreError> {
    let other: Option<Payable> = row.maybe_json("other")?;
    let other = match (other, row.maybe_int("other_position")?) {
        (Some(payable), Some(position)) => Some(RegisteredPayable { position, case_id: row.maybe_parsed("other_case_id")?, payable }),
        _ => None,
    };
    Ok(RescoringFinding {
        number: row.int("number")?,
        kind: row.named("kind")?,
        score: row.real("score")?,
        before: row.maybe_real("before_score")?,
        change: row.named("change")?,
        of: RegisteredPayable { position: row.int("position")?, case_id: row.maybe_parsed("case_id")?, payable: row.json("payable")? },
        other,
        reasons: row.json("reasons")?,
        opened: row.maybe_text("opened")?,
    })
}

impl Store {
    /// One page of a run's findings, the strongest first; the cursor is the number to go on after.
    ///
    /// # Errors
    /// [`StoreError::Cursor`], or what the engine says.
    pub async fn rescoring_findings(
        &self,
        company: CompanyId,
        id: RescoringId,
        filter: &FindingFilter,
    ) -> Result<PageOf<RescoringFinding>, StoreError> {
        let after = match filter.cursor.as_deref() {
            Some(text) => text.parse::<i64>().map_err(|_| RefusedCursor)?,
            None => 0,
        };
        let changes = if filter.changes.is_empty() { " new still ".to_owned() } else { spaced(filter) };
        let limit = filter.limit.clamp(1, 200) as usize;
        let rows = sqlx::query(select!(
            "WHERE company_id = $1 AND rescoring_id = $2 AND number > $3 AND ($4 = '' OR kind = $4) AND $5 LIKE '% ' || change || ' %'
               AND ($6 = '' OR code = $6) ORDER BY number LIMIT $7"
        ))
        .bind(company.to_string())
        .bind(id.to_string())
        .bind(after)
        .bind(filter.kind.map_or("", FindingKind::as_str))
        .bind(changes)
        .bind(filter.reason.as_deref().unwrap_or_default())
        .bind(limit as i64 + 1)
        .fetch_all(&self.pool)
        .await?;
        let items = rows.iter().take(limit).map(finding).collect::<Result<Vec<_>, _>>()?;
        let next_cursor = if rows.len() > limit { items.last().map(|row| row.number.to_string()) } else { None };
        Ok(PageOf { items, next_cursor })
    }

    /// One finding.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn rescoring_finding(
        &self,
        company: CompanyId,
        id: RescoringId,
        number: i64,
    ) -> Result<Option<RescoringFinding>, StoreError> {
        let row = sqlx::query(select!("WHERE company_id = $1 AND rescoring_id = $2 AND number = $3"))
            .bind(company.to_string())
            .bind(id.to_string())
            .bind(number)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(finding).transpose()
    }

    /// How often each strongest reason stands behind the findings above the threshold: `(kind, code, times)`,
    /// the most frequent first.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn rescoring_reasons(&self, company: CompanyId, id: RescoringId) -> Result<Vec<(FindingKind, String, i64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT kind, code, COUNT(*) AS times FROM rescoring_findings
             WHERE company_id = $1 AND rescoring_id = $2 AND change IN ('new', 'still') GROUP BY kind, code ORDER BY times DESC, kind, code",
        )
        .bind(company.to_string())
        .bind(id.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok((row.named("kind")?, row.text("code")?, row.int("times")?))).collect()
    }

    /// The scores that a run kept, at the payables' present positions.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn scores_of_rescoring(&self, company: CompanyId, id: RescoringId) -> Result<Vec<ScoreOnRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT f.kind, f.score, f.change, COALESCE(p.position, f.position) AS position FROM rescoring_findings f
             LEFT JOIN payables p ON p.case_id = f.case_id WHERE f.company_id = $1 AND f.rescoring_id = $2",
        )
        .bind(company.to_string())
        .bind(id.to_string())
        .fetch_all(&self.pool)
        .await?;
        let score = |row: &AnyRow| {
            let change: super::types::Change = row.named("change")?;
            Ok(ScoreOnRecord {
                kind: row.named("kind")?,
                position: row.int("position")?,
                score: row.real("score")?,
                above: change.is_above(),
            })
        };
        rows.iter().map(score).collect()
    }

    /// The models' findings that stand with the cases: what screening said of each.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn scores_of_cases(&self, company: CompanyId) -> Result<Vec<ScoreOnRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT p.position, c.screening FROM payables p JOIN cases c ON c.id = p.case_id
             WHERE p.company_id = $1 AND p.active = 1 AND (c.finding_kinds LIKE '%duplicate%' OR c.finding_kinds LIKE '%anomaly%')",
        )
        .bind(company.to_string())
        .fetch_all(&self.pool)
        .await?;
        let mut scores = Vec::new();
        for row in &rows {
            let Some(screening) = row.maybe_json::<Screening>("screening")? else { continue };
            for kind in [FindingKind::Duplicate, FindingKind::Anomaly] {
                let best = screening.findings.iter().filter(|finding| finding.kind == kind).map(|finding| finding.score);
                if let Some(score) = best.max_by(f64::total_cmp) {
                    scores.push(ScoreOnRecord { kind, position: row.int("position")?, score, above: true });
                }
            }
        }
        Ok(scores)
    }

    /// Active payables after a position and up to another, in order, at most `limit`.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn payables_between(
        &self,
        company: CompanyId,
        after: i64,
        until: i64,
        limit: u32,
    ) -> Result<Vec<RegisteredPayable>, StoreError> {
        let rows = sqlx::query(
            "SELECT position, case_id, payable FROM payables
             WHERE company_id = $1 AND position > $2 AND position <= $3 AND active = 1 ORDER BY position LIMIT $4",
        )
        .bind(company.to_string())
        .bind(after)
        .bind(until)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(registered).collect()
    }

    /// The last position of the register; none where it is empty.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn last_position(&self, company: CompanyId) -> Result<Option<i64>, StoreError> {
        let row = sqlx::query("SELECT MAX(position) AS last FROM payables WHERE company_id = $1")
            .bind(company.to_string())
            .fetch_one(&self.pool)
            .await?;
        row.maybe_int("last")
    }

    /// How many payables of the company are active.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn count_payables(&self, company: CompanyId) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) AS n FROM payables WHERE company_id = $1 AND active = 1")
            .bind(company.to_string())
            .fetch_one(&self.pool)
            .await?;
        row.int("n")
    }

    /// An active payable by its position.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn payable_at(&self, company: CompanyId, position: i64) -> Result<Option<RegisteredPayable>, StoreError> {
        let row = sqlx::query("SELECT position, case_id, payable FROM payables WHERE company_id = $1 AND position = $2 AND active = 1")
            .bind(company.to_string())
            .bind(position)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(registered).transpose()
    }
}

fn registered(row: &AnyRow) -> Result<RegisteredPayable, StoreError> {
    let case_id: Option<CaseId> = row.maybe_parsed("case_id")?;
    Ok(RegisteredPayable { position: row.int("position")?, case_id, payable: row.json("payable")? })
}

/// The names of the changes, each between spaces, so that one pattern finds any of them.
fn spaced(filter: &FindingFilter) -> String {
    filter.changes.iter().fold(" ".to_owned(), |text, change| format!("{text}{} ", change.as_str()))
}

/// A finding as a claim keeps it.
pub(super) fn kept(finding: &RescoringFinding) -> Result<String, StoreError> {
    to_json(finding)
}
