//! Runs over history: the list, one run with its comparison and findings, and the button that makes a case.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::Method;
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::BTreeMap;

use super::format::{grouped, minute, percent, words};
use super::queue::urlencoded;
use super::{Frame, Tab, csrf, render};
use crate::domain::RescoringId;
use crate::pipeline::claims::Opened;
use crate::store::types::{Change, RegisteredPayable, RescoringFinding, RescoringOutcome, RescoringRow, RescoringState};
use crate::web::Web;
use crate::web::api::rescorings::{FindingQuery, RescoringQuery, numbered, read};
use crate::web::auth::Caller;
use crate::web::extract::{FormBody, Id, Params};
use crate::web::problem::Problem;
use crate::web::routes;

const ROWS: u32 = 50;
/// Reasons of a finding shown in the list.
const REASONS: usize = 4;

#[derive(Template)]
#[template(path = "rescorings.html")]
struct RunsPage {
    frame: Frame,
    csrf: String,
    may_start: bool,
    candidates: Vec<String>,
    rows: Vec<RunLine>,
    next: Option<String>,
}

struct RunLine {
    id: String,
    at: String,
    by: String,
    models: String,
    state: &'static str,
    class: &'static str,
    progress: String,
    found: Vec<String>,
}

#[derive(Template)]
#[template(path = "rescoring.html")]
struct RunPage {
    frame: Frame,
    csrf: String,
    id: String,
    run: RunLine,
    open: bool,
    may_stop: bool,
    error: String,
    took: String,
    rows: String,
    left_out: u64,
    models: Vec<String>,
    at_risk: Vec<String>,
    compared: Compared,
    kinds: Vec<KindBox>,
    tabs: Vec<Tab>,
    reasons: Vec<ReasonLink>,
    findings: Vec<FindingLine>,
    next: Option<String>,
    here: String,
}

/// What the run was compared with.
struct Compared {
    with: String,
    link: Option<String>,
}

struct KindBox {
    class: &'static str,
    name: String,
    threshold: String,
    above: u64,
    before: u64,
    newly: u64,
    gone: u64,
    movers: Vec<Mover>,
}

struct Mover {
    text: String,
    step: String,
}

struct ReasonLink {
    href: String,
    label: String,
    times: i64,
    current: bool,
}

