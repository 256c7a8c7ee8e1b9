use super::*;
use crate::domain::{Field, Page, Source};
use serde_json::json;

/// A page whose lines stand below one another, words at equal distances.
fn page(lines: &[&str]) -> Doc {
    let mut words = Vec::new();
    for (text, row) in lines.iter().zip(0_u8..) {
        for (word, column) in text.split_whitespace().zip(0_u8..) {
            let (x, y) = (0.05 + f32::from(column) * 0.08, 0.05 + f32::from(row) * 0.03);
            words.push(json!({"text": word, "bbox": {"x": x, "y": y, "w": 0.07, "h": 0.012}, "line": row}));
        }
    }
    let page = json!({"number": 1, "width": 595.0, "height": 842.0, "words": words});
    Doc::new(&[serde_json::from_value::<Page>(page).unwrap()])
}

fn xml() -> Extraction {
    let mut exact = Extraction::default();
    for (name, text) in [
        (FieldName::InvoiceNumber, "RE-2026/0815"),
        (FieldName::IssueDate, "2026-03-05"),
        (FieldName::DueDate, "2026-04-04"),
        (FieldName::SupplierName, "Reepschlägerei Süd GmbH"),
        (FieldName::SupplierTaxId, "DE136695976"),
        (FieldName::BuyerName, "Acme Handels AG"),
        (FieldName::Iban, "DE44500105175407324931"),
        (FieldName::Currency, "EUR"),
        (FieldName::NetAmount, "1005.55"),
        (FieldName::TaxAmount, "191.05"),
        (FieldName::TotalAmount, "1196.60"),
    ] {
        exact.set_exact(name, text);
    }
    exact
}

const PAGE: &[&str] = &[
    "Reepschlägerei Süd GmbH, Hafenweg 3, 28195 Bremen",
    "Acme Handels AG, Kai 1, 20457 Hamburg",
    "Rechnung Nr. RE-2026/0815 vom 5. März 2026",
    "Zahlbar bis 04.04.2026 auf DE44 5001 0517 5407 3249 31",
    "USt-IdNr. DE 136 695 976",
    "Netto 1.005,55 €",
    "USt 19 % 191,05 €",
    "Gesamt 1.196,60 €",
];

fn issues_of(lines: &[&str], exact: &Extraction, read: &[(FieldName, &str)]) -> Vec<Issue> {
    let mut reading = Extraction::default();
    for (name, value) in read {
        let field = Field { value: (*value).to_owned(), confidence: 0.95, source: Source::PdfText, boxes: Vec::new() };
        reading.fields.insert(*name, field);
    }
    compare(&page(lines), exact, true, || Ok::<_, ()>(reading)).unwrap()
}

/// What differs where one text of the page is another.
fn differing(from: &str, to: &str, read: &[(FieldName, &str)]) -> Vec<FieldName> {
    let lines: Vec<String> = PAGE.iter().map(|line| line.replace(from, to)).collect();
    assert!(lines.iter().zip(PAGE).any(|(a, b)| a != b), "{from}");
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let issues = issues_of(&lines, &xml(), read);
    assert!(issues.iter().all(|issue| issue.code == DIFFERS));
    issues.iter().filter_map(|issue| issue.field).collect()
}

#[test]
fn values_are_seen_in_every_usual_form() {
    assert_eq!(issues_of(PAGE, &xml(), &[]), []);
    for (from, to) in [
        ("1.196,60 €", "EUR 1,196.60"),
        ("1.196,60 €", "1 196,60 €"),
        ("1.196,60 €", "1\u{202f}196,60€"),
        ("1.196,60 €", "CHF/EUR 1'196.60"),
        ("1.196,60 €", "€1196.60"),
        ("1.196,60 €", "-1196,6"),
        ("5. März 2026", "05.03.2026"),
        ("5. März 2026", "2026-03-05"),
        ("5. März 2026", "March 5, 2026"),
        ("5. März 2026", "5 mars 2026"),
        ("5. März 2026", "5 de marzo de 2026"),
        ("5. März 2026", "05/03/26"),
        ("5. März 2026", "3/5/2026"),
        ("5. März 2026", "(5 maart 2026)"),
        ("vom 5. März 2026", "Datum:05.03.2026"),
        ("Nr. RE-2026/0815", "RE 2026 / 0815"),
        ("Nr. RE-2026/0815", "Rechnungsnummer:RE2026/0815,"),
        ("DE44 5001 0517 5407 3249 31", "IBAN:DE44500105175407324931"),
        ("Reepschlägerei Süd GmbH", "REEPSCHLAEGEREI"),
        ("Acme Handels AG", "ACME Handels-Aktiengesellschaft"),
        ("DE 136 695 976", "folgt"),
        ("Netto 1.005,55 €", "Netto"),
        ("04.04.2026", "in 30 Tagen"),
        ("DE44 5001 0517 5407 3249 31", "das bekannte Konto"),
    ] {
        assert_eq!(differing(from, to, &[]), [], "{from} as {to}");
    }
}

