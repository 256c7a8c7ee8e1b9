//! Runs over the company's own history, what they found, and what people make of it.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::checked_limit;
use crate::domain::{FindingKind, RescoringId};
use crate::pipeline::claims::Opened;
use crate::store::types::{By, Change, FindingFilter, RegisteredPayable, RescoringFinding, RescoringRow};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::extract::{Id, JsonBody, Params};
use crate::web::problem::{self, Problem};
use crate::web::view::ReasonView;

/// A page of a list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RescoringQuery {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows a page, 1 to 200 (50).
    pub limit: Option<u32>,
}

/// A run over history.
#[derive(Debug, Serialize, ToSchema)]
pub struct RescoringItem {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub rescoring_id: RescoringId,
    /// `queued`, `running`, `finished`, `failed` or `stopped`.
    pub state: &'static str,
    /// The candidate models' name; `installed` for the installed ones.
    pub models_from: String,
    /// Who asked for it: `{"type": "user", "id", "name"}`.
    #[schema(value_type = Object)]
    pub requested_by: By,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub requested_at: jiff::Timestamp,
    /// When a worker took it.
    #[schema(value_type = Option<String>, format = DateTime, nullable)]
    pub started_at: Option<jiff::Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime, nullable)]
    pub finished_at: Option<jiff::Timestamp>,
    /// How far it is.
    pub progress: ProgressView,
    /// Why it failed.
    #[schema(nullable)]
    pub error: Option<String>,
    /// What it found; null until it has finished.
    #[schema(nullable)]
    pub outcome: Option<OutcomeView>,
}

/// How far a run is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressView {
    /// What it does, in words.
    #[schema(nullable)]
    pub phase: Option<String>,
    /// Rows of this phase done.
    pub done: i64,
    /// Rows of this phase, where known.
    #[schema(nullable)]
    pub total: Option<i64>,
}

/// What a run found, in figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutcomeView {
    /// Models: task to `name@version sha256`.
    pub models: BTreeMap<String, String>,
    /// Score from which a finding counts, by kind.
    pub thresholds: BTreeMap<String, f64>,
    /// Payables scored.
    pub rows: u64,
    /// Payables that could not be scored.
    pub left_out: u64,
    /// Money of the duplicates above the threshold, by currency, plain decimals.
    pub at_risk: BTreeMap<String, String>,
    /// The run it was compared with; null: the scores that stand with the cases.
    #[schema(value_type = Option<String>, format = "uuid", nullable)]
    pub compared_with: Option<RescoringId>,
    /// Duplicates and anomalies against what was known before.
    pub comparison: Vec<ComparisonView>,
}

/// One kind of finding, now and before.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparisonView {
    /// `duplicate` or `anomaly`.
    pub kind: &'static str,
    /// Payables above the threshold now.
    pub above: u64,
    /// Before.
    pub before: u64,
    /// Above now, not before.
    pub newly_above: u64,
    /// Above before, not now.
    pub no_longer_above: u64,
    /// Numbers of the findings whose score moved furthest, the furthest first.
    pub movers: Vec<i64>,
}

impl From<RescoringRow> for RescoringItem {
    fn from(row: RescoringRow) -> Self {
        let outcome = row.outcome.map(|outcome| OutcomeView {
            models: outcome.models,
            thresholds: outcome.thresholds,
            rows: outcome.rows,
            left_out: outcome.left_out,
            at_risk: outcome.at_risk.into_iter().map(|(currency, amount)| (currency, amount.to_string())).collect(),
            compared_with: outcome.compared_with,
            comparison: outcome
                .comparison
                .into_iter()
                .map(|kind| ComparisonView {
                    kind: kind.kind.as_str(),
                    above: kind.above,
                    before: kind.before,
                    newly_above: kind.newly_above,
                    no_longer_above: kind.no_longer_above,
                    movers: kind.movers,
                })
                .collect(),
        });
        Self {
            rescoring_id: row.id,
            state: row.state.as_str(),
            models_from: row.candidate.unwrap_or_else(|| "installed".to_owned()),
            requested_by: row.requested_by,
            requested_at: row.requested_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            progress: ProgressView { phase: row.phase, done: row.done, total: row.total },
            error: row.error,
            outcome,
        }
    }
}

