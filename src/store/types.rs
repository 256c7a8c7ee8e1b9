//! What goes into the store and comes out of it. No SQL here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use crate::audit::AuditRow;
pub use crate::domain::By;
use crate::domain::history::Payable;
use crate::domain::{CaseId, CompanyId, DocumentId, DocumentKind, Extraction, Finding, JobId, Matching, PageRange, PostingId, UserId};
use crate::workflow::{Case, Effect, Phase, Role, Transition};

mod rescoring;
pub use rescoring::*;

/// A document to be stored.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// Its id.
    pub id: DocumentId,
    /// Whose.
    pub company: CompanyId,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// Type by content.
    pub kind: DocumentKind,
    /// File name as given; for people only.
    pub name: Option<String>,
    /// The bytes, kept as they are.
    pub bytes: Vec<u8>,
}

/// A case to be opened for a document.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// Its id.
    pub id: CaseId,
    /// `invoice`.
    pub subject: String,
    /// The case as the engine made it.
    pub case: Case,
    /// Carried through to the ERP.
    pub correlation_id: String,
    /// W3C trace context, if the caller sent one.
    pub traceparent: Option<String>,
}

/// What became of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Stored, case opened, job queued: one transaction.
    New,
    /// These very bytes are here already.
    Known {
        /// The first document.
        document: DocumentId,
        /// Its case.
        case: CaseId,
        /// Its correlation id.
        correlation_id: String,
    },
}

/// A document's row, without its bytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DocumentRow {
    /// Its id.
    pub id: DocumentId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Type by content; `facturx-pdf` once reading has found the attachment.
    pub kind: DocumentKind,
    /// File name as given.
    pub name: Option<String>,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: i64,
    /// Pages, once read; 0 for XML.
    pub pages: i64,
    /// When it came.
    pub received_at: Timestamp,
    /// Who sent it.
    pub received_by: By,
}

/// A document of a case that a person approved or corrected.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfirmedDocument {
    /// The case.
    pub case: CaseId,
    /// The document.
    pub document: DocumentId,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Type by content.
    pub kind: DocumentKind,
    /// The fields as they stand; what a person entered says so.
    pub extraction: Extraction,
    /// Whether a person approved them all as they stand.
    pub approved: bool,
}

/// What screening found, kept with the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Screening {
    /// The supplier's number in the master data, where one was recognised.
    pub supplier: Option<String>,
    /// Its expense account.
    pub expense_account: Option<String>,
    /// Findings, the strongest first.
    pub findings: Vec<Finding>,
    /// Order and receipt matching.
    pub matching: Matching,
    /// Quantities this invoice takes from its order: `(order line, quantity)`; counted for later invoices
    /// of the order unless the case is rejected.
    pub billed: Vec<(u32, rust_decimal::Decimal)>,
    /// Models that gave scores: task → `name@version sha256`.
    pub models: BTreeMap<String, String>,
    /// What the company's book said of it when it was first screened at its present place in the register:
    /// that place, and the numbers of the view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surroundings: Option<(i64, Vec<f32>)>,
}

/// A case's row.
#[derive(Debug, Clone)]
pub struct CaseRow {
    /// Its id.
    pub id: CaseId,
    /// Whose.
    pub company: CompanyId,
    /// `invoice`.
    pub subject: String,
    /// State, version, workflow, who touched it, facts.
    pub case: Case,
    /// Its document.
    pub document: DocumentId,
    /// Its pages, where the file holds several documents; none: all.
    pub pages: Option<PageRange>,
    /// When it came into its present state.
    pub since: Timestamp,
    /// When it was opened.
    pub created_at: Timestamp,
    /// Carried through to the ERP.
    pub correlation_id: String,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// Fields, once extracted.
    pub extraction: Option<Extraction>,
    /// Findings, once screened.
    pub screening: Option<Screening>,
}

/// A further part of a file that holds several documents: a case to be made with what was read of it.
#[derive(Debug, Clone)]
pub struct NewPart {
    /// Its id.
    pub id: CaseId,
    /// The id of its first job.
    pub job: JobId,
    /// Its pages.
    pub pages: PageRange,
    /// The case as the workflow made it.
    pub case: Case,
    /// Its fields.
    pub extraction: Extraction,
    /// The payable to register with its block keys.
    pub payable: Option<(Payable, Vec<u64>)>,
}

/// One of the cases of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRow {
    /// The case.
    pub case_id: CaseId,
    /// Its pages; none: all.
    pub pages: Option<PageRange>,
    /// Where it stands.
    pub phase: Phase,
    /// As extracted.
    pub supplier_name: Option<String>,
    /// As extracted.
    pub invoice_number: Option<String>,
}

/// A case in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseSummary {
    /// Its id.
    pub id: CaseId,
    /// `invoice`.
    pub subject: String,
    /// The closed list.
    pub phase: Phase,
    /// State name.
    pub state: String,
    /// Transitions so far.
    pub version: i64,
    /// When it came into its present state.
    pub since: Timestamp,
    /// When it was opened.
    pub created_at: Timestamp,
    /// Role waited for.
    pub role: Option<Role>,
    /// Person waited for.
    pub assignee: Option<String>,
    /// Owning rule.
    pub rule: Option<String>,
    /// When it is due.
    pub due: Option<Timestamp>,
    /// As extracted.
    pub supplier_name: Option<String>,
    /// As extracted.
    pub invoice_number: Option<String>,
    /// As extracted, plain decimal.
    pub total_amount: Option<String>,
    /// As extracted.
    pub currency: Option<String>,
    /// Kinds of the findings, without repeats, the strongest first.
    pub finding_kinds: Vec<String>,
    /// File name of the document.
    pub document_name: Option<String>,
}

