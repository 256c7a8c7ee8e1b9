//! **5. Post**, exactly once. Before anything leaves, duplicates are looked for once more among all that
//! has been agreed to since the decision: of two equal invoices, the second to be posted was approved by
//! somebody who knew of the first. The posting's key is permanent: one a case, for ever. What may have been
//! sent is looked up in the ERP under that key before it is sent again; a time-out is uncertain, never
//! failed; a refusal goes back to people.

use super::{Delivery, Pipeline, PipelineError};
use crate::domain::{FieldName, Invoice};
use crate::erp::{Connector, ErpError, Posting};
use crate::faults::{Failpoint, pass};
use crate::store::types::{By, CaseRow, Lease, PostingChange, PostingRow, PostingState};
use crate::workflow::{Event, Refusal, State, Workflow};

impl Pipeline {
    /// Sends the posting of an approved case, or finds that the ERP has it.
    ///
    /// # Errors
    /// [`PipelineError::Erp`] where it is worth another attempt; the outbox row says what happened.
    pub(crate) async fn post(&self, lease: &Lease) -> Result<(), PipelineError> {
        let (mut row, workflow) = self.open(lease.company, lease.case_id).await?;
        let outbox = self.store.posting_of(lease.company, lease.case_id).await?;
        let outbox = outbox.ok_or_else(|| PipelineError::Internal("an approved case without outbox row".into()))?;
        let connector = self.connectors.get(&outbox.connector);
        let connector = connector.ok_or_else(|| PipelineError::Internal(format!("no connector {:?}", outbox.connector)))?;
        let by = By::program("posting");
        if !matches!(row.case.state, State::Approved | State::Posting) {
            // Sent back to people after this job was queued.
            return Err(Refusal::NotPossible { state: row.case.state.name(), event: "posting-started" }.into());
        }
        if let Some(what) = self.overtaken(connector.as_ref(), &row, &outbox, &workflow).await? {
            let outdated = self.step(&row, &Event::Outdated { what: what.clone() }, &workflow)?;
            let posting = Some(PostingChange::HeldBack { why: what });
            return self.write(&row, &outdated, &by, Delivery { posting, lease: Some(lease), ..Delivery::default() }).await;
        }
        pass(Failpoint::PostChecked);
        // Marked before anything leaves: whoever finds this mark knows that the ERP may have it.
        if row.case.state == State::Approved {
            let started = self.step(&row, &Event::PostingStarted, &workflow)?;
            let delivery = Delivery { posting: Some(PostingChange::Sending), ..Delivery::default() };
            self.write(&row, &started, &by, delivery).await?;
            row.case = started.case;
        } else {
            self.store.change_posting(lease, &PostingChange::Sending, self.ambient.now()).await?;
        }
        pass(Failpoint::PostStarted);
        let outcome = self.send(connector.as_ref(), &row, &outbox).await;
        pass(Failpoint::PostSent);
        self.settle(lease, &row, &workflow, outcome).await
    }

    /// Why the posting must not be sent as it stands: a look-alike that was agreed to since the decision.
    /// What the ERP has, or may have, is past that question.
    async fn overtaken(
        &self,
        connector: &dyn Connector,
        row: &CaseRow,
        outbox: &PostingRow,
        workflow: &Workflow,
    ) -> Result<Option<String>, PipelineError> {
        if outbox.state != PostingState::Pending || (outbox.attempts > 0 && connector.find(&outbox.key).await?.is_some()) {
            return Ok(None);
        }
        self.newly_agreed(row, workflow).await
    }

    /// Looks the key up, sends only what the ERP does not have.
    async fn send(&self, connector: &dyn Connector, row: &CaseRow, outbox: &PostingRow) -> Result<String, ErpError> {
        let maybe_sent = outbox.attempts > 0 || outbox.state != PostingState::Pending;
        if maybe_sent && let Some(reference) = connector.find(&outbox.key).await? {
            return Ok(reference);
        }
        connector.post(&self.posting(row, outbox).await?).await
    }

    /// The posting as the ERP gets it: only a checked invoice can become one.
    async fn posting(&self, row: &CaseRow, outbox: &PostingRow) -> Result<Posting, ErpError> {
        let extraction = row.extraction.clone().unwrap_or_default();
        let invoice = Invoice::from_extraction(&extraction).map_err(|issues| {
            let words: Vec<String> = issues.into_iter().map(|issue| issue.message).collect();
            ErpError::Refused(format!("the invoice is not complete: {}", words.join("; ")))
        })?;
        let code = outbox.key.split('/').next().unwrap_or_default().to_owned();
        let posted_on = extraction.date(FieldName::IssueDate).unwrap_or(invoice.issue_date);
        Ok(Posting {
            key: outbox.key.clone(),
            company_code: code,
            correlation_id: row.correlation_id.clone(),
            traceparent: row.traceparent.clone(),
            supplier_number: row.screening.as_ref().and_then(|s| s.supplier.clone()),
            expense_account: row.screening.as_ref().and_then(|s| s.expense_account.clone()),
            invoice,
            posted_on,
        })
    }

    /// What the outbox row says of a posting that is given up: what may be in the ERP stays uncertain, so
    /// that nobody books it by hand without looking.
    pub(super) async fn given_up(&self, lease: &Lease, error: &str) -> Result<PostingChange, PipelineError> {
        let row = self.store.posting_of(lease.company, lease.case_id).await?;
        let uncertain = row.is_some_and(|row| matches!(row.state, PostingState::Uncertain | PostingState::Sending));
        let error = error.to_owned();
        Ok(if uncertain { PostingChange::Failed { error, uncertain } } else { PostingChange::Dead { error } })
    }

    /// Writes what became of the attempt.
    async fn settle(
        &self,
        lease: &Lease,
        row: &CaseRow,
        workflow: &Workflow,
        outcome: Result<String, ErpError>,
    ) -> Result<(), PipelineError> {
        let (event, posting) = match outcome {
            Ok(reference) => (Event::PostingSucceeded { reference: reference.clone() }, PostingChange::Posted { reference }),
            Err(ErpError::Refused(message)) => {
                (Event::PostingRefused { message: message.clone() }, PostingChange::Refused { error: message })
            }
            Err(error) => {
                let uncertain = matches!(error, ErpError::Uncertain(_));
                let change = PostingChange::Failed { error: error.to_string(), uncertain };
                self.store.change_posting(lease, &change, self.ambient.now()).await?;
                return Err(error.into());
            }
        };
        let next = self.step(row, &event, workflow)?;
        let delivery = Delivery { posting: Some(posting), lease: Some(lease), ..Delivery::default() };
        self.write(row, &next, &By::program("posting"), delivery).await?;
        pass(Failpoint::PostWritten);
        Ok(())
    }
}
