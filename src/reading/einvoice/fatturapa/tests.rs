use super::*;
use crate::domain::einvoice::Syntax;
use crate::reading::einvoice;
use crate::reading::einvoice::show::{file, show};
use proptest::prelude::*;

const ORDINARY: &str = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2";

fn party(tag: &str, vat: &str, name: &str) -> String {
    format!(
        "<{tag}><DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>{vat}</IdCodice></IdFiscaleIVA><Anagrafica><Denominazione>{name}</Denominazione></Anagrafica></DatiAnagrafici><Sede><Indirizzo>Via Nuova 1</Indirizzo><CAP>20100</CAP><Comune>Milano</Comune><Provincia>MI</Provincia><Nazione>IT</Nazione></Sede></{tag}>"
    )
}

/// A line of `quantity` at `price`, with what stands between price and total.
fn line(number: u32, quantity: &str, price: &str, between: &str, total: &str, rate: &str) -> String {
    format!(
        "<DettaglioLinee><NumeroLinea>{number}</NumeroLinea><Descrizione>Corda {number}</Descrizione><Quantita>{quantity}</Quantita><UnitaMisura>m</UnitaMisura><PrezzoUnitario>{price}</PrezzoUnitario>{between}<PrezzoTotale>{total}</PrezzoTotale>{rate}</DettaglioLinee>"
    )
}

fn rate(percent: &str) -> String {
    format!("<AliquotaIVA>{percent}</AliquotaIVA>")
}

fn summary(rate: &str, taxable: &str, tax: &str) -> String {
    format!("<DatiRiepilogo>{rate}<ImponibileImporto>{taxable}</ImponibileImporto><Imposta>{tax}</Imposta></DatiRiepilogo>")
}

fn body(number: &str, general: &str, goods: &str) -> String {
    format!(
        "<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>TD01</TipoDocumento><Divisa>EUR</Divisa><Data>2026-03-02</Data><Numero>{number}</Numero>{general}</DatiGeneraliDocumento><DatiOrdineAcquisto><IdDocumento>PO-7</IdDocumento><CodiceCIG>Z123</CodiceCIG></DatiOrdineAcquisto></DatiGenerali><DatiBeniServizi>{goods}</DatiBeniServizi><DatiPagamento><CondizioniPagamento>TP02</CondizioniPagamento><DettaglioPagamento><ModalitaPagamento>MP05</ModalitaPagamento><DataScadenzaPagamento>2026-04-01</DataScadenzaPagamento><ImportoPagamento>244.00</ImportoPagamento><IBAN>IT60X0542811101000000123456</IBAN></DettaglioPagamento></DatiPagamento><Allegati><NomeAttachment>ore.csv</NomeAttachment><FormatoAttachment>CSV</FormatoAttachment><Attachment>YTtiCg==</Attachment></Allegati></FatturaElettronicaBody>"
    )
}

fn file_of(version: &str, receiver: &str, bodies: &[String]) -> String {
    let (seller, buyer) = (
        party("CedentePrestatore", "01234567890", "Cordificio Sud S.r.l."),
        party("CessionarioCommittente", "09876543210", "Cantiere Nord"),
    );
    format!(
        "<p:FatturaElettronica versione='{version}' xmlns:p='{ORDINARY}'><FatturaElettronicaHeader><DatiTrasmissione><FormatoTrasmissione>FPR12</FormatoTrasmissione><CodiceDestinatario>{receiver}</CodiceDestinatario></DatiTrasmissione>{seller}{buyer}</FatturaElettronicaHeader>{}</p:FatturaElettronica>",
        bodies.concat()
    )
}

fn good_goods() -> String {
    let discount = "<ScontoMaggiorazione><Tipo>SC</Tipo><Percentuale>50.00</Percentuale></ScontoMaggiorazione>";
    [line(1, "10.00", "40.00", discount, "200.00", &rate("22.00")), summary(&rate("22.00"), "200.00", "44.00")].concat()
}

fn good() -> String {
    file_of("FPR12", "ABCDEF1", &[body("12/A", "<ImportoTotaleDocumento>244.00</ImportoTotaleDocumento>", &good_goods())])
}

fn codes(xml: &str) -> Vec<String> {
    let read = einvoice::read_full(xml.as_bytes()).unwrap();
    let rules = read.extraction.issues.iter().filter(|issue| issue.rule.is_some()).count();
    assert_eq!(rules, read.violations.len());
    read.extraction.issues.iter().map(|issue| issue.rule.clone().unwrap_or_else(|| issue.code.clone())).collect()
}

