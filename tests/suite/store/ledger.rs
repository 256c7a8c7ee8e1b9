use countersign::domain::{DocumentType, Extraction, FieldName, Invoice};
use countersign::erp::ledger::beancount::{Booked, export};
use countersign::erp::ledger::{Accounts, LedgerConnector};
use countersign::erp::{Connector, ErpError, Posting};

use super::fixture::{World, skipped};

fn posting(key: &str, supplier: &str, number: &str, date: &str, credit: bool) -> Posting {
    let document_type = if credit { DocumentType::CreditNote } else { DocumentType::Invoice };
    let mut read = Extraction { document_type, ..Extraction::default() };
    for (name, text) in [
        (FieldName::InvoiceNumber, number),
        (FieldName::IssueDate, date),
        (FieldName::SupplierName, "Müller \"& Söhne\\ GmbH"),
        (FieldName::Currency, "EUR"),
        (FieldName::NetAmount, "100.00"),
        (FieldName::TaxAmount, "19.00"),
        (FieldName::TotalAmount, "119.00"),
    ] {
        read.set_exact(name, text);
    }
    Posting {
        key: format!("DEMO/{key}"),
        company_code: "DEMO".into(),
        correlation_id: "c".into(),
        traceparent: None,
        supplier_number: Some(supplier.into()),
        expense_account: None,
        invoice: Invoice::from_extraction(&read).unwrap(),
        posted_on: jiff::civil::date(2026, 3, 20),
    }
}

fn connector(world: &World) -> LedgerConnector<countersign::store::Store> {
    LedgerConnector::new(world.store.clone(), Accounts::default())
}

pub async fn concurrent_postings_book_once(world: World) {
    let tasks: Vec<_> = (0..24)
        .map(|task| {
            let world = world.clone();
            tokio::spawn(async move {
                let case = task % 6;
                let posting = posting(&format!("case-{case}"), "70001", &format!("R-{case}"), "2026-03-14", false);
                (case, connector(&world).post(&posting).await.unwrap())
            })
        })
        .collect();
    let mut references = std::collections::BTreeMap::new();
    for task in tasks {
        let (case, reference) = task.await.unwrap();
        assert_eq!(references.entry(case).or_insert_with(|| reference.clone()), &reference);
    }
    let entries = world.store.ledger_entries(world.company).await.unwrap();
    let booked: Vec<_> = entries.iter().map(|entry| entry.reference.as_str()).collect();
    assert_eq!(booked, ["L-000001", "L-000002", "L-000003", "L-000004", "L-000005", "L-000006"]);
    for (case, reference) in references {
        assert_eq!(connector(&world).find(&format!("DEMO/case-{case}")).await.unwrap(), Some(reference));
    }
    assert_eq!(connector(&world).find("DEMO/none").await.unwrap(), None);
}

pub async fn the_same_invoice_is_refused(world: World) {
    let ledger = connector(&world);
    ledger.post(&posting("1", "70001", "RE-0034", "2026-03-14", false)).await.unwrap();
    let refused = ledger.post(&posting("2", "70001", "re 34", "2026-05-01", false)).await;
    let Err(ErpError::Refused(message)) = refused else { panic!("{refused:?}") };
    assert!(message.contains("is booked already as L-000001"), "{message}");
    ledger.post(&posting("3", "70002", "RE-0034", "2026-03-14", false)).await.expect("another supplier's number");
    ledger.post(&posting("4", "70001", "RE-0034", "2025-03-14", false)).await.expect("another year's number");
    ledger.post(&posting("5", "70001", "RE-0034", "2026-03-14", true)).await.expect("a credit note's number");
    let mut elsewhere = posting("6", "70001", "X", "2026-03-14", false);
    elsewhere.company_code = "NONE".into();
    assert!(matches!(ledger.post(&elsewhere).await, Err(ErpError::Refused(_))));
}

pub async fn numbers_are_gapless(world: World) {
    let other = world.other_company("OTHER").await;
    let ledger = connector(&world);
    assert_eq!(ledger.post(&posting("1", "70001", "A", "2026-03-14", false)).await.unwrap(), "L-000001");
    ledger.post(&posting("2", "70001", "A", "2026-03-14", false)).await.unwrap_err();
    let mut elsewhere = posting("3", "70001", "A", "2026-03-14", false);
    elsewhere.company_code = "OTHER".into();
    assert_eq!(ledger.post(&elsewhere).await.unwrap(), "L-000001", "each company counts for itself");
    assert_eq!(ledger.post(&posting("4", "70001", "B", "2026-03-14", true)).await.unwrap(), "L-000002", "a refusal takes no number");
    let entries = world.store.ledger_entries(world.company).await.unwrap();
    assert_eq!((entries.len(), entries[1].credit, entries[1].invoice_number.as_str()), (2, true, "B"));
    assert_eq!(world.store.ledger_entries(other.company).await.unwrap().len(), 1);
}

pub async fn the_export_passes_bean_check(world: World) {
    let ledger = connector(&world);
    let mut foreign = posting("3", "ä/ö 7", "C-\\\"3", "2026-01-14", false);
    foreign.expense_account = Some("4930 büro".into());
    foreign.supplier_number = None;
    for posting in [posting("1", "70001", "A", "2026-03-14", false), posting("2", "70001", "A", "2026-03-14", true), foreign] {
        ledger.post(&posting).await.unwrap();
    }
    let entries = world.store.ledger_entries(world.company).await.unwrap();
    let booked: Vec<Booked<'_>> = entries
        .iter()
        .map(|row| Booked {
            reference: &row.reference,
            company_code: "DEMO",
            key: &row.key,
            invoice_number: &row.invoice_number,
            invoice_date: row.invoice_date,
            entry: &row.entry,
        })
        .collect();
    let text = export("Books of Demo", &booked);
    assert_eq!(text.matches("\n  key: ").count(), 3, "{text}");
    let Ok(program) = std::env::var("COUNTERSIGN_BEAN_CHECK") else {
        skipped("bean-check (COUNTERSIGN_BEAN_CHECK is not set)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("books.beancount");
    std::fs::write(&file, &text).unwrap();
    let output = std::process::Command::new(program).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}{}\n{text}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}
