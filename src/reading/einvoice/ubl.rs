//! UBL 2.1 Invoice and CreditNote.

use super::{address, decimal, in_currency, is_credit_note, one_line, set, set_date, set_due_date, set_iban, tree::Element, unit_price};
use crate::domain::{DocumentType, Extraction, FieldName, LineItem};

pub(super) fn read(root: &Element) -> Extraction {
    let mut found = Extraction::default();
    let credit = root.name == "CreditNote" || is_credit_note(root.text_at(&["InvoiceTypeCode"]).or(root.text_at(&["CreditNoteTypeCode"])));
    found.document_type = if credit { DocumentType::CreditNote } else { DocumentType::Invoice };
    set(&mut found, FieldName::InvoiceNumber, root.text_at(&["ID"]));
    set_date(&mut found, FieldName::IssueDate, root.text_at(&["IssueDate"]));
    let due = root.texts(&["DueDate"]);
    set_due_date(&mut found, &if due.is_empty() { root.texts(&["PaymentMeans", "PaymentDueDate"]) } else { due });
    set(&mut found, FieldName::PurchaseOrder, root.text_at(&["OrderReference", "ID"]));
    set_iban(&mut found, &root.texts(&["PaymentMeans", "PayeeFinancialAccount", "ID"]));
    if let Some(supplier) = root.first(&["AccountingSupplierParty", "Party"]) {
        set(&mut found, FieldName::SupplierName, name(supplier));
        set(&mut found, FieldName::SupplierTaxId, tax_id(supplier));
        set(&mut found, FieldName::SupplierAddress, postal_address(supplier).as_deref());
    }
    if let Some(buyer) = root.first(&["AccountingCustomerParty", "Party"]) {
        set(&mut found, FieldName::BuyerName, name(buyer));
    }
    let currency = root.text_at(&["DocumentCurrencyCode"]);
    set(&mut found, FieldName::Currency, currency);
    set(&mut found, FieldName::NetAmount, root.text_at(&["LegalMonetaryTotal", "TaxExclusiveAmount"]));
    set(&mut found, FieldName::TaxAmount, in_currency(&root.all(&["TaxTotal", "TaxAmount"]), currency));
    set(&mut found, FieldName::TotalAmount, root.text_at(&["LegalMonetaryTotal", "TaxInclusiveAmount"]));
    found.lines = root.all(&["InvoiceLine"]).into_iter().chain(root.all(&["CreditNoteLine"])).map(line).collect();
    found
}

fn name(party: &Element) -> Option<&str> {
    party.text_at(&["PartyLegalEntity", "RegistrationName"]).or(party.text_at(&["PartyName", "Name"]))
}

/// The VAT registration; else whatever tax registration there is.
fn tax_id(party: &Element) -> Option<&str> {
    let schemes = party.all(&["PartyTaxScheme"]);
    let vat = schemes
        .iter()
        .filter(|scheme| scheme.text_at(&["TaxScheme", "ID"]) == Some("VAT"))
        .find_map(|scheme| scheme.text_at(&["CompanyID"]));
    vat.or(party.text_at(&["PartyTaxScheme", "CompanyID"]))
}

fn postal_address(party: &Element) -> Option<String> {
    let at = party.first(&["PostalAddress"])?;
    let street = [
        at.text_at(&["StreetName"]),
        at.text_at(&["BuildingNumber"]),
        at.text_at(&["AdditionalStreetName"]),
        at.text_at(&["AddressLine", "Line"]),
    ];
    address(
        &street,
        at.text_at(&["PostalZone"]),
        at.text_at(&["CityName"]),
        &[at.text_at(&["CountrySubentity"]), at.text_at(&["Country", "IdentificationCode"])],
    )
}

fn line(line: &Element) -> LineItem {
    let quantity = line.text_at(&["InvoicedQuantity"]).or(line.text_at(&["CreditedQuantity"]));
    let price = decimal(line.text_at(&["Price", "PriceAmount"]));
    LineItem {
        description: line.text_at(&["Item", "Name"]).or(line.text_at(&["Item", "Description"])).map(one_line),
        quantity: decimal(quantity),
        unit_price: unit_price(price, decimal(line.text_at(&["Price", "BaseQuantity"]))),
        amount: decimal(line.text_at(&["LineExtensionAmount"])),
        tax_rate: decimal(line.text_at(&["Item", "ClassifiedTaxCategory", "Percent"])),
    }
}
