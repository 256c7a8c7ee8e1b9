//! How people and machines get an invoice wrong when they enter it a second time.
//!
//! Kinds after what auditors of accounts payable describe: ACFE, Fraud Examiners Manual (duplicate payment
//! schemes, altered invoice numbers); IIA, GTAG 13 and the continuous-auditing tests (same-same-different
//! on number, amount, date, vendor); ISACA, data analytics for payables (blank and placeholder numbers,
//! dates as numbers); recovery auditors' guides (PRGX, APEX: vendor held twice, freight and discount,
//! tax, currency, split and statement payments); Damerau (1964) for keying errors, OCR confusions by shape.
//! Pure functions of a [`Dice`]; nothing is taken from any real book.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Dice;
use crate::domain::history::Payable;

/// Characters that eye and OCR take for each other.
const LOOKS: &[(char, char)] = &[
    ('0', 'O'),
    ('0', 'D'),
    ('0', 'Q'),
    ('1', 'I'),
    ('1', 'L'),
    ('1', '7'),
    ('2', 'Z'),
    ('5', 'S'),
    ('6', 'G'),
    ('8', 'B'),
    ('3', '8'),
    ('5', '6'),
    ('0', '8'),
    ('6', '9'),
    ('4', '9'),
    ('U', 'V'),
    ('C', 'G'),
    ('E', 'F'),
    ('M', 'N'),
    ('P', 'R'),
    ('4', 'A'),
    ('9', 'G'),
];

/// What people type where there is no number.
const PLACEHOLDERS: &[&str] = &[
    "N/A",
    "NA",
    "NONE",
    "0",
    "TBC",
    "UNKNOWN",
    "XXX",
    "NO NUMBER",
    "INVOICE",
    "SEE ATTACHED",
    "AS ATTACHED",
    "NOT KNOWN",
    "PER EMAIL",
    "-",
    "AS INVOICE",
    "AS AGREED",
    "VARIOUS",
    "NO INV NO",
    "PAYMENT",
    "1",
];

const DATES: &[&str] =
    &["%d%m%y", "%d%m%Y", "%Y%m%d", "%d/%m/%Y", "%d.%m.%y", "%m%d%y", "%Y-%m-%d", "%d-%m-%Y", "%d %m %y", "%m/%d/%Y", "%b %Y"];

/// One typing error after Damerau: another character, a neighbour on the keypad, left out, put in,
/// doubled, or two swapped.
pub(crate) fn mistype(dice: &mut Dice, number: &str) -> String {
    let mut chars: Vec<char> = number.chars().collect();
    if chars.len() < 2 {
        return format!("{number}{}", dice.digits(1));
    }
    let places: Vec<usize> = chars.iter().enumerate().filter(|(_, c)| c.is_ascii_alphanumeric()).map(|(at, _)| at).collect();
    let at = if places.is_empty() { 0 } else { *dice.pick(&places) };
    match dice.weighted(&[3.0, 1.5, 1.2, 1.2, 1.0]) {
        0 => chars[at] = other(dice, chars[at]),
        1 => {
            let at = at.min(chars.len() - 2);
            chars.swap(at, at + 1);
        }
        2 => {
            chars.remove(at);
        }
        3 => chars.insert(at, chars[at]),
        _ => {
            let c = dice.digits(1).chars().next().unwrap_or('7');
            chars.insert(at, c);
        }
    }
    chars.into_iter().collect()
}

fn other(dice: &mut Dice, c: char) -> char {
    loop {
        let new = if c.is_ascii_digit() { (b'0' + dice.range(0, 9) as u8) as char } else { (b'A' + dice.range(0, 25) as u8) as char };
        if new != c {
            return new;
        }
    }
}

/// Two different neighbours swapped.
pub(crate) fn transpose(dice: &mut Dice, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let places: Vec<usize> = (1..chars.len())
        .filter(|at| chars[*at] != chars[at - 1] && chars[*at].is_ascii_alphanumeric() && chars[at - 1].is_ascii_alphanumeric())
        .collect();
    if !places.is_empty() {
        let at = *dice.pick(&places);
        chars.swap(at, at - 1);
    }
    chars.into_iter().collect()
}

/// A machine's or a reader's confusion: one character, some, or every one of its kind.
pub(crate) fn confuse(dice: &mut Dice, number: &str) -> String {
    let share = *dice.pick(&[0.0, 0.3, 0.6, 1.0]);
    let mut chars: Vec<char> = number.to_uppercase().chars().collect();
    let mut options: Vec<(usize, char)> = Vec::new();
    for (at, c) in chars.iter().enumerate() {
        let both: Vec<char> = LOOKS
            .iter()
            .filter_map(|(a, b)| {
                if a == c {
                    Some(*b)
                } else if b == c {
                    Some(*a)
                } else {
                    None
                }
            })
            .collect();
        if !both.is_empty() {
            options.push((at, *dice.pick(&both)));
        }
    }
    if options.is_empty() {
        return mistype(dice, number);
    }
    let sure = dice.index(options.len());
    for (index, (at, c)) in options.into_iter().enumerate() {
        if index == sure || dice.chance(share) {
            chars[at] = c;
        }
    }
    chars.into_iter().collect()
}

