//! UN/CEFACT Cross Industry Invoice (D16B) and its predecessor in ZUGFeRD 1, whose elements have the
//! same places under other names.

use super::{address, decimal, in_currency, is_credit_note, one_line, set, set_date, set_due_date, set_iban, tree::Element, unit_price};
use crate::domain::{DocumentType, Extraction, FieldName, LineItem};

const AGREEMENT: &[&str] = &["ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement"];
const SETTLEMENT: &[&str] = &["ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement"];
const SUMMATION: &[&str] = &["SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation"];

pub(super) fn read(root: &Element) -> Extraction {
    let mut found = Extraction::default();
    if let Some(document) = root.either(&["ExchangedDocument", "HeaderExchangedDocument"]) {
        if is_credit_note(document.text_at(&["TypeCode"])) {
            found.document_type = DocumentType::CreditNote;
        }
        set(&mut found, FieldName::InvoiceNumber, document.text_at(&["ID"]));
        set_date(&mut found, FieldName::IssueDate, date_text(document.first(&["IssueDateTime"])));
    }
    let Some(transaction) = root.either(&["SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction"]) else {
        return found;
    };
    if let Some(agreement) = transaction.either(AGREEMENT) {
        parties(agreement, &mut found);
    }
    if let Some(settlement) = transaction.either(SETTLEMENT) {
        settle(settlement, &mut found);
    }
    found.lines = transaction.all(&["IncludedSupplyChainTradeLineItem"]).into_iter().map(line).collect();
    found
}

fn parties(agreement: &Element, found: &mut Extraction) {
    if let Some(seller) = agreement.first(&["SellerTradeParty"]) {
        set(
            found,
            FieldName::SupplierName,
            seller.text_at(&["Name"]).or(seller.text_at(&["SpecifiedLegalOrganization", "TradingBusinessName"])),
        );
        let registrations: Vec<&Element> =
            seller.all(&["SpecifiedTaxRegistration", "ID"]).into_iter().filter(|id| id.text().is_some()).collect();
        let vat = registrations.iter().find(|id| id.attribute("schemeID") == Some("VA")).or(registrations.first());
        set(found, FieldName::SupplierTaxId, vat.and_then(|id| id.text()));
        if let Some(at) = seller.first(&["PostalTradeAddress"]) {
            let street = [at.text_at(&["LineOne"]), at.text_at(&["LineTwo"]), at.text_at(&["LineThree"])];
            let rest = [at.text_at(&["CountrySubDivisionName"]), at.text_at(&["CountryID"])];
            set(
                found,
                FieldName::SupplierAddress,
                address(&street, at.text_at(&["PostcodeCode"]), at.text_at(&["CityName"]), &rest).as_deref(),
            );
        }
    }
    set(found, FieldName::BuyerName, agreement.text_at(&["BuyerTradeParty", "Name"]));
    let order = agreement.first(&["BuyerOrderReferencedDocument"]);
    set(found, FieldName::PurchaseOrder, order.and_then(|order| order.text_at(&["IssuerAssignedID"]).or(order.text_at(&["ID"]))));
}

fn settle(settlement: &Element, found: &mut Extraction) {
    let due: Vec<&str> =
        settlement.all(&["SpecifiedTradePaymentTerms", "DueDateDateTime"]).into_iter().filter_map(|date| date_text(Some(date))).collect();
    set_due_date(found, &due);
    set_iban(found, &settlement.texts(&["SpecifiedTradeSettlementPaymentMeans", "PayeePartyCreditorFinancialAccount", "IBANID"]));
    let currency = settlement.text_at(&["InvoiceCurrencyCode"]);
    set(found, FieldName::Currency, currency);
    if let Some(sums) = settlement.either(SUMMATION) {
        let sum = |name: &str| in_currency(&sums.all(&[name]), currency);
        set(found, FieldName::NetAmount, sum("TaxBasisTotalAmount"));
        set(found, FieldName::TaxAmount, sum("TaxTotalAmount"));
        set(found, FieldName::TotalAmount, sum("GrandTotalAmount"));
    }
}

fn date_text(date: Option<&Element>) -> Option<&str> {
    let date = date?;
    date.text_at(&["DateTimeString"]).or(date.text_at(&["DateTime"])).or(date.text())
}

fn line(line: &Element) -> LineItem {
    let agreement = line.either(&["SpecifiedLineTradeAgreement", "SpecifiedSupplyChainTradeAgreement"]);
    let delivery = line.either(&["SpecifiedLineTradeDelivery", "SpecifiedSupplyChainTradeDelivery"]);
    let settlement = line.either(&["SpecifiedLineTradeSettlement", "SpecifiedSupplyChainTradeSettlement"]);
    let price = agreement.and_then(|agreement| agreement.first(&["NetPriceProductTradePrice"]));
    let product = line.first(&["SpecifiedTradeProduct"]);
    let sums = settlement.and_then(|settlement| {
        settlement.either(&["SpecifiedTradeSettlementLineMonetarySummation", "SpecifiedTradeSettlementMonetarySummation"])
    });
    let tax = settlement.and_then(|settlement| settlement.first(&["ApplicableTradeTax"]));
    LineItem {
        description: product.and_then(|product| product.text_at(&["Name"]).or(product.text_at(&["Description"]))).map(one_line),
        quantity: decimal(delivery.and_then(|delivery| delivery.text_at(&["BilledQuantity"]))),
        unit_price: unit_price(
            decimal(price.and_then(|price| price.text_at(&["ChargeAmount"]))),
            decimal(price.and_then(|price| price.text_at(&["BasisQuantity"]))),
        ),
        amount: decimal(sums.and_then(|sums| sums.text_at(&["LineTotalAmount"]))),
        tax_rate: decimal(tax.and_then(|tax| tax.text_at(&["RateApplicablePercent"]).or(tax.text_at(&["ApplicablePercent"])))),
    }
}
