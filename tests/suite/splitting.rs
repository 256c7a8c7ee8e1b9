//! Files of several invoices, and papers that are no invoice: a real PDF through the whole program.

use countersign::domain::{CaseId, PageRange};
use countersign::faults::Failpoint;
use countersign::store::{Store, sqlite_url};
use countersign::workflow::Phase;
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::crash;
use crate::web_world::World;

const FONT: Name<'static> = Name(b"F1");

/// A PDF of pages of lines: `#` at the beginning is large print, `@300` goes on 300 points from the left.
fn pdf(pages: &[Vec<String>]) -> Vec<u8> {
    let mut reference = Ref::new(1);
    let mut next = || reference.bump();
    let (catalogue, tree, font) = (next(), next(), next());
    let ids: Vec<(Ref, Ref)> = pages.iter().map(|_| (next(), next())).collect();
    let mut pdf = Pdf::new();
    pdf.catalog(catalogue).pages(tree);
    pdf.pages(tree).kids(ids.iter().map(|id| id.0)).count(i32::try_from(ids.len()).unwrap());
    for (lines, (page, content)) in pages.iter().zip(&ids) {
        let mut sheet = pdf.page(*page);
        sheet.media_box(Rect::new(0.0, 0.0, 595.0, 842.0)).parent(tree).contents(*content);
        sheet.resources().fonts().pair(FONT, font);
        sheet.finish();
        let mut drawn = Content::new();
        for (row, line) in (0_i16..).zip(lines) {
            let size = if line.starts_with('#') { 20.0 } else { 10.0 };
            for (place, piece) in line.trim_start_matches('#').split('@').enumerate() {
                let (x, text) = if place == 0 { (50.0, piece) } else { split_place(piece) };
                let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text.trim());
                drawn.begin_text().set_font(FONT, size).next_line(x, 780.0 - 16.0 * f32::from(row)).show(Str(&bytes)).end_text();
            }
        }
        pdf.stream(*content, &drawn.finish());
    }
    pdf.type1_font(font).base_font(Name(b"Helvetica")).encoding_predefined(Name(b"WinAnsiEncoding"));
    pdf.finish()
}

