//! What EN 16931 uses of UBL.

use super::{Used, leaf};

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
pub(super) const DOCUMENT: &[Used] = &[
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
