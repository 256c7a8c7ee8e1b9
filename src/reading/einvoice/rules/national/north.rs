//! IS-R, IT-R and NO-R: Icelandic, Italian and Norwegian suppliers.

use jiff::civil::Date;

use super::Sides;
use crate::reading::einvoice::rules::identifiers::mod11;
use crate::reading::einvoice::rules::place::{BUYER, Place, SELLER};
use crate::reading::einvoice::rules::report::Report;
use crate::reading::einvoice::tree::Element;

pub(super) fn check(sides: &Sides, report: &mut Report) {
    match sides.supplier_country.as_str() {
        "NO" => norway(sides, report),
        "IT" => italy(sides, report),
        _ => {}
    }
    if sides.supplier_at == "IS" {
        iceland(sides, report);
    }
}

fn norway(sides: &Sides, report: &mut Report) {
    let Some(supplier) = sides.supplier else { return };
    let of = |scheme: &str| {
        let found = supplier.named("PartyTaxScheme").find(|one| one.text_at(&["TaxScheme", "ID"]) == Some(scheme));
        found.and_then(|one| one.text_at(&["CompanyID"]))
    };
    let registered = of("TAX") == Some("Foretaksregisteret");
    report.advise(registered, "NO-R-002", SELLER, "A Norwegian supplier states that it is registered (Foretaksregisteret) in BT-32.");
    if let Some(id) = of("VAT").and_then(|id| id.strip_prefix("NO")) {
        let fine = id.strip_suffix("MVA").is_some_and(|number| number.len() == 9 && mod11(number));
        report.need(fine, "NO-R-001", SELLER, "A Norwegian VAT identifier is NO, nine digits with a check digit, and MVA.");
    }
}

fn italy(sides: &Sides, report: &mut Report) {
    let Some(supplier) = sides.supplier else { return };
    for scheme in supplier.named("PartyTaxScheme") {
        let other = scheme.value_at(&["TaxScheme", "ID"]).is_some_and(|id| id != "VAT");
        let id = scheme.text_at(&["CompanyID"]).unwrap_or_default();
        let fine = (11..=16).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        report.need(!other || fine, "IT-R-001", SELLER, "An Italian fiscal code has eleven to sixteen capitals and digits (BT-32).");
    }
    let has = |name: &str| supplier.has(&["PostalAddress", name]);
    report.need(has("StreetName"), "IT-R-002", SELLER, "An Italian supplier must give its street (BT-35).");
    report.need(has("CityName"), "IT-R-003", SELLER, "An Italian supplier must give its city (BT-37).");
    report.need(has("PostalZone"), "IT-R-004", SELLER, "An Italian supplier must give its post code (BT-38).");
}

fn iceland(sides: &Sides, report: &mut Report) {
    let (root, at) = (sides.root, Place::Document);
    let known = |party: Option<&Element>| {
        let id = party.and_then(|party| party.first(&["PartyLegalEntity", "CompanyID"]));
        id.is_some_and(|id| id.attribute("schemeID") == Some("0196"))
    };
    let placed = |party: Option<&Element>| {
        party.is_some_and(|party| party.has(&["PostalAddress", "StreetName"]) && party.has(&["PostalAddress", "PostalZone"]))
    };
    let code = root.text_at(&["InvoiceTypeCode"]).or(root.text_at(&["CreditNoteTypeCode"]));
    report.advise(matches!(code, Some("380" | "381")), "IS-R-001", at, "An Icelandic supplier uses the types 380 and 381 only (BT-3).");
    report.need(known(sides.supplier), "IS-R-002", SELLER, "An Icelandic supplier must give its kennitala (scheme 0196) in BT-30.");
    report.need(placed(sides.supplier), "IS-R-003", SELLER, "An Icelandic supplier must give its street and post code.");
    if sides.customer_at == "IS" {
        report.need(known(sides.customer), "IS-R-004", BUYER, "An Icelandic buyer must be named by its kennitala (scheme 0196) in BT-47.");
        report.need(placed(sides.customer), "IS-R-005", BUYER, "An Icelandic buyer's street and post code must be given.");
    }
    for (rule, code) in [("IS-R-006", "9"), ("IS-R-007", "42")] {
        let of_code = root.named("PaymentMeans").filter(|means| means.text_at(&["PaymentMeansCode"]) == Some(code));
        let account = |means: &Element| means.text_at(&["PayeeFinancialAccount", "ID"]).is_some_and(|id| id.chars().count() == 12);
        report.need(of_code.into_iter().all(account), rule, at, "An Icelandic account has twelve digits (BT-84).");
    }
    let last = |one: &&Element| one.text_at(&["DocumentDescription"]) == Some("EINDAGI");
    let Some(last) = root.named("AdditionalDocumentReference").find(last) else { return };
    let due = root.text_at(&["DueDate"]);
    let day = last.text_at(&["ID"]).filter(|text| text.len() == 10).and_then(|text| text.parse::<Date>().ok());
    report.need(day.is_some(), "IS-R-008", at, "The last day to pay (EINDAGI) must be a date of the form YYYY-MM-DD.");
    report.need(due.is_some(), "IS-R-009", at, "A last day to pay (EINDAGI) needs a due date (BT-9).");
    let order = due.and_then(|due| due.parse::<Date>().ok()).zip(day).is_none_or(|(due, last)| due <= last);
    report.need(order, "IS-R-010", at, "The last day to pay (EINDAGI) must not be before the due date (BT-9).");
}
