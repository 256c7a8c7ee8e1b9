//! The tamper-evident trail: a hash chain a company, and its verifier, which needs no server.
//!
//! Pure. A record's hash covers the hash before it and every field of its own, as canonical JSON; the
//! first record's predecessor is bound to the company, so that no chain passes for another's. A chain
//! shows every change inside it; that its end was cut or that it was computed anew shows only against
//! a head kept elsewhere: compare [`Head`] with one that was written down before.

pub mod bundle;
pub mod canonical;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::hash::sha256_hex;
use crate::domain::{By, CaseId, CompanyId};
use canonical::canonical;

/// One record of the trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Gapless index in the company's log, from 0.
    pub index: i64,
    /// The case, where it is about one.
    pub case_id: Option<CaseId>,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: By,
    /// What: event or action name (`approve`, `posting-succeeded`, `supplier-upserted`).
    pub action: String,
    /// Details: for a transition its [`crate::workflow::Record`] with version, workflow and models.
    pub detail: Value,
    /// Hash of the record before it.
    pub previous: String,
    /// Hash of this record.
    pub hash: String,
}

/// What a record says, before it is hashed.
#[derive(Debug, Clone, Copy)]
pub struct Leaf<'a> {
    /// Gapless index in the company's trail, from 0.
    pub index: i64,
    /// The case, where it is about one.
    pub case_id: Option<CaseId>,
    /// When; counts to the microsecond.
    pub at: Timestamp,
    /// Who.
    pub by: &'a By,
    /// What.
    pub action: &'a str,
    /// Details, in the form that [`canonical::stable`] gives.
    pub detail: &'a Value,
}

/// The end of a verified chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Records in it.
    pub records: i64,
    /// Hash of the last one; [`genesis`] of an empty chain.
    pub hash: String,
}

/// Where a chain breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the trail breaks at record {index}: {what}")]
pub struct Broken {
    /// The first record that does not fit.
    pub index: i64,
    /// What does not fit.
    pub what: String,
}

/// What stands for the hash before a company's first record.
#[must_use]
pub fn genesis(company: CompanyId) -> String {
    sha256_hex(format!("countersign trail 1 {company}").as_bytes())
}

/// The hash of a record: SHA-256, hexadecimal, over the canonical JSON of its leaf data. The details
/// enter by their own hash.
#[must_use]
pub fn leaf(previous: &str, fields: &Leaf<'_>) -> String {
    sha256_hex(leaf_data(previous, fields).as_bytes())
}

/// The leaf data that is hashed: stable for ever, version 1.
#[must_use]
pub fn leaf_data(previous: &str, fields: &Leaf<'_>) -> String {
    let by = match fields.by {
        By::User { id, name } => json!({"type": "user", "id": id.to_string(), "name": name}),
        By::Program { part } => json!({"type": "program", "part": part}),
    };
    canonical(&json!({
        "v": 1,
        "previous": previous,
        "index": fields.index,
        "case": fields.case_id.map(|id| id.to_string()),
        "at": fields.at.as_microsecond(),
        "by": by,
        "action": fields.action,
        "detail": sha256_hex(canonical(fields.detail).as_bytes()),
    }))
}

/// Verifies record after record, so that a trail of any length needs no memory.
#[derive(Debug, Clone)]
pub struct Verifier {
    head: Head,
}

