use countersign::store::StoreError;
use countersign::store::types::{PostingChange, PostingState};
use countersign::workflow::{Effect, State, Step};
use jiff::SignedDuration;

use super::fixture::{Change, World, waiting};

pub async fn a_late_worker_is_refused(world: World) {
    let opened = world.receive("a").await;
    let late = world.claim(Effect::Read, world.later(0)).await.unwrap();
    assert_eq!((late.case_id, late.attempt), (opened.case, 1));
    assert_eq!(world.claim(Effect::Read, world.later(59)).await, None, "leased");
    let present = world.claim(Effect::Read, world.later(61)).await.unwrap();
    assert_eq!((present.job, present.attempt), (late.job, 2));

    let change = Change { lease: Some(&late), effects: vec![Effect::Screen], ..Change::default() };
    let refused = world.commit_at(opened.case, 1, State::Reading, change).await;
    assert!(matches!(refused, Err(StoreError::LeaseLost)), "{refused:?}");
    assert!(matches!(world.store.renew(&late, world.later(100)).await, Err(StoreError::LeaseLost)));
    assert!(matches!(world.store.release_later(&late, world.later(0), "x").await, Err(StoreError::LeaseLost)));
    assert!(matches!(world.store.finish(&late).await, Err(StoreError::LeaseLost)));
    assert_eq!(world.row(opened.case).await.case.version, 1, "all rolled back");

    world.store.renew(&present, world.later(500)).await.unwrap();
    assert_eq!(world.claim(Effect::Read, world.later(400)).await, None, "renewed");
    world.commit(opened.case, State::Reading, Change { lease: Some(&present), ..Change::default() }).await;
    assert_eq!(world.store.pending_jobs(world.later(9999)).await.unwrap(), 0, "the job ended with the commit");
}

pub async fn screening_is_serial_in_a_company(world: World) {
    let other = world.other_company("OTHER").await;
    for i in 0..3 {
        for world in [&world, &other] {
            let opened = world.receive(&format!("doc {i}")).await;
            let read = world.claim(Effect::Read, world.later(0)).await.unwrap();
            let change = Change { lease: Some(&read), effects: vec![Effect::Screen], ..Change::default() };
            world.commit(opened.case, State::Extracted, change).await;
        }
    }
    let claims: Vec<_> = (0..8)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move { world.claim(Effect::Screen, world.later(0)).await })
        })
        .collect();
    let mut leases = Vec::new();
    for claim in claims {
        leases.extend(claim.await.unwrap());
    }
    leases.sort_by_key(|lease| lease.company);
    assert_eq!(leases.iter().map(|lease| lease.company).collect::<Vec<_>>(), {
        let mut both = vec![world.company, other.company];
        both.sort();
        both
    });
    let first = leases.iter().find(|lease| lease.company == world.company).unwrap();
    world.store.finish(first).await.unwrap();
    let next = world.claim(Effect::Screen, world.later(0)).await.unwrap();
    assert_eq!(next.company, world.company);
    assert_ne!(next.job, first.job);
}

pub async fn every_job_is_claimed_once(world: World) {
    for i in 0..24 {
        world.receive(&format!("doc {i}")).await;
    }
    let workers: Vec<_> = (0..6)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move {
                let mut jobs = Vec::new();
                while let Some(lease) = world.claim(Effect::Read, world.later(0)).await {
                    jobs.push(lease.job);
                }
                jobs
            })
        })
        .collect();
    let mut jobs = Vec::new();
    for worker in workers {
        jobs.extend(worker.await.unwrap());
    }
    // A worker may go home early when others hold every row it looks at; nothing is claimed twice.
    while let Some(lease) = world.claim(Effect::Read, world.later(0)).await {
        jobs.push(lease.job);
    }
    jobs.sort();
    jobs.dedup();
    assert_eq!(jobs.len(), 24);
}

