//! What a generated document says, before it is laid out: parties, numbers, dates, items, sums, and
//! the formats in which it prints them.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rand::RngExt as _;
use rust_decimal::{Decimal, RoundingStrategy};

use super::entities::{self, Party, Rng, chance, document_number, party, pick};
use super::language::{LANGUAGES, Language};
use super::names;
use crate::domain::DocumentType;

/// One line of goods.
#[derive(Debug, Clone)]
pub struct Item {
    /// Article number.
    pub article: String,
    /// What it is; more than one entry prints over several lines.
    pub description: Vec<String>,
    /// How many.
    pub quantity: Decimal,
    /// Unit.
    pub unit: &'static str,
    /// Price of one.
    pub price: Decimal,
    /// Tax rate in percent.
    pub rate: u32,
    /// Quantity times price.
    pub amount: Decimal,
}

/// The sums of a document.
#[derive(Debug, Clone, Default)]
pub struct Sums {
    /// Sum of the lines.
    pub lines: Decimal,
    /// Discount, positive.
    pub discount: Decimal,
    /// Shipping.
    pub shipping: Decimal,
    /// Whether shipping comes after tax.
    pub shipping_last: bool,
    /// What is taxed.
    pub net: Decimal,
    /// Tax by rate: rate, base, tax.
    pub taxes: Vec<(u32, Decimal, Decimal)>,
    /// Sum of taxes.
    pub tax: Decimal,
    /// Amount with tax.
    pub total: Decimal,
    /// Prepaid, positive.
    pub paid: Decimal,
}

/// How a document prints numbers, money and dates.
#[derive(Debug, Clone)]
pub struct Formats {
    thousands: &'static str,
    decimal: &'static str,
    /// Printed before an amount.
    pub prefix: String,
    /// Printed behind an amount.
    pub suffix: String,
    /// Amounts of the table carry the currency too.
    pub mark_lines: bool,
    /// Which amounts of the totals carry it.
    pub mark_totals: bool,
    date: usize,
    month_first: bool,
    integers: bool,
}

/// Everything that a document says.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Its wording.
    pub language: &'static Language,
    /// Country of the supplier.
    pub country: &'static str,
    /// ISO 4217.
    pub currency: &'static str,
    /// Kind of document.
    pub kind: DocumentType,
    /// Who sells.
    pub supplier: Party,
    /// Who buys.
    pub buyer: Party,
    /// Where it goes.
    pub ship_to: Option<Party>,
    /// Its number.
    pub number: String,
    /// Issue date.
    pub date: Date,
    /// Due date, where printed.
    pub due: Option<Date>,
    /// Order number, where printed.
    pub order: Option<String>,
    /// Tax id of the supplier, where printed.
    pub tax_id: Option<String>,
    /// Tax id of the buyer, where printed.
    pub buyer_tax_id: Option<String>,
    /// Account, where printed.
    pub iban: Option<String>,
    /// Goods.
    pub items: Vec<Item>,
    /// Sums.
    pub sums: Sums,
    /// Formats.
    pub formats: Formats,
}

