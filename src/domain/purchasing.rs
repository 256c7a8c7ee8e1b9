//! Master data: suppliers, customers, orders, receipts, cost centres. Synchronized from the ERP.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};

use super::identifiers::{Bic, Iban, VatId};
use super::money::{Currency, deserialize_plausible};

/// A supplier (payee).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supplier {
    /// The ERP's number for it; unique in the company.
    #[serde(deserialize_with = "not_empty")]
    pub number: String,
    /// Legal name.
    #[serde(deserialize_with = "not_empty")]
    pub name: String,
    /// VAT id, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_id: Option<VatId>,
    /// Bank accounts on file.
    #[serde(default)]
    pub ibans: Vec<Iban>,
    /// BIC of the first account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bic: Option<Bic>,
    /// Usual currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Expense account used where no line says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expense_account: Option<String>,
    /// Blocked suppliers are never paid without a person's decision.
    #[serde(default)]
    pub blocked: bool,
}

/// A customer (payer of our own invoices); kept for cash application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// The ERP's number.
    #[serde(deserialize_with = "not_empty")]
    pub number: String,
    /// Legal name.
    #[serde(deserialize_with = "not_empty")]
    pub name: String,
    /// VAT id, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_id: Option<VatId>,
}

/// A line of a purchase order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderLine {
    /// Line number in the order, from 1.
    pub number: u32,
    /// What was ordered.
    pub description: String,
    /// Ordered quantity.
    #[serde(deserialize_with = "deserialize_plausible")]
    pub quantity: Decimal,
    /// Price per unit, net.
    #[serde(deserialize_with = "deserialize_plausible")]
    pub unit_price: Decimal,
}

/// A purchase order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurchaseOrder {
    /// Its number; unique in the company.
    #[serde(deserialize_with = "not_empty")]
    pub number: String,
    /// The supplier's number.
    #[serde(deserialize_with = "not_empty")]
    pub supplier: String,
    /// Currency of the prices.
    pub currency: Currency,
    /// When it was placed.
    pub ordered_on: Date,
    /// Whether goods receipts are expected (three-way) or not (services: two-way).
    #[serde(default = "yes")]
    pub receipt_required: bool,
    /// Its lines.
    pub lines: Vec<OrderLine>,
}

/// A key or name: something in it, at most 200 characters.
fn not_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.trim() {
        "" => Err(serde::de::Error::custom("must not be empty")),
        trimmed if trimmed.chars().count() > 200 => Err(serde::de::Error::custom("must have at most 200 characters")),
        trimmed => Ok(trimmed.to_owned()),
    }
}

fn yes() -> bool {
    true
}

/// A line of a goods receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptLine {
    /// The order line it delivers.
    pub order_line: u32,
    /// Received quantity.
    #[serde(deserialize_with = "deserialize_plausible")]
    pub quantity: Decimal,
}

/// A goods receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoodsReceipt {
    /// Its number; unique in the company.
    #[serde(deserialize_with = "not_empty")]
    pub number: String,
    /// The order delivered.
    #[serde(deserialize_with = "not_empty")]
    pub purchase_order: String,
    /// When it arrived.
    pub received_on: Date,
    /// Its lines.
    pub lines: Vec<ReceiptLine>,
}

/// How far an invoice may exceed its order and goods receipts; from the workflow file. Only excess
/// counts: a lower price or quantity passes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// Unit price above the order's, in percent of it; …
    pub price_percent: Decimal,
    /// … or absolute, in the order's currency: the wider of the two counts.
    pub price_absolute: Decimal,
    /// Quantity above what was ordered or received, in percent of it.
    pub quantity_percent: Decimal,
    /// Total of an invoice without lines above what the order leaves, in the order's currency.
    pub total_absolute: Decimal,
}

/// A cost centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostCentre {
    /// Its code; unique in the company.
    #[serde(deserialize_with = "not_empty")]
    pub code: String,
    /// Its name.
    #[serde(deserialize_with = "not_empty")]
    pub name: String,
    /// Who answers for it (user name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn master_data_that_mean_nothing_are_refused() {
        let supplier = |text: &str| serde_json::from_str::<Supplier>(text).map_err(|e| e.to_string());
        assert!(supplier(r#"{"number": "1", "name": "Kraxi"}"#).is_ok());
        for (text, why) in [
            (r#"{"number": " ", "name": "Kraxi"}"#, "must not be empty"),
            (r#"{"number": "1", "name": "Kraxi", "iban": "x"}"#, "unknown field"),
            (r#"{"number": "1", "name": "Kraxi", "ibans": ["DE00"]}"#, "not an IBAN"),
        ] {
            assert!(supplier(text).unwrap_err().contains(why), "{text}");
        }
        let line = r#"{"number": 1, "description": "", "quantity": "79228162514264337593543950335", "unit_price": "1"}"#;
        assert!(serde_json::from_str::<OrderLine>(line).unwrap_err().to_string().contains("below 10^12"));
    }
}
