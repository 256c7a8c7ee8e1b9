//! Matching an invoice with its purchase order (two-way) and goods receipts (three-way).
//!
//! Pure rules with tolerances from the workflow file. Lines are paired by description, price and
//! quantity; what was invoiced before counts. An invoice without lines is compared by its net
//! total. Only real disagreements are differences, each with its figures.

mod lines;

use rust_decimal::Decimal;

use crate::domain::extraction::{DocumentType, Extraction, FieldName};
use crate::domain::finding::{MatchKind, MatchResult, Matching, Reason};
pub use crate::domain::purchasing::Tolerance;
use crate::domain::purchasing::{GoodsReceipt, PurchaseOrder, Supplier};
use lines::compare_lines;

/// Compares an invoice with the order it names and with what arrived.
///
/// `order` is the order found under the number that the invoice names, `receipts` those of the order,
/// `already_invoiced` the quantities by order line on earlier invoices. A credit note is compared
/// with the order's supplier and currency only.
#[must_use]
pub fn match_invoice(
    invoice: &Extraction,
    order: Option<&PurchaseOrder>,
    receipts: &[GoodsReceipt],
    supplier: Option<&Supplier>,
    already_invoiced: &[(u32, Decimal)],
    tolerance: &Tolerance,
) -> Matching {
    let Some(named) = invoice.text(FieldName::PurchaseOrder) else {
        return Matching::none();
    };
    let Some(order) = order else {
        let text = format!("the invoice names order {named}, which does not exist");
        return not_found(None, Reason::new("order-not-found", text, named));
    };
    if let Some(supplier) = supplier.filter(|s| s.number != order.supplier) {
        let text = format!(
            "order {} was placed with supplier {}, the invoice comes from {} ({})",
            order.number, order.supplier, supplier.name, supplier.number
        );
        return not_found(Some(order), Reason::new("order-of-other-supplier", text, format!("{} / {}", order.supplier, supplier.number)));
    }
    let kind = if order.receipt_required { MatchKind::ThreeWay } else { MatchKind::TwoWay };
    let mut differences = Vec::new();
    match invoice.currency() {
        Some(currency) if currency != order.currency => {
            let text = format!("the invoice is in {currency}, the order in {}", order.currency);
            differences.push(Reason::new("currency-differs", text, format!("{currency} / {}", order.currency)));
        }
        _ if invoice.document_type == DocumentType::CreditNote => {}
        _ => differences = compare(invoice, &Ledger { order, receipts, already_invoiced, tolerance }),
    }
    let result = if differences.is_empty() { MatchResult::Matched } else { MatchResult::Different };
    Matching { kind, result, purchase_order: Some(order.number.clone()), differences }
}

/// Quantities that the invoice takes from its order, by order line: what later invoices of the order
/// find billed already. Nothing for a credit note.
#[must_use]
pub fn billed(
    invoice: &Extraction,
    order: &PurchaseOrder,
    receipts: &[GoodsReceipt],
    already_invoiced: &[(u32, Decimal)],
    tolerance: &Tolerance,
) -> Vec<(u32, Decimal)> {
    if invoice.document_type == DocumentType::CreditNote {
        return Vec::new();
    }
    if usable(invoice) {
        lines::billed(&invoice.lines, &Ledger { order, receipts, already_invoiced, tolerance })
    } else {
        net(invoice).map(|net| (WHOLE_ORDER, net)).into_iter().collect()
    }
}

/// The order line under which invoices without usable lines are billed: their net value.
const WHOLE_ORDER: u32 = 0;

fn not_found(order: Option<&PurchaseOrder>, reason: Reason) -> Matching {
    Matching {
        kind: MatchKind::TwoWay,
        result: MatchResult::OrderNotFound,
        purchase_order: order.map(|o| o.number.clone()),
        differences: vec![reason],
    }
}

