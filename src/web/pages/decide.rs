//! Decisions from the case page's forms. What is refused is shown on the same page, with what was typed.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;

use super::case::{Typed, show};
use crate::domain::CaseId;
use crate::pipeline::request::DecisionRequest;
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::extract::{FormBody, Id};
use crate::web::problem::{self, Problem};
use crate::web::view;

/// Takes a decision.
///
/// # Errors
/// 404; everything else is shown on the page.
pub async fn decide(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Id(id): Id<CaseId>,
    FormBody(form): FormBody<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let form: BTreeMap<String, String> = form.into_iter().collect();
    let current = view::gather(&web, &caller.principal, id).await?.view;
    let was = |name: &str| match name {
        "document_type" => current.document_type.clone().unwrap_or_default(),
        field => current.fields.get(field).map(|field| field.value.clone()).unwrap_or_default(),
    };
    let corrections: BTreeMap<String, String> = form
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("f.")?.to_owned(), value.trim().to_owned())))
        .filter(|(name, value)| *value != was(name))
        .collect();
    let text = |name: &str| form.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    let typed = Typed { comment: text("comment"), corrections: corrections.clone() };
    let outcome = match request(&text, corrections) {
        Ok(decision) => web.pipeline.decide(&caller.principal, id, decision).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/cases/{id}")).into_response()),
        Err(problem) => show(&web, &caller, id, typed, Some(problem)).await,
    }
}

fn request(text: &dyn Fn(&str) -> String, corrections: BTreeMap<String, String>) -> Result<DecisionRequest, Problem> {
    let action = text("action");
    let version = text("version").parse().map_err(|_| Problem::new(problem::BAD_REQUEST, "the form has no version"))?;
    if action == "correct" && corrections.is_empty() {
        return Err(Problem::new(problem::INVALID, "nothing was changed"));
    }
    let until = match text("until").as_str() {
        "" => None,
        _ if action != "hold" => None,
        day => Some(start_of(day)?),
    };
    Ok(DecisionRequest {
        comment: text("comment"),
        corrections: if action == "correct" { corrections } else { BTreeMap::new() },
        until,
        assignee: (action == "assign").then(|| text("assignee")),
        action,
        version,
    })
}

/// A day's start, in UTC.
fn start_of(day: &str) -> Result<Timestamp, Problem> {
    let wrong = || Problem::new(problem::INVALID, "the hold's end is no date").on("until", "write YYYY-MM-DD");
    let date: Date = day.parse().map_err(|_| wrong())?;
    date.to_zoned_datetime(jiff::tz::TimeZone::UTC).map(|zoned| zoned.timestamp()).map_err(|_| wrong())
}

/// Tries parked work again.
///
/// # Errors
/// 404; a refusal is shown on the page.
pub async fn retry(State(web): State<Web>, Extension(caller): Extension<Caller>, Id(id): Id<CaseId>) -> Result<Response, Problem> {
    match web.pipeline.retry_case(&caller.principal, id).await.map_err(Problem::from) {
        Ok(()) => Ok(Redirect::to(&format!("/cases/{id}")).into_response()),
        Err(problem) => show(&web, &caller, id, Typed::default(), Some(problem)).await,
    }
}
