//! What surrounds every request: correlation id and trace context in and out, security headers, the
//! access log, and problem documents where some layer answered without one (404, 405, 413, 415 …).
//! For pages the same problem is shown as a page.

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::Instant;

use super::Web;
use super::pages;
use super::problem::Problem;

/// The header that carries the correlation id.
pub const CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");
/// W3C trace context.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Scripts and styles only from our own files, nothing inline, no frames.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Correlation id and trace context of a request.
#[derive(Debug, Clone)]
pub struct Context {
    /// The caller's, or a new one.
    pub correlation_id: String,
    /// The caller's, where it is well-formed.
    pub traceparent: Option<String>,
}

impl Context {
    fn of(headers: &HeaderMap, web: &Web) -> Self {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let correlation_id = text(&CORRELATION).filter(|id| valid_correlation_id(id)).map(str::to_owned);
        Self {
            correlation_id: correlation_id.unwrap_or_else(|| web.pipeline.ambient().id::<uuid::Uuid>().to_string()),
            traceparent: text(&TRACEPARENT).filter(|value| valid_traceparent(value)).map(str::to_owned),
        }
    }
}

/// 1 to 128 characters that are harmless in logs, headers and file names.
fn valid_correlation_id(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:+=~".contains(&b))
}

/// `version-traceid-parentid-flags`, lower-case hexadecimal; version ff and ids of zeros are invalid.
fn valid_traceparent(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let hex = |part: &str, len: usize| part.len() == len && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let zeros = |part: &str| part.bytes().all(|b| b == b'0');
    match parts[..] {
        ["ff", ..] => false,
        [version, trace, parent, flags, ..] => {
            hex(version, 2)
                && hex(trace, 32)
                && hex(parent, 16)
                && hex(flags, 2)
                && !zeros(trace)
                && !zeros(parent)
                && (version != "00" || parts.len() == 4)
        }
        _ => false,
    }
}

/// The outermost layer.
pub async fn surround(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let context = Context::of(request.headers(), &web);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let wants_page = wants_page(&path, request.headers());
    request.extensions_mut().insert(context.clone());
    let mut response = next.run(request).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        response = as_problem(response, &path, &context, wants_page).await;
    }
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&context.correlation_id) {
        headers.insert(CORRELATION, value);
    }
    if let Some(Ok(value)) = context.traceparent.as_deref().map(HeaderValue::from_str) {
        headers.insert(TRACEPARENT, value);
    }
    tracing::info!(
        %method, path, status = response.status().as_u16(), ms = started.elapsed().as_secs_f64() * 1000.0,
        correlation_id = context.correlation_id, "request"
    );
    response
}

/// Whether an error is to be shown to a person.
fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let machine = path.starts_with("/api/v1") || matches!(path, "/openapi.json" | "/livez" | "/readyz" | "/metrics");
    let html = headers.get(header::ACCEPT).and_then(|a| a.to_str().ok()).is_some_and(|accept| accept.contains("text/html"));
    html && !machine
}

async fn as_problem(response: Response, path: &str, context: &Context, wants_page: bool) -> Response {
    let (mut parts, body) = response.into_parts();
    let speaks = |media_type: &[u8]| parts.headers.get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(media_type));
    let complete = speaks(b"text/html") || speaks(b"application/json") || speaks(b"application/problem+json");
    let mut problem = match parts.extensions.remove::<Problem>() {
        Some(problem) => problem,
        // A page that shows its own error, a readiness report, an answer replayed as it was.
        None if complete => return Response::from_parts(parts, body),
        None => {
            let text = to_bytes(body, 4096).await.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
            Problem::of_status(parts.status, &text)
        }
    };
    problem.instance = Some(path.to_owned());
    problem.correlation_id = Some(context.correlation_id.clone());
    let mut fresh = if wants_page { pages::error::page(&problem) } else { problem.into_response() };
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = parts.headers.remove(&name) {
            fresh.headers_mut().insert(name, value);
        }
    }
    fresh
}

/// Answer for a path that is none.
pub async fn no_such_path() -> Problem {
    Problem::not_found("path")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_identifiers_are_ignored() {
        assert!(valid_correlation_id("order-17.b"));
        for bad in ["", "a b", "a\r\nSet-Cookie: x", &"x".repeat(129), "<script>", "ü"] {
            assert!(!valid_correlation_id(bad), "{bad}");
        }
        assert!(valid_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        assert!(valid_traceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"));
        for bad in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        ] {
            assert!(!valid_traceparent(bad), "{bad}");
        }
    }
}
