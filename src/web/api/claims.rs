//! Claims: money to be asked back, payments to be explained.

use axum::extract::State;
use axum::{Extension, Json};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::checked_limit;
use super::rescorings::FindingItem;
use crate::domain::{ClaimId, RescoringId};
use crate::store::types::{By, ClaimRow, ClaimState};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::extract::{Id, JsonBody, Params};
use crate::web::problem::{self, Problem};

/// Which claims.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ClaimQuery {
    /// `open`, `recovered` or `dismissed`.
    pub state: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows a page, 1 to 200 (50).
    pub limit: Option<u32>,
}

impl ClaimQuery {
    /// The state asked for.
    ///
    /// # Errors
    /// [`problem::INVALID`] for an unknown one.
    pub fn state(&self) -> Result<Option<ClaimState>, Problem> {
        let Some(name) = self.state.as_deref().filter(|name| !name.is_empty()) else { return Ok(None) };
        ClaimState::ALL.iter().copied().find(|state| state.as_str() == name).map(Some).ok_or_else(|| {
            let text = format!("unknown state of a claim {name:?}");
            Problem::new(problem::INVALID, text.clone()).on("state", text)
        })
    }
}

/// A claim.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimItem {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub claim_id: ClaimId,
    /// `open`, `recovered` or `dismissed`.
    pub state: &'static str,
    /// The run that found it.
    #[schema(value_type = String, format = "uuid")]
    pub rescoring_id: RescoringId,
    /// What was found.
    pub finding: FindingItem,
    /// Why it was opened.
    pub comment: String,
    /// Who opened it: `{"type": "user", "id", "name"}`.
    #[schema(value_type = Object)]
    pub opened_by: By,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: jiff::Timestamp,
    /// How much came back, plain decimal, in the payable's currency.
    #[schema(nullable)]
    pub recovered: Option<String>,
    /// Why it was closed.
    #[schema(nullable)]
    pub closing_comment: Option<String>,
    /// Who closed it.
    #[schema(value_type = Option<Object>, nullable)]
    pub closed_by: Option<By>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime, nullable)]
    pub closed_at: Option<jiff::Timestamp>,
}

impl From<ClaimRow> for ClaimItem {
    fn from(row: ClaimRow) -> Self {
        Self {
            claim_id: row.id,
            state: row.state.as_str(),
            rescoring_id: row.rescoring,
            finding: row.finding.into(),
            comment: row.comment,
            opened_by: row.opened_by,
            opened_at: row.opened_at,
            recovered: row.recovered.map(|amount| amount.to_string()),
            closing_comment: row.closing_comment,
            closed_by: row.closed_by,
            closed_at: row.closed_at,
        }
    }
}

/// A page of claims.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimPage {
    /// The claims, newest first.
    pub items: Vec<ClaimItem>,
    /// Where the next page starts; null: this is the last.
    #[schema(nullable)]
    pub next_cursor: Option<String>,
}

/// List claims
#[utoipa::path(get, path = "/api/v1/claims", tag = "claims", params(ClaimQuery),
    responses((status = 200, description = "A page", body = ClaimPage), (status = 422, description = "Unknown state", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Params(query): Params<ClaimQuery>,
) -> Result<Json<ClaimPage>, Problem> {
    let cursor = query.cursor.as_deref().filter(|c| !c.is_empty());
    let page = web.pipeline.store().claims(caller.principal.company, query.state()?, cursor, checked_limit(query.limit)?).await?;
    Ok(Json(ClaimPage { items: page.items.into_iter().map(ClaimItem::from).collect(), next_cursor: page.next_cursor }))
}

/// How a claim ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseRequest {
    /// `recovered` or `dismissed`.
    pub outcome: ClaimOutcome,
    /// For `recovered`: what came back, plain decimal, in the payable's currency.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "119.00")]
    pub recovered: Option<Decimal>,
    /// How it ended, in words.
    pub comment: String,
}

/// How a claim can end.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimOutcome {
    /// Money came back, or was set off.
    Recovered,
    /// It was in order after all.
    Dismissed,
}

impl From<ClaimOutcome> for ClaimState {
    fn from(outcome: ClaimOutcome) -> Self {
        match outcome {
            ClaimOutcome::Recovered => Self::Recovered,
            ClaimOutcome::Dismissed => Self::Dismissed,
        }
    }
}

/// Close a claim
#[utoipa::path(post, path = "/api/v1/claims/{id}/close", tag = "claims",
    params(("id" = String, Path, description = "The claim's id"), ("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition safe")),
    request_body = CloseRequest,
    responses((status = 200, description = "The claim now", body = ClaimItem), (status = 404, description = "No such claim", body = Problem),
        (status = 409, description = "It is closed already", body = Problem),
        (status = 422, description = "The amount does not go with the outcome, or a comment is missing", body = Problem)))]
pub async fn close(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Id(id): Id<ClaimId>,
    JsonBody(request): JsonBody<CloseRequest>,
) -> Result<Json<ClaimItem>, Problem> {
    web.pipeline.close_claim(&caller.principal, id, request.outcome.into(), request.recovered, &request.comment).await?;
    let row = web.pipeline.store().claim_by_id(caller.principal.company, id).await?;
    row.map(|row| Json(row.into())).ok_or_else(|| Problem::not_found("claim"))
}
