//! Named columns of a Parquet file as text, whole in memory: for small tables that were written by a run.

use super::RescoreError;
use datafusion::arrow::array::{Array as _, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::Path;

/// The named columns, row by row; nothing is an empty text.
///
/// # Errors
/// [`RescoreError::Io`] for a file that cannot be opened, [`RescoreError::WrongUse`] for one that is no Parquet
/// or lacks a column.
pub fn read_texts(path: &Path, columns: &[&str]) -> Result<Vec<Vec<String>>, RescoreError> {
    let wrong = |error: &dyn std::fmt::Display| RescoreError::WrongUse(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(|source| RescoreError::io("read", path, source))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| wrong(&error))?;
    let reader = reader.build().map_err(|error| wrong(&error))?;
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|error| wrong(&error))?;
        let mut texts = Vec::with_capacity(columns.len());
        for name in columns {
            let array = batch.column_by_name(name).ok_or_else(|| wrong(&format!("there is no column {name}")))?;
            texts.push(cast(array, &DataType::Utf8).map_err(|error| wrong(&error))?);
        }
        let texts: Vec<&StringArray> = texts.iter().filter_map(|array| array.as_any().downcast_ref()).collect();
        let cell = |text: &&StringArray, at: usize| if text.is_valid(at) { text.value(at).to_owned() } else { String::new() };
        rows.extend((0..batch.num_rows()).map(|at| texts.iter().map(|text| cell(text, at)).collect::<Vec<String>>()));
    }
    Ok(rows)
}
