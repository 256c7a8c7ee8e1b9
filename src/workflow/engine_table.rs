//! The state machine as a table: every state meets every event, refusals included.

use super::*;
use crate::domain::UserId;
use crate::workflow::facts::{FindingFact, SubjectSchema, Value};
use crate::workflow::{Facts, Workflow};
use std::collections::BTreeSet;
use uuid::Uuid;

const SCHEMA: SubjectSchema = SubjectSchema {
    name: "invoice",
    numbers: &["total_amount", "net_amount", "lowest_confidence"],
    texts: &["document_type", "currency", "supplier", "match_result"],
    flags: &["foreign_currency", "supplier_known", "has_order", "corrected"],
};

fn workflow() -> Workflow {
    Workflow::parse(include_str!("../../workflows/accounts-payable.yaml"), &SCHEMA).unwrap()
}

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

fn person(n: u128, roles: &[Role]) -> Actor {
    Actor { id: user(n), name: format!("user{n}"), roles: roles.to_vec() }
}

const CLERK: u128 = 1;
const REVIEWER: u128 = 2;
const APPROVER: u128 = 3;
const CONTROLLER: u128 = 4;

fn facts(total: i64, finding: Option<(&str, f64)>) -> Facts {
    Facts {
        values: [
            ("total_amount".to_owned(), Value::Number(total.into())),
            ("supplier".to_owned(), Value::Text("70001".into())),
            ("corrected".to_owned(), Value::Flag(false)),
        ]
        .into(),
        findings: finding.map(|(kind, score)| FindingFact { kind: kind.into(), code: "test".into(), score }).into_iter().collect(),
        obstacles: Vec::new(),
    }
}

fn case(state: State, facts: Facts) -> Case {
    let mut case = Case::received(workflow().reference, Some(user(CLERK)));
    case.state = state;
    case.facts = facts;
    case
}

fn review() -> State {
    review_because("test", &workflow(), now())
}

fn approval(total: i64) -> State {
    after_review(&workflow(), &facts(total, None), now()).0
}

/// Every state, by name.
fn states() -> Vec<(&'static str, Case)> {
    let waiting = review().waiting().unwrap().clone();
    let plain = || facts(100, None);
    vec![
        ("received", case(State::Received, plain())),
        ("reading", case(State::Reading, plain())),
        ("extracted", case(State::Extracted, plain())),
        ("review", case(review(), plain())),
        ("approval", case(approval(6000), facts(6000, None))),
        ("held", case(State::Held { waiting, until: Some(now()) }, plain())),
        ("approved", case(State::Approved, plain())),
        ("posting", case(State::Posting, plain())),
        ("posted", case(State::Posted { reference: "L-1".into() }, plain())),
        ("rejected", case(State::Rejected, plain())),
        ("parked-read", case(State::Parked { resume: Resume::Read, cause: "x".into() }, plain())),
        ("parked-screen", case(State::Parked { resume: Resume::Screen, cause: "x".into() }, plain())),
        ("parked-post", case(State::Parked { resume: Resume::Post, cause: "x".into() }, plain())),
    ]
}

fn decided(by: Actor, action: Action) -> Event {
    Event::Decided { by, action, version: 1, comment: "because".into() }
}

/// Every event, by name; people hold the roles that the action usually needs.
fn events() -> Vec<(&'static str, Event)> {
    let reviewer = || person(REVIEWER, &[Role::Reviewer]);
    let agreeing = || person(APPROVER, &[Role::Reviewer, Role::Approver]);
    vec![
        ("reading-started", Event::ReadingStarted),
        ("reading-finished", Event::ReadingFinished { summary: String::new() }),
        ("screening-finished", Event::ScreeningFinished { facts: facts(100, None) }),
        ("approve", decided(agreeing(), Action::Approve)),
        ("reject", decided(reviewer(), Action::Reject)),
        ("correct", decided(reviewer(), Action::Correct { summary: "total".into() })),
        ("return", decided(reviewer(), Action::Return)),
        ("hold", decided(reviewer(), Action::Hold { until: None })),
        ("assign", decided(reviewer(), Action::Assign { to: "user2".into(), eligible: true })),
        ("comment", decided(person(9, &[Role::Auditor]), Action::Comment)),
        ("outdated", Event::Outdated { what: "the supplier".into() }),
        ("posting-started", Event::PostingStarted),
        ("posting-succeeded", Event::PostingSucceeded { reference: "L-1".into() }),
        ("posting-refused", Event::PostingRefused { message: "closed period".into() }),
        ("failed-read", Event::WorkFailed { resume: Resume::Read, message: "x".into() }),
        ("failed-screen", Event::WorkFailed { resume: Resume::Screen, message: "x".into() }),
        ("failed-post", Event::WorkFailed { resume: Resume::Post, message: "x".into() }),
        ("flagged", Event::Flagged { by: reviewer(), what: "a look-alike".into() }),
        ("retried", Event::Retried { by: person(8, &[Role::Administrator]) }),
    ]
}

