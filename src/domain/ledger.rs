//! Double entry: journals that balance by construction, and payments.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::identifiers::Iban;
use super::money::{Currency, Money};

/// One side of a journal entry. Positive is debit, negative is credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalLine {
    /// Account name, Beancount style (`Expenses:Purchases`).
    pub account: String,
    /// Signed amount.
    pub amount: Money,
}

/// A journal entry whose lines sum to zero in each currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalEntry {
    date: Date,
    payee: String,
    narration: String,
    lines: Vec<JournalLine>,
}

/// Why lines make no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Fewer than two lines.
    #[error("a journal entry needs at least two lines")]
    TooFewLines,
    /// Debits and credits differ.
    #[error("the entry is out of balance by {0} {1}")]
    Unbalanced(Decimal, Currency),
}

impl JournalEntry {
    /// # Errors
    /// [`JournalError`] where the lines do not balance.
    pub fn new(date: Date, payee: String, narration: String, lines: Vec<JournalLine>) -> Result<Self, JournalError> {
        if lines.len() < 2 {
            return Err(JournalError::TooFewLines);
        }
        for currency in lines.iter().map(|line| line.amount.currency()) {
            let sum: Decimal = lines.iter().filter(|l| l.amount.currency() == currency).map(|l| l.amount.amount()).sum();
            if !sum.is_zero() {
                return Err(JournalError::Unbalanced(sum, currency));
            }
        }
        Ok(Self { date, payee, narration, lines })
    }

    /// Posting date.
    #[must_use]
    pub fn date(&self) -> Date {
        self.date
    }

    /// The supplier.
    #[must_use]
    pub fn payee(&self) -> &str {
        &self.payee
    }

    /// What it is about.
    #[must_use]
    pub fn narration(&self) -> &str {
        &self.narration
    }

    /// The balanced lines.
    #[must_use]
    pub fn lines(&self) -> &[JournalLine] {
        &self.lines
    }
}

/// A payment to a supplier, as a proposal will hold it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// The supplier's number.
    pub supplier: String,
    /// What is paid.
    pub amount: Money,
    /// To where.
    pub iban: Iban,
    /// Remittance information: the invoice's number.
    pub remittance: String,
    /// Requested execution date.
    pub on: Date,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_balances_or_is_none() {
        let line = |account: &str, cents| JournalLine { account: account.into(), amount: Money::from_minor(cents, Currency::EUR) };
        let date = jiff::civil::date(2026, 1, 31);
        let entry = |lines| JournalEntry::new(date, "Kraxi".into(), "2014-03".into(), lines);
        assert!(entry(vec![line("Expenses:Purchases", 84_500), line("Assets:Tax", 16_055), line("Liabilities:Payable", -100_555)]).is_ok());
        assert!(matches!(entry(vec![line("A", 1), line("B", -2)]), Err(JournalError::Unbalanced(..))));
        assert_eq!(entry(vec![line("A", 0)]), Err(JournalError::TooFewLines));
    }
}