struct FindingLine {
    number: i64,
    class: &'static str,
    kind: String,
    percent: u8,
    before: String,
    change: &'static str,
    change_class: &'static str,
    of: Side,
    other: Option<Side>,
    reasons: Vec<(String, String)>,
    opened: Option<(String, &'static str)>,
    may_open: bool,
}

struct Side {
    case: Option<String>,
    supplier: String,
    number: String,
    amount: String,
    date: String,
}

/// The list.
///
/// # Errors
/// The store's.
pub async fn list(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Params(query): Params<RescoringQuery>,
) -> Result<Response, Problem> {
    show_list(&web, &caller, &query, None).await
}

async fn show_list(web: &Web, caller: &Caller, query: &RescoringQuery, problem: Option<Problem>) -> Result<Response, Problem> {
    let cursor = query.cursor.as_deref().filter(|c| !c.is_empty());
    let found = web.pipeline.store().rescorings(caller.principal.company, cursor, ROWS).await?;
    let page = RunsPage {
        frame: Frame::of("Look back", caller, "/rescorings").with(problem),
        csrf: csrf(caller),
        may_start: routes::may(&caller.principal.roles, &Method::POST, "/rescorings"),
        candidates: web.pipeline.candidates(),
        rows: found.items.iter().map(line).collect(),
        next: found.next_cursor.map(|cursor| format!("/rescorings?cursor={}", urlencoded(&cursor))),
    };
    Ok(render(page.frame.status(), &page))
}

fn line(row: &RescoringRow) -> RunLine {
    let (class, progress) = match row.state {
        RescoringState::Finished => ("good", String::new()),
        RescoringState::Failed => ("bad", row.error.clone().unwrap_or_default()),
        RescoringState::Stopped => ("plain", String::new()),
        RescoringState::Queued => ("plain", "waits for a worker".to_owned()),
        RescoringState::Running => ("warn", progress(row)),
    };
    let found = row.outcome.as_ref().map(|outcome| {
        let kinds = outcome.comparison.iter();
        kinds.map(|kind| format!("{} {}s ({} new)", kind.above, kind.kind.as_str(), kind.newly_above)).collect()
    });
    RunLine {
        id: row.id.to_string(),
        at: minute(row.requested_at),
        by: row.requested_by.name().to_owned(),
        models: row.candidate.as_deref().map_or_else(|| "installed models".to_owned(), |name| format!("candidate {name}")),
        state: row.state.as_str(),
        class,
        progress,
        found: found.unwrap_or_default(),
    }
}

fn progress(row: &RescoringRow) -> String {
    let phase = row.phase.as_deref().filter(|phase| !phase.is_empty()).unwrap_or("begins");
    match row.total.filter(|total| *total > 0) {
        Some(total) => format!("{phase}: {} of {}", grouped(&row.done.to_string()), grouped(&total.to_string())),
        None => phase.to_owned(),
    }
}

/// Queues a run and shows it.
///
/// # Errors
/// The store's; a refusal is shown on the page.
pub async fn start(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    FormBody(form): FormBody<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let form: BTreeMap<String, String> = form.into_iter().collect();
    let candidate = form.get("models").map(String::as_str).filter(|name| !name.is_empty());
    match web.pipeline.start_rescoring(&caller.principal, candidate).await.map_err(Problem::from) {
        Ok(id) => Ok(Redirect::to(&format!("/rescorings/{id}")).into_response()),
        Err(problem) => show_list(&web, &caller, &RescoringQuery::default(), Some(problem)).await,
    }
}

/// One run.
///
/// # Errors
/// 404, an unknown filter, or the store's.
pub async fn run(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Id(id): Id<RescoringId>,
    Params(query): Params<FindingQuery>,
) -> Result<Response, Problem> {
    show(&web, &caller, id, &query, None).await
}

async fn show(web: &Web, caller: &Caller, id: RescoringId, query: &FindingQuery, problem: Option<Problem>) -> Result<Response, Problem> {
    let store = web.pipeline.store();
    let company = caller.principal.company;
    let row = read(web, caller, id).await?;
    let mut filter = query.filter()?;
    filter.limit = ROWS;
    let found = store.rescoring_findings(company, id, &filter).await?;
    let reasons = store.rescoring_reasons(company, id).await?;
    let roles = &caller.principal.roles;
    let may_open = routes::may(roles, &Method::POST, "/rescorings/{id}/findings/{number}/case");
    let outcome = row.outcome.clone().unwrap_or_default();
    let mut kinds = Vec::new();
    for kind in &outcome.comparison {
        let mut movers = Vec::new();
        for number in kind.movers.iter().take(5) {
            movers.extend(store.rescoring_finding(company, id, *number).await?.map(mover));
        }
        kinds.push(KindBox {
            class: kind.kind.as_str(),
            name: words(kind.kind.as_str()),
            threshold: outcome.thresholds.get(kind.kind.as_str()).map(|limit| format!("{:.0} %", limit * 100.0)).unwrap_or_default(),
            above: kind.above,
            before: kind.before,
            newly: kind.newly_above,
            gone: kind.no_longer_above,
            movers,
        });
    }
    let took = row.started_at.zip(row.finished_at).map(|(from, to)| format!("{} s", to.duration_since(from).as_secs().max(1)));
    let page = RunPage {
        frame: Frame::of("Look back", caller, "/rescorings").with(problem),
        csrf: csrf(caller),
        id: id.to_string(),
        open: row.state.is_open(),
        may_stop: routes::may(roles, &Method::POST, "/rescorings/{id}/stop") && row.state.is_open(),
        error: row.error.clone().unwrap_or_default(),
        took: took.unwrap_or_default(),
        rows: grouped(&outcome.rows.to_string()),
        left_out: outcome.left_out,
        models: outcome.models.values().filter_map(|model| model.split(' ').next()).map(str::to_owned).collect(),
        at_risk: outcome.at_risk.iter().map(|(currency, amount)| format!("{} {currency}", grouped(&amount.to_string()))).collect(),
        compared: compared(&outcome),
        kinds,
        tabs: tabs(id, query, &outcome),
        reasons: reasons.into_iter().filter(|(_, code, _)| !code.is_empty()).map(|reason| reason_link(id, query, reason)).collect(),
        next: found.next_cursor.map(|cursor| link(id, query, &[("cursor", &cursor)])),
        here: link(id, query, &[]),
        findings: found.items.into_iter().map(|finding| shown(finding, may_open)).collect(),
        run: line(&row),
    };
    Ok(render(page.frame.status(), &page))
}

fn compared(outcome: &RescoringOutcome) -> Compared {
    match outcome.compared_with {
        Some(id) => Compared { with: "the run before".to_owned(), link: Some(format!("/rescorings/{id}")) },
        None => Compared { with: "the scores that stand with the cases (imported history has none)".to_owned(), link: None },
    }
}

/// The page's address with the present filter, changed by `with`; an empty value takes a filter away.
fn link(id: RescoringId, query: &FindingQuery, with: &[(&str, &str)]) -> String {
    let present = [("kind", &query.kind), ("change", &query.change), ("reason", &query.reason)];
    let mut values: BTreeMap<&str, &str> = present.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    values.extend(with.iter().copied());
    let parts: Vec<String> =
        values.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={}", urlencoded(value))).collect();
    if parts.is_empty() { format!("/rescorings/{id}") } else { format!("/rescorings/{id}?{}", parts.join("&")) }
}

fn tabs(id: RescoringId, query: &FindingQuery, outcome: &RescoringOutcome) -> Vec<Tab> {
    let (kind, change) = (query.kind.as_deref().unwrap_or_default(), query.change.as_deref().unwrap_or_default());
    let count = |kind: &str, change: &str| -> i64 {
        let of = outcome.comparison.iter().filter(|of| kind.is_empty() || of.kind.as_str() == kind);
        let number = |of: &crate::store::types::KindComparison| match change {
            "new" => of.newly_above,
            "gone" => of.no_longer_above,
            _ => of.above,
        };
        i64::try_from(of.map(number).sum::<u64>()).unwrap_or(i64::MAX)
    };
    [("", "", "All"), ("duplicate", "", "Duplicates"), ("anomaly", "", "Unusual"), ("", "new", "New"), ("", "gone", "No longer")]
        .into_iter()
        .map(|(of, with, label)| Tab {
            href: link(id, query, &[("kind", of), ("change", with), ("reason", "")]),
            label: label.to_owned(),
            count: count(of, with),
            urgent: false,
            current: of == kind && with == change,
        })
        .collect()
}

fn reason_link(id: RescoringId, query: &FindingQuery, (kind, code, times): (crate::domain::FindingKind, String, i64)) -> ReasonLink {
    let current = query.reason.as_deref() == Some(code.as_str());
    let wanted = if current { "" } else { code.as_str() };
    ReasonLink { href: link(id, query, &[("reason", wanted), ("kind", kind.as_str())]), label: words(&code), times, current }
}

fn mover(finding: RescoringFinding) -> Mover {
    let payable = &finding.of.payable;
    let before = finding.before.map_or_else(|| "–".to_owned(), |score| format!("{} %", percent(score)));
    Mover { text: format!("{} {}", payable.vendor_name, payable.invoice_no), step: format!("{before} → {} %", percent(finding.score)) }
}

fn shown(finding: RescoringFinding, may_open: bool) -> FindingLine {
    let opened = finding.opened.as_deref().map(|opened| match (opened, finding.of.case_id) {
        ("case", Some(case)) => (format!("/cases/{case}"), "in review"),
        _ => ("/claims".to_owned(), "claim"),
    });
    FindingLine {
        number: finding.number,
        class: finding.kind.as_str(),
        kind: words(finding.kind.as_str()),
        percent: percent(finding.score),
        before: finding.before.map(|score| format!("{} %", percent(score))).unwrap_or_default(),
        change: finding.change.as_str(),
        change_class: match finding.change {
            Change::New => "warn",
            Change::Gone => "good",
            Change::Still | Change::Below => "plain",
        },
        may_open: may_open && finding.change.is_above() && opened.is_none(),
        opened,
        of: side(&finding.of),
        other: finding.other.as_ref().map(side),
        reasons: finding.reasons.into_iter().take(REASONS).map(|reason| (reason.text, reason.figure)).collect(),
    }
}

fn side(of: &RegisteredPayable) -> Side {
    Side {
        case: of.case_id.map(|id| id.to_string()),
        supplier: of.payable.vendor_name.clone(),
        number: of.payable.invoice_no.clone(),
        amount: format!("{} {}", grouped(&of.payable.amount.to_string()), of.payable.currency),
        date: of.payable.effective_date().map(|date| date.to_string()).unwrap_or_default(),
    }
}

/// Asks a run to stop.
///
/// # Errors
/// 404; a refusal is shown on the page.
pub async fn stop(State(web): State<Web>, Extension(caller): Extension<Caller>, Id(id): Id<RescoringId>) -> Result<Response, Problem> {
    match web.pipeline.stop_rescoring(&caller.principal, id).await.map_err(Problem::from) {
        Ok(()) => Ok(Redirect::to(&format!("/rescorings/{id}")).into_response()),
        Err(problem) if problem.status == 404 => Err(problem),
        Err(problem) => show(&web, &caller, id, &FindingQuery::default(), Some(problem)).await,
    }
}

/// Makes a case of a finding, and goes on where the list was.
///
/// # Errors
/// 404; a refusal is shown on the page.
pub async fn open(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
    FormBody(form): FormBody<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (id, number) = numbered(path)?;
    let form: BTreeMap<String, String> = form.into_iter().collect();
    let comment = form.get("comment").map(|text| text.trim().to_owned()).unwrap_or_default();
    let back = form.get("back").filter(|back| back.starts_with(&format!("/rescorings/{id}"))).cloned();
    match web.pipeline.open_finding(&caller.principal, id, number, &comment).await.map_err(Problem::from) {
        Ok(Opened::Case(_) | Opened::Claim(_)) => {
            let back = back.unwrap_or_else(|| format!("/rescorings/{id}"));
            Ok(Redirect::to(&format!("{back}#n{number}")).into_response())
        }
        Err(problem) if problem.status == 404 => Err(problem),
        Err(problem) => show(&web, &caller, id, &FindingQuery::default(), Some(problem)).await,
    }
}
