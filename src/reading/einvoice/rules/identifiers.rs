//! Check digits of organisations' identifiers, by their registries' published rules.

fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|c| c.to_digit(10)).collect::<Option<Vec<_>>>().filter(|digits| !digits.is_empty())
}

/// GS1's check digit (GLN, GTIN): weights 3 and 1 from the right.
pub(super) fn gln(text: &str) -> bool {
    let Some(digits) = digits(text) else { return false };
    let Some((check, body)) = digits.split_last() else { return false };
    let sum: u32 = body.iter().rev().enumerate().map(|(i, digit)| digit * if i % 2 == 0 { 3 } else { 1 }).sum();
    (10 - sum % 10) % 10 == *check
}

/// Modulo 11 with weights 2 to 7 from the right (Norwegian organisation numbers).
pub(super) fn mod11(text: &str) -> bool {
    let Some(digits) = digits(text) else { return false };
    let Some((check, body)) = digits.split_last() else { return false };
    let sum: u32 = body.iter().rev().zip((2..=7).cycle()).map(|(digit, weight)| digit * weight).sum();
    digits.iter().any(|digit| *digit > 0) && (11 - sum % 11) % 11 == *check
}

/// Belgian enterprise number: 97 minus the first eight digits modulo 97 is the last two.
pub(super) fn belgian(text: &str) -> bool {
    let Some(digits) = digits(text).filter(|digits| digits.len() == 10) else { return false };
    let number = |digits: &[u32]| digits.iter().fold(0_u32, |number, digit| number * 10 + digit);
    97 - number(&digits[..8]) % 97 == number(&digits[8..])
}

/// Australian business number: weights over eleven digits, the first less one, modulo 89.
pub(super) fn abn(text: &str) -> bool {
    let Some(digits) = digits(text).filter(|digits| digits.len() == 11) else { return false };
    let weights = [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19];
    let sum: i64 =
        digits.iter().zip(weights).enumerate().map(|(i, (digit, weight))| (i64::from(*digit) - i64::from(i == 0)) * weight).sum();
    sum % 89 == 0
}

/// Swedish organisation number: ten digits, Luhn.
pub(super) fn swedish(text: &str) -> bool {
    let Some(digits) = digits(text).filter(|digits| digits.len() == 10) else { return false };
    let sum: u32 = digits[..9].iter().enumerate().map(|(i, digit)| if i % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { *digit }).sum();
    (10 - sum % 10) % 10 == digits[9]
}

/// Greek tax number: nine digits (more are not looked at), powers of two from the right, modulo 11, then 10.
pub(super) fn greek(text: &str) -> bool {
    let Some(digits) = digits(text).filter(|digits| digits.len() >= 9) else { return false };
    let sum: u32 = digits[..8].iter().rev().zip(1..).map(|(digit, power)| digit << power).sum();
    sum % 11 % 10 == digits[8]
}

/// Italian public office code: six letters and digits.
pub(super) fn italian_office(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Italian fiscal code: of a person (sixteen characters in a fixed pattern) or a company (eleven digits).
pub(super) fn italian_fiscal_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    let letters = |range: std::ops::Range<usize>| bytes[range].iter().all(u8::is_ascii_alphabetic);
    let figures = |range: std::ops::Range<usize>| bytes[range].iter().all(u8::is_ascii_digit);
    match bytes.len() {
        11 => figures(0..11),
        16 => letters(0..6) && figures(6..8) && letters(8..9) && figures(9..11) && figures(14..15) && letters(15..16),
        _ => false,
    }
}

/// Italian VAT number behind its country's prefix (Luhn over eleven digits); other countries' are not judged.
pub(super) fn italian_vat(text: &str) -> bool {
    let Some(number) = text.strip_prefix("IT").or_else(|| text.strip_prefix("it")) else { return true };
    let Some(digits) = digits(number).filter(|digits| digits.len() == 11) else { return false };
    let sum: u32 = digits.iter().enumerate().map(|(i, digit)| if i % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { *digit }).sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_digit_is_noticed() {
        type Check = (fn(&str) -> bool, &'static str, &'static str);
        let checks: [Check; 7] = [
            (gln, "4000001123452", "4000001123453"),
            (mod11, "974760673", "974760674"),
            (belgian, "0202239951", "0202239952"),
            (abn, "51824753556", "51824753557"),
            (swedish, "5560360793", "5560360794"),
            (greek, "094019245", "094019246"),
            (italian_vat, "IT00743110157", "IT00743110158"),
        ];
        for (check, right, wrong) in checks {
            assert!(check(right) && !check(wrong) && !check("IT0074311015ü"), "{right}");
        }
        assert!(italian_vat("DE123"));
        assert!(italian_fiscal_code("RSSMRA85T10A562S") && !italian_fiscal_code("RSSMRA85T10A5629") && italian_fiscal_code("00743110157"));
        assert!(italian_office("UFAB12") && !italian_office("UFAB1"));
    }
}
