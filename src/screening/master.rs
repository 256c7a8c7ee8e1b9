//! Who the supplier is, and what the master data says about this invoice: by rule, no model.

use crate::domain::extraction::{Extraction, FieldName};
use crate::domain::finding::{Finding, FindingKind, Reason};
use crate::domain::identifiers::{Iban, VatId};
use crate::domain::purchasing::Supplier;
use crate::domain::text::{company_key, fold};

/// From this similarity of name keys on, a name is taken for the supplier's…
const SIMILAR: f64 = 0.93;
/// Below this similarity a printed name speaks against the supplier.
const NOT_ALIKE: f64 = 0.7;
/// … if the next best supplier is this much less similar.
const AHEAD: f64 = 0.03;

/// The supplier of the master data whose invoice this is, with the evidence: `vat-id`, `iban` (of one
/// supplier only) or `name` (equal without legal form, else nearly equal and no rival).
#[must_use]
pub fn find_supplier<'a>(read: &Extraction, suppliers: &'a [Supplier]) -> Option<(&'a Supplier, &'static str)> {
    if let Some(id) = read.text(FieldName::SupplierTaxId).and_then(|text| text.parse::<VatId>().ok())
        && let Some(supplier) = suppliers.iter().find(|s| s.vat_id.as_ref() == Some(&id))
    {
        return Some((supplier, "vat-id"));
    }
    if let Some(iban) = iban(read) {
        let mut owners = suppliers.iter().filter(|s| s.ibans.contains(&iban));
        if let (Some(owner), None) = (owners.next(), owners.next()) {
            return Some((owner, "iban"));
        }
    }
    by_name(read.text(FieldName::SupplierName)?, suppliers).map(|supplier| (supplier, "name"))
}

fn by_name<'a>(name: &str, suppliers: &'a [Supplier]) -> Option<&'a Supplier> {
    let key = company_key(name);
    if key.is_empty() {
        return None;
    }
    let whole = fold(name);
    let mut equal: Vec<&Supplier> = suppliers.iter().filter(|s| company_key(&s.name) == key).collect();
    if equal.len() > 1 {
        equal.retain(|s| fold(&s.name) == whole);
    }
    if let [only] = equal[..] {
        return Some(only);
    }
    let mut scored: Vec<(f64, &Supplier)> = suppliers.iter().map(|s| (similarity(&key, &company_key(&s.name)), s)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let &(best, supplier) = scored.first()?;
    let rival = scored.get(1).map_or(0.0, |second| second.0);
    (best >= SIMILAR && best - rival >= AHEAD).then_some(supplier)
}

/// Similarity of two name keys; names whose numbers differ are different companies.
fn similarity(a: &str, b: &str) -> f64 {
    let numbers = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    if a.len().min(b.len()) < 4 || numbers(a) != numbers(b) {
        return 0.0;
    }
    let spaceless = |text: &str| text.replace(' ', "");
    if spaceless(a) == spaceless(b) { 0.99 } else { strsim::jaro_winkler(a, b).min(strsim::normalized_damerau_levenshtein(a, b) + 0.08) }
}

fn iban(read: &Extraction) -> Option<Iban> {
    read.text(FieldName::Iban).and_then(|text| text.parse().ok())
}

/// What disagrees with the master data: `supplier-unknown`, `supplier-blocked`,
/// `bank-account-not-on-file`. No bank data stands in the texts beyond the last three digits.
#[must_use]
pub fn master_data_findings(read: &Extraction, supplier: Option<&Supplier>) -> Vec<Finding> {
    let Some(supplier) = supplier else {
        let name = read.text(FieldName::SupplierName).unwrap_or_default();
        return vec![Finding::rule(FindingKind::MasterData, "supplier-unknown", "the supplier is not in the master data", name)];
    };
    let mut out = Vec::new();
    if supplier.blocked {
        let text = format!("supplier {} is blocked for payment", supplier.name);
        out.push(Finding::rule(FindingKind::MasterData, "supplier-blocked", text, supplier.number.clone()));
    }
    if let Some(finding) = contradiction(read, supplier) {
        out.push(finding);
    }
    if let Some(iban) = iban(read).filter(|iban| !supplier.ibans.contains(iban)) {
        let tail = |iban: &Iban| format!("…{}", &iban.as_str()[iban.as_str().len() - 3..]);
        let mut finding = Finding::rule(
            FindingKind::MasterData,
            "bank-account-not-on-file",
            format!("the invoice asks for payment to an account that is not on file for {}", supplier.name),
            tail(&iban),
        );
        let on_file: Vec<String> = supplier.ibans.iter().map(tail).collect();
        let text = if on_file.is_empty() { "no account is on file" } else { "on file are" };
        finding.reasons.push(Reason::new("accounts-on-file", text, on_file.join(", ")));
        out.push(finding);
    }
    out
}

