//! Invented companies, people, places and numbers: from syllables and check-digit formulas.

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;

use super::language::Language;
use super::names;

/// The generator's source of chance.
pub type Rng = ChaCha8Rng;

/// Draws from a non-empty list.
pub fn pick<'a, T>(rng: &mut Rng, list: &'a [T]) -> &'a T {
    list.choose(rng).unwrap_or(&list[0])
}

/// `true` with probability `p`.
pub fn chance(rng: &mut Rng, p: f64) -> bool {
    rng.random_bool(p)
}

const ONSETS: &[&str] = &[
    "b", "br", "d", "dr", "f", "fl", "g", "gr", "h", "k", "kl", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v", "w", "z", "sch",
    "c", "j", "th", "bl", "cr",
];
const NUCLEI: &[&str] = &["a", "e", "i", "o", "u", "ei", "au", "ea", "ou", "ie", "oo", "ai"];
const CODAS: &[&str] = &["", "", "n", "r", "l", "s", "t", "m", "ck", "nd", "rt", "x", "ng", "lt", "ss"];

/// A pronounceable capitalized word of two or three syllables.
pub fn word(rng: &mut Rng) -> String {
    let syllables = rng.random_range(2..=3);
    let mut out = String::new();
    for i in 0..syllables {
        out.push_str(pick::<&str>(rng, ONSETS));
        out.push_str(pick::<&str>(rng, NUCLEI));
        if i + 1 == syllables || chance(rng, 0.3) {
            out.push_str(pick::<&str>(rng, CODAS));
        }
    }
    capitalized(&out)
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// A party on a document.
#[derive(Debug, Clone)]
pub struct Party {
    /// Name as printed.
    pub name: String,
    /// Street, place and perhaps country, one line each.
    pub address: Vec<String>,
    /// Internet domain without `www.`.
    pub domain: String,
}

/// A company (or now and then a person) with an address in `country`.
pub fn party(rng: &mut Rng, language: &Language, country: &str) -> Party {
    let company = names::company(rng, language);
    let top = *pick(rng, &["com", "net", "eu", "org", "biz", language.code]);
    let domain = format!("{}.{top}", company.host);
    Party { name: company.name, address: address(rng, language, country), domain }
}

#[rustfmt::skip] // Words, several a line.
const COUNTRIES: &[&str] = &[
    "Germany", "Deutschland", "France", "United States", "USA", "Italia", "España",
    "Nederland", "Österreich", "United Kingdom", "Belgium", "Ireland", "Portugal", "Brasil",
    "Polska", "Schweiz", "Belgique", "België", "Luxembourg", "Canada", "Australia",
];

fn address(rng: &mut Rng, language: &Language, country: &str) -> Vec<String> {
    let house = rng.random_range(1..400).to_string();
    let street = pick(rng, language.streets)
        .replace("{n}", &if chance(rng, 0.4) { names::surname(rng, language.code) } else { word(rng) })
        .replace("{h}", &house);
    let mut town = names::town(rng, language.code);
    if chance(rng, 0.2) {
        town = format!("{} {}", pick(rng, &["Bad", "St.", "New", "Port", "San", "East", "La"]), town);
    }
    let state = format!("{}{}", letter(rng), letter(rng));
    let place = match country {
        "US" => format!("{town}, {state} {}", digits(rng, 5)),
        "GB" => format!(
            "{town} {}{}{} {}{}{}",
            letter(rng),
            letter(rng),
            rng.random_range(1..20),
            rng.random_range(1..10),
            letter(rng),
            letter(rng)
        ),
        "AU" => format!("{town} {} {}", pick(rng, &["NSW", "VIC", "QLD", "WA"]), digits(rng, 4)),
        "CA" => format!(
            "{town}, {state} {}{}{} {}{}{}",
            letter(rng),
            rng.random_range(1..10),
            letter(rng),
            rng.random_range(1..10),
            letter(rng),
            rng.random_range(1..10)
        ),
        "NL" => format!("{} {}{} {town}", digits(rng, 4), letter(rng), letter(rng)),
        "PT" => format!("{}-{} {town}", digits(rng, 4), digits(rng, 3)),
        "PL" => format!("{}-{} {town}", digits(rng, 2), digits(rng, 3)),
        "BR" => {
            let state = *pick(rng, &["SP", "RJ", "MG", "RS", "PR", "BA"]);
            let code = format!("{}-{}", digits(rng, 5), digits(rng, 3));
            if chance(rng, 0.5) { format!("{town} - {state}, {code}") } else { format!("CEP {code} - {town}/{state}") }
        }
        "AT" | "BE" | "CH" | "LU" => format!("{} {town}", digits(rng, 4)),
        "IE" => format!("{town} {}", rng.random_range(1..24)),
        "NZ" | "IN" => format!("{town} {}", digits(rng, if country == "IN" { 6 } else { 4 })),
        _ => format!("{}{} {town}", if chance(rng, 0.1) { "D-" } else { "" }, digits(rng, 5)),
    };
    let mut lines = if chance(rng, 0.15) { vec![format!("{street}, {place}")] } else { vec![street, place] };
    if chance(rng, 0.25) {
        lines.push((*pick(rng, COUNTRIES)).to_owned());
    }
    if chance(rng, 0.1) {
        lines.insert(0, format!("c/o {}", word(rng)));
    }
    lines
}

/// A capital letter.
pub fn letter(rng: &mut Rng) -> char {
    char::from(b'A' + rng.random_range(0..26_u8))
}

/// `n` digits, the first not zero.
pub fn digits(rng: &mut Rng, n: usize) -> String {
    (0..n).map(|i| char::from(b'0' + rng.random_range(u8::from(i == 0)..10))).collect()
}

/// A telephone number.
pub fn phone(rng: &mut Rng) -> String {
    match rng.random_range(0..5) {
        0 => format!("+{} {} {}", rng.random_range(1..60), digits(rng, 3), digits(rng, 6)),
        1 => format!("({}) {}-{}", digits(rng, 3), digits(rng, 3), digits(rng, 4)),
        2 => format!("0{}/{}", digits(rng, 3), digits(rng, 6)),
        3 => format!("0{} {} {} {} {}", rng.random_range(1..9), digits(rng, 2), digits(rng, 2), digits(rng, 2), digits(rng, 2)),
        _ => format!("{}-{}-{}", digits(rng, 3), digits(rng, 3), digits(rng, 4)),
    }
}

/// An IBAN as documents print it: sample documents often carry made-up check digits.
pub fn printed_iban(rng: &mut Rng, country: &str) -> String {
    let (country, body) = account(rng, country);
    let right = checked(country, &body);
    if chance(rng, 0.06) { format!("{country}{:02}{body}", rng.random_range(10..98)) } else { right }
}

/// The IBAN of an account, with its check digits (ISO 7064 mod 97-10).
fn checked(country: &str, body: &str) -> String {
    format!("{country}{:02}{body}", 98 - mod97(&format!("{body}{country}00")))
}

/// Country and account number behind the check digits.
fn account(rng: &mut Rng, country: &str) -> (&'static str, String) {
    match country {
        "AT" => ("AT", digits(rng, 16)),
        "BE" => ("BE", belgian_account(rng)),
        "CH" => ("CH", digits(rng, 17)),
        "ES" => ("ES", digits(rng, 20)),
        "FR" | "LU" => ("FR", digits(rng, 23)),
        "GB" => ("GB", format!("{}{}", letters(rng, 4), digits(rng, 14))),
        "IE" => ("IE", format!("{}{}", letters(rng, 4), digits(rng, 14))),
        "IT" => ("IT", format!("{}{}", letter(rng), digits(rng, 22))),
        "NL" => ("NL", format!("{}{}", letters(rng, 4), digits(rng, 10))),
        "PT" => ("PT", portuguese_account(rng)),
        "PL" => ("PL", polish_account(rng)),
        "BR" => ("BR", format!("{}{}{}", digits(rng, 23), pick(rng, &["C", "P"]), rng.random_range(1..9))),
        _ => ("DE", digits(rng, 18)),
    }
}

fn belgian_account(rng: &mut Rng) -> String {
    let body = digits(rng, 10);
    let check = body.parse::<u64>().unwrap_or(1) % 97;
    format!("{body}{:02}", if check == 0 { 97 } else { check })
}

/// Bank, branch, account and the check digits of the NIB: the whole is 1 modulo 97.
fn portuguese_account(rng: &mut Rng) -> String {
    let body = format!("00{}", digits(rng, 17));
    format!("{body}{:02}", 98 - mod97(&format!("{body}00")))
}

/// Eight digits of the bank, the last a check digit of the others, and sixteen of the account.
fn polish_account(rng: &mut Rng) -> String {
    let bank = digits(rng, 7);
    let check = (10 - weighted(&bank, &[3, 9, 7, 1, 3, 9, 7]) % 10) % 10;
    format!("{bank}{check}{}", digits(rng, 16))
}

/// The sum of a number's digits, each times its weight.
fn weighted(number: &str, weights: &[u32]) -> u32 {
    number.chars().filter_map(|c| c.to_digit(10)).zip(weights).map(|(d, w)| d * w).sum()
}

fn letters(rng: &mut Rng, n: usize) -> String {
    (0..n).map(|_| letter(rng)).collect()
}

fn mod97(text: &str) -> u32 {
    text.chars().fold(0, |rest, c| {
        let value = c.to_digit(36).unwrap_or(0);
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    })
}

/// A tax id as printed in `country`; VAT ids of the larger countries have right check digits.
pub fn tax_id(rng: &mut Rng, country: &str) -> String {
    let spaced = chance(rng, 0.2);
    match country {
        "US" => format!("{}-{}", digits(rng, 2), digits(rng, 7)),
        "AU" => format!("{} {} {} {}", digits(rng, 2), digits(rng, 3), digits(rng, 3), digits(rng, 3)),
        "CA" | "NZ" => format!("{} RT0001", digits(rng, 9)),
        "IN" => format!("{}{}{}{}1Z{}", digits(rng, 2), letters(rng, 5), digits(rng, 4), letter(rng), rng.random_range(0..10)),
        "GB" => join(spaced, "GB", &[&digits(rng, 3), &digits(rng, 4), &digits(rng, 2)]),
        "AT" => format!("ATU{}", digits(rng, 8)),
        "BE" => format!("BE {}", {
            let b = format!("0{}", digits(rng, 7));
            let c = 97 - b.parse::<u32>().unwrap_or(1) % 97;
            format!("{b}{c:02}")
        }),
        // A word behind it ("MWST") is no part of the number.
        "CH" => format!("CHE-{}.{}.{}", digits(rng, 3), digits(rng, 3), digits(rng, 3)),
        "ES" => format!("{}{}", pick(rng, &["A", "B", "ESB", "ESA"]), digits(rng, 8)),
        "FR" | "LU" => {
            let siren = digits(rng, 9);
            let key = (12 + 3 * (siren.parse::<u32>().unwrap_or(0) % 97)) % 97;
            join(spaced, "FR", &[&format!("{key:02}"), &siren[..3], &siren[3..6], &siren[6..]])
        }
        "IE" => format!("IE{}{}", digits(rng, 7), letter(rng)),
        "IT" => italian_vat(rng),
        "NL" => format!("NL{}B0{}", digits(rng, 9), rng.random_range(1..9)),
        "PT" => portuguese_nif(rng),
        "PL" => polish_nip(rng),
        "BR" => brazilian_cnpj(rng),
        "MX" => format!("{}{}{}", letters(rng, 3), digits(rng, 6), letters(rng, 3)),
        _ if chance(rng, 0.3) => format!("{}/{}/{}", digits(rng, 3), digits(rng, 3), digits(rng, 5)),
        _ => german_vat(rng, spaced),
    }
}

fn join(spaced: bool, country: &str, parts: &[&str]) -> String {
    format!("{country}{}{}", if spaced { " " } else { "" }, parts.join(if spaced { " " } else { "" }))
}

fn german_vat(rng: &mut Rng, spaced: bool) -> String {
    let body = digits(rng, 8);
    let product = body.chars().fold(10, |p, c| {
        let sum = (c.to_digit(10).unwrap_or(0) + p) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    // Many samples print a number whose check digit is made up.
    let check = if chance(rng, 0.7) { (11 - product) % 10 } else { rng.random_range(0..10) };
    let number = format!("{body}{check}");
    join(spaced, "DE", &[&number[..3], &number[3..6], &number[6..]])
}

/// A company's NIF: eight digits and a check digit, weights 9 to 2, modulo 11.
fn portuguese_nif(rng: &mut Rng) -> String {
    let body = format!("{}{}", pick(rng, &["50", "51", "51", "98"]), digits(rng, 6));
    let rest = weighted(&body, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    let number = format!("{body}{}", if rest < 2 { 0 } else { 11 - rest });
    match rng.random_range(0..4) {
        0 => format!("PT{number}"),
        1 => format!("{} {} {}", &number[..3], &number[3..6], &number[6..]),
        2 => format!("PT {number}"),
        _ => number,
    }
}

/// A NIP: nine digits and a check digit, the weighted sum modulo 11, which is never 10.
fn polish_nip(rng: &mut Rng) -> String {
    let (body, check) = loop {
        let body = digits(rng, 9);
        let check = weighted(&body, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11;
        if check < 10 {
            break (body, check);
        }
    };
    let n = format!("{body}{check}");
    match rng.random_range(0..5) {
        0 => format!("PL{n}"),
        1 => format!("{}-{}-{}-{}", &n[..3], &n[3..6], &n[6..8], &n[8..]),
        2 => format!("{}-{}-{}-{}", &n[..3], &n[3..5], &n[5..7], &n[7..]),
        3 => format!("PL {n}"),
        _ => n,
    }
}

/// A CNPJ: eight digits of the company, four of the branch and two check digits modulo 11.
fn brazilian_cnpj(rng: &mut Rng) -> String {
    let check = |body: &str| {
        let weights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
        let rest = weighted(body, &weights[13 - body.len()..]) % 11;
        if rest < 2 { 0 } else { 11 - rest }
    };
    let mut n = format!("{}000{}", digits(rng, 8), rng.random_range(1..4));
    for _ in 0..2 {
        n = format!("{n}{}", check(&n));
    }
    format!("{}.{}.{}/{}-{}", &n[..2], &n[2..5], &n[5..8], &n[8..12], &n[12..])
}

fn italian_vat(rng: &mut Rng) -> String {
    let body = digits(rng, 10);
    let sum: u32 =
        body.chars().filter_map(|c| c.to_digit(10)).enumerate().map(|(i, d)| if i % 2 == 0 { d } else { d * 2 / 10 + d * 2 % 10 }).sum();
    format!("{}{body}{}", if chance(rng, 0.5) { "IT" } else { "" }, (10 - sum % 10) % 10)
}

/// A document number in one of many shapes.
pub fn document_number(rng: &mut Rng, prefixes: &[&str], year: i16) -> String {
    let n = rng.random_range(2..7);
    let number = digits(rng, n);
    let prefix = *pick(rng, prefixes);
    match rng.random_range(0..12) {
        0 | 1 => number,
        2 => format!("{year}-{number}"),
        3 => format!("{prefix}-{number}"),
        4 => format!("{prefix}{number}"),
        5 => format!("{prefix}-{year}-{number}"),
        6 => format!("{prefix}/{year}/{number}"),
        7 => format!("{year}/{number}"),
        8 => format!("{}{year}", number),
        9 => format!("{}-{}", digits(rng, 3), number),
        10 => format!("{prefix}{}{:02}{number}", year % 100, rng.random_range(1..13)),
        _ => format!("{}{}-{number}", letter(rng), letter(rng)),
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;
    use crate::domain::Iban;

    #[test]
    fn accounts_of_every_country_are_valid() {
        let mut rng = Rng::seed_from_u64(3);
        for country in ["AT", "BE", "CH", "ES", "FR", "GB", "IE", "IT", "NL", "DE", "PT", "PL", "BR"] {
            for _ in 0..20 {
                let (country, body) = account(&mut rng, country);
                let iban = checked(country, &body);
                assert!(iban.starts_with(country));
                iban.parse::<Iban>().unwrap_or_else(|e| panic!("{country} {iban}: {e}"));
            }
        }
    }

    #[test]
    fn check_digits_agree_with_published_examples() {
        // The NIP of the Polish ministry of finance, 526-025-02-74.
        assert_eq!(weighted("526025027", &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11, 4);
        let mut rng = Rng::seed_from_u64(4);
        for _ in 0..50 {
            let cnpj: String = brazilian_cnpj(&mut rng).chars().filter(char::is_ascii_digit).collect();
            assert_eq!(cnpj.len(), 14);
            let rest = weighted(&cnpj, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2, 0]) % 11;
            let last: u32 = cnpj[13..].parse().unwrap();
            assert_eq!(last, if rest < 2 { 0 } else { 11 - rest });
            let nif: String = portuguese_nif(&mut rng).chars().filter(char::is_ascii_digit).collect();
            let sum = weighted(&nif, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11;
            assert!(sum == 0 || (nif.ends_with('0') && sum == 1), "{nif}");
        }
    }
}
