//! Block keys made anew, when the rule by which they are made has changed with the program: under a new
//! number of the company, which takes the old one's place in one transaction. Until then the old keys serve.

use sqlx::AnyConnection;

use super::audit::Turn;
use super::rows::Columns as _;
use super::{Store, StoreError, retrying};
use crate::domain::CompanyId;
use crate::domain::history::Payable;

/// Payables keyed in one transaction.
const BATCH: u32 = 20_000;
/// The two numbers of a company differ by this.
const OTHER: i64 = 1 << 32;

impl Store {
    /// The rule by which the company's block keys were made; empty: none was noted.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown company.
    pub async fn block_rule(&self, company: CompanyId) -> Result<String, StoreError> {
        let row =
            sqlx::query("SELECT block_rule FROM companies WHERE id = $1").bind(company.to_string()).fetch_optional(&self.pool).await?;
        row.ok_or(StoreError::NotFound)?.text("block_rule")
    }

    /// Notes the rule by which the company's block keys were made, where none was noted.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn note_block_rule(&self, company: CompanyId, rule: &str) -> Result<(), StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            sqlx::query("UPDATE companies SET block_rule = $1 WHERE id = $2 AND block_rule = ''")
                .bind(rule)
                .bind(company.to_string())
                .execute(write.on())
                .await?;
            write.commit().await
        })
    }

    /// Whether a payable stands under a block key.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn has_block(&self, company: CompanyId, key: u64, position: i64) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT 1 AS one FROM payable_blocks WHERE company = (SELECT number FROM companies WHERE id = $1) AND block = $2 AND position = $3",
        )
        .bind(company.to_string())
        .bind(key.cast_signed())
        .bind(position)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.is_some())
    }

    /// Makes all block keys of the company anew by a rule, and notes the rule. Safe beside other writers and
    /// against death at any moment; two at once do the work twice.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn rekey(&self, company: CompanyId, rule: &str, keys: fn(&Payable) -> Vec<u64>) -> Result<(), StoreError> {
        let row = sqlx::query("SELECT number FROM companies WHERE id = $1").bind(company.to_string()).fetch_one(&self.pool).await?;
        let old = row.int("number")?;
        let new = if old < OTHER { old + OTHER } else { old - OTHER };
        self.sweep(new).await?;
        let mut after = -1;
        loop {
            let batch = self.payables_between(company, after, i64::MAX, BATCH).await?;
            let Some(last) = batch.last() else { break };
            after = last.position;
            let keyed: Vec<(i64, Vec<u64>)> = batch.iter().map(|row| (row.position, keys(&row.payable))).collect();
            retrying!(async {
                let mut write = self.write().await?;
                insert(write.on(), new, &keyed).await?;
                write.commit().await
            })?;
        }
        retrying!(async {
            let mut write = self.write().await?;
            // Nobody registers while the numbers change places.
            let _turn = Turn::take(write.on(), company).await?;
            let rest = sqlx::query("SELECT position, payable FROM payables WHERE company_id = $1 AND position > $2")
                .bind(company.to_string())
                .bind(after)
                .fetch_all(write.on())
                .await?;
            let rest =
                rest.iter().map(|row| Ok((row.int("position")?, keys(&row.json("payable")?)))).collect::<Result<Vec<_>, StoreError>>()?;
            insert(write.on(), new, &rest).await?;
            sqlx::query("UPDATE companies SET number = $1, block_rule = $2 WHERE id = $3 AND number = $4")
                .bind(new)
                .bind(rule)
                .bind(company.to_string())
                .bind(old)
                .execute(write.on())
                .await?;
            write.commit().await
        })?;
        self.sweep(old).await
    }

    /// Removes the keys under a number that is not in use, a part at a time.
    async fn sweep(&self, number: i64) -> Result<(), StoreError> {
        loop {
            let swept = retrying!(async {
                let mut write = self.write().await?;
                let done = sqlx::query(
                    "DELETE FROM payable_blocks WHERE company = $1 AND block IN
                       (SELECT DISTINCT block FROM payable_blocks WHERE company = $1 ORDER BY block LIMIT 5000)
                     AND NOT EXISTS (SELECT 1 FROM companies WHERE number = $1)",
                )
                .bind(number)
                .execute(write.on())
                .await?;
                write.commit().await?;
                Ok::<_, StoreError>(done.rows_affected())
            })?;
            if swept == 0 {
                return Ok(());
            }
        }
    }
}

/// In the order of the tree, so that a page is written once and not once a key.
async fn insert(on: &mut AnyConnection, number: i64, keyed: &[(i64, Vec<u64>)]) -> Result<(), StoreError> {
    let mut rows: Vec<(i64, i64)> =
        keyed.iter().flat_map(|(position, keys)| keys.iter().map(|key| (key.cast_signed(), *position))).collect();
    rows.sort_unstable();
    for (block, position) in rows {
        sqlx::query("INSERT INTO payable_blocks (company, block, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(number)
            .bind(block)
            .bind(position)
            .execute(&mut *on)
            .await?;
    }
    Ok(())
}