const MONTHS: &[(&str, [&str; 12])] = &[
    ("en", ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]),
    ("de", ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"]),
    ("fr", ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"]),
    ("es", ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"]),
    (
        "it",
        ["gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"],
    ),
    ("pt", ["janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"]),
    (
        "pl",
        [
            "stycznia",
            "lutego",
            "marca",
            "kwietnia",
            "maja",
            "czerwca",
            "lipca",
            "sierpnia",
            "września",
            "października",
            "listopada",
            "grudnia",
        ],
    ),
    ("nl", ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"]),
];

/// Short names of months that are not the first three letters of the long ones.
const SHORT_MONTHS: &[(&str, i8, &str)] = &[
    ("fr", 1, "janv."),
    ("fr", 2, "févr."),
    ("fr", 4, "avr."),
    ("fr", 6, "juin"),
    ("fr", 7, "juil."),
    ("fr", 8, "août"),
    ("fr", 9, "sept."),
    ("nl", 3, "mrt"),
    ("de", 3, "Mrz"),
    ("pl", 5, "maj"),
];

/// Signs and codes of the generator's currencies.
const SIGNS: &[(&str, &[&str])] = &[
    ("EUR", &["€", "€", "€", "EUR", "Euro"]),
    ("USD", &["$", "$", "$", "USD", "US$"]),
    ("GBP", &["£", "£", "GBP"]),
    ("CHF", &["CHF", "Fr."]),
    ("AUD", &["$", "A$", "AUD"]),
    ("CAD", &["$", "C$", "CAD"]),
    ("NZD", &["$", "NZD"]),
    ("INR", &["₹", "Rs.", "Rs", "INR"]),
    ("MXN", &["$", "MXN"]),
    ("PLN", &["zł", "zł", "PLN", "PLN"]),
    ("BRL", &["R$", "R$", "BRL"]),
];

impl Facts {
    /// Draws a document.
    pub fn draw(rng: &mut Rng) -> Self {
        let language = *pick(rng, LANGUAGES);
        let &(country, currency, comma, month_first) = pick(rng, language.countries);
        let (currency, comma) = if chance(rng, 0.08) { (*pick(rng, &["EUR", "USD", "GBP"]), comma) } else { (currency, comma) };
        let kind = match rng.random_range(0..50) {
            0..3 => DocumentType::CreditNote,
            3..14 => DocumentType::Receipt,
            _ => DocumentType::Invoice,
        };
        let year = rng.random_range(2003..2030_i16);
        let date = Date::new(year, rng.random_range(1..13_i8), rng.random_range(1..29_i8)).unwrap_or(Date::MIN);
        let days = *pick(rng, &[7_i64, 10, 14, 14, 20, 21, 30, 30, 30, 45, 60, 0]);
        let due = chance(rng, 0.62).then(|| date.checked_add(days.days()).unwrap_or(date));
        let prefixes =
            ["INV", "RE", "R", "F", "FA", "FV", "SI", "IN", "A", "AR", "VR", "FAC", "FT", "RG", "INVOICE", "S", "D", "X", "C", "V"];
        let order_prefixes = ["PO", "BE", "B", "BC", "CDE", "ORD", "P", "45", "O", "PED", "AB"];
        let supplier = party(rng, language, country);
        let mut buyer = party(rng, language, country);
        if chance(rng, 0.3) {
            buyer.name = names::person(rng, language.code);
        }
        let ship_to = chance(rng, 0.25).then(|| if chance(rng, 0.6) { buyer.clone() } else { party(rng, language, country) });
        let items = items(rng, language, country);
        let sums = sums(rng, &items);
        let formats = Formats::draw(rng, language.code, currency, comma, month_first, &items);
        Self {
            language,
            country,
            currency,
            kind,
            supplier,
            buyer,
            ship_to,
            number: document_number(rng, &prefixes, year),
            date,
            due,
            order: chance(rng, 0.28).then(|| document_number(rng, &order_prefixes, year)),
            tax_id: chance(rng, 0.55).then(|| entities::tax_id(rng, country)),
            buyer_tax_id: chance(rng, 0.18).then(|| entities::tax_id(rng, country)),
            iban: chance(rng, if country == "US" { 0.08 } else { 0.5 }).then(|| entities::printed_iban(rng, country)),
            items,
            sums,
            formats,
        }
    }

    /// A date as this document prints dates.
    pub fn date_text(&self, date: Date) -> String {
        let (d, m, y) = (date.day(), date.month(), date.year());
        let names = MONTHS.iter().find(|n| n.0 == self.language.code).map_or(&MONTHS[0].1, |n| &n.1);
        let name = names[usize::try_from(m - 1).unwrap_or(0)];
        let short: String = SHORT_MONTHS
            .iter()
            .find(|s| (s.0, s.1) == (self.language.code, m))
            .map_or_else(|| name.chars().take(3).collect(), |s| s.2.to_owned());
        let american = self.formats.month_first;
        match self.formats.date {
            0 | 1 if american => format!("{m:02}/{d:02}/{y}"),
            2 if american => format!("{m}/{d}/{y}"),
            3 if american => format!("{m:02}/{d:02}/{:02}", y % 100),
            4 | 5 if american => format!("{name} {d}, {y}"),
            6 if american => format!("{short} {d}, {y}"),
            0 | 1 => format!("{d:02}.{m:02}.{y}"),
            2 => format!("{d:02}/{m:02}/{y}"),
            3 => format!("{d:02}.{m:02}.{:02}", y % 100),
            4 if matches!(self.language.code, "es" | "pt") => format!("{d} de {name} de {y}"),
            4 if matches!(self.language.code, "de") => format!("{d}. {name} {y}"),
            4 | 5 => format!("{d} {name} {y}"),
            6 => format!("{d} {short} {y}"),
            7 => format!("{d:02}-{m:02}-{y}"),
            8 => format!("{d:02}-{short}-{y}"),
            _ => date.to_string(),
        }
    }
}

impl Formats {
    fn draw(rng: &mut Rng, language: &str, currency: &str, comma: bool, month_first: bool, items: &[Item]) -> Self {
        let comma = if chance(rng, 0.07) { !comma } else { comma };
        let thousands = match (comma, language) {
            (true, "fr" | "pl") => *pick(rng, &[" ", " ", " ", "", "."]),
            (true, _) => *pick(rng, &[".", ".", ".", " ", ""]),
            (false, _) => *pick(rng, &[",", ",", ",", "'", ""]),
        };
        let signs = SIGNS.iter().find(|s| s.0 == currency).map_or(&["EUR"][..], |s| s.1);
        let sign = *pick(rng, signs);
        let before = match currency {
            "PLN" => chance(rng, 0.03),
            "BRL" => chance(rng, 0.97),
            _ => chance(rng, if comma { 0.15 } else { 0.85 }),
        };
        let space = if sign.len() > 2 && sign != "€" && sign != "₹" && sign != "zł" {
            chance(rng, 0.9)
        } else {
            chance(rng, if before { 0.2 } else { 0.8 })
        };
        let gap = if space { " " } else { "" };
        let marked = chance(rng, 0.7);
        let whole = items.iter().all(|i| i.amount.fract().is_zero());
        Self {
            thousands,
            decimal: if comma { "," } else { "." },
            prefix: if before { format!("{sign}{gap}") } else { String::new() },
            suffix: if before { String::new() } else { format!("{gap}{sign}") },
            mark_lines: marked && chance(rng, 0.5),
            mark_totals: marked,
            date: rng.random_range(0..10),
            month_first,
            integers: whole && chance(rng, 0.1),
        }
    }

    /// A plain number with two decimals (or none in a document of whole amounts).
    pub fn number(&self, value: Decimal) -> String {
        let places = if self.integers && value.fract().is_zero() { 0 } else { value.scale().max(2) };
        let text = format!("{:.*}", places as usize, value.abs());
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let mut grouped = String::new();
        for (i, c) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                grouped.push_str(self.thousands);
            }
            grouped.push(c);
        }
        let sign = if value.is_sign_negative() { "-" } else { "" };
        if fraction.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}{}{fraction}", self.decimal) }
    }

    /// An amount with its currency.
    pub fn money(&self, value: Decimal, marked: bool) -> String {
        if marked { format!("{}{}{}", self.prefix, self.number(value), self.suffix) } else { self.number(value) }
    }
}