/// What an invoice is held against.
struct Ledger<'a> {
    order: &'a PurchaseOrder,
    receipts: &'a [GoodsReceipt],
    already_invoiced: &'a [(u32, Decimal)],
    tolerance: &'a Tolerance,
}

impl Ledger<'_> {
    /// Quantity of an order line invoiced before.
    fn invoiced(&self, line: u32) -> Decimal {
        self.already_invoiced.iter().filter(|(number, _)| *number == line).map(|(_, quantity)| *quantity).sum()
    }

    /// Quantity of an order line received so far.
    fn received(&self, line: u32) -> Decimal {
        let of_order = self.receipts.iter().filter(|receipt| receipt.purchase_order == self.order.number);
        of_order.flat_map(|receipt| &receipt.lines).filter(|l| l.order_line == line).map(|l| l.quantity).sum()
    }

    /// Quantity of an order line that may still be invoiced, before tolerance.
    fn open(&self, line: u32, ordered: Decimal) -> Decimal {
        let ceiling = if self.order.receipt_required { self.received(line).min(ordered) } else { ordered };
        (ceiling - self.invoiced(line)).max(Decimal::ZERO)
    }

    fn quantity_slack(&self, ordered: Decimal) -> Decimal {
        ordered * self.tolerance.quantity_percent / Decimal::ONE_HUNDRED
    }
}

/// Whether every line says what it costs.
fn usable(invoice: &Extraction) -> bool {
    !invoice.lines.is_empty() && invoice.lines.iter().all(|l| lines::amount_of(l).is_some())
}

/// What the lines cost together, where every line says it.
fn line_sum(invoice: &Extraction) -> Option<Decimal> {
    usable(invoice).then(|| invoice.lines.iter().filter_map(lines::amount_of).sum())
}

/// The net amount, as read or derived.
fn net(invoice: &Extraction) -> Option<Decimal> {
    let total = invoice.amount(FieldName::TotalAmount);
    let derived = total.zip(invoice.amount(FieldName::TaxAmount)).map(|(total, tax)| total - tax);
    invoice.amount(FieldName::NetAmount).or(derived).or(total).or_else(|| line_sum(invoice))
}

fn compare(invoice: &Extraction, ledger: &Ledger<'_>) -> Vec<Reason> {
    let Some(sum) = line_sum(invoice) else {
        return compare_total(invoice, ledger).into_iter().collect();
    };
    let mut differences = compare_lines(&invoice.lines, ledger);
    // Lines that match say nothing about a header that asks for more.
    if let Some(net) = net(invoice).filter(|net| *net - sum > ledger.tolerance.total_absolute) {
        let text = format!("the net amount {net} is {} above the sum of the lines {sum}", net - sum);
        differences.push(Reason::new("net-above-lines", text, format!("{net} / {sum}")));
    }
    // What was billed without lines took from the order as a whole.
    if !ledger.invoiced(WHOLE_ORDER).is_zero() {
        differences.extend(compare_total(invoice, ledger));
    }
    differences
}

/// Without usable lines: the net amount against what the order (or the receipts) leave.
fn compare_total(invoice: &Extraction, ledger: &Ledger<'_>) -> Option<Reason> {
    let Some(net) = net(invoice) else {
        return Some(Reason::new("nothing-to-compare", "neither lines nor a net amount were read: compare by hand", ""));
    };
    let by_line: Decimal = ledger.order.lines.iter().map(|line| ledger.open(line.number, line.quantity) * line.unit_price).sum();
    let open = by_line - ledger.invoiced(WHOLE_ORDER);
    let over = net - open;
    if over <= ledger.tolerance.total_absolute {
        return None;
    }
    let what = if ledger.order.receipt_required { "received and not yet invoiced" } else { "ordered and not yet invoiced" };
    let text = format!("net {net} is {over} above the value {what} on order {}: {open}", ledger.order.number);
    Some(Reason::new("total-above-order", text, format!("{net} / {open}")))
}

#[cfg(test)]
mod tests;
