use countersign::domain::UserId;
use countersign::store::{Begin, NewToken, NewUser, Request, StoreError};
use countersign::workflow::{Role, WorkflowRef};

use super::fixture::{World, reference};

async fn user(world: &World, name: &str, roles: &[Role]) -> UserId {
    let id = world.ambient.id();
    let roles = vec![(world.company, roles.to_vec())];
    let new = NewUser { id, name: name.into(), display: name.into(), password_hash: Some("hash".into()), roles };
    world.store.create_user(&new, &world.by, world.ambient.now()).await.unwrap();
    id
}

pub async fn tokens_and_sessions_expire(world: World) {
    let (store, ann) = (&world.store, user(&world, "bea", &[Role::Clerk]).await);
    let hash = |n: u8| format!("{n:02x}").repeat(32);
    let (one, two) = (hash(1), hash(2));
    let scanner = NewToken { hash: &one, user: ann, label: "scanner", expires: Some(world.later(10)) };
    store.create_token(&scanner, &world.by, world.ambient.now()).await.unwrap();
    store.create_token(&NewToken { hash: &two, label: "mail", expires: None, ..scanner }, &world.by, world.ambient.now()).await.unwrap();
    let twice = store.create_token(&scanner, &world.by, world.ambient.now()).await;
    assert!(matches!(twice, Err(StoreError::Exists(_))), "{twice:?}");
    assert_eq!(store.token(&hash(1), world.later(9)).await.unwrap(), Some(ann));
    assert_eq!(store.token(&hash(1), world.later(10)).await.unwrap(), None, "expired");
    assert_eq!(store.token(&hash(2), world.later(9999)).await.unwrap(), Some(ann));
    assert_eq!(store.token(&hash(3), world.later(0)).await.unwrap(), None);
    let listed = store.tokens().await.unwrap();
    let mail = listed.iter().find(|token| token.label == "mail").unwrap();
    store.revoke_token(&mail.id, &world.by, world.later(0)).await.unwrap();
    assert_eq!(store.token(&hash(2), world.later(0)).await.unwrap(), None, "revoked");
    assert!(matches!(store.revoke_token("%", &world.by, world.later(0)).await, Err(StoreError::NotFound)));

    let trail = store.audit_rows(world.company, 0, 100).await.unwrap();
    let about: Vec<_> = trail.iter().filter(|row| row.action.starts_with("token-")).map(|row| row.action.as_str()).collect();
    assert_eq!(about, ["token-created", "token-created", "token-revoked"]);

    store.open_session("s1", ann, world.later(10), "csrf").await.unwrap();
    assert_eq!(store.session("s1", world.later(9)).await.unwrap().map(|s| (s.user, s.csrf)), Some((ann, "csrf".to_owned())));
    assert_eq!(store.session("s1", world.later(10)).await.unwrap(), None);
    store.close_session("s1").await.unwrap();
    assert_eq!(store.session("s1", world.later(0)).await.unwrap(), None);

    store.open_session("s2", ann, world.later(10), "csrf").await.unwrap();
    store.disable_user(ann, &world.by, world.ambient.now()).await.unwrap();
    assert_eq!(store.session("s2", world.later(0)).await.unwrap(), None);
    assert_eq!(store.token(&hash(1), world.later(0)).await.unwrap(), None);
    assert_eq!(store.user_credentials("bea").await.unwrap(), None);
    assert_eq!(store.principal(ann, None).await.unwrap(), None);
}

