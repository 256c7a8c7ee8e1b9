use super::*;
use crate::domain::{DocumentKind, DocumentType, FieldName, Iban, VatId};
use crate::intake::{Limits, accept};
use crate::reading::{ReadOptions, read, render};
use std::path::PathBuf;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// One document of each kind that the product accepts, made by the product itself.
fn fixtures() -> Vec<(&'static str, DocumentKind, Vec<u8>)> {
    let sample = |name: &str| samples().into_iter().find(|sample| sample.file_name == name).unwrap();
    let clean = sample("nordwind-re-2026-0418.pdf");
    let png = render(&pdf(&clean.invoice), DocumentKind::Pdf, 1, 72).unwrap();
    let picture = image::load_from_memory(&png).unwrap().to_rgb8();
    let picture = image::imageops::resize(&picture, 149, 210, image::imageops::FilterType::Triangle);
    let raster = |format| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    vec![
        ("facturx.pdf", DocumentKind::Pdf, clean.bytes.clone()),
        ("plain.pdf", DocumentKind::Pdf, sample("lindhof-2026-1187.pdf").bytes),
        ("invoice-ubl.xml", DocumentKind::Ubl, sample("alpenquell-aq-77120.xml").bytes),
        ("credit-note-ubl.xml", DocumentKind::Ubl, ubl(&sample("nordwind-gs-2026-0037.xml").invoice)),
        ("credit-note-cii.xml", DocumentKind::Cii, sample("nordwind-gs-2026-0037.xml").bytes),
        ("fatturapa.xml", DocumentKind::Fatturapa, FATTURAPA.as_bytes().to_vec()),
        ("scan.png", DocumentKind::Png, raster(image::ImageFormat::Png)),
        ("scan.jpg", DocumentKind::Jpeg, raster(image::ImageFormat::Jpeg)),
        ("scan.tiff", DocumentKind::Tiff, raster(image::ImageFormat::Tiff)),
        ("scan.webp", DocumentKind::Webp, raster(image::ImageFormat::WebP)),
        ("scan.bmp", DocumentKind::Bmp, raster(image::ImageFormat::Bmp)),
    ]
}

const FATTURAPA: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<p:FatturaElettronica versione="FPR12" xmlns:p="http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2">
  <FatturaElettronicaHeader>
    <CedentePrestatore>
      <DatiAnagrafici>
        <IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>01234567897</IdCodice></IdFiscaleIVA>
        <Anagrafica><Denominazione>Cartiera Belvedere S.r.l.</Denominazione></Anagrafica>
      </DatiAnagrafici>
      <Sede><Indirizzo>Via dei Cipressi 9</Indirizzo><CAP>50122</CAP><Comune>Firenze</Comune><Provincia>FI</Provincia><Nazione>IT</Nazione></Sede>
    </CedentePrestatore>
    <CessionarioCommittente>
      <DatiAnagrafici><Anagrafica><Denominazione>Hafenlicht Handels GmbH</Denominazione></Anagrafica></DatiAnagrafici>
    </CessionarioCommittente>
  </FatturaElettronicaHeader>
  <FatturaElettronicaBody>
    <DatiGenerali>
      <DatiGeneraliDocumento>
        <TipoDocumento>TD01</TipoDocumento><Divisa>EUR</Divisa><Data>2026-11-04</Data><Numero>77/A</Numero>
        <ImportoTotaleDocumento>244.00</ImportoTotaleDocumento>
      </DatiGeneraliDocumento>
    </DatiGenerali>
    <DatiBeniServizi>
      <DettaglioLinee><NumeroLinea>1</NumeroLinea><Descrizione>Carta da lettere</Descrizione><Quantita>10.00</Quantita><PrezzoUnitario>20.00</PrezzoUnitario><PrezzoTotale>200.00</PrezzoTotale><AliquotaIVA>22.00</AliquotaIVA></DettaglioLinee>
      <DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA><ImponibileImporto>200.00</ImponibileImporto><Imposta>44.00</Imposta></DatiRiepilogo>
    </DatiBeniServizi>
  </FatturaElettronicaBody>
</p:FatturaElettronica>
"#;

#[test]
fn fixtures_are_what_the_program_makes() {
    for (name, kind, bytes) in fixtures() {
        let path = fixture(name);
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let kept = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run with UPDATE_FIXTURES=1", path.display()));
        assert!(kept == bytes, "{name} is no longer what the program makes; run with UPDATE_FIXTURES=1");
        assert_eq!(accept(bytes, &Limits::default()).unwrap().kind, kind, "{name}");
    }
}

