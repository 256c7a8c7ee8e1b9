//! The one transition function: `(case, event, workflow, now)` → next case, record and effects, or a
//! refusal that names state and event. Nothing else changes a case.
//!
//! What it guarantees, whatever the workflow file says: nothing is approved that cannot be posted;
//! nobody approves against the segregation of duties of the rule; no requirement is met twice by one
//! person; a decision on a stale version is refused; final states stay final.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::definition::{Involvement, Workflow};
use super::event::{Action, Actor, Event, Role};
use super::routing::{after_review, after_screening, review_because};
use super::state::{Case, Effect, Resume, State, Step, Waiting};

/// A transition: what the store writes, in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    /// The case after it, version counted up.
    pub case: Case,
    /// What goes into the trail.
    pub record: Record,
    /// What must happen next.
    pub effects: Vec<Effect>,
}

/// What the trail keeps of a transition, beside who, when and the versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Event or action name.
    pub action: String,
    /// State before.
    pub from: String,
    /// State after.
    pub to: String,
    /// Rules of the workflow that decided, if any.
    pub rules: Vec<String>,
    /// In words: the comment, the summary, the error.
    pub why: String,
}

/// Why an event does nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The event does not belong to the state.
    #[error("{event} is not possible while the case is {state}")]
    NotPossible {
        /// The state's name.
        state: &'static str,
        /// The event's name.
        event: &'static str,
    },
    /// The case has moved on since the person looked.
    #[error("the case has changed since version {seen}; it is at version {current}")]
    Stale {
        /// What the person saw.
        seen: i64,
        /// What it is.
        current: i64,
    },
    /// The person may not do this.
    #[error("{message}")]
    Forbidden {
        /// The broken rule.
        rule: String,
        /// In words.
        message: String,
    },
    /// The subject cannot take effect as it stands.
    #[error("it cannot be approved as it stands: {}", .0.join("; "))]
    Incomplete(Vec<String>),
    /// The action needs a comment.
    #[error("say why: {0} needs a comment")]
    CommentNeeded(&'static str),
}

