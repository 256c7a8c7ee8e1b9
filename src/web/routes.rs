//! The one table of routes: method, path, who may call it, which body it takes, and its handler.
//! Router, documentation check and authorization test are made from it.

use axum::http::Method;
use axum::routing::{MethodRouter, get, post};

use super::{Web, api, metrics, openapi, pages};
use crate::workflow::Role;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whoever holds any role in the company.
    Member,
    /// Whoever holds one of these roles in the company.
    Roles(&'static [Role]),
}

/// What a route belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// Programs: problem documents, idempotency keys; documented.
    Api,
    /// Operators' tools; documented.
    Operations,
    /// People: an anonymous one is shown the sign-in page.
    Page,
}

/// Which body a POST takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyRule {
    /// A document; the number of uploads at a time is bounded.
    Document,
    /// Many master data records.
    Bulk,
    /// Anything else.
    Small,
}

/// A row of the table.
#[derive(Clone)]
pub struct Route {
    /// Its method.
    pub method: Method,
    /// As the router knows it.
    pub path: &'static str,
    /// As the documentation shows it.
    pub documented: &'static str,
    /// Whom it serves.
    pub area: Area,
    /// Who may.
    pub access: Access,
    /// The largest body.
    pub body: BodyRule,
    pub(super) handler: fn() -> MethodRouter<Web>,
}

const UPLOADERS: Access = Access::Roles(&[Role::Clerk, Role::Reviewer, Role::Administrator]);
const DECIDERS: Access = Access::Roles(&[Role::Clerk, Role::Reviewer, Role::Approver, Role::Controller]);
const RETRIERS: Access = Access::Roles(&[Role::Reviewer, Role::Controller, Role::Administrator]);
const AUDITORS: Access = Access::Roles(&[Role::Auditor, Role::Controller, Role::Administrator]);
/// Who may score history anew: it reads everything and changes no case.
const LOOKERS_BACK: Access = Access::Roles(&[Role::Auditor, Role::Controller, Role::Administrator]);
/// Who sees what was found.
const READERS_BACK: Access = Access::Roles(&[Role::Reviewer, Role::Auditor, Role::Controller, Role::Administrator]);
/// Who may make cases and claims of findings, and close claims.
const CLAIMANTS: Access = Access::Roles(&[Role::Reviewer, Role::Controller]);
/// Who may send master data of any kind; suppliers are narrower, see [`SUPPLIER_MAINTAINERS`].
const MAINTAINERS: Access = Access::Roles(PURCHASING_MAINTAINERS);
/// Who may change suppliers and their bank accounts.
pub const SUPPLIER_MAINTAINERS: &[Role] = &[Role::SupplierMaintainer, Role::Administrator];
/// Who may change orders, receipts and cost centres.
pub const PURCHASING_MAINTAINERS: &[Role] = &[Role::SupplierMaintainer, Role::Administrator, Role::Controller];

impl Route {
    fn new(method: Method, path: &'static str, area: Area, access: Access, handler: fn() -> MethodRouter<Web>) -> Self {
        Self { method, path, documented: path, area, access, body: BodyRule::Small, handler }
    }

    fn body(self, body: BodyRule) -> Self {
        Self { body, ..self }
    }

    fn documented(self, documented: &'static str) -> Self {
        Self { documented, ..self }
    }

    /// Whether someone with these roles may call it.
    #[must_use]
    pub fn allows(&self, roles: &[Role]) -> bool {
        match self.access {
            Access::Public => true,
            Access::Member => !roles.is_empty(),
            Access::Roles(allowed) => roles.iter().any(|role| allowed.contains(role)),
        }
    }
}

/// Whether someone with these roles may call the route of the table with this method and path: for
/// the pages, which show a control only to those who may use it.
#[must_use]
pub fn may(roles: &[Role], method: &Method, path: &str) -> bool {
    table().iter().any(|route| route.method == *method && route.path == path && route.allows(roles))
}

/// Every route there is.
#[must_use]
pub fn table() -> Vec<Route> {
    let mut table = api_routes();
    table.extend(operations());
    table.extend(page_routes());
    table
}

