//! The pipeline over the real store, models and ledger: what people and a failing ERP do to a case.
//! `FaultyErp` is the one fake: it injects faults in front of the real ledger.

use async_trait::async_trait;
use countersign::ambient::Ambient;
use countersign::config::{Config, Overrides};
use countersign::domain::purchasing::Supplier;
use countersign::domain::{By, CaseId, CompanyId, DocumentKind, FieldName, Source, UserId};
use countersign::erp::{Connector, ErpError, Posting};
use countersign::pipeline::request::{DecisionRequest, Upload};
use countersign::pipeline::{Pipeline, PipelineError};
use countersign::reading::ReaderPool;
use countersign::store::types::{CaseRow, PostingState, Principal};
use countersign::store::{NewCompany, NewUser, Store, sqlite_url};
use countersign::workflow::{Phase, Refusal, Role};
use countersign::{app, jobs};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

use crate::web_world::ubl;

#[path = "pipeline/overtaken.rs"]
mod overtaken;
#[path = "pipeline/surroundings.rs"]
mod surroundings;

/// What the ERP does with one call of `post`.
#[derive(Clone, Copy)]
enum Fault {
    /// Cannot be reached.
    Down,
    /// Nothing arrives, and nobody knows.
    LostRequest,
    /// It books, but the answer is lost.
    LostAnswer,
    /// Refuses for good.
    Refusal,
}

/// The real ledger behind a list of faults, one a call; after the last it works.
struct FaultyErp {
    ledger: Arc<dyn Connector>,
    faults: Mutex<Vec<Fault>>,
}

#[async_trait]
impl Connector for FaultyErp {
    fn name(&self) -> &str {
        "ledger"
    }

    async fn find(&self, key: &str) -> Result<Option<String>, ErpError> {
        self.ledger.find(key).await
    }

    async fn post(&self, posting: &Posting) -> Result<String, ErpError> {
        let fault = self.faults.lock().unwrap().pop();
        match fault {
            None => self.ledger.post(posting).await,
            Some(Fault::Down) => Err(ErpError::Unavailable("connection refused".into())),
            Some(Fault::LostRequest) => Err(ErpError::Uncertain("timed out".into())),
            Some(Fault::LostAnswer) => {
                self.ledger.post(posting).await?;
                Err(ErpError::Uncertain("timed out".into()))
            }
            Some(Fault::Refusal) => Err(ErpError::Refused("the period is closed".into())),
        }
    }
}

struct Office {
    pipeline: Pipeline,
    company: CompanyId,
    clerk: Principal,
    reviewer: Principal,
    _dir: tempfile::TempDir,
}

const KNOWN: &str = "Seilerei Hafen GmbH";

fn supplier() -> Supplier {
    Supplier {
        number: "70001".into(),
        name: KNOWN.into(),
        vat_id: Some("DE136695976".parse().unwrap()),
        ibans: vec!["DE44500105175407324931".parse().unwrap()],
        bic: None,
        currency: None,
        expense_account: None,
        blocked: false,
    }
}

impl Office {
    async fn open(faults: &[Fault]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let policy = std::fs::read_to_string(here.join("workflows/accounts-payable.yaml")).unwrap();
        let quick = policy.replace("attempts: 20", "attempts: 3").replace("first_delay: 2s", "first_delay: 0s");
        std::fs::write(dir.path().join("accounts-payable.yaml"), quick).unwrap();
        let overrides = Overrides {
            data_dir: Some(dir.path().to_owned()),
            models_dir: Some(here.join("models")),
            workflows_dir: Some(dir.path().to_owned()),
            ..Overrides::default()
        };
        let store = Store::connect(&sqlite_url(&dir.path().join("test.db"))).await.unwrap();
        let (ambient, by) = (Ambient::system(), By::program("test"));
        let company: CompanyId = ambient.id();
        let new = NewCompany { id: company, code: "ACME".into(), name: "Acme AG".into() };
        store.create_company(&new, &by, ambient.now()).await.unwrap();
        let mut people = Vec::new();
        for role in [Role::Clerk, Role::Reviewer] {
            let id: UserId = ambient.id();
            let roles = vec![(company, vec![role])];
            let user = NewUser { id, name: role.as_str().into(), display: String::new(), password_hash: None, roles };
            store.create_user(&user, &by, ambient.now()).await.unwrap();
            people.push(store.principal(id, None).await.unwrap().unwrap());
        }
        let reader = ReaderPool::new(1, env!("CARGO_BIN_EXE_countersign").into()).with_recognition(1, here.join("models"));
        let mut parts = app::parts(&Config::load(&overrides).unwrap(), store, ambient, reader).unwrap();
        let ledger = Arc::clone(&parts.connectors["ledger"]);
        let faults = Mutex::new(faults.iter().rev().copied().collect());
        parts.connectors.insert("ledger".into(), Arc::new(FaultyErp { ledger, faults }));
        let [clerk, reviewer] = <[Principal; 2]>::try_from(people).unwrap();
        Self { pipeline: Pipeline::new(parts), company, clerk, reviewer, _dir: dir }
    }

