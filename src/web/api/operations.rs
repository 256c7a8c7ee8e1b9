//! Is the process up, can it serve.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::Done;
use crate::web::Web;

/// Is the process alive
#[utoipa::path(get, path = "/livez", tag = "operations", responses((status = 200, description = "It is", body = Done)))]
pub async fn livez() -> Json<Done> {
    Done::json()
}

/// Readiness.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `ready` or `not-ready`.
    pub status: &'static str,
    /// Every check: `ok` or `failed`; the log says why.
    pub checks: BTreeMap<String, &'static str>,
    /// When the process started.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: jiff::Timestamp,
}

/// Can it serve
///
/// Database, migrations, disk and models; an ERP that is down does not count.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses((status = 200, description = "Ready", body = Readiness), (status = 503, description = "Not ready", body = Readiness)))]
pub async fn readyz(State(web): State<Web>) -> (StatusCode, Json<Readiness>) {
    let mut checks = BTreeMap::new();
    let mut ready = true;
    for (name, outcome) in web.pipeline.ready().await {
        ready &= outcome.is_ok();
        let word = match outcome {
            Ok(()) => "ok",
            Err(cause) => {
                tracing::warn!(check = %name, cause, "not ready");
                "failed"
            }
        };
        checks.insert(name.to_string(), word);
    }
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { status: if ready { "ready" } else { "not-ready" }, checks, started_at: web.started_at }))
}