/// Every format of every sample reads back to the same fields.
#[test]
fn e_invoices_read_back_exactly() {
    for sample in samples() {
        let invoice = &sample.invoice;
        for (bytes, kind, found) in [
            (ubl(invoice), DocumentKind::Ubl, DocumentKind::Ubl),
            (cii(invoice), DocumentKind::Cii, DocumentKind::Cii),
            (facturx_pdf(invoice), DocumentKind::Pdf, DocumentKind::FacturxPdf),
        ] {
            let reading = read(&bytes, kind, &ReadOptions::default()).unwrap();
            assert_eq!((reading.kind, &reading.issues), (found, &Vec::new()));
            let fields = reading.einvoice.unwrap();
            assert_eq!(fields.document_type == DocumentType::CreditNote, invoice.credit_note);
            let expected = [
                (FieldName::InvoiceNumber, Some(invoice.number.clone())),
                (FieldName::IssueDate, Some(invoice.issue_date.to_string())),
                (FieldName::DueDate, invoice.due_date.map(|date| date.to_string())),
                (FieldName::SupplierName, Some(invoice.supplier.name.clone())),
                (FieldName::SupplierTaxId, Some(invoice.supplier.vat_id.clone())),
                (FieldName::BuyerName, Some(invoice.buyer.name.clone())),
                (FieldName::Iban, invoice.iban.clone()),
                (FieldName::PurchaseOrder, invoice.purchase_order.clone()),
                (FieldName::Currency, Some(invoice.currency.clone())),
                (FieldName::NetAmount, Some(invoice.net().to_string())),
                (FieldName::TaxAmount, Some(invoice.tax().to_string())),
                (FieldName::TotalAmount, Some(invoice.total().to_string())),
            ];
            for (name, value) in expected {
                assert_eq!(fields.text(name), value.as_deref(), "{} {name} {kind:?}", sample.file_name);
            }
            assert!(fields.issues.is_empty(), "{:?}", fields.issues);
            let amounts: Vec<_> = fields.lines.iter().filter_map(|line| line.amount).collect();
            assert_eq!(amounts, invoice.lines.iter().map(SampleLine::amount).collect::<Vec<_>>());
        }
    }
}

#[test]
fn pages_can_be_read_as_a_person_reads_them() {
    for sample in samples() {
        let options = ReadOptions { ignore_embedded_xml: true, ..ReadOptions::default() };
        let reading = read(&facturx_pdf(&sample.invoice), DocumentKind::Pdf, &options).unwrap();
        assert_eq!((reading.kind, reading.einvoice, reading.issues), (DocumentKind::Pdf, None, Vec::new()));
        let words = &reading.pages[0].words;
        let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        for expected in [&sample.invoice.number, &sample.invoice.supplier.name, &sample.invoice.buyer.name, &sample.invoice.supplier.vat_id]
        {
            assert!(text.contains(expected.as_str()), "{expected} not in {text}");
        }
        assert!(words.iter().any(|word| word.bold) && words.iter().any(|word| !word.bold));
        assert!(
            words.windows(2).all(|pair| pair[0].line < pair[1].line || pair[0].line == pair[1].line && pair[0].bbox.x < pair[1].bbox.x)
        );
    }
}

#[test]
fn the_demonstration_hangs_together() {
    let (samples, suppliers, orders, receipts) = (samples(), suppliers(), purchase_orders(), goods_receipts());
    assert_eq!((samples.len(), suppliers.len(), orders.len(), receipts.len()), (8, 5, 5, 4));
    for supplier in &suppliers {
        assert!(supplier.vat_id.is_some() && supplier.ibans.len() == 1, "{}", supplier.name);
    }
    assert!(buyer().vat_id.parse::<VatId>().is_ok());
    for sample in &samples {
        let invoice = &sample.invoice;
        assert!(invoice.supplier.vat_id.parse::<VatId>().is_ok() && invoice.iban.as_ref().unwrap().parse::<Iban>().is_ok());
        let known = suppliers.iter().find(|supplier| supplier.name == invoice.supplier.name);
        let order = invoice.purchase_order.as_ref().map(|number| orders.iter().find(|order| order.number == *number).unwrap());
        assert_eq!(known.is_none(), order.is_none(), "{}", sample.file_name);
        if let (Some(known), Some(order)) = (known, order) {
            assert_eq!(known.number, order.supplier);
            let dearer = invoice.lines.iter().zip(&order.lines).any(|(billed, ordered)| billed.unit_price > ordered.unit_price);
            assert_eq!(dearer, sample.file_name.starts_with("lumiere"));
        }
        let high = invoice.total() > Decimal::from(12_000);
        assert_eq!(high, sample.file_name.starts_with("kessler"), "{} {}", sample.file_name, invoice.total());
    }
}
