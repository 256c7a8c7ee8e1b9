//! The rules on documents of our own: each edit of a clean invoice breaks the rules it should, and
//! whatever happens to a document, judging it ends without a panic.

use proptest::prelude::*;

use super::super::super::{read_full, show, ubl};
use super::super::{Element, Report, vat};
use crate::domain::FieldName;
use crate::domain::einvoice::{Severity, Violation};

const UBL: &str = include_str!("../../../../../tests/fixtures/invoice-ubl.xml");
const UBL_CREDIT: &str = include_str!("../../../../../tests/fixtures/credit-note-ubl.xml");
const CII: &str = include_str!("../../../../../tests/fixtures/credit-note-cii.xml");
const PEPPOL: &str = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0";
const XRECHNUNG: &str = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0";

fn violations(xml: &str) -> Vec<Violation> {
    read_full(xml.as_bytes()).unwrap().violations
}

fn broken(xml: &str) -> Vec<String> {
    let mut rules: Vec<String> = violations(xml).into_iter().filter(|one| one.severity == Severity::Fatal).map(|one| one.rule).collect();
    rules.sort();
    rules.dedup();
    rules
}

/// The clean document with one thing changed; the change must be one.
fn edited(xml: &str, from: &str, to: &str) -> String {
    let edited = xml.replacen(from, to, 1);
    assert_ne!(edited, xml, "{from}");
    edited
}

#[test]
fn clean_documents_break_nothing() {
    for xml in [UBL, UBL_CREDIT, CII] {
        assert_eq!(violations(xml), []);
    }
}

#[test]
fn each_edit_breaks_its_rules() {
    #[rustfmt::skip]
    let edits: &[(&str, &str, &str, &[&str])] = &[
        (UBL, "<cbc:ID>AQ-77120</cbc:ID>", "", &["BR-02"]),
        (UBL, "<cbc:ID>AQ-77120</cbc:ID>", "<cbc:ID> </cbc:ID>", &["BR-02"]),
        (UBL, ">380<", ">4711<", &["BR-CL-01"]),
        (UBL, ">268.20<", ">268.21<", &["BR-CO-10"]),
        (UBL, "<cbc:TaxInclusiveAmount currencyID=\"EUR\">491.76</cbc:TaxInclusiveAmount>", "", &["BR-14", "BR-CO-15", "BR-CO-16"]),
        (UBL, "<cbc:TaxInclusiveAmount currencyID=\"EUR\">491.76", "<cbc:TaxInclusiveAmount currencyID=\"EUR\">500.00", &["BR-CO-15", "BR-CO-16"]),
        (UBL, "<cbc:Percent>20</cbc:Percent>", "<cbc:Percent>10</cbc:Percent>", &["BR-CO-17", "BR-S-08", "BR-S-09"]),
        (UBL, "currencyID=\"EUR\">81.96", "currencyID=\"EURO\">81.96", &["BR-CL-03", "BR-CO-15"]),
        (UBL, "unitCode=\"C62\"", "unitCode=\"pieces\"", &["BR-CL-23"]),
        (UBL, "<cbc:ID>AT249990000123456789</cbc:ID>", "", &["BR-50", "BR-61"]),
        (UBL, "ATU54839215", "54839215", &["BR-CO-09"]),
        (UBL, ">7.45<", ">-7.45<", &["BR-27"]),
        (UBL, "<cac:LegalMonetaryTotal>", "<cac:LegalMonetaryTotal/><cac:LegalMonetaryTotal>",
            &["BR-12", "BR-13", "BR-14", "BR-15", "BR-CO-10", "BR-CO-13", "BR-CO-15", "BR-CO-16", "UBL-2.1-schema"]),
        (CII, "<ram:GrandTotalAmount>13.33", "<ram:GrandTotalAmount>13.34", &["BR-CO-15", "BR-CO-16"]),
        (CII, "<ram:CategoryCode>S</ram:CategoryCode>", "<ram:CategoryCode>Z</ram:CategoryCode>", &["BR-S-08", "BR-Z-01", "BR-Z-05"]),
        (CII, "format=\"102\">20261116", "format=\"102\">20261340", &["CII-DT-097"]),
        (CII, "<ram:CountryID>DE</ram:CountryID>", "<ram:CountryID>Germany</ram:CountryID>", &["BR-CL-14"]),
    ];
    for (xml, from, to, rules) in edits {
        assert_eq!(broken(&edited(xml, from, to)), *rules, "{from} -> {to}");
    }
}

#[test]
fn a_breach_says_the_figures_the_place_and_the_field() {
    let document = read_full(edited(UBL, ">268.20<", ">268.21<").as_bytes()).unwrap();
    let issue = document.extraction.issues.iter().find(|issue| issue.rule.as_deref() == Some("BR-CO-10")).unwrap();
    assert_eq!(issue.code, "einvoice-rule");
    assert_eq!(issue.message, "BR-CO-10: The lines add up to 409.81, the sum of the lines (BT-106) says 409.80.");
    assert_eq!((issue.field, issue.place.as_deref()), (Some(FieldName::NetAmount), Some("/Invoice/cac:LegalMonetaryTotal")));
    assert_eq!(document.extraction.text(FieldName::InvoiceNumber), Some("AQ-77120"));
    let second = edited(UBL, "unitCode=\"C62\">12", "unitCode=\"crate\">12");
    assert_eq!(violations(&second)[0].place, "/Invoice/cac:InvoiceLine[2]/cbc:InvoicedQuantity");
}

