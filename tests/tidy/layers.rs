//! Who may import whom. One package has no crate walls; this table is the wall.

use crate::Finding;
use crate::text::{line_of, words};

/// The modules of the library in the order of `lib.rs`, each with those of ours that it may import.
///
/// Stages know `domain` (and `inference` where they score) and never each other, so that the command
/// line, the batch and the server run the same code. `cli` and `app` wire and may import everything
/// below them.
pub const LAYERS: &[(&str, &[&str])] = &[
    ("cli", &["*"]),
    ("config", &["domain"]),
    ("ambient", &[]),
    ("credentials", &["ambient", "domain"]),
    ("faults", &[]),
    ("domain", &[]),
    ("intake", &["domain"]),
    ("reading", &["domain", "inference"]),
    ("inference", &["domain"]),
    ("extraction", &["domain", "inference"]),
    ("screening", &["domain", "inference"]),
    ("workflow", &["domain"]),
    (
        "pipeline",
        &[
            "config",
            "ambient",
            "faults",
            "domain",
            "intake",
            "reading",
            "inference",
            "extraction",
            "screening",
            "workflow",
            "store",
            "erp",
            "audit",
            "jobs",
            "rescoring",
        ],
    ),
    ("jobs", &["config", "ambient", "domain", "workflow", "pipeline", "store", "erp", "audit"]),
    // The embedded ledger keeps its book in the store: it implements the trait that `erp` asks for.
    ("store", &["config", "ambient", "domain", "workflow", "audit", "erp"]),
    ("erp", &["domain"]),
    ("audit", &["domain"]),
    (
        "app",
        &[
            "config",
            "ambient",
            "domain",
            "intake",
            "reading",
            "inference",
            "extraction",
            "screening",
            "workflow",
            "pipeline",
            "jobs",
            "store",
            "erp",
            "audit",
            "web",
            "demo",
            "training",
        ],
    ),
    ("web", &["config", "ambient", "credentials", "domain", "workflow", "pipeline", "jobs", "store", "audit"]),
    ("demo", &["ambient", "credentials", "domain", "workflow", "pipeline", "screening", "store"]),
    ("rescoring", &["domain", "inference", "screening"]),
    ("training", &["domain", "ambient", "inference", "reading", "extraction", "screening"]),
];

/// Crates that belong to one place, as the start of their name, where that is, and why.
pub const CRATES: &[(&str, &[&str], &str)] = &[
    ("sqlx", &["store"], "all SQL stands in one module, in one dialect"),
    ("axum", &["web"], "HTTP is one way in; the rest works without it"),
    ("tract_", &["inference"], "models have one door: verified, bounded, recorded"),
    ("candle_", &["training"], "training never runs inside the server"),
    ("datafusion", &["rescoring"], "the batch engine serves history alone"),
    ("ballista", &["rescoring"], "a cluster is a way to run the batch engine"),
    ("anyhow", &["cli", "training"], "elsewhere an error is a type that callers can match"),
];

/// The module that a file under `src` belongs to, and its module path: `src/web/api/cases.rs` is
/// `web`, `["web", "api", "cases"]`.
pub fn module_path(file: &str) -> Vec<&str> {
    let mut path: Vec<&str> = file.trim_start_matches("src/").trim_end_matches(".rs").split('/').collect();
    if matches!(path.last(), Some(&"mod" | &"lib" | &"main")) {
        path.pop();
    }
    path
}

/// Imports of `code` that go against the table.
pub fn wrong_imports(file: &str, code: &str) -> Vec<Finding> {
    let path = module_path(file);
    let Some(&own) = path.first() else {
        return Vec::new();
    };
    let Some((_, allowed)) = LAYERS.iter().find(|(module, _)| *module == own) else {
        return vec![Finding::new(
            file,
            1,
            format!("module `{own}` is not in the table of layers: say what it may import, in tests/tidy/layers.rs"),
        )];
    };
    own_modules_named(&path, code)
        .into_iter()
        .filter(|(_, target)| *target != own && !allowed.contains(target) && !allowed.contains(&"*"))
        .map(|(offset, target)| {
            let may = if allowed.is_empty() { "nothing of ours".to_owned() } else { allowed.join(", ") };
            Finding::new(
                file,
                line_of(code, offset),
                format!("`{own}` imports `{target}`, but may import only {may} (layers: tests/tidy/layers.rs)"),
            )
        })
        .collect()
}

