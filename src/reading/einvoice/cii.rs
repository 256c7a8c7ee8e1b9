//! UN/CEFACT Cross Industry Invoice (D16B, D22B) and its predecessor in ZUGFeRD 1, whose elements have
//! the same places under other names, into the model of EN 16931.

use super::cii_line;
use super::tree::Element;
use super::values::{amount, amount_at, identifier, identifier_at, indicator, number_at, owned};
use crate::domain::einvoice::{
    Address, AllowanceCharge, Amount, Attachment, Card, Contact, CreditTransfer, Day, Delivery, DirectDebit, Identifier, Invoice, Note,
    Party, PaymentMeans, Period, Preceding, Syntax, TaxBreakdown, TaxCategory, TaxRegistration, TaxTotal, Totals,
};

const AGREEMENT: &[&str] = &["ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement"];
const DELIVERY: &[&str] = &["ApplicableHeaderTradeDelivery", "ApplicableSupplyChainTradeDelivery"];
const SETTLEMENT: &[&str] = &["ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement"];
const SUMMATION: &[&str] = &["SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation"];

pub(super) fn read(root: &Element) -> Invoice {
    let mut invoice = Invoice { syntax: Syntax::Cii, ..Invoice::default() };
    if let Some(context) = root.either(&["ExchangedDocumentContext", "SpecifiedExchangedDocumentContext"]) {
        invoice.process = owned(context, &["BusinessProcessSpecifiedDocumentContextParameter", "ID"]);
        invoice.specification = owned(context, &["GuidelineSpecifiedDocumentContextParameter", "ID"]);
    }
    if let Some(document) = root.either(&["ExchangedDocument", "HeaderExchangedDocument"]) {
        invoice.type_code = owned(document, &["TypeCode"]);
        invoice.number = owned(document, &["ID"]);
        invoice.issue_date = date(document.first(&["IssueDateTime"]));
        invoice.notes = document
            .named("IncludedNote")
            .map(|note| Note { subject: owned(note, &["SubjectCode"]), text: owned(note, &["Content"]).unwrap_or_default() })
            .collect();
    }
    let Some(transaction) = root.either(&["SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction"]) else {
        return invoice;
    };
    if let Some(agreement) = transaction.either(AGREEMENT) {
        agree(agreement, &mut invoice);
    }
    invoice.attachments = attachments(root).map(attachment).collect();
    if let Some(delivery) = transaction.either(DELIVERY) {
        deliver(delivery, &mut invoice);
    }
    if let Some(settlement) = transaction.either(SETTLEMENT) {
        settle(settlement, &mut invoice);
    }
    invoice.lines = transaction.named("IncludedSupplyChainTradeLineItem").map(cii_line::read).collect();
    invoice
}

/// BG-24: references that are neither the tender (50, BT-17) nor the invoiced object (130, BT-18).
pub(super) fn attachments<'a>(root: &'a Element<'a>) -> impl Iterator<Item = &'a Element<'a>> {
    let transaction = root.either(&["SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction"]);
    let agreement = transaction.and_then(|transaction| transaction.either(AGREEMENT));
    let documents = agreement.into_iter().flat_map(|agreement| agreement.named("AdditionalReferencedDocument"));
    documents.filter(|document| !matches!(document.text_at(&["TypeCode"]), Some("50" | "130")))
}

fn agree(agreement: &Element, invoice: &mut Invoice) {
    let reference = |name: &str| agreement.first(&[name]).and_then(referenced);
    invoice.buyer_reference = owned(agreement, &["BuyerReference"]);
    invoice.seller = agreement.first(&["SellerTradeParty"]).map(party);
    invoice.buyer = agreement.first(&["BuyerTradeParty"]).map(party);
    invoice.tax_representative = agreement.first(&["SellerTaxRepresentativeTradeParty"]).map(party);
    invoice.sales_order = reference("SellerOrderReferencedDocument");
    invoice.purchase_order = reference("BuyerOrderReferencedDocument");
    invoice.contract = reference("ContractReferencedDocument");
    invoice.project = owned(agreement, &["SpecifiedProcuringProject", "ID"]);
    for document in agreement.named("AdditionalReferencedDocument") {
        match document.text_at(&["TypeCode"]) {
            Some("50") => invoice.tender = referenced(document),
            Some("130") => {
                let id = referenced(document).unwrap_or_default();
                invoice.invoiced_object = Some(Identifier { id, scheme: owned(document, &["ReferenceTypeCode"]) });
            }
            _ => {}
        }
    }
}

fn referenced(document: &Element) -> Option<String> {
    owned(document, &["IssuerAssignedID"]).or_else(|| owned(document, &["ID"]))
}

fn attachment(document: &Element) -> Attachment {
    let embedded = document.first(&["AttachmentBinaryObject"]);
    let attribute = |name: &str| embedded.and_then(|object| object.attribute(name)).map(str::to_owned);
    Attachment {
        id: referenced(document),
        description: owned(document, &["Name"]),
        uri: owned(document, &["URIID"]),
        mime: attribute("mimeCode"),
        filename: attribute("filename"),
        size: embedded.map(|object| super::values::decoded_size(object.value())),
        type_code: owned(document, &["TypeCode"]),
    }
}

