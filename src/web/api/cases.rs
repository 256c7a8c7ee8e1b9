//! Cases and decisions on them.

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::checked_limit;
use crate::domain::CaseId;
use crate::pipeline::request::DecisionRequest;
use crate::store::types::{CaseFilter, CaseSummary};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::extract::{Id, JsonBody, Params};
use crate::web::problem::{self, Problem};
use crate::web::view::{self, CaseView};
use crate::workflow::{Phase, Role};

/// Which cases.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CaseQuery {
    /// `review`, `approval`, or any other phase: the same as `phase`.
    pub queue: Option<String>,
    /// One phase, or several with commas.
    pub phase: Option<String>,
    /// Only waiting for this role.
    pub role: Option<String>,
    /// Part of the supplier's name or the invoice number.
    pub q: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows a page, 1 to 200 (50).
    pub limit: Option<u32>,
}

impl CaseQuery {
    /// The store's filter.
    ///
    /// # Errors
    /// [`problem::INVALID`] for an unknown phase, role or limit.
    pub fn filter(&self) -> Result<CaseFilter, Problem> {
        let named = self.queue.iter().chain(&self.phase).flat_map(|text| text.split(',')).map(str::trim).filter(|name| !name.is_empty());
        let phases = named.map(phase).collect::<Result<Vec<_>, _>>()?;
        let role = match self.role.as_deref().filter(|r| !r.is_empty()) {
            Some(name) => Some(name.parse::<Role>().map_err(|e| Problem::new(problem::INVALID, e.clone()).on("role", e))?),
            None => None,
        };
        Ok(CaseFilter {
            phases,
            role,
            search: self.q.as_deref().map(str::trim).filter(|q| !q.is_empty()).map(|q| q.chars().take(100).collect()),
            cursor: self.cursor.clone().filter(|c| !c.is_empty()),
            limit: checked_limit(self.limit)?,
        })
    }
}

fn phase(name: &str) -> Result<Phase, Problem> {
    Phase::ALL.iter().copied().find(|phase| phase.as_str() == name).ok_or_else(|| {
        let known: Vec<&str> = Phase::ALL.iter().map(|phase| phase.as_str()).collect();
        let text = format!("unknown queue or phase {name:?}; known: {}", known.join(", "));
        Problem::new(problem::INVALID, text.clone()).on("phase", text)
    })
}

/// A case in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseItem {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub case_id: CaseId,
    /// `invoice`.
    pub subject: String,
    /// The closed list.
    pub phase: &'static str,
    /// State name.
    pub state: String,
    /// Transitions so far.
    pub version: i64,
    /// When it came into its state.
    #[schema(value_type = String, format = DateTime)]
    pub since: jiff::Timestamp,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: jiff::Timestamp,
    /// The open task.
    #[schema(nullable)]
    pub waiting_for: Option<WaitingItem>,
    /// As extracted.
    #[schema(nullable)]
    pub supplier_name: Option<String>,
    /// As extracted.
    #[schema(nullable)]
    pub invoice_number: Option<String>,
    /// As extracted, plain decimal.
    #[schema(nullable)]
    pub total_amount: Option<String>,
    /// As extracted.
    #[schema(nullable)]
    pub currency: Option<String>,
    /// Kinds of the findings, the strongest first.
    pub findings: Vec<String>,
    /// File name of the document.
    #[schema(nullable)]
    pub document_name: Option<String>,
}

/// The open task in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingItem {
    /// Who is asked.
    pub role: &'static str,
    /// The person it is assigned to.
    #[schema(nullable)]
    pub assignee: Option<String>,
    /// The owning rule.
    #[schema(nullable)]
    pub rule: Option<String>,
    /// By when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due: Option<jiff::Timestamp>,
}

