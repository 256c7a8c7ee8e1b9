use countersign::domain::finding::Matching;
use countersign::domain::purchasing::{CostCentre, OrderLine, PurchaseOrder, Supplier};
use countersign::domain::{Currency, Finding, FindingKind, MatchKind, MatchResult};
use countersign::store::StoreError;
use countersign::store::types::{CaseFilter, Received, Screening};
use countersign::workflow::{Effect, Phase, Role, State, Step};
use std::collections::BTreeMap;

use super::fixture::{Change, World, extraction, payable, waiting};

pub async fn of_two_identical_uploads_one_is_new(world: World) {
    for round in 0..5 {
        let uploads: Vec<_> = (0..4)
            .map(|_| {
                let world = world.clone();
                tokio::spawn(async move {
                    let (document, new) = world.upload(&format!("same {round}"));
                    let job = world.ambient.id();
                    (document.id, world.store.receive(&document, &new, &world.by, world.ambient.now(), job).await.unwrap())
                })
            })
            .collect();
        let mut first = None;
        let mut known = Vec::new();
        for upload in uploads {
            match upload.await.unwrap() {
                (id, Received::New) => assert!(first.replace(id).is_none(), "two were new"),
                (_, Received::Known { document, .. }) => known.push(document),
            }
        }
        assert_eq!(known, vec![first.unwrap(); 3]);
    }
    assert_eq!(world.store.pending_jobs(world.later(0)).await.unwrap(), 5);
    assert_eq!(world.store.audit_head(world.company).await.unwrap().records, 1 + 5);
}

pub async fn an_upload_is_stored_whole(world: World) {
    let opened = world.receive("kraxi").await;
    let bytes = world.store.document_bytes(world.company, opened.document).await.unwrap().unwrap();
    assert_eq!(bytes, b"kraxi");
    let document = world.store.document(world.company, opened.document).await.unwrap().unwrap();
    assert_eq!((document.case_id, document.size, document.name.as_deref()), (opened.case, 5, Some("kraxi.pdf")));
    assert_eq!(world.store.documents_of(world.company, opened.case).await.unwrap(), [document]);
    let row = world.row(opened.case).await;
    assert_eq!((row.case.state, row.case.version, row.correlation_id.as_str()), (State::Received, 1, "c-kraxi"));
    let trail = world.store.audit_of_case(world.company, opened.case).await.unwrap();
    assert_eq!((trail.len(), trail[0].action.as_str(), &trail[0].by), (1, "received", &world.by));

    // Another company sees nothing of it, and may hold the same bytes.
    let other = world.other_company("OTHER").await;
    assert!(other.store.case(other.company, opened.case).await.unwrap().is_none());
    assert!(other.store.document_bytes(other.company, opened.document).await.unwrap().is_none());
    other.receive("kraxi").await;
}

pub async fn a_stale_commit_is_refused_and_writes_nothing(world: World) {
    let opened = world.receive("a").await;
    world.commit(opened.case, State::Reading, Change::default()).await;
    let before = world.store.audit_head(world.company).await.unwrap();
    let change = Change { effects: vec![Effect::Screen], ..Change::default() };
    let refused = world.commit_at(opened.case, 1, State::Extracted, change).await;
    assert!(matches!(refused, Err(StoreError::Conflict { current: 2 })), "{refused:?}");
    assert_eq!(world.store.audit_head(world.company).await.unwrap(), before);
    assert_eq!(world.store.pending_jobs(world.later(0)).await.unwrap(), 1, "only the reading job");

    // Of many who saw the same version exactly one gets through.
    let rivals: Vec<_> = (0..6)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move { world.commit_at(opened.case, 2, State::Extracted, Change::default()).await.is_ok() })
        })
        .collect();
    let mut through = 0;
    for rival in rivals {
        through += i32::from(rival.await.unwrap());
    }
    assert_eq!((through, world.row(opened.case).await.case.version), (1, 3));
}

