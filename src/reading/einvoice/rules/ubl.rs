//! Rules about UBL: what may stand how often (UBL-SR), and how values are written (UBL-DT).

use super::super::tree::Element;
use super::coded;
use super::place::{BUYER, Node, Place, SELLER};
use super::report::Report;
use super::walk::walk;
use crate::domain::einvoice::Severity;

/// A path of element names.
type Path = &'static [&'static str];

const SUPPLIER: &str = "AccountingSupplierParty";
const CUSTOMER: &str = "AccountingCustomerParty";

/// What may stand once at most in a document: rule, path, what it is.
#[rustfmt::skip]
const ONCE: &[(&str, Path, &str)] = &[
    ("UBL-SR-01", &["ContractDocumentReference", "ID"], "the contract (BT-12)"),
    ("UBL-SR-02", &["ReceiptDocumentReference", "ID"], "the receiving advice (BT-15)"),
    ("UBL-SR-03", &["DespatchDocumentReference", "ID"], "the despatch advice (BT-16)"),
    ("UBL-SR-05", &["PaymentTerms", "Note"], "the payment terms (BT-20)"),
    ("UBL-SR-08", &["InvoicePeriod"], "the invoicing period (BG-14)"),
    ("UBL-SR-09", &[SUPPLIER, "Party", "PartyLegalEntity", "RegistrationName"], "the seller's name (BT-27)"),
    ("UBL-SR-10", &[SUPPLIER, "Party", "PartyName", "Name"], "the seller's trading name (BT-28)"),
    ("UBL-SR-11", &[SUPPLIER, "Party", "PartyLegalEntity", "CompanyID"], "the seller's legal registration (BT-30)"),
    ("UBL-SR-14", &[SUPPLIER, "Party", "PartyLegalEntity", "CompanyLegalForm"], "the seller's legal form (BT-33)"),
    ("UBL-SR-15", &[CUSTOMER, "Party", "PartyLegalEntity", "RegistrationName"], "the buyer's name (BT-44)"),
    ("UBL-SR-16", &[CUSTOMER, "Party", "PartyIdentification", "ID"], "the buyer's identifier (BT-46)"),
    ("UBL-SR-17", &[CUSTOMER, "Party", "PartyLegalEntity", "CompanyID"], "the buyer's legal registration (BT-47)"),
    ("UBL-SR-24", &["Delivery"], "the delivery (BG-13)"),
    ("UBL-SR-39", &["ProjectReference", "ID"], "the project (BT-11)"),
    ("UBL-SR-40", &[CUSTOMER, "Party", "PartyName", "Name"], "the buyer's trading name (BT-45)"),
    ("UBL-SR-45", &["PaymentMeans", "PaymentDueDate"], "the due date (BT-9)"),
    ("UBL-SR-49", &["InvoicePeriod", "DescriptionCode"], "the tax point code (BT-8)"),
    ("UBL-SR-54", &["PaymentMeans", "CardAccount"], "the payment card (BG-18)"),
    ("UBL-SR-55", &["PaymentMeans", "PaymentMandate"], "the direct debit (BG-19)"),
    ("UBL-SR-56", &["OriginatorDocumentReference", "ID"], "the tender (BT-17)"),
];

/// What may stand once at most in a line.
#[rustfmt::skip]
const ONCE_IN_LINE: &[(&str, Path, &str)] = &[
    ("UBL-SR-34", &["Note"], "the line's note (BT-127)"),
    ("UBL-SR-35", &["OrderLineReference", "LineID"], "the order line (BT-132)"),
    ("UBL-SR-36", &["InvoicePeriod"], "the line's period (BG-26)"),
    ("UBL-SR-37", &["Price", "AllowanceCharge", "Amount"], "the price discount (BT-147)"),
    ("UBL-SR-50", &["Item", "Description"], "the item's description (BT-154)"),
    ("UBL-SR-52", &["DocumentReference"], "the line's object (BT-128)"),
];

