//! The honest mess of real books, which looks like duplicates and is none.
//!
//! Runs over a book before anything is paid twice: vendors' numbers become those of other habits (the
//! payer's own running numbers, dates, periods, reference numbers that come again), and rows are added
//! that honestly resemble others (equal deliveries of a day, branches, stage payments, instalments,
//! part credits, the same number at another vendor, a payee put right). Described in the same sources as
//! the errors (see `errors`) as the false positives of duplicate tests. How much of each is drawn anew for
//! every book.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::vendors::Vendor;
use super::{Desk, Dice, enter, errors};
use crate::domain::history::{EntryType, Payable};

/// Puts the mess into a book.
pub(super) fn inject(desk: &mut Desk, vendors: &[Vendor]) {
    period_ends(desk, vendors.len());
    renumber(desk, vendors);
    let grid = if desk.dice.chance(0.35) { 0.5 * desk.dice.unit() } else { 0.03 };
    lump(desk, grid);
    let mut share = |most: f64| if desk.dice.chance(0.8) { most * desk.dice.unit() * desk.dice.unit() } else { 0.0 };
    let plan: [(f64, Adder); 13] = [
        (share(0.012), same_number_elsewhere),
        (share(0.008), payee_corrected),
        (share(0.03), equal_on_a_day),
        (share(0.05), family),
        (share(0.015), branch),
        (share(0.06), same_number_other_amount),
        (share(0.02), instalments),
        (share(0.008), scheme),
        (share(0.015), stages),
        (share(0.006), part_credit),
        (share(0.012), equal_without_number),
        (share(0.02), coincidence),
        (share(0.01), near_amount),
    ];
    let rows = desk.drafts.len();
    for (share, adder) in plan {
        for _ in 0..(rows as f64 * share) as usize {
            let draft = &desk.drafts[desk.dice.index(rows)];
            let (payable, vendor) = (draft.payable.clone(), draft.vendor);
            if payable.entry_type == EntryType::Invoice && payable.amount > Decimal::from(20) {
                adder(desk, &payable, vendor, vendors);
            }
        }
    }
    tell_apart(desk);
    let least = *desk.dice.pick(&[0, 0, 0, 50, 250, 500, 1000]);
    if least > 0 {
        desk.drafts.retain(|draft| draft.payable.amount.abs() >= Decimal::from(least));
    }
}

/// Adds honest rows beside a row of a vendor.
type Adder = fn(&mut Desk, &Payable, usize, &[Vendor]);

/// Enters `row` as its own invoice: `lag` days after its date, more or less as the vendor's others.
fn add(desk: &mut Desk, mut row: Payable, vendor: usize, vendors: &[Vendor]) {
    let lag = vendors.get(vendor).map_or(20.0, |vendor| vendor.lag);
    let days = (lag * (1.0 + 0.5 * desk.dice.normal())).max(1.0) as i32;
    enter(&mut desk.dice, &mut row, days);
    desk.add(row, vendor, None);
}

fn shift(date: Option<Date>, days: i64) -> Option<Date> {
    date.map(|date| date + (days as i32).days())
}

/// The next number of the vendor's series, some steps on.
fn next_number(dice: &mut Dice, number: &str, steps: i64) -> String {
    let end = number.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
    let start =
        number[..end].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + number[at..].chars().next().map_or(1, char::len_utf8));
    let run = &number[start..end];
    match run.parse::<i64>() {
        Ok(value) if run.len() <= 15 => {
            format!("{}{:0width$}{}", &number[..start], (value + steps).max(0), &number[end..], width = run.len())
        }
        _ => dice.digits(6),
    }
}

/// Two vendors happen to use one number, at times on one day, seldom with one amount.
fn same_number_elsewhere(desk: &mut Desk, payable: &Payable, _: usize, vendors: &[Vendor]) {
    let at = desk.dice.index(desk.drafts.len());
    let (mut row, vendor) = (desk.drafts[at].payable.clone(), desk.drafts[at].vendor);
    row.invoice_no = payable.invoice_no.clone();
    if desk.dice.chance(0.6) {
        row.invoice_date = payable.invoice_date;
    }
    if desk.dice.chance(0.4) {
        row.amount = payable.amount;
    }
    add(desk, row, vendor, vendors);
}

