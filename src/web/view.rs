//! A case as the contract shows it: made from the case's row, its documents, its posting and the
//! trail. API and pages both use it. Who may do what now is asked of the engine, not guessed.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

mod build;
mod einvoice;

use crate::domain::CaseId;
pub use build::{Gathered, decisions, document, gather, history, posting};
pub use einvoice::{AttachmentView, EinvoiceView};

/// A case (contract).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseView {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub case_id: CaseId,
    /// Short code of the company.
    pub company: String,
    /// `invoice`.
    pub subject: String,
    /// `processing`, `review`, `approval`, `held`, `approved`, `posting`, `posted`, `rejected`, `parked`.
    pub phase: String,
    /// The lifecycle state's name.
    pub state: String,
    /// When it came into this state.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Name it in a decision.
    pub version: i64,
    /// The open human task, if any.
    #[schema(nullable)]
    pub waiting_for: Option<WaitingView>,
    /// Why work stopped, for parked cases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parked: Option<ParkedView>,
    /// The policy it is bound to.
    pub workflow: WorkflowView,
    /// Its documents.
    pub documents: Vec<DocumentView>,
    /// `invoice`, `credit_note`, `receipt` or `other`; absent before extraction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_type: Option<String>,
    /// What the paper is, finer than its type: `reminder`, `statement`, `delivery_note` and others; absent
    /// before extraction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The documents of the file that this case's was found in, where it holds several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<PartView>,
    /// Header fields found.
    pub fields: BTreeMap<String, FieldView>,
    /// Line items.
    pub lines: Vec<LineView>,
    /// What reading and extraction found wrong.
    pub issues: Vec<IssueView>,
    /// The supplier of the master data that was recognised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplier: Option<String>,
    /// Order and receipt matching.
    #[schema(nullable)]
    pub r#match: Option<MatchView>,
    /// What screening found, the strongest first.
    pub findings: Vec<FindingView>,
    /// Why it cannot be approved as it stands; empty: it can.
    pub obstacles: Vec<String>,
    /// The approval matrix applied.
    pub approvals: ApprovalsView,
    /// What people decided, the first first.
    pub decisions: Vec<DecisionView>,
    /// Everything that happened, the first first.
    pub history: Vec<HistoryView>,
    /// Where the posting stands.
    pub posting: PostingView,
    /// Models that gave values and scores.
    pub models: BTreeMap<String, String>,
    /// Carried through to the ERP.
    pub correlation_id: String,
}

/// One of several documents of a file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartView {
    /// This case's first page.
    pub first_page: u32,
    /// This case's last page.
    pub last_page: u32,
    /// All cases of the file in the order of their pages, this one among them. The first is the one that the
    /// upload was answered with; the others were split off it.
    pub cases: Vec<PartCaseView>,
}

/// A case of a file that holds several documents.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartCaseView {
    /// The case.
    pub case_id: String,
    /// Its first page.
    pub first_page: u32,
    /// Its last page.
    pub last_page: u32,
    /// Its phase.
    pub phase: String,
    /// Its supplier, as read.
    #[schema(nullable)]
    pub supplier_name: Option<String>,
    /// Its number, as read.
    #[schema(nullable)]
    pub invoice_number: Option<String>,
}

/// A human task.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WaitingView {
    /// Who is asked.
    pub role: String,
    /// People who hold the role; the assignee alone where there is one.
    pub users: Vec<String>,
    /// The person it is assigned to.
    #[schema(nullable)]
    pub assignee: Option<String>,
    /// The owning rule.
    pub rule: String,
    /// Every rule that applies.
    pub rules: Vec<String>,
    /// By when.
    #[schema(value_type = String, format = DateTime)]
    pub due: Timestamp,
    /// Whether that has passed and was escalated.
    pub overdue: bool,
}

/// Parked work.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ParkedView {
    /// `read`, `screen` or `post`.
    pub resume: String,
    /// The last error.
    pub cause: String,
}

/// A workflow's identity.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WorkflowView {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Hash of the file.
    pub sha256: String,
}

/// A document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DocumentView {
    /// Its id.
    pub document_id: String,
    /// Its case.
    pub case_id: String,
    /// SHA-256 of the bytes.
    pub sha256: String,
    /// Type by content (`facturx-pdf`).
    pub kind: String,
    /// File name as given.
    #[schema(nullable)]
    pub name: Option<String>,
    /// Bytes.
    pub size: i64,
    /// Page images; 0 for XML.
    pub pages: i64,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// Who sent it.
    pub received_by: String,
    /// Whether `/pages/{n}.png` exists.
    pub has_pages: bool,
}

