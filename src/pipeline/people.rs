//! **4. People decide.** Decisions, corrections, retries: a person's request becomes an event, the
//! engine says whether it may be, one transaction writes it.

use super::{Delivery, Pipeline, PipelineError, invoice};
use crate::domain::{CaseId, CompanyId, DocumentId, Extraction, PostingId};
use crate::faults::{Failpoint, pass};
use crate::pipeline::request::DecisionRequest;
use crate::store::types::{By, CaseRow, PostingState, Principal};
use crate::workflow::{Action, Event, Refusal};

/// Dots per inch of page images on screens.
const PAGE_DPI: u32 = 110;
const COMMENT_CHARACTERS: usize = 4000;
/// Free bytes below which the process says that it is not ready.
const LEAST_FREE: u64 = 500_000_000;

impl Pipeline {
    /// Applies a person's decision to a case.
    ///
    /// # Errors
    /// [`PipelineError::Refused`] where the engine refuses, [`PipelineError::BadRequest`] where the request is wrong.
    pub async fn decide(&self, who: &Principal, case: CaseId, request: DecisionRequest) -> Result<(), PipelineError> {
        let row = self.case(who.company, case).await?;
        if request.comment.chars().count() > COMMENT_CHARACTERS {
            let message = format!("a comment has at most {COMMENT_CHARACTERS} characters");
            return Err(bad("comment-too-long", message, Some("comment")));
        }
        let (action, corrected) = self.action(&row, &request).await?;
        let workflow = self.workflows.bound(&self.store, who.company, &row.case.workflow).await?;
        let event = Event::Decided { by: who.actor(), action, version: request.version, comment: request.comment };
        let decided = self.step(&row, &event, &workflow)?;
        if decided.record.action == "approve"
            && let Some(what) = self.outdated(&row, &workflow).await?
        {
            let outdated = self.step(&row, &Event::Outdated { what }, &workflow)?;
            self.write(&row, &outdated, &By::program("policy"), Delivery::default()).await?;
            return Err(Refusal::Stale { seen: row.case.version, current: outdated.case.version }.into());
        }
        pass(Failpoint::DecisionComputed);
        match corrected {
            None => self.write(&row, &decided, &who.by(), Delivery::default()).await?,
            Some(extraction) => {
                // Registered anew: whatever came in the meantime is now earlier than this.
                let registration = self.registration(who.company, &extraction).await?;
                let payable = registration.as_ref().map(|(payable, keys)| (payable, keys.as_slice()));
                let delivery = Delivery { extraction: Some(&extraction), payable, ..Delivery::default() };
                self.write(&row, &decided, &who.by(), delivery).await?;
            }
        }
        pass(Failpoint::DecisionWritten);
        Ok(())
    }

    /// The engine's action for a request, and the corrected fields where it is a correction.
    async fn action(&self, row: &CaseRow, request: &DecisionRequest) -> Result<(Action, Option<Extraction>), PipelineError> {
        if request.action != "correct" && !request.corrections.is_empty() {
            return Err(bad("corrections-misplaced", "corrections go with the action correct".into(), Some("corrections")));
        }
        let action = match request.action.as_str() {
            "approve" => Action::Approve,
            "reject" => Action::Reject,
            "return" => Action::Return,
            "comment" => Action::Comment,
            "hold" => match request.until {
                Some(until) if until <= self.ambient.now() => {
                    return Err(bad("hold-in-the-past", "until must be in the future".into(), Some("until")));
                }
                until => Action::Hold { until },
            },
            "assign" => {
                let to = request.assignee.clone().ok_or_else(|| bad("assignee-missing", "name the assignee".into(), Some("assignee")))?;
                let role = row.case.state.waiting().map(|waiting| waiting.role);
                let eligible = match role {
                    Some(role) => self.store.users_with_role(row.company, role).await?.contains(&to),
                    None => false,
                };
                Action::Assign { to, eligible }
            }
            "correct" => {
                let read = row.extraction.clone().unwrap_or_default();
                let (next, summary) = invoice::correct(&read, &request.corrections)
                    .map_err(|wrong| bad("wrong-correction", wrong.message, Some(&wrong.field)))?;
                return Ok((Action::Correct { summary }, Some(next)));
            }
            other => {
                let message = format!("unknown action {other:?}; known: approve, reject, correct, return, hold, assign, comment");
                return Err(bad("unknown-action", message, Some("action")));
            }
        };
        Ok((action, None))
    }

