//! HTTP: the API under `/api/v1`, the pages, and the operators' endpoints, thin over the pipeline.
//!
//! One table ([`routes::table`]) declares every route with who may call it; the router and the
//! authorization test are made from it. It refuses whoever is not signed in, whoever lacks the role,
//! forged form posts, bodies beyond the limit, and shows nothing of another company (404, not 403).

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use jiff::Timestamp;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tower_http::timeout::TimeoutLayer;

pub mod api;
pub mod auth;
pub mod context;
pub mod extract;
pub mod guard;
pub mod idempotency;
pub mod metrics;
pub mod openapi;
pub mod pages;
pub mod problem;
pub mod routes;
mod server;
pub mod view;

use crate::pipeline::Pipeline;
use auth::SlowDown;
pub use server::serve;

/// What the web layer is given.
#[derive(Clone)]
pub struct AppState {
    /// Everything that is done is done by it.
    pub pipeline: Pipeline,
    /// When the process started.
    pub started_at: Timestamp,
    /// Set in demo mode: shown on the sign-in page.
    pub demo: Option<DemoInfo>,
}

/// The demo's users, shown on the sign-in page of a demo only.
#[derive(Debug, Clone)]
pub struct DemoInfo {
    /// One a role.
    pub users: Vec<DemoUser>,
}

/// A demo user.
#[derive(Debug, Clone)]
pub struct DemoUser {
    /// Sign-in name.
    pub name: String,
    /// Role.
    pub role: String,
    /// Password, in clear: a demo's only.
    pub password: String,
}

/// Documents may have 25 MB; the rest is room for the multipart frame.
pub const LARGEST_BODY: usize = crate::config::LARGEST_UPLOAD + 1024 * 1024;
/// Every other body.
pub const SMALL_BODY: usize = 1024 * 1024;
/// Uploads at a time; more wait briefly and are then told to come back.
const UPLOADS_AT_A_TIME: usize = 16;
/// How long an upload waits for its turn.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(2);
/// How long a body may take to arrive, so that a slow sender frees its turn.
const BODY_PATIENCE: Duration = Duration::from_secs(30);
/// Password hashes computed at a time: each takes 19 MiB.
const SIGN_INS_AT_A_TIME: usize = 2;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// The state of the router, cheap to clone.
#[derive(Clone)]
pub struct Web(Arc<Inner>);

/// What stands behind [`Web`].
pub struct Inner {
    app: AppState,
    uploads: Arc<Semaphore>,
    shares: guard::Shares,
    sign_ins: Semaphore,
    slow_down: SlowDown,
    counters: metrics::Counters,
    openapi: utoipa::openapi::OpenApi,
}

impl Deref for Web {
    type Target = AppState;

    fn deref(&self) -> &AppState {
        &self.0.app
    }
}

/// The whole HTTP surface.
pub fn router(app: AppState) -> Router {
    let web = Web(Arc::new(Inner {
        app,
        uploads: Arc::new(Semaphore::new(UPLOADS_AT_A_TIME)),
        shares: guard::Shares::default(),
        sign_ins: Semaphore::new(SIGN_INS_AT_A_TIME),
        slow_down: SlowDown::default(),
        counters: metrics::Counters::default(),
        openapi: openapi::document(),
    }));
    let mut router = Router::new();
    for route in routes::table() {
        let guarded = guard::Guard { web: web.clone(), route: Arc::new(route.clone()) };
        let method_router = (route.handler)().layer(middleware::from_fn_with_state(guarded, guard::check));
        router = router.route(route.path, method_router);
    }
    router
        .fallback(context::no_such_path)
        .method_not_allowed_fallback(|| async { StatusCode::METHOD_NOT_ALLOWED })
        .layer(DefaultBodyLimit::disable()) // the guard has limited it already
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT))
        .layer(middleware::from_fn_with_state(web.clone(), context::surround))
        .with_state(web)
}
