//! `countersign eval duplicates` and `eval anomalies`: what `rescore` wrote against truth files.
//!
//! The same figures as the evaluation scripts print. Reads predictions as `rescore --out` and `--duplicates`
//! write them, CSV or Parquet; truth files are CSV.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use crate::cli::{Global, Outcome, WrongUse};
use crate::rescoring::{RescoreError, read_texts};
use crate::training::ranking::Ranking;

/// Options of `eval duplicates`.
#[derive(clap::Args)]
pub struct DuplicatesArgs {
    /// Folder with truth_pairs.csv, and hard_negatives.csv and ignore_pairs.csv where there are any
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_TRUTH")]
    truth: PathBuf,
    /// CSV or Parquet with row_a, row_b, score
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_PRED")]
    pred: PathBuf,
}

/// Options of `eval anomalies`.
#[derive(clap::Args)]
pub struct AnomaliesArgs {
    /// Folder with labels.csv (row_id, label, type)
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_TRUTH")]
    truth: PathBuf,
    /// CSV or Parquet with row_id, score, one row a payment
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_PRED")]
    pred: PathBuf,
}

type Pair = (u64, u64);

/// The named columns of a CSV or Parquet file, row by row.
fn read(path: &Path, columns: &[&str]) -> anyhow::Result<Vec<Vec<String>>> {
    if !path.exists() {
        return Err(WrongUse(format!("{} does not exist", path.display())).into());
    }
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet")) {
        return read_texts(path, columns).map_err(|error| match error {
            RescoreError::WrongUse(cause) => WrongUse(cause).into(),
            other => other.into(),
        });
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).with_context(|| format!("cannot read {}", path.display()))?;
    let header = reader.headers()?.clone();
    let places: Vec<usize> = columns
        .iter()
        .map(|name| {
            header.iter().position(|h| h.trim() == *name).ok_or_else(|| WrongUse(format!("{} has no column {name}", path.display())))
        })
        .collect::<Result<_, _>>()?;
    let mut out = Vec::new();
    for record in reader.records() {
        let record = record.with_context(|| format!("cannot read {}", path.display()))?;
        out.push(places.iter().map(|at| record.get(*at).unwrap_or_default().to_owned()).collect());
    }
    Ok(out)
}

fn pairs(path: &Path) -> anyhow::Result<Vec<Pair>> {
    read(path, &["row_a", "row_b"])?.iter().map(|row| Ok(ordered(row[0].parse()?, row[1].parse()?))).collect()
}

fn ordered(a: u64, b: u64) -> Pair {
    (a.min(b), a.max(b))
}

/// What is known of the pairs of a book.
struct Truth {
    /// Kind and money of each duplicate pair.
    pairs: HashMap<Pair, (String, f64)>,
    ignored: HashSet<Pair>,
    groups: HashMap<u64, Vec<(String, String)>>,
}

impl Truth {
    fn read(dir: &Path) -> anyhow::Result<Self> {
        let rows = read(&dir.join("truth_pairs.csv"), &["row_a", "row_b", "type", "cluster", "overpaid"])?;
        let mut pairs_known = HashMap::new();
        let mut clusters: HashMap<String, Vec<u64>> = HashMap::new();
        for row in &rows {
            let pair = ordered(row[0].parse()?, row[1].parse()?);
            pairs_known.insert(pair, (row[2].replace("+third", ""), row[4].parse().unwrap_or(0.0)));
            clusters.entry(row[3].clone()).or_default().extend([pair.0, pair.1]);
        }
        let ignore_file = dir.join("ignore_pairs.csv");
        let natural = if ignore_file.exists() { pairs(&ignore_file)? } else { Vec::new() };
        let ignored = ignored(&natural, &pairs_known, &rows, clusters)?;
        let mut groups: HashMap<u64, Vec<(String, String)>> = HashMap::new();
        let hard = dir.join("hard_negatives.csv");
        if hard.exists() {
            for row in read(&hard, &["group", "row_id", "type"])? {
                groups.entry(row[1].parse()?).or_default().push((row[0].clone(), row[2].clone()));
            }
        }
        Ok(Self { pairs: pairs_known, ignored, groups })
    }

