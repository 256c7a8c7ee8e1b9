use std::path::Path;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use super::counting::{HEADER, Scores};
use super::*;

fn args(truth: &Path, pred: &Path) -> Args {
    Args {
        truth: truth.to_owned(),
        pred: pred.to_owned(),
        source: Vec::new(),
        present_only: false,
        conf: None,
        no_lines: false,
        errors: 0,
        worst: 0,
        html: None,
        json: None,
    }
}

fn put(path: &Path, value: &Value) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, value.to_string()).unwrap();
}

/// Three documents of two sources: one right, one with a wrong, a missed and an invented value, one
/// without a result.
fn three(dir: &Path) -> (PathBuf, PathBuf) {
    let (truth, pred) = (dir.join("truth"), dir.join("pred"));
    put(
        &truth.join("a/one.truth.json"),
        &json!({"invoice_number": ["17", "RE 17"], "total_amount": "119.00", "iban": null, "supplier_name": "Kraxi GmbH",
                "_meta": {"source": "first", "file": "one.pdf"}}),
    );
    put(
        &pred.join("a/one.pdf.json"),
        &json!({"invoice_number": "re17", "total_amount": "119", "supplier_name": "KRAXI GMBH",
        "_confidence": {"invoice_number": 0.9, "total_amount": 0.99, "supplier_name": 0.8}, "_seconds": 0.5}),
    );
    put(
        &truth.join("a/two.truth.json"),
        &json!({"invoice_number": "18", "total_amount": "20.00", "iban": null, "due_date": "2014-07-11",
        "lines": [{"description": "chair", "amount": "10.00"}, {"description": "desk", "amount": "10.00"}], "_meta": {"source": "first"}}),
    );
    put(
        &pred.join("a/two.json"),
        &json!([{"invoice_number": "81", "total_amount": "20.00", "iban": "DE1", "lines": [{"description": "desk", "amount": "10.00"},
                 {"description": "chair", "amount": "11.00"}, {"description": "more"}],
                 "_confidence": {"invoice_number": 0.4, "total_amount": 0.95, "iban": 0.97}, "_seconds": 1.5}]),
    );
    put(&truth.join("b/three.truth.json"), &json!({"invoice_number": "19"}));
    (truth, pred)
}

#[test]
fn what_is_right_wrong_missed_and_invented_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let (truth, pred) = three(dir.path());
    let scores = score(&args(&truth, &pred)).unwrap();
    assert_eq!(scores.sources.keys().collect::<Vec<_>>(), ["b", "first"]);
    let first = &scores.sources["first"];
    assert_eq!((first.documents, first.missing, first.perfect), (2, 0, 1));
    assert_eq!(first.times(), Some((1.0, 1.5)));
    let numbers = first.fields["invoice_number"];
    assert_eq!((numbers.tp, numbers.fp, numbers.fn_, numbers.n), (1, 1, 1, 2));
    assert_eq!((first.fields["iban"].invented, first.fields["iban"].absent, first.fields["due_date"].fn_), (1, 2, 1));
    let item = first.fields["line_item"];
    assert_eq!((item.tp, item.fn_, item.fp, item.n), (1, 1, 2, 2));
    assert_eq!(scores.sources["b"].missing, 1);
    assert_eq!((scores.judged.len(), scores.judged.iter().filter(|j| j.right).count()), (6, 4));
    let worst = scores.worst(1);
    assert_eq!((worst[0].name.as_str(), worst[0].errors.len()), ("a/two", 3));
    let told: Vec<String> = worst[0].errors.iter().map(print::told).collect();
    assert_eq!(told, ["\"81\" (0.40) for \"18\"", "missed \"2014-07-11\"", "invented \"DE1\" (0.97); there is none"]);
}

#[test]
fn a_threshold_empties_what_is_less_sure_and_only_present_ones_can_be_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let (truth, pred) = three(dir.path());
    let scores = score(&Args { conf: Some(0.96), present_only: true, ..args(&truth, &pred) }).unwrap();
    let micro = scores.total().micro();
    assert_eq!((micro.tp, micro.fp, micro.fn_), (1, 1, 5));
    assert_eq!((scores.sources["b"].documents, scores.sources["b"].missing), (0, 1));
}

#[test]
fn page_and_json_are_written_and_nothing_of_a_document_is_read_as_markup() {
    let dir = tempfile::tempdir().unwrap();
    let (truth, pred) = three(dir.path());
    put(&truth.join("c.truth.json"), &json!({"supplier_name": "A <script>alert(1)</script> & Co"}));
    let (html, json) = (dir.path().join("out/report.html"), dir.path().join("out/report.json"));
    let global = <crate::cli::Cli as clap::Parser>::parse_from(["countersign", "models", "list"]).global;
    run(&global, Args { html: Some(html.clone()), json: Some(json.clone()), ..args(&truth, &pred) }).unwrap();
    let page = std::fs::read_to_string(html).unwrap();
    assert!(page.contains("a/two") && page.contains("invented") && page.contains("<svg") && !page.contains("<script"));
    assert!(!page.contains("http:") && !page.contains("https:"), "the page loads something");
    assert!(!page.contains("NaN") && !page.contains("inf,"));
    let figures: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(figures["first"]["fields"]["iban"]["hallucinated"], 1);
    assert_eq!(figures["_confidence"]["all"]["n"], 6);
}