#[test]
fn an_ordinary_invoice_is_read_whole() {
    let (_, found) = einvoice::read(good().as_bytes()).unwrap();
    assert_eq!(found.issues, []);
    assert_eq!(found.text(FieldName::TotalAmount), Some("244.00"));
    let shown = show(good().as_bytes()).unwrap();
    let [invoice] = shown.invoices.as_slice() else { panic!("{} invoices", shown.invoices.len()) };
    assert_eq!(
        (invoice.syntax, invoice.number.as_deref(), invoice.purchase_order.as_deref()),
        (Syntax::Fatturapa, Some("12/A"), Some("PO-7"))
    );
    assert_eq!(invoice.tender.as_deref(), Some("Z123"));
    assert_eq!(invoice.seller.as_ref().unwrap().vat_id(), Some("IT01234567890"));
    assert_eq!(invoice.tax_total().unwrap().text, "44.00");
    assert_eq!(invoice.totals.as_ref().unwrap().payable.as_ref().unwrap().text, "244.00");
    let line = &invoice.lines[0];
    assert_eq!((line.quantity.as_ref().unwrap().unit.as_deref(), line.allowances_and_charges[0].charge), (Some("m"), Some(false)));
    assert_eq!(line.tax[0].code.as_deref(), Some("S"));
    assert_eq!(invoice.payment_means[0].credit_transfers[0].account.as_deref(), Some("IT60X0542811101000000123456"));
    let attached = &shown.attachments[0];
    assert_eq!((attached.name.as_str(), attached.media_type.as_str(), attached.size), ("ore.csv", "text/csv", Some(4)));
    assert_eq!(file(good().as_bytes(), 0).unwrap().bytes, b"a;b\n");
    assert!(file(good().as_bytes(), 1).is_none());
}

#[test]
fn several_invoices_are_named_and_shown_each() {
    let xml = file_of("FPR12", "ABCDEF1", &[body("1", "", &good_goods()), body("2", "", &good_goods())]);
    let (_, found) = einvoice::read(xml.as_bytes()).unwrap();
    assert_eq!((found.text(FieldName::InvoiceNumber), found.text(FieldName::Currency)), (None, Some("EUR")));
    assert_eq!(found.issues[0].code, "several-invoices");
    assert!(found.issues[0].message.contains("2 invoices (numbers 1, 2)"), "{}", found.issues[0].message);
    assert_eq!(show(xml.as_bytes()).unwrap().invoices.len(), 2);
}

const EXEMPT: &str = "<AliquotaIVA>0.00</AliquotaIVA>";

/// The good file with one thing changed.
fn with(from: &str, to: &str) -> String {
    let changed = good().replace(from, to);
    assert_ne!(changed, good(), "{from}");
    changed
}

/// A file of one line and one tax summary.
fn goods(line: String, summary: String) -> String {
    file_of("FPR12", "ABCDEF1", &[body("1", "", &[line, summary].concat())])
}

fn nature(code: &str) -> String {
    format!("{EXEMPT}<Natura>{code}</Natura>")
}

fn cassa(end: &str) -> String {
    format!(
        "<DatiCassaPrevidenziale><TipoCassa>TC01</TipoCassa><ImportoContributoCassa>0.00</ImportoContributoCassa>{end}</DatiCassaPrevidenziale>"
    )
}

/// One entry a check: a file, and the codes of all checks that it breaks, in order.
fn fires(cases: &[(String, &[&str])]) {
    for (xml, expected) in cases {
        let mut found = codes(xml);
        found.sort();
        assert_eq!(found, *expected, "{xml}");
    }
}

#[test]
fn each_check_of_lines_and_summaries_fires_on_its_breach() {
    fires(&[
        (goods(line(1, "1", "5", "", "5", &nature("N4")), summary(&nature("N4"), "5.00", "0.00")), &[]),
        (goods(line(1, "1", "5", "", "5", EXEMPT), summary(&nature("N4"), "5.00", "0.00")), &["00400", "00444", "00444"]),
        (
            goods(
                line(1, "1", "5", "", "5", &nature("N6.1")),
                summary(&nature("N6.1"), "5.00", "0.00").replace("</Imposta>", "</Imposta><EsigibilitaIVA>S</EsigibilitaIVA>"),
            ),
            &["00420"],
        ),
        (goods(line(1, "1", "5", "", "5", &rate("0.22")), summary(&rate("0.22"), "5.00", "0.01")), &["00424", "00424"]),
        (goods(line(1, "1", "5", "", "5", &nature("N4")), summary(EXEMPT, "5.00", "0.00")), &["00429", "00444", "00444"]),
        (goods(line(1, "1", "5", "", "5", &rate("10")), summary(&rate("22"), "5.00", "1.10")), &["00419", "00443"]),
        (goods(line(1, "1", "5", "", "5", &nature("N2")), summary(&nature("N2"), "5.00", "0.00")), &["00445", "00445"]),
    ]);
}

