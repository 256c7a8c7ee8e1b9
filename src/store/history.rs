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
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::audit::{Entry, Turn};
use super::rows::{Columns as _, to_json};
use super::types::By;
use super::{Store, StoreError, retrying};
use crate::domain::finding::EarlierDocument;
use crate::domain::history::Payable;
use crate::domain::{CaseId, CompanyId};
use crate::workflow::Phase;

/// The number under which a company's block keys stand; `$1` is its id.
macro_rules! company_number {
    () => {
        "(SELECT number FROM companies WHERE id = $1)"
    };
}

const INSERT_BLOCK: &str =
    concat!("INSERT INTO payable_blocks (company, block, position) VALUES (", company_number!(), ", $2, $3) ON CONFLICT DO NOTHING");

/// Payables that one trail record can register.
const BATCH: i64 = 1 << 20;
/// Positions of a block read beyond the limit, for those that turn out to be inactive or the case's own.
const SPARE: u32 = 8;

/// The position of the `place`th payable that trail record `index` registers.
pub(super) fn position(index: i64, place: usize) -> Result<i64, StoreError> {
    let place = i64::try_from(place).ok().filter(|place| *place < BATCH);
    let start = index.checked_mul(BATCH);
    start.zip(place).map(|(start, place)| start + place).ok_or(StoreError::Misuse("more payables than a record can register"))
}

/// Notes that a payable was taken out of the register by trail record `seq`.
async fn changed(on: &mut AnyConnection, (company, seq): (CompanyId, i64), position: i64) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO payable_changes (company_id, seq, position) VALUES ($1, $2, $3)")
        .bind(company.to_string())
        .bind(seq)
        .bind(position)
        .execute(on)
        .await?;
    Ok(())
}

/// Removes a case's payable and its keys.
pub(super) async fn forget(
    on: &mut AnyConnection,
    (company, seq): (CompanyId, i64),
    case: CaseId,
    keys: fn(&Payable) -> Vec<u64>,
) -> Result<(), StoreError> {
    let removed = sqlx::query("DELETE FROM payables WHERE case_id = $1 RETURNING position, payable")
        .bind(case.to_string())
        .fetch_optional(&mut *on)
        .await?;
    let Some(row) = removed else { return Ok(()) };
    let position = row.int("position")?;
    for key in keys(&row.json("payable")?) {
        sqlx::query(concat!("DELETE FROM payable_blocks WHERE company = ", company_number!(), " AND block = $2 AND position = $3"))
            .bind(company.to_string())
            .bind(key.cast_signed())
            .bind(position)
            .execute(&mut *on)
            .await?;
    }
    changed(on, (company, seq), position).await
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
        sqlx::query(INSERT_BLOCK).bind(company.to_string()).bind(key.cast_signed()).bind(position).execute(&mut *on).await?;
    }
    Ok(())
}

/// A rejected case's payable is no earlier document for anything.
pub(super) async fn deactivate(on: &mut AnyConnection, (company, seq): (CompanyId, i64), case: CaseId) -> Result<(), StoreError> {
    let row = sqlx::query("UPDATE payables SET active = 0 WHERE case_id = $1 AND active = 1 RETURNING position")
        .bind(case.to_string())
        .fetch_optional(&mut *on)
        .await?;
    match row {
        Some(row) => changed(on, (company, seq), row.int("position")?).await,
        None => Ok(()),
    }
}

/// The payable with its position as its row: the order of arrival.
fn payable(row: &AnyRow) -> Result<Payable, StoreError> {
    let mut payable: Payable = row.json("payable")?;
    payable.row = u64::try_from(row.int("position")?).unwrap_or_default();
    Ok(payable)
}