fn party(party: &Element) -> Party {
    let identifiers = party.children().iter().filter(|child| child.is("ID") || child.is("GlobalID")).map(identifier);
    let registration = |id: &Element| TaxRegistration {
        id: Some(id.value().to_owned()),
        scheme: id.attribute("schemeID").map(|scheme| if scheme == "VA" { "VAT" } else { scheme }.to_owned()),
    };
    Party {
        name: owned(party, &["Name"]),
        trading_name: owned(party, &["SpecifiedLegalOrganization", "TradingBusinessName"]),
        identifiers: identifiers.collect(),
        legal_registration: identifier_at(party, &["SpecifiedLegalOrganization", "ID"]),
        tax_registrations: party.all(&["SpecifiedTaxRegistration", "ID"]).into_iter().map(registration).collect(),
        legal_form: owned(party, &["Description"]),
        electronic_address: party
            .first(&["URIUniversalCommunication"])
            .map(|address| identifier_at(address, &["URIID"]).unwrap_or_default()),
        address: party.first(&["PostalTradeAddress"]).map(address),
        contact: party.first(&["DefinedTradeContact"]).map(|contact| Contact {
            name: owned(contact, &["PersonName"]).or_else(|| owned(contact, &["DepartmentName"])),
            telephone: owned(contact, &["TelephoneUniversalCommunication", "CompleteNumber"]),
            email: owned(contact, &["EmailURIUniversalCommunication", "URIID"]),
        }),
    }
}

fn address(at: &Element) -> Address {
    Address {
        lines: ["LineOne", "LineTwo", "LineThree"].iter().filter_map(|name| at.text_at(&[name])).map(str::to_owned).collect(),
        city: owned(at, &["CityName"]),
        post_code: owned(at, &["PostcodeCode"]),
        subdivision: owned(at, &["CountrySubDivisionName"]),
        country: owned(at, &["CountryID"]),
    }
}

fn deliver(delivery: &Element, invoice: &mut Invoice) {
    invoice.despatch_advice = delivery.first(&["DespatchAdviceReferencedDocument"]).and_then(referenced);
    invoice.receiving_advice = delivery.first(&["ReceivingAdviceReferencedDocument"]).and_then(referenced);
    let to = delivery.first(&["ShipToTradeParty"]);
    let event = delivery.first(&["ActualDeliverySupplyChainEvent", "OccurrenceDateTime"]);
    if to.is_some() || event.is_some() {
        invoice.delivery = Some(Delivery {
            name: to.and_then(|to| owned(to, &["Name"])),
            location: to.and_then(|to| identifier_at(to, &["GlobalID"]).or_else(|| identifier_at(to, &["ID"]))),
            date: date(event),
            address: to.and_then(|to| to.first(&["PostalTradeAddress"])).map(address),
        });
    }
}

fn settle(settlement: &Element, invoice: &mut Invoice) {
    invoice.currency = owned(settlement, &["InvoiceCurrencyCode"]);
    invoice.tax_currency = owned(settlement, &["TaxCurrencyCode"]);
    invoice.tax_point_date = date(settlement.first(&["ApplicableTradeTax", "TaxPointDate"]));
    invoice.tax_point_code = owned(settlement, &["ApplicableTradeTax", "DueDateTypeCode"]);
    invoice.accounting_reference = owned(settlement, &["ReceivableSpecifiedTradeAccountingAccount", "ID"]);
    invoice.payee = settlement.first(&["PayeeTradeParty"]).map(party);
    let due = settlement.all(&["SpecifiedTradePaymentTerms", "DueDateDateTime"]);
    invoice.due_dates = due.into_iter().filter_map(|one| date(Some(one))).filter(|day| !day.0.is_empty()).collect();
    let terms = settlement.all(&["SpecifiedTradePaymentTerms", "Description"]);
    invoice.payment_terms = terms.into_iter().map(|terms| terms.raw().to_owned()).collect();
    invoice.period = settlement.first(&["BillingSpecifiedPeriod"]).map(period);
    invoice.preceding = settlement
        .named("InvoiceReferencedDocument")
        .map(|document| Preceding { number: referenced(document), issue_date: date(document.first(&["FormattedIssueDateTime"])) })
        .collect();
    invoice.payment_means =
        settlement.named("SpecifiedTradeSettlementPaymentMeans").map(|means| payment_means(means, settlement)).collect();
    invoice.allowances_and_charges = settlement.named("SpecifiedTradeAllowanceCharge").map(allowance_charge).collect();
    let sums = settlement.either(SUMMATION);
    invoice.totals = sums.map(|sums| totals(sums, invoice.currency.as_deref()));
    let breakdown: Vec<TaxBreakdown> = settlement
        .named("ApplicableTradeTax")
        .map(|part| TaxBreakdown {
            taxable: amount_at(part, &["BasisAmount"]),
            tax: amount_at(part, &["CalculatedAmount"]),
            category: Some(tax_category(part)),
        })
        .collect();
    let amounts = sums.map(|sums| sums.all(&["TaxTotalAmount"])).unwrap_or_default();
    invoice.tax_totals = amounts.into_iter().map(|one| TaxTotal { amount: Some(amount(one)), breakdown: Vec::new() }).collect();
    if !breakdown.is_empty() {
        // The breakdown is of the total in the invoice's currency.
        let own = |total: &TaxTotal| total.amount.as_ref().is_some_and(|amount| amount.currency == invoice.currency);
        let at = invoice.tax_totals.iter().position(own).unwrap_or(0);
        if invoice.tax_totals.is_empty() {
            invoice.tax_totals.push(TaxTotal::default());
        }
        invoice.tax_totals[at].breakdown = breakdown;
    }
}

