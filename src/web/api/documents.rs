//! Uploads, originals, page images.

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Multipart, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::DocumentId;
use crate::pipeline::request::{Upload, Uploaded};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::context::Context;
use crate::web::extract::{Id, multipart_problem, request_of};
use crate::web::problem::{self, Problem};
use crate::web::view::{self, DocumentView};

/// What an upload answers (contract).
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadAnswer {
    /// The document; the first one, if these bytes were here already.
    #[schema(value_type = String, format = "uuid")]
    pub document_id: DocumentId,
    /// Its case.
    #[schema(value_type = String, format = "uuid")]
    pub case_id: crate::domain::CaseId,
    /// Where to look how it fares.
    pub status_url: String,
    /// Carried through to the ERP.
    pub correlation_id: String,
}

impl From<&Uploaded> for UploadAnswer {
    fn from(uploaded: &Uploaded) -> Self {
        Self {
            document_id: uploaded.document_id,
            case_id: uploaded.case_id,
            status_url: format!("/api/v1/cases/{}", uploaded.case_id),
            correlation_id: uploaded.correlation_id.clone(),
        }
    }
}

/// The multipart form of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form; the parts are read one by one")]
pub struct UploadForm {
    /// The document.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload a document
///
/// Send it as the part `file` of a multipart form, or as the raw body with its media type (and, if
/// you like, a file name in `Content-Disposition`). It is kept byte for byte, typed by its content,
/// and a case is opened for it. The very same bytes again give the first document and case.
#[utoipa::path(post, path = "/api/v1/documents", tag = "documents",
    request_body(content((UploadForm = "multipart/form-data"), (Vec<u8> = "application/pdf"), (Vec<u8> = "application/xml"))),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition safe")),
    responses(
        (status = 202, description = "Accepted: a case is open", body = UploadAnswer),
        (status = 200, description = "These bytes were here already: the first case", body = UploadAnswer),
        (status = 413, description = "Larger than 25 MB", body = Problem),
        (status = 415, description = "Not a type we read, told by its content", body = Problem),
        (status = 422, description = "Empty, broken or refused; nothing was stored", body = Problem),
        (status = 429, description = "Too many uploads at a time: see Retry-After", body = Problem)))]
pub async fn upload(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (bytes, name) = if is_multipart(&headers) { file_part(&headers, body).await? } else { (body.to_vec(), disposition_name(&headers)) };
    let uploaded = send(&web, &caller, &context, bytes, name).await?;
    let status = if uploaded.known { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(UploadAnswer::from(&uploaded))).into_response())
}

/// Hands a file to the pipeline and counts what became of it.
///
/// # Errors
/// The pipeline's.
pub async fn send(web: &Web, caller: &Caller, context: &Context, bytes: Vec<u8>, name: Option<String>) -> Result<Uploaded, Problem> {
    let upload = Upload { bytes, name, correlation_id: Some(context.correlation_id.clone()), traceparent: context.traceparent.clone() };
    let uploaded = web.pipeline.upload(&caller.principal, upload).await;
    web.counters().uploaded(uploaded.as_ref().ok().map(|u| u.known));
    uploaded.map_err(Problem::from)
}

fn is_multipart(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"multipart/form-data"))
}

async fn file_part(headers: &HeaderMap, body: Bytes) -> Result<(Vec<u8>, Option<String>), Problem> {
    let malformed = |text: String| Problem::new(problem::BAD_REQUEST, format!("the multipart form cannot be read: {text}"));
    let mut multipart = Multipart::from_request(request_of(headers, body), &()).await.map_err(|e| malformed(e.body_text()))?;
    while let Some(field) = multipart.next_field().await.map_err(|e| multipart_problem(&e))? {
        if field.name() == Some("file") {
            let name = field.file_name().map(str::to_owned);
            let bytes = field.bytes().await.map_err(|e| multipart_problem(&e))?;
            return Ok((bytes.to_vec(), clean_name(name)));
        }
    }
    Err(Problem::new(problem::BAD_REQUEST, "the form has no part named `file`").on("file", "missing"))
}

fn disposition_name(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_DISPOSITION)?.to_str().ok()?;
    let name = value.split(';').find_map(|part| part.trim().strip_prefix("filename="))?;
    clean_name(Some(name.trim_matches('"').to_owned()))
}

