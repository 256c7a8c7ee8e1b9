//! Generated documents as files: pages of words, and the truth as `countersign eval` reads it.

use serde_json::{Map, Value, json};

use super::page::Sample;
use crate::domain::FieldName;

/// Where a file of the corpus comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// Seed of the corpus.
    pub seed: u64,
    /// Number of the document.
    pub index: u64,
    /// `_meta.source`: what tables group by.
    pub source: &'a str,
    /// Name of the document's file, where there is one.
    pub file: Option<&'a str>,
}

/// The pages with every word's place, the truth by field, and the document type.
pub fn pages(sample: &Sample) -> Value {
    json!({"pages": sample.pages, "truth": sample.truth, "lines": sample.lines, "document_type": sample.document_type})
}

/// The truth in the form of the public evaluation: a value that the page shows, or `null` where it
/// shows none; the lines with the cells that are printed.
pub fn truth(sample: &Sample, origin: &Origin<'_>, more: Value) -> Value {
    let mut out = Map::new();
    for field in FieldName::ALL.iter().filter(|f| **f != FieldName::SupplierAddress) {
        out.insert(field.as_str().to_owned(), sample.truth.get(field).map_or(Value::Null, |v| json!(v)));
    }
    if !sample.lines.is_empty() {
        out.insert("lines".to_owned(), json!(sample.lines));
    }
    out.insert("document_type".to_owned(), json!(sample.document_type));
    let mut meta = json!({"source": origin.source, "kind": "generated", "seed": origin.seed, "index": origin.index});
    if let Some(file) = origin.file {
        meta["file"] = json!(file);
    }
    if let (Some(meta), Value::Object(more)) = (meta.as_object_mut(), more) {
        meta.extend(more);
    }
    out.insert("_meta".to_owned(), meta);
    Value::Object(out)
}
