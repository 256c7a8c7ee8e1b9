//! BR-CL: codes must be of their lists.

use super::codes::{self, CodeList};
use super::place::{Node, Place};
use super::report::Report;

/// UNTDID 2005, as UBL has it for BT-8.
const TAX_POINTS_UBL: &[&str] = &["3", "35", "432"];
/// UNTDID 2475, as CII has it for BT-8.
const TAX_POINTS_CII: &[&str] = &["5", "29", "72"];

fn listed(list: &CodeList, code: &str, rule: &str, node: &Node, report: &mut Report) {
    report.need_with(list.has(code.trim()), rule, Place::Node(node), || format!("{code:?} is no code of {}.", list.name()));
}

fn one_of(codes: &[&str], code: &str, rule: &str, node: &Node, report: &mut Report) {
    report.need_with(codes.contains(&code), rule, Place::Node(node), || format!("{code:?} is none of {}.", codes.join(", ")));
}

/// Names of UBL's elements that hold an amount of money with a currency.
pub(super) fn is_amount(name: &str) -> bool {
    matches!(
        name,
        "Amount"
            | "BaseAmount"
            | "PriceAmount"
            | "TaxAmount"
            | "TaxableAmount"
            | "LineExtensionAmount"
            | "TaxExclusiveAmount"
            | "TaxInclusiveAmount"
            | "AllowanceTotalAmount"
            | "ChargeTotalAmount"
            | "PrepaidAmount"
            | "PayableRoundingAmount"
            | "PayableAmount"
    )
}

/// One element of UBL.
pub(super) fn ubl(node: &Node, report: &mut Report) {
    let element = node.element;
    let value = element.value();
    let scheme = element.attribute("schemeID");
    match element.name {
        "InvoiceTypeCode" => listed(&codes::INVOICE_TYPES, value, "BR-CL-01", node, report),
        "CreditNoteTypeCode" => listed(&codes::CREDIT_NOTE_TYPES, value, "BR-CL-01", node, report),
        "DocumentCurrencyCode" => listed(&codes::CURRENCIES, value, "BR-CL-04", node, report),
        "TaxCurrencyCode" => listed(&codes::CURRENCIES, value, "BR-CL-05", node, report),
        "DescriptionCode" if node.parent_is("InvoicePeriod") => one_of(TAX_POINTS_UBL, value, "BR-CL-06", node, report),
        "Note" if node.parent.is_some_and(|parent| parent.parent.is_none()) => note(node, report),
        "IdentificationCode" if node.parent_is("Country") => listed(&codes::COUNTRIES, value, "BR-CL-14", node, report),
        "IdentificationCode" if node.parent_is("OriginCountry") => listed(&codes::COUNTRIES, value, "BR-CL-15", node, report),
        "PaymentMeansCode" => listed(&codes::PAYMENT_MEANS, value, "BR-CL-16", node, report),
        "AllowanceChargeReasonCode" => reason(node, report),
        "TaxExemptionReasonCode" => listed(&codes::EXEMPTIONS, &value.to_uppercase(), "BR-CL-22", node, report),
        "InvoicedQuantity" | "BaseQuantity" | "CreditedQuantity" => {
            if let Some(unit) = element.attribute("unitCode") {
                listed(&codes::UNITS, unit, "BR-CL-23", node, report);
            }
        }
        "ItemClassificationCode" => {
            if let Some(list) = element.attribute("listID") {
                listed(&codes::ITEM_LISTS, list, "BR-CL-13", node, report);
            }
        }
        "EmbeddedDocumentBinaryObject" => {
            if let Some(mime) = element.attribute("mimeCode") {
                listed(&codes::ATTACHMENT_TYPES, mime, "BR-CL-24", node, report);
            }
        }
        "EndpointID" => scheme.into_iter().for_each(|scheme| listed(&codes::ADDRESSES, scheme, "BR-CL-25", node, report)),
        "CompanyID" if node.parent_is("PartyLegalEntity") => {
            scheme.into_iter().for_each(|scheme| listed(&codes::SCHEMES, scheme, "BR-CL-11", node, report));
        }
        "ID" => ubl_identifier(node, scheme, report),
        name if is_amount(name) => {
            let currency = element.attribute("currencyID").unwrap_or_default();
            listed(&codes::CURRENCIES, currency, "BR-CL-03", node, report);
        }
        _ => {}
    }
}

fn ubl_identifier(node: &Node, scheme: Option<&str>, report: &mut Report) {
    let value = node.element.value();
    if node.parent_is("TaxCategory") {
        return listed(&codes::TAX_CATEGORIES, value, "BR-CL-17", node, report);
    }
    if node.parent_is("ClassifiedTaxCategory") {
        return listed(&codes::TAX_CATEGORIES, value, "BR-CL-18", node, report);
    }
    let Some((scheme, parent)) = scheme.zip(node.parent) else { return };
    match parent.element.name {
        "PartyIdentification" => {
            let creditor = scheme.trim() == "SEPA" && (node.within("AccountingSupplierParty") || node.within("PayeeParty"));
            if !creditor {
                listed(&codes::SCHEMES, scheme, "BR-CL-10", node, report);
            }
        }
        "StandardItemIdentification" => listed(&codes::SCHEMES, scheme, "BR-CL-21", node, report),
        "DeliveryLocation" => listed(&codes::SCHEMES, scheme, "BR-CL-26", node, report),
        "AdditionalDocumentReference" | "DocumentReference" if parent.element.text_at(&["DocumentTypeCode"]) == Some("130") => {
            listed(&codes::REFERENCES, scheme, "BR-CL-07", node, report);
        }
        _ => {}
    }
}