/// The top-level modules that paths in `code` begin with, written from `crate` or through `super`.
fn own_modules_named<'c>(path: &[&str], code: &'c str) -> Vec<(usize, &'c str)> {
    let mut named = Vec::new();
    for (offset, word) in words(code) {
        let mut rest = match word {
            "crate" => after_colons(&code[offset + word.len()..]),
            // A path's first `super` leaves this file's module; only a chain that reaches the root names a layer.
            "super" if !code[..offset].trim_end().ends_with("::") => climb(&code[offset..], path.len()),
            _ => None,
        };
        if let Some(tree) = rest.take() {
            named.extend(heads(tree).into_iter().map(|head| (head.as_ptr() as usize - code.as_ptr() as usize, head)));
        }
    }
    named.retain(|(_, head)| LAYERS.iter().any(|(module, _)| module == head));
    named
}

/// What follows `levels` times `super::`, where `code` begins so.
fn climb(code: &str, levels: usize) -> Option<&str> {
    (0..levels).try_fold(code, |rest, _| after_colons(rest.strip_prefix("super")?))
}

fn after_colons(code: &str) -> Option<&str> {
    Some(code.trim_start().strip_prefix("::")?.trim_start())
}

/// The first names of a use tree: one of `a::b`, or all of `{a::b, c::{d, e}}`.
fn heads(tree: &str) -> Vec<&str> {
    let Some(group) = tree.strip_prefix('{') else {
        return leading_word(tree).into_iter().collect();
    };
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (i, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&group[start..i]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.into_iter().filter_map(leading_word).collect()
}

/// The word that `text` begins with, if it begins with one.
fn leading_word(text: &str) -> Option<&str> {
    let text = text.trim_start();
    words(text).next().map(|(_, word)| word).filter(|word| text.starts_with(word))
}

/// Crates that `code` uses outside their place.
pub fn wrong_crates(file: &str, code: &str) -> Vec<Finding> {
    let own = module_path(file).first().copied().unwrap_or("the crate root");
    let mut found = Vec::new();
    for (offset, word) in words(code) {
        let Some((name, places, reason)) =
            CRATES.iter().find(|(name, ..)| word == *name || (name.ends_with('_') && word.starts_with(name)))
        else {
            continue;
        };
        let before = code[..offset].trim_end();
        let is_path = after_colons(&code[offset + word.len()..]).is_some() || before.ends_with("use") || before.ends_with("extern crate");
        if is_path && !before.ends_with("::") && !places.contains(&own) {
            let places = places.join(" and ");
            found.push(Finding::new(
                file,
                line_of(code, offset),
                format!("`{word}` in `{own}`: `{name}` belongs to {places}, because {reason}"),
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(found: &[Finding]) -> Vec<usize> {
        found.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn an_import_against_the_table_is_found_however_it_is_written() {
        let code = "use crate::domain::Money;\nuse crate::store::Store;\nuse crate::{domain::{Iban, web}, web::Page};\nfn f() { crate :: jobs::run(); super::super::erp::post(); }\n";
        let found = wrong_imports("src/intake/sniff.rs", code);
        assert_eq!(lines(&found), [2, 3, 4, 4], "{found:?}");
        assert!(found[0].message.contains("`intake` imports `store`, but may import only domain"), "{found:?}");
    }

    #[test]
    fn imports_along_the_table_pass() {
        assert_eq!(
            wrong_imports(
                "src/screening/mod.rs",
                "use crate::{domain, inference::Model};\nuse super::domain::Money;\nuse crate::screening::x;\nuse self::store::y;"
            ),
            []
        );
        assert_eq!(wrong_imports("src/web/api/cases.rs", "use super::store::x; pub(crate) fn f() {}"), []);
        assert_eq!(wrong_imports("src/cli/serve.rs", "use crate::web;"), []);
    }

    #[test]
    fn stages_know_neither_each_other_nor_the_web_nor_the_store() {
        for stage in ["intake", "reading", "extraction", "screening", "workflow", "erp"] {
            for other in ["intake", "reading", "extraction", "screening", "workflow", "erp", "web", "store", "pipeline"] {
                let found = wrong_imports(&format!("src/{stage}/x.rs"), &format!("use crate::{other}::X;"));
                assert_eq!(found.is_empty(), stage == other, "{stage} -> {other}");
            }
        }
        assert_eq!(lines(&wrong_imports("src/domain/money.rs", "use crate::ambient::Clock;")), [1]);
    }

    #[test]
    fn a_module_that_the_table_does_not_know_is_found() {
        assert_eq!(lines(&wrong_imports("src/novelty/mod.rs", "")), [1]);
    }

    #[test]
    fn a_crate_outside_its_place_is_found() {
        let code = "use sqlx;\nuse candle_core::Tensor;\nfn sqlx_like(anyhow: u8) { let r: anyhow::Result<()> = x::anyhow::y(); }";
        assert_eq!(lines(&wrong_crates("src/web/api.rs", code)), [1, 2, 3]);
        assert_eq!(lines(&wrong_crates("src/training/nets.rs", code)), [1]);
        assert_eq!(wrong_crates("src/inference/mod.rs", "use tract_onnx::prelude::*;"), []);
    }
}