fn api_routes() -> Vec<Route> {
    use Access::Member;
    let read = |path, handler| Route::new(Method::GET, path, Area::Api, Member, handler);
    let write = |path, access, handler| Route::new(Method::POST, path, Area::Api, access, handler);
    let maintain = |path, access, handler| write(path, access, handler).body(BodyRule::Bulk);
    vec![
        write("/api/v1/documents", UPLOADERS, || post(api::documents::upload)).body(BodyRule::Document),
        read("/api/v1/documents/{id}", || get(api::documents::document)),
        read("/api/v1/documents/{id}/original", || get(api::documents::original)),
        read("/api/v1/documents/{id}/pages/{page}", || get(api::documents::page)).documented("/api/v1/documents/{id}/pages/{n}.png"),
        read("/api/v1/documents/{id}/einvoice", || get(api::einvoice::einvoice)),
        read("/api/v1/documents/{id}/attachments/{index}", || get(api::einvoice::file))
            .documented("/api/v1/documents/{id}/attachments/{n}"),
        read("/api/v1/cases", || get(api::cases::list)),
        read("/api/v1/cases/{id}", || get(api::cases::case)),
        write("/api/v1/cases/{id}/decisions", DECIDERS, || post(api::cases::decide)),
        write("/api/v1/cases/{id}/retry", RETRIERS, || post(api::cases::retry)),
        read("/api/v1/postings", || get(api::postings::list)),
        write("/api/v1/postings/{id}/retry", RETRIERS, || post(api::postings::retry)),
        Route::new(Method::GET, "/api/v1/rescorings", Area::Api, READERS_BACK, || get(api::rescorings::list)),
        write("/api/v1/rescorings", LOOKERS_BACK, || post(api::rescorings::start)),
        Route::new(Method::GET, "/api/v1/rescorings/{id}", Area::Api, READERS_BACK, || get(api::rescorings::run)),
        write("/api/v1/rescorings/{id}/stop", LOOKERS_BACK, || post(api::rescorings::stop)),
        Route::new(Method::GET, "/api/v1/rescorings/{id}/report", Area::Api, READERS_BACK, || get(api::rescorings::report)),
        Route::new(Method::GET, "/api/v1/rescorings/{id}/findings", Area::Api, READERS_BACK, || get(api::rescorings::findings)),
        write("/api/v1/rescorings/{id}/findings/{number}/case", CLAIMANTS, || post(api::rescorings::open))
            .documented("/api/v1/rescorings/{id}/findings/{n}/case"),
        Route::new(Method::GET, "/api/v1/claims", Area::Api, READERS_BACK, || get(api::claims::list)),
        write("/api/v1/claims/{id}/close", CLAIMANTS, || post(api::claims::close)),
        Route::new(Method::GET, "/api/v1/audit", Area::Api, AUDITORS, || get(api::audit::list)),
        maintain("/api/v1/master-data/suppliers", Access::Roles(SUPPLIER_MAINTAINERS), || post(api::master_data::suppliers)),
        maintain("/api/v1/master-data/purchase-orders", MAINTAINERS, || post(api::master_data::purchase_orders)),
        maintain("/api/v1/master-data/goods-receipts", MAINTAINERS, || post(api::master_data::goods_receipts)),
        maintain("/api/v1/master-data/cost-centres", MAINTAINERS, || post(api::master_data::cost_centres)),
    ]
}

fn operations() -> Vec<Route> {
    let open = |path, handler| Route::new(Method::GET, path, Area::Operations, Access::Public, handler);
    vec![
        open("/livez", || get(api::operations::livez)),
        open("/readyz", || get(api::operations::readyz)),
        open("/metrics", || get(metrics::metrics)),
        open("/openapi.json", || get(openapi::json)),
    ]
}

fn page_routes() -> Vec<Route> {
    use Access::{Member, Public};
    let page = |path, access, handler| Route::new(Method::GET, path, Area::Page, access, handler);
    let form = |path, access, handler| Route::new(Method::POST, path, Area::Page, access, handler);
    vec![
        page("/sign-in", Public, || get(pages::sign_in::page)),
        form("/sign-in", Public, || post(pages::sign_in::sign_in)),
        form("/sign-out", Member, || post(pages::sign_in::sign_out)),
        page("/", Member, || get(pages::queue::page)),
        form("/upload", UPLOADERS, || post(pages::upload::upload)).body(BodyRule::Document),
        page("/cases/{id}", Member, || get(pages::case::page)),
        form("/cases/{id}/decisions", DECIDERS, || post(pages::decide::decide)),
        form("/cases/{id}/retry", RETRIERS, || post(pages::decide::retry)),
        page("/documents/{id}/einvoice", Member, || get(pages::einvoice::page)),
        page("/postings", Member, || get(pages::postings::page)),
        form("/postings/{id}/retry", RETRIERS, || post(pages::postings::retry)),
        page("/rescorings", READERS_BACK, || get(pages::rescorings::list)),
        form("/rescorings", LOOKERS_BACK, || post(pages::rescorings::start)),
        page("/rescorings/{id}", READERS_BACK, || get(pages::rescorings::run)),
        form("/rescorings/{id}/stop", LOOKERS_BACK, || post(pages::rescorings::stop)),
        form("/rescorings/{id}/findings/{number}/case", CLAIMANTS, || post(pages::rescorings::open)),
        page("/claims", READERS_BACK, || get(pages::claims::page)),
        form("/claims/{id}/close", CLAIMANTS, || post(pages::claims::close)),
        page("/audit", AUDITORS, || get(pages::audit::page)),
        page("/api/docs", Public, || get(pages::docs::page)),
        page("/assets/{name}", Public, || get(pages::assets::asset)),
    ]
}
