//! The case page: the document with its fields' places at the left; fields, findings, matching,
//! approvals, posting and history at the right; controls only for what the caller may do now.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::Method;
use axum::response::Response;
use jiff::Timestamp;
use std::collections::BTreeMap;

use super::allowed::{Allowed, allowed};
use super::format::{ago, grouped, minute, percent, size, until, words};
use super::postings::class as posting_class;
use super::sheet::Sheet;
use super::{Frame, csrf, render};
use crate::domain::{CaseId, FieldName, PageRange};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::extract::Id;
use crate::web::problem::Problem;
use crate::web::routes;
use crate::web::view::{self, CaseView, DocumentView, DuplicateView, FindingView, Gathered, MatchView, ReasonView};
use crate::workflow::Refusal;

/// Confidence below which a field is marked to be looked at.
const LOOK_BELOW: f64 = 0.8;
/// Page images shown on the page.
const PAGES_SHOWN: i64 = 20;

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    frame: Frame,
    csrf: String,
    case: CaseView,
    back: String,
    heading: String,
    subheading: String,
    paper_kind: String,
    types: Vec<TypeChoice>,
    parts: Vec<PartLink>,
    papers: Vec<Paper>,
    open: bool,
    pageless: bool,
    waiting_text: String,
    due_text: String,
    rules: Vec<String>,
    may_retry: bool,
    may_correct: bool,
    may_hold: bool,
    comment_needed: bool,
    actions: Vec<Button>,
    refusals: Vec<String>,
    assignees: Vec<String>,
    typed_comment: String,
    fields: Vec<FieldRow>,
    loose_issues: Vec<String>,
    findings: Vec<FindingRow>,
    matching: Option<MatchRow>,
    lines: Vec<Line>,
    posting_class: &'static str,
    history: Vec<Happened>,
    models: Vec<String>,
}

/// A type that a person may say the document is of.
struct TypeChoice {
    name: &'static str,
    label: &'static str,
    chosen: bool,
}

struct PartLink {
    case_id: String,
    pages: String,
    name: String,
    phase: String,
    here: bool,
}

struct Paper {
    id: String,
    name: String,
    kind: String,
    size: String,
    pages: Vec<PaperPage>,
    sheet: Option<Sheet>,
    /// Whether the sheet is shown at once and not only on demand.
    unfolded: bool,
    note: &'static str,
}

struct PaperPage {
    number: i64,
    marks: Vec<Mark>,
}

struct Mark {
    field: String,
    title: String,
    class: &'static str,
    x: f32,
    y: f32,
    w: f32,
    h: f32,
}

struct Button {
    name: &'static str,
    label: &'static str,
    class: &'static str,
    key: &'static str,
}

struct FieldRow {
    name: &'static str,
    label: &'static str,
    value: String,
    was: String,
    found: bool,
    class: &'static str,
    percent: u8,
    source: String,
    source_short: &'static str,
    issues: Vec<String>,
}

struct FindingRow {
    kind: String,
    class: String,
    label: String,
    scored: bool,
    percent: u8,
    reasons: Vec<ReasonView>,
    duplicate_of: Option<DuplicateView>,
    model: String,
}

struct MatchRow {
    class: &'static str,
    result: String,
    text: String,
    differences: Vec<ReasonView>,
}

struct Line {
    description: String,
    quantity: String,
    unit_price: String,
    tax_rate: String,
    amount: String,
}

struct Happened {
    at: String,
    exact: String,
    by: String,
    person: bool,
    action: String,
    to: String,
    rules: Vec<String>,
    why: String,
}

/// What a person typed before a decision was refused.
#[derive(Default)]
pub(super) struct Typed {
    /// The comment.
    pub comment: String,
    /// Corrections by field.
    pub corrections: BTreeMap<String, String>,
}

/// The page.
///
/// # Errors
/// 404, or the store's.
pub async fn page(State(web): State<Web>, Extension(caller): Extension<Caller>, Id(id): Id<CaseId>) -> Result<Response, Problem> {
    show(&web, &caller, id, Typed::default(), None).await
}

