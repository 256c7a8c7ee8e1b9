//! A private folder beside the output, where the steps of a run leave what they have finished.
//!
//! Its name follows from the output's, so that a run that was killed finds its folder again; a lock in it
//! refuses a second run on the same output at the same time. Beside the output, so that finished files
//! can be renamed into place in one step. It is removed when the run is done.

use super::RescoreError;
use std::fs::{File, TryLockError};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

const LOCK: &str = "lock";

pub(super) struct Scratch {
    path: PathBuf,
    /// Held as long as the run lives; the operating system lets go of it when the process dies.
    _lock: File,
}

impl Scratch {
    /// Opens or makes the folder of `out`, in the folder of `out`, which is made where it does not exist.
    ///
    /// # Errors
    /// [`RescoreError::Busy`] while another run holds it.
    pub fn beside(out: &Path) -> Result<Self, RescoreError> {
        let path = place(out);
        std::fs::create_dir_all(&path).map_err(|source| RescoreError::io("create", &path, source))?;
        let lock = path.join(LOCK);
        let failed = |source| RescoreError::io("lock", &lock, source);
        let held = File::options().create(true).truncate(false).write(true).open(&lock).map_err(failed)?;
        match held.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(RescoreError::Busy(out.to_owned())),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // The run before may have removed the folder between our opening and locking.
        let ours = held.metadata().map_err(failed)?.ino();
        if std::fs::metadata(&lock).map_or(true, |found| found.ino() != ours) {
            return Err(RescoreError::Busy(out.to_owned()));
        }
        Ok(Self { path, _lock: held })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A name in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Removes everything in the folder but the lock.
    pub fn clear(&self) -> Result<(), RescoreError> {
        let failed = |source| RescoreError::io("clear", &self.path, source);
        for entry in std::fs::read_dir(&self.path).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.file_name().is_some_and(|name| name == LOCK) {
                continue;
            }
            if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) }.map_err(failed)?;
        }
        Ok(())
    }

    /// Removes the folder: the run is done.
    pub fn remove(self) {
        // Nothing can be done about a folder that does not want to go.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Where the scratch folder of an output stands.
fn place(out: &Path) -> PathBuf {
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    parent.join(format!(".countersign-rescore-{name}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_an_output() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("a/scored.csv");
        let held = Scratch::beside(&out).unwrap();
        assert!(matches!(Scratch::beside(&out), Err(RescoreError::Busy(_))));
        assert!(Scratch::beside(&folder.path().join("a/other.csv")).is_ok());
        std::fs::write(held.file("left"), "x").unwrap();
        held.clear().unwrap();
        assert!(!held.file("left").exists());
        drop(held);
        Scratch::beside(&out).unwrap().remove();
        assert!(!place(&out).exists());
    }
}
