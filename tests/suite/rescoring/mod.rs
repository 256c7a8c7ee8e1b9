//! `rescore` end to end, on files, with models whose weights are set by hand.

pub mod generator;
pub mod models;
mod resume;

use countersign::inference::Models;
use countersign::rescoring::{ColumnMap, Progress, RescoreError, RescoreOptions, Stop, Summary, run};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Progress for Heard {
    fn phase(&self, _name: &str, _rows: Option<u64>) {}
    fn advance(&self, _rows: u64) {}
    fn note(&self, text: &str) {
        self.0.lock().unwrap().push(format!("note: {text}"));
    }
    fn failed(&self, text: &str) {
        self.0.lock().unwrap().push(format!("failed: {text}"));
    }
}

/// A folder with models and one history.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        models::write(&folder.path().join("models"));
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn options(&self, inputs: &[PathBuf], out: &str) -> RescoreOptions {
        RescoreOptions {
            inputs: inputs.to_vec(),
            out: self.path(out),
            columns: ColumnMap::default(),
            report: None,
            duplicates: None,
            partitions: 2,
            memory: 64,
            fresh: false,
            scheduler: None,
        }
    }

    fn run(&self, options: &RescoreOptions) -> (Result<Summary, RescoreError>, Vec<String>) {
        self.run_until(options, &Stop::default())
    }

    fn run_until(&self, options: &RescoreOptions, stop: &Stop) -> (Result<Summary, RescoreError>, Vec<String>) {
        let models = Models::open(&self.path("models")).unwrap();
        let heard = Arc::new(Heard::default());
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let outcome = runtime.block_on(run(options, &models, stop, Arc::clone(&heard) as Arc<dyn Progress>));
        let said = heard.0.lock().unwrap().clone();
        (outcome, said)
    }

    /// No intermediate file is left.
    fn assert_tidy(&self, folder: &str) {
        let left: Vec<_> = std::fs::read_dir(self.path(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with(".countersign"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

fn generated(rows: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    generator::write(&mut bytes, rows, 7).unwrap();
    bytes
}

fn table(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

const SMALL: &str = "row_id,payment_date,vendor_id,vendor_name,invoice_no,amount,currency,bank_account\n\
    10,2024-01-05,V1,Kraxi GmbH,RE-48213,119.00,EUR,DE1\n\
    11,2024-02-05,V1,Kraxi GmbH,RE-48299,75.10,EUR,DE1\n\
    12,2024-03-05,V1,Kraxi GmbH,RE 48213,119.00,EUR,DE1\n\
    13,2024-03-06,V2,Dorn AG,77,4000.00,EUR,DE2\n\
    14,2024-04-06,V2,Dorn AG,78,4100.00,EUR,DE2\n\
    15,2024-05-06,V2,Dorn AG,79,90000.00,EUR,DE9\n";

#[test]
fn a_small_book_gives_scores_pairs_and_a_report() {
    let desk = Desk::new();
    let input = desk.put("history.csv", SMALL.as_bytes());
    let mut options = desk.options(&[input], "out/scored.csv");
    options.duplicates = Some(desk.path("out/pairs.csv"));
    options.report = Some(desk.path("out/report.html"));
    let (outcome, said) = desk.run(&options);
    let summary = outcome.unwrap();
    assert_eq!((summary.rows, summary.rejected, summary.duplicates), (6, 0, 1));
    assert!(said.iter().any(|text| text.contains("posted_by") && text.contains("left out")), "{said:?}");
    assert_eq!(said.iter().filter(|text| text.contains("posted_by")).count(), 1);

    let rows = table(&options.out);
    assert_eq!(rows[0], ["row_id", "score", "reasons", "duplicate_score", "duplicate_of", "model"]);
    assert_eq!(rows.len(), 7);
    let again = rows.iter().find(|row| row[0] == "12").unwrap();
    assert_eq!(again[4], "10");
    assert!(again[3].parse::<f64>().unwrap() > 0.5);
    assert_eq!(again[5], "anomaly@0.0.1, duplicates@0.0.1");
    let score = |id: &str| rows.iter().find(|row| row[0] == id).unwrap()[1].parse::<f64>().unwrap();
    assert!(score("15") > score("14"), "a new bank account and an unheard-of amount stand out");
    let reasons: serde_json::Value = serde_json::from_str(&rows.iter().find(|row| row[0] == "15").unwrap()[2]).unwrap();
    assert!(reasons[0]["code"].is_string() && reasons[0]["text"].is_string());

    let pairs = table(options.duplicates.as_ref().unwrap());
    assert_eq!(pairs[0], ["row_a", "row_b", "score", "reasons"]);
    assert!(pairs.iter().any(|pair| pair[0] == "10" && pair[1] == "12"));
    let page = std::fs::read_to_string(options.report.as_ref().unwrap()).unwrap();
    let parts = ["119.00\u{a0}EUR", "could be recovered", "Kraxi GmbH", "<svg", "By supplier", "By reason", "2024-01-05"];
    for part in parts.into_iter().chain(["Money at risk", "Quality of the data", "SHA-256", "anomaly@0.0.1", "row_id, payment_date"]) {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
    desk.assert_tidy("out");
}

#[test]
fn generated_rows_never_repeat() {
    let text = String::from_utf8(generated(60_000)).unwrap();
    let rows: Vec<&str> = text.lines().filter_map(|line| line.split_once(',').map(|(_, rest)| rest)).collect();
    let different: std::collections::HashSet<&str> = rows.iter().copied().collect();
    assert_eq!(different.len(), rows.len());
}

#[test]
fn money_that_came_back_is_no_duplicate() {
    let desk = Desk::new();
    let text = "payment_date,vendor_id,invoice_no,amount,doc_type\n\
        2024-01-05,V1,RE-1,119.00,IN\n2024-02-05,V1,RE-1,119.00,IN\n2024-02-09,V1,RE-1,-119.00,VOID\n\
        2024-01-05,V2,X-1,50.00,IN\n2024-01-07,V2,X-1,-50.00,CM\n2024-02-05,V2,X-1,50.00,IN\n\
        2024-01-05,V3,Y-1,70.00,IN\n2024-02-05,V3,Y-1,70.00,IN\n";
    let input = desk.put("history.csv", text.as_bytes());
    let options = desk.options(&[input], "scored.csv");
    let summary = desk.run(&options).0.unwrap();
    assert_eq!(summary.duplicates, 1);
    let rows = table(&options.out);
    let named: Vec<(&str, &str)> =
        rows[1..].iter().filter(|row| !row[4].is_empty()).map(|row| (row[0].as_str(), row[4].as_str())).collect();
    assert_eq!(named, [("7", "6")]);
}

#[test]
fn bad_rows_are_put_aside_with_line_and_cause() {
    let desk = Desk::new();
    let mut text = String::from("vendor_name;amount;invoice_date;department\n");
    text.push_str(
        "A;1.234,50;03/04/2014;x\nB;abc;03/04/2014;x\nC;1,00;31/02/2014;x\n;2,00;03/04/2014;x\nD;3,00;;x\n\"E;4,00;03/04/2014;x\n",
    );
    for row in 0..60 {
        text.push_str(&format!("F{row};5,{row:02};13/04/2014;x\n"));
    }
    text.push_str("G;6,00;03/04/2014;x;too;many\n");
    let input = desk.put("history.csv", text.as_bytes());
    let options = desk.options(&[input], "scored.csv");
    let (outcome, said) = desk.run(&options);
    let summary = outcome.unwrap();
    assert_eq!((summary.rows, summary.rejected), (61, 6));
    let rejects = table(&desk.path("scored.csv.rejected.csv"));
    let causes: Vec<(&str, &str)> = rejects[1..].iter().map(|row| (row[1].as_str(), row[2].as_str())).collect();
    assert_eq!(
        causes,
        [
            ("3", "amount: \"abc\" is not a number"),
            ("4", "invoice_date: \"31/02/2014\" is not a date"),
            ("5", "neither vendor_id nor vendor_name is given"),
            ("6", "no date is given"),
            ("7", "a quote is opened and not closed"),
            ("68", "6 fields where the header has 4"),
        ]
    );
    assert_eq!(rejects[1][3], "B;abc;03/04/2014;x");
    assert_eq!(said.iter().filter(|text| text.starts_with("failed")).count(), 6);
    // A row keeps its place in the source, and the next clean run takes the rejects away.
    assert_eq!(table(&options.out)[2][0], "6");
    let clean = desk.put("history.csv", b"vendor_name;amount;invoice_date\nA;1,00;2014-01-01\n");
    desk.run(&desk.options(&[clean], "scored.csv")).0.unwrap();
    assert!(!desk.path("scored.csv.rejected.csv").exists());
}

#[test]
fn the_output_is_the_same_for_any_partitions_and_format() {
    let desk = Desk::new();
    let csv = desk.put("in/history.csv", &generated(12_000));
    let parquet = desk.path("in.parquet");
    as_parquet(&csv, &parquet);
    let mut first: Option<(Vec<u8>, Vec<u8>, Vec<u8>)> = None;
    for (partitions, memory, input) in [(1, 64, &csv), (2, 64, &csv), (4, 64, &csv), (4, 64, &csv), (2, 16, &csv), (3, 64, &parquet)] {
        let mut options = desk.options(std::slice::from_ref(input), "out/scored.parquet");
        options.partitions = partitions;
        options.memory = memory;
        options.duplicates = Some(desk.path("out/pairs.csv"));
        options.report = Some(desk.path("out/report.html"));
        let (outcome, _) = desk.run(&options);
        let summary = outcome.unwrap();
        assert_eq!(summary.rows, 12_000);
        assert!(summary.duplicates > 20, "{summary:?}");
        let read = |name: &str| std::fs::read(desk.path(name)).unwrap();
        let page = String::from_utf8(read("out/report.html")).unwrap();
        // How the file was read is the one thing that differs between formats.
        let page = page.split("id=\"month\"").nth(1).unwrap().split("id=\"read\"").next().unwrap().as_bytes().to_vec();
        let written = (read("out/scored.parquet"), read("out/pairs.csv"), page);
        match &first {
            None => first = Some(written),
            Some(first) => {
                assert!(first.0 == written.0, "rows differ with {partitions} partitions, {memory} MiB");
                assert!(first.1 == written.1, "pairs differ with {partitions} partitions, {memory} MiB");
                assert!(first.2 == written.2, "pages differ with {partitions} partitions, {memory} MiB");
            }
        }
    }
}

/// The same history as Parquet, with typed columns.
fn as_parquet(csv: &Path, parquet: &Path) {
    use datafusion::dataframe::DataFrameWriteOptions;
    use datafusion::prelude::{CsvReadOptions, SessionConfig, SessionContext};
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
        let frame = context.read_csv(csv.to_str().unwrap(), CsvReadOptions::new()).await.unwrap();
        frame.write_parquet(parquet.to_str().unwrap(), DataFrameWriteOptions::new().with_single_file_output(true), None).await.unwrap();
    });
}

#[test]
fn folders_mapped_columns_and_foreign_files() {
    let desk = Desk::new();
    desk.put("in/b.csv", b"Kreditor,Betrag,Datum\nA,\"1.000,00\",01.02.2014\n");
    desk.put("in/a.tsv", b"Kreditor\tBetrag\tDatum\nA\t2,00\t01.02.2014\nA\t2,50\t02.02.2014\n");
    desk.put("in/notes.csv", b"just,some,other,table\n1,2,3,4\n");
    desk.put("in/readme.md", b"hello");
    let mut options = desk.options(&[desk.path("in")], "in/scored.csv");
    options.columns = ColumnMap::from_toml("vendor_name = \"Kreditor\"\namount = \"Betrag\"\ninvoice_date = \"Datum\"").unwrap();
    let (outcome, said) = desk.run(&options);
    let summary = outcome.unwrap();
    assert_eq!((summary.files, summary.failed_files, summary.rows), (2, 1, 3));
    assert!(said.iter().any(|text| text.contains("notes.csv") && text.contains("--columns")));
    assert!(said.iter().any(|text| text.contains("1 files of other kinds")));
    // Its own output is not read the next time.
    assert_eq!(desk.run(&options).0.unwrap().rows, 3);
    let refused = desk.run(&desk.options(&[desk.path("in/readme.md")], "x.csv")).0;
    assert!(matches!(refused, Err(RescoreError::NothingToScore(_))), "{refused:?}");
    assert!(matches!(desk.run(&desk.options(&[desk.path("in")], "x.txt")).0, Err(RescoreError::WrongUse(_))));
}

#[test]
fn a_stopped_run_leaves_nothing_and_keeps_the_old_file() {
    let desk = Desk::new();
    let input = desk.put("history.csv", &generated(3000));
    let old = desk.put("out/scored.csv", b"old");
    let stop = Stop::default();
    stop.ask();
    let (outcome, _) = desk.run_until(&desk.options(std::slice::from_ref(&input), "out/scored.csv"), &stop);
    assert!(matches!(outcome, Err(RescoreError::Interrupted)), "{outcome:?}");
    assert_eq!(std::fs::read(old).unwrap(), b"old");
    desk.assert_tidy("out");
}
