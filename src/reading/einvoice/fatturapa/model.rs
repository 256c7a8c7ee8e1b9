//! An ordinary FatturaPA in the terms of EN 16931. What those do not have (withholding tax, stamp duty,
//! when the tax falls due) stands among the notes; social security contributions are charges.

use rust_decimal::Decimal;
use std::collections::HashSet;

use super::super::tree::Element;
use super::terms::{collectability, document_type, payment_means, payment_terms};
use super::{decimal, name, one_line, sum, vat_id};
use crate::domain::einvoice::{
    Address, AllowanceCharge, Amount, Attachment, Attribute, Contact, CreditTransfer, Day, Delivery, Identifier, Invoice, Item, Line, Note,
    Number, Party, PaymentMeans, Period, Preceding, Price, Quantity, Syntax, TaxBreakdown, TaxCategory, TaxRegistration, TaxTotal, Totals,
};

pub(super) fn invoices(root: &Element) -> Vec<Invoice> {
    let common = root.first(&["FatturaElettronicaHeader"]).map(header).unwrap_or_default();
    root.all(&["FatturaElettronicaBody"]).into_iter().map(|element| body(element, common.clone())).collect()
}

/// The text at `path`, owned.
pub(super) fn text(element: &Element, path: &[&str]) -> Option<String> {
    element.text_at(path).map(str::to_owned)
}

pub(super) fn amount(text: Option<&str>) -> Option<Amount> {
    text.map(|text| Amount::new(text, None))
}

fn total(sum: Option<Decimal>) -> Option<Amount> {
    sum.map(|sum| Amount::new(&sum.to_string(), None))
}

pub(super) fn day(text: Option<&str>) -> Option<Day> {
    text.map(|text| Day(super::super::iso_date(text)))
}

fn header(header: &Element) -> Invoice {
    let sent = header.first(&["DatiTrasmissione"]);
    let seller = header.first(&["CedentePrestatore"]);
    let mut buyer = header.first(&["CessionarioCommittente"]).map(party);
    if let (Some(buyer), Some(sent)) = (&mut buyer, sent) {
        buyer.electronic_address = receiver(sent);
    }
    Invoice {
        syntax: Syntax::Fatturapa,
        specification: sent.and_then(|sent| text(sent, &["FormatoTrasmissione"])),
        accounting_reference: seller.and_then(|seller| text(seller, &["RiferimentoAmministrazione"])),
        seller: seller.map(party),
        buyer,
        tax_representative: header.first(&["RappresentanteFiscale"]).map(party),
        ..Invoice::default()
    }
}

/// Where the exchange system delivers: a code of seven (offices: six) letters, or certified mail.
pub(super) fn receiver(sent: &Element) -> Option<Identifier> {
    let mail = text(sent, &["PECDestinatario"]).map(|id| Identifier { id, scheme: Some("PEC".to_owned()) });
    mail.or_else(|| text(sent, &["CodiceDestinatario"]).map(|id| Identifier { id, scheme: Some("SDI".to_owned()) }))
}

fn party(element: &Element) -> Party {
    let registry = element.first(&["DatiAnagrafici"]);
    let of_registry = |path: &[&str]| registry.and_then(|registry| text(registry, path));
    let profession = of_registry(&["AlboProfessionale"]).map(|list| {
        let number = of_registry(&["NumeroIscrizioneAlbo"]).unwrap_or_default();
        Identifier { id: number, scheme: Some(list) }
    });
    let eori = of_registry(&["Anagrafica", "CodEORI"]).map(|id| Identifier { id, scheme: Some("EORI".to_owned()) });
    let contact = element.first(&["Contatti"]).map(|contact| Contact {
        name: None,
        telephone: text(contact, &["Telefono"]),
        email: text(contact, &["Email"]),
    });
    Party {
        name: registry.and_then(|registry| registry.first(&["Anagrafica"])).and_then(name),
        identifiers: [eori, profession].into_iter().flatten().collect(),
        legal_registration: element.first(&["IscrizioneREA"]).map(register),
        tax_registrations: registry.map(tax_registrations).unwrap_or_default(),
        legal_form: of_registry(&["RegimeFiscale"]).map(|code| format!("Tax regime {code}")),
        address: element.first(&["Sede"]).map(postal),
        contact,
        ..Party::default()
    }
}