/// Applies an event to a case.
///
/// # Errors
/// [`Refusal`]; the case then is unchanged and nothing may be written.
pub fn transition(case: &Case, event: &Event, workflow: &Workflow, now: Timestamp) -> Result<Transition, Refusal> {
    let mut next = case.clone();
    let impossible = || Refusal::NotPossible { state: case.state.name(), event: event.name() };
    let mut effects = Vec::new();
    let mut rules = Vec::new();
    let mut why = String::new();
    match (&case.state, event) {
        (State::Received, Event::ReadingStarted) => next.state = State::Reading,
        (State::Reading, Event::ReadingFinished { summary }) => {
            next.state = State::Extracted;
            effects.push(Effect::Screen);
            why.clone_from(summary);
        }
        (State::Extracted, Event::ScreeningFinished { facts }) => {
            next.facts = facts.clone();
            (next.state, rules) = after_screening(workflow, facts, now);
            if next.state == State::Approved && !facts.obstacles.is_empty() {
                // Policy forgot to ask for a person; the program does not post what is incomplete.
                rules = vec!["cannot-be-posted".to_owned()];
                next.state = review_because("cannot-be-posted", workflow, now);
            }
        }
        (State::Approved, Event::PostingStarted) => next.state = State::Posting,
        (State::Posting, Event::PostingSucceeded { reference }) => {
            next.state = State::Posted { reference: reference.clone() };
        }
        (State::Posting, Event::PostingRefused { message }) => {
            why.clone_from(message);
            rules.push("posting-refused".to_owned());
            effects.push(Effect::Withdraw);
            next.state = review_because("posting-refused", workflow, now);
        }
        (_, Event::WorkFailed { resume, message }) if works_on(&case.state, *resume) => {
            why.clone_from(message);
            next.state = State::Parked { resume: *resume, cause: message.clone() };
        }
        (State::Parked { resume, .. }, Event::Retried { by }) => {
            permit(by, &[Role::Administrator, Role::Controller, Role::Reviewer])?;
            let (state, effect) = match resume {
                Resume::Read => (State::Received, Effect::Read),
                Resume::Screen => (State::Extracted, Effect::Screen),
                Resume::Post => (State::Approved, Effect::Post),
            };
            next.state = state;
            effects.push(effect);
        }
        (State::Deciding(waiting), Event::TimerFired) if !waiting.overdue && waiting.due <= now => {
            rules.clone_from(&waiting.rules);
            "the task is overdue".clone_into(&mut why);
            next.state = State::Deciding(Waiting { overdue: true, ..waiting.clone() });
        }
        (State::Held { waiting, until: Some(until) }, Event::TimerFired) if *until <= now => {
            "the hold has ended".clone_into(&mut why);
            next.state = State::Deciding(waiting.clone());
        }
        (_, Event::Decided { by, action, version, comment }) => {
            if *version != case.version {
                return Err(Refusal::Stale { seen: *version, current: case.version });
            }
            if comment.trim().is_empty() && matches!(action, Action::Reject | Action::Return | Action::Hold { .. } | Action::Comment) {
                return Err(Refusal::CommentNeeded(action.name()));
            }
            why.clone_from(comment);
            decide(case, &mut next, by, action, workflow, now, &mut rules)?.ok_or_else(impossible)?;
            if let Action::Correct { summary } = action {
                why = if comment.is_empty() { summary.clone() } else { format!("{summary} ({comment})") };
                effects.push(Effect::Screen);
            }
        }
        _ => return Err(impossible()),
    }
    if next.state == State::Approved && case.state != State::Approved && !effects.contains(&Effect::Post) {
        effects.push(Effect::Post);
    }
    next.version += 1;
    let record =
        Record { action: event.name().to_owned(), from: case.state.name().to_owned(), to: next.state.name().to_owned(), rules, why };
    Ok(Transition { case: next, record, effects })
}

/// Whether the work that failed is the work of this state.
fn works_on(state: &State, resume: Resume) -> bool {
    matches!(
        (state, resume),
        (State::Received | State::Reading, Resume::Read)
            | (State::Extracted, Resume::Screen)
            | (State::Approved | State::Posting, Resume::Post)
    )
}

/// A person's decision; `Ok(None)` where the action does not belong to the state.
fn decide(
    case: &Case,
    next: &mut Case,
    by: &Actor,
    action: &Action,
    workflow: &Workflow,
    now: Timestamp,
    rules: &mut Vec<String>,
) -> Result<Option<()>, Refusal> {
    match (&case.state, action) {
        (_, Action::Comment) => {}
        (State::Deciding(waiting), Action::Approve) if waiting.step == Step::Review => {
            permit(by, &[waiting.role])?;
            complete(case)?;
            next.reviewed_by.insert(by.id);
            (next.state, *rules) = after_review(workflow, &case.facts, now);
        }
        (State::Deciding(waiting), Action::Approve) => {
            complete(case)?;
            let mut waiting = waiting.clone();
            rules.push(give_approval(case, &mut waiting, by, now)?);
            let open = waiting.approvals.iter().find(|a| a.given_by.is_none()).map(|a| a.role);
            next.state = match open {
                Some(role) => State::Deciding(Waiting { role, assignee: None, ..waiting }),
                None => State::Approved,
            };
        }
        (State::Deciding(waiting) | State::Held { waiting, .. }, Action::Reject) => {
            permit(by, &[waiting.role, Role::Reviewer])?;
            next.state = State::Rejected;
        }
        (State::Parked { .. }, Action::Reject) if matches!(case.state, State::Parked { resume: Resume::Read | Resume::Screen, .. }) => {
            permit(by, &[Role::Reviewer])?;
            next.state = State::Rejected;
        }
        (State::Deciding(_) | State::Held { .. } | State::Parked { resume: Resume::Read | Resume::Screen, .. }, Action::Correct { .. }) => {
            permit(by, &[Role::Clerk, Role::Reviewer])?;
            next.corrected_by.insert(by.id);
            next.state = State::Extracted;
        }
        (State::Deciding(waiting), Action::Return) if waiting.step == Step::Approval => {
            permit(by, &[waiting.role, Role::Reviewer])?;
            rules.push("returned".to_owned());
            next.state = review_because("returned", workflow, now);
        }
        (State::Held { waiting, .. }, Action::Return) => {
            permit(by, &[waiting.role, Role::Reviewer])?;
            next.state = State::Deciding(waiting.clone());
        }
        (State::Deciding(waiting), Action::Hold { until }) => {
            permit(by, &[waiting.role, Role::Reviewer])?;
            next.state = State::Held { waiting: waiting.clone(), until: *until };
        }
        (State::Deciding(waiting), Action::Assign { to, eligible }) => {
            permit(by, &[waiting.role, Role::Reviewer, Role::Administrator])?;
            if !eligible {
                let message = format!("{to} does not hold the role {} that this task needs", waiting.role);
                return Err(Refusal::Forbidden { rule: "role".into(), message });
            }
            next.state = State::Deciding(Waiting { assignee: Some(to.clone()), ..waiting.clone() });
        }
        _ => return Ok(None),
    }
    Ok(Some(()))
}

