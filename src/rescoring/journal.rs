//! What of a run is finished, so that a run that was killed goes on after it.
//!
//! The journal stands in the scratch folder. It names what the run was made from (its [`Basis`]) and, for
//! each finished step, what later steps need to know of it. A run whose basis differs in anything begins
//! anew and says why. It is replaced as a whole, so it is never half-written.

use super::RescoreError;
use crate::domain::hash::sha256_hex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Bytes of a file's head and tail that are compared beside its size and time.
const SAMPLE: u64 = 1 << 20;
const FILE: &str = "journal.json";

/// Everything that the finished steps depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Basis {
    /// The program, by version, size and time of its file.
    pub program: String,
    /// Models by name, with their hashes.
    pub models: BTreeMap<String, String>,
    /// The mapping of columns.
    pub columns: BTreeMap<String, String>,
    pub inputs: Vec<InputFile>,
}

/// A file as it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InputFile {
    path: PathBuf,
    bytes: u64,
    /// Nanoseconds since 1970.
    modified: u128,
    /// Hash of its first and last mebibyte.
    sample: String,
}

impl InputFile {
    pub fn of(path: &Path) -> Result<Self, RescoreError> {
        let failed = |source| RescoreError::io("read", path, source);
        let mut file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let mut sample = Vec::new();
        file.by_ref().take(SAMPLE).read_to_end(&mut sample).map_err(failed)?;
        file.seek(SeekFrom::Start(metadata.len().saturating_sub(SAMPLE))).map_err(failed)?;
        file.take(SAMPLE).read_to_end(&mut sample).map_err(failed)?;
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_nanos());
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Ok(Self { path, bytes: metadata.len(), modified, sample: sha256_hex(&sample) })
    }
}

/// The running program: a new build may compute otherwise under the same version.
pub(super) fn program() -> String {
    let file = std::env::current_exe().and_then(std::fs::metadata);
    let stamp = file.ok().and_then(|file| Some((file.len(), file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos())));
    let (bytes, modified) = stamp.unwrap_or_default();
    format!("{} {bytes} {modified}", env!("CARGO_PKG_VERSION"))
}

impl Basis {
    /// In which part another basis differs, in words.
    fn difference(&self, other: &Self) -> Option<String> {
        if self.program != other.program {
            return Some("the program changed".into());
        }
        if let Some(model) = self.models.iter().find(|(name, hash)| other.models.get(*name) != Some(*hash)) {
            return Some(format!("the model {} changed", model.0));
        }
        if self.columns != other.columns {
            return Some("the mapping of columns changed".into());
        }
        if let Some(file) = self.inputs.iter().find(|file| !other.inputs.contains(file)) {
            return Some(format!("{} changed", file.path.display()));
        }
        (self != other).then(|| "other files are read".into())
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Written {
    basis: Basis,
    done: BTreeMap<String, serde_json::Value>,
}

/// How a run begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    New,
    /// Steps of an earlier run are kept: their names.
    Continued(Vec<String>),
    /// An earlier run cannot be continued, and why.
    Anew(String),
}

pub(super) struct Journal {
    path: PathBuf,
    written: Written,
}

impl Journal {
    /// An empty one, whatever the folder holds.
    pub fn new(folder: &Path, basis: Basis) -> Self {
        Self { path: folder.join(FILE), written: Written { basis, done: BTreeMap::new() } }
    }

    /// Reads the journal of `folder`. Where the run begins new or anew, the folder is for the caller to clear.
    pub fn open(folder: &Path, basis: Basis) -> (Self, Start) {
        let path = folder.join(FILE);
        let found = std::fs::read(&path).ok();
        let earlier: Option<Result<Written, _>> = found.map(|bytes| serde_json::from_slice(&bytes));
        match earlier {
            None => (Self::new(folder, basis), Start::New),
            Some(Err(_)) => (Self::new(folder, basis), Start::Anew("its journal cannot be read".into())),
            Some(Ok(written)) => match basis.difference(&written.basis) {
                Some(cause) => (Self::new(folder, basis), Start::Anew(cause)),
                None if written.done.is_empty() => (Self::new(folder, basis), Start::New),
                None => {
                    let names = written.done.keys().cloned().collect();
                    (Self { path, written }, Start::Continued(names))
                }
            },
        }
    }

    /// What a finished step left; `None` where it is not finished.
    pub fn done<T: DeserializeOwned>(&self, step: &str) -> Option<T> {
        self.written.done.get(step).and_then(|value| serde_json::from_value(value.clone()).ok())
    }

    /// Writes down that a step is finished. Its files are complete by now.
    pub fn finish(&mut self, step: &str, left: &impl Serialize) -> Result<(), RescoreError> {
        let broken = |error: serde_json::Error| RescoreError::Broken(error.to_string());
        self.written.done.insert(step.to_owned(), serde_json::to_value(left).map_err(broken)?);
        let staged = self.path.with_extension("part");
        std::fs::write(&staged, serde_json::to_vec(&self.written).map_err(broken)?)
            .and_then(|()| std::fs::rename(&staged, &self.path))
            .map_err(|source| RescoreError::io("write", &self.path, source))
    }

    /// Whether nothing is finished.
    pub fn is_empty(&self) -> bool {
        self.written.done.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basis(input: &Path) -> Basis {
        Basis {
            program: "1".into(),
            models: [("m".to_owned(), "a".to_owned())].into(),
            columns: BTreeMap::new(),
            inputs: vec![InputFile::of(input).unwrap()],
        }
    }

    #[test]
    fn what_is_done_is_kept_until_something_changes() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in.csv");
        std::fs::write(&input, "a").unwrap();
        let (mut journal, start) = Journal::open(folder.path(), basis(&input));
        assert_eq!(start, Start::New);
        assert!(journal.is_empty());
        journal.finish("reading", &7_u64).unwrap();
        let (journal, start) = Journal::open(folder.path(), basis(&input));
        assert_eq!(start, Start::Continued(vec!["reading".into()]));
        assert_eq!((journal.done::<u64>("reading"), journal.done::<u64>("pairs")), (Some(7), None));
        let mut other = basis(&input);
        other.models.insert("m".into(), "b".into());
        assert_eq!(Journal::open(folder.path(), other).1, Start::Anew("the model m changed".into()));
        std::fs::write(&input, "b").unwrap();
        let Start::Anew(cause) = Journal::open(folder.path(), basis(&input)).1 else { panic!("an input changed") };
        assert!(cause.contains("in.csv"), "{cause}");
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        assert!(matches!(Journal::open(folder.path(), basis(&input)).1, Start::Anew(_)));
    }
}
