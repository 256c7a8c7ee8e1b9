//! Where a till stands: currency, rounding, taxes, and how numbers, dates and register numbers look.

use jiff::civil::Date;
use rand::RngExt as _;

use super::super::entities::{self, Rng, chance, digits, letter, pick};
use super::choose;

/// Which part of a date comes first, and with which mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `20/03/2018`, `20-03-18`.
    Day,
    /// `20.03.2018`.
    DayDots,
    /// `03/20/2018`.
    Month,
}

/// A country's tills.
#[derive(Debug)]
pub struct Land {
    /// ISO 3166.
    pub country: &'static str,
    /// ISO 639-1.
    pub language: &'static str,
    /// ISO 4217.
    pub currency: &'static str,
    signs: &'static str,
    comma: bool,
    /// Decimals of an amount.
    pub decimals: u32,
    /// Cash is rounded to so many minor units, 1 where it is not.
    pub coin: i64,
    /// How often the tax is added to the prices.
    pub added: f64,
    /// Names of the tax.
    pub tax: &'static str,
    /// Rates in tenths of a percent.
    pub rates: &'static [u32],
    forms: &'static str,
    order: Order,
}

const fn land(key: (&'static str, &'static str, &'static str), signs: &'static str, comma: bool, order: Order) -> Land {
    let (country, language, currency) = key;
    Land { country, language, currency, signs, comma, decimals: 2, coin: 1, added: 0.04, tax: "VAT", rates: &[200], forms: "", order }
}

/// All countries, the frequent ones more than once.
#[rustfmt::skip]
const LANDS: &[Land] = &[
    Land { added: 1.0, tax: "Tax|TAX|Sales Tax|State Tax|Local Tax|Tax 1|Taxes", rates: &[60, 70, 80, 88, 65, 90, 40], forms: "||||LLC|Inc|Inc.", ..land(("US", "en", "USD"), "$|$|||USD", false, Order::Month) },
    Land { added: 1.0, tax: "Tax|TAX|Sales Tax|Tax Total|City Tax", rates: &[60, 73, 82, 85, 95, 50], forms: "|||||Co.", ..land(("US", "en", "USD"), "$|$||", false, Order::Month) },
    Land { coin: 5, added: 0.4, tax: "GST|SST|GST @|Service Tax|Tax", rates: &[60, 60, 100], forms: "SDN BHD|SDN. BHD.|Sdn Bhd|(M) SDN BHD|SDN.BHD|PLT|ENTERPRISE|TRADING|", ..land(("MY", "en", "MYR"), "RM|RM|RM ||", false, Order::Day) },
    Land { coin: 5, added: 0.4, tax: "GST|SST|GST|S.Tax", rates: &[60, 60, 80], forms: "SDN BHD|SDN BHD|Sdn. Bhd.|BERHAD|ENTERPRISE|", ..land(("MY", "en", "MYR"), "RM|||", false, Order::Day) },
    Land { coin: 5, added: 0.6, tax: "GST|GST|Gst", rates: &[70, 80, 90], forms: "PTE LTD|PTE. LTD.|Pte Ltd||LLP", ..land(("SG", "en", "SGD"), "$|S$|$|", false, Order::Day) },
    Land { decimals: 0, added: 0.6, tax: "PB1|PPN|Tax|Pajak", rates: &[100, 110], forms: "PT|||CV", ..land(("ID", "en", "IDR"), "Rp|Rp ||", true, Order::Day) },
    Land { added: 0.1, tax: "VAT|12% VAT|VAT Amount", rates: &[120], forms: "|INC.|CORP.|Corporation", ..land(("PH", "en", "PHP"), "PHP|P|₱|", false, Order::Month) },
    Land { added: 0.05, tax: "VAT|VAT|V.A.T.", rates: &[200, 200, 50], forms: "LTD|Ltd|Limited||PLC|", ..land(("GB", "en", "GBP"), "£|£|£|", false, Order::Day) },
    Land { coin: 5, tax: "GST|GST", rates: &[100], forms: "Pty Ltd|PTY LTD|||P/L", ..land(("AU", "en", "AUD"), "$|$|A$|", false, Order::Day) },
    Land { coin: 5, added: 0.95, tax: "HST|GST|TPS/GST|GST/HST", rates: &[130, 50, 150], forms: "|Inc.|Ltd.||Corp", ..land(("CA", "en", "CAD"), "$|$|", false, Order::Month) },
    Land { coin: 10, tax: "GST", rates: &[150], forms: "Ltd|Limited||", ..land(("NZ", "en", "NZD"), "$|$|", false, Order::Day) },
    Land { coin: 100, added: 0.6, tax: "GST|IGST|Total GST", rates: &[50, 180, 120], forms: "Pvt Ltd|PVT. LTD.||& Sons|& Co", ..land(("IN", "en", "INR"), "₹|Rs.|Rs|", false, Order::Day) },
    Land { tax: "VAT|VAT", rates: &[150], forms: "(Pty) Ltd|PTY LTD||CC", ..land(("ZA", "en", "ZAR"), "R|R |", false, Order::Day) },
    Land { tax: "VAT", rates: &[230, 135], forms: "Ltd|Limited|", ..land(("IE", "en", "EUR"), "€|€|EUR|", false, Order::Day) },
    Land { tax: "VAT", rates: &[50], forms: "LLC|L.L.C|", ..land(("AE", "en", "AED"), "AED|AED |", false, Order::Day) },
    Land { tax: "MwSt|MwSt.|MWST|USt|Mehrwertsteuer", rates: &[190, 70, 190], forms: "GmbH|e.K.||OHG|KG|GmbH & Co. KG|Inh. ", ..land(("DE", "de", "EUR"), "EUR|€|€||EUR ", true, Order::DayDots) },
    Land { tax: "MwSt|USt|MWSt", rates: &[200, 100], forms: "GmbH|KG||e.U.", ..land(("AT", "de", "EUR"), "€|EUR|", true, Order::DayDots) },
    Land { coin: 5, tax: "MWST|MwSt", rates: &[81, 26, 77, 25], forms: "AG|GmbH||", ..land(("CH", "de", "CHF"), "CHF|CHF|Fr.|", false, Order::DayDots) },
    Land { tax: "TVA|T.V.A.|TVA", rates: &[200, 55, 100], forms: "SARL|SAS|EURL|SA|", ..land(("FR", "fr", "EUR"), "€|€|EUR|", true, Order::Day) },
    Land { coin: 5, tax: "TVA", rates: &[210, 60, 120], forms: "SPRL|SRL|SA|", ..land(("BE", "fr", "EUR"), "€|EUR|", true, Order::Day) },
    Land { tax: "IVA|I.V.A.|IVA", rates: &[210, 100, 40], forms: "S.L.|SL|S.A.|SLU|", ..land(("ES", "es", "EUR"), "€|€|Eur|", true, Order::Day) },
    Land { added: 0.3, tax: "IVA|IVA", rates: &[160], forms: "SA de CV|S.A. de C.V.|", ..land(("MX", "es", "MXN"), "$|$|", false, Order::Day) },
    Land { tax: "IVA|IVA|I.V.A.", rates: &[220, 100, 40], forms: "S.r.l.|SRL|SNC|S.n.c.|SpA|", ..land(("IT", "it", "EUR"), "€|EUR||", true, Order::Day) },
    Land { coin: 5, tax: "BTW|Btw|B.T.W.", rates: &[210, 90], forms: "B.V.|BV|VOF||", ..land(("NL", "nl", "EUR"), "€|€|EUR|", true, Order::Day) },
    Land { tax: "IVA|IVA", rates: &[230, 130, 60], forms: "Lda|LDA|, Lda.|S.A.|", ..land(("PT", "pt", "EUR"), "€|EUR||", true, Order::Day) },
    Land { tax: "ICMS|Tributos|Impostos", rates: &[180, 120], forms: "LTDA|Ltda|ME|S.A.|", ..land(("BR", "pt", "BRL"), "R$|R$ |", true, Order::Day) },
    Land { tax: "PTU|VAT|PTU A|PTU B", rates: &[230, 80, 50], forms: "Sp. z o.o.|SP. Z O.O.|S.A.|s.c.|", ..land(("PL", "pl", "PLN"), "PLN|zł|PLN|", true, Order::DayDots) },
];

/// A country, by chance.
pub fn draw(rng: &mut Rng) -> &'static Land {
    let english = LANDS.iter().filter(|l| l.language == "en").count();
    // Tills in English make up rather more than half.
    let list = if chance(rng, 0.6) { &LANDS[..english] } else { &LANDS[english..] };
    pick(rng, list)
}

