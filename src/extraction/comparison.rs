//! The page against the XML it carries: a hybrid invoice whose page shows people one thing and whose
//! XML tells machines another is a known fraud.
//!
//! Runs on every PDF with a readable XML. It asks whether the page *shows* each decisive value of the
//! XML in any usual form. What an invoice must print (number, date, total) differs when it is not
//! there; what it may leave out (account, net, tax, due date) only when the page shows something else
//! in its place; so does everything where not all pages could be read, and a total that stands on the
//! page, but not where the page says what is to be paid. A page without usable text is
//! said not to have been compared, never to differ.

mod shown;

use crate::domain::{Extraction, FieldName, Issue, Reading, Source};
use crate::extraction::layout::{self, Doc};
use shown::Shown;

/// The code of the issue on a field that the page shows otherwise.
pub const DIFFERS: &str = "page-differs-from-xml";
/// The code of the issue that there was nothing to compare with: somebody must look at the page.
pub const NOT_COMPARED: &str = "page-not-compared";

/// Confidence from which the page's own reading of a field counts as what it shows.
const SURE: f64 = 0.8;

/// What the page makes of a value of the XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It shows it, or there is nothing to show.
    Same,
    /// It does not show it, and every invoice would.
    Missing,
    /// It does not show it, which is a difference only where it shows another value.
    Unless,
}

/// Reading's issues that say that not everything that the pages show was read. Hidden text is not shown: it
/// must not make a missing total doubtful.
const IN_PART: &[&str] = &["scan-without-text", "pages-without-text", "pages-left-out", "letters-left-out"];

/// Whether all that the pages show was read letter by letter, so that what is missing is missing. OCR
/// may misread.
pub(super) fn is_whole(reading: &Reading) -> bool {
    let as_printed = reading.pages.iter().all(|page| page.source != Source::Ocr);
    as_printed && reading.pages.len() <= layout::MAX_PAGES && !reading.issues.iter().any(|issue| IN_PART.contains(&issue.code.as_str()))
}

/// Compares. `whole`: whether all that the pages show was read. `read` reads the page's own fields with
/// the model; it is asked only where something is missing from the page.
pub(super) fn compare<E>(
    doc: &Doc,
    exact: &Extraction,
    whole: bool,
    read: impl FnOnce() -> Result<Extraction, E>,
) -> Result<Vec<Issue>, E> {
    let shown = Shown::of(doc);
    if !shown.is_usable() {
        let text = "The page has too little text to be compared with the attached XML: look at it before you trust the fields.";
        return Ok(vec![Issue::new(NOT_COMPARED, text)]);
    }
    let judged = exact.fields.iter().map(|(name, field)| (*name, judge(&shown, exact, *name, &field.value)));
    let certain = |verdict| if verdict == Verdict::Missing && !whole { Verdict::Unless } else { verdict };
    let verdicts: Vec<(FieldName, Verdict)> = judged.map(|(name, verdict)| (name, certain(verdict))).collect();
    if verdicts.iter().all(|(_, verdict)| *verdict == Verdict::Same) {
        return Ok(Vec::new());
    }
    let page = read()?;
    let missing = verdicts.iter().filter(|(_, verdict)| *verdict != Verdict::Same).count();
    let told = verdicts.iter().filter(|(name, _)| is_telling(*name));
    if whole && missing >= 5 && told.clone().count() >= 3 && told.clone().all(|(_, verdict)| *verdict != Verdict::Same) {
        let text = "The page shows neither the number nor the total of the attached XML, nor its parties: they are two documents.";
        return Ok(vec![Issue::new(DIFFERS, text)]);
    }
    let issue = |(name, verdict): (FieldName, Verdict)| {
        let xml = exact.text(name)?;
        let instead = instead(&shown, &page, name, xml);
        match (verdict, instead) {
            (Verdict::Same, _) | (Verdict::Unless, None) => None,
            (_, Some(other)) => Some(Issue::on(name, DIFFERS, format!("{}: the XML says {xml}, the page shows {other}.", name.label()))),
            (Verdict::Missing, None) => {
                Some(Issue::on(name, DIFFERS, format!("{}: the XML says {xml}, the page does not show it.", name.label())))
            }
        }
    };
    Ok(verdicts.into_iter().filter_map(issue).collect())
}

/// Values that tell one invoice from another.
fn is_telling(name: FieldName) -> bool {
    matches!(name, FieldName::InvoiceNumber | FieldName::TotalAmount | FieldName::SupplierName | FieldName::SupplierTaxId)
}

fn judge(shown: &Shown, exact: &Extraction, name: FieldName, value: &str) -> Verdict {
    let missing_unless = |is_shown: bool| if is_shown { Verdict::Same } else { Verdict::Missing };
    let may_lack = |is_shown: bool| if is_shown { Verdict::Same } else { Verdict::Unless };
    match name {
        FieldName::InvoiceNumber => missing_unless(shown.identifier(value)),
        FieldName::TotalAmount => match exact.amount(name).filter(|amount| !amount.is_zero()) {
            Some(amount) if !shown.amount(amount) => Verdict::Missing,
            // It stands on the page, but not where the page says what is to be paid.
            Some(amount) if shown.calls_another_the_total(amount) => Verdict::Unless,
            _ => Verdict::Same,
        },
        FieldName::NetAmount | FieldName::TaxAmount => {
            may_lack(exact.amount(name).is_none_or(|amount| amount.is_zero() || shown.amount(amount)))
        }
        FieldName::IssueDate => missing_unless(exact.date(name).is_none_or(|date| shown.date(date) || !shown.has_dates())),
        FieldName::DueDate => may_lack(exact.date(name).is_none_or(|date| shown.date(date))),
        FieldName::Iban => may_lack(shown.iban(value)),
        FieldName::SupplierTaxId => may_lack(shown.identifier(value)),
        FieldName::Currency => may_lack(shown.other_currency(value).is_none()),
        // A supplier's name is often a picture: its tax id or account name it as well.
        FieldName::SupplierName => {
            let known_otherwise = || {
                exact.text(FieldName::SupplierTaxId).is_none_or(|id| shown.identifier(id))
                    || exact.text(FieldName::Iban).is_some_and(|iban| shown.iban(iban))
            };
            missing_unless(shown.name(value) || known_otherwise())
        }
        FieldName::BuyerName => may_lack(shown.name(value)),
        FieldName::SupplierAddress | FieldName::PurchaseOrder => Verdict::Same,
    }
}

/// What the page shows in place of a value: another account or currency, or what the model reads.
fn instead(shown: &Shown, page: &Extraction, name: FieldName, xml: &str) -> Option<String> {
    let read = || page.fields.get(&name).filter(|field| field.confidence >= SURE && field.value != xml).map(|field| field.value.clone());
    match name {
        FieldName::Iban => shown.other_ibans(xml).into_iter().next(),
        FieldName::Currency => shown.other_currency(xml).map(str::to_owned),
        // The XML's total stands somewhere: only another that the page itself calls the total contradicts it.
        FieldName::TotalAmount if xml.parse().is_ok_and(|amount| shown.amount(amount)) => {
            read().filter(|value| value.parse().is_ok_and(|amount| shown.calls_it_the_total(amount)))
        }
        _ => read(),
    }
}

#[cfg(test)]
mod tests;
