//! The VAT category rules (BR-S, BR-Z, BR-E, BR-AE, BR-IC, BR-G, BR-O, BR-AF, BR-AG), made from one table:
//! the categories differ in who must be registered, which rate they have, and how tax is reckoned. BR-B
//! is Italy's split payment.

use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

use super::place::Place;
use super::report::Report;
use super::totals::{cents, figure, near, number};
use crate::domain::einvoice::{AllowanceCharge, Invoice, Syntax, TaxBreakdown, TaxCategory};

/// Which rate a category has.
#[derive(Clone, Copy, PartialEq)]
enum Rate {
    Positive,
    NotNegative,
    Zero,
    None,
}

/// Who must be registered, for the rules 02, 03 and 04.
#[derive(Clone, Copy, PartialEq)]
enum Registered {
    /// The seller for any tax, or its representative for VAT.
    Seller,
    /// The seller or its representative for VAT.
    SellerForVat,
    /// As `Seller`, and the buyer for VAT or in a legal register.
    SellerAndBuyer,
    /// As `SellerForVat`, and the buyer for VAT.
    BothForVat,
    /// Nobody for VAT.
    Nobody,
}

struct Category {
    /// Code of UNTDID 5305.
    code: &'static str,
    /// In the rules' ids.
    rule: &'static str,
    name: &'static str,
    registered: Registered,
    rate: Rate,
    /// Whether tax is reckoned by rate and amounts compared by rate; else there is none.
    taxed: bool,
    /// Whether an exemption reason must be given; else it must not.
    reason: bool,
}

#[rustfmt::skip]
const CATEGORIES: &[Category] = &[
    Category { code: "S", rule: "S", name: "standard rated", registered: Registered::Seller, rate: Rate::Positive, taxed: true, reason: false },
    Category { code: "Z", rule: "Z", name: "zero rated", registered: Registered::Seller, rate: Rate::Zero, taxed: false, reason: false },
    Category { code: "E", rule: "E", name: "exempt", registered: Registered::Seller, rate: Rate::Zero, taxed: false, reason: true },
    Category { code: "AE", rule: "AE", name: "reverse charge", registered: Registered::SellerAndBuyer, rate: Rate::Zero, taxed: false, reason: true },
    Category { code: "K", rule: "IC", name: "intra-community supply", registered: Registered::BothForVat, rate: Rate::Zero, taxed: false, reason: true },
    Category { code: "G", rule: "G", name: "export outside the EU", registered: Registered::SellerForVat, rate: Rate::Zero, taxed: false, reason: true },
    Category { code: "O", rule: "O", name: "not subject to VAT", registered: Registered::Nobody, rate: Rate::None, taxed: false, reason: true },
    Category { code: "L", rule: "AF", name: "IGIC (Canary Islands)", registered: Registered::Seller, rate: Rate::NotNegative, taxed: true, reason: false },
    Category { code: "M", rule: "AG", name: "IPSI (Ceuta and Melilla)", registered: Registered::Seller, rate: Rate::NotNegative, taxed: true, reason: false },
];

pub(super) fn check(invoice: &Invoice, report: &mut Report) {
    let used = Used::of(invoice);
    for category in CATEGORIES {
        if used.anywhere(category.code) {
            judge(category, invoice, report);
        }
    }
    split_payment(invoice, &used, report);
}

/// The category codes that a document uses, so that the rest costs nothing.
struct Used<'a>(Vec<&'a str>);

impl<'a> Used<'a> {
    fn of(invoice: &'a Invoice) -> Self {
        let lines = invoice.lines.iter().flat_map(|line| &line.tax);
        let charges = invoice.allowances_and_charges.iter().flat_map(|one| &one.tax);
        let parts = invoice.tax_breakdown().filter_map(|part| part.category.as_ref());
        let mut codes: Vec<&str> = lines.chain(charges).chain(parts).filter_map(|tax| tax.code.as_deref()).collect();
        codes.sort_unstable();
        codes.dedup();
        Self(codes)
    }

    fn anywhere(&self, code: &str) -> bool {
        self.0.binary_search(&code).is_ok()
    }
}

impl Category {
    fn id(&self, number: &str) -> String {
        format!("BR-{}-{number}", self.rule)
    }

    fn is(&self, tax: &TaxCategory) -> bool {
        tax.code.as_deref() == Some(self.code)
    }

    /// What amounts of this category are compared by.
    fn key(&self, tax: &TaxCategory) -> Option<Decimal> {
        tax.rate.as_ref().filter(|_| self.taxed).and_then(|rate| rate.number())
    }

