//! FatturaPA. One file may hold several invoices of one supplier; then only what all of them share is
//! given, with an issue.

use rust_decimal::Decimal;

use super::{address, decimal, one_line, set, set_date, set_due_date, set_iban, tree::Element};
use crate::domain::{DocumentType, Extraction, FieldName, Issue, LineItem};

/// TD04 is a credit note, TD08 a simplified one.
const CREDIT_NOTE_TYPES: &[&str] = &["TD04", "TD08"];

pub(super) fn read(root: &Element) -> Extraction {
    let mut bodies = root.all(&["FatturaElettronicaBody"]).into_iter().map(body);
    let mut found = bodies.next().unwrap_or_default();
    let mut count = 1;
    for other in bodies {
        count += 1;
        found.fields.retain(|name, field| other.text(*name) == Some(field.value.as_str()));
        found.lines.clear();
    }
    if count > 1 {
        let message = format!("The file holds {count} invoices: only what they share is given. Ask for one file an invoice.");
        found.issues.push(Issue::new("several-invoices", message));
    }
    if let Some(header) = root.first(&["FatturaElettronicaHeader"]) {
        parties(header, &mut found);
    }
    found
}

fn parties(header: &Element, found: &mut Extraction) {
    if let Some(supplier) = header.first(&["CedentePrestatore"]) {
        set(found, FieldName::SupplierName, name(supplier).as_deref());
        let vat = supplier.first(&["DatiAnagrafici", "IdFiscaleIVA"]);
        let vat =
            vat.map(|id| format!("{}{}", id.text_at(&["IdPaese"]).unwrap_or_default(), id.text_at(&["IdCodice"]).unwrap_or_default()));
        set(found, FieldName::SupplierTaxId, vat.as_deref());
        if let Some(at) = supplier.first(&["Sede"]) {
            let street = [at.text_at(&["Indirizzo"]), at.text_at(&["NumeroCivico"])];
            let rest = [at.text_at(&["Provincia"]), at.text_at(&["Nazione"])];
            set(found, FieldName::SupplierAddress, address(&street, at.text_at(&["CAP"]), at.text_at(&["Comune"]), &rest).as_deref());
        }
    }
    if let Some(buyer) = header.first(&["CessionarioCommittente"]) {
        set(found, FieldName::BuyerName, name(buyer).as_deref());
    }
}

/// The company's name, else first and family name.
fn name(party: &Element) -> Option<String> {
    let registry = party.first(&["DatiAnagrafici", "Anagrafica"])?;
    if let Some(company) = registry.text_at(&["Denominazione"]) {
        return Some(company.to_owned());
    }
    let person: Vec<&str> = [registry.text_at(&["Nome"]), registry.text_at(&["Cognome"])].into_iter().flatten().collect();
    (!person.is_empty()).then(|| person.join(" "))
}

fn body(body: &Element) -> Extraction {
    let mut found = Extraction::default();
    if let Some(general) = body.first(&["DatiGenerali", "DatiGeneraliDocumento"]) {
        if general.text_at(&["TipoDocumento"]).is_some_and(|code| CREDIT_NOTE_TYPES.contains(&code)) {
            found.document_type = DocumentType::CreditNote;
        }
        set(&mut found, FieldName::InvoiceNumber, general.text_at(&["Numero"]));
        set_date(&mut found, FieldName::IssueDate, general.text_at(&["Data"]));
        set(&mut found, FieldName::Currency, general.text_at(&["Divisa"]));
        set(&mut found, FieldName::TotalAmount, general.text_at(&["ImportoTotaleDocumento"]));
    }
    let summaries = body.all(&["DatiBeniServizi", "DatiRiepilogo"]);
    let sum = |name: &str| -> Option<String> {
        let amounts: Option<Vec<Decimal>> = summaries.iter().map(|summary| decimal(summary.text_at(&[name]))).collect();
        amounts.filter(|amounts| !amounts.is_empty())?.into_iter().try_fold(Decimal::ZERO, Decimal::checked_add).map(|sum| sum.to_string())
    };
    set(&mut found, FieldName::NetAmount, sum("ImponibileImporto").as_deref());
    set(&mut found, FieldName::TaxAmount, sum("Imposta").as_deref());
    set_due_date(&mut found, &body.texts(&["DatiPagamento", "DettaglioPagamento", "DataScadenzaPagamento"]));
    set_iban(&mut found, &body.texts(&["DatiPagamento", "DettaglioPagamento", "IBAN"]));
    set(&mut found, FieldName::PurchaseOrder, body.text_at(&["DatiGenerali", "DatiOrdineAcquisto", "IdDocumento"]));
    found.lines = body.all(&["DatiBeniServizi", "DettaglioLinee"]).into_iter().map(line).collect();
    found
}

fn line(line: &Element) -> LineItem {
    LineItem {
        description: line.text_at(&["Descrizione"]).map(one_line),
        quantity: decimal(line.text_at(&["Quantita"])),
        unit_price: decimal(line.text_at(&["PrezzoUnitario"])),
        amount: decimal(line.text_at(&["PrezzoTotale"])),
        tax_rate: decimal(line.text_at(&["AliquotaIVA"])),
    }
}
