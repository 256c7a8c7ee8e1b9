//! The e-invoice as EN 16931-1 describes it: every business group (BG) and business term (BT), whatever
//! syntax it was written in. Values stand as they were read, so that a rule can tell what is absent
//! (`None`), empty (`""`) and no number or date (`text` without `number()`); nothing is judged here.
//!
//! Where one syntax lets a term stand several times, all of them are kept. Pure data: JSON through
//! `serde`, with what is empty left out.

mod party;
mod terms;
mod values;
mod violation;

pub use party::{Address, Contact, Party, TaxRegistration};
pub use terms::{
    AllowanceCharge, Attachment, Attribute, Card, Classification, CreditTransfer, Delivery, DirectDebit, Item, Line, Note, PaymentMeans,
    Period, Preceding, Price, TaxBreakdown, TaxCategory, TaxTotal, Totals,
};
pub use values::{Amount, Day, Identifier, Number, Quantity};
pub use violation::{Severity, Violation};

use serde::{Deserialize, Serialize};

/// Declares records whose empty fields are left out of JSON.
macro_rules! records {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($(#[$field_doc])* #[serde(skip_serializing_if = "crate::domain::einvoice::nothing")] pub $field: $type,)+
        }
    )+};
}
pub(crate) use records;

/// Whether a value says no more than its default.
pub(crate) fn nothing<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The syntax an e-invoice was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Syntax {
    /// OASIS UBL 2.x, `Invoice`.
    #[default]
    UblInvoice,
    /// OASIS UBL 2.x, `CreditNote`.
    UblCreditNote,
    /// UN/CEFACT Cross Industry Invoice, also as ZUGFeRD and Factur-X.
    Cii,
    /// The Italian FatturaPA.
    Fatturapa,
}

records! {
    /// An invoice or credit note (the whole of EN 16931-1).
    Invoice {
        /// What it was read from.
        syntax: Syntax,
        /// BT-1.
        number: Option<String>,
        /// BT-2.
        issue_date: Option<Day>,
        /// BT-3, a code of UNTDID 1001.
        type_code: Option<String>,
        /// BT-5, ISO 4217.
        currency: Option<String>,
        /// BT-6, ISO 4217.
        tax_currency: Option<String>,
        /// BT-7.
        tax_point_date: Option<Day>,
        /// BT-8, as UNTDID 2005 (UBL) or 2475 (CII) names it.
        tax_point_code: Option<String>,
        /// BT-9; several where instalments are named.
        due_dates: Vec<Day>,
        /// BT-10.
        buyer_reference: Option<String>,
        /// BT-11.
        project: Option<String>,
        /// BT-12.
        contract: Option<String>,
        /// BT-13.
        purchase_order: Option<String>,
        /// BT-14.
        sales_order: Option<String>,
        /// BT-15.
        receiving_advice: Option<String>,
        /// BT-16.
        despatch_advice: Option<String>,
        /// BT-17.
        tender: Option<String>,
        /// BT-18.
        invoiced_object: Option<Identifier>,
        /// BT-19.
        accounting_reference: Option<String>,
        /// BT-20, with its line breaks.
        payment_terms: Vec<String>,
        /// BG-1.
        notes: Vec<Note>,
        /// BT-23.
        process: Option<String>,
        /// BT-24.
        specification: Option<String>,
        /// BG-3.
        preceding: Vec<Preceding>,
        /// BG-4.
        seller: Option<Party>,
        /// BG-7.
        buyer: Option<Party>,
        /// BG-10.
        payee: Option<Party>,
        /// BG-11.
        tax_representative: Option<Party>,
        /// BG-13 with BG-15.
        delivery: Option<Delivery>,
        /// BG-14.
        period: Option<Period>,
        /// BG-16 to BG-19.
        payment_means: Vec<PaymentMeans>,
        /// BG-20 and BG-21, in document order.
        allowances_and_charges: Vec<AllowanceCharge>,
        /// BG-22 without the tax.
        totals: Option<Totals>,
        /// BT-110 and BT-111, with BG-23 under the one that carries it.
        tax_totals: Vec<TaxTotal>,
        /// BG-24.
        attachments: Vec<Attachment>,
        /// BG-25.
        lines: Vec<Line>,
    }
}

impl Invoice {
    /// BG-23, over all tax totals.
    pub fn tax_breakdown(&self) -> impl Iterator<Item = &TaxBreakdown> {
        self.tax_totals.iter().flat_map(|total| &total.breakdown)
    }

    /// BT-110: the tax total in the invoice's currency; else one without a currency; else the first.
    #[must_use]
    pub fn tax_total(&self) -> Option<&Amount> {
        let amounts = || self.tax_totals.iter().filter_map(|total| total.amount.as_ref()).filter(|amount| !amount.text.is_empty());
        amounts()
            .find(|amount| amount.currency.is_some() && amount.currency == self.currency)
            .or_else(|| amounts().find(|amount| amount.currency.is_none()))
            .or_else(|| amounts().next())
    }

    /// The allowances (BG-20).
    pub fn allowances(&self) -> impl Iterator<Item = &AllowanceCharge> {
        self.allowances_and_charges.iter().filter(|one| one.charge == Some(false))
    }

    /// The charges (BG-21).
    pub fn charges(&self) -> impl Iterator<Item = &AllowanceCharge> {
        self.allowances_and_charges.iter().filter(|one| one.charge == Some(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_leaves_out_what_is_empty_and_reads_back() {
        let invoice = Invoice {
            number: Some("7".to_owned()),
            currency: Some("EUR".to_owned()),
            lines: vec![Line { net_amount: Some(Amount::new("12.50", Some("EUR"))), ..Line::default() }],
            ..Invoice::default()
        };
        let json = serde_json::to_string(&invoice).unwrap();
        assert_eq!(json, r#"{"number":"7","currency":"EUR","lines":[{"net_amount":{"text":"12.50","currency":"EUR"}}]}"#);
        assert_eq!(serde_json::from_str::<Invoice>(&json).unwrap(), invoice);
    }

    #[test]
    fn the_tax_total_is_the_one_in_the_invoice_currency() {
        let total = |text: &str, currency: Option<&str>| TaxTotal { amount: Some(Amount::new(text, currency)), ..TaxTotal::default() };
        let mut invoice = Invoice { currency: Some("EUR".to_owned()), ..Invoice::default() };
        invoice.tax_totals = vec![total("80", Some("NOK")), total("8", Some("EUR"))];
        assert_eq!(invoice.tax_total().map(|amount| amount.text.as_str()), Some("8"));
        invoice.tax_totals = vec![total("80", Some("NOK")), total("9", None)];
        assert_eq!(invoice.tax_total().map(|amount| amount.text.as_str()), Some("9"));
    }
}
