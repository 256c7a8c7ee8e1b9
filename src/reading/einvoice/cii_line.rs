//! A line of a Cross Industry Invoice.

use super::cii::{allowance_charge, period, tax_category};
use super::tree::Element;
use super::values::{amount_at, identifier_at, owned, quantity};
use crate::domain::einvoice::{Attribute, Classification, Identifier, Item, Line, Price};

const AGREEMENT: &[&str] = &["SpecifiedLineTradeAgreement", "SpecifiedSupplyChainTradeAgreement"];
const DELIVERY: &[&str] = &["SpecifiedLineTradeDelivery", "SpecifiedSupplyChainTradeDelivery"];
const SETTLEMENT: &[&str] = &["SpecifiedLineTradeSettlement", "SpecifiedSupplyChainTradeSettlement"];
const SUMMATION: &[&str] = &["SpecifiedTradeSettlementLineMonetarySummation", "SpecifiedTradeSettlementMonetarySummation"];

pub(super) fn read(line: &Element) -> Line {
    let document = line.first(&["AssociatedDocumentLineDocument"]);
    let agreement = line.either(AGREEMENT);
    let mut read = Line {
        id: document.and_then(|document| owned(document, &["LineID"])),
        note: document.and_then(|document| owned(document, &["IncludedNote", "Content"])),
        quantity: line.either(DELIVERY).and_then(|delivery| delivery.first(&["BilledQuantity"])).map(quantity),
        order_line: agreement.and_then(|agreement| owned(agreement, &["BuyerOrderReferencedDocument", "LineID"])),
        price: agreement.and_then(price),
        item: line.first(&["SpecifiedTradeProduct"]).map(item),
        ..Line::default()
    };
    if let Some(settlement) = line.either(SETTLEMENT) {
        read.net_amount = settlement.either(SUMMATION).and_then(|sums| amount_at(sums, &["LineTotalAmount"]));
        read.accounting_reference = owned(settlement, &["ReceivableSpecifiedTradeAccountingAccount", "ID"]);
        read.period = settlement.first(&["BillingSpecifiedPeriod"]).map(period);
        read.allowances_and_charges = settlement.named("SpecifiedTradeAllowanceCharge").map(allowance_charge).collect();
        read.tax = settlement.named("ApplicableTradeTax").map(tax_category).collect();
        read.object = settlement.first(&["AdditionalReferencedDocument"]).map(|document| Identifier {
            id: owned(document, &["IssuerAssignedID"]).unwrap_or_default(),
            scheme: owned(document, &["ReferenceTypeCode"]),
        });
    }
    read
}

fn price(agreement: &Element) -> Option<Price> {
    let net = agreement.first(&["NetPriceProductTradePrice"]);
    let gross = agreement.first(&["GrossPriceProductTradePrice"]);
    if net.is_none() && gross.is_none() {
        return None;
    }
    let base = |price: Option<&Element>| price.and_then(|price| price.first(&["BasisQuantity"])).map(quantity);
    Some(Price {
        net: net.and_then(|price| amount_at(price, &["ChargeAmount"])),
        discount: gross.and_then(|price| amount_at(price, &["AppliedTradeAllowanceCharge", "ActualAmount"])),
        gross: gross.and_then(|price| amount_at(price, &["ChargeAmount"])),
        base_quantity: base(net).or_else(|| base(gross)),
    })
}

fn item(product: &Element) -> Item {
    let classification = |code: &Element| Classification {
        code: code.value().to_owned(),
        list: code.attribute("listID").map(str::to_owned),
        version: code.attribute("listVersionID").map(str::to_owned),
    };
    Item {
        name: owned(product, &["Name"]),
        description: owned(product, &["Description"]),
        seller_id: owned(product, &["SellerAssignedID"]),
        buyer_id: owned(product, &["BuyerAssignedID"]),
        standard_id: identifier_at(product, &["GlobalID"]),
        classifications: product.all(&["DesignatedProductClassification", "ClassCode"]).into_iter().map(classification).collect(),
        origin: owned(product, &["OriginTradeCountry", "ID"]),
        attributes: product
            .named("ApplicableProductCharacteristic")
            .map(|one| Attribute { name: owned(one, &["Description"]), value: owned(one, &["Value"]) })
            .collect(),
    }
}
