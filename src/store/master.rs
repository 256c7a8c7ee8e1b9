//! Master data of a company, synchronized from the ERP: suppliers, orders, receipts, cost centres; the
//! quantities already billed; and the workflow files its cases are bound to.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::{BTreeMap, HashSet};

use super::audit::{Entry, Turn};
use super::rows::{Columns as _, micros, to_json};
use super::types::By;
use super::{Store, StoreError, retrying};
use crate::domain::purchasing::{CostCentre, GoodsReceipt, PurchaseOrder, Supplier};
use crate::domain::text::number_key;
use crate::domain::{CaseId, CompanyId};
use crate::workflow::WorkflowRef;

/// A kind of master data: its statements and the name of its trail record.
struct Table {
    action: &'static str,
    select: &'static str,
    upsert: &'static str,
}

/// Statements of a table; those of orders and receipts also keep the order's canonical key.
macro_rules! table {
    ($action:literal, $name:literal) => {
        Table {
            action: $action,
            select: concat!("SELECT data FROM ", $name, " WHERE company_id = $1 AND number = $2"),
            upsert: concat!(
                "INSERT INTO ",
                $name,
                " (company_id, number, data, updated_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (company_id, number) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at"
            ),
        }
    };
    ($action:literal, $name:literal, keyed) => {
        Table {
            action: $action,
            select: concat!("SELECT data FROM ", $name, " WHERE company_id = $1 AND number = $2"),
            upsert: concat!(
                "INSERT INTO ",
                $name,
                " (company_id, number, data, updated_at, order_key) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (company_id, number)
                 DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at, order_key = excluded.order_key"
            ),
        }
    };
}

const SUPPLIERS: Table = table!("suppliers-upserted", "suppliers");
const ORDERS: Table = table!("purchase-orders-upserted", "purchase_orders", keyed);
const RECEIPTS: Table = table!("goods-receipts-upserted", "goods_receipts", keyed);
const COST_CENTRES: Table = table!("cost-centres-upserted", "cost_centres");

/// What is written of one object: its number, its JSON and, where it has one, its order's key.
struct Item {
    number: String,
    data: String,
    order_key: Option<String>,
}

impl Item {
    fn new(number: &str, object: &impl Serialize, order: Option<&str>) -> Result<Self, StoreError> {
        Ok(Self { number: number.to_owned(), data: to_json(object)?, order_key: order.map(number_key) })
    }
}