/// Records an approval against the first open requirement that the person may meet.
fn give_approval(case: &Case, waiting: &mut Waiting, by: &Actor, now: Timestamp) -> Result<String, Refusal> {
    permit(by, &waiting.approvals.iter().filter(|a| a.given_by.is_none()).map(|a| a.role).collect::<Vec<_>>())?;
    if waiting.approvals.iter().any(|a| a.given_by == Some(by.id)) {
        let message = format!("{} has approved this case already; another person must", by.name);
        return Err(Refusal::Forbidden { rule: "one-approval-a-person".into(), message });
    }
    let mut refusal = None;
    for approval in waiting.approvals.iter_mut().filter(|a| a.given_by.is_none() && by.is(a.role)) {
        match broken_duty(case, &approval.not, by) {
            Some(deed) => {
                let message = format!("segregation of duties: {} {deed} this case and may not approve it ({})", by.name, approval.rule);
                refusal = Some(Refusal::Forbidden { rule: approval.rule.clone(), message });
            }
            None => {
                approval.given_by = Some(by.id);
                approval.given_by_name = Some(by.name.clone());
                approval.given_at = Some(now);
                return Ok(approval.rule.clone());
            }
        }
    }
    Err(refusal.unwrap_or(Refusal::NotPossible { state: "deciding", event: "approve" }))
}

fn broken_duty(case: &Case, not: &[Involvement], by: &Actor) -> Option<&'static str> {
    not.iter().find_map(|involvement| match involvement {
        Involvement::Entered => case.entered_by.contains(&by.id).then_some("entered"),
        Involvement::Corrected => case.corrected_by.contains(&by.id).then_some("corrected"),
        Involvement::Reviewed => case.reviewed_by.contains(&by.id).then_some("reviewed"),
    })
}

fn complete(case: &Case) -> Result<(), Refusal> {
    if case.facts.obstacles.is_empty() { Ok(()) } else { Err(Refusal::Incomplete(case.facts.obstacles.clone())) }
}

fn permit(by: &Actor, roles: &[Role]) -> Result<(), Refusal> {
    if roles.iter().any(|role| by.is(*role)) {
        return Ok(());
    }
    let mut wanted: Vec<&str> = roles.iter().map(|r| r.as_str()).collect();
    wanted.dedup();
    let message = format!("{} holds none of the roles this needs: {}", by.name, wanted.join(", "));
    Err(Refusal::Forbidden { rule: "role".into(), message })
}

#[cfg(test)]
#[path = "engine_table.rs"]
mod table;