/// The page with what was typed and what was wrong with it.
pub(super) async fn show(web: &Web, caller: &Caller, id: CaseId, typed: Typed, problem: Option<Problem>) -> Result<Response, Problem> {
    let gathered = view::gather(web, &caller.principal, id).await?;
    let decidable = routes::may(&caller.principal.roles, &Method::POST, "/cases/{id}/decisions");
    let now = web.pipeline.ambient().now();
    let store = web.pipeline.store();
    let workflow = web.pipeline.workflows.bound(store, caller.principal.company, &gathered.row.case.workflow).await?;
    let allowed = if decidable { allowed(&gathered.row.case, &workflow, &caller.principal.actor(), now) } else { Vec::new() };
    let may = |action: &str| allowed.iter().any(|a| a.action == action && a.refusal.is_none());
    let assignees = match &gathered.row.case.state.waiting() {
        Some(waiting) if may("assign") => store.users_with_role(caller.principal.company, waiting.role).await?,
        _ => Vec::new(),
    };
    let mut sheets = Vec::new();
    for document in &gathered.view.documents {
        sheets.push(super::einvoice::sheet(web, caller, document, &gathered.view.issues).await);
    }
    let page = build(gathered, caller, &allowed, assignees, sheets, typed, problem, now);
    Ok(render(page.frame.status(), &page))
}

#[expect(clippy::too_many_arguments, reason = "everything the page shows, gathered in one place")]
fn build(
    gathered: Gathered,
    caller: &Caller,
    allowed: &[Allowed],
    assignees: Vec<String>,
    sheets: Vec<Option<Sheet>>,
    typed: Typed,
    problem: Option<Problem>,
    now: Timestamp,
) -> CasePage {
    let case = gathered.view;
    let may = |action: &str| allowed.iter().any(|a| a.action == action && a.refusal.is_none());
    let text = |name: &str| case.fields.get(name).map(|field| field.value.clone());
    let name = text("supplier_name").or_else(|| case.documents.first().and_then(|d| d.name.clone()));
    let heading = [name, text("invoice_number")].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let amount = text("total_amount").map(|amount| format!("{} {}", grouped(&amount), text("currency").unwrap_or_default()));
    let dated = text("issue_date").map(|date| format!("dated {date}"));
    let order = text("purchase_order").map(|order| format!("order {order}"));
    let received = Some(format!("received {}", ago(case.created_at, now)));
    let subheading = [amount, dated, order, received].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let waiting = case.waiting_for.as_ref();
    let (fields, loose_issues) = field_rows(&case, &typed.corrections);
    let paper_kind = case.kind.as_deref().unwrap_or_default().replace('_', " ");
    CasePage {
        frame: Frame::of(if heading.is_empty() { "Case".to_owned() } else { heading.clone() }, caller, "/").with(problem),
        csrf: csrf(caller),
        back: format!("/?tab={}", tab_of(&case.phase)),
        heading: if heading.is_empty() { "Case".to_owned() } else { heading },
        subheading,
        pageless: case.documents.iter().all(|document| !document.has_pages) && sheets.iter().all(Option::is_none),
        paper_kind,
        types: types(typed.corrections.get("document_type").or(case.document_type.as_ref())),
        parts: parts(&case),
        papers: case.documents.iter().zip(sheets).map(|(document, sheet)| paper(document, &case, sheet)).collect(),
        open: waiting.is_some(),
        waiting_text: waiting.map(|w| people(w.assignee.as_deref(), &w.role, &w.users)).unwrap_or_default(),
        due_text: waiting.map(|w| until(w.due, now)).unwrap_or_default(),
        rules: waiting.map(|w| w.rules.iter().map(|rule| words(rule)).collect()).unwrap_or_default(),
        may_retry: case.parked.is_some() && routes::may(&caller.principal.roles, &Method::POST, "/cases/{id}/retry"),
        may_correct: may("correct"),
        may_hold: may("hold"),
        comment_needed: may("reject"),
        actions: buttons(&may),
        refusals: refusals(allowed),
        assignees,
        typed_comment: typed.comment,
        fields,
        loose_issues,
        findings: case.findings.iter().map(finding_row).collect(),
        matching: case.r#match.as_ref().filter(|m| m.kind != "none").map(match_row),
        lines: case.lines.iter().map(line).collect(),
        posting_class: posting_class(&case.posting.state),
        history: case.history.iter().rev().map(happened).collect(),
        models: case.models.iter().map(|(task, model)| format!("{task}: {model}")).collect(),
        case,
    }
}

