//! The two folders: truth files found and opened, each with the prediction that belongs to it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;

/// A document's truth.
#[derive(Debug)]
pub struct Document {
    /// Path under the truth folder without `.truth.json`.
    pub name: String,
    /// Where it comes from: `_meta.source`, else its folder.
    pub source: String,
    /// The truth file.
    pub truth: Value,
}

impl Document {
    /// Opens one truth file.
    pub fn open(root: &Path, path: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let truth: Value = serde_json::from_slice(&bytes).with_context(|| format!("{} is not JSON", path.display()))?;
        let relative = path.strip_prefix(root).unwrap_or(path);
        let text = relative.to_string_lossy();
        let name = text.strip_suffix(".truth.json").unwrap_or(&text).to_owned();
        let folder = relative.parent().map(|p| p.to_string_lossy().into_owned()).filter(|f| !f.is_empty());
        let source = match truth["_meta"]["source"].as_str() {
            Some(source) if !source.is_empty() => source.to_owned(),
            _ => folder.unwrap_or_else(|| ".".to_owned()),
        };
        Ok(Self { name, source, truth })
    }
}

/// All truth files under `dir`, in order of name; links to folders are not followed.
pub fn truths(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    find(dir, &mut found)?;
    Ok(found)
}

fn find(dir: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    let mut paths = entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() && !path.is_symlink() {
            find(&path, found)?;
        } else if path.to_string_lossy().ends_with(".truth.json") {
            found.push(path);
        }
    }
    Ok(())
}

/// The prediction beside the same path: `<file with extension>.json`, else `<name>.json`, whichever
/// exists first. `None` where neither does or it is not JSON; of a list, the first.
pub fn prediction(dir: &Path, document: &Document) -> Option<Value> {
    let base = PathBuf::from(format!("{}.json", document.name));
    let by_file = document.truth["_meta"]["file"].as_str().map(|file| base.with_file_name(format!("{file}.json")));
    let path = by_file.into_iter().chain([base]).map(|path| dir.join(path)).find(|path| path.exists())?;
    let value: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    match value {
        Value::Array(mut list) => Some(if list.is_empty() { Value::Object(serde_json::Map::new()) } else { list.swap_remove(0) }),
        value => Some(value),
    }
}

/// Empties the fields whose confidence is below `least`.
pub fn blank_below(prediction: &mut Value, least: f64) {
    let unsure: Vec<String> = prediction["_confidence"]
        .as_object()
        .map(|all| all.iter().filter(|(_, c)| c.as_f64().is_some_and(|c| c < least)).map(|(name, _)| name.clone()).collect())
        .unwrap_or_default();
    if let Some(fields) = prediction.as_object_mut() {
        unsure.iter().for_each(|name| {
            fields.remove(name);
        });
    }
}

/// A value as text; nothing for null, blank text and empty lists. Of a list, its first.
pub fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(s) => (!s.trim().is_empty()).then(|| s.clone()),
        Value::Array(list) => list.first().map(|first| match first {
            Value::String(s) => s.clone(),
            other => other.to_string(),
        }),
        other => Some(other.to_string()),
    }
}
