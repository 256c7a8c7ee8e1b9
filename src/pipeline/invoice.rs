//! The subject `invoice`: what it tells policy, screening and the ERP. The engine knows none of this.

use rust_decimal::Decimal;
use std::collections::BTreeMap;

use crate::domain::history::{EntryType, Payable};
use crate::domain::invoice::NOT_AN_INVOICE;
use crate::domain::purchasing::Supplier;
use crate::domain::{DocumentType, Extraction, Field, FieldName, Finding, FindingKind, Invoice, MatchResult, Matching, Source};
use crate::store::types::Screening;
use crate::workflow::facts::FindingFact;
use crate::workflow::{Facts, SubjectSchema, Value, Workflow};

/// The facts an invoice offers to workflow files.
pub const SCHEMA: SubjectSchema = SubjectSchema {
    name: "invoice",
    numbers: &["total_amount", "net_amount", "lowest_confidence"],
    texts: &["document_type", "kind", "currency", "supplier", "match_result"],
    flags: &["foreign_currency", "supplier_known", "has_order", "corrected"],
};

/// What policy may ask about a screened invoice. Amounts in another currency than the workflow's are
/// left unknown, so that no limit takes them for its own. `corrected`: whether a person changed a field.
#[must_use]
pub fn facts(read: &Extraction, screening: &Screening, workflow: &Workflow, corrected: bool) -> Facts {
    let mut values = BTreeMap::new();
    let currency = read.currency();
    let foreign = currency.is_some_and(|c| c != workflow.currency);
    if currency.is_some() && !foreign {
        for name in [FieldName::TotalAmount, FieldName::NetAmount] {
            if let Some(amount) = read.amount(name) {
                values.insert(name.as_str().to_owned(), Value::Number(amount.abs()));
            }
        }
    }
    if let Some(lowest) = read.fields.values().map(|f| f.confidence).min_by(f64::total_cmp).and_then(|c| Decimal::try_from(c).ok()) {
        values.insert("lowest_confidence".to_owned(), Value::Number(lowest.round_dp(4)));
    }
    let kind = match read.document_type {
        DocumentType::Invoice => "invoice",
        DocumentType::CreditNote => "credit_note",
        DocumentType::Receipt => "receipt",
        DocumentType::Other => "other",
    };
    let result = match screening.matching.result {
        MatchResult::NotApplicable => "not-applicable",
        MatchResult::Matched => "matched",
        MatchResult::Different => "different",
        MatchResult::OrderNotFound => "order-not-found",
    };
    values.insert("document_type".to_owned(), Value::Text(kind.to_owned()));
    values.insert("kind".to_owned(), Value::Text(read.paper().as_str().to_owned()));
    values.insert("match_result".to_owned(), Value::Text(result.to_owned()));
    if let Some(currency) = currency {
        values.insert("currency".to_owned(), Value::Text(currency.code().to_owned()));
        values.insert("foreign_currency".to_owned(), Value::Flag(foreign));
    }
    if let Some(supplier) = &screening.supplier {
        values.insert("supplier".to_owned(), Value::Text(supplier.clone()));
    }
    values.insert("corrected".to_owned(), Value::Flag(corrected));
    values.insert("supplier_known".to_owned(), Value::Flag(screening.supplier.is_some()));
    values.insert("has_order".to_owned(), Value::Flag(read.text(FieldName::PurchaseOrder).is_some()));
    let findings =
        screening.findings.iter().map(|f| FindingFact { kind: f.kind.as_str().to_owned(), code: f.code.clone(), score: f.score });
    let obstacles = Invoice::from_extraction(read).err().unwrap_or_default().into_iter().map(|issue| issue.message).collect();
    Facts { values, findings: findings.collect(), obstacles }
}

/// The invoice as a row of history, for duplicate and anomaly search; none without an amount,
/// and none of what is no claim. When and by
/// whom it was uploaded is left out: a machine may send at night, and nobody has posted it yet.
#[must_use]
pub fn payable(read: &Extraction, supplier: Option<&Supplier>) -> Option<Payable> {
    // A reminder or a statement asks for what other papers claim: it is no debt of its own.
    let amount = read.amount(FieldName::TotalAmount).filter(|_| read.document_type != DocumentType::Other)?;
    let text = |name| read.text(name).unwrap_or_default().to_owned();
    let credit = read.document_type == DocumentType::CreditNote;
    Some(Payable {
        row: 0,
        vendor_id: supplier.map(|s| s.number.clone()).unwrap_or_default(),
        vendor_name: supplier.map_or_else(|| text(FieldName::SupplierName), |s| s.name.clone()),
        invoice_no: text(FieldName::InvoiceNumber),
        po_number: text(FieldName::PurchaseOrder),
        amount: if credit { -amount.abs() } else { amount },
        currency: text(FieldName::Currency),
        entry_type: if credit { EntryType::CreditMemo } else { EntryType::Invoice },
        invoice_date: read.date(FieldName::IssueDate),
        due_date: read.date(FieldName::DueDate),
        payment_date: None,
        posted_at: None,
        posted_by: String::new(),
        approved_by: String::new(),
        department: String::new(),
        account_code: supplier.and_then(|s| s.expense_account.clone()).unwrap_or_default(),
        bank_account: text(FieldName::Iban),
    })
}

