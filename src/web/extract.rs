//! Extractors that refuse with problem documents.

use axum::body::{Body, Bytes};
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use std::str::FromStr;

use super::LARGEST_BODY;
use super::problem::{self, Problem};

/// A body that was read whole, as a request that extractors take: a POST with these headers. The guard
/// has held the body to its limit, so the extractors' own, smaller one does not apply.
#[must_use]
pub fn request_of(headers: &HeaderMap, body: Bytes) -> Request {
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = Method::POST;
    *request.headers_mut() = headers.clone();
    DefaultBodyLimit::max(LARGEST_BODY).apply(&mut request);
    request
}

/// What is wrong with a multipart form: too large, or malformed.
#[must_use]
pub fn multipart_problem(error: &MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(problem::TOO_LARGE, error.body_text()),
        _ => Problem::new(problem::BAD_REQUEST, format!("the multipart form cannot be read: {}", error.body_text())),
    }
}

/// The `{id}` of a path; anything that is no id is 404, as an unknown one is.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr + Send> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Problem::not_found("path"))?;
        text.parse().map(Self).map_err(|_| Problem::not_found("object"))
    }
}

/// The query string.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(params) = Query::<T>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Problem::new(problem::BAD_REQUEST, rejection.body_text()))?;
        Ok(Self(params))
    }
}

/// A JSON body, whose media type must say so.
pub struct JsonBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        use axum::extract::rejection::JsonRejection;
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection @ JsonRejection::MissingJsonContentType(_)) => {
                Err(Problem::new(problem::MEDIA_TYPE, format!("{}: send application/json", rejection.body_text())))
            }
            Err(JsonRejection::JsonDataError(error)) => Err(Problem::new(problem::INVALID, error.body_text())),
            Err(rejection) => Err(Problem::new(problem::MALFORMED_JSON, rejection.body_text())),
        }
    }
}

/// An HTML form's body.
pub struct FormBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for FormBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let axum::Form(value) = axum::Form::<T>::from_request(request, state)
            .await
            .map_err(|rejection| Problem::new(problem::BAD_REQUEST, rejection.body_text()))?;
        Ok(Self(value))
    }
}
