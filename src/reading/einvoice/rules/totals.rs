//! BR-CO: what must agree with what. Figures are rounded half up to two decimals, as the rules say.

use rust_decimal::Decimal;

use super::codes;
use super::place::{PERIOD, Place, SELLER, TOTALS};
use super::report::Report;
use crate::domain::einvoice::{Amount, Invoice, Party, Period, Syntax, TaxBreakdown, Totals};

pub(super) fn check(invoice: &Invoice, report: &mut Report) {
    if let Some(totals) = &invoice.totals {
        sums(invoice, totals, report);
        payable(totals, report);
    }
    with_tax(invoice, report);
    tax(invoice, report);
    dates(invoice, report);
    parties(invoice, report);
    for (i, line) in invoice.lines.iter().enumerate() {
        let category = line.tax.iter().any(|tax| tax.is_vat() && tax.code.is_some());
        report.need(category, "BR-CO-04", Place::Line(i), "A line has no VAT category (BT-151).");
        if let Some(period) = &line.period {
            report.need(dated(period), "BR-CO-20", Place::Line(i), "A line's period has neither a start nor an end.");
        }
    }
}

/// Half up to two decimals (XPath's `round`: towards positive infinity).
pub(super) fn cents(number: Decimal) -> Decimal {
    ((number * Decimal::ONE_HUNDRED) + Decimal::new(5, 1)).floor() / Decimal::ONE_HUNDRED
}

fn whole(number: Decimal) -> Decimal {
    (number + Decimal::new(5, 1)).floor()
}

pub(super) fn number(amount: Option<&Amount>) -> Option<Decimal> {
    amount.and_then(Amount::number)
}

/// The sum of what can be read; `None` beyond the range of exact decimals.
pub(super) fn sum<'a>(amounts: impl Iterator<Item = Option<&'a Amount>>) -> Option<Decimal> {
    amounts.filter_map(number).try_fold(Decimal::ZERO, Decimal::checked_add)
}

/// A figure as people read it.
pub(super) fn figure(number: Option<Decimal>) -> String {
    match number {
        Some(number) if number.scale() < 2 => format!("{number:.2}"),
        Some(number) => number.to_string(),
        None => "nothing".to_owned(),
    }
}

fn sums(invoice: &Invoice, totals: &Totals, report: &mut Report) {
    let lines = sum(invoice.lines.iter().map(|line| line.net_amount.as_ref())).map(cents);
    let told = number(totals.lines.as_ref());
    report.need_with(told.is_some() && told == lines, "BR-CO-10", TOTALS, || {
        format!("The lines add up to {}, the sum of the lines (BT-106) says {}.", figure(lines), figure(told))
    });
    let allowances = sum(invoice.allowances().map(|one| one.amount.as_ref())).map(cents);
    let charges = sum(invoice.charges().map(|one| one.amount.as_ref())).map(cents);
    let sides = [
        (&totals.allowances, invoice.allowances().next().is_some(), allowances, "BR-CO-11", "allowances", "BT-107"),
        (&totals.charges, invoice.charges().next().is_some(), charges, "BR-CO-12", "charges", "BT-108"),
    ];
    for (total, any, added, rule, what, term) in sides {
        let told = number(total.as_ref());
        let holds = (told.is_some() && told == added) || (total.is_none() && !any);
        report.need_with(holds, rule, TOTALS, || {
            format!("The document's {what} add up to {}, their sum ({term}) says {}.", figure(added), figure(told))
        });
    }
    let optional = |amount: &Option<Amount>| amount.as_ref().map_or(Some(Decimal::ZERO), Amount::number);
    let always = invoice.syntax == Syntax::Cii;
    let round = |sum| if always || totals.charges.is_some() || totals.allowances.is_some() { cents(sum) } else { sum };
    let expected = (|| Some(round(number(totals.lines.as_ref())? + optional(&totals.charges)? - optional(&totals.allowances)?)))();
    let told = number(totals.without_tax.as_ref());
    report.need_with(told.is_some() && told == expected, "BR-CO-13", TOTALS, || {
        format!("Lines minus allowances plus charges is {}, the total without VAT (BT-109) says {}.", figure(expected), figure(told))
    });
}

fn payable(totals: &Totals, report: &mut Report) {
    let optional = |amount: &Option<Amount>| amount.as_ref().map_or(Some(Decimal::ZERO), Amount::number);
    let told = number(totals.payable.as_ref());
    let expected = (|| Some(cents(number(totals.with_tax.as_ref())? - optional(&totals.paid)?) + optional(&totals.rounding)?))()
        .map(|due| due.normalize());
    let agree = (|| {
        let due = told? - optional(&totals.rounding)?;
        let owed = number(totals.with_tax.as_ref())? - optional(&totals.paid)?;
        // What is not rounded by an own amount must agree to the digit.
        Some(if totals.paid.is_none() && totals.rounding.is_none() { due == owed } else { cents(due) == cents(owed) })
    })();
    report.need_with(agree == Some(true), "BR-CO-16", TOTALS, || {
        format!("With VAT minus what is paid plus rounding is {}, the amount due (BT-115) says {}.", figure(expected), figure(told))
    });
}

