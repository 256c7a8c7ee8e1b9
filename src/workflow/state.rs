//! The closed lifecycle of a case, with the data each state needs and no other.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::definition::{Involvement, WorkflowRef};
use super::event::Role;
use super::facts::Facts;
use crate::domain::UserId;

/// Where a case stands.
///
/// ```text
/// Received → Reading → Extracted → Deciding(review → approval) → Approved → Posting → Posted
///                          ↑            │  └── Held                 ↑         │
///                          └─ correct ──┤                           └─ retry ─┤
///                                       └→ Rejected                 Parked ←──┘
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Stored; waiting to be read.
    Received,
    /// A worker reads it.
    Reading,
    /// Fields are there; waiting to be screened and decided.
    Extracted,
    /// Waiting for people.
    Deciding(Waiting),
    /// Put aside by a person.
    Held {
        /// The task to come back to.
        waiting: Waiting,
        /// When it comes back by itself.
        until: Option<Timestamp>,
    },
    /// Policy or people agreed; the posting waits in the outbox.
    Approved,
    /// A worker sends the posting, or it is uncertain whether the ERP has it.
    Posting,
    /// The ERP has it.
    Posted {
        /// The ERP's number.
        reference: String,
    },
    /// Ended by a person, without effect.
    Rejected,
    /// Work failed as often as policy allows; waits for someone to retry.
    Parked {
        /// What to try again.
        resume: Resume,
        /// The last error.
        cause: String,
    },
}

/// The contract's closed list of phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Machines work on it.
    Processing,
    /// A reviewer is needed.
    Review,
    /// An approver is needed.
    Approval,
    /// Put aside.
    Held,
    /// Agreed, not yet sent.
    Approved,
    /// Being sent.
    Posting,
    /// In the ERP.
    Posted,
    /// Ended without effect.
    Rejected,
    /// Needs a retry.
    Parked,
}

impl Phase {
    /// Every phase.
    pub const ALL: &'static [Self] = &[
        Self::Processing,
        Self::Review,
        Self::Approval,
        Self::Held,
        Self::Approved,
        Self::Posting,
        Self::Posted,
        Self::Rejected,
        Self::Parked,
    ];

    /// The contract's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Review => "review",
            Self::Approval => "approval",
            Self::Held => "held",
            Self::Approved => "approved",
            Self::Posting => "posting",
            Self::Posted => "posted",
            Self::Rejected => "rejected",
            Self::Parked => "parked",
        }
    }

    /// Whether policy or people have agreed to it and it is not taken back.
    #[must_use]
    pub fn is_agreed(self) -> bool {
        matches!(self, Self::Approved | Self::Posting | Self::Posted)
    }

    /// Whether nothing more happens by itself or by people (parked work still can be retried).
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Posted | Self::Rejected)
    }
}

/// Parked work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resume {
    /// Read and extract.
    Read,
    /// Screen and decide.
    Screen,
    /// Post.
    Post,
}

/// Which of the two human stages a case waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The queue of flagged items.
    Review,
    /// Approvals by the matrix.
    Approval,
}

/// One approval that policy asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredApproval {
    /// The rule that asks.
    pub rule: String,
    /// Who may give it.
    pub role: Role,
    /// Who may not, by what they did before.
    pub not: Vec<Involvement>,
    /// Who gave it.
    pub given_by: Option<UserId>,
    /// Their sign-in name.
    pub given_by_name: Option<String>,
    /// When.
    pub given_at: Option<Timestamp>,
}

/// A human task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Review or approval.
    pub step: Step,
    /// Who is asked.
    pub role: Role,
    /// Every rule that sent it here, the first being the owner's.
    pub rules: Vec<String>,
    /// The person it is assigned to (sign-in name).
    pub assignee: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// By when.
    pub due: Timestamp,
    /// Whether the due time has passed and the task was escalated.
    pub overdue: bool,
    /// In review: who may not pass it, by what they did before.
    #[serde(default)]
    pub not: Vec<Involvement>,
    /// Approvals asked for; empty in review.
    pub approvals: Vec<RequiredApproval>,
}

/// A case as the engine sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Where it stands.
    pub state: State,
    /// Counts transitions; a decision names the version it saw.
    pub version: i64,
    /// The workflow it is bound to.
    pub workflow: WorkflowRef,
    /// Who uploaded or typed it in.
    pub entered_by: BTreeSet<UserId>,
    /// Who corrected it.
    pub corrected_by: BTreeSet<UserId>,
    /// Who passed it in review.
    pub reviewed_by: BTreeSet<UserId>,
    /// What the last screening said.
    pub facts: Facts,
}

impl Case {
    /// A new case, received from `entered_by`.
    #[must_use]
    pub fn received(workflow: WorkflowRef, entered_by: Option<UserId>) -> Self {
        Self {
            state: State::Received,
            version: 1,
            workflow,
            entered_by: entered_by.into_iter().collect(),
            corrected_by: BTreeSet::new(),
            reviewed_by: BTreeSet::new(),
            facts: Facts::default(),
        }
    }
}

impl Case {
    /// The case of a further part of this case's file: read with it, entered by the same people, not yet
    /// screened.
    #[must_use]
    pub fn split_off(&self) -> Self {
        Self {
            state: State::Extracted,
            version: 1,
            workflow: self.workflow.clone(),
            entered_by: self.entered_by.clone(),
            corrected_by: BTreeSet::new(),
            reviewed_by: BTreeSet::new(),
            facts: Facts::default(),
        }
    }
}

impl State {
    /// The state's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Reading => "reading",
            Self::Extracted => "extracted",
            Self::Deciding(Waiting { step: Step::Review, .. }) => "review",
            Self::Deciding(Waiting { step: Step::Approval, .. }) => "approval",
            Self::Held { .. } => "held",
            Self::Approved => "approved",
            Self::Posting => "posting",
            Self::Posted { .. } => "posted",
            Self::Rejected => "rejected",
            Self::Parked { .. } => "parked",
        }
    }

    /// The contract's phase.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self {
            Self::Received | Self::Reading | Self::Extracted => Phase::Processing,
            Self::Deciding(Waiting { step: Step::Review, .. }) => Phase::Review,
            Self::Deciding(Waiting { step: Step::Approval, .. }) => Phase::Approval,
            Self::Held { .. } => Phase::Held,
            Self::Approved => Phase::Approved,
            Self::Posting => Phase::Posting,
            Self::Posted { .. } => Phase::Posted,
            Self::Rejected => Phase::Rejected,
            Self::Parked { .. } => Phase::Parked,
        }
    }

    /// The human task, while one is open or on hold.
    #[must_use]
    pub fn waiting(&self) -> Option<&Waiting> {
        match self {
            Self::Deciding(waiting) | Self::Held { waiting, .. } => Some(waiting),
            _ => None,
        }
    }

    /// When a timer should wake the case.
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        match self {
            Self::Deciding(waiting) if !waiting.overdue => Some(waiting.due),
            Self::Held { until, .. } => *until,
            _ => None,
        }
    }
}

/// What must happen because of a transition, as data; the store writes it with the state, jobs carry
/// it out. A closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Read the document and extract its fields.
    Read,
    /// Screen the subject and decide.
    Screen,
    /// Post to the ERP under the case's permanent key.
    Post,
    /// Take the posting out of the outbox: what was refused is not sent again by itself.
    Withdraw,
}