    /// The kind of hard negative that both rows of a false pair belong to.
    fn kind_of_error(&self, pair: Pair) -> String {
        let of = |row: u64| self.groups.get(&row).map(Vec::as_slice).unwrap_or_default();
        of(pair.0)
            .iter()
            .find(|(group, _)| of(pair.1).iter().any(|(other, _)| other == group))
            .map_or_else(|| "other".to_owned(), |(_, kind)| kind.clone())
    }
}

/// Pairs that are neither right nor wrong: natural look-alikes, look-alikes of a duplicated row, and
/// pairs within a debt that was paid three times.
fn ignored(
    natural: &[Pair],
    truth: &HashMap<Pair, (String, f64)>,
    rows: &[Vec<String>],
    clusters: HashMap<String, Vec<u64>>,
) -> anyhow::Result<HashSet<Pair>> {
    let mut out: HashSet<Pair> = natural.iter().copied().collect();
    for mut members in clusters.into_values() {
        members.sort_unstable();
        members.dedup();
        for (at, a) in members.iter().enumerate().filter(|_| members.len() > 2) {
            out.extend(members[at + 1..].iter().map(|b| ordered(*a, *b)));
        }
    }
    let mut neighbours: HashMap<u64, Vec<u64>> = HashMap::new();
    for (a, b) in natural {
        neighbours.entry(*a).or_default().push(*b);
        neighbours.entry(*b).or_default().push(*a);
    }
    for row in rows {
        let (first, second): (u64, u64) = (row[0].parse()?, row[1].parse()?);
        out.extend(neighbours.get(&first).into_iter().flatten().map(|other| ordered(second, *other)));
    }
    out.retain(|pair| !truth.contains_key(pair));
    Ok(out)
}

pub(super) fn run_duplicates(_global: &Global, args: DuplicatesArgs) -> Outcome {
    let truth = Truth::read(&args.truth)?;
    let mut best: HashMap<Pair, f64> = HashMap::new();
    for row in read(&args.pred, &["row_a", "row_b", "score"])? {
        let (pair, score) = (ordered(row[0].parse()?, row[1].parse()?), row[2].parse::<f64>()?);
        if pair.0 != pair.1 && !truth.ignored.contains(&pair) {
            best.entry(pair).and_modify(|old| *old = old.max(score)).or_insert(score);
        }
    }
    let total = truth.pairs.len();
    let found = best.keys().filter(|pair| truth.pairs.contains_key(pair)).count();
    let ranking = Ranking::new(best.iter().map(|(pair, score)| (*score, truth.pairs.contains_key(pair), 1.0)).collect(), total as f64);
    let (f1, precision, recall, threshold) = ranking.best_f1();
    println!("{:>18} {}", "pairs", best.len());
    println!("{:>18} {total}", "truth");
    let p100 = ranking.cuts.iter().find(|cut| cut.taken >= 100.0).map_or(0.0, |cut| cut.hits / cut.taken);
    let taken: Vec<Pair> = best.iter().filter(|(_, score)| **score >= threshold).map(|(pair, _)| *pair).collect();
    let all: f64 = truth.pairs.values().map(|(_, money)| money).sum();
    let recovered: f64 = taken.iter().filter_map(|pair| truth.pairs.get(pair)).map(|(_, money)| money).sum();
    for (name, value) in [
        ("candidate_recall", found as f64 / total.max(1) as f64),
        ("ap", ranking.average_precision()),
        ("best_f1", f1),
        ("precision", precision),
        ("recall", recall),
        ("threshold", threshold),
        ("recall_at_p90", ranking.recall_at(0.90)),
        ("recall_at_p95", ranking.recall_at(0.95)),
        ("recall_at_p99", ranking.recall_at(0.99)),
        ("p100", p100),
        ("overpaid_recovered", if all > 0.0 { recovered / all } else { 0.0 }),
    ] {
        println!("{name:>18} {value:.4}");
    }
    by_kind(&truth, &taken);
    Ok(ExitCode::SUCCESS)
}

