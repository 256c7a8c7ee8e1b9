//! When a predicted value is the true one: amounts within half a cent, dates and identifiers after
//! normalizing, names from 0.9 similarity. The rules are those of the public evaluation script that
//! the figures are compared by.

use rust_decimal::Decimal;
use unicode_normalization::UnicodeNormalization as _;

fn normal(text: &str) -> String {
    text.nfkc().collect::<String>().trim().to_owned()
}

fn case_folded(text: &str) -> String {
    normal(text).to_lowercase().replace('ß', "ss").replace('ς', "σ")
}

/// Letters and digits only, case folded.
pub fn alnum(text: &str) -> String {
    case_folded(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn ident(text: &str) -> String {
    let folded = case_folded(text);
    let mut rest = folded.as_str();
    for prefix in ["#", "no.", "no", "nr.", "nr", "n°"] {
        if let Some(tail) = rest.strip_prefix(prefix) {
            rest = tail;
            break;
        }
    }
    rest.chars().filter(|c| !c.is_whitespace()).collect()
}

/// `1,234.56`, `1.234,56`, `1 234,56`, `(12.00)`, `12.00-` and plain decimals. A dash anywhere before
/// a digit, or behind the last, makes it negative.
fn amount(text: &str) -> Option<Decimal> {
    let text = normal(text);
    let dash = |c: char| matches!(c, '-' | '−');
    let first_digit = text.find(|c: char| c.is_ascii_digit())?;
    let last_digit = text.rfind(|c: char| c.is_ascii_digit())?;
    let before = text[..last_digit].contains(|c: char| dash(c) || c == '–');
    let behind = text.strip_suffix(dash).is_some_and(|rest| rest.trim_end().ends_with(|c: char| c.is_ascii_digit()));
    let negative = (text.starts_with('(') && text.ends_with(')')) || before || behind;
    let number: String = text[first_digit..]
        .chars()
        .take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’') || c.is_whitespace())
        .collect();
    let mut x: String = number.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’')).collect();
    x.truncate(x.trim_end_matches(['.', ',']).len());
    let comma_thousand = || x.split_once(',').is_some_and(|(a, b)| (1..=3).contains(&a.len()) && b.len() == 3 && !x.starts_with('0'));
    let plain = match (x.rfind(','), x.rfind('.')) {
        (Some(comma), Some(point)) if comma > point => x.replace('.', "").replace(',', "."),
        (Some(_), Some(_)) => x.replace(',', ""),
        (Some(_), None) if x.matches(',').count() > 1 || comma_thousand() => x.replace(',', ""),
        (Some(_), None) => x.replace(',', "."),
        (None, Some(_)) if x.matches('.').count() > 1 => x.replace('.', ""),
        _ => x,
    };
    let value = Decimal::from_str_exact(&plain).ok()?;
    Some(if negative { -value } else { value })
}

/// ISO 8601 from `2014-07-11…`, `20140711…` and `11.7.2014`; anything else as it is, case folded.
fn date(text: &str) -> String {
    let text = normal(text);
    iso_date(&text).or_else(|| dotted_date(&text)).unwrap_or_else(|| case_folded(&text))
}

fn iso_date(text: &str) -> Option<String> {
    let mut rest = text;
    let mut parts = Vec::new();
    for n in [4, 2, 2] {
        if !parts.is_empty() {
            rest = rest.strip_prefix(['-', '/', '.']).unwrap_or(rest);
        }
        let part = rest.get(..n).filter(|p| p.bytes().all(|b| b.is_ascii_digit()))?;
        parts.push(part);
        rest = &rest[n..];
    }
    Some(parts.join("-"))
}

fn dotted_date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('.').collect();
    let [d, m, y] = parts.as_slice() else { return None };
    let digits = |p: &str, lengths: std::ops::RangeInclusive<usize>| lengths.contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit());
    (digits(d, 1..=2) && digits(m, 1..=2) && digits(y, 4..=4)).then(|| format!("{y}-{m:0>2}-{d:0>2}"))
}

/// Similarity of two names, 0 to 1: words sorted, or letters and digits alone, whichever is nearer.
pub fn name_similarity(a: &str, b: &str) -> f64 {
    let words = |text: &str| {
        let folded = case_folded(text);
        let mut words: Vec<String> =
            folded.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).map(str::to_owned).collect();
        words.sort();
        words.join(" ")
    };
    let (wa, wb) = (words(a), words(b));
    let by_words = if wa.is_empty() || wb.is_empty() { 0.0 } else { ratio(&wa, &wb) };
    let (ca, cb) = (alnum(a), alnum(b));
    if ca.is_empty() || cb.is_empty() { by_words } else { by_words.max(ratio(&ca, &cb)) }
}

