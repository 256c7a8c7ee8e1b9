//! READ FIRST: an invoice's way from upload to posting, in one file.
//!
//! ```text
//! upload ──► receive ──► read ──► screen ──► (people decide) ──► post
//!            one tx      job      job         one tx each        job
//! ```
//!
//! Every step has the same shape: load the case, do the stage's work on plain values, let the engine
//! say what follows ([`crate::workflow::transition`]), and write state, trail, findings, further jobs
//! and the end of this job in one transaction ([`Store::commit`]). A step that dies before that
//! transaction has done nothing; one that dies after it is found done. Stages know nothing of cases;
//! the engine knows nothing of invoices; only this file knows both.

mod book;
pub mod claims;
pub mod error;
pub mod invoice;
mod lessons;
pub mod people;
pub mod posting;
pub mod request;
mod rescore;
pub mod screen;
mod shown;
mod splitting;
pub mod workflows;

use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

use crate::ambient::Ambient;
use crate::domain::history::Payable;
use crate::domain::{CaseId, CompanyId, Extraction, Issue, Reading};
use crate::erp::Connector;
use crate::extraction::Extractor;
use crate::extraction::evidence::{Evidence, possible_orders};
use crate::extraction::parts::Part;
use crate::faults::{Failpoint, pass};
use crate::intake::{self, Limits};
use crate::reading::{ReadError, ReadOptions, ReaderPool};
use crate::screening::anomaly::Teach;
use crate::screening::{AnomalyScorer, DuplicateScorer, block_keys, find_supplier};
use crate::store::Store;
use crate::store::types::{By, CaseRow, Commit, Lease, NewCase, NewDocument, PostingChange, Principal, Received, Screening};
use crate::workflow::{Case, Event, Resume, Transition, Workflow, transition};
pub use book::Books;
pub use error::PipelineError;
use request::{Upload, Uploaded};
use splitting::Split;
use workflows::Workflows;

/// Everything a step needs; built once in `app`.
pub struct Parts {
    /// The store.
    pub store: Store,
    /// Clock and ids.
    pub ambient: Ambient,
    /// Reading children.
    pub reader: ReaderPool,
    /// Field extraction.
    pub extractor: Extractor,
    /// Duplicate scoring.
    pub duplicates: DuplicateScorer,
    /// Anomaly scoring.
    pub anomalies: AnomalyScorer,
    /// Policy.
    pub workflows: Workflows,
    /// ERP connectors by name.
    pub connectors: BTreeMap<String, Arc<dyn Connector>>,
    /// Limits of uploads.
    pub limits: Limits,
    /// Where the database, credentials and checkpoints lie.
    pub data_dir: PathBuf,
    /// Where the installed models lie.
    pub models_dir: PathBuf,
    /// Wakes idle workers.
    pub work: Notify,
    /// Teaches the anomaly model from a company's own book.
    pub teacher: Arc<dyn Teach>,
    /// Wakes whoever looks back over history.
    pub look_back: Notify,
    /// What is remembered of each company's whole book.
    pub books: Books,
}

/// The pipeline; cheap to clone.
#[derive(Clone)]
pub struct Pipeline {
    parts: Arc<Parts>,
    lessons: Arc<Mutex<BTreeMap<CompanyId, lessons::Lesson>>>,
}

impl std::ops::Deref for Pipeline {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

/// What a stage delivered, beside the transition itself.
#[derive(Default)]
struct Delivery<'a> {
    extraction: Option<&'a Extraction>,
    document: Option<(crate::domain::DocumentKind, u32)>,
    split: Option<&'a Split>,
    payable: Option<(&'a Payable, &'a [u64])>,
    screening: Option<&'a Screening>,
    posting: Option<PostingChange>,
    models: BTreeMap<String, String>,
    opened: Option<(crate::domain::RescoringId, i64)>,
    lease: Option<&'a Lease>,
}

