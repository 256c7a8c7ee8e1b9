//! Which files are read, and how each writes what it holds.
//!
//! [`find`] lists the files of an input; [`Input::open`] learns a file's kind, encoding, delimiter,
//! columns and conventions; [`Input::visit`] then hands out its rows as text cells, in order.

use super::columns::{COLUMNS, Column, ColumnMap, Layout};
use super::lines::{Encoding, Lines};
use super::records::{Dialect, Fields, Record, Records, find_header};
use super::values::{Convention, Evidence, is_blank};
use super::{RescoreError, Stop};
use datafusion::arrow::array::{Array, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Rows that settle a file's conventions, where none of them leaves a doubt.
const ENOUGH: u64 = 20_000;

/// Files under `input`, sorted by path; a file stands for itself. Gives how many others were passed over.
pub(super) fn find(input: &Path, own: &[PathBuf]) -> Result<(Vec<PathBuf>, usize), RescoreError> {
    let metadata = std::fs::metadata(input).map_err(|source| RescoreError::io("read", input, source))?;
    if !metadata.is_dir() {
        return Ok((vec![input.to_owned()], 0));
    }
    let (mut found, mut passed) = (Vec::new(), 0);
    let mut folders = vec![input.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|source| RescoreError::io("read", &folder, source))?;
        for entry in entries {
            let path = entry.map_err(|source| RescoreError::io("read", &folder, source))?.path();
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if path.is_dir() {
                if !hidden {
                    folders.push(path);
                }
            } else if !hidden && is_history(&path) && !is_own(&path, own) {
                found.push(path);
            } else {
                passed += 1;
            }
        }
    }
    found.sort();
    Ok((found, passed))
}

fn is_history(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    !name.ends_with(".rejected.csv") && [".csv", ".tsv", ".txt", ".parquet"].iter().any(|kind| name.ends_with(kind))
}

/// An output of this run that stands in the folder of its input.
fn is_own(path: &Path, own: &[PathBuf]) -> bool {
    own.iter().any(|other| other == path || matches!((other.canonicalize(), path.canonicalize()), (Ok(a), Ok(b)) if a == b))
}

/// A file that can be read.
#[derive(Debug, Clone)]
pub(super) struct Input {
    pub path: PathBuf,
    pub convention: Convention,
    /// The order of day and month was nowhere to be seen and is guessed.
    pub guessed_dates: bool,
    /// Optional date columns that hold no dates and are left out.
    pub dropped: Vec<Column>,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Delimited { encoding: Encoding, dialect: Dialect },
    Parquet { layout: Layout, rows: u64 },
}

/// One row as text.
pub(super) struct Row<'a> {
    /// Line in the file, or row number from 1 in Parquet.
    pub line: u64,
    /// Cells by [`Column`], or why there are none.
    pub cells: Result<[&'a str; COLUMNS], &'a str>,
    /// The row as written; `None` where a file holds no text.
    pub raw: Option<&'a str>,
}