/// How one till prints money and dates.
#[derive(Debug, Clone)]
pub struct Print {
    sign: &'static str,
    before: bool,
    spaced: bool,
    thousands: &'static str,
    decimal: &'static str,
    decimals: u32,
    date: usize,
    time: usize,
    order: Order,
}

impl Print {
    /// Formats of a till in `land`.
    pub fn draw(rng: &mut Rng, land: &Land) -> Self {
        let comma = if chance(rng, 0.05) { !land.comma } else { land.comma };
        let sign = choose(rng, land.signs);
        Self {
            sign: sign.trim(),
            before: !comma || chance(rng, 0.2),
            spaced: sign.ends_with(' ') || (sign.len() > 2 && chance(rng, 0.7)) || chance(rng, 0.12),
            thousands: if comma { *pick(rng, &[".", ".", ""]) } else { *pick(rng, &[",", ",", ""]) },
            decimal: if comma { "," } else { "." },
            decimals: land.decimals,
            date: rng.random_range(0..20),
            time: rng.random_range(0..6),
            order: if chance(rng, 0.03) { Order::Day } else { land.order },
        }
    }

    /// Minor units as a plain number.
    pub fn number(&self, minor: i64) -> String {
        let scale = 10_i64.pow(self.decimals);
        let whole = (minor.abs() / scale).to_string();
        let mut text = String::new();
        for (i, c) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                text.push_str(if self.decimals == 0 && self.thousands.is_empty() { "." } else { self.thousands });
            }
            text.push(c);
        }
        let sign = if minor < 0 { "-" } else { "" };
        if self.decimals == 0 { format!("{sign}{text}") } else { format!("{sign}{text}{}{:02}", self.decimal, minor.abs() % scale) }
    }

    /// Minor units with the currency's sign, where the till prints one.
    pub fn money(&self, minor: i64) -> String {
        let (number, gap) = (self.number(minor), if self.spaced && !self.sign.is_empty() { " " } else { "" });
        if self.before { format!("{}{gap}{number}", self.sign) } else { format!("{number}{gap}{}", self.sign) }
    }

    /// The currency's sign; empty where none is printed.
    pub fn sign(&self) -> &'static str {
        self.sign
    }

    /// A date; `months` are names in the till's language.
    pub fn date(&self, date: Date, months: &[&str; 12]) -> String {
        let (d, m, y, yy) = (date.day(), date.month(), date.year(), date.year() % 100);
        let name = months[usize::try_from(m - 1).unwrap_or(0)];
        let short: String = name.chars().take(if name.starts_with("jui") { 4 } else { 3 }).collect();
        let capitals = short.to_uppercase();
        match (self.date, self.order) {
            (0..=3, Order::Month) => format!("{m:02}/{d:02}/{y}"),
            (4..=7, Order::Month) => format!("{m:02}/{d:02}/{yy:02}"),
            (8, Order::Month) => format!("{m:02}-{d:02}-{y}"),
            (9 | 10, Order::Month) => format!("{m}/{d}/{y}"),
            (11, Order::Month) => format!("{m}/{d}/{yy:02}"),
            (12, Order::Month) => format!("{short} {d}, {y}"),
            (13, Order::Month) => format!("{name} {d}, {y}"),
            (14, Order::Month) => format!("{short}{d:02}'{yy:02}"),
            (0..=3, Order::DayDots) => format!("{d:02}.{m:02}.{y}"),
            (4..=7, Order::DayDots) => format!("{d:02}.{m:02}.{yy:02}"),
            (8, Order::DayDots) => format!("{d}.{m}.{y}"),
            (0..=2, Order::Day) => format!("{d:02}/{m:02}/{y}"),
            (3..=5, Order::Day) => format!("{d:02}/{m:02}/{yy:02}"),
            (6 | 7, _) => format!("{d:02}-{m:02}-{y}"),
            (8, _) => format!("{d:02}-{m:02}-{yy:02}"),
            (9, _) => format!("{d}/{m}/{y}"),
            (10, _) => format!("{d:02}.{m:02}.{y}"),
            (11, _) => format!("{d:02}.{m:02}.{yy:02}"),
            (12, _) => format!("{d} {short} {y}"),
            (13, _) => format!("{d:02} {name} {y}"),
            (14, _) => format!("{d:02}-{capitals}-{y}"),
            (15, _) => format!("{d:02}-{short}-{yy:02}"),
            (16, _) => format!("{d:02} {capitals} {yy:02}"),
            (17, _) => format!("{y}/{m:02}/{d:02}"),
            (18, _) => format!("{d:02}{capitals}{y}"),
            _ => date.to_string(),
        }
    }

    /// A time of day.
    pub fn time(&self, rng: &mut Rng) -> String {
        let (h, m, s) = (rng.random_range(7..23), rng.random_range(0..60), rng.random_range(0..60));
        let (twelve, half) = ((h + 11) % 12 + 1, if h < 12 { "AM" } else { "PM" });
        match self.time {
            0 | 1 => format!("{h:02}:{m:02}"),
            2 => format!("{h:02}:{m:02}:{s:02}"),
            3 => format!("{twelve}:{m:02} {half}"),
            4 => format!("{twelve:02}:{m:02}:{s:02} {half}"),
            _ => format!("{twelve}:{m:02}{}", half.to_lowercase()),
        }
    }
}

