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
use super::facts::Facts;
use super::routing::{after_review, after_screening, review_because};
use super::state::{Case, Effect, Resume, State, Step, Waiting};

/// The rule that a case is in review by after a rescoring of history.
const FLAGGED: &str = "found-by-rescoring";

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
    let mut draft = Draft { case, workflow, now, next: case.clone(), effects: Vec::new(), rules: Vec::new(), why: String::new() };
    let possible = match event {
        Event::Decided { by, action, version, comment } => {
            check_request(case, action, *version, comment)?;
            draft.why.clone_from(comment);
            draft.decide(by, action)?
        }
        Event::Retried { by } => draft.retry(by)?,
        Event::Flagged { by, what } => draft.flag(by, what)?,
        _ => draft.advance(event),
    };
    if !possible {
        return Err(Refusal::NotPossible { state: case.state.name(), event: event.name() });
    }
    let Draft { mut next, mut effects, rules, why, .. } = draft;
    if next.state == State::Approved && case.state != State::Approved {
        effects.push(Effect::Post);
    }
    next.version += 1;
    let (from, to) = (case.state.name().to_owned(), next.state.name().to_owned());
    let record = Record { action: event.name().to_owned(), from, to, rules, why };
    Ok(Transition { case: next, record, effects })
}

fn check_request(case: &Case, action: &Action, seen: i64, comment: &str) -> Result<(), Refusal> {
    if seen != case.version {
        return Err(Refusal::Stale { seen, current: case.version });
    }
    let needs_comment = matches!(action, Action::Reject | Action::Return | Action::Hold { .. } | Action::Comment);
    if needs_comment && comment.trim().is_empty() {
        return Err(Refusal::CommentNeeded(action.name()));
    }
    Ok(())
}

/// A transition in the making.
struct Draft<'a> {
    case: &'a Case,
    workflow: &'a Workflow,
    now: Timestamp,
    next: Case,
    effects: Vec<Effect>,
    rules: Vec<String>,
    why: String,
}