fn split_place(piece: &str) -> (f32, &str) {
    let (place, text) = piece.split_once(' ').unwrap();
    (place.parse().unwrap(), text)
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

/// The head of an invoice, up to its table.
fn head(number: &str) -> Vec<String> {
    let mut lines = owned(&["Seilerei Hafen GmbH", "Hafenweg 3", "28195 Bremen", "", "#Rechnung", ""]);
    lines.push(format!("Acme AG @330 Rechnungsnummer: @450 {number}"));
    lines.extend(owned(&["Ringweg 1 @330 Rechnungsdatum: @450 15.01.2026", "10115 Berlin @330 Fällig am: @450 14.02.2026", ""]));
    lines.push("Bezeichnung @300 Menge @370 Einzelpreis @460 Gesamt".to_owned());
    lines
}

fn foot(net: &str, tax: &str, total: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    lines.push(format!("@330 Nettobetrag @460 {net} EUR"));
    lines.push(format!("@330 MwSt. 19 % @460 {tax} EUR"));
    lines.push(format!("@330 Gesamtbetrag @460 {total} EUR"));
    lines.push(String::new());
    lines.push("IBAN DE44 5001 0517 5407 3249 31 @330 USt-IdNr. DE136695976".to_owned());
    lines
}

/// Three invoices on five pages: one with terms behind it, one alone, one of two pages.
fn three_invoices(series: u32) -> Vec<u8> {
    let number = |n: u32| format!("SH-{series}-{n}");
    let first = [head(&number(101)), owned(&["Tau, 12 mm @310 2 @390 50,00 @460 100,00"]), foot("100,00", "19,00", "119,00")].concat();
    let terms =
        owned(&["#Allgemeine Geschäftsbedingungen", "", "1. Diese Bedingungen gelten für alle Lieferungen der Seilerei Hafen GmbH."]);
    let second = [head(&number(102)), owned(&["Netz, klein @310 1 @390 240,00 @460 240,00"]), foot("240,00", "45,60", "285,60")].concat();
    let mut third = [head(&number(103)), owned(&["Anker @310 1 @390 700,00 @460 700,00"])].concat();
    third.extend(owned(&[
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "@330 Übertrag @460 700,00",
        "Seite 1 von 2",
    ]));
    let rest = [owned(&["@330 Übertrag @460 700,00", "Kette @310 1 @390 300,00 @460 300,00"]), foot("1.000,00", "190,00", "1.190,00")];
    pdf(&[first, terms, second, third, rest.concat()])
}

fn reminder() -> Vec<u8> {
    let mut lines = owned(&["Seilerei Hafen GmbH", "Hafenweg 3", "28195 Bremen", "", "#Zahlungserinnerung", ""]);
    lines.extend(owned(&["Acme AG @330 Datum: @450 20.02.2026", "Ringweg 1", "10115 Berlin", ""]));
    lines.push("unsere Rechnung Nr. SH-9-101 vom 15.01.2026 ist seit dem 14.02.2026 überfällig.".to_owned());
    lines.extend(owned(&[
        "",
        "@330 Rechnungsbetrag @460 119,00 EUR",
        "@330 Mahngebühr @460 5,00 EUR",
        "@330 Gesamtbetrag @460 124,00 EUR",
    ]));
    lines.push("IBAN DE44 5001 0517 5407 3249 31 @330 USt-IdNr. DE136695976".to_owned());
    pdf(&[lines])
}

const PARTS: [(u32, u32); 3] = [(1, 2), (3, 3), (4, 5)];

#[tokio::test(flavor = "multi_thread")]
async fn three_invoices_on_five_pages_become_three_cases() {
    let world = World::new().await;
    let file = three_invoices(1);
    let case = world.upload(file.clone()).await;
    let first = world.settle(&case).await;
    let cases = first["part"]["cases"].as_array().unwrap_or_else(|| panic!("not split: {first:#}")).clone();
    let pages: Vec<_> = cases.iter().map(|part| (part["first_page"].as_u64().unwrap(), part["last_page"].as_u64().unwrap())).collect();
    assert_eq!(pages, PARTS.map(|(first, last)| (u64::from(first), u64::from(last))));
    assert_eq!(cases[0]["case_id"], case.as_str(), "the upload's case keeps the first part");
    for (place, part) in cases.iter().enumerate() {
        let id = part["case_id"].as_str().unwrap();
        let view = world.settle(id).await;
        assert_eq!(view["fields"]["invoice_number"]["value"], format!("SH-1-10{}", place + 1), "{view:#}");
        assert_eq!(view["fields"]["total_amount"]["value"], ["119.00", "285.60", "1190.00"][place]);
        assert_eq!((&view["kind"], &view["document_type"]), (&json!("invoice"), &json!("invoice")));
        assert_eq!(view["documents"][0]["document_id"], first["documents"][0]["document_id"]);
        let findings = view["findings"].as_array().unwrap();
        assert!(findings.iter().all(|finding| finding["kind"] != "duplicate"), "parts of a file are no duplicates: {findings:#?}");
        assert_ne!(view["phase"], "parked", "{view:#}");
        let history = view["history"].as_array().unwrap();
        match place {
            0 => assert!(history.iter().any(|event| event["why"].as_str().unwrap().contains("the file holds 3 documents"))),
            _ => assert_eq!(history[0]["action"], "split-off"),
        }
        // The page shows the part's pages and the way to the others.
        let (cookie, _) = world.sign_in("the-reviewer").await;
        let request = axum::http::Request::builder().uri(format!("/cases/{id}")).header("cookie", cookie);
        let page = world.send(request.body(axum::body::Body::empty()).unwrap()).await.text();
        for number in 1..=5 {
            let shown = page.contains(&format!("/pages/{number}.png"));
            assert_eq!(shown, (PARTS[place].0..=PARTS[place].1).contains(&number), "page {number} of part {place}");
        }
        let others = cases.iter().filter(|other| page.contains(&format!("/cases/{}\"", other["case_id"].as_str().unwrap())));
        assert_eq!(others.count(), 2);
    }
    // The very file again, and the second part rejected: the others stay.
    let again = world.as_user("the-clerk", "POST", "/api/v1/documents", "application/octet-stream", file).await;
    assert_eq!((again.status.as_u16(), &again.json()["case_id"]), (200, &json!(case)));
    let second = cases[1]["case_id"].as_str().unwrap();
    let version = world.get("the-reviewer", &format!("/api/v1/cases/{second}")).await.json()["version"].clone();
    let decision = json!({"action": "reject", "version": version, "comment": "no invoice of ours"});
    let answer = world.post_json("the-reviewer", &format!("/api/v1/cases/{second}/decisions"), &decision).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    for (place, expected) in ["review", "rejected", "review"].into_iter().enumerate() {
        let id = cases[place]["case_id"].as_str().unwrap();
        assert_eq!(world.get("the-auditor", &format!("/api/v1/cases/{id}")).await.json()["phase"], expected, "part {place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_goes_to_a_person_and_is_no_debt() {
    let world = World::new().await;
    let case = world.upload(reminder()).await;
    let view = world.settle(&case).await;
    assert_eq!(
        (&view["kind"], &view["document_type"], &view["phase"]),
        (&json!("reminder"), &json!("other"), &json!("review")),
        "{view:#}"
    );
    let finding = view["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "not-an-invoice").unwrap();
    assert!(finding["reasons"][0]["text"].as_str().unwrap().contains("reminder"), "{finding}");
    let approve = json!({"action": "approve", "version": view["version"], "comment": "pay it"});
    let refused = world.post_json("the-reviewer", &format!("/api/v1/cases/{case}/decisions"), &approve).await;
    assert_eq!(refused.status.as_u16(), 422, "{}", refused.text());
    // Nothing to be a duplicate of.
    let company = world.pipeline.store().companies().await.unwrap().into_iter().find(|c| c.code == "ACME").unwrap().id;
    assert_eq!(world.pipeline.store().payable_seq(company, case.parse().unwrap()).await.unwrap(), None);
    // A person may know better; then it is registered as any other.
    let correct = json!({"action": "correct", "version": view["version"], "corrections": {"document_type": "invoice"}});
    let corrected = world.post_json("the-reviewer", &format!("/api/v1/cases/{case}/decisions"), &correct).await;
    assert!(corrected.status.is_success(), "{}", corrected.text());
    let view = world.settle(&case).await;
    assert_eq!((&view["kind"], &view["document_type"]), (&json!("invoice"), &json!("invoice")));
    assert!(view["findings"].as_array().unwrap().iter().all(|finding| finding["code"] != "not-an-invoice"));
}

/// Killed before and after the split is written, the program makes every part once.
#[test]
fn a_crash_makes_no_part_twice() {
    let dir = tempfile::tempdir().unwrap();
    drop(settled(dir.path()));
    let client = reqwest::blocking::Client::builder().timeout(Duration::from_secs(30)).build().unwrap();
    let clerk = crash::tokens(dir.path())["clerk"].clone();
    for (series, point) in [(2, Failpoint::ReadStarted), (3, Failpoint::ReadExtracted), (4, Failpoint::ReadWritten)] {
        let mut server = crash::start(dir.path(), Some((point, 1)));
        let sent = client.post(format!("{}/api/v1/documents", server.url)).bearer_auth(&clerk).body(three_invoices(series)).send();
        let document =
            sent.ok().and_then(|answer| answer.json::<Value>().ok()).map(|body| body["document_id"].as_str().unwrap().to_owned());
        let begun = Instant::now();
        while server.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{} was never passed", point.name());
            std::thread::sleep(Duration::from_millis(50));
        }
        let server = settled(dir.path());
        let document = document.unwrap_or_else(|| {
            let sent = client.post(format!("{}/api/v1/documents", server.url)).bearer_auth(&clerk).body(three_invoices(series)).send();
            sent.unwrap().json::<Value>().unwrap()["document_id"].as_str().unwrap().to_owned()
        });
        drop(server);
        drop(settled(dir.path()));
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let store = Store::connect(&sqlite_url(&dir.path().join("countersign.sqlite"))).await.unwrap();
            let company = store.companies().await.unwrap()[0].id;
            let parts = store.parts_of(company, document.parse().unwrap()).await.unwrap();
            let pages: Vec<_> = parts.iter().map(|part| part.pages.unwrap()).collect();
            assert_eq!(pages, PARTS.map(|(first, last)| PageRange { first, last }), "{}", point.name());
            for part in parts {
                let case: CaseId = part.case_id;
                assert!(!matches!(part.phase, Phase::Processing | Phase::Parked), "{case} is left {:?}", part.phase);
                let (row, trail) = (store.case(company, case).await.unwrap().unwrap(), store.audit_of_case(company, case).await.unwrap());
                assert_eq!(i64::try_from(trail.len()).unwrap(), row.case.version, "one record a transition");
            }
            assert!(store.cases_without_trail(company).await.unwrap().is_empty());
            store.close().await;
        });
    }
}

/// The program, once it has nothing more to do.
fn settled(dir: &Path) -> crash::Server {
    let server = crash::start(dir, None);
    let client = reqwest::blocking::Client::new();
    let auditor = crash::tokens(dir)["auditor"].clone();
    let begun = Instant::now();
    for phase in ["processing", "approved", "posting"] {
        let url = format!("{}/api/v1/cases?phase={phase}&limit=1", server.url);
        while !client.get(&url).bearer_auth(&auditor).send().unwrap().json::<Value>().unwrap()["items"].as_array().unwrap().is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(120), "work does not come to an end");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
    server
}
