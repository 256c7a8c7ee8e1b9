//! Rehearsal: what fraud and error would look like in this very book, to learn from it without a label.
//!
//! No two companies keep alike books: what is odd in one is habit in the next. So a company's own rows are
//! taken as they are, and among them schemes of the audit literature are staged with the book's own people,
//! places, amounts and numbers, beside honest payments that resemble them. Boosted trees learn to tell the
//! staged rows from the book's own, starting from what the shipped model says. Among the book's own rows may
//! be real schemes: those that a first round finds most like staged ones teach nothing in the second
//! (learning from positive and unlabelled rows, after Elkan and Noto 2008, and Liu et al. 2003).
//!
//! Runs at the beginning of a batch over history, in memory, on a bounded sample of whole suppliers.
//! Deterministic: the same book and seed give the same trees. It refuses books too small to learn from.

mod schemes;
mod stage;

use anyhow::Context as _;
use std::collections::HashMap;
use std::path::Path;

use super::boosting::{Forest, Growth};
use super::folder::{scorer_manifest, write_model_folder};
use super::pairs::calibration_of;
use super::ranking::Ranking;
use super::simulator::Dice;
use super::table::Table;
use crate::domain::history::Payable;
use crate::inference::Manifest;
use crate::screening::SCORE;
use crate::screening::anomaly::{
    ANOMALY_FEATURES, AnomalyScorer, BASE_SETTING, BookHistory, BookView, Hindsight, OWN_MODEL_NAME, Policy, Sample, Teach, Trace,
    VendorHistory, anomaly_features, start_of,
};
use stage::{Mark, Stage, day_number, vendor_key};

/// A book of fewer rows teaches too little.
pub const LEAST_ROWS: usize = 2_000;
/// Times the book is played, each time with other schemes.
const ROUNDS: u64 = 2;
/// Staged rows for each row of the book in a round: few, so that the book stays what it is.
const STAGED: f64 = 0.03;
/// Of the book's own rows so many are learnt from, over all rounds.
const OWN: f64 = 60_000.0;
/// Share of the book's own rows that the first round may find suspicious, and the second leaves out.
const SUSPICIOUS: f64 = 0.01;
/// Seed of the rehearsals: the same book teaches the same.
const SEED: u64 = 1;
/// How many staged rows a person's decision is worth.
const DECISION: f32 = 20.0;
/// How common anomalies are taken to be, for probabilities.
const PRIOR: f64 = 0.008;

/// What a rehearsal taught.
pub struct Lesson {
    /// Trees whose sum is added to what [`start_of`] makes of the shipped model's probability.
    pub forest: Forest,
    /// Combined scores of rows that their trees did not see, whether staged, and how many rows each stands for.
    pub judged: Vec<(f64, bool, f64)>,
    /// Rows of the book learnt from.
    pub rows: usize,
    /// Rows staged.
    pub staged: usize,
}

/// Teaches from a company's own book.
pub struct FromBook;

impl Teach for FromBook {
    fn teach(&self, sample: &Sample, scorer: &AnomalyScorer, folder: &Path) -> Result<Option<String>, String> {
        let taught = teach(sample, &Policy::default(), scorer, folder).map_err(|error| format!("{error:#}"))?;
        Ok(taught.map(|manifest| format!("the anomaly model learnt what is odd in this book from {}", manifest.training_data)))
    }
}

