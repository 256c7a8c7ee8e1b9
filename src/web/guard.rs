//! The layer before every handler: who calls, may they, is the body within its limit, does a form
//! post carry the session's token, was this request answered already.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

use super::auth::{self, Caller};
use super::problem::{self, Problem};
use super::routes::{Access, Area, BodyRule, Route};
use super::{LARGEST_BODY, SMALL_BODY, UPLOAD_PATIENCE, Web, idempotency};

/// The layer's state: one a route.
#[derive(Clone)]
pub struct Guard {
    /// The router's state.
    pub web: Web,
    /// The row of the table.
    pub route: Arc<Route>,
}

/// Lets a request through to its handler, or answers in its place.
pub async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let Guard { web, route } = guard;
    match admit(&web, &route, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn admit(web: &Web, route: &Route, mut request: Request, next: Next) -> Result<Response, Problem> {
    let caller = match &route.access {
        Access::Public => None,
        access => match auth::caller(web, request.headers()).await? {
            Some(caller) => {
                permit(&caller, access)?;
                Some(caller)
            }
            None if route.area == Area::Page => return Ok(Redirect::to("/sign-in").into_response()),
            None => return Err(Problem::new(problem::NOT_SIGNED_IN, "send a bearer token or sign in")),
        },
    };
    if let Some(caller) = &caller {
        request.extensions_mut().insert(caller.clone());
    }
    if request.method() != Method::POST {
        return Ok(next.run(request).await);
    }
    same_origin(request.headers())?;
    let _turn = match route.body {
        BodyRule::Document => Some(turn(web).await?),
        BodyRule::Bulk | BodyRule::Small => None,
    };
    let (parts, bytes) = limited(request, route.body).await?;
    if let Some(csrf) = caller.as_ref().and_then(|caller| caller.csrf.as_deref()) {
        let given = given_csrf(&parts, &bytes).await;
        if !given.is_some_and(|given| same(&given, csrf)) {
            return Err(Problem::new(problem::FORGERY, "the form token is missing or wrong: load the page again"));
        }
    }
    match (caller, route.area) {
        (Some(caller), Area::Api) => idempotency::run(web, &caller, parts, bytes, next).await,
        _ => Ok(next.run(Request::from_parts(parts, Body::from(bytes))).await),
    }
}

fn permit(caller: &Caller, access: &Access) -> Result<(), Problem> {
    match access {
        Access::Roles(roles) if !caller.is_any(roles) => {
            let names: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
            Err(Problem::new(problem::FORBIDDEN, format!("this needs one of the roles: {}", names.join(", "))))
        }
        _ => Ok(()),
    }
}

/// A browser says where a post comes from; programs do not, and need no check.
fn same_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let cross_site = text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"));
    let other_host = match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.split_once("://").map(|(_, rest)| rest) != Some(host),
        _ => false,
    };
    if cross_site || other_host { Err(Problem::new(problem::FORGERY, "the request comes from another site")) } else { Ok(()) }
}

async fn turn(web: &Web) -> Result<tokio::sync::OwnedSemaphorePermit, Problem> {
    let waiting = web.0.uploads.clone().acquire_owned();
    match tokio::time::timeout(UPLOAD_PATIENCE, waiting).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => {
            web.0.counters.upload_turned_away();
            Err(Problem::new(problem::SLOW_DOWN, "too many uploads at a time").retry_after(2))
        }
    }
}

async fn limited(request: Request, rule: BodyRule) -> Result<(axum::http::request::Parts, Bytes), Problem> {
    let limit = match rule {
        BodyRule::Document | BodyRule::Bulk => LARGEST_BODY,
        BodyRule::Small => SMALL_BODY,
    };
    let too_large = || Problem::new(problem::TOO_LARGE, format!("the body may have {} MiB", limit / (1024 * 1024)));
    let (parts, body) = request.into_parts();
    let declared = parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    match to_bytes(body, limit).await {
        Ok(bytes) => Ok((parts, bytes)),
        Err(error) if std::error::Error::source(&error).is_some_and(|s| s.to_string().contains("length limit")) => Err(too_large()),
        Err(_) => Err(Problem::new(problem::BAD_REQUEST, "the body ended before it was whole")),
    }
}

/// The token of a form post: header, field of an URL-encoded form, or part of a multipart one.
async fn given_csrf(parts: &axum::http::request::Parts, bytes: &Bytes) -> Option<String> {
    if let Some(value) = parts.headers.get("x-csrf-token") {
        return value.to_str().ok().map(str::to_owned);
    }
    let media_type = parts.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let copy = || {
        let mut request = Request::new(Body::from(bytes.clone()));
        *request.method_mut() = Method::POST;
        *request.headers_mut() = parts.headers.clone();
        request
    };
    if media_type.starts_with("application/x-www-form-urlencoded") {
        let axum::Form(pairs) = axum::Form::<Vec<(String, String)>>::from_request(copy(), &()).await.ok()?;
        return pairs.into_iter().find(|(name, _)| name == "csrf").map(|(_, value)| value);
    }
    let mut multipart = Multipart::from_request(copy(), &()).await.ok()?;
    while let Ok(Some(field)) = multipart.next_field().await {
        if field.name() == Some("csrf") {
            return field.text().await.ok();
        }
    }
    None
}

/// Compares in constant time for equal lengths.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |different, (x, y)| different | (x ^ y)) == 0
}
