//! Makes payment histories of any size, without exact repeats, the same for the same seed.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Columns of the history, in order.
pub const HEADER: &str = "row_id,payment_date,invoice_date,due_date,posted_at,posted_by,approved_by,vendor_id,vendor_name,invoice_no,po_number,amount,currency,doc_type,department,account_code,bank_account";

struct Vendor {
    name: String,
    usual: f64,
    department: u32,
    account: u32,
    bank: u64,
    next_number: u64,
    prefix: char,
    monthly: bool,
}

/// Writes `rows` rows as CSV. About one row in a hundred is paid again, mostly with a difference; one
/// in three hundred is voided.
pub fn write(out: &mut impl Write, rows: usize, seed: u64) -> io::Result<()> {
    let mut random = StdRng::seed_from_u64(seed);
    let count = (rows / 60).clamp(20, 40_000);
    let mut vendors: Vec<Vendor> = (0..count).map(|number| vendor(number, &mut random)).collect();
    writeln!(out, "{HEADER}")?;
    let mut recent: Vec<(usize, String, i64, i64)> = Vec::new();
    let mut line = String::new();
    for row in 0..rows {
        let day = (row as i64 * 2500) / rows.max(1) as i64;
        // A few suppliers send most invoices.
        let skewed = random.random_range(0.0_f64..1.0).powi(3) * count as f64;
        let mut index = (skewed as usize).min(count - 1);
        let vendor = &mut vendors[index];
        vendor.next_number += random.random_range(1..9);
        let mut number = format!("{}{}", vendor.prefix, vendor.next_number);
        let spread: f64 = random.random_range(-1.0..1.0);
        let mut cents = if vendor.monthly { (vendor.usual * 100.0) as i64 } else { (vendor.usual * 100.0 * (1.2 * spread).exp()) as i64 };
        let mut invoiced = day - random.random_range(5..40);
        let mut paid = day;
        let mut kind = "IN";
        if recent.len() > 50 && random.random_range(0..100) == 0 {
            let again = recent[recent.len() - 1 - random.random_range(0..50_usize)].clone();
            (index, number, cents, invoiced) = again;
            // Never on the day of the first payment: no row repeats another in everything.
            paid = day + random.random_range(1..30);
            if random.random_range(0..3) > 0 {
                number = number.replace('0', "O");
                number.push('A');
            }
        } else if recent.len() > 50 && random.random_range(0..300) == 0 {
            let taken = recent[recent.len() - 1 - random.random_range(0..50_usize)].clone();
            (index, number, cents, invoiced) = taken;
            cents = -cents;
            kind = "VOID";
        }
        let vendor = &vendors[index];
        line.clear();
        let (hour, minute) = (random.random_range(7..19), random.random_range(0..60));
        let _ = write!(
            line,
            "{row},{},{},{},{}T{hour:02}:{minute:02}:{:02},u{},a{},V{index:05},{},{number},{},{}{}.{:02},EUR,{kind},D{:02},{},DE{:020}",
            date(paid),
            date(invoiced),
            date(invoiced + 30),
            date(paid - 1),
            row % 60,
            random.random_range(0..12),
            random.random_range(0..5),
            vendor.name,
            if random.random_range(0..3) == 0 { format!("45{:08}", row) } else { String::new() },
            if cents < 0 { "-" } else { "" },
            cents.abs() / 100,
            cents.abs() % 100,
            vendor.department,
            vendor.account,
            if random.random_range(0..2000) == 0 { vendor.bank + 7 } else { vendor.bank },
        );
        writeln!(out, "{line}")?;
        if kind == "IN" {
            recent.push((index, number, cents, invoiced));
            if recent.len() > 200 {
                recent.remove(0);
            }
        }
    }
    Ok(())
}

fn vendor(number: usize, random: &mut StdRng) -> Vendor {
    const FIRST: [&str; 12] = ["Nord", "Alpen", "Kron", "Lind", "Berg", "Sand", "Wald", "Stern", "Falk", "Eich", "Rhein", "Acker"];
    const SECOND: [&str; 10] = ["bau", "werk", "tech", "druck", "haus", "logistik", "medizin", "reinigung", "garten", "energie"];
    const FORM: [&str; 5] = [" GmbH", " AG", " Ltd", " KG", ""];
    let name = format!(
        "{}{} {}{}",
        FIRST[random.random_range(0..FIRST.len())],
        SECOND[random.random_range(0..SECOND.len())],
        number,
        FORM[random.random_range(0..FORM.len())]
    );
    Vendor {
        name,
        usual: 60.0 * random.random_range(0.0_f64..6.0).exp(),
        department: random.random_range(1..40),
        account: random.random_range(4000..4900),
        bank: random.random_range(1..u64::from(u32::MAX)),
        next_number: random.random_range(1000..900_000),
        prefix: char::from(b'A' + random.random_range(0..26_u8)),
        monthly: random.random_range(0..5) == 0,
    }
}

/// Day 0 is 2010-01-01.
fn date(day: i64) -> String {
    jiff::civil::date(2010, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap().to_string()
}