/// Entered for the wrong payee, stopped before it was paid, and entered again for the right one: what
/// remains in a book of payments is the same paper at two unlike vendors.
fn payee_corrected(desk: &mut Desk, payable: &Payable, _: usize, vendors: &[Vendor]) {
    let other = desk.dice.index(vendors.len());
    let Some(vendor) = vendors.get(other) else { return };
    let mut row = payable.clone();
    row.vendor_id = vendor.id.clone();
    row.vendor_name = desk.dice.pick(&vendor.names).clone();
    row.bank_account = vendor.bank.clone();
    if desk.dice.chance(0.5) {
        row.invoice_date = shift(row.invoice_date, desk.dice.range(1, 45));
    }
    add(desk, row, other, vendors);
}

/// Several deliveries, visits or pupils: equal amounts of one day with numbers near each other.
fn equal_on_a_day(desk: &mut Desk, payable: &Payable, vendor: usize, vendors: &[Vendor]) {
    let (count, spread) = (desk.dice.range(1, 6), *desk.dice.pick(&[1, 1, 3, 20, 150]));
    let days = *desk.dice.pick(&[0, 0, 0, 1, 3]);
    let mut number = payable.invoice_no.clone();
    for _ in 0..count {
        let steps = desk.dice.range(1, spread);
        number = next_number(&mut desk.dice, &number, steps);
        let mut row = payable.clone();
        row.invoice_no = number.clone();
        row.invoice_date = shift(row.invoice_date, desk.dice.range(0, days));
        if desk.dice.chance(0.3) {
            row.department = format!("{} {}", desk.dice.word(), desk.dice.range(10, 99));
        }
        add(desk, row, vendor, vendors);
    }
}

/// Papers of one day, one for each client, house, pupil, vehicle or period: numbers of one make that
/// differ anywhere, amounts equal or nearly so.
fn family(desk: &mut Desk, payable: &Payable, vendor: usize, vendors: &[Vendor]) {
    let dice = &mut desk.dice;
    let word = dice.word().to_uppercase();
    let (style, first, near) = (dice.index(9), dice.range(1, 300), dice.chance(0.4));
    let month = payable.invoice_date.unwrap_or(desk.start);
    let count = dice.range(2, 7);
    let digits = dice.digits(5);
    for part in 0..count {
        let dice = &mut desk.dice;
        let mut row = payable.clone();
        let n = first + part * dice.range(1, 3);
        let period = month - (30 * part as i32).days();
        row.invoice_no = match style {
            0 => format!("{n} {word}"),
            1 => format!("{word}{n}"),
            2 => format!("Q{}_{}", 1 + part % 4, month.strftime("%y")),
            3 => format!("{}-{}", (period - 28.days()).strftime("%d%m"), period.strftime("%d%m%y")),
            4 => format!("{}/{n}", period.strftime("%m%y")),
            5 => format!("{digits}{}", period.strftime("%m%y")),
            6 => format!("{n}/{}/{}", dice.pick(&["CAL", "A", "HC", "1401"]), month.year()),
            7 => format!("{}{digits}", (n % 90) + 10),
            _ => {
                // One digit of the number differs, as if by an error.
                let mut chars: Vec<char> = payable.invoice_no.chars().collect();
                let places: Vec<usize> = (0..chars.len()).filter(|at| chars[*at].is_ascii_digit()).collect();
                if let Some(at) = places.get(dice.index(places.len())) {
                    chars[*at] = dice.digits(1).chars().next().unwrap_or('4');
                }
                chars.into_iter().collect()
            }
        };
        if near {
            row.amount = (row.amount * Decimal::new(dice.range(930, 1070), 3)).round_dp(2);
        }
        if style == 8 && row.invoice_no == payable.invoice_no {
            continue;
        }
        add(desk, row, vendor, vendors);
    }
}

