//! What can happen to a case.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use super::facts::Facts;
use crate::domain::UserId;

/// What a user may do; one or more a user and company (contract).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Uploads documents and enters fields.
    Clerk,
    /// Works the queue of flagged items.
    Reviewer,
    /// Gives approvals above limits.
    Approver,
    /// Releases payments.
    Treasury,
    /// Maintains suppliers and their bank accounts.
    SupplierMaintainer,
    /// Publishes policy, reads figures.
    Controller,
    /// Reads everything, changes nothing.
    Auditor,
    /// Users, tokens, connectors, parked work.
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: &'static [Self] = &[
        Self::Clerk,
        Self::Reviewer,
        Self::Approver,
        Self::Treasury,
        Self::SupplierMaintainer,
        Self::Controller,
        Self::Auditor,
        Self::Administrator,
    ];

    /// The contract's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Reviewer => "reviewer",
            Self::Approver => "approver",
            Self::Treasury => "treasury",
            Self::SupplierMaintainer => "supplier_maintainer",
            Self::Controller => "controller",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|role| role.as_str() == text).ok_or_else(|| format!("unknown role {text:?}"))
    }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The user.
    pub id: UserId,
    /// Sign-in name, kept with the record so that it reads without a join.
    pub name: String,
    /// Roles in the case's company at this moment.
    pub roles: Vec<Role>,
}

impl Actor {
    /// Whether the actor holds the role.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// A person's decision (contract: `POST /cases/{id}/decisions`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Agree.
    Approve,
    /// End the case without effect; needs a comment.
    Reject,
    /// Change the subject; it is screened again. The corrections themselves belong to the subject.
    Correct {
        /// What changed, in words, for the record.
        summary: String,
    },
    /// Send back to review (from approval), or resume (from held); needs a comment.
    Return,
    /// Put aside, optionally until a time; needs a comment.
    Hold {
        /// When it comes back by itself.
        until: Option<Timestamp>,
    },
    /// Give the task to a person who holds the role.
    Assign {
        /// Sign-in name.
        to: String,
        /// Whether that person holds the role that is waited for.
        eligible: bool,
    },
    /// Say something; changes nothing.
    Comment,
}

impl Action {
    /// The contract's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Correct { .. } => "correct",
            Self::Return => "return",
            Self::Hold { .. } => "hold",
            Self::Assign { .. } => "assign",
            Self::Comment => "comment",
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A worker began to read the document.
    ReadingStarted,
    /// Fields are there, or the reason why there are none.
    ReadingFinished {
        /// In words, for the record.
        summary: String,
    },
    /// Findings and facts are there.
    ScreeningFinished {
        /// What policy may ask about.
        facts: Facts,
    },
    /// A person decided.
    Decided {
        /// Who.
        by: Actor,
        /// What.
        action: Action,
        /// The version the person saw.
        version: i64,
        /// Why.
        comment: String,
    },
    /// A worker began to send the posting.
    PostingStarted,
    /// The ERP has it.
    PostingSucceeded {
        /// The ERP's number for it.
        reference: String,
    },
    /// The ERP refused it for good.
    PostingRefused {
        /// The ERP's words.
        message: String,
    },
    /// A job was tried as often as policy allows.
    WorkFailed {
        /// What failed.
        resume: super::state::Resume,
        /// The last error.
        message: String,
    },
    /// What the case was screened against has changed while it waited for people or to be sent. Of a case
    /// that is being posted: only before anything was sent.
    Outdated {
        /// What, in words.
        what: String,
    },
    /// A person sends it back to review because of what a rescoring of history found.
    Flagged {
        /// Who.
        by: Actor,
        /// What was found, in words.
        what: String,
    },
    /// A person asks to try parked work again.
    Retried {
        /// Who.
        by: Actor,
    },
    /// The due time of a task, or the end of a hold, has come.
    TimerFired,
}

impl Event {
    /// A short name for records and refusals.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::ReadingStarted => "reading-started",
            Self::ReadingFinished { .. } => "reading-finished",
            Self::ScreeningFinished { .. } => "screening-finished",
            Self::Decided { action, .. } => action.name(),
            Self::PostingStarted => "posting-started",
            Self::PostingSucceeded { .. } => "posting-succeeded",
            Self::PostingRefused { .. } => "posting-refused",
            Self::WorkFailed { .. } => "work-failed",
            Self::Outdated { .. } => "outdated",
            Self::Flagged { .. } => "flagged",
            Self::Retried { .. } => "retried",
            Self::TimerFired => "timer-fired",
        }
    }
}
