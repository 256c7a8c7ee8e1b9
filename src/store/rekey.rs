//! Block keys made anew, when the rule by which they are made has changed with the program: under a new
//! number of the company, which takes the old one's place in one transaction. Until then the old keys serve.

use sqlx::AnyConnection;

use super::audit::Turn;
use super::rows::Columns as _;
use super::{Store, StoreError, retrying};
use crate::domain::CompanyId;
use crate::domain::history::Payable;

/// Payables keyed in one transaction.
const BATCH: u32 = 2000;
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

async fn insert(on: &mut AnyConnection, number: i64, keyed: &[(i64, Vec<u64>)]) -> Result<(), StoreError> {
    for (position, keys) in keyed {
        for key in keys {
            sqlx::query("INSERT INTO payable_blocks (company, block, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
                .bind(number)
                .bind(key.cast_signed())
                .bind(*position)
                .execute(&mut *on)
                .await?;
        }
    }
    Ok(())
}