/// What each state allows: `event → state after (+ effects)`; whatever is not listed is refused as not possible.
const ALLOWED: &[(&str, &[(&str, &str)])] = &[
    ("received", &[("reading-started", "reading"), ("comment", "received"), ("failed-read", "parked")]),
    ("reading", &[("reading-finished", "extracted +Screen"), ("comment", "reading"), ("failed-read", "parked")]),
    ("extracted", &[("screening-finished", "approved +Post"), ("comment", "extracted"), ("failed-screen", "parked")]),
    (
        "review",
        &[
            ("approve", "approved +Post"),
            ("outdated", "extracted +Screen"),
            ("reject", "rejected"),
            ("correct", "extracted +Screen"),
            ("hold", "held"),
            ("assign", "review"),
            ("comment", "review"),
            ("flagged", "review"),
        ],
    ),
    (
        "approval",
        &[
            ("approve", "approved +Post"),
            ("outdated", "extracted +Screen"),
            ("reject", "rejected"),
            ("correct", "extracted +Screen"),
            ("return", "review"),
            ("hold", "held"),
            ("assign", "approval"),
            ("comment", "approval"),
            ("flagged", "review"),
        ],
    ),
    ("held", &[("reject", "rejected"), ("correct", "extracted +Screen"), ("return", "review"), ("comment", "held"), ("flagged", "review")]),
    (
        "approved",
        &[
            ("outdated", "extracted +Withdraw +Screen"),
            ("posting-started", "posting"),
            ("flagged", "review +Withdraw"),
            ("comment", "approved"),
            ("failed-post", "parked"),
        ],
    ),
    (
        "posting",
        &[
            ("outdated", "extracted +Withdraw +Screen"),
            ("posting-succeeded", "posted"),
            ("posting-refused", "review +Withdraw"),
            ("comment", "posting"),
            ("failed-post", "parked"),
        ],
    ),
    ("posted", &[("comment", "posted")]),
    ("rejected", &[("comment", "rejected")]),
    ("parked-read", &[("reject", "rejected"), ("correct", "extracted +Screen"), ("comment", "parked"), ("retried", "received +Read")]),
    ("parked-screen", &[("reject", "rejected"), ("correct", "extracted +Screen"), ("comment", "parked"), ("retried", "extracted +Screen")]),
    ("parked-post", &[("comment", "parked"), ("retried", "approved +Post")]),
];

#[test]
fn every_state_meets_every_event() {
    for (state_name, case) in states() {
        let allowed = ALLOWED.iter().find(|row| row.0 == state_name).unwrap().1;
        for (event_name, event) in events() {
            let expected = allowed.iter().find(|row| row.0 == event_name).map(|row| row.1);
            let got = transition(&case, &event, &workflow(), now());
            let shown = got.as_ref().ok().map(|t| {
                let effects: String = t.effects.iter().map(|e| format!(" +{e:?}")).collect();
                format!("{}{effects}", t.case.state.name())
            });
            assert_eq!(shown.as_deref(), expected, "{state_name} × {event_name}: {got:?}");
            match got {
                Ok(t) => assert_eq!(t.case.version, case.version + 1, "every transition counts"),
                Err(refusal) => {
                    assert_eq!(
                        refusal,
                        Refusal::NotPossible { state: case.state.name(), event: event.name() },
                        "{state_name} × {event_name}"
                    );
                }
            }
        }
    }
}

