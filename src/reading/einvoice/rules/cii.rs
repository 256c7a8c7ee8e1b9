//! Rules about CII: what may stand how often (CII-SR), and how values are written (CII-DT). What
//! EN 16931 does not use at all is named by [`super::unused`].

use super::super::tree::Element;
use super::place::{Node, Place, TOTALS};
use super::report::Report;
use super::walk::walk;
use super::{RuleSets, coded};

/// Totals that stand once at most.
#[rustfmt::skip]
const ONCE_IN_TOTALS: &[(&str, &str)] = &[
    ("CII-SR-477", "LineTotalAmount"), ("CII-SR-478", "ChargeTotalAmount"), ("CII-SR-479", "AllowanceTotalAmount"),
    ("CII-SR-480", "TaxBasisTotalAmount"), ("CII-SR-481", "RoundingAmount"), ("CII-SR-482", "GrandTotalAmount"),
    ("CII-SR-483", "InformationAmount"), ("CII-SR-484", "TotalPrepaidAmount"), ("CII-SR-485", "TotalDiscountAmount"),
    ("CII-SR-486", "TotalAllowanceChargeAmount"), ("CII-SR-487", "DuePayableAmount"),
    ("CII-SR-488", "RetailValueExcludingTaxInformationAmount"), ("CII-SR-489", "TotalDepositFeeInformationAmount"),
    ("CII-SR-490", "ProductValueExcludingTobaccoTaxInformationAmount"), ("CII-SR-491", "TotalRetailValueInformationAmount"),
    ("CII-SR-492", "GrossLineTotalAmount"), ("CII-SR-493", "NetLineTotalAmount"), ("CII-SR-494", "NetIncludingTaxesLineTotalAmount"),
];

/// Children that a reference to a document must not have.
#[rustfmt::skip]
const NOT_IN_REFERENCE: &[(&str, &str)] = &[
    ("CII-DT-016", "StatusCode"), ("CII-DT-017", "CopyIndicator"), ("CII-DT-019", "GlobalID"), ("CII-DT-020", "RevisionID"),
    ("CII-DT-023", "Information"), ("CII-DT-025", "SectionName"), ("CII-DT-026", "PreviousRevisionID"),
    ("CII-DT-028", "EffectiveSpecifiedPeriod"), ("CII-DT-029", "IssuerTradeParty"), ("CII-DT-030", "AttachedSpecifiedBinaryFile"),
];

/// Children that a period must not have.
#[rustfmt::skip]
const NOT_IN_PERIOD: &[(&str, &str)] = &[
    ("CII-DT-069", "DurationMeasure"), ("CII-DT-070", "InclusiveIndicator"), ("CII-DT-071", "Description"),
    ("CII-DT-073", "CompleteDateTime"), ("CII-DT-074", "OpenIndicator"), ("CII-DT-075", "SeasonCode"), ("CII-DT-076", "ID"),
    ("CII-DT-077", "Name"), ("CII-DT-078", "SequenceNumeric"), ("CII-DT-079", "StartDateFlexibilityCode"),
    ("CII-DT-080", "ContinuousIndicator"), ("CII-DT-081", "PurposeCode"),
];

/// Children that an address must not have.
#[rustfmt::skip]
const NOT_IN_ADDRESS: &[(&str, &str)] = &[
    ("CII-DT-082", "ID"), ("CII-DT-083", "PostOfficeBox"), ("CII-DT-084", "BuildingName"), ("CII-DT-086", "LineFour"),
    ("CII-DT-087", "LineFive"), ("CII-DT-088", "StreetName"), ("CII-DT-089", "CitySubDivisionName"), ("CII-DT-090", "CountryName"),
    ("CII-DT-091", "CountrySubDivisionID"), ("CII-DT-092", "AttentionOf"), ("CII-DT-093", "CareOf"), ("CII-DT-094", "BuildingNumber"),
    ("CII-DT-095", "DepartmentName"), ("CII-DT-096", "AdditionalStreetName"),
];

