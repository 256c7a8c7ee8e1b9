//! From rows to views.

use std::collections::BTreeMap;

use super::*;
use crate::domain::{Field, Finding, Issue, LineItem, Matching, PageRange, Reason};
use crate::store::types::{AuditRow, By, CaseRow, DocumentRow, PartRow, PostingRow, Principal};
use crate::web::Web;
use crate::web::problem::Problem;
use crate::workflow::{ApprovalRule, Record, State, Waiting};

/// A case with everything around it that a view needs.
pub struct Gathered {
    /// The row.
    pub row: CaseRow,
    /// The view.
    pub view: CaseView,
}

/// Actions of people, as the contract names them.
const DECISIONS: &[&str] = &["approve", "reject", "correct", "return", "hold", "assign", "comment"];

/// Reads a case and what belongs to it; a case of another company is not found.
///
/// # Errors
/// 404, or the store's.
pub async fn gather(web: &Web, principal: &Principal, id: CaseId) -> Result<Gathered, Problem> {
    let store = web.pipeline.store();
    let company = principal.company;
    let row = store.case(company, id).await?.ok_or_else(|| Problem::not_found("case"))?;
    let documents = store.documents_of(company, id).await?;
    let parts = match row.pages {
        Some(_) => store.parts_of(company, row.document).await?,
        None => Vec::new(),
    };
    let posting_row = store.posting_of(company, id).await?;
    let trail = store.audit_of_case(company, id).await?;
    let users = match row.case.state.waiting() {
        Some(Waiting { assignee: Some(name), .. }) => vec![name.clone()],
        Some(waiting) => store.users_with_role(company, waiting.role).await?,
        None => Vec::new(),
    };
    // Where the case's policy cannot be read any more, what was agreed to under it is not told apart.
    let bound = web.pipeline.workflows.bound(store, company, &row.case.workflow).await.ok();
    let matrix = bound.as_ref().map(|workflow| workflow.approvals.as_slice()).unwrap_or_default();
    let around = Around { documents: &documents, parts: &parts, posting_row: posting_row.as_ref(), trail: &trail, users, matrix };
    let view = case_view(&row, principal, around);
    Ok(Gathered { row, view })
}

/// What stands around a case's row.
struct Around<'a> {
    documents: &'a [DocumentRow],
    parts: &'a [PartRow],
    posting_row: Option<&'a PostingRow>,
    trail: &'a [AuditRow],
    users: Vec<String>,
    matrix: &'a [ApprovalRule],
}

fn case_view(row: &CaseRow, principal: &Principal, around: Around<'_>) -> CaseView {
    let Around { documents, parts, posting_row, trail, users, matrix } = around;
    let state = &row.case.state;
    let extraction = row.extraction.as_ref();
    let screening = row.screening.as_ref();
    let mut models: BTreeMap<String, String> = extraction.map(|e| e.model.clone()).unwrap_or_default();
    models.extend(screening.map(|s| s.models.clone()).unwrap_or_default());
    CaseView {
        case_id: row.id,
        company: principal.company_code.clone(),
        subject: row.subject.clone(),
        phase: state.phase().as_str().to_owned(),
        state: state.name().to_owned(),
        since: row.since,
        created_at: row.created_at,
        version: row.case.version,
        waiting_for: state.waiting().map(|waiting| waiting_view(waiting, users)),
        parked: match state {
            State::Parked { resume, cause } => Some(ParkedView { resume: name_of(resume), cause: cause.clone() }),
            _ => None,
        },
        workflow: WorkflowView {
            id: row.case.workflow.id.clone(),
            version: row.case.workflow.version.clone(),
            sha256: row.case.workflow.sha256.clone(),
        },
        documents: documents.iter().map(document).collect(),
        document_type: extraction.map(|e| name_of(&e.document_type)),
        kind: extraction.map(|e| e.paper().as_str().to_owned()),
        part: row.pages.map(|pages| part_view(pages, parts)),
        fields: extraction
            .map(|e| e.fields.iter().map(|(name, value)| (name.as_str().to_owned(), field(value))).collect())
            .unwrap_or_default(),
        lines: extraction.map(|e| e.lines.iter().map(line).collect()).unwrap_or_default(),
        issues: extraction.map(|e| e.issues.iter().map(issue).collect()).unwrap_or_default(),
        supplier: screening.and_then(|s| s.supplier.clone()),
        r#match: screening.map(|s| matching(&s.matching)),
        findings: screening.map(|s| s.findings.iter().map(finding).collect()).unwrap_or_default(),
        obstacles: row.case.facts.obstacles.clone(),
        approvals: approvals(state.waiting(), trail, matrix),
        decisions: decisions(trail),
        history: history(trail),
        posting: posting(posting_row),
        models,
        correlation_id: row.correlation_id.clone(),
    }
}

