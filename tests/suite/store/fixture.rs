//! A fresh database with one company, and the small things that tests make.

use countersign::ambient::Ambient;
use countersign::domain::history::{EntryType, Payable};
use countersign::domain::{CaseId, CompanyId, DocumentId, DocumentKind, Extraction, FieldName, JobId, PageRange, UserId};
use countersign::store::types::{By, CaseRow, Commit, Lease, NewCase, NewDocument, NewPart, Received};
use countersign::store::{NewCompany, Store, StoreError, sqlite_url};
use countersign::workflow::{Case, Effect, Record, Role, State, Step, Transition, Waiting, WorkflowRef};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::pin::Pin;

type Test = fn(World) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// One test's database.
#[derive(Clone)]
pub struct World {
    pub store: Store,
    pub url: String,
    pub company: CompanyId,
    pub ambient: Ambient,
    pub by: By,
}

/// A case that a test works on.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    pub document: DocumentId,
    pub case: CaseId,
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()
}

pub fn on_sqlite(test: Test) {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let world = World::at(&sqlite_url(&folder.path().join("new folder/books.db"))).await;
        let store = world.store.clone();
        test(world).await;
        store.close().await;
    });
}

pub fn on_postgres(name: &str, test: Test) {
    let Ok(server) = std::env::var("COUNTERSIGN_TEST_POSTGRES") else {
        skipped(&format!("PostgreSQL, {name} (COUNTERSIGN_TEST_POSTGRES is not set)"));
        return;
    };
    runtime().block_on(async {
        sqlx::any::install_default_drivers();
        let admin = sqlx::AnyPool::connect(&server).await.unwrap();
        let database = format!("countersign_{}_{name}", std::process::id());
        let database = database.chars().take(60).collect::<String>();
        raw(&admin, &format!("CREATE DATABASE {database}")).await;
        let (head, _) = server.rsplit_once('/').unwrap();
        let world = World::at(&format!("{head}/{database}")).await;
        let store = world.store.clone();
        test(world).await;
        store.close().await;
        raw(&admin, &format!("DROP DATABASE {database}")).await;
    });
}