impl Draft<'_> {
    /// What machines and timers report; `false` where it does not belong to the state.
    fn advance(&mut self, event: &Event) -> bool {
        self.next.state = match (&self.case.state, event) {
            (State::Received, Event::ReadingStarted) => State::Reading,
            (State::Reading, Event::ReadingFinished { summary }) => {
                self.effects.push(Effect::Screen);
                self.why.clone_from(summary);
                State::Extracted
            }
            (State::Extracted, Event::ScreeningFinished { facts }) => self.screened(facts),
            (State::Deciding(_), Event::Outdated { what }) => {
                self.why.clone_from(what);
                self.effects.push(Effect::Screen);
                State::Extracted
            }
            // What was agreed to before it is sent: people or policy must see what has changed since.
            (State::Approved | State::Posting, Event::Outdated { what }) => {
                self.why.clone_from(what);
                self.effects.extend([Effect::Withdraw, Effect::Screen]);
                State::Extracted
            }
            (State::Approved, Event::PostingStarted) => State::Posting,
            (State::Posting, Event::PostingSucceeded { reference }) => State::Posted { reference: reference.clone() },
            (State::Posting, Event::PostingRefused { message }) => {
                self.why.clone_from(message);
                self.effects.push(Effect::Withdraw);
                self.review("posting-refused")
            }
            (state, Event::WorkFailed { resume, message }) if works_on(state, *resume) => {
                self.why.clone_from(message);
                State::Parked { resume: *resume, cause: message.clone() }
            }
            (State::Deciding(waiting), Event::TimerFired) if !waiting.overdue && waiting.due <= self.now => {
                self.rules.clone_from(&waiting.rules);
                "the task is overdue".clone_into(&mut self.why);
                State::Deciding(Waiting { overdue: true, ..waiting.clone() })
            }
            (State::Held { waiting, until: Some(until) }, Event::TimerFired) if *until <= self.now => {
                "the hold has ended".clone_into(&mut self.why);
                State::Deciding(waiting.clone())
            }
            _ => return false,
        };
        true
    }

    fn screened(&mut self, facts: &Facts) -> State {
        self.next.facts = facts.clone();
        let (state, rules) = after_screening(self.workflow, facts, self.now);
        if state == State::Approved && !facts.obstacles.is_empty() {
            // Policy forgot to ask for a person; the program does not post what is incomplete.
            return self.review("cannot-be-posted");
        }
        self.rules = rules;
        state
    }

    /// A human task that the program's guarantees ask for.
    fn review(&mut self, rule: &str) -> State {
        self.rules = vec![rule.to_owned()];
        review_because(rule, self.workflow, self.now)
    }

    /// Parked work is tried again, from the step that failed.
    fn retry(&mut self, by: &Actor) -> Result<bool, Refusal> {
        let State::Parked { resume, .. } = &self.case.state else { return Ok(false) };
        permit(by, &[Role::Administrator, Role::Controller, Role::Reviewer])?;
        self.next.state = match resume {
            Resume::Read => {
                self.effects.push(Effect::Read);
                State::Received
            }
            Resume::Screen => {
                self.effects.push(Effect::Screen);
                State::Extracted
            }
            Resume::Post => State::Approved,
        };
        Ok(true)
    }

    /// What is not yet sent goes back to review; a review that is open gets one reason more.
    fn flag(&mut self, by: &Actor, what: &str) -> Result<bool, Refusal> {
        let (State::Deciding(_) | State::Held { .. } | State::Approved) = &self.case.state else { return Ok(false) };
        permit(by, &[Role::Reviewer, Role::Controller])?;
        what.clone_into(&mut self.why);
        if self.case.state == State::Approved {
            self.effects.push(Effect::Withdraw);
        }
        self.next.state = match &self.case.state {
            State::Deciding(waiting) | State::Held { waiting, .. } if waiting.step == Step::Review => {
                let mut waiting = waiting.clone();
                if !waiting.rules.iter().any(|rule| rule == FLAGGED) {
                    waiting.rules.push(FLAGGED.to_owned());
                }
                self.rules = vec![FLAGGED.to_owned()];
                State::Deciding(waiting)
            }
            _ => self.review(FLAGGED),
        };
        Ok(true)
    }

    /// A person's decision; `false` where the action does not belong to the state.
    fn decide(&mut self, by: &Actor, action: &Action) -> Result<bool, Refusal> {
        let case = self.case;
        self.next.state = match (&case.state, action) {
            (state, Action::Comment) => state.clone(),
            (State::Deciding(waiting), Action::Approve) => self.approve(waiting, by)?,
            (State::Deciding(waiting) | State::Held { waiting, .. }, Action::Reject) => {
                permit(by, &[waiting.role, Role::Reviewer])?;
                State::Rejected
            }
            (State::Parked { resume: Resume::Read | Resume::Screen, .. }, Action::Reject) => {
                permit(by, &[Role::Reviewer])?;
                State::Rejected
            }
            (
                State::Deciding(_) | State::Held { .. } | State::Parked { resume: Resume::Read | Resume::Screen, .. },
                Action::Correct { summary },
            ) => {
                permit(by, &[Role::Clerk, Role::Reviewer])?;
                self.next.corrected_by.insert(by.id);
                self.effects.push(Effect::Screen);
                self.why = if self.why.is_empty() { summary.clone() } else { format!("{summary} ({})", self.why) };
                State::Extracted
            }
            (State::Deciding(waiting), Action::Return) if waiting.step == Step::Approval => {
                permit(by, &[waiting.role, Role::Reviewer])?;
                self.review("returned")
            }
            (State::Held { waiting, .. }, Action::Return) => {
                permit(by, &[waiting.role, Role::Reviewer])?;
                State::Deciding(waiting.clone())
            }
            (State::Deciding(waiting), Action::Hold { until }) => {
                permit(by, &[waiting.role, Role::Reviewer])?;
                State::Held { waiting: waiting.clone(), until: *until }
            }
            (State::Deciding(waiting), Action::Assign { to, eligible }) => {
                permit(by, &[waiting.role, Role::Reviewer, Role::Administrator])?;
                if !eligible {
                    let message = format!("{to} does not hold the role {} that this task needs", waiting.role);
                    return Err(Refusal::Forbidden { rule: "role".into(), message });
                }
                State::Deciding(Waiting { assignee: Some(to.clone()), ..waiting.clone() })
            }
            _ => return Ok(false),
        };
        Ok(true)
    }

    /// A reviewer passes the case on to the approval matrix; an approver meets one of its lines.
    fn approve(&mut self, waiting: &Waiting, by: &Actor) -> Result<State, Refusal> {
        if waiting.step == Step::Review {
            permit(by, &[waiting.role])?;
            if let Some(deed) = broken_duty(self.case, &waiting.not, by) {
                let rule = waiting.rules.first().cloned().unwrap_or_default();
                let message = format!("segregation of duties: {} {deed} this case and may not pass it in review ({rule})", by.name);
                return Err(Refusal::Forbidden { rule, message });
            }
            complete(self.case)?;
            self.next.reviewed_by.insert(by.id);
            let (state, rules) = after_review(self.workflow, &self.case.facts, self.now);
            self.rules = rules;
            return Ok(state);
        }
        complete(self.case)?;
        let mut waiting = waiting.clone();
        self.rules.push(give_approval(self.case, &mut waiting, by, self.now)?);
        let open = waiting.approvals.iter().find(|a| a.given_by.is_none()).map(|a| a.role);
        Ok(match open {
            Some(role) => State::Deciding(Waiting { role, assignee: None, ..waiting }),
            None => State::Approved,
        })
    }
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
    Err(refusal.unwrap_or(Refusal::NotPossible { state: case.state.name(), event: "approve" }))
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
