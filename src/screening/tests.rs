//! Test helpers and the tests of screening as a whole.

use super::*;
use crate::domain::history::EntryType;

/// A payable of `vendor`, entered and paid on its invoice date.
pub(crate) fn payable(vendor: &str, number: &str, amount: &str, date: &str) -> Payable {
    payable_of(vendor, "Dorn AG", number, amount, date)
}

/// The same with a supplier's name.
pub(crate) fn payable_of(vendor: &str, name: &str, number: &str, amount: &str, date: &str) -> Payable {
    let date = date.parse().unwrap();
    Payable {
        row: 0,
        vendor_id: vendor.to_owned(),
        vendor_name: name.to_owned(),
        invoice_no: number.to_owned(),
        po_number: String::new(),
        amount: amount.parse().unwrap(),
        currency: "EUR".to_owned(),
        entry_type: EntryType::Invoice,
        invoice_date: Some(date),
        due_date: None,
        payment_date: Some(date),
        posted_at: None,
        posted_by: String::new(),
        approved_by: String::new(),
        department: String::new(),
        account_code: String::new(),
        bank_account: String::new(),
    }
}

#[test]
fn missing_and_uncertain_fields_are_findings() {
    let mut read = Extraction::default();
    read.set_exact(FieldName::InvoiceNumber, "RE-1");
    read.set_exact(FieldName::SupplierName, "Dorn AG");
    read.set_exact(FieldName::Currency, "EUR");
    read.set_exact(FieldName::TotalAmount, "10");
    let findings = validation_findings(&read, 0.8);
    assert_eq!(findings.iter().map(|f| f.code.as_str()).collect::<Vec<_>>(), ["missing-field"]);
    assert_eq!(findings[0].reasons[0].figure, "issue_date");
    read.set_exact(FieldName::IssueDate, "2024-01-01");
    assert!(validation_findings(&read, 0.8).is_empty());
    read.fields.get_mut(&FieldName::TotalAmount).unwrap().confidence = 0.79;
    assert_eq!(validation_findings(&read, 0.8)[0].code, "low-confidence");
}
