//! What a paper is, as the person who opens the post would say it. Finer than the contract's closed list
//! ([`DocumentType`]), because what is to be done with a reminder and with a delivery note differs.

use serde::{Deserialize, Serialize};

use super::extraction::DocumentType;

/// What a paper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperKind {
    /// A claim for payment.
    Invoice,
    /// A credit note.
    CreditNote,
    /// A receipt: it was paid when it was printed.
    Receipt,
    /// A dunning letter: it asks for invoices that were sent before.
    Reminder,
    /// A statement of account: it lists invoices and payments with a balance.
    Statement,
    /// A pro-forma invoice: it announces an amount and claims none.
    Proforma,
    /// A quotation or an estimate.
    Quotation,
    /// A purchase order.
    Order,
    /// The supplier's confirmation of an order.
    OrderConfirmation,
    /// A delivery note, packing list or waybill.
    DeliveryNote,
    /// The buyer's or supplier's notice of a payment made.
    RemittanceAdvice,
    /// A record of hours or work done.
    Timesheet,
    /// Terms and conditions, a contract.
    Terms,
    /// A payslip.
    Payslip,
    /// None of these: a letter, a brochure.
    Other,
}

impl PaperKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Invoice,
        Self::CreditNote,
        Self::Receipt,
        Self::Reminder,
        Self::Statement,
        Self::Proforma,
        Self::Quotation,
        Self::Order,
        Self::OrderConfirmation,
        Self::DeliveryNote,
        Self::RemittanceAdvice,
        Self::Timesheet,
        Self::Terms,
        Self::Payslip,
        Self::Other,
    ];

    /// The name in the API (`delivery_note`).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
            Self::Receipt => "receipt",
            Self::Reminder => "reminder",
            Self::Statement => "statement",
            Self::Proforma => "proforma",
            Self::Quotation => "quotation",
            Self::Order => "order",
            Self::OrderConfirmation => "order_confirmation",
            Self::DeliveryNote => "delivery_note",
            Self::RemittanceAdvice => "remittance_advice",
            Self::Timesheet => "timesheet",
            Self::Terms => "terms",
            Self::Payslip => "payslip",
            Self::Other => "other",
        }
    }

    /// The contract's type of it.
    #[must_use]
    pub fn document_type(self) -> DocumentType {
        match self {
            Self::Invoice => DocumentType::Invoice,
            Self::CreditNote => DocumentType::CreditNote,
            Self::Receipt => DocumentType::Receipt,
            _ => DocumentType::Other,
        }
    }

    /// The kind of a type that nobody has told more about.
    #[must_use]
    pub fn of(document_type: DocumentType) -> Self {
        match document_type {
            DocumentType::Invoice => Self::Invoice,
            DocumentType::CreditNote => Self::CreditNote,
            DocumentType::Receipt => Self::Receipt,
            DocumentType::Other => Self::Other,
        }
    }

    /// Whether it claims or returns money by itself, as an invoice and a credit note do.
    #[must_use]
    pub fn is_payable(self) -> bool {
        matches!(self, Self::Invoice | Self::CreditNote)
    }

    /// Whether it is a paper that often lies behind an invoice and belongs to it.
    #[must_use]
    pub fn is_enclosure(self) -> bool {
        matches!(
            self,
            Self::Order
                | Self::OrderConfirmation
                | Self::DeliveryNote
                | Self::RemittanceAdvice
                | Self::Timesheet
                | Self::Terms
                | Self::Quotation
                | Self::Other
        )
    }

    /// What it is, with its article, and what a reviewer should do: one sentence for people. `None` for
    /// what can be posted.
    #[must_use]
    pub fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::Invoice | Self::CreditNote => return None,
            Self::Receipt => "this is a receipt, which was paid already: reject it, or book it as an expense outside this queue",
            Self::Reminder => {
                "this is a reminder and no invoice: look up the invoices it asks for; reject it if they are here, else ask the supplier for them"
            }
            Self::Statement => {
                "this is a statement of account and no invoice: compare it with the invoices that are here, ask the supplier for what is missing, and reject it"
            }
            Self::Proforma => "this is a pro-forma invoice, which claims nothing yet: wait for the invoice itself, and reject this",
            Self::Quotation => "this is a quotation and no invoice: reject it",
            Self::Order => "this is a purchase order and no invoice: reject it",
            Self::OrderConfirmation => "this is an order confirmation and no invoice: reject it",
            Self::DeliveryNote => "this is a delivery note and no invoice: reject it, or book the goods received",
            Self::RemittanceAdvice => "this is a notice of a payment and no invoice: reject it",
            Self::Timesheet => "this is a record of work and no invoice: file it with its invoice, and reject it",
            Self::Terms => "these are terms or a contract and no invoice: reject them",
            Self::Payslip => "this is a payslip and no invoice: reject it",
            Self::Other => "the document is neither an invoice nor a credit note: reject it, or correct its type where it is one after all",
        })
    }
}

impl std::fmt::Display for PaperKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_claims_money_goes_without_advice() {
        for kind in PaperKind::ALL {
            assert_eq!(kind.advice().is_none(), kind.is_payable(), "{kind}");
            assert_eq!(kind.document_type() == DocumentType::Other, PaperKind::of(kind.document_type()) == PaperKind::Other, "{kind}");
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
