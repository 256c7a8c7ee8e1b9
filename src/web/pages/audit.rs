//! The trail as a page.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;

use super::format::minute;
use super::queue::urlencoded;
use super::{Frame, render};
use crate::store::types::{AuditRow, By};
use crate::web::Web;
use crate::web::api::audit::{AuditQuery, read};
use crate::web::auth::Caller;
use crate::web::extract::Params;
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    case_id: String,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    index: i64,
    at: String,
    exact: String,
    by: String,
    person: bool,
    action: String,
    case_id: Option<String>,
    case_short: String,
    summary: String,
    detail: String,
    hash: String,
    hash_short: String,
}

/// The page.
///
/// # Errors
/// A malformed id, or the store's.
pub async fn page(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Params(query): Params<AuditQuery>,
) -> Result<Response, Problem> {
    let found = read(&web, &caller, &query).await?;
    let case_id = query.case_id.clone().unwrap_or_default();
    let next = found.next_cursor.map(|cursor| format!("/audit?case_id={}&cursor={}", urlencoded(&case_id), urlencoded(&cursor)));
    let page =
        AuditPage { frame: Frame::of("Audit trail", &caller, "/audit"), case_id, rows: found.items.into_iter().map(shown).collect(), next };
    Ok(render(page.frame.status(), &page))
}

fn shown(row: AuditRow) -> Row {
    let text = |name: &str| row.detail.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    let step = match (text("from"), text("to")) {
        (from, to) if from.is_empty() && to.is_empty() => String::new(),
        (from, to) => format!("{from} → {to}"),
    };
    let why: String = text("why").chars().take(90).collect();
    let summary = [step, why].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
    let case_id = row.case_id.map(|id| id.to_string());
    Row {
        index: row.index,
        at: minute(row.at),
        exact: row.at.to_string(),
        by: row.by.name().to_owned(),
        person: matches!(row.by, By::User { .. }),
        action: row.action,
        // The end of a time-sorted id tells cases apart, its start does not.
        case_short: case_id.as_deref().map(|id| format!("…{}", &id[id.len().saturating_sub(8)..])).unwrap_or_default(),
        case_id,
        summary: if summary.is_empty() { "details".to_owned() } else { summary },
        detail: serde_json::to_string_pretty(&row.detail).unwrap_or_default(),
        hash_short: row.hash.chars().take(10).collect(),
        hash: row.hash,
    }
}
