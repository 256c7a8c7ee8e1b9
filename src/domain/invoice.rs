//! The checked invoice: what may be posted. Made only from an extraction that is complete and adds up.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::extraction::{DocumentType, Extraction, FieldName, Issue, LineItem};
use super::identifiers::{Iban, InvoiceNumber};
use super::kind::PaperKind;
use super::money::Money;

/// Code of the issue that a document is something else than an invoice or a credit note.
pub const NOT_AN_INVOICE: &str = "not-an-invoice";

/// An invoice or credit note that obeys its laws: `net + tax = total`, one currency, a number, a date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invoice {
    /// `true` for a credit note: the amounts are positive and reduce what is owed.
    pub credit: bool,
    /// The supplier's number for it.
    pub number: InvoiceNumber,
    /// The supplier's date.
    pub issue_date: Date,
    /// When it falls due, where it says so.
    pub due_date: Option<Date>,
    /// The supplier as named on the document.
    pub supplier_name: String,
    /// The supplier's tax id as printed.
    pub supplier_tax_id: Option<String>,
    /// Account to pay to.
    pub iban: Option<Iban>,
    /// Order it refers to.
    pub purchase_order: Option<String>,
    /// Net amount.
    pub net: Money,
    /// Tax amount.
    pub tax: Money,
    /// Amount with tax.
    pub total: Money,
    /// Lines as read.
    pub lines: Vec<LineItem>,
}

impl Invoice {
    /// Checks an extraction. A missing net or tax amount is derived from the other two where they
    /// leave one answer; nothing else is guessed.
    ///
    /// # Errors
    /// Every missing or contradictory field, one issue each.
    pub fn from_extraction(read: &Extraction) -> Result<Self, Vec<Issue>> {
        let mut issues = Vec::new();
        if matches!(read.document_type, DocumentType::Receipt | DocumentType::Other) {
            let paper = Some(read.paper()).filter(|paper| !paper.is_payable()).unwrap_or(PaperKind::Other);
            issues.push(Issue::new(NOT_AN_INVOICE, paper.advice().unwrap_or_default()));
        }
        let mut require = |name: FieldName| {
            let text = read.text(name);
            if text.is_none() {
                issues.push(Issue::on(name, "missing-field", format!("{} was not found: enter it from the document", name.label())));
            }
            text
        };
        let number = require(FieldName::InvoiceNumber).and_then(|t| t.parse().ok());
        let issue_date = require(FieldName::IssueDate).and_then(|t| t.parse().ok());
        let supplier_name = require(FieldName::SupplierName).map(str::to_owned);
        let currency = require(FieldName::Currency).and_then(|_| read.currency());
        let total = require(FieldName::TotalAmount).and_then(|_| read.amount(FieldName::TotalAmount));
        let (net, tax) = (read.amount(FieldName::NetAmount), read.amount(FieldName::TaxAmount));
        if total.is_some() && net.is_none() && tax.is_none() {
            let text = "neither the net nor the tax amount was found: enter them (tax 0 where there is none)";
            issues.push(Issue::on(FieldName::TaxAmount, "missing-field", text));
        }
        let (net, tax) = match (total, net, tax) {
            (Some(total), Some(net), None) => (Some(net), Some(total - net)),
            (Some(total), None, Some(tax)) => (Some(total - tax), Some(tax)),
            (_, net, tax) => (net, tax),
        };
        let (Some(number), Some(issue_date), Some(supplier_name), Some(currency), Some(total), Some(net), Some(tax), true) =
            (number, issue_date, supplier_name, currency, total, net, tax, issues.is_empty())
        else {
            return Err(issues);
        };
        let money =
            |amount| Money::new(amount, currency).map_err(|e| vec![Issue::on(FieldName::TotalAmount, "not-canonical", e.to_string())]);
        let invoice = Self {
            credit: read.document_type == DocumentType::CreditNote,
            number,
            issue_date,
            due_date: read.date(FieldName::DueDate),
            supplier_name,
            supplier_tax_id: read.text(FieldName::SupplierTaxId).map(str::to_owned),
            iban: read.text(FieldName::Iban).and_then(|t| t.parse().ok()),
            purchase_order: read.text(FieldName::PurchaseOrder).map(str::to_owned),
            net: money(net)?,
            tax: money(tax)?,
            total: money(total)?,
            lines: read.lines.clone(),
        };
        if invoice.net.amount() + invoice.tax.amount() != invoice.total.amount() {
            let text = format!("net {} plus tax {} is not the total {}", invoice.net, invoice.tax, invoice.total);
            return Err(vec![Issue::on(FieldName::TotalAmount, "totals-disagree", text)]);
        }
        if invoice.credit && invoice.total.amount().is_sign_negative() {
            let text = "a credit note with a negative total: say whether it is an invoice, or give its amounts without sign";
            return Err(vec![Issue::on(FieldName::TotalAmount, "credit-note-negative", text)]);
        }
        if invoice.due_date.is_some_and(|due| due < invoice.issue_date) {
            return Err(vec![Issue::on(FieldName::DueDate, "dates-disorder", "the due date is before the issue date")]);
        }
        Ok(invoice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(FieldName, &str)]) -> Extraction {
        let mut read = Extraction::default();
        for (name, text) in pairs {
            read.set_exact(*name, text);
        }
        read
    }

