//! The API's description, made from the handlers' annotations.

use axum::Json;
use axum::extract::State;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, KnownFormat, OpenApi, Ref, RefOr, Response, Schema, SchemaFormat, Type};
use utoipa::{Modify, OpenApi as _};

use super::{Web, api, metrics};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Countersign",
        description = "Accounts-payable intake: upload documents, work cases, post once.\n\nErrors are RFC 9457 problem documents with a stable `code`. Lists page by cursor. Every POST takes an `Idempotency-Key`. `traceparent` and `X-Correlation-Id` are accepted, carried through to the ERP, and returned. `X-Company` chooses the company where you work for several.\n\nSign in with a bearer token, or with a browser session's cookie. A POST with the cookie must carry the session's form token in the header `X-CSRF-Token`: it is the hidden field `csrf` of every form on the pages. With a bearer token no form token is needed."
    ),
    paths(
        api::documents::upload,
        api::documents::document,
        api::documents::original,
        api::documents::page,
        api::einvoice::einvoice,
        api::einvoice::file,
        api::cases::list,
        api::cases::case,
        api::cases::decide,
        api::cases::retry,
        api::postings::list,
        api::postings::retry,
        api::rescorings::list,
        api::rescorings::start,
        api::rescorings::run,
        api::rescorings::stop,
        api::rescorings::report,
        api::rescorings::findings,
        api::rescorings::open,
        api::claims::list,
        api::claims::close,
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
    modifiers(&Security, &MediaTypes, &FormToken)
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

/// What the annotations do not say one by one: problems have a media type of their own, raw bodies are
/// bytes, and any call may answer with a problem.
struct MediaTypes;

impl Modify for MediaTypes {
    fn modify(&self, document: &mut OpenApi) {
        for (path, item) in &mut document.paths.paths {
            for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
                if let Some(RefOr::T(body)) = &mut operation.request_body {
                    body.content.iter_mut().for_each(as_bytes);
                }
                for response in operation.responses.responses.values_mut() {
                    if let RefOr::T(response) = response {
                        if is_problem(response) {
                            response.content = std::mem::take(&mut response.content)
                                .into_values()
                                .map(|content| ("application/problem+json".to_owned(), content))
                                .collect();
                        }
                        response.content.iter_mut().for_each(as_bytes);
                    }
                }
                if path.starts_with("/api/v1/") {
                    operation.responses.responses.insert("default".to_owned(), RefOr::T(any_problem()));
                }
            }
        }
    }
}

/// What a POST needs besides when a browser session sends it.
struct FormToken;

impl Modify for FormToken {
    fn modify(&self, document: &mut OpenApi) {
        for item in document.paths.paths.values_mut() {
            if let Some(operation) = &mut item.post {
                operation.parameters.get_or_insert_default().push(RefOr::T(form_token()));
            }
        }
    }
}

fn form_token() -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String);
    ParameterBuilder::new()
        .name("X-CSRF-Token")
        .parameter_in(ParameterIn::Header)
        .description(Some("Only with a session cookie, and needed then: the session's form token (field csrf of every form)"))
        .required(utoipa::openapi::Required::False)
        .schema(Some(text))
        .build()
}

const PROBLEM: &str = "#/components/schemas/Problem";

fn is_problem(response: &Response) -> bool {
    let shown = |content: &Content| matches!(&content.schema, Some(RefOr::Ref(to)) if to.ref_location == PROBLEM);
    response.content.values().any(|content| matches!(content, RefOr::T(content) if shown(content)))
}

fn as_bytes((media_type, content): (&String, &mut RefOr<Content>)) {
    let RefOr::T(content) = content else { return };
    if !media_type.contains("json") && !media_type.starts_with("text/") && !media_type.starts_with("multipart/") {
        let bytes = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
        content.schema = Some(RefOr::T(Schema::Object(bytes.build())));
    }
}

fn any_problem() -> Response {
    let mut response = Response::new("Any other problem, such as nobody signed in (401) or a role that may not (403)");
    let content = Content::new(Some(RefOr::Ref(Ref::new(PROBLEM))));
    response.content.insert("application/problem+json".to_owned(), RefOr::T(content));
    response
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
