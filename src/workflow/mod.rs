//! The case's lifecycle (what the program guarantees) and the workflow file (what the company's
//! policy asks for). Pure: state, event, workflow and time in; next state, audit record and effects
//! out, or a refusal. It knows no invoices: a case has a subject, and the subject gives facts.

pub mod condition;
pub mod definition;
pub mod engine;
pub mod event;
pub mod facts;
pub mod routing;
pub mod state;

pub use condition::Condition;
pub use definition::{ApprovalRule, DefinitionError, Involvement, PostingPolicy, ReviewRule, Workflow, WorkflowRef};
pub use engine::{Record, Refusal, Transition, transition};
pub use event::{Action, Actor, Event, Role};
pub use facts::{Facts, SubjectSchema, Value};
pub use state::{Case, Effect, Phase, Resume, State, Step, Waiting};