/// A field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldView {
    /// Canonical text.
    pub value: String,
    /// Calibrated probability that it is right.
    pub confidence: f64,
    /// `einvoice-xml`, `pdf-text`, `ocr` or `person`.
    pub source: String,
    /// Places on the pages.
    pub boxes: Vec<BoxView>,
}

/// A place on a page, in fractions from its top left.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct BoxView {
    /// Page, from 1.
    pub page: u32,
    /// Left.
    pub x: f32,
    /// Top.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

/// A line item; absent means not found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LineView {
    /// What.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub quantity: Option<Decimal>,
    /// Net price of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub unit_price: Option<Decimal>,
    /// Net.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub amount: Option<Decimal>,
    /// Percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub tax_rate: Option<Decimal>,
}

/// Something wrong with the document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IssueView {
    /// Stable code.
    pub code: String,
    /// The field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// In words.
    pub message: String,
    /// The published id of the rule that is broken (`BR-CO-10`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Where in the e-invoice's XML, as a path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// Why, in words, with the figure.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReasonView {
    /// Stable code.
    pub code: String,
    /// A sentence.
    pub text: String,
    /// The figure behind it.
    pub figure: String,
}

/// Matching.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MatchView {
    /// `none`, `two-way` or `three-way`.
    pub kind: String,
    /// `not-applicable`, `matched`, `different` or `order-not-found`.
    pub result: String,
    /// The order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase_order: Option<String>,
    /// What differs.
    pub differences: Vec<ReasonView>,
}

/// The earlier document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DuplicateView {
    /// Its case; absent for imported history.
    #[schema(nullable)]
    pub case_id: Option<String>,
    /// Its invoice number.
    pub invoice_number: String,
    /// Whether it had been agreed to (approved, posted or imported as paid) when this was found.
    pub agreed: bool,
}

/// A finding.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FindingView {
    /// `duplicate`, `anomaly`, `match`, `validation` or `master-data`.
    pub kind: String,
    /// Stable code.
    pub code: String,
    /// 0 to 1.
    pub score: f64,
    /// The strongest first.
    pub reasons: Vec<ReasonView>,
    /// For duplicates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<DuplicateView>,
    /// The model that gave the score; empty for a rule.
    pub model: String,
}

/// Approvals.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ApprovalsView {
    /// What policy asks for; stays when it is given.
    pub required: Vec<RequiredView>,
    /// What was given.
    pub given: Vec<GivenView>,
}

/// A required approval.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RequiredView {
    /// The rule.
    pub rule: String,
    /// Who may.
    pub role: String,
    /// Who may not: who `entered`, `corrected` or `reviewed` it.
    pub not: Vec<String>,
    /// Whether it was given.
    pub met: bool,
}

/// A given approval.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GivenView {
    /// The rule it meets.
    pub rule: String,
    /// Who.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// A decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DecisionView {
    /// `approve`, `reject`, `correct`, `return`, `hold`, `assign` or `comment`.
    pub action: String,
    /// Who.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Why.
    pub comment: String,
    /// The case's version after it.
    #[schema(nullable)]
    pub version: Option<i64>,
}

/// Something that happened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HistoryView {
    /// Event or action.
    pub action: String,
    /// Who: a person, or a part of the program.
    pub by: String,
    /// Whether a person did it.
    pub person: bool,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// State before.
    pub from: String,
    /// State after.
    pub to: String,
    /// Rules that decided.
    pub rules: Vec<String>,
    /// In words.
    pub why: String,
}

/// The posting.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PostingView {
    /// `none`, `pending`, `sending`, `uncertain`, `refused`, `dead` or `posted`.
    pub state: String,
    /// Its id; absent while there is none.
    #[schema(nullable)]
    pub posting_id: Option<String>,
    /// The permanent key.
    #[schema(nullable)]
    pub key: Option<String>,
    /// The connector.
    #[schema(nullable)]
    pub erp: Option<String>,
    /// The ERP's number.
    #[schema(nullable)]
    pub reference: Option<String>,
    /// Tries so far.
    pub attempts: i64,
    /// The last error.
    #[schema(nullable)]
    pub last_error: Option<String>,
}