/// Recall by type and false pairs by kind of hard negative, at the best F1.
fn by_kind(truth: &Truth, taken: &[Pair]) {
    let chosen: HashSet<Pair> = taken.iter().copied().collect();
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (pair, (kind, _)) in &truth.pairs {
        let entry = kinds.entry(kind).or_default();
        *entry = (entry.0 + usize::from(chosen.contains(pair)), entry.1 + 1);
    }
    println!("\nrecall by type, at the best F1");
    for (kind, (hits, all)) in kinds {
        println!("{kind:>28} {:.2}  ({hits} of {all})", hits as f64 / all as f64);
    }
    let mut errors: BTreeMap<String, usize> = BTreeMap::new();
    for pair in taken.iter().filter(|pair| !truth.pairs.contains_key(pair)) {
        *errors.entry(truth.kind_of_error(*pair)).or_default() += 1;
    }
    println!("\nfalse pairs by kind, at the best F1");
    for (kind, count) in errors {
        println!("{kind:>28} {count}");
    }
}

pub(super) fn run_anomalies(_global: &Global, args: AnomaliesArgs) -> Outcome {
    let mut labels: HashMap<u64, (bool, String)> = HashMap::new();
    for row in read(&args.truth.join("labels.csv"), &["row_id", "label", "type"])? {
        labels.insert(row[0].parse()?, (row[1].trim() == "1", row[2].clone()));
    }
    let mut scored: Vec<(f64, u64)> = Vec::new();
    for row in read(&args.pred, &["row_id", "score"])? {
        if let Ok(score) = row[1].parse() {
            scored.push((score, row[0].parse()?));
        }
    }
    let unusual = |row: u64| labels.get(&row).is_some_and(|(label, _)| *label);
    let positives = labels.values().filter(|(label, _)| *label).count();
    let ranking = Ranking::new(scored.iter().map(|(score, row)| (*score, unusual(*row), 1.0)).collect(), positives as f64);
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let at = |count: usize| scored.iter().take(count).filter(|(_, row)| unusual(*row)).count();
    let (mut seen, mut wins) = (0_usize, 0_usize);
    let negatives = scored.iter().filter(|(_, row)| !unusual(*row)).count();
    for (_, row) in &scored {
        if unusual(*row) {
            wins += negatives - seen;
        } else {
            seen += 1;
        }
    }
    let hundredth = scored.len() / 100;
    println!("{:>18} {}", "n", scored.len());
    println!("{:>18} {positives}", "pos");
    for (name, value) in [
        ("auroc", wins as f64 / (positives * negatives).max(1) as f64),
        ("ap", ranking.average_precision()),
        ("p100", at(100) as f64 / 100.0),
        ("p500", at(500) as f64 / 500.0),
        ("recall_top1pct", at(hundredth) as f64 / positives.max(1) as f64),
    ] {
        println!("{name:>18} {value:.4}");
    }
    let top: HashSet<u64> = scored.iter().take(hundredth).map(|(_, row)| *row).collect();
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (row, (_, kind)) in &labels {
        let entry = kinds.entry(kind).or_default();
        *entry = (entry.0 + usize::from(top.contains(row)), entry.1 + 1);
    }
    println!("\nshare in the top 1 %, by type (of hn_ types, less is better)");
    for (kind, (hits, all)) in kinds {
        println!("{kind:>28} {:.2}  ({hits} of {all})", hits as f64 / all as f64);
    }
    Ok(ExitCode::SUCCESS)
}