pub async fn a_transition_updates_lists_and_clocks(world: World) {
    let opened = world.receive("a").await;
    world.commit(opened.case, State::Reading, Change::default()).await;
    let read = extraction("Müller GmbH", "RE-17");
    world.commit(opened.case, State::Extracted, Change { extraction: Some(&read), ..Change::default() }).await;
    let finding = |kind| Finding::rule(kind, "code", "text", "");
    let screening = Screening {
        supplier: None,
        expense_account: None,
        findings: vec![finding(FindingKind::Duplicate), finding(FindingKind::Anomaly), finding(FindingKind::Duplicate)],
        matching: Matching::none(),
        billed: Vec::new(),
        models: BTreeMap::new(),
        surroundings: None,
    };
    let change = Change { screening: Some(&screening), ..Change::default() };
    world.commit(opened.case, waiting(Step::Review, world.later(0)), change).await;
    let row = world.row(opened.case).await;
    assert_eq!((row.extraction.as_ref(), row.screening.as_ref()), (Some(&read), Some(&screening)));

    let find = async |search: &str, role| {
        let filter = CaseFilter { search: Some(search.into()), role, limit: 10, ..CaseFilter::default() };
        world.store.cases(world.company, &filter).await.unwrap().items
    };
    let found = find("muller", Some(Role::Reviewer)).await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].phase, found[0].invoice_number.as_deref(), found[0].rule.as_deref()),
        (Phase::Review, Some("RE-17"), Some("possible-duplicate"))
    );
    assert_eq!(found[0].finding_kinds, ["duplicate", "anomaly"]);
    assert_eq!(find("re 17", None).await.len(), 1);
    assert_eq!(find("%", None).await.len(), 1, "a wildcard is no wildcard, and a search without letters is none");
    assert_eq!(find("mu_ler", None).await.len(), 0);
    assert_eq!(find("muller", Some(Role::Approver)).await.len(), 0);

    // A comment leaves state and clock as they are; another phase does not.
    let since = row.since;
    world.commit(opened.case, row.case.state.clone(), Change::default()).await;
    assert_eq!(world.row(opened.case).await.since, since);
    world.commit(opened.case, waiting(Step::Approval, world.later(0)), Change::default()).await;
    assert!(world.row(opened.case).await.since > since);
    let counts = world.store.counts(world.company).await.unwrap();
    assert_eq!(counts.iter().filter(|(_, n)| *n > 0).copied().collect::<Vec<_>>(), [(Phase::Approval, 1)]);
    assert_eq!(counts.len(), Phase::ALL.len());
}

pub async fn pages_do_not_shift_while_cases_come(world: World) {
    let mut opened = Vec::new();
    for i in 0..7 {
        opened.push(world.receive(&format!("doc {i}")).await.case);
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let filter = CaseFilter { cursor, limit: 3, ..CaseFilter::default() };
        let page = world.store.cases(world.company, &filter).await.unwrap();
        seen.extend(page.items.iter().map(|item| item.id));
        world.receive(&format!("new {}", seen.len())).await;
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    opened.reverse();
    assert_eq!(seen, opened);
    for wrong in ["", "x", "bm9uc2Vuc2U"] {
        let filter = CaseFilter { cursor: Some(wrong.into()), limit: 3, ..CaseFilter::default() };
        assert!(matches!(world.store.cases(world.company, &filter).await, Err(StoreError::Cursor(_))), "{wrong:?}");
    }
}

pub async fn queues_come_by_due_time(world: World) {
    let mut expected = Vec::new();
    for (i, due) in [50, 10, 30, 10, 20].into_iter().enumerate() {
        let case = world.receive(&format!("doc {i}")).await.case;
        world.commit(case, waiting(Step::Review, world.later(due)), Change::default()).await;
        expected.push((due, case));
    }
    expected.sort();
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let filter = CaseFilter { phases: vec![Phase::Review], cursor, limit: 2, ..CaseFilter::default() };
        let page = world.store.cases(world.company, &filter).await.unwrap();
        seen.extend(page.items.iter().map(|item| item.id));
        // Work that is done does not make the next page skip anything.
        world.commit(page.items[0].id, State::Rejected, Change::default()).await;
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected.into_iter().map(|(_, case)| case).collect::<Vec<_>>());
}