impl Input {
    /// Opens and surveys a file.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    pub fn open(path: &Path, map: &ColumnMap, stop: &Stop) -> Result<Self, String> {
        let kind = if is_parquet(path).map_err(|error| error.to_string())? { open_parquet(path, map)? } else { open_delimited(path, map)? };
        let neutral = Convention { month_first: false, comma_decimal: false };
        let mut input = Self { path: path.to_owned(), convention: neutral, guessed_dates: false, dropped: Vec::new(), kind };
        input.survey(stop)?;
        Ok(input)
    }

    pub fn layout(&self) -> &Layout {
        match &self.kind {
            Kind::Delimited { dialect, .. } => &dialect.layout,
            Kind::Parquet { layout, .. } => layout,
        }
    }

    /// About how many rows it holds; 0 where that is not known before reading.
    pub fn rows(&self) -> u64 {
        match &self.kind {
            Kind::Delimited { encoding, dialect } => encoding.newlines.saturating_sub(dialect.header_line),
            Kind::Parquet { rows, .. } => *rows,
        }
    }

    /// Kind of file, for people.
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Parquet { .. } => "Parquet".into(),
            Kind::Delimited { encoding, dialect } => {
                let delimiter = match dialect.delimiter {
                    '\t' => "tab".to_owned(),
                    other => format!("\"{other}\""),
                };
                let decimal = if self.convention.comma_decimal { "comma" } else { "point" };
                format!("CSV, {}, delimiter {delimiter}, decimal {decimal}", encoding.name())
            }
        }
    }

    /// Collects evidence until it suffices, and decides.
    fn survey(&mut self, stop: &Stop) -> Result<(), String> {
        let mut evidence = Evidence::default();
        let (mut rows, mut dollars) = (0_u64, 0_u64);
        let mut good = [0_u64; COLUMNS];
        let mut bad = [0_u64; COLUMNS];
        self.visit(stop, &mut |row| {
            let Ok(cells) = row.cells else { return Ok(ControlFlow::Continue(())) };
            for column in Column::ALL_DATES {
                let text = cells[column as usize];
                if !is_blank(text) {
                    let tally = if evidence.date(text) { &mut good } else { &mut bad };
                    tally[column as usize] += 1;
                }
            }
            evidence.amount(cells[Column::Amount as usize]);
            dollars += u64::from(cells[Column::Currency as usize].trim().eq_ignore_ascii_case("USD"));
            rows += 1;
            let settled = !evidence.date_order_is_a_guess() && (evidence.undecided_amounts == 0 || evidence.comma != evidence.point);
            Ok(if rows >= ENOUGH && settled { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
        .map_err(|error| error.to_string())?;
        let semicolons = matches!(&self.kind, Kind::Delimited { dialect, .. } if dialect.delimiter == ';');
        self.convention = evidence.decide(semicolons, dollars * 2 > rows);
        self.guessed_dates = evidence.date_order_is_a_guess();
        self.dropped = Column::ALL_DATES.into_iter().filter(|column| bad[*column as usize] > good[*column as usize]).collect();
        let usable = |column: &Column| self.layout().has(*column) && !self.dropped.contains(column);
        if !Column::DATES.iter().any(usable) {
            self.dropped.clear();
        }
        Ok(())
    }

    /// Hands every row to `visit`, in order, until that breaks off.
    pub fn visit(&self, stop: &Stop, visit: &mut dyn FnMut(Row<'_>) -> Result<ControlFlow<()>, RescoreError>) -> Result<(), RescoreError> {
        match &self.kind {
            Kind::Delimited { encoding, dialect } => self.visit_delimited(*encoding, dialect, stop, visit),
            Kind::Parquet { layout, .. } => self.visit_parquet(layout, stop, visit),
        }
    }

    fn visit_delimited(
        &self,
        encoding: Encoding,
        dialect: &Dialect,
        stop: &Stop,
        visit: &mut dyn FnMut(Row<'_>) -> Result<ControlFlow<()>, RescoreError>,
    ) -> Result<(), RescoreError> {
        let failed = |source| RescoreError::io("read", &self.path, source);
        let mut lines = Lines::open(&self.path, encoding).map_err(failed)?;
        lines.pass_over(dialect.header_line).map_err(failed)?;
        let mut records = Records::new(lines, dialect);
        let mut fields = Fields::default();
        let mut count = 0_u64;
        while let Some(record) = records.next(&mut fields).map_err(failed)? {
            count += 1;
            if count.is_multiple_of(4096) {
                stop.check()?;
            }
            let mut cells = [""; COLUMNS];
            let outcome = match &record {
                Record::Bad(cause) => Err(cause.as_str()),
                Record::Good => {
                    for (cell, position) in cells.iter_mut().zip(&dialect.layout.positions) {
                        *cell = position.map_or("", |position| fields.get(position));
                    }
                    Ok(cells)
                }
            };
            if visit(Row { line: records.line, cells: outcome, raw: Some(&records.raw) })?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn visit_parquet(
        &self,
        layout: &Layout,
        stop: &Stop,
        visit: &mut dyn FnMut(Row<'_>) -> Result<ControlFlow<()>, RescoreError>,
    ) -> Result<(), RescoreError> {
        let unreadable = |error: &dyn std::fmt::Display| RescoreError::NothingToScore(format!("{}: {error}", self.path.display()));
        let file = File::open(&self.path).map_err(|source| RescoreError::io("read", &self.path, source))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| unreadable(&error))?;
        let wanted: Vec<usize> = layout.positions.iter().flatten().copied().collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
        let names: Vec<Option<String>> =
            layout.positions.iter().map(|position| position.map(|position| builder.schema().field(position).name().clone())).collect();
        let reader = builder.with_projection(mask).with_batch_size(super::book::BATCH).build().map_err(|error| unreadable(&error))?;
        let mut line = 0;
        for batch in reader {
            stop.check()?;
            let batch = batch.map_err(|error| unreadable(&error))?;
            let texts = as_text(&batch, &names).map_err(|error| unreadable(&error))?;
            for at in 0..batch.num_rows() {
                line += 1;
                let mut cells = [""; COLUMNS];
                for (cell, text) in cells.iter_mut().zip(&texts) {
                    *cell = text.as_ref().filter(|text| text.is_valid(at)).map_or("", |text| text.value(at));
                }
                if visit(Row { line, cells: Ok(cells), raw: None })?.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn as_text(batch: &RecordBatch, names: &[Option<String>]) -> Result<Vec<Option<StringArray>>, datafusion::arrow::error::ArrowError> {
    names
        .iter()
        .map(|name| {
            let Some(array) = name.as_ref().and_then(|name| batch.column_by_name(name)) else { return Ok(None) };
            let text = cast(array, &DataType::Utf8)?;
            Ok(text.as_any().downcast_ref::<StringArray>().cloned())
        })
        .collect()
}

fn is_parquet(path: &Path) -> std::io::Result<bool> {
    let mut magic = Vec::with_capacity(4);
    File::open(path)?.take(4).read_to_end(&mut magic)?;
    Ok(magic == b"PAR1")
}

fn open_delimited(path: &Path, map: &ColumnMap) -> Result<Kind, String> {
    let encoding = Encoding::of(path).map_err(|error| error.to_string())?;
    let mut lines = Lines::open(path, encoding).map_err(|error| error.to_string())?;
    match find_header(&mut lines, map).map_err(|error| error.to_string())? {
        Ok(dialect) => Ok(Kind::Delimited { encoding, dialect }),
        Err(names) => Err(no_header(&map.layout(names.iter().map(String::as_str)), &names)),
    }
}

fn open_parquet(path: &Path, map: &ColumnMap) -> Result<Kind, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| error.to_string())?;
    let names: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
    let layout = map.layout(names.iter().map(String::as_str));
    let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    if layout.lacking().is_empty() { Ok(Kind::Parquet { layout, rows }) } else { Err(no_header(&layout, &names)) }
}

fn no_header(layout: &Layout, names: &[String]) -> String {
    if names.iter().all(|name| name.trim().is_empty()) {
        return "the file is empty".into();
    }
    let shown: Vec<String> = names.iter().take(30).map(|name| format!("{name:?}")).collect();
    format!("no column for {}; it has {}; name them with --columns", layout.lacking().join(" and "), shown.join(", "))
}
