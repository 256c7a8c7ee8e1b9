//! An e-invoice as a page that people read: its business terms in the order of a paper invoice, codes
//! in words, amounts grouped, and what is wrong beside the place it concerns. Terms carry their BT id
//! as a tooltip. What a document leaves out is not shown. A document of thousands of lines is shown in part,
//! and it is said so: the page must stay one that a browser can show.

mod labels;
mod rows;

use askama::Template;

use crate::domain::einvoice::{Address, Amount, Day, Identifier, Invoice, Party};
use crate::domain::{DocumentId, Einvoice};
use crate::web::pages::format::{grouped, size};
use crate::web::view::{EinvoiceView, IssueView};
use rows::{Change, LineRow, TaxRow};

/// Invoices of one file that are shown.
const MOST_INVOICES: usize = 20;
/// Rows of one table that are shown.
const MOST_ROWS: usize = 2000;
/// Bytes of one text that are shown.
const MOST_TEXT: usize = 4000;

/// All that is shown of one document's e-invoice.
#[derive(Template)]
#[template(path = "sheet.html")]
pub(super) struct Sheet {
    pub(super) invoices: Vec<InvoiceSheet>,
    pub(super) attachments: Vec<FileRow>,
    /// What is wrong and has no place of its own.
    pub(super) loose: Vec<Remark>,
    /// Invoices and files beyond what is shown.
    pub(super) left_out: usize,
}

pub(super) struct InvoiceSheet {
    pub(super) title: String,
    pub(super) number: String,
    pub(super) currency: String,
    pub(super) head: Vec<Term>,
    pub(super) references: Vec<Term>,
    pub(super) parties: Vec<PartyBox>,
    pub(super) lines: Vec<LineRow>,
    pub(super) changes: Vec<Change>,
    pub(super) taxes: Vec<TaxRow>,
    pub(super) totals: Vec<Term>,
    pub(super) payment: Vec<Term>,
    pub(super) terms: Vec<String>,
    pub(super) notes: Vec<NoteRow>,
    pub(super) wrong: Wrong,
    /// Rows beyond what is shown.
    pub(super) left_out: usize,
}

/// A business term with its value.
pub(super) struct Term {
    pub(super) label: &'static str,
    pub(super) id: &'static str,
    pub(super) value: String,
    pub(super) strong: bool,
}

pub(super) struct PartyBox {
    pub(super) role: &'static str,
    pub(super) id: &'static str,
    pub(super) name: String,
    pub(super) address: Vec<String>,
    pub(super) terms: Vec<Term>,
    pub(super) wrong: Vec<Remark>,
}

/// Something wrong, with the rule that says so.
#[derive(Clone)]
pub(super) struct Remark {
    pub(super) rule: String,
    pub(super) text: String,
}

impl Remark {
    /// The message without the rule that it begins with: the sheet sets that apart.
    fn of(issue: &IssueView) -> Self {
        let rule = issue.rule.clone().unwrap_or_default();
        let text = issue.message.strip_prefix(&rule).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&issue.message);
        Self { text: text.to_owned(), rule }
    }
}

pub(super) struct NoteRow {
    pub(super) subject: String,
    pub(super) text: String,
}

pub(super) struct FileRow {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) url: String,
}

/// What is wrong, by the section it concerns.
#[derive(Default)]
pub(super) struct Wrong {
    pub(super) head: Vec<Remark>,
    pub(super) lines: Vec<Remark>,
    pub(super) taxes: Vec<Remark>,
    pub(super) totals: Vec<Remark>,
    pub(super) payment: Vec<Remark>,
    seller: Vec<Remark>,
    buyer: Vec<Remark>,
    /// By the line's position, from 0.
    of_line: Vec<(usize, Remark)>,
}

