//! Learning from corrections, end to end: a company whose suppliers print two numbers wants the one that
//! the shipped extractor does not take. People correct it; the extractor is fine-tuned on their documents
//! by the real command, the gate judges, the old model comes back.

use countersign::domain::hash::sha256_hex;
use countersign::training::extractor::labelled::Part;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio::sync::watch;

use crate::web_world::World;

/// Documents to learn from, to watch, and reserved.
const SHARES: [(Part, usize); 3] = [(Part::Learn, 19), (Part::Watch, 3), (Part::Reserved, 8)];
const SUPPLIERS: [&str; 6] = [
    "Brightwater Supplies Ltd",
    "Oakfield Tools Ltd",
    "Harrow & Finch Ltd",
    "Delta Fastenings Ltd",
    "Penrose Paper Ltd",
    "Kestrel Freight Ltd",
];

/// What document `n` prints.
struct Printed {
    number: String,
    key: String,
    pdf: Vec<u8>,
}

fn printed(n: usize) -> Printed {
    // Neither is told by its shape, only by what stands before it.
    let shaped = |shape: usize, digits: usize| match shape % 5 {
        0 => format!("{}", 20_000 + digits),
        1 => format!("INV-{digits:04}"),
        2 => format!("2026/{digits:04}"),
        3 => format!("K{digits:04}"),
        _ => format!("{:07}", 1_000_000 + digits * 13),
    };
    let (number, key) = (shaped(n / 2, (n * 37 + 117) % 10_000), shaped(n * 3 + n / 7, (n * 7919 + 1234) % 10_000));
    let (net, tax) = (1000 + 731 * n, (1000 + 731 * n) / 5);
    let money = |cents: usize| format!("{}.{:02}", cents / 100, cents % 100);
    let date = format!("{:02}/03/2026", 13 + n % 15);
    let drop = (n % 5) as f32 * 9.0;
    let lines: Vec<(f32, f32, f32, String)> = vec![
        (60.0, 70.0, 14.0, SUPPLIERS[n % SUPPLIERS.len()].to_owned()),
        (60.0, 88.0, 9.0, format!("{} Mill Lane, Leeds LS1 4AP", n + 3)),
        (60.0, 150.0, 10.0, "Acme Stores Ltd".to_owned()),
        (60.0, 164.0, 10.0, "12 High Street, York YO1 7HH".to_owned()),
        (400.0, 70.0, 18.0, "INVOICE".to_owned()),
        (360.0, 150.0 + drop, 10.0, "Invoice no.".to_owned()),
        (450.0, 150.0 + drop, 10.0, number.clone()),
        (360.0, 166.0 + drop, 10.0, "Ledger key".to_owned()),
        (450.0, 166.0 + drop, 10.0, key.clone()),
        (360.0, 182.0 + drop, 10.0, "Invoice date".to_owned()),
        (450.0, 182.0 + drop, 10.0, date),
        (60.0, 300.0, 10.0, "Description".to_owned()),
        (480.0, 300.0, 10.0, "Amount".to_owned()),
        (60.0, 318.0, 10.0, format!("Fittings, batch {}", n % 9)),
        (480.0, 318.0, 10.0, money(net)),
        (360.0, 380.0, 10.0, "Net amount".to_owned()),
        (480.0, 380.0, 10.0, format!("GBP {}", money(net))),
        (360.0, 396.0, 10.0, "VAT 20%".to_owned()),
        (480.0, 396.0, 10.0, format!("GBP {}", money(tax))),
        (360.0, 412.0, 10.0, "Total due".to_owned()),
        (480.0, 412.0, 10.0, format!("GBP {}", money(net + tax))),
    ];
    Printed { number, key, pdf: pdf(&lines) }
}

/// Documents of each part in its share, and one more that nobody is to see.
fn drawn() -> (Vec<Printed>, Printed) {
    let mut shares = SHARES;
    let mut documents = Vec::new();
    let mut n = 0;
    while shares.iter().any(|(_, left)| *left > 0) {
        let document = printed(n);
        let part = Part::of(&sha256_hex(&document.pdf));
        let share = shares.iter_mut().find(|(of, _)| *of == part).unwrap();
        if share.1 > 0 {
            share.1 -= 1;
            documents.push(document);
        }
        n += 1;
    }
    (documents, printed(n))
}