/// Attributes that no identifier must have.
const NOT_ON_IDENTIFIERS: &[(&str, &str)] =
    &[("CII-DT-101", "schemeName"), ("CII-DT-102", "schemeAgencyName"), ("CII-DT-103", "schemeDataURI"), ("CII-DT-104", "schemeURI")];

/// Children of a tax that EN 16931 does not use.
#[rustfmt::skip]
const UNUSED_IN_TAX: &[(&str, &str)] = &[
    ("CII-DT-038", "CalculatedRate"), ("CII-DT-039", "CalculationSequenceNumeric"), ("CII-DT-040", "BasisQuantity"),
    ("CII-DT-042", "UnitBasisAmount"), ("CII-DT-043", "LineTotalBasisAmount"), ("CII-DT-044", "AllowanceChargeBasisAmount"),
    ("CII-DT-049", "CurrencyCode"), ("CII-DT-050", "Jurisdiction"), ("CII-DT-051", "CustomsDutyIndicator"),
    ("CII-DT-053", "TaxBasisAllowanceRate"), ("CII-DT-055", "Type"), ("CII-DT-056", "InformationAmount"), ("CII-DT-057", "CategoryName"),
    ("CII-DT-060", "SpecifiedTradeAccountingAccount"), ("CII-DT-061", "ServiceSupplyTradeCountry"),
    ("CII-DT-062", "BuyerRepayableTaxSpecifiedTradeAccountingAccount"),
    ("CII-DT-063", "SellerPayableTaxSpecifiedTradeAccountingAccount"),
    ("CII-DT-064", "SellerRefundableTaxSpecifiedTradeAccountingAccount"),
    ("CII-DT-065", "BuyerDeductibleTaxSpecifiedTradeAccountingAccount"),
    ("CII-DT-066", "BuyerNonDeductibleTaxSpecifiedTradeAccountingAccount"), ("CII-DT-067", "PlaceApplicableTradeLocation"),
];

pub(super) fn check(root: &Element, sets: RuleSets, report: &mut Report) {
    let guidelines = root.count(&["ExchangedDocumentContext", "GuidelineSpecifiedDocumentContextParameter", "ID"]);
    report.need(guidelines == 1, "CII-SR-010", Place::Document, "The document must name the specification that it follows once (BT-24).");
    let types = root.count(&["ExchangedDocument", "TypeCode"]);
    report.need(types == 1, "CII-SR-014", Place::Document, "The document must say its type once (BT-3).");
    if let Some(date) = root.first(&["ExchangedDocument", "IssueDateTime", "DateTimeString"]).filter(|date| date.text().is_some()) {
        report.need(is_dated(date), "BR-03", Place::Document, "The issue date (BT-2) is not marked as a date of the form YYYYMMDD (102).");
    }
    if let Some(transaction) = root.first(&["SupplyChainTradeTransaction"]) {
        header(transaction, report);
    }
    walk(root, &mut |node| {
        coded::cii(node, report);
        element(node, sets, report);
    });
}

/// Whether a date says that it is one of the form YYYYMMDD.
fn is_dated(date: &Element) -> bool {
    date.attribute("format") == Some("102")
}

fn once(count: usize, rule: &str, what: &str, place: Place, report: &mut Report) {
    report.need_with(count <= 1, rule, place, || format!("There are {count} of what may stand once: {what}."));
}

