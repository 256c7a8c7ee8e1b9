//! Test helpers and the tests of screening as a whole.

use super::*;
use crate::domain::history::EntryType;
use crate::inference::Models;

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
    read.set_exact(FieldName::TaxAmount, "0");
    let findings = validation_findings(&read, 0.8);
    assert_eq!(findings.iter().map(|f| f.code.as_str()).collect::<Vec<_>>(), ["missing-field"]);
    assert_eq!(findings[0].reasons[0].figure, "issue_date");
    read.set_exact(FieldName::IssueDate, "2024-01-01");
    assert!(validation_findings(&read, 0.8).is_empty());
    read.fields.get_mut(&FieldName::TotalAmount).unwrap().confidence = 0.79;
    assert_eq!(validation_findings(&read, 0.8)[0].code, "low-confidence");
}

fn models() -> Models {
    Models::open(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models")).unwrap()
}

fn earlier(payable: Payable) -> (Payable, EarlierDocument) {
    let invoice_number = payable.invoice_no.clone();
    (payable, EarlierDocument { case_id: None, invoice_number })
}

#[test]
fn the_shipped_model_tells_a_repeat_from_a_monthly_bill() {
    let scorer = DuplicateScorer::open(&models()).unwrap();
    let bills: Vec<Payable> = (1..=6)
        .map(|month| Payable {
            row: month,
            ..payable("V1", &format!("INV{}", 48_000 + month * 137), "834.60", &format!("2024-{month:02}-05"))
        })
        .collect();
    let known: Vec<_> = bills.iter().cloned().map(earlier).collect();
    let next = Payable { row: 9, ..payable("V1", "INV49004", "834.60", "2024-07-05") };
    assert!(duplicate_findings(&scorer, &next, &known).unwrap().is_empty(), "a monthly bill is no duplicate");
    for (what, number, date) in
        [("exact", "INV48822", "2024-06-05"), ("swapped digits", "INV48282", "2024-06-05"), ("letter for digit", "INV4B822", "2024-06-05")]
    {
        let again = Payable { row: 10, payment_date: Some("2024-06-25".parse().unwrap()), ..payable("V1", number, "834.60", date) };
        let found = duplicate_findings(&scorer, &again, &known).unwrap();
        assert_eq!(found.first().and_then(|f| f.duplicate_of.as_ref()).map(|d| d.invoice_number.as_str()), Some("INV48822"), "{what}");
        assert!(found[0].reasons.len() >= 3, "{what}");
        // The same number is a rule, the others are the model's opinion.
        let by_rule = (found[0].code == "same-invoice", found[0].model.is_empty());
        assert_eq!(by_rule, (what == "exact", what == "exact"), "{what}: {} {}", found[0].code, found[0].model);
    }
}

#[test]
fn the_shipped_models_fit_this_versions_features() {
    let models = models();
    assert!(DuplicateScorer::open(&models).unwrap().threshold() > 0.0);
    let scorer = AnomalyScorer::open(&models).unwrap();
    let row = anomaly_features(
        &payable("V1", "1", "10", "2024-01-01"),
        &VendorHistory::default(),
        &BookView::default(),
        &Hindsight::none(),
        &Policy::default(),
    );
    let scores = scorer.score(&[row.clone(), row]).unwrap();
    assert!(scores[0] == scores[1] && (0.0..=1.0).contains(&scores[0]));
    assert!(scorer.score(&[]).unwrap().is_empty());
}
