//! The rules against the published rule tests, and against whole documents.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::{tree::Element, ubl};
use super::{RuleSets, check};
use crate::domain::einvoice::Severity;

/// Everything, whatever the document claims: the published tests are fragments.
const ALL: RuleSets = RuleSets { core: true, peppol: true, xrechnung: false, extension: false };

/// Rule tests that are not in scope, each with the reason.
const OUT_OF_SCOPE: &[(&str, &str)] = &[];

fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent", path.display());
    None
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("xml")) {
            found.push(path);
        }
    }
}

/// The family of a rule: what stands before its number.
fn family(rule: &str) -> String {
    let parts: Vec<&str> = rule.split('-').collect();
    let words = parts.iter().take_while(|part| part.chars().all(|c| c.is_ascii_alphabetic()) || **part == "EN16931");
    words.copied().collect::<Vec<_>>().join("-")
}

#[derive(Default)]
struct Tally {
    agreed: usize,
    disagreed: Vec<String>,
    out: usize,
}

fn run_tests(path: &Path, tallies: &mut BTreeMap<String, Tally>) {
    let text = std::fs::read_to_string(path).unwrap();
    let (_, set) = Element::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for (index, test) in set.named("test").enumerate() {
        let document = test.children().last().unwrap();
        let violations = check(document, &ubl::read(document), ALL, usize::MAX).listed;
        for assert in test.named("assert") {
            for expected in assert.children().iter().filter(|one| matches!(one.name, "success" | "error" | "warning")) {
                let rule = expected.value();
                let tally = tallies.entry(family(rule)).or_default();
                if OUT_OF_SCOPE.iter().any(|(out, _)| *out == rule) {
                    tally.out += 1;
                    continue;
                }
                let fired = violations.iter().any(|one| one.rule == rule);
                if fired == (expected.name != "success") {
                    tally.agreed += 1;
                } else {
                    let name = path.file_stem().unwrap().to_string_lossy();
                    tally.disagreed.push(format!("{name} test {}: {rule} should be {}", index + 1, expected.name));
                }
            }
        }
    }
}

#[test]
fn the_published_rule_tests_agree() {
    let (Some(core), Some(peppol)) = (shared("standards/en16931/unit-ubl"), shared("standards/peppol/unit-ubl")) else { return };
    let mut paths = Vec::new();
    files(&core, &mut paths);
    files(&peppol, &mut paths);
    let mut tallies = BTreeMap::new();
    for path in &paths {
        run_tests(path, &mut tallies);
    }
    let (mut agreed, mut disagreed, mut out) = (0, 0, 0);
    println!("{:<18} agreed disagreed out of scope", "family");
    for (family, tally) in &tallies {
        println!("{family:<18} {:>6} {:>9} {:>12}", tally.agreed, tally.disagreed.len(), tally.out);
        (agreed, disagreed, out) = (agreed + tally.agreed, disagreed + tally.disagreed.len(), out + tally.out);
    }
    println!("{} files, {agreed} agreed, {disagreed} disagreed, {out} out of scope", paths.len());
    for (rule, reason) in OUT_OF_SCOPE {
        println!("out of scope: {rule}: {reason}");
    }
    for line in tallies.values().flat_map(|tally| &tally.disagreed) {
        println!("{line}");
    }
    assert!(paths.len() >= 421 && agreed >= 1600, "{} files", paths.len());
    assert!(agreed * 100 >= (agreed + disagreed) * 99);
}

/// Breaks of fatal rules in documents that are said to be valid, by file: what the file's own fault is.
const FAULTY: &[(&str, &str, &str)] = &[];

fn valid_documents() -> Option<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in ["en16931/ubl-examples", "en16931/cii-examples", "en16931/testfiles", "peppol/examples", "xrechnung-testsuite"] {
        files(&shared(&format!("standards/{folder}"))?, &mut found);
    }
    for folder in ["ubl/valid", "cii/valid"] {
        files(&shared(&format!("invoices/xml/{folder}"))?, &mut found);
    }
    Some(found)
}

#[test]
fn valid_documents_break_no_fatal_rule() {
    let Some(paths) = valid_documents() else { return };
    let (mut judged, mut broken) = (0, BTreeMap::<String, Vec<String>>::new());
    for path in &paths {
        let Ok(document) = super::super::read_full(&std::fs::read(path).unwrap()) else { continue };
        let Some(invoice) = &document.invoice else { continue };
        let sets = RuleSets::claimed(invoice);
        judged += usize::from(sets.core);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for one in document.violations.iter().filter(|one| one.severity == Severity::Fatal) {
            if !FAULTY.iter().any(|(file, rule, _)| *file == name && *rule == one.rule) {
                broken.entry(name.clone()).or_default().push(format!("{} {} ({})", one.rule, one.text, one.place));
            }
        }
    }
    println!("{} documents, {judged} claim EN 16931, {} break a fatal rule", paths.len(), broken.len());
    for (name, rules) in &broken {
        println!("{name}\n    {}", rules.join("\n    "));
    }
    assert!(broken.is_empty());
}
