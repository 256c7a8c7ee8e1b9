use super::*;
use proptest::prelude::*;

const UBL: &str = "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'><ID>1</ID></Invoice>";

fn judged(bytes: &[u8]) -> Result<DocumentKind, &'static str> {
    accept(bytes.to_vec(), &Limits::default()).map(|accepted| accepted.kind).map_err(|rejection| rejection.code())
}

#[test]
fn types_are_told_by_content() {
    let cii = "<a:CrossIndustryInvoice xmlns:a='urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100'/>";
    let zugferd1 = "<?xml version='1.0'?><!-- x --><a:CrossIndustryDocument xmlns:a='urn:ferd:CrossIndustryDocument:invoice:1p0'/>";
    let wide: Vec<u8> = [0xFF, 0xFE].into_iter().chain(UBL.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let pdf = [b"junk\n%PDF-1.7\n1 0 obj <<>> endobj".as_slice(), &[b' '; 100]].concat();
    let table: &[(&[u8], Result<DocumentKind, &str>)] = &[
        (UBL.as_bytes(), Ok(DocumentKind::Ubl)),
        (cii.as_bytes(), Ok(DocumentKind::Cii)),
        (zugferd1.as_bytes(), Ok(DocumentKind::Cii)),
        (&wide, Ok(DocumentKind::Ubl)),
        (&pdf, Ok(DocumentKind::Pdf)),
        (b"\x89PNG\r\n\x1a\n....", Ok(DocumentKind::Png)),
        (b"\xFF\xD8\xFF\xE0....", Ok(DocumentKind::Jpeg)),
        (b"II*\0....", Ok(DocumentKind::Tiff)),
        (b"RIFF....WEBPVP8 ", Ok(DocumentKind::Webp)),
        (b"", Err("empty-file")),
        (b"%PDF-1.7\n", Err("broken-file")),
        (b"PK\x03\x04....", Err("unsupported-type")),
        (b"\0\0\0\x18ftypheic....mif1heic", Ok(DocumentKind::Heic)),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", Ok(DocumentKind::Heic)),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", Err("unsupported-type")),
        (b"\0\0\0\x18ftypisom\0\0\0\0isomheic", Err("unsupported-type")),
        (b"GIF89a....", Ok(DocumentKind::Gif)),
        (b"<!DOCTYPE html><html></html>", Err("unsupported-type")),
        (b"<html><body/></html>", Err("unsupported-type")),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Err("unsupported-type")),
        (b"<Invoice/>", Err("unsupported-type")),
        (b"Dear sirs, our invoice is attached.", Err("unsupported-type")),
        (b"\x01\x02\x03\x04\xFF\xFE\x00", Err("unsupported-type")),
        (&UBL.as_bytes()[..80], Err("broken-file")),
        (b"<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'>\xFF</Invoice>", Err("broken-file")),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", Err("broken-file")),
        (b"<x:a/>", Err("broken-file")),
        (b"<a>&nope;</a>", Err("broken-file")),
    ];
    for (bytes, expected) in table {
        assert_eq!(judged(bytes), *expected, "{}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(judged("<a>".repeat(1000).as_bytes()), Err("broken-file"));
}

#[test]
fn refusals_say_what_it_looks_like_and_what_is_accepted() {
    let said = |bytes: &[u8]| accept(bytes.to_vec(), &Limits::default()).unwrap_err().to_string();
    assert!(said(b"PK\x03\x04........word/document.xml").contains("Word document"));
    assert!(said(b"\0\0\0\x18ftypavif....").contains("AVIF"));
    assert!(said(b"hello").contains("plain text") && said(b"hello").contains("FatturaPA"));
    assert_eq!(Rejection::unopened("password-protected", "…").code(), "password-protected");
    assert_eq!(Rejection::unopened("broken-file", "no pages").to_string(), "the file is damaged: no pages");
    let limits = Limits { max_bytes: 10 };
    let refused = accept(UBL.into(), &limits).unwrap_err();
    assert_eq!((refused.code(), refused.to_string().contains("10 bytes")), ("too-large", true));
}

#[test]
fn the_hash_is_of_the_bytes() {
    let accepted = accept(UBL.into(), &Limits::default()).unwrap();
    assert_eq!(accepted.bytes, UBL.as_bytes());
    assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(accepted.sha256, sha256_hex(UBL.as_bytes()));
}

/// The fixtures, to be damaged.
fn fixtures() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().filter(|path| path.is_file()).map(|path| std::fs::read(path).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_never_panic(which in 0_usize..100, cut in 0.0_f64..1.2, edits in proptest::collection::vec((0.0_f64..1.0, any::<u8>()), 0..6)) {
        let files = fixtures();
        let mut bytes = files[which % files.len()].clone();
        let at = |share: f64, length: usize| (share * length as f64) as usize;
        bytes.truncate(at(cut, bytes.len()));
        for (place, value) in edits {
            let index = at(place, bytes.len());
            if let Some(byte) = bytes.get_mut(index) {
                *byte = value;
            }
        }
        if let Err(rejection) = accept(bytes, &Limits::default()) {
            prop_assert!(!rejection.to_string().is_empty());
        }
    }
}
