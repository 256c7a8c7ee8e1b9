//! What the company's own master data says about candidates, as log-odds added to the model's scores:
//! a name, tax id, account or order number that is on file is more likely the one that is meant, and
//! the company that receives the invoice is its buyer.
//!
//! Evidence moves the choice among what the document prints; it never puts in a value that is not there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::candidates::{self, Candidate, Kind, SCORED};
use super::layout::Doc;
use crate::domain::identifiers::{Iban, VatId};
use crate::domain::purchasing::Supplier;
use crate::domain::text::{company_key, number_key};
use crate::domain::{FieldName, Reading};

/// What is known before a document is read, by what is looked up: made once, asked for every page.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Key of the receiving company's name; empty where it is not known.
    own: String,
    /// Suppliers' names.
    names: Names,
    /// Name keys of suppliers by account and by tax id.
    accounts: HashMap<Iban, String>,
    tax_ids: HashMap<VatId, String>,
    /// Keys ([`number_key`]) of the purchase orders on file.
    orders: HashSet<String>,
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
    /// What the receiving company's name, its suppliers and the keys of its orders say.
    #[must_use]
    pub fn new(own_name: Option<&str>, suppliers: &[Supplier], orders: HashSet<String>) -> Self {
        let mut known = Self { own: own_name.map(company_key).unwrap_or_default(), orders, ..Self::default() };
        for supplier in suppliers {
            let key = company_key(&supplier.name);
            for iban in &supplier.ibans {
                known.accounts.entry(iban.clone()).or_insert_with(|| key.clone());
            }
            if let Some(id) = &supplier.vat_id {
                known.tax_ids.entry(id.clone()).or_insert_with(|| key.clone());
            }
            known.names.add(key);
        }
        known
    }

    /// Adds the evidence to `scores` (row-major, `candidates × SCORED`).
    pub fn weigh(&self, candidates: &[Candidate], scores: &mut [f32]) {
        if self.own.is_empty()
            && self.names.by_start.is_empty()
            && self.tax_ids.is_empty()
            && self.accounts.is_empty()
            && self.orders.is_empty()
        {
            return;
        }
        let owners: Vec<Option<&String>> = candidates.iter().map(|c| self.owner(c)).collect();
        let pointed: HashSet<&String> = owners.iter().copied().flatten().collect();
        for (row, candidate) in candidates.iter().enumerate() {
            let mut add = |field: FieldName, weight: f32| {
                if let Some(column) = SCORED.iter().position(|f| *f == field) {
                    scores[row * SCORED.len() + column] += weight;
                }
            };
            match candidate.kind {
                Kind::Name => {
                    let key = company_key(&candidate.value);
                    if !key.is_empty() && key == self.own {
                        add(FieldName::BuyerName, OWN);
                        add(FieldName::SupplierName, -OWN);
                    } else if let Some(known) = self.names.find(&key) {
                        add(FieldName::SupplierName, ON_FILE + if pointed.contains(known) { NAMED } else { 0.0 });
                    }
                }
                Kind::Iban if owners[row].is_some() => add(FieldName::Iban, ON_FILE),
                Kind::Identifier => {
                    if owners[row].is_some() {
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

    /// Name key of the supplier whose tax id or account a candidate is.
    fn owner(&self, candidate: &Candidate) -> Option<&String> {
        match candidate.kind {
            Kind::Iban => self.accounts.get(&candidate.value.parse().ok()?),
            Kind::Identifier if candidate.vat.is_some() => self.tax_ids.get(&candidate.value.parse().ok()?),
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
#[derive(Debug, Clone, Default)]
struct Names {
    by_start: BTreeMap<String, Vec<String>>,
}

impl Names {
    fn add(&mut self, key: String) {
        if !key.is_empty() {
            self.by_start.entry(start(&key)).or_default().push(key);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::tests::page;

    #[test]
    fn what_is_on_file_is_more_likely_and_the_own_name_is_the_buyers() {
        let printed = page(&["Nordlicht Handel GmbH @60 DE811907980", "Lindner AG", "Bestellung B-4711 @60 Rechnung R-2020-17"]);
        let reading = Reading { kind: crate::domain::DocumentKind::Pdf, pages: vec![printed.clone()], einvoice: None, issues: Vec::new() };
        assert!(possible_orders(&reading).contains(&number_key("B-4711")));
        let supplier: Supplier =
            serde_json::from_value(serde_json::json!({"number": "7", "name": "NORDLICHT HANDEL", "vat_id": "DE811907980"})).unwrap();
        let known = Evidence::new(Some("Lindner AG"), &[supplier], HashSet::from([number_key("B-4711")]));
        let (found, _) = candidates::find(&Doc::new(&[printed]));
        let mut scores = vec![0.0; found.len() * SCORED.len()];
        known.weigh(&found, &mut scores);
        let score = |value: &str, field: FieldName| {
            let row = found.iter().position(|c| c.value == value).unwrap();
            scores[row * SCORED.len() + SCORED.iter().position(|f| *f == field).unwrap()]
        };
        assert_eq!(score("Nordlicht Handel GmbH", FieldName::SupplierName), ON_FILE + NAMED);
        assert_eq!(score("DE811907980", FieldName::SupplierTaxId), ON_FILE);
        assert_eq!((score("Lindner AG", FieldName::BuyerName), score("Lindner AG", FieldName::SupplierName)), (OWN, -OWN));
        assert_eq!((score("B-4711", FieldName::PurchaseOrder), score("R-2020-17", FieldName::PurchaseOrder)), (ORDERED, 0.0));
        let mut none = vec![0.0; scores.len()];
        Evidence::default().weigh(&found, &mut none);
        assert!(none.iter().all(|score| *score == 0.0));
    }
}
