//! Errors as RFC 9457 problem documents with a stable `code`.
//!
//! The one place where the errors of the pipeline, the store and the engine get a status. The
//! mapping is exhaustive: a new variant does not compile until it has one. What is our own fault is
//! logged once, with its chain, and told to the caller without detail.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::causes::with_causes;
use crate::pipeline::PipelineError;
use crate::store::StoreError;
use crate::workflow::Refusal;

/// A sort of problem: its code, status and what it means; listed on the documentation page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Stable, kebab-case; the fragment of the problem's `type`.
    pub code: &'static str,
    /// HTTP status.
    pub status: StatusCode,
    /// Short and the same every time.
    pub title: &'static str,
    /// What the caller can do.
    pub meaning: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $code:literal, $status:ident, $title:literal, $meaning:literal;)+) => {
        $(
            #[doc = $title]
            pub const $name: Kind = Kind { code: $code, status: StatusCode::$status, title: $title, meaning: $meaning };
        )+
        /// Every kind.
        pub const KINDS: &[Kind] = &[$($name),+];
    };
}

kinds! {
    BAD_REQUEST = "bad-request", BAD_REQUEST, "The request is malformed", "Correct the request; sending it again unchanged will not help.";
    MALFORMED_JSON = "malformed-json", BAD_REQUEST, "The body is not the JSON expected", "The detail names line and column.";
    NOT_SIGNED_IN = "not-signed-in", UNAUTHORIZED, "Nobody is signed in", "Send a valid, unexpired bearer token, or sign in.";
    FORBIDDEN = "forbidden", FORBIDDEN, "Your roles do not allow this", "The detail names the roles that may.";
    FORGERY = "forged-request", FORBIDDEN, "The request did not come from our pages", "Load the page again: its form token is missing or old.";
    DUTY = "rule-forbids", FORBIDDEN, "A rule forbids this", "`rule` names the broken rule; another person must act.";
    NOT_FOUND = "not-found", NOT_FOUND, "There is no such thing", "It does not exist, or belongs to a company that you do not work for.";
    METHOD = "method-not-allowed", METHOD_NOT_ALLOWED, "The method is not allowed here", "The header Allow names those that are.";
    TIMEOUT = "timeout", REQUEST_TIMEOUT, "The request took too long", "Try again; with an Idempotency-Key nothing happens twice.";
    STALE = "stale-version", CONFLICT, "The case has changed", "`current_version` is where it is now: look again, then decide.";
    NOT_POSSIBLE = "not-possible", CONFLICT, "Not possible in this state", "The detail names the state.";
    IN_FLIGHT = "idempotency-in-flight", CONFLICT, "The first request with this key is still running", "Ask again shortly.";
    TOO_LARGE = "too-large", PAYLOAD_TOO_LARGE, "The body is too large", "Documents may have 25 MB.";
    MEDIA_TYPE = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "This type is not accepted", "The detail names the types that are.";
    INVALID = "invalid", UNPROCESSABLE_ENTITY, "A value is not valid", "`errors` names each value and what is wrong with it.";
    UNSUPPORTED_TYPE = "unsupported-type", UNSUPPORTED_MEDIA_TYPE, "The document is of a type that is not read", "Told by its content; send PDF, PNG, JPEG, TIFF or an XML invoice. Nothing was stored.";
    EMPTY_FILE = "empty-file", UNPROCESSABLE_ENTITY, "The document is empty", "Send the file itself. Nothing was stored.";
    BROKEN_FILE = "broken-file", UNPROCESSABLE_ENTITY, "The document cannot be opened", "It is damaged or incomplete: ask for it again. Nothing was stored.";
    PASSWORD_PROTECTED = "password-protected", UNPROCESSABLE_ENTITY, "The document is protected by a password", "Send it without one. Nothing was stored.";
    READER_TIMEOUT = "reader-timeout", UNPROCESSABLE_ENTITY, "The document takes too long to read", "It was given up. Nothing was stored.";
    REJECTED = "document-rejected", UNPROCESSABLE_ENTITY, "The document is not accepted", "The detail says why. Nothing was stored.";
    UNKNOWN_ACTION = "unknown-action", UNPROCESSABLE_ENTITY, "There is no such action", "The detail names those that there are.";
    WRONG_CORRECTION = "wrong-correction", UNPROCESSABLE_ENTITY, "A corrected value is not valid", "`errors` names the field and what is wrong with the value.";
    MISPLACED = "corrections-misplaced", UNPROCESSABLE_ENTITY, "Corrections go with the action correct", "Leave them out, or send them as a decision of their own.";
    COMMENT_LONG = "comment-too-long", UNPROCESSABLE_ENTITY, "The comment is too long", "The detail names the limit.";
    HOLD_PAST = "hold-in-the-past", UNPROCESSABLE_ENTITY, "The hold would be over already", "`until` must be in the future.";
    NO_ASSIGNEE = "assignee-missing", UNPROCESSABLE_ENTITY, "An assignee is needed", "Name the person's sign-in name in `assignee`.";
    INCOMPLETE = "incomplete", UNPROCESSABLE_ENTITY, "It cannot be approved as it stands", "Correct what is missing or contradictory first.";
    UNKNOWN_MODELS = "unknown-models", UNPROCESSABLE_ENTITY, "There are no such models", "The detail says why they cannot be used.";
    WRONG_OUTCOME = "wrong-outcome", UNPROCESSABLE_ENTITY, "A claim does not end so", "Recovered with an amount, or dismissed without one.";
    COMMENT_NEEDED = "comment-needed", UNPROCESSABLE_ENTITY, "A comment is needed", "Say why.";
    KEY_REUSED = "idempotency-key-reused", UNPROCESSABLE_ENTITY, "The Idempotency-Key belongs to another request", "Use a new key for a new request.";
    SLOW_DOWN = "slow-down", TOO_MANY_REQUESTS, "Too many requests", "Wait as long as Retry-After says.";
    INTERNAL = "internal", INTERNAL_SERVER_ERROR, "Something went wrong on our side", "It was logged under the correlation id.";
    BUSY = "busy", SERVICE_UNAVAILABLE, "The service is busy", "Wait as long as Retry-After says.";
    FULL = "storage-full", INSUFFICIENT_STORAGE, "The storage is full", "Nothing was stored; tell your administrator.";
}

