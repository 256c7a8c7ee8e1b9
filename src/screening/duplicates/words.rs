//! Why a pair looks like one debt, in words with figures.

use super::amount;
use super::context::days;
use super::features::Prepared;
use super::number;
use crate::domain::finding::Reason;
use crate::domain::history::Payable;

/// The reasons, the strongest first; the first names the earlier invoice.
pub(super) fn reasons(earlier: &Payable, later: &Payable, score: f64) -> Vec<Reason> {
    let (a, b) = (Prepared::of(earlier), Prepared::of(later));
    let mut out = vec![headline(earlier, score)];
    out.extend(number_reason(earlier, later, &a, &b));
    out.extend(amount_reason(earlier, later, &a, &b));
    out.extend(vendor_reason(earlier, later, &a, &b));
    out.extend(date_reason(&a, &b));
    out
}

fn headline(earlier: &Payable, score: f64) -> Reason {
    let number = if earlier.invoice_no.trim().is_empty() {
        "an entry without number".to_owned()
    } else {
        format!("invoice {}", earlier.invoice_no.trim())
    };
    let date = earlier.effective_date().map_or_else(String::new, |d| format!(" of {d}"));
    let text = format!(
        "looks like {number}{date} from {}, seen before",
        if earlier.vendor_name.is_empty() { &earlier.vendor_id } else { &earlier.vendor_name }
    );
    Reason::new("looks-like", text, format!("{:.0} %", score * 100.0))
}

fn number_reason(earlier: &Payable, later: &Payable, a: &Prepared, b: &Prepared) -> Option<Reason> {
    let n = number::relate(&a.number, &b.number);
    let figure = format!("{} / {}", earlier.invoice_no.trim(), later.invoice_no.trim());
    let (code, text) = if n.exact {
        ("number-equal", "same invoice number")
    } else if n.same_key {
        ("number-equal", "same invoice number, written differently")
    } else if n.same_confused {
        ("number-confused", "the invoice number differs only by characters that are taken for each other")
    } else if n.transposed {
        ("number-transposed", "two neighbouring characters of the invoice number are swapped")
    } else if n.contained || n.same_digits {
        ("number-contained", "one invoice number contains the other")
    } else if n.lookalike || (n.distance == 1 && n.step.is_none_or(|step| step > 9)) {
        ("number-one-character", "the invoice number differs by one character")
    } else if n.one_blank {
        ("number-missing", "one of the two has no invoice number")
    } else if n.one_date {
        ("number-is-date", "one of the two has a date in place of its invoice number")
    } else if n.both && n.similarity >= 0.7 {
        ("number-similar", "similar invoice numbers")
    } else {
        return None;
    };
    Some(Reason::new(code, text, figure))
}

fn amount_reason(earlier: &Payable, later: &Payable, a: &Prepared, b: &Prepared) -> Option<Reason> {
    let r = amount::relate(a.cents, b.cents);
    let figure = format!("{} / {}", earlier.amount, later.amount);
    let (code, text) = if r.equal && !a.currency.is_empty() && !b.currency.is_empty() && a.currency != b.currency {
        ("amount-other-currency", format!("same figure in another currency ({} and {})", a.currency, b.currency))
    } else if r.equal {
        return Some(Reason::new("amount-equal", "same amount", later.amount.to_string()));
    } else if r.with_tax {
        ("amount-with-tax", "one amount is the other with tax".to_owned())
    } else if r.shifted {
        ("amount-decimal-point", "same digits with the decimal point elsewhere".to_owned())
    } else if r.transposed {
        ("amount-transposed", "two neighbouring digits of the amount are swapped".to_owned())
    } else if r.one_digit {
        ("amount-one-digit", "the amount differs by one digit".to_owned())
    } else if r.part {
        ("amount-part", "the amount is a plain part of the earlier one".to_owned())
    } else if r.near {
        ("amount-near", "amounts less than one percent apart".to_owned())
    } else {
        return None;
    };
    Some(Reason::new(code, text, figure))
}

fn vendor_reason(earlier: &Payable, later: &Payable, a: &Prepared, b: &Prepared) -> Option<Reason> {
    let name = if later.vendor_name.is_empty() { &later.vendor_id } else { &later.vendor_name };
    if a.same_vendor(b) {
        return Some(Reason::new("vendor-same", "same supplier", name.clone()));
    }
    let ids = format!("{} / {}", earlier.vendor_id, later.vendor_id);
    if !a.bank.is_empty() && a.bank == b.bank {
        return Some(Reason::new("vendor-same-bank", "two suppliers that share a bank account", ids));
    }
    let similar = !a.name.is_empty() && (a.name == b.name || strsim::jaro_winkler(&a.name, &b.name) > 0.88);
    similar.then(|| Reason::new("vendor-held-twice", "probably one supplier held under two numbers", ids))
}

fn date_reason(a: &Prepared, b: &Prepared) -> Option<Reason> {
    let (x, y) = a.invoice_date.zip(b.invoice_date)?;
    let gap = days(x, y).abs();
    match gap {
        0 => Some(Reason::new("date-equal", "same invoice date", x.to_string())),
        1..=45 => {
            Some(Reason::new("date-near", "invoice dates close to each other", format!("{gap} {}", if gap == 1 { "day" } else { "days" })))
        }
        _ => None,
    }
}
