//! What the caller may do to a case now: the engine is asked, with nothing written.

use jiff::Timestamp;

use crate::workflow::{Action, Actor, Case, Event, Refusal, Workflow, transition};

/// A decision and whether the engine would take it.
pub(super) struct Allowed {
    /// Contract name.
    pub action: &'static str,
    /// `None`: it would.
    pub refusal: Option<Refusal>,
}

/// Tries every action on a copy. Actions that do not belong to the state are left out; those that a
/// rule forbids the person come with the refusal.
pub(super) fn allowed(case: &Case, workflow: &Workflow, actor: &Actor, now: Timestamp) -> Vec<Allowed> {
    let actions = [
        Action::Approve,
        Action::Reject,
        Action::Correct { summary: "?".into() },
        Action::Return,
        Action::Hold { until: None },
        Action::Assign { to: actor.name.clone(), eligible: true },
        Action::Comment,
    ];
    let tried = actions.into_iter().map(|action| {
        let name = action.name();
        let event = Event::Decided { by: actor.clone(), action, version: case.version, comment: "?".into() };
        (name, transition(case, &event, workflow, now).err())
    });
    tried
        .filter(|(_, refusal)| !matches!(refusal, Some(Refusal::NotPossible { .. })))
        .map(|(action, refusal)| Allowed { action, refusal })
        .collect()
}