/// `MI 1234567`: the office and number of the business register.
pub(super) fn register(element: &Element) -> Identifier {
    let parts: Vec<&str> = [element.text_at(&["Ufficio"]), element.text_at(&["NumeroREA"])].into_iter().flatten().collect();
    Identifier { id: parts.join(" "), scheme: Some("REA".to_owned()) }
}

pub(super) fn tax_registrations(holder: &Element) -> Vec<TaxRegistration> {
    let of = |id: Option<String>, scheme: &str| id.map(|id| TaxRegistration { id: Some(id), scheme: Some(scheme.to_owned()) });
    [of(vat_id(holder), "VAT"), of(text(holder, &["CodiceFiscale"]), "CF")].into_iter().flatten().collect()
}

pub(super) fn postal(at: &Element) -> Address {
    let street: Vec<&str> = [at.text_at(&["Indirizzo"]), at.text_at(&["NumeroCivico"])].into_iter().flatten().collect();
    Address {
        lines: Some(street.join(" ")).filter(|street| !street.is_empty()).into_iter().collect(),
        city: text(at, &["Comune"]),
        post_code: text(at, &["CAP"]),
        subdivision: text(at, &["Provincia"]),
        country: text(at, &["Nazione"]),
    }
}

fn body(body: &Element, mut invoice: Invoice) -> Invoice {
    if let Some(general) = body.first(&["DatiGenerali"]) {
        references(general, &mut invoice);
        if let Some(document) = general.first(&["DatiGeneraliDocumento"]) {
            general_data(document, &mut invoice);
        }
    }
    let lines = body.all(&["DatiBeniServizi", "DettaglioLinee"]);
    let summaries = body.all(&["DatiBeniServizi", "DatiRiepilogo"]);
    let payments = body.all(&["DatiPagamento", "DettaglioPagamento"]);
    let totals = invoice.totals.get_or_insert_default();
    totals.lines = total(sum(&lines, "PrezzoTotale"));
    totals.without_tax = total(sum(&summaries, "ImponibileImporto"));
    totals.payable = total(sum(&payments, "ImportoPagamento"));
    invoice.tax_totals =
        vec![TaxTotal { amount: total(sum(&summaries, "Imposta")), breakdown: summaries.iter().map(|one| breakdown(one)).collect() }];
    let due: Vec<&Element> =
        summaries.iter().copied().filter(|one| one.text_at(&["EsigibilitaIVA"]).is_some_and(|code| code != "I")).collect();
    invoice
        .notes
        .extend(due.first().and_then(|one| one.text_at(&["EsigibilitaIVA"])).and_then(collectability).map(|text| note("Tax", text)));
    invoice.lines = lines.into_iter().map(line).collect();
    payment(body, &payments, &mut invoice);
    invoice.attachments = body.all(&["Allegati"]).into_iter().map(attachment).collect();
    invoice
}

fn note(subject: &str, text: &str) -> Note {
    Note { subject: Some(subject.to_owned()), text: text.to_owned() }
}

fn references(general: &Element, invoice: &mut Invoice) {
    let of = |group: &str| general.text_at(&[group, "IdDocumento"]).map(str::to_owned);
    invoice.purchase_order = of("DatiOrdineAcquisto");
    invoice.contract = of("DatiContratto").or_else(|| of("DatiConvenzione"));
    invoice.receiving_advice = of("DatiRicezione");
    invoice.despatch_advice = text(general, &["DatiDDT", "NumeroDDT"]);
    let groups = ["DatiOrdineAcquisto", "DatiContratto", "DatiConvenzione", "DatiRicezione"];
    let code = |name: &str| groups.iter().find_map(|group| text(general, &[group, name]));
    invoice.project = code("CodiceCUP");
    invoice.tender = code("CodiceCIG");
    let preceding = general.all(&["DatiFattureCollegate"]);
    invoice.preceding = preceding
        .into_iter()
        .map(|one| Preceding { number: text(one, &["IdDocumento"]), issue_date: day(one.text_at(&["Data"])) })
        .collect();
    invoice.delivery = general.first(&["DatiTrasporto"]).map(|transport| Delivery {
        date: day(transport.text_at(&["DataOraConsegna"])),
        address: transport.first(&["IndirizzoResa"]).map(postal),
        ..Delivery::default()
    });
}

