//! A problem as a page.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Frame, render};
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    problem: &'a Problem,
}

/// The page.
#[must_use]
pub fn page(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    render(status, &ErrorPage { frame: Frame::anonymous(problem.title.clone()), problem })
}