/// Values as some reader might give them: right, in another notation, wrong, missing or invented.
fn disturbed(rng: &mut ChaCha8Rng, truth: &Value) -> Value {
    let mut out = Map::new();
    let mut confidence = Map::new();
    for field in HEADER {
        let value = match truth.get(field) {
            Some(Value::String(s)) => s.clone(),
            Some(Value::Array(list)) => list[rng.random_range(0..list.len())].as_str().unwrap_or_default().to_owned(),
            _ if rng.random_bool(0.2) => "12-3".to_owned(),
            _ => continue,
        };
        if rng.random_bool(0.85) {
            out.insert(field.to_owned(), notation(rng, &value));
            confidence.insert(field.to_owned(), json!(f64::from(rng.random_range(0..100)) / 100.0));
        }
    }
    let mut lines: Vec<Value> = truth["lines"].as_array().cloned().unwrap_or_default();
    lines.retain(|_| rng.random_bool(0.9));
    for line in &mut lines {
        for cell in line.as_object_mut().into_iter().flat_map(|l| l.values_mut()) {
            if let Value::String(text) = &cell {
                *cell = notation(rng, text);
            }
        }
    }
    if rng.random_bool(0.3) && lines.len() > 1 {
        lines.rotate_left(1);
        lines.push(json!({"description": "carried forward", "amount": "1,00"}));
        lines.push(json!("no line"));
    }
    out.insert("lines".to_owned(), lines.into());
    out.insert("_confidence".to_owned(), confidence.into());
    Value::Object(out)
}

fn notation(rng: &mut ChaCha8Rng, text: &str) -> Value {
    let text = match rng.random_range(0..16) {
        0 => text.to_uppercase(),
        1 => text.replace('.', ","),
        2 => format!("No. {text}"),
        3 => text.chars().rev().collect(),
        4 => format!("{text}-"),
        5 => format!("- {text}"),
        6 => text.replace('-', "/"),
        7 => text.replace('-', ""),
        8 => format!("{text} and more words behind it"),
        9 => text.chars().skip(2).collect(),
        10 => text.split(' ').rev().collect::<Vec<_>>().join(" "),
        11 => format!("({text})"),
        12 => format!("1.{text}"),
        13 => return text.parse::<f64>().map_or(Value::Null, |n| json!(n)),
        _ => text.to_owned(),
    };
    json!(text)
}

/// Every table of the script's against ours.
fn compare(truth: &Path, pred: &Path, more: &[&str], ours: &Scores) {
    let out = pred.join("script.figures");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/invoices/evaluate.py");
    let ran = std::process::Command::new("python3").arg(script).args([pred, truth]).args(more).arg("--json").arg(&out).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let theirs: Value = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
    let ours = json::all(ours, 0);
    let mut figures = 0;
    for (source, table) in theirs.as_object().unwrap() {
        for key in ["documents", "missing", "perfect"] {
            assert_eq!(table[key], ours[source][key], "{source} {key} {more:?}");
        }
        let rows = table["fields"].as_object().unwrap().iter().map(|(f, row)| (f.as_str(), row, &ours[source]["fields"][f.as_str()]));
        for (field, row, own) in rows.chain([("micro", &table["micro"], &ours[source]["micro"])]) {
            for (key, value) in row.as_object().unwrap() {
                let (a, b) = (value.as_f64().unwrap(), own[key].as_f64().unwrap_or(-1.0));
                assert!((a - b).abs() < 1e-12, "{source} {field} {key}: the script says {a}, we say {b} ({more:?})");
                figures += 1;
            }
        }
    }
    assert!(figures > 300, "only {figures} figures were compared");
}

#[test]
fn every_figure_agrees_with_the_script_on_the_same_folders() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/invoices");
    let python = std::process::Command::new("python3").arg("--version").output().is_ok_and(|o| o.status.success());
    if !python || !data.join("evaluate.py").is_file() {
        eprintln!("skipped: needs python3 and {}", data.join("evaluate.py").display());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (folder, seed) in [("dev", 1), ("xml/fatturapa", 2), ("xml/cii", 3)] {
        let (truth, pred) = (data.join(folder), dir.path().join(folder));
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for path in folders::truths(&truth).unwrap() {
            let document = folders::Document::open(&truth, &path).unwrap();
            if rng.random_bool(0.95) {
                put(&pred.join(format!("{}.json", document.name)), &disturbed(&mut rng, &document.truth));
            }
        }
        compare(&truth, &pred, &[], &score(&args(&truth, &pred)).unwrap());
        let surer = Args { conf: Some(0.4), no_lines: true, present_only: true, ..args(&truth, &pred) };
        compare(&truth, &pred, &["--conf", "0.4", "--no-lines", "--present-only"], &score(&surer).unwrap());
    }
}
