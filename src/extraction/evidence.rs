//! What the company's own master data says about candidates, as log-odds added to the model's scores:
//! a name, tax id, account or order number that is on file is more likely the one that is meant, and
//! the company that receives the invoice is its buyer.
//!
//! Evidence moves the choice among what the document prints; it never puts in a value that is not there.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::candidates::{self, Candidate, Kind, SCORED};
use super::layout::Doc;
use crate::domain::identifiers::{Iban, VatId};
use crate::domain::purchasing::Supplier;
use crate::domain::text::{company_key, number_key};
use crate::domain::{FieldName, Reading};

/// What is known before a document is read.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Names of the receiving company.
    pub own_names: Vec<String>,
    /// Suppliers on file.
    pub suppliers: Vec<Supplier>,
    /// Keys ([`number_key`]) of the purchase orders on file.
    pub orders: HashSet<String>,
}

/// Log-odds for a name, tax id or account of a supplier on file.
const ON_FILE: f32 = 3.0;
/// … for the name of the supplier whose tax id or account stands on the document.
const NAMED: f32 = 3.0;
/// … for the receiving company as the buyer, and against it as the supplier.
const OWN: f32 = 5.0;
/// … for an order number on file.
const ORDERED: f32 = 4.0;
/// Numbers of one document that are looked up.
const MOST_ORDERS: usize = 160;
/// Names at least this similar are one.
const SIMILAR: f64 = 0.93;

impl Evidence {
    /// Adds the evidence to `scores` (row-major, `candidates × SCORED`).
    pub fn weigh(&self, candidates: &[Candidate], scores: &mut [f32]) {
        if self.own_names.is_empty() && self.suppliers.is_empty() && self.orders.is_empty() {
            return;
        }
        let own: HashSet<String> = self.own_names.iter().map(|name| company_key(name)).filter(|key| !key.is_empty()).collect();
        let names = Names::new(&self.suppliers);
        let pointed: HashSet<String> = candidates.iter().filter_map(|c| self.owner(c)).map(|s| company_key(&s.name)).collect();
        for (row, candidate) in candidates.iter().enumerate() {
            let mut add = |field: FieldName, weight: f32| {
                if let Some(column) = SCORED.iter().position(|f| *f == field) {
                    scores[row * SCORED.len() + column] += weight;
                }
            };
            match candidate.kind {
                Kind::Name => {
                    let key = company_key(&candidate.value);
                    if own.contains(&key) {
                        add(FieldName::BuyerName, OWN);
                        add(FieldName::SupplierName, -OWN);
                    } else if let Some(known) = names.find(&key) {
                        add(FieldName::SupplierName, ON_FILE + if pointed.contains(known) { NAMED } else { 0.0 });
                    }
                }
                Kind::Iban if self.owner(candidate).is_some() => add(FieldName::Iban, ON_FILE),
                Kind::Identifier => {
                    if candidate.vat.is_some() && self.owner(candidate).is_some() {
                        add(FieldName::SupplierTaxId, ON_FILE);
                    }
                    if self.orders.contains(&number_key(&candidate.value)) {
                        add(FieldName::PurchaseOrder, ORDERED);
                        add(FieldName::InvoiceNumber, -ORDERED);
                    }
                }
                Kind::Iban | Kind::Date | Kind::Amount => {}
            }
        }
    }

    /// The supplier whose tax id or account a candidate is.
    fn owner(&self, candidate: &Candidate) -> Option<&Supplier> {
        match candidate.kind {
            Kind::Iban => {
                let iban: Iban = candidate.value.parse().ok()?;
                self.suppliers.iter().find(|s| s.ibans.contains(&iban))
            }
            Kind::Identifier if candidate.vat.is_some() => {
                let id: VatId = candidate.value.parse().ok()?;
                self.suppliers.iter().find(|s| s.vat_id.as_ref() == Some(&id))
            }
            _ => None,
        }
    }
}

/// Keys of numbers on the pages that could name an order, for the store to say which exist.
#[must_use]
pub fn possible_orders(reading: &Reading) -> Vec<String> {
    let (found, _) = candidates::find(&Doc::new(&reading.pages));
    let numbers = found.iter().filter(|c| c.kind == Kind::Identifier && c.vat.is_none());
    let keys: BTreeSet<String> = numbers.map(|c| number_key(&c.value)).filter(|key| key.len() >= 4).collect();
    keys.into_iter().take(MOST_ORDERS).collect()
}

/// Keys of the suppliers' names, by their first letters, so that few are compared.
struct Names {
    by_start: BTreeMap<String, Vec<String>>,
}

impl Names {
    fn new(suppliers: &[Supplier]) -> Self {
        let mut by_start: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for key in suppliers.iter().map(|s| company_key(&s.name)).filter(|key| !key.is_empty()) {
            by_start.entry(start(&key)).or_default().push(key);
        }
        Self { by_start }
    }

    /// The known name that `key` is, or is nearly.
    fn find(&self, key: &str) -> Option<&String> {
        let near = self.by_start.get(&start(key))?;
        near.iter().find(|known| *known == key).or_else(|| {
            let similar = |known: &&String| key.len() > 5 && strsim::normalized_damerau_levenshtein(known, key) >= SIMILAR;
            near.iter().take(500).find(similar)
        })
    }
}

fn start(key: &str) -> String {
    key.chars().take(3).collect()
}
