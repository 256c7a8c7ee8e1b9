//! The HTTP surface over a real pipeline: uploads, decisions, problems, sessions, forms.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use countersign::domain::UserId;
use countersign::pipeline::PipelineError;
use countersign::store::types::By;
use countersign::store::{NewToken, StoreError};
use countersign::web::auth::token_hash;
use countersign::web::problem::Problem;
use countersign::web::routes::{Area, table};
use countersign::workflow::Refusal;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::web_world::{PASSWORD, World, ubl};

fn redacted(mut value: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(map) => {
                for (name, inner) in map.iter_mut() {
                    let hidden = matches!(
                        name.as_str(),
                        "case_id"
                            | "document_id"
                            | "correlation_id"
                            | "since"
                            | "created_at"
                            | "received_at"
                            | "at"
                            | "due"
                            | "sha256"
                            | "posting_id"
                            | "instance"
                            | "status_url"
                            | "updated_at"
                            | "models"
                            | "model"
                            | "key"
                            | "score"
                            | "figure"
                    );
                    if hidden && !inner.is_null() { *inner = json!(format!("[{name}]")) } else { walk(inner) }
                }
            }
            Value::Array(items) => {
                // What the anomaly model thinks may change with every training.
                items.retain(|item| item["kind"] != "anomaly" && item != "unusual-for-supplier");
                items.iter_mut().for_each(walk);
            }
            _ => {}
        }
    }
    walk(&mut value);
    value
}

