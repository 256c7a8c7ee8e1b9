//! UBL 2.1 Invoice and CreditNote, into the model of EN 16931.

use super::tree::Element;
use super::values::{amount, amount_at, day_at, identifier, identifier_at, indicator, number_at, owned, quantity};
use crate::domain::einvoice::{
    Address, AllowanceCharge, Attachment, Attribute, Card, Classification, Contact, CreditTransfer, Day, Delivery, DirectDebit, Invoice,
    Item, Line, Note, Party, PaymentMeans, Period, Preceding, Price, Syntax, TaxBreakdown, TaxCategory, TaxRegistration, TaxTotal, Totals,
};

/// The scheme of an identifier that is the creditor's with a bank (BT-90) and no name of the party.
const CREDITOR_SCHEME: &str = "SEPA";

pub(super) fn read(root: &Element) -> Invoice {
    let credit = root.name == "CreditNote";
    let mut invoice = header(root, credit);
    invoice.notes = root.named("Note").map(note).collect();
    invoice.preceding = root.named("BillingReference").map(preceding).collect();
    let party_at = |path: &[&str]| root.first(path).map(party);
    invoice.seller = party_at(&["AccountingSupplierParty", "Party"]);
    invoice.buyer = party_at(&["AccountingCustomerParty", "Party"]);
    invoice.payee = party_at(&["PayeeParty"]).map(by_trading_name);
    invoice.tax_representative = party_at(&["TaxRepresentativeParty"]).map(by_trading_name);
    invoice.delivery = root.first(&["Delivery"]).map(delivery);
    invoice.period = root.first(&["InvoicePeriod"]).map(period);
    let creditor = creditor(root);
    invoice.payment_means = root.named("PaymentMeans").map(|means| payment_means(means, creditor.as_deref())).collect();
    invoice.allowances_and_charges = root.named("AllowanceCharge").map(allowance_charge).collect();
    invoice.totals = root.first(&["LegalMonetaryTotal"]).map(totals);
    invoice.tax_totals = root.named("TaxTotal").map(tax_total).collect();
    for reference in root.named("AdditionalDocumentReference").filter(|one| !is_attachment(one, credit)) {
        match reference.text_at(&["DocumentTypeCode"]) {
            Some("130") => invoice.invoiced_object = reference.first(&["ID"]).map(identifier),
            _ => invoice.project = owned(reference, &["ID"]),
        }
    }
    invoice.attachments = attachments(root).map(attachment).collect();
    invoice.lines = root.children().iter().filter(|child| child.is("InvoiceLine") || child.is("CreditNoteLine")).map(line).collect();
    invoice
}

/// References to documents are attachments, but for the invoiced object (130, BT-18) and, in a credit
/// note, the project (50, BT-11).
fn is_attachment(reference: &Element, credit: bool) -> bool {
    match reference.text_at(&["DocumentTypeCode"]) {
        Some("130") => false,
        Some("50") => !credit,
        _ => true,
    }
}

/// BG-24.
pub(super) fn attachments<'a>(root: &'a Element<'a>) -> impl Iterator<Item = &'a Element<'a>> {
    let credit = root.name == "CreditNote";
    root.named("AdditionalDocumentReference").filter(move |one| is_attachment(one, credit))
}

fn header(root: &Element, credit: bool) -> Invoice {
    let due: Vec<Day> = root.texts(&["DueDate"]).into_iter().chain(root.texts(&["PaymentMeans", "PaymentDueDate"])).map(day).collect();
    let own_due = root.count(&["DueDate"]).min(due.len());
    Invoice {
        syntax: if credit { Syntax::UblCreditNote } else { Syntax::UblInvoice },
        number: owned(root, &["ID"]),
        issue_date: day_at(root, &["IssueDate"]),
        type_code: owned(root, &["InvoiceTypeCode"]).or_else(|| owned(root, &["CreditNoteTypeCode"])),
        currency: owned(root, &["DocumentCurrencyCode"]),
        tax_currency: owned(root, &["TaxCurrencyCode"]),
        tax_point_date: day_at(root, &["TaxPointDate"]),
        tax_point_code: owned(root, &["InvoicePeriod", "DescriptionCode"]),
        due_dates: if own_due > 0 { due[..own_due].to_vec() } else { due },
        buyer_reference: owned(root, &["BuyerReference"]),
        project: owned(root, &["ProjectReference", "ID"]),
        contract: owned(root, &["ContractDocumentReference", "ID"]),
        purchase_order: owned(root, &["OrderReference", "ID"]),
        sales_order: owned(root, &["OrderReference", "SalesOrderID"]),
        receiving_advice: owned(root, &["ReceiptDocumentReference", "ID"]),
        despatch_advice: owned(root, &["DespatchDocumentReference", "ID"]),
        tender: owned(root, &["OriginatorDocumentReference", "ID"]),
        accounting_reference: owned(root, &["AccountingCost"]),
        payment_terms: root.all(&["PaymentTerms", "Note"]).into_iter().map(|note| note.raw().to_owned()).collect(),
        process: owned(root, &["ProfileID"]),
        specification: owned(root, &["CustomizationID"]),
        ..Invoice::default()
    }
}