/// Evidence on the document that speaks against the supplier it was taken for: another VAT id, or a name
/// that is not like the supplier's (an account may be a factoring bank's, shared by many).
fn contradiction(read: &Extraction, supplier: &Supplier) -> Option<Finding> {
    let printed = read.text(FieldName::SupplierTaxId).and_then(|text| text.parse::<VatId>().ok());
    let against = match (printed, &supplier.vat_id, read.text(FieldName::SupplierName)) {
        (Some(printed), Some(known), _) if printed == *known => None,
        (Some(printed), Some(known), _) => Some(("VAT id", format!("{printed} / {known}"))),
        (_, _, Some(name)) => {
            let alike = strsim::jaro_winkler(&company_key(name), &company_key(&supplier.name));
            (alike < NOT_ALIKE).then(|| ("name", format!("{name} / {}", supplier.name)))
        }
        _ => None,
    }?;
    let text = format!("the document's {} is not that of supplier {} ({})", against.0, supplier.name, supplier.number);
    Some(Finding::rule(FindingKind::MasterData, "supplier-contradictory", text, against.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IBAN_A: &str = "DE44500105175407324931";
    const IBAN_B: &str = "AT611904300234573201";

    fn supplier(number: &str, name: &str, vat: Option<&str>, ibans: &[&str]) -> Supplier {
        Supplier {
            number: number.to_owned(),
            name: name.to_owned(),
            vat_id: vat.map(|v| v.parse().unwrap()),
            ibans: ibans.iter().map(|i| i.parse().unwrap()).collect(),
            bic: None,
            currency: None,
            expense_account: None,
            blocked: false,
        }
    }

    fn book() -> Vec<Supplier> {
        vec![
            supplier("1", "Kraxi GmbH", Some("DE136695976"), &[IBAN_A]),
            supplier("2", "Dorn & Söhne AG", None, &[IBAN_B]),
            supplier("3", "Filiale 12 Handels GmbH", None, &[]),
            supplier("4", "Filiale 13 Handels GmbH", None, &[]),
        ]
    }

    fn read(fields: &[(FieldName, &str)]) -> Extraction {
        let mut read = Extraction::default();
        for (name, text) in fields {
            read.set_exact(*name, text);
        }
        read
    }

    #[test]
    fn the_supplier_is_found_by_the_strongest_evidence() {
        use FieldName::{Iban, SupplierName, SupplierTaxId};
        let book = book();
        for (fields, expected) in [
            (vec![(SupplierTaxId, "DE 136695976"), (SupplierName, "Dorn & Söhne AG")], Some(("1", "vat-id"))),
            (vec![(Iban, IBAN_B), (SupplierName, "Kraxi GmbH")], Some(("2", "iban"))),
            (vec![(SupplierName, "KRAXI")], Some(("1", "name"))),
            (vec![(SupplierName, "Dorn und Soehne")], None),
            (vec![(SupplierName, "Dorn Sohne")], Some(("2", "name"))),
            (vec![(SupplierName, "Dorn & Söhnne AG")], Some(("2", "name"))),
            (vec![(SupplierName, "Filiale 12 Handels")], Some(("3", "name"))),
            (vec![(SupplierName, "Filiale 14 Handels")], None),
            (vec![(SupplierName, "Somebody Else")], None),
            (vec![], None),
        ] {
            let found = find_supplier(&read(&fields), &book).map(|(s, evidence)| (s.number.as_str(), evidence));
            assert_eq!(found, expected, "{fields:?}");
        }
    }

    #[test]
    fn an_account_of_two_suppliers_names_neither() {
        let shared = vec![supplier("1", "Alpha GmbH", None, &[IBAN_A]), supplier("2", "Beta GmbH", None, &[IBAN_A])];
        assert!(find_supplier(&read(&[(FieldName::Iban, IBAN_A)]), &shared).is_none());
    }

    #[test]
    fn disagreements_are_found_and_agreement_is_silent() {
        let codes = |fields: &[(FieldName, &str)], supplier: Option<&Supplier>| -> Vec<String> {
            master_data_findings(&read(fields), supplier).into_iter().map(|f| f.code).collect()
        };
        let mut known = supplier("1", "Kraxi GmbH", None, &[IBAN_A]);
        assert_eq!(codes(&[], None), ["supplier-unknown"]);
        assert!(codes(&[(FieldName::Iban, IBAN_A)], Some(&known)).is_empty());
        assert!(codes(&[], Some(&known)).is_empty());
        assert_eq!(codes(&[(FieldName::Iban, IBAN_B)], Some(&known)), ["bank-account-not-on-file"]);
        let finding = &master_data_findings(&read(&[(FieldName::Iban, IBAN_B)]), Some(&known))[0];
        assert!(!format!("{finding:?}").contains(IBAN_B), "no full account in a finding");
        known.blocked = true;
        assert_eq!(codes(&[(FieldName::Iban, IBAN_B)], Some(&known)), ["supplier-blocked", "bank-account-not-on-file"]);
    }

    #[test]
    fn evidence_against_the_supplier_is_said() {
        use FieldName::{Iban, SupplierName, SupplierTaxId};
        let book = book();
        for (fields, expected) in [
            (vec![(SupplierTaxId, "DE136695976"), (SupplierName, "Kraxi")], None),
            // A factoring bank's account, on file at one of its customers.
            (vec![(Iban, IBAN_B), (SupplierName, "Zwirn & Faden KG")], Some("supplier-contradictory")),
            // The right name over another company's VAT id.
            (vec![(SupplierTaxId, "ATU13585627"), (SupplierName, "Kraxi GmbH")], Some("supplier-contradictory")),
        ] {
            let read = read(&fields);
            let supplier = find_supplier(&read, &book).map(|found| found.0);
            let found = master_data_findings(&read, supplier);
            assert_eq!(found.first().map(|f| f.code.as_str()), expected, "{fields:?}: {found:?}");
        }
    }
}
