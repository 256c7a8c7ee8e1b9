//! Runs over a company's own history, what they found, and the claims that people made of it.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::By;
use crate::domain::finding::Reason;
use crate::domain::history::Payable;
use crate::domain::{CaseId, ClaimId, CompanyId, FindingKind, RescoringId};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RescoringState {
    /// Waits for a worker.
    Queued,
    /// A worker scores.
    Running,
    /// Its findings are there.
    Finished,
    /// Given up; the error says why.
    Failed,
    /// A person stopped it.
    Stopped,
}

impl RescoringState {
    /// Its name in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    /// Whether it still goes on.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// A run.
#[derive(Debug, Clone, PartialEq)]
pub struct RescoringRow {
    /// Its id.
    pub id: RescoringId,
    /// Whose history.
    pub company: CompanyId,
    /// Where it stands.
    pub state: RescoringState,
    /// The candidate models' folder; none: the installed models.
    pub candidate: Option<String>,
    /// Who asked for it.
    pub requested_by: By,
    /// When.
    pub requested_at: Timestamp,
    /// When a worker first took it.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// What it does, in words.
    pub phase: Option<String>,
    /// Rows of this phase done.
    pub done: i64,
    /// Rows of this phase, where known.
    pub total: Option<i64>,
    /// Tries so far.
    pub attempt: i64,
    /// Why it failed.
    pub error: Option<String>,
    /// What it found, once finished.
    pub outcome: Option<RescoringOutcome>,
}

/// What a run found, in figures.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RescoringOutcome {
    /// Models: task → `name@version sha256`.
    pub models: BTreeMap<String, String>,
    /// Score from which a finding counts, by kind.
    pub thresholds: BTreeMap<String, f64>,
    /// Payables scored.
    pub rows: u64,
    /// Payables that could not be scored (without any date).
    pub left_out: u64,
    /// Money of the duplicates above the threshold, by currency.
    pub at_risk: BTreeMap<String, Decimal>,
    /// What it was compared with: a run's id, or none for the scores on record.
    pub compared_with: Option<RescoringId>,
    /// Duplicates and anomalies against what was there before.
    pub comparison: Vec<KindComparison>,
}

/// One kind of finding, now and before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KindComparison {
    /// Which kind.
    pub kind: FindingKind,
    /// Payables above the threshold now.
    pub above: u64,
    /// Payables above it before.
    pub before: u64,
    /// Above now, not before.
    pub newly_above: u64,
    /// Above before, not now.
    pub no_longer_above: u64,
    /// Findings kept (from half the threshold on, the strongest first, bounded).
    pub kept: u64,
    /// Findings whose score moved furthest, by number, the furthest first.
    pub movers: Vec<i64>,
}

/// How a finding compares with what was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Above the threshold now, not before.
    New,
    /// Above it now and before.
    Still,
    /// Above it before, not now.
    Gone,
    /// Below it now and before; kept for later comparison.
    Below,
}

impl Change {
    /// Its name in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Still => "still",
            Self::Gone => "gone",
            Self::Below => "below",
        }
    }

    /// Whether it is above the threshold now.
    #[must_use]
    pub fn is_above(self) -> bool {
        matches!(self, Self::New | Self::Still)
    }
}

/// A payable's place and case, where it came through this program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegisteredPayable {
    /// Its position in the register.
    pub position: i64,
    /// Its case; none: imported history.
    pub case_id: Option<CaseId>,
    /// The payable.
    pub payable: Payable,
}

/// One thing that a run found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RescoringFinding {
    /// Its number in the run, from 1, the strongest first.
    pub number: i64,
    /// `duplicate` or `anomaly`.
    pub kind: FindingKind,
    /// 0 to 1.
    pub score: f64,
    /// The score before; none: below what was kept, or never scored.
    pub before: Option<f64>,
    /// How it compares.
    pub change: Change,
    /// What was scored.
    pub of: RegisteredPayable,
    /// For duplicates: what it pays again.
    pub other: Option<RegisteredPayable>,
    /// The strongest first.
    pub reasons: Vec<Reason>,
    /// What a person made of it: `case` (sent back to review) or a claim's id.
    pub opened: Option<String>,
}

/// Which findings of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FindingFilter {
    /// Only this kind.
    pub kind: Option<FindingKind>,
    /// Only these changes; empty: those above the threshold.
    pub changes: Vec<Change>,
    /// Only with this code as the strongest reason.
    pub reason: Option<String>,
    /// From a former page.
    pub cursor: Option<String>,
    /// Rows at most, 1 to 200.
    pub limit: u32,
}

/// A worker's hold on a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RescoringLease {
    /// The run.
    pub id: RescoringId,
    /// Whose.
    pub company: CompanyId,
    /// The fencing token of this claim.
    pub token: String,
}

/// Where a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    /// Somebody must ask for the money, or for an explanation.
    Open,
    /// Money came back, or was set off.
    Recovered,
    /// It was in order after all.
    Dismissed,
}

impl ClaimState {
    /// Every state.
    pub const ALL: &'static [Self] = &[Self::Open, Self::Recovered, Self::Dismissed];

    /// Its name in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Recovered => "recovered",
            Self::Dismissed => "dismissed",
        }
    }
}

/// A claim.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimRow {
    /// Its id.
    pub id: ClaimId,
    /// The run that found it.
    pub rescoring: RescoringId,
    /// The finding, as it was.
    pub finding: RescoringFinding,
    /// Where it stands.
    pub state: ClaimState,
    /// Why it was opened.
    pub comment: String,
    /// Who opened it.
    pub opened_by: By,
    /// When.
    pub opened_at: Timestamp,
    /// How much came back, in the payable's currency.
    pub recovered: Option<Decimal>,
    /// Why it was closed.
    pub closing_comment: Option<String>,
    /// Who closed it.
    pub closed_by: Option<By>,
    /// When.
    pub closed_at: Option<Timestamp>,
}
