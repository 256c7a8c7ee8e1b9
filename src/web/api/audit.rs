//! The trail.

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::checked_limit;
use crate::domain::CaseId;
use crate::store::types::{AuditRow, By, PageOf};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::extract::Params;
use crate::web::problem::{self, Problem};

/// Which records.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only about this case.
    pub case_id: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows a page, 1 to 200 (50).
    pub limit: Option<u32>,
}

impl AuditQuery {
    /// The case asked for.
    ///
    /// # Errors
    /// [`problem::INVALID`] where it is no id.
    pub fn case(&self) -> Result<Option<CaseId>, Problem> {
        let Some(text) = self.case_id.as_deref().map(str::trim).filter(|t| !t.is_empty()) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Problem::new(problem::INVALID, "case_id is no id").on("case_id", "not a UUID"))
    }
}

/// A record of the trail.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditItem {
    /// Gapless, from 0.
    pub index: i64,
    /// The case.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub case_id: Option<CaseId>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    /// Who: `{"type": "user", "id", "name"}` or `{"type": "program", "part"}`.
    #[schema(value_type = Object)]
    pub by: By,
    /// Event or action.
    pub action: String,
    /// Why, from and to which state, by which rules, workflow and models.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// Hash of the record before it.
    pub previous: String,
    /// Hash of this record.
    pub hash: String,
}

impl From<AuditRow> for AuditItem {
    fn from(row: AuditRow) -> Self {
        let AuditRow { index, case_id, at, by, action, detail, previous, hash } = row;
        Self { index, case_id, at, by, action, detail, previous, hash }
    }
}

/// A page of the trail.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// The records.
    pub items: Vec<AuditItem>,
    /// Where the next page starts; null: this is the last.
    #[schema(nullable)]
    pub next_cursor: Option<String>,
}

/// Read the trail
///
/// Newest first; with `case_id` everything about that case, oldest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, description = "A page", body = AuditPage)))]
pub async fn list(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Params(query): Params<AuditQuery>,
) -> Result<Json<AuditPage>, Problem> {
    let page = read(&web, &caller, &query).await?;
    Ok(Json(AuditPage { items: page.items.into_iter().map(AuditItem::from).collect(), next_cursor: page.next_cursor }))
}

/// A page of the whole trail, newest first; or all that happened to one case, the first first.
///
/// # Errors
/// A malformed id or limit, or the store's.
pub async fn read(web: &Web, caller: &Caller, query: &AuditQuery) -> Result<PageOf<AuditRow>, Problem> {
    let limit = checked_limit(query.limit)?;
    let store = web.pipeline.store();
    if let Some(case) = query.case()? {
        return Ok(PageOf { items: store.audit_of_case(caller.principal.company, case).await?, next_cursor: None });
    }
    let cursor = query.cursor.as_deref().filter(|c| !c.is_empty());
    Ok(store.audit_page(caller.principal.company, cursor, limit).await?)
}
