//! Invented companies, people, places and numbers: from syllables and check-digit formulas.

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;

use super::language::Language;

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

const GIVEN: &[&str] = &[
    "Anna", "Peter", "Maria", "John", "Lena", "Marc", "Julia", "Thomas", "Sofia", "David", "Eva", "Paul", "Clara", "Jan", "Laura", "Simon",
    "Irene", "Hugo", "Petra", "Luis", "Nora", "Karl", "Alice", "Bruno",
];
const COMMON: &[&str] = &[
    "North", "Blue", "Green", "Alpha", "Delta", "Prime", "Royal", "City", "Star", "Global", "First", "Nova", "Sun", "River", "Metro",
    "Silver", "Oak", "Stone", "Euro", "Inter", "Omega", "Central", "Red", "Fresh", "Bright",
];

/// A person's name.
pub fn person(rng: &mut Rng) -> String {
    let given = *pick(rng, GIVEN);
    let middle = if chance(rng, 0.1) { format!(" {}.", char::from(b'A' + rng.random_range(0..26_u8))) } else { String::new() };
    format!("{given}{middle} {}", word(rng))
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
    let trade = *pick(rng, language.trades);
    let stem = if chance(rng, 0.25) { (*pick(rng, COMMON)).to_owned() } else { word(rng) };
    let mut name = match rng.random_range(0..10) {
        0..5 => format!("{stem} {trade}"),
        5 => format!("{stem} & {}", word(rng)),
        6 => stem.clone(),
        7 => format!("{} {stem} {trade}", word(rng)),
        8 => format!("{trade} {stem}"),
        _ => person(rng),
    };
    let form = *pick(rng, language.forms);
    if !form.is_empty() {
        name = format!("{name} {form}");
    }
    if chance(rng, 0.12) {
        name = name.to_uppercase();
    }
    let host: String = deunicode::deunicode(&if chance(rng, 0.7) { format!("{stem}{trade}") } else { stem })
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let top = *pick(rng, &["com", "net", "eu", "org", "biz", language.code]);
    Party { name, address: address(rng, language, country), domain: format!("{host}.{top}") }
}

fn address(rng: &mut Rng, language: &Language, country: &str) -> Vec<String> {
    let house = rng.random_range(1..400).to_string();
    let street = pick(rng, language.streets).replace("{n}", &word(rng)).replace("{h}", &house);
    let mut town = word(rng);
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
        "AT" | "BE" | "CH" | "LU" => format!("{} {town}", digits(rng, 4)),
        "IE" => format!("{town} {}", rng.random_range(1..24)),
        "NZ" | "IN" => format!("{town} {}", digits(rng, if country == "IN" { 6 } else { 4 })),
        _ => format!("{}{} {town}", if chance(rng, 0.1) { "D-" } else { "" }, digits(rng, 5)),
    };
    let mut lines = if chance(rng, 0.15) { vec![format!("{street}, {place}")] } else { vec![street, place] };
    if chance(rng, 0.25) {
        lines.push(
            (*pick(
                rng,
                &[
                    "Germany",
                    "Deutschland",
                    "France",
                    "United States",
                    "USA",
                    "Italia",
                    "España",
                    "Nederland",
                    "Österreich",
                    "United Kingdom",
                    "Belgium",
                    "Ireland",
                ],
            ))
            .to_owned(),
        );
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

/// An IBAN with right check digits (ISO 7064 mod 97-10).
pub fn iban(rng: &mut Rng, country: &str) -> String {
    let (country, body) = match country {
        "AT" => ("AT", digits(rng, 16)),
        "BE" => ("BE", belgian_account(rng)),
        "CH" => ("CH", digits(rng, 17)),
        "ES" => ("ES", digits(rng, 20)),
        "FR" | "LU" => ("FR", digits(rng, 23)),
        "GB" => ("GB", format!("{}{}", letters(rng, 4), digits(rng, 14))),
        "IE" => ("IE", format!("{}{}", letters(rng, 4), digits(rng, 14))),
        "IT" => ("IT", format!("{}{}", letter(rng), digits(rng, 22))),
        "NL" => ("NL", format!("{}{}", letters(rng, 4), digits(rng, 10))),
        _ => ("DE", digits(rng, 18)),
    };
    let check = 98 - mod97(&format!("{body}{country}00"));
    format!("{country}{check:02}{body}")
}

fn belgian_account(rng: &mut Rng) -> String {
    let body = digits(rng, 10);
    let check = body.parse::<u64>().unwrap_or(1) % 97;
    format!("{body}{:02}", if check == 0 { 97 } else { check })
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
        "CH" => format!("CHE-{}.{}.{} MWST", digits(rng, 3), digits(rng, 3), digits(rng, 3)),
        "ES" => format!("{}{}", pick(rng, &["A", "B", "ESB", "ESA"]), digits(rng, 8)),
        "FR" | "LU" => {
            let siren = digits(rng, 9);
            let key = (12 + 3 * (siren.parse::<u32>().unwrap_or(0) % 97)) % 97;
            join(spaced, "FR", &[&format!("{key:02}"), &siren[..3], &siren[3..6], &siren[6..]])
        }
        "IE" => format!("IE{}{}", digits(rng, 7), letter(rng)),
        "IT" => italian_vat(rng),
        "NL" => format!("NL{}B0{}", digits(rng, 9), rng.random_range(1..9)),
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
