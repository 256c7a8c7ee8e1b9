//! What an invoice is scored against is the register before it: whatever was corrected or rejected meanwhile,
//! and whichever process scores it.

use super::*;
use countersign::screening::BookHistory;

/// The view that the register gives of a case's payable, computed from nothing.
async fn from_the_register(office: &Office, row: &CaseRow) -> (i64, Vec<f32>) {
    let store = office.pipeline.store();
    let register = store.payables_between(office.company, -1, i64::MAX, 1000).await.unwrap();
    let own = register.iter().find(|other| other.case_id == Some(row.id)).unwrap();
    let mut book = BookHistory::default();
    register.iter().filter(|other| other.position < own.position).for_each(|other| book.push(&other.payable));
    (own.position, book.view(&own.payable).to_array().to_vec())
}

#[tokio::test]
async fn corrections_and_rejections_leave_no_trace_in_what_comes_after() {
    let office = Office::open(&[]).await;
    office.know_supplier().await;
    let mut rows = Vec::new();
    for number in 1..6 {
        let foreign = plain(&number.to_string()).replace("DE44500105175407324931", "AT611904300234573201");
        rows.push(office.upload(foreign.replace(">100.00<", &format!(">{number}00.00<"))).await);
    }
    for row in &rows {
        assert_eq!(row.screening.as_ref().unwrap().surroundings, Some(from_the_register(&office, row).await));
    }
    office.decide(&office.reviewer, &rows[1], "reject", &[]).await.unwrap();
    office.decide(&office.reviewer, &rows[2], "correct", &[("invoice_number", "3a")]).await.unwrap();
    let corrected = office.settle(rows[2].id).await;
    assert_eq!(corrected.screening.as_ref().unwrap().surroundings, Some(from_the_register(&office, &corrected).await));
    let next = office.upload(plain("7")).await;
    assert_eq!(next.screening.as_ref().unwrap().surroundings, Some(from_the_register(&office, &next).await));
}