pub async fn released_jobs_wait_and_count_attempts(world: World) {
    world.receive("a").await;
    let lease = world.claim(Effect::Read, world.later(0)).await.unwrap();
    assert_eq!(world.store.next_job_at().await.unwrap(), Some(world.later(60)), "when the lease ends");
    world.store.release_later(&lease, world.later(30), "the reader crashed").await.unwrap();
    assert_eq!(world.store.next_job_at().await.unwrap(), Some(world.later(30)));
    assert_eq!(world.store.pending_jobs(world.later(29)).await.unwrap(), 0);
    assert_eq!(world.claim(Effect::Read, world.later(29)).await, None);
    assert_eq!(world.claim(Effect::Screen, world.later(30)).await, None, "another kind");
    let again = world.claim(Effect::Read, world.later(30)).await.unwrap();
    assert_eq!(again.attempt, 2);
    world.store.finish(&again).await.unwrap();
    assert_eq!(world.store.next_job_at().await.unwrap(), None);
}

pub async fn due_cases_wake(world: World) {
    let case = world.receive("a").await.case;
    world.commit(case, waiting(Step::Review, world.later(10)), Change::default()).await;
    assert_eq!(world.store.due_cases(world.later(9), 10).await.unwrap(), []);
    assert_eq!(world.store.due_cases(world.later(10), 10).await.unwrap(), [(world.company, case)]);
    world.commit(case, State::Rejected, Change::default()).await;
    assert_eq!(world.store.due_cases(world.later(10), 10).await.unwrap(), []);
}

pub async fn a_posting_has_one_key_for_ever(world: World) {
    let case = world.receive("a").await.case;
    let approve = || Change { effects: vec![Effect::Post], ..Change::default() };
    world.commit(case, State::Approved, approve()).await;
    let first = world.store.posting_of(world.company, case).await.unwrap().unwrap();
    assert_eq!((first.state, first.key.as_str(), first.attempts), (PostingState::Pending, format!("DEMO/{case}").as_str(), 0));
    let lease = world.claim(Effect::Post, world.later(0)).await.unwrap();
    world.commit(case, State::Posting, Change { posting: Some(PostingChange::Sending), ..Change::default() }).await;
    let failed = PostingChange::Failed { error: "time-out".into(), uncertain: true };
    world.store.change_posting(&lease, &failed, world.ambient.now()).await.unwrap();
    let row = world.store.posting(world.company, first.id).await.unwrap().unwrap();
    assert_eq!((row.state, row.attempts, row.last_error.as_deref()), (PostingState::Uncertain, 1, Some("time-out")));

    // Refused, corrected, approved again: the same row and key.
    let refused = PostingChange::Refused { error: "no such account".into() };
    let change = Change { posting: Some(refused), effects: vec![Effect::Withdraw], lease: Some(&lease), ..Change::default() };
    world.commit(case, waiting(Step::Review, world.later(0)), change).await;
    assert!(world.claim(Effect::Post, world.later(9999)).await.is_none(), "nothing sends it by itself");
    assert!(matches!(world.store.change_posting(&lease, &failed, world.ambient.now()).await, Err(StoreError::LeaseLost)));
    world.commit(case, State::Approved, approve()).await;
    let again = world.store.posting_of(world.company, case).await.unwrap().unwrap();
    assert_eq!((again.id, &again.key, again.state), (first.id, &first.key, PostingState::Pending));

    let lease =
        world.store.claim(&[Effect::Post], world.later(0), SignedDuration::from_secs(9), world.ambient.secret()).await.unwrap().unwrap();
    let posted = PostingChange::Posted { reference: "L-1".into() };
    let change = Change { posting: Some(posted), lease: Some(&lease), ..Change::default() };
    world.commit(case, State::Posted { reference: "L-1".into() }, change).await;
    let page = world.store.postings(world.company, Some(PostingState::Posted), None, 10).await.unwrap();
    assert_eq!((page.items.len(), page.items[0].reference.as_deref(), page.items[0].last_error.as_deref()), (1, Some("L-1"), None));
    assert!(world.store.postings(world.company, Some(PostingState::Dead), None, 10).await.unwrap().items.is_empty());

    // What the ERP has is never sent again.
    let version = world.row(case).await.case.version;
    assert!(world.commit_at(case, version, State::Approved, approve()).await.is_err());
    assert_eq!(world.row(case).await.case.version, version);
}
