//! The pages: rendered on the server, whole without JavaScript, nothing inline.

use askama::Template;
use axum::http::{Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use super::auth::Caller;
use super::problem::Problem;
use super::routes;

mod allowed;
pub mod assets;
pub mod audit;
pub mod case;
pub mod claims;
pub mod decide;
pub mod docs;
pub mod einvoice;
pub mod error;
mod format;
pub mod postings;
pub mod queue;
pub mod rescorings;
mod sheet;
pub mod sign_in;
pub mod upload;

/// What surrounds every page.
pub struct Frame {
    title: String,
    assets: &'static str,
    user: Option<UserBox>,
    nav: Vec<NavItem>,
    problem: Option<Problem>,
}

struct UserBox {
    name: String,
    roles: String,
    company: String,
    csrf: String,
}

struct NavItem {
    href: &'static str,
    label: &'static str,
    current: bool,
}

/// A link with a mark on the present one.
struct Tab {
    href: String,
    label: String,
    count: i64,
    urgent: bool,
    current: bool,
}

const NAVIGATION: &[(&str, &str)] =
    &[("/", "Queue"), ("/postings", "Postings"), ("/rescorings", "Look back"), ("/claims", "Claims"), ("/audit", "Audit trail")];

impl Frame {
    /// The frame for a signed-in caller; `at` is the navigation's present entry.
    fn of(title: impl Into<String>, caller: &Caller, at: &str) -> Self {
        let roles = &caller.principal.roles;
        let nav = NAVIGATION
            .iter()
            .filter(|(href, _)| routes::may(roles, &Method::GET, href))
            .map(|(href, label)| NavItem { href, label, current: *href == at })
            .collect();
        let names: Vec<String> = roles.iter().map(|role| role.as_str().replace('_', " ")).collect();
        Self {
            title: title.into(),
            assets: assets::version(),
            user: Some(UserBox {
                name: caller.principal.name.clone(),
                roles: names.join(", "),
                company: caller.principal.company_code.clone(),
                csrf: csrf(caller),
            }),
            nav,
            problem: None,
        }
    }

    /// The frame for nobody.
    fn anonymous(title: impl Into<String>) -> Self {
        Self { title: title.into(), assets: assets::version(), user: None, nav: Vec::new(), problem: None }
    }

    fn with(mut self, problem: Option<Problem>) -> Self {
        self.problem = problem;
        self
    }

    /// The status a page with this frame has.
    fn status(&self) -> StatusCode {
        self.problem.as_ref().and_then(|problem| StatusCode::from_u16(problem.status).ok()).unwrap_or(StatusCode::OK)
    }
}

/// The token for forms; empty for a bearer token, which needs none.
fn csrf(caller: &Caller) -> String {
    caller.csrf.clone().unwrap_or_default()
}

/// Renders a page.
fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, Html("The page could not be shown.")).into_response()
        }
    }
}