fn tab_of(phase: &str) -> &str {
    match phase {
        "approved" | "posting" => "processing",
        other => other,
    }
}

/// `a reviewer (rita, rob)`, `rita`.
fn people(assignee: Option<&str>, role: &str, users: &[String]) -> String {
    let role = role.replace('_', " ");
    match assignee {
        Some(name) => format!("{name} ({role})"),
        None if users.is_empty() => format!("{role} (nobody holds this role)"),
        None => format!("{role} ({})", users.join(", ")),
    }
}

/// Buttons of the decision form; `correct`, `hold` and `assign` have controls of their own.
fn buttons(may: &dyn Fn(&str) -> bool) -> Vec<Button> {
    let all = [
        Button { name: "approve", label: "Approve", class: "primary", key: "a" },
        Button { name: "reject", label: "Reject", class: "danger", key: "r" },
        Button { name: "return", label: "Return", class: "", key: "" },
        Button { name: "comment", label: "Comment", class: "", key: "" },
    ];
    all.into_iter().filter(|button| may(button.name)).collect()
}

/// Why approving is not offered, where a rule and not just the role forbids it.
fn refusals(allowed: &[Allowed]) -> Vec<String> {
    let of_rule = |refusal: &Refusal| match refusal {
        Refusal::Forbidden { rule, message } if rule != "role" => Some(message.clone()),
        _ => None,
    };
    allowed.iter().filter(|a| a.action == "approve").filter_map(|a| a.refusal.as_ref().and_then(of_rule)).collect()
}

fn types(chosen: Option<&String>) -> Vec<TypeChoice> {
    let all = [("invoice", "Invoice"), ("credit_note", "Credit note"), ("receipt", "Receipt"), ("other", "Something else")];
    let choice = |(name, label)| TypeChoice { name, label, chosen: chosen.is_some_and(|chosen| chosen == name) };
    all.into_iter().map(choice).collect()
}

/// The documents of the file, where it holds several.
fn parts(case: &CaseView) -> Vec<PartLink> {
    let all = case.part.iter().flat_map(|part| &part.cases);
    let link = |part: &view::PartCaseView| PartLink {
        case_id: part.case_id.clone(),
        pages: PageRange { first: part.first_page, last: part.last_page }.to_string(),
        name: [&part.supplier_name, &part.invoice_number].into_iter().flatten().cloned().collect::<Vec<_>>().join(" · "),
        phase: part.phase.clone(),
        here: part.case_id == case.case_id.to_string(),
    };
    all.map(link).collect()
}

fn paper(document: &DocumentView, case: &CaseView, sheet: Option<Sheet>) -> Paper {
    let (first, last) = match &case.part {
        Some(part) => (i64::from(part.first_page), i64::from(part.last_page)),
        None => (1, document.pages.max(1)),
    };
    let pages = (first..=last.min(first + PAGES_SHOWN - 1)).map(|number| PaperPage { number, marks: marks(case, number) });
    Paper {
        id: document.document_id.clone(),
        name: document.name.clone().unwrap_or_else(|| "document".to_owned()),
        kind: document.kind.clone(),
        size: size(document.size),
        pages: if document.has_pages { pages.collect() } else { Vec::new() },
        unfolded: !document.has_pages || case.issues.iter().any(|issue| issue.code == "page-differs-from-xml"),
        note: match (document.has_pages, &sheet) {
            (false, None) => "An electronic invoice: its fields are exact. It cannot be shown just now; load the page again.",
            _ => "",
        },
        sheet,
    }
}

fn marks(case: &CaseView, page: i64) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (name, field) in &case.fields {
        let label = name.parse::<FieldName>().map(FieldName::label).unwrap_or(name);
        let class = if field.confidence < LOOK_BELOW { "check" } else { "" };
        for place in field.boxes.iter().filter(|place| i64::from(place.page) == page) {
            let title = format!("{label}: {}", field.value);
            marks.push(Mark { field: name.clone(), title, class, x: place.x, y: place.y, w: place.w, h: place.h });
        }
    }
    marks
}

