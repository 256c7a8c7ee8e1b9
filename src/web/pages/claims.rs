//! Claims: what is to be asked back, and how each ended.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::Method;
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::BTreeMap;

use super::format::{grouped, minute, percent, words};
use super::queue::urlencoded;
use super::{Frame, Tab, csrf, render};
use crate::domain::ClaimId;
use crate::store::types::{ClaimRow, ClaimState};
use crate::web::Web;
use crate::web::api::claims::ClaimQuery;
use crate::web::auth::Caller;
use crate::web::extract::{FormBody, Id, Params};
use crate::web::problem::{self, Problem};
use crate::web::routes;

const ROWS: u32 = 50;
const TABS: &[(&str, &str)] = &[("open", "Open"), ("recovered", "Recovered"), ("dismissed", "Dismissed"), ("", "All")];

#[derive(Template)]
#[template(path = "claims.html")]
struct ClaimsPage {
    frame: Frame,
    csrf: String,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    id: String,
    at: String,
    by: String,
    state: &'static str,
    class: &'static str,
    kind: String,
    kind_class: &'static str,
    percent: u8,
    supplier: String,
    number: String,
    amount: String,
    plain_amount: String,
    case: Option<String>,
    other: String,
    run: String,
    reason: String,
    comment: String,
    ended: String,
    may_close: bool,
}

/// The page.
///
/// # Errors
/// An unknown state, or the store's.
pub async fn page(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Params(query): Params<ClaimQuery>,
) -> Result<Response, Problem> {
    show(&web, &caller, &query, None).await
}

async fn show(web: &Web, caller: &Caller, query: &ClaimQuery, problem: Option<Problem>) -> Result<Response, Problem> {
    let cursor = query.cursor.as_deref().filter(|c| !c.is_empty());
    // Nobody asked for a state: what is open.
    let state = if query.state.is_none() { Some(ClaimState::Open) } else { query.state()? };
    let found = web.pipeline.store().claims(caller.principal.company, state, cursor, ROWS).await?;
    let at = state.map_or("", ClaimState::as_str);
    let tabs = TABS.iter().map(|(state, label)| Tab {
        href: format!("/claims?state={state}"),
        label: (*label).to_owned(),
        count: 0,
        urgent: false,
        current: *state == at,
    });
    let may_close = routes::may(&caller.principal.roles, &Method::POST, "/claims/{id}/close");
    let page = ClaimsPage {
        frame: Frame::of("Claims", caller, "/claims").with(problem),
        csrf: csrf(caller),
        tabs: tabs.collect(),
        rows: found.items.into_iter().map(|row| shown(row, may_close)).collect(),
        next: found.next_cursor.map(|cursor| format!("/claims?state={at}&cursor={}", urlencoded(&cursor))),
    };
    Ok(render(page.frame.status(), &page))
}

fn shown(row: ClaimRow, may_close: bool) -> Row {
    let payable = &row.finding.of.payable;
    let recovered = row.recovered.map(|amount| format!("{} {} came back; ", grouped(&amount.to_string()), payable.currency));
    let closed = row.closed_by.as_ref().zip(row.closed_at).map(|(by, at)| format!(" ({}, {})", by.name(), minute(at)));
    let ended = [recovered, row.closing_comment.clone(), closed].into_iter().flatten().collect::<String>();
    let other = row.finding.other.as_ref().map(|other| {
        let date = other.payable.effective_date().map(|date| format!(" of {date}")).unwrap_or_default();
        format!("{}{date}", other.payable.invoice_no)
    });
    Row {
        id: row.id.to_string(),
        at: minute(row.opened_at),
        by: row.opened_by.name().to_owned(),
        state: row.state.as_str(),
        class: match row.state {
            ClaimState::Open => "warn",
            ClaimState::Recovered => "good",
            ClaimState::Dismissed => "plain",
        },
        kind: words(row.finding.kind.as_str()),
        kind_class: row.finding.kind.as_str(),
        percent: percent(row.finding.score),
        supplier: payable.vendor_name.clone(),
        number: payable.invoice_no.clone(),
        amount: format!("{} {}", grouped(&payable.amount.to_string()), payable.currency),
        plain_amount: payable.amount.abs().to_string(),
        case: row.finding.of.case_id.map(|id| id.to_string()),
        other: other.unwrap_or_default(),
        run: row.rescoring.to_string(),
        reason: row.finding.reasons.first().map(|reason| reason.text.clone()).unwrap_or_default(),
        comment: row.comment,
        ended,
        may_close: may_close && row.state == ClaimState::Open,
    }
}

/// Closes a claim.
///
/// # Errors
/// 404; a refusal is shown on the page.
pub async fn close(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Id(id): Id<ClaimId>,
    FormBody(form): FormBody<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let form: BTreeMap<String, String> = form.into_iter().collect();
    let text = |name: &str| form.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    let state = if text("outcome") == "recovered" { ClaimState::Recovered } else { ClaimState::Dismissed };
    let recovered = match text("recovered").as_str() {
        amount if state == ClaimState::Recovered => Some(
            amount
                .parse()
                .map_err(|_| Problem::new(problem::INVALID, "the amount is no plain decimal number").on("recovered", "write 1005.55")),
        ),
        _ => None,
    };
    let closed = match recovered.transpose() {
        Ok(recovered) => {
            let comment = text("comment");
            web.pipeline.close_claim(&caller.principal, id, state, recovered, &comment).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match closed {
        Ok(()) => Ok(Redirect::to("/claims").into_response()),
        Err(problem) if problem.status == 404 => Err(problem),
        Err(problem) => show(&web, &caller, &ClaimQuery::default(), Some(problem)).await,
    }
}
