//! Looking back: a company's own history scored anew, compared, and made cases and claims of.

use axum::http::StatusCode;
use countersign::domain::history::Payable;
use countersign::domain::purchasing::Supplier;
use countersign::domain::{By, CompanyId};
use countersign::screening::block_keys;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::web_world::{World, ubl};

const NAME: &str = "Seilerei Hafen GmbH";

/// The first company's id.
async fn company(world: &World) -> CompanyId {
    let companies = world.pipeline.store().companies().await.unwrap();
    companies.into_iter().find(|company| company.code == "ACME").unwrap().id
}

fn payable(vendor: usize, month: i8, number: &str, cents: i64) -> Payable {
    Payable {
        row: 0,
        vendor_id: format!("{}", 70_001 + vendor),
        vendor_name: if vendor == 0 { NAME.into() } else { format!("Werk {vendor} AG") },
        invoice_no: number.into(),
        po_number: String::new(),
        amount: Decimal::new(cents, 2),
        currency: "EUR".into(),
        entry_type: countersign::domain::history::EntryType::Invoice,
        invoice_date: Some(jiff::civil::date(2025, month, 5)),
        due_date: None,
        payment_date: None,
        posted_at: None,
        posted_by: String::new(),
        approved_by: String::new(),
        department: String::new(),
        account_code: "6000".into(),
        bank_account: format!("DE4450010517540732493{vendor}"),
    }
}

/// A year of four suppliers; of the last, one invoice was paid again.
async fn import(world: &World) {
    let mut history = Vec::new();
    for vendor in 0..4_usize {
        for month in 1..=12_i8 {
            let cents = 61_000 + 4_307 * i64::from(month) + 911 * vendor as i64 * i64::from(month % 5);
            history.push(payable(vendor, month, &format!("RE-{}{:03}", vendor + 4, 137 * u32::from(month.unsigned_abs())), cents));
        }
    }
    let mut again = history.last().unwrap().clone();
    again.invoice_date = Some(jiff::civil::date(2025, 12, 20));
    again.invoice_no = again.invoice_no.replace('-', " ");
    history.push(again);
    let history: Vec<_> = history.into_iter().map(|payable| (payable.clone(), block_keys(&payable))).collect();
    let (by, now) = (By::program("test"), world.pipeline.ambient().now());
    world.pipeline.store().import_payables(company(world).await, &history, &by, now).await.unwrap();
}

/// Candidate models whose weights are set by hand: what they find depends on no training.
fn by_hand(world: &World) -> Value {
    crate::rescoring::models::write(&world.dir().join("candidates/by-hand"));
    json!({"models": "by-hand"})
}

async fn know_supplier(world: &World) {
    let supplier = Supplier {
        number: "70001".into(),
        name: NAME.into(),
        vat_id: Some("DE136695976".parse().unwrap()),
        ibans: vec!["DE44500105175407324931".parse().unwrap()],
        bic: None,
        currency: None,
        expense_account: None,
        blocked: false,
    };
    let (by, now) = (By::program("test"), world.pipeline.ambient().now());
    world.pipeline.store().upsert_suppliers(company(world).await, &[supplier], &by, now).await.unwrap();
}

