//! The layer before every handler: who calls, may they, is the body within its limit, does a form
//! post carry the session's token, was this request answered already.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::auth::{self, Caller};
use super::extract::request_of;
use super::problem::{self, Problem};
use super::routes::{Access, Area, BodyRule, Route};
use super::{BODY_PATIENCE, LARGEST_BODY, SMALL_BODY, UPLOAD_PATIENCE, Web, idempotency};
use crate::domain::UserId;

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
        BodyRule::Document | BodyRule::Bulk => Some(turn(web, caller.as_ref()).await?),
        BodyRule::Small => None,
    };
    let (parts, bytes) = limited(request, route.body, BODY_PATIENCE).await?;
    if let Some(csrf) = caller.as_ref().and_then(|caller| caller.csrf.as_deref()) {
        let given = given_csrf(&parts, &bytes).await;
        if !given.is_some_and(|given| same(&given, csrf)) {
            let text = "the session's form token is missing or wrong: send it as the header X-CSRF-Token or, from a form, as the field csrf; \
                        load the page again for a new one";
            return Err(Problem::new(problem::FORGERY, text));
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

/// Large bodies that one user sends at a time, so that nobody takes every turn.
#[derive(Debug, Default)]
pub struct Shares(Mutex<HashMap<UserId, Arc<Semaphore>>>);

/// Large bodies of one user at a time.
const SHARE: usize = 4;
/// Users remembered before those who send nothing are forgotten.
const SHARES_KEPT: usize = 1000;

impl Shares {
    fn of(&self, user: UserId) -> Arc<Semaphore> {
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shares.len() >= SHARES_KEPT {
            shares.retain(|_, share| Arc::strong_count(share) > 1);
        }
        Arc::clone(shares.entry(user).or_insert_with(|| Arc::new(Semaphore::new(SHARE))))
    }
}

/// A place among the large bodies: the user's, and everybody's.
struct Turn {
    _own: Option<OwnedSemaphorePermit>,
    _shared: OwnedSemaphorePermit,
}

async fn turn(web: &Web, caller: Option<&Caller>) -> Result<Turn, Problem> {
    let waiting = async {
        let own = match caller {
            Some(caller) => Some(web.0.shares.of(caller.principal.id).acquire_owned().await.ok()?),
            None => None,
        };
        Some(Turn { _own: own, _shared: web.0.uploads.clone().acquire_owned().await.ok()? })
    };
    match tokio::time::timeout(UPLOAD_PATIENCE, waiting).await {
        Ok(Some(turn)) => Ok(turn),
        _ => {
            web.0.counters.upload_turned_away();
            Err(Problem::new(problem::SLOW_DOWN, "too many uploads at a time").retry_after(2))
        }
    }
}

/// The body read whole, within its limit and in time.
async fn limited(request: Request, rule: BodyRule, patience: Duration) -> Result<(axum::http::request::Parts, Bytes), Problem> {
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
    let Ok(read) = tokio::time::timeout(patience, to_bytes(body, limit)).await else {
        let text = format!("the body did not arrive within {} seconds", patience.as_secs());
        return Err(Problem::new(problem::TIMEOUT, text));
    };
    match read {
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
    let copy = || request_of(&parts.headers, bytes.clone());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let never = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let refused = limited(Request::new(never), BodyRule::Document, Duration::from_millis(20)).await;
        assert_eq!(refused.err().map(|problem| problem.code.clone()).as_deref(), Some("timeout"));
        let whole = limited(Request::new(Body::from("x")), BodyRule::Small, Duration::from_secs(5)).await;
        assert_eq!(whole.unwrap().1, "x");
    }

    #[test]
    fn one_user_has_a_share_of_the_turns() {
        let shares = Shares::default();
        let (ann, bob) = (UserId(uuid::Uuid::from_u128(1)), UserId(uuid::Uuid::from_u128(2)));
        let held: Vec<_> = (0..SHARE).map(|_| shares.of(ann).try_acquire_owned().unwrap()).collect();
        assert!(shares.of(ann).try_acquire_owned().is_err());
        assert!(shares.of(bob).try_acquire_owned().is_ok());
        drop(held);
        assert!(shares.of(ann).try_acquire_owned().is_ok());
    }
}