/// Fields whose absence keeps an invoice from being posted.
const NEEDED: &[FieldName] =
    &[FieldName::InvoiceNumber, FieldName::IssueDate, FieldName::SupplierName, FieldName::Currency, FieldName::TotalAmount];

fn field_rows(case: &CaseView, typed: &BTreeMap<String, String>) -> (Vec<FieldRow>, Vec<String>) {
    if case.fields.is_empty() && case.phase == "processing" {
        return (Vec::new(), Vec::new());
    }
    let rows = FieldName::ALL.iter().map(|name| {
        let field = case.fields.get(name.as_str());
        let was = field.map(|f| f.value.clone()).unwrap_or_default();
        let issues = case.issues.iter().filter(|i| i.field.as_deref() == Some(name.as_str())).map(|i| i.message.clone()).collect();
        FieldRow {
            name: name.as_str(),
            label: name.label(),
            value: typed.get(name.as_str()).cloned().unwrap_or_else(|| was.clone()),
            was,
            found: field.is_some(),
            class: match field {
                Some(field) if field.confidence < LOOK_BELOW => "check",
                None if NEEDED.contains(name) => "missing",
                _ => "",
            },
            percent: field.map(|f| percent(f.confidence)).unwrap_or_default(),
            source: field.map(|f| source_words(&f.source).1.to_owned()).unwrap_or_default(),
            source_short: field.map(|f| source_words(&f.source).0).unwrap_or_default(),
            issues,
        }
    });
    let loose = case.issues.iter().filter(|issue| issue.field.is_none()).map(|issue| issue.message.clone()).collect();
    (rows.collect(), loose)
}

fn source_words(source: &str) -> (&'static str, &'static str) {
    match source {
        "einvoice-xml" => ("XML", "from the electronic invoice's own XML: exact"),
        "pdf-text" => ("text", "read from the PDF's text"),
        "ocr" => ("OCR", "read by character recognition"),
        "person" => ("person", "entered or corrected by a person"),
        _ => ("", ""),
    }
}

fn finding_row(finding: &FindingView) -> FindingRow {
    FindingRow {
        kind: words(&finding.kind),
        class: finding.kind.clone(),
        label: words(&finding.code),
        scored: !finding.model.is_empty(),
        percent: percent(finding.score),
        reasons: finding.reasons.clone(),
        duplicate_of: finding.duplicate_of.clone(),
        model: finding.model.clone(),
    }
}

fn match_row(matching: &MatchView) -> MatchRow {
    let against = match (matching.kind.as_str(), &matching.purchase_order) {
        ("three-way", Some(order)) => format!("Compared with order {order} and its goods receipts (three-way)."),
        (_, Some(order)) => format!("Compared with order {order} (two-way)."),
        (_, None) => "The order named on the invoice was not found.".to_owned(),
    };
    let class = if matching.result == "matched" { "good" } else { "bad" };
    MatchRow { class, result: matching.result.replace('-', " "), text: against, differences: matching.differences.clone() }
}

fn line(line: &view::LineView) -> Line {
    let text = |value: Option<rust_decimal::Decimal>| value.map(|v| grouped(&v.to_string())).unwrap_or_default();
    Line {
        description: line.description.clone().unwrap_or_default(),
        quantity: text(line.quantity.map(|q| q.normalize())),
        unit_price: text(line.unit_price),
        tax_rate: text(line.tax_rate.map(|t| t.normalize())),
        amount: text(line.amount),
    }
}

fn happened(event: &view::HistoryView) -> Happened {
    Happened {
        at: minute(event.at),
        exact: event.at.to_string(),
        by: event.by.clone(),
        person: event.person,
        action: event.action.replace('-', " "),
        to: if event.to == event.from { String::new() } else { event.to.clone() },
        rules: event.rules.iter().map(|rule| words(rule)).collect(),
        why: event.why.clone(),
    }
}
