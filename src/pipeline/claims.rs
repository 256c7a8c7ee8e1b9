//! What people make of a rescoring's findings. A case that is not yet sent goes back to review with the
//! finding; for what is paid already, posted or imported, a claim is opened: a posted case stays posted, and
//! somebody asks for the money or for an explanation.

use rust_decimal::Decimal;

use super::{Delivery, Pipeline, PipelineError};
use crate::domain::finding::EarlierDocument;
use crate::domain::{CaseId, ClaimId, Finding, RescoringId};
use crate::store::NewClaim;
use crate::store::types::{CaseRow, ClaimState, PostingChange, PostingState, Principal, RescoringFinding};
use crate::workflow::{Event, Phase};

/// Characters of a comment at most.
const COMMENT: usize = 4000;

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// Its case is in review again.
    Case(CaseId),
    /// A claim stands open (or stood already).
    Claim(ClaimId),
}

impl Pipeline {
    /// Makes a case for a person of a finding.
    ///
    /// # Errors
    /// [`PipelineError::NotFound`]; [`PipelineError::BadRequest`] where nothing can be made of it: it is below
    /// the threshold, its payable has changed since, or its case is being worked on or rejected.
    pub async fn open_finding(&self, who: &Principal, rescoring: RescoringId, number: i64, comment: &str) -> Result<Opened, PipelineError> {
        checked_comment(comment)?;
        let finding = self.store.rescoring_finding(who.company, rescoring, number).await?.ok_or(PipelineError::NotFound)?;
        if !finding.change.is_above() {
            return Err(refused("the finding is below the threshold".into()));
        }
        if let Some(opened) = known(&finding) {
            return Ok(opened);
        }
        let now = self.store.payable_at(who.company, finding.of.position).await?;
        if now.is_none_or(|now| now.payable != finding.of.payable) {
            return Err(refused("the payable has been corrected or rejected since: the finding is of the past".into()));
        }
        let Some(id) = finding.of.case_id else { return self.claim(who, rescoring, &finding, comment).await };
        let row = self.case(who.company, id).await?;
        match row.case.state.phase() {
            Phase::Posted => self.claim(who, rescoring, &finding, comment).await,
            Phase::Review | Phase::Approval | Phase::Held | Phase::Approved => self.flag(who, rescoring, &finding, row, comment).await,
            other @ (Phase::Processing | Phase::Posting | Phase::Parked | Phase::Rejected) => {
                Err(refused(format!("its case is {}; open it when that is settled", other.as_str())))
            }
        }
    }

    /// Closes a claim.
    ///
    /// # Errors
    /// [`PipelineError::NotFound`]; [`PipelineError::BadRequest`] where it is closed already or the request is
    /// wrong.
    pub async fn close_claim(
        &self,
        who: &Principal,
        id: ClaimId,
        state: ClaimState,
        recovered: Option<Decimal>,
        comment: &str,
    ) -> Result<(), PipelineError> {
        checked_comment(comment)?;
        if comment.trim().is_empty() {
            return Err(bad("comment-needed", "say how it ended".into(), "comment"));
        }
        let amount_fits = match state {
            ClaimState::Recovered => recovered.is_some_and(|amount| amount > Decimal::ZERO),
            ClaimState::Open | ClaimState::Dismissed => recovered.is_none(),
        };
        if state == ClaimState::Open || !amount_fits {
            let message = "a claim ends as recovered, with the amount that came back, or as dismissed, without one";
            return Err(bad("wrong-outcome", message.into(), "outcome"));
        }
        let (by, now) = (who.by(), self.ambient.now());
        if self.store.close_claim(who.company, (id, state), recovered, comment.trim(), (&by, now)).await? {
            return Ok(());
        }
        let claim = self.store.claim_by_id(who.company, id).await?.ok_or(PipelineError::NotFound)?;
        Err(refused(format!("the claim is {} already", claim.state.as_str())))
    }

    async fn claim(
        &self,
        who: &Principal,
        rescoring: RescoringId,
        finding: &RescoringFinding,
        comment: &str,
    ) -> Result<Opened, PipelineError> {
        let new = NewClaim { id: self.ambient.id(), rescoring, finding, comment: comment.trim() };
        Ok(Opened::Claim(self.store.open_claim(who.company, &new, &who.by(), self.ambient.now()).await?))
    }

    /// Sends a case back to review with the finding among its own.
    async fn flag(
        &self,
        who: &Principal,
        rescoring: RescoringId,
        found: &RescoringFinding,
        row: CaseRow,
        comment: &str,
    ) -> Result<Opened, PipelineError> {
        let run = self.store.rescoring(who.company, rescoring).await?.ok_or(PipelineError::NotFound)?;
        let models = run.outcome.map(|outcome| outcome.models).unwrap_or_default();
        let percent = found.score * 100.0;
        let what = format!("{}: {percent:.0} % by a rescoring of history; {}", found.kind.as_str(), comment.trim());
        let workflow = self.workflows.bound(&self.store, row.company, &row.case.workflow).await?;
        let flagged = self.step(&row, &Event::Flagged { by: who.actor(), what: what.clone() }, &workflow)?;
        let mut screening = row.screening.clone().ok_or_else(|| PipelineError::Internal("a decided case without screening".into()))?;
        screening.findings.insert(0, as_finding(found, &models));
        let posting = self.store.posting_of(row.company, row.id).await?;
        let waits = row.case.state.phase() == Phase::Approved && posting.is_some_and(|posting| posting.state == PostingState::Pending);
        let delivery = Delivery {
            screening: Some(&screening),
            posting: waits.then_some(PostingChange::HeldBack { why: what }),
            opened: Some((rescoring, found.number)),
            models,
            ..Delivery::default()
        };
        self.write(&row, &flagged, &who.by(), delivery).await?;
        Ok(Opened::Case(row.id))
    }
}

/// What was made of the finding before.
fn known(finding: &RescoringFinding) -> Option<Opened> {
    let opened = finding.opened.as_deref()?;
    match finding.of.case_id {
        Some(case) if opened == "case" => Some(Opened::Case(case)),
        _ => opened.parse().ok().map(Opened::Claim),
    }
}

/// The finding as screening would have written it.
fn as_finding(found: &RescoringFinding, models: &std::collections::BTreeMap<String, String>) -> Finding {
    let (code, task) = match found.kind {
        crate::domain::FindingKind::Duplicate => ("likely-duplicate", "duplicates"),
        _ => ("unusual-payment", "anomaly"),
    };
    Finding {
        kind: found.kind,
        code: code.to_owned(),
        score: found.score,
        reasons: found.reasons.clone(),
        duplicate_of: found.other.as_ref().map(|other| EarlierDocument {
            case_id: other.case_id,
            invoice_number: other.payable.invoice_no.clone(),
            position: u64::try_from(other.position).ok(),
            agreed: other.case_id.is_none(),
        }),
        model: models.get(task).and_then(|model| model.split(' ').next()).unwrap_or_default().to_owned(),
    }
}

fn checked_comment(comment: &str) -> Result<(), PipelineError> {
    if comment.chars().count() > COMMENT {
        return Err(bad("comment-too-long", format!("a comment has at most {COMMENT} characters"), "comment"));
    }
    Ok(())
}

fn refused(message: String) -> PipelineError {
    PipelineError::BadRequest { code: "finding-not-open", message, field: None }
}

fn bad(code: &'static str, message: String, field: &str) -> PipelineError {
    PipelineError::BadRequest { code, message, field: Some(field.to_owned()) }
}
