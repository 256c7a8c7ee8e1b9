//! One transition, one transaction: state compared and set, trail record, jobs and outbox row for its
//! effects, what the stage delivered, and the end of the job that did it.

use serde_json::Value;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::audit::{Entry, Turn};
use super::cases::{ListColumns, folded_search};
use super::rows::{Columns as _, micros, to_json};
use super::types::{Commit, Screening};
use super::{Store, StoreError, history, jobs, parts, postings, retrying};
use crate::domain::{Extraction, FieldName, JobId, PostingId, text};
use crate::workflow::{Effect, State};

impl Store {
    /// Writes a transition with all that belongs to it, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the case has moved on, [`StoreError::LeaseLost`] where the job is
    /// another worker's by now, [`StoreError::NotFound`] for an unknown case.
    pub async fn commit(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        if commit.transition.case.version != commit.expected_version + 1 {
            return Err(StoreError::Misuse("a transition counts the version up by one"));
        }
        retrying!(Box::pin(self.commit_once(commit)))
    }

    async fn commit_once(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        let on = write.on();
        // The turn comes first: commits of a company stand in one line, and the trail has its order.
        let mut turn = Turn::take(on, commit.company).await?;
        if let Some(lease) = commit.lease {
            jobs::end(on, lease).await?;
        }
        update_state(on, commit).await?;
        if let Some(extraction) = commit.extraction {
            update_extraction(on, commit, extraction).await?;
        }
        if let Some((kind, pages)) = commit.document {
            sqlx::query("UPDATE documents SET kind = $1, pages = $2 WHERE company_id = $3 AND case_id = $4")
                .bind(kind.as_str())
                .bind(i64::from(pages))
                .bind(commit.company.to_string())
                .bind(commit.case_id.to_string())
                .execute(&mut *on)
                .await?;
        }
        if let Some(screening) = commit.screening {
            update_screening(on, commit, screening).await?;
        }
        if commit.extraction.is_some() || commit.payable.is_some() {
            // What turned out to be no payable is none for those that come after it either.
            history::forget(on, (commit.company, turn.index()), commit.case_id, commit.block_keys).await?;
        }
        if let Some((payable, keys)) = commit.payable {
            let position = history::position(turn.index(), 0)?;
            history::register(on, commit.company, position, Some(commit.case_id), payable, keys).await?;
        }
        if commit.transition.case.state == State::Rejected {
            history::deactivate(on, (commit.company, turn.index()), commit.case_id).await?;
        }
        if let Some(finding) = commit.opened {
            super::claims::opened(on, commit.company, finding, "case").await?;
        }
        effects(on, commit).await?;
        if let Some(change) = &commit.posting {
            postings::change(on, commit.company, commit.case_id, change, commit.at).await?;
        }
        let entry = Entry {
            company: commit.company,
            by: commit.by,
            at: commit.at,
            action: &commit.transition.record.action,
            case_id: Some(commit.case_id),
            case_version: Some(commit.transition.case.version),
            detail: detail(commit)?,
        };
        turn.append(on, entry).await?;
        parts::split_off(on, &mut turn, commit).await?;
        write.commit().await
    }
}

/// The engine's record with version, workflow and models.
fn detail(commit: &Commit<'_>) -> Result<Value, StoreError> {
    let wrong = |e: serde_json::Error| StoreError::Corrupt(e.to_string());
    let mut detail = serde_json::to_value(&commit.transition.record).map_err(wrong)?;
    if let Value::Object(map) = &mut detail {
        map.insert("version".into(), commit.transition.case.version.into());
        map.insert("workflow".into(), serde_json::to_value(&commit.transition.case.workflow).map_err(wrong)?);
        if !commit.parts.is_empty() {
            map.insert("parts".into(), parts::told(commit));
        }
        map.insert("models".into(), serde_json::to_value(&commit.models).map_err(wrong)?);
    }
    Ok(detail)
}

