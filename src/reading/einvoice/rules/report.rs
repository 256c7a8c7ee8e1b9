//! What the rules found, bounded.

use super::place::Place;
use crate::domain::einvoice::{Severity, Syntax, Violation};
use crate::domain::extraction::{EINVOICE_ADVICE, EINVOICE_RULE};
use crate::domain::{FieldName, Issue};

/// Code of the issue that counts what is not listed.
const MORE: &str = "einvoice-rules-more";

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Violations {
    /// The breaches, in the order in which the rules ran.
    pub(crate) listed: Vec<Violation>,
    /// How many more there are.
    pub(crate) beyond: usize,
}

/// Collects breaches; places are written out only for those that are kept.
pub(super) struct Report {
    pub(super) syntax: Syntax,
    waived: &'static [&'static str],
    limit: usize,
    found: Violations,
}

impl Report {
    pub(super) fn new(syntax: Syntax, waived: &'static [&'static str], limit: usize) -> Self {
        Self { syntax, waived, limit, found: Violations::default() }
    }

    /// The rule must hold.
    pub(super) fn need(&mut self, holds: bool, rule: &str, place: Place, text: &str) {
        if !holds {
            self.add(rule, Severity::Fatal, place, text.to_owned());
        }
    }

    /// The rule must hold; the text has figures.
    pub(super) fn need_with(&mut self, holds: bool, rule: &str, place: Place, text: impl FnOnce() -> String) {
        if !holds {
            self.add(rule, Severity::Fatal, place, text());
        }
    }

    /// The rule should hold.
    pub(super) fn advise(&mut self, holds: bool, rule: &str, place: Place, text: &str) {
        if !holds {
            self.add(rule, Severity::Warning, place, text.to_owned());
        }
    }

    pub(super) fn add(&mut self, rule: &str, severity: Severity, place: Place, text: String) {
        if self.waived.contains(&rule) {
            return;
        }
        if self.found.listed.len() >= self.limit {
            self.found.beyond += 1;
            return;
        }
        let place = place.path(self.syntax);
        self.found.listed.push(Violation { rule: rule.to_owned(), severity, text, place });
    }

    pub(super) fn finish(self) -> Violations {
        self.found
    }
}

/// The field that a rule is about, where it is about one.
fn field(rule: &str) -> Option<FieldName> {
    Some(match rule {
        "BR-02" => FieldName::InvoiceNumber,
        "BR-03" => FieldName::IssueDate,
        "BR-05" | "BR-CL-04" => FieldName::Currency,
        "BR-06" => FieldName::SupplierName,
        "BR-07" => FieldName::BuyerName,
        "BR-08" | "BR-09" => FieldName::SupplierAddress,
        "BR-13" | "BR-CO-10" | "BR-CO-13" | "BR-DEC-12" => FieldName::NetAmount,
        "BR-14" | "BR-CO-15" | "BR-DEC-14" => FieldName::TotalAmount,
        "BR-CO-14" | "BR-53" | "BR-DEC-13" => FieldName::TaxAmount,
        "BR-50" | "BR-61" | "BR-DE-19" | "DE-R-019" => FieldName::Iban,
        "BR-CO-26" | "BR-DE-16" | "DE-R-016" => FieldName::SupplierTaxId,
        "PEPPOL-EN16931-R003" => FieldName::PurchaseOrder,
        _ => return None,
    })
}

/// The breaches as issues of the extraction.
pub(crate) fn issues(found: &Violations) -> Vec<Issue> {
    let issue = |one: &Violation| Issue {
        code: if one.severity == Severity::Fatal { EINVOICE_RULE } else { EINVOICE_ADVICE }.to_owned(),
        field: field(&one.rule),
        message: format!("{}: {}", one.rule, one.text),
        rule: Some(one.rule.clone()),
        place: Some(one.place.clone()),
    };
    let more = (found.beyond > 0).then(|| Issue::new(MORE, format!("{} more breaches of rules are not listed.", found.beyond)));
    found.listed.iter().map(issue).chain(more).collect()
}