/// The position that `before_seq` stands for.
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
        exclude: Option<CaseId>,
        limit: u32,
    ) -> Result<Vec<(Payable, EarlierDocument)>, StoreError> {
        let before = before(before_seq);
        let mut blocks = Vec::with_capacity(keys.len());
        for key in keys {
            let mut block = self.overtaking(company, *key, before, limit).await?;
            block.extend(self.block(company, *key, before, limit + SPARE).await?);
            blocks.push(block);
        }
        let wanted: BTreeSet<i64> = blocks.iter().flatten().copied().collect();
        let payables = self.documents_at(company, &wanted.into_iter().collect::<Vec<_>>()).await?;
        let mut found = BTreeMap::new();
        for block in blocks {
            let there = block.iter().filter_map(|position| payables.get(position));
            let others = there.filter(|(_, earlier)| exclude.is_none() || earlier.case_id != exclude);
            found.extend(others.take(limit as usize).map(|(payable, earlier)| (payable.row, (payable.clone(), earlier.clone()))));
        }
        Ok(found.into_values().rev().collect())
    }

    /// Positions under a block key before another, newest first.
    async fn block(&self, company: CompanyId, key: u64, before: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        let rows = sqlx::query(concat!(
            "SELECT position FROM payable_blocks WHERE company = ",
            company_number!(),
            " AND block = $2 AND position < $3 ORDER BY position DESC LIMIT $4"
        ))
        .bind(company.to_string())
        .bind(key.cast_signed())
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| row.int("position")).collect()
    }

    /// Positions under a block key that come later and were agreed to by now, newest first.
    async fn overtaking(&self, company: CompanyId, key: u64, before: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        if before == i64::MAX {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(concat!(
            "SELECT k.position FROM payable_blocks k JOIN payables p ON p.company_id = $1 AND p.position = k.position
             LEFT JOIN cases c ON c.id = p.case_id
             WHERE k.company = ",
            company_number!(),
            " AND k.block = $2 AND k.position >= $3 AND p.active = 1
               AND (p.case_id IS NULL OR c.phase IN ('approved', 'posting', 'posted')) ORDER BY k.position DESC LIMIT $4"
        ))
        .bind(company.to_string())
        .bind(key.cast_signed())
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| row.int("position")).collect()
    }

    /// The active payables at these positions, by position.
    async fn documents_at(&self, company: CompanyId, positions: &[i64]) -> Result<HashMap<i64, (Payable, EarlierDocument)>, StoreError> {
        const AT_ONCE: usize = 32;
        // The wanted positions come first and each is looked up: given a list of them, SQLite would rather
        // read the whole register.
        const SQL: &str = "WITH wanted (position) AS (VALUES (CAST($2 AS BIGINT)), (CAST($3 AS BIGINT)), (CAST($4 AS BIGINT)), (CAST($5 AS BIGINT)), (CAST($6 AS
               BIGINT)), (CAST($7 AS BIGINT)), (CAST($8 AS BIGINT)), (CAST($9 AS BIGINT)), (CAST($10 AS BIGINT)), (CAST($11
               AS BIGINT)), (CAST($12 AS BIGINT)), (CAST($13 AS BIGINT)), (CAST($14 AS BIGINT)), (CAST($15 AS BIGINT)),
               (CAST($16 AS BIGINT)), (CAST($17 AS BIGINT)), (CAST($18 AS BIGINT)), (CAST($19 AS BIGINT)), (CAST($20 AS
               BIGINT)), (CAST($21 AS BIGINT)), (CAST($22 AS BIGINT)), (CAST($23 AS BIGINT)), (CAST($24 AS BIGINT)),
               (CAST($25 AS BIGINT)), (CAST($26 AS BIGINT)), (CAST($27 AS BIGINT)), (CAST($28 AS BIGINT)), (CAST($29 AS
               BIGINT)), (CAST($30 AS BIGINT)), (CAST($31 AS BIGINT)), (CAST($32 AS BIGINT)), (CAST($33 AS BIGINT)))
             SELECT p.position, p.case_id, p.payable, c.phase FROM wanted w CROSS JOIN payables p LEFT JOIN cases c ON c.id = p.case_id
             WHERE p.company_id = $1 AND p.position = w.position AND p.active = 1";
        let mut found = HashMap::with_capacity(positions.len());
        for chunk in positions.chunks(AT_ONCE) {
            let mut query = sqlx::query(SQL).bind(company.to_string());
            for place in 0..AT_ONCE {
                query = query.bind(chunk[place.min(chunk.len() - 1)]);
            }
            for row in &query.fetch_all(&self.pool).await? {
                let payable = payable(row)?;
                let phase: Option<Phase> = row.maybe_named("phase")?;
                let earlier = EarlierDocument {
                    case_id: row.maybe_parsed("case_id")?,
                    invoice_number: payable.invoice_no.clone(),
                    position: Some(payable.row),
                    agreed: phase.is_none_or(Phase::is_agreed),
                };
                found.insert(row.int("position")?, (payable, earlier));
            }
        }
        Ok(found)
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

    /// A supplier's active payables between two positions (both excluded), oldest first.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn supplier_between(&self, company: CompanyId, vendor_id: &str, after: i64, before: i64) -> Result<Vec<Payable>, StoreError> {
        let rows = sqlx::query(
            "SELECT position, payable FROM payables
             WHERE company_id = $1 AND vendor_id = $2 AND position > $3 AND position < $4 AND active = 1 ORDER BY position",
        )
        .bind(company.to_string())
        .bind(vendor_id)
        .bind(after)
        .bind(before)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(payable).collect()
    }

    /// Suppliers with at least so many payables, and how many each has.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn busy_suppliers(&self, company: CompanyId, at_least: i64) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT vendor_id FROM payables WHERE company_id = $1 AND vendor_id <> '' GROUP BY vendor_id HAVING COUNT(*) >= $2";
        let rows = sqlx::query(sql).bind(company.to_string()).bind(at_least).fetch_all(&self.pool).await?;
        rows.iter().map(|row| row.text("vendor_id")).collect()
    }

    /// Payables that were taken out of the register by trail records after `seq`: `(record, position)`, in order.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn payable_changes(&self, company: CompanyId, seq: i64) -> Result<Vec<(i64, i64)>, StoreError> {
        let rows = sqlx::query("SELECT seq, position FROM payable_changes WHERE company_id = $1 AND seq > $2 ORDER BY seq, position")
            .bind(company.to_string())
            .bind(seq)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Ok((row.int("seq")?, row.int("position")?))).collect()
    }

    /// The position that a trail record's first payable has.
    #[must_use]
    pub fn position_at(seq: i64) -> i64 {
        seq.saturating_mul(BATCH)
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
