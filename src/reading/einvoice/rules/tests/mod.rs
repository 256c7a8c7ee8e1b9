//! The rules against the published rule tests, and against whole documents.

mod own;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::{tree::Element, ubl};
use super::{RuleSets, check};
use crate::domain::einvoice::Severity;

/// Everything, whatever the document claims: the published tests are fragments.
const ALL: RuleSets = RuleSets { core: true, peppol: true, xrechnung: false, extension: false, vehicles: false, nlcius: false };

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

/// Fatal rules that documents called valid do break: part of the file's name, beginning of the rule, and
/// what is the file's own fault. The published rules, run on the same files, say the same.
#[rustfmt::skip]
const FAULTY: &[(&str, &str, &str)] = &[
    ("BIS_Billing_30-", "PEPPOL-COMMON-R0", "made-up organisation numbers and GLNs with wrong check digits"),
    ("BIS_Billing_30-", "SE-R-013", "made-up organisation numbers with wrong check digits"),
    ("_content", "PEPPOL-COMMON-R049", "made-up organisation numbers with wrong check digits"),
    ("_content", "SE-R-013", "made-up organisation numbers with wrong check digits"),
    ("issue116", "PEPPOL-COMMON-R049", "made-up organisation numbers with wrong check digits"),
    ("EN16931_", "PEPPOL-EN16931-", "converted from CII: they claim Peppol, but keep to the core only"),
    ("EN16931_", "DE-R-0", "converted from CII: they claim Peppol, but keep to the core only"),
    ("ubl-cn-br-de-", "UBL-SR-53", "a tax registration whose identifier was taken out"),
    ("br-de-17-test-", "BR-CL-01", "a type put in to test another rule, which the core does not take for this kind of document"),
    ("cii-br-de-1-test-357-remove", "BR-DE-1", "its own mark says that it breaks this rule"),
    ("ubl-cn-br-de-25-test-bg-19-249", "BR-DE-30", "valid under XRechnung 2.1, which did not have the rule"),
    ("Reminder-Example", "BR-04", "a reminder, which has no type of invoice"),
    ("forward-billing", "UBL-SR-43", "an extension of Peppol with a document type of its own"),
];

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
        if broken.contains_key(&name) {
            continue;
        }
        for one in document.violations.iter().filter(|one| one.severity == Severity::Fatal) {
            if !FAULTY.iter().any(|(file, rule, _)| name.contains(file) && one.rule.starts_with(rule)) {
                broken.entry(name.clone()).or_default().push(format!("{} {} ({})", one.rule, one.text, one.place));
            }
        }
    }
    println!("{} documents, {judged} judged by EN 16931, {} break a fatal rule", paths.len(), broken.len());
    for (name, rules) in &broken {
        println!("{name}\n    {}", rules.join("\n    "));
    }
    assert!(judged >= 400 && broken.is_empty());
}

/// What a mutated XRechnung says of itself: the instruction behind the mark of the active mutation names
/// rules that must break (`true`) or must hold.
fn mutation(text: &str) -> Vec<(String, bool)> {
    let Some((_, rest)) = text.split_once("This is the active mutation configuration") else { return Vec::new() };
    let Some(instruction) = rest.split_once("<?xmute").and_then(|(_, rest)| rest.split_once("?>")).map(|(body, _)| body) else {
        return Vec::new();
    };
    let named = |attribute: &str, breaks: bool| {
        let value = instruction.split_once(attribute).and_then(|(_, rest)| rest.split('"').nth(1)).unwrap_or_default();
        value.split([' ', ',']).filter_map(move |rule| Some((rule.split_once(':')?.1.to_owned(), breaks))).collect::<Vec<_>>()
    };
    [named("schematron-invalid=", true), named("schematron-valid=", false)].concat()
}

/// Mutations that take BT-24 away: the document then claims nothing and is judged by no rule.
const UNCLAIMED: &[&str] = &["br-de-21-extension_mime_code_test-106-empty"];

/// The mutation tests of XRechnung 2.1.1 (documents called invalid and valid) break what they say.
#[test]
fn mutated_documents_break_the_rules_that_they_name() {
    let Some(folder) = shared("invoices/xml") else { return };
    let mut paths = Vec::new();
    for part in ["ubl/invalid", "cii/invalid", "ubl/valid", "cii/valid"] {
        files(&folder.join(part), &mut paths);
    }
    let (mut agreed, mut disagreed) = (0, Vec::new());
    for path in &paths {
        let bytes = std::fs::read(path).unwrap();
        let expected = mutation(&String::from_utf8_lossy(&bytes));
        if expected.is_empty() {
            continue;
        }
        let document = super::super::read_full(&bytes).unwrap();
        for (rule, breaks) in expected {
            if UNCLAIMED.iter().any(|name| path.to_string_lossy().contains(name)) {
                continue;
            }
            let is = |one: &&crate::domain::einvoice::Violation| {
                one.rule == rule || one.rule.strip_prefix(&rule).is_some_and(|rest| rest.starts_with('-'))
            };
            if document.violations.iter().find(is).is_some() == breaks {
                agreed += 1;
            } else {
                disagreed.push(format!(
                    "{}: {rule} should {}",
                    path.file_stem().unwrap().to_string_lossy(),
                    if breaks { "break" } else { "hold" }
                ));
            }
        }
    }
    println!("{agreed} agreed, {} disagreed\n{}", disagreed.len(), disagreed.join("\n"));
    assert!(agreed >= 250 && disagreed.is_empty());
}

/// The Dutch tests name their rule and outcome in the file name.
#[test]
fn dutch_documents_break_the_rules_that_they_name() {
    let Some(folder) = shared("invoices/xml/ubl") else { return };
    let mut paths = Vec::new();
    for part in ["invalid/si-ubl-2.0", "valid/si-ubl-2.0"] {
        files(&folder.join(part), &mut paths);
    }
    let (mut agreed, mut disagreed) = (0, Vec::new());
    for path in &paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let Some((rule, outcome)) = name.strip_prefix("SI-UBL-2.0_").and_then(|rest| rest.split_once('_')) else { continue };
        let document = super::super::read_full(&std::fs::read(path).unwrap()).unwrap();
        let broken = document.violations.iter().any(|one| one.rule == rule);
        if rule.starts_with("BR-NL") || rule.starts_with("UBL-SR") {
            if broken != outcome.starts_with("ok") { agreed += 1 } else { disagreed.push(name) }
        }
    }
    println!("{agreed} agreed, {} disagreed {disagreed:?}", disagreed.len());
    assert!(agreed >= 45 && disagreed.is_empty());
}
