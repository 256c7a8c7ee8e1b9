//! Uploads: document, bytes, case, trail record and first job in one transaction.

use jiff::Timestamp;
use serde_json::json;
use sqlx::any::AnyRow;

use super::audit::{self, Entry};
use super::cases::{ListColumns, folded_search};
use super::jobs;
use super::rows::{Columns as _, micros, to_json};
use super::types::{By, DocumentRow, NewCase, NewDocument, Received};
use super::{Store, StoreError, Write, retrying};
use crate::domain::{CaseId, CompanyId, DocumentId, JobId};
use crate::workflow::Effect;

/// The statement that selects documents, without their bytes.
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, case_id, kind, name, sha256, size, pages, received_at, received_by FROM documents ", $rest)
    };
}

fn document_row(row: &AnyRow) -> Result<DocumentRow, StoreError> {
    Ok(DocumentRow {
        id: row.parsed("id")?,
        case_id: row.parsed("case_id")?,
        kind: row.named("kind")?,
        name: row.maybe_text("name")?,
        sha256: row.text("sha256")?,
        size: row.int("size")?,
        pages: row.int("pages")?,
        received_at: row.time("received_at")?,
        received_by: row.json("received_by")?,
    })
}

impl Store {
    /// Stores an upload whole, or tells that these very bytes are here already. Of two identical
    /// uploads at the same moment one is new and the other known.
    ///
    /// # Errors
    /// [`StoreError::Full`] where the disk is, or what else the engine says; nothing is kept then.
    pub async fn receive(&self, document: &NewDocument, new: &NewCase, by: &By, at: Timestamp, job: JobId) -> Result<Received, StoreError> {
        if let Some(known) = self.known(document).await? {
            return Ok(known);
        }
        let received = retrying!(async {
            let mut write = self.write().await?;
            if !insert_document(&mut write, document, new, by, at).await? {
                return Ok(None);
            }
            insert_case(&mut write, document, new, at).await?;
            let detail = json!({
                "from": "",
                "to": new.case.state.name(),
                "version": new.case.version,
                "workflow": new.case.workflow,
                "document": {"id": document.id, "sha256": document.sha256, "kind": document.kind.as_str(), "name": document.name,
                    "size": document.bytes.len()},
                "correlation_id": new.correlation_id,
            });
            let company = document.company;
            let entry = Entry { company, by, at, action: "received", case_id: Some(new.id), case_version: Some(new.case.version), detail };
            audit::append(write.on(), entry).await?;
            jobs::insert(write.on(), job, company, new.id, Effect::Read, at).await?;
            write.commit().await?;
            Ok(Some(Received::New))
        })?;
        match received {
            Some(new) => Ok(new),
            None => self.known(document).await?.ok_or(StoreError::Busy),
        }
    }

    async fn known(&self, document: &NewDocument) -> Result<Option<Received>, StoreError> {
        let row = sqlx::query(
            "SELECT d.id, d.case_id, c.correlation_id FROM documents d JOIN cases c ON c.id = d.case_id
             WHERE d.company_id = $1 AND d.sha256 = $2",
        )
        .bind(document.company.to_string())
        .bind(document.sha256.as_str())
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(Received::Known { document: row.parsed("id")?, case: row.parsed("case_id")?, correlation_id: row.text("correlation_id")? })
        })
        .transpose()
    }

    /// A document's row.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn document(&self, company: CompanyId, id: DocumentId) -> Result<Option<DocumentRow>, StoreError> {
        let row = sqlx::query(select!("WHERE company_id = $1 AND id = $2"))
            .bind(company.to_string())
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(document_row).transpose()
    }

    /// A document's bytes, as they came.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn document_bytes(&self, company: CompanyId, id: DocumentId) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query("SELECT content FROM document_bytes WHERE company_id = $1 AND document_id = $2")
            .bind(company.to_string())
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| row.bytes("content")).transpose()
    }

    /// The documents of a case, oldest first; parts of one file share it.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn documents_of(&self, company: CompanyId, case: CaseId) -> Result<Vec<DocumentRow>, StoreError> {
        let rows = sqlx::query(select!(
            "WHERE company_id = $1 AND id IN (SELECT document_id FROM cases WHERE company_id = $1 AND id = $2) ORDER BY received_at, id"
        ))
        .bind(company.to_string())
        .bind(case.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(document_row).collect()
    }
}

/// `false` where these bytes are here already (another upload may have been faster).
async fn insert_document(write: &mut Write, document: &NewDocument, new: &NewCase, by: &By, at: Timestamp) -> Result<bool, StoreError> {
    let size = i64::try_from(document.bytes.len()).map_err(|_| StoreError::Misuse("a document of more than 2^63 bytes"))?;
    let inserted = sqlx::query(
        "INSERT INTO documents (id, company_id, case_id, sha256, kind, name, size, pages, received_at, received_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9) ON CONFLICT (company_id, sha256) DO NOTHING",
    )
    .bind(document.id.to_string())
    .bind(document.company.to_string())
    .bind(new.id.to_string())
    .bind(document.sha256.as_str())
    .bind(document.kind.as_str())
    .bind(document.name.as_deref())
    .bind(size)
    .bind(micros(at))
    .bind(to_json(by)?)
    .execute(write.on())
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("INSERT INTO document_bytes (document_id, company_id, content) VALUES ($1, $2, $3)")
        .bind(document.id.to_string())
        .bind(document.company.to_string())
        .bind(document.bytes.as_slice())
        .execute(write.on())
        .await?;
    Ok(true)
}

async fn insert_case(write: &mut Write, document: &NewDocument, new: &NewCase, at: Timestamp) -> Result<(), StoreError> {
    let columns = ListColumns::of(&new.case)?;
    sqlx::query(
        "INSERT INTO cases (id, company_id, subject, document_id, version, phase, state, case_json, since, created_at,
           correlation_id, traceparent, role, assignee, rule, due, wake_at, search)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(new.id.to_string())
    .bind(document.company.to_string())
    .bind(new.subject.as_str())
    .bind(document.id.to_string())
    .bind(new.case.version)
    .bind(columns.phase)
    .bind(columns.state)
    .bind(columns.json)
    .bind(micros(at))
    .bind(new.correlation_id.as_str())
    .bind(new.traceparent.as_deref())
    .bind(columns.role)
    .bind(columns.assignee)
    .bind(columns.rule)
    .bind(columns.due)
    .bind(columns.wake_at)
    .bind(folded_search(&[]))
    .execute(write.on())
    .await?;
    Ok(())
}
