//! The e-invoice in a document, and the files that a document carries.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use super::documents::{attachment, clean_name};
use crate::domain::DocumentId;
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::extract::Id;
use crate::web::problem::Problem;
use crate::web::view::EinvoiceView;

/// The e-invoice in a document
///
/// Every business term of EN 16931 that the XML has (also the XML in a PDF), under readable names, with
/// what is wrong by the rules of its format and the files that the document carries. Terms that are
/// absent are left out.
#[utoipa::path(get, path = "/api/v1/documents/{id}/einvoice", tag = "documents",
    params(("id" = String, Path, description = "The document's id")),
    responses((status = 200, description = "The e-invoice", body = EinvoiceView),
        (status = 404, description = "No such document, or none that carries an e-invoice", body = Problem)))]
pub async fn einvoice(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Id(id): Id<DocumentId>,
) -> Result<Json<EinvoiceView>, Problem> {
    let einvoice = web.pipeline.einvoice(caller.principal.company, id).await?;
    Ok(Json(EinvoiceView::of(id, einvoice)))
}

/// A file that a document carries
///
/// Attached to a PDF or embedded in an e-invoice; always as an attachment, never shown in the browser.
#[utoipa::path(get, path = "/api/v1/documents/{id}/attachments/{n}", tag = "documents",
    params(("id" = String, Path, description = "The document's id"),
        ("n" = usize, Path, description = "Which, from 0, in the order of the e-invoice's `attachments`")),
    responses((status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, description = "No such document or file", body = Problem)))]
pub async fn file(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
) -> Result<Response, Problem> {
    let Path((id, index)) = path.map_err(|_| Problem::not_found("path"))?;
    let id: DocumentId = id.parse().map_err(|_| Problem::not_found("document"))?;
    let index: usize = index.parse().map_err(|_| Problem::not_found("attachment"))?;
    let file = web.pipeline.attachment(caller.principal.company, id, index).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, attachment(clean_name(Some(file.about.name)).as_deref(), id)),
    ];
    Ok((headers, file.bytes).into_response())
}