/// Teaches a model on a sample of a company's book, in order of time, and writes its folder
/// (`folder/anomaly-own`). `None` where the book is too small.
///
/// # Errors
/// Training, the shipped model or writing fails.
pub fn teach(book: &Sample, policy: &Policy, scorer: &AnomalyScorer, folder: &Path) -> anyhow::Result<Option<Manifest>> {
    let Some(lesson) = rehearse(book, policy, SEED, |rows| Ok(scorer.base_score(rows)?))? else { return Ok(None) };
    let calibration = calibration_of(&lesson.judged);
    let total = lesson.judged.iter().filter(|row| row.1).map(|row| row.2).sum();
    let ranking =
        Ranking::new(lesson.judged.iter().map(|(score, staged, weight)| (calibration.apply(*score), *staged, *weight)).collect(), total);
    let (_, precision, recall, threshold) = ranking.best_f1();
    let decided = match book.decisions.len() {
        0 => "no label".to_owned(),
        count => format!("{count} decisions of its reviewers"),
    };
    let data = format!("{} payments of the company's own book and {} staged among them; {decided}", lesson.rows, lesson.staged);
    let version = format!("{}+own", scorer.base().version);
    let mut manifest = scorer_manifest(OWN_MODEL_NAME, &version, "How unusual a payment is in this company's book", data, ANOMALY_FEATURES);
    manifest.settings.insert(BASE_SETTING.to_owned(), toml::Value::String(scorer.base().sha256.clone()));
    manifest.calibration.insert(SCORE.to_owned(), calibration);
    manifest.thresholds.insert("unusual".to_owned(), threshold.clamp(0.2, 0.9));
    for (name, value) in
        [("staged_average_precision", ranking.average_precision()), ("staged_precision", precision), ("staged_recall", recall)]
    {
        manifest.metrics.insert(name.to_owned(), (value * 1e4).round() / 1e4);
    }
    let card = card(&manifest);
    Ok(Some(write_model_folder(&folder.join(OWN_MODEL_NAME), manifest, &lesson.forest.to_onnx(OWN_MODEL_NAME), &card)?))
}

fn card(manifest: &Manifest) -> String {
    format!(
        "# {} {}\n\nBoosted trees that a company's own book taught, added to the shipped model. Learnt from {}: schemes of the audit literature \
         were staged with the book's own people, places, amounts and numbers, and told from its own rows. They belong to this book and to the \
         shipped model whose hash stands in the manifest, and never leave the machine.\n\nFigures are of staged rows that the trees did not see, \
         at {:.1} % of all.\n",
        manifest.name,
        manifest.version,
        manifest.training_data,
        100.0 * PRIOR,
    )
}

/// Rehearses on `book` (in order of time) and learns. `base` gives the shipped model's probabilities for rows of
/// [`ANOMALY_FEATURES`]. `None` where the book is too small.
///
/// # Errors
/// Training or the shipped model fails.
pub fn rehearse(
    book: &Sample,
    policy: &Policy,
    seed: u64,
    base: impl Fn(&[Vec<f32>]) -> anyhow::Result<Vec<f64>>,
) -> anyhow::Result<Option<Lesson>> {
    if book.rows.len() < LEAST_ROWS {
        return Ok(None);
    }
    let mut lines = Lines::default();
    for round in 0..ROUNDS {
        lines.play(book, policy, seed.wrapping_mul(31).wrapping_add(round))?;
    }
    let staged = lines.marks.iter().filter(|mark| mark.is_scheme()).count();
    if staged < 50 {
        return Ok(None);
    }
    lines.starts = base(&lines.features)?.into_iter().map(start_of).collect();
    let sums = lines.out_of_fold(seed)?;
    let kept = lines.kept(&sums);
    let forest = Forest::train(&lines.table(&kept), &growth(110, seed ^ 0xf1), |_, _| {}).context("the trees did not grow")?;
    let own: f64 = lines.weights.iter().zip(&lines.marks).filter(|(_, mark)| !mark.is_scheme()).map(|(weight, _)| f64::from(*weight)).sum();
    let weight =
        |row: usize| if lines.marks[row].is_scheme() { PRIOR / (1.0 - PRIOR) * own / staged as f64 } else { f64::from(lines.weights[row]) };
    let judged = kept
        .iter()
        .filter(|row| lines.halves[**row].is_some())
        .map(|row| (1.0 / (1.0 + (-sums[*row]).exp()), lines.marks[*row].is_scheme(), weight(*row)))
        .collect();
    Ok(Some(Lesson { forest, judged, rows: book.rows.len(), staged }))
}

fn growth(trees: usize, seed: u64) -> Growth {
    Growth { trees, leaves: 24, rate: 0.09, rows: 25, penalty: 10.0, sample: 0.6, columns: 0.3, seed }
}