pub async fn lookalikes_come_newest_first_and_only_from_before(world: World) {
    let history: Vec<_> = (0..3).map(|i| (payable("V1", &format!("H{i}")), vec![7, u64::MAX])).collect();
    world.store.import_payables(world.company, &history, &world.by, world.ambient.now()).await.unwrap();
    let mut cases = Vec::new();
    for i in 0..4 {
        let case = world.receive(&format!("doc {i}")).await.case;
        let payable = payable("V1", &format!("C{i}"));
        world.commit(case, State::Extracted, Change { payable: Some((&payable, &[7])), ..Change::default() }).await;
        cases.push(case);
    }
    let find = async |keys: &[u64], index: usize, limit: u32| {
        let seq = world.store.payable_seq(world.company, cases[index]).await.unwrap();
        let found = world.store.lookalikes(world.company, keys, seq, Some(cases[index]), limit).await.unwrap();
        found.into_iter().map(|(payable, earlier)| (payable.invoice_no, earlier.case_id.is_some())).collect::<Vec<_>>()
    };
    let named = |names: &[(&str, bool)]| names.iter().map(|(n, c)| ((*n).to_owned(), *c)).collect::<Vec<_>>();
    assert_eq!(find(&[7], 2, 10).await, named(&[("C1", true), ("C0", true), ("H2", false), ("H1", false), ("H0", false)]));
    assert_eq!(find(&[7, u64::MAX], 1, 1).await, named(&[("C0", true), ("H2", false)]), "one a key, none twice");
    assert_eq!(find(&[8], 2, 10).await, []);

    // A rejected case is no earlier document; one that is registered anew moves behind.
    world.commit(cases[1], State::Rejected, Change::default()).await;
    let again = payable("V1", "C0 corrected");
    world.commit(cases[0], State::Extracted, Change { payable: Some((&again, &[7])), ..Change::default() }).await;
    assert_eq!(find(&[7], 2, 1).await, named(&[("H2", false)]));
    assert_eq!(find(&[7], 0, 2).await, named(&[("C3", true), ("C2", true)]));
    // What was registered later counts as soon as it is agreed to, and only while it is.
    world.commit(cases[3], State::Approved, Change::default()).await;
    assert_eq!(find(&[7], 2, 2).await, named(&[("C3", true), ("H2", false)]));
    let seq = world.store.payable_seq(world.company, cases[2]).await.unwrap();
    let agreed = world.store.lookalikes(world.company, &[7], seq, Some(cases[2]), 10).await.unwrap();
    let agreed: Vec<_> = agreed.iter().map(|(payable, earlier)| (payable.invoice_no.as_str(), earlier.agreed)).collect();
    assert_eq!(agreed, [("C3", true), ("H2", true), ("H1", true), ("H0", true)]);
    world.commit(cases[3], State::Extracted, Change::default()).await;
    assert_eq!(find(&[7], 2, 2).await, named(&[("H2", false), ("H1", false)]));
    let paid = vec![(payable("V1", "paid elsewhere"), vec![7])];
    world.store.import_payables(world.company, &paid, &world.by, world.ambient.now()).await.unwrap();
    assert_eq!(find(&[7], 2, 1).await, named(&[("paid elsewhere", false)]));

    let past = world.store.supplier_history(world.company, "V1", None, 4).await.unwrap();
    assert_eq!(past.iter().map(|p| p.invoice_no.as_str()).collect::<Vec<_>>(), ["C2", "C3", "C0 corrected", "paid elsewhere"]);
    assert!(past.windows(2).all(|pair| pair[0].row < pair[1].row));
}

pub async fn billed_quantities_count_until_rejection(world: World) {
    let mut cases = Vec::new();
    for i in 0..3 {
        let case = world.receive(&format!("doc {i}")).await.case;
        let screening = Screening {
            supplier: None,
            expense_account: None,
            findings: Vec::new(),
            matching: Matching {
                kind: MatchKind::TwoWay,
                result: MatchResult::Matched,
                purchase_order: Some("PO-0042".into()),
                differences: Vec::new(),
            },
            billed: vec![(1, "1.5".parse().unwrap()), (2, "3".parse().unwrap())],
            models: BTreeMap::new(),
            surroundings: None,
        };
        world.commit(case, State::Extracted, Change { screening: Some(&screening), ..Change::default() }).await;
        cases.push(case);
    }
    let billed = async || world.store.billed(world.company, "po 42", cases[0]).await.unwrap();
    assert_eq!(billed().await, [(1, "3.0".parse().unwrap()), (2, "6".parse().unwrap())]);
    world.commit(cases[1], State::Rejected, Change::default()).await;
    assert_eq!(billed().await, [(1, "1.5".parse().unwrap()), (2, "3".parse().unwrap())]);
}