    /// Tries a parked case again, from the step that failed.
    ///
    /// # Errors
    /// [`PipelineError::Refused`] where it is not parked, or the person may not.
    pub async fn retry_case(&self, who: &Principal, case: CaseId) -> Result<(), PipelineError> {
        let (row, workflow) = self.open(who.company, case).await?;
        let retried = self.step(&row, &Event::Retried { by: who.actor() }, &workflow)?;
        self.write(&row, &retried, &who.by(), Delivery::default()).await
    }

    /// Puts a dead letter back into the outbox, under the same key.
    ///
    /// # Errors
    /// As [`Self::retry_case`]; [`PipelineError::BadRequest`] where the posting is neither dead nor uncertain.
    pub async fn retry_posting(&self, who: &Principal, posting: PostingId) -> Result<(), PipelineError> {
        let row = self.store.posting(who.company, posting).await?.ok_or(PipelineError::NotFound)?;
        match row.state {
            PostingState::Dead | PostingState::Uncertain => self.retry_case(who, row.case_id).await,
            other => {
                let message = format!("the posting is {}, only one that was given up can be retried", other.as_str());
                Err(bad("posting-not-dead", message, None))
            }
        }
    }

    /// A page as PNG, drawn in a reading child, and whether it will stay as it is: until the document has
    /// been read, nobody knows which way is up.
    ///
    /// # Errors
    /// [`PipelineError::NotFound`] for XML and for pages beyond the last.
    pub async fn page_image(&self, company: CompanyId, document: DocumentId, page: u32) -> Result<(Vec<u8>, bool), PipelineError> {
        let row = self.store.document(company, document).await?.ok_or(PipelineError::NotFound)?;
        if !row.kind.has_pages() || page == 0 {
            return Err(PipelineError::NotFound);
        }
        let bytes = self.store.document_bytes(company, document).await?.ok_or(PipelineError::NotFound)?;
        // A scan that was found to lie on its side is shown upright, as its boxes are.
        let extraction = self.store.case(company, row.case_id).await?.and_then(|case| case.extraction);
        let turns = extraction.as_ref().and_then(|extraction| extraction.turns.get(&page).copied()).unwrap_or(0);
        let png = self.reader.render_turned(bytes, row.kind, page, PAGE_DPI, turns).await.map_err(|error| match error.code.as_str() {
            "no-such-page" => PipelineError::NotFound,
            _ => PipelineError::Reading(error),
        })?;
        Ok((png, extraction.is_some()))
    }

    /// What `/readyz` asks: each part with its state. The schema was brought up to date, models and workflow
    /// verified and loaded before the pipeline could be built.
    pub async fn ready(&self) -> Vec<(&'static str, Result<(), String>)> {
        let database = self.store.ping().await.map_err(|e| e.to_string());
        vec![("database", database), ("migrations", Ok(())), ("disk", self.disk_headroom()), ("models", Ok(())), ("workflow", Ok(()))]
    }

    /// Whether the data folder's disk has room for a while of uploads.
    fn disk_headroom(&self) -> Result<(), String> {
        let disk = rustix::fs::statvfs(&self.data_dir).map_err(|e| format!("{}: {e}", self.data_dir.display()))?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free < LEAST_FREE { Err(format!("only {} MB are free", free / 1_000_000)) } else { Ok(()) }
    }
}

fn bad(code: &'static str, message: String, field: Option<&str>) -> PipelineError {
    PipelineError::BadRequest { code, message, field: field.map(str::to_owned) }
}
