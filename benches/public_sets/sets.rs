//! The public sets as pairs of records: given as pairs, or made of records that share a rare word or value.

use countersign::domain::text::fold;
use datafusion::arrow::array::{Array as _, RecordBatch};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::path::Path;
use std::process::Command;

/// What an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Date,
}

/// Which part of a set a pair belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    Train,
    Valid,
    Test,
}

/// Two records by position, and whether they are one thing.
pub struct Pair {
    pub left: usize,
    pub right: usize,
    pub same: bool,
    pub split: Split,
}

/// A set ready to be judged.
pub struct Set {
    pub kinds: Vec<Kind>,
    /// Attribute values as printed; empty: unknown.
    pub records: Vec<Vec<String>>,
    pub pairs: Vec<Pair>,
    /// Matches of the test part, compared or not.
    pub test_matches: usize,
}

/// Where a set comes from.
pub struct Source {
    pub name: &'static str,
    pub published: &'static str,
    form: Form,
}

enum Form {
    /// A file of pairs with `l_…`, `r_…`, `label`, `split`.
    Pairs,
    /// Files of records, the column that names the thing, the columns compared.
    Records { files: &'static [&'static str], truth: &'static str, columns: &'static [(&'static str, Kind)] },
}

/// All sets.
pub fn all() -> Vec<Source> {
    let pairs = |name, published| Source { name, published, form: Form::Pairs };
    let records = |name, files, truth, columns| Source { name, published: "none", form: Form::Records { files, truth, columns } };
    vec![
        pairs("structured_Amazon-Google", "49.1 / 69.3 / 75.6"),
        pairs("structured_Walmart-Amazon", "71.9 / 67.6 / 86.8"),
        pairs("dirty_Walmart-Amazon", "none in the table"),
        pairs("textual_Abt-Buy", "43.6 / 62.8 / 89.3"),
        pairs("structured_DBLP-ACM", "98.4 / 98.4 / 99.0"),
        pairs("structured_iTunes-Amazon", "91.2 / 88.5 / 97.1"),
        pairs("structured_Beer", "78.8 / 72.7 / 94.4"),
        pairs("structured_Fodors-Zagats", "100 / 100 / 100"),
        records(
            "splink_transactions",
            &["splink_transactions_origin.parquet", "splink_transactions_destination.parquet"],
            "ground_truth",
            &[("memo", Kind::Text), ("transaction_date", Kind::Date), ("amount", Kind::Number)],
        ),
        records(
            "splink_historical_50k",
            &["splink_historical_50k.parquet"],
            "cluster",
            &[
                ("full_name", Kind::Text),
                ("first_name", Kind::Text),
                ("surname", Kind::Text),
                ("dob", Kind::Date),
                ("birth_place", Kind::Text),
                ("postcode_fake", Kind::Text),
                ("occupation", Kind::Text),
            ],
        ),
        records(
            "patstat_applicants",
            &["patstat_applicants.csv.gz"],
            "leuven_id",
            &[
                ("person_name", Kind::Text),
                ("Name", Kind::Text),
                ("Coauthor", Kind::Text),
                ("Class", Kind::Text),
                ("Lat", Kind::Number),
                ("Lng", Kind::Number),
            ],
        ),
        records(
            "dedupe_csv_example",
            &["dedupe_csv_example_trueids.csv.gz"],
            "True Id",
            &[("Site name", Kind::Text), ("Address", Kind::Text), ("Zip", Kind::Text), ("Phone", Kind::Text)],
        ),
    ]
}

impl Source {
    /// Reads the set from the folder of the public sets.
    pub fn load(&self, folder: &Path) -> Set {
        match &self.form {
            Form::Pairs => given(&read(&folder.join("magellan").join(format!("{}.parquet", self.name)))),
            Form::Records { files, truth, columns } => {
                let tables: Vec<Rows> = files.iter().map(|file| read(&folder.join(file))).collect();
                made(&tables, truth, columns)
            }
        }
    }
}

/// A table as text.
struct Rows {
    names: Vec<String>,
    cells: Vec<Vec<String>>,
}

impl Rows {
    fn column(&self, name: &str) -> usize {
        self.names.iter().position(|own| own == name).unwrap()
    }
}

fn read(path: &Path) -> Rows {
    if path.extension().is_some_and(|ending| ending == "gz") {
        let output = Command::new("gzip").arg("-dc").arg(path).output().unwrap();
        let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
        let names = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let cells = reader.records().map(|record| record.unwrap().iter().map(|cell| cell.trim().to_owned()).collect()).collect();
        return Rows { names, cells };
    }
    let mut out = Rows { names: Vec::new(), cells: Vec::new() };
    for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap() {
        let batch: RecordBatch = batch.unwrap();
        out.names = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        let options = FormatOptions::default();
        let columns: Vec<ArrayFormatter<'_>> =
            batch.columns().iter().map(|array| ArrayFormatter::try_new(array.as_ref(), &options).unwrap()).collect();
        for at in 0..batch.num_rows() {
            let cell = |column: usize| if batch.column(column).is_null(at) { String::new() } else { columns[column].value(at).to_string() };
            out.cells.push((0..columns.len()).map(|column| cell(column).trim().to_owned()).collect());
        }
    }
    out
}

/// A file of pairs.
fn given(rows: &Rows) -> Set {
    let names: Vec<&str> = rows.names.iter().filter_map(|name| name.strip_prefix("l_")).collect();
    let side = |prefix: &str| -> Vec<usize> { names.iter().map(|name| rows.column(&format!("{prefix}{name}"))).collect() };
    let (left, right) = (side("l_"), side("r_"));
    let (label, split) = (rows.column("label"), rows.column("split"));
    let mut set = Set { kinds: kinds(&names), records: Vec::new(), pairs: Vec::new(), test_matches: 0 };
    for cells in &rows.cells {
        let at = set.records.len();
        for columns in [&left, &right] {
            set.records.push(columns.iter().map(|column| cells[*column].clone()).collect());
        }
        let split = match cells[split].as_str() {
            "train" => Split::Train,
            "valid" => Split::Valid,
            _ => Split::Test,
        };
        let same = cells[label] == "1";
        set.test_matches += usize::from(same && split == Split::Test);
        set.pairs.push(Pair { left: at, right: at + 1, same, split });
    }
    set
}

fn kinds(names: &[&str]) -> Vec<Kind> {
    let number = |name: &&str| ["price", "year", "ABV", "Price"].contains(name);
    names.iter().map(|name| if number(name) { Kind::Number } else { Kind::Text }).collect()
}

/// At most so many records share a word that makes them candidates.
const BLOCK: usize = 40;

/// Records that share a rare word, number or date. A cluster belongs to one half by its hash.
fn made(tables: &[Rows], truth: &str, columns: &[(&str, Kind)]) -> Set {
    let (mut records, mut clusters, mut table_of) = (Vec::new(), Vec::new(), Vec::new());
    for (number, table) in tables.iter().enumerate() {
        let own: Vec<usize> = columns.iter().map(|(name, _)| table.column(name)).collect();
        let id = table.column(truth);
        for cells in &table.cells {
            records.push(own.iter().map(|column| cells[*column].clone()).collect::<Vec<String>>());
            clusters.push(cells[id].clone());
            table_of.push(number);
        }
    }
    let split_of =
        |record: usize| match clusters[record].bytes().fold(7_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
            >> 8
            & 15
        {
            0..=5 => Split::Train,
            6 | 7 => Split::Valid,
            _ => Split::Test,
        };
    // Two tables are joined, one table is searched for repeats.
    let comparable = |a: usize, b: usize| split_of(a) == split_of(b) && (tables.len() == 1 || table_of[a] != table_of[b]);
    let mut blocks: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, record) in records.iter().enumerate() {
        for key in keys(record) {
            blocks.entry(key).or_default().push(at);
        }
    }
    let mut chosen: BTreeSet<(usize, usize)> = BTreeSet::new();
    for block in blocks.into_values().filter(|block| block.len() <= BLOCK) {
        for (place, a) in block.iter().enumerate() {
            chosen.extend(block[place + 1..].iter().filter(|b| comparable(*a, **b)).map(|b| (*a, *b)));
        }
    }
    let pairs = chosen
        .into_iter()
        .map(|(left, right)| Pair { left, right, same: clusters[left] == clusters[right], split: split_of(left) })
        .collect();
    let mut members: HashMap<&str, [usize; 2]> = HashMap::new();
    for (at, cluster) in clusters.iter().enumerate().filter(|(at, _)| split_of(*at) == Split::Test) {
        members.entry(cluster).or_default()[table_of[at].min(1)] += 1;
    }
    let matches = |[a, b]: &[usize; 2]| if tables.len() == 1 { a * a.saturating_sub(1) / 2 } else { a * b };
    let test_matches = members.values().map(matches).sum();
    Set { kinds: columns.iter().map(|(_, kind)| *kind).collect(), records, pairs, test_matches }
}

/// What candidates share: a word, two neighbouring words, a whole value, the beginning of a value.
fn keys(record: &[String]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for (column, value) in record.iter().enumerate() {
        let folded = fold(value);
        let words: Vec<&str> = folded.split(' ').filter(|word| word.len() > 1).collect();
        keys.extend(words.iter().take(12).map(|word| format!("{column}w{word}")));
        keys.extend(words.windows(2).take(12).map(|pair| format!("{column}p{} {}", pair[0], pair[1])));
        if folded.len() > 3 {
            keys.insert(format!("{column}v{folded}"));
            keys.insert(format!("{column}b{}", folded.chars().take(8).collect::<String>()));
        }
    }
    // Pairs of attributes, for values that are common alone.
    for a in 0..record.len() {
        for b in a + 1..record.len() {
            if !record[a].is_empty() && !record[b].is_empty() {
                let head = |text: &str| fold(text).chars().take(6).collect::<String>();
                keys.insert(format!("{a}{b}t{} {}", head(&record[a]), head(&record[b])));
            }
        }
    }
    keys
}