    fn of_vat(&self, tax: &TaxCategory) -> bool {
        self.is(tax) && tax.is_vat()
    }
}

fn judge(category: &Category, invoice: &Invoice, report: &mut Report) {
    in_breakdown(category, invoice, report);
    registrations(category, invoice, report);
    rates(category, invoice, report);
    let added = Added::of(category, invoice);
    for (i, total) in invoice.tax_totals.iter().enumerate() {
        for (j, part) in total.breakdown.iter().enumerate() {
            if let Some(tax) = part.category.as_ref().filter(|tax| category.of_vat(tax)) {
                breakdown(category, (invoice, &added), part, tax, Place::Breakdown(i, j), report);
            }
        }
    }
    match category.code {
        "K" => supply(invoice, report),
        "O" => nothing_else(category, invoice, report),
        _ => {}
    }
}

/// 01: what is used stands in the breakdown (once, where it has one rate), and the other way round.
fn in_breakdown(category: &Category, invoice: &Invoice, report: &mut Report) {
    let cii = invoice.syntax == Syntax::Cii;
    let same = |tax: &&TaxCategory| if cii || category.code == "S" { category.is(tax) } else { category.of_vat(tax) };
    let lines = invoice.lines.iter().flat_map(|line| &line.tax).any(|tax| same(&tax));
    let charges = invoice.allowances_and_charges.iter().flat_map(|one| &one.tax).any(|tax| same(&tax));
    let parts = invoice.tax_breakdown().filter_map(|part| part.category.as_ref()).filter(same).count();
    let used = lines || charges;
    let holds = match (category.taxed, cii) {
        (true, true) => parts > 0 || !used,
        (true, false) => used == (parts > 0),
        (false, true) => (parts == 0 && (!used || category.code == "O")) || (parts == 1 && used),
        (false, false) => parts == usize::from(used || parts > 0),
    };
    let rule = category.id("01");
    report.need_with(holds, &rule, Place::Document, || {
        let name = category.name;
        match (lines || charges, parts) {
            (true, 0) => format!("Something is {name} ({}), but the VAT breakdown has no such part.", category.code),
            (false, 1) => format!("The VAT breakdown has a part {name} ({}), but nothing invoiced is.", category.code),
            (_, n) => format!("The VAT breakdown has {n} parts {name} ({}): it must have one.", category.code),
        }
    });
}

/// 02 (lines), 03 (allowances), 04 (charges): who must be registered.
fn registrations(category: &Category, invoice: &Invoice, report: &mut Report) {
    let vat = |party: &Option<crate::domain::einvoice::Party>| party.as_ref().is_some_and(|party| party.vat_id().is_some());
    // UBL takes any registration; CII knows two schemes.
    let registration = |one: &crate::domain::einvoice::TaxRegistration| {
        one.id.is_some() && (invoice.syntax != Syntax::Cii || matches!(one.scheme.as_deref(), Some("VAT" | "FC")))
    };
    let any = invoice.seller.as_ref().is_some_and(|seller| seller.tax_registrations.iter().any(registration));
    let (seller, buyer, representative) = (vat(&invoice.seller), vat(&invoice.buyer), vat(&invoice.tax_representative));
    let listed = invoice.buyer.as_ref().is_some_and(|buyer| buyer.legal_registration.is_some());
    let (holds, text) = match category.registered {
        Registered::Seller => (any || representative, "the seller or its tax representative must have a tax registration"),
        Registered::SellerForVat => (seller || representative, "the seller or its tax representative must have a VAT identifier"),
        Registered::SellerAndBuyer => (
            (any || representative) && (buyer || listed),
            "the seller (or its representative) must have a tax registration, and the buyer a VAT identifier or legal registration",
        ),
        Registered::BothForVat => {
            ((seller || representative) && buyer, "the seller (or its representative) and the buyer must have VAT identifiers")
        }
        Registered::Nobody => (!seller && !buyer && !representative, "no party may have a VAT identifier"),
    };
    let side = |charge: bool| {
        let same = move |one: &&AllowanceCharge| one.charge == Some(charge);
        invoice.allowances_and_charges.iter().filter(same).flat_map(|one| &one.tax).any(|tax| category.of_vat(tax))
    };
    let lines = invoice.lines.iter().flat_map(|line| &line.tax).any(|tax| category.of_vat(tax));
    let other = invoice.syntax != Syntax::Cii && category.code == "S" && !lines;
    if other && invoice.lines.iter().flat_map(|line| &line.tax).any(|tax| category.is(tax)) {
        report.need(false, "BR-S-02", Place::Document, "A line is standard rated, but not of VAT.");
    }
    for (used, number, what) in [(lines, "02", "A line"), (side(false), "03", "An allowance"), (side(true), "04", "A charge")] {
        if used && !holds {
            report.need_with(false, &category.id(number), Place::Document, || format!("{what} is {}: {text}.", category.name));
        }
    }
}

