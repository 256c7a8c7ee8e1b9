//! The API's description, made from the handlers' annotations.

use axum::Json;
use axum::extract::State;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi as _};

use super::{Web, api, metrics};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Countersign",
        description = "Accounts-payable intake: upload documents, work cases, post once.\n\nErrors are RFC 9457 problem documents with a stable `code`. Lists page by cursor. Every POST takes an `Idempotency-Key`. `traceparent` and `X-Correlation-Id` are accepted, carried through to the ERP, and returned. `X-Company` chooses the company where you work for several."
    ),
    paths(
        api::documents::upload,
        api::documents::document,
        api::documents::original,
        api::documents::page,
        api::cases::list,
        api::cases::case,
        api::cases::decide,
        api::cases::retry,
        api::postings::list,
        api::postings::retry,
        api::audit::list,
        api::master_data::suppliers,
        api::master_data::purchase_orders,
        api::master_data::goods_receipts,
        api::master_data::cost_centres,
        api::operations::livez,
        api::operations::readyz,
        metrics::metrics,
        json,
    ),
    modifiers(&Security)
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let cookie = ApiKey::Cookie(ApiKeyValue::new(super::auth::COOKIE));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
        let requirement = |name: &str| utoipa::openapi::SecurityRequirement::new(name, Vec::<String>::new());
        document.security = Some(vec![requirement("bearer"), requirement("session")]);
    }
}

/// The document.
#[must_use]
pub fn document() -> OpenApi {
    Document::openapi()
}

/// This description
#[utoipa::path(get, path = "/openapi.json", tag = "operations", responses((status = 200, description = "OpenAPI", body = Object)))]
pub async fn json(State(web): State<Web>) -> Json<OpenApi> {
    Json(web.0.openapi.clone())
}