#[tokio::test]
async fn a_document_is_uploaded_once_and_known_the_second_time() {
    let world = World::new().await;
    let xml = ubl("2026-17", "Seilerei Nord GmbH", "100.00", "19.00", "119.00");
    let form = format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.xml\"\r\n\r\n{xml}\r\n--x--\r\n");
    let request = Request::builder().method("POST").uri("/api/v1/documents").header("authorization", "Bearer token-of-the-clerk");
    let request = request.header("content-type", "multipart/form-data; boundary=x").header("x-correlation-id", "order-17");
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let first = world.send(request.header("traceparent", traceparent).body(Body::from(form)).unwrap()).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.text());
    assert_eq!((first.header("x-correlation-id"), first.header("traceparent")), ("order-17", traceparent));
    insta::assert_json_snapshot!("upload", redacted(first.json()));
    assert_eq!(first.json()["correlation_id"], "order-17");

    let again = world.as_user("the-reviewer", "POST", "/api/v1/documents", "application/xml", xml.clone()).await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, first.json()));

    let document = first.json()["document_id"].as_str().unwrap().to_owned();
    let original = world.get("the-auditor", &format!("/api/v1/documents/{document}/original")).await;
    assert_eq!(original.text(), xml, "kept byte for byte");
    assert!(original.header("content-disposition").starts_with("attachment"));
    assert_eq!(original.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_case_shows_what_the_contract_names_and_takes_decisions() {
    let world = World::new().await;
    let case = world.upload(ubl("2026-18", "Seilerei Nord GmbH", "6000.00", "1140.00", "7140.00")).await;
    let view = world.settle(&case).await;
    insta::assert_json_snapshot!("case", redacted(view.clone()));
    assert_eq!(view["phase"], "review", "an unknown supplier is looked at");
    let path = format!("/api/v1/cases/{case}/decisions");
    let version = view["version"].as_i64().unwrap();

    let stale = world.post_json("the-reviewer", &path, &json!({"action": "approve", "version": version - 1})).await;
    assert_eq!((stale.status, &stale.json()["current_version"]), (StatusCode::CONFLICT, &json!(version)));
    insta::assert_json_snapshot!("problem", redacted(stale.json()));
    let clerk = world.post_json("the-clerk", &path, &json!({"action": "approve", "version": version})).await;
    assert_eq!((clerk.status, &clerk.json()["rule"]), (StatusCode::FORBIDDEN, &json!("role")));
    let silent = world.post_json("the-reviewer", &path, &json!({"action": "reject", "version": version})).await;
    assert_eq!((silent.status, &silent.json()["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("comment-needed")));
    let wrong = json!({"action": "correct", "version": version, "corrections": {"iban": "DE00"}});
    let wrong = world.post_json("the-reviewer", &path, &wrong).await;
    assert_eq!((wrong.status, wrong.json()["errors"].as_array().map(Vec::len)), (StatusCode::UNPROCESSABLE_ENTITY, Some(1)));

    let passed = world.post_json("the-reviewer", &path, &json!({"action": "approve", "version": version, "comment": "known to us"})).await;
    assert_eq!((passed.status, &passed.json()["phase"]), (StatusCode::OK, &json!("approval")), "{}", passed.text());
    let version = passed.json()["version"].as_i64().unwrap();
    assert_eq!(passed.json()["approvals"]["required"][0]["met"], false, "{}", passed.text());
    let done = world.post_json("the-approver", &path, &json!({"action": "approve", "version": version})).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    let posted = world.settle(&case).await;
    assert_eq!((posted["phase"].as_str(), posted["posting"]["state"].as_str()), (Some("posted"), Some("posted")));
    assert_eq!(posted["decisions"].as_array().unwrap().len(), 2);
    assert_eq!(posted["decisions"][0]["comment"], "known to us");
    assert_eq!(posted["approvals"]["given"].as_array().unwrap().len(), 1, "{}", posted["approvals"]);
    let required = posted["approvals"]["required"].as_array().unwrap();
    assert_eq!((required.len(), &required[0]["met"]), (1, &json!(true)), "still shown once it is given");
    assert_eq!((&required[0]["rule"], &required[0]["role"]), (&posted["approvals"]["given"][0]["rule"], &json!("approver")));

    let listed = world.get("the-auditor", "/api/v1/cases?phase=posted&q=seilerei").await.json();
    assert_eq!(listed["items"][0]["case_id"], json!(case));
    assert_eq!(world.get("the-auditor", "/api/v1/postings?state=posted").await.json()["items"][0]["case_id"], json!(case));
    for page in ["/", "/?tab=posted", &format!("/cases/{case}"), "/postings", "/audit", "/api/docs"] {
        let answer = world.get("the-controller", page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        assert!(answer.text().contains("</html>"), "{page}");
    }
}

#[tokio::test]
async fn wrong_requests_get_problem_documents() {
    let world = World::new().await;
    let cases = [
        ("GET", "/api/v1/nothing", "", "", 404, "not-found"),
        ("DELETE", "/api/v1/cases", "", "", 405, "method-not-allowed"),
        ("GET", "/api/v1/cases/none", "", "", 404, "not-found"),
        ("GET", "/api/v1/cases?phase=soon", "", "", 422, "invalid"),
        ("GET", "/api/v1/cases?limit=0", "", "", 422, "invalid"),
        ("GET", "/api/v1/cases?limit=many", "", "", 400, "bad-request"),
        ("GET", "/api/v1/cases?cursor=%00", "", "", 422, "invalid"),
        ("POST", "/api/v1/documents", "application/pdf", "", 422, "empty-file"),
        ("POST", "/api/v1/documents", "application/pdf", "MZ\u{1}\u{2} not ours", 415, "unsupported-type"),
        ("POST", "/api/v1/documents", "multipart/form-data; boundary=x", "no form", 400, "bad-request"),
        ("POST", "/api/v1/master-data/suppliers", "application/json", "{", 400, "malformed-json"),
        ("POST", "/api/v1/master-data/suppliers", "text/plain", "{}", 415, "unsupported-media-type"),
        ("POST", "/api/v1/master-data/suppliers", "application/json", "{\"number\": 1}", 422, "invalid"),
    ];
    for (method, path, media_type, body, status, code) in cases {
        let answer = world.as_user("the-administrator", method, path, media_type, body.to_owned()).await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (status, Some(code)), "{method} {path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {path}");
        let problem = answer.json();
        assert_eq!((&problem["status"], problem["instance"].as_str()), (&json!(status), path.split('?').next()));
        assert!(problem["type"].is_string() && problem["title"].is_string() && problem["detail"].is_string());
    }
    let huge = Request::builder().method("POST").uri("/api/v1/documents").header("authorization", "Bearer token-of-the-clerk");
    let answer = world.send(huge.header("content-length", 60_000_000).body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (413, &json!("too-large")));
    let allow = world.as_user("the-clerk", "DELETE", "/api/v1/cases", "", Body::empty()).await;
    assert!(allow.header("allow").contains("GET"));
}

#[test]
fn every_error_has_its_status() {
    let forbidden = || Refusal::Forbidden { rule: "above-5000".into(), message: "no".into() };
    let table: Vec<(PipelineError, u16, &str)> = vec![
        (PipelineError::Rejected { code: "too-large".into(), message: String::new() }, 413, "too-large"),
        (PipelineError::Rejected { code: "unsupported-type".into(), message: String::new() }, 415, "unsupported-type"),
        (PipelineError::Rejected { code: "broken-file".into(), message: String::new() }, 422, "broken-file"),
        (Refusal::NotPossible { state: "posted", event: "approve" }.into(), 409, "not-possible"),
        (Refusal::Stale { seen: 1, current: 2 }.into(), 409, "stale-version"),
        (forbidden().into(), 403, "rule-forbids"),
        (Refusal::Incomplete(vec!["x".into()]).into(), 422, "incomplete"),
        (Refusal::CommentNeeded("reject").into(), 422, "comment-needed"),
        (PipelineError::BadRequest { code: "unknown-action", message: String::new(), field: None }, 422, "unknown-action"),
        (PipelineError::BadRequest { code: "posting-not-dead", message: String::new(), field: None }, 409, "not-possible"),
        (PipelineError::NotFound, 404, "not-found"),
        (PipelineError::Internal("secret".into()), 500, "internal"),
        (StoreError::Conflict { current: 3 }.into(), 409, "stale-version"),
        (StoreError::NotFound.into(), 404, "not-found"),
        (StoreError::Busy.into(), 503, "busy"),
        (StoreError::Full.into(), 507, "storage-full"),
        (StoreError::LeaseLost.into(), 500, "internal"),
        (StoreError::Corrupt("x".into()).into(), 500, "internal"),
    ];
    for (error, status, code) in table {
        let problem = Problem::from(error);
        assert_eq!((problem.status, problem.code.as_str()), (status, code));
        assert!(!problem.detail.contains("secret"), "what is ours is not told");
    }
    assert_eq!(Problem::from(forbidden()).rule.as_deref(), Some("above-5000"));
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let world = World::new().await;
    let send = |key: &str, body: String| {
        let request = Request::builder().method("POST").uri("/api/v1/master-data/cost-centres");
        let request = request.header("authorization", "Bearer token-of-the-controller").header("content-type", "application/json");
        world.send(request.header("idempotency-key", key).body(Body::from(body)).unwrap())
    };
    let one = json!({"code": "4100", "name": "Workshop"}).to_string();
    let first = send("k1", one.clone()).await;
    assert_eq!((first.status, first.json()), (StatusCode::OK, json!({"received": 1, "changed": 1})));
    let again = send("k1", one.clone()).await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, json!({"received": 1, "changed": 1})));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(send("k2", one).await.json()["changed"], 0, "another key is another request");
    let other = send("k1", json!({"code": "4200", "name": "Yard"}).to_string()).await;
    assert_eq!((other.status, &other.json()["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("idempotency-key-reused")));
    assert_eq!(send("", "{}".into()).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn form_posts_need_the_sessions_token_and_our_own_site() {
    let world = World::new().await;
    let case = world.upload(ubl("2026-19", "Seilerei Nord GmbH", "100.00", "19.00", "119.00")).await;
    let view = world.settle(&case).await;
    let (cookie, csrf) = world.sign_in("the-reviewer").await;
    let path = format!("/cases/{case}/decisions");
    let form = format!("action=comment&comment=seen&version={}", view["version"]);
    assert_eq!(world.post_form(&cookie, &path, &form).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.post_form(&cookie, &path, &format!("{form}&csrf={}", "0".repeat(64))).await.status, StatusCode::FORBIDDEN);
    let request = Request::builder().method("POST").uri(&path).header("cookie", &cookie).header("sec-fetch-site", "cross-site");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let forged = world.send(request.body(Body::from(format!("{form}&csrf={csrf}"))).unwrap()).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let good = world.post_form(&cookie, &path, &format!("{form}&csrf={csrf}")).await;
    assert_eq!((good.status, good.header("location")), (StatusCode::SEE_OTHER, format!("/cases/{case}").as_str()), "{}", good.text());
    let stale = world.post_form(&cookie, &path, &format!("action=reject&comment=late&version=1&csrf={csrf}")).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.text().contains("The case has changed") && stale.text().contains("late"), "shown on the page with what was typed");
    // The API takes the session's cookie with the token in a header.
    let request = Request::builder().method("POST").uri(format!("/api/v1{path}")).header("cookie", &cookie);
    let bare = world.send(request.header("content-type", "application/json").body(Body::from("{}")).unwrap()).await;
    assert_eq!(bare.status, StatusCode::FORBIDDEN);
    assert!(bare.json()["detail"].as_str().unwrap().contains("X-CSRF-Token"), "it says what is missing");
    let request = Request::builder().method("POST").uri(format!("/api/v1{path}")).header("cookie", &cookie).header("x-csrf-token", &csrf);
    let with = world.send(request.header("content-type", "application/json").body(Body::from("{}")).unwrap()).await;
    assert_eq!(with.status, StatusCode::UNPROCESSABLE_ENTITY, "only the decision is wrong now: {}", with.text());

    assert_eq!(world.post_form(&cookie, "/sign-out", &format!("csrf={csrf}")).await.header("location"), "/sign-in");
    let after = world.send(Request::builder().uri("/").header("cookie", &cookie).body(Body::empty()).unwrap()).await;
    assert_eq!(after.header("location"), "/sign-in", "a closed session is over");
}

#[tokio::test]
async fn sessions_and_tokens_end() {
    let world = World::new().await;
    let store = world.pipeline.store();
    let now = world.pipeline.ambient().now();
    let (user, _): (UserId, String) = store.user_credentials("the-clerk").await.unwrap().unwrap();
    let before = now - SignedDuration::from_secs(1);
    store.open_session(&token_hash("old"), user, before, "c").await.unwrap();
    let answer = world.send(Request::builder().uri("/").header("cookie", "countersign_session=old").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("location"), "/sign-in");
    let token = NewToken { hash: &token_hash("token-of-yesterday"), user, label: "t", expires: Some(before) };
    store.create_token(&token, &By::program("test"), before).await.unwrap();
    assert_eq!(world.get("yesterday", "/api/v1/cases").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.get("nobody", "/api/v1/cases").await.header("www-authenticate"), "Bearer realm=\"countersign\"");
}

#[tokio::test]
async fn wrong_passwords_are_slowed_down() {
    let world = World::new().await;
    for attempt in 0..6 {
        let wrong = world.post_form("", "/sign-in", "name=the-clerk&password=guess").await;
        let expected = if attempt < 5 { StatusCode::UNAUTHORIZED } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(wrong.status, expected, "attempt {attempt}");
    }
    let right = world.post_form("", "/sign-in", &format!("name=the-clerk&password={}", PASSWORD.replace(' ', "+"))).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS, "also the right one must wait");
}

#[tokio::test]
async fn names_of_strangers_are_shown_as_text() {
    let world = World::new().await;
    let xml = ubl("&lt;b&gt;7", "&lt;script&gt;alert(1)&lt;/script&gt; GmbH", "100.00", "19.00", "119.00");
    let (cookie, csrf) = world.sign_in("the-clerk").await;
    let part =
        |name: &str, more: &str, body: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{body}\r\n");
    let form = format!(
        "{}{}{}--x--\r\n",
        part("csrf", "", &csrf),
        part("file", "; filename=\"<script>x</script>.xml\"", &xml),
        part("file", "; filename=\"<img src=x>.exe\"", "MZ nothing")
    );
    let request = Request::builder().method("POST").uri("/upload").header("cookie", &cookie);
    let answer = world.send(request.header("content-type", "multipart/form-data; boundary=x").body(Body::from(form)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(answer.text().contains("accepted") && answer.text().contains("refused"));
    let case = world.get("the-clerk", "/api/v1/cases").await.json()["items"][0]["case_id"].as_str().unwrap().to_owned();
    world.settle(&case).await;
    for text in [answer.text(), world.get("the-clerk", &format!("/cases/{case}")).await.text(), world.get("the-clerk", "/").await.text()] {
        for bad in ["<script>x", "<script>alert", "<img src=x", "<b>7"] {
            assert!(!text.contains(bad), "{bad} stands in a page");
        }
        assert!(text.contains("script"), "but the name is shown");
    }
    assert!(answer.header("content-security-policy").contains("script-src 'self'"));
    assert!(!answer.header("content-security-policy").contains("unsafe-inline"));
}

#[tokio::test]
async fn the_description_names_every_route() {
    let world = World::new().await;
    let spec = world.get("the-clerk", "/openapi.json").await.json();
    let mut described = Vec::new();
    for (path, methods) in spec["paths"].as_object().unwrap() {
        described.extend(methods.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let mut declared: Vec<String> = table()
        .into_iter()
        .filter(|route| route.area != Area::Page)
        .map(|route| format!("{} {}", route.method, route.documented))
        .collect();
    let upload = spec["paths"]["/api/v1/documents"]["post"]["parameters"].as_array().unwrap();
    assert!(upload.iter().any(|parameter| parameter["name"] == "X-CSRF-Token"), "{upload:?}");
    assert!(world.get("the-clerk", "/api/docs").await.text().contains("X-CSRF-Token"));
    described.sort();
    declared.sort();
    assert_eq!(described, declared);
    let metrics = world.get("the-clerk", "/metrics").await.text();
    for name in ["countersign_cases{phase=\"review\"}", "countersign_oldest_unposted_seconds", "countersign_uploads_total"] {
        assert!(metrics.contains(name), "{name} is not in\n{metrics}");
    }
}

/// A multipart form of one file, and of the session's token where there is one.
fn form_of(csrf: Option<&str>, file: &str) -> String {
    let csrf = csrf.map(|csrf| format!("--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n")).unwrap_or_default();
    format!("{csrf}--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.xml\"\r\n\r\n{file}\r\n--x--\r\n")
}

#[tokio::test]
async fn documents_up_to_the_limit_come_through_api_and_form() {
    let world = World::new().await;
    let multipart = "multipart/form-data; boundary=x";
    let padded = |number: &str, bytes: usize| {
        let xml = ubl(number, "Seilerei Nord GmbH", "100.00", "19.00", "119.00");
        let end = "</Invoice>";
        let pad = bytes - xml.len() - "<!---->".len();
        xml.replace(end, &format!("<!--{}-->{end}", "x".repeat(pad)))
    };
    let three = 3 * 1024 * 1024;
    let api = |file: String| world.as_user("the-clerk", "POST", "/api/v1/documents", multipart, form_of(None, &file));
    let accepted = api(padded("L-1", three)).await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED, "{}", accepted.text());
    let limit = 25 * 1024 * 1024;
    let refused = api(padded("L-2", limit + 1)).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (413, &json!("too-large")));
    let beyond = api("x".repeat(limit + 2 * 1024 * 1024)).await;
    assert_eq!((beyond.status.as_u16(), &beyond.json()["code"]), (413, &json!("too-large")));

    let (cookie, csrf) = world.sign_in("the-clerk").await;
    let browser = |file: String| {
        let request = Request::builder().method("POST").uri("/upload").header("cookie", &cookie).header("content-type", multipart);
        world.send(request.body(Body::from(form_of(Some(&csrf), &file))).unwrap())
    };
    let shown = browser(padded("L-3", three)).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
    assert!(shown.text().contains("accepted"), "{}", shown.text());
    assert!(browser(padded("L-4", limit + 1)).await.text().contains("refused"), "a result of its own, beside the other files'");
    assert_eq!(browser("x".repeat(limit + 2 * 1024 * 1024)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn an_expired_session_is_forgotten_at_the_next_sign_in() {
    let world = World::new().await;
    let store = world.pipeline.store();
    let now = world.pipeline.ambient().now();
    let (user, _): (UserId, String) = store.user_credentials("the-clerk").await.unwrap().unwrap();
    store.open_session(&token_hash("old"), user, now - SignedDuration::from_secs(1), "c").await.unwrap();
    let (cookie, _) = world.sign_in("the-clerk").await;
    assert_eq!(store.purge_sessions(now).await.unwrap(), 0, "none is left to forget");
    let page = world.send(Request::builder().uri("/").header("cookie", &cookie).body(Body::empty()).unwrap()).await;
    assert_eq!(page.status, StatusCode::OK, "the new one is open");
}