/// An issue's view.
pub(super) fn issue(issue: &Issue) -> IssueView {
    IssueView {
        code: issue.code.clone(),
        field: issue.field.map(|f| f.as_str().to_owned()),
        message: issue.message.clone(),
        rule: issue.rule.clone(),
        place: issue.place.clone(),
    }
}

/// The name that serde gives a unit variant.
fn name_of<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn part_view(own: PageRange, parts: &[PartRow]) -> PartView {
    let case = |part: &PartRow| {
        let pages = part.pages?;
        Some(PartCaseView {
            case_id: part.case_id.to_string(),
            first_page: pages.first,
            last_page: pages.last,
            phase: part.phase.as_str().to_owned(),
            supplier_name: part.supplier_name.clone(),
            invoice_number: part.invoice_number.clone(),
        })
    };
    PartView { first_page: own.first, last_page: own.last, cases: parts.iter().filter_map(case).collect() }
}

fn waiting_view(waiting: &Waiting, users: Vec<String>) -> WaitingView {
    WaitingView {
        role: waiting.role.as_str().to_owned(),
        users,
        assignee: waiting.assignee.clone(),
        rule: waiting.rules.first().cloned().unwrap_or_default(),
        rules: waiting.rules.clone(),
        due: waiting.due,
        overdue: waiting.overdue,
    }
}

/// A document's view.
#[must_use]
pub fn document(row: &DocumentRow) -> DocumentView {
    DocumentView {
        document_id: row.id.to_string(),
        case_id: row.case_id.to_string(),
        sha256: row.sha256.clone(),
        kind: row.kind.as_str().to_owned(),
        name: row.name.clone(),
        size: row.size,
        pages: row.pages,
        received_at: row.received_at,
        received_by: row.received_by.name().to_owned(),
        has_pages: row.kind.has_pages(),
    }
}

fn field(value: &Field) -> FieldView {
    let place = |b: &crate::domain::PageBox| BoxView { page: b.page, x: b.bbox.x, y: b.bbox.y, w: b.bbox.w, h: b.bbox.h };
    FieldView {
        value: value.value.clone(),
        confidence: value.confidence,
        source: value.source.as_str().to_owned(),
        boxes: value.boxes.iter().map(place).collect(),
    }
}

fn line(item: &LineItem) -> LineView {
    LineView {
        description: item.description.clone(),
        quantity: item.quantity,
        unit_price: item.unit_price,
        amount: item.amount,
        tax_rate: item.tax_rate,
    }
}

fn reason(reason: &Reason) -> ReasonView {
    ReasonView { code: reason.code.clone(), text: reason.text.clone(), figure: reason.figure.clone() }
}

fn matching(matching: &Matching) -> MatchView {
    MatchView {
        kind: name_of(&matching.kind),
        result: name_of(&matching.result),
        purchase_order: matching.purchase_order.clone(),
        differences: matching.differences.iter().map(reason).collect(),
    }
}

fn finding(finding: &Finding) -> FindingView {
    FindingView {
        kind: finding.kind.as_str().to_owned(),
        code: finding.code.clone(),
        score: finding.score,
        reasons: finding.reasons.iter().map(reason).collect(),
        duplicate_of: finding.duplicate_of.as_ref().map(|earlier| DuplicateView {
            case_id: earlier.case_id.map(|id| id.to_string()),
            invoice_number: earlier.invoice_number.clone(),
            agreed: earlier.agreed,
        }),
        model: finding.model.clone(),
    }
}