fn with_tax(invoice: &Invoice, report: &mut Report) {
    let Some(currency) = &invoice.currency else { return };
    let own = |amount: &&Amount| amount.currency.as_ref() == Some(currency);
    let taxes: Vec<&Amount> = invoice.tax_totals.iter().filter_map(|total| total.amount.as_ref()).filter(own).collect();
    let totals = invoice.totals.as_ref();
    let told = number(totals.and_then(|totals| totals.with_tax.as_ref()));
    let without = number(totals.and_then(|totals| totals.without_tax.as_ref()));
    let tax = match taxes[..] {
        [one] => one.number(),
        _ => None,
    };
    let expected = without.zip(tax).map(|(without, tax)| cents(without + tax));
    // CII may leave out a tax total of nothing.
    let untaxed = invoice.syntax == Syntax::Cii && told == without;
    report.need_with(told.is_some() && (told == expected || untaxed), "BR-CO-15", TOTALS, || match taxes.len() {
        0 | 1 => format!(
            "Without VAT {} plus VAT {} is {}, the total with VAT (BT-112) says {}.",
            figure(without),
            figure(tax),
            figure(expected),
            figure(told)
        ),
        n => format!("There are {n} VAT totals in {currency} (BT-110): there must be one."),
    });
}

fn tax(invoice: &Invoice, report: &mut Report) {
    let any = invoice.tax_breakdown().next().is_some();
    report.need(any, "BR-CO-18", Place::Document, "The invoice has no VAT breakdown (BG-23).");
    // In CII the breakdown belongs to every total.
    let cii = invoice.syntax == Syntax::Cii;
    let whole_breakdown = if cii { sum(invoice.tax_breakdown().map(|part| part.tax.as_ref())) } else { None };
    for (i, total) in invoice.tax_totals.iter().enumerate() {
        let own = total.amount.as_ref().is_some_and(|amount| amount.currency.is_some() && amount.currency == invoice.currency);
        if if cii { own } else { !total.breakdown.is_empty() } {
            let parts = if cii { whole_breakdown } else { sum(total.breakdown.iter().map(|part| part.tax.as_ref())) };
            let parts = parts.map(cents);
            let told = number(total.amount.as_ref());
            report.need_with(told.is_some() && told == parts, "BR-CO-14", Place::TaxTotal(i), || {
                format!("The VAT breakdown adds up to {}, the total VAT (BT-110) says {}.", figure(parts), figure(told))
            });
        }
        for (j, part) in total.breakdown.iter().enumerate() {
            let rate = part.category.as_ref().filter(|category| category.is_vat()).and_then(|category| category.rate.as_ref());
            let rate = rate.and_then(|rate| rate.number());
            let tax = number(part.tax.as_ref());
            let holds = match rate {
                Some(rate) if whole(rate).is_zero() => tax.is_some_and(|tax| whole(tax).is_zero()),
                Some(rate) => near(part, rate, cii),
                None => tax.is_some_and(|tax| whole(tax).is_zero()),
            };
            report.need_with(holds, "BR-CO-17", Place::Breakdown(i, j), || {
                format!(
                    "{} % of {} is not {} (BT-117).",
                    rate.unwrap_or_default().normalize(),
                    figure(number(part.taxable.as_ref())),
                    figure(tax)
                )
            });
        }
    }
}

/// Whether the tax is the taxable amount times the rate, to less than one unit of currency.
pub(super) fn near(part: &TaxBreakdown, rate: Decimal, closed: bool) -> bool {
    let (Some(tax), Some(taxable)) = (number(part.tax.as_ref()), number(part.taxable.as_ref())) else { return false };
    let Some(expected) = taxable.abs().checked_mul(rate / Decimal::ONE_HUNDRED).map(cents) else { return false };
    let apart = (tax.abs() - expected).abs();
    apart < Decimal::ONE || (closed && apart == Decimal::ONE)
}

fn dated(period: &Period) -> bool {
    period.start.is_some() || period.end.is_some()
}

fn dates(invoice: &Invoice, report: &mut Report) {
    let both = invoice.tax_point_date.is_some() && invoice.tax_point_code.is_some();
    report.need(!both, "BR-CO-03", Place::Document, "The tax point is given both as a date (BT-7) and as a code (BT-8): one of them only.");
    if let Some(period) = &invoice.period {
        let told = dated(period) || (invoice.syntax != Syntax::Cii && invoice.tax_point_code.is_some());
        report.need(told, "BR-CO-19", PERIOD, "The invoicing period has neither a start nor an end.");
    }
}

fn parties(invoice: &Invoice, report: &mut Report) {
    let parties = [&invoice.seller, &invoice.buyer, &invoice.tax_representative, &invoice.payee];
    for id in parties.into_iter().flatten().flat_map(|party| &party.tax_registrations).filter(|one| one.is_vat()) {
        let Some(id) = id.id.as_deref().filter(|id| !id.is_empty()) else { continue };
        let known = id.get(..2).is_some_and(|prefix| prefix == "EL" || codes::COUNTRIES.has(prefix));
        report.need_with(known, "BR-CO-09", Place::Document, || format!("The VAT identifier {id} does not begin with a country's code."));
    }
    if let Some(seller) = &invoice.seller {
        let known = identified(seller);
        report.need(
            known,
            "BR-CO-26",
            SELLER,
            "The seller has no identifier (BT-29), legal registration (BT-30) or VAT identifier (BT-31).",
        );
    }
}

fn identified(seller: &Party) -> bool {
    seller.vat_id().is_some() || !seller.identifiers.is_empty() || seller.legal_registration.is_some()
}
