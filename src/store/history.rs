//! Payables as screening sees them: what came before a case, found by block key or by supplier.
//!
//! A position orders a company's payables: the index of the trail record that registered it, and its
//! place in an import. What was registered later than a case is not part of its history, so that
//! screening it twice gives the same, with one exception: what was agreed to meanwhile (approved, posted,
//! or imported as paid) has overtaken the case and counts as earlier.

use jiff::Timestamp;
use serde_json::json;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

use super::audit::{Entry, Turn};
use super::rows::{Columns as _, to_json};
use super::types::By;
use super::{Store, StoreError, retrying};
use crate::domain::finding::EarlierDocument;
use crate::domain::history::Payable;
use crate::domain::{CaseId, CompanyId};
use crate::workflow::Phase;

/// Payables that one trail record can register.
const BATCH: i64 = 1 << 20;

/// The position of the `place`th payable that trail record `index` registers.
pub(super) fn position(index: i64, place: usize) -> Result<i64, StoreError> {
    let place = i64::try_from(place).ok().filter(|place| *place < BATCH);
    let start = index.checked_mul(BATCH);
    start.zip(place).map(|(start, place)| start + place).ok_or(StoreError::Misuse("more payables than a record can register"))
}

/// Removes a case's payable and its keys.
pub(super) async fn forget(on: &mut AnyConnection, company: CompanyId, case: CaseId) -> Result<(), StoreError> {
    let row =
        sqlx::query("DELETE FROM payables WHERE case_id = $1 RETURNING position").bind(case.to_string()).fetch_optional(&mut *on).await?;
    if let Some(row) = row {
        sqlx::query("DELETE FROM payable_keys WHERE company_id = $1 AND position = $2")
            .bind(company.to_string())
            .bind(row.int("position")?)
            .execute(on)
            .await?;
    }
    Ok(())
}

/// Registers a payable under its block keys.
pub(super) async fn register(
    on: &mut AnyConnection,
    company: CompanyId,
    position: i64,
    case: Option<CaseId>,
    payable: &Payable,
    keys: &[u64],
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO payables (company_id, position, case_id, vendor_id, active, payable) VALUES ($1, $2, $3, $4, 1, $5)")
        .bind(company.to_string())
        .bind(position)
        .bind(case.map(|id| id.to_string()))
        .bind(payable.vendor_id.as_str())
        .bind(to_json(payable)?)
        .execute(&mut *on)
        .await?;
    for key in keys {
        sqlx::query("INSERT INTO payable_keys (company_id, block, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(company.to_string())
            .bind(key.cast_signed())
            .bind(position)
            .execute(&mut *on)
            .await?;
    }
    Ok(())
}

/// A rejected case's payable is no earlier document for anything.
pub(super) async fn deactivate(on: &mut AnyConnection, case: CaseId) -> Result<(), StoreError> {
    sqlx::query("UPDATE payables SET active = 0 WHERE case_id = $1").bind(case.to_string()).execute(on).await?;
    Ok(())
}

/// The payable with its position as its row: the order of arrival.
fn payable(row: &AnyRow) -> Result<Payable, StoreError> {
    let mut payable: Payable = row.json("payable")?;
    payable.row = u64::try_from(row.int("position")?).unwrap_or_default();
    Ok(payable)
}

fn before(seq: Option<i64>) -> i64 {
    seq.and_then(|seq| seq.checked_mul(BATCH)).unwrap_or(i64::MAX)
}

impl Store {
    /// Active payables that share one of the keys and were registered before trail record `before_seq` or
    /// agreed to by now, without the case's own: newest first, at most `limit` a key.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn lookalikes(
        &self,
        company: CompanyId,
        keys: &[u64],
        before_seq: Option<i64>,
        exclude: CaseId,
        limit: u32,
    ) -> Result<Vec<(Payable, EarlierDocument)>, StoreError> {
        let mut found = BTreeMap::new();
        for key in keys {
            let rows = sqlx::query(
                "SELECT p.position, p.case_id, p.payable, c.phase FROM payable_keys k
                 JOIN payables p ON p.company_id = k.company_id AND p.position = k.position
                 LEFT JOIN cases c ON c.id = p.case_id
                 WHERE k.company_id = $1 AND k.block = $2 AND p.active = 1
                   AND (p.case_id IS NULL OR (p.case_id <> $4
                     AND (k.position < $3 OR c.phase IN ('approved', 'posting', 'posted'))))
                 ORDER BY k.position DESC LIMIT $5",
            )
            .bind(company.to_string())
            .bind(key.cast_signed())
            .bind(before(before_seq))
            .bind(exclude.to_string())
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
            for row in &rows {
                let payable = payable(row)?;
                let phase: Option<Phase> = row.maybe_named("phase")?;
                let earlier = EarlierDocument {
                    case_id: row.maybe_parsed("case_id")?,
                    invoice_number: payable.invoice_no.clone(),
                    position: Some(payable.row),
                    agreed: phase.is_none_or(Phase::is_agreed),
                };
                found.insert(payable.row, (payable, earlier));
            }
        }
        Ok(found.into_values().rev().collect())
    }

    /// The last `limit` active payables of a supplier before trail record `before_seq`, oldest first.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn supplier_history(
        &self,
        company: CompanyId,
        vendor_id: &str,
        before_seq: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Payable>, StoreError> {
        let rows = sqlx::query(
            "SELECT position, payable FROM payables
             WHERE company_id = $1 AND vendor_id = $2 AND position < $3 AND active = 1 ORDER BY position DESC LIMIT $4",
        )
        .bind(company.to_string())
        .bind(vendor_id)
        .bind(before(before_seq))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().rev().map(payable).collect()
    }

    /// The position that a trail record's first payable has, as a row of history.
    #[must_use]
    pub fn row_at(seq: i64) -> u64 {
        u64::try_from(seq.saturating_mul(BATCH)).unwrap_or_default()
    }

    /// The trail record that registered a case's payable: what `before_seq` takes.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn payable_seq(&self, company: CompanyId, case: CaseId) -> Result<Option<i64>, StoreError> {
        let row = sqlx::query("SELECT position FROM payables WHERE company_id = $1 AND case_id = $2")
            .bind(company.to_string())
            .bind(case.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok(row.int("position")? / BATCH)).transpose()
    }

    /// Registers history that did not come through this program, in the order given.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn import_payables(
        &self,
        company: CompanyId,
        payables: &[(Payable, Vec<u64>)],
        by: &By,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for batch in payables.chunks(10_000) {
            retrying!(async {
                let mut write = self.write().await?;
                let mut turn = Turn::take(write.on(), company).await?;
                for (place, (payable, keys)) in batch.iter().enumerate() {
                    let position = position(turn.index(), place)?;
                    register(write.on(), company, position, None, payable, keys).await?;
                }
                let detail = json!({"count": batch.len()});
                let entry = Entry { company, by, at, action: "history-imported", case_id: None, case_version: None, detail };
                turn.append(write.on(), entry).await?;
                write.commit().await
            })?;
        }
        Ok(())
    }
}