/// Ratcliff and Obershelp's ratio: twice the characters in matching blocks over all characters;
/// blocks are the longest common runs, the earliest where several are as long.
fn ratio(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    2.0 * matching(&a, &b) as f64 / (a.len() + b.len()).max(1) as f64
}

fn matching(a: &[char], b: &[char]) -> usize {
    let (mut start_a, mut start_b, mut size) = (0, 0, 0);
    let mut lengths = vec![0_usize; b.len() + 1];
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![0_usize; b.len() + 1];
        for (j, y) in b.iter().enumerate() {
            if x == y {
                next[j + 1] = lengths[j] + 1;
                if next[j + 1] > size {
                    size = next[j + 1];
                    (start_a, start_b) = (i + 1 - size, j + 1 - size);
                }
            }
        }
        lengths = next;
    }
    if size == 0 {
        return 0;
    }
    size + matching(&a[..start_a], &b[..start_b]) + matching(&a[start_a + size..], &b[start_b + size..])
}

/// How a prediction compares with one true value: leniently right, strictly right.
pub fn same(field: &str, predicted: &str, truth: &str) -> (bool, bool) {
    let both = |ok: bool| (ok, ok);
    match field {
        "net_amount" | "tax_amount" | "total_amount" | "quantity" | "unit_price" | "amount" => both(same_amount(field, predicted, truth)),
        "issue_date" | "due_date" => both(date(predicted) == date(truth)),
        "currency" => both(currency(predicted) == currency(truth)),
        "supplier_tax_id" | "iban" => both(alnum(predicted) == alnum(truth)),
        "supplier_name" | "buyer_name" | "description" | "supplier_address" => {
            let (a, b) = (alnum(predicted), alnum(truth));
            if field == "description" && b.chars().count() >= 5 && a.starts_with(&b) {
                return (true, a == b);
            }
            (a == b || name_similarity(predicted, truth) >= 0.9, a == b)
        }
        _ => both(ident(predicted) == ident(truth)),
    }
}

fn same_amount(field: &str, predicted: &str, truth: &str) -> bool {
    let (Some(a), Some(b)) = (amount(predicted), amount(truth)) else {
        return false;
    };
    let reach = match field {
        "quantity" => Decimal::new(1, 3),
        "unit_price" if b.abs() < Decimal::ONE => Decimal::new(5, 5),
        _ => Decimal::new(5, 3),
    };
    (a - b).abs() <= reach
}

fn currency(text: &str) -> String {
    let upper = normal(text).to_uppercase();
    let code = match upper.as_str() {
        "€" | "EURO" => "EUR",
        "$" | "US$" => "USD",
        "£" => "GBP",
        "₹" | "RS" | "RS." => "INR",
        "RM" => "MYR",
        "A$" => "AUD",
        "C$" => "CAD",
        "ZŁ" => "PLN",
        "R" => "ZAR",
        "¥" => "JPY",
        other => other,
    };
    code.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_compare_as_the_script_does() {
        for (field, p, t, ok) in [
            ("total_amount", "1005.55", "1.005,55", true),
            ("total_amount", "1005.55", "1005.56", false),
            ("quantity", "2.00", "2", true),
            ("invoice_number", "RE 12", "No. re12", true),
            ("issue_date", "2014-07-11", "11.7.2014", true),
            ("issue_date", "20140711", "2014-07-11T10:00", true),
            ("issue_date", "11/07/2014", "2014-07-11", false),
            ("total_amount", "12-34", "-12", true),
            ("total_amount", "12.00 -", "-12", true),
            ("supplier_name", "Kraxi GmbH", "KRAXI GMBH", true),
            ("supplier_name", "Kraxi GmbH", "Papier GmbH", false),
            ("description", "Widget blue large", "Widget", true),
            ("currency", "EUR", "€", true),
            ("iban", "DE44500105175407324931", "DE44 5001 0517 5407 3249 31", true),
        ] {
            assert_eq!(same(field, p, t).0, ok, "{field} {p} {t}");
        }
    }

    #[test]
    fn the_ratio_is_ratcliff_and_obershelps() {
        assert!((ratio("abcd", "bcde") - 0.75).abs() < 1e-12);
        assert!((ratio("private thread", "private thread b") - 28.0 / 30.0).abs() < 1e-12);
        assert_eq!(ratio("abc", "xyz"), 0.0);
    }
}