#[test]
fn rules_apply_where_they_are_claimed() {
    let claim = |claim: &str| UBL.replace("urn:cen.eu:en16931:2017", claim).replace(">268.20<", ">268.21<");
    assert!(broken(&claim("urn:example:none")).is_empty());
    assert!(broken(&claim("urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended")).is_empty());
    assert_eq!(broken(&claim("urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic")), ["BR-CO-10"]);
    let peppol = broken(&claim(PEPPOL));
    assert!(peppol.contains(&"PEPPOL-EN16931-R020".to_owned()) && peppol.contains(&"BR-CO-10".to_owned()), "{peppol:?}");
    assert!(!peppol.iter().any(|rule| rule.starts_with("DE-R") || rule.starts_with("BR-DE")), "the seller is Austrian: {peppol:?}");
    let german = broken(&claim(XRECHNUNG));
    assert!(german.contains(&"BR-DE-15".to_owned()) && !german.iter().any(|rule| rule.starts_with("PEPPOL")), "{german:?}");
}

#[test]
fn many_breaches_are_counted_not_listed() {
    let line = "<cac:InvoiceLine><cbc:ID>1</cbc:ID></cac:InvoiceLine>".repeat(500);
    let document = read_full(edited(UBL, "</Invoice>", &format!("{line}</Invoice>")).as_bytes()).unwrap();
    assert_eq!(document.violations.len(), 100);
    let last = document.extraction.issues.last().unwrap();
    assert_eq!(last.code, "einvoice-rules-more");
}

#[test]
fn faulty_lines_do_not_crowd_out_a_wrong_amount_due() {
    let line = "<cac:InvoiceLine><cbc:ID>1</cbc:ID></cac:InvoiceLine>".repeat(500);
    let xml = edited(UBL, "</Invoice>", &format!("{line}</Invoice>"));
    let xml = edited(&xml, "491.76</cbc:PayableAmount>", "4917.60</cbc:PayableAmount>");
    assert!(broken(&xml).contains(&"BR-CO-16".to_owned()));
}

#[test]
fn figures_at_the_edge_of_decimals_are_compared() {
    let xml = edited(UBL, "urn:cen.eu:en16931:2017", PEPPOL);
    let xml = edited(&xml, ">36<", ">10000000<");
    let price = "792281625142.6433759354</cbc:PriceAmount><cbc:BaseQuantity unitCode=\"C62\">0.0000000001</cbc:BaseQuantity>";
    let xml = edited(&xml, "7.45</cbc:PriceAmount>", price);
    let xml = edited(&xml, "268.20", "-999999999999");
    assert!(broken(&xml).contains(&"PEPPOL-EN16931-R120".to_owned()));
}

#[test]
fn a_price_may_be_a_quotient_and_nothing_below_zero_is_zero() {
    assert_eq!(broken(&edited(UBL, "7.45</cbc:PriceAmount>", "7.4500000000000012</cbc:PriceAmount>")), Vec::<String>::new());
    assert_eq!(broken(&edited(UBL, "7.45</cbc:PriceAmount>", "-0.00</cbc:PriceAmount>")), Vec::<String>::new());
    assert_eq!(broken(&edited(UBL, "7.45</cbc:PriceAmount>", "-0.01</cbc:PriceAmount>")), ["BR-27"]);
}

/// As many rates as lines: reckoned line by line for each rate, this would not end.
#[test]
fn thousands_of_rates_are_each_added_up() {
    let scheme = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>";
    let (mut lines, mut parts) = (String::new(), String::new());
    for n in 1..=5000 {
        let rate = format!("<cbc:ID>S</cbc:ID><cbc:Percent>{n}.5</cbc:Percent>{scheme}");
        lines += &format!(
            "<cac:InvoiceLine><cbc:LineExtensionAmount>{n}</cbc:LineExtensionAmount><cac:Item><cac:ClassifiedTaxCategory>{rate}\
             </cac:ClassifiedTaxCategory></cac:Item></cac:InvoiceLine>"
        );
        let taxable = if n == 4000 { 4001 } else { n };
        parts += &format!(
            "<cac:TaxSubtotal><cbc:TaxableAmount>{taxable}</cbc:TaxableAmount><cac:TaxCategory>{rate}</cac:TaxCategory></cac:TaxSubtotal>"
        );
    }
    let xml = edited(&edited(UBL, "</Invoice>", &format!("{lines}</Invoice>")), "</cac:TaxTotal>", &format!("{parts}</cac:TaxTotal>"));
    let (_, root) = Element::parse(&xml).unwrap();
    let invoice = ubl::read(&root);
    let mut report = Report::new(invoice.syntax, &[], usize::MAX);
    vat::check(&invoice, &mut report);
    let wrong: Vec<String> = report.finish().listed.into_iter().filter(|one| one.rule == "BR-S-08").map(|one| one.place).collect();
    assert_eq!(wrong, ["/Invoice/cac:TaxTotal[1]/cac:TaxSubtotal[4001]"]);
}

