//! BR-01 to BR-65: what must be there, and BR-DEC: how many decimals it may have.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::place::{BUYER, DELIVERY, PAYEE, PERIOD, Place, REPRESENTATIVE, SELLER, TOTALS};
use super::report::Report;
use crate::domain::einvoice::{AllowanceCharge, Amount, Invoice, Line, Party, PaymentMeans, Period, Syntax, Totals};

pub(super) fn check(invoice: &Invoice, report: &mut Report) {
    document(invoice, report);
    parties(invoice, report);
    references(invoice, report);
    payment(invoice, report);
    period(invoice.period.as_ref(), "BR-29", PERIOD, report);
    if let Some(totals) = &invoice.totals {
        sums(totals, report);
    }
    for (i, one) in invoice.allowances_and_charges.iter().enumerate() {
        charge(one, Place::Charge(i), report);
    }
    for (i, total) in invoice.tax_totals.iter().enumerate() {
        for (j, part) in total.breakdown.iter().enumerate() {
            let place = Place::Breakdown(i, j);
            report.need(part.taxable.is_some(), "BR-45", place, "A part of the VAT breakdown has no taxable amount (BT-116).");
            report.need(part.tax.is_some(), "BR-46", place, "A part of the VAT breakdown has no tax amount (BT-117).");
            let category = part.category.as_ref().filter(|category| category.is_vat());
            let code = category.and_then(|category| category.code.as_deref());
            report.need(code.is_some(), "BR-47", place, "A part of the VAT breakdown has no VAT category (BT-118).");
            let rate = category.is_some_and(|category| category.rate.is_some());
            report.need(rate || code == Some("O"), "BR-48", place, "A part of the VAT breakdown has no rate (BT-119).");
            decimals(part.taxable.as_ref(), "BR-DEC-19", place, report);
            decimals(part.tax.as_ref(), "BR-DEC-20", place, report);
        }
    }
    for (i, one) in invoice.lines.iter().enumerate() {
        line(one, i, report);
    }
}