/// A page of runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct RescoringPage {
    /// The runs, newest first.
    pub items: Vec<RescoringItem>,
    /// Where the next page starts; null: this is the last.
    #[schema(nullable)]
    pub next_cursor: Option<String>,
    /// Names of the candidate models that a run can be asked for.
    pub candidates: Vec<String>,
}

/// List runs over history
#[utoipa::path(get, path = "/api/v1/rescorings", tag = "rescorings", params(RescoringQuery),
    responses((status = 200, description = "A page", body = RescoringPage)))]
pub async fn list(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Params(query): Params<RescoringQuery>,
) -> Result<Json<RescoringPage>, Problem> {
    let cursor = query.cursor.as_deref().filter(|c| !c.is_empty());
    let page = web.pipeline.store().rescorings(caller.principal.company, cursor, checked_limit(query.limit)?).await?;
    let items = page.items.into_iter().map(RescoringItem::from).collect();
    Ok(Json(RescoringPage { items, next_cursor: page.next_cursor, candidates: web.pipeline.candidates() }))
}

/// What to run.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RescoringRequest {
    /// A candidate's name: a folder under `candidates` in the data folder, with `duplicates`, `anomaly` or
    /// both; what it lacks is taken from the installed models. Left out: the installed models.
    #[serde(default)]
    pub models: Option<String>,
}

/// Score the company's own history anew
///
/// Scores every payable of the register by the same engine as `countersign rescore`, and compares the
/// result with the run before, or with the scores that stand with the cases.
#[utoipa::path(post, path = "/api/v1/rescorings", tag = "rescorings",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition safe")), request_body = RescoringRequest,
    responses((status = 202, description = "Queued", body = RescoringItem),
        (status = 409, description = "A run that has not ended exists already", body = Problem),
        (status = 422, description = "There are no such models, or this version cannot use them", body = Problem)))]
pub async fn start(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    JsonBody(request): JsonBody<RescoringRequest>,
) -> Result<(StatusCode, Json<RescoringItem>), Problem> {
    let id = web.pipeline.start_rescoring(&caller.principal, request.models.as_deref()).await?;
    Ok((StatusCode::ACCEPTED, Json(read(&web, &caller, id).await?.into())))
}

/// The run, or 404.
pub(in crate::web) async fn read(web: &Web, caller: &Caller, id: RescoringId) -> Result<RescoringRow, Problem> {
    let row = web.pipeline.store().rescoring(caller.principal.company, id).await?;
    row.ok_or_else(|| Problem::not_found("rescoring"))
}

/// A run over history
#[utoipa::path(get, path = "/api/v1/rescorings/{id}", tag = "rescorings",
    params(("id" = String, Path, description = "The run's id")),
    responses((status = 200, description = "The run", body = RescoringItem), (status = 404, description = "No such run", body = Problem)))]
pub async fn run(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Id(id): Id<RescoringId>,
) -> Result<Json<RescoringItem>, Problem> {
    Ok(Json(read(&web, &caller, id).await?.into()))
}

/// Stop a run
#[utoipa::path(post, path = "/api/v1/rescorings/{id}/stop", tag = "rescorings",
    params(("id" = String, Path, description = "The run's id")),
    responses((status = 200, description = "It stops as soon as it can: the run now", body = RescoringItem),
        (status = 404, description = "No such run", body = Problem), (status = 409, description = "It has ended", body = Problem)))]
pub async fn stop(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Id(id): Id<RescoringId>,
) -> Result<Json<RescoringItem>, Problem> {
    web.pipeline.stop_rescoring(&caller.principal, id).await?;
    Ok(Json(read(&web, &caller, id).await?.into()))
}

