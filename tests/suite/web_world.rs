//! The world that the web tests act in: a real store on SQLite, a real pipeline, the real router; two
//! companies, one user a role in the first, one user with every role in the second.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use countersign::ambient::Ambient;
use countersign::app;
use countersign::config::{Config, Overrides};
use countersign::domain::{CompanyId, UserId};
use countersign::pipeline::Pipeline;
use countersign::reading::ReaderPool;
use countersign::store::types::By;
use countersign::store::{NewCompany, NewToken, NewUser, Store, sqlite_url};
use countersign::web::auth::token_hash;
use countersign::web::{AppState, DemoInfo, DemoUser, router};
use countersign::workflow::Role;
use serde_json::Value;
use std::path::Path;
use tokio::sync::watch;
use tower::ServiceExt as _;

/// Everything.
pub struct World {
    pub pipeline: Pipeline,
    pub router: Router,
    dir: tempfile::TempDir,
}

/// An answer, read whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|e| panic!("no JSON ({e}): {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// The password of every user here.
pub const PASSWORD: &str = "correct horse";

/// A user's bearer token.
pub fn token(name: &str) -> String {
    format!("token-of-{name}")
}

/// The user of a role.
pub fn user_of(role: Role) -> String {
    format!("the-{}", role.as_str())
}