/// Rows to learn from.
#[derive(Default)]
struct Lines {
    features: Vec<Vec<f32>>,
    marks: Vec<Mark>,
    weights: Vec<f32>,
    /// Which half a row belongs to, the same for a row of the book in all rounds; added rows to none.
    halves: Vec<Option<bool>>,
    /// What the trees start from, in log-odds.
    starts: Vec<f64>,
}

impl Lines {
    /// One round: the book with schemes staged in it, and of its own rows a share.
    fn play(&mut self, book: &Sample, policy: &Policy, seed: u64) -> anyhow::Result<()> {
        let mut stage = Stage::new(book, policy, Dice::new(seed));
        schemes::stage(&mut stage, (book.rows.len() as f64 * STAGED) as usize);
        let (rows, marks, origins) = stage.finish();
        let mut dice = Dice::new(seed ^ 0x5eed);
        let share = (OWN / (ROUNDS as f64 * book.rows.len() as f64)).min(1.0);
        let roles: Vec<Option<bool>> =
            marks.iter().map(|mark| (*mark != Mark::Own || dice.chance(share)).then(|| dice.chance(0.5))).collect();
        for (row, features) in features_of(&rows, &roles, policy) {
            self.features.push(features);
            self.marks.push(marks[row]);
            self.weights.push(match marks[row] {
                Mark::Own => (1.0 / (share * ROUNDS as f64)) as f32,
                Mark::Decided(_) => DECISION / ROUNDS as f32,
                Mark::Honest | Mark::Scheme(_) => 1.0,
            });
            self.halves.push(origins[row].map(|origin| origin % 2 == 0));
        }
        Ok(())
    }

    fn table(&self, rows: &[usize]) -> Table {
        let mut out = Table::new(ANOMALY_FEATURES.len());
        for row in rows {
            out.push_from(&self.features[*row], self.marks[*row].is_scheme(), self.weights[*row], self.starts[*row] as f32);
        }
        out
    }

    /// Log-odds for every row of the book, as it is or changed, by trees that did not see it; 0 for added rows.
    fn out_of_fold(&self, seed: u64) -> anyhow::Result<Vec<f64>> {
        let judge = |half: bool, salt: u64| -> anyhow::Result<Vec<(usize, f64)>> {
            let (judged, learnt): (Vec<usize>, Vec<usize>) = (0..self.marks.len()).partition(|row| self.halves[*row] == Some(half));
            let forest = Forest::train(&self.table(&learnt), &growth(80, seed ^ salt), |_, _| {})?;
            Ok(judged.into_iter().map(|row| (row, self.starts[row] + forest.sum(&self.features[row]))).collect())
        };
        let (one, two) = std::thread::scope(|scope| {
            let other = scope.spawn(|| judge(true, 0xf2));
            let own = judge(false, 0xf3);
            (own, other.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a training thread broke down"))))
        });
        let mut sums = vec![0.0; self.marks.len()];
        for (row, sum) in one?.into_iter().chain(two?) {
            sums[row] = sum;
        }
        Ok(sums)
    }

    /// All rows but the book's own that look most like staged ones.
    fn kept(&self, sums: &[f64]) -> Vec<usize> {
        let mut own: Vec<f64> = sums.iter().zip(&self.marks).filter(|(_, mark)| **mark == Mark::Own).map(|(sum, _)| *sum).collect();
        own.sort_by(f64::total_cmp);
        let limit = own.get((own.len() as f64 * (1.0 - SUSPICIOUS)) as usize).copied().unwrap_or(f64::INFINITY);
        (0..self.marks.len()).filter(|row| self.marks[*row] != Mark::Own || sums[*row] < limit).collect()
    }
}

/// Features of the rows in order of time that have a role: with what came after, or as on the day.
fn features_of(rows: &[Payable], roles: &[Option<bool>], policy: &Policy) -> Vec<(usize, Vec<f32>)> {
    let mut book = BookHistory::default();
    let mut views: Vec<Option<BookView>> = Vec::with_capacity(rows.len());
    let mut suppliers: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        views.push(roles[at].map(|_| book.view(row)));
        book.push(row);
        suppliers.entry(vendor_key(row)).or_default().push(at);
    }
    let end = rows.iter().map(day_number).max().unwrap_or(0);
    let mut out = Vec::new();
    for members in suppliers.into_values() {
        let traces: Vec<Trace> = members.iter().map(|at| Trace::of(&rows[*at])).collect();
        let mut history = VendorHistory::default();
        for (place, at) in members.iter().enumerate() {
            if let (Some(later), Some(view)) = (roles[*at], &views[*at]) {
                let hindsight = if later { Hindsight::new(&traces[place + 1..], end) } else { Hindsight::none() };
                out.push((*at, anomaly_features(&rows[*at], &history, view, &hindsight, policy)));
            }
            history.push(&rows[*at]);
        }
    }
    out.sort_by_key(|(at, _)| *at);
    out
}

