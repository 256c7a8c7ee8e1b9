//! The German rules: BR-DE of XRechnung, and the same as DE-R in Peppol for invoices within Germany.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::codes;
use super::place::{BUYER, DELIVERY, Place, SELLER, TOTALS};
use super::report::Report;
use super::terms::said;
use super::{Element, RuleSets};
use crate::domain::einvoice::{Address, Amount, Contact, Invoice, Party, PaymentMeans, Severity, Syntax};
use crate::domain::identifiers::Iban;
use crate::domain::money::readable;

/// Under which name the German rules are published.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Family {
    /// `BR-DE-1`, `BR-DE-23-a`.
    XRechnung,
    /// `DE-R-001`, `DE-R-023-1`.
    Peppol,
}

impl Family {
    fn id(self, number: u32) -> String {
        match self {
            Self::XRechnung => format!("BR-DE-{number}"),
            Self::Peppol => format!("DE-R-{number:03}"),
        }
    }

    /// The first or second half of a rule.
    fn half(self, number: u32, first: bool) -> String {
        let half = match (self, first) {
            (Self::XRechnung, true) => "a",
            (Self::XRechnung, false) => "b",
            (Self::Peppol, true) => "1",
            (Self::Peppol, false) => "2",
        };
        format!("{}-{half}", self.id(number))
    }
}

/// Types of UNTDID 1001 that Germany uses.
const TYPES: &[&str] = &["326", "380", "384", "389", "381", "875", "876", "877"];
/// Categories for which the seller must be registered for tax.
const TAXED: &[&str] = &["S", "Z", "E", "AE", "K", "G", "L", "M"];

pub(super) fn check(root: &Element, invoice: &Invoice, sets: RuleSets, report: &mut Report) {
    german(invoice, Family::XRechnung, report);
    let claim = invoice.specification.as_deref().unwrap_or_default();
    let current = claim.contains("xeinkauf.de:kosit:xrechnung_3.0") || claim.contains("xoev-de:kosit:standard:xrechnung_");
    report.advise(current, "BR-DE-21", Place::Document, "The specification (BT-24) names no edition of XRechnung.");
    if sets.extension {
        extension(root, invoice, report);
    }
}

/// The rules that XRechnung and Peppol share.
pub(super) fn german(invoice: &Invoice, family: Family, report: &mut Report) {
    let at = Place::Document;
    report.need(!invoice.payment_means.is_empty(), &family.id(1), at, "The invoice does not say how to pay (BG-16).");
    report.need(said(invoice.buyer_reference.as_ref()), &family.id(15), at, "The buyer reference (BT-10, Leitweg-ID) is missing.");
    if let Some(seller) = &invoice.seller {
        contact(seller, family, report);
        address(seller.address.as_ref(), family, [3, 4], SELLER, "seller's", report);
    }
    address(invoice.buyer.as_ref().and_then(|buyer| buyer.address.as_ref()), family, [8, 9], BUYER, "buyer's", report);
    let to = invoice.delivery.as_ref().and_then(|delivery| delivery.address.as_ref());
    address(to, family, [10, 11], DELIVERY, "deliver-to", report);
    for (i, total) in invoice.tax_totals.iter().enumerate() {
        for (j, part) in total.breakdown.iter().enumerate() {
            let rate = part.category.as_ref().and_then(|category| category.rate.as_ref()).is_some_and(|rate| !rate.0.is_empty());
            report.need(rate, &family.id(14), Place::Breakdown(i, j), "A part of the VAT breakdown has no rate (BT-119).");
        }
    }
    registered(invoice, family, report);
    document_type(invoice, family, report);
    let names: Vec<&String> = invoice.attachments.iter().filter_map(|one| one.filename.as_ref()).collect();
    let different = names.iter().collect::<BTreeSet<_>>().len() == names.len();
    report.need(different, &family.id(22), at, "Two attachments have the same file name.");
    let terms = invoice.payment_terms.first().is_none_or(|terms| discounts_are_formal(terms, family));
    report.need(
        terms,
        &family.id(18),
        at,
        "A cash discount in the payment terms (BT-20) is not of the form #SKONTO#TAGE=14#PROZENT=2.00# with a line break behind it.",
    );
    for (i, means) in invoice.payment_means.iter().enumerate() {
        payment(means, family, Place::Payment(i), report);
    }
}

fn contact(seller: &Party, family: Family, report: &mut Report) {
    report.need(seller.contact.is_some(), &family.id(2), SELLER, "The seller names nobody to contact (BG-6).");
    let Some(contact) = &seller.contact else { return };
    let Contact { name, telephone, email } = contact;
    report.need(said(name.as_ref()), &family.id(5), SELLER, "The seller's contact has no name (BT-41).");
    report.need(said(telephone.as_ref()), &family.id(6), SELLER, "The seller's contact has no telephone number (BT-42).");
    report.need(said(email.as_ref()), &family.id(7), SELLER, "The seller's contact has no e-mail address (BT-43).");
    let digits = telephone.as_deref().unwrap_or_default().chars().filter(char::is_ascii_digit).count();
    report.advise(digits >= 3, &family.id(27), SELLER, "The seller's telephone number (BT-42) has fewer than three digits.");
    let mail = is_email(email.as_deref().unwrap_or_default());
    report.advise(mail, &family.id(28), SELLER, "The seller's e-mail address (BT-43) is none.");
}

