//! The authorization table: every route × role × other company × nobody. Written out here, apart from
//! the router's own table, so that a changed permission is a changed test.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use countersign::web::routes::{Area, table};
use countersign::workflow::Role;

use crate::web_world::{World, ubl, user_of};

/// `C`lerk, `R`eviewer, `A`pprover, `T`reasury, `S`upplier maintainer, c`O`ntroller, a`U`ditor, a`D`ministrator.
const LETTERS: &[(char, Role)] = &[
    ('C', Role::Clerk),
    ('R', Role::Reviewer),
    ('A', Role::Approver),
    ('T', Role::Treasury),
    ('S', Role::SupplierMaintainer),
    ('O', Role::Controller),
    ('U', Role::Auditor),
    ('D', Role::Administrator),
];
const ALL: &str = "CRATSOUD";
const PUBLIC: &str = "public";

/// Method, path, who may, status for who may, status for the other company's user with every role.
const POLICY: &[(&str, &str, &str, u16, u16)] = &[
    ("POST", "/api/v1/documents", "CRD", 422, 422),
    ("GET", "/api/v1/documents/{id}", ALL, 200, 404),
    ("GET", "/api/v1/documents/{id}/original", ALL, 200, 404),
    ("GET", "/api/v1/documents/{id}/pages/{page}", ALL, 404, 404),
    ("GET", "/api/v1/documents/{id}/einvoice", ALL, 200, 404),
    ("GET", "/api/v1/documents/{id}/attachments/{index}", ALL, 404, 404),
    ("GET", "/api/v1/cases", ALL, 200, 200),
    ("GET", "/api/v1/cases/{id}", ALL, 200, 404),
    ("POST", "/api/v1/cases/{id}/decisions", "CRAO", 415, 415),
    ("POST", "/api/v1/cases/{id}/retry", "ROD", 409, 404),
    ("GET", "/api/v1/postings", ALL, 200, 200),
    ("POST", "/api/v1/postings/{id}/retry", "ROD", 404, 404),
    ("GET", "/api/v1/rescorings", "RUOD", 200, 200),
    ("POST", "/api/v1/rescorings", "UOD", 415, 415),
    ("GET", "/api/v1/rescorings/{id}", "RUOD", 404, 404),
    ("POST", "/api/v1/rescorings/{id}/stop", "UOD", 404, 404),
    ("GET", "/api/v1/rescorings/{id}/report", "RUOD", 404, 404),
    ("GET", "/api/v1/rescorings/{id}/findings", "RUOD", 404, 404),
    ("POST", "/api/v1/rescorings/{id}/findings/{number}/case", "RO", 415, 415),
    ("GET", "/api/v1/claims", "RUOD", 200, 200),
    ("POST", "/api/v1/claims/{id}/close", "RO", 415, 415),
    ("GET", "/api/v1/audit", "UOD", 200, 200),
    ("POST", "/api/v1/master-data/suppliers", "SD", 415, 415),
    ("POST", "/api/v1/master-data/purchase-orders", "SOD", 415, 415),
    ("POST", "/api/v1/master-data/goods-receipts", "SOD", 415, 415),
    ("POST", "/api/v1/master-data/cost-centres", "SOD", 415, 415),
    ("GET", "/livez", PUBLIC, 200, 200),
    ("GET", "/readyz", PUBLIC, 200, 200),
    ("GET", "/metrics", PUBLIC, 200, 200),
    ("GET", "/openapi.json", PUBLIC, 200, 200),
    ("GET", "/sign-in", PUBLIC, 200, 200),
    ("POST", "/sign-in", PUBLIC, 400, 400),
    ("POST", "/sign-out", ALL, 303, 303),
    ("GET", "/", ALL, 200, 200),
    ("POST", "/upload", "CRD", 400, 400),
    ("GET", "/cases/{id}", ALL, 200, 404),
    ("POST", "/cases/{id}/decisions", "CRAO", 400, 400),
    ("POST", "/cases/{id}/retry", "ROD", 409, 404),
    ("GET", "/documents/{id}/einvoice", ALL, 200, 404),
    ("GET", "/postings", ALL, 200, 200),
    ("POST", "/postings/{id}/retry", "ROD", 404, 404),
    ("GET", "/rescorings", "RUOD", 200, 200),
    ("POST", "/rescorings", "UOD", 400, 400),
    ("GET", "/rescorings/{id}", "RUOD", 404, 404),
    ("POST", "/rescorings/{id}/stop", "UOD", 404, 404),
    ("POST", "/rescorings/{id}/findings/{number}/case", "RO", 400, 400),
    ("GET", "/claims", "RUOD", 200, 200),
    ("POST", "/claims/{id}/close", "RO", 400, 400),
    ("GET", "/audit", "UOD", 200, 200),
    ("GET", "/api/docs", PUBLIC, 200, 200),
    ("GET", "/assets/{name}", PUBLIC, 404, 404),
];

