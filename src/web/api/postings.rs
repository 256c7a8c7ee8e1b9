//! The outbox and its dead letters.

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::checked_limit;
use crate::domain::PostingId;
use crate::store::types::{PostingRow, PostingState};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::extract::{Id, Params};
use crate::web::problem::{self, Problem};

/// Which postings.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PostingQuery {
    /// `pending`, `sending`, `uncertain`, `refused`, `dead` or `posted`.
    pub state: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows a page, 1 to 200 (50).
    pub limit: Option<u32>,
}

const STATES: &[PostingState] = &[
    PostingState::Pending,
    PostingState::Sending,
    PostingState::Uncertain,
    PostingState::Refused,
    PostingState::Dead,
    PostingState::Posted,
];

impl PostingQuery {
    /// The state asked for.
    ///
    /// # Errors
    /// [`problem::INVALID`] for an unknown one.
    pub fn state(&self) -> Result<Option<PostingState>, Problem> {
        let Some(name) = self.state.as_deref().filter(|name| !name.is_empty()) else { return Ok(None) };
        STATES.iter().copied().find(|state| state.as_str() == name).map(Some).ok_or_else(|| {
            let text = format!("unknown posting state {name:?}");
            Problem::new(problem::INVALID, text.clone()).on("state", text)
        })
    }
}

/// A posting.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostingItem {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub posting_id: PostingId,
    /// Its case.
    #[schema(value_type = String, format = "uuid")]
    pub case_id: crate::domain::CaseId,
    /// The permanent key.
    pub key: String,
    /// The connector.
    pub erp: String,
    /// Where it stands.
    pub state: &'static str,
    /// Tries so far.
    pub attempts: i64,
    /// The last error.
    #[schema(nullable)]
    pub last_error: Option<String>,
    /// The ERP's number.
    #[schema(nullable)]
    pub reference: Option<String>,
    /// Last change.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: jiff::Timestamp,
}

impl From<PostingRow> for PostingItem {
    fn from(row: PostingRow) -> Self {
        Self {
            posting_id: row.id,
            case_id: row.case_id,
            key: row.key,
            erp: row.connector,
            state: row.state.as_str(),
            attempts: row.attempts,
            last_error: row.last_error,
            reference: row.reference,
            updated_at: row.updated_at,
        }
    }
}

/// A page of postings.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostingPage {
    /// The postings.
    pub items: Vec<PostingItem>,
    /// Where the next page starts; null: this is the last.
    #[schema(nullable)]
    pub next_cursor: Option<String>,
}

/// List postings
#[utoipa::path(get, path = "/api/v1/postings", tag = "postings", params(PostingQuery),
    responses((status = 200, description = "A page", body = PostingPage), (status = 422, description = "Unknown state", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Params(query): Params<PostingQuery>,
) -> Result<Json<PostingPage>, Problem> {
    let limit = checked_limit(query.limit)?;
    let cursor = query.cursor.as_deref().filter(|c| !c.is_empty());
    let page = web.pipeline.store().postings(caller.principal.company, query.state()?, cursor, limit).await?;
    Ok(Json(PostingPage { items: page.items.into_iter().map(PostingItem::from).collect(), next_cursor: page.next_cursor }))
}

/// Try a dead letter again
///
/// Under the same permanent key: the ERP is asked first whether it has it.
#[utoipa::path(post, path = "/api/v1/postings/{id}/retry", tag = "postings",
    params(("id" = String, Path, description = "The posting's id")),
    responses((status = 200, description = "It is tried again: the posting now", body = PostingItem),
        (status = 404, description = "No such posting", body = Problem), (status = 409, description = "It is no dead letter", body = Problem)))]
pub async fn retry(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Id(id): Id<PostingId>,
) -> Result<Json<PostingItem>, Problem> {
    web.pipeline.retry_posting(&caller.principal, id).await?;
    let row = web.pipeline.store().posting(caller.principal.company, id).await?;
    row.map(|row| Json(row.into())).ok_or_else(|| Problem::not_found("posting"))
}