/// Says so past the test harness, which hides what passing tests print.
pub fn skipped(what: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

/// Runs a statement behind the store's back.
pub async fn raw(pool: &sqlx::AnyPool, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(pool).await.unwrap();
}

pub fn start() -> Timestamp {
    "2026-03-01T08:00:00Z".parse().unwrap()
}

pub fn reference() -> WorkflowRef {
    WorkflowRef { id: "accounts-payable".into(), version: "1.0.0".into(), sha256: "ab".repeat(32) }
}

pub fn payable(vendor: &str, number: &str) -> Payable {
    Payable {
        row: 0,
        vendor_id: vendor.into(),
        vendor_name: vendor.into(),
        invoice_no: number.into(),
        po_number: String::new(),
        amount: "12.50".parse().unwrap(),
        currency: "EUR".into(),
        entry_type: EntryType::Invoice,
        invoice_date: None,
        due_date: None,
        payment_date: None,
        posted_at: None,
        posted_by: String::new(),
        approved_by: String::new(),
        department: String::new(),
        account_code: String::new(),
        bank_account: String::new(),
    }
}

pub fn waiting(step: Step, due: Timestamp) -> State {
    State::Deciding(Waiting {
        step,
        role: Role::Reviewer,
        rules: vec!["possible-duplicate".into()],
        assignee: None,
        since: start(),
        due,
        overdue: false,
        not: Vec::new(),
        approvals: Vec::new(),
    })
}

/// What a test puts into a commit.
#[derive(Default)]
pub struct Change<'a> {
    /// `test` where none is named.
    pub action: Option<&'static str>,
    pub effects: Vec<Effect>,
    pub lease: Option<&'a Lease>,
    pub extraction: Option<&'a Extraction>,
    pub payable: Option<(&'a Payable, &'a [u64])>,
    pub screening: Option<&'a countersign::store::types::Screening>,
    pub posting: Option<countersign::store::types::PostingChange>,
    pub split: Option<(PageRange, &'a [NewPart])>,
}

impl World {
    async fn at(url: &str) -> Self {
        let ambient = Ambient::fixed(start());
        let store = Store::connect(url).await.unwrap();
        let by = By::User { id: ambient.id::<UserId>(), name: "ann".into() };
        let company = ambient.id();
        let new = NewCompany { id: company, code: "DEMO".into(), name: "Demo GmbH".into() };
        store.create_company(&new, &by, ambient.now()).await.unwrap();
        Self { store, url: url.to_owned(), company, ambient, by }
    }

    /// A second company.
    pub async fn other_company(&self, code: &str) -> Self {
        let company = self.ambient.id();
        let new = NewCompany { id: company, code: code.into(), name: code.into() };
        self.store.create_company(&new, &self.by, self.ambient.now()).await.unwrap();
        Self { company, ..self.clone() }
    }

    /// A connection of its own, for what the store does not offer.
    pub async fn behind(&self) -> sqlx::AnyPool {
        sqlx::AnyPool::connect(&self.url).await.unwrap()
    }

    pub fn upload(&self, content: &str) -> (NewDocument, NewCase) {
        let document = NewDocument {
            id: self.ambient.id(),
            company: self.company,
            sha256: countersign::domain::hash::sha256_hex(content.as_bytes()),
            kind: DocumentKind::Pdf,
            name: Some(format!("{content}.pdf")),
            bytes: content.as_bytes().to_vec(),
        };
        let new = NewCase {
            id: self.ambient.id(),
            subject: "invoice".into(),
            case: Case::received(reference(), None),
            correlation_id: format!("c-{content}"),
            traceparent: None,
        };
        (document, new)
    }

    pub async fn receive(&self, content: &str) -> Opened {
        let (document, new) = self.upload(content);
        let received = self.store.receive(&document, &new, &self.by, self.ambient.now(), self.ambient.id::<JobId>()).await.unwrap();
        assert_eq!(received, Received::New);
        Opened { document: document.id, case: new.id }
    }

    pub async fn row(&self, case: CaseId) -> CaseRow {
        self.store.case(self.company, case).await.unwrap().unwrap()
    }

    /// Moves a case to a state by a commit on `version`.
    pub async fn commit_at(&self, case: CaseId, version: i64, state: State, change: Change<'_>) -> Result<(), StoreError> {
        let before = self.row(case).await;
        let mut next = before.case.clone();
        let record = Record {
            action: change.action.unwrap_or("test").into(),
            from: before.case.state.name().into(),
            to: state.name().into(),
            rules: Vec::new(),
            why: "because".into(),
        };
        next.state = state;
        next.version = version + 1;
        let transition = Transition { case: next, record, effects: change.effects };
        self.store
            .commit(&Commit {
                company: self.company,
                case_id: case,
                expected_version: version,
                transition: &transition,
                by: &self.by,
                at: self.ambient.now(),
                models: BTreeMap::new(),
                extraction: change.extraction,
                document: None,
                payable: change.payable,
                block_keys: |_| vec![7],
                pages: change.split.map(|split| split.0),
                parts: change.split.map_or(&[], |split| split.1),
                screening: change.screening,
                posting: change.posting,
                connector: "ledger",
                new_ids: (0..4).map(|_| self.ambient.id()).collect(),
                opened: None,
                lease: change.lease,
            })
            .await
    }

    pub async fn commit(&self, case: CaseId, state: State, change: Change<'_>) {
        let version = self.row(case).await.case.version;
        self.commit_at(case, version, state, change).await.unwrap();
    }

    /// Claims with a lease of a minute, at a time of the test's choosing.
    pub async fn claim(&self, effect: Effect, now: Timestamp) -> Option<Lease> {
        self.store.claim(&[effect], now, SignedDuration::from_secs(60), self.ambient.secret()).await.unwrap()
    }

    /// A time later than everything that tests write.
    pub fn later(&self, seconds: i64) -> Timestamp {
        start().checked_add(SignedDuration::from_secs(3600 + seconds)).unwrap()
    }
}

pub fn extraction(supplier: &str, number: &str) -> Extraction {
    let mut read = Extraction::default();
    read.set_exact(FieldName::SupplierName, supplier);
    read.set_exact(FieldName::InvoiceNumber, number);
    read.set_exact(FieldName::TotalAmount, "119.00");
    read.set_exact(FieldName::Currency, "EUR");
    read
}