/// What may stand once at most in an element of some name.
#[rustfmt::skip]
const ONCE_IN: &[(&str, &str, Path, &str)] = &[
    ("UBL-SR-06", "BillingReference", &["InvoiceDocumentReference"], "a preceding invoice (BG-3)"),
    ("UBL-SR-22", "TaxRepresentativeParty", &["PartyName", "Name"], "the representative's name (BT-62)"),
    ("UBL-SR-23", "TaxRepresentativeParty", &["PartyTaxScheme", "CompanyID"], "the representative's VAT identifier (BT-63)"),
    ("UBL-SR-25", "Delivery", &["DeliveryParty", "PartyName", "Name"], "the deliver-to name (BT-70)"),
    ("UBL-SR-26", "PaymentMeans", &["PaymentID"], "the remittance information (BT-83)"),
    ("UBL-SR-27", "PaymentMeans", &["PaymentMeansCode"], "the code of a way to pay (BT-81)"),
    ("UBL-SR-28", "PaymentMeans", &["PaymentMandate", "ID"], "the mandate (BT-89)"),
    ("UBL-SR-32", "TaxSubtotal", &["TaxCategory", "TaxExemptionReason"], "the exemption reason (BT-120)"),
    ("UBL-SR-33", "AdditionalDocumentReference", &["DocumentDescription"], "a supporting document's description (BT-123)"),
    ("UBL-SR-51", "PostalAddress", &["AddressLine"], "a third address line"),
    ("UBL-SR-51", "Address", &["AddressLine"], "a third address line"),
];

/// Attributes that EN 16931 does not use.
#[rustfmt::skip]
const UNUSED_ATTRIBUTES: &[(&str, &str)] = &[
    ("UBL-DT-08", "schemeName"), ("UBL-DT-09", "schemeAgencyName"), ("UBL-DT-10", "schemeDataURI"), ("UBL-DT-11", "schemeURI"),
    ("UBL-DT-12", "format"), ("UBL-DT-13", "unitCodeListIdentifier"), ("UBL-DT-14", "unitCodeListAgencyIdentifier"),
    ("UBL-DT-15", "unitCodeListAgencyName"), ("UBL-DT-16", "listAgencyName"), ("UBL-DT-17", "listName"), ("UBL-DT-18", "name"),
    ("UBL-DT-19", "languageID"), ("UBL-DT-20", "listURI"), ("UBL-DT-21", "listSchemeURI"), ("UBL-DT-22", "languageLocaleID"),
    ("UBL-DT-23", "uri"), ("UBL-DT-24", "currencyCodeListVersionID"), ("UBL-DT-25", "characterSetCode"), ("UBL-DT-26", "encodingCode"),
    ("UBL-DT-27", "schemeAgencyID"), ("UBL-DT-28", "listAgencyID"),
];

pub(super) fn check(root: &Element, report: &mut Report) {
    for (rule, path, what) in ONCE {
        once(root.count(path), rule, what, Place::Document, report);
    }
    registrations(root, report);
    let nobody = root.has(&[SUPPLIER]) && !root.has(&[SUPPLIER, "Party"]);
    report.need(!nobody, "BR-CO-26", SELLER, "The seller has no identifier (BT-29), legal registration (BT-30) or VAT identifier (BT-31).");
    let objects = root.named("AdditionalDocumentReference").filter(|one| one.text_at(&["DocumentTypeCode"]) == Some("130"));
    once(objects.map(|one| one.count(&["ID"])).sum(), "UBL-SR-04", "the invoiced object (BT-18)", Place::Document, report);
    let mut several = Several::default();
    let mut unused = Vec::new();
    walk(root, &mut |node| {
        coded::ubl(node, report);
        written(node, report);
        structure(node, root, report);
        several.see(node.element);
        for (name, _) in node.element.attributes() {
            if let Some((rule, _)) = UNUSED_ATTRIBUTES.iter().find(|(_, unused)| *unused == name)
                && !(name == "name" && node.element.is("PaymentMeansCode"))
                && !unused.contains(rule)
            {
                unused.push(*rule);
                let text = format!("The attribute {name} is not used by EN 16931.");
                report.add(rule, Severity::Warning, Place::Node(node), text);
            }
        }
    });
    several.judge(report);
}

