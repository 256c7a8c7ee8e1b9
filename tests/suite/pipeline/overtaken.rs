//! Duplicates are looked for until the last moment: two equal invoices that are agreed to at once, and
//! history that turns up between approval and posting.

use super::*;
use countersign::domain::history::Payable;
use countersign::pipeline::invoice;
use countersign::screening::block_keys;

/// An account that is not on file: a person must look at each.
const STRANGE: &str = "AT611904300234573201";

fn strange(number: &str, remark: &str) -> String {
    plain(number).replace("DE44500105175407324931", STRANGE).replace("</Invoice>", &format!("<!-- {remark} --></Invoice>"))
}

fn duplicate_of(row: &CaseRow) -> Vec<(Option<CaseId>, bool)> {
    let findings = row.screening.iter().flat_map(|screening| &screening.findings);
    findings.filter_map(|finding| finding.duplicate_of.as_ref()).map(|other| (other.case_id, other.agreed)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_equal_invoices_approved_at_once_one_comes_back() {
    let office = Office::open(&[]).await;
    office.know_supplier().await;
    let first = office.upload(strange("1", "by mail")).await;
    let second = office.upload(strange("1", "by letter")).await;
    assert_eq!(duplicate_of(&first), []);
    assert_eq!(duplicate_of(&second), [(Some(first.id), false)]);
    let (one, two) =
        tokio::join!(office.decide(&office.reviewer, &first, "approve", &[]), office.decide(&office.reviewer, &second, "approve", &[]),);
    assert!(one.is_ok() || two.is_ok());
    let rows = [office.settle(first.id).await, office.settle(second.id).await];
    let (posted, back): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.case.state.phase() == Phase::Posted);
    let ([posted], [back]) = (posted.as_slice(), back.as_slice()) else { panic!("one is posted, one is not") };
    assert_eq!(office.entries().await, 1);
    assert!(rules(back).contains(&"possible-duplicate"), "{:?}", rules(back));
    assert!(duplicate_of(back).contains(&(Some(posted.id), true)), "the reviewer sees that the other is agreed to");
    if let Some(posting) = office.pipeline.store().posting_of(office.company, back.id).await.unwrap() {
        assert_eq!((posting.state, posting.attempts), (PostingState::Refused, 0), "the ERP was not asked");
    }
}

#[tokio::test]
async fn the_first_is_not_held_up_by_a_second_that_waits() {
    let office = Office::open(&[]).await;
    office.know_supplier().await;
    let first = office.upload(strange("1", "by mail")).await;
    office.upload(strange("1", "by letter")).await;
    office.decide(&office.reviewer, &first, "approve", &[]).await.unwrap();
    assert_eq!(office.settle(first.id).await.case.state.phase(), Phase::Posted);
}

#[tokio::test]
async fn an_approval_of_a_duplicate_must_know_that_the_other_is_agreed_to() {
    let office = Office::open(&[]).await;
    office.know_supplier().await;
    let first = office.upload(strange("1", "by mail")).await;
    let second = office.upload(strange("1", "by letter")).await;
    office.decide(&office.reviewer, &first, "approve", &[]).await.unwrap();
    let refused = office.decide(&office.reviewer, &second, "approve", &[]).await.unwrap_err();
    assert!(matches!(refused, PipelineError::Refused(Refusal::Stale { .. })), "{refused}");
    let second = office.settle(second.id).await;
    assert_eq!(duplicate_of(&second), [(Some(first.id), true)]);
}

/// The case's payable, as it is registered.
async fn registered(office: &Office, row: &CaseRow) -> Payable {
    let suppliers = office.pipeline.store().suppliers(office.company).await.unwrap();
    invoice::payable(row.extraction.as_ref().unwrap(), suppliers.first()).unwrap()
}

#[tokio::test]
async fn history_that_turns_up_before_the_posting_sends_it_back_once() {
    let office = Office::open(&[]).await;
    office.know_supplier().await;
    let row = office.upload(strange("1", "by mail")).await;
    let paid = registered(&office, &row).await;
    office.decide(&office.reviewer, &row, "approve", &[]).await.unwrap();
    let keys = block_keys(&paid);
    let now = office.pipeline.ambient().now();
    office.pipeline.store().import_payables(office.company, &[(paid, keys)], &By::program("test"), now).await.unwrap();
    let row = office.settle(row.id).await;
    assert_eq!((row.case.state.phase(), office.entries().await), (Phase::Review, 0));
    assert_eq!(office.posting(&row).await, (PostingState::Refused, 0));
    assert_eq!(duplicate_of(&row), [(None, true)]);
    let trail = office.pipeline.store().audit_of_case(office.company, row.id).await.unwrap();
    let held_back = trail.iter().find(|record| record.action == "outdated").unwrap();
    assert!(held_back.detail["why"].as_str().unwrap().contains("imported"), "{}", held_back.detail);
    // Whoever approves it now knows; it is not sent back a second time.
    office.decide(&office.reviewer, &row, "approve", &[]).await.unwrap();
    let row = office.settle(row.id).await;
    assert_eq!((row.case.state.phase(), office.posting(&row).await), (Phase::Posted, (PostingState::Posted, 1)));
}