impl Sheet {
    /// The sheet of a document. `known` is what the case already says of it: shown at its place, too.
    pub(super) fn of(document: DocumentId, einvoice: Einvoice, known: &[IssueView]) -> Self {
        let view = EinvoiceView::of(document, einvoice);
        let new = |issue: &&IssueView| !known.iter().any(|other| other.message == issue.message);
        let issues: Vec<&IssueView> = known.iter().chain(view.issues.iter().filter(new)).collect();
        let mut loose = Vec::new();
        let mut left_out = 0;
        let invoices = first(view.invoices.iter(), MOST_INVOICES, &mut left_out);
        let mut wrongs: Vec<Wrong> = invoices.iter().map(|_| Wrong::default()).collect();
        for issue in issues {
            let remark = Remark::of(issue);
            match (wrongs.get_mut(invoice_of(issue)), line_of(issue)) {
                (Some(wrong), Some(line)) => wrong.of_line.push((line, remark)),
                (Some(wrong), None) => wrong.section(issue).unwrap_or(&mut loose).push(remark),
                (None, _) => loose.push(remark),
            }
        }
        let attachments = first(view.attachments.iter(), MOST_ROWS, &mut left_out).into_iter().map(|file| FileRow {
            name: cut(&file.name),
            about: [
                file.description.as_deref().map(cut),
                Some(file.media_type.clone()),
                file.size.and_then(|bytes| i64::try_from(bytes).ok()).map(size),
            ]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · "),
            url: file.url.clone(),
        });
        Self {
            attachments: attachments.collect(),
            invoices: invoices.into_iter().zip(wrongs).map(|(invoice, wrong)| InvoiceSheet::of(invoice, wrong)).collect(),
            loose,
            left_out,
        }
    }

    /// What a browser's title says.
    pub(super) fn title(&self) -> String {
        match self.invoices.as_slice() {
            [one] => format!("{} {}", one.title, one.number).trim().to_owned(),
            several => format!("{} invoices", several.len()),
        }
    }
}

/// Where a section's remarks are kept.
type Section = fn(&mut Wrong) -> &mut Vec<Remark>;

/// Sections by what their elements are called in the syntaxes, the narrower first.
const SECTIONS: &[(&str, Section)] = &[
    ("TaxTotal", |wrong| &mut wrong.taxes),
    ("ApplicableTradeTax", |wrong| &mut wrong.taxes),
    ("DatiRiepilogo", |wrong| &mut wrong.taxes),
    ("MonetaryTotal", |wrong| &mut wrong.totals),
    ("MonetarySummation", |wrong| &mut wrong.totals),
    ("AccountingSupplierParty", |wrong| &mut wrong.seller),
    ("SellerTradeParty", |wrong| &mut wrong.seller),
    ("CedentePrestatore", |wrong| &mut wrong.seller),
    ("AccountingCustomerParty", |wrong| &mut wrong.buyer),
    ("BuyerTradeParty", |wrong| &mut wrong.buyer),
    ("CessionarioCommittente", |wrong| &mut wrong.buyer),
    ("PaymentMeans", |wrong| &mut wrong.payment),
    ("PaymentTerms", |wrong| &mut wrong.payment),
    ("DatiPagamento", |wrong| &mut wrong.payment),
    ("AllowanceCharge", |wrong| &mut wrong.lines),
    ("Line", |wrong| &mut wrong.lines),
    ("DettaglioLinee", |wrong| &mut wrong.lines),
];

/// Elements that are lines.
const LINES: &[&str] = &["InvoiceLine[", "CreditNoteLine[", "IncludedSupplyChainTradeLineItem[", "DettaglioLinee["];

/// The first of these, and how many more there are.
fn first<T>(mut of: impl Iterator<Item = T>, most: usize, left_out: &mut usize) -> Vec<T> {
    let shown = of.by_ref().take(most).collect();
    *left_out += of.count();
    shown
}

/// A text that is not endless.
fn cut(text: &str) -> String {
    match text.get(..text.floor_char_boundary(MOST_TEXT)) {
        Some(start) if start.len() < text.len() => format!("{start}…"),
        _ => text.to_owned(),
    }
}