impl Pipeline {
    /// From its parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts), lessons: Arc::default() }
    }

    /// The store, for whoever only reads.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.parts.store
    }

    /// Clock and ids.
    #[must_use]
    pub fn ambient(&self) -> &Ambient {
        &self.parts.ambient
    }

    /// **1. Upload.** The bytes are typed by content, hashed, and stored with their case and its first
    /// job in one transaction. These very bytes a second time give the first case.
    ///
    /// # Errors
    /// [`PipelineError::Rejected`] for what is no document; nothing is kept of it.
    pub async fn upload(&self, who: &Principal, upload: Upload) -> Result<Uploaded, PipelineError> {
        let limits = self.limits;
        let accepted = tokio::task::spawn_blocking(move || intake::accept(upload.bytes, &limits)).await;
        let accepted = accepted.map_err(|e| PipelineError::Internal(e.to_string()))??;
        pass(Failpoint::UploadAccepted);
        if accepted.kind.has_pages() {
            // PDFs and images are opened in a child process only, also to see whether they can be at all.
            self.reader.probe(accepted.bytes.clone(), accepted.kind).await.map_err(PipelineError::unreadable)?;
        }
        let now = self.ambient.now();
        let workflow = self.workflows.current(&self.store, who.company, now).await?;
        let document = NewDocument {
            id: self.ambient.id(),
            company: who.company,
            sha256: accepted.sha256,
            kind: accepted.kind,
            name: upload.name,
            bytes: accepted.bytes,
        };
        let new = NewCase {
            id: self.ambient.id(),
            subject: workflow.subject.clone(),
            case: Case::received(workflow.reference.clone(), Some(who.id)),
            correlation_id: upload.correlation_id.unwrap_or_else(|| document.id.to_string()),
            traceparent: upload.traceparent,
        };
        let received = self.store.receive(&document, &new, &who.by(), now, self.ambient.id()).await?;
        pass(Failpoint::UploadStored);
        self.work.notify_one();
        Ok(match received {
            Received::New => Uploaded { document_id: document.id, case_id: new.id, correlation_id: new.correlation_id, known: false },
            Received::Known { document, case, correlation_id } => {
                Uploaded { document_id: document, case_id: case, correlation_id, known: true }
            }
        })
    }

    /// **2. Read and extract.** XML gives exact fields; a page gives words, and the model fields with
    /// confidence. A file that holds several invoices is split: this case keeps the first, each other becomes
    /// a case of its own in the same transaction. What cannot be read becomes a case for manual entry, with
    /// the reason.
    ///
    /// # Errors
    /// Only what is worth another attempt (database, reader children).
    pub(crate) async fn read(&self, lease: &Lease) -> Result<(), PipelineError> {
        let (mut row, workflow) = self.open(lease.company, lease.case_id).await?;
        if row.case.state == crate::workflow::State::Received {
            let started = self.step(&row, &Event::ReadingStarted, &workflow)?;
            self.write(&row, &started, &By::program("reader"), Delivery::default()).await?;
            row.case = started.case;
        }
        pass(Failpoint::ReadStarted);
        let document = self.store.document(lease.company, row.document).await?.ok_or(PipelineError::NotFound)?;
        let bytes = self.store.document_bytes(lease.company, row.document).await?.ok_or(PipelineError::NotFound)?;
        let (parts, found) = match self.reader.read(bytes, document.kind, ReadOptions::default()).await {
            Ok(reading) => {
                let found = Some((reading.kind, u32::try_from(reading.pages.len()).unwrap_or(u32::MAX)));
                let evidence = self.evidence(lease.company, &reading).await?;
                let this = self.clone();
                let extracted = tokio::task::spawn_blocking(move || this.extractor.extract_parts(&reading, &evidence)).await;
                (extracted.map_err(|e| PipelineError::Internal(e.to_string()))??, found)
            }
            Err(error) if is_passing(&error, lease.attempt) => return Err(PipelineError::Reading(error)),
            Err(error) => (vec![for_manual_entry(&error)], None),
        };
        pass(Failpoint::ReadExtracted);
        let (extraction, split) = self.divide(&row, parts).await?;
        let registration = self.registration(lease.company, &extraction).await?;
        let finished = self.step(&row, &Event::ReadingFinished { summary: summary(&extraction, split.as_ref()) }, &workflow)?;
        let delivery = Delivery {
            extraction: Some(&extraction),
            document: found,
            split: split.as_ref(),
            payable: registration.as_ref().map(|(payable, keys)| (payable, keys.as_slice())),
            models: extraction.model.clone(),
            lease: Some(lease),
            ..Delivery::default()
        };
        self.write(&row, &finished, &By::program("reader"), delivery).await?;
        pass(Failpoint::ReadWritten);
        Ok(())
    }

    /// What the master data knows of a document's words before they are read; exact fields need none.
    async fn evidence(&self, company: CompanyId, reading: &Reading) -> Result<Evidence, PipelineError> {
        if reading.pages.is_empty() {
            return Ok(Evidence::default());
        }
        let orders = self.store.known_orders(company, &possible_orders(reading)).await?;
        let own = self.store.companies().await?.into_iter().find(|own| own.id == company);
        Ok(Evidence::new(own.map(|own| own.name).as_deref(), &self.suppliers(company).await?, orders))
    }

    /// **3. Screen and decide.** Everything registered before this invoice is looked at; policy then
    /// says whether a person must look, somebody must approve, or it goes straight through. Screening
    /// is serial in a company, so that of two equal invoices one always sees the other.
    ///
    /// # Errors
    /// Only what is worth another attempt.
    pub(crate) async fn screen(&self, lease: &Lease) -> Result<(), PipelineError> {
        let (row, workflow) = self.open(lease.company, lease.case_id).await?;
        let extraction = row.extraction.clone().ok_or_else(|| PipelineError::Internal("screening before extraction".into()))?;
        let screening = self.findings(&row, &extraction, &workflow).await?;
        pass(Failpoint::ScreenScored);
        let facts = invoice::facts(&extraction, &screening, &workflow, !row.case.corrected_by.is_empty());
        let decided = self.step(&row, &Event::ScreeningFinished { facts }, &workflow)?;
        let models = screening.models.clone();
        let delivery = Delivery { screening: Some(&screening), models, lease: Some(lease), ..Delivery::default() };
        self.write(&row, &decided, &By::program("policy"), delivery).await?;
        pass(Failpoint::ScreenWritten);
        Ok(())
    }

    // **4. People decide**: see `people.rs`. **5. Post**: see `posting.rs`. **6. Look back**: see `rescore.rs`.

    /// A timer of the case has come: escalate its task, or end its hold.
    ///
    /// # Errors
    /// The store's; a timer that no longer fits is none.
    pub(crate) async fn wake(&self, company: CompanyId, case: CaseId) -> Result<(), PipelineError> {
        let (row, workflow) = self.open(company, case).await?;
        match self.step(&row, &Event::TimerFired, &workflow) {
            Ok(fired) => self.write(&row, &fired, &By::program("timer"), Delivery::default()).await,
            Err(PipelineError::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Work was tried as often as it may be: the case is parked, visibly, until somebody retries.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn park(&self, lease: &Lease, resume: Resume, message: String) -> Result<(), PipelineError> {
        let (row, workflow) = self.open(lease.company, lease.case_id).await?;
        let posting = match resume {
            Resume::Post => Some(self.given_up(lease, &message).await?),
            Resume::Read | Resume::Screen => None,
        };
        let parked = self.step(&row, &Event::WorkFailed { resume, message }, &workflow)?;
        self.write(&row, &parked, &By::program("jobs"), Delivery { posting, lease: Some(lease), ..Delivery::default() }).await
    }

    /// The case, or [`PipelineError::NotFound`].
    async fn case(&self, company: CompanyId, id: CaseId) -> Result<CaseRow, PipelineError> {
        self.store.case(company, id).await?.ok_or(PipelineError::NotFound)
    }

    /// The invoice as a payable with its block keys: what duplicate search finds it by.
    async fn registration(&self, company: CompanyId, read: &Extraction) -> Result<Option<(Payable, Vec<u64>)>, PipelineError> {
        let suppliers = self.suppliers(company).await?;
        let supplier = find_supplier(read, &suppliers).map(|found| found.0);
        Ok(invoice::payable(read, supplier).map(|payable| {
            let keys = block_keys(&payable);
            (payable, keys)
        }))
    }

    /// The case with the workflow it is bound to.
    async fn open(&self, company: CompanyId, id: CaseId) -> Result<(CaseRow, Arc<Workflow>), PipelineError> {
        let row = self.case(company, id).await?;
        let workflow = self.workflows.bound(&self.store, company, &row.case.workflow).await?;
        Ok((row, workflow))
    }

    /// Asks the engine.
    fn step(&self, row: &CaseRow, event: &Event, workflow: &Workflow) -> Result<Transition, PipelineError> {
        Ok(transition(&row.case, event, workflow, self.ambient.now())?)
    }

    /// Writes a transition and all that belongs to it, in one transaction, and wakes a worker if there
    /// is something to do.
    async fn write(&self, row: &CaseRow, next: &Transition, by: &By, delivery: Delivery<'_>) -> Result<(), PipelineError> {
        let now: Timestamp = self.ambient.now();
        let workflow = self.workflows.bound(&self.store, row.company, &row.case.workflow).await?;
        let commit = Commit {
            company: row.company,
            case_id: row.id,
            expected_version: row.case.version,
            transition: next,
            by,
            at: now,
            models: delivery.models,
            extraction: delivery.extraction,
            document: delivery.document,
            payable: delivery.payable,
            block_keys,
            pages: delivery.split.map(|split| split.kept),
            parts: delivery.split.map(|split| split.parts.as_slice()).unwrap_or_default(),
            screening: delivery.screening,
            posting: delivery.posting,
            connector: &workflow.posting.connector,
            new_ids: (0..2 * next.effects.len()).map(|_| self.ambient.id()).collect(),
            opened: delivery.opened,
            lease: delivery.lease,
        };
        self.store.commit(&commit).await?;
        if !next.effects.is_empty() {
            self.work.notify_one();
        }
        Ok(())
    }
}

/// Whether reading the same bytes again may go better: a machine that cannot start readers is not the
/// document's fault (the case is parked in the end); a document that kills them twice is.
fn is_passing(error: &ReadError, attempt: u32) -> bool {
    match error.code.as_str() {
        "reader-unavailable" => true,
        "reader-crashed" | "reader-timeout" => attempt < 2,
        _ => false,
    }
}

/// An extraction without fields that says why: a person enters them.
fn for_manual_entry(error: &ReadError) -> Part {
    let message = format!("{}; enter the fields by hand", error.message);
    Part { pages: 1..=1, extraction: Extraction { issues: vec![Issue::new(&error.code, message)], ..Extraction::default() } }
}

/// What reading gave, in words, for the trail.
fn summary(extraction: &Extraction, split: Option<&Split>) -> String {
    let fields = extraction.fields.len();
    let issue = extraction.issues.first().map(|issue| format!("; {}", issue.message)).unwrap_or_default();
    let split = split.map(|split| format!("; {}", split.told())).unwrap_or_default();
    format!("{fields} fields read{split}{issue}")
}