#[test]
fn what_the_page_shows_otherwise_is_a_difference() {
    for (from, to, field) in [
        ("1.196,60 €", "11.966,00 €", FieldName::TotalAmount),
        ("RE-2026/0815", "RE-2026/0816", FieldName::InvoiceNumber),
        ("RE-2026/0815", "RE-2026/08150", FieldName::InvoiceNumber),
        ("5. März 2026", "6. März 2026", FieldName::IssueDate),
        ("DE44 5001 0517 5407 3249 31", "GB29 NWBK 6016 1331 9268 19", FieldName::Iban),
    ] {
        assert_eq!(differing(from, to, &[]), [field], "{from} as {to}");
    }
    let dollars: Vec<String> = PAGE.iter().map(|line| line.replace('€', "CHF")).collect();
    let dollars: Vec<&str> = dollars.iter().map(String::as_str).collect();
    assert_eq!(issues_of(&dollars, &xml(), &[])[0].field, Some(FieldName::Currency));
}

/// The XML's total is printed, but as something else than what is to be paid.
#[test]
fn a_total_that_stands_there_as_something_else_is_a_difference() {
    let read = [(FieldName::TotalAmount, "11966.00")];
    assert_eq!(differing("Gesamt 1.196,60 €", "Gesamt 11.966,00 € Ihre Kundennummer: 1.196,60", &read), [], "in one row");
    let lines: Vec<&str> = PAGE.iter().map(|line| if line.starts_with("Gesamt") { "Gesamt 11.966,00 €" } else { line }).collect();
    let lines = [&lines[..], &["Ihr Umsatz im Vorjahr: 1.196,60 €"]].concat();
    let fields = |read: &[(FieldName, &str)]| issues_of(&lines, &xml(), read).iter().filter_map(|one| one.field).collect::<Vec<_>>();
    assert_eq!(fields(&read), [FieldName::TotalAmount]);
    assert_eq!(fields(&[]), [], "where the page's own reading is unsure");
    assert_eq!(fields(&[(FieldName::TotalAmount, "191.05")]), [], "what the page does not call the total is misread");
}

#[test]
fn another_account_is_seen_whatever_its_country() {
    for other in ["UA21 3223 1300 0002 6007 2335 6600 1", "AE07 0331 2345 6789 0123 456", "AL47 2121 1009 0000 0002 3569 8741"] {
        assert_eq!(differing("DE44 5001 0517 5407 3249 31", other, &[]), [FieldName::Iban], "{other}");
    }
}

#[test]
fn a_buyer_differs_where_the_page_surely_names_another() {
    assert_eq!(differing("Acme Handels AG", "Nordkauf Kontor KG", &[]), []);
    assert_eq!(differing("Acme Handels AG", "Nordkauf Kontor KG", &[(FieldName::BuyerName, "Nordkauf Kontor KG")]), [FieldName::BuyerName]);
}

#[test]
fn a_page_that_was_read_in_part_lacks_nothing() {
    let lines: Vec<&str> = PAGE.iter().copied().filter(|line| !line.starts_with("Gesamt") && !line.starts_with("Rechnung")).collect();
    let nothing = || Ok::<_, ()>(Extraction::default());
    assert_eq!(compare(&page(&lines), &xml(), false, nothing), Ok(Vec::new()));
    assert_eq!(compare(&page(&lines), &xml(), true, nothing).unwrap().len(), 3, "number, date and total");
}

#[test]
fn the_message_names_both_values() {
    let lines: Vec<String> = PAGE.iter().map(|line| line.replace("1.196,60", "11.966,00").replace("191,05", "201,05")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let read = [(FieldName::TotalAmount, "11966.00"), (FieldName::TaxAmount, "201.05"), (FieldName::DueDate, "2026-05-01")];
    let issues = issues_of(&lines, &xml(), &read);
    let messages: Vec<&str> = issues.iter().map(|issue| issue.message.as_str()).collect();
    // The due date of the XML is on the page: what the model reads there does not matter.
    assert_eq!(
        messages,
        ["Tax amount: the XML says 191.05, the page shows 201.05.", "Total amount: the XML says 1196.60, the page shows 11966.00."]
    );
}

#[test]
fn another_document_is_one_difference_and_an_empty_page_none() {
    let other = [
        "Tauwerk Nord OHG, Deichstraße 9, 26721 Emden",
        "Rechnung 77 vom 01.01.2025 an Werft Weser KG",
        "Netto 10,00 USt 1,90 Gesamt 11,90 zahlbar bis 31.01.2025",
        "Vielen Dank für Ihren Auftrag und auf Wiedersehen",
    ];
    let issues = issues_of(&other, &xml(), &[]);
    assert_eq!((issues.len(), issues[0].code.as_str(), issues[0].field), (1, DIFFERS, None));
    let issues = issues_of(&["Seite 1"], &xml(), &[]);
    assert_eq!((issues.len(), issues[0].code.as_str()), (1, NOT_COMPARED));
    assert!(!issues[0].is_notice(), "somebody must look at the page");
}