fn general_data(document: &Element, invoice: &mut Invoice) {
    invoice.number = text(document, &["Numero"]);
    invoice.issue_date = day(document.text_at(&["Data"]));
    invoice.type_code = text(document, &["TipoDocumento"]);
    invoice.currency = text(document, &["Divisa"]);
    invoice.notes.extend(document.text_at(&["TipoDocumento"]).and_then(document_type).map(|kind| note("Document type", kind)));
    invoice.notes.extend(document.texts(&["Causale"]).into_iter().map(|cause| Note { subject: None, text: cause.to_owned() }));
    for withheld in document.all(&["DatiRitenuta"]) {
        let of = |name: &str| withheld.text_at(&[name]).unwrap_or("?");
        let text = format!("{} at {} %: {} to be withheld", of("TipoRitenuta"), of("AliquotaRitenuta"), of("ImportoRitenuta"));
        invoice.notes.push(note("Withholding tax", &text));
    }
    if let Some(stamp) = document.first(&["DatiBollo"]) {
        let text = stamp.text_at(&["ImportoBollo"]).map_or("paid virtually".to_owned(), |amount| format!("paid virtually: {amount}"));
        invoice.notes.push(note("Stamp duty", &text));
    }
    invoice.allowances_and_charges = document.all(&["ScontoMaggiorazione"]).into_iter().map(discount).collect();
    invoice.allowances_and_charges.extend(document.all(&["DatiCassaPrevidenziale"]).into_iter().map(contribution));
    let rounding = amount(document.text_at(&["Arrotondamento"]));
    invoice.totals = Some(Totals { with_tax: amount(document.text_at(&["ImportoTotaleDocumento"])), rounding, ..Totals::default() });
}

/// `SC` is a discount, `MG` a surcharge; by percentage or amount.
fn discount(one: &Element) -> AllowanceCharge {
    AllowanceCharge {
        charge: match one.text_at(&["Tipo"]) {
            Some("SC") => Some(false),
            Some("MG") => Some(true),
            _ => None,
        },
        amount: amount(one.text_at(&["Importo"])),
        percent: text(one, &["Percentuale"]).map(Number),
        ..AllowanceCharge::default()
    }
}

/// A contribution to a professional's social security, charged on.
fn contribution(one: &Element) -> AllowanceCharge {
    AllowanceCharge {
        charge: Some(true),
        amount: amount(one.text_at(&["ImportoContributoCassa"])),
        base_amount: amount(one.text_at(&["ImponibileCassa"])),
        percent: text(one, &["AlCassa"]).map(Number),
        tax: vec![category(one)],
        reason: Some("Social security contribution".to_owned()),
        reason_code: text(one, &["TipoCassa"]),
    }
}

/// Rate and, where it is zero, nature (`N4`); `S` where tax is due.
pub(super) fn category(holder: &Element) -> TaxCategory {
    TaxCategory {
        code: text(holder, &["Natura"]).or_else(|| holder.text_at(&["AliquotaIVA"]).map(|_| "S".to_owned())),
        rate: text(holder, &["AliquotaIVA"]).map(Number),
        scheme: Some("VAT".to_owned()),
        exemption_reason: text(holder, &["RiferimentoNormativo"]),
        exemption_code: None,
    }
}

fn breakdown(summary: &Element) -> TaxBreakdown {
    TaxBreakdown {
        taxable: amount(summary.text_at(&["ImponibileImporto"])),
        tax: amount(summary.text_at(&["Imposta"])),
        category: Some(category(summary)),
    }
}

