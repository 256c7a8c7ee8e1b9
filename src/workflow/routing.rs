//! Policy applied to facts: who must look, who must approve, or nobody.

use jiff::Timestamp;

use super::definition::Workflow;
use super::facts::Facts;
use super::state::{RequiredApproval, State, Step, Waiting};

/// What policy says of a case that was screened: the state it goes to and the rules that sent it there.
#[must_use]
pub fn after_screening(workflow: &Workflow, facts: &Facts, now: Timestamp) -> (State, Vec<String>) {
    let applying: Vec<_> = workflow.review.iter().filter(|rule| rule.when.applies(facts)).collect();
    match applying.first() {
        Some(owner) => {
            let rules: Vec<String> = applying.iter().map(|rule| rule.rule.clone()).collect();
            let waiting = Waiting {
                step: Step::Review,
                role: owner.role,
                rules: rules.clone(),
                assignee: None,
                since: now,
                due: later(now, applying.iter().map(|rule| rule.due).min().unwrap_or_default()),
                overdue: false,
                not: applying.iter().flat_map(|rule| rule.not.iter().copied()).collect(),
                approvals: Vec::new(),
            };
            (State::Deciding(waiting), rules)
        }
        None => after_review(workflow, facts, now),
    }
}

/// What policy says once nobody needs to review, or a reviewer has passed it.
#[must_use]
pub fn after_review(workflow: &Workflow, facts: &Facts, now: Timestamp) -> (State, Vec<String>) {
    let applying: Vec<_> = workflow.approvals.iter().filter(|rule| rule.when.applies(facts)).collect();
    let Some(owner) = applying.first() else {
        return (State::Approved, vec!["straight-through".to_owned()]);
    };
    let rules: Vec<String> = applying.iter().map(|rule| rule.rule.clone()).collect();
    let waiting = Waiting {
        step: Step::Approval,
        role: owner.role,
        rules: rules.clone(),
        assignee: None,
        since: now,
        due: later(now, applying.iter().map(|rule| rule.due).min().unwrap_or_default()),
        overdue: false,
        not: Vec::new(),
        approvals: applying
            .iter()
            .map(|rule| RequiredApproval {
                rule: rule.rule.clone(),
                role: rule.role,
                not: rule.not.clone(),
                given_by: None,
                given_by_name: None,
                given_at: None,
            })
            .collect(),
    };
    (State::Deciding(waiting), rules)
}

/// A human task that no policy rule asked for but the program's guarantees did.
#[must_use]
pub fn review_because(rule: &str, workflow: &Workflow, now: Timestamp) -> State {
    let due = workflow.review.iter().map(|r| r.due).min().unwrap_or(jiff::SignedDuration::from_hours(24));
    State::Deciding(Waiting {
        step: Step::Review,
        role: super::event::Role::Reviewer,
        rules: vec![rule.to_owned()],
        assignee: None,
        since: now,
        due: later(now, due),
        overdue: false,
        not: Vec::new(),
        approvals: Vec::new(),
    })
}

fn later(now: Timestamp, due: jiff::SignedDuration) -> Timestamp {
    now.checked_add(due).unwrap_or(now)
}
