//! The e-invoice in a document on a page of its own, to read and to print.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::time::Duration;

use super::sheet::Sheet;
use super::{Frame, render};
use crate::domain::DocumentId;
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::extract::Id;
use crate::web::problem::Problem;
use crate::web::view::{self, DocumentView, IssueView};

/// How long a case page waits for its sheet: all readers may be at work on long documents.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Template)]
#[template(path = "einvoice.html")]
struct EinvoicePage {
    frame: Frame,
    case_id: String,
    sheet: Sheet,
}

/// The page.
///
/// # Errors
/// 404 for another company's document and for one that carries no e-invoice.
pub async fn page(State(web): State<Web>, Extension(caller): Extension<Caller>, Id(id): Id<DocumentId>) -> Result<Response, Problem> {
    let company = caller.principal.company;
    let row = web.pipeline.store().document(company, id).await?.ok_or_else(|| Problem::not_found("document"))?;
    let einvoice = web.pipeline.einvoice(company, id).await?;
    let case = view::gather(&web, &caller.principal, row.case_id).await?;
    let sheet = Sheet::of(id, einvoice, &case.view.issues);
    let page = EinvoicePage { frame: Frame::of(sheet.title(), &caller, "/"), case_id: row.case_id.to_string(), sheet };
    Ok(render(StatusCode::OK, &page))
}

/// The sheet of a case's document; none where it carries no e-invoice or cannot be read just now (the
/// case page must be shown all the same).
pub(super) async fn sheet(web: &Web, caller: &Caller, document: &DocumentView, issues: &[IssueView]) -> Option<Sheet> {
    if !matches!(document.kind.as_str(), "ubl" | "cii" | "fatturapa" | "facturx-pdf") {
        return None;
    }
    let id: DocumentId = document.document_id.parse().ok()?;
    match tokio::time::timeout(PATIENCE, web.pipeline.einvoice(caller.principal.company, id)).await {
        Ok(Ok(einvoice)) => Some(Sheet::of(id, einvoice, issues)),
        Ok(Err(error)) => {
            tracing::warn!(%error, document = %id, "an e-invoice could not be shown");
            None
        }
        Err(_) => None,
    }
}
