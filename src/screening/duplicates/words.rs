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
        ("number-equal", "same invoice number".to_owned())
    } else if n.same_key {
        ("number-equal", "same invoice number, written differently".to_owned())
    } else if n.same_confused {
        let apart = apart(&a.number.key, &b.number.key).map_or_else(String::new, |pair| format!(" ({pair})"));
        ("number-confused", format!("the invoice number differs only by characters that are taken for each other{apart}"))
    } else if n.transposed {
        ("number-transposed", "two neighbouring characters of the invoice number are swapped".to_owned())
    } else if n.one_blank {
        ("number-missing", "one of the two has no invoice number".to_owned())
    } else if n.one_date {
        ("number-is-date", "one of the two has a date in place of its invoice number".to_owned())
    } else if a.number.wordy != b.number.wordy {
        ("number-is-words", "one of the two has words in place of its invoice number".to_owned())
    } else if n.contained || n.same_digits {
        ("number-contained", "one invoice number contains the other".to_owned())
    } else if n.lookalike || n.distance == 1 {
        let apart = apart(&a.number.key, &b.number.key).map_or_else(String::new, |pair| format!(" ({pair})"));
        ("number-one-character", format!("the invoice number differs by one character{apart}"))
    } else if n.both && n.similarity >= 0.7 {
        ("number-similar", "similar invoice numbers".to_owned())
    } else {
        return None;
    };
    Some(Reason::new(code, text, figure))
}

/// The first characters that differ in two keys of one length, as `O/0`.
fn apart(a: &str, b: &str) -> Option<String> {
    let pair = a.chars().zip(b.chars()).find(|(x, y)| x != y)?;
    (a.len() == b.len()).then(|| format!("{}/{}", pair.0, pair.1))
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
    } else if r.both_positive && r.log_ratio.abs() < 0.06 {
        ("amount-near", format!("amounts {:.1} % apart, as by freight, a fee or a discount", (r.log_ratio.abs().exp() - 1.0) * 100.0))
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
    let figure = format!("{x} / {y}");
    let gap = days(x, y).abs();
    if gap == 0 {
        return Some(Reason::new("date-equal", "same invoice date", x.to_string()));
    }
    if x.year() == y.year() && x.month() == y.day() && x.day() == y.month() {
        return Some(Reason::new("date-swapped", "day and month of the invoice date are swapped", figure));
    }
    if x.year() != y.year() && x.month() == y.month() && x.day() == y.day() {
        return Some(Reason::new("date-other-year", "same invoice date in another year", figure));
    }
    (gap <= 45).then(|| {
        let text = format!("invoice dates {gap} {} apart", if gap == 1 { "day" } else { "days" });
        Reason::new("date-near", text, figure)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::tests::payable_of;

    fn codes(number: &str, amount: &str, date: &str) -> Vec<String> {
        let earlier = payable_of("V1", "Kraxi GmbH", "RE-10482", "119.00", "2024-05-06");
        let later = payable_of("V1", "Kraxi GmbH", number, amount, date);
        reasons(&earlier, &later, 0.93).into_iter().map(|reason| format!("{}: {}", reason.code, reason.text)).collect()
    }

    #[test]
    fn what_differs_is_named() {
        let said = codes("RE-1O482", "119.00", "2024-06-05");
        assert!(said.iter().any(|text| text.starts_with("number-confused") && text.contains("(0/O)")), "{said:?}");
        assert!(said.iter().any(|text| text.starts_with("date-swapped")), "{said:?}");
        let said = codes("AS PER INVOICE", "116.62", "2023-05-06");
        for code in ["number-is-words", "amount-near: amounts 2.0 %", "date-other-year", "vendor-same", "looks-like"] {
            assert!(said.iter().any(|text| text.starts_with(code)), "{code}: {said:?}");
        }
        let said = codes("RE-10487", "119.00", "2024-05-09");
        assert!(said.iter().any(|text| text.contains("one character (2/7)")), "{said:?}");
        assert!(said.iter().any(|text| text.contains("3 days apart")), "{said:?}");
    }
}