/// A branch under its own vendor number bills the same on the same day.
fn branch(desk: &mut Desk, payable: &Payable, vendor: usize, vendors: &[Vendor]) {
    let dice = &mut desk.dice;
    let place = dice.word();
    let (id, name) = (dice.digits(5), payable.vendor_name.clone());
    let count = dice.range(1, 4);
    let mut number = payable.invoice_no.clone();
    let same_name = dice.chance(0.25);
    for _ in 0..count {
        let steps = desk.dice.range(1, 400);
        number = next_number(&mut desk.dice, &number, steps);
        let mut row = payable.clone();
        row.invoice_no = number.clone();
        row.vendor_id = id.clone();
        if !same_name {
            row.vendor_name = format!("{name} {place}");
        }
        if desk.dice.chance(0.4) {
            row.amount = (row.amount * Decimal::new(desk.dice.range(60, 160), 2)).round_dp(2);
        }
        if desk.dice.chance(0.3) {
            row.invoice_date = shift(row.invoice_date, desk.dice.range(1, 30));
        }
        add(desk, row, vendor, vendors);
    }
}

/// One number stands for several payments: cost centres, parts of a delivery, a reference of the payer's.
fn same_number_other_amount(desk: &mut Desk, payable: &Payable, vendor: usize, vendors: &[Vendor]) {
    for _ in 0..desk.dice.range(1, 3) {
        let mut row = payable.clone();
        row.amount = (row.amount * Decimal::new(desk.dice.range(5, 300), 2)).round_dp(2).max(Decimal::ONE);
        if desk.dice.chance(0.3) {
            row.invoice_date = shift(row.invoice_date, desk.dice.range(1, 60));
        }
        if desk.dice.chance(0.7) {
            row.department = format!("{} {}", desk.dice.word(), desk.dice.range(10, 99));
            row.account_code = desk.dice.digits(5);
        }
        add(desk, row, vendor, vendors);
    }
}

/// An agreed sum in equal instalments; the paper, and often its date, stays the same. The register may
/// hold the whole as well: entered first, and then drawn down at a rhythm.
fn instalments(desk: &mut Desk, payable: &Payable, vendor: usize, vendors: &[Vendor]) {
    let dice = &mut desk.dice;
    let count = dice.range(2, 8);
    let (style, every) = (dice.index(9), *dice.pick(&[7, 14, 28, 30, 30, 30, 91]));
    // Nobody can tell an instalment from a repeat where number and date stay the same.
    let moving = style == 8 || dice.chance(0.3);
    let amount = if dice.chance(0.8) { (payable.amount / Decimal::from(count)).round_dp(2).max(Decimal::ONE) } else { payable.amount };
    let number = format!("{}{}", payable.invoice_no, dice.pick(&["", "", "X", "P", " ", "-"]));
    let (Some(dated), Some(paid)) = (payable.invoice_date, payable.payment_date) else { return };
    let lag = paid.since(dated).map_or(20, |span| i64::from(span.get_days())).max(0);
    let first = if dice.chance(0.5) { 0 } else { every };
    for part in 1..=count {
        let mut row = payable.clone();
        row.amount = amount;
        row.invoice_no = match style {
            0 | 1 => format!("{number}/{part}"),
            2 => format!("{number}-{part}"),
            3 => format!("{number} PT{part}"),
            4 => format!("{number} {part} OF {count}"),
            5 => format!("{number} INST {part}"),
            6 => format!("{number}{}", char::from(b'A' + part as u8 - 1)),
            7 => format!("{number}{part:02}"),
            _ => number.clone(),
        };
        let days = every * (part - 1);
        if moving {
            row.invoice_date = shift(row.invoice_date, days + 1);
            add(desk, row, vendor, vendors);
        } else {
            let late = desk.dice.range(0, 2);
            enter(&mut desk.dice, &mut row, (lag + first + days + late) as i32);
            desk.add(row, vendor, None);
        }
    }
}

