//! Models: a folder each, with the network, a manifest that fixes its bytes, and a card.

use crate::Finding;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// The model folders among `files`: `models/<name>`.
pub fn folders<'f>(files: impl Iterator<Item = &'f str>) -> BTreeSet<String> {
    files.filter_map(|file| Some(file.strip_prefix("models/")?.split_once('/')?.0)).map(|name| format!("models/{name}")).collect()
}

/// What is wrong with a model folder; `read` gives a file's bytes, or nothing where it is absent.
pub fn faults(folder: &str, read: impl Fn(&str) -> Option<Vec<u8>>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut part = |name: &str, why: &str| {
        let file = format!("{folder}/{name}");
        let bytes = read(&file);
        if bytes.as_ref().is_none_or(Vec::is_empty) {
            found.push(Finding::new(&file, 1, format!("missing or empty: a model folder has {name}, {why}")));
        }
        bytes
    };
    part("CARD.md", "which says what the model is for, what it was trained on and how well it does");
    let (network, manifest) = (part("model.onnx", "the network"), part("model.toml", "which fixes the network by its sha256"));
    if let (Some(network), Some(manifest)) = (network, manifest) {
        let manifest = String::from_utf8_lossy(&manifest).into_owned();
        let actual = hex(&Sha256::digest(&network));
        match stated_hash(&manifest) {
            Some((_, stated)) if stated == actual => {}
            Some((line, stated)) => found.push(Finding::new(
                &format!("{folder}/model.toml"),
                line,
                format!("sha256 is {stated}, but model.onnx has {actual}: the network was changed without its manifest"),
            )),
            None => found.push(Finding::new(
                &format!("{folder}/model.toml"),
                1,
                "no line `sha256 = \"…\"`: the manifest does not fix the network",
            )),
        }
    }
    found
}

/// The first `sha256 = "…"` of a manifest, with its line.
fn stated_hash(manifest: &str) -> Option<(usize, &str)> {
    manifest.lines().enumerate().find_map(|(i, line)| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "sha256").then(|| (i + 1, value.trim().trim_matches('"')))
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn faults_of(manifest: &str, card: Option<&str>) -> Vec<String> {
        let read = |file: &str| match file {
            "models/x/model.onnx" => Some(b"abc".to_vec()),
            "models/x/model.toml" => Some(manifest.as_bytes().to_vec()),
            "models/x/CARD.md" => card.map(|text| text.as_bytes().to_vec()),
            _ => None,
        };
        faults("models/x", read).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_whole_model_passes() {
        assert_eq!(faults_of(&format!("name = \"x\"\nsha256 = \"{ABC}\"\n"), Some("# x")), Vec::<String>::new());
    }

    #[test]
    fn a_network_that_differs_from_its_manifest_is_found() {
        let found = faults_of(&format!("sha256 = \"{}\"", ABC.replace('b', "c")), Some("# x"));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("models/x/model.toml:1: sha256 is ca78"), "{found:?}");
        assert_eq!(faults_of("sha256sum = \"\"", Some("# x")).len(), 1);
    }

    #[test]
    fn missing_parts_are_found() {
        assert!(faults_of(&format!("sha256 = \"{ABC}\""), None)[0].starts_with("models/x/CARD.md:1: missing"));
        assert_eq!(faults("models/y", |_| None).len(), 3);
    }

    #[test]
    fn folders_are_those_below_models() {
        let files = ["models/a/model.onnx", "models/a/CARD.md", "models/README.md", "models/b/model.toml"];
        assert_eq!(folders(files.into_iter()), BTreeSet::from(["models/a".to_owned(), "models/b".to_owned()]));
    }
}
