//! Screening a case: gathers what the pure screening functions need, and nothing else.
//!
//! Duplicates are looked for when a case has been read, after a correction, before an approval and before
//! it is posted. Before approval and posting only what was agreed to meanwhile counts: a later case that
//! still waits will meet this one in its own screening.

use std::collections::{BTreeMap, BTreeSet};

use super::{Pipeline, PipelineError, invoice};
use crate::domain::history::Payable;
use crate::domain::{CaseId, CompanyId, Extraction, FieldName, Finding, FindingKind};
use crate::inference::ModelId;
use crate::screening::{
    BookView, Policy, anomaly_findings, block_keys, duplicate_findings, duplicates, find_supplier, master_data_findings, match_invoice,
    matching, validation_findings,
};
use crate::store::Store;
use crate::store::types::{CaseRow, Screening};
use crate::workflow::Workflow;

/// Earlier payables looked at for each block key: as many as the batch looks at.
const LOOKALIKES_A_KEY: u32 = duplicates::MAX_BLOCK as u32;
/// Look-alikes shown at most, beside those that have overtaken the case.
const SHOWN: usize = 5;

impl Pipeline {
    /// Findings on the case as it stands.
    ///
    /// # Errors
    /// The store's and the models'.
    pub(super) async fn findings(&self, row: &CaseRow, read: &Extraction, workflow: &Workflow) -> Result<Screening, PipelineError> {
        let company = row.company;
        let suppliers = self.suppliers(company).await?;
        let supplier = find_supplier(read, &suppliers).map(|found| found.0);

        let mut findings = validation_findings(read, workflow.thresholds.field_confidence);
        for issue in read.issues.iter().filter(|issue| !issue.is_notice()) {
            let figure = issue.rule.as_deref().unwrap_or(issue.field.map_or("", FieldName::as_str));
            let said = findings.iter().any(|f| f.code == issue.code && f.reasons.iter().any(|reason| reason.figure == figure));
            if !said {
                findings.push(Finding::rule(FindingKind::Validation, &issue.code, issue.message.clone(), figure));
            }
        }
        findings.extend(master_data_findings(read, supplier));

        let order = match read.text(FieldName::PurchaseOrder) {
            Some(number) => self.store.order(company, number).await?,
            None => None,
        };
        let (receipts, before) = match &order {
            Some(order) => (self.store.receipts(company, &order.number).await?, self.store.billed(company, &order.number, row.id).await?),
            None => (Vec::new(), Vec::new()),
        };
        let outcome = match_invoice(read, order.as_ref(), &receipts, supplier, &before, &workflow.tolerances);
        findings.extend(invoice::match_findings(&outcome));
        let billed =
            order.as_ref().map(|order| matching::billed(read, order, &receipts, &before, &workflow.tolerances)).unwrap_or_default();

        let mut models = BTreeMap::new();
        let mut surroundings = None;
        if let Some(payable) = invoice::payable(read, supplier) {
            let scored = self.scored(row, &payable, workflow, &mut models).await?;
            findings.extend(scored.findings);
            surroundings = scored.surroundings;
        }
        findings.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(Screening {
            supplier: supplier.map(|s| s.number.clone()),
            expense_account: supplier.and_then(|s| s.expense_account.clone()),
            findings,
            matching: outcome,
            billed,
            models,
            surroundings,
        })
    }

    /// What has changed since the case was screened, in words: its supplier, its order, what master data
    /// say. An approval given to the old picture would post the new one.
    pub(super) async fn outdated(&self, row: &CaseRow, workflow: &Workflow) -> Result<Option<String>, PipelineError> {
        let (Some(read), Some(seen)) = (&row.extraction, &row.screening) else { return Ok(None) };
        let now = self.findings(row, read, workflow).await?;
        if let Some(what) = agreed_since(seen, &now.findings) {
            return Ok(Some(what));
        }
        let rules = |screening: &Screening| -> Vec<String> {
            let by_rule = screening.findings.iter().filter(|f| matches!(f.kind, FindingKind::MasterData | FindingKind::Match));
            by_rule.map(|finding| finding.code.clone()).collect()
        };
        let what = if now.supplier != seen.supplier {
            "the supplier's master data have changed"
        } else if now.matching != seen.matching {
            "its order, receipts or earlier invoices have changed"
        } else if rules(&now) != rules(seen) {
            "master data have changed"
        } else {
            return Ok(None);
        };
        Ok(Some(format!("{what} since it was screened")))
    }

    /// A look-alike that was agreed to since the case was screened, in words.
    pub(super) async fn newly_agreed(&self, row: &CaseRow, workflow: &Workflow) -> Result<Option<String>, PipelineError> {
        let (Some(read), Some(seen)) = (&row.extraction, &row.screening) else { return Ok(None) };
        let suppliers = self.suppliers(row.company).await?;
        let supplier = find_supplier(read, &suppliers).map(|found| found.0);
        let Some(payable) = invoice::payable(read, supplier) else { return Ok(None) };
        let before = self.store.payable_seq(row.company, row.id).await?;
        let found = self.duplicates_of((row.company, Some(row.id)), payable, before, workflow.thresholds.duplicate).await?;
        Ok(agreed_since(seen, &found))
    }

