//! What EN 16931 uses of CII.

use super::{Used, leaf};

const ID: &[Used] = &[leaf("ID")];
const ISSUED: &[Used] = &[leaf("IssuerAssignedID")];
const URI: &[Used] = &[leaf("URIID")];
const DATE: &[Used] = &[leaf("DateTimeString")];
const PERIOD: &[Used] = &[Used("StartDateTime", DATE), Used("EndDateTime", DATE)];
const ADDRESS: &[Used] = &[
    leaf("PostcodeCode"),
    leaf("LineOne"),
    leaf("LineTwo"),
    leaf("LineThree"),
    leaf("CityName"),
    leaf("CountryID"),
    leaf("CountrySubDivisionName"),
];
const CONTACT: &[Used] = &[
    leaf("PersonName"),
    leaf("DepartmentName"),
    Used("TelephoneUniversalCommunication", &[leaf("CompleteNumber")]),
    Used("EmailURIUniversalCommunication", URI),
];
const PARTY: &[Used] = &[
    leaf("ID"),
    leaf("GlobalID"),
    leaf("Name"),
    leaf("Description"),
    Used("SpecifiedLegalOrganization", &[leaf("ID"), leaf("TradingBusinessName")]),
    Used("DefinedTradeContact", CONTACT),
    Used("PostalTradeAddress", ADDRESS),
    Used("URIUniversalCommunication", URI),
    Used("SpecifiedTaxRegistration", ID),
];
const CHARGE: &[Used] = &[
    Used("ChargeIndicator", &[leaf("Indicator")]),
    leaf("CalculationPercent"),
    leaf("BasisAmount"),
    leaf("ActualAmount"),
    leaf("ReasonCode"),
    leaf("Reason"),
    Used("CategoryTradeTax", &[leaf("TypeCode"), leaf("CategoryCode"), leaf("RateApplicablePercent")]),
];
const PRODUCT: &[Used] = &[
    leaf("GlobalID"),
    leaf("SellerAssignedID"),
    leaf("BuyerAssignedID"),
    leaf("Name"),
    leaf("Description"),
    Used("ApplicableProductCharacteristic", &[leaf("Description"), leaf("Value")]),
    Used("DesignatedProductClassification", &[leaf("ClassCode")]),
    Used("OriginTradeCountry", ID),
];
const LINE_AGREEMENT: &[Used] = &[
    Used("BuyerOrderReferencedDocument", &[leaf("LineID")]),
    Used(
        "GrossPriceProductTradePrice",
        &[
            leaf("ChargeAmount"),
            leaf("BasisQuantity"),
            Used("AppliedTradeAllowanceCharge", &[Used("ChargeIndicator", &[leaf("Indicator")]), leaf("ActualAmount")]),
        ],
    ),
    Used("NetPriceProductTradePrice", &[leaf("ChargeAmount"), leaf("BasisQuantity")]),
];
const LINE: &[Used] = &[
    Used("AssociatedDocumentLineDocument", &[leaf("LineID"), Used("IncludedNote", &[leaf("Content")])]),
    Used("SpecifiedTradeProduct", PRODUCT),
    Used("SpecifiedLineTradeAgreement", LINE_AGREEMENT),
    Used("SpecifiedLineTradeDelivery", &[leaf("BilledQuantity")]),
    Used(
        "SpecifiedLineTradeSettlement",
        &[
            Used("ApplicableTradeTax", &[leaf("TypeCode"), leaf("CategoryCode"), leaf("RateApplicablePercent"), leaf("ExemptionReason")]),
            Used("BillingSpecifiedPeriod", PERIOD),
            Used("SpecifiedTradeAllowanceCharge", CHARGE),
            Used("SpecifiedTradeSettlementLineMonetarySummation", &[leaf("LineTotalAmount")]),
            Used("AdditionalReferencedDocument", &[leaf("IssuerAssignedID"), leaf("TypeCode"), leaf("ReferenceTypeCode")]),
            Used("ReceivableSpecifiedTradeAccountingAccount", ID),
        ],
    ),
];
const AGREEMENT: &[Used] = &[
    leaf("BuyerReference"),
    Used("SellerTradeParty", PARTY),
    Used("BuyerTradeParty", PARTY),
    Used("SellerTaxRepresentativeTradeParty", PARTY),
    Used("SellerOrderReferencedDocument", ISSUED),
    Used("BuyerOrderReferencedDocument", ISSUED),
    Used("ContractReferencedDocument", ISSUED),
    Used(
        "AdditionalReferencedDocument",
        &[
            leaf("IssuerAssignedID"),
            leaf("URIID"),
            leaf("TypeCode"),
            leaf("Name"),
            leaf("AttachmentBinaryObject"),
            leaf("ReferenceTypeCode"),
        ],
    ),
    Used("SpecifiedProcuringProject", &[leaf("ID"), leaf("Name")]),
];
const DELIVERY: &[Used] = &[
    Used("ShipToTradeParty", PARTY),
    Used("ActualDeliverySupplyChainEvent", &[Used("OccurrenceDateTime", DATE)]),
    Used("DespatchAdviceReferencedDocument", ISSUED),
    Used("ReceivingAdviceReferencedDocument", ISSUED),
];
const MEANS: &[Used] = &[
    leaf("TypeCode"),
    leaf("Information"),
    Used("ApplicableTradeSettlementFinancialCard", &[leaf("ID"), leaf("CardholderName")]),
    Used("PayerPartyDebtorFinancialAccount", &[leaf("IBANID")]),
    Used("PayeePartyCreditorFinancialAccount", &[leaf("IBANID"), leaf("AccountName"), leaf("ProprietaryID")]),
    Used("PayeeSpecifiedCreditorFinancialInstitution", &[leaf("BICID")]),
];
const TAX: &[Used] = &[
    leaf("CalculatedAmount"),
    leaf("TypeCode"),
    leaf("ExemptionReason"),
    leaf("BasisAmount"),
    leaf("CategoryCode"),
    leaf("ExemptionReasonCode"),
    Used("TaxPointDate", &[leaf("DateString")]),
    leaf("DueDateTypeCode"),
    leaf("RateApplicablePercent"),
];
const SETTLEMENT: &[Used] = &[
    leaf("CreditorReferenceID"),
    leaf("PaymentReference"),
    leaf("TaxCurrencyCode"),
    leaf("InvoiceCurrencyCode"),
    Used("PayeeTradeParty", PARTY),
    Used("SpecifiedTradeSettlementPaymentMeans", MEANS),
    Used("ApplicableTradeTax", TAX),
    Used("BillingSpecifiedPeriod", PERIOD),
    Used("SpecifiedTradeAllowanceCharge", CHARGE),
    Used("SpecifiedTradePaymentTerms", &[leaf("Description"), Used("DueDateDateTime", DATE), leaf("DirectDebitMandateID")]),
    Used(
        "SpecifiedTradeSettlementHeaderMonetarySummation",
        &[
            leaf("LineTotalAmount"),
            leaf("ChargeTotalAmount"),
            leaf("AllowanceTotalAmount"),
            leaf("TaxBasisTotalAmount"),
            leaf("TaxTotalAmount"),
            leaf("RoundingAmount"),
            leaf("GrandTotalAmount"),
            leaf("TotalPrepaidAmount"),
            leaf("DuePayableAmount"),
        ],
    ),
    Used("InvoiceReferencedDocument", &[leaf("IssuerAssignedID"), Used("FormattedIssueDateTime", DATE)]),
    Used("ReceivableSpecifiedTradeAccountingAccount", ID),
];
pub(super) const DOCUMENT: &[Used] = &[
    Used(
        "ExchangedDocumentContext",
        &[Used("BusinessProcessSpecifiedDocumentContextParameter", ID), Used("GuidelineSpecifiedDocumentContextParameter", ID)],
    ),
    Used(
        "ExchangedDocument",
        &[leaf("ID"), leaf("TypeCode"), Used("IssueDateTime", DATE), Used("IncludedNote", &[leaf("Content"), leaf("SubjectCode")])],
    ),
    Used(
        "SupplyChainTradeTransaction",
        &[
            Used("IncludedSupplyChainTradeLineItem", LINE),
            Used("ApplicableHeaderTradeAgreement", AGREEMENT),
            Used("ApplicableHeaderTradeDelivery", DELIVERY),
            Used("ApplicableHeaderTradeSettlement", SETTLEMENT),
        ],
    ),
];
