//! The same score online and in batch: a generated book goes through both ways, with the shipped model.

use super::{Desk, table};
use countersign::domain::history::{EntryType, Payable};
use countersign::inference::Models;
use countersign::screening::duplicates::{CandidateIndex, DuplicateScorer, PAIR_FEATURES, Prepared, compare};
use countersign::training::simulator::{Company, Options, book};
use std::collections::BTreeMap;
use std::path::Path;

/// Rows that both ways score.
const ROWS: usize = 10_000;
/// Pairs below this are not kept in batch.
const FLOOR: f64 = 0.01;

fn rows() -> Vec<Payable> {
    let options = Options { seed: 77, company: Company::Council, vendors: 260, months: 30, duplicates: 0.02, anomalies: 0.0 };
    let mut rows = book(&options).rows;
    assert!(rows.len() >= ROWS, "only {} rows", rows.len());
    rows.truncate(ROWS);
    rows
}

fn csv(rows: &[Payable]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record([
            "row_id",
            "payment_date",
            "invoice_date",
            "posted_at",
            "vendor_id",
            "vendor_name",
            "invoice_no",
            "po_number",
            "amount",
            "currency",
            "doc_type",
            "department",
            "account_code",
            "bank_account",
        ])
        .unwrap();
    for row in rows {
        let date = |date: Option<jiff::civil::Date>| date.map_or_else(String::new, |date| date.to_string());
        let kind = match row.entry_type {
            EntryType::Invoice => "IN",
            EntryType::CreditMemo => "CM",
            EntryType::Void => "VOID",
        };
        writer
            .write_record([
                &row.row.to_string(),
                &date(row.payment_date),
                &date(row.invoice_date),
                &row.posted_at.map_or_else(String::new, |at| at.to_string()),
                &row.vendor_id,
                &row.vendor_name,
                &row.invoice_no,
                &row.po_number,
                &row.amount.to_string(),
                &row.currency,
                kind,
                &row.department,
                &row.account_code,
                &row.bank_account,
            ])
            .unwrap();
    }
    writer.into_inner().unwrap()
}

/// Each row against those before it, one at a time, as invoices come in.
fn online(rows: &[Payable], scorer: &DuplicateScorer) -> BTreeMap<(usize, usize), f64> {
    let prepared: Vec<Prepared> = rows.iter().map(Prepared::of).collect();
    let mut index = CandidateIndex::default();
    let mut scores = BTreeMap::new();
    for (row, later) in prepared.iter().enumerate() {
        let positions = index.candidates(later);
        let candidates: Vec<&Prepared> = positions.iter().map(|at| &prepared[*at as usize]).collect();
        let mut features = Vec::new();
        let places = compare(later, &candidates, &mut features);
        assert_eq!(features.len(), places.len() * PAIR_FEATURES.len());
        for (place, score) in places.into_iter().zip(scorer.score_rows(features).unwrap()) {
            scores.insert((positions[place] as usize, row), score);
        }
        index.push(later, row as u32);
    }
    scores
}

#[test]
fn a_pair_has_one_score_online_and_in_batch() {
    let desk = Desk::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let rows = rows();
    let input = desk.put("history.csv", &csv(&rows));
    let mut options = desk.options(&[input], "out/scored.csv");
    options.duplicates = Some(desk.path("out/pairs.csv"));
    for file in ["model.onnx", "model.toml"] {
        std::fs::copy(shipped.join("duplicates").join(file), desk.path("models").join("duplicates").join(file)).unwrap();
    }
    let summary = desk.run(&options).0.unwrap();
    assert_eq!(summary.rows, ROWS as u64);
    let expected = online(&rows, &DuplicateScorer::open(&Models::open(&shipped).unwrap()).unwrap());
    let pairs = table(options.duplicates.as_ref().unwrap());
    assert!(pairs.len() > 100, "only {} pairs", pairs.len());
    for pair in &pairs[1..] {
        let (a, b, score): (usize, usize, f64) = (pair[0].parse().unwrap(), pair[1].parse().unwrap(), pair[2].parse().unwrap());
        let online = expected.get(&(a, b)).unwrap_or_else(|| panic!("{a} and {b} are not compared online"));
        assert!((online - score).abs() <= 5.1e-7, "{a} and {b}: {online} online, {score} in batch");
    }
    // What batch leaves out are payments that a later row took back, and nothing else.
    let kept: std::collections::BTreeSet<(usize, usize)> =
        pairs[1..].iter().map(|pair| (pair[0].parse().unwrap(), pair[1].parse().unwrap())).collect();
    let taken_back =
        |row: usize| rows[row + 1..].iter().any(|later| later.vendor_id == rows[row].vendor_id && later.amount == -rows[row].amount);
    for ((a, b), score) in expected.iter().filter(|(_, score)| **score >= FLOOR + 1e-6) {
        assert!(kept.contains(&(*a, *b)) || taken_back(*a) || taken_back(*b), "{a} and {b}: {score} online, absent in batch");
    }
}