/// 05 (lines), 06 (allowances), 07 (charges): the rate.
fn rates(category: &Category, invoice: &Invoice, report: &mut Report) {
    for (i, line) in invoice.lines.iter().enumerate() {
        line.tax.iter().filter(|tax| category.of_vat(tax)).for_each(|tax| rate(category, tax, "05", Place::Line(i), report));
    }
    for (i, one) in invoice.allowances_and_charges.iter().enumerate() {
        let Some(charge) = one.charge else { continue };
        let number = if charge { "07" } else { "06" };
        one.tax.iter().filter(|tax| category.of_vat(tax)).for_each(|tax| rate(category, tax, number, Place::Charge(i), report));
    }
}

fn rate(category: &Category, tax: &TaxCategory, number: &str, place: Place, report: &mut Report) {
    let rate = tax.rate.as_ref().and_then(|rate| rate.number());
    let (holds, wanted) = match category.rate {
        Rate::Positive => (rate.is_some_and(|rate| rate > Decimal::ZERO), "above 0"),
        Rate::NotNegative => (rate.is_some_and(|rate| rate >= Decimal::ZERO), "0 or more"),
        Rate::Zero => (rate.is_some_and(|rate| rate.is_zero()), "0"),
        Rate::None => (tax.rate.is_none(), "left out"),
    };
    if !holds {
        report.need_with(false, &category.id(number), place, || {
            let told = tax.rate.as_ref().map_or("missing", |rate| rate.0.as_str());
            format!("What is {} has the VAT rate {told}: it must be {wanted}.", category.name)
        });
    }
}

/// What lines and charges minus allowances of one category add up to: by rate where it is taxed by
/// rate, else in one. Added once for all parts of a breakdown.
struct Added(BTreeMap<Option<Decimal>, Option<Decimal>>);

impl Added {
    fn of(category: &Category, invoice: &Invoice) -> Self {
        let mut added = Self(BTreeMap::new());
        for line in &invoice.lines {
            added.add(category, &line.tax, number(line.net_amount.as_ref()));
        }
        for one in &invoice.allowances_and_charges {
            let amount = number(one.amount.as_ref());
            match one.charge {
                Some(true) => added.add(category, &one.tax, amount),
                Some(false) => added.add(category, &one.tax, amount.map(|amount| -amount)),
                None => {}
            }
        }
        added
    }

    fn add(&mut self, category: &Category, taxes: &[TaxCategory], amount: Option<Decimal>) {
        let rates: BTreeSet<Option<Decimal>> = taxes.iter().filter(|tax| category.is(tax)).map(|tax| category.key(tax)).collect();
        for rate in rates {
            let sum = self.0.entry(rate).or_insert(Some(Decimal::ZERO));
            *sum = sum.and_then(|sum| sum.checked_add(amount.unwrap_or_default()));
        }
    }
}

/// 08 (the taxable amount), 09 (the tax), 10 (the exemption reason) of one part of the breakdown.
fn breakdown(
    category: &Category,
    (invoice, added): (&Invoice, &Added),
    part: &TaxBreakdown,
    tax: &TaxCategory,
    place: Place,
    report: &mut Report,
) {
    taxable(category, (invoice, added), part, tax, place, report);
    let told = number(part.tax.as_ref());
    let percent = tax.rate.as_ref().and_then(|rate| rate.number());
    let holds = if category.taxed { percent.is_some_and(|rate| near(part, rate, false)) } else { told.is_some_and(|tax| tax.is_zero()) };
    if !holds {
        report.need_with(false, &category.id("09"), place, || match percent.filter(|_| category.taxed) {
            Some(rate) => {
                format!("VAT at {} % of {} is not {}.", rate.normalize(), figure(number(part.taxable.as_ref())), figure(told))
            }
            None => format!("VAT on what is {} is {}: it must be 0.", category.name, figure(told)),
        });
    }
    let reason = tax.exemption_reason.is_some() || tax.exemption_code.is_some();
    if reason != category.reason {
        let must = if category.reason {
            "needs an exemption reason (BT-120, BT-121)"
        } else {
            "must not have an exemption reason (BT-120, BT-121)"
        };
        report.need_with(false, &category.id("10"), place, || format!("A part of the VAT breakdown that is {} {must}.", category.name));
    }
}