/// A page with texts at `(x, y from the top, size)`.
fn pdf(texts: &[(f32, f32, f32, String)]) -> Vec<u8> {
    use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};
    let [catalogue, pages, page, font, content] = [1, 2, 3, 4, 5].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalogue).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    let mut sheet = pdf.page(page);
    sheet.media_box(Rect::new(0.0, 0.0, 595.0, 842.0)).parent(pages).contents(content);
    sheet.resources().fonts().pair(Name(b"F1"), font);
    sheet.finish();
    pdf.type1_font(font).base_font(Name(b"Helvetica"));
    let mut pen = Content::new();
    for (x, y, size, text) in texts {
        pen.begin_text().set_font(Name(b"F1"), *size).next_line(*x, 842.0 - y).show(Str(text.as_bytes())).end_text();
    }
    pdf.stream(content, &pen.finish());
    pdf.finish()
}

/// The case's view once it waits for people, of each.
async fn settled(world: &World, cases: &[String]) -> Vec<serde_json::Value> {
    let (stop, stopped) = watch::channel(false);
    let workers = tokio::spawn(countersign::jobs::run(world.pipeline.clone(), 2, stopped));
    let mut views = Vec::new();
    for case in cases {
        loop {
            let view = world.get("the-auditor", &format!("/api/v1/cases/{case}")).await.json();
            if view["phase"] != "processing" {
                views.push(view);
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
    stop.send(true).unwrap();
    world.pipeline.work.notify_waiters();
    workers.await.unwrap();
    views
}

async fn decide(world: &World, user: &str, view: &serde_json::Value, mut decision: serde_json::Value) {
    decision["version"] = view["version"].clone();
    let path = format!("/api/v1/cases/{}/decisions", view["case_id"].as_str().unwrap());
    let answer = world.post_json(user, &path, &decision).await;
    assert!(answer.status.is_success(), "{}", answer.text());
}

/// A world in which documents were uploaded and read, with a copy of the shipped extractor.
async fn office(documents: &[Printed]) -> (World, Vec<serde_json::Value>, PathBuf) {
    let world = World::new().await;
    let mut cases = Vec::new();
    for document in documents {
        cases.push(world.upload(document.pdf.clone()).await);
    }
    let views = settled(&world, &cases).await;
    let models = world.dir().join("models");
    std::fs::create_dir_all(models.join("extractor")).unwrap();
    for (name, bytes) in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models/extractor")) {
        std::fs::write(models.join("extractor").join(name), bytes).unwrap();
    }
    (world, views, models)
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let paths = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap())).collect()
}

/// Runs the program; exit status, standard output and standard error.
fn program(world: &World, models: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["--data-dir", world.dir().to_str().unwrap(), "--database-url", &world.database_url()])
        .args(["--models-dir", models.to_str().unwrap()])
        .args(args)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const TRAIN: [&str; 6] = ["train", "extractor", "--from-corrections", "--company", "ACME", "--pages"];

