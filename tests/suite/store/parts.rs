use countersign::domain::PageRange;
use countersign::store::StoreError;
use countersign::store::types::{NewPart, Received};
use countersign::workflow::{Effect, State};

use super::fixture::{Change, World, extraction, payable};

fn pages(first: u32, last: u32) -> PageRange {
    PageRange { first, last }
}

async fn part(world: &World, of: countersign::domain::CaseId, pages: PageRange, number: &str) -> NewPart {
    NewPart {
        id: world.ambient.id(),
        job: world.ambient.id(),
        pages,
        case: world.row(of).await.case.split_off(),
        extraction: extraction("Kraxi GmbH", number),
        payable: Some((payable("70001", number), vec![7])),
    }
}

pub async fn a_file_is_split_once_and_whole(world: World) {
    let opened = world.receive("three").await;
    let lease = world.claim(Effect::Read, world.later(0)).await.unwrap();
    world.commit(opened.case, State::Reading, Change::default()).await;
    let parts = [part(&world, opened.case, pages(3, 3), "B").await, part(&world, opened.case, pages(4, 5), "C").await];
    let (read, own) = (extraction("Kraxi GmbH", "A"), payable("70001", "A"));
    let change = || Change {
        effects: vec![Effect::Screen],
        lease: Some(&lease),
        extraction: Some(&read),
        payable: Some((&own, &[7])),
        split: Some((pages(1, 2), &parts)),
        ..Change::default()
    };
    world.commit_at(opened.case, 2, State::Extracted, change()).await.unwrap();

    let found = world.store.parts_of(world.company, opened.document).await.unwrap();
    let listed: Vec<_> = found.iter().map(|p| (p.case_id, p.pages.unwrap(), p.invoice_number.as_deref().unwrap())).collect();
    assert_eq!(listed, [(opened.case, pages(1, 2), "A"), (parts[0].id, pages(3, 3), "B"), (parts[1].id, pages(4, 5), "C")]);
    for part in &parts {
        let row = world.row(part.id).await;
        assert_eq!((row.case.state, row.case.version, row.document, row.pages), (State::Extracted, 1, opened.document, Some(part.pages)));
        assert_eq!(row.correlation_id, "c-three");
        let trail = world.store.audit_of_case(world.company, part.id).await.unwrap();
        assert_eq!((trail.len(), trail[0].action.as_str()), (1, "split-off"));
        assert_eq!(trail[0].detail["split_from"], opened.case.to_string());
        assert_eq!(world.store.documents_of(world.company, part.id).await.unwrap()[0].id, opened.document);
    }
    let told = world.store.audit_of_case(world.company, opened.case).await.unwrap().pop().unwrap();
    assert_eq!(told.detail["parts"][1]["case_id"], parts[1].id.to_string());
    // Each is earlier than the next, for duplicate search.
    let last = world.store.payable_seq(world.company, parts[1].id).await.unwrap();
    let before = world.store.lookalikes(world.company, &[7], last, Some(parts[1].id), 10).await.unwrap();
    assert_eq!(before.iter().map(|found| found.0.invoice_no.as_str()).collect::<Vec<_>>(), ["B", "A"]);
    // Three jobs to screen, none to read.
    assert_eq!(world.store.pending_jobs(world.later(0)).await.unwrap(), 3);
    assert!(world.store.cases_without_trail(world.company).await.unwrap().is_empty());

    // The same work done again: by the worker that lost its lease, and by one that never held any.
    let head = world.store.audit_head(world.company).await.unwrap();
    let late = world.commit_at(opened.case, 3, State::Extracted, change()).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
    let again = [part(&world, opened.case, pages(3, 3), "B").await];
    let change = Change { extraction: Some(&read), split: Some((pages(1, 2), &again)), ..Change::default() };
    let twice = world.commit_at(opened.case, 3, State::Extracted, change).await;
    assert!(matches!(twice, Err(StoreError::Exists(_))), "{twice:?}");
    assert_eq!(world.store.audit_head(world.company).await.unwrap(), head, "nothing of it is written");
    assert_eq!(world.store.parts_of(world.company, opened.document).await.unwrap(), found);
    assert_eq!(world.row(opened.case).await.case.version, 3);

    // The file again is the first case.
    let (document, new) = world.upload("three");
    let known = world.store.receive(&document, &new, &world.by, world.ambient.now(), world.ambient.id()).await.unwrap();
    assert!(matches!(known, Received::Known { case, .. } if case == opened.case));
}