/// There with a text.
pub(super) fn said(text: Option<&String>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

fn document(invoice: &Invoice, report: &mut Report) {
    let at = Place::Document;
    report.need(said(invoice.specification.as_ref()), "BR-01", at, "The invoice does not say which specification it follows (BT-24).");
    report.need(said(invoice.number.as_ref()), "BR-02", at, "The invoice has no number (BT-1).");
    report.need(invoice.issue_date.as_ref().is_some_and(|day| !day.0.is_empty()), "BR-03", at, "The invoice has no issue date (BT-2).");
    report.need(said(invoice.type_code.as_ref()), "BR-04", at, "The invoice does not say what type it is (BT-3).");
    report.need(said(invoice.currency.as_ref()), "BR-05", at, "The invoice does not say its currency (BT-5).");
    report.need(!invoice.lines.is_empty(), "BR-16", at, "The invoice has no line (BG-25).");
    if let Some(currency) = &invoice.tax_currency {
        let given = |amount: &Amount| amount.currency.as_ref() == Some(currency);
        let told = invoice.tax_totals.iter().any(|total| total.amount.as_ref().is_some_and(given));
        report.need_with(told, "BR-53", at, || {
            format!("VAT is accounted for in {currency} (BT-6), but the total VAT in that currency (BT-111) is missing.")
        });
        amount_in(invoice, Some(currency), "BR-DEC-15", report);
    }
    amount_in(invoice, invoice.currency.as_ref(), "BR-DEC-13", report);
}

fn amount_in(invoice: &Invoice, currency: Option<&String>, rule: &str, report: &mut Report) {
    for (i, total) in invoice.tax_totals.iter().enumerate() {
        if let Some(amount) = total.amount.as_ref().filter(|amount| currency.is_some() && amount.currency.as_ref() == currency) {
            decimals(Some(amount), rule, Place::TaxTotal(i), report);
        }
    }
}

fn parties(invoice: &Invoice, report: &mut Report) {
    let name = |party: Option<&Party>| said(party.and_then(|party| party.name.as_ref()));
    let address = |party: Option<&Party>| party.is_some_and(|party| party.address.is_some());
    let (seller, buyer) = (invoice.seller.as_ref(), invoice.buyer.as_ref());
    report.need(name(seller), "BR-06", SELLER, "The seller has no name (BT-27).");
    report.need(name(buyer), "BR-07", BUYER, "The buyer has no name (BT-44).");
    report.need(address(seller), "BR-08", SELLER, "The seller has no postal address (BG-5).");
    country(seller, "BR-09", SELLER, "The seller's address names no country (BT-40).", report);
    report.need(address(buyer), "BR-10", BUYER, "The buyer has no postal address (BG-8).");
    country(buyer, "BR-11", BUYER, "The buyer's address names no country (BT-55).", report);
    electronic(seller, "BR-62", SELLER, "The seller's electronic address names no scheme (BT-34-1).", report);
    electronic(buyer, "BR-63", BUYER, "The buyer's electronic address names no scheme (BT-49-1).", report);
    if let Some(payee) = &invoice.payee {
        let other = !same_party(payee, seller, invoice.syntax);
        report.need(
            payee.name.is_some() && other,
            "BR-17",
            PAYEE,
            "A payee is given, but it has no name (BT-59) or is the seller itself: a payee is named where it differs from the seller.",
        );
    }
    if let Some(representative) = &invoice.tax_representative {
        let at = REPRESENTATIVE;
        report.need(name(Some(representative)), "BR-18", at, "The seller's tax representative has no name (BT-62).");
        report.need(representative.address.is_some(), "BR-19", at, "The seller's tax representative has no address (BG-12).");
        country(Some(representative), "BR-20", at, "The address of the seller's tax representative names no country (BT-69).", report);
        report.need(representative.vat_id().is_some(), "BR-56", at, "The seller's tax representative has no VAT identifier (BT-63).");
    }
    let to = invoice.delivery.as_ref().and_then(|delivery| delivery.address.as_ref());
    let country = to.is_none_or(|address| address.country.is_some());
    report.need(country, "BR-57", DELIVERY, "The deliver-to address names no country (BT-80).");
}

/// Whether the payee is the seller by name or identifier.
fn same_party(payee: &Party, seller: Option<&Party>, syntax: Syntax) -> bool {
    let Some(seller) = seller else { return false };
    let called = if syntax == Syntax::Cii { seller.name.as_ref() } else { seller.trading_name.as_ref() };
    let same_name = payee.name.is_some() && payee.name.as_ref() == called;
    let sellers: HashSet<&str> = seller.identifiers.iter().map(|one| one.id.as_str()).collect();
    same_name || payee.identifiers.iter().any(|one| sellers.contains(one.id.as_str()))
}

fn country(party: Option<&Party>, rule: &str, place: Place, text: &str, report: &mut Report) {
    match party.and_then(|party| party.address.as_ref()) {
        Some(address) => report.need(said(address.country.as_ref()), rule, place, text),
        // The rules for CII want the country whether or not there is an address.
        None => report.need(report.syntax != Syntax::Cii, rule, place, text),
    }
}

fn electronic(party: Option<&Party>, rule: &str, place: Place, text: &str, report: &mut Report) {
    if let Some(address) = party.and_then(|party| party.electronic_address.as_ref()) {
        let named = address.scheme.as_ref().is_some_and(|scheme| report.syntax != Syntax::Cii || !scheme.is_empty());
        report.need(named, rule, place, text);
    }
}

fn references(invoice: &Invoice, report: &mut Report) {
    for (i, one) in invoice.preceding.iter().enumerate() {
        report.need(one.number.is_some(), "BR-55", Place::Preceding(i), "A preceding invoice is referred to without its number (BT-25).");
    }
}

fn payment(invoice: &Invoice, report: &mut Report) {
    for (i, means) in invoice.payment_means.iter().enumerate() {
        means_of_payment(means, Place::Payment(i), report);
    }
}

fn means_of_payment(means: &PaymentMeans, place: Place, report: &mut Report) {
    report.need(means.code.is_some(), "BR-49", place, "A way to pay is given without its code (BT-81).");
    if let Some(code @ ("30" | "58")) = means.code.as_deref() {
        for transfer in &means.credit_transfers {
            report.need(said(transfer.account.as_ref()), "BR-50", place, "A credit transfer names no account (BT-84).");
        }
        let account = means.credit_transfers.iter().any(|transfer| transfer.account.is_some());
        // For CII another rule (CII-SR-470) asks for the account.
        let account = account || (report.syntax == Syntax::Cii && means.credit_transfers.is_empty());
        report.need_with(account, "BR-61", place, || {
            format!("Payment is by credit transfer (code {code}), but no account to pay to is given (BT-84).")
        });
    }
    let number = means.card.as_ref().and_then(|card| card.number.as_ref());
    let short = number.is_none_or(|number| number.chars().count() <= 10);
    report.advise(short, "BR-51", place, "More of a card number is given (BT-87) than the last digits that card schemes allow.");
}

fn period(period: Option<&Period>, rule: &str, place: Place, report: &mut Report) {
    let day = |day: Option<&crate::domain::einvoice::Day>| day.and_then(|day| day.date());
    if let Some((Some(start), Some(end))) = period.map(|period| (day(period.start.as_ref()), day(period.end.as_ref()))) {
        report.need_with(end >= start, rule, place, || format!("The period ends on {end}, before it starts on {start}."));
    }
}

fn sums(totals: &Totals, report: &mut Report) {
    report.need(totals.lines.is_some(), "BR-12", TOTALS, "The sum of the lines is missing (BT-106).");
    report.need(totals.without_tax.is_some(), "BR-13", TOTALS, "The total without VAT is missing (BT-109).");
    report.need(totals.with_tax.is_some(), "BR-14", TOTALS, "The total with VAT is missing (BT-112).");
    report.need(totals.payable.is_some(), "BR-15", TOTALS, "The amount due is missing (BT-115).");
    for (amount, rule) in [
        (&totals.lines, "BR-DEC-09"),
        (&totals.allowances, "BR-DEC-10"),
        (&totals.charges, "BR-DEC-11"),
        (&totals.without_tax, "BR-DEC-12"),
        (&totals.with_tax, "BR-DEC-14"),
        (&totals.paid, "BR-DEC-16"),
        (&totals.rounding, "BR-DEC-17"),
        (&totals.payable, "BR-DEC-18"),
    ] {
        decimals(amount.as_ref(), rule, TOTALS, report);
    }
}

/// Two decimals at most, whatever the currency.
fn decimals(amount: Option<&Amount>, rule: &str, place: Place, report: &mut Report) {
    if let Some(amount) = amount {
        let few = amount.text.split_once('.').is_none_or(|(_, decimals)| decimals.len() <= 2);
        report.need_with(few, rule, place, || format!("The amount {} has more than two decimals.", amount.text));
    }
}

/// The rules of one allowance or charge of the document; the second of two rules says the same as the first.
fn charge(one: &AllowanceCharge, place: Place, report: &mut Report) {
    let Some(is_charge) = one.charge else { return };
    let (rules, decimal_rules, what) = if is_charge {
        (["BR-36", "BR-37", "BR-38", "BR-CO-22"], ["BR-DEC-05", "BR-DEC-06"], "charge")
    } else {
        (["BR-31", "BR-32", "BR-33", "BR-CO-21"], ["BR-DEC-01", "BR-DEC-02"], "allowance")
    };
    report.need_with(one.amount.is_some(), rules[0], place, || format!("A document {what} has no amount."));
    let category = one.tax.iter().any(|tax| tax.is_vat() && tax.code.is_some());
    report.need_with(category, rules[1], place, || format!("A document {what} has no VAT category."));
    reason(one, [rules[2], rules[3]], place, what, report);
    decimals(one.amount.as_ref(), decimal_rules[0], place, report);
    decimals(one.base_amount.as_ref(), decimal_rules[1], place, report);
}

fn line_charge(one: &AllowanceCharge, place: Place, report: &mut Report) {
    let Some(is_charge) = one.charge else { return };
    let (rules, decimal_rules, what) = if is_charge {
        (["BR-43", "BR-44", "BR-CO-24"], ["BR-DEC-27", "BR-DEC-28"], "charge")
    } else {
        (["BR-41", "BR-42", "BR-CO-23"], ["BR-DEC-24", "BR-DEC-25"], "allowance")
    };
    report.need_with(one.amount.is_some(), rules[0], place, || format!("A line's {what} has no amount."));
    reason(one, [rules[1], rules[2]], place, what, report);
    decimals(one.amount.as_ref(), decimal_rules[0], place, report);
    decimals(one.base_amount.as_ref(), decimal_rules[1], place, report);
}

fn reason(one: &AllowanceCharge, rules: [&str; 2], place: Place, what: &str, report: &mut Report) {
    let told = one.reason.is_some() || one.reason_code.is_some();
    for rule in rules {
        report.need_with(told, rule, place, || format!("There is neither a reason nor a reason code for this {what}."));
    }
}

fn line(line: &Line, i: usize, report: &mut Report) {
    let place = Place::Line(i);
    let (item, price) = (line.item.as_ref(), line.price.as_ref());
    report.need(said(line.id.as_ref()), "BR-21", place, "A line has no identifier (BT-126).");
    report.need(line.quantity.is_some(), "BR-22", place, "A line has no quantity (BT-129).");
    let unit = line.quantity.as_ref().is_some_and(|quantity| quantity.unit.is_some());
    report.need(unit, "BR-23", place, "A line's quantity has no unit (BT-130).");
    report.need(line.net_amount.is_some(), "BR-24", place, "A line has no net amount (BT-131).");
    report.need(said(item.and_then(|item| item.name.as_ref())), "BR-25", place, "A line's item has no name (BT-153).");
    let (net, gross) = (price.and_then(|price| price.net.as_ref()), price.and_then(|price| price.gross.as_ref()));
    report.need(net.is_some(), "BR-26", place, "A line has no net price (BT-146).");
    let positive = |amount: Option<&Amount>| amount.and_then(Amount::number).is_some_and(|number| number >= Decimal::ZERO);
    let figure = |amount: Option<&Amount>| amount.map_or("missing", |amount| amount.text.as_str()).to_owned();
    report.need_with(positive(net), "BR-27", place, || format!("A line's net price is {}: it must not be negative (BT-146).", figure(net)));
    report.need_with(gross.is_none() || positive(gross), "BR-28", place, || {
        format!("A line's gross price is {}: it must not be negative (BT-148).", figure(gross))
    });
    period(line.period.as_ref(), "BR-30", place, report);
    decimals(line.net_amount.as_ref(), "BR-DEC-23", place, report);
    if let Some(item) = item {
        for one in &item.attributes {
            let whole = one.name.is_some() && one.value.is_some();
            report.need(whole, "BR-54", place, "An item attribute must have a name (BT-160) and a value (BT-161).");
        }
        let standard = item.standard_id.as_ref().is_none_or(|id| id.scheme.is_some());
        report.need(standard, "BR-64", place, "An item's standard identifier names no scheme (BT-157-1).");
        for one in &item.classifications {
            report.need(one.list.is_some(), "BR-65", place, "An item's classification names no list (BT-158-1).");
        }
    }
    for (j, one) in line.allowances_and_charges.iter().enumerate() {
        line_charge(one, Place::LineCharge(i, j), report);
    }
}
