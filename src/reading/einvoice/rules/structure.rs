//! What stands several times though the schema takes it once. Readers differ in which one they take, so
//! a document like that may show one amount or account to people and another to programs.

use super::super::tree::Element;
use super::place::Place;
use super::report::Report;
use crate::domain::einvoice::Syntax;

/// The rule's id where the syntax itself is broken.
const UBL: &str = "UBL-2.1-schema";
const CII: &str = "CII-schema";

/// Parts of UBL, by path from the root.
const UBL_ONCE: &[&[&str]] = &[
    &["CustomizationID"],
    &["ProfileID"],
    &["ID"],
    &["IssueDate"],
    &["DueDate"],
    &["InvoiceTypeCode"],
    &["CreditNoteTypeCode"],
    &["DocumentCurrencyCode"],
    &["TaxCurrencyCode"],
    &["OrderReference"],
    &["AccountingSupplierParty"],
    &["AccountingSupplierParty", "Party"],
    &["AccountingCustomerParty"],
    &["AccountingCustomerParty", "Party"],
    &["PayeeParty"],
    &["TaxRepresentativeParty"],
    &["LegalMonetaryTotal"],
    &["LegalMonetaryTotal", "TaxExclusiveAmount"],
    &["LegalMonetaryTotal", "TaxInclusiveAmount"],
    &["LegalMonetaryTotal", "PayableAmount"],
];

const TRANSACTION: &str = "SupplyChainTradeTransaction";
const SETTLEMENT: &str = "ApplicableHeaderTradeSettlement";
const AGREEMENT: &str = "ApplicableHeaderTradeAgreement";

/// Parts of CII, by path from the root.
const CII_ONCE: &[&[&str]] = &[
    &["ExchangedDocumentContext"],
    &["ExchangedDocument"],
    &["ExchangedDocument", "ID"],
    &["ExchangedDocument", "IssueDateTime"],
    &[TRANSACTION],
    &[TRANSACTION, AGREEMENT],
    &[TRANSACTION, AGREEMENT, "SellerTradeParty"],
    &[TRANSACTION, AGREEMENT, "SellerTradeParty", "Name"],
    &[TRANSACTION, AGREEMENT, "BuyerTradeParty"],
    &[TRANSACTION, "ApplicableHeaderTradeDelivery"],
    &[TRANSACTION, SETTLEMENT],
    &[TRANSACTION, SETTLEMENT, "InvoiceCurrencyCode"],
    &[TRANSACTION, SETTLEMENT, "PayeeTradeParty"],
    &[TRANSACTION, SETTLEMENT, "SpecifiedTradeSettlementHeaderMonetarySummation"],
];

pub(super) fn check(root: &Element, report: &mut Report) {
    let (rule, parts) = if report.syntax == Syntax::Cii { (CII, CII_ONCE) } else { (UBL, UBL_ONCE) };
    for path in parts {
        let count = root.count(path);
        report.need_with(count <= 1, rule, Place::Document, || {
            format!("{} stands {count} times, though the schema takes it once: only the first is read.", path.join("/"))
        });
    }
}