pub async fn master_data_is_idempotent(world: World) {
    let supplier = |number: &str, name: &str| Supplier {
        number: number.into(),
        name: name.into(),
        vat_id: None,
        ibans: vec!["DE44500105175407324931".parse().unwrap()],
        bic: None,
        currency: Some(Currency::EUR),
        expense_account: None,
        blocked: false,
    };
    let (store, company, by) = (&world.store, world.company, &world.by);
    let both = [supplier("S1", "Kraxi"), supplier("S2", "Maxi")];
    assert_eq!(store.upsert_suppliers(company, &both, by, world.ambient.now()).await.unwrap(), 2);
    assert_eq!(store.upsert_suppliers(company, &both, by, world.ambient.now()).await.unwrap(), 0);
    let changed = [supplier("S2", "Maxi AG")];
    assert_eq!(store.upsert_suppliers(company, &changed, by, world.ambient.now()).await.unwrap(), 1);
    assert_eq!(store.suppliers(company).await.unwrap(), [both[0].clone(), changed[0].clone()]);
    assert_eq!(store.supplier(company, "S2").await.unwrap(), Some(changed[0].clone()));
    assert_eq!(store.supplier(company, "S3").await.unwrap(), None);
    let last = store.audit_page(company, None, 1).await.unwrap().items.remove(0);
    assert_eq!((last.action.as_str(), &last.detail["changed"]), ("suppliers-upserted", &serde_json::json!(["S2"])));

    let order = PurchaseOrder {
        number: "PO-0042".into(),
        supplier: "S1".into(),
        currency: Currency::EUR,
        ordered_on: jiff::civil::date(2026, 1, 2),
        receipt_required: true,
        lines: vec![OrderLine { number: 1, description: "x".into(), quantity: 1.into(), unit_price: 2.into() }],
    };
    store.upsert_orders(company, std::slice::from_ref(&order), by, world.ambient.now()).await.unwrap();
    assert_eq!(store.order(company, "po 42").await.unwrap(), Some(order));
    assert_eq!(store.order(company, "po 43").await.unwrap(), None);
    let centre = CostCentre { code: "100".into(), name: "Office".into(), owner: None };
    store.upsert_cost_centres(company, std::slice::from_ref(&centre), by, world.ambient.now()).await.unwrap();
    assert_eq!(store.cost_centres(company).await.unwrap(), [centre]);
    let other = world.other_company("OTHER").await;
    assert_eq!(store.suppliers(other.company).await.unwrap(), []);
}

pub async fn what_people_confirmed_is_listed(world: World) {
    let read = extraction("Kraxi", "R-1");
    let mut cases = Vec::new();
    for (name, actions) in [
        ("approved", ["approve", "test"].as_slice()),
        ("corrected", &["correct"]),
        ("approved after a correction", &["correct", "approve"]),
        ("corrected after an approval", &["approve", "correct"]),
        ("sent back", &["approve", "return"]),
        ("straight through", &["test"]),
        ("rejected", &["correct", "reject"]),
    ] {
        let opened = world.receive(name).await;
        for &action in actions {
            let state = if action == "reject" { State::Rejected } else { State::Approved };
            world.commit(opened.case, state, Change { action: Some(action), extraction: Some(&read), ..Change::default() }).await;
        }
        cases.push((opened, name));
    }
    let unread = world.receive("unread").await;
    world.commit(unread.case, State::Received, Change { action: Some("correct"), ..Change::default() }).await;

    let all = world.store.confirmed(world.company, None, 100).await.unwrap();
    let listed: Vec<(&str, bool)> =
        all.iter().map(|row| (cases.iter().find(|(opened, _)| opened.case == row.case).unwrap().1, row.approved)).collect();
    assert_eq!(
        listed,
        [
            ("sent back", false),
            ("corrected after an approval", false),
            ("approved after a correction", true),
            ("corrected", false),
            ("approved", true)
        ]
    );
    assert_eq!((all[4].document, &all[4].extraction), (cases[0].0.document, &read));
    assert_eq!(all[4].sha256, countersign::domain::hash::sha256_hex(b"approved"));
    let first = world.store.confirmed(world.company, None, 2).await.unwrap();
    let rest = world.store.confirmed(world.company, Some(first[1].case), 100).await.unwrap();
    assert_eq!([first, rest].concat(), all);
    assert_eq!(world.other_company("OTHER").await.store.confirmed(world.other_company("THIRD").await.company, None, 9).await.unwrap(), []);
}