#[tokio::test(flavor = "multi_thread")]
async fn what_people_correct_is_learned_judged_and_can_be_taken_back() {
    let (printed, fresh) = drawn();
    let (world, views, models) = office(&printed).await;
    let number = |view: &serde_json::Value| view["fields"]["invoice_number"]["value"].as_str().unwrap_or_default().to_owned();
    let wanted = views.iter().zip(&printed).filter(|(view, printed)| number(view) == printed.key).count();
    let taken = views.iter().zip(&printed).filter(|(view, printed)| number(view) == printed.number).count();
    println!("of {} documents the shipped model takes {taken} invoice numbers and {wanted} keys", printed.len());
    assert!(wanted * 5 < printed.len(), "the shipped model reads {wanted} as wanted");

    let (code, out, err) = program(&world, &models, &[&TRAIN[..], &["640"]].concat());
    assert!(code == 1 && err.contains("too few documents to learn from: people confirmed 0"), "{code} {out} {err}");

    let mut cases = Vec::new();
    for (view, printed) in views.iter().zip(&printed) {
        decide(&world, "the-clerk", view, json!({"action": "correct", "corrections": {"invoice_number": printed.key}})).await;
        cases.push(view["case_id"].as_str().unwrap().to_owned());
    }
    // Half of them are approved too: then all their fields are confirmed.
    for view in settled(&world, &cases).await.iter().step_by(2) {
        assert_eq!(view["phase"], "review", "{view}");
        decide(&world, "the-reviewer", view, json!({"action": "approve"})).await;
    }

    let before = files(&models.join("extractor"));
    let (installed, raised) = versions(&before);
    let (code, out, err) = program(&world, &models, &[&TRAIN[..], &["640"]].concat());
    println!("{err}{out}");
    assert!(code == 0 && out.contains(&format!("replaced: extractor@{raised}")), "{code} {out} {err}");
    assert!(out.contains("restart the server"), "{out}");
    let after = files(&models.join("extractor"));
    assert_eq!(files(&models.join("extractor.previous")), before);
    assert_ne!(after["model.onnx"], before["model.onnx"]);
    let card = String::from_utf8(after["CARD.md"].clone()).unwrap();
    assert!(card.contains("Fine-tuned") && printed.iter().all(|p| !card.contains(&p.key)), "{card}");
    for (name, expected) in [("list", &"kept in extractor.previous".to_owned()), ("verify", &format!("extractor@{raised}  ok"))] {
        let (code, out, err) = program(&world, &models, &["models", name]);
        assert!(code == 0 && out.contains(expected), "{out} {err}");
    }

    // A document that nobody has seen.
    let file = world.dir().join("fresh.pdf");
    std::fs::write(&file, &fresh.pdf).unwrap();
    let number_now = || {
        let out = world.dir().join("out");
        let (code, _, err) = program(&world, &models, &["extract", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
        assert_eq!(code, 0, "{err}");
        let read: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("fresh.pdf.json")).unwrap()).unwrap();
        read["invoice_number"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(number_now(), fresh.key);

    let (code, out, err) = program(&world, &models, &["models", "rollback", "extractor"]);
    assert!(code == 0 && out.contains(&format!("extractor@{installed} is in place again")), "{out} {err}");
    assert_eq!((files(&models.join("extractor")), files(&models.join("extractor.previous"))), (before, after));
    assert_ne!(number_now(), fresh.key);
    assert_eq!(program(&world, &models, &["models", "rollback", "../extractor"]).0, 2);
}

/// The version of a model's folder, and what fine-tuning makes of it.
fn versions(folder: &BTreeMap<String, Vec<u8>>) -> (String, String) {
    let manifest: toml::Table = toml::from_str(std::str::from_utf8(&folder["model.toml"]).unwrap()).unwrap();
    let version = manifest["version"].as_str().unwrap().to_owned();
    let parts: Vec<u64> = version.split('.').map(|part| part.parse().unwrap()).collect();
    let raised = format!("{}.{}.0+corrections.1", parts[0], parts[1] + 1);
    (version, raised)
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused_and_leaves_the_model_untouched() {
    let (printed, _) = drawn();
    let (world, views, models) = office(&printed).await;
    for (n, view) in views.iter().enumerate() {
        // A number of another document, or one of its own, by chance: there is nothing to learn.
        let of = &printed[n];
        let candidates =
            [of.key.clone(), of.number.clone(), format!("{}", n + 3), "LS1 4AP".to_owned(), "YO1 7HH".to_owned(), "20".to_owned()];
        let drawn = (n * 2_654_435_761) >> 7;
        let corrections = json!({"invoice_number": candidates[drawn % candidates.len()]});
        decide(&world, "the-clerk", view, json!({"action": "correct", "corrections": corrections})).await;
    }
    let before = files(&models.join("extractor"));
    let (installed, _) = versions(&before);
    let (code, out, err) = program(&world, &models, &[&TRAIN[..], &["240"]].concat());
    println!("{err}{out}");
    assert!(code == 1 && out.contains(&format!("kept: extractor@{installed} stays")), "{code} {out} {err}");
    assert_eq!(files(&models.join("extractor")), before);
    assert_eq!(std::fs::read_dir(&models).unwrap().count(), 1, "nothing else is left in the folder");
    let (code, _, err) = program(&world, &models, &["models", "rollback", "extractor"]);
    assert!(code == 1 && err.contains("nothing to roll back to"), "{err}");
    let (code, _, err) = program(&world, &models, &["train", "extractor", "--from-corrections", "--min", "1000"]);
    assert!(code == 1 && err.contains("1000 are needed"), "{err}");
}