impl Store {
    /// Writes objects and one trail record that names those that changed. Again the same: no change.
    async fn upsert(&self, company: CompanyId, table: &Table, items: &[Item], by: &By, at: Timestamp) -> Result<u64, StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            let mut turn = Turn::take(write.on(), company).await?;
            let mut changed: Vec<&str> = Vec::new();
            for item in items {
                let before =
                    sqlx::query(table.select).bind(company.to_string()).bind(item.number.as_str()).fetch_optional(write.on()).await?;
                if before.is_some_and(|row| row.text("data").is_ok_and(|data| data == item.data)) {
                    continue;
                }
                changed.push(&item.number);
                let mut query = sqlx::query(table.upsert)
                    .bind(company.to_string())
                    .bind(item.number.as_str())
                    .bind(item.data.as_str())
                    .bind(micros(at));
                if let Some(key) = &item.order_key {
                    query = query.bind(key.as_str());
                }
                query.execute(write.on()).await?;
            }
            let count = changed.len() as u64;
            if table.action == SUPPLIERS.action && count > 0 {
                sqlx::query("UPDATE companies SET suppliers_version = suppliers_version + 1 WHERE id = $1")
                    .bind(company.to_string())
                    .execute(write.on())
                    .await?;
            }
            let detail = json!({"given": items.len(), "changed": changed});
            let entry = Entry { company, by, at, action: table.action, case_id: None, case_version: None, detail };
            turn.append(write.on(), entry).await?;
            write.commit().await?;
            Ok(count)
        })
    }

    /// Writes suppliers; gives how many are new or changed.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn upsert_suppliers(&self, company: CompanyId, suppliers: &[Supplier], by: &By, at: Timestamp) -> Result<u64, StoreError> {
        let items = suppliers.iter().map(|s| Item::new(&s.number, s, None)).collect::<Result<Vec<_>, _>>()?;
        self.upsert(company, &SUPPLIERS, &items, by, at).await
    }

    /// Writes purchase orders; gives how many are new or changed.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn upsert_orders(&self, company: CompanyId, orders: &[PurchaseOrder], by: &By, at: Timestamp) -> Result<u64, StoreError> {
        let items = orders.iter().map(|o| Item::new(&o.number, o, Some(&o.number))).collect::<Result<Vec<_>, _>>()?;
        self.upsert(company, &ORDERS, &items, by, at).await
    }

    /// Writes goods receipts; gives how many are new or changed.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn upsert_receipts(&self, company: CompanyId, receipts: &[GoodsReceipt], by: &By, at: Timestamp) -> Result<u64, StoreError> {
        let items = receipts.iter().map(|r| Item::new(&r.number, r, Some(&r.purchase_order))).collect::<Result<Vec<_>, _>>()?;
        self.upsert(company, &RECEIPTS, &items, by, at).await
    }

    /// Writes cost centres; gives how many are new or changed.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn upsert_cost_centres(&self, company: CompanyId, centres: &[CostCentre], by: &By, at: Timestamp) -> Result<u64, StoreError> {
        let items = centres.iter().map(|c| Item::new(&c.code, c, None)).collect::<Result<Vec<_>, _>>()?;
        self.upsert(company, &COST_CENTRES, &items, by, at).await
    }

    /// Every supplier, by number.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn suppliers(&self, company: CompanyId) -> Result<Vec<Supplier>, StoreError> {
        self.objects("SELECT data FROM suppliers WHERE company_id = $1 ORDER BY number", company, None).await
    }

    /// A number that counts up with every change of the company's suppliers.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown company.
    pub async fn suppliers_version(&self, company: CompanyId) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT suppliers_version FROM companies WHERE id = $1")
            .bind(company.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.ok_or(StoreError::NotFound)?.int("suppliers_version")
    }

    /// A supplier by its number.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn supplier(&self, company: CompanyId, number: &str) -> Result<Option<Supplier>, StoreError> {
        Ok(self.objects(SUPPLIERS.select, company, Some(number)).await?.pop())
    }

    /// An order by its number as people write it: the exact one, else the one with the same letters and
    /// digits.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn order(&self, company: CompanyId, number: &str) -> Result<Option<PurchaseOrder>, StoreError> {
        let sql = "SELECT data FROM purchase_orders WHERE company_id = $1 AND order_key = $2 ORDER BY number";
        let mut orders: Vec<PurchaseOrder> = self.objects(sql, company, Some(&number_key(number))).await?;
        let exact = orders.iter().position(|order| order.number == number.trim()).unwrap_or(0);
        Ok((exact < orders.len()).then(|| orders.swap_remove(exact)))
    }

    /// Which of these order keys ([`number_key`]) are those of orders on file.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn known_orders(&self, company: CompanyId, keys: &[String]) -> Result<HashSet<String>, StoreError> {
        const AT_ONCE: usize = 16;
        const SQL: &str = "SELECT DISTINCT order_key FROM purchase_orders WHERE company_id = $1
             AND order_key IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
        let mut known = HashSet::new();
        for chunk in keys.chunks(AT_ONCE) {
            let mut query = sqlx::query(SQL).bind(company.to_string());
            for place in 0..AT_ONCE {
                query = query.bind(chunk[place.min(chunk.len() - 1)].as_str());
            }
            for row in query.fetch_all(&self.pool).await? {
                known.insert(row.text("order_key")?);
            }
        }
        Ok(known)
    }

    /// The receipts of an order, by number.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn receipts(&self, company: CompanyId, order_number: &str) -> Result<Vec<GoodsReceipt>, StoreError> {
        let sql = "SELECT data FROM goods_receipts WHERE company_id = $1 AND order_key = $2 ORDER BY number";
        self.objects(sql, company, Some(&number_key(order_number))).await
    }

    /// Every cost centre, by code.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn cost_centres(&self, company: CompanyId) -> Result<Vec<CostCentre>, StoreError> {
        self.objects("SELECT data FROM cost_centres WHERE company_id = $1 ORDER BY number", company, None).await
    }

    async fn objects<T: DeserializeOwned>(
        &self,
        sql: &'static str,
        company: CompanyId,
        number: Option<&str>,
    ) -> Result<Vec<T>, StoreError> {
        let mut query = sqlx::query(sql).bind(company.to_string());
        if let Some(number) = number {
            query = query.bind(number);
        }
        query.fetch_all(&self.pool).await?.iter().map(|row| row.json("data")).collect()
    }

    /// Quantities that other invoices took from an order: `(order line, quantity)`, rejected ones left out.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn billed(&self, company: CompanyId, order_number: &str, exclude: CaseId) -> Result<Vec<(u32, Decimal)>, StoreError> {
        let rows = sqlx::query(
            "SELECT b.line, b.quantity FROM billed b JOIN cases c ON c.id = b.case_id
             WHERE b.company_id = $1 AND b.order_key = $2 AND b.case_id <> $3 AND c.phase <> 'rejected'",
        )
        .bind(company.to_string())
        .bind(number_key(order_number))
        .bind(exclude.to_string())
        .fetch_all(&self.pool)
        .await?;
        let mut sums: BTreeMap<u32, Decimal> = BTreeMap::new();
        for row in &rows {
            let line = u32::try_from(row.int("line")?).map_err(|_| StoreError::Corrupt("billed.line".to_owned()))?;
            *sums.entry(line).or_default() += row.parsed::<Decimal>("quantity")?;
        }
        Ok(sums.into_iter().collect())
    }

    /// Keeps a workflow file's exact text; `true` where it was not kept before. No trail record: whoever
    /// publishes it writes one.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn save_workflow(&self, company: CompanyId, workflow: &WorkflowRef, text: &str, at: Timestamp) -> Result<bool, StoreError> {
        retrying!(async {
            let mut write = self.write().await?;
            let saved = sqlx::query(
                "INSERT INTO workflows (company_id, sha256, workflow, version, content, saved_at)
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (company_id, sha256) DO NOTHING",
            )
            .bind(company.to_string())
            .bind(workflow.sha256.as_str())
            .bind(workflow.id.as_str())
            .bind(workflow.version.as_str())
            .bind(text)
            .bind(micros(at))
            .execute(write.on())
            .await?;
            write.commit().await?;
            Ok(saved.rows_affected() == 1)
        })
    }

    /// The text of a workflow file by its hash.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn workflow_text(&self, company: CompanyId, sha256: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT content FROM workflows WHERE company_id = $1 AND sha256 = $2")
            .bind(company.to_string())
            .bind(sha256)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| row.text("content")).transpose()
    }
}