/// One tariff and one reference for many payees: grants, quarterly claims, allowances of a scheme.
fn scheme(desk: &mut Desk, payable: &Payable, _: usize, vendors: &[Vendor]) {
    let dice = &mut desk.dice;
    let word = dice.word().to_uppercase();
    let date = payable.invoice_date.unwrap_or(desk.start);
    let reference = match dice.index(5) {
        0 => date.strftime("%b%Y").to_string().to_uppercase(),
        1 => format!("{word} Q{}", 1 + date.month() / 4),
        2 => format!("{word} {}", date.strftime("%y/%m")),
        3 => payable.invoice_no.clone(),
        _ => word,
    };
    for _ in 0..desk.dice.range(1, 8) {
        let other = desk.dice.index(vendors.len());
        let Some(vendor) = vendors.get(other) else { return };
        let mut row = payable.clone();
        row.vendor_id = vendor.id.clone();
        row.vendor_name = desk.dice.pick(&vendor.names).clone();
        row.bank_account = vendor.bank.clone();
        row.invoice_no = if desk.dice.chance(0.7) { reference.clone() } else { errors::rewrite(&mut desk.dice, &reference) };
        row.invoice_date = shift(row.invoice_date, desk.dice.range(0, 1) * desk.dice.range(0, 40));
        if desk.dice.chance(0.1) {
            row.amount = (row.amount * Decimal::new(desk.dice.range(50, 150), 2)).round_dp(2);
        }
        add(desk, row, other, vendors);
    }
}

/// Deposit and balance, stages of a contract: one root of a number, shares of a sum that was never
/// paid whole.
fn stages(desk: &mut Desk, payable: &Payable, vendor: usize, vendors: &[Vendor]) {
    let mut date = payable.invoice_date;
    for part in 1..=desk.dice.range(1, 3) {
        let mut row = payable.clone();
        row.amount = (row.amount * Decimal::new(*desk.dice.pick(&[10, 20, 25, 30, 40, 50, 60, 70, 75, 90, 100]), 2)).round_dp(2);
        row.invoice_no = match desk.dice.index(5) {
            0 => format!("{}-{}", payable.invoice_no, part + 1),
            1 => format!("{}{}", payable.invoice_no, char::from(b'A' + part as u8)),
            2 => format!("{}/{}", payable.invoice_no, part + 1),
            3 => payable.invoice_no.clone(),
            _ => {
                let steps = desk.dice.range(1, 30);
                next_number(&mut desk.dice, &payable.invoice_no, steps)
            }
        };
        date = shift(date, desk.dice.range(7, 60));
        row.invoice_date = date;
        add(desk, row, vendor, vendors);
    }
}

/// A part is credited, or more is owed: a correction of a like number for another sum.
fn part_credit(desk: &mut Desk, payable: &Payable, vendor: usize, _: &[Vendor]) {
    let mut back = payable.clone();
    let whole = desk.dice.chance(0.5);
    let share = if whole { Decimal::ONE } else { Decimal::new(desk.dice.range(5, 60), 2) };
    back.amount = -(payable.amount * share).round_dp(2);
    back.entry_type = EntryType::CreditMemo;
    let head = *desk.dice.pick(&["CN", "CR", "CN-", "C", ""]);
    back.invoice_no = format!("{head}{}", payable.invoice_no);
    let (Some(dated), Some(paid)) = (payable.invoice_date, payable.payment_date) else { return };
    let lag = paid.since(dated).map_or(20, |span| i64::from(span.get_days())).max(0);
    let after = lag + desk.dice.range(2, 40);
    let mut again = payable.clone();
    again.invoice_no = format!("{}{}", payable.invoice_no, desk.dice.pick(&["A", "R", "-R", "/1", "", "X", "B"]));
    if !whole || desk.dice.chance(0.5) {
        again.amount = (payable.amount * Decimal::new(desk.dice.range(80, 120), 2)).round_dp(2);
    }
    enter(&mut desk.dice, &mut back, after as i32);
    let later = after + desk.dice.range(2, 25);
    enter(&mut desk.dice, &mut again, later as i32);
    back.invoice_date = shift(back.invoice_date, after - desk.dice.range(0, 2));
    if desk.dice.chance(0.7) {
        again.invoice_date = back.invoice_date;
    }
    desk.add(back, vendor, None);
    desk.add(again, vendor, None);
}

