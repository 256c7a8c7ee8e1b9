//! Master data in: one canonical object or an array of them, upserted by number, all or none.

use axum::extract::State;
use axum::{Extension, Json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::purchasing::{CostCentre, GoodsReceipt, PurchaseOrder, Supplier};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::extract::JsonBody;
use crate::web::problem::{self, Problem};

/// What was taken over.
#[derive(Debug, Serialize, ToSchema)]
pub struct Upserted {
    /// Objects received.
    pub received: usize,
    /// Those that were new or different.
    pub changed: u64,
}

/// Wrong objects named in one answer, at most.
const ERRORS_AT_MOST: usize = 100;

/// Checks every object; one wrong object refuses them all.
fn objects<T: DeserializeOwned>(body: Value) -> Result<Vec<T>, Problem> {
    let values = match body {
        Value::Array(values) => values,
        object @ Value::Object(_) => vec![object],
        _ => return Err(Problem::new(problem::INVALID, "send an object or an array of objects")),
    };
    let mut objects = Vec::with_capacity(values.len());
    let mut refused = Problem::new(problem::INVALID, "nothing was taken over: some objects are not valid");
    for (index, value) in values.into_iter().enumerate() {
        match serde_json::from_value(value) {
            Ok(object) => objects.push(object),
            Err(error) if refused.errors.len() < ERRORS_AT_MOST => refused = refused.on(format!("/{index}"), error.to_string()),
            Err(_) => {}
        }
    }
    if refused.errors.is_empty() { Ok(objects) } else { Err(refused) }
}

macro_rules! upsert {
    ($(#[$doc:meta])* $name:ident, $path:literal, $object:ty, $shown:ty, $store:ident) => {
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "master data", request_body = Vec<$shown>,
            params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition safe")),
            responses((status = 200, description = "Taken over", body = Upserted),
                (status = 422, description = "`errors` names each wrong object by its index; nothing was taken over", body = Problem)))]
        pub async fn $name(
            State(web): State<Web>,
            Extension(caller): Extension<Caller>,
            JsonBody(body): JsonBody<Value>,
        ) -> Result<Json<Upserted>, Problem> {
            let objects: Vec<$object> = objects(body)?;
            let at = web.pipeline.ambient().now();
            let changed = web.pipeline.store().$store(caller.principal.company, &objects, &caller.principal.by(), at).await?;
            Ok(Json(Upserted { received: objects.len(), changed }))
        }
    };
}

upsert! {
    /// Suppliers
    ///
    /// An array of suppliers, or one.
    suppliers, "/api/v1/master-data/suppliers", Supplier, SupplierObject, upsert_suppliers
}
upsert! {
    /// Purchase orders
    ///
    /// An array of orders, or one.
    purchase_orders, "/api/v1/master-data/purchase-orders", PurchaseOrder, PurchaseOrderObject, upsert_orders
}
upsert! {
    /// Goods receipts
    ///
    /// An array of receipts, or one.
    goods_receipts, "/api/v1/master-data/goods-receipts", GoodsReceipt, GoodsReceiptObject, upsert_receipts
}
upsert! {
    /// Cost centres
    ///
    /// An array of cost centres, or one.
    cost_centres, "/api/v1/master-data/cost-centres", CostCentre, CostCentreObject, upsert_cost_centres
}

/// The objects as the documentation shows them; the domain's types are what is read.
pub mod shown {
    use utoipa::ToSchema;

    /// A supplier.
    #[derive(ToSchema)]
    #[expect(dead_code, reason = "describes the domain's type")]
    pub struct SupplierObject {
        /// The ERP's number; unique in the company.
        #[schema(example = "70001")]
        number: String,
        /// Legal name.
        #[schema(example = "Kraxi GmbH")]
        name: String,
        /// VAT id with country prefix.
        #[schema(example = "DE136695976")]
        vat_id: Option<String>,
        /// Bank accounts on file.
        #[schema(example = json!(["DE44500105175407324931"]))]
        ibans: Vec<String>,
        /// BIC of the first account.
        bic: Option<String>,
        /// Usual currency, ISO 4217.
        #[schema(example = "EUR")]
        currency: Option<String>,
        /// Expense account.
        #[schema(example = "Expenses:Purchases")]
        expense_account: Option<String>,
        /// Blocked suppliers are never paid without a person's decision.
        blocked: bool,
    }

    /// A purchase order.
    #[derive(ToSchema)]
    #[expect(dead_code, reason = "describes the domain's type")]
    pub struct PurchaseOrderObject {
        /// Unique in the company.
        #[schema(example = "PO-1001")]
        number: String,
        /// The supplier's number.
        #[schema(example = "70001")]
        supplier: String,
        /// ISO 4217.
        #[schema(example = "EUR")]
        currency: String,
        /// When it was placed.
        #[schema(format = Date, example = "2026-01-31")]
        ordered_on: String,
        /// Whether goods receipts are expected.
        receipt_required: bool,
        /// Its lines.
        lines: Vec<OrderLineObject>,
    }

    /// A line of an order.
    #[derive(ToSchema)]
    #[expect(dead_code, reason = "describes the domain's type")]
    pub struct OrderLineObject {
        /// From 1.
        number: u32,
        /// What.
        description: String,
        /// Plain decimal.
        #[schema(example = "2")]
        quantity: String,
        /// Net price of one.
        #[schema(example = "20.00")]
        unit_price: String,
    }

    /// A goods receipt.
    #[derive(ToSchema)]
    #[expect(dead_code, reason = "describes the domain's type")]
    pub struct GoodsReceiptObject {
        /// Unique in the company.
        #[schema(example = "GR-2001")]
        number: String,
        /// The order delivered.
        #[schema(example = "PO-1001")]
        purchase_order: String,
        /// When it arrived.
        #[schema(format = Date, example = "2026-02-03")]
        received_on: String,
        /// Its lines.
        lines: Vec<ReceiptLineObject>,
    }

    /// A line of a receipt.
    #[derive(ToSchema)]
    #[expect(dead_code, reason = "describes the domain's type")]
    pub struct ReceiptLineObject {
        /// The order line.
        order_line: u32,
        /// Plain decimal.
        #[schema(example = "2")]
        quantity: String,
    }

    /// A cost centre.
    #[derive(ToSchema)]
    #[expect(dead_code, reason = "describes the domain's type")]
    pub struct CostCentreObject {
        /// Unique in the company.
        #[schema(example = "4100")]
        code: String,
        /// Its name.
        #[schema(example = "Workshop")]
        name: String,
        /// Who answers for it (sign-in name).
        owner: Option<String>,
    }
}
use shown::{CostCentreObject, GoodsReceiptObject, PurchaseOrderObject, SupplierObject};

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_wrong_object_refuses_all_and_is_named() {
        let good = json!({"number": "1", "name": "A"});
        assert_eq!(objects::<Supplier>(good.clone()).unwrap().len(), 1);
        let problem = objects::<Supplier>(json!([good, {"number": "2", "name": "B", "ibans": ["DE00"]}])).unwrap_err();
        assert_eq!((problem.status, problem.errors.len(), problem.errors[0].field.as_str()), (422, 1, "/1"));
        assert_eq!(objects::<Supplier>(json!("x")).unwrap_err().code, "invalid");
    }
}
