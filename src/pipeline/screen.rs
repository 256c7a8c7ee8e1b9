//! Screening a case: gathers what the pure screening functions need, and nothing else.

use std::collections::BTreeMap;

use super::{Pipeline, PipelineError, invoice};
use crate::domain::history::Payable;
use crate::domain::{Extraction, FieldName, Finding, FindingKind};
use crate::inference::ModelId;
use crate::screening::{
    Policy, VendorHistory, anomaly_findings, block_keys, duplicate_findings, find_supplier, master_data_findings, match_invoice, matching,
    validation_findings,
};
use crate::store::types::{CaseRow, Screening};
use crate::workflow::Workflow;

/// Earlier payables looked at for each block key.
const LOOKALIKES_A_KEY: u32 = crate::screening::duplicates::MAX_BLOCK as u32;
/// Payables of a supplier that its history is made of.
const HISTORY: u32 = 1000;

impl Pipeline {
    /// Findings on the case as it stands.
    ///
    /// # Errors
    /// The store's and the models'.
    pub(super) async fn findings(&self, row: &CaseRow, read: &Extraction, workflow: &Workflow) -> Result<Screening, PipelineError> {
        let company = row.company;
        let suppliers = self.store.suppliers(company).await?;
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
        if let Some(payable) = invoice::payable(read, supplier) {
            findings.extend(self.scored(row, &payable, workflow, &mut models).await?);
        }
        findings.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(Screening {
            supplier: supplier.map(|s| s.number.clone()),
            expense_account: supplier.and_then(|s| s.expense_account.clone()),
            findings,
            matching: outcome,
            billed,
            models,
        })
    }

    /// What has changed since the case was screened, in words: its supplier, its order, what master data
    /// say. An approval given to the old picture would post the new one.
    pub(super) async fn outdated(&self, row: &CaseRow, workflow: &Workflow) -> Result<Option<String>, PipelineError> {
        let (Some(read), Some(seen)) = (&row.extraction, &row.screening) else { return Ok(None) };
        let now = self.findings(row, read, workflow).await?;
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

    /// The two models' findings.
    async fn scored(
        &self,
        row: &CaseRow,
        payable: &Payable,
        workflow: &Workflow,
        models: &mut BTreeMap<String, String>,
    ) -> Result<Vec<Finding>, PipelineError> {
        let before = self.store.payable_seq(row.company, row.id).await?;
        let keys = block_keys(payable);
        let earlier = self.store.lookalikes(row.company, &keys, before, row.id, LOOKALIKES_A_KEY).await?;
        let mut found = duplicate_findings(&self.duplicates, payable, &earlier)?;
        found.retain(|finding| finding.score >= workflow.thresholds.duplicate);
        found.truncate(5);
        note(models, "duplicates", self.duplicates.model());

        let mut history = VendorHistory::default();
        if !payable.vendor_id.is_empty() {
            for past in self.store.supplier_history(row.company, &payable.vendor_id, before, HISTORY).await? {
                history.push(&past);
            }
        }
        let policy = Policy { approval_limits: workflow.limits.clone() };
        let mut unusual = anomaly_findings(&self.anomalies, payable, &history, &policy)?;
        unusual.retain(|finding| finding.score >= workflow.thresholds.anomaly);
        note(models, "anomaly", self.anomalies.model());
        found.extend(unusual);
        Ok(found)
    }
}

fn note(models: &mut BTreeMap<String, String>, task: &str, model: &ModelId) {
    models.insert(task.to_owned(), format!("{model} {}", model.sha256));
}