fn once(count: usize, rule: &str, what: &str, place: Place, report: &mut Report) {
    report.need_with(count <= 1, rule, place, || format!("There are {count} of what may stand once: {what}."));
}

/// UBL-SR-12, 13, 18: one VAT identifier, one other registration.
fn registrations(root: &Element, report: &mut Report) {
    let count = |party: &str, vat: bool| {
        let is_vat = |scheme: &&Element| {
            scheme.has(&["TaxScheme"]) && scheme.text_at(&["TaxScheme", "ID"]).is_some_and(|id| id.eq_ignore_ascii_case("VAT")) == vat
        };
        root.all(&[party, "Party", "PartyTaxScheme"]).into_iter().filter(is_vat).map(|scheme| scheme.count(&["CompanyID"])).sum()
    };
    once(count(SUPPLIER, true), "UBL-SR-12", "the seller's VAT identifier (BT-31)", SELLER, report);
    once(count(SUPPLIER, false), "UBL-SR-13", "the seller's tax registration (BT-32)", SELLER, report);
    once(count(CUSTOMER, true), "UBL-SR-18", "the buyer's VAT identifier (BT-48)", BUYER, report);
    let schemes = root.count(&[SUPPLIER, "Party", "PartyTaxScheme"]);
    report.need(schemes <= 2, "UBL-SR-42", SELLER, "The seller has more than two tax registrations (BT-31, BT-32).");
}

/// UBL-DT-01, 06, 07.
fn written(node: &Node, report: &mut Report) {
    let (element, name) = (node.element, node.element.name);
    if name.ends_with("Amount") && !name.ends_with("PriceAmount") {
        let value = element.value();
        let fine = value.split_once('.').is_none_or(|(_, decimals)| decimals.len() <= 2);
        let of_price = !fine && node.parent_is("AllowanceCharge") && node.parent.is_some_and(|parent| parent.parent_is("Price"));
        report.need_with(fine || of_price, "UBL-DT-01", Place::Node(node), || format!("The amount {value} has more than two decimals."));
    }
    if name.ends_with("BinaryObject") {
        report.need(element.attribute("mimeCode").is_some(), "UBL-DT-06", Place::Node(node), "An attachment does not say its media type.");
        report.need(element.attribute("filename").is_some(), "UBL-DT-07", Place::Node(node), "An attachment has no file name.");
    }
}

