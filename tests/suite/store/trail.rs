use countersign::audit::{Broken, Head, bundle, verify};
use countersign::store::types::AuditRow;
use countersign::workflow::State;

use super::fixture::{Change, World, raw};

async fn rows(world: &World) -> Vec<AuditRow> {
    world.store.audit_rows(world.company, 0, 100_000).await.unwrap()
}

async fn check(world: &World) -> Result<Head, Broken> {
    verify(world.company, &rows(world).await)
}

pub async fn concurrent_commits_leave_no_gap(world: World) {
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let world = world.clone();
            tokio::spawn(async move {
                for round in 0..5 {
                    let case = world.receive(&format!("doc {task} {round}")).await.case;
                    world.commit(case, State::Reading, Change::default()).await;
                    world.commit(case, State::Extracted, Change::default()).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let head = check(&world).await.unwrap();
    assert_eq!(head.records, 1 + 8 * 5 * 3);
    assert_eq!(head, world.store.audit_head(world.company).await.unwrap());
    assert_eq!(world.store.cases_without_trail(world.company).await.unwrap(), []);
    let page = world.store.audit_page(world.company, None, 50).await.unwrap();
    assert_eq!((page.items[0].index, page.items[49].index), (120, 71));
    let next = world.store.audit_page(world.company, page.next_cursor.as_deref(), 50).await.unwrap();
    assert_eq!(next.items[0].index, 70);
}

async fn tamper(world: &World, sql: &str) {
    let pool = world.behind().await;
    if world.store.engine() == "postgres" {
        raw(&pool, "ALTER TABLE audit DISABLE TRIGGER ALL").await;
    } else {
        raw(&pool, "DROP TRIGGER IF EXISTS audit_kept; DROP TRIGGER IF EXISTS audit_whole").await;
    }
    raw(&pool, sql).await;
    pool.close().await;
}

pub async fn verification_finds_tampering(world: World) {
    let case = world.receive("a").await.case;
    world.commit(case, State::Reading, Change::default()).await;
    world.commit(case, State::Extracted, Change::default()).await;
    assert_eq!(check(&world).await.unwrap().records, 4);
    tamper(&world, "UPDATE audit SET detail = replace(detail, 'because', 'perhaps') WHERE seq = 2").await;
    assert_eq!(check(&world).await.unwrap_err().index, 2);
    tamper(&world, "UPDATE audit SET detail = replace(detail, 'perhaps', 'because') WHERE seq = 2").await;
    assert!(check(&world).await.is_ok());
    tamper(&world, "UPDATE audit SET at = at + 1 WHERE seq = 1").await;
    assert_eq!(check(&world).await.unwrap_err().index, 1);
    tamper(&world, "UPDATE audit SET at = at - 1 WHERE seq = 1").await;
    // A cut end verifies by itself, but not against the head, nor against the cases.
    tamper(&world, "DELETE FROM audit WHERE seq = 3").await;
    assert_ne!(check(&world).await.unwrap(), world.store.audit_head(world.company).await.unwrap());
    assert_eq!(world.store.cases_without_trail(world.company).await.unwrap(), [case]);
    tamper(&world, "DELETE FROM audit WHERE seq = 1").await;
    assert_eq!(check(&world).await.unwrap_err().index, 1);
}

pub async fn the_trail_refuses_changes(world: World) {
    world.receive("a").await;
    let pool = world.behind().await;
    for sql in ["UPDATE audit SET action = 'x' WHERE seq = 0", "DELETE FROM audit WHERE seq = 0"] {
        let refused = sqlx::query(sql).execute(&pool).await;
        assert!(refused.is_err_and(|e| e.to_string().contains("append-only")), "{sql}");
    }
    pool.close().await;
    // Numbers that do not survive a database are kept as text; all else as it is.
    let detail = serde_json::json!({"score": 0.1, "tiny": 5e-324, "n": 17, "text": "é\u{1F600}\"", "deep": {"b": [1.5, null], "a": true}});
    let index = world.store.append_audit(world.company, &world.by, world.ambient.now(), "noted", None, &detail).await.unwrap();
    let row = world.store.audit_rows(world.company, index, 1).await.unwrap().remove(0);
    assert_eq!((row.detail["n"].as_i64(), row.detail["text"].as_str()), (Some(17), Some("é\u{1F600}\"")));
    assert!(check(&world).await.is_ok());
}

pub async fn an_exported_bundle_verifies(world: World) {
    let case = world.receive("a").await.case;
    world.commit(case, State::Reading, Change::default()).await;
    let head = world.store.audit_head(world.company).await.unwrap();
    let mut out = Vec::new();
    bundle::write_header(&mut out, world.company, "DEMO", &head).unwrap();
    for row in rows(&world).await {
        bundle::write_record(&mut out, &row).unwrap();
    }
    let headers = bundle::verify(out.as_slice()).unwrap();
    assert_eq!((headers.len(), &headers[0].head), (1, &head));
    let text = String::from_utf8(out).unwrap().replace("reading", "posting");
    assert!(bundle::verify(text.as_bytes()).is_err());
}
