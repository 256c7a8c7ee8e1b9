//! Debts paid twice, in the ways that auditors of accounts payable describe: the same invoice again,
//! number or amount or date keyed wrongly, the vendor held twice, paid again in parts.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::vendors::Vendor;
use super::{Desk, Dice, enter};
use crate::domain::history::{EntryType, Payable};

const KINDS: &[(&str, f64)] = &[
    ("exact", 1.2),
    ("number-error", 3.0),
    ("number-form", 2.0),
    ("number-missing", 1.4),
    ("other-date", 1.3),
    ("vendor-twice", 2.0),
    ("amount-error", 1.5),
    ("with-tax", 0.9),
    ("other-currency", 0.6),
    ("parts", 1.2),
    ("two-errors", 2.0),
    ("third-time", 0.4),
];

/// Pays a share of the invoices again.
pub(super) fn inject(desk: &mut Desk, vendors: &[Vendor], share: f64) {
    let wanted = (desk.drafts.len() as f64 * share) as usize;
    let weights: Vec<f64> = KINDS.iter().map(|k| k.1).collect();
    for _ in 0..wanted {
        let at = desk.dice.index(desk.drafts.len());
        let draft = desk.drafts[at].clone();
        let original = &draft.payable;
        if original.entry_type != EntryType::Invoice
            || original.amount < Decimal::from(20)
            || desk.pairs.iter().any(|(a, b, _)| *a == draft.tag || *b == draft.tag)
        {
            continue;
        }
        let kind = KINDS[desk.dice.weighted(&weights)].0;
        let second = &vendors[desk.dice.index(vendors.len())];
        if kind == "parts" {
            parts(desk, &draft);
            continue;
        }
        let times = if kind == "third-time" { 2 } else { 1 };
        for _ in 0..times {
            let mut copy = original.clone();
            apply(&mut desk.dice, &mut copy, kind, second);
            pay_again(&mut desk.dice, original, &mut copy);
            let tag = desk.add(copy, draft.vendor, None);
            desk.pairs.push((draft.tag, tag, kind));
        }
    }
}

/// Enters the copy some days to months after the original; department and account often differ.
fn pay_again(dice: &mut Dice, original: &Payable, copy: &mut Payable) {
    let delay = match dice.index(4) {
        0 => dice.range(0, 5),
        1 | 2 => dice.range(3, 45),
        _ => dice.range(20, 200),
    };
    let entered =
        original.payment_date.zip(copy.invoice_date).map_or(0, |(paid, invoiced)| paid.since(invoiced).map_or(0, |s| s.get_days()));
    enter(dice, copy, entered.max(0) + delay as i32);
    if copy.posted_at <= original.posted_at {
        let paid = original.payment_date.unwrap_or(Date::constant(2015, 1, 1));
        super::post(copy, paid + (1 + dice.range(0, 20) as i32).days(), 11.0);
    }
    if dice.chance(0.3) {
        copy.department = format!("{} {}", dice.word(), dice.range(10, 99));
    }
    if dice.chance(0.25) {
        copy.account_code = dice.digits(5);
    }
    if dice.chance(0.4) {
        copy.po_number = String::new();
    }
}

fn apply(dice: &mut Dice, copy: &mut Payable, kind: &str, second: &Vendor) {
    match kind {
        "number-error" => copy.invoice_no = mistype(dice, &copy.invoice_no),
        "number-form" => copy.invoice_no = reform(dice, &copy.invoice_no),
        "number-missing" => replace_number(dice, copy),
        "other-date" => shift_date(dice, copy),
        "vendor-twice" => second_vendor(dice, copy, second),
        "amount-error" => copy.amount = misread(dice, copy.amount),
        "with-tax" => {
            let rate = Decimal::new(*dice.pick(&[1050, 1055, 1070, 1077, 1100, 1175, 1190, 1200, 1210, 1220, 1230, 1250]), 3);
            copy.amount = if dice.chance(0.6) { (copy.amount / rate).round_dp(2) } else { (copy.amount * rate).round_dp(2) };
        }
        "other-currency" => {
            let other: Vec<&str> = ["EUR", "USD", "GBP", "CHF"].into_iter().filter(|c| *c != copy.currency).collect();
            copy.currency = (*dice.pick(&other)).to_owned();
            if dice.chance(0.5) {
                copy.amount = (copy.amount * Decimal::new(dice.range(80, 135), 2)).round_dp(2);
            }
        }
        "two-errors" => {
            const EASY: &[&str] =
                &["number-error", "number-form", "other-date", "vendor-twice", "amount-error", "number-missing", "with-tax"];
            let first = *dice.pick(EASY);
            let then = *dice.pick(EASY);
            apply(dice, copy, first, second);
            if then != first {
                apply(dice, copy, then, second);
            }
        }
        _ => {}
    }
    if dice.chance(0.25) && !matches!(kind, "exact" | "other-date") {
        shift_date(dice, copy);
    }
}