fn day(text: &str) -> Day {
    Day(super::iso_date(text))
}

/// A note whose text begins with `#AAI#` names its subject so.
fn note(note: &Element) -> Note {
    let text = note.value();
    let parts = text.strip_prefix('#').and_then(|rest| rest.split_once('#')).filter(|(subject, _)| subject.len() == 3);
    match parts {
        Some((subject, rest)) => Note { subject: Some(subject.to_owned()), text: rest.trim_start().to_owned() },
        None => Note { subject: None, text: text.to_owned() },
    }
}

fn preceding(reference: &Element) -> Preceding {
    Preceding {
        number: owned(reference, &["InvoiceDocumentReference", "ID"]),
        issue_date: day_at(reference, &["InvoiceDocumentReference", "IssueDate"]),
    }
}

fn party(party: &Element) -> Party {
    let not_creditor = |id: &&Element| !id.attribute("schemeID").is_some_and(|scheme| scheme.eq_ignore_ascii_case(CREDITOR_SCHEME));
    Party {
        name: owned(party, &["PartyLegalEntity", "RegistrationName"]),
        trading_name: owned(party, &["PartyName", "Name"]),
        identifiers: party.all(&["PartyIdentification", "ID"]).into_iter().filter(not_creditor).map(identifier).collect(),
        legal_registration: identifier_at(party, &["PartyLegalEntity", "CompanyID"]),
        tax_registrations: party
            .named("PartyTaxScheme")
            .map(|scheme| TaxRegistration { id: owned(scheme, &["CompanyID"]), scheme: owned(scheme, &["TaxScheme", "ID"]) })
            .collect(),
        legal_form: owned(party, &["PartyLegalEntity", "CompanyLegalForm"]),
        electronic_address: identifier_at(party, &["EndpointID"]),
        address: party.first(&["PostalAddress"]).map(address),
        contact: party.first(&["Contact"]).map(|contact| Contact {
            name: owned(contact, &["Name"]),
            telephone: owned(contact, &["Telephone"]),
            email: owned(contact, &["ElectronicMail"]),
        }),
    }
}

/// A payee and a tax representative are named where others have their trading name.
fn by_trading_name(mut party: Party) -> Party {
    party.name = party.trading_name.take();
    party
}

fn address(at: &Element) -> Address {
    let street: [&[&str]; 4] = [&["StreetName"], &["BuildingNumber"], &["AdditionalStreetName"], &["AddressLine", "Line"]];
    Address {
        lines: street.iter().filter_map(|path| at.text_at(path)).map(str::to_owned).collect(),
        city: owned(at, &["CityName"]),
        post_code: owned(at, &["PostalZone"]),
        subdivision: owned(at, &["CountrySubentity"]),
        country: owned(at, &["Country", "IdentificationCode"]),
    }
}

fn delivery(delivery: &Element) -> Delivery {
    Delivery {
        name: owned(delivery, &["DeliveryParty", "PartyName", "Name"]),
        location: identifier_at(delivery, &["DeliveryLocation", "ID"]),
        date: day_at(delivery, &["ActualDeliveryDate"]),
        address: delivery.first(&["DeliveryLocation", "Address"]).map(address),
    }
}

fn period(period: &Element) -> Period {
    Period { start: day_at(period, &["StartDate"]), end: day_at(period, &["EndDate"]) }
}

/// BT-90 stands among the identifiers of the seller or payee.
fn creditor(root: &Element) -> Option<String> {
    let parties: [&[&str]; 2] =
        [&["AccountingSupplierParty", "Party", "PartyIdentification", "ID"], &["PayeeParty", "PartyIdentification", "ID"]];
    parties
        .iter()
        .flat_map(|path| root.all(path))
        .find(|id| id.attribute("schemeID").is_some_and(|scheme| scheme.eq_ignore_ascii_case(CREDITOR_SCHEME)))
        .map(|id| id.value().to_owned())
}

fn payment_means(means: &Element, creditor: Option<&str>) -> PaymentMeans {
    PaymentMeans {
        code: owned(means, &["PaymentMeansCode"]),
        text: means.first(&["PaymentMeansCode"]).and_then(|code| code.attribute("name")).map(str::to_owned),
        remittance: owned(means, &["PaymentID"]),
        credit_transfers: means
            .named("PayeeFinancialAccount")
            .map(|account| CreditTransfer {
                account: owned(account, &["ID"]),
                name: owned(account, &["Name"]),
                provider: owned(account, &["FinancialInstitutionBranch", "ID"]),
            })
            .collect(),
        card: means
            .first(&["CardAccount"])
            .map(|card| Card { number: owned(card, &["PrimaryAccountNumberID"]), holder: owned(card, &["HolderName"]) }),
        direct_debit: means.first(&["PaymentMandate"]).map(|mandate| DirectDebit {
            mandate: owned(mandate, &["ID"]),
            creditor: creditor.map(str::to_owned),
            account: owned(mandate, &["PayerFinancialAccount", "ID"]),
        }),
    }
}

