//! The simplified invoice (`FSM10`, up to 400 euro): a party may be known by its tax number alone, and
//! prices include tax. Tax that is given only as a rate is computed from the price.

use rust_decimal::{Decimal, RoundingStrategy};

use super::super::tree::Element;
use super::model::{amount, attachment, category, day, postal, receiver, register, tax_registrations, text};
use super::terms::document_type;
use super::{decimal, name, one_line, seat, set, start, vat_id};
use crate::domain::einvoice::{
    Amount, Invoice, Item, Line, Note, Number, Party, Preceding, Syntax, TaxBreakdown, TaxCategory, TaxTotal, Totals,
};
use crate::domain::{Extraction, FieldName, LineItem};

pub(super) fn parties(header: &Element, found: &mut Extraction) {
    if let Some(supplier) = header.first(&["CedentePrestatore"]) {
        set(found, FieldName::SupplierName, name(supplier).as_deref());
        set(found, FieldName::SupplierTaxId, vat_id(supplier).as_deref());
        set(found, FieldName::SupplierAddress, supplier.first(&["Sede"]).and_then(seat).as_deref());
    }
    let buyer = header.first(&["CessionarioCommittente", "AltriDatiIdentificativi"]);
    set(found, FieldName::BuyerName, buyer.and_then(name).as_deref());
}

/// What a line costs with tax, and the tax in it; `None` where neither rate, tax nor nature is given.
struct Priced {
    gross: Decimal,
    tax: Option<Decimal>,
}