/// One value that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field or JSON pointer.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// A problem: its document behind a pointer, so that results that may be problems stay small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problem(Box<Document>);

impl std::ops::Deref for Problem {
    type Target = Document;

    fn deref(&self) -> &Document {
        &self.0
    }
}

impl std::ops::DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut Document {
        &mut self.0
    }
}

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        Document::schema()
    }
}

impl ToSchema for Problem {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Document::schemas(schemas);
    }
}

/// A problem document (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Document {
    /// Where the kind is described.
    pub r#type: String,
    /// Short, the same every time.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened here.
    pub detail: String,
    /// The path that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Stable, for programs.
    pub code: String,
    /// The values that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The broken rule, for `rule-forbids`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The case's present version, for `stale-version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_version: Option<i64>,
    /// Carried through; quote it when you report the problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// Seconds for Retry-After.
    #[serde(skip)]
    pub retry_after: Option<u64>,
}

impl Problem {
    /// A problem of a kind.
    #[must_use]
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self(Box::new(Document {
            r#type: format!("/api/docs#{}", kind.code),
            title: kind.title.to_owned(),
            status: kind.status.as_u16(),
            detail: detail.into(),
            instance: None,
            code: kind.code.to_owned(),
            errors: Vec::new(),
            rule: None,
            current_version: None,
            correlation_id: None,
            retry_after: None,
        }))
    }

    /// The kind with this code, else the general one under which the code is told as it is.
    fn coded(code: &str, general: Kind, detail: String) -> Self {
        match KINDS.iter().find(|kind| kind.code == code) {
            Some(kind) => Self::new(*kind, detail),
            None => Self::new(general, detail).with(|p| code.clone_into(&mut p.code)),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Document)) -> Self {
        change(&mut self);
        self
    }

    /// Nothing there, or nothing that the caller may know of.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(NOT_FOUND, format!("there is no such {what}"))
    }

    /// With the value that is wrong.
    #[must_use]
    pub fn on(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.errors.push(FieldError { field: field.into(), message: message.into() });
        self
    }

    /// With the seconds to wait.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Logged in full, told without detail.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(INTERNAL, "the request could not be carried out; it was logged")
    }

    /// For a response that some other layer made without a document.
    #[must_use]
    pub fn of_status(status: StatusCode, text: &str) -> Self {
        let kind = match status {
            StatusCode::METHOD_NOT_ALLOWED => METHOD,
            StatusCode::REQUEST_TIMEOUT => TIMEOUT,
            StatusCode::SERVICE_UNAVAILABLE => BUSY,
            status if status.is_server_error() => INTERNAL,
            status => KINDS.iter().copied().find(|kind| kind.status == status).unwrap_or(BAD_REQUEST),
        };
        let detail = if text.is_empty() { kind.meaning } else { text };
        Self::new(kind, detail).with(|p| p.status = status.as_u16())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(HeaderName::from_static("www-authenticate"), HeaderValue::from_static("Bearer realm=\"countersign\""));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::NotPossible { .. } => Self::new(NOT_POSSIBLE, detail),
            Refusal::Stale { current, .. } => Self::new(STALE, detail).with(|p| p.current_version = Some(current)),
            Refusal::Forbidden { rule, .. } => Self::new(DUTY, detail).with(|p| p.rule = Some(rule)),
            Refusal::Incomplete(obstacles) => {
                let problem = Self::new(INCOMPLETE, detail);
                obstacles.into_iter().fold(problem, |problem, obstacle| problem.on("", obstacle))
            }
            Refusal::CommentNeeded(_) => Self::new(COMMENT_NEEDED, detail.clone()).on("comment", detail),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { current } => {
                let detail = format!("the case has changed meanwhile; it is at version {current}");
                Self::new(STALE, detail).with(|p| p.current_version = Some(current))
            }
            StoreError::NotFound => Self::not_found("object"),
            StoreError::Busy => Self::new(BUSY, "the database is busy").retry_after(1),
            StoreError::Full => {
                tracing::error!("the storage is full");
                Self::new(FULL, "the storage is full; nothing was stored")
            }
            StoreError::Exists(what) => Self::new(NOT_POSSIBLE, format!("{what} exists already")),
            StoreError::Cursor(refused) => Self::new(INVALID, refused.to_string()).on("cursor", refused.to_string()),
            error @ (StoreError::LeaseLost
            | StoreError::Corrupt(_)
            | StoreError::Misuse(_)
            | StoreError::Database(_)
            | StoreError::Migration(_)) => Self::internal(&with_causes(&error)),
        }
    }
}

