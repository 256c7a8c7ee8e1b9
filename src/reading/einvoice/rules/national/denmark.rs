//! DK-R: Danish suppliers.

use super::Sides;
use crate::reading::einvoice::rules::place::{Place, SELLER};
use crate::reading::einvoice::rules::report::Report;
use crate::reading::einvoice::tree::Element;

/// Ways to pay that Denmark knows.
const MEANS: &[&str] = &["1", "10", "31", "42", "48", "49", "50", "58", "59", "93", "97"];
/// Editions of UNSPSC that Denmark takes.
const UNSPSC: &[&str] = &["19.05.01", "19.0501", "26.08.01", "26.0801"];

pub(super) fn check(sides: &Sides, report: &mut Report) {
    let root = sides.root;
    let id = sides.supplier.and_then(|supplier| supplier.first(&["PartyLegalEntity", "CompanyID"]));
    report.need(id.is_some_and(|id| id.text().is_some()), "DK-R-002", SELLER, "A Danish supplier must give its company number (BT-30).");
    let scheme = id.is_none_or(|id| id.attribute("schemeID") == Some("0184"));
    report.need(scheme, "DK-R-014", SELLER, "A Danish supplier's company number must be of scheme 0184 (BT-30-1).");
    if sides.customer_at != "DK" {
        return;
    }
    let negative = root.text_at(&["LegalMonetaryTotal", "PayableAmount"]).is_some_and(|due| due.starts_with('-'));
    let fine = !(root.name == "CreditNote" && negative);
    report.need(fine, "DK-R-016", Place::Document, "A credit note within Denmark must not have a negative amount due (BT-115).");
    for party in [sides.supplier, sides.customer].into_iter().flatten() {
        let named = |id: &Element| id.attribute("schemeID").is_some_and(|scheme| !scheme.trim().is_empty());
        let all = party.all(&["PartyIdentification", "ID"]).into_iter().all(named);
        report.need(all, "DK-R-013", Place::Document, "Within Denmark an identifier of a party must name its scheme.");
    }
    if root.name == "Invoice" {
        for (i, means) in root.named("PaymentMeans").enumerate() {
            payment(means, Place::Payment(i), report);
        }
    }
    let lines = root.children().iter().filter(|child| child.is("InvoiceLine") || child.is("CreditNoteLine"));
    for (i, line) in lines.enumerate() {
        let codes = line.all(&["Item", "CommodityClassification", "ItemClassificationCode"]);
        let unspsc = codes.iter().any(|code| code.attribute("listID") == Some("TST"));
        let edition = codes.iter().any(|code| code.attribute("listVersionID").is_some_and(|version| UNSPSC.contains(&version)));
        report.advise(
            !unspsc || edition,
            "DK-R-003",
            Place::Line(i),
            "UNSPSC codes of a Danish supplier must be of edition 19.05.01 or 26.08.01.",
        );
        for (j, one) in line.named("AllowanceCharge").enumerate() {
            duty(one, Place::LineCharge(i, j), report);
        }
    }
    for (i, one) in root.named("AllowanceCharge").enumerate() {
        duty(one, Place::Charge(i), report);
    }
}

/// DK-R-004: a reason ZZZ carries a duty's four digits, or text with a `#` inside.
fn duty(one: &Element, place: Place, report: &mut Report) {
    if one.text_at(&["AllowanceChargeReasonCode"]) != Some("ZZZ") {
        return;
    }
    let reason = one.text_at(&["AllowanceChargeReason"]).unwrap_or_default();
    let digits = reason.len() == 4 && reason.bytes().all(|byte| byte.is_ascii_digit());
    let marked = reason.contains('#') && !reason.starts_with('#') && !reason.ends_with('#');
    report.need(digits || marked, "DK-R-004", place, "A reason ZZZ must carry the duty's four digits, or a text with # between its parts.");
}

/// DK-R-005 to 011: what each way to pay needs.
fn payment(means: &Element, place: Place, report: &mut Report) {
    let code = means.text_at(&["PaymentMeansCode"]).unwrap_or_default();
    report.need(MEANS.contains(&code), "DK-R-005", place, "Denmark does not know this way to pay (BT-81).");
    let account = means.text_at(&["PayeeFinancialAccount", "ID"]).unwrap_or_default();
    let id = means.text_at(&["PaymentID"]).unwrap_or_default();
    let begins = |kinds: &[&str]| kinds.iter().any(|kind| id.starts_with(kind));
    let digits = |least: usize, most: usize| (least..=most).contains(&account.len()) && account.bytes().all(|byte| byte.is_ascii_digit());
    match code {
        "31" | "42" => {
            let branch = means.text_at(&["PayeeFinancialAccount", "FinancialInstitutionBranch", "ID"]).is_some();
            report.need(!account.is_empty() && branch, "DK-R-006", place, "A bank transfer must name account and registration number.");
        }
        "49" => {
            let mandate = means.text_at(&["PaymentMandate", "ID"]).is_some();
            let payer = means.text_at(&["PaymentMandate", "PayerFinancialAccount", "ID"]).is_some();
            report.need(mandate && payer, "DK-R-007", place, "A direct debit must name mandate and debited account (BT-89, BT-91).");
        }
        "50" => {
            let fine = begins(&["01#", "04#", "15#"]) && digits(7, 8);
            report.need(fine, "DK-R-008", place, "A giro payment needs kind 01, 04 or 15 and a creditor number of seven or eight digits.");
            let length = !begins(&["04#", "15#"]) || id.chars().count() == 19;
            report.need(length, "DK-R-009", place, "A giro payment of kind 04 or 15 needs a payment reference of sixteen digits.");
        }
        "93" => {
            let fine = begins(&["71#", "73#", "75#"]) && account.chars().count() == 8;
            report.need(fine, "DK-R-010", place, "A FIK payment needs kind 71, 73 or 75 and a creditor number of eight digits.");
            let length = !begins(&["71#", "75#"]) || matches!(id.chars().count(), 18 | 19);
            report.need(
                length,
                "DK-R-011",
                place,
                "A FIK payment of kind 71 or 75 needs a payment reference of fifteen or sixteen digits.",
            );
        }
        _ => {}
    }
}