    async fn know_supplier(&self) {
        let now = self.pipeline.ambient().now();
        self.pipeline.store().upsert_suppliers(self.company, &[supplier()], &By::program("test"), now).await.unwrap();
    }

    async fn upload(&self, bytes: impl Into<Vec<u8>>) -> CaseRow {
        let upload = Upload { bytes: bytes.into(), name: None, correlation_id: None, traceparent: None };
        let case = self.pipeline.upload(&self.clerk, upload).await.unwrap().case_id;
        self.settle(case).await
    }

    /// Works until the case waits for people, is parked, or has ended.
    async fn settle(&self, case: CaseId) -> CaseRow {
        let (stop, stopped) = watch::channel(false);
        let workers = tokio::spawn(jobs::run(self.pipeline.clone(), 1, stopped));
        let mut row = self.row(case).await;
        for _ in 0..6000 {
            if !matches!(row.case.state.phase(), Phase::Processing | Phase::Approved | Phase::Posting) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
            row = self.row(case).await;
        }
        stop.send(true).unwrap();
        self.pipeline.work.notify_waiters();
        workers.await.unwrap();
        row
    }

    async fn row(&self, case: CaseId) -> CaseRow {
        self.pipeline.store().case(self.company, case).await.unwrap().unwrap()
    }

    async fn decide(&self, who: &Principal, row: &CaseRow, action: &str, corrections: &[(&str, &str)]) -> Result<(), PipelineError> {
        let corrections = corrections.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let request = DecisionRequest {
            action: action.into(),
            version: row.case.version,
            comment: "because".into(),
            corrections,
            ..DecisionRequest::default()
        };
        self.pipeline.decide(who, row.id, request).await
    }

    async fn entries(&self) -> usize {
        self.pipeline.store().ledger_entries(self.company).await.unwrap().len()
    }

    async fn posting(&self, row: &CaseRow) -> (PostingState, i64) {
        let posting = self.pipeline.store().posting_of(self.company, row.id).await.unwrap().unwrap();
        (posting.state, posting.attempts)
    }
}

fn plain(number: &str) -> String {
    ubl(number, KNOWN, "100.00", "19.00", "119.00")
}