fn header(transaction: &Element, report: &mut Report) {
    let at = Place::Document;
    let agreement: [(&str, &[&str], &str); 4] = [
        ("CII-SR-455", &["SellerTradeParty", "DefinedTradeContact"], "the seller's contact (BG-6)"),
        ("CII-SR-456", &["BuyerTradeParty", "DefinedTradeContact"], "the buyer's contact (BG-9)"),
        ("CII-SR-459", &["SellerTradeParty", "URIUniversalCommunication"], "the seller's electronic address (BT-34)"),
        ("CII-SR-460", &["BuyerTradeParty", "URIUniversalCommunication"], "the buyer's electronic address (BT-49)"),
    ];
    if let Some(part) = transaction.first(&["ApplicableHeaderTradeAgreement"]) {
        agreement.iter().for_each(|(rule, path, what)| once(part.count(path), rule, what, at, report));
    }
    let Some(settlement) = transaction.first(&["ApplicableHeaderTradeSettlement"]) else { return };
    once(settlement.count(&["ApplicableTradeTax", "TaxPointDate"]), "CII-SR-461", "the tax point date (BT-7)", at, report);
    once(settlement.count(&["PaymentReference"]), "CII-SR-469", "the remittance information (BT-83)", at, report);
    let same = |path: &[&str]| {
        let texts = settlement.texts(path);
        texts.iter().all(|text| Some(text) == texts.first())
    };
    report.need(same(&["ApplicableTradeTax", "DueDateTypeCode"]), "CII-SR-462", at, "There are several tax point codes (BT-8): one only.");
    let means = "SpecifiedTradeSettlementPaymentMeans";
    report.need(same(&[means, "TypeCode"]), "CII-SR-467", at, "There are ways to pay of several codes (BT-81): one code only.");
    report.need(same(&[means, "Information"]), "CII-SR-468", at, "Ways to pay have several texts (BT-82): one only.");
    let account = |one: &Element| {
        let account = one.first(&["PayeePartyCreditorFinancialAccount"]);
        account.is_some_and(|account| account.has(&["IBANID"]) || account.has(&["ProprietaryID"]))
    };
    let transfer = |one: &&Element| matches!(one.text_at(&["TypeCode"]), Some("30" | "58"));
    let told = settlement.named(means).filter(transfer).all(account);
    report.need(told, "CII-SR-470", at, "Payment is by credit transfer, but no account to pay to is given (BT-84).");
    if let Some(sums) = settlement.first(&["SpecifiedTradeSettlementHeaderMonetarySummation"]) {
        ONCE_IN_TOTALS.iter().for_each(|(rule, name)| once(sums.count(&[name]), rule, name, TOTALS, report));
    }
}

