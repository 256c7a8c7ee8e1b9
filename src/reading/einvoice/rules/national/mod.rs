//! The rules that Peppol's members add for their own suppliers: Germany (shared with XRechnung),
//! Denmark, Greece, Iceland, Italy, the Netherlands, Norway and Sweden.

mod denmark;
mod greece;
mod netherlands;
mod north;
mod sweden;

use super::super::tree::Element;
use super::report::Report;
use super::xrechnung;
use crate::domain::einvoice::Invoice;

const SUPPLIER: &[&str] = &["AccountingSupplierParty", "Party"];
const CUSTOMER: &[&str] = &["AccountingCustomerParty", "Party"];
const COUNTRY: &[&str] = &["PostalAddress", "Country", "IdentificationCode"];

/// The two sides of an invoice, and where they are.
struct Sides<'a> {
    root: &'a Element<'a>,
    supplier: Option<&'a Element<'a>>,
    customer: Option<&'a Element<'a>>,
    /// Of the postal address, as written.
    supplier_at: &'a str,
    customer_at: &'a str,
    /// Of the VAT identifier, else of the address; upper case.
    supplier_country: String,
    customer_country: String,
}

impl<'a> Sides<'a> {
    fn of(root: &'a Element<'a>) -> Self {
        let (supplier, customer) = (root.first(SUPPLIER), root.first(CUSTOMER));
        let at = |party: Option<&'a Element<'a>>| party.and_then(|party| party.text_at(COUNTRY)).unwrap_or_default();
        let representative = root.first(&["TaxRepresentativeParty"]);
        let prefix = |party: Option<&'a Element<'a>>| party.and_then(vat_id).map(|id| id.chars().take(2).collect::<String>());
        let country = |of_vat: Option<String>, at: &str| of_vat.unwrap_or_else(|| at.to_owned()).trim().to_uppercase();
        Self {
            root,
            supplier,
            customer,
            supplier_at: at(supplier),
            customer_at: at(customer),
            supplier_country: country(prefix(supplier).or_else(|| prefix(representative)), at(supplier)),
            customer_country: country(prefix(customer), at(customer)),
        }
    }

    fn supplier_greek(&self) -> bool {
        matches!(self.supplier_country.as_str(), "GR" | "EL")
    }

    fn customer_greek(&self) -> bool {
        matches!(self.customer_country.as_str(), "GR" | "EL")
    }
}

/// The VAT identifier of a party.
fn vat_id<'a>(party: &'a Element<'a>) -> Option<&'a str> {
    party.named("PartyTaxScheme").find(|one| one.text_at(&["TaxScheme", "ID"]) == Some("VAT")).and_then(|one| one.value_at(&["CompanyID"]))
}

pub(super) fn check(root: &Element, invoice: &Invoice, report: &mut Report) {
    let sides = Sides::of(root);
    let same = |country: &str| sides.supplier_at.eq_ignore_ascii_case(country) && sides.customer_at.eq_ignore_ascii_case(country);
    if same("DE") {
        xrechnung::german(invoice, xrechnung::Family::Peppol, report);
    }
    if sides.supplier_at == "DK" {
        denmark::check(&sides, report);
    }
    if sides.supplier_at == "SE" {
        sweden::check(&sides, report);
    }
    if sides.supplier_greek() {
        greece::check(&sides, report);
    }
    if sides.supplier_at.eq_ignore_ascii_case("NL") {
        netherlands::check(&sides, netherlands::PEPPOL, report);
    }
    north::check(&sides, report);
}

/// NLCIUS (BR-NL): the Dutch rules under their own names, with what only they have.
pub(super) fn check_nlcius(root: &Element, report: &mut Report) {
    let sides = Sides::of(root);
    if sides.supplier_at.eq_ignore_ascii_case("NL") {
        netherlands::check(&sides, netherlands::NLCIUS, report);
    }
    netherlands::nlcius(root, report);
}