/// Of amounts that may stand in several currencies, the one in the document's, else the first.
fn in_currency(sums: &Element, name: &str, currency: Option<&str>) -> Option<Amount> {
    let amounts: Vec<Amount> = sums.named(name).map(amount).collect();
    let written = || amounts.iter().filter(|amount| !amount.text.is_empty());
    let own = written().find(|amount| amount.currency.is_some() && amount.currency.as_deref() == currency);
    own.or_else(|| written().find(|amount| amount.currency.is_none())).or_else(|| written().next()).or_else(|| amounts.first()).cloned()
}

fn totals(sums: &Element, currency: Option<&str>) -> Totals {
    let sum = |name: &str| in_currency(sums, name, currency);
    Totals {
        lines: sum("LineTotalAmount"),
        allowances: sum("AllowanceTotalAmount"),
        charges: sum("ChargeTotalAmount"),
        without_tax: sum("TaxBasisTotalAmount"),
        with_tax: sum("GrandTotalAmount"),
        paid: sum("TotalPrepaidAmount"),
        rounding: sum("RoundingAmount"),
        payable: sum("DuePayableAmount"),
    }
}

fn payment_means(means: &Element, settlement: &Element) -> PaymentMeans {
    let mandate = owned(settlement, &["SpecifiedTradePaymentTerms", "DirectDebitMandateID"]);
    let account = owned(means, &["PayerPartyDebtorFinancialAccount", "IBANID"])
        .or_else(|| owned(means, &["PayerPartyDebtorFinancialAccount", "ProprietaryID"]));
    let creditor = owned(settlement, &["CreditorReferenceID"]);
    let debtor = means.has(&["PayerPartyDebtorFinancialAccount"]);
    let debits = debtor || creditor.is_some() || matches!(means.text_at(&["TypeCode"]), Some("49" | "59"));
    PaymentMeans {
        code: owned(means, &["TypeCode"]),
        text: owned(means, &["Information"]),
        remittance: owned(settlement, &["PaymentReference"]),
        credit_transfers: means
            .named("PayeePartyCreditorFinancialAccount")
            .map(|account| CreditTransfer {
                account: owned(account, &["IBANID"]).or_else(|| owned(account, &["ProprietaryID"])),
                name: owned(account, &["AccountName"]),
                provider: owned(means, &["PayeeSpecifiedCreditorFinancialInstitution", "BICID"]),
            })
            .collect(),
        card: means
            .first(&["ApplicableTradeSettlementFinancialCard"])
            .map(|card| Card { number: owned(card, &["ID"]), holder: owned(card, &["CardholderName"]) }),
        direct_debit: (debits && (mandate.is_some() || creditor.is_some() || debtor)).then_some(DirectDebit { mandate, creditor, account }),
    }
}

pub(super) fn period(period: &Element) -> Period {
    Period { start: date(period.first(&["StartDateTime"])), end: date(period.first(&["EndDateTime"])) }
}

pub(super) fn allowance_charge(one: &Element) -> AllowanceCharge {
    AllowanceCharge {
        charge: indicator(one.text_at(&["ChargeIndicator", "Indicator"]).or_else(|| one.text_at(&["ChargeIndicator"]))),
        amount: amount_at(one, &["ActualAmount"]),
        base_amount: amount_at(one, &["BasisAmount"]),
        percent: number_at(one, &["CalculationPercent"]),
        tax: one.named("CategoryTradeTax").map(tax_category).collect(),
        reason: owned(one, &["Reason"]),
        reason_code: owned(one, &["ReasonCode"]),
    }
}

pub(super) fn tax_category(tax: &Element) -> TaxCategory {
    TaxCategory {
        code: owned(tax, &["CategoryCode"]),
        rate: number_at(tax, &["RateApplicablePercent"]).or_else(|| number_at(tax, &["ApplicablePercent"])),
        scheme: owned(tax, &["TypeCode"]),
        exemption_reason: owned(tax, &["ExemptionReason"]),
        exemption_code: owned(tax, &["ExemptionReasonCode"]),
    }
}

/// A date of any of CII's forms.
pub(super) fn date(date: Option<&Element>) -> Option<Day> {
    let date = date?;
    let text = ["DateTimeString", "DateTime", "DateString"].iter().find_map(|name| date.text_at(&[name])).unwrap_or(date.value());
    Some(Day(super::iso_date(text)))
}
