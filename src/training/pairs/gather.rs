//! Simulated books -> the table of pairs that the duplicate model learns from.
//!
//! Pairs come from the same index and the same comparison as in screening, and payments that were taken
//! back later are left out, as in batch. Negatives that are seldom confused are thinned and weighted.

use std::collections::{HashMap, HashSet};

use crate::domain::history::Payable;
use crate::screening::duplicates::{CandidateIndex, PAIR_FEATURES, Prepared, compare};
use crate::training::simulator::{Book, COMPANIES, Dice, Options, book};
use crate::training::table::Table;

/// Negatives with another amount or number are kept once in so many.
const EASY: i64 = 2;

/// One book's share of the table.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::training) struct Gathered {
    pub rows: usize,
    pub duplicates: usize,
    pub pairs: usize,
}

/// Adds the pairs of book `number` to the table.
pub(in crate::training) fn gather(table: &mut Table, seed: u64, number: usize) -> Gathered {
    let seed = seed.wrapping_mul(0x9e37_79b9).wrapping_add(number as u64);
    let mut dice = Dice::new(seed ^ 0xd0b5);
    let options = Options {
        seed,
        company: COMPANIES[number % COMPANIES.len()],
        vendors: 40 + dice.index(300),
        months: 10 + dice.index(30) as i32,
        duplicates: *dice.pick(&[0.01, 0.02, 0.04]),
        anomalies: 0.0,
    };
    let mut made = book(&options);
    blank_columns(&mut dice, &mut made.rows);
    let before = table.len();
    collect(table, &made, &mut dice);
    Gathered { rows: made.rows.len(), duplicates: made.duplicates.len(), pairs: table.len() - before }
}

/// Histories lack columns: whole books are blanked, the richest kept most often as they are.
fn blank_columns(dice: &mut Dice, rows: &mut [Payable]) {
    let gone: Vec<bool> = [0.6, 0.5, 0.25, 0.25, 0.15, 0.1, 0.08, 0.1].iter().map(|p| dice.chance(*p)).collect();
    for row in rows {
        if gone[0] {
            row.bank_account.clear();
        }
        if gone[1] {
            row.po_number.clear();
        }
        if gone[2] {
            row.department.clear();
        }
        if gone[3] {
            row.account_code.clear();
        }
        if gone[4] {
            row.currency.clear();
        }
        if gone[5] {
            row.vendor_id.clear();
        }
        if gone[6] {
            row.vendor_name.clear();
            if row.vendor_id.is_empty() {
                row.vendor_id = "1".to_owned();
            }
        }
        if gone[7] {
            row.invoice_date = None;
        }
    }
}

/// All pairs of a book that are compared, with their features.
fn collect(table: &mut Table, made: &Book, dice: &mut Dice) {
    let truth: HashSet<(usize, usize)> = made.duplicates.iter().map(|(a, b, _)| (*a, *b)).collect();
    let mut debt: HashMap<usize, usize> = HashMap::new();
    for (a, b, _) in &made.duplicates {
        debt.insert(*b, *a);
        debt.entry(*a).or_insert(*a);
    }
    let prepared: Vec<Prepared> = made.rows.iter().map(Prepared::of).collect();
    let returned = returned(&prepared);
    let mut index = CandidateIndex::default();
    let mut rows = Vec::new();
    for (row, later) in prepared.iter().enumerate() {
        let positions = index.candidates(later);
        index.push(later, row as u32);
        if returned[row] {
            continue;
        }
        let candidates: Vec<&Prepared> = positions.iter().map(|p| &prepared[*p as usize]).collect();
        rows.clear();
        let places = compare(later, &candidates, &mut rows);
        for (place, features) in places.iter().zip(rows.chunks(PAIR_FEATURES.len())) {
            let pair = (positions[*place] as usize, row);
            let label = truth.contains(&pair);
            let together = debt.get(&pair.0).is_some_and(|of| debt.get(&pair.1) == Some(of));
            if returned[pair.0] || (together && !label) {
                continue;
            }
            let kept = if label { 1 } else { share(candidates[*place], later) };
            if dice.range(1, kept) == 1 {
                table.push(features, label, kept as f32);
            }
        }
    }
}

/// Payments that a later credit or void of the same vendor and amount took back.
fn returned(rows: &[Prepared]) -> Vec<bool> {
    let mut returned = vec![false; rows.len()];
    let mut open: HashMap<(&str, i64), Vec<usize>> = HashMap::new();
    for (row, payable) in rows.iter().enumerate() {
        let key = (payable.vendor.as_str(), payable.cents.abs());
        if payable.cents > 0 {
            open.entry(key).or_default().push(row);
        } else if let Some(payment) = open.get_mut(&key).and_then(Vec::pop) {
            returned[payment] = true;
        }
    }
    returned
}

/// A negative pair is kept once in so many: all that resemble a duplicate, half of the rest.
fn share(earlier: &Prepared, later: &Prepared) -> i64 {
    let same_number = earlier.number.confused == later.number.confused && !later.number.is_blank();
    let same_date = earlier.invoice_date.is_some() && earlier.invoice_date == later.invoice_date;
    if earlier.cents == later.cents && (same_number || same_date) { 1 } else { EASY }
}