pub async fn roles_belong_to_companies(world: World) {
    let store = &world.store;
    let bea = user(&world, "bea", &[Role::Reviewer, Role::Clerk]).await;
    user(&world, "carl", &[Role::Reviewer]).await;
    let other = world.other_company("OTHER").await;
    user(&other, "dora", &[Role::Reviewer]).await;
    let principal = store.principal(bea, Some("DEMO")).await.unwrap().unwrap();
    assert_eq!((principal.company, principal.name.as_str(), principal.roles), (world.company, "bea", vec![Role::Clerk, Role::Reviewer]));
    assert_eq!(store.principal(bea, None).await.unwrap().unwrap().company, world.company);
    assert_eq!(store.principal(bea, Some("OTHER")).await.unwrap(), None);
    assert_eq!(store.users_with_role(world.company, Role::Reviewer).await.unwrap(), ["bea", "carl"]);
    assert_eq!(store.user_credentials("bea").await.unwrap(), Some((bea, "hash".to_owned())));
    store.set_password(bea, "new hash", &world.by, world.ambient.now()).await.unwrap();
    assert_eq!(store.user_credentials("bea").await.unwrap(), Some((bea, "new hash".to_owned())));
    let twice = NewUser { id: world.ambient.id(), name: "bea".into(), display: String::new(), password_hash: None, roles: Vec::new() };
    assert!(matches!(store.create_user(&twice, &world.by, world.ambient.now()).await, Err(StoreError::Exists(_))));
    assert_eq!(store.users().await.unwrap().len(), 3);
    assert_eq!(store.companies().await.unwrap().iter().map(|c| c.code.as_str()).collect::<Vec<_>>(), ["DEMO", "OTHER"]);
}

pub async fn idempotency_replays_and_refuses(world: World) {
    let (store, bea) = (&world.store, user(&world, "bea", &[Role::Clerk]).await);
    let request = Request { company: world.company, user: bea, key: "k", fingerprint: "one" };
    let begin = async |request: Request<'_>, at| store.idempotency_begin(&request, world.later(at)).await.unwrap();
    assert_eq!(begin(request, 0).await, Begin::Fresh);
    assert_eq!(begin(request, 119).await, Begin::InFlight);
    assert_eq!(begin(Request { fingerprint: "two", ..request }, 30).await, Begin::Mismatch);
    assert_eq!(begin(request, 121).await, Begin::Fresh, "the first is taken for lost");
    store.idempotency_finish(&request, 202, "application/json", b"{}").await.unwrap();
    let replay = Begin::Replay { status: 202, content_type: "application/json".into(), body: b"{}".to_vec() };
    assert_eq!(begin(request, 999).await, replay);
    assert_eq!(begin(Request { fingerprint: "two", ..request }, 999).await, Begin::Mismatch);
    assert_eq!(begin(Request { key: "other", ..request }, 0).await, Begin::Fresh);
    store.idempotency_abandon(&Request { key: "other", ..request }).await.unwrap();
    assert_eq!(begin(Request { key: "other", ..request }, 0).await, Begin::Fresh);
    assert_eq!(begin(request, 90_000).await, Begin::Fresh, "a day later it is forgotten");

    let racers: Vec<_> = (0..6)
        .map(|_| {
            let (world, store) = (world.clone(), store.clone());
            tokio::spawn(async move {
                let request = Request { company: world.company, user: bea, key: "race", fingerprint: "x" };
                store.idempotency_begin(&request, world.later(0)).await.unwrap() == Begin::Fresh
            })
        })
        .collect();
    let mut fresh = 0;
    for racer in racers {
        fresh += i32::from(racer.await.unwrap());
    }
    assert_eq!(fresh, 1);
}

pub async fn workflow_texts_are_kept(world: World) {
    let store = &world.store;
    let workflow: WorkflowRef = reference();
    assert!(store.save_workflow(world.company, &workflow, "workflow: x", world.ambient.now()).await.unwrap());
    assert!(!store.save_workflow(world.company, &workflow, "workflow: x", world.ambient.now()).await.unwrap());
    assert_eq!(store.workflow_text(world.company, &workflow.sha256).await.unwrap().as_deref(), Some("workflow: x"));
    assert_eq!(store.workflow_text(world.company, "none").await.unwrap(), None);
    let other = world.other_company("OTHER").await;
    assert_eq!(store.workflow_text(other.company, &workflow.sha256).await.unwrap(), None);
}