impl Verifier {
    /// Starts before a company's first record.
    #[must_use]
    pub fn new(company: CompanyId) -> Self {
        Self { head: Head { records: 0, hash: genesis(company) } }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// [`Broken`] where index, link or hash do not fit.
    pub fn push(&mut self, row: &AuditRow) -> Result<(), Broken> {
        let broken = |what: String| Err(Broken { index: self.head.records, what });
        if row.index != self.head.records {
            return broken(format!("found record {} in its place: a record is missing, doubled or out of order", row.index));
        }
        if row.previous != self.head.hash {
            return broken("it does not link to the record before it".to_owned());
        }
        let fields = Leaf { index: row.index, case_id: row.case_id, at: row.at, by: &row.by, action: &row.action, detail: &row.detail };
        if leaf(&row.previous, &fields) != row.hash {
            return broken("its content does not match its hash: it was changed".to_owned());
        }
        self.head = Head { records: row.index + 1, hash: row.hash.clone() };
        Ok(())
    }

    /// The end so far.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }
}

/// Verifies a whole chain in order.
///
/// # Errors
/// [`Broken`] at the first record that does not fit.
pub fn verify<'a>(company: CompanyId, rows: impl IntoIterator<Item = &'a AuditRow>) -> Result<Head, Broken> {
    let mut verifier = Verifier::new(company);
    for row in rows {
        verifier.push(row)?;
    }
    Ok(verifier.head)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn chain(company: CompanyId, length: i64) -> Vec<AuditRow> {
        let mut previous = genesis(company);
        (0..length)
            .map(|index| {
                let by = By::program("reader");
                let at = Timestamp::from_microsecond(1_700_000_000_000_000 + index).unwrap();
                let detail = json!({"version": index, "why": "because", "score": "0.5"});
                let hash = leaf(&previous, &Leaf { index, case_id: None, at, by: &by, action: "approve", detail: &detail });
                let row = AuditRow { index, case_id: None, at, by, action: "approve".into(), detail, previous: previous.clone(), hash };
                previous.clone_from(&row.hash);
                row
            })
            .collect()
    }

    fn company() -> CompanyId {
        "0190c0de-0000-7000-8000-000000000001".parse().unwrap()
    }

    #[test]
    fn a_whole_chain_verifies_and_its_head_counts() {
        let rows = chain(company(), 5);
        let head = verify(company(), &rows).unwrap();
        assert_eq!(head, Head { records: 5, hash: rows[4].hash.clone() });
        assert_eq!(verify(company(), &[]).unwrap().hash, genesis(company()));
    }

    #[test]
    fn every_change_is_found_at_its_place() {
        let tampered = |change: &dyn Fn(&mut Vec<AuditRow>)| {
            let mut rows = chain(company(), 5);
            change(&mut rows);
            verify(company(), &rows).map_err(|broken| broken.index)
        };
        assert_eq!(tampered(&|rows| rows[2].action = "reject".into()), Err(2));
        assert_eq!(tampered(&|rows| rows[2].detail = json!({})), Err(2));
        assert_eq!(tampered(&|rows| rows[3].by = By::program("posting")), Err(3));
        assert_eq!(tampered(&|rows| rows[1].at = Timestamp::UNIX_EPOCH), Err(1));
        assert_eq!(tampered(&|rows| drop(rows.remove(2))), Err(2));
        assert_eq!(tampered(&|rows| rows.swap(1, 2)), Err(1));
        assert_eq!(tampered(&|rows| rows[4].hash = rows[3].hash.clone()), Err(4));
        let other = "0190c0de-0000-7000-8000-000000000002".parse().unwrap();
        assert_eq!(verify(other, &chain(company(), 1)).unwrap_err().index, 0);
    }

    #[test]
    fn leaf_data_never_changes() {
        // The same bytes for ever: whoever changes this breaks every trail already written.
        let by = By::User { id: "0190c0de-0000-7000-8000-0000000000aa".parse().unwrap(), name: "ann".into() };
        let detail = json!({"b": 1, "a": [true, null, "é"]});
        let fields =
            Leaf { index: 7, case_id: None, at: Timestamp::from_microsecond(5).unwrap(), by: &by, action: "approve", detail: &detail };
        assert_eq!(
            leaf_data("00", &fields),
            r#"{"action":"approve","at":5,"by":{"id":"0190c0de-0000-7000-8000-0000000000aa","name":"ann","type":"user"},"case":null,"detail":"ec28f2a4"#
                .replace("ec28f2a4", &sha256_hex(r#"{"a":[true,null,"é"],"b":1}"#.as_bytes()))
                + r#"","index":7,"previous":"00","v":1}"#
        );
    }
}