impl Priced {
    fn of(line: &Element) -> Option<Self> {
        let gross = decimal(line.text_at(&["Importo"]))?;
        let tax = decimal(line.text_at(&["DatiIVA", "Imposta"])).or_else(|| {
            let rate = decimal(line.text_at(&["DatiIVA", "Aliquota"]));
            let rate = rate.or_else(|| line.has(&["Natura"]).then_some(Decimal::ZERO))?;
            let hundred = Decimal::ONE_HUNDRED;
            let tax = gross.checked_mul(rate)?.checked_div(hundred.checked_add(rate)?)?;
            Some(tax.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
        });
        Some(Self { gross, tax })
    }
}

struct Sums {
    gross: Decimal,
    tax: Option<Decimal>,
}

/// The sums over a body's lines; `None` where a line has no price.
fn sums(lines: &[&Element]) -> Option<Sums> {
    let priced: Vec<Priced> = lines.iter().map(|line| Priced::of(line)).collect::<Option<_>>()?;
    let gross = priced.iter().map(|line| line.gross).try_fold(Decimal::ZERO, Decimal::checked_add).filter(|_| !priced.is_empty())?;
    let tax = priced.iter().map(|line| line.tax).try_fold(Decimal::ZERO, |sum, tax| sum.checked_add(tax?));
    Some(Sums { gross, tax })
}

pub(super) fn body(body: &Element) -> Extraction {
    let mut found = Extraction::default();
    if let Some(general) = body.first(&["DatiGenerali", "DatiGeneraliDocumento"]) {
        start(general, &mut found);
    }
    let lines = body.all(&["DatiBeniServizi"]);
    if let Some(sums) = sums(&lines) {
        set(&mut found, FieldName::TotalAmount, Some(&sums.gross.to_string()));
        if let Some(tax) = sums.tax {
            set(&mut found, FieldName::TaxAmount, Some(&tax.to_string()));
            set(&mut found, FieldName::NetAmount, Some(&(sums.gross - tax).to_string()));
        }
    }
    found.lines = lines
        .iter()
        .map(|line| LineItem {
            description: line.text_at(&["Descrizione"]).map(one_line),
            amount: Priced::of(line).and_then(|priced| Some(priced.gross - priced.tax?)),
            tax_rate: decimal(line.text_at(&["DatiIVA", "Aliquota"])),
            ..LineItem::default()
        })
        .collect();
    found
}

pub(super) fn invoices(root: &Element) -> Vec<Invoice> {
    let common = root.first(&["FatturaElettronicaHeader"]).map(header).unwrap_or_default();
    root.all(&["FatturaElettronicaBody"]).into_iter().map(|element| one(element, common.clone())).collect()
}

fn header(header: &Element) -> Invoice {
    let sent = header.first(&["DatiTrasmissione"]);
    let seller = header.first(&["CedentePrestatore"]).map(|seller| Party {
        name: name(seller),
        legal_registration: seller.first(&["IscrizioneREA"]).map(register),
        tax_registrations: tax_registrations(seller),
        legal_form: seller.text_at(&["RegimeFiscale"]).map(|code| format!("Tax regime {code}")),
        address: seller.first(&["Sede"]).map(postal),
        ..Party::default()
    });
    let buyer = header.first(&["CessionarioCommittente"]).map(|buyer| {
        let known = buyer.first(&["AltriDatiIdentificativi"]);
        Party {
            name: known.and_then(name),
            tax_registrations: buyer.first(&["IdentificativiFiscali"]).map(tax_registrations).unwrap_or_default(),
            electronic_address: sent.and_then(receiver),
            address: known.and_then(|known| known.first(&["Sede"])).map(postal),
            ..Party::default()
        }
    });
    let specification = sent.and_then(|sent| text(sent, &["FormatoTrasmissione"]));
    Invoice { syntax: Syntax::Fatturapa, specification, seller, buyer, ..Invoice::default() }
}

fn one(body: &Element, mut invoice: Invoice) -> Invoice {
    if let Some(document) = body.first(&["DatiGenerali", "DatiGeneraliDocumento"]) {
        invoice.number = text(document, &["Numero"]);
        invoice.issue_date = day(document.text_at(&["Data"]));
        invoice.type_code = text(document, &["TipoDocumento"]);
        invoice.currency = text(document, &["Divisa"]);
        let kind = document.text_at(&["TipoDocumento"]).and_then(document_type);
        invoice.notes.extend(kind.map(|kind| Note { subject: Some("Document type".to_owned()), text: kind.to_owned() }));
    }
    for corrected in body.all(&["DatiGenerali", "DatiFatturaRettificata"]) {
        invoice.preceding.push(Preceding { number: text(corrected, &["NumeroFR"]), issue_date: day(corrected.text_at(&["DataFR"])) });
        invoice.notes.extend(text(corrected, &["ElementiRettificati"]).map(|text| Note { subject: Some("Corrected".to_owned()), text }));
    }
    let lines = body.all(&["DatiBeniServizi"]);
    let whole = |sum: Decimal| Some(Amount::new(&sum.to_string(), None));
    if let Some(sums) = sums(&lines) {
        let net = sums.tax.map(|tax| sums.gross - tax);
        invoice.totals = Some(Totals { with_tax: whole(sums.gross), without_tax: net.and_then(whole), ..Totals::default() });
        invoice.tax_totals =
            vec![TaxTotal { amount: sums.tax.and_then(whole), breakdown: lines.iter().map(|line| breakdown(line)).collect() }];
    }
    invoice.lines = lines.iter().zip(1_u32..).map(|(element, number)| line(element, number)).collect();
    invoice.attachments = body.all(&["Allegati"]).into_iter().map(attachment).collect();
    invoice
}

fn rate(line: &Element) -> TaxCategory {
    let rate = text(line, &["DatiIVA", "Aliquota"]);
    let code = text(line, &["Natura"]).or_else(|| line.has(&["DatiIVA"]).then(|| "S".to_owned()));
    TaxCategory { code, rate: rate.map(Number), ..category(line) }
}

fn breakdown(line: &Element) -> TaxBreakdown {
    let priced = Priced::of(line);
    let whole = |amount: Decimal| Amount::new(&amount.to_string(), None);
    TaxBreakdown {
        taxable: priced.as_ref().and_then(|priced| Some(whole(priced.gross - priced.tax?))),
        tax: priced.and_then(|priced| priced.tax).map(whole),
        category: Some(rate(line)),
    }
}

fn line(line: &Element, number: u32) -> Line {
    let net = Priced::of(line).and_then(|priced| Some((priced.gross - priced.tax?).to_string()));
    Line {
        id: Some(number.to_string()),
        net_amount: amount(net.as_deref()),
        tax: vec![rate(line)],
        item: Some(Item { name: line.text_at(&["Descrizione"]).map(one_line), ..Item::default() }),
        ..Line::default()
    }
}