fn after(case: &Case, event: &Event) -> Result<Case, Refusal> {
    transition(case, event, &workflow(), now()).map(|t| t.case)
}

#[test]
fn screening_routes_by_policy() {
    let extracted = case(State::Extracted, Facts::default());
    let screened = |facts| after(&extracted, &Event::ScreeningFinished { facts }).unwrap().state;
    assert_eq!(screened(facts(5000, None)), State::Approved);
    assert_eq!(screened(facts(5001, None)).phase().as_str(), "approval");
    assert_eq!(screened(facts(100, Some(("duplicate", 0.5)))).phase().as_str(), "review");
    assert_eq!(screened(facts(100, Some(("duplicate", 0.49)))), State::Approved);
    // An amount that is unknown never slips below a limit.
    let mut unknown = facts(1, None);
    unknown.values.remove("total_amount");
    assert_eq!(screened(unknown).phase().as_str(), "approval");
    // Nor does one of which nobody knows whether a person changed it.
    assert_eq!(screened(Facts::default()).phase().as_str(), "review");
    // What cannot be posted is never approved, whatever policy forgot.
    let obstacle = Facts { obstacles: vec!["no total".into()], ..facts(100, None) };
    assert_eq!(screened(obstacle).waiting().unwrap().rules, ["cannot-be-posted"]);
}

#[test]
fn segregation_of_duties_is_by_person() {
    let mut waiting = case(approval(6000), facts(6000, None));
    waiting.corrected_by = BTreeSet::from([user(REVIEWER)]);
    let approve = |n: u128, roles: &[Role]| after(&waiting, &decided(person(n, roles), Action::Approve));
    for n in [CLERK, REVIEWER] {
        let refused = approve(n, &[Role::Approver]).unwrap_err();
        assert!(matches!(&refused, Refusal::Forbidden { rule, .. } if rule == "above-5000"), "{refused:?}");
    }
    assert!(matches!(approve(9, &[Role::Clerk]), Err(Refusal::Forbidden { rule, .. }) if rule == "role"));
    assert_eq!(approve(APPROVER, &[Role::Approver]).unwrap().state, State::Approved);
}

#[test]
fn two_approvals_need_two_people() {
    let waiting = case(approval(30_000), facts(30_000, None));
    let both = person(APPROVER, &[Role::Approver, Role::Controller]);
    let once = after(&waiting, &decided(both.clone(), Action::Approve)).unwrap();
    assert_eq!(once.state.waiting().unwrap().role, Role::Controller);
    let again = Event::Decided { by: both, action: Action::Approve, version: once.version, comment: String::new() };
    assert!(matches!(after(&once, &again), Err(Refusal::Forbidden { rule, .. }) if rule == "one-approval-a-person"));
    let other = Event::Decided {
        by: person(CONTROLLER, &[Role::Controller]),
        action: Action::Approve,
        version: once.version,
        comment: String::new(),
    };
    assert_eq!(after(&once, &other).unwrap().state, State::Approved);
}

#[test]
fn review_rules_can_keep_duties_apart_too() {
    let strict = include_str!("../../workflows/accounts-payable.yaml").replace(
        "    when: { finding: duplicate, score_at_least: 0.5 }\n",
        "    when: { finding: duplicate, score_at_least: 0.5 }\n    not: [entered]\n",
    );
    let strict = Workflow::parse(&strict, &SCHEMA).unwrap();
    let extracted = case(State::Extracted, Facts::default());
    let screened = Event::ScreeningFinished { facts: facts(100, Some(("duplicate", 0.9))) };
    let waiting = transition(&extracted, &screened, &strict, now()).unwrap().case;
    let approve =
        |n| Event::Decided { by: person(n, &[Role::Reviewer]), action: Action::Approve, version: waiting.version, comment: String::new() };
    let refused = transition(&waiting, &approve(CLERK), &strict, now()).unwrap_err();
    assert!(matches!(&refused, Refusal::Forbidden { rule, .. } if rule == "possible-duplicate"), "{refused:?}");
    assert_eq!(transition(&waiting, &approve(REVIEWER), &strict, now()).unwrap().case.state, State::Approved);
}

