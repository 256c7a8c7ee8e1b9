//! Rows of the sheet's tables: lines, allowances and charges, tax, payment.

use super::{Remark, Term, cut, day, identifier, labels, money, money_in, period, term};
use crate::domain::einvoice::{AllowanceCharge, Amount, Invoice, Line, PaymentMeans, Price, Quantity, TaxBreakdown, TaxCategory, TaxTotal};
use crate::web::pages::format::grouped;

/// More details of one line than this help nobody.
const MOST_DETAILS: usize = 100;

pub(in crate::web::pages) struct LineRow {
    pub(in crate::web::pages) id: String,
    pub(in crate::web::pages) name: String,
    pub(in crate::web::pages) description: String,
    pub(in crate::web::pages) details: Vec<Detail>,
    pub(in crate::web::pages) quantity: String,
    pub(in crate::web::pages) price: String,
    pub(in crate::web::pages) tax: String,
    pub(in crate::web::pages) net: String,
    pub(in crate::web::pages) wrong: Vec<Remark>,
}

/// Something more about a line; its label may come from the document.
pub(in crate::web::pages) struct Detail {
    pub(in crate::web::pages) label: String,
    pub(in crate::web::pages) id: &'static str,
    pub(in crate::web::pages) value: String,
}

pub(in crate::web::pages) struct Change {
    pub(in crate::web::pages) label: String,
    pub(in crate::web::pages) tax: String,
    pub(in crate::web::pages) amount: String,
}

pub(in crate::web::pages) struct TaxRow {
    pub(in crate::web::pages) category: String,
    pub(in crate::web::pages) reason: String,
    pub(in crate::web::pages) rate: String,
    pub(in crate::web::pages) taxable: String,
    pub(in crate::web::pages) tax: String,
}

pub(super) fn line(line: &Line) -> LineRow {
    let item = line.item.as_ref();
    let of = |get: fn(&crate::domain::einvoice::Item) -> Option<String>| item.and_then(get);
    let plain = [
        term("Note", "BT-127", line.note.clone()),
        term("Seller's item number", "BT-155", of(|item| item.seller_id.clone())),
        term("Buyer's item number", "BT-156", of(|item| item.buyer_id.clone())),
        term("Item number", "BT-157", of(|item| identifier(item.standard_id.as_ref()))),
        term("Origin", "BT-159", of(|item| item.origin.clone())),
        term("Order line", "BT-132", line.order_line.clone()),
        term("Period", "BG-26", period(line.period.as_ref())),
        term("Invoiced object", "BT-128", identifier(line.object.as_ref())),
        term("Accounting reference", "BT-133", line.accounting_reference.clone()),
        term("Price", "BT-148", line.price.as_ref().and_then(price_made)),
    ];
    let mut details: Vec<Detail> =
        plain.into_iter().flatten().map(|term| Detail { label: term.label.to_owned(), id: term.id, value: term.value }).collect();
    for change in line.allowances_and_charges.iter().map(change) {
        details.push(Detail { label: change.label, id: "BG-27", value: change.amount });
    }
    let classified = item.map(|item| item.classifications.as_slice()).unwrap_or_default();
    details.extend(classified.iter().map(|one| {
        let list = one.list.as_deref().map(|list| format!(" ({list})")).unwrap_or_default();
        Detail { label: "Classification".to_owned(), id: "BT-158", value: format!("{}{list}", one.code) }
    }));
    let attributes = item.map(|item| item.attributes.as_slice()).unwrap_or_default();
    details.extend(attributes.iter().map(|one| Detail {
        label: cut(one.name.as_deref().unwrap_or_default()),
        id: "BG-32",
        value: cut(one.value.as_deref().unwrap_or_default()),
    }));
    details.truncate(MOST_DETAILS);
    LineRow {
        id: line.id.clone().unwrap_or_default(),
        name: cut(item.and_then(|item| item.name.as_deref()).unwrap_or_default()),
        description: cut(item.and_then(|item| item.description.as_deref()).unwrap_or_default()),
        details,
        quantity: line.quantity.as_ref().map(quantity).unwrap_or_default(),
        price: line.price.as_ref().map(price).unwrap_or_default(),
        tax: line.tax.iter().map(rate).collect::<Vec<_>>().join(", "),
        net: money(line.net_amount.as_ref()).unwrap_or_default(),
        wrong: Vec::new(),
    }
}

fn quantity(quantity: &Quantity) -> String {
    let number = quantity.number().map_or_else(|| quantity.text.clone(), |number| grouped(&number.normalize().to_string()));
    match quantity.unit.as_deref() {
        Some(unit) => format!("{number} {}", labels::unit(unit)),
        None => number,
    }
}

/// The net price, and for how many units where that is not one.
fn price(price: &Price) -> String {
    let net = money(price.net.as_ref()).unwrap_or_default();
    match &price.base_quantity {
        Some(base) if base.number().is_none_or(|number| number != rust_decimal::Decimal::ONE) => format!("{net} per {}", quantity(base)),
        _ => net,
    }
}