/// The report of a run
///
/// One self-contained HTML page, always as an attachment.
#[utoipa::path(get, path = "/api/v1/rescorings/{id}/report", tag = "rescorings",
    params(("id" = String, Path, description = "The run's id")),
    responses((status = 200, description = "The page", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, description = "No such run, or it has not finished", body = Problem)))]
pub async fn report(State(web): State<Web>, Extension(caller): Extension<Caller>, Id(id): Id<RescoringId>) -> Result<Response, Problem> {
    let page = web.pipeline.store().rescoring_report(caller.principal.company, id).await?;
    let page = page.ok_or_else(|| Problem::not_found("report"))?;
    let name = HeaderValue::from_str(&format!("attachment; filename=\"rescoring-{id}.html\"")).map_err(|e| Problem::internal(&e))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")), (header::CONTENT_DISPOSITION, name)], page)
        .into_response())
}

/// Which findings.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FindingQuery {
    /// `duplicate` or `anomaly`.
    pub kind: Option<String>,
    /// `new`, `still`, `gone` or `below`; left out: those above the threshold (`new` and `still`).
    pub change: Option<String>,
    /// Only with this code as the strongest reason.
    pub reason: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows a page, 1 to 200 (50).
    pub limit: Option<u32>,
}

impl FindingQuery {
    /// The filter asked for.
    ///
    /// # Errors
    /// [`problem::INVALID`] for an unknown kind or change.
    pub fn filter(&self) -> Result<FindingFilter, Problem> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let invalid = |field: &str, text: String| Problem::new(problem::INVALID, text.clone()).on(field, text);
        let kind = match given(&self.kind).as_deref() {
            None => None,
            Some("duplicate") => Some(FindingKind::Duplicate),
            Some("anomaly") => Some(FindingKind::Anomaly),
            Some(other) => return Err(invalid("kind", format!("unknown kind {other:?}; known: duplicate, anomaly"))),
        };
        let known = [Change::New, Change::Still, Change::Gone, Change::Below];
        let changes = match given(&self.change) {
            None => Vec::new(),
            Some(name) => match known.into_iter().find(|change| change.as_str() == name) {
                Some(change) => vec![change],
                None => return Err(invalid("change", format!("unknown change {name:?}; known: new, still, gone, below"))),
            },
        };
        let limit = checked_limit(self.limit)?;
        Ok(FindingFilter { kind, changes, reason: given(&self.reason), cursor: given(&self.cursor), limit })
    }
}

/// A payable of the register.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayableView {
    /// Its position in the register.
    pub position: i64,
    /// Its case; null for imported history.
    #[schema(value_type = Option<String>, format = "uuid", nullable)]
    pub case_id: Option<crate::domain::CaseId>,
    /// The supplier's number.
    pub vendor_id: String,
    /// The supplier's name.
    pub vendor_name: String,
    /// The invoice number.
    pub invoice_no: String,
    /// The amount, plain decimal.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// When it was paid, entered or invoiced.
    #[schema(value_type = Option<String>, format = Date, nullable)]
    pub date: Option<jiff::civil::Date>,
}

impl From<RegisteredPayable> for PayableView {
    fn from(of: RegisteredPayable) -> Self {
        Self {
            position: of.position,
            case_id: of.case_id,
            date: of.payable.effective_date(),
            vendor_id: of.payable.vendor_id,
            vendor_name: of.payable.vendor_name,
            invoice_no: of.payable.invoice_no,
            amount: of.payable.amount.to_string(),
            currency: of.payable.currency,
        }
    }
}

/// Something that a run found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingItem {
    /// Its number in the run, the strongest first.
    pub number: i64,
    /// `duplicate` or `anomaly`.
    pub kind: &'static str,
    /// 0 to 1.
    pub score: f64,
    /// The score before; null: not kept, or never scored.
    #[schema(nullable)]
    pub before: Option<f64>,
    /// `new`, `still`, `gone` or `below`.
    pub change: &'static str,
    /// What was scored.
    pub payable: PayableView,
    /// For duplicates: what it pays again.
    #[schema(nullable)]
    pub duplicate_of: Option<PayableView>,
    /// The strongest first.
    pub reasons: Vec<ReasonView>,
    /// What a person made of it: `case`, or a claim's id.
    #[schema(nullable)]
    pub opened: Option<String>,
}