fn element(node: &Node, sets: RuleSets, report: &mut Report) {
    let (element, name, place) = (node.element, node.element.name, Place::Node(node));
    match name {
        "SpecifiedTradeProduct" => {
            let global = element.first(&["GlobalID"]).is_none_or(|id| id.attribute("schemeID").is_some());
            report.need(global, "CII-SR-046", place, "An item's standard identifier names no scheme (BT-157-1).");
            let origin = element.first(&["OriginTradeCountry"]).is_none_or(|country| country.count(&["ID"]) == 1);
            report.need(origin, "CII-SR-090", place, "An item's origin must name one country (BT-159).");
        }
        "ApplicableProductCharacteristic" => {
            report.need(element.count(&["Description"]) == 1, "CII-SR-069", place, "An item attribute must have one name (BT-160).");
            report.need(element.count(&["Value"]) == 1, "CII-SR-072", place, "An item attribute must have one value (BT-161).");
        }
        "SpecifiedLineTradeAgreement" => {
            let prices = element.count(&["NetPriceProductTradePrice", "ChargeAmount"]);
            report.need(prices == 1, "CII-SR-439", place, "A line must have one net price (BT-146).");
        }
        "SpecifiedTradeAllowanceCharge" => {
            let indicator = element.has(&["ChargeIndicator"]);
            report.need(indicator, "CII-SR-463", place, "It is not said whether this is an allowance or a charge.");
            once(element.count(&["CategoryTradeTax"]), "CII-SR-472", "the VAT category of an allowance or charge", place, report);
            once(element.count(&["ActualAmount"]), "CII-SR-473", "the amount of an allowance or charge", place, report);
        }
        "AppliedTradeAllowanceCharge" if node.parent_is("GrossPriceProductTradePrice") => {
            once(element.count(&["ActualAmount"]), "CII-SR-440", "the price discount (BT-147)", place, report);
        }
        "BillingSpecifiedPeriod" => {
            absent(element, NOT_IN_PERIOD, "a period", place, report);
            let rule = if node.parent_is("SpecifiedLineTradeSettlement") { "BR-30" } else { "BR-29" };
            let dated = |name: &str| element.first(&[name]).map(|date| date.first(&["DateTimeString"]).is_some_and(is_dated));
            let both = dated("StartDateTime").zip(dated("EndDateTime")).is_none_or(|(start, end)| start && end);
            report.need(both, rule, place, "A period's start and end must be marked as dates of the form YYYYMMDD (102).");
            let dated = !element.has(&["StartDateTime", "DateTime"]);
            report.need(dated, "CII-DT-068", place, "A period's start must be a date.");
            report.need(!element.has(&["EndDateTime", "DateTime"]), "CII-DT-072", place, "A period's end must be a date.");
        }
        "PostalTradeAddress" => absent(element, NOT_IN_ADDRESS, "an address", place, report),
        "DateTimeString" if element.attribute("format") == Some("102") => {
            let day = element.value();
            let real = day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()) && month_and_day(day);
            report.need_with(real, "CII-DT-097", place, || format!("{day:?} is no date of the form YYYYMMDD."));
        }
        _ if name.ends_with("ReferencedDocument") => reference(element, sets, place, report),
        _ if name.ends_with("TradeTax") => {
            let vat = element.value_at(&["TypeCode"]).is_none_or(|code| code == "VAT");
            report.need(vat || sets.extension, "CII-DT-037", place, "The tax must be VAT.");
            for (rule, unused) in UNUSED_IN_TAX {
                report.advise(!element.has(&[unused]), rule, place, "A tax has a part that EN 16931 does not use.");
            }
        }
        _ => {}
    }
    if name.ends_with("Amount") && name != "TaxTotalAmount" {
        let text = "Only the VAT total names a currency: all other amounts are in the invoice's.";
        report.need(element.attribute("currencyID").is_none(), "CII-DT-031", place, text);
    }
    if name.ends_with("ID") {
        for (rule, attribute) in NOT_ON_IDENTIFIERS {
            let free = element.attribute(attribute).is_none();
            report.need_with(free, rule, place, || format!("The attribute {attribute} is not used by EN 16931."));
        }
    }
}

fn month_and_day(day: &str) -> bool {
    let part = |from: usize| day.get(from..from + 2).and_then(|text| text.parse::<u8>().ok());
    part(4).is_some_and(|month| (1..=12).contains(&month)) && part(6).is_some_and(|day| (1..=31).contains(&day))
}

fn absent(element: &Element, names: &[(&str, &str)], what: &str, place: Place, report: &mut Report) {
    for (rule, name) in names {
        report.need_with(!element.has(&[name]), rule, place, || format!("{name} must not stand in {what}."));
    }
}

/// CII-DT-015 to 030: what may stand in a reference depends on what is referred to.
fn reference(element: &Element, sets: RuleSets, place: Place, report: &mut Report) {
    let additional = element.is("AdditionalReferencedDocument");
    let named = !additional || element.text_at(&["IssuerAssignedID"]).is_some();
    report.need(named, "BR-52", place, "A supporting document has no reference (BT-122).");
    let code = element.text_at(&["TypeCode"]);
    let supporting = additional && code == Some("916");
    let may = [
        ("CII-DT-015", "URIID", supporting),
        ("CII-DT-018", "TypeCode", additional && matches!(code, Some("50" | "130" | "916"))),
        ("CII-DT-021", "Name", supporting),
        ("CII-DT-022", "AttachmentBinaryObject", supporting),
        ("CII-DT-024", "ReferenceTypeCode", additional && code == Some("130")),
        ("CII-DT-027", "FormattedIssueDateTime", element.is("InvoiceReferencedDocument")),
    ];
    for (rule, name, fine) in may {
        report.need_with(fine || sets.extension || !element.has(&[name]), rule, place, || {
            format!("{name} must not stand in this reference.")
        });
    }
    absent(element, NOT_IN_REFERENCE, "a reference to a document", place, report);
}