/// From the open task; once that is closed, or where it is a review, from the trail.
fn approvals(waiting: Option<&Waiting>, trail: &[AuditRow], matrix: &[ApprovalRule]) -> ApprovalsView {
    let open = waiting.map(|w| w.approvals.as_slice()).unwrap_or_default();
    if open.is_empty() {
        return approvals_of_trail(trail, matrix);
    }
    ApprovalsView {
        required: open.iter().map(|a| required(&a.rule, a.role.as_str(), &a.not, a.given_by.is_some())).collect(),
        given: open
            .iter()
            .filter_map(|a| Some(GivenView { rule: a.rule.clone(), by: a.given_by_name.clone()?, at: a.given_at? }))
            .collect(),
    }
}

/// What policy asked for and what of it still stands, from the trail: an `approve` in review passes the
/// case on, an `approve` in the approval step gives one. Whatever sends the case back takes away both.
fn approvals_of_trail(trail: &[AuditRow], matrix: &[ApprovalRule]) -> ApprovalsView {
    let asked = |record: &Record| -> Vec<RequiredView> {
        let applying = matrix.iter().filter(|rule| record.rules.contains(&rule.rule));
        applying.map(|rule| required(&rule.rule, rule.role.as_str(), &rule.not, false)).collect()
    };
    let mut view = ApprovalsView::default();
    let mut approving = false;
    for row in trail {
        let Some(record) = record_of(row) else { continue };
        match record.action.as_str() {
            "screening-finished" => {
                view = ApprovalsView { required: asked(&record), given: Vec::new() };
                approving = !view.required.is_empty();
            }
            "approve" if approving => {
                let Some(rule) = record.rules.first() else { continue };
                view.required.iter_mut().filter(|required| required.rule == *rule).for_each(|required| required.met = true);
                view.given.push(GivenView { rule: rule.clone(), by: row.by.name().to_owned(), at: row.at });
            }
            "approve" => {
                view.required = asked(&record);
                approving = true;
            }
            "return" if record.from == "held" => {} // out of a hold: nothing is taken away
            "return" | "correct" | "outdated" | "posting-refused" => {
                view = ApprovalsView::default();
                approving = false;
            }
            _ => {}
        }
    }
    view
}

fn required<T: Serialize>(rule: &str, role: &str, not: &[T], met: bool) -> RequiredView {
    RequiredView { rule: rule.to_owned(), role: role.to_owned(), not: not.iter().map(name_of).collect(), met }
}

fn record_of(row: &AuditRow) -> Option<Record> {
    serde_json::from_value(row.detail.clone()).ok()
}

/// People's decisions in a trail.
#[must_use]
pub fn decisions(trail: &[AuditRow]) -> Vec<DecisionView> {
    let of_person = |row: &&AuditRow| matches!(row.by, By::User { .. }) && DECISIONS.contains(&row.action.as_str());
    trail
        .iter()
        .filter(of_person)
        .map(|row| DecisionView {
            action: row.action.clone(),
            by: row.by.name().to_owned(),
            at: row.at,
            comment: record_of(row).map(|record| record.why).unwrap_or_default(),
            version: row.detail.get("version").and_then(serde_json::Value::as_i64),
        })
        .collect()
}

/// Everything in a trail.
#[must_use]
pub fn history(trail: &[AuditRow]) -> Vec<HistoryView> {
    trail
        .iter()
        .map(|row| {
            let record = record_of(row);
            let text = |get: fn(&Record) -> &String| record.as_ref().map(|r| get(r).clone()).unwrap_or_default();
            HistoryView {
                action: row.action.clone(),
                by: row.by.name().to_owned(),
                person: matches!(row.by, By::User { .. }),
                at: row.at,
                from: text(|r| &r.from),
                to: text(|r| &r.to),
                rules: record.as_ref().map(|r| r.rules.clone()).unwrap_or_default(),
                why: text(|r| &r.why),
            }
        })
        .collect()
}

/// A posting's view; `none` where there is no row.
#[must_use]
pub fn posting(row: Option<&PostingRow>) -> PostingView {
    match row {
        None => {
            PostingView { state: "none".into(), posting_id: None, key: None, erp: None, reference: None, attempts: 0, last_error: None }
        }
        Some(row) => PostingView {
            state: row.state.as_str().to_owned(),
            posting_id: Some(row.id.to_string()),
            key: Some(row.key.clone()),
            erp: Some(row.connector.clone()),
            reference: row.reference.clone(),
            attempts: row.attempts,
            last_error: row.last_error.clone(),
        },
    }
}