/// The same number written otherwise: zeros, punctuation, case, words before and after.
pub(crate) fn rewrite(dice: &mut Dice, number: &str) -> String {
    match dice.weighted(&[2.0, 2.0, 2.0, 1.2, 0.6]) {
        0 => zeros(dice, number),
        1 => before(dice, number),
        2 => after(dice, number),
        3 => punctuate(dice, number),
        _ => number.to_lowercase(),
    }
}

fn zeros(dice: &mut Dice, number: &str) -> String {
    let stripped = number.trim_start_matches('0');
    if stripped.len() < number.len() && !stripped.is_empty() && dice.chance(0.6) {
        return stripped.to_owned();
    }
    let nought = "0".repeat(1 + dice.index(4));
    match number.find(|c: char| c.is_ascii_digit()) {
        Some(at) if at > 0 && dice.chance(0.7) => format!("{}{nought}{}", &number[..at], &number[at..]),
        _ => format!("{nought}{number}"),
    }
}

fn before(dice: &mut Dice, number: &str) -> String {
    if dice.chance(0.15) {
        // The vendor's own prefix is left out.
        let bare = number.trim_start_matches(|c: char| !c.is_ascii_digit());
        if !bare.is_empty() && bare.len() < number.len() {
            return bare.to_owned();
        }
    }
    const WORDS: &[&str] =
        &["INV", "INV ", "#", "NO ", "NO", "RE", "RE-", "S/", "INVOICE", "INVOICE ", "IN", "SI", "REF ", "NR.", "A/C ", "BILL", "TAX", "F"];
    if dice.chance(0.2) { format!("{}{number}", dice.letters(1)) } else { format!("{}{number}", dice.pick(WORDS)) }
}

fn after(dice: &mut Dice, number: &str) -> String {
    const WORDS: &[&str] =
        &["A", "-1", "/2", "X", " DUP", "B", "-R", ".", "/1", " COPY", "C", " (2)", "REV", "-A", "_1", " 2ND", "*", "/A", "DD", " INV"];
    if dice.chance(0.12) { format!("{number}{}", dice.letters(1)) } else { format!("{number}{}", dice.pick(WORDS)) }
}

fn punctuate(dice: &mut Dice, number: &str) -> String {
    let bare: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
    if bare.len() < number.len() && dice.chance(0.5) {
        return bare;
    }
    if bare.len() < 3 {
        return format!("{number} ");
    }
    let at = 1 + dice.index(number.chars().count().saturating_sub(1));
    let mark = dice.pick(&["-", " ", "/", ".", ",", "_"]);
    let (head, tail): (String, String) = (number.chars().take(at).collect(), number.chars().skip(at).collect());
    format!("{head}{mark}{tail}")
}

/// No number, a placeholder, a date, or another number of the paper in its place.
pub(crate) fn replace(dice: &mut Dice, copy: &mut Payable) {
    let date = copy.invoice_date.or(copy.payment_date).unwrap_or(Date::constant(2015, 1, 1));
    copy.invoice_no = match dice.weighted(&[2.5, 2.0, 3.5, 0.7, 0.5, 0.5]) {
        0 => String::new(),
        1 => (*dice.pick(PLACEHOLDERS)).to_owned(),
        2 => {
            let near = if dice.chance(0.15) { date + (dice.range(-3, 10) as i32).days() } else { date };
            near.strftime(*dice.pick(DATES)).to_string().to_uppercase()
        }
        3 if !copy.po_number.is_empty() => copy.po_number.clone(),
        4 => copy.vendor_id.clone(),
        _ => {
            let digits = dice.range(3, 8) as usize;
            dice.digits(digits)
        }
    };
}

/// A part of the number: its head or tail is cut off.
pub(crate) fn cut(dice: &mut Dice, number: &str) -> String {
    let length = number.chars().count();
    if length < 5 {
        return mistype(dice, number);
    }
    let kept = length - 1 - dice.index((length / 3).max(1));
    if dice.chance(0.5) { number.chars().take(kept).collect() } else { number.chars().skip(length - kept).collect() }
}

