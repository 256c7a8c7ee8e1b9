//! UBL-CR: elements of UBL that EN 16931 does not use. The published rules list what is not used, one
//! rule an element; here stands what is used, and one piece of advice names the rest, under the family's
//! id. Elements inside one that is not used are not named again.

use super::super::tree::Element;
use super::place::Place;
use super::report::Report;
use crate::domain::einvoice::Severity;

/// At most this many are named.
const NAMED: usize = 5;

/// An element and the ones that are used inside it.
struct Used(&'static str, &'static [Used]);

const fn leaf(name: &'static str) -> Used {
    Used(name, &[])
}

const ID: &[Used] = &[leaf("ID")];
const NAME: &[Used] = &[leaf("Name")];
const PERIOD: &[Used] = &[leaf("StartDate"), leaf("EndDate")];
const TAX_SCHEME: Used = Used("TaxScheme", ID);
const ADDRESS: &[Used] = &[
    leaf("StreetName"),
    leaf("AdditionalStreetName"),
    leaf("CityName"),
    leaf("PostalZone"),
    leaf("CountrySubentity"),
    Used("AddressLine", &[leaf("Line")]),
    Used("Country", &[leaf("IdentificationCode")]),
];
const PARTY: &[Used] = &[
    leaf("EndpointID"),
    Used("PartyIdentification", ID),
    Used("PartyName", NAME),
    Used("PostalAddress", ADDRESS),
    Used("PartyTaxScheme", &[leaf("CompanyID"), TAX_SCHEME]),
    Used("PartyLegalEntity", &[leaf("RegistrationName"), leaf("CompanyID"), leaf("CompanyLegalForm")]),
    Used("Contact", &[leaf("Name"), leaf("Telephone"), leaf("ElectronicMail")]),
];
const CATEGORY: &[Used] = &[leaf("ID"), leaf("Percent"), TAX_SCHEME];
const CHARGE: &[Used] = &[
    leaf("ChargeIndicator"),
    leaf("AllowanceChargeReasonCode"),
    leaf("AllowanceChargeReason"),
    leaf("MultiplierFactorNumeric"),
    leaf("Amount"),
    leaf("BaseAmount"),
    Used("TaxCategory", CATEGORY),
];
const ATTACHMENT: Used = Used("Attachment", &[leaf("EmbeddedDocumentBinaryObject"), Used("ExternalReference", &[leaf("URI")])]);
const MEANS: &[Used] = &[
    leaf("PaymentMeansCode"),
    leaf("PaymentDueDate"),
    leaf("PaymentID"),
    Used("CardAccount", &[leaf("PrimaryAccountNumberID"), leaf("NetworkID"), leaf("HolderName")]),
    Used("PayeeFinancialAccount", &[leaf("ID"), leaf("Name"), Used("FinancialInstitutionBranch", ID)]),
    Used("PaymentMandate", &[leaf("ID"), Used("PayerFinancialAccount", ID)]),
];
const ITEM: &[Used] = &[
    leaf("Description"),
    leaf("Name"),
    Used("BuyersItemIdentification", ID),
    Used("SellersItemIdentification", ID),
    Used("StandardItemIdentification", ID),
    Used("OriginCountry", &[leaf("IdentificationCode")]),
    Used("CommodityClassification", &[leaf("ItemClassificationCode")]),
    Used("ClassifiedTaxCategory", CATEGORY),
    Used("AdditionalItemProperty", &[leaf("Name"), leaf("Value")]),
];
const LINE: &[Used] = &[
    leaf("ID"),
    leaf("Note"),
    leaf("InvoicedQuantity"),
    leaf("CreditedQuantity"),
    leaf("LineExtensionAmount"),
    leaf("AccountingCost"),
    Used("InvoicePeriod", PERIOD),
    Used("OrderLineReference", &[leaf("LineID")]),
    Used("DocumentReference", &[leaf("ID"), leaf("DocumentTypeCode")]),
    Used("AllowanceCharge", CHARGE),
    Used("Item", ITEM),
    Used(
        "Price",
        &[
            leaf("PriceAmount"),
            leaf("BaseQuantity"),
            Used("AllowanceCharge", &[leaf("ChargeIndicator"), leaf("Amount"), leaf("BaseAmount")]),
        ],
    ),
];
const DOCUMENT: &[Used] = &[
    leaf("UBLVersionID"),
    leaf("CustomizationID"),
    leaf("ProfileID"),
    leaf("ID"),
    leaf("IssueDate"),
    leaf("DueDate"),
    leaf("InvoiceTypeCode"),
    leaf("CreditNoteTypeCode"),
    leaf("Note"),
    leaf("TaxPointDate"),
    leaf("DocumentCurrencyCode"),
    leaf("TaxCurrencyCode"),
    leaf("AccountingCost"),
    leaf("BuyerReference"),
    Used("InvoicePeriod", &[leaf("StartDate"), leaf("EndDate"), leaf("DescriptionCode")]),
    Used("OrderReference", &[leaf("ID"), leaf("SalesOrderID")]),
    Used("BillingReference", &[Used("InvoiceDocumentReference", &[leaf("ID"), leaf("IssueDate")])]),
    Used("DespatchDocumentReference", ID),
    Used("ReceiptDocumentReference", ID),
    Used("OriginatorDocumentReference", ID),
    Used("ContractDocumentReference", ID),
    Used("AdditionalDocumentReference", &[leaf("ID"), leaf("DocumentTypeCode"), leaf("DocumentDescription"), ATTACHMENT]),
    Used("ProjectReference", ID),
    Used("AccountingSupplierParty", &[Used("Party", PARTY)]),
    Used("AccountingCustomerParty", &[Used("Party", PARTY)]),
    Used("PayeeParty", PARTY),
    Used("TaxRepresentativeParty", PARTY),
    Used(
        "Delivery",
        &[
            leaf("ActualDeliveryDate"),
            Used("DeliveryLocation", &[leaf("ID"), Used("Address", ADDRESS)]),
            Used("DeliveryParty", &[Used("PartyName", NAME)]),
        ],
    ),
    Used("PaymentMeans", MEANS),
    Used("PaymentTerms", &[leaf("Note")]),
    Used("AllowanceCharge", CHARGE),
    Used(
        "TaxTotal",
        &[
            leaf("TaxAmount"),
            Used(
                "TaxSubtotal",
                &[
                    leaf("TaxableAmount"),
                    leaf("TaxAmount"),
                    Used(
                        "TaxCategory",
                        &[leaf("ID"), leaf("Percent"), leaf("TaxExemptionReasonCode"), leaf("TaxExemptionReason"), TAX_SCHEME],
                    ),
                ],
            ),
        ],
    ),
    Used(
        "LegalMonetaryTotal",
        &[
            leaf("LineExtensionAmount"),
            leaf("TaxExclusiveAmount"),
            leaf("TaxInclusiveAmount"),
            leaf("AllowanceTotalAmount"),
            leaf("ChargeTotalAmount"),
            leaf("PrepaidAmount"),
            leaf("PayableRoundingAmount"),
            leaf("PayableAmount"),
        ],
    ),
    Used("InvoiceLine", LINE),
    Used("CreditNoteLine", LINE),
];

pub(super) fn check(root: &Element, report: &mut Report) {
    let (mut named, mut count) = (Vec::new(), 0);
    look(root, DOCUMENT, "", &mut named, &mut count);
    if count > 0 {
        let more = if count > named.len() { " …" } else { "" };
        let text = format!("The invoice has elements that EN 16931 does not use ({count}): {}{more}.", named.join(", "));
        report.add("UBL-CR", Severity::Warning, Place::Document, text);
    }
}

fn look(element: &Element, used: &[Used], path: &str, named: &mut Vec<String>, count: &mut usize) {
    for child in element.children() {
        match used.iter().find(|used| child.is(used.0)) {
            Some(Used(_, [])) => {}
            Some(Used(name, inside)) if *count < NAMED => look(child, inside, &format!("{path}{name}/"), named, count),
            Some(Used(_, inside)) => look(child, inside, "", named, count),
            None => {
                *count += 1;
                if named.len() < NAMED {
                    named.push(format!("{path}{}", child.qualified()));
                }
            }
        }
    }
}
