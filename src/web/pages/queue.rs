//! The queue: cases by phase, with what they wait for and why.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::Method;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::HashMap;

use super::format::{ago, grouped, minute, until, words};
use super::{Frame, Tab, csrf, render};
use crate::store::types::{CaseFilter, CaseSummary};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::extract::Params;
use crate::web::problem::Problem;
use crate::web::routes;
use crate::workflow::{Phase, Role};

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    frame: Frame,
    csrf: String,
    may_upload: bool,
    results: Vec<UploadResult>,
    tabs: Vec<Tab>,
    tab: String,
    q: String,
    open: bool,
    rows: Vec<Row>,
    next: Option<String>,
}

/// What became of one uploaded file.
pub(super) struct UploadResult {
    /// `good`, `plain` or `bad`.
    pub class: &'static str,
    /// In a word.
    pub word: &'static str,
    /// The file.
    pub name: String,
    /// Its case.
    pub case: Option<String>,
    /// In a sentence.
    pub text: String,
}

struct Row {
    id: String,
    when: String,
    when_exact: String,
    late: bool,
    supplier: String,
    supplier_is_file: bool,
    number: String,
    total: String,
    rule: String,
    findings: Vec<Chip>,
    waiting: String,
    assignee: Option<String>,
}

struct Chip {
    class: String,
    label: String,
}

/// Which tab, search and page.
#[derive(Debug, Default, Deserialize)]
pub struct QueueQuery {
    tab: Option<String>,
    q: Option<String>,
    cursor: Option<String>,
}

/// Tabs: name, label, phases.
const TABS: &[(&str, &str, &[Phase])] = &[
    ("review", "Review", &[Phase::Review]),
    ("approval", "Approval", &[Phase::Approval]),
    ("held", "Held", &[Phase::Held]),
    ("parked", "Parked", &[Phase::Parked]),
    ("processing", "In progress", &[Phase::Processing, Phase::Approved, Phase::Posting]),
    ("posted", "Posted", &[Phase::Posted]),
    ("rejected", "Rejected", &[Phase::Rejected]),
    ("all", "All", &[]),
];
const ROWS: u32 = 50;

/// The page.
///
/// # Errors
/// The store's.
pub async fn page(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Params(query): Params<QueueQuery>,
) -> Result<Response, Problem> {
    show(&web, &caller, &query, Vec::new(), None).await
}

/// The page, with the results of an upload.
pub(super) async fn show(
    web: &Web,
    caller: &Caller,
    query: &QueueQuery,
    results: Vec<UploadResult>,
    problem: Option<Problem>,
) -> Result<Response, Problem> {
    let store = web.pipeline.store();
    let company = caller.principal.company;
    let asked = query.tab.as_deref().unwrap_or_else(|| first_tab(caller));
    let (tab, _, phases) = TABS.iter().find(|(name, ..)| *name == asked).unwrap_or(&TABS[0]);
    let q = query.q.as_deref().unwrap_or_default().trim().to_owned();
    let filter = CaseFilter {
        phases: phases.to_vec(),
        role: None,
        search: (!q.is_empty()).then(|| q.chars().take(100).collect()),
        cursor: query.cursor.clone().filter(|cursor| !cursor.is_empty()),
        limit: ROWS,
    };
    let found = store.cases(company, &filter).await?;
    let counts: HashMap<Phase, i64> = store.counts(company).await?.into_iter().collect();
    let now = web.pipeline.ambient().now();
    let open = matches!(*tab, "review" | "approval" | "held");
    let link = |tab: &str, cursor: Option<&str>| {
        let mut query = format!("/?tab={tab}");
        for (name, value) in [("q", Some(q.as_str())), ("cursor", cursor)] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                query.push_str(&format!("&{name}={}", urlencoded(value)));
            }
        }
        query
    };
    let tabs = TABS.iter().map(|(name, label, phases)| Tab {
        href: link(name, None),
        label: (*label).to_owned(),
        count: counts.iter().filter(|(phase, _)| phases.is_empty() || phases.contains(phase)).map(|(_, n)| n).sum(),
        urgent: matches!(*name, "parked") && counts.get(&Phase::Parked).is_some_and(|n| *n > 0),
        current: name == tab,
    });
    let frame = Frame::of("Queue", caller, "/").with(problem);
    let page = QueuePage {
        csrf: csrf(caller),
        may_upload: routes::may(&caller.principal.roles, &Method::POST, "/upload"),
        results,
        tabs: tabs.collect(),
        next: found.next_cursor.as_deref().map(|cursor| link(tab, Some(cursor))),
        tab: (*tab).to_owned(),
        q: q.clone(),
        open,
        rows: found.items.into_iter().map(|row| shown(row, now)).collect(),
        frame,
    };
    Ok(render(page.frame.status(), &page))
}

/// Approvers begin with what waits for them.
fn first_tab(caller: &Caller) -> &'static str {
    if caller.is_any(&[Role::Approver, Role::Controller]) && !caller.is_any(&[Role::Reviewer]) { "approval" } else { "review" }
}

fn shown(row: CaseSummary, now: Timestamp) -> Row {
    let (when, exact, late) = match row.due.filter(|_| matches!(row.phase, Phase::Review | Phase::Approval | Phase::Held)) {
        Some(due) => (until(due, now), due, due < now),
        None => (ago(row.since, now), row.since, false),
    };
    let named = row.supplier_name.clone();
    let total = row.total_amount.map(|amount| format!("{} {}", grouped(&amount), row.currency.unwrap_or_default()));
    Row {
        id: row.id.to_string(),
        when,
        when_exact: minute(exact),
        late,
        supplier_is_file: named.is_none() && row.document_name.is_some(),
        supplier: named.or(row.document_name).unwrap_or_else(|| "Unnamed document".to_owned()),
        number: row.invoice_number.unwrap_or_default(),
        total: total.unwrap_or_default(),
        rule: row.rule.as_deref().map(words).unwrap_or_default(),
        findings: row.finding_kinds.into_iter().map(|kind| Chip { label: words(&kind), class: kind }).collect(),
        waiting: row.role.map_or_else(|| words(row.phase.as_str()), |role| words(role.as_str())),
        assignee: row.assignee,
    }
}

/// A value for a query string.
pub(super) fn urlencoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
