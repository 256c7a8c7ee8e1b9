use super::*;
use crate::domain::Page;
use crate::extraction::tests::spaced;

/// Pages from lines of text, closely set.
fn doc(pages: &[&[&str]]) -> Doc {
    let sheet = |(number, lines): (u32, &&[&str])| Page { number, ..spaced(lines, (0.015, 0.011)) };
    Doc::new(&(1..).zip(pages).map(sheet).collect::<Vec<_>>())
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// `description|quantity|unit|price|amount` of each line.
fn shown(lines: &Lines) -> Vec<String> {
    let text = |d: Option<Decimal>| d.map_or(String::new(), |d| d.to_string());
    let cells = |l: &LineItem| {
        [
            l.description.clone().unwrap_or_default(),
            text(l.quantity),
            l.unit.clone().unwrap_or_default(),
            text(l.unit_price),
            text(l.amount),
        ]
        .join("|")
    };
    lines.items.iter().map(cells).collect()
}

fn known(net: &str) -> Known {
    Known { net: Some(dec(net)), ..Known::default() }
}

#[test]
fn a_table_goes_over_pages_without_the_sums_carried_over() {
    let first: &[&str] = &[
        "Pos @10 Bezeichnung @50 Menge @65 Einzelpreis @85 Gesamt",
        "1 @10 Dachziegel @50 10 Stk @67 12,50 @85 125,00",
        "@10 rot, glasiert",
        "2 @10 Montage @50 2 Std @67 40,00 @85 80,00",
        "@10 Übertrag @85 205,00",
    ];
    let second: &[&str] = &[
        "Wolkenbau GmbH",
        "@10 Übertrag @85 205,00",
        "3 @10 Netzmontage @50 1 Std @67 45,00 @85 45,00",
        "@60 Nettobetrag @85 250,00",
        "@60 MwSt. 19% @85 47,50",
    ];
    let read = read(&doc(&[first, second]), Convention::Comma, &known("250.00"));
    assert_eq!(
        shown(&read),
        ["Dachziegel rot, glasiert|10|Stk|12.50|125.00", "Montage|2|Std|40.00|80.00", "Netzmontage|1|Std|45.00|45.00"]
    );
    assert!(read.disagreeing.is_empty());
}

#[test]
fn a_head_of_two_rows_and_columns_told_by_their_products() {
    let page: &[&str] = &[
        "@45 Unit @75 Line",
        "Item # @20 Description @45 price @60 Hours @75 total",
        "A-17 @20 Audit @45 100.00 @60 2.5 @75 250.00",
        "A-18 @20 Net report @45 80.00 @60 1 @75 80.00",
        "@60 Subtotal @75 330.00",
    ];
    let read = read(&doc(&[page]), Convention::Point, &Known::default());
    assert_eq!(shown(&read), ["Audit|2.5||100.00|250.00", "Net report|1||80.00|80.00"]);
    assert_eq!(read.items[0].article_number.as_deref(), Some("A-17"));
}

#[test]
fn discounts_of_a_line_are_lawful_and_wrong_products_are_named() {
    let page: &[&str] = &[
        "Description @40 Qty @50 Price @65 Disc. % @80 Amount",
        "Olive oil @40 10 @50 4.00 @65 10 @80 36.00",
        "Truffles @40 2 @50 50.00 @65 0 @80 100.00",
        "Salt @40 3 @50 1.00 @65 0 @80 7.00",
        "Discount @80 -5.00",
        "@60 Subtotal @80 138.00",
    ];
    let read = read(&doc(&[page]), Convention::Point, &known("138.00"));
    assert_eq!(read.items.len(), 4);
    assert_eq!(read.items[3].amount, Some(dec("-5.00")));
    assert_eq!(read.disagreeing, [3]);
    let issue = arithmetic(&read.disagreeing).unwrap();
    assert_eq!(issue.code, "line-arithmetic");
    assert!(issue.message.contains("line 3"), "{}", issue.message);
    assert!(arithmetic(&[]).is_none());
}

#[test]
fn receipts_have_lines_without_a_head() {
    let page: &[&str] = &[
        "@30 Corner Shop",
        "1 Guinness Pie @60 14.50",
        "2 Carlsberg @45 4.70 @60 9.40",
        "Oranges",
        "1.76 kg @45 0.99 @60 1.74",
        "Subtotal @60 25.64",
        "Cash @60 30.00",
        "Change @60 4.36",
    ];
    let total = Known { total: Some(dec("25.64")), ..Known::default() };
    let read = read(&doc(&[page]), Convention::Point, &total);
    let lines = shown(&read);
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[..2], ["Guinness Pie|1|||14.50", "Carlsberg|2||4.70|9.40"]);
    assert!(lines[2].starts_with("Oranges|1.76") && lines[2].ends_with("1.74"), "{}", lines[2]);
}

#[test]
fn a_letter_ends_its_lines_where_their_sum_is_printed() {
    let page: &[&str] = &[
        "Wir berechnen Ihnen",
        "Haftpflicht @60 80,00 €",
        "Vollkasko @60 140,00 €",
        "vierteljährlicher Beitrag @60 220,00 €",
        "Forderung vom Vorjahr @60 220,00 €",
    ];
    let read = read(&doc(&[page]), Convention::Comma, &Known::default());
    assert_eq!(shown(&read), ["Haftpflicht||||80.00", "Vollkasko||||140.00"]);
}

#[test]
fn a_tax_summary_is_no_table_of_lines() {
    let page: &[&str] = &["USt. Satz @30 Nettopreis @60 Ust.-Betrag", "7% @30 160,00 @60 11,20", "19% @30 336,00 @60 63,84"];
    assert!(read(&doc(&[page]), Convention::Comma, &Known::default()).items.is_empty());
}
