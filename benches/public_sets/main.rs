//! How far names, amounts and dates compared attribute by attribute carry on public entity-resolution sets,
//! beside their published figures.
//!
//! `cargo bench --bench public_sets [-- NAME…]` reads `../shared/data/payments/duplicates` and says so where
//! that is absent. For each set a network of the duplicate scorer's kind is trained on the set's own train
//! split (where it has none, on one half of its clusters) and judged on its test split (the other half). The
//! sets are of other domains and under no known licence: nothing trained here is kept.

#![expect(clippy::unwrap_used, reason = "a benchmark ends at the first failure")]

mod compare;
mod sets;

use compare::{Words, features, width};
use countersign::training::mlp::{Mlp, Plan, Table};
use countersign::training::ranking::Ranking;
use sets::{Set, Split};

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    // Run as a test among others, it only shows that it runs.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let smallest = [String::from("Beer")];
    let wanted = if measured { wanted.as_slice() } else { &smallest };
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/payments/duplicates");
    if !folder.exists() {
        println!("skipped: {} is not here", folder.display());
        return;
    }
    println!(
        "{:<28} {:>8} {:>8}  {:>6} {:>6} {:>6}  published F1: Magellan / DeepMatcher / Ditto",
        "set", "pairs", "matches", "P", "R", "F1"
    );
    for source in sets::all() {
        if wanted.is_empty() || wanted.iter().any(|name| source.name.contains(name.as_str())) {
            judge(source.name, &source.load(&folder), source.published);
        }
    }
}

/// Trains on the train split, takes the threshold of the best F1 on the valid split, judges on the test split.
fn judge(name: &str, set: &Set, published: &str) {
    let words = Words::of(set);
    let table = |split: Split| {
        let mut table = Table::new(width(set.kinds.len()));
        for pair in set.pairs.iter().filter(|pair| pair.split == split) {
            table.push(&features(set, &words, pair), pair.same, 1.0);
        }
        table
    };
    let (train, valid, test) = (table(Split::Train), table(Split::Valid), table(Split::Test));
    let plan = Plan { hidden: vec![48, 24], epochs: (400_000 / train.len().max(1)).clamp(12, 120), rate: 0.004, decay: 0.05, seed: 7 };
    let nets: Vec<Mlp> = (0..3).map(|seed| Mlp::train(&train, &Plan { seed, ..plan.clone() }, |_, _| {}).unwrap()).collect();
    let score = |table: &Table| -> Vec<f64> {
        let scores: Vec<Vec<f64>> = nets.iter().map(|net| net.score(&table.features).unwrap()).collect();
        (0..table.len()).map(|row| scores.iter().map(|of| of[row]).sum::<f64>() / scores.len() as f64).collect()
    };
    let ranking = |table: &Table| {
        let items = score(table).into_iter().zip(&table.labels).map(|(score, label)| (score, *label > 0.5, 1.0)).collect();
        Ranking::new(items, f64::from(table.labels.iter().sum::<f32>()))
    };
    let threshold = ranking(&valid).best_f1().3;
    let scores = score(&test);
    let taken = scores.iter().filter(|score| **score >= threshold).count() as f64;
    let right = scores.iter().zip(&test.labels).filter(|(score, label)| **score >= threshold && **label > 0.5).count() as f64;
    let matches = set.test_matches as f64;
    let (precision, recall) = (right / taken.max(1.0), right / matches.max(1.0));
    let f1 = 200.0 * right / (taken + matches).max(1.0);
    println!(
        "{name:<28} {:>8} {:>8}  {:>6.1} {:>6.1} {f1:>6.1}  {published}",
        set.pairs.len(),
        set.test_matches,
        100.0 * precision,
        100.0 * recall
    );
}
