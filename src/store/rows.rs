//! Reading rows by hand, with every mismatch named.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use std::str::FromStr;

use super::StoreError;

/// Typed access to a row's columns.
pub(super) trait Columns {
    fn text(&self, name: &str) -> Result<String, StoreError>;
    fn maybe_text(&self, name: &str) -> Result<Option<String>, StoreError>;
    fn int(&self, name: &str) -> Result<i64, StoreError>;
    fn maybe_int(&self, name: &str) -> Result<Option<i64>, StoreError>;
    fn real(&self, name: &str) -> Result<f64, StoreError>;
    fn maybe_real(&self, name: &str) -> Result<Option<f64>, StoreError>;
    fn bytes(&self, name: &str) -> Result<Vec<u8>, StoreError>;
    fn maybe_bytes(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Microseconds since 1970 as a time.
    fn time(&self, name: &str) -> Result<Timestamp, StoreError> {
        moment(self.int(name)?)
    }

    fn maybe_time(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        self.maybe_int(name)?.map(moment).transpose()
    }

    /// An id, or anything else that parses.
    fn parsed<T: FromStr>(&self, name: &str) -> Result<T, StoreError> {
        let text = self.text(name)?;
        text.parse().map_err(|_| StoreError::Corrupt(format!("column {name} does not hold what it should")))
    }

    fn maybe_parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let wrong = |_| StoreError::Corrupt(format!("column {name} does not hold what it should"));
        self.maybe_text(name)?.map(|text| text.parse().map_err(wrong)).transpose()
    }

    /// A JSON column.
    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        from_json(name, &self.text(name)?)
    }

    fn maybe_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        self.maybe_text(name)?.map(|text| from_json(name, &text)).transpose()
    }

    /// A name out of a closed list, as serde writes it.
    fn named<T: DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        from_name(&self.text(name)?)
    }

    fn maybe_named<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        self.maybe_text(name)?.map(|text| from_name(&text)).transpose()
    }
}

impl Columns for AnyRow {
    fn text(&self, name: &str) -> Result<String, StoreError> {
        Ok(self.try_get(name)?)
    }

    fn maybe_text(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(name)?)
    }

    fn int(&self, name: &str) -> Result<i64, StoreError> {
        Ok(self.try_get(name)?)
    }

    fn maybe_int(&self, name: &str) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get(name)?)
    }

    fn real(&self, name: &str) -> Result<f64, StoreError> {
        Ok(self.try_get(name)?)
    }

    fn maybe_real(&self, name: &str) -> Result<Option<f64>, StoreError> {
        Ok(self.try_get(name)?)
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        Ok(self.try_get(name)?)
    }

    fn maybe_bytes(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.try_get(name)?)
    }
}

/// Microseconds since 1970.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

pub(super) fn moment(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|e| StoreError::Corrupt(e.to_string()))
}

pub(super) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Corrupt(e.to_string()))
}

fn from_json<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| StoreError::Corrupt(format!("column {name}: {e}")))
}

/// A closed list's member by the name that serde writes.
pub(super) fn from_name<T: DeserializeOwned>(name: &str) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).map_err(|e| StoreError::Corrupt(e.to_string()))
}

/// The name that serde writes for a member of a closed list.
pub(super) fn to_name<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(StoreError::Misuse("a closed list's member has no name")),
    }
}