/// A seller's name with the legal form of its country.
pub fn company(rng: &mut Rng, land: &Land, trades: &'static str) -> String {
    let (trade, stem) = (choose(rng, trades), entities::word(rng));
    let name = match rng.random_range(0..13) {
        0..4 => format!("{stem} {trade}"),
        4 => format!("{trade} {stem}"),
        5 => format!("{} {stem} {trade}", entities::word(rng)),
        6 => format!("{stem} & {} {trade}", entities::word(rng)),
        7 => format!("{stem}'s {trade}"),
        8 => format!("The {stem} {trade}"),
        9 => format!("{} {stem} {trade}", rng.random_range(2..100)),
        10 => format!("{}-{} {stem}", rng.random_range(2..25), rng.random_range(2..25)),
        11 => format!("{}{}{} {trade}", letter(rng), letter(rng), letter(rng)),
        _ => stem,
    };
    let form = choose(rng, land.forms);
    let full = if form.ends_with(' ') || form == "PT" || form == "CV" {
        format!("{} {name}", form.trim())
    } else {
        format!("{name}{}{form}", if form.is_empty() || form.starts_with(',') { "" } else { " " })
    };
    let full = full.split_whitespace().collect::<Vec<_>>().join(" ");
    if chance(rng, 0.5) { full.to_uppercase() } else { full }
}