#[test]
fn what_a_person_corrected_is_looked_at_again() {
    let extracted = case(State::Extracted, Facts::default());
    let mut corrected = facts(100, None);
    corrected.values.insert("corrected".into(), Value::Flag(true));
    let next = after(&extracted, &Event::ScreeningFinished { facts: corrected }).unwrap().state;
    assert_eq!(next.waiting().unwrap().rules, ["corrected-by-a-person"]);
}

#[test]
fn passing_review_above_the_limit_still_needs_an_approver() {
    let flagged = case(review(), facts(6000, Some(("duplicate", 0.9))));
    let passed = after(&flagged, &decided(person(REVIEWER, &[Role::Reviewer, Role::Approver]), Action::Approve)).unwrap();
    assert_eq!(passed.state.phase().as_str(), "approval");
    let own = Event::Decided {
        by: person(REVIEWER, &[Role::Reviewer, Role::Approver]),
        action: Action::Approve,
        version: passed.version,
        comment: String::new(),
    };
    assert!(matches!(after(&passed, &own), Err(Refusal::Forbidden { .. })), "the reviewer may not approve too");
}

#[test]
fn stale_silent_and_incomplete_decisions_are_refused() {
    let open = case(review(), Facts { obstacles: vec!["no total".into()], ..facts(1, None) });
    let by = || person(REVIEWER, &[Role::Reviewer]);
    let stale = Event::Decided { by: by(), action: Action::Comment, version: 0, comment: "x".into() };
    assert_eq!(after(&open, &stale), Err(Refusal::Stale { seen: 0, current: 1 }));
    let silent = Event::Decided { by: by(), action: Action::Reject, version: 1, comment: "  ".into() };
    assert_eq!(after(&open, &silent), Err(Refusal::CommentNeeded("reject")));
    assert_eq!(after(&open, &decided(by(), Action::Approve)), Err(Refusal::Incomplete(vec!["no total".into()])));
    let ineligible = decided(by(), Action::Assign { to: "someone".into(), eligible: false });
    assert!(matches!(after(&open, &ineligible), Err(Refusal::Forbidden { rule, .. }) if rule == "role"));
}

#[test]
fn timers_escalate_once_and_end_holds() {
    let open = case(review(), facts(1, None));
    let later = now().checked_add(jiff::SignedDuration::from_hours(24 * 30)).unwrap();
    assert!(transition(&open, &Event::TimerFired, &workflow(), now()).is_err(), "not yet due");
    let escalated = transition(&open, &Event::TimerFired, &workflow(), later).unwrap().case;
    assert!(escalated.state.waiting().unwrap().overdue);
    assert_eq!(escalated.state.wake_at(), None);
    assert!(transition(&escalated, &Event::TimerFired, &workflow(), later).is_err(), "only once");
    let waiting = open.state.waiting().unwrap().clone();
    let held = case(State::Held { waiting, until: Some(later) }, facts(1, None));
    assert_eq!(transition(&held, &Event::TimerFired, &workflow(), later).unwrap().case.state.name(), "review");
}

#[test]
fn states_survive_the_database() {
    for (name, case) in states() {
        let text = serde_json::to_string(&case).unwrap();
        assert_eq!(serde_json::from_str::<Case>(&text).unwrap(), case, "{name}");
    }
}

#[test]
fn workflow_files_are_refused_with_every_complaint() {
    let good = include_str!("../../workflows/accounts-payable.yaml");
    let complaint = |from: &str, to: &str| Workflow::parse(&good.replace(from, to), &SCHEMA).unwrap_err().to_string();
    assert!(complaint("number: total_amount, above: 5000", "number: totl, above: 5000").contains("\"totl\" is no fact"));
    assert!(complaint("finding: validation", "finding: validatio").contains("validatio"));
    assert!(complaint("due: 1d", "due: soon").contains("soon"));
    assert!(complaint("role: approver", "role: boss").contains("boss"));
    assert!(complaint("limits: [5000, 10000, 25000]", "limits: [10000, 5000]").contains("rise"));
    assert!(complaint("subject: invoice", "subject: journal").contains("journal"));
    assert!(complaint("rule: above-25000", "rule: above-5000").contains("twice"));
    assert!(complaint("version: 1.0.0", "versoin: 1.0.0").contains("line"));
    assert!(complaint("score_at_least: 0.5", "above: 0.5").contains("go with"));
}
