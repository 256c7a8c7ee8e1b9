//! A private folder beside the output for intermediate files and spills, removed when dropped.
//!
//! Beside the output, so that finished files can be renamed into place in one step.

use super::RescoreError;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

static COUNTER: AtomicU64 = AtomicU64::new(0);

pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder in the folder of `out`, which is made where it does not exist.
    pub fn beside(out: &Path) -> Result<Self, RescoreError> {
        let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(parent).map_err(|source| RescoreError::io("create", parent, source))?;
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!(".countersign-rescore-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).map_err(|source| RescoreError::io("create", &path, source))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A name in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing can be done about a folder that does not want to go.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Moves a finished file to its final name, replacing what was there.
pub(super) fn publish(from: &Path, to: &Path) -> Result<(), RescoreError> {
    if let Some(parent) = to.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(|source| RescoreError::io("create", parent, source))?;
    }
    if std::fs::rename(from, to).is_ok() {
        return Ok(());
    }
    // Another file system: copy under a temporary name there, then rename.
    let mut staged = to.as_os_str().to_owned();
    staged.push(".part");
    let staged = PathBuf::from(staged);
    std::fs::copy(from, &staged).map_err(|source| RescoreError::io("write", &staged, source))?;
    std::fs::rename(&staged, to).map_err(|source| RescoreError::io("write", to, source))
}
