//! `Idempotency-Key`: the same key with the same request gets the same answer, however often it is
//! sent; with another request it is refused. What failed on our side may be sent again at once.

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::Request as HttpRequest;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest as _, Sha256};

use super::Web;
use super::auth::Caller;
use super::context::Context;
use super::problem::{self, Problem};
use crate::domain::hash::hex;
use crate::store::{Begin, Request};

/// The request header.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Set on an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Largest answer that is kept.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;

/// Runs the handler, or gives the answer it gave before.
///
/// # Errors
/// A malformed key, another request under the same key, one that is still running.
pub async fn run(web: &Web, caller: &Caller, parts: Parts, bytes: Bytes, next: Next) -> Result<Response, Problem> {
    let Some(value) = parts.headers.get(&KEY) else {
        return Ok(next.run(HttpRequest::from_parts(parts, Body::from(bytes))).await);
    };
    let key = checked(value)?.to_owned();
    let fingerprint = fingerprint(&parts, &bytes);
    let request = Request { company: caller.principal.company, user: caller.principal.id, key: &key, fingerprint: &fingerprint };
    let store = web.pipeline.store();
    match store.idempotency_begin(&request, web.pipeline.ambient().now()).await? {
        Begin::Replay { status, content_type, body } => return replay(status, &content_type, body),
        Begin::Mismatch => return Err(Problem::new(problem::KEY_REUSED, "this Idempotency-Key was sent with another request")),
        Begin::InFlight => {
            return Err(Problem::new(problem::IN_FLIGHT, "the first request with this Idempotency-Key is still running").retry_after(1));
        }
        Begin::Fresh => {}
    }
    // The handler and the keeping of its answer go on though the caller may hang up.
    let (web, caller, context) = (web.clone(), caller.clone(), parts.extensions.get::<Context>().cloned());
    let work = tokio::spawn(async move {
        let request = Request { company: caller.principal.company, user: caller.principal.id, key: &key, fingerprint: &fingerprint };
        let response = next.run(HttpRequest::from_parts(parts, Body::from(bytes))).await;
        keep(&web, &request, response, context.as_ref()).await
    });
    work.await.map_err(|e| Problem::internal(&e))?
}

async fn keep(web: &Web, request: &Request<'_>, response: Response, context: Option<&Context>) -> Result<Response, Problem> {
    let store = web.pipeline.store();
    let status = response.status();
    if status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT) {
        store.idempotency_abandon(request).await?;
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    if body.size_hint().lower() > LARGEST_ANSWER as u64 {
        // Carried out, and not to be carried out again: a repetition gets the status alone.
        store.idempotency_finish(request, status.as_u16(), "application/json", b"null").await?;
        return Ok(Response::from_parts(parts, body));
    }
    let mut bytes = to_bytes(body, LARGEST_ANSWER).await.map_err(|e| Problem::internal(&e))?;
    if let (Some(mut problem), Some(context)) = (parts.extensions.remove::<Problem>(), context) {
        // Kept as the caller sees it.
        problem.correlation_id = Some(context.correlation_id.clone());
        bytes = serde_json::to_vec(&problem).map_err(|e| Problem::internal(&e))?.into();
        parts.headers.remove(header::CONTENT_LENGTH);
    }
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("application/json").to_owned();
    store.idempotency_finish(request, status.as_u16(), &content_type, &bytes).await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn replay(status: u16, content_type: &str, body: Vec<u8>) -> Result<Response, Problem> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).map_err(|e| Problem::internal(&e))?;
    let media_type = HeaderValue::from_str(content_type).map_err(|e| Problem::internal(&e))?;
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

fn checked(value: &HeaderValue) -> Result<&str, Problem> {
    let key = value.to_str().unwrap_or_default();
    if (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(key);
    }
    Err(Problem::new(problem::BAD_REQUEST, "an Idempotency-Key has 1 to 255 visible ASCII characters"))
}

/// Hash of method, path and body. The boundary of a multipart form is drawn anew for each sending, so
/// it is left out of both the type and the body.
fn fingerprint(parts: &Parts, bytes: &Bytes) -> String {
    let mut hash = Sha256::new();
    for text in [parts.method.as_str(), parts.uri.path(), parts.uri.query().unwrap_or_default()] {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match media_type.split_once("boundary=").map(|(_, b)| b.split(';').next().unwrap_or(b).trim_matches('"')).filter(|b| !b.is_empty()) {
        Some(boundary) if media_type.starts_with("multipart/") => {
            for piece in split(bytes, boundary.as_bytes()) {
                hash.update(piece);
                hash.update([0]);
            }
        }
        _ => hash.update(bytes),
    }
    hex(&hash.finalize())
}

/// The pieces of `bytes` between the occurrences of `mark`.
fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while let Some(at) = find(rest, mark) {
        pieces.push(&rest[..at]);
        rest = &rest[at + mark.len()..];
    }
    pieces.push(rest);
    pieces
}

fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    let first = *mark.first()?;
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|b| *b == first).map(|at| at + from) {
        if bytes[at..].starts_with(mark) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(content_type: &str) -> Parts {
        let request = HttpRequest::builder().method("POST").uri("/api/v1/documents").header(header::CONTENT_TYPE, content_type).body(());
        request.unwrap().into_parts().0
    }

    #[test]
    fn the_boundary_does_not_make_another_request() {
        let form = |boundary: &str, text: &str| {
            let body = format!("--{boundary}\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\n{text}\r\n--{boundary}--\r\n");
            fingerprint(&parts(&format!("multipart/form-data; boundary={boundary}")), &Bytes::from(body))
        };
        assert_eq!(form("abc", "x"), form("XYZ123", "x"));
        assert_ne!(form("abc", "x"), form("abc", "y"));
        assert_ne!(fingerprint(&parts("a/b"), &Bytes::from("x")), fingerprint(&parts("a/b"), &Bytes::from("y")));
    }

    #[test]
    fn keys_are_visible_ascii() {
        assert!(checked(&HeaderValue::from_static("a-1")).is_ok());
        assert!(checked(&HeaderValue::from_static("")).is_err());
        assert!(checked(&HeaderValue::from_static("a b")).is_err());
    }
}
