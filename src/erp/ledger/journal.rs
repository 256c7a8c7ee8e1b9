//! From a posting to a balanced entry. Pure.

use crate::domain::ledger::{JournalEntry, JournalError, JournalLine};
use crate::domain::{Money, text};
use crate::erp::Posting;

/// Which accounts the ledger uses; Beancount names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// Expense, where the supplier has none of its own.
    pub expense: String,
    /// Input tax.
    pub input_tax: String,
    /// Accounts payable; suppliers stand below it.
    pub payable: String,
}

impl Default for Accounts {
    fn default() -> Self {
        Self { expense: "Expenses:Purchases".into(), input_tax: "Assets:InputTax".into(), payable: "Liabilities:Payable".into() }
    }
}

/// The roots of Beancount's accounts.
const ROOTS: &[&str] = &["Assets", "Liabilities", "Equity", "Income", "Expenses"];

/// The entry of a posting: expense and input tax in debit, the supplier's payable in credit; a credit
/// note the other way round. A line of zero is left out, unless it is the expense or the payable.
///
/// # Errors
/// [`JournalError`] where the invoice's amounts do not balance.
pub fn journal(posting: &Posting, accounts: &Accounts) -> Result<JournalEntry, JournalError> {
    let invoice = &posting.invoice;
    let signed = |amount: Money| if invoice.credit { amount.negated() } else { amount };
    let expense = posting.expense_account.as_deref().map_or_else(|| accounts.expense.clone(), |name| account(name, "Expenses"));
    let supplier = posting.supplier_number.clone().unwrap_or_else(|| text::company_key(&invoice.supplier_name));
    let payable = format!("{}:{}", account(&accounts.payable, "Liabilities"), component(&supplier));
    let mut lines = vec![JournalLine { account: expense, amount: signed(invoice.net) }];
    if !invoice.tax.amount().is_zero() {
        lines.push(JournalLine { account: account(&accounts.input_tax, "Assets"), amount: signed(invoice.tax) });
    }
    lines.push(JournalLine { account: payable, amount: signed(invoice.total).negated() });
    let sort = if invoice.credit { "Credit note" } else { "Invoice" };
    let narration = format!("{sort} {} of {}", invoice.number, invoice.issue_date);
    JournalEntry::new(posting.posted_on, invoice.supplier_name.clone(), narration, lines)
}

/// A valid account name: as given where it has a root, else below `root`.
fn account(name: &str, root: &str) -> String {
    let parts: Vec<&str> = name.split(':').map(str::trim).filter(|part| !part.is_empty()).collect();
    match parts.split_first() {
        Some((first, rest)) if ROOTS.contains(first) && !rest.is_empty() => {
            rest.iter().fold((*first).to_owned(), |out, part| format!("{out}:{}", component(part)))
        }
        _ => parts.iter().fold(root.to_owned(), |out, part| format!("{out}:{}", component(part))),
    }
}

/// One part of an account name: ASCII letters, digits and dashes, beginning with a capital or a digit.
/// What had to be changed gets a short checksum, so that two suppliers never share an account.
fn component(text: &str) -> String {
    let ascii = deunicode::deunicode(text.trim());
    let mut out = String::with_capacity(ascii.len());
    for c in ascii.chars() {
        if c.is_ascii_alphanumeric() || (c == '-' && !out.is_empty()) {
            out.push(if out.is_empty() { c.to_ascii_uppercase() } else { c });
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let out = out.trim_end_matches('-');
    if out == text && !out.is_empty() { out.to_owned() } else { format!("{}-{:08x}", if out.is_empty() { "X" } else { out }, fnv(text)) }
}

/// FNV-1a, 32 bits: a checksum that is the same for ever.
fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::{DocumentType, Extraction, FieldName, Invoice};
    use jiff::civil::date;
    use proptest::prelude::*;

    pub(crate) fn posting(key: &str, number: &str, net: &str, tax: &str, total: &str, credit: bool) -> Posting {
        let mut read =
            Extraction { document_type: if credit { DocumentType::CreditNote } else { DocumentType::Invoice }, ..Extraction::default() };
        for (name, text) in [
            (FieldName::InvoiceNumber, number),
            (FieldName::IssueDate, "2026-03-14"),
            (FieldName::SupplierName, "Müller \"& Söhne\" GmbH"),
            (FieldName::Currency, "EUR"),
            (FieldName::NetAmount, net),
            (FieldName::TaxAmount, tax),
            (FieldName::TotalAmount, total),
        ] {
            read.set_exact(name, text);
        }
        Posting {
            key: key.into(),
            company_code: "DEMO".into(),
            correlation_id: "c".into(),
            traceparent: None,
            supplier_number: Some("70001".into()),
            expense_account: None,
            invoice: Invoice::from_extraction(&read).unwrap(),
            posted_on: date(2026, 3, 20),
        }
    }

    fn lines(posting: &Posting) -> Vec<String> {
        let entry = journal(posting, &Accounts::default()).unwrap();
        entry.lines().iter().map(|line| format!("{} {}", line.account, line.amount)).collect()
    }

    #[test]
    fn an_invoice_and_its_credit_note_mirror_each_other() {
        let invoice = posting("k", "R-1", "100.00", "19.00", "119.00", false);
        assert_eq!(
            lines(&invoice),
            ["Expenses:Purchases 100.00 EUR", "Assets:InputTax 19.00 EUR", "Liabilities:Payable:70001 -119.00 EUR"]
        );
        let credit = posting("k", "R-1", "100.00", "19.00", "119.00", true);
        assert_eq!(
            lines(&credit),
            ["Expenses:Purchases -100.00 EUR", "Assets:InputTax -19.00 EUR", "Liabilities:Payable:70001 119.00 EUR"]
        );
    }

    #[test]
    fn no_tax_no_tax_line_and_own_accounts_are_used() {
        let mut invoice = posting("k", "R-1", "100.00", "0", "100.00", false);
        invoice.expense_account = Some("4930".into());
        invoice.supplier_number = None;
        let lines = lines(&invoice);
        assert_eq!(lines[0], "Expenses:4930 100.00 EUR");
        assert!(lines[1].starts_with("Liabilities:Payable:Muller-sohne-"), "{lines:?}");
        assert_eq!(lines.len(), 2);
        assert_eq!(account("Expenses:Office", "Expenses"), "Expenses:Office");
        assert_eq!(account("", "Expenses"), "Expenses");
    }

    #[test]
    fn changed_names_keep_suppliers_apart() {
        assert_eq!(component("S-70001"), "S-70001");
        assert_ne!(component("a/1"), component("a.1"));
        assert_ne!(component("ä"), component("a"));
        for odd in ["", "-", "-a", "a-", "--", "…"] {
            assert!(component(odd).starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit()), "{odd:?}");
        }
    }

    proptest! {
        #[test]
        fn every_component_is_valid(text in "\\PC{0,30}") {
            let part = component(&text);
            let first = part.chars().next().unwrap();
            prop_assert!(first.is_ascii_uppercase() || first.is_ascii_digit(), "{}", part);
            prop_assert!(part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
        }
    }
}