/// A typing or reading error: replaced, confused, swapped, dropped, doubled.
fn mistype(dice: &mut Dice, number: &str) -> String {
    const LOOKS: &[(char, char)] = &[
        ('0', 'O'),
        ('1', 'I'),
        ('1', '7'),
        ('2', 'Z'),
        ('5', 'S'),
        ('6', 'G'),
        ('8', 'B'),
        ('3', '8'),
        ('5', '6'),
        ('0', '8'),
        ('6', '9'),
        ('1', 'L'),
    ];
    let mut chars: Vec<char> = number.chars().collect();
    if chars.len() < 3 {
        return format!("{number}{}", dice.digits(1));
    }
    let at = dice.index(chars.len());
    match dice.index(5) {
        0 => {
            let options: Vec<(usize, char)> = chars
                .iter()
                .enumerate()
                .flat_map(|(i, c)| {
                    LOOKS.iter().filter_map(move |(a, b)| {
                        if a == c {
                            Some((i, *b))
                        } else if b == c {
                            Some((i, *a))
                        } else {
                            None
                        }
                    })
                })
                .collect();
            if !options.is_empty() {
                let (i, c) = *dice.pick(&options);
                chars[i] = c;
            }
        }
        1 => {
            let i = at.min(chars.len() - 2);
            chars.swap(i, i + 1);
        }
        2 => {
            chars.remove(at);
        }
        3 => chars.insert(at, chars[at]),
        _ => chars[at] = dice.digits(1).chars().next().unwrap_or('7'),
    }
    let out: String = chars.into_iter().collect();
    if out == number { format!("{out}{}", dice.digits(1)) } else { out }
}

/// The same number in another form: zeros, prefix, suffix, punctuation.
fn reform(dice: &mut Dice, number: &str) -> String {
    match dice.index(7) {
        0 => format!("00{number}"),
        1 => format!("INV{number}"),
        2 => format!("{number}{}", dice.pick(&["A", "-1", "/2", "X", " DUP", "B", "-R", "."])),
        3 => number.chars().filter(char::is_ascii_alphanumeric).collect(),
        4 if number.len() > 3 => format!("{}-{}", &number.chars().take(2).collect::<String>(), number.chars().skip(2).collect::<String>()),
        5 => number.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_start_matches('0').to_owned(),
        _ => format!("{}{number}", dice.pick(&["#", "NO ", "RE", "S/", "00"])),
    }
}

fn replace_number(dice: &mut Dice, copy: &mut Payable) {
    let date = copy.invoice_date.unwrap_or(Date::constant(2015, 1, 1));
    copy.invoice_no = match dice.index(6) {
        0 | 1 => String::new(),
        2 => (*dice.pick(&["N/A", "NA", "NONE", "0", "TBC", "UNKNOWN"])).to_owned(),
        _ => date.strftime(*dice.pick(&["%d%m%y", "%d%m%Y", "%Y%m%d", "%d/%m/%Y", "%d.%m.%y", "%m%d%y"])).to_string(),
    };
}