/// A file name is for people only: no path, no control characters, none that turn the direction of
/// reading (`exe.pdf` for `fdp.exe`), not too long.
#[must_use]
pub fn clean_name(name: Option<String>) -> Option<String> {
    let name = name?;
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .take(200)
        .collect();
    (!clean.trim().is_empty()).then(|| clean.trim().to_owned())
}

/// A document
#[utoipa::path(get, path = "/api/v1/documents/{id}", tag = "documents",
    params(("id" = String, Path, description = "The document's id")),
    responses((status = 200, description = "The document", body = DocumentView), (status = 404, description = "No such document", body = Problem)))]
pub async fn document(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Id(id): Id<DocumentId>,
) -> Result<Json<DocumentView>, Problem> {
    let row = web.pipeline.store().document(caller.principal.company, id).await?;
    row.map(|row| Json(view::document(&row))).ok_or_else(|| Problem::not_found("document"))
}

/// A document as uploaded
///
/// Byte for byte, always as an attachment: it is never shown in the browser.
#[utoipa::path(get, path = "/api/v1/documents/{id}/original", tag = "documents",
    params(("id" = String, Path, description = "The document's id")),
    responses((status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, description = "No such document", body = Problem)))]
pub async fn original(State(web): State<Web>, Extension(caller): Extension<Caller>, Id(id): Id<DocumentId>) -> Result<Response, Problem> {
    let store = web.pipeline.store();
    let company = caller.principal.company;
    let row = store.document(company, id).await?.ok_or_else(|| Problem::not_found("document"))?;
    let bytes = store.document_bytes(company, id).await?.ok_or_else(|| Problem::not_found("document"))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(row.kind.media_type())),
        (header::CONTENT_DISPOSITION, attachment(row.name.as_deref(), id)),
        (header::ETAG, HeaderValue::from_str(&format!("\"{}\"", row.sha256)).map_err(|e| Problem::internal(&e))?),
    ];
    Ok((headers, bytes).into_response())
}

/// `attachment` with an ASCII name and the exact one (RFC 6266, RFC 8187).
pub(super) fn attachment(name: Option<&str>, id: DocumentId) -> HeaderValue {
    let name = name.map_or_else(|| id.to_string(), str::to_owned);
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' }).collect();
    let exact: String = name
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b"-_.".contains(&b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

/// A page as an image
#[utoipa::path(get, path = "/api/v1/documents/{id}/pages/{n}.png", tag = "documents",
    params(("id" = String, Path, description = "The document's id"), ("n" = u32, Path, description = "The page, from 1")),
    responses((status = 200, description = "PNG", body = Vec<u8>, content_type = "image/png"),
        (status = 404, description = "No such document or page", body = Problem)))]
pub async fn page(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
) -> Result<Response, Problem> {
    let Path((id, file)) = path.map_err(|_| Problem::not_found("path"))?;
    let id: DocumentId = id.parse().map_err(|_| Problem::not_found("document"))?;
    let page: u32 = file.strip_suffix(".png").and_then(|n| n.parse().ok()).ok_or_else(|| Problem::not_found("page"))?;
    if page == 0 {
        return Err(Problem::not_found("page"));
    }
    let (png, settled) = web.pipeline.page_image(caller.principal.company, id, page).await?;
    let keep = if settled { "private, max-age=3600" } else { "no-store" };
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("image/png")), (header::CACHE_CONTROL, HeaderValue::from_static(keep))];
    Ok((headers, png).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_names() {
        assert_eq!(clean_name(Some("../../etc/passwd".into())).as_deref(), Some("passwd"));
        assert_eq!(clean_name(Some("C:\\bills\\a\u{0}b.pdf".into())).as_deref(), Some("ab.pdf"));
        assert_eq!(clean_name(Some("hours\u{202e}fdp.exe".into())).as_deref(), Some("hoursfdp.exe"));
        assert_eq!(clean_name(Some("  ".into())), None);
        let header = attachment(Some("Rechnung \"März\".pdf"), DocumentId(uuid::Uuid::nil()));
        assert_eq!(
            header.to_str().unwrap(),
            "attachment; filename=\"Rechnung _M_rz_.pdf\"; filename*=UTF-8''Rechnung%20%22M%C3%A4rz%22.pdf"
        );
    }
}
