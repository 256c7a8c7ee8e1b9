//! FatturaPA 1.2 (`FPA12`, `FPR12`) and the simplified invoice (`FSM10`), whose prices include tax.
//! One file may hold several invoices of one supplier; then the fields are only those that all of them
//! share, with an issue. Breaches of the exchange system's published checks are issues by code.

mod model;
mod rules;
mod simplified;
mod terms;

use rust_decimal::Decimal;

use super::{Document, address, decimal, one_line, set, set_date, set_due_date, set_iban, tree::Element};
use crate::domain::einvoice::{Invoice, Severity, Violation};
use crate::domain::{DocumentKind, DocumentType, Extraction, FieldName, Issue, LineItem};

/// TD04 is a credit note, TD08 a simplified one.
const CREDIT_NOTE_TYPES: &[&str] = &["TD04", "TD08"];

fn is_simplified(root: &Element) -> bool {
    root.name == "FatturaElettronicaSemplificata"
}

/// The file as any e-invoice is read.
pub(super) fn document(root: &Element) -> Document {
    let extraction = read(root);
    let broken = |issue: &Issue| {
        let (rule, place) = (issue.rule.clone()?, issue.place.clone()?);
        Some(Violation { rule, severity: Severity::Fatal, text: issue.message.clone(), place })
    };
    let violations = extraction.issues.iter().filter_map(broken).collect();
    Document { kind: DocumentKind::Fatturapa, invoice: invoices(root).into_iter().next(), extraction, violations }
}

/// The fields of the invoice in the file, or those that all its invoices share.
pub(super) fn read(root: &Element) -> Extraction {
    let simplified = is_simplified(root);
    let read_body = if simplified { simplified::body } else { body };
    let mut bodies = root.all(&["FatturaElettronicaBody"]).into_iter().map(read_body);
    let mut found = bodies.next().unwrap_or_default();
    let mut numbers: Vec<String> = found.text(FieldName::InvoiceNumber).map(str::to_owned).into_iter().collect();
    let mut count = 1;
    for other in bodies {
        count += 1;
        numbers.extend(other.text(FieldName::InvoiceNumber).map(str::to_owned));
        found.fields.retain(|name, field| other.text(*name) == Some(field.value.as_str()));
        found.lines.clear();
    }
    if count > 1 {
        found.issues.retain(|issue| issue.field.is_none());
        found.issues.insert(0, several(count, &numbers));
    }
    if let Some(header) = root.first(&["FatturaElettronicaHeader"]) {
        if simplified { simplified::parties(header, &mut found) } else { parties(header, &mut found) }
    }
    let breaches = if simplified { rules::check_simplified(root) } else { rules::check(root) };
    found.issues.extend(breaches);
    found
}

/// The whole invoices of the file, as far as EN 16931 has terms for them.
pub(super) fn invoices(root: &Element) -> Vec<Invoice> {
    if is_simplified(root) { simplified::invoices(root) } else { model::invoices(root) }
}

fn several(count: usize, numbers: &[String]) -> Issue {
    let named = match numbers {
        [] => String::new(),
        few if few.len() <= 5 => format!(" (numbers {})", few.join(", ")),
        [first, .., last] => format!(" (numbers {first} to {last})"),
        [one] => format!(" (number {one})"),
    };
    let message = format!(
        "The file holds {count} invoices{named}; a case is one invoice, so only what they share is given. \
         Ask the supplier for one file an invoice, or enter each from the document shown here."
    );
    Issue::new("several-invoices", message)
}

fn parties(header: &Element, found: &mut Extraction) {
    if let Some(supplier) = header.first(&["CedentePrestatore"]) {
        let registry = supplier.first(&["DatiAnagrafici"]);
        set(found, FieldName::SupplierName, registry.and_then(|registry| registry.first(&["Anagrafica"])).and_then(name).as_deref());
        set(found, FieldName::SupplierTaxId, registry.and_then(vat_id).as_deref());
        set(found, FieldName::SupplierAddress, supplier.first(&["Sede"]).and_then(seat).as_deref());
    }
    let buyer = header.first(&["CessionarioCommittente", "DatiAnagrafici", "Anagrafica"]);
    set(found, FieldName::BuyerName, buyer.and_then(name).as_deref());
}

