use super::*;
use crate::domain::einvoice::{AllowanceCharge, Item, Line, Quantity, TaxBreakdown, TaxCategory, TaxTotal, Totals};
use crate::domain::{Attached, DocumentKind};

fn issue(field: Option<&str>, message: &str) -> IssueView {
    IssueView { code: "x".into(), field: field.map(str::to_owned), message: message.into(), rule: None, place: None }
}

fn invoice() -> Invoice {
    let amount = |text: &str| Some(Amount::new(text, None));
    Invoice {
        number: Some("<b>7</b>".into()),
        type_code: Some("381".into()),
        currency: Some("EUR".into()),
        seller: Some(Party { name: Some("Seilerei & Sohn".into()), ..Party::default() }),
        lines: vec![Line {
            quantity: Some(Quantity { text: "2.000".into(), unit: Some("HUR".into()) }),
            net_amount: amount("1234.50"),
            item: Some(Item { name: Some("Knots".into()), ..Item::default() }),
            tax: vec![TaxCategory {
                code: Some("AE".into()),
                rate: Some(crate::domain::einvoice::Number("0".into())),
                ..TaxCategory::default()
            }],
            ..Line::default()
        }],
        allowances_and_charges: vec![AllowanceCharge {
            charge: Some(false),
            amount: amount("10"),
            reason: Some("Loyalty".into()),
            ..AllowanceCharge::default()
        }],
        tax_totals: vec![TaxTotal { amount: amount("0"), breakdown: vec![TaxBreakdown::default()] }],
        totals: Some(Totals { payable: amount("1224.50"), ..Totals::default() }),
        ..Invoice::default()
    }
}

fn einvoice() -> Einvoice {
    let file = Attached { name: "hours.csv".into(), media_type: "text/csv".into(), description: None, size: Some(2048) };
    Einvoice { kind: DocumentKind::Ubl, invoices: vec![invoice()], issues: Vec::new(), attachments: vec![file] }
}

#[test]
fn a_sheet_speaks_in_words_and_escapes_the_document() {
    let sheet = Sheet::of(DocumentId(uuid::Uuid::nil()), einvoice(), &[]);
    let html = sheet.render().unwrap();
    for text in [
        "Credit note",
        "&#60;b&#62;7",
        "Seilerei &#38; Sohn",
        "2 h",
        "Reverse charge",
        "1\u{202f}234.50",
        "−10",
        "Loyalty",
        "hours.csv",
        "2 kB",
    ] {
        assert!(html.contains(text), "{text}: {html}");
    }
    assert!(!html.contains("<b>7</b>"));
    assert!(html.contains("/attachments/0\""));
}

#[test]
fn what_is_wrong_stands_at_its_place_once() {
    let mut whole = einvoice();
    whole.issues.push(crate::domain::Issue::new("x", "the sums disagree"));
    let known = [issue(Some("iban"), "another account"), issue(Some("buyer_name"), "another buyer"), issue(None, "the sums disagree")];
    let at = |place: &str| IssueView { rule: Some("BR-1".into()), place: Some(place.into()), ..issue(None, place) };
    let placed =
        [at("/Invoice/cac:InvoiceLine[1]/cac:Price"), at("/Invoice/cac:InvoiceLine[9]"), at("/Invoice/cac:TaxTotal/cac:TaxSubtotal[1]")];
    let sheet = Sheet::of(DocumentId(uuid::Uuid::nil()), whole, &[&known[..], &placed].concat());
    let texts = |remarks: &[Remark]| remarks.iter().map(|remark| remark.text.clone()).collect::<Vec<_>>();
    let invoice = &sheet.invoices[0];
    assert_eq!(texts(&sheet.loose), ["the sums disagree"]);
    assert_eq!(texts(&invoice.wrong.head), ["another buyer"], "the document names no buyer");
    assert_eq!(texts(&invoice.wrong.payment), ["another account"]);
    assert_eq!(texts(&invoice.wrong.taxes), ["/Invoice/cac:TaxTotal/cac:TaxSubtotal[1]"]);
    assert_eq!(texts(&invoice.lines[0].wrong), ["/Invoice/cac:InvoiceLine[1]/cac:Price"]);
    assert_eq!(texts(&invoice.wrong.lines), ["/Invoice/cac:InvoiceLine[9]"], "there is no ninth line");
    assert!(sheet.render().unwrap().contains("<b>BR-1</b>"));
}

#[test]
fn a_breach_stands_with_the_invoice_of_the_file_that_it_is_about() {
    let whole = Einvoice { invoices: vec![invoice(), invoice()], ..einvoice() };
    let at = |body: u32, rest: &str| IssueView {
        place: Some(format!("/FatturaElettronica/FatturaElettronicaBody[{body}]/DatiBeniServizi/{rest}")),
        ..issue(Some("tax_amount"), rest)
    };
    let issues = [at(2, "DettaglioLinee[1]"), at(2, "DatiRiepilogo"), at(3, "DatiRiepilogo/Natura")];
    let sheet = Sheet::of(DocumentId(uuid::Uuid::nil()), whole, &issues);
    let count = |of: usize| (sheet.invoices[of].lines[0].wrong.len(), sheet.invoices[of].wrong.taxes.len());
    assert_eq!((count(0), count(1), sheet.loose.len()), ((0, 0), (1, 1), 1));
}

#[test]
fn a_huge_document_is_shown_in_part_and_it_is_said() {
    let mut one = invoice();
    one.lines = vec![one.lines[0].clone(); 100_000];
    one.notes = vec![crate::domain::einvoice::Note { subject: None, text: "ü".repeat(1_000_000) }];
    let whole = Einvoice { invoices: vec![one], ..einvoice() };
    let known = [IssueView { place: Some("/Invoice/cac:InvoiceLine[5000]".into()), ..issue(None, "far down") }];
    let sheet = Sheet::of(DocumentId(uuid::Uuid::nil()), whole, &known);
    assert_eq!((sheet.invoices[0].lines.len(), sheet.invoices[0].left_out), (MOST_ROWS, 100_000 - MOST_ROWS));
    let html = sheet.render().unwrap();
    assert!(html.len() < 2_000_000, "{}", html.len());
    assert!(html.contains("98000 more rows are not shown here") && html.contains("far down") && html.contains("ü…"));
}

#[test]
fn a_rule_is_named_once() {
    let broken = IssueView { rule: Some("BR-CO-10".into()), ..issue(None, "BR-CO-10: the lines add up to 90.00.") };
    let remark = Remark::of(&broken);
    assert_eq!((remark.rule.as_str(), remark.text.as_str()), ("BR-CO-10", "the lines add up to 90.00."));
    assert_eq!(Remark::of(&issue(None, "The file is damaged.")).text, "The file is damaged.");
}