async fn update_state(on: &mut AnyConnection, commit: &Commit<'_>) -> Result<(), StoreError> {
    let columns = ListColumns::of(&commit.transition.case)?;
    let updated = sqlx::query(
        "UPDATE cases SET version = $1, since = CASE WHEN phase = $2 AND state = $3 THEN since ELSE $4 END,
           phase = $2, state = $3, case_json = $5, role = $6, assignee = $7, rule = $8, due = $9, wake_at = $10
         WHERE company_id = $11 AND id = $12 AND version = $13",
    )
    .bind(commit.transition.case.version)
    .bind(columns.phase)
    .bind(columns.state)
    .bind(micros(commit.at))
    .bind(columns.json)
    .bind(columns.role)
    .bind(columns.assignee)
    .bind(columns.rule)
    .bind(columns.due)
    .bind(columns.wake_at)
    .bind(commit.company.to_string())
    .bind(commit.case_id.to_string())
    .bind(commit.expected_version)
    .execute(&mut *on)
    .await?;
    if updated.rows_affected() == 1 {
        return Ok(());
    }
    let row = sqlx::query("SELECT version FROM cases WHERE company_id = $1 AND id = $2")
        .bind(commit.company.to_string())
        .bind(commit.case_id.to_string())
        .fetch_optional(on)
        .await?;
    match row {
        Some(row) => Err(StoreError::Conflict { current: row.int("version")? }),
        None => Err(StoreError::NotFound),
    }
}

async fn update_extraction(on: &mut AnyConnection, commit: &Commit<'_>, extraction: &Extraction) -> Result<(), StoreError> {
    let supplier = extraction.text(FieldName::SupplierName);
    let number = extraction.text(FieldName::InvoiceNumber);
    sqlx::query(
        "UPDATE cases SET extraction = $1, supplier_name = $2, invoice_number = $3, total_amount = $4, currency = $5, search = $6
         WHERE company_id = $7 AND id = $8",
    )
    .bind(to_json(extraction)?)
    .bind(supplier)
    .bind(number)
    .bind(extraction.text(FieldName::TotalAmount))
    .bind(extraction.text(FieldName::Currency))
    .bind(folded_search(&[supplier, number]))
    .bind(commit.company.to_string())
    .bind(commit.case_id.to_string())
    .execute(on)
    .await?;
    Ok(())
}

async fn update_screening(on: &mut AnyConnection, commit: &Commit<'_>, screening: &Screening) -> Result<(), StoreError> {
    let mut kinds: Vec<&str> = Vec::new();
    for finding in &screening.findings {
        if !kinds.contains(&finding.kind.as_str()) {
            kinds.push(finding.kind.as_str());
        }
    }
    let case = commit.case_id.to_string();
    sqlx::query("UPDATE cases SET screening = $1, finding_kinds = $2 WHERE company_id = $3 AND id = $4")
        .bind(to_json(screening)?)
        .bind(to_json(&kinds)?)
        .bind(commit.company.to_string())
        .bind(case.as_str())
        .execute(&mut *on)
        .await?;
    sqlx::query("DELETE FROM billed WHERE case_id = $1").bind(case.as_str()).execute(&mut *on).await?;
    let Some(order) = &screening.matching.purchase_order else {
        return Ok(());
    };
    let mut lines: std::collections::BTreeMap<u32, rust_decimal::Decimal> = std::collections::BTreeMap::new();
    for (line, quantity) in &screening.billed {
        *lines.entry(*line).or_default() += quantity;
    }
    for (line, quantity) in lines {
        sqlx::query("INSERT INTO billed (company_id, order_key, case_id, line, quantity) VALUES ($1, $2, $3, $4, $5)")
            .bind(commit.company.to_string())
            .bind(text::number_key(order))
            .bind(case.as_str())
            .bind(i64::from(line))
            .bind(quantity.to_string())
            .execute(&mut *on)
            .await?;
    }
    Ok(())
}

/// Jobs for reading, screening and posting; the outbox row for posting. Withdrawing needs nothing: a
/// refused posting has no job, so nothing sends it until a new approval resets it.
async fn effects(on: &mut AnyConnection, commit: &Commit<'_>) -> Result<(), StoreError> {
    let mut ids = commit.new_ids.iter();
    let mut id = || ids.next().copied().ok_or(StoreError::Misuse("a commit needs an id for each job and for the posting"));
    for effect in &commit.transition.effects {
        match effect {
            Effect::Withdraw => continue,
            Effect::Post => open_posting(on, commit, id()?).await?,
            Effect::Read | Effect::Screen => {}
        }
        jobs::insert(on, JobId(id()?), commit.company, commit.case_id, *effect, commit.at).await?;
    }
    Ok(())
}

/// The permanent key is made once; a second approval after a refusal or dead letter resets the row.
async fn open_posting(on: &mut AnyConnection, commit: &Commit<'_>, id: Uuid) -> Result<(), StoreError> {
    let code = sqlx::query("SELECT code FROM companies WHERE id = $1").bind(commit.company.to_string()).fetch_one(&mut *on).await?;
    let key = format!("{}/{}", code.text("code")?, commit.case_id);
    postings::open(on, PostingId(id), commit, &key).await
}
