//! Matching as a table: one line a situation, with its expected result.

use super::*;
use crate::domain::extraction::LineItem;
use crate::domain::purchasing::{OrderLine, ReceiptLine};

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn order(receipt_required: bool) -> PurchaseOrder {
    let line = |number, description: &str, quantity, price: &str| OrderLine {
        number,
        description: description.to_owned(),
        quantity: dec(quantity),
        unit_price: dec(price),
    };
    PurchaseOrder {
        number: "PO-7".to_owned(),
        supplier: "S1".to_owned(),
        currency: crate::domain::Currency::EUR,
        ordered_on: jiff::civil::date(2024, 3, 1),
        receipt_required,
        lines: vec![line(1, "Steel bracket 40 mm", "10", "12.50"), line(2, "Mounting service", "4", "80.00")],
    }
}

fn receipt(number: &str, lines: &[(u32, &str)]) -> GoodsReceipt {
    GoodsReceipt {
        number: number.to_owned(),
        purchase_order: "PO-7".to_owned(),
        received_on: jiff::civil::date(2024, 3, 9),
        lines: lines.iter().map(|(order_line, quantity)| ReceiptLine { order_line: *order_line, quantity: dec(quantity) }).collect(),
    }
}

fn supplier(number: &str) -> Supplier {
    Supplier {
        number: number.to_owned(),
        name: "Dorn AG".to_owned(),
        vat_id: None,
        ibans: vec![],
        bic: None,
        currency: None,
        expense_account: None,
        blocked: false,
    }
}

/// `(description, quantity, price)`; the amount is their product.
fn invoice(lines: &[(&str, &str, &str)]) -> Extraction {
    let mut read = Extraction::default();
    read.set_exact(FieldName::PurchaseOrder, "PO-7");
    read.set_exact(FieldName::Currency, "EUR");
    for (description, quantity, price) in lines {
        read.lines.push(LineItem {
            description: Some((*description).to_owned()),
            quantity: Some(dec(quantity)),
            unit_price: Some(dec(price)),
            amount: Some(dec(quantity) * dec(price)),
            ..LineItem::default()
        });
    }
    read
}

fn strict() -> Tolerance {
    Tolerance { price_percent: dec("2"), price_absolute: dec("0.05"), quantity_percent: dec("0"), total_absolute: dec("1") }
}

fn codes(matching: &Matching) -> Vec<&str> {
    matching.differences.iter().map(|d| d.code.as_str()).collect()
}

const BRACKET: &str = "Steel bracket 40 mm";

#[test]
fn two_way() {
    for (what, lines, before, expected) in [
        ("as ordered", vec![(BRACKET, "10", "12.50"), ("Mounting service", "4", "80")], vec![], vec![]),
        ("part of the order", vec![(BRACKET, "4", "12.50")], vec![], vec![]),
        ("a lower price", vec![(BRACKET, "10", "11.00")], vec![], vec![]),
        ("price at the tolerance", vec![(BRACKET, "10", "12.75")], vec![], vec![]),
        ("price a cent above it", vec![(BRACKET, "10", "12.76")], vec![], vec!["price-above-order"]),
        ("one too many", vec![(BRACKET, "11", "12.50")], vec![], vec!["quantity-above-order"]),
        ("the rest after an earlier invoice", vec![(BRACKET, "4", "12.50")], vec![(1, "6")], vec![]),
        ("more than the rest", vec![(BRACKET, "5", "12.50")], vec![(1, "6")], vec!["quantity-above-order"]),
        ("the same again", vec![(BRACKET, "10", "12.50")], vec![(1, "10")], vec!["quantity-above-order"]),
        ("split over two lines", vec![(BRACKET, "6", "12.50"), (BRACKET, "4", "12.50")], vec![], vec![]),
        ("two lines together too many", vec![(BRACKET, "6", "12.50"), (BRACKET, "5", "12.50")], vec![], vec!["quantity-above-order"]),
        ("other words, same article", vec![("bracket, steel, 40 mm", "10", "12.50")], vec![], vec![]),
        ("freight nobody ordered", vec![(BRACKET, "10", "12.50"), ("Express freight", "1", "45")], vec![], vec!["line-not-ordered"]),
        ("price and quantity", vec![(BRACKET, "12", "13.50")], vec![], vec!["price-above-order", "quantity-above-order"]),
    ] {
        let before: Vec<(u32, Decimal)> = before.into_iter().map(|(line, quantity)| (line, dec(quantity))).collect();
        let result = match_invoice(&invoice(&lines), Some(&order(false)), &[], Some(&supplier("S1")), &before, &strict());
        assert_eq!(codes(&result), expected, "{what}: {result:?}");
        assert_eq!(result.kind, MatchKind::TwoWay, "{what}");
        assert_eq!(result.result, if expected.is_empty() { MatchResult::Matched } else { MatchResult::Different }, "{what}");
    }
}

#[test]
fn a_header_above_its_lines_and_many_small_extras_are_differences() {
    let mut padded = invoice(&[(BRACKET, "10", "12.50")]);
    padded.set_exact(FieldName::NetAmount, "325.00");
    let result = match_invoice(&padded, Some(&order(false)), &[], None, &[], &strict());
    assert_eq!(codes(&result), ["net-above-lines"]);

    let mut small: Vec<(&str, &str, &str)> = vec![(BRACKET, "10", "12.50")];
    small.extend([("handling", "1", "0.90"), ("sundries", "1", "0.90"), ("admin", "1", "0.90")]);
    let result = match_invoice(&invoice(&small), Some(&order(false)), &[], None, &[], &strict());
    assert_eq!(codes(&result), ["line-not-ordered", "line-not-ordered"], "small lines add up");
}

