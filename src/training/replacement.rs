//! Replaces a model that is in use, as a whole folder, and brings the one before it back.
//!
//! Runs at the end of `train extractor --from-corrections` and for `models rollback`. The new model is
//! written and checked beside the old one, the old one copied to `<name>.previous`, and the two
//! exchanged in one call: whatever moment a crash comes, the name stands for a whole model. It refuses
//! a new model that its check refuses, and to bring back one whose hash is not its manifest's.

use std::fs::DirEntry;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::folder::{write_file, write_model_folder};
use crate::inference::{MANIFEST_FILE, Manifest, ModelId, Models};

/// What the folder of the model before this one has behind its name.
pub const PREVIOUS: &str = ".previous";

/// Replaces the model in folder `dir` and keeps the old one as `<dir>.previous` (in place of one kept
/// before). `check` sees the new folder's parent, in which the model has its name, before anything is
/// touched.
///
/// # Errors
/// Where `check` refuses or a file cannot be written; the old model is in place then.
pub fn replace_model(
    dir: &Path,
    (manifest, onnx_bytes, card): (Manifest, &[u8], &str),
    check: impl Fn(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<Manifest> {
    let (parent, name) = place(dir)?;
    // Hidden names are no models to whoever lists the folder.
    let staging = parent.join(format!(".{name}.next"));
    cleared(&staging)?;
    let next = staging.join(&name);
    let manifest = write_model_folder(&next, manifest, onnx_bytes, card)?;
    if let Err(error) = check(&staging) {
        cleared(&staging)?;
        return Err(error.context("the new model does not pass its check"));
    }
    if dir.exists() {
        let copy = staging.join("previous");
        copied(dir, &copy)?;
        let previous = previous_of(dir)?;
        if previous.exists() {
            exchange(&copy, &previous)?;
        } else {
            std::fs::rename(&copy, &previous).with_context(|| format!("cannot keep {}", previous.display()))?;
        }
        exchange(&next, dir)?;
    } else {
        std::fs::rename(&next, dir).with_context(|| format!("cannot move {} into place", dir.display()))?;
    }
    cleared(&staging)?;
    Ok(manifest)
}

/// Exchanges the model in folder `dir` with the one kept as `<dir>.previous`; returns the one now in
/// place and the one now kept.
///
/// # Errors
/// Where nothing is kept, or what is kept is not whole; nothing is changed then.
pub fn roll_back(dir: &Path) -> anyhow::Result<(ModelId, ModelId)> {
    let previous = previous_of(dir)?;
    anyhow::ensure!(previous.join(MANIFEST_FILE).is_file(), "no model is kept in {}: nothing to roll back to", previous.display());
    let (parent, name) = place(dir)?;
    let models = Models::open(parent)?;
    // The one in place may be damaged: that is a reason to roll back, not against it.
    let replaced = models.manifest(&name)?.id();
    let (kept, _) = models.file(&format!("{name}{PREVIOUS}")).context("the kept model is damaged and was not put in place")?;
    exchange(dir, &previous)?;
    Ok((kept.id(), replaced))
}

/// Where the model before the one in `dir` is kept.
fn previous_of(dir: &Path) -> anyhow::Result<PathBuf> {
    let (parent, name) = place(dir)?;
    Ok(parent.join(format!("{name}{PREVIOUS}")))
}

/// A model's parent folder and name.
fn place(dir: &Path) -> anyhow::Result<(&Path, String)> {
    let name = dir.file_name().with_context(|| format!("{} names no folder", dir.display()))?;
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((parent, name.to_string_lossy().into_owned()))
}

/// Removes a folder, if there is one.
fn cleared(dir: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", dir.display()))
        }
        _ => Ok(()),
    }
}

/// Copies the files of a model's folder over those of another, byte by byte, the manifest last.
fn copied(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    let entries = std::fs::read_dir(from).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut files: Vec<PathBuf> = entries.with_context(|| format!("cannot list {}", from.display()))?.iter().map(DirEntry::path).collect();
    files.retain(|file| file.is_file());
    files.sort_by_key(|file| file.ends_with(MANIFEST_FILE));
    for file in &files {
        let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        write_file(&to.join(file.file_name().unwrap_or_default()), &bytes)?;
    }
    Ok(())
}

/// Exchanges two folders in one call, so that neither name is ever without a whole model.
fn exchange(a: &Path, b: &Path) -> anyhow::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        // Some file systems cannot (network shares; a container's layers, for folders of its image).
        Err(_) => exchange_files(a, b),
    }
}

/// The same file by file. A crash in between leaves a folder that `models verify` refuses.
fn exchange_files(a: &Path, b: &Path) -> anyhow::Result<()> {
    let (parent, name) = place(a)?;
    let aside = parent.join(format!(".{name}.aside"));
    cleared(&aside)?;
    copied(a, &aside)?;
    copied(b, a)?;
    copied(&aside, b)?;
    cleared(&aside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::MODEL_FILE;

    fn manifest(version: &str) -> Manifest {
        Manifest { name: "x".to_owned(), version: version.to_owned(), ..Manifest::default() }
    }

    fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
            .collect();
        files.sort();
        files
    }

    #[test]
    fn a_model_is_replaced_kept_and_rolled_back_to_the_byte() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("x");
        assert!(roll_back(&dir).unwrap_err().to_string().contains("nothing to roll back to"));
        let fine = |_: &Path| Ok(());
        for version in ["1", "2", "3"] {
            replace_model(&dir, (manifest(version), version.as_bytes(), "card"), fine).unwrap();
        }
        let (third, second) = (files(&dir), files(&root.path().join("x.previous")));
        assert_eq!((third.len(), second.len()), (3, 3));
        assert_eq!((third[1].1.as_slice(), second[1].1.as_slice()), (&b"3"[..], &b"2"[..]));

        let refused = replace_model(&dir, (manifest("4"), b"4", "card"), |staging| {
            assert!(staging.join("x").join(MODEL_FILE).is_file());
            anyhow::bail!("no good")
        });
        assert!(format!("{:#}", refused.unwrap_err()).contains("no good"));
        assert_eq!((files(&dir), files(&root.path().join("x.previous"))), (third.clone(), second.clone()));

        let (now, kept) = roll_back(&dir).unwrap();
        assert_eq!((now.version.as_str(), kept.version.as_str()), ("2", "3"));
        assert_eq!((files(&dir), files(&root.path().join("x.previous"))), (second.clone(), third.clone()));
        roll_back(&dir).unwrap();
        assert_eq!(files(&dir), third);

        std::fs::write(root.path().join("x.previous").join(MODEL_FILE), "other bytes").unwrap();
        assert!(roll_back(&dir).unwrap_err().to_string().contains("damaged"));
        assert_eq!(files(&dir), third);
        // A damaged model in place is a reason to roll back.
        std::fs::write(root.path().join("x.previous").join(MODEL_FILE), "2").unwrap();
        std::fs::write(dir.join(MODEL_FILE), "damaged").unwrap();
        roll_back(&dir).unwrap();
        assert_eq!(files(&dir), second);
        let left: Vec<_> = std::fs::read_dir(root.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
        exchange_files(&dir, &root.path().join("x.previous")).unwrap();
        assert_eq!(std::fs::read(dir.join(MODEL_FILE)).unwrap(), b"damaged");
        assert_eq!(files(&root.path().join("x.previous")), second);
    }
}