impl From<RescoringFinding> for FindingItem {
    fn from(finding: RescoringFinding) -> Self {
        Self {
            number: finding.number,
            kind: finding.kind.as_str(),
            score: finding.score,
            before: finding.before,
            change: finding.change.as_str(),
            payable: finding.of.into(),
            duplicate_of: finding.other.map(PayableView::from),
            reasons: finding.reasons.into_iter().map(|r| ReasonView { code: r.code, text: r.text, figure: r.figure }).collect(),
            opened: finding.opened,
        }
    }
}

/// A page of findings.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingPage {
    /// The findings, the strongest first.
    pub items: Vec<FindingItem>,
    /// Where the next page starts; null: this is the last.
    #[schema(nullable)]
    pub next_cursor: Option<String>,
}

/// What a run found
#[utoipa::path(get, path = "/api/v1/rescorings/{id}/findings", tag = "rescorings",
    params(("id" = String, Path, description = "The run's id"), FindingQuery),
    responses((status = 200, description = "A page", body = FindingPage), (status = 404, description = "No such run", body = Problem),
        (status = 422, description = "Unknown kind or change", body = Problem)))]
pub async fn findings(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Id(id): Id<RescoringId>,
    Params(query): Params<FindingQuery>,
) -> Result<Json<FindingPage>, Problem> {
    read(&web, &caller, id).await?;
    let page = web.pipeline.store().rescoring_findings(caller.principal.company, id, &query.filter()?).await?;
    Ok(Json(FindingPage { items: page.items.into_iter().map(FindingItem::from).collect(), next_cursor: page.next_cursor }))
}

/// Why a finding is opened.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenRequest {
    /// In words; may be empty.
    #[serde(default)]
    pub comment: String,
}

/// What became of a finding: one of the two.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedView {
    /// The case that is in review again.
    #[schema(value_type = Option<String>, format = "uuid", nullable)]
    pub case_id: Option<crate::domain::CaseId>,
    /// The claim that stands open.
    #[schema(value_type = Option<String>, format = "uuid", nullable)]
    pub claim_id: Option<crate::domain::ClaimId>,
}

/// A run's id and a finding's number, from the path.
pub(in crate::web) fn numbered(
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
) -> Result<(RescoringId, i64), Problem> {
    let missing = || Problem::not_found("finding");
    let Path((id, number)) = path.map_err(|_| missing())?;
    Ok((id.parse().map_err(|_| missing())?, number.parse().map_err(|_| missing())?))
}

/// Make a case of a finding
///
/// A case that is not yet sent goes back to review with the finding. For what is posted or was imported as
/// paid, a claim is opened. Asking again gives the same.
#[utoipa::path(post, path = "/api/v1/rescorings/{id}/findings/{n}/case", tag = "rescorings",
    params(("id" = String, Path, description = "The run's id"), ("n" = i64, Path, description = "The finding's number"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition safe")), request_body = OpenRequest,
    responses((status = 200, description = "The case or claim", body = OpenedView), (status = 404, description = "No such finding", body = Problem),
        (status = 409, description = "Nothing can be made of it: the detail says why", body = Problem)))]
pub async fn open(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
    JsonBody(request): JsonBody<OpenRequest>,
) -> Result<Json<OpenedView>, Problem> {
    let (id, number) = numbered(path)?;
    Ok(Json(match web.pipeline.open_finding(&caller.principal, id, number, &request.comment).await? {
        Opened::Case(case) => OpenedView { case_id: Some(case), claim_id: None },
        Opened::Claim(claim) => OpenedView { case_id: None, claim_id: Some(claim) },
    }))
}