impl From<CaseSummary> for CaseItem {
    fn from(row: CaseSummary) -> Self {
        let (assignee, rule, due) = (row.assignee, row.rule, row.due);
        Self {
            case_id: row.id,
            subject: row.subject,
            phase: row.phase.as_str(),
            state: row.state,
            version: row.version,
            since: row.since,
            created_at: row.created_at,
            waiting_for: row.role.map(|role| WaitingItem { role: role.as_str(), assignee, rule, due }),
            supplier_name: row.supplier_name,
            invoice_number: row.invoice_number,
            total_amount: row.total_amount,
            currency: row.currency,
            findings: row.finding_kinds,
            document_name: row.document_name,
        }
    }
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct CasePage {
    /// The cases.
    pub items: Vec<CaseItem>,
    /// Where the next page starts; null: this is the last.
    #[schema(nullable)]
    pub next_cursor: Option<String>,
}

/// List cases
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", params(CaseQuery),
    responses((status = 200, description = "A page", body = CasePage), (status = 422, description = "Unknown phase or role", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Params(query): Params<CaseQuery>,
) -> Result<Json<CasePage>, Problem> {
    let page = web.pipeline.store().cases(caller.principal.company, &query.filter()?).await?;
    Ok(Json(CasePage { items: page.items.into_iter().map(CaseItem::from).collect(), next_cursor: page.next_cursor }))
}

/// A case
#[utoipa::path(get, path = "/api/v1/cases/{id}", tag = "cases",
    params(("id" = String, Path, description = "The case's id")),
    responses((status = 200, description = "The case", body = CaseView), (status = 404, description = "No such case", body = Problem)))]
pub async fn case(State(web): State<Web>, Extension(caller): Extension<Caller>, Id(id): Id<CaseId>) -> Result<Json<CaseView>, Problem> {
    Ok(Json(view::gather(&web, &caller.principal, id).await?.view))
}

/// A decision, as the documentation shows it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that the pipeline reads")]
pub struct Decision {
    /// `approve`, `reject`, `correct`, `return`, `hold`, `assign` or `comment`.
    #[schema(example = "approve")]
    action: String,
    /// The version you saw.
    #[schema(example = 4)]
    version: i64,
    /// Why; needed for `reject`, `return`, `hold` and `comment`.
    comment: Option<String>,
    /// For `correct`: field → new text; empty text removes the field.
    corrections: Option<std::collections::BTreeMap<String, String>>,
    /// For `hold`: when it comes back by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
    /// For `assign`: sign-in name.
    assignee: Option<String>,
}

/// Decide
///
/// Answers with the case after the decision.
#[utoipa::path(post, path = "/api/v1/cases/{id}/decisions", tag = "cases",
    params(("id" = String, Path, description = "The case's id"), ("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition safe")),
    request_body = Decision,
    responses((status = 200, description = "Decided: the case now", body = CaseView),
        (status = 403, description = "Your roles, or the segregation of duties named in `rule`, forbid it", body = Problem),
        (status = 404, description = "No such case", body = Problem),
        (status = 409, description = "The case has moved on (`current_version`), or the state does not allow it", body = Problem),
        (status = 422, description = "A value is not valid, a comment is missing, or it cannot be approved as it stands", body = Problem)))]
pub async fn decide(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Id(id): Id<CaseId>,
    JsonBody(decision): JsonBody<DecisionRequest>,
) -> Result<Json<CaseView>, Problem> {
    web.pipeline.decide(&caller.principal, id, decision).await?;
    Ok(Json(view::gather(&web, &caller.principal, id).await?.view))
}

/// Try parked work again
#[utoipa::path(post, path = "/api/v1/cases/{id}/retry", tag = "cases",
    params(("id" = String, Path, description = "The case's id")),
    responses((status = 200, description = "It is tried again: the case now", body = CaseView),
        (status = 404, description = "No such case", body = Problem), (status = 409, description = "The case is not parked", body = Problem)))]
pub async fn retry(State(web): State<Web>, Extension(caller): Extension<Caller>, Id(id): Id<CaseId>) -> Result<Json<CaseView>, Problem> {
    web.pipeline.retry_case(&caller.principal, id).await?;
    Ok(Json(view::gather(&web, &caller.principal, id).await?.view))
}