fn rules(row: &CaseRow) -> Vec<&str> {
    row.case.state.waiting().map(|w| w.rules.iter().map(String::as_str).collect()).unwrap_or_default()
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_not_posted_again() {
    let office = Office::open(&[Fault::LostAnswer]).await;
    office.know_supplier().await;
    let row = office.upload(plain("1")).await;
    assert_eq!(row.case.state.phase(), Phase::Posted, "{:?}", row.screening);
    assert_eq!((office.posting(&row).await, office.entries().await), ((PostingState::Posted, 2), 1));
}

#[tokio::test]
async fn an_erp_that_stays_away_makes_a_dead_letter_that_can_be_retried() {
    let office = Office::open(&[Fault::Down; 3]).await;
    office.know_supplier().await;
    let row = office.upload(plain("1")).await;
    assert_eq!(row.case.state.phase(), Phase::Parked);
    assert_eq!((office.posting(&row).await, office.entries().await), ((PostingState::Dead, 3), 0));
    let dead = office.pipeline.store().postings(office.company, Some(PostingState::Dead), None, 10).await.unwrap().items;
    assert!(dead[0].last_error.as_deref().unwrap().contains("connection refused"));
    assert!(matches!(
        office.pipeline.retry_posting(&office.clerk, dead[0].id).await,
        Err(PipelineError::Refused(Refusal::Forbidden { .. }))
    ));
    office.pipeline.retry_posting(&office.reviewer, dead[0].id).await.unwrap();
    let row = office.settle(row.id).await;
    assert_eq!((row.case.state.phase(), office.entries().await), (Phase::Posted, 1));
    let after = office.pipeline.store().posting_of(office.company, row.id).await.unwrap().unwrap();
    assert_eq!(after.key, dead[0].key, "the key is permanent");
}

#[tokio::test]
async fn what_may_have_been_sent_stays_uncertain_until_it_is_looked_up() {
    let office = Office::open(&[Fault::LostRequest; 3]).await;
    office.know_supplier().await;
    let row = office.upload(plain("1")).await;
    assert_eq!((row.case.state.phase(), office.posting(&row).await.0), (Phase::Parked, PostingState::Uncertain));
    let posting = office.pipeline.store().posting_of(office.company, row.id).await.unwrap().unwrap();
    office.pipeline.retry_posting(&office.reviewer, posting.id).await.unwrap();
    assert_eq!(office.settle(row.id).await.case.state.phase(), Phase::Posted);
    assert_eq!(office.entries().await, 1);
}

#[tokio::test]
async fn a_refusal_goes_back_to_people() {
    let office = Office::open(&[Fault::Refusal]).await;
    office.know_supplier().await;
    let row = office.upload(plain("1")).await;
    assert_eq!((rules(&row), office.posting(&row).await.0), (vec!["posting-refused"], PostingState::Refused));
    office.decide(&office.reviewer, &row, "approve", &[]).await.unwrap();
    assert_eq!(office.settle(row.id).await.case.state.phase(), Phase::Posted);
}

#[tokio::test]
async fn an_approval_of_an_outdated_picture_is_refused_and_screened_anew() {
    let office = Office::open(&[]).await;
    let row = office.upload(plain("1")).await;
    assert!(rules(&row).contains(&"supplier-or-bank-account"), "{:?}", rules(&row));
    office.know_supplier().await;
    let refused = office.decide(&office.reviewer, &row, "approve", &[]).await.unwrap_err();
    assert!(matches!(refused, PipelineError::Refused(Refusal::Stale { .. })), "{refused}");
    let row = office.settle(row.id).await;
    assert_eq!(row.screening.unwrap().supplier.as_deref(), Some("70001"));
    assert_eq!(row.case.state.phase(), Phase::Posted, "nothing is left to look at");
}

#[tokio::test]
async fn a_clerk_cannot_correct_a_finding_away() {
    let office = Office::open(&[]).await;
    office.know_supplier().await;
    let foreign = plain("1").replace("DE44500105175407324931", "AT611904300234573201");
    let row = office.upload(foreign).await;
    assert!(rules(&row).contains(&"supplier-or-bank-account"));
    office.decide(&office.clerk, &row, "correct", &[("iban", "")]).await.unwrap();
    let row = office.settle(row.id).await;
    assert_eq!(rules(&row), ["corrected-by-a-person"]);
    assert_eq!(office.entries().await, 0);
}

#[tokio::test]
async fn hostile_and_contradictory_amounts_wait_for_people() {
    let office = Office::open(&[]).await;
    office.know_supplier().await;
    const HUGE: &str = "79228162514264337593543950335";
    let huge = office.upload(ubl("1", KNOWN, HUGE, HUGE, HUGE)).await;
    assert_eq!(huge.case.state.phase(), Phase::Review, "{:?}", huge.case.state);
    let credit = plain("2").replace(">380<", ">381<").replace(">100.00<", ">-100.00<").replace(">19.00<", ">-19.00<");
    let credit = office.upload(credit.replace(">119.00<", ">-119.00<")).await;
    let codes: Vec<String> = credit.screening.clone().unwrap().findings.into_iter().map(|f| f.code).collect();
    assert!(codes.contains(&"credit-note-negative".to_owned()), "{codes:?}");
    let refused = office.decide(&office.reviewer, &credit, "approve", &[]).await.unwrap_err();
    assert!(matches!(refused, PipelineError::Refused(Refusal::Incomplete(_))), "{refused}");
    // The queue goes on behind them.
    assert_eq!(office.upload(plain("3")).await.case.state.phase(), Phase::Posted);
}

#[tokio::test]
async fn what_cannot_be_opened_is_refused_and_leaves_nothing() {
    let office = Office::open(&[]).await;
    let noise: Vec<u8> = (0..4000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for head in [&b"\x89PNG\r\n\x1a\n"[..], b"%PDF-1.7\n", b"II*\0"] {
        let upload = Upload { bytes: [head, &noise].concat(), name: Some("broken".into()), correlation_id: None, traceparent: None };
        let refused = office.pipeline.upload(&office.clerk, upload).await.unwrap_err();
        assert!(matches!(&refused, PipelineError::Rejected { code, .. } if code == "broken-file"), "{refused:?}");
    }
    assert!(office.pipeline.store().counts(office.company).await.unwrap().iter().all(|(_, count)| *count == 0));
}

/// A page of ours, printed and laid on the scanner the wrong way: a case with fields, seen upright.
#[tokio::test]
async fn a_scan_becomes_a_case_with_fields_and_an_upright_page() {
    if !crate::recognition::is_installed() {
        return;
    }
    let office = Office::open(&[]).await;
    let pdf = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/plain.pdf")).unwrap();
    let png = office.pipeline.reader.render(pdf, DocumentKind::Pdf, 1, 200).await.unwrap();
    let sideways = image::load_from_memory(&png).unwrap().rotate270().into_rgb8();
    let mut jpeg = std::io::Cursor::new(Vec::new());
    sideways.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let row = office.upload(jpeg.into_inner()).await;
    let extraction = row.extraction.as_ref().unwrap();
    assert_eq!(row.case.state.phase(), Phase::Review, "{:?}", extraction.issues);
    for (name, value) in [(FieldName::Currency, "EUR"), (FieldName::IssueDate, "2026-11-20"), (FieldName::TotalAmount, "2018.24")] {
        let field = extraction.fields.get(&name).unwrap_or_else(|| panic!("no {name}: {:?}", extraction.fields));
        assert_eq!((field.value.as_str(), field.source, field.boxes.len()), (value, Source::Ocr, 1), "{name}");
    }
    let total = extraction.fields[&FieldName::TotalAmount].boxes[0].bbox;
    assert!(total.x > 0.7 && total.w > total.h, "right on the upright page: {total:?}");
    let (page, settled) = office.pipeline.page_image(office.company, row.document, 1).await.unwrap();
    let page = image::load_from_memory(&page).unwrap();
    assert!(settled && page.height() > page.width(), "{} x {}", page.width(), page.height());
}