    /// The two models' findings.
    async fn scored(
        &self,
        row: &CaseRow,
        payable: &Payable,
        workflow: &Workflow,
        models: &mut BTreeMap<String, String>,
    ) -> Result<Scored, PipelineError> {
        let before = self.store.payable_seq(row.company, row.id).await?;
        let whose = (row.company, Some(row.id));
        let mut found = self.duplicates_of(whose, payable.clone(), before, workflow.thresholds.duplicate).await?;
        note(models, "duplicates", self.duplicates.model());

        let position = before.map_or(i64::MAX, Store::position_at);
        let known = row.screening.as_ref().and_then(|seen| seen.surroundings.as_ref()).filter(|(at, _)| *at == position);
        let known = known.and_then(|(_, numbers)| numbers.as_slice().try_into().ok()).map(BookView::from_array);
        let around = self.surroundings(row.company, (position, payable), known).await?;
        let policy = Policy { approval_limits: workflow.limits.clone() };
        let scorer = self.anomaly_scorer(row.company);
        let mut unusual = anomaly_findings(&scorer, payable, &around.history, &around.view, &policy)?;
        unusual.retain(|finding| finding.score >= workflow.thresholds.anomaly);
        note(models, "anomaly", scorer.model());
        found.extend(unusual);
        let surroundings = before.map(|_| (position, around.view.to_array().to_vec()));
        Ok(Scored { findings: found, surroundings })
    }

    /// What the two models say of a payable that is not registered, as if it came next: nothing is written.
    ///
    /// # Errors
    /// The store's and the models'.
    pub async fn score_payable(&self, company: CompanyId, payable: &Payable, policy: &Policy) -> Result<Vec<Finding>, PipelineError> {
        let mut found = self.duplicates_of((company, None), payable.clone(), None, self.duplicates.threshold()).await?;
        let around = self.surroundings(company, (i64::MAX, payable), None).await?;
        found.extend(anomaly_findings(&self.anomaly_scorer(company), payable, &around.history, &around.view, policy)?);
        Ok(found)
    }

    /// Earlier payables that it may pay again, the likeliest first: those registered before it, and those
    /// that have overtaken it.
    async fn duplicates_of(
        &self,
        (company, case): (CompanyId, Option<CaseId>),
        mut payable: Payable,
        before: Option<i64>,
        threshold: f64,
    ) -> Result<Vec<Finding>, PipelineError> {
        self.keyed(company).await?;
        let keys = block_keys(&payable);
        let mut earlier = self.store.lookalikes(company, &keys, before, case, LOOKALIKES_A_KEY).await?;
        // It is judged as one that comes after all of them.
        let own = before.map_or(u64::MAX, |seq| Store::position_at(seq).unsigned_abs());
        payable.row = earlier.first().map_or(own, |(newest, _)| own.max(newest.row.saturating_add(1)));
        // In order of entry, as the batch sees them.
        earlier.reverse();
        let mut found = duplicate_findings(&self.duplicates, &payable, &earlier)?;
        found.retain(|finding| finding.score >= threshold);
        let mut kept = 0;
        found.retain(|finding| {
            kept += 1;
            kept <= SHOWN || position(finding).is_some_and(|at| at > own)
        });
        Ok(found)
    }
}

/// What the models say, and what the book said of the invoice's surroundings.
struct Scored {
    findings: Vec<Finding>,
    surroundings: Option<(i64, Vec<f32>)>,
}

fn position(finding: &Finding) -> Option<u64> {
    finding.duplicate_of.as_ref().and_then(|earlier| earlier.position)
}

/// The first look-alike of `now` that is agreed to and was not, or was not known, when `seen` was written.
fn agreed_since(seen: &Screening, now: &[Finding]) -> Option<String> {
    let agreed = |finding: &&Finding| finding.duplicate_of.as_ref().is_some_and(|earlier| earlier.agreed);
    let known: BTreeSet<Option<u64>> = seen.findings.iter().filter(agreed).map(position).collect();
    let fresh = now.iter().filter(agreed).find(|finding| !known.contains(&position(finding)))?;
    let other = fresh.duplicate_of.as_ref()?;
    let number = if other.invoice_number.is_empty() { "without number" } else { &other.invoice_number };
    let what = other.case_id.map_or_else(|| "history that was imported".to_owned(), |id| format!("case {id}"));
    let percent = fresh.score * 100.0;
    Some(format!("invoice {number} of {what} looks like the same debt ({percent:.0} %) and has been agreed to since it was screened"))
}

fn note(models: &mut BTreeMap<String, String>, task: &str, model: &ModelId) {
    models.insert(task.to_owned(), format!("{model} {}", model.sha256));
}