fn allowance_charge(one: &Element) -> AllowanceCharge {
    AllowanceCharge {
        charge: indicator(one.text_at(&["ChargeIndicator"])),
        amount: amount_at(one, &["Amount"]),
        base_amount: amount_at(one, &["BaseAmount"]),
        percent: number_at(one, &["MultiplierFactorNumeric"]),
        tax: one.named("TaxCategory").map(tax_category).collect(),
        reason: owned(one, &["AllowanceChargeReason"]),
        reason_code: owned(one, &["AllowanceChargeReasonCode"]),
    }
}

fn tax_category(category: &Element) -> TaxCategory {
    TaxCategory {
        code: owned(category, &["ID"]),
        rate: number_at(category, &["Percent"]),
        scheme: owned(category, &["TaxScheme", "ID"]),
        exemption_reason: owned(category, &["TaxExemptionReason"]),
        exemption_code: owned(category, &["TaxExemptionReasonCode"]),
    }
}

fn totals(sums: &Element) -> Totals {
    Totals {
        lines: amount_at(sums, &["LineExtensionAmount"]),
        allowances: amount_at(sums, &["AllowanceTotalAmount"]),
        charges: amount_at(sums, &["ChargeTotalAmount"]),
        without_tax: amount_at(sums, &["TaxExclusiveAmount"]),
        with_tax: amount_at(sums, &["TaxInclusiveAmount"]),
        paid: amount_at(sums, &["PrepaidAmount"]),
        rounding: amount_at(sums, &["PayableRoundingAmount"]),
        payable: amount_at(sums, &["PayableAmount"]),
    }
}

fn tax_total(total: &Element) -> TaxTotal {
    TaxTotal {
        amount: total.first(&["TaxAmount"]).map(amount),
        breakdown: total
            .named("TaxSubtotal")
            .map(|part| TaxBreakdown {
                taxable: amount_at(part, &["TaxableAmount"]),
                tax: amount_at(part, &["TaxAmount"]),
                category: part.first(&["TaxCategory"]).map(tax_category),
            })
            .collect(),
    }
}

fn attachment(reference: &Element) -> Attachment {
    let embedded = reference.first(&["Attachment", "EmbeddedDocumentBinaryObject"]);
    let attribute = |name: &str| embedded.and_then(|object| object.attribute(name)).map(str::to_owned);
    Attachment {
        id: owned(reference, &["ID"]),
        description: owned(reference, &["DocumentDescription"]),
        uri: owned(reference, &["Attachment", "ExternalReference", "URI"]),
        mime: attribute("mimeCode"),
        filename: attribute("filename"),
        size: embedded.map(|object| super::values::decoded_size(object.value())),
        type_code: owned(reference, &["DocumentTypeCode"]),
    }
}

fn line(line: &Element) -> Line {
    Line {
        id: owned(line, &["ID"]),
        note: owned(line, &["Note"]),
        object: identifier_at(line, &["DocumentReference", "ID"]),
        quantity: line.first(&["InvoicedQuantity"]).or_else(|| line.first(&["CreditedQuantity"])).map(quantity),
        net_amount: amount_at(line, &["LineExtensionAmount"]),
        order_line: owned(line, &["OrderLineReference", "LineID"]),
        accounting_reference: owned(line, &["AccountingCost"]),
        period: line.first(&["InvoicePeriod"]).map(period),
        allowances_and_charges: line.named("AllowanceCharge").map(allowance_charge).collect(),
        price: line.first(&["Price"]).map(|price| Price {
            net: amount_at(price, &["PriceAmount"]),
            discount: amount_at(price, &["AllowanceCharge", "Amount"]),
            gross: amount_at(price, &["AllowanceCharge", "BaseAmount"]),
            base_quantity: price.first(&["BaseQuantity"]).map(quantity),
        }),
        tax: line.all(&["Item", "ClassifiedTaxCategory"]).into_iter().map(tax_category).collect(),
        item: line.first(&["Item"]).map(item),
    }
}

fn item(item: &Element) -> Item {
    let classification = |code: &Element| Classification {
        code: code.value().to_owned(),
        list: code.attribute("listID").map(str::to_owned),
        version: code.attribute("listVersionID").map(str::to_owned),
    };
    Item {
        name: owned(item, &["Name"]),
        description: owned(item, &["Description"]),
        seller_id: owned(item, &["SellersItemIdentification", "ID"]),
        buyer_id: owned(item, &["BuyersItemIdentification", "ID"]),
        standard_id: identifier_at(item, &["StandardItemIdentification", "ID"]),
        classifications: item.all(&["CommodityClassification", "ItemClassificationCode"]).into_iter().map(classification).collect(),
        origin: owned(item, &["OriginCountry", "IdentificationCode"]),
        attributes: item
            .named("AdditionalItemProperty")
            .map(|property| Attribute { name: owned(property, &["Name"]), value: owned(property, &["Value"]) })
            .collect(),
    }
}
