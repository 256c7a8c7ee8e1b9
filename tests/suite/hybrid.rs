//! Hybrid PDFs end to end: where the XML is found, what else is attached, and the page against it.

use countersign::demo::documents::{self, Sample, samples};
use countersign::domain::{DocumentKind, Extraction, FieldName};
use countersign::extraction::Extractor;
use countersign::extraction::comparison::{DIFFERS, NOT_COMPARED};
use countersign::extraction::evidence::Evidence;
use countersign::inference::Models;
use countersign::reading::{ReadOptions, attachment, read, show};
use std::path::{Path, PathBuf};

fn extractor() -> Extractor {
    Extractor::open(&Models::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models")).unwrap()).unwrap()
}

fn shared(folder: &str) -> Vec<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    let Ok(entries) = std::fs::read_dir(&path) else {
        eprintln!("skipped: {} is absent", path.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|file| file.extension().is_some_and(|e| e == "pdf")).collect();
    files.sort();
    files
}

/// Files whose page and XML are known to differ: looked at, one by one.
const TRULY_DIFFERENT: &[&str] = &[
    "mvm_Haftpflicht.pdf", // the XML's number is longer than the printed one
    "mvm_Kfz.pdf",
    "mvm_Sach.pdf",
    "gnuaccounting_503.pdf",                                   // the page's sums are other ones
    "weclapp_re1001.pdf",                                      // the page's total is a cent more
    "MustangGnuaccountingBeispielRE-20201121_508_withBOM.pdf", // the page of invoice 507 with the XML of 508
    "factur-x-invalid-xml-encoding-attribute.pdf",
    "fail1.pdf", // the page is of another year
];

#[test]
fn pages_of_hybrid_pdfs_agree_with_their_xml() {
    let extractor = extractor();
    let folders = [
        "invoices/dev/facturx_pdf",
        "invoices/dev/ferd_visual",
        "invoices/dev/hand_invoices",
        "invoices/robustness",
        "standards/factur-x/fixtures",
        "standards/factur-x/mustang",
    ];
    let (mut hybrids, mut compared, mut wrong) = (0, 0, Vec::new());
    for file in folders.into_iter().flat_map(shared) {
        let Ok(reading) = read(&std::fs::read(&file).unwrap(), DocumentKind::Pdf, &ReadOptions::default()) else { continue };
        if reading.einvoice.is_none() {
            continue;
        }
        hybrids += 1;
        let issues = extractor.extract(&reading, &Evidence::default()).unwrap().issues;
        compared += u32::from(!issues.iter().any(|issue| issue.code == NOT_COMPARED));
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let differs: Vec<_> = issues.iter().filter(|issue| issue.code == DIFFERS).map(|issue| issue.message.clone()).collect();
        if differs.is_empty() == TRULY_DIFFERENT.contains(&name.as_str()) {
            wrong.push(format!("{name}: {differs:?}"));
        }
    }
    println!("{hybrids} hybrid PDFs, {compared} compared, {} wrongly judged", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_altered_total_or_account_in_the_xml_is_found() {
    let extractor = extractor();
    let mut tried = 0;
    for Sample { invoice, .. } in samples() {
        let honest = documents::facturx_pdf(&invoice);
        let reading = read(&honest, DocumentKind::Pdf, &ReadOptions::default()).unwrap();
        assert_eq!(extractor.extract(&reading, &Evidence::default()).unwrap().issues, [], "{}", invoice.number);
        let mut forged = reading.clone();
        let exact = forged.einvoice.as_mut().unwrap();
        let other = (invoice.total() * rust_decimal::Decimal::TEN).to_string();
        exact.set_exact(FieldName::TotalAmount, &other);
        exact.set_exact(FieldName::Iban, "GB29NWBK60161331926819");
        let found: Vec<_> =
            extractor.extract(&forged, &Evidence::default()).unwrap().issues.into_iter().filter(|issue| issue.code == DIFFERS).collect();
        let fields: Vec<&str> = found.iter().filter_map(|issue| issue.field).map(FieldName::as_str).collect();
        // Credit notes print no account: one that the page leaves out is master data's to judge.
        let expected = if invoice.iban.is_some() && !invoice.credit_note { vec!["iban", "total_amount"] } else { vec!["total_amount"] };
        assert_eq!(fields, expected, "{found:?}");
        tried += 1;
    }
    assert!(tried >= 5);
}

/// A PDF whose files are attached as `catalogue` and `page` say; objects 5 on are file specifications.
fn pdf(catalogue: &str, page: &str, files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut pdf = format!(
        "%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R{catalogue}>> endobj\n2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]{page}>> endobj\n"
    )
    .into_bytes();
    for ((name, more, bytes), number) in files.iter().zip(0..) {
        let (specification, stream) = (5 + 2 * number, 6 + 2 * number);
        pdf.extend(format!("{specification} 0 obj <</Type/Filespec/F({name}){more}/EF<</F {stream} 0 R>>>> endobj\n").bytes());
        pdf.extend(format!("{stream} 0 obj <</Length {}/Params<</Size {}>>>> stream\n", bytes.len(), bytes.len()).bytes());
        pdf.extend_from_slice(bytes);
        pdf.extend(b"\nendstream endobj\n");
    }
    pdf.extend(b"trailer <</Root 1 0 R>>\n%%EOF\n");
    pdf
}

#[test]
fn the_xml_is_found_wherever_a_pdf_may_attach_it() {
    let invoice = samples().remove(0).invoice;
    let xml = documents::cii(&invoice);
    let nested = "/Names<</EmbeddedFiles<</Kids[<</Kids[<</Names[(x)5 0 R]>>]>>]>>>>";
    let annotation = "/Annots[<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS 5 0 R>>]";
    for (catalogue, page, name) in [
        (nested, "", "FACTUR-X.XML"),
        ("/AF[5 0 R]", "", "ZUGFeRD-invoice.xml"),
        ("/AF 5 0 R", "", "xrechnung.xml"),
        ("", "/AF[5 0 R]", "factur-x.xml"),
        ("", annotation, "rechnung 4711.xml"),
    ] {
        let bytes = pdf(catalogue, page, &[(name, "/AFRelationship/Alternative", &xml)]);
        let reading = read(&bytes, DocumentKind::Pdf, &ReadOptions::default()).unwrap();
        let exact = reading.einvoice.unwrap_or_else(|| panic!("{name}"));
        assert_eq!(exact.text(FieldName::InvoiceNumber), Some(invoice.number.as_str()), "{name}");
    }
}

#[test]
fn other_files_are_listed_and_can_be_had() {
    let xml = documents::cii(&samples().remove(0).invoice);
    let names = "/Names<</EmbeddedFiles<</Names[(a)5 0 R(b)7 0 R(c)9 0 R]>>>>/AF[7 0 R]";
    let bytes = pdf(names, "", &[("order-x.xml", "", b"<o/>"), ("factur-x.xml", "", &xml), ("hours.csv", "/Desc(Time sheet)", b"a;b")]);
    let told = read(&bytes, DocumentKind::Pdf, &ReadOptions::default()).unwrap().issues;
    assert!(told[0].code == "attached-files" && told[0].message.contains("\"hours.csv\" (text/csv)") && told[0].is_notice(), "{told:?}");
    let shown = show(&bytes, DocumentKind::Pdf).unwrap();
    let files: Vec<(&str, Option<usize>)> = shown.attachments.iter().map(|file| (file.name.as_str(), file.size)).collect();
    assert_eq!(files, [("order-x.xml", Some(4)), ("factur-x.xml", Some(xml.len())), ("hours.csv", Some(3))]);
    assert_eq!((shown.attachments[2].media_type.as_str(), shown.attachments[2].description.as_deref()), ("text/csv", Some("Time sheet")));
    assert_eq!(attachment(&bytes, DocumentKind::Pdf, 2).unwrap().bytes, b"a;b");
    assert_eq!(attachment(&bytes, DocumentKind::Pdf, 3).unwrap_err().code, "no-such-attachment");
    assert_eq!(show(&pdf("", "", &[]), DocumentKind::Pdf).unwrap_err().code, "no-einvoice");
}

#[test]
fn of_several_xmls_the_standard_name_wins_and_it_is_said() {
    let samples = samples();
    let (first, second) = (documents::cii(&samples[0].invoice), documents::cii(&samples[1].invoice));
    let names = "/Names<</EmbeddedFiles<</Names[(a)5 0 R(b)7 0 R]>>>>";
    let codes = |files: &[(&str, &str, &[u8])]| {
        let reading = read(&pdf(names, "", files), DocumentKind::Pdf, &ReadOptions::default()).unwrap();
        let number = reading.einvoice.and_then(|exact| exact.text(FieldName::InvoiceNumber).map(str::to_owned));
        (number, reading.issues.into_iter().map(|issue| issue.code).collect::<Vec<_>>())
    };
    let (one, two) = (Some(samples[0].invoice.number.clone()), Some(samples[1].invoice.number.clone()));
    assert_eq!(
        codes(&[("other.xml", "", &second), ("factur-x.xml", "", &first)]),
        (one.clone(), vec!["embedded-xmls-disagree".to_owned()])
    );
    assert_eq!(
        codes(&[("zugferd-invoice.xml", "", &first), ("factur-x.xml", "", &first)]),
        (one.clone(), vec!["several-embedded-xmls".to_owned()])
    );
    let data = "/AFRelationship/Alternative";
    assert_eq!(codes(&[("a.xml", "", &first), ("b.xml", data, &second)]), (two, vec!["embedded-xmls-disagree".to_owned()]));
    assert_eq!(codes(&[("factur-x.xml", "", b"<broken"), ("a.xml", "", &first)]), (one, Vec::new()));
    assert_eq!(codes(&[("factur-x.xml", "", b"<broken"), ("a.xml", "", b"<x/>")]).1, ["embedded-xml-broken", "scan-without-text"]);
}

#[test]
fn files_inside_an_xml_can_be_had() {
    let xml = String::from_utf8(documents::ubl(&samples().remove(0).invoice)).unwrap();
    let reference = |id: &str, inside: &str| {
        format!("<cac:AdditionalDocumentReference><cbc:ID>{id}</cbc:ID>{inside}</cac:AdditionalDocumentReference>")
    };
    let object = "<cac:Attachment><cbc:EmbeddedDocumentBinaryObject mimeCode=\"text/csv\" filename=\"hours.csv\">YTtiCg==</cbc:EmbeddedDocumentBinaryObject></cac:Attachment>";
    let references = [reference("T-1", ""), reference("H-1", object)].concat();
    let changed = xml.replacen("<cac:AccountingSupplierParty>", &format!("{references}<cac:AccountingSupplierParty>"), 1);
    assert_ne!(xml, changed);
    let shown = show(changed.as_bytes(), DocumentKind::Ubl).unwrap();
    assert_eq!((shown.invoices[0].attachments.len(), shown.attachments.len()), (2, 1));
    let file = attachment(changed.as_bytes(), DocumentKind::Ubl, 0).unwrap();
    assert_eq!((file.about.name.as_str(), file.about.media_type.as_str(), file.bytes.as_slice()), ("hours.csv", "text/csv", &b"a;b\n"[..]));
    assert_eq!(attachment(changed.as_bytes(), DocumentKind::Ubl, 1).unwrap_err().code, "no-such-attachment");
}

/// A PDF that prints these lines and carries this XML.
fn printed(lines: &[String], xml: &[u8]) -> Vec<u8> {
    let text: String = lines.iter().zip(0..).map(|(line, row)| format!("1 0 0 1 50 {} Tm ({line}) Tj\n", 780 - 18 * row)).collect();
    let content = format!("BT /F1 11 Tf\n{text}ET");
    let page = "/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>";
    let whole = pdf("/AF[5 0 R]", page, &[("factur-x.xml", "/AFRelationship/Alternative", xml)]);
    let end = whole.windows(7).rposition(|window| window == b"trailer").unwrap();
    let stream = format!("4 0 obj <</Length {}>> stream\n{content}\nendstream endobj\n", content.len());
    [&whole[..end], stream.as_bytes(), &whole[end..]].concat()
}

#[tokio::test]
async fn a_page_that_shows_another_total_and_account_is_sent_to_review() {
    let world = crate::web_world::World::new().await;
    let mut invoice =
        samples().into_iter().map(|sample| sample.invoice).find(|invoice| invoice.iban.is_some() && !invoice.credit_note).unwrap();
    invoice.number = "H-1".to_owned();
    let lines = |iban: &str, total: String| {
        let (dated, due) = (invoice.issue_date, invoice.due_date.unwrap());
        [
            format!("{}, {} {}", invoice.supplier.name, invoice.supplier.post_code, invoice.supplier.city),
            format!("{}, {} {}", invoice.buyer.name, invoice.buyer.post_code, invoice.buyer.city),
            format!("Invoice no. {} of {dated}, due {due}", invoice.number),
            format!("VAT id {}", invoice.supplier.vat_id),
            format!("Net EUR {}", invoice.net()),
            format!("VAT EUR {}", invoice.tax()),
            format!("Total EUR {total}"),
            format!("IBAN {iban}"),
        ]
    };
    let iban = invoice.iban.clone().unwrap();
    let xml = documents::cii(&invoice);
    let honest = printed(&lines(&iban, invoice.total().to_string()), &xml);
    let forged = printed(&lines("GB29 NWBK 6016 1331 9268 19", (invoice.total() + rust_decimal::Decimal::ONE).to_string()), &xml);
    let codes = async |bytes: Vec<u8>| {
        let case = world.upload(bytes).await;
        let view = world.settle(&case).await;
        let of = |list: &str, part: &str| -> Vec<String> {
            view[list]
                .as_array()
                .unwrap()
                .iter()
                .filter(|one| one["code"] == DIFFERS)
                .map(|one| one[part].as_str().unwrap_or_default().to_owned())
                .collect()
        };
        (of("issues", "field"), of("findings", "kind"), view)
    };
    let (issues, findings, _) = codes(honest).await;
    assert_eq!((issues.len(), findings.len()), (0, 0));
    let (issues, findings, view) = codes(forged).await;
    assert_eq!((issues, findings), (vec!["iban".to_owned(), "total_amount".to_owned()], vec!["validation".to_owned(); 2]));
    assert_eq!(view["phase"], "review");
    assert!(view["waiting_for"]["rules"].as_array().unwrap().iter().any(|rule| rule == "incomplete-or-contradictory"));

    let document = view["documents"][0]["document_id"].as_str().unwrap();
    let shown = world.get("the-auditor", &format!("/api/v1/documents/{document}/einvoice")).await.json();
    assert_eq!((shown["kind"].as_str(), shown["invoices"][0]["number"].as_str()), (Some("cii"), Some("H-1")));
    let url = shown["attachments"][0]["url"].as_str().unwrap();
    let file = world.get("the-auditor", url).await;
    assert_eq!((file.bytes.as_slice(), file.header("content-type")), (xml.as_slice(), "application/octet-stream"));
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"factur-x.xml\""));
    let page = world.get("the-auditor", &format!("/cases/{}", view["case_id"].as_str().unwrap())).await.text();
    assert!(page.contains("the page shows GB29NWBK60161331926819"), "the difference stands in the sheet");
}

/// The verified fields of a page, as if an XML said them.
fn told(truth: &serde_json::Value) -> Extraction {
    let mut exact = Extraction::default();
    for name in FieldName::ALL {
        let value = &truth[name.as_str()];
        if let Some(text) = value.as_str().or_else(|| value[0].as_str()) {
            exact.set_exact(*name, text);
        }
    }
    exact
}

/// Pages whose fields were verified by people, in layouts of many programs: an XML that says the same is
/// never said to differ; one that says another total, number or date nearly always is.
#[test]
fn verified_fields_never_differ_and_altered_ones_do() {
    let extractor = extractor();
    let (mut pages, mut wrong, mut altered, mut seen) = (0, Vec::new(), 0, 0);
    let (mut misplaced, mut found_misplaced) = (0, 0);
    for file in ["hand_invoices", "inv3d_templates", "invoice2data", "ferd_visual"]
        .into_iter()
        .flat_map(|source| shared(&format!("invoices/dev/{source}")))
    {
        let options = ReadOptions { ignore_embedded_xml: true, ..ReadOptions::default() };
        let mut reading = read(&std::fs::read(&file).unwrap(), DocumentKind::Pdf, &options).unwrap();
        let Ok(truth) = std::fs::read(file.with_extension("truth.json")) else { continue };
        let exact = told(&serde_json::from_slice(&truth).unwrap());
        let mut differing = |exact: &Extraction| -> Vec<String> {
            reading.einvoice = Some(exact.clone());
            let issues = extractor.extract(&reading, &Evidence::default()).unwrap().issues;
            issues.into_iter().filter(|issue| issue.code == DIFFERS).map(|issue| issue.message).collect()
        };
        pages += 1;
        let found = differing(&exact);
        if !found.is_empty() {
            wrong.push(format!("{}: {found:?}", file.file_name().unwrap().to_string_lossy()));
        }
        // The page does print it, as something else.
        if let Some(net) = exact.text(FieldName::NetAmount).filter(|net| Some(*net) != exact.text(FieldName::TotalAmount)) {
            let mut forged = exact.clone();
            forged.set_exact(FieldName::TotalAmount, net);
            misplaced += 1;
            found_misplaced += usize::from(!differing(&forged).is_empty());
        }
        for (name, other) in
            [(FieldName::TotalAmount, "7391.27"), (FieldName::InvoiceNumber, "QX-77413"), (FieldName::IssueDate, "2003-02-28")]
        {
            if exact.text(name).is_some() {
                let mut forged = exact.clone();
                forged.set_exact(name, other);
                altered += 1;
                seen += usize::from(!differing(&forged).is_empty());
            }
        }
    }
    println!(
        "{pages} pages, {} wrongly said to differ; {seen} of {altered} altered values seen, {found_misplaced} of {misplaced} totals that are printed as something else",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen * 100 >= altered * 97, "{seen} of {altered}");
    assert!(found_misplaced * 2 >= misplaced, "{found_misplaced} of {misplaced}");
}