#[cfg(test)]
mod tests {
    use super::super::simulator::{Company, Options, book};
    use super::*;

    fn sample(vendors: usize) -> (Sample, Vec<usize>) {
        let made = book(&Options { seed: 5, company: Company::Manufacturer, vendors, months: 18, duplicates: 0.0, anomalies: 0.01 });
        let mut order: Vec<usize> = (0..made.rows.len()).collect();
        order.sort_by_key(|at| (day_number(&made.rows[*at]), *at));
        let anomalies = order.iter().enumerate().filter(|(_, row)| made.anomalies.contains_key(row)).map(|(place, _)| place).collect();
        let rows = order.into_iter().map(|row| made.rows[row].clone()).take(4_000).collect();
        (Sample { rows, ..Sample::default() }, anomalies)
    }

    fn learn(sample: &Sample) -> Lesson {
        rehearse(sample, &Policy::default(), 3, |rows| Ok(vec![0.001; rows.len()])).unwrap().unwrap()
    }

    #[test]
    fn a_book_without_labels_teaches_what_is_odd_in_it_and_twice_the_same() {
        let (sample, anomalies) = sample(300);
        let lesson = learn(&sample);
        let roles = vec![Some(true); sample.rows.len()];
        let features = features_of(&sample.rows, &roles, &Policy::default());
        let mut ranked: Vec<(f64, usize)> = features.iter().map(|(row, features)| (lesson.forest.sum(features), *row)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (found, all) = {
            let within = |row: &usize| *row < sample.rows.len() && anomalies.contains(row);
            (
                ranked.iter().take(sample.rows.len() / 20).filter(|(_, row)| within(row)).count(),
                anomalies.iter().filter(|row| within(row)).count(),
            )
        };
        assert!(all >= 20 && found * 5 >= all * 2, "{found} of {all} among the first twentieth");
        assert_eq!(lesson.forest.to_onnx("x"), learn(&sample).forest.to_onnx("x"));
    }

    #[test]
    fn a_small_book_teaches_nothing() {
        let (mut sample, _) = sample(60);
        sample.rows.truncate(LEAST_ROWS - 1);
        assert!(rehearse(&sample, &Policy::default(), 1, |_| Ok(Vec::new())).unwrap().is_none());
    }

    #[test]
    fn what_a_book_lacks_is_not_staged_and_decided_rows_stay() {
        let (mut sample, _) = sample(120);
        for row in &mut sample.rows {
            (row.po_number, row.bank_account) = (String::new(), String::new());
        }
        sample.decisions = (0..sample.rows.len()).step_by(3).map(|row| (row, row % 2 == 0)).collect();
        let mut stage = Stage::new(&sample, &Policy::default(), Dice::new(1));
        schemes::stage(&mut stage, 100);
        let (rows, marks, origins) = stage.finish();
        assert!(marks.iter().filter(|mark| matches!(mark, Mark::Scheme(_))).count() >= 100);
        assert!(rows.iter().all(|row| row.po_number.is_empty() && row.bank_account.is_empty()));
        assert!(rows.windows(2).all(|pair| day_number(&pair[0]) <= day_number(&pair[1])));
        for (row, anomalous) in &sample.decisions {
            let place = origins.iter().position(|origin| *origin == Some(*row)).unwrap();
            assert_eq!((&rows[place], marks[place]), (&sample.rows[*row], Mark::Decided(*anomalous)));
        }
    }
}