/// A vendor whose papers bear no numbers bills the same again, at another time.
fn equal_without_number(desk: &mut Desk, payable: &Payable, vendor: usize, vendors: &[Vendor]) {
    if vendors.get(vendor).is_some_and(Vendor::tells_apart) {
        return;
    }
    let mut row = payable.clone();
    row.invoice_date = shift(row.invoice_date, desk.dice.range(1, 60));
    add(desk, row, vendor, vendors);
}

/// The vendor bills the same amount again by chance, under another number and date.
fn coincidence(desk: &mut Desk, payable: &Payable, vendor: usize, vendors: &[Vendor]) {
    let mut row = payable.clone();
    let gap = desk.dice.range(0, 120);
    row.invoice_date = shift(row.invoice_date, gap);
    let most = 5 + gap * 4;
    let steps = desk.dice.range(1, most);
    row.invoice_no = next_number(&mut desk.dice, &row.invoice_no, steps);
    add(desk, row, vendor, vendors);
}

/// Two amounts close to each other on consecutive papers: meter readings, hours, weights.
fn near_amount(desk: &mut Desk, payable: &Payable, vendor: usize, vendors: &[Vendor]) {
    let mut row = payable.clone();
    row.amount = errors::misread(&mut desk.dice, row.amount);
    let steps = desk.dice.range(1, 9);
    row.invoice_no = next_number(&mut desk.dice, &row.invoice_no, steps);
    row.invoice_date = shift(row.invoice_date, desk.dice.range(0, 31));
    add(desk, row, vendor, vendors);
}

/// Amounts of contracts and grants come from a grid: the book has many equal ones.
fn lump(desk: &mut Desk, share: f64) {
    let step = Decimal::from(*desk.dice.pick(&[5, 10, 25, 50, 100, 500]));
    // What was taken back keeps its amount, or its credit would no longer meet it.
    let taken: BTreeSet<(usize, Decimal)> = desk
        .drafts
        .iter()
        .filter(|draft| draft.payable.amount < Decimal::ZERO)
        .map(|draft| (draft.vendor, -draft.payable.amount))
        .collect();
    for at in 0..desk.drafts.len() {
        let draft = &desk.drafts[at];
        let amount = draft.payable.amount;
        if amount > step && !taken.contains(&(draft.vendor, amount)) && desk.dice.chance(share) {
            desk.drafts[at].payable.amount = ((amount / step).round() * step).max(step);
        }
    }
}

/// What agrees in vendor, number, day and amount is one debt to any auditor, unless it was taken back:
/// the honest book has no such rows, but for some papers without a number.
fn tell_apart(desk: &mut Desk) {
    let taken: BTreeSet<(String, Decimal)> = desk
        .drafts
        .iter()
        .filter(|draft| draft.payable.amount < Decimal::ZERO)
        .map(|draft| (draft.payable.vendor_id.clone(), -draft.payable.amount))
        .collect();
    let mut seen: BTreeSet<(String, String, Option<Date>, Decimal)> = BTreeSet::new();
    let dice = &mut desk.dice;
    desk.drafts.retain(|draft| {
        let row = &draft.payable;
        let fresh = seen.insert((row.vendor_id.clone(), row.invoice_no.clone(), row.invoice_date, row.amount));
        fresh || taken.contains(&(row.vendor_id.clone(), row.amount)) || (row.invoice_no.is_empty() && dice.chance(0.4))
    });
}

/// Vendors that date all papers of a month by its end or its first day, whenever the work was done.
fn period_ends(desk: &mut Desk, vendors: usize) {
    let share = if desk.dice.chance(0.7) { 0.7 * desk.dice.unit() } else { 0.0 };
    let style: Vec<usize> = (0..vendors).map(|_| if desk.dice.chance(share) { 1 + desk.dice.index(4) } else { 0 }).collect();
    let loose = 0.3 * desk.dice.unit();
    for at in 0..desk.drafts.len() {
        let strays = desk.dice.chance(loose);
        let draft = &mut desk.drafts[at];
        let (Some(date), Some(paid)) = (draft.payable.invoice_date, draft.payable.payment_date) else { continue };
        let end = match style.get(draft.vendor).copied().unwrap_or(0) {
            0 => continue,
            _ if strays => continue,
            1 => date.first_of_month(),
            // Two months of papers at once.
            2 if date.month() % 2 == 1 => date.last_of_month() + 28.days(),
            _ => date.last_of_month(),
        };
        let end = if end.day() < 28 && end.day() > 1 { end.last_of_month() } else { end };
        draft.payable.invoice_date = Some(if end < paid { end } else { date.first_of_month() - 1.days() });
    }
}