/// A wrong date: day and month swapped, another day, month or year, the day of entry, a month's end.
pub(crate) fn misdate(dice: &mut Dice, copy: &mut Payable) {
    let Some(date) = copy.invoice_date else { return };
    let swapped = Date::new(date.year(), date.day(), date.month()).ok().filter(|d| *d != date);
    let sign = if dice.chance(0.5) { 1 } else { -1 };
    let wrong = match (dice.weighted(&[1.2, 1.6, 1.0, 1.2, 0.8, 0.5, 0.8]), swapped) {
        (0, Some(swapped)) => swapped,
        (1, _) => date + (sign * dice.range(1, 4) as i32).days(),
        (2, _) => date.checked_add(sign.months()).unwrap_or(date),
        (3, _) => date + (sign * dice.range(25, 35) as i32).days(),
        (4, _) => date.checked_add(sign.years()).unwrap_or(date),
        (5, _) => copy.payment_date.unwrap_or(date),
        (6, _) => date + (sign * *dice.pick(&[7, 10, 14, 20, 21, 60, 90])).days(),
        _ => date.last_of_month(),
    };
    let wrong = if wrong == date { date + 1.days() } else { wrong };
    copy.invoice_date = Some(wrong);
}

/// An amount keyed or read wrongly: digits swapped, one digit other, dropped or doubled, decimal
/// point moved, cents left out.
pub(crate) fn misread(dice: &mut Dice, amount: Decimal) -> Decimal {
    let mut fixed = amount;
    fixed.rescale(2);
    let digits = fixed.mantissa().to_string();
    let wrong = match dice.weighted(&[3.0, 2.0, 0.8, 0.8, 1.6, 0.6]) {
        0 => transpose(dice, &digits),
        1 => {
            let mut chars: Vec<char> = digits.chars().collect();
            let at = dice.index(chars.len());
            chars[at] = other(dice, chars[at]);
            chars.into_iter().collect()
        }
        2 => {
            let at = dice.index(digits.len());
            digits.chars().enumerate().filter(|(index, _)| *index != at).map(|(_, c)| c).collect()
        }
        3 => {
            let at = dice.index(digits.len());
            let mut chars: Vec<char> = digits.chars().collect();
            chars.insert(at, chars[at]);
            chars.into_iter().collect()
        }
        4 => match dice.index(4) {
            0 => format!("{digits}00"),
            1 => digits[..digits.len() - 1].to_owned(),
            _ => format!("{digits}0"),
        },
        _ => format!("{}00", &digits[..digits.len().saturating_sub(2)]),
    };
    let cents: i64 = wrong.parse().unwrap_or(0);
    let out = Decimal::new(cents.clamp(100, 99_999_999_999), 2);
    if out == amount { out + Decimal::ONE } else { out }
}

/// With or without the tax of some country; a small freight, fee or cash discount; rounded.
pub(crate) fn reprice(dice: &mut Dice, amount: Decimal) -> Decimal {
    const RATES: &[i64] = &[1050, 1055, 1060, 1070, 1077, 1081, 1100, 1120, 1175, 1190, 1200, 1210, 1220, 1230, 1250, 1270];
    let out = match dice.weighted(&[3.0, 0.8, 0.5, 0.4]) {
        0 => {
            let rate = Decimal::new(*dice.pick(RATES), 3);
            if dice.chance(0.5) { amount / rate } else { amount * rate }
        }
        1 => amount * Decimal::new(*dice.pick(&[980, 970, 975, 950, 990, 1030, 1020]), 3),
        2 => amount + Decimal::new(dice.range(200, 6000), 2),
        _ => amount.round_dp(0) + Decimal::from(dice.range(0, 1)),
    };
    out.round_dp(2)
}

/// Another spelling of a company's name.
pub(crate) fn respell(dice: &mut Dice, name: &str) -> String {
    let words: Vec<&str> = name.split(' ').filter(|word| !word.is_empty()).collect();
    match dice.index(11) {
        0 => name.to_uppercase(),
        1 => format!("{name} {}", dice.pick(&["Ltd", "(UK)", "Group", "T/A Office", "Limited", "LLP", "Holdings", "- Accounts", "Int."])),
        2 if words.len() > 1 => words[..words.len() - 1].join(" "),
        3 => format!("The {name}"),
        4 if words.len() > 1 => format!("{}, {}", words[1..].join(" "), words[0]),
        5 => name.replace("Services", "Svcs").replace("Limited", "Ltd").replace(" & ", " and ").replace("Engineering", "Eng."),
        6 if words.len() > 1 => words.concat(),
        7 => format!("{name} t/a {}", dice.word()),
        8 if words.len() > 2 => {
            let initials: String = words[..words.len() - 1].iter().filter_map(|word| word.chars().next()).collect();
            format!("{initials} {}", words[words.len() - 1])
        }
        9 => name.chars().take(name.chars().count().min(14 + dice.index(8))).collect(),
        _ => {
            let mut chars: Vec<char> = name.chars().collect();
            if chars.len() > 2 {
                let at = 1 + dice.index(chars.len() - 2);
                if dice.chance(0.5) {
                    chars.remove(at);
                } else {
                    chars.swap(at, at + 1);
                }
            }
            chars.into_iter().collect()
        }
    }
}