fn address(address: Option<&Address>, family: Family, rules: [u32; 2], place: Place, whose: &str, report: &mut Report) {
    let Some(address) = address else { return };
    report.need_with(said(address.city.as_ref()), &family.id(rules[0]), place, || format!("The {whose} address has no city."));
    report.need_with(said(address.post_code.as_ref()), &family.id(rules[1]), place, || format!("The {whose} address has no post code."));
}

fn registered(invoice: &Invoice, family: Family, report: &mut Report) {
    let charges = invoice.allowances_and_charges.iter().flat_map(|one| &one.tax);
    let lines = invoice.lines.iter().flat_map(|line| &line.tax);
    let taxed = charges.chain(lines).any(|tax| tax.code.as_deref().is_some_and(|code| TAXED.contains(&code)));
    let ids = invoice.seller.iter().flat_map(|seller| &seller.tax_registrations);
    let known = invoice.tax_representative.is_some() || ids.into_iter().any(|one| said(one.id.as_ref()));
    report.need(
        !taxed || known,
        &family.id(16),
        SELLER,
        "The seller has neither a VAT identifier (BT-31), a tax number (BT-32) nor a tax representative.",
    );
}

fn document_type(invoice: &Invoice, family: Family, report: &mut Report) {
    let code = invoice.type_code.as_deref();
    let known = code.is_some_and(|code| TYPES.contains(&code));
    report.advise(known, &family.id(17), Place::Document, "The invoice is of a type that Germany does not use (BT-3).");
    let named = code != Some("384") || invoice.preceding.iter().any(|one| one.number.is_some());
    report.advise(named, &family.id(26), Place::Document, "A corrected invoice should name the invoice that it corrects (BG-3).");
}

fn payment(means: &PaymentMeans, family: Family, place: Place, report: &mut Report) {
    let (transfer, card, debit) = (!means.credit_transfers.is_empty(), means.card.is_some(), means.direct_debit.is_some());
    let code = means.code.as_deref().unwrap_or_default();
    let (number, own, others) = match code {
        "30" | "58" => (23, transfer, card || debit),
        "48" | "54" | "55" => (24, card, transfer || debit),
        "59" => (25, debit && (report.syntax != Syntax::Cii || debit_is_whole(means)), transfer || card),
        _ => (0, true, false),
    };
    report.need_with(own, &family.half(number, true), place, || {
        format!("What payment by code {code} needs is not given (account, card or mandate).")
    });
    report.need_with(!others, &family.half(number, false), place, || {
        format!("Payment is by code {code}, but what another way to pay needs is given too.")
    });
    let accounts = &means.credit_transfers;
    let account = !accounts.is_empty() && accounts.iter().all(|one| one.account.as_deref().is_some_and(is_iban));
    report.advise(code != "58" || account, &family.id(19), place, "A SEPA transfer must name an IBAN (BT-84).");
    let account = means.direct_debit.as_ref().and_then(|debit| debit.account.as_deref()).is_some_and(is_iban);
    report.advise(code != "59" || account, &family.id(20), place, "A SEPA direct debit must name an IBAN (BT-91).");
    if let Some(debit) = &means.direct_debit {
        report.need(debit.creditor.is_some(), &family.id(30), place, "A direct debit does not name the creditor's identifier (BT-90).");
        report.need(debit.account.is_some(), &family.id(31), place, "A direct debit does not name the account to debit (BT-91).");
    }
}

/// CII has no group for direct debits: mandate, creditor and account must all be there.
fn debit_is_whole(means: &PaymentMeans) -> bool {
    means.direct_debit.as_ref().is_some_and(|debit| debit.mandate.is_some() && debit.creditor.is_some() && debit.account.is_some())
}

fn is_iban(account: &str) -> bool {
    account.parse::<Iban>().is_ok()
}

/// Whether a text has the form of a mailbox: dotted atoms, `@`, at least two labels.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.trim().split_once('@') else { return false };
    let atom = |atom: &str| !atom.is_empty() && atom.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&\"*+/=?^_`{|}~-".contains(c));
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    local.split('.').all(atom) && domain.contains('.') && domain.split('.').all(label)
}

