//! A file that holds several documents: its case keeps the first part, and every further part becomes a
//! case of the same document, in the transaction that writes what was read. A case made twice for one page is
//! refused by the schema.

use serde_json::{Value, json};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::audit::{Entry, Turn};
use super::cases::{ListColumns, folded_search};
use super::dialect::is_unique_violation;
use super::rows::{Columns as _, micros, to_json};
use super::types::{Commit, NewPart, PartRow};
use super::{Store, StoreError, history, jobs};
use crate::domain::{CaseId, CompanyId, DocumentId, FieldName, PageRange};
use crate::workflow::Effect;

/// The pages of a case's row; none: the whole document.
pub(super) fn pages(row: &AnyRow) -> Result<Option<PageRange>, StoreError> {
    let page = |n: i64| u32::try_from(n).map_err(|_| StoreError::Corrupt(format!("page {n}")));
    let last = row.maybe_int("last_page")?;
    last.map(|last| Ok(PageRange { first: page(row.int("first_page")?)?, last: page(last)? })).transpose()
}

/// What the trail says of a case that was divided.
pub(super) fn told(commit: &Commit<'_>) -> Value {
    commit.parts.iter().map(|part| json!({"case_id": part.id, "pages": part.pages})).collect()
}

/// Makes the further parts of a file, each with its case, payable, job and trail record. Runs after the
/// first part's record.
pub(super) async fn split_off(on: &mut AnyConnection, turn: &mut Turn, commit: &Commit<'_>) -> Result<(), StoreError> {
    let Some(kept) = commit.pages else { return Ok(()) };
    sqlx::query("UPDATE cases SET first_page = $1, last_page = $2 WHERE company_id = $3 AND id = $4")
        .bind(i64::from(kept.first))
        .bind(i64::from(kept.last))
        .bind(commit.company.to_string())
        .bind(commit.case_id.to_string())
        .execute(&mut *on)
        .await?;
    for part in commit.parts {
        insert(on, commit, part).await?;
        if let Some((payable, keys)) = &part.payable {
            let position = history::position(turn.index(), 0)?;
            history::register(on, commit.company, position, Some(part.id), payable, keys).await?;
        }
        jobs::insert(on, part.job, commit.company, part.id, Effect::Screen, commit.at).await?;
        let detail = json!({
            "action": "split-off",
            "from": "",
            "to": part.case.state.name(),
            "rules": [],
            "why": format!("{} of a file that holds several documents; split off case {}", part.pages, commit.case_id),
            "version": part.case.version,
            "workflow": part.case.workflow,
            "split_from": commit.case_id,
            "pages": part.pages,
            "models": commit.models,
        });
        let entry = Entry {
            company: commit.company,
            by: commit.by,
            at: commit.at,
            action: "split-off",
            case_id: Some(part.id),
            case_version: Some(part.case.version),
            detail,
        };
        turn.append(on, entry).await?;
    }
    Ok(())
}

/// A part's case: subject, document and correlation of the case it comes from.
async fn insert(on: &mut AnyConnection, commit: &Commit<'_>, part: &NewPart) -> Result<(), StoreError> {
    let from = sqlx::query("SELECT subject, document_id, correlation_id, traceparent FROM cases WHERE company_id = $1 AND id = $2")
        .bind(commit.company.to_string())
        .bind(commit.case_id.to_string())
        .fetch_one(&mut *on)
        .await?;
    let columns = ListColumns::of(&part.case)?;
    let text = |name| part.extraction.text(name);
    let inserted = sqlx::query(
        "INSERT INTO cases (id, company_id, subject, document_id, version, phase, state, case_json, since, created_at, correlation_id,
           traceparent, extraction, supplier_name, invoice_number, total_amount, currency, search, first_page, last_page)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
    )
    .bind(part.id.to_string())
    .bind(commit.company.to_string())
    .bind(from.text("subject")?)
    .bind(from.text("document_id")?)
    .bind(part.case.version)
    .bind(columns.phase)
    .bind(columns.state)
    .bind(columns.json)
    .bind(micros(commit.at))
    .bind(from.text("correlation_id")?)
    .bind(from.maybe_text("traceparent")?)
    .bind(to_json(&part.extraction)?)
    .bind(text(FieldName::SupplierName))
    .bind(text(FieldName::InvoiceNumber))
    .bind(text(FieldName::TotalAmount))
    .bind(text(FieldName::Currency))
    .bind(folded_search(&[text(FieldName::SupplierName), text(FieldName::InvoiceNumber)]))
    .bind(i64::from(part.pages.first))
    .bind(i64::from(part.pages.last))
    .execute(on)
    .await;
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => Err(StoreError::Exists(format!("a case of {} of this document", part.pages))),
        Err(error) => Err(error.into()),
    }
}

impl Store {
    /// The cases of a document, by their pages: one, or one for every part of the file.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn parts_of(&self, company: CompanyId, document: DocumentId) -> Result<Vec<PartRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, first_page, last_page, phase, supplier_name, invoice_number FROM cases
             WHERE company_id = $1 AND document_id = $2 ORDER BY first_page",
        )
        .bind(company.to_string())
        .bind(document.to_string())
        .fetch_all(&self.pool)
        .await?;
        let part = |row: &AnyRow| {
            Ok(PartRow {
                case_id: row.parsed::<CaseId>("id")?,
                pages: pages(row)?,
                phase: row.named("phase")?,
                supplier_name: row.maybe_text("supplier_name")?,
                invoice_number: row.maybe_text("invoice_number")?,
            })
        };
        rows.iter().map(part).collect()
    }
}