#[test]
fn invoices_without_lines_use_up_their_order() {
    let part = |net: &str| {
        let mut read = invoice(&[]);
        read.set_exact(FieldName::NetAmount, net);
        read
    };
    let (order, value) = (order(false), dec("445")); // 10 × 12.50 + 4 × 80
    let first = billed(&part("267"), &order, &[], &[], &strict());
    assert_eq!(first, [(0, dec("267"))]);
    let check = |read: &Extraction, before: &[(u32, Decimal)]| match_invoice(read, Some(&order), &[], None, before, &strict());
    assert!(codes(&check(&part("178"), &first)).is_empty(), "the rest");
    assert_eq!(codes(&check(&part("311.50"), &first)), ["total-above-order"], "more than the rest");
    assert_eq!(codes(&check(&part(&value.to_string()), &first)), ["total-above-order"], "the whole again");
    let lines = invoice(&[(BRACKET, "10", "12.50"), ("Mounting service", "4", "80")]);
    assert_eq!(codes(&check(&lines, &first)), ["total-above-order"], "the whole again, by lines");
}

#[test]
fn three_way() {
    let all = vec![receipt("R1", &[(1, "10"), (2, "4")])];
    let partial = vec![receipt("R1", &[(1, "4")])];
    let twice = vec![receipt("R1", &[(1, "4")]), receipt("R2", &[(1, "6")])];
    for (what, quantity, receipts, before, expected) in [
        ("all arrived", "10", &all, "0", vec![]),
        ("part arrived, part invoiced", "4", &partial, "0", vec![]),
        ("part arrived, all invoiced", "10", &partial, "0", vec!["quantity-above-receipt"]),
        ("arrived in two deliveries", "10", &twice, "0", vec![]),
        ("second invoice for the second delivery", "6", &twice, "4", vec![]),
        ("second invoice before the second delivery", "6", &partial, "4", vec!["quantity-above-receipt"]),
        ("nothing arrived", "1", &vec![], "0", vec!["quantity-above-receipt"]),
        ("more than ordered", "11", &all, "0", vec!["quantity-above-order"]),
    ] {
        let result = match_invoice(
            &invoice(&[(BRACKET, quantity, "12.50")]),
            Some(&order(true)),
            receipts,
            Some(&supplier("S1")),
            &[(1, dec(before))],
            &strict(),
        );
        assert_eq!(codes(&result), expected, "{what}: {result:?}");
        assert_eq!(result.kind, MatchKind::ThreeWay, "{what}");
    }
}

#[test]
fn quantity_tolerance_is_of_the_ordered_quantity() {
    let loose = Tolerance { quantity_percent: dec("10"), ..strict() };
    let run = |quantity| match_invoice(&invoice(&[(BRACKET, quantity, "12.50")]), Some(&order(false)), &[], None, &[], &loose).result;
    assert_eq!(run("11"), MatchResult::Matched);
    assert_eq!(run("11.01"), MatchResult::Different);
}

#[test]
fn orders_that_are_missing_foreign_or_not_named() {
    let mut unnamed = invoice(&[]);
    unnamed.fields.remove(&FieldName::PurchaseOrder);
    assert_eq!(match_invoice(&unnamed, None, &[], None, &[], &strict()), Matching::none());
    let missing = match_invoice(&invoice(&[]), None, &[], None, &[], &strict());
    assert_eq!((missing.result, codes(&missing)), (MatchResult::OrderNotFound, vec!["order-not-found"]));
    let foreign = match_invoice(&invoice(&[(BRACKET, "1", "12.50")]), Some(&order(false)), &[], Some(&supplier("S9")), &[], &strict());
    assert_eq!((foreign.result, codes(&foreign)), (MatchResult::OrderNotFound, vec!["order-of-other-supplier"]));
    let mut yen = invoice(&[(BRACKET, "1", "12.50")]);
    yen.set_exact(FieldName::Currency, "JPY");
    assert_eq!(codes(&match_invoice(&yen, Some(&order(false)), &[], None, &[], &strict())), ["currency-differs"]);
}

#[test]
fn without_lines_the_net_total_counts() {
    let run = |net: &str, receipts: &[GoodsReceipt], required: bool| {
        let mut read = invoice(&[]);
        read.set_exact(FieldName::NetAmount, net);
        match_invoice(&read, Some(&order(required)), receipts, None, &[], &strict())
    };
    assert_eq!(run("445.00", &[], false).result, MatchResult::Matched);
    assert_eq!(run("446.00", &[], false).result, MatchResult::Matched);
    assert_eq!(codes(&run("446.01", &[], false)), ["total-above-order"]);
    assert_eq!(run("50.00", &[receipt("R1", &[(1, "4")])], true).result, MatchResult::Matched);
    assert_eq!(codes(&run("125.00", &[receipt("R1", &[(1, "4")])], true)), ["total-above-order"]);
    assert_eq!(codes(&match_invoice(&invoice(&[]), Some(&order(false)), &[], None, &[], &strict())), ["nothing-to-compare"]);
}

#[test]
fn differences_name_their_figures() {
    let result = match_invoice(&invoice(&[(BRACKET, "12", "13.50")]), Some(&order(false)), &[], None, &[(1, dec("3"))], &strict());
    assert_eq!(result.differences[0].figure, "13.5 / 12.5");
    assert_eq!(result.differences[1].text, "Steel bracket 40 mm: 15 invoiced (3 of them on earlier invoices), 10 ordered");
}
