//! The outbox as a page.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::Method;
use axum::response::{IntoResponse, Redirect, Response};

use super::format::minute;
use super::queue::urlencoded;
use super::{Frame, Tab, csrf, render};
use crate::domain::PostingId;
use crate::store::types::{PostingRow, PostingState};
use crate::web::Web;
use crate::web::api::postings::PostingQuery;
use crate::web::auth::Caller;
use crate::web::extract::{Id, Params};
use crate::web::problem::Problem;
use crate::web::routes;

#[derive(Template)]
#[template(path = "postings.html")]
struct PostingsPage {
    frame: Frame,
    csrf: String,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    id: String,
    at: String,
    state: &'static str,
    class: &'static str,
    reference: String,
    key: String,
    case_id: String,
    erp: String,
    attempts: i64,
    error: String,
    may_retry: bool,
}

const TABS: &[(&str, &str)] = &[
    ("", "All"),
    ("dead", "Dead letters"),
    ("uncertain", "Uncertain"),
    ("refused", "Refused"),
    ("pending", "Pending"),
    ("sending", "Sending"),
    ("posted", "Posted"),
];
const ROWS: u32 = 100;

/// How a posting's state is coloured.
pub(super) fn class(state: &str) -> &'static str {
    match state {
        "posted" => "good",
        "dead" | "refused" => "bad",
        "uncertain" => "warn",
        _ => "plain",
    }
}

/// The page.
///
/// # Errors
/// An unknown state, or the store's.
pub async fn page(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Params(query): Params<PostingQuery>,
) -> Result<Response, Problem> {
    show(&web, &caller, &query, None).await
}

async fn show(web: &Web, caller: &Caller, query: &PostingQuery, problem: Option<Problem>) -> Result<Response, Problem> {
    let cursor = query.cursor.as_deref().filter(|c| !c.is_empty());
    let found = web.pipeline.store().postings(caller.principal.company, query.state()?, cursor, ROWS).await?;
    let at = query.state.as_deref().unwrap_or_default();
    let link = |state: &str| if state.is_empty() { "/postings".to_owned() } else { format!("/postings?state={state}") };
    let tabs = TABS.iter().map(|(state, label)| Tab {
        href: link(state),
        label: (*label).to_owned(),
        count: 0,
        urgent: false,
        current: *state == at,
    });
    let may_retry = routes::may(&caller.principal.roles, &Method::POST, "/postings/{id}/retry");
    let next = found.next_cursor.map(|cursor| format!("/postings?state={at}&cursor={}", urlencoded(&cursor)));
    let page = PostingsPage {
        frame: Frame::of("Postings", caller, "/postings").with(problem),
        csrf: csrf(caller),
        tabs: tabs.collect(),
        rows: found.items.into_iter().map(|row| shown(row, may_retry)).collect(),
        next,
    };
    Ok(render(page.frame.status(), &page))
}

fn shown(row: PostingRow, may_retry: bool) -> Row {
    Row {
        id: row.id.to_string(),
        at: minute(row.updated_at),
        state: row.state.as_str(),
        class: class(row.state.as_str()),
        reference: row.reference.unwrap_or_default(),
        key: row.key,
        case_id: row.case_id.to_string(),
        erp: row.connector,
        attempts: row.attempts,
        error: row.last_error.unwrap_or_default(),
        may_retry: may_retry && row.state == PostingState::Dead,
    }
}

/// Tries a dead letter again.
///
/// # Errors
/// The store's; a refusal is shown on the page.
pub async fn retry(State(web): State<Web>, Extension(caller): Extension<Caller>, Id(id): Id<PostingId>) -> Result<Response, Problem> {
    match web.pipeline.retry_posting(&caller.principal, id).await.map_err(Problem::from) {
        Ok(()) => Ok(Redirect::to("/postings").into_response()),
        Err(problem) if problem.status == 404 => Err(problem),
        Err(problem) => show(&web, &caller, &PostingQuery::default(), Some(problem)).await,
    }
}