impl World {
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::connect(&sqlite_url(&dir.path().join("test.db"))).await.unwrap();
        // A Wednesday morning: what is unusual at night must not depend on when the tests run.
        let ambient = Ambient::fixed("2026-06-10T10:00:00Z".parse().unwrap());
        let (company, other) = (ambient.id(), ambient.id());
        people(&store, &ambient, company, other).await;
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let overrides = Overrides {
            data_dir: Some(dir.path().to_owned()),
            models_dir: Some(here.join("models")),
            workflows_dir: Some(here.join("workflows")),
            ..Overrides::default()
        };
        let reader = ReaderPool::new(2, env!("CARGO_BIN_EXE_countersign").into());
        let pipeline = app::build_with_reader(&Config::load(&overrides).unwrap(), store, ambient.clone(), reader).unwrap();
        let users = Role::ALL.iter().map(|role| DemoUser { name: user_of(*role), role: role.to_string(), password: PASSWORD.into() });
        let demo = Some(DemoInfo { users: users.collect() });
        let router = router(AppState { pipeline: pipeline.clone(), started_at: ambient.now(), demo });
        Self { pipeline, router, dir }
    }

    /// A folder for whatever else a test needs, with the database in it.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Where the database is, for another process.
    pub fn database_url(&self) -> String {
        sqlite_url(&self.dir().join("test.db"))
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        Answer { status: parts.status, headers: parts.headers, bytes: to_bytes(body, usize::MAX).await.unwrap().to_vec() }
    }

    /// A request with a user's token.
    pub async fn as_user(&self, name: &str, method: &str, path: &str, media_type: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {}", token(name)));
        let request = if media_type.is_empty() { request } else { request.header("content-type", media_type) };
        self.send(request.body(body.into()).unwrap()).await
    }

    pub async fn get(&self, name: &str, path: &str) -> Answer {
        self.as_user(name, "GET", path, "", Body::empty()).await
    }

    pub async fn post_json(&self, name: &str, path: &str, body: &Value) -> Answer {
        self.as_user(name, "POST", path, "application/json", body.to_string()).await
    }

    /// Uploads as the clerk and gives the case's id.
    pub async fn upload(&self, bytes: impl Into<Body>) -> String {
        let answer = self.as_user("the-clerk", "POST", "/api/v1/documents", "application/octet-stream", bytes).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        answer.json()["case_id"].as_str().unwrap().to_owned()
    }

    /// Runs workers until the case waits for people or has ended.
    pub async fn settle(&self, case: &str) -> Value {
        let (stop, stopped) = watch::channel(false);
        let workers = tokio::spawn(countersign::jobs::run(self.pipeline.clone(), 1, stopped));
        let mut view = Value::Null;
        for _ in 0..600 {
            view = self.get("the-auditor", &format!("/api/v1/cases/{case}")).await.json();
            if !matches!(view["phase"].as_str(), Some("processing" | "approved" | "posting")) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        stop.send(true).unwrap();
        self.pipeline.work.notify_waiters();
        workers.await.unwrap();
        view
    }

    /// Signs in and gives the cookie and the form token.
    pub async fn sign_in(&self, name: &str) -> (String, String) {
        let form = format!("name={name}&password={}", PASSWORD.replace(' ', "+"));
        let request = Request::builder().method("POST").uri("/sign-in").header("content-type", "application/x-www-form-urlencoded");
        let answer = self.send(request.body(Body::from(form)).unwrap()).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/"), "{}", answer.text());
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        let page = self.send(Request::builder().uri("/").header("cookie", &cookie).body(Body::empty()).unwrap()).await.text();
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        (cookie, csrf)
    }

    /// A form post of a session.
    pub async fn post_form(&self, cookie: &str, path: &str, form: &str) -> Answer {
        let request = Request::builder().method("POST").uri(path).header("cookie", cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }
}

async fn people(store: &Store, ambient: &Ambient, company: CompanyId, other: CompanyId) {
    use argon2::password_hash::PasswordHasher as _;
    let (by, now) = (By::program("test"), ambient.now());
    for (id, code) in [(company, "ACME"), (other, "OTHER")] {
        store.create_company(&NewCompany { id, code: code.into(), name: code.into() }, &by, now).await.unwrap();
    }
    // The least that argon2 takes: these passwords guard nothing.
    let params = argon2::Params::new(argon2::Params::MIN_M_COST, 1, 1, None).unwrap();
    let hash = argon2::Argon2::from(params).hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    let mut users: Vec<_> = Role::ALL.iter().map(|role| (user_of(*role), vec![(company, vec![*role])])).collect();
    users.push(("stranger".into(), vec![(other, Role::ALL.to_vec())]));
    users.push(("idle".into(), Vec::new()));
    for (name, roles) in users {
        let id: UserId = ambient.id();
        let user = NewUser { id, name: name.clone(), display: name.clone(), password_hash: Some(hash.clone()), roles };
        store.create_user(&user, &by, now).await.unwrap();
        let token = NewToken { hash: &token_hash(&token(&name)), user: id, label: "test", expires: None };
        store.create_token(&token, &by, now).await.unwrap();
    }
}

/// A UBL invoice of one line at 19 percent, which breaks no rule of EN 16931 where its amounts agree.
pub fn ubl(number: &str, supplier: &str, net: &str, tax: &str, total: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-01-15</cbc:IssueDate><cbc:DueDate>2026-02-14</cbc:DueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>{supplier}</cbc:Name></cac:PartyName>
<cac:PostalAddress><cbc:StreetName>Hafenweg 3</cbc:StreetName><cbc:CityName>Bremen</cbc:CityName><cbc:PostalZone>28195</cbc:PostalZone><cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
<cac:PartyTaxScheme><cbc:CompanyID>DE136695976</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyLegalEntity><cbc:RegistrationName>{supplier}</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PostalAddress><cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress><cac:PartyLegalEntity><cbc:RegistrationName>Acme AG</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode><cac:PayeeFinancialAccount><cbc:ID>DE44500105175407324931</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">{tax}</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">{net}</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">{tax}</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">{net}</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount currencyID="EUR">{net}</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="EUR">{total}</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="EUR">{total}</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="C62">2</cbc:InvoicedQuantity><cbc:LineExtensionAmount currencyID="EUR">{net}</cbc:LineExtensionAmount><cac:Item><cbc:Name>Ropes</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item><cac:Price><cbc:PriceAmount currencyID="EUR">{net}</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
</Invoice>"#
    )
}