/// Differences found by matching, as findings.
#[must_use]
pub fn match_findings(matching: &Matching) -> Vec<Finding> {
    let code = match matching.result {
        MatchResult::NotApplicable | MatchResult::Matched => return Vec::new(),
        MatchResult::Different => "differs-from-order",
        MatchResult::OrderNotFound => "order-not-found",
    };
    let mut finding = Finding::rule(FindingKind::Match, code, "", "");
    finding.reasons.clone_from(&matching.differences);
    vec![finding]
}

/// A refused correction: which field and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongCorrection {
    /// The field as the caller named it.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

/// Applies a person's corrections: header field (or `document_type`) → new text; empty removes the field.
/// Gives the summary for the trail.
///
/// # Errors
/// The first correction that breaks its field's law; nothing is changed then.
pub fn correct(read: &Extraction, corrections: &BTreeMap<String, String>) -> Result<(Extraction, String), WrongCorrection> {
    let mut next = read.clone();
    let mut changes = Vec::new();
    for (name, text) in corrections {
        let wrong = |message: String| WrongCorrection { field: name.clone(), message };
        if name == "document_type" {
            next.document_type = serde_json::from_value(serde_json::Value::String(text.clone()))
                .map_err(|_| wrong("document_type is one of invoice, credit_note, receipt, other".to_owned()))?;
            next.kind = next.kind.filter(|kind| kind.document_type() == next.document_type);
            next.issues.retain(|issue| issue.code != NOT_AN_INVOICE);
            changes.push(format!("document_type: {text}"));
            continue;
        }
        let field: FieldName = name.parse().map_err(wrong)?;
        let before = read.text(field).unwrap_or("–").to_owned();
        if text.trim().is_empty() {
            next.fields.remove(&field);
            changes.push(format!("{field}: {before} → –"));
        } else {
            let value = field.canonical(text).map_err(wrong)?;
            changes.push(format!("{field}: {before} → {value}"));
            let boxes = read.fields.get(&field).map(|f| f.boxes.clone()).unwrap_or_default();
            next.fields.insert(field, Field { value, confidence: 1.0, source: Source::Person, boxes });
        }
        next.issues.retain(|issue| issue.field != Some(field));
    }
    if changes.is_empty() {
        return Err(WrongCorrection { field: "corrections".into(), message: "name at least one field to correct".into() });
    }
    // Totals and reading problems are judged anew by screening.
    next.issues.retain(|issue| !matches!(issue.code.as_str(), "totals-disagree"));
    Ok((next, changes.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrections_are_checked_and_summed_up() {
        let mut read = Extraction::default();
        read.set_exact(FieldName::TotalAmount, "10.00");
        let (next, summary) = correct(&read, &[("total_amount".to_owned(), "12.00".to_owned())].into()).unwrap();
        assert_eq!(next.text(FieldName::TotalAmount), Some("12.00"));
        assert_eq!(next.fields[&FieldName::TotalAmount].source, Source::Person);
        assert_eq!(summary, "total_amount: 10.00 → 12.00");
        let wrong = correct(&read, &[("issue_date".to_owned(), "11.07.2014".to_owned())].into()).unwrap_err();
        assert_eq!(wrong.field, "issue_date");
        assert!(correct(&read, &BTreeMap::new()).is_err());
        assert!(correct(&read, &[("colour".to_owned(), "red".to_owned())].into()).is_err());
    }

    #[test]
    fn foreign_amounts_stay_unknown_to_limits() {
        let workflow = Workflow::parse(include_str!("../../workflows/accounts-payable.yaml"), &SCHEMA).unwrap();
        let mut read = Extraction::default();
        read.set_exact(FieldName::TotalAmount, "1000000");
        read.set_exact(FieldName::Currency, "JPY");
        let screening = Screening {
            supplier: None,
            expense_account: None,
            findings: Vec::new(),
            matching: Matching::none(),
            billed: Vec::new(),
            models: BTreeMap::new(),
            surroundings: None,
        };
        let facts = facts(&read, &screening, &workflow, false);
        assert!(!facts.values.contains_key("total_amount"));
        assert_eq!(facts.values["foreign_currency"], Value::Flag(true));
    }
}