/// Which invoice of a file an issue is about, from 0. Where it does not say so, it is about the first.
fn invoice_of(issue: &IssueView) -> usize {
    let body = issue.place.as_deref().and_then(|place| place.split_once("FatturaElettronicaBody[")?.1.split_once(']'));
    body.and_then(|(index, _)| index.parse::<usize>().ok()).map_or(0, |index| index.saturating_sub(1))
}

/// Which line an issue is about, from 0.
fn line_of(issue: &IssueView) -> Option<usize> {
    let place = issue.place.as_deref()?;
    let behind = LINES.iter().find_map(|name| place.split_once(name))?.1;
    behind.split_once(']')?.0.parse::<usize>().ok()?.checked_sub(1)
}

impl Wrong {
    /// The section that an issue belongs to: by its field, else by where in the XML it is.
    fn section(&mut self, issue: &IssueView) -> Option<&mut Vec<Remark>> {
        let place = issue.place.as_deref().unwrap_or_default();
        let Some(field) = issue.field.as_deref() else {
            let section = SECTIONS.iter().find(|(part, _)| place.contains(part))?;
            return Some(section.1(self));
        };
        Some(match field {
            "invoice_number" | "issue_date" | "due_date" | "currency" | "purchase_order" => &mut self.head,
            "supplier_name" | "supplier_tax_id" | "supplier_address" => &mut self.seller,
            "buyer_name" => &mut self.buyer,
            "iban" => &mut self.payment,
            "tax_amount" => &mut self.taxes,
            "net_amount" | "total_amount" => &mut self.totals,
            _ => return None,
        })
    }
}

impl InvoiceSheet {
    fn of(invoice: &Invoice, mut wrong: Wrong) -> Self {
        // What concerns a party that the document leaves out stands with the head.
        let absent = [(&invoice.seller, &mut wrong.seller), (&invoice.buyer, &mut wrong.buyer)];
        let homeless = absent.into_iter().filter(|(party, _)| party.is_none()).flat_map(|(_, texts)| std::mem::take(texts));
        wrong.head.extend(homeless);
        let parties = [
            ("Seller", "BG-4", &invoice.seller, std::mem::take(&mut wrong.seller)),
            ("Buyer", "BG-7", &invoice.buyer, std::mem::take(&mut wrong.buyer)),
            ("Payee", "BG-10", &invoice.payee, Vec::new()),
            ("Tax representative", "BG-11", &invoice.tax_representative, Vec::new()),
        ];
        let mut parties: Vec<PartyBox> =
            parties.into_iter().filter_map(|(role, id, party, wrong)| Some(party_box(role, id, party.as_ref()?, wrong))).collect();
        parties.extend(delivery(invoice));
        let mut left_out = 0;
        let mut lines: Vec<LineRow> = first(invoice.lines.iter(), MOST_ROWS, &mut left_out).into_iter().map(rows::line).collect();
        for (index, remark) in std::mem::take(&mut wrong.of_line) {
            lines.get_mut(index).map_or(&mut wrong.lines, |line| &mut line.wrong).push(remark);
        }
        let currency = invoice.currency.clone().unwrap_or_default();
        Self {
            title: title(invoice),
            number: invoice.number.clone().unwrap_or_default(),
            head: head(invoice),
            references: references(invoice),
            parties,
            lines,
            changes: first(invoice.allowances_and_charges.iter().map(rows::change), MOST_ROWS, &mut left_out),
            taxes: first(
                invoice.tax_totals.iter().flat_map(|total| total.breakdown.iter().map(|one| rows::tax(total, one))),
                MOST_ROWS,
                &mut left_out,
            ),
            totals: totals(invoice),
            payment: rows::payment(invoice),
            terms: first(invoice.payment_terms.iter().map(|text| cut(text)), MOST_ROWS, &mut left_out),
            notes: first(invoice.notes.iter().filter_map(note), MOST_ROWS, &mut left_out),
            wrong,
            left_out,
            currency,
        }
    }
}

