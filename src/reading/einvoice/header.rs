//! The fields of an extraction, derived from the model. Values keep to their fields' laws; what does not
//! is left out and said as an issue.

use super::{address, is_credit_note, one_line, set, set_date, set_due_date, set_iban, unit_price};
use crate::domain::einvoice::{Invoice, Line, Party, Syntax};
use crate::domain::{DocumentType, Extraction, FieldName, LineItem};

/// Derives header fields and lines.
pub(super) fn extraction(invoice: &Invoice) -> Extraction {
    let mut found = Extraction::default();
    if invoice.syntax == Syntax::UblCreditNote || is_credit_note(invoice.type_code.as_deref()) {
        found.document_type = DocumentType::CreditNote;
    }
    set(&mut found, FieldName::InvoiceNumber, invoice.number.as_deref());
    set_date(&mut found, FieldName::IssueDate, invoice.issue_date.as_ref().map(|day| day.0.as_str()));
    let due: Vec<&str> = invoice.due_dates.iter().map(|day| day.0.as_str()).collect();
    set_due_date(&mut found, &due);
    set(&mut found, FieldName::PurchaseOrder, invoice.purchase_order.as_deref());
    let transfers = invoice.payment_means.iter().flat_map(|means| &means.credit_transfers);
    set_iban(&mut found, &transfers.filter_map(|transfer| transfer.account.as_deref()).collect::<Vec<_>>());
    if let Some(seller) = &invoice.seller {
        set(&mut found, FieldName::SupplierName, name(seller));
        set(&mut found, FieldName::SupplierTaxId, seller.tax_id());
        set(&mut found, FieldName::SupplierAddress, postal_address(seller).as_deref());
    }
    set(&mut found, FieldName::BuyerName, invoice.buyer.as_ref().and_then(name));
    set(&mut found, FieldName::Currency, invoice.currency.as_deref());
    let totals = invoice.totals.as_ref();
    set(&mut found, FieldName::NetAmount, totals.and_then(|sums| sums.without_tax.as_ref()).map(|amount| amount.text.as_str()));
    set(&mut found, FieldName::TaxAmount, invoice.tax_total().map(|amount| amount.text.as_str()));
    set(&mut found, FieldName::TotalAmount, totals.and_then(|sums| sums.with_tax.as_ref()).map(|amount| amount.text.as_str()));
    found.lines = invoice.lines.iter().map(line).collect();
    found
}

fn written(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

fn name(party: &Party) -> Option<&str> {
    written(&party.name).or(written(&party.trading_name))
}

fn postal_address(party: &Party) -> Option<String> {
    let at = party.address.as_ref()?;
    let street: Vec<Option<&str>> = at.lines.iter().map(|line| Some(line.as_str())).collect();
    address(&street, written(&at.post_code), written(&at.city), &[written(&at.subdivision), written(&at.country)])
}

fn line(line: &Line) -> LineItem {
    let item = line.item.as_ref();
    let price = line.price.as_ref();
    LineItem {
        description: item.and_then(|item| written(&item.name).or(written(&item.description))).map(one_line),
        quantity: line.quantity.as_ref().and_then(|quantity| quantity.number()),
        unit: line.quantity.as_ref().and_then(|quantity| written(&quantity.unit)).map(one_line),
        unit_price: unit_price(
            price.and_then(|price| price.net.as_ref()).and_then(|amount| amount.number()),
            price.and_then(|price| price.base_quantity.as_ref()).and_then(|quantity| quantity.number()),
        ),
        amount: line.net_amount.as_ref().and_then(|amount| amount.number()),
        tax_rate: line.tax.first().and_then(|tax| tax.rate.as_ref()).and_then(|rate| rate.number()),
        article_number: item.and_then(|item| written(&item.seller_id)).map(one_line),
    }
}