#[tokio::test]
async fn every_route_answers_every_role_as_the_table_says() {
    let world = World::new().await;
    let case = world.upload(ubl("R-1", "Seilerei Nord GmbH", "100.00", "19.00", "119.00")).await;
    let document = world.get("the-auditor", &format!("/api/v1/cases/{case}")).await.json()["documents"][0]["document_id"].clone();
    let document = document.as_str().unwrap();
    let mut declared: Vec<(String, &str)> = table().iter().map(|route| (route.method.to_string(), route.path)).collect();
    let mut written: Vec<(String, &str)> = POLICY.iter().map(|(method, path, ..)| ((*method).to_owned(), *path)).collect();
    declared.sort();
    written.sort();
    assert_eq!(declared, written, "the router's table and this one name different routes");

    for (method, path, who, status, strange) in POLICY {
        let id = if path.contains("/documents/") { document } else { case.as_str() };
        let url = path
            .replace("{id}", id)
            .replace("{page}", "1.png")
            .replace("{name}", "nothing")
            .replace("{index}", "0")
            .replace("{number}", "1");
        for (letter, role) in LETTERS {
            let answer = world.as_user(&user_of(*role), method, &url, "", Body::empty()).await;
            let expected = if *who == PUBLIC || who.contains(*letter) { *status } else { 403 };
            assert_eq!(answer.status.as_u16(), expected, "{method} {url} as {role}: {}", answer.text());
        }
        let answer = world.as_user("stranger", method, &url, "", Body::empty()).await;
        assert_eq!(answer.status.as_u16(), *strange, "{method} {url} as another company's: {}", answer.text());
        let answer = world.as_user("idle", method, &url, "", Body::empty()).await;
        let expected = if *who == PUBLIC { *status } else { 403 };
        assert_eq!(answer.status.as_u16(), expected, "{method} {url} without a role: {}", answer.text());

        let area = table().into_iter().find(|r| r.method.as_str() == *method && r.path == *path).unwrap().area;
        let nobody = world.send(Request::builder().method(*method).uri(&url).body(Body::empty()).unwrap()).await;
        let expected = match (*who, area) {
            (PUBLIC, _) => *status,
            (_, Area::Page) => 303,
            _ => 401,
        };
        assert_eq!(nobody.status.as_u16(), expected, "{method} {url} as nobody");
        if expected == 303 {
            assert_eq!(nobody.header("location"), "/sign-in");
        }
    }
}

#[tokio::test]
async fn decisions_on_another_companys_case_find_nothing() {
    let world = World::new().await;
    let case = world.upload(ubl("R-2", "Seilerei Nord GmbH", "100.00", "19.00", "119.00")).await;
    let decision = serde_json::json!({"action": "comment", "version": 1, "comment": "x"});
    let path = format!("/api/v1/cases/{case}/decisions");
    assert_eq!(world.post_json("stranger", &path, &decision).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.post_json("the-reviewer", &path, &decision).await.status, StatusCode::OK);
    // Naming the company does not help either.
    let request = Request::builder().uri(format!("/api/v1/cases/{case}")).header("authorization", "Bearer token-of-stranger");
    let answer = world.send(request.header("x-company", "ACME").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let listed = world.get("stranger", "/api/v1/cases").await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 0);
    let trail = world.get("stranger", &format!("/api/v1/audit?case_id={case}")).await.json();
    assert_eq!(trail["items"].as_array().unwrap().len(), 0);
}