fn line(line: &Element) -> Line {
    let (start, end) = (day(line.text_at(&["DataInizioPeriodo"])), day(line.text_at(&["DataFinePeriodo"])));
    let mut codes = line
        .all(&["CodiceArticolo"])
        .into_iter()
        .filter_map(|code| text(code, &["CodiceValore"]).map(|id| Identifier { id, scheme: text(code, &["CodiceTipo"]) }));
    Line {
        id: text(line, &["NumeroLinea"]),
        quantity: text(line, &["Quantita"]).map(|quantity| Quantity { text: quantity, unit: text(line, &["UnitaMisura"]) }),
        net_amount: amount(line.text_at(&["PrezzoTotale"])),
        accounting_reference: text(line, &["RiferimentoAmministrazione"]),
        period: (start.is_some() || end.is_some()).then_some(Period { start, end }),
        allowances_and_charges: line.all(&["ScontoMaggiorazione"]).into_iter().map(discount).collect(),
        price: line.text_at(&["PrezzoUnitario"]).map(|price| Price { net: amount(Some(price)), ..Price::default() }),
        tax: vec![category(line)],
        item: Some(Item {
            name: line.text_at(&["Descrizione"]).map(one_line),
            standard_id: codes.next(),
            attributes: line.all(&["AltriDatiGestionali"]).into_iter().map(attribute).collect(),
            ..Item::default()
        }),
        ..Line::default()
    }
}

fn attribute(data: &Element) -> Attribute {
    let values = ["RiferimentoTesto", "RiferimentoNumero", "RiferimentoData"];
    let values: Vec<&str> = values.iter().filter_map(|name| data.text_at(&[name])).collect();
    Attribute { name: text(data, &["TipoDato"]), value: (!values.is_empty()).then(|| values.join(" ")) }
}

fn payment(body: &Element, payments: &[&Element], invoice: &mut Invoice) {
    invoice.payment_terms =
        body.texts(&["DatiPagamento", "CondizioniPagamento"]).into_iter().filter_map(payment_terms).map(str::to_owned).collect();
    let (mut dues, mut ways) = (HashSet::new(), HashSet::new());
    for payment in payments {
        let due = day(payment.text_at(&["DataScadenzaPagamento"]));
        if let (Some(due), true) = (&due, payments.len() > 1) {
            let of = payment.text_at(&["ImportoPagamento"]).unwrap_or("?");
            invoice.payment_terms.push(format!("{of} by {}", due.0));
        }
        invoice.due_dates.extend(due.filter(|due| dues.insert(due.0.clone())));
        let account = text(payment, &["IBAN"]);
        let transfer = account.map(|account| CreditTransfer {
            account: Some(account),
            name: text(payment, &["Beneficiario"]),
            provider: text(payment, &["BIC"]).or_else(|| text(payment, &["IstitutoFinanziario"])),
        });
        let code = payment.text_at(&["ModalitaPagamento"]);
        let means = PaymentMeans {
            code: code.map(str::to_owned),
            text: code.and_then(payment_means).map(str::to_owned),
            remittance: text(payment, &["CodicePagamento"]),
            credit_transfers: transfer.into_iter().collect(),
            ..PaymentMeans::default()
        };
        // What the rest of the means follows from.
        let account = ["IBAN", "Beneficiario", "BIC", "IstitutoFinanziario"].map(|name| payment.text_at(&[name]));
        let account = account.first().is_some_and(Option::is_some).then_some(account);
        if ways.insert((code, payment.text_at(&["CodicePagamento"]), account)) {
            invoice.payment_means.push(means);
        }
    }
}

pub(super) fn attachment(one: &Element) -> Attachment {
    let encoded = one.text_at(&["Attachment"]);
    let format = text(one, &["FormatoAttachment"]);
    Attachment {
        id: None,
        description: text(one, &["DescrizioneAttachment"]),
        filename: text(one, &["NomeAttachment"]),
        mime: format.map(|format| super::super::show::media_type(&format)),
        size: encoded.map(super::super::values::decoded_size),
        ..Attachment::default()
    }
}

/// A decimal, zero where there is none.
pub(super) fn number(element: &Element, name: &str) -> Decimal {
    decimal(element.text_at(&[name])).unwrap_or_default()
}