/// The rules about the insides of one element.
fn structure(node: &Node, root: &Element, report: &mut Report) {
    let (element, place) = (node.element, Place::Node(node));
    match element.name {
        "InvoiceLine" | "CreditNoteLine" => {
            for (rule, path, what) in ONCE_IN_LINE {
                once(element.count(path), rule, what, place, report);
            }
            let categories = element.count(&["Item", "ClassifiedTaxCategory"]);
            report.need_with(categories == 1, "UBL-SR-48", place, || {
                format!("A line has {categories} VAT categories (BT-151): it must have one.")
            });
        }
        "PayeeParty" => payee(element, root, place, report),
        "AllowanceCharge" => {
            let charge = super::super::values::indicator(element.text_at(&["ChargeIndicator"]));
            let rule = if charge == Some(true) { "UBL-SR-31" } else { "UBL-SR-30" };
            once(element.count(&["AllowanceChargeReason"]), rule, "the reason of an allowance or charge", place, report);
        }
        "PartyTaxScheme" => {
            let whole = element.has(&["TaxScheme", "ID"]) && element.has(&["CompanyID"]);
            report.need(whole, "UBL-SR-53", place, "A tax registration must have its identifier and its scheme.");
        }
        "BillingReference" => {
            let number = element.has(&["InvoiceDocumentReference", "ID"]);
            report.need(number, "UBL-SR-07", place, "A preceding invoice is referred to without its number (BT-25).");
        }
        "AdditionalDocumentReference" => {
            let object = element.text_at(&["DocumentTypeCode"]) == Some("130");
            let text = "The invoiced object (BT-18) has neither an attachment nor a description.";
            report.need(!(object && element.has(&["Attachment"])), "UBL-CR-666", place, text);
            report.need(!(object && element.has(&["DocumentDescription"])), "UBL-CR-673", place, text);
            let named = element.text_at(&["ID"]).is_some();
            report.need(named, "BR-52", place, "A supporting document has no reference (BT-122).");
            let code = element.text_at(&["DocumentTypeCode"]);
            let plain = code.is_none() && !element.has(&["DocumentTypeCode"]);
            let scheme = element.first(&["ID"]).is_some_and(|id| id.attribute("schemeID").is_some());
            let fine = code == Some("130") || (root.name == "CreditNote" && code == Some("50")) || (plain && !scheme);
            report.need(fine, "UBL-SR-43", place, "A scheme or document type may stand only with the invoiced object (type 130, BT-18).");
        }
        _ => {}
    }
    for (rule, name, path, what) in ONCE_IN {
        if element.is(name) {
            once(element.count(path), rule, what, place, report);
        }
    }
}

/// UBL-SR-19 to 21: a payee has one name, identifier and registration, and is not the seller.
fn payee(payee: &Element, root: &Element, place: Place, report: &mut Report) {
    let seller = root.text_at(&[SUPPLIER, "Party", "PartyLegalEntity", "RegistrationName"]);
    let name = payee.text_at(&["PartyName", "Name"]);
    let other = name.is_some() && seller.is_some() && name != seller;
    let creditor = |id: &&Element| id.attribute("schemeID").is_some_and(|scheme| !scheme.eq_ignore_ascii_case("SEPA"));
    let identifiers = payee.all(&["PartyIdentification", "ID"]).into_iter().filter(creditor).count();
    let counts = [
        ("UBL-SR-19", payee.count(&["PartyName", "Name"])),
        ("UBL-SR-20", identifiers),
        ("UBL-SR-21", payee.count(&["PartyLegalEntity", "CompanyID"])),
    ];
    for (rule, count) in counts {
        let text = "A payee has one name, one identifier and one registration, and another name than the seller.";
        report.need(count <= 1 && other, rule, place, text);
    }
}

/// What may have one value only in the whole document.
#[derive(Default)]
struct Several {
    remittance: Vec<String>,
    means: Vec<String>,
    names: usize,
    creditors: usize,
}

impl Several {
    fn see(&mut self, element: &Element) {
        let note = |values: &mut Vec<String>| {
            if !values.iter().any(|value| value == element.value()) && values.len() < 2 {
                values.push(element.value().to_owned());
            }
        };
        match element.name {
            "PaymentID" => note(&mut self.remittance),
            "PaymentMeansCode" => {
                note(&mut self.means);
                self.names += usize::from(element.attribute("name").is_some());
            }
            "ID" if element.attribute("schemeID").is_some_and(|scheme| scheme.eq_ignore_ascii_case("SEPA")) => self.creditors += 1,
            _ => {}
        }
    }

    fn judge(self, report: &mut Report) {
        let at = Place::Document;
        report.need(self.remittance.len() <= 1, "UBL-SR-44", at, "There are several remittance informations (BT-83): one only.");
        report.need(self.means.len() <= 1, "UBL-SR-47", at, "There are ways to pay of several codes (BT-81): one code only.");
        once(self.names, "UBL-SR-46", "the text of a way to pay (BT-82)", at, report);
        once(self.creditors, "UBL-SR-29", "the creditor identifier (BT-90)", at, report);
    }
}