/// Works until the run has ended.
async fn ended(world: &World, id: &str) -> Value {
    let (stop, stopped) = watch::channel(false);
    let workers = tokio::spawn(countersign::jobs::run(world.pipeline.clone(), 1, stopped));
    let mut run = Value::Null;
    for _ in 0..1200 {
        run = world.get("the-auditor", &format!("/api/v1/rescorings/{id}")).await.json();
        if !matches!(run["state"].as_str(), Some("queued" | "running")) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    stop.send(true).unwrap();
    world.pipeline.work.notify_waiters();
    workers.await.unwrap();
    run
}

async fn start(world: &World, body: &Value) -> String {
    let answer = world.post_json("the-controller", "/api/v1/rescorings", body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    answer.json()["rescoring_id"].as_str().unwrap().to_owned()
}

fn of_kind<'v>(run: &'v Value, kind: &str) -> &'v Value {
    run["outcome"]["comparison"].as_array().unwrap().iter().find(|of| of["kind"] == kind).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_scored_compared_and_claimed() {
    let world = World::new().await;
    import(&world).await;
    let models = by_hand(&world);
    let id = start(&world, &models).await;
    let second = world.post_json("the-auditor", "/api/v1/rescorings", &json!({})).await;
    assert_eq!(second.status, StatusCode::CONFLICT, "one run at a time");
    let run = ended(&world, &id).await;
    assert_eq!((run["state"].as_str(), run["outcome"]["rows"].as_u64()), (Some("finished"), Some(49)), "{run}");
    let duplicates = of_kind(&run, "duplicate");
    assert_eq!((duplicates["above"].as_u64(), duplicates["newly_above"].as_u64()), (Some(1), Some(1)), "{run}");

    let list = world.get("the-reviewer", &format!("/api/v1/rescorings/{id}/findings?kind=duplicate&change=new")).await.json();
    let finding = &list["items"][0];
    assert_eq!(finding["payable"]["date"], "2025-12-20");
    assert_eq!(finding["duplicate_of"]["date"], "2025-12-05");
    assert!(!finding["reasons"].as_array().unwrap().is_empty());
    let report = world.get("the-auditor", &format!("/api/v1/rescorings/{id}/report")).await;
    assert!(report.header("content-disposition").starts_with("attachment") && report.text().contains("<html"));

    // A claim: once a payable, whoever asks; closed once.
    let open = format!("/api/v1/rescorings/{id}/findings/{}/case", finding["number"]);
    let claim = world.post_json("the-reviewer", &open, &json!({"comment": "ask for it"})).await.json();
    let claim_id = claim["claim_id"].as_str().unwrap().to_owned();
    assert_eq!(world.post_json("the-controller", &open, &json!({})).await.json(), claim);
    let close = format!("/api/v1/claims/{claim_id}/close");
    let wrong = world.post_json("the-reviewer", &close, &json!({"outcome": "recovered", "comment": "set off"})).await;
    assert_eq!((wrong.status, wrong.json()["code"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("wrong-outcome")));
    let right = json!({"outcome": "recovered", "recovered": "99.50", "comment": "set off"});
    let closed = world.post_json("the-reviewer", &close, &right).await.json();
    assert_eq!((closed["state"].as_str(), closed["recovered"].as_str()), (Some("recovered"), Some("99.50")), "{closed}");
    assert_eq!(world.post_json("the-reviewer", &close, &right).await.status, StatusCode::CONFLICT);

    // The second run is compared with the first.
    let again = start(&world, &models).await;
    let run = ended(&world, &again).await;
    assert_eq!(run["outcome"]["compared_with"].as_str(), Some(id.as_str()), "{run}");
    for kind in ["duplicate", "anomaly"] {
        let of = of_kind(&run, kind);
        assert_eq!((&of["above"], of["newly_above"].as_u64(), of["no_longer_above"].as_u64()), (&of["before"], Some(0), Some(0)), "{of}");
    }
    let page = world.get("the-auditor", "/api/v1/rescorings?limit=1").await.json();
    assert_eq!(page["items"][0]["rescoring_id"].as_str(), Some(again.as_str()));
    assert_eq!(page["next_cursor"].as_str(), Some(again.as_str()));

    let trail = world.get("the-auditor", "/api/v1/audit?limit=200").await.json();
    let actions: Vec<&str> = trail["items"].as_array().unwrap().iter().rev().filter_map(|record| record["action"].as_str()).collect();
    let ours: Vec<&str> = actions.into_iter().filter(|action| action.starts_with("rescoring") || action.starts_with("claim")).collect();
    let run = ["rescoring-requested", "rescoring-started", "rescoring-finished"];
    assert_eq!(ours, [&run[..], &["claim-opened", "claim-closed"], &run].concat());
    for path in [format!("/api/v1/rescorings/{id}"), format!("/api/v1/rescorings/{id}/findings"), format!("/rescorings/{id}")] {
        assert_eq!(world.get("stranger", &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(world.post_json("stranger", &open, &json!({})).await.status, StatusCode::NOT_FOUND);
    assert!(!world.dir().join("rescorings").join(&id).exists(), "nothing is left in the data folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_waits_goes_back_to_review_and_a_posted_one_stays_posted() {
    let world = World::new().await;
    know_supplier(&world).await;
    // Two cases that no look-alike was known for when they were screened.
    let posted = world.upload(ubl("RE-4137", NAME, "548.80", "104.27", "653.07")).await;
    assert_eq!(world.settle(&posted).await["phase"], "posted");
    let waiting = ubl("RE-4274", NAME, "5874.90", "1116.23", "6991.13");
    let waiting = world.upload(waiting).await;
    let before = world.settle(&waiting).await;
    assert_eq!(before["phase"], "approval", "{before}");
    import(&world).await;
    let mut paid = vec![payable(0, 1, "RE-4137", 65_307), payable(0, 1, "RE-4274", 699_113)];
    for payable in &mut paid {
        payable.invoice_date = Some(jiff::civil::date(2026, 1, 14));
    }
    let paid: Vec<_> = paid.into_iter().map(|payable| (payable.clone(), block_keys(&payable))).collect();
    let (by, now) = (By::program("test"), world.pipeline.ambient().now());
    world.pipeline.store().import_payables(company(&world).await, &paid, &by, now).await.unwrap();

    let id = start(&world, &by_hand(&world)).await;
    let run = ended(&world, &id).await;
    assert_eq!(run["state"], "finished", "{run}");
    let found = world.get("the-reviewer", &format!("/api/v1/rescorings/{id}/findings?kind=duplicate")).await.json();
    let of = |case: &str| {
        let items = found["items"].as_array().unwrap().iter();
        items.clone().find(|item| item["payable"]["case_id"] == case).unwrap_or_else(|| panic!("{found:#}"))["number"].as_i64().unwrap()
    };
    let open = async |number: i64| {
        let path = format!("/api/v1/rescorings/{id}/findings/{number}/case");
        world.post_json("the-reviewer", &path, &json!({"comment": "paid already"})).await.json()
    };
    let opened = open(of(&waiting)).await;
    assert_eq!(opened["case_id"].as_str(), Some(waiting.as_str()), "{opened}");
    let now = world.get("the-reviewer", &format!("/api/v1/cases/{waiting}")).await.json();
    assert_eq!((now["phase"].as_str(), now["waiting_for"]["rule"].as_str()), (Some("review"), Some("found-by-rescoring")), "{now}");
    assert_eq!(now["findings"][0]["kind"], "duplicate");
    assert_eq!(open(of(&waiting)).await, opened, "asking again changes nothing");

    let claimed = open(of(&posted)).await;
    assert!(claimed["claim_id"].is_string(), "{claimed}");
    assert_eq!(world.get("the-reviewer", &format!("/api/v1/cases/{posted}")).await.json()["phase"], "posted");
    let trail = world.get("the-auditor", &format!("/api/v1/audit?case_id={posted}")).await.json();
    let last = trail["items"].as_array().unwrap().last().unwrap();
    assert_eq!(last["action"], "claim-opened", "{last}");

    // The pages show the same to people, and their button does the same.
    let page = world.get("the-reviewer", &format!("/rescorings/{id}")).await.text();
    assert!(page.contains("in review") && page.contains(">claim<") && page.contains(NAME), "{page}");
    let claims = world.get("the-reviewer", "/claims").await.text();
    assert!(claims.contains("RE-4137") && claims.contains("Came back"));
}

#[tokio::test(flavor = "multi_thread")]
async fn candidates_are_checked_and_a_run_without_history_fails_visibly() {
    let world = World::new().await;
    let unknown = world.post_json("the-controller", "/api/v1/rescorings", &json!({"models": "../models"})).await;
    assert_eq!((unknown.status, unknown.json()["code"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("unknown-models")));
    let candidate = world.dir().join("candidates/spring/anomaly");
    std::fs::create_dir_all(&candidate).unwrap();
    let installed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/anomaly");
    std::fs::copy(installed.join("model.toml"), candidate.join("model.toml")).unwrap();
    std::fs::write(candidate.join("model.onnx"), "no graph").unwrap();
    let damaged = world.post_json("the-controller", "/api/v1/rescorings", &json!({"models": "spring"})).await;
    assert_eq!(damaged.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", damaged.text());
    std::fs::copy(installed.join("model.onnx"), candidate.join("model.onnx")).unwrap();
    let id = start(&world, &json!({"models": "spring"})).await;
    let run = ended(&world, &id).await;
    assert_eq!((run["state"].as_str(), run["models_from"].as_str()), (Some("failed"), Some("spring")));
    assert!(run["error"].as_str().unwrap().contains("no history"), "{run}");

    // What nobody works on yet is stopped at once.
    let id = start(&world, &json!({})).await;
    let stopped = world.as_user("the-auditor", "POST", &format!("/api/v1/rescorings/{id}/stop"), "", axum::body::Body::empty()).await;
    assert_eq!(stopped.json()["state"], "stopped", "{}", stopped.text());
    let again = world.as_user("the-auditor", "POST", &format!("/api/v1/rescorings/{id}/stop"), "", axum::body::Body::empty()).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}