fn title(invoice: &Invoice) -> String {
    let code = invoice.type_code.as_deref().unwrap_or_default();
    let told = || invoice.notes.iter().find(|note| note.subject.as_deref() == Some("Document type")).map(|note| note.text.clone());
    labels::document_type(code).map(str::to_owned).or_else(told).unwrap_or_else(|| "Invoice".to_owned())
}

fn note(note: &crate::domain::einvoice::Note) -> Option<NoteRow> {
    let subject = note.subject.clone().unwrap_or_default();
    (subject != "Document type").then(|| NoteRow { subject: cut(&subject), text: cut(&note.text) })
}

/// A term, where it has a value.
fn term(label: &'static str, id: &'static str, value: Option<String>) -> Option<Term> {
    value.filter(|value| !value.trim().is_empty()).map(|value| Term { label, id, value: cut(&value), strong: false })
}

fn day(day: Option<&Day>) -> Option<String> {
    day.map(|day| day.0.clone())
}

fn identifier(identifier: Option<&Identifier>) -> Option<String> {
    identifier.map(|one| match one.scheme.as_deref() {
        Some(scheme) if !scheme.is_empty() => format!("{} ({scheme})", one.id),
        _ => one.id.clone(),
    })
}

fn money(amount: Option<&Amount>) -> Option<String> {
    amount.map(|amount| grouped(&amount.text))
}

/// An amount with its currency where that is not the invoice's.
fn money_in(amount: Option<&Amount>, currency: Option<&str>) -> Option<String> {
    let amount = amount?;
    let other = amount.currency.as_deref().filter(|own| Some(*own) != currency);
    Some(other.map_or_else(|| grouped(&amount.text), |other| format!("{} {other}", grouped(&amount.text))))
}

fn period(period: Option<&crate::domain::einvoice::Period>) -> Option<String> {
    let period = period?;
    let text = |day: &Option<Day>| day.as_ref().map_or_else(|| "…".to_owned(), |day| day.0.clone());
    Some(format!("{} to {}", text(&period.start), text(&period.end)))
}