#[test]
fn each_check_of_the_rest_fires_on_its_breach() {
    fires(&[
        (
            with(
                "<AliquotaIVA>22.00</AliquotaIVA></DettaglioLinee>",
                "<AliquotaIVA>22.00</AliquotaIVA><Natura>N4</Natura></DettaglioLinee>",
            ),
            &["00401", "00444", "00444"],
        ),
        (with("<Numero>12/A", "<Ritenuta/><Numero>12/A"), &[]),
        (with("</PrezzoTotale>", "</PrezzoTotale><Ritenuta>SI</Ritenuta>"), &["00411"]),
        (with("<Numero>12/A</Numero>", &format!("<Numero>1</Numero>{}", cassa(EXEMPT))), &["00413", "00419"]),
        (
            with(
                "<Numero>12/A</Numero>",
                &format!("<Numero>1</Numero>{}", cassa("<AliquotaIVA>22.00</AliquotaIVA><Ritenuta>SI</Ritenuta>")),
            ),
            &["00415"],
        ),
        (with("<IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>09876543210</IdCodice></IdFiscaleIVA>", ""), &["00417"]),
        (
            with(
                "</DatiGenerali>",
                "<DatiFattureCollegate><IdDocumento>9</IdDocumento><Data>2026-05-01</Data></DatiFattureCollegate></DatiGenerali>",
            ),
            &["00418"],
        ),
        (with("<Imposta>44.00", "<Imposta>44.02"), &["00421"]),
        (with("<Imposta>44.00", "<Imposta>44.01"), &[]),
        (
            with(
                "<ImponibileImporto>200.00</ImponibileImporto><Imposta>44.00",
                "<ImponibileImporto>202.00</ImponibileImporto><Imposta>44.44",
            ),
            &["00422"],
        ),
        (
            with(
                "<ImponibileImporto>200.00</ImponibileImporto><Imposta>44.00",
                "<ImponibileImporto>201.00</ImponibileImporto><Imposta>44.22",
            ),
            &[],
        ),
        (with("<Percentuale>50.00", "<Percentuale>10.00"), &["00423"]),
        (with("<Numero>12/A", "<Numero>A"), &["00425"]),
        (with("</CodiceDestinatario>", "</CodiceDestinatario><PECDestinatario>a@b.it</PECDestinatario>"), &["00426"]),
        (with("ABCDEF1", "ABCDEF"), &["00427"]),
        (with("versione='FPR12'", "versione='FPA12'"), &["00428"]),
        (
            with("<DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA>", "<DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA><Natura>N4</Natura>"),
            &["00430", "00444", "00444"],
        ),
        (with("<Numero>12/A</Numero>", "<Numero>1</Numero><ScontoMaggiorazione><Tipo>SC</Tipo></ScontoMaggiorazione>"), &["00437"]),
        (with("<Percentuale>50.00</Percentuale>", ""), &["00438"]),
        (with("09876543210", "01234567890"), &["00471"]),
        (with("TD01", "TD27"), &["00472"]),
        (with("<IdPaese>IT</IdPaese>", "<IdPaese>DE</IdPaese>"), &["00476"]),
    ]);
}