/// Whether every line of the payment terms that begins with `#` is a cash discount of XRechnung's form,
/// with a line break behind the last.
fn discounts_are_formal(terms: &str, family: Family) -> bool {
    let formal = terms.lines().map(str::trim).filter(|line| line.starts_with('#')).all(|line| is_discount(line, family));
    let any = terms.lines().any(|line| line.trim().starts_with('#'));
    let broken = terms.rsplit_once('#').is_some_and(|(_, rest)| rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n'));
    !any || (formal && broken)
}

/// A cash discount; XRechnung writes interest on arrears the same way.
fn is_discount(line: &str, family: Family) -> bool {
    let amount = |text: &str| {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.split_once('.').is_some_and(|(whole, cents)| digits(whole) && digits(cents) && cents.len() == 2)
    };
    let arrears = line.strip_prefix("#VERZUG#").filter(|_| family == Family::XRechnung);
    let Some(inner) = line.strip_prefix("#SKONTO#").or(arrears).and_then(|rest| rest.strip_suffix('#')) else { return false };
    let mut parts = inner.split('#');
    let days = parts
        .next()
        .and_then(|part| part.strip_prefix("TAGE="))
        .is_some_and(|days| !days.is_empty() && days.bytes().all(|byte| byte.is_ascii_digit()));
    let percent = parts.next().and_then(|part| part.strip_prefix("PROZENT=")).is_some_and(amount);
    let base = parts
        .next()
        .is_none_or(|part| part.strip_prefix("BASISBETRAG=").is_some_and(|base| amount(base.strip_prefix('-').unwrap_or(base))));
    days && percent && base && parts.next().is_none()
}

/// BR-DEX: media types, lines that consist of lines, and payments by others, the latter two in UBL.
fn extension(root: &Element, invoice: &Invoice, report: &mut Report) {
    for (i, one) in invoice.attachments.iter().enumerate() {
        let known = one.mime.as_deref().is_none_or(|mime| mime == "application/xml" || codes::ATTACHMENT_TYPES.has(mime));
        report.need(known, "BR-DEX-01", Place::Attachment(i), "An attachment may not be of this media type.");
    }
    if report.syntax == Syntax::Cii {
        return;
    }
    let figure = |amount: Option<&Amount>| amount.map_or(Some(Decimal::ZERO), Amount::number);
    if let Some(totals) = &invoice.totals {
        let others = root.all(&["PrepaidPayment", "PaidAmount"]).into_iter().map(|paid| readable(paid.value()));
        let expected = (|| {
            let others = others.sum::<Option<Decimal>>()?;
            Some(figure(totals.with_tax.as_ref())? - figure(totals.paid.as_ref())? + figure(totals.rounding.as_ref())? + others)
        })();
        let due = figure(totals.payable.as_ref());
        report.need_with(due == expected, "BR-DEX-09", TOTALS, || {
            let (expected, due) = (super::totals::figure(expected), super::totals::figure(due));
            format!("With VAT minus what is paid plus rounding plus what others claim is {expected}, the amount due (BT-115) says {due}.")
        });
    }
    for line in root.children().iter().filter(|child| child.is("InvoiceLine") || child.is("CreditNoteLine")) {
        sub_line(line, report);
    }
}

fn sub_line(line: &Element, report: &mut Report) {
    let parts: Vec<&Element> = line.named("SubInvoiceLine").collect();
    if parts.is_empty() {
        return;
    }
    let amount = |line: &Element| line.text_at(&["LineExtensionAmount"]).and_then(readable);
    let added = parts.iter().map(|part| amount(part)).sum::<Option<Decimal>>();
    if added.is_none() || added != amount(line) {
        let text = format!(
            "The parts of a line add up to {}, the line says {}.",
            super::totals::figure(added),
            super::totals::figure(amount(line))
        );
        report.add("BR-DEX-02", Severity::Warning, Place::Document, text);
    }
    for part in parts {
        let categories = part.count(&["Item", "ClassifiedTaxCategory"]);
        report.need(categories == 1, "BR-DEX-03", Place::Document, "A part of a line must have one VAT category.");
        sub_line(part, report);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cash_discounts_have_one_form() {
        for right in ["", "30 days net", "#SKONTO#TAGE=14#PROZENT=2.00#\n", "Net\n#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=357.93#\nrest"] {
            assert!(discounts_are_formal(right, Family::Peppol), "{right:?}");
        }
        for wrong in
            ["#SKONTO#TAGE=14#PROZENT=2.00#", "#SKONTO#TAGE=14#PROZENT=2#\n", "#SKONTO#TAGE=x#PROZENT=2.00#\n", "#VERZUG#TAGE=14#\n"]
        {
            assert!(!discounts_are_formal(wrong, Family::Peppol), "{wrong:?}");
        }
    }

    #[test]
    fn mailboxes_have_a_domain() {
        assert!(is_email("a.b@example.com") && is_email("x+y@a-b.de"));
        assert!(["", "a", "a@b", "@b.de", "a..b@c.de", "a@-b.de", "a@b..de"].iter().all(|text| !is_email(text)));
    }
}
