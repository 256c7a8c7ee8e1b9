//! SE-R: Swedish suppliers.

use super::{Sides, vat_id};
use crate::reading::einvoice::rules::identifiers;
use crate::reading::einvoice::rules::place::{Place, SELLER};
use crate::reading::einvoice::rules::report::Report;
use crate::reading::einvoice::tree::Element;

/// The tax status that a Swedish supplier states in BT-32.
const TAX_STATUS: &str = "GODKÄND FÖR F-SKATT";

pub(super) fn check(sides: &Sides, report: &mut Report) {
    let Some(supplier) = sides.supplier else { return };
    let vat = vat_id(supplier).filter(|id| id.starts_with("SE"));
    if let Some(id) = vat {
        report.need(id.chars().count() == 14, "SE-R-001", SELLER, "A Swedish VAT identifier has fourteen characters.");
        let digits = id.chars().skip(2).take(12);
        let number = digits.clone().count() > 0 && digits.clone().all(|c| c.is_ascii_digit());
        report.need(number, "SE-R-002", SELLER, "A Swedish VAT identifier has digits only behind SE.");
        rates(sides.root, report);
    }
    let legal = supplier.value_at(&["PartyLegalEntity", "CompanyID"]);
    if let Some(id) = legal {
        let number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        report.need(number, "SE-R-003", SELLER, "A Swedish organisation number has digits only (BT-30).");
        report.need(id.chars().count() == 10, "SE-R-004", SELLER, "A Swedish organisation number has ten digits (BT-30).");
        report.need(identifiers::swedish(id), "SE-R-013", SELLER, "The Swedish organisation number's check digit is wrong (BT-30).");
        for scheme in supplier.named("PartyTaxScheme") {
            let other = !scheme.text_at(&["TaxScheme", "ID"]).is_some_and(|id| id.eq_ignore_ascii_case("VAT"));
            let status = scheme.value_at(&["CompanyID"]).filter(|_| other);
            let fine = status.is_none_or(|status| status.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase() == TAX_STATUS);
            report.need(fine, "SE-R-005", SELLER, "A Swedish supplier's tax registration (BT-32) states that it is approved for F-tax.");
        }
    }
    for (i, means) in sides.root.named("PaymentMeans").enumerate() {
        payment(means, sides, Place::Payment(i), report);
    }
}

/// SE-R-006: Sweden's standard rates.
fn rates(root: &Element, report: &mut Report) {
    let charges = root.all(&["AllowanceCharge", "TaxCategory"]);
    let totals = root.all(&["TaxTotal", "TaxSubtotal", "TaxCategory"]);
    let lines =
        [root.all(&["InvoiceLine", "Item", "ClassifiedTaxCategory"]), root.all(&["CreditNoteLine", "Item", "ClassifiedTaxCategory"])];
    for category in charges.into_iter().chain(totals).chain(lines.into_iter().flatten()) {
        if category.text_at(&["ID"]) == Some("S") {
            let rate = category.text_at(&["Percent"]).and_then(crate::domain::money::plausible);
            let known = rate.is_some_and(|rate| [25, 12, 6].iter().any(|known| rate == rust_decimal::Decimal::from(*known)));
            report.need(known, "SE-R-006", Place::Document, "Sweden's VAT rates are 25, 12 and 6 percent.");
        }
    }
}

/// SE-R-007 to 012.
fn payment(means: &Element, sides: &Sides, place: Place, report: &mut Report) {
    let code = means.text_at(&["PaymentMeansCode"]).unwrap_or_default();
    let branch = means.text_at(&["PayeeFinancialAccount", "FinancialInstitutionBranch", "ID"]);
    if let ("30", Some(id)) = (code, means.value_at(&["PayeeFinancialAccount", "ID"])) {
        let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        let length = id.chars().count();
        match branch {
            Some("SE:PLUSGIRO") => {
                report.advise(digits, "SE-R-007", place, "A Plusgiro number has digits only.");
                report.advise((2..=8).contains(&length), "SE-R-010", place, "A Plusgiro number has two to eight digits.");
            }
            Some("SE:BANKGIRO") => {
                report.advise(digits, "SE-R-008", place, "A Bankgiro number has digits only.");
                report.advise(matches!(length, 7 | 8), "SE-R-009", place, "A Bankgiro number has seven or eight digits.");
            }
            _ => {}
        }
    }
    let other = !matches!(code, "50" | "56");
    report.advise(other, "SE-R-011", place, "Bankgiro and Plusgiro are paid as credit transfer (30), with their branch named.");
    let domestic = !(code == "31" && sides.customer_at == "SE");
    report.advise(domestic, "SE-R-012", place, "Within Sweden a credit transfer is code 30, not 31.");
}