fn shift_date(dice: &mut Dice, copy: &mut Payable) {
    let Some(date) = copy.invoice_date else { return };
    let swapped = Date::new(date.year(), date.day(), date.month()).ok().filter(|d| *d != date);
    copy.invoice_date = Some(match (dice.index(5), swapped) {
        (0, Some(swapped)) => swapped,
        (1, _) => date + (dice.range(-3, 3) as i32).days(),
        (2, _) => copy.payment_date.unwrap_or(date),
        (3, _) => date + (10 * dice.range(1, 2) as i32).days(),
        _ => date + (dice.range(1, 60) as i32).days(),
    });
}

fn second_vendor(dice: &mut Dice, copy: &mut Payable, second: &Vendor) {
    copy.vendor_id = if dice.chance(0.9) { format!("9{}", dice.digits(5)) } else { second.id.clone() };
    if dice.chance(0.7) {
        copy.vendor_name = respell(dice, &copy.vendor_name);
    }
    if dice.chance(0.3) {
        copy.bank_account = super::vendors::bank(dice);
    }
}

/// Another spelling of a company's name.
pub(super) fn respell(dice: &mut Dice, name: &str) -> String {
    let words: Vec<&str> = name.split(' ').collect();
    match dice.index(7) {
        0 => name.to_uppercase(),
        1 => format!("{name} {}", dice.pick(&["Ltd", "(UK)", "Group", "T/A Office", "Limited"])),
        2 if words.len() > 1 => words[..words.len() - 1].join(" "),
        3 => format!("The {name}"),
        4 if words.len() > 1 => format!("{}, {}", words[1..].join(" "), words[0]),
        5 => name.replace("Services", "Svcs").replace("Limited", "Ltd").replace(" & ", " and "),
        _ => {
            let mut chars: Vec<char> = name.chars().collect();
            let at = 1 + dice.index(chars.len().saturating_sub(2));
            if dice.chance(0.5) {
                chars.remove(at.min(chars.len() - 1));
            } else if at + 1 < chars.len() {
                chars.swap(at, at + 1);
            }
            chars.into_iter().collect()
        }
    }
}

/// An amount keyed wrongly: digits swapped, one digit other, decimal point moved.
fn misread(dice: &mut Dice, amount: Decimal) -> Decimal {
    let mut fixed = amount;
    fixed.rescale(2);
    let mut digits: Vec<u8> = fixed.mantissa().to_string().into_bytes();
    match dice.index(4) {
        0 | 1 if digits.len() > 3 => {
            let at = dice.index(digits.len() - 2);
            digits.swap(at, at + 1);
        }
        2 => {
            let at = dice.index(digits.len());
            digits[at] = b'1' + dice.range(0, 8) as u8;
        }
        _ => return if dice.chance(0.7) { fixed * Decimal::TEN } else { (fixed / Decimal::TEN).round_dp(2) },
    }
    let cents: i64 = String::from_utf8(digits).ok().and_then(|t| t.parse().ok()).unwrap_or(0);
    Decimal::new(cents.max(1), 2)
}

/// The debt again in two or three parts, each a duplicate of the original.
fn parts(desk: &mut Desk, draft: &super::Draft) {
    let whole = draft.payable.amount;
    let count = desk.dice.range(2, 3);
    let mut rest = whole;
    for part in 1..=count {
        let dice = &mut desk.dice;
        let mut copy = draft.payable.clone();
        let share = if dice.chance(0.5) { Decimal::new(dice.range(3, 7), 1) } else { Decimal::new(dice.range(20, 80), 2) };
        copy.amount = if part == count { rest } else { (rest * share).round_dp(2) };
        rest -= copy.amount;
        copy.invoice_no = match dice.index(4) {
            0 => format!("{}-{part}", copy.invoice_no),
            1 => format!("{}{}", copy.invoice_no, if part == 1 { "A" } else { "B" }),
            2 => format!("{}/{part}", copy.invoice_no),
            _ => copy.invoice_no,
        };
        if dice.chance(0.3) {
            shift_date(dice, &mut copy);
        }
        pay_again(dice, &draft.payable, &mut copy);
        let tag = desk.add(copy, draft.vendor, None);
        desk.pairs.push((draft.tag, tag, "parts"));
    }
}