impl From<PipelineError> for Problem {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::Rejected { code, message } => Self::coded(&code, REJECTED, message),
            PipelineError::Refused(refusal) => refusal.into(),
            PipelineError::BadRequest { code: "posting-not-dead" | "rescoring-ended" | "finding-not-open", message, .. } => {
                Self::new(NOT_POSSIBLE, message)
            }
            PipelineError::BadRequest { code, message, field } => {
                let problem = Self::coded(code, INVALID, message.clone());
                field.into_iter().fold(problem, |problem, field| problem.on(field, message.clone()))
            }
            PipelineError::NotFound => Self::not_found("object"),
            PipelineError::Reading(error) => {
                tracing::warn!(code = error.code, message = error.message, "the reader could not serve a request");
                Self::new(BUSY, "the document reader is not available right now").retry_after(5)
            }
            PipelineError::Store(error) => error.into(),
            error @ (PipelineError::Extraction(_)
            | PipelineError::Screening(_)
            | PipelineError::Workflow(_)
            | PipelineError::Erp(_)
            | PipelineError::Internal(_)) => Self::internal(&with_causes(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::Rejection;

    /// The codes that stand in the pipeline's own source, so that a new one is documented or fails here.
    fn codes_of(source: &str) -> Vec<&str> {
        source.split("bad(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn every_code_that_clients_receive_is_listed() {
        let told = |error: PipelineError| Problem::from(error);
        let rejections = [
            Rejection::Empty,
            Rejection::TooLarge { size: 2, limit: 1 },
            Rejection::UnsupportedType { looks_like: String::new() },
            Rejection::Broken(String::new()),
            Rejection::PasswordProtected,
        ];
        let mut problems: Vec<Problem> = rejections.into_iter().map(|rejection| told(rejection.into())).collect();
        let decisions = codes_of(include_str!("../pipeline/people.rs"));
        assert!(decisions.len() >= 6, "{decisions:?}");
        let asked = |code: &'static str| PipelineError::BadRequest { code, message: String::new(), field: None };
        problems.extend(decisions.into_iter().map(|code| told(asked(code))));
        problems.push(told(PipelineError::Rejected { code: "reader-timeout".into(), message: String::new() }));
        for problem in problems {
            let kind = KINDS.iter().find(|kind| kind.code == problem.code);
            assert!(kind.is_some_and(|kind| kind.status.as_u16() == problem.status), "{} is not documented", problem.code);
            assert_eq!(problem.r#type, format!("/api/docs#{}", problem.code));
        }
    }

    #[test]
    fn codes_are_listed_once_and_a_status_means_its_general_kind() {
        let mut codes: Vec<&str> = KINDS.iter().map(|kind| kind.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), KINDS.len());
        for kind in [MEDIA_TYPE, INVALID, FORBIDDEN, BAD_REQUEST] {
            assert_eq!(Problem::of_status(kind.status, "").code, kind.code);
        }
    }
}
