//! Extractors that refuse with problem documents.

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use std::str::FromStr;

use super::problem::{self, Problem};

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