fn round(value: Decimal) -> Decimal {
    let mut rounded = value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(2);
    rounded
}

fn items(rng: &mut Rng, language: &'static Language, country: &str) -> Vec<Item> {
    let count = *pick(rng, &[1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 8, 11, 15, 28]);
    let rates: &[u32] = match country {
        "DE" => &[19, 19, 7],
        "AT" | "FR" | "GB" => &[20, 20, 10],
        "CH" => &[8, 8, 3],
        "NL" | "BE" | "ES" => &[21, 21, 9],
        "IT" => &[22, 22, 10],
        "US" | "CA" => &[8, 6, 5],
        "IN" => &[18, 12],
        "PT" => &[23, 23, 13, 6],
        "PL" => &[23, 23, 8, 5],
        "BR" => &[18, 12, 5],
        _ => &[10, 20, 15, 23],
    };
    let main = *pick(rng, rates);
    let mixed = chance(rng, 0.15);
    let whole = chance(rng, 0.15);
    (0..count)
        .map(|_| {
            let cents = *pick(rng, &[100_i64, 1000, 10_000, 100_000, 300_000]);
            let price =
                Decimal::new(if whole { rng.random_range(1..=cents / 100 + 9) * 100 } else { rng.random_range(50..=cents + 900) }, 2);
            let most = *pick(rng, &[1, 3, 12, 60]);
            let quantity =
                if chance(rng, 0.1) { Decimal::new(rng.random_range(1..80) * 25, 2) } else { Decimal::from(rng.random_range(1..=most)) };
            let mut description = vec![(*pick(rng, language.goods)).to_owned()];
            if chance(rng, 0.4) {
                description[0] = format!("{} {}", description[0], entities::word(rng));
            }
            if chance(rng, 0.2) {
                description.push(format!("{} {}", pick(rng, language.goods), entities::word(rng)));
            }
            Item {
                article: format!("{}{}", entities::letter(rng), entities::digits(rng, 4)),
                description,
                quantity,
                unit: pick::<&str>(rng, language.units),
                price,
                rate: if mixed { *pick(rng, rates) } else { main },
                amount: round(quantity * price),
            }
        })
        .collect()
}

fn sums(rng: &mut Rng, items: &[Item]) -> Sums {
    let lines: Decimal = items.iter().map(|i| i.amount).sum();
    let untaxed = chance(rng, 0.18);
    let rates: std::collections::BTreeSet<u32> = items.iter().map(|i| i.rate).collect();
    let single = rates.len() == 1;
    let discount = if single && chance(rng, 0.15) { round(lines * Decimal::new(*pick(rng, &[2, 3, 5, 10, 15]), 2)) } else { Decimal::ZERO };
    let shipping = if single && chance(rng, 0.15) { Decimal::new(rng.random_range(300..9000), 2) } else { Decimal::ZERO };
    let shipping_last = chance(rng, 0.5);
    let net = lines - discount + if shipping_last { Decimal::ZERO } else { shipping };
    let taxes: Vec<(u32, Decimal, Decimal)> = if untaxed {
        Vec::new()
    } else if single {
        let rate = rates.first().copied().unwrap_or(20);
        vec![(rate, net, round(net * Decimal::new(i64::from(rate), 2)))]
    } else {
        let base = |rate: u32| items.iter().filter(|i| i.rate == rate).map(|i| i.amount).sum::<Decimal>();
        rates.iter().map(|&rate| (rate, base(rate), round(base(rate) * Decimal::new(i64::from(rate), 2)))).collect()
    };
    let tax: Decimal = taxes.iter().map(|t| t.2).sum();
    let total = net + tax + if shipping_last { shipping } else { Decimal::ZERO };
    let paid = if chance(rng, 0.07) { round(total * Decimal::new(rng.random_range(10..60), 2)) } else { Decimal::ZERO };
    Sums { lines, discount, shipping, shipping_last, net, taxes, tax, total, paid }
}