#[test]
fn a_simplified_invoice_is_read_from_prices_with_tax() {
    let xml = "<p:FatturaElettronicaSemplificata versione='FSM10' xmlns:p='http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.0'><FatturaElettronicaHeader><DatiTrasmissione><FormatoTrasmissione>FSM10</FormatoTrasmissione><CodiceDestinatario>0000000</CodiceDestinatario></DatiTrasmissione><CedentePrestatore><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>01234567890</IdCodice></IdFiscaleIVA><Denominazione>Bar Sport</Denominazione><Sede><Indirizzo>Via Nuova</Indirizzo><NumeroCivico>1</NumeroCivico><CAP>20100</CAP><Comune>Milano</Comune><Nazione>IT</Nazione></Sede></CedentePrestatore><CessionarioCommittente><IdentificativiFiscali><CodiceFiscale>RSSMRA80A01F205X</CodiceFiscale></IdentificativiFiscali><AltriDatiIdentificativi><Nome>Maria</Nome><Cognome>Rossi</Cognome></AltriDatiIdentificativi></CessionarioCommittente></FatturaElettronicaHeader><FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>TD07</TipoDocumento><Divisa>EUR</Divisa><Data>2026-03-02</Data><Numero>5</Numero></DatiGeneraliDocumento></DatiGenerali><DatiBeniServizi><Descrizione>Pranzo</Descrizione><Importo>22.00</Importo><DatiIVA><Aliquota>10.00</Aliquota></DatiIVA></DatiBeniServizi><DatiBeniServizi><Descrizione>Vino</Descrizione><Importo>12.20</Importo><DatiIVA><Imposta>2.20</Imposta></DatiIVA></DatiBeniServizi><DatiBeniServizi><Descrizione>Coperto</Descrizione><Importo>3.00</Importo><Natura>N1</Natura></DatiBeniServizi></FatturaElettronicaBody></p:FatturaElettronicaSemplificata>";
    let (_, found) = einvoice::read(xml.as_bytes()).unwrap();
    assert_eq!(found.issues, []);
    let texts = [FieldName::TotalAmount, FieldName::TaxAmount, FieldName::NetAmount, FieldName::SupplierName, FieldName::BuyerName];
    assert_eq!(texts.map(|name| found.text(name).unwrap_or_default()), ["37.20", "4.20", "33.00", "Bar Sport", "Maria Rossi"]);
    assert_eq!(found.text(FieldName::SupplierTaxId), Some("IT01234567890"));
    let invoice = &show(xml.as_bytes()).unwrap().invoices[0];
    assert_eq!(invoice.lines.len(), 3);
    assert_eq!(invoice.lines[0].net_amount.as_ref().unwrap().text, "20.00");
    assert_eq!(codes(&xml.replace("<Numero>5", "<Numero>x")), ["00425"]);
}

proptest! {
    #[test]
    fn damaged_files_never_panic(edits in proptest::collection::vec((0.0_f64..1.0, any::<u8>()), 1..8), from in 0.0_f64..1.0, length in 0_usize..400) {
        let mut bytes = good().into_bytes();
        for (at, byte) in edits {
            let index = (at * (bytes.len() - 1) as f64) as usize;
            bytes[index] = byte;
        }
        let _ = (show(&bytes), file(&bytes, 0));
        let start = (from * bytes.len() as f64) as usize;
        bytes.drain(start..bytes.len().min(start + length));
        let _ = (show(&bytes), file(&bytes, 0));
    }
}

#[test]
fn a_line_at_the_edge_of_decimals_is_compared() {
    let surcharge =
        |percent: &str| format!("<ScontoMaggiorazione><Tipo>MG</Tipo><Percentuale>{percent}</Percentuale></ScontoMaggiorazione>");
    let goods = line(1, "1000000000", "7922816251.42643375", &surcharge("999999999900"), "-999999999999", &rate("22.00"));
    let found = einvoice::read(file_of("FPR12", "ABCDEF1", &[body("1", "", &goods)]).as_bytes()).unwrap().1;
    assert!(found.issues.iter().any(|issue| issue.rule.as_deref() == Some("00423")), "{:?}", found.issues);
}

#[test]
fn faulty_lines_do_not_crowd_out_a_wrong_sum() {
    let lines: String = (1..=300).map(|n| line(n, "1.00", "10.00", "", "20.00", &rate("22.00"))).collect();
    let goods = lines + &summary(&rate("22.00"), "100.00", "22.00");
    let found = einvoice::read(file_of("FPR12", "ABCDEF1", &[body("1", "", &goods)]).as_bytes()).unwrap().1;
    assert!(found.issues.iter().any(|issue| issue.rule.as_deref() == Some("00422")), "{:?}", found.issues);
}

/// Compared each with all before it, this would not end.
#[test]
fn a_way_to_pay_and_a_day_are_named_once_among_thousands() {
    let one = |n: u32| {
        format!(
            "<DettaglioPagamento><ModalitaPagamento>MP05</ModalitaPagamento><DataScadenzaPagamento>d{n}</DataScadenzaPagamento><CodicePagamento>{n}</CodicePagamento></DettaglioPagamento>"
        )
    };
    let many: String = (0..30_000).chain(0..30_000).map(one).collect();
    let xml = good().replace("</DettaglioPagamento>", &format!("</DettaglioPagamento>{many}"));
    let invoice = show(xml.as_bytes()).unwrap().invoices.remove(0);
    assert_eq!((invoice.due_dates.len(), invoice.payment_means.len()), (30_001, 30_001));
}