/// A telephone number as the country groups it.
pub fn phone(rng: &mut Rng, land: &Land) -> String {
    if matches!(land.country, "US" | "CA") {
        let (area, office, line) = (rng.random_range(201..990), rng.random_range(201..990), digits(rng, 4));
        return match rng.random_range(0..4) {
            0 => format!("({area}) {office}-{line}"),
            1 => format!("({area}){office}-{line}"),
            2 => format!("{area}.{office}.{line}"),
            _ => format!("{area}-{office}-{line}"),
        };
    }
    match (land.country, rng.random_range(0..5)) {
        ("MY", _) => format!("0{}-{} {}", rng.random_range(3..10), digits(rng, 4), digits(rng, 4)),
        ("SG", _) => format!("6{} {}", digits(rng, 3), digits(rng, 4)),
        (_, 0) => format!("+{} {} {}", rng.random_range(20..60), digits(rng, 3), digits(rng, 6)),
        (_, 1) => format!("0{}/{}", digits(rng, 3), digits(rng, 6)),
        (_, 2) => format!("0{} {} {} {} {}", rng.random_range(1..9), digits(rng, 2), digits(rng, 2), digits(rng, 2), digits(rng, 2)),
        (_, 3) => format!("0{}-{}", digits(rng, 3), digits(rng, 7)),
        _ => format!("0{} {}", digits(rng, 2), digits(rng, 7)),
    }
}

/// Label and number of the seller's tax registration, where the country's tills print one.
pub fn tax_id(rng: &mut Rng, land: &Land) -> Option<(&'static str, String)> {
    let (often, labels) = match land.country {
        "US" => return None,
        "MY" => (0.7, "GST ID|GST No|GST Reg No|GST ID No.|GST REG. NO|SST ID|SST No|GST NO."),
        "SG" => (0.8, "GST Reg No|GST REG. NO.|GST No.|Co. Reg. & GST Reg. No"),
        "ID" => (0.3, "NPWP"),
        "PH" => (0.9, "VAT REG TIN|VAT Reg. TIN|TIN|VAT REG TIN NO."),
        "GB" | "IE" => (0.7, "VAT No|VAT Reg No|VAT NO.|VAT Number|VAT Reg"),
        "AU" => (0.9, "ABN|ABN|A.B.N."),
        "CA" | "NZ" => (0.7, "GST|GST No|GST #|HST|GST Reg. No|HST#"),
        "IN" => (0.9, "GSTIN|GST No|GSTIN No|GST IN"),
        "ZA" => (0.8, "VAT No|VAT Reg No|Vat No."),
        "AE" => (0.9, "TRN|TRN No|VAT TRN"),
        "DE" | "AT" => (0.8, "USt-IdNr.|USt-ID|Steuernummer|St.-Nr.|UID|Steuer-Nr.|UID-Nr."),
        "CH" => (0.8, "MWST-Nr.|MWST Nr|UID"),
        "FR" => (0.8, "SIRET|TVA|N° TVA|TVA Intracom|N° SIRET|Siret|TVA intracommunautaire"),
        "BE" => (0.8, "TVA|BTW|TVA BE|N° TVA"),
        "ES" => (0.9, "NIF|CIF|C.I.F.|N.I.F.|NIF/CIF"),
        "MX" => (0.8, "RFC|R.F.C."),
        "IT" => (0.9, "P.IVA|Partita IVA|P. IVA|P.I.|Part. IVA"),
        "NL" => (0.6, "BTW|BTW nr|BTW-nummer|Btw nr."),
        "PT" => (0.9, "NIF|Contribuinte|NIPC|N.º Contribuinte|NIF/NIPC"),
        "BR" => (0.9, "CNPJ|CNPJ"),
        _ => (0.95, "NIP|NIP"),
    };
    let label = choose(rng, labels);
    chance(rng, often).then(|| (label, number(rng, land.country, label)))
}