fn taxable(
    category: &Category,
    (invoice, added): (&Invoice, &Added),
    part: &TaxBreakdown,
    tax: &TaxCategory,
    place: Place,
    report: &mut Report,
) {
    let key = category.key(tax);
    if category.taxed && key.is_none() {
        return; // BR-48 says so
    }
    let of_rate = added.0.get(&key);
    let any = of_rate.is_some();
    let added = of_rate.copied().unwrap_or(Some(Decimal::ZERO));
    let told = number(part.taxable.as_ref());
    let close = told.zip(added).is_some_and(|(told, added)| match (invoice.syntax == Syntax::Cii, category.taxed) {
        (true, false) if category.code != "O" => (told - cents(added)).abs() < Decimal::ONE,
        (true, _) => told == cents(added),
        (false, true) => (told - added).abs() < Decimal::ONE,
        (false, false) => told == added,
    });
    let holds = close && if category.code == "S" { any } else { !invoice.lines.is_empty() };
    if !holds {
        report.need_with(false, &category.id("08"), place, || {
            format!("What is {} adds up to {}, its part of the VAT breakdown (BT-116) says {}.", category.name, figure(added), figure(told))
        });
    }
}

fn part_of(invoice: &Invoice, code: &str) -> bool {
    invoice.tax_breakdown().filter_map(|part| part.category.as_ref()).any(|tax| tax.is_vat() && tax.code.as_deref() == Some(code))
}

/// BR-IC-11, BR-IC-12: when and where goods went.
fn supply(invoice: &Invoice, report: &mut Report) {
    if !part_of(invoice, "K") {
        return;
    }
    let delivery = invoice.delivery.as_ref();
    let date = delivery.and_then(|delivery| delivery.date.as_ref()).is_some_and(|day| day.0.len() > 1);
    let period =
        invoice.period.as_ref().is_some_and(|period| period.start.is_some() || period.end.is_some() || invoice.tax_point_code.is_some());
    report.need(
        date || period,
        "BR-IC-11",
        Place::Document,
        "An intra-community supply must say its delivery date (BT-72) or period (BG-14).",
    );
    let country = delivery.and_then(|delivery| delivery.address.as_ref()).and_then(|address| address.country.as_deref());
    let to = country.is_some_and(|country| country.len() > 1);
    report.need(to, "BR-IC-12", Place::Document, "An intra-community supply must say the country it is delivered to (BT-80).");
}

/// BR-O-11 to BR-O-14: what is not subject to VAT stands alone.
fn nothing_else(category: &Category, invoice: &Invoice, report: &mut Report) {
    if !part_of(invoice, "O") {
        return;
    }
    let cii = invoice.syntax == Syntax::Cii;
    let other = |tax: &TaxCategory| !category.is(tax) && if cii { tax.code.is_some() } else { tax.is_vat() };
    let side = |charge: bool| {
        invoice.allowances_and_charges.iter().filter(move |one| one.charge == Some(charge)).flat_map(|one| &one.tax).any(other)
    };
    let parts = invoice.tax_breakdown().filter_map(|part| part.category.as_ref()).any(other);
    let lines = invoice.lines.iter().flat_map(|line| &line.tax).any(other);
    let (parts, lines) = if cii { (parts || lines, parts || lines) } else { (parts, lines) };
    let (allowances, charges) = if cii { (side(true) || side(false), side(true) || side(false)) } else { (side(false), side(true)) };
    let found =
        [(parts, "11", "part of the VAT breakdown"), (lines, "12", "line"), (allowances, "13", "allowance"), (charges, "14", "charge")];
    for (wrong, number, what) in found {
        if wrong {
            let text = || format!("The invoice is not subject to VAT, but a {what} has another VAT category.");
            report.need_with(false, &category.id(number), Place::Document, text);
        }
    }
}

/// BR-B-01, BR-B-02.
fn split_payment(invoice: &Invoice, used: &Used, report: &mut Report) {
    if !used.anywhere("B") {
        return;
    }
    let parties = [&invoice.seller, &invoice.buyer, &invoice.tax_representative, &invoice.payee].into_iter().flatten();
    let addresses = parties.filter_map(|party| party.address.as_ref()).chain(invoice.delivery.iter().filter_map(|to| to.address.as_ref()));
    let italian = addresses.filter_map(|address| address.country.as_deref()).all(|country| country == "IT");
    report.need(italian, "BR-B-01", Place::Document, "Split payment (VAT category B) is for invoices within Italy only.");
    let alone = !used.anywhere("S");
    report.need(alone, "BR-B-02", Place::Document, "Split payment (VAT category B) and standard rated (S) must not stand in one invoice.");
}
