//! Signing in and out.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, render};
use crate::web::auth::{self, session_cookie, set_cookie, token_hash};
use crate::web::extract::FormBody;
use crate::web::problem::Problem;
use crate::web::{DemoUser, Web};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: Frame,
    name: &'a str,
    demo: &'a [DemoUser],
}

fn show(web: &Web, name: &str, problem: Option<Problem>) -> Response {
    let demo = web.demo.as_ref().map(|demo| demo.users.as_slice()).unwrap_or_default();
    let frame = Frame::anonymous("Sign in").with(problem);
    render(frame.status(), &SignInPage { frame, name, demo })
}

/// The form.
pub async fn page(State(web): State<Web>) -> Response {
    show(&web, "", None)
}

/// What the form sends.
#[derive(Deserialize)]
pub struct SignIn {
    name: String,
    password: String,
}

/// Opens a session, or shows the form again with what was wrong.
pub async fn sign_in(State(web): State<Web>, headers: HeaderMap, FormBody(form): FormBody<SignIn>) -> Response {
    let name = form.name.trim();
    let session = async {
        let user = auth::check_password(&web, name, &form.password).await?;
        if let Some(old) = session_cookie(&headers) {
            web.pipeline.store().close_session(&token_hash(&old)).await?;
        }
        auth::open_session(&web, user).await
    };
    match session.await {
        Ok(token) => ([(header::SET_COOKIE, set_cookie(&token, &headers))], Redirect::to("/")).into_response(),
        Err(problem) => {
            let wait = problem.retry_after;
            let mut response = show(&web, name, Some(problem));
            if let Some(seconds) = wait {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            response
        }
    }
}

/// Ends the session.
///
/// # Errors
/// The store's.
pub async fn sign_out(State(web): State<Web>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(cookie) = session_cookie(&headers) {
        web.pipeline.store().close_session(&token_hash(&cookie)).await?;
    }
    Ok(([(header::SET_COOKIE, set_cookie("", &headers))], Redirect::to("/sign-in")).into_response())
}