/// `12.00 less 2.00`: how the net price came about.
fn price_made(price: &Price) -> Option<String> {
    let gross = money(price.gross.as_ref())?;
    let discount = price.discount.as_ref().filter(|discount| discount.number().is_none_or(|number| !number.is_zero()));
    Some(format!("{gross} less {}", money(discount)?))
}

/// `19 %`, or why there is none.
fn rate(category: &TaxCategory) -> String {
    let code = category.code.as_deref().unwrap_or_default();
    let rate = category.rate.as_ref().map(|rate| rate.number().map_or_else(|| rate.0.clone(), |number| number.normalize().to_string()));
    match (rate, labels::tax_category(code)) {
        (Some(rate), _) if code == "S" || rate != "0" => format!("{rate}\u{a0}%"),
        (_, Some(words)) => words.to_owned(),
        (Some(rate), None) => format!("{rate}\u{a0}% {code}").trim_end().to_owned(),
        (None, None) => code.to_owned(),
    }
}

pub(super) fn change(change: &AllowanceCharge) -> Change {
    let kind = match change.charge {
        Some(true) => "Charge",
        Some(false) => "Allowance",
        None => "Allowance or charge",
    };
    let reason = change.reason.as_deref().or(change.reason_code.as_deref()).unwrap_or_default();
    let percent = change.percent.as_ref().map(|percent| match money(change.base_amount.as_ref()) {
        Some(base) => format!("{}\u{a0}% of {base}", percent.0),
        None => format!("{}\u{a0}%", percent.0),
    });
    let label = [Some(kind.to_owned()), Some(reason.to_owned()), percent].into_iter().flatten().filter(|part| !part.is_empty());
    let sign = if change.charge == Some(false) { "−" } else { "" };
    Change {
        label: label.collect::<Vec<_>>().join(" · "),
        tax: change.tax.iter().map(rate).collect::<Vec<_>>().join(", "),
        amount: money(change.amount.as_ref()).map(|amount| format!("{sign}{amount}")).unwrap_or_default(),
    }
}

pub(super) fn tax(total: &TaxTotal, row: &TaxBreakdown) -> TaxRow {
    let empty = TaxCategory::default();
    let category = row.category.as_ref().unwrap_or(&empty);
    let code = category.code.as_deref().unwrap_or_default();
    let reason = [category.exemption_reason.as_deref(), category.exemption_code.as_deref()];
    let currency = total.amount.as_ref().and_then(|amount| amount.currency.as_deref());
    let amount = |amount: Option<&Amount>| money_in(amount, currency).unwrap_or_default();
    TaxRow {
        category: labels::tax_category(code).unwrap_or(code).to_owned(),
        reason: reason.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        rate: category
            .rate
            .as_ref()
            .map(|rate| format!("{}\u{a0}%", rate.number().map_or_else(|| rate.0.clone(), |n| n.normalize().to_string())))
            .unwrap_or_default(),
        taxable: amount(row.taxable.as_ref()),
        tax: amount(row.tax.as_ref()),
    }
}

pub(super) fn payment(invoice: &Invoice) -> Vec<Term> {
    let mut rows: Vec<Term> = invoice.payment_means.iter().flat_map(means).collect();
    if invoice.due_dates.len() == 1 {
        rows.extend(term("Due", "BT-9", day(invoice.due_dates.first())));
    }
    rows
}

fn means(means: &PaymentMeans) -> Vec<Term> {
    let code = means.code.as_deref().unwrap_or_default();
    let words = labels::payment_means(code).map(str::to_owned).or_else(|| means.text.clone());
    let mut rows: Vec<Term> = term("By", "BT-81", words.or_else(|| means.code.clone())).into_iter().collect();
    for transfer in &means.credit_transfers {
        rows.extend(term("Account", "BT-84", transfer.account.as_deref().map(in_fours)));
        rows.extend(term("Account holder", "BT-85", transfer.name.clone()));
        rows.extend(term("Bank", "BT-86", transfer.provider.clone()));
    }
    if let Some(card) = &means.card {
        rows.extend(term("Card", "BT-87", card.number.clone()));
        rows.extend(term("Card holder", "BT-88", card.holder.clone()));
    }
    if let Some(debit) = &means.direct_debit {
        rows.extend(term("Mandate", "BT-89", debit.mandate.clone()));
        rows.extend(term("Creditor", "BT-90", debit.creditor.clone()));
        rows.extend(term("Debited account", "BT-91", debit.account.as_deref().map(in_fours)));
    }
    rows.extend(term("Payment reference", "BT-83", means.remittance.clone()));
    rows
}

/// An IBAN in groups of four, as it is printed; any other account as it is.
fn in_fours(account: &str) -> String {
    let compact: String = account.chars().filter(|c| !c.is_whitespace()).collect();
    if compact.parse::<crate::domain::Iban>().is_err() {
        return account.to_owned();
    }
    compact.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
}