/// The company's name, else first and family name.
fn name(registry: &Element) -> Option<String> {
    if let Some(company) = registry.text_at(&["Denominazione"]) {
        return Some(company.to_owned());
    }
    let person: Vec<&str> = [registry.text_at(&["Nome"]), registry.text_at(&["Cognome"])].into_iter().flatten().collect();
    (!person.is_empty()).then(|| person.join(" "))
}

/// `IT01234567890`, from the element that holds an `IdFiscaleIVA`.
fn vat_id(holder: &Element) -> Option<String> {
    let id = holder.first(&["IdFiscaleIVA"])?;
    Some(format!("{}{}", id.text_at(&["IdPaese"]).unwrap_or_default(), id.text_at(&["IdCodice"]).unwrap_or_default()))
}

/// A registered office as one line.
fn seat(at: &Element) -> Option<String> {
    let street = [at.text_at(&["Indirizzo"]), at.text_at(&["NumeroCivico"])];
    let rest = [at.text_at(&["Provincia"]), at.text_at(&["Nazione"])];
    address(&street, at.text_at(&["CAP"]), at.text_at(&["Comune"]), &rest)
}

fn body(body: &Element) -> Extraction {
    let mut found = Extraction::default();
    if let Some(general) = body.first(&["DatiGenerali", "DatiGeneraliDocumento"]) {
        start(general, &mut found);
        set(&mut found, FieldName::TotalAmount, general.text_at(&["ImportoTotaleDocumento"]));
    }
    let summaries = body.all(&["DatiBeniServizi", "DatiRiepilogo"]);
    let total = |name: &str| sum(&summaries, name).map(|sum| sum.to_string());
    set(&mut found, FieldName::NetAmount, total("ImponibileImporto").as_deref());
    set(&mut found, FieldName::TaxAmount, total("Imposta").as_deref());
    set_due_date(&mut found, &body.texts(&["DatiPagamento", "DettaglioPagamento", "DataScadenzaPagamento"]));
    set_iban(&mut found, &body.texts(&["DatiPagamento", "DettaglioPagamento", "IBAN"]));
    set(&mut found, FieldName::PurchaseOrder, body.text_at(&["DatiGenerali", "DatiOrdineAcquisto", "IdDocumento"]));
    found.lines = body.all(&["DatiBeniServizi", "DettaglioLinee"]).into_iter().map(line).collect();
    found
}

/// What ordinary and simplified invoices begin with alike.
fn start(general: &Element, found: &mut Extraction) {
    if general.text_at(&["TipoDocumento"]).is_some_and(|code| CREDIT_NOTE_TYPES.contains(&code)) {
        found.document_type = DocumentType::CreditNote;
    }
    set(found, FieldName::InvoiceNumber, general.text_at(&["Numero"]));
    set_date(found, FieldName::IssueDate, general.text_at(&["Data"]));
    set(found, FieldName::Currency, general.text_at(&["Divisa"]));
}

/// The sum of an amount over elements that all have it.
fn sum(elements: &[&Element], name: &str) -> Option<Decimal> {
    let amounts: Option<Vec<Decimal>> = elements.iter().map(|element| decimal(element.text_at(&[name]))).collect();
    amounts.filter(|amounts| !amounts.is_empty())?.into_iter().try_fold(Decimal::ZERO, Decimal::checked_add)
}

fn line(line: &Element) -> LineItem {
    LineItem {
        description: line.text_at(&["Descrizione"]).map(one_line),
        quantity: decimal(line.text_at(&["Quantita"])),
        unit: line.text_at(&["UnitaMisura"]).map(one_line),
        unit_price: decimal(line.text_at(&["PrezzoUnitario"])),
        amount: decimal(line.text_at(&["PrezzoTotale"])),
        tax_rate: decimal(line.text_at(&["AliquotaIVA"])),
        article_number: line.text_at(&["CodiceArticolo", "CodiceValore"]).map(one_line),
    }
}

#[cfg(test)]
mod tests;