/// Which cases.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    /// Only these phases; empty: all.
    pub phases: Vec<Phase>,
    /// Only waiting for this role.
    pub role: Option<Role>,
    /// Supplier name or invoice number contains this (case-insensitive).
    pub search: Option<String>,
    /// From a former page.
    pub cursor: Option<String>,
    /// Rows at most, 1 to 200.
    pub limit: u32,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PageOf<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page starts; none: this is the last.
    pub next_cursor: Option<String>,
}

/// The state of a posting (contract).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostingState {
    /// Waits in the outbox.
    Pending,
    /// A worker is sending it.
    Sending,
    /// Sent, answer unknown: looked up before it is sent again.
    Uncertain,
    /// The ERP refused it for good, or it was held back before it was sent.
    Refused,
    /// Tried as often as policy allows.
    Dead,
    /// The ERP has it.
    Posted,
}

impl PostingState {
    /// The contract's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sending => "sending",
            Self::Uncertain => "uncertain",
            Self::Refused => "refused",
            Self::Dead => "dead",
            Self::Posted => "posted",
        }
    }
}

/// A row of the outbox.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PostingRow {
    /// Its id.
    pub id: PostingId,
    /// The case.
    pub case_id: CaseId,
    /// The permanent key: one a case, for ever.
    pub key: String,
    /// Which connector.
    pub connector: String,
    /// Where it stands.
    pub state: PostingState,
    /// Tries so far.
    pub attempts: i64,
    /// The last error.
    pub last_error: Option<String>,
    /// The ERP's number.
    pub reference: Option<String>,
    /// Last change.
    pub updated_at: Timestamp,
}

/// What a commit changes about the case's posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostingChange {
    /// One more attempt begins.
    Sending,
    /// The attempt failed; it may be tried again.
    Failed {
        /// The error.
        error: String,
        /// Whether the ERP may have it.
        uncertain: bool,
    },
    /// Refused for good.
    Refused {
        /// The ERP's words.
        error: String,
    },
    /// Held back before anything was sent: it was agreed to on a picture that has changed.
    HeldBack {
        /// What has changed.
        why: String,
    },
    /// Given up.
    Dead {
        /// The last error.
        error: String,
    },
    /// The ERP has it.
    Posted {
        /// The ERP's number.
        reference: String,
    },
}

/// Everything one transition writes, in one transaction: state (compared and set by version), trail
/// record, jobs and outbox row for its effects, what the stage delivered, and the end of the job that
/// did it (checked against its lease token).
#[derive(Debug, Clone)]
pub struct Commit<'a> {
    /// Whose.
    pub company: CompanyId,
    /// The case.
    pub case_id: CaseId,
    /// The version the transition was computed from.
    pub expected_version: i64,
    /// What the engine said.
    pub transition: &'a Transition,
    /// Who.
    pub by: &'a By,
    /// When.
    pub at: Timestamp,
    /// Models that had a part, for the trail: task → identity.
    pub models: BTreeMap<String, String>,
    /// New fields: also updates the list columns.
    pub extraction: Option<&'a Extraction>,
    /// Pages and exact kind found by reading.
    pub document: Option<(DocumentKind, u32)>,
    /// The payable to register (or register anew) for duplicate search, with its block keys.
    pub payable: Option<(&'a Payable, &'a [u64])>,
    /// The rule by which block keys are made, to find those of the payable that is replaced.
    pub block_keys: fn(&Payable) -> Vec<u64>,
    /// The pages that the case keeps, where its file holds several documents.
    pub pages: Option<PageRange>,
    /// The further parts of the file.
    pub parts: &'a [NewPart],
    /// New findings.
    pub screening: Option<&'a Screening>,
    /// Change of the posting's row.
    pub posting: Option<PostingChange>,
    /// The connector named by policy, for an [`Effect::Post`].
    pub connector: &'a str,
    /// New ids for the jobs and the posting row that the effects need.
    pub new_ids: Vec<uuid::Uuid>,
    /// The finding of a rescoring that led to this.
    pub opened: Option<(crate::domain::RescoringId, i64)>,
    /// The lease under which this was done; its job ends with this commit.
    pub lease: Option<&'a Lease>,
}

/// A job that a worker holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// The fencing token of this claim.
    pub token: String,
    /// Whose.
    pub company: CompanyId,
    /// The case.
    pub case_id: CaseId,
    /// What is to be done.
    pub effect: Effect,
    /// This attempt, from 1.
    pub attempt: u32,
}

/// A user with roles in one company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub id: UserId,
    /// Sign-in name.
    pub name: String,
    /// The company chosen for this request.
    pub company: CompanyId,
    /// The company's short code.
    pub company_code: String,
    /// Roles there.
    pub roles: Vec<Role>,
}

impl Principal {
    /// As the engine sees people.
    #[must_use]
    pub fn actor(&self) -> crate::workflow::Actor {
        crate::workflow::Actor { id: self.id, name: self.name.clone(), roles: self.roles.clone() }
    }

    /// As the trail sees people.
    #[must_use]
    pub fn by(&self) -> By {
        By::User { id: self.id, name: self.name.clone() }
    }
}
