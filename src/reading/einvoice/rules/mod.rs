//! The business rules of EN 16931 and what builds on it, by their published ids.
//!
//! Runs on every UBL and CII document that claims EN 16931 (BT-24); Peppol's, its members' and
//! XRechnung's and NLCIUS's rules run only where the document claims them too. A document that claims none of them
//! (OIOUBL, PINT, ZATCA, Factur-X below BASIC) is not judged by rules that it never accepted, nor is one
//! that extends EN 16931 itself (Factur-X EXTENDED), and what extends Peppol is judged by the core only.
//! Nothing here refuses a document: a broken rule is an issue of the case.
//!
//! Rules about business terms ([`terms`], [`totals`], [`vat`], [`xrechnung`]) look at the model and hold
//! for both syntaxes; rules about a syntax ([`ubl`], [`cii`], [`coded`], [`peppol`], [`national`]) look at
//! the tree.

mod cii;
mod coded;
mod codes;
mod identifiers;
mod national;
mod peppol;
mod place;
mod report;
mod structure;
mod terms;
mod totals;
mod ubl;
mod unused;
mod vat;
mod walk;
mod xrechnung;

use super::tree::Element;
use crate::domain::einvoice::{Invoice, Syntax};
use report::Report;
pub(super) use report::{Violations, issues};

/// Which rules a document is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct RuleSets {
    /// EN 16931 with its binding to the syntax.
    pub(super) core: bool,
    /// Peppol BIS Billing 3 with its members' rules.
    pub(super) peppol: bool,
    /// XRechnung (BR-DE).
    pub(super) xrechnung: bool,
    /// XRechnung's extension, which allows what the core does not.
    pub(super) extension: bool,
    /// XRechnung for purchases under the clean vehicles directive.
    pub(super) vehicles: bool,
    /// NLCIUS (BR-NL).
    pub(super) nlcius: bool,
}

const EN16931: &str = "urn:cen.eu:en16931:2017";
const PEPPOL: &str = "urn:fdc:peppol.eu:2017:poacc:billing:3.0";

impl RuleSets {
    /// The rules that a document claims by BT-24.
    pub(super) fn claimed(invoice: &Invoice) -> Self {
        let claim = invoice.specification.as_deref().unwrap_or_default().trim();
        // A specification that is compliant keeps the core's rules (Peppol BIS, XRechnung, Factur-X BASIC); one
        // that is conformant extends it and may break them (Factur-X EXTENDED, Peppol of Australia).
        let claimed = claim.strip_prefix(EN16931);
        let core = claimed.is_some_and(|rest| !rest.starts_with("#conformant#"));
        let ubl = matches!(invoice.syntax, Syntax::UblInvoice | Syntax::UblCreditNote);
        let xrechnung = core && (claim.contains(":xrechnung_") || claim.contains("xoev-de:kosit:standard:xrechnung"));
        Self {
            core,
            peppol: core && ubl && claim.contains(PEPPOL) && !claim.contains("#conformant#"),
            xrechnung,
            extension: xrechnung && claim.contains("extension"),
            vehicles: xrechnung && claim.contains(":cvd_"),
            nlcius: core && ubl && claim.contains(":nlcius:"),
        }
    }

    /// Rules of the core that what is claimed replaces: the extension has payments by others (BR-DEX-09),
    /// its own identifiers and media types (BR-DEX-01); clean vehicles are a classification of their own.
    fn waived(self) -> &'static [&'static str] {
        match self {
            Self { extension: true, .. } => &["BR-CO-16", "BR-CL-10", "BR-CL-11", "BR-CL-21", "BR-CL-24", "BR-CL-25", "BR-CL-26"],
            Self { vehicles: true, .. } => &["BR-CL-13"],
            _ => &[],
        }
    }
}

/// Judges a document, naming at most `limit` breaches and counting the rest.
pub(super) fn check(root: &Element, invoice: &Invoice, sets: RuleSets, limit: usize) -> Violations {
    let mut report = Report::new(invoice.syntax, sets.waived(), limit);
    structure::check(root, &mut report);
    if sets.core {
        // Sums first: many faulty lines must not crowd out what is wrong with the money.
        totals::check(invoice, &mut report);
        vat::check(invoice, &mut report);
        terms::check(invoice, &mut report);
        match invoice.syntax {
            Syntax::Cii => cii::check(root, sets, &mut report),
            _ => ubl::check(root, &mut report),
        }
        if !sets.extension {
            unused::check(root, &mut report);
        }
    }
    if sets.peppol {
        peppol::check(root, &mut report);
        national::check(root, invoice, &mut report);
    }
    if sets.nlcius {
        national::check_nlcius(root, &mut report);
    }
    if sets.xrechnung {
        xrechnung::check(root, invoice, sets, &mut report);
    }
    report.finish()
}

#[cfg(test)]
mod tests;