fn head(invoice: &Invoice) -> Vec<Term> {
    let due: Vec<&str> = invoice.due_dates.iter().map(|day| day.0.as_str()).collect();
    let preceding: Vec<String> = invoice
        .preceding
        .iter()
        .map(|one| [one.number.clone(), day(one.issue_date.as_ref())].into_iter().flatten().collect::<Vec<_>>().join(" of "))
        .collect();
    [
        term("Number", "BT-1", invoice.number.clone()),
        term("Issue date", "BT-2", day(invoice.issue_date.as_ref())),
        term("Due date", "BT-9", Some(due.join(", "))),
        term("Tax point", "BT-7", day(invoice.tax_point_date.as_ref())),
        term("Period", "BG-14", period(invoice.period.as_ref())),
        term("Delivered", "BT-72", invoice.delivery.as_ref().and_then(|delivery| day(delivery.date.as_ref()))),
        term("Refers to invoice", "BT-25", Some(preceding.join(", "))),
        term("Currency", "BT-5", invoice.currency.clone()),
        term("Tax currency", "BT-6", invoice.tax_currency.clone()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn references(invoice: &Invoice) -> Vec<Term> {
    [
        term("Your reference", "BT-10", invoice.buyer_reference.clone()),
        term("Purchase order", "BT-13", invoice.purchase_order.clone()),
        term("Sales order", "BT-14", invoice.sales_order.clone()),
        term("Contract", "BT-12", invoice.contract.clone()),
        term("Project", "BT-11", invoice.project.clone()),
        term("Tender or lot", "BT-17", invoice.tender.clone()),
        term("Despatch advice", "BT-16", invoice.despatch_advice.clone()),
        term("Receiving advice", "BT-15", invoice.receiving_advice.clone()),
        term("Invoiced object", "BT-18", identifier(invoice.invoiced_object.as_ref())),
        term("Accounting reference", "BT-19", invoice.accounting_reference.clone()),
        term("Process", "BT-23", invoice.process.clone()),
        term("Specification", "BT-24", invoice.specification.clone()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn party_box(role: &'static str, id: &'static str, party: &Party, wrong: Vec<Remark>) -> PartyBox {
    let registrations: Vec<Term> = party
        .tax_registrations
        .iter()
        .filter_map(|one| if one.is_vat() { term("VAT id", "BT-31", one.id.clone()) } else { term("Tax number", "BT-32", one.id.clone()) })
        .collect();
    let contact = party.contact.as_ref();
    let mut terms: Vec<Term> = term("Trading name", "BT-28", party.trading_name.clone()).into_iter().collect();
    terms.extend(registrations);
    terms.extend(
        [
            term("Registration", "BT-30", identifier(party.legal_registration.as_ref())),
            term(
                "Identifier",
                "BT-29",
                Some(party.identifiers.iter().filter_map(|one| identifier(Some(one))).collect::<Vec<_>>().join(", ")),
            ),
            term("Legal information", "BT-33", party.legal_form.clone()),
            term("Electronic address", "BT-34", identifier(party.electronic_address.as_ref())),
            term("Contact", "BT-41", contact.and_then(|contact| contact.name.clone())),
            term("Telephone", "BT-42", contact.and_then(|contact| contact.telephone.clone())),
            term("E-mail", "BT-43", contact.and_then(|contact| contact.email.clone())),
        ]
        .into_iter()
        .flatten(),
    );
    PartyBox {
        role,
        id,
        name: party.name.clone().or_else(|| party.trading_name.clone()).unwrap_or_default(),
        address: party.address.as_ref().map(address).unwrap_or_default(),
        terms,
        wrong,
    }
}

fn address(address: &Address) -> Vec<String> {
    let place: Vec<&str> = [address.post_code.as_deref(), address.city.as_deref()].into_iter().flatten().collect();
    let country = address.country.as_deref().map(|code| labels::country(code).to_owned());
    let mut lines = address.lines.clone();
    lines.push(place.join(" "));
    lines.extend([address.subdivision.clone(), country].into_iter().flatten());
    lines.retain(|line| !line.trim().is_empty());
    lines
}

fn delivery(invoice: &Invoice) -> Option<PartyBox> {
    let delivery = invoice.delivery.as_ref()?;
    let lines = delivery.address.as_ref().map(address).unwrap_or_default();
    let terms: Vec<Term> = term("Location", "BT-71", identifier(delivery.location.as_ref())).into_iter().collect();
    let name = delivery.name.clone().unwrap_or_default();
    let says = !lines.is_empty() || !terms.is_empty() || !name.is_empty();
    says.then(|| PartyBox { role: "Delivered to", id: "BG-13", name, address: lines, terms, wrong: Vec::new() })
}

fn totals(invoice: &Invoice) -> Vec<Term> {
    let totals = invoice.totals.as_ref();
    let of = |get: fn(&crate::domain::einvoice::Totals) -> Option<&Amount>| money(totals.and_then(get));
    let currency = invoice.currency.as_deref();
    let mut rows: Vec<Term> = [
        term("Sum of lines", "BT-106", of(|t| t.lines.as_ref())),
        term("Allowances", "BT-107", of(|t| t.allowances.as_ref())),
        term("Charges", "BT-108", of(|t| t.charges.as_ref())),
        term("Total without tax", "BT-109", of(|t| t.without_tax.as_ref())),
    ]
    .into_iter()
    .flatten()
    .collect();
    rows.extend(invoice.tax_totals.iter().filter_map(|total| term("Tax", "BT-110", money_in(total.amount.as_ref(), currency))));
    rows.extend(
        [
            term("Total with tax", "BT-112", of(|t| t.with_tax.as_ref())),
            term("Paid", "BT-113", of(|t| t.paid.as_ref())),
            term("Rounding", "BT-114", of(|t| t.rounding.as_ref())),
            term("To be paid", "BT-115", of(|t| t.payable.as_ref())).map(|row| Term { strong: true, ..row }),
        ]
        .into_iter()
        .flatten(),
    );
    rows
}

#[cfg(test)]
mod tests;