#[test]
fn foreign_elements_are_no_part_of_an_invoice() {
    let xml = edited(UBL, "<cbc:ID>AQ-77120</cbc:ID>", "<x:ID xmlns:x='urn:example:x'>FAKE</x:ID><cbc:ID>AQ-77120</cbc:ID>");
    assert_eq!(read_full(xml.as_bytes()).unwrap().extraction.text(FieldName::InvoiceNumber), Some("AQ-77120"));
}

#[test]
fn attachments_give_their_bytes() {
    let reference = "<cac:AdditionalDocumentReference><cbc:ID>A</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject mimeCode=\"text/csv\" \
        filename=\"a.csv\">YSxi\n Yw==</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>";
    let xml = edited(UBL, "<cac:AccountingSupplierParty>", &format!("{reference}<cac:AccountingSupplierParty>"));
    let one = read_full(xml.as_bytes()).unwrap().invoice.unwrap().attachments.remove(0);
    assert_eq!((one.filename.as_deref(), one.mime.as_deref(), one.size), (Some("a.csv"), Some("text/csv"), Some(4)));
    assert_eq!(show::file(xml.as_bytes(), 0).unwrap().bytes, b"a,bc");
    assert!(show::file(xml.as_bytes(), 1).is_none());
}

#[test]
fn an_endless_name_of_an_attachment_is_cut() {
    let reference = format!(
        "<cac:AdditionalDocumentReference><cbc:ID>A</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject mimeCode=\"text/csv\" \
         filename=\"{}\">YSxi</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>",
        "ü".repeat(100_000)
    );
    let xml = edited(UBL, "<cac:AccountingSupplierParty>", &format!("{reference}<cac:AccountingSupplierParty>"));
    assert_eq!(show::file(xml.as_bytes(), 0).unwrap().about.name.chars().count(), 255);
}

/// Values that parsers and sums stumble over.
const NASTY: &[&str] = &[
    "",
    " ",
    "-",
    "NaN",
    "1e400",
    "999999999999.9999999999",
    "-999999999999",
    "0.0000000001",
    "79228162514264337593543950335",
    "٣",
    "ü|ü|||",
    "EL\u{a0}ü",
    "SE556",
    "#SKONTO#TAGE=1#",
    "2021-02-30",
    "DK",
    "AE",
    "O",
    "59",
    "SEPA",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Texts and attributes replaced, elements taken out or doubled, under every claim.
    #[test]
    fn no_change_makes_the_rules_panic(
        which in 0_usize..3,
        claim in 0_usize..4,
        country in 0_usize..8,
        edits in proptest::collection::vec((0.0_f64..1.0, 0_usize..4, 0_usize..NASTY.len()), 1..12),
    ) {
        let claims = ["urn:cen.eu:en16931:2017", PEPPOL, XRECHNUNG, "urn:cen.eu:en16931:2017#compliant#urn:fdc:nen.nl:nlcius:v1.0"];
        let countries = ["DE", "DK", "GR", "IS", "IT", "NL", "NO", "SE"];
        let mut xml = [UBL, UBL_CREDIT, CII][which].replace("urn:cen.eu:en16931:2017", claims[claim]);
        xml = xml.replace(">AT<", &format!(">{}<", countries[country])).replace(">DE<", &format!(">{}<", countries[country]));
        xml = xml.replace("ATU", countries[country]);
        for (place, kind, value) in edits {
            // Between which tags: the text after a tag, or the element that a tag opens.
            let tags: Vec<usize> = xml.match_indices('<').map(|(at, _)| at).collect();
            let at = tags[((place * tags.len() as f64) as usize).min(tags.len() - 1)];
            let Some(end) = xml[at..].find('>').map(|length| at + length + 1) else { continue };
            let next = xml[end..].find('<').map_or(xml.len(), |length| end + length);
            let name = xml[at + 1..end - 1].split([' ', '/']).next().unwrap_or_default().to_owned();
            let close = format!("</{name}>");
            let element = xml[end..].find(&close).map(|length| at..end + length + close.len()).filter(|_| !name.is_empty());
            match (kind, element) {
                (0, _) => xml.replace_range(end..next, NASTY[value]),
                (1, Some(element)) => xml.replace_range(element, ""),
                (2, Some(element)) => {
                    let copy = xml[element.clone()].to_owned();
                    xml.insert_str(element.end, &copy);
                }
                _ => {
                    if let Some(quote) = xml[at..end].find('"') {
                        xml.insert_str(at + quote + 1, NASTY[value]);
                    }
                }
            }
        }
        if let Ok(document) = read_full(xml.as_bytes()) {
            prop_assert!(document.violations.len() <= 100);
        }
        let _ = show::file(xml.as_bytes(), 0);
    }
}
