//! GR-R: Greek suppliers.

use super::{Sides, vat_id};
use crate::reading::einvoice::rules::identifiers::greek;
use crate::reading::einvoice::rules::place::{BUYER, Place, SELLER};
use crate::reading::einvoice::rules::report::Report;
use crate::reading::einvoice::tree::Element;

/// Greek document types that Peppol knows.
const TYPES: &[&str] = &["1.1", "1.6", "2.1", "2.4", "5.1", "5.2"];
/// Scheme of Greek electronic addresses.
const ADDRESS: &str = "9933";

pub(super) fn check(sides: &Sides, report: &mut Report) {
    number(sides, report);
    references(sides, report);
    let trading = |party: &Element| party.text_at(&["PartyName", "Name"]).is_some();
    if let Some(supplier) = sides.supplier {
        report.need(trading(supplier), "GR-R-002", SELLER, "A Greek supplier must give its name (BT-28).");
        report.advise(
            one_vat_id(supplier),
            "GR-S-011",
            SELLER,
            "A Greek supplier must have one VAT identifier, EL with a right check digit.",
        );
        let vat = vat_ids(supplier).all(|id| id.is_some_and(is_vat_id));
        report.need(vat, "GR-R-003", SELLER, "A Greek VAT identifier is EL with nine digits, the last a check digit.");
        let address = sides.supplier_at;
        let greek_seller =
            matches!(address, "GR" | "EL") || vat_id(supplier).is_some_and(|id| id.starts_with("EL") || id.starts_with("GR"));
        endpoint(supplier, greek_seller, "GR-R-009", SELLER, report);
    }
    let Some(customer) = sides.customer else { return };
    report.need(trading(customer), "GR-R-005", BUYER, "A Greek supplier must give its buyer's name (BT-45).");
    if sides.customer_greek() {
        report.need(one_vat_id(customer), "GR-R-006", BUYER, "A Greek buyer must have one VAT identifier, EL with a right check digit.");
        endpoint(customer, true, "GR-R-010", BUYER, report);
    }
}

fn is_vat_id(id: &str) -> bool {
    id.strip_prefix("EL").is_some_and(greek)
}

fn vat_ids<'a>(party: &'a Element<'a>) -> impl Iterator<Item = Option<&'a str>> {
    let vat = |one: &&Element| one.text_at(&["TaxScheme", "ID"]) == Some("VAT") && one.has(&["CompanyID"]);
    party.named("PartyTaxScheme").filter(vat).map(|one| one.text_at(&["CompanyID"]))
}

fn one_vat_id(party: &Element) -> bool {
    vat_ids(party).count() == 1 && vat_ids(party).all(|id| id.is_some_and(is_vat_id))
}

fn endpoint(party: &Element, judged: bool, rule: &str, place: Place, report: &mut Report) {
    if let Some(id) = party.first(&["EndpointID"]).filter(|_| judged) {
        let fine = id.attribute("schemeID") == Some(ADDRESS) && greek(id.value());
        report.need(fine, rule, place, "A Greek electronic address is the tax number under scheme 9933.");
    }
}

/// GR-R-001: the invoice number has six parts between bars: tax number, date, branch, type, series, number.
fn number(sides: &Sides, report: &mut Report) {
    let Some(id) = sides.root.value_at(&["ID"]) else { return };
    let parts: Vec<&str> = id.split('|').collect();
    let part = |i: usize| parts.get(i).copied().unwrap_or_default();
    let at = Place::Document;
    report.need(parts.len() == 6, "GR-R-001-1", at, "A Greek invoice number has six parts between bars.");
    let own = |party: Option<&Element>| party.and_then(vat_id).is_some_and(|id| id.get(2..11) == Some(part(0)));
    let seller = own(sides.supplier) || own(sides.root.first(&["TaxRepresentativeParty"]));
    let tax = greek(part(0)) && seller;
    report.need(tax, "GR-R-001-2", at, "The first part of a Greek invoice number is the supplier's tax number.");
    let mut issued: Vec<&str> = sides.root.text_at(&["IssueDate"]).unwrap_or_default().split('-').collect();
    issued.reverse();
    let day = part(1).split('/').eq(issued) && part(1).len() == 10;
    report.need(day, "GR-R-001-3", at, "The second part of a Greek invoice number is the issue date as DD/MM/YYYY.");
    let branch = !part(2).is_empty() && part(2).bytes().all(|byte| byte.is_ascii_digit());
    report.need(branch, "GR-R-001-4", at, "The third part of a Greek invoice number is the branch: zero or a positive number.");
    report.need(TYPES.contains(&part(3)), "GR-R-001-5", at, "The fourth part of a Greek invoice number is its type.");
    report.need(!part(4).is_empty(), "GR-R-001-6", at, "The fifth part of a Greek invoice number must not be empty.");
    report.need(!part(5).is_empty(), "GR-R-001-7", at, "The sixth part of a Greek invoice number must not be empty.");
}

/// GR-R-004, GR-R-008: the registration mark and the address of the invoice with the tax authority.
fn references(sides: &Sides, report: &mut Report) {
    let described = |text: &'static str| {
        let is = move |one: &&Element| one.text_at(&["DocumentDescription"]) == Some(text);
        sides.root.named("AdditionalDocumentReference").filter(is).collect::<Vec<_>>()
    };
    let (marks, links) = (described("##M.AR.K##"), described("##INVOICE|URL##"));
    let at = Place::Document;
    for link in &links {
        let uri = link.text_at(&["Attachment", "ExternalReference", "URI"]).is_some();
        report.need(uri, "GR-R-008-3", at, "The reference to the invoice's address has no address.");
    }
    if sides.supplier_at != "GR" {
        return;
    }
    report.need(marks.len() == 1, "GR-R-004-1", at, "A Greek invoice carries one registration mark (M.AR.K).");
    for mark in marks {
        let id = mark.value_at(&["ID"]);
        let positive = id.is_none_or(|id| id.starts_with(|c: char| ('1'..='9').contains(&c)));
        report.need(positive, "GR-R-004-2", at, "The registration mark (M.AR.K) is a positive number.");
    }
    report.advise(links.len() == 1, "GR-S-008-1", at, "A Greek invoice should carry the address of the invoice once.");
    report.need(links.len() <= 1, "GR-R-008-2", at, "A Greek invoice carries the address of the invoice once at most.");
}
