//! The ledger as a Beancount file, for `bean-check` and every tool of that family.

use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::domain::ledger::JournalEntry;

/// An entry as the book holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Booked<'a> {
    /// `L-000001`.
    pub reference: &'a str,
    /// The company's short code.
    pub company_code: &'a str,
    /// The posting's permanent key.
    pub key: &'a str,
    /// The invoice number as printed.
    pub invoice_number: &'a str,
    /// The invoice's date.
    pub invoice_date: Date,
    /// The balanced lines.
    pub entry: &'a JournalEntry,
}

/// Writes the file: options, one `open` an account at its first use, then the entries as given.
#[must_use]
pub fn export(title: &str, entries: &[Booked<'_>]) -> String {
    let mut opened: BTreeMap<&str, Date> = BTreeMap::new();
    let mut currencies: Vec<&str> = Vec::new();
    for line_of in entries {
        let date = line_of.entry.date();
        for line in line_of.entry.lines() {
            opened.entry(&line.account).and_modify(|first| *first = date.min(*first)).or_insert(date);
            let code = line.amount.currency().code();
            if !currencies.contains(&code) {
                currencies.push(code);
            }
        }
    }
    let mut out = format!("option \"title\" {}\n", quoted(title));
    for code in currencies {
        let _ = writeln!(out, "option \"operating_currency\" \"{code}\"");
    }
    out.push('\n');
    for (account, date) in opened {
        let _ = writeln!(out, "{date} open {account}");
    }
    for booked in entries {
        let entry = booked.entry;
        let _ = writeln!(out, "\n{} * {} {}", entry.date(), quoted(entry.payee()), quoted(entry.narration()));
        let _ = writeln!(out, "  reference: {}", quoted(booked.reference));
        let _ = writeln!(out, "  key: {}", quoted(booked.key));
        let _ = writeln!(out, "  company: {}", quoted(booked.company_code));
        let _ = writeln!(out, "  invoice: {}", quoted(booked.invoice_number));
        let _ = writeln!(out, "  invoice-date: {}", booked.invoice_date);
        for line in entry.lines() {
            let _ = writeln!(out, "  {}  {} {}", line.account, line.amount.amount(), line.amount.currency());
        }
    }
    out
}

/// A string literal: quotes and backslashes escaped, control characters as blanks.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::super::journal::tests::posting;
    use super::super::{Accounts, journal};
    use super::*;

    #[test]
    fn the_file_opens_every_account_and_escapes_strings() {
        let posting = posting("DEMO/1", "R-1", "100.00", "19.00", "119.00", false);
        let entry = journal(&posting, &Accounts::default()).unwrap();
        let date = posting.invoice.issue_date;
        let booked =
            Booked { reference: "L-000001", company_code: "DEMO", key: "DEMO/1", invoice_number: "R-1", invoice_date: date, entry: &entry };
        let text = export("Books of \"Demo\"", &[booked]);
        let expected = "option \"title\" \"Books of \\\"Demo\\\"\"
option \"operating_currency\" \"EUR\"

2026-03-20 open Assets:InputTax
2026-03-20 open Expenses:Purchases
2026-03-20 open Liabilities:Payable:70001

2026-03-20 * \"Müller \\\"& Söhne\\\" GmbH\" \"Invoice R-1 of 2026-03-14\"
  reference: \"L-000001\"
  key: \"DEMO/1\"
  company: \"DEMO\"
  invoice: \"R-1\"
  invoice-date: 2026-03-14
  Expenses:Purchases  100.00 EUR
  Assets:InputTax  19.00 EUR
  Liabilities:Payable:70001  -119.00 EUR
";
        assert_eq!(text, expected);
    }
}
