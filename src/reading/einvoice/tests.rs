use super::*;
use crate::domain::DocumentType;
use rust_decimal::Decimal;
use std::path::{Path, PathBuf};

/// The shared developer data, or a visible note that it is absent.
fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/invoices").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent", path.display());
    None
}

fn truths(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            truths(&path, found);
        } else if path.to_string_lossy().ends_with(".truth.json") {
            found.push(path);
        }
    }
}

fn letters(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Strict equality after the evaluator's normalization.
fn same(name: &str, ours: &str, truth: &str) -> bool {
    match name {
        "net_amount" | "tax_amount" | "total_amount" => {
            matches!((ours.parse::<Decimal>(), truth.parse::<Decimal>()), (Ok(a), Ok(b)) if (a - b).abs() <= Decimal::new(5, 3))
        }
        "issue_date" | "due_date" => ours == truth,
        "invoice_number" | "purchase_order" => {
            let tight = |text: &str| text.to_lowercase().split_whitespace().collect::<String>();
            tight(ours) == tight(truth)
        }
        _ => letters(ours) == letters(truth),
    }
}

fn agrees(name: &str, ours: Option<&str>, truth: &serde_json::Value) -> bool {
    match (ours, truth) {
        (None, serde_json::Value::Null) => true,
        (Some(ours), serde_json::Value::String(truth)) => same(name, ours, truth),
        (Some(ours), serde_json::Value::Array(any)) => any.iter().filter_map(|truth| truth.as_str()).any(|truth| same(name, ours, truth)),
        _ => false,
    }
}

#[test]
fn every_header_field_of_the_shared_einvoices_is_right() {
    let Some(folder) = shared("xml") else { return };
    let mut files = Vec::new();
    truths(&folder, &mut files);
    let (mut fields, mut wrong) = (0, Vec::new());
    for path in &files {
        let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let document = path.with_file_name(truth["_meta"]["file"].as_str().unwrap());
        let (_, extraction) = read(&std::fs::read(&document).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", document.display()));
        for name in FieldName::ALL.iter().filter(|name| truth.get(name.as_str()).is_some()) {
            fields += 1;
            let ours = extraction.text(*name);
            if !agrees(name.as_str(), ours, &truth[name.as_str()]) {
                wrong.push(format!("{}: {name}: {ours:?}, truth {}", document.display(), truth[name.as_str()]));
            }
        }
    }
    println!("{} files, {fields} fields, {} wrong", files.len(), wrong.len());
    assert!(files.len() >= 750, "only {} files", files.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lines are compared in order. The truths give the price as it is written, ours is per unit: only
/// lines whose price is for several units may differ there.
#[test]
fn the_lines_of_the_shared_einvoices_agree() {
    let Some(folder) = shared("xml") else { return };
    let mut files = Vec::new();
    truths(&folder, &mut files);
    let (mut cells, mut wrong, mut priced_for_several) = (0, Vec::new(), 0);
    for path in &files {
        let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let Some(lines) = truth["lines"].as_array() else { continue };
        let document = path.with_file_name(truth["_meta"]["file"].as_str().unwrap());
        let (_, extraction) = read(&std::fs::read(&document).unwrap()).unwrap();
        for (index, line) in lines.iter().enumerate() {
            let ours = extraction.lines.get(index).cloned().unwrap_or_default();
            for (name, ours) in [("quantity", ours.quantity), ("unit_price", ours.unit_price), ("amount", ours.amount)] {
                let Some(truth) = line[name].as_str() else { continue };
                cells += 1;
                if ours.is_none_or(|ours| (ours - truth.parse::<Decimal>().unwrap()).abs() > Decimal::new(5, 3)) {
                    if name == "unit_price" && ours.is_some() {
                        priced_for_several += 1;
                    } else {
                        wrong.push(format!("{} line {index} {name}: {ours:?}, truth {truth}", document.display()));
                    }
                }
            }
            if let Some(truth) = line["description"].as_str() {
                cells += 1;
                if !ours.description.as_deref().is_some_and(|ours| letters(ours).starts_with(&letters(truth))) {
                    wrong.push(format!("{} line {index} description: {:?}, truth {truth:?}", document.display(), ours.description));
                }
            }
        }
    }
    println!("{cells} cells, {} wrong, {priced_for_several} prices for several units", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(priced_for_several <= 45, "{priced_for_several} prices differ from the truths");
}

#[test]
fn due_dates_and_accounts_are_judged_by_form() {
    assert_eq!(iso_date("20140711"), "2014-07-11");
    assert_eq!(iso_date("2014-07-11+02:00"), "2014-07-11");
    assert_eq!(iso_date("2014-07-11T00:00:00"), "2014-07-11");
    let mut found = Extraction::default();
    set_due_date(&mut found, &["2014-07-11", "20140711"]);
    assert_eq!(found.text(FieldName::DueDate), Some("2014-07-11"));
    let mut found = Extraction::default();
    set_due_date(&mut found, &["2014-07-11", "2014-08-11"]);
    assert_eq!((found.text(FieldName::DueDate), found.issues[0].code.as_str()), (None, "several-due-dates"));
    let mut found = Extraction::default();
    set_iban(&mut found, &["1234567", "DE44 5001 0517 5407 3249 31"]);
    assert_eq!(found.text(FieldName::Iban), Some("DE44500105175407324931"));
    let mut found = Extraction::default();
    set_iban(&mut found, &["DE44 5001 0517 5407 3249 32"]);
    assert_eq!((found.text(FieldName::Iban), found.issues[0].code.as_str()), (Some("DE44500105175407324932"), "iban-invalid"));
}

#[test]
fn prices_are_per_unit() {
    let price = |price: &str, base: Option<&str>| unit_price(decimal(Some(price)), decimal(base)).map(|p| p.to_string());
    assert_eq!(price("250", Some("100")).as_deref(), Some("2.5"));
    assert_eq!(price("250", Some("0")).as_deref(), Some("250"));
    assert_eq!(price("250", None).as_deref(), Some("250"));
}

#[test]
fn several_invoices_in_one_file_share_only_what_is_common() {
    let body = |number: &str| {
        format!(
            "<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>TD04</TipoDocumento><Divisa>EUR</Divisa><Numero>{number}</Numero></DatiGeneraliDocumento></DatiGenerali></FatturaElettronicaBody>"
        )
    };
    let xml = format!(
        "<p:FatturaElettronica xmlns:p='http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2'>{}{}</p:FatturaElettronica>",
        body("1"),
        body("2")
    );
    let (kind, found) = read(xml.as_bytes()).unwrap();
    assert_eq!((kind, found.document_type), (DocumentKind::Fatturapa, DocumentType::CreditNote));
    assert_eq!((found.text(FieldName::Currency), found.text(FieldName::InvoiceNumber)), (Some("EUR"), None));
    assert_eq!(found.issues[0].code, "several-invoices");
}
