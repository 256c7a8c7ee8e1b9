//! Dutch suppliers: NL-R in Peppol, and the same as BR-NL in NLCIUS, which has some rules of its own.

use rust_decimal::Decimal;

use super::Sides;
use crate::domain::money::plausible;
use crate::reading::einvoice::rules::place::{BUYER, Place, REPRESENTATIVE, SELLER, TOTALS};
use crate::reading::einvoice::rules::report::Report;
use crate::reading::einvoice::tree::Element;

/// The ids of the shared rules, in the order in which [`check`] uses them.
pub(super) type Ids = [&'static str; 9];

/// Peppol's ids.
pub(super) const PEPPOL: Ids = ["NL-R-001", "NL-R-002", "NL-R-004", "NL-R-006", "NL-R-003", "NL-R-005", "NL-R-007", "NL-R-008", "NL-R-009"];
/// NLCIUS's ids.
pub(super) const NLCIUS: Ids = ["BR-NL-9", "BR-NL-3", "BR-NL-4", "BR-NL-5", "BR-NL-1", "BR-NL-10", "BR-NL-11", "BR-NL-12", "BR-NL-13"];

/// What NLCIUS advises against: rule, path, what it is.
const ADVICE: &[(&str, &[&str], &str)] = &[
    ("BR-NL-20", &["TaxPointDate"], "a tax point date (BT-7)"),
    ("BR-NL-21", &["InvoicePeriod", "DescriptionCode"], "a tax point code (BT-8)"),
    ("BR-NL-26", &["AccountingSupplierParty", "Party", "PartyLegalEntity", "CompanyLegalForm"], "the seller's legal form (BT-33)"),
    ("BR-NL-27", &["AccountingSupplierParty", "Party", "PostalAddress", "AddressLine"], "a third address line (BT-162)"),
    ("BR-NL-27", &["AccountingCustomerParty", "Party", "PostalAddress", "AddressLine"], "a third address line (BT-163)"),
    ("BR-NL-27", &["TaxRepresentativeParty", "PostalAddress", "AddressLine"], "a third address line (BT-164)"),
    ("BR-NL-27", &["Delivery", "DeliveryLocation", "Address", "AddressLine"], "a third address line (BT-165)"),
    ("BR-NL-28", &["AccountingSupplierParty", "Party", "PostalAddress", "CountrySubentity"], "a part of a country (BT-39)"),
    ("BR-NL-28", &["AccountingCustomerParty", "Party", "PostalAddress", "CountrySubentity"], "a part of a country (BT-54)"),
    ("BR-NL-28", &["TaxRepresentativeParty", "PostalAddress", "CountrySubentity"], "a part of a country (BT-68)"),
    ("BR-NL-28", &["Delivery", "DeliveryLocation", "Address", "CountrySubentity"], "a part of a country (BT-79)"),
    ("BR-NL-30", &["PaymentMeans", "PayeeFinancialAccount", "Name"], "the name of an account (BT-85)"),
    ("BR-NL-31", &["PaymentMeans", "PayeeFinancialAccount", "FinancialInstitutionBranch"], "a bank (BT-86)"),
    ("BR-NL-35", &["TaxTotal", "TaxSubtotal", "TaxCategory", "TaxExemptionReasonCode"], "an exemption reason code (BT-121)"),
];

/// Whether two sides are Dutch.
fn is_dutch(country: &str) -> bool {
    country.eq_ignore_ascii_case("NL")
}

pub(super) fn check(sides: &Sides, ids: Ids, report: &mut Report) {
    let [corrects, seller_address, buyer_address, their_address, seller_id, buyer_id, how, means_known, order] = ids;
    let root = sides.root;
    let dutch = is_dutch(sides.customer_at);
    let corrected = root.text_at(&["InvoiceTypeCode"]) == Some("384") && ids == NLCIUS;
    if root.has(&["CreditNoteTypeCode"]) || corrected {
        let number = root.has(&["BillingReference", "InvoiceDocumentReference", "ID"]);
        report.need(number, corrects, Place::Document, "A Dutch credit note must name the invoice that it corrects (BT-25).");
    }
    let representative = root.first(&["TaxRepresentativeParty"]);
    let their = representative.and_then(|party| party.text_at(super::COUNTRY)).is_some_and(is_dutch);
    let judged = [
        (sides.supplier, true, seller_address, SELLER, "A Dutch supplier's"),
        (sides.customer, dutch, buyer_address, BUYER, "A Dutch buyer's"),
        (representative, their, their_address, REPRESENTATIVE, "A Dutch tax representative's"),
    ];
    for (party, applies, rule, place, who) in judged {
        if let Some(address) = party.and_then(|party| party.first(&["PostalAddress"])).filter(|_| applies) {
            let whole = ["StreetName", "CityName", "PostalZone"].iter().all(|name| address.has(&[name]));
            report.need_with(whole, rule, place, || format!("{who} address must have street, city and post code."));
        }
    }
    for (party, applies, rule, place) in [(sides.supplier, true, seller_id, SELLER), (sides.customer, dutch, buyer_id, BUYER)] {
        let ids = party.filter(|_| applies).map(|party| party.all(&["PartyLegalEntity", "CompanyID"])).unwrap_or_default();
        let known = |id: &&Element| matches!(id.attribute("schemeID"), Some("0106" | "0190")) && id.text().is_some();
        report.need(ids.iter().all(known), rule, place, "A Dutch legal registration is a KVK (0106) or OIN (0190) number.");
    }
    if let Some(totals) = root.first(&["LegalMonetaryTotal"]) {
        let due = totals.text_at(&["PayableAmount"]).and_then(plausible);
        let owed = |due: Decimal| if root.name == "Invoice" { due <= Decimal::ZERO } else { due >= Decimal::ZERO };
        let fine = due.is_some_and(owed) || root.has(&["PaymentMeans"]);
        report.need(fine, how, TOTALS, "A Dutch supplier that is to be paid must say how (BG-16).");
    }
    for (i, means) in root.named("PaymentMeans").enumerate() {
        let known = matches!(means.text_at(&["PaymentMeansCode"]), Some("30" | "48" | "49" | "57" | "58" | "59"));
        let text = "Within the Netherlands payment is by transfer, card, debit or standing agreement.";
        report.need(known || !dutch, means_known, Place::Payment(i), text);
    }
    let line_order: [&[&str]; 2] = [&["InvoiceLine", "OrderLineReference", "LineID"], &["CreditNoteLine", "OrderLineReference", "LineID"]];
    let named = line_order.iter().all(|path| !root.has(path)) || root.has(&["OrderReference", "ID"]);
    report.need(named, order, Place::Document, "Lines name order lines, but the order is not named (BT-13).");
}

/// The rules that NLCIUS has and Peppol has not.
pub(super) fn nlcius(root: &Element, report: &mut Report) {
    let at = Place::Document;
    let code = root.text_at(&["InvoiceTypeCode"]).or(root.text_at(&["CreditNoteTypeCode"]));
    report.need(matches!(code, Some("380" | "381" | "384" | "389")), "BR-NL-7", at, "The type must be 380, 381, 384 or 389 (BT-3).");
    let fits = (root.name == "CreditNote") == (code == Some("381"));
    report.need(fits, "BR-NL-8", at, "Type 381 belongs to credit notes, and every credit note has it (BT-3).");
    for (rule, path, what) in ADVICE {
        if root.has(path) {
            report.advise(false, rule, at, &format!("In the Netherlands {what} is better left out."));
        }
    }
    let accounting = root.count(&["TaxTotal"]) > 1;
    report.advise(!accounting, "BR-NL-33", at, "In the Netherlands a VAT total in another currency (BT-111) is better left out.");
    let schemes = root.all(&["AccountingSupplierParty", "Party", "PartyTaxScheme"]);
    let local = schemes.iter().any(|one| one.has(&["CompanyID"]) && one.text_at(&["TaxScheme", "ID"]) != Some("VAT"));
    report.advise(!local, "BR-NL-25", SELLER, "In the Netherlands a tax registration other than for VAT (BT-32) is better left out.");
    for (i, one) in root.named("AllowanceCharge").enumerate().filter(|(_, one)| one.has(&["AllowanceChargeReasonCode"])) {
        let rule = if one.text_at(&["ChargeIndicator"]) == Some("true") { "BR-NL-34" } else { "BR-NL-32" };
        report.advise(false, rule, Place::Charge(i), "In the Netherlands a reason code is better left out.");
    }
}