fn number(rng: &mut Rng, country: &str, label: &str) -> String {
    match country {
        "MY" if label.starts_with("SST") => format!("{}{}-{}-{}", letter(rng), digits(rng, 2), digits(rng, 4), digits(rng, 8)),
        "MY" => format!("00{}", digits(rng, 10)),
        "SG" if chance(rng, 0.5) => format!("M{}-{}-{}", rng.random_range(2..10), digits(rng, 7), rng.random_range(0..10)),
        "SG" => format!("20{}{}", digits(rng, 7), letter(rng)),
        "ID" => {
            format!("0{}.{}.{}.{}-{}.000", rng.random_range(1..9), digits(rng, 3), digits(rng, 3), rng.random_range(0..10), digits(rng, 3))
        }
        "PH" => format!("{}-{}-{}-{}", digits(rng, 3), digits(rng, 3), digits(rng, 3), pick::<&str>(rng, &["000", "001", "00000", "002"])),
        "GB" if chance(rng, 0.5) => format!("{} {} {}", digits(rng, 3), digits(rng, 4), digits(rng, 2)),
        "NZ" => format!("{}-{}-{}", digits(rng, 2), digits(rng, 3), digits(rng, 3)),
        "ZA" => format!("4{}", digits(rng, 9)),
        "AE" => format!("100{}", digits(rng, 12)),
        "DE" | "AT" if label.starts_with("St") => format!("{}/{}/{}", digits(rng, 2), digits(rng, 3), digits(rng, 5)),
        "FR" if label.to_uppercase().contains("SIRET") => {
            let gap = if chance(rng, 0.5) { " " } else { "" };
            format!("{}{gap}{}{gap}{}{gap}000{}", digits(rng, 3), digits(rng, 3), digits(rng, 3), digits(rng, 2))
        }
        "PT" => format!("5{}", digits(rng, 8)),
        "BR" => format!("{}.{}.{}/0001-{}", digits(rng, 2), digits(rng, 3), digits(rng, 3), digits(rng, 2)),
        "PL" if chance(rng, 0.6) => format!("{}-{}-{}-{}", digits(rng, 3), digits(rng, 3), digits(rng, 2), digits(rng, 2)),
        "PL" => digits(rng, 10),
        other => entities::tax_id(rng, other),
    }
}

/// A company register number in brackets or behind a label, as some countries' tills print it.
pub fn register(rng: &mut Rng, land: &Land) -> Option<String> {
    match land.country {
        "MY" if chance(rng, 0.75) => {
            let n = format!("{}-{}", digits(rng, 6), pick::<&str>(rng, &["A", "D", "H", "K", "M", "P", "T", "U", "V", "W", "X"]));
            Some(match rng.random_range(0..5) {
                0 | 1 => format!("({n})"),
                2 => format!("Co. Reg. No: {n}"),
                3 => format!("Co No. {n}"),
                _ => format!("(Reg No: 20{}01{})", digits(rng, 2), digits(rng, 6)),
            })
        }
        "SG" if chance(rng, 0.3) => Some(format!("UEN: 20{}{}", digits(rng, 7), letter(rng))),
        "NL" if chance(rng, 0.4) => Some(format!("KvK {}", digits(rng, 8))),
        "PL" if chance(rng, 0.2) => Some(format!("REGON {}", digits(rng, 9))),
        "GB" | "AU" | "IE" if chance(rng, 0.15) => Some(format!("Company No. {}", digits(rng, 8))),
        _ => None,
    }
}