/// Other ways to number, given to a share of the vendors.
#[derive(Clone, Copy)]
enum Habit {
    /// The payer's own running number, over several vendors.
    Payer,
    /// The day of the paper.
    Day,
    /// The period: `2014/05`, `MAY 14`.
    Period,
    /// Initials and the day or the period.
    Named,
    /// A contract's or an order's number, the same for a long time.
    Reference,
    /// A small number that grows by one.
    Small,
    /// Two books of numbers at a time.
    TwoBooks,
}

fn renumber(desk: &mut Desk, vendors: &[Vendor]) {
    const HABITS: [Habit; 7] = [Habit::Payer, Habit::Day, Habit::Period, Habit::Named, Habit::Reference, Habit::Small, Habit::TwoBooks];
    let dice = &mut desk.dice;
    let payer = if dice.chance(0.6) { 0.35 * dice.unit() } else { 0.0 };
    let mut weights = vec![payer];
    weights.extend((0..6).map(|_| 0.09 * dice.unit()));
    weights.push(0.55);
    let (letters, widths) = (dice.range(0, 3) as usize, dice.range(5, 7) as usize);
    let head = dice.letters(letters);
    let chosen: BTreeMap<usize, (Habit, String, i64)> = (0..vendors.len())
        .filter_map(|vendor| {
            let habit = *HABITS.get(dice.weighted(&weights))?;
            let length = dice.range(2, 6) as usize;
            let own = match habit {
                Habit::Reference => dice.digits(length + 2),
                _ => dice.letters(length.min(4)),
            };
            Some((vendor, (habit, own, dice.range(1, 90))))
        })
        .collect();
    let mut order: Vec<usize> = (0..desk.drafts.len()).filter(|at| chosen.contains_key(&desk.drafts[*at].vendor)).collect();
    order.sort_by_key(|at| (desk.drafts[*at].payable.payment_date, desk.drafts[*at].tag));
    let mut running = desk.dice.range(1000, 400_000);
    let mut counters: BTreeMap<usize, i64> = BTreeMap::new();
    for at in order {
        let (vendor, payable) = (desk.drafts[at].vendor, &desk.drafts[at].payable);
        let Some((habit, own, first)) = chosen.get(&vendor) else { continue };
        if payable.entry_type != EntryType::Invoice {
            continue;
        }
        running += desk.dice.range(1, 4);
        let counter = counters.entry(vendor).or_insert(*first);
        *counter += 1;
        let date = payable.invoice_date.unwrap_or(desk.start);
        let number = match habit {
            Habit::Payer => format!("{head}{running:0widths$}"),
            Habit::Day => date.strftime(["%d%m%y", "%d.%m.%y", "%Y%m%d", "%d/%m/%Y"][(*first % 4) as usize]).to_string(),
            Habit::Period => date.strftime(["%Y/%m", "%b%Y", "%m/%y", "%b %y", "%m%y"][(*first % 5) as usize]).to_string().to_uppercase(),
            Habit::Named => format!("{own}{}", date.strftime(["%d%m%y", "%m%y", "%d/%m/%y", "/%Y/%m"][(*first % 4) as usize])),
            Habit::Reference => own.clone(),
            Habit::Small => format!("{counter}"),
            Habit::TwoBooks if *counter % 2 == 0 => format!("{own}{:05}", 20_000 + *counter),
            Habit::TwoBooks => format!("{:06}", 700 + *counter),
        };
        desk.drafts[at].payable.invoice_no = number;
    }
}
