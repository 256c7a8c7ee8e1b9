use super::*;
use crate::domain::FieldName;
use proptest::prelude::*;
use std::path::Path;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

#[test]
fn the_attached_xml_of_a_hybrid_pdf_is_exact_unless_it_is_to_be_ignored() {
    let reading = read(&fixture("facturx.pdf"), DocumentKind::Pdf, &ReadOptions::default()).unwrap();
    assert_eq!(reading.kind, DocumentKind::FacturxPdf);
    assert_eq!(reading.einvoice.unwrap().text(FieldName::InvoiceNumber), Some("RE-2026-0418"));
    assert!(reading.pages[0].words.len() > 50);
    let options = ReadOptions { ignore_embedded_xml: true, ..ReadOptions::default() };
    let reading = read(&fixture("facturx.pdf"), DocumentKind::Pdf, &options).unwrap();
    assert_eq!((reading.kind, reading.einvoice), (DocumentKind::Pdf, None));
}

#[test]
fn a_broken_attachment_is_said_and_the_page_read() {
    let mut bytes = fixture("facturx.pdf");
    let end = b"</rsm:CrossIndustryInvoice>";
    let at = bytes.windows(end.len()).position(|window| window == end).unwrap();
    bytes[at..at + end.len()].fill(b' ');
    let reading = read(&bytes, DocumentKind::Pdf, &ReadOptions::default()).unwrap();
    let codes: Vec<&str> = reading.issues.iter().map(|issue| issue.code.as_str()).collect();
    assert_eq!((reading.kind, reading.einvoice, codes), (DocumentKind::Pdf, None, vec!["embedded-xml-broken"]));
    assert!(reading.pages[0].words.len() > 50);
}

#[test]
fn pages_beyond_the_limit_are_left_out_and_said() {
    let options = ReadOptions { max_pages: 0, ..ReadOptions::default() };
    let reading = read(&fixture("plain.pdf"), DocumentKind::Pdf, &options).unwrap();
    assert!(reading.pages.is_empty() && reading.issues.iter().any(|issue| issue.code == "pages-left-out"));
}

#[test]
fn a_scan_is_a_page_without_words_for_manual_entry() {
    for (name, kind) in [
        ("scan.png", DocumentKind::Png),
        ("scan.jpg", DocumentKind::Jpeg),
        ("scan.tiff", DocumentKind::Tiff),
        ("scan.webp", DocumentKind::Webp),
        ("scan.bmp", DocumentKind::Bmp),
    ] {
        let bytes = fixture(name);
        let reading = read(&bytes, kind, &ReadOptions::default()).unwrap();
        assert_eq!((reading.kind, reading.pages.len(), reading.issues[0].code.as_str()), (kind, 1, SCAN_WITHOUT_TEXT));
        assert_eq!(probe(&bytes, kind), Ok(1));
        assert!(render(&bytes, kind, 1, 100).unwrap().starts_with(b"\x89PNG"));
        assert_eq!(render(&bytes, kind, 2, 100).unwrap_err().code, "no-such-page");
    }
}

#[test]
fn page_images_keep_to_their_resolution_and_to_a_size() {
    let size = |png: &[u8]| image::load_from_memory(png).map(|picture| (picture.width(), picture.height())).unwrap();
    let pdf = fixture("plain.pdf");
    assert_eq!(size(&render(&pdf, DocumentKind::Pdf, 1, 72).unwrap()), (595, 842));
    assert_eq!(size(&render(&pdf, DocumentKind::Pdf, 1, 1).unwrap()), (297, 421)); // 36 at least
    assert_eq!(render(&pdf, DocumentKind::Pdf, 0, 72).unwrap_err().code, "no-such-page");
    let boxed = |media: &str| String::from_utf8_lossy(&minimal_pdf(media)).into_owned().into_bytes();
    let (width, height) = size(&render(&boxed("0 0 2000000 2000000"), DocumentKind::Pdf, 1, 150).unwrap());
    assert!(width <= 5000 && height <= 5000, "{width} x {height}");
    assert!(render(&boxed("0 0 2000000 1"), DocumentKind::Pdf, 1, 150).is_ok());
    assert!(render(&boxed("0 0 0 0"), DocumentKind::Pdf, 1, 150).is_ok());
}

/// A PDF of one empty page with this media box.
fn minimal_pdf(media: &str) -> Vec<u8> {
    format!(
        "%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n\
         3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[{media}]>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
    )
    .into_bytes()
}

#[test]
fn an_empty_page_is_a_scan_and_garbage_an_error() {
    let reading = read(&minimal_pdf("0 0 595 842"), DocumentKind::Pdf, &ReadOptions::default()).unwrap();
    assert_eq!(reading.issues[0].code, SCAN_WITHOUT_TEXT);
    assert_eq!(read(b"%PDF-1.7 and nothing", DocumentKind::Pdf, &ReadOptions::default()).unwrap_err().code, "broken-file");
    assert_eq!(read(b"<a>", DocumentKind::Ubl, &ReadOptions::default()).unwrap_err().code, "broken-file");
    assert_eq!(read(b"\x89PNG", DocumentKind::Png, &ReadOptions::default()).unwrap_err().code, "broken-file");
}

/// A PDF with a cross-reference table whose encryption no empty password opens.
fn locked_pdf() -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>".to_owned(),
        format!("<</Filter/Standard/V 2/R 3/Length 128/P -44/O<{}>/U<{}>>>", "5A".repeat(32), "A5".repeat(32)),
    ];
    let (mut pdf, mut table) = ("%PDF-1.4\n".to_owned(), "xref\n0 5\n0000000000 65535 f \n".to_owned());
    for (object, number) in objects.iter().zip(1..) {
        table += &format!("{:010} 00000 n \n", pdf.len());
        pdf += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let start = pdf.len();
    let id = "00".repeat(16);
    format!("{pdf}{table}trailer\n<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[<{id}><{id}>]>>\nstartxref\n{start}\n%%EOF\n").into_bytes()
}

#[test]
fn a_pdf_with_a_password_is_said_to_have_one() {
    assert_eq!(probe(&locked_pdf(), DocumentKind::Pdf).unwrap_err().code, "password-protected");
    assert_eq!(read(&locked_pdf(), DocumentKind::Pdf, &ReadOptions::default()).unwrap_err().code, "password-protected");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Damaged e-invoices of every syntax give fields or an error, never a panic.
    #[test]
    fn damaged_xml_never_panics(which in 0_usize..4, edits in proptest::collection::vec((0.0_f64..1.0, any::<u8>()), 1..8), cut in 0.2_f64..1.5) {
        let mut bytes = fixture(["invoice-ubl.xml", "credit-note-ubl.xml", "credit-note-cii.xml", "fatturapa.xml"][which]);
        bytes.truncate((cut * bytes.len() as f64) as usize);
        for (place, value) in edits {
            let index = (place * bytes.len() as f64) as usize;
            bytes[index] = value;
        }
        let _ = einvoice::read(&bytes);
    }
}