    const WHOLE: &[(FieldName, &str)] = &[
        (FieldName::InvoiceNumber, "2014-03"),
        (FieldName::IssueDate, "2014-07-11"),
        (FieldName::SupplierName, "Kraxi GmbH"),
        (FieldName::Currency, "EUR"),
        (FieldName::NetAmount, "845.00"),
        (FieldName::TaxAmount, "160.55"),
        (FieldName::TotalAmount, "1005.55"),
    ];

    #[test]
    fn a_whole_invoice_is_accepted_and_missing_tax_derived() {
        assert_eq!(Invoice::from_extraction(&read(WHOLE)).unwrap().total.to_string(), "1005.55 EUR");
        let mut without_tax = read(WHOLE);
        without_tax.fields.remove(&FieldName::TaxAmount);
        assert_eq!(Invoice::from_extraction(&without_tax).unwrap().tax.to_string(), "160.55 EUR");
    }

    #[test]
    fn what_is_missing_or_contradictory_is_named() {
        let mut partial = read(WHOLE);
        partial.fields.remove(&FieldName::InvoiceNumber);
        partial.fields.remove(&FieldName::Currency);
        let issues = Invoice::from_extraction(&partial).unwrap_err();
        let fields: Vec<_> = issues.iter().filter_map(|i| i.field).collect();
        assert_eq!(fields, [FieldName::InvoiceNumber, FieldName::Currency]);

        let mut untaxed = read(WHOLE);
        untaxed.fields.remove(&FieldName::TaxAmount);
        untaxed.fields.remove(&FieldName::NetAmount);
        assert_eq!(Invoice::from_extraction(&untaxed).unwrap_err()[0].field, Some(FieldName::TaxAmount));

        let mut negative = read(&[]);
        negative.document_type = DocumentType::CreditNote;
        for (name, text) in WHOLE {
            let amount = matches!(name, FieldName::NetAmount | FieldName::TaxAmount | FieldName::TotalAmount);
            negative.set_exact(*name, &if amount { format!("-{text}") } else { (*text).to_owned() });
        }
        assert_eq!(Invoice::from_extraction(&negative).unwrap_err()[0].code, "credit-note-negative");

        let mut wrong = read(WHOLE);
        wrong.set_exact(FieldName::TaxAmount, "160.54");
        assert_eq!(Invoice::from_extraction(&wrong).unwrap_err()[0].code, "totals-disagree");

        let mut early = read(WHOLE);
        early.set_exact(FieldName::DueDate, "2014-07-10");
        assert_eq!(Invoice::from_extraction(&early).unwrap_err()[0].code, "dates-disorder");
    }
}