/// A note that begins with `#AAI#` names its subject so.
fn note(node: &Node, report: &mut Report) {
    let subject = node.element.value().split_once('#').and_then(|(_, rest)| rest.split_once('#')).map(|(subject, _)| subject);
    if let Some(subject) = subject.filter(|subject| subject.chars().count() == 3) {
        listed(&codes::NOTE_SUBJECTS, subject, "BR-CL-08", node, report);
    }
}

fn reason(node: &Node, report: &mut Report) {
    let charge = node.parent.and_then(|parent| parent.element.text_at(&["ChargeIndicator"]));
    match super::super::values::indicator(charge) {
        Some(false) => listed(&codes::ALLOWANCE_REASONS, node.element.value(), "BR-CL-19", node, report),
        Some(true) => listed(&codes::CHARGE_REASONS, node.element.value(), "BR-CL-20", node, report),
        None => {}
    }
}

/// One element of CII.
pub(super) fn cii(node: &Node, report: &mut Report) {
    let element = node.element;
    let value = element.value();
    let mut attribute = |name: &str, list: &CodeList, rule: &str| {
        element.attribute(name).into_iter().for_each(|code| listed(list, code, rule, node, report));
    };
    match element.name {
        "TaxTotalAmount" => attribute("currencyID", &codes::CURRENCIES, "BR-CL-03"),
        "ClassCode" => attribute("listID", &codes::ITEM_LISTS, "BR-CL-13"),
        "BasisQuantity" | "BilledQuantity" => attribute("unitCode", &codes::UNITS, "BR-CL-23"),
        "AttachmentBinaryObject" => attribute("mimeCode", &codes::ATTACHMENT_TYPES, "BR-CL-24"),
        "URIID" if node.parent_is("URIUniversalCommunication") => attribute("schemeID", &codes::ADDRESSES, "BR-CL-25"),
        "GlobalID" if node.parent_is("SpecifiedTradeProduct") => attribute("schemeID", &codes::SCHEMES, "BR-CL-21"),
        "GlobalID" if node.parent_is("ShipToTradeParty") => attribute("schemeID", &codes::SCHEMES, "BR-CL-26"),
        "GlobalID" => attribute("schemeID", &codes::SCHEMES, "BR-CL-10"),
        "ID" if node.parent_is("OriginTradeCountry") => listed(&codes::COUNTRIES, value, "BR-CL-15", node, report),
        "ID" if !node.within("SpecifiedTaxRegistration") => attribute("schemeID", &codes::SCHEMES, "BR-CL-11"),
        "TypeCode" if node.parent_is("ExchangedDocument") => {
            let known = codes::INVOICE_TYPES.has(value) || codes::CREDIT_NOTE_TYPES.has(value);
            report.need_with(known, "BR-CL-01", Place::Node(node), || format!("{value:?} is no code of UNTDID 1001."));
        }
        "TypeCode" if node.parent_is("SpecifiedTradeSettlementPaymentMeans") => {
            listed(&codes::PAYMENT_MEANS, value, "BR-CL-16", node, report);
        }
        "InvoiceCurrencyCode" => listed(&codes::CURRENCIES, value, "BR-CL-04", node, report),
        "TaxCurrencyCode" => listed(&codes::CURRENCIES, value, "BR-CL-05", node, report),
        "DueDateTypeCode" => one_of(TAX_POINTS_CII, value, "BR-CL-06", node, report),
        "ReferenceTypeCode" => listed(&codes::REFERENCES, value, "BR-CL-07", node, report),
        "SubjectCode" => listed(&codes::NOTE_SUBJECTS, value, "BR-CL-08", node, report),
        "CountryID" => listed(&codes::COUNTRIES, value, "BR-CL-14", node, report),
        "CategoryCode" if node.parent_is("CategoryTradeTax") => listed(&codes::TAX_CATEGORIES, value, "BR-CL-17", node, report),
        "CategoryCode" if node.parent_is("ApplicableTradeTax") => listed(&codes::TAX_CATEGORIES, value, "BR-CL-18", node, report),
        "ReasonCode" if node.parent_is("SpecifiedTradeAllowanceCharge") => {
            let charge = node.parent.and_then(|parent| parent.element.text_at(&["ChargeIndicator", "Indicator"]));
            match super::super::values::indicator(charge) {
                Some(false) => listed(&codes::ALLOWANCE_REASONS, value, "BR-CL-19", node, report),
                Some(true) => listed(&codes::CHARGE_REASONS, value, "BR-CL-20", node, report),
                None => {}
            }
        }
        "ExemptionReasonCode" => listed(&codes::EXEMPTIONS, &value.to_uppercase(), "BR-CL-22", node, report),
        _ => {}
    }
}
