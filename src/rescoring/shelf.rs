//! Single rows by number: a file of packed rows, read in place by any number of threads.
//!
//! Written once in order of time, then read at random while candidate pairs are compared. Costs eight
//! bytes of memory a row; the operating system keeps the rows that are used.

use super::RescoreError;
use super::book::{BookView, NO_DAY, NO_INSTANT, day_date, decimal};
use crate::domain::history::{EntryType, Payable};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Puts rows on the shelf, in order.
pub(super) struct ShelfWriter {
    path: PathBuf,
    file: BufWriter<File>,
    index: BufWriter<File>,
    at: u64,
    buffer: Vec<u8>,
}

/// Where the places of the rows stand.
fn index_of(path: &Path) -> PathBuf {
    path.with_extension("index")
}

impl ShelfWriter {
    pub fn create(path: &Path) -> Result<Self, RescoreError> {
        let create = |path: &Path| File::create(path).map_err(|source| RescoreError::io("create", path, source));
        let file = BufWriter::with_capacity(1 << 20, create(path)?);
        let index = BufWriter::with_capacity(1 << 16, create(&index_of(path))?);
        Ok(Self { path: path.to_owned(), file, index, at: 0, buffer: Vec::new() })
    }

    /// Puts all rows of a batch.
    pub fn push(&mut self, view: &BookView<'_>) -> Result<(), RescoreError> {
        let failed = |source| RescoreError::io("write", &self.path, source);
        for at in 0..view.row.len() {
            self.buffer.clear();
            view.pack(at, &mut self.buffer);
            self.file.write_all(&self.buffer).map_err(failed)?;
            self.at += self.buffer.len() as u64;
            self.index.write_all(&self.at.to_le_bytes()).map_err(failed)?;
        }
        Ok(())
    }

    pub fn finish(mut self) -> Result<(), RescoreError> {
        self.file.flush().and_then(|()| self.index.flush()).map_err(|source| RescoreError::io("write", &self.path, source))
    }
}

/// Rows by number.
pub(super) struct Shelf {
    path: PathBuf,
    file: File,
    starts: Vec<u64>,
}

impl Shelf {
    /// Opens a finished shelf.
    pub fn open(path: &Path) -> Result<Self, RescoreError> {
        let failed = |source| RescoreError::io("read", path, source);
        let file = File::open(path).map_err(failed)?;
        let index = std::fs::read(index_of(path)).map_err(failed)?;
        let ends = index.chunks_exact(8).map(|bytes| bytes.iter().rev().fold(0, |end, byte| end << 8 | u64::from(*byte)));
        let mut starts = Vec::with_capacity(index.len() / 8 + 1);
        starts.push(0);
        starts.extend(ends);
        Ok(Self { path: path.to_owned(), file, starts })
    }

    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The row and its `row_id`.
    pub fn get(&self, row: usize) -> Result<(String, Payable), RescoreError> {
        let missing = || RescoreError::Broken(format!("row {row} is not on the shelf"));
        let (start, end) = (*self.starts.get(row).ok_or_else(missing)?, *self.starts.get(row + 1).ok_or_else(missing)?);
        let mut bytes = vec![0; usize::try_from(end - start).map_err(|_| missing())?];
        self.file.read_exact_at(&mut bytes, start).map_err(|source| RescoreError::io("read", &self.path, source))?;
        unpack(&bytes, row as u64).ok_or_else(missing)
    }
}

fn unpack(bytes: &[u8], row: u64) -> Option<(String, Payable)> {
    let mut rest = bytes;
    let amount = decimal(i128::from_le_bytes(take(&mut rest)?));
    let [code] = take::<1>(&mut rest)?;
    let mut date = || -> Option<Option<jiff::civil::Date>> {
        let day = i32::from_le_bytes(take(&mut rest)?);
        Some((day != NO_DAY).then(|| day_date(day)))
    };
    let (invoice_date, due_date, payment_date) = (date()?, date()?, date()?);
    let instant = i64::from_le_bytes(take(&mut rest)?);
    let mut text = || -> Option<String> {
        let length = u32::from_le_bytes(take(&mut rest)?) as usize;
        let (text, after) = rest.split_at_checked(length)?;
        rest = after;
        String::from_utf8(text.to_vec()).ok()
    };
    let row_id = text()?;
    let payable = Payable {
        row,
        vendor_id: text()?,
        vendor_name: text()?,
        invoice_no: text()?,
        po_number: text()?,
        amount,
        currency: text()?,
        entry_type: match code {
            1 => EntryType::CreditMemo,
            2 => EntryType::Void,
            _ => EntryType::Invoice,
        },
        invoice_date,
        due_date,
        payment_date,
        posted_at: (instant != NO_INSTANT).then(|| jiff::Timestamp::from_microsecond(instant).ok()).flatten(),
        posted_by: text()?,
        approved_by: text()?,
        department: text()?,
        account_code: text()?,
        bank_account: text()?,
    };
    Some((row_id, payable))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use super::super::book::BookBuilder;
    use super::*;
    use jiff::civil::Date;

    #[test]
    fn rows_come_back_as_they_were_put() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = ShelfWriter::create(&folder.path().join("shelf")).unwrap();
        let payable = Payable {
            row: 0,
            vendor_id: "V1".into(),
            vendor_name: "Müller".into(),
            invoice_no: String::new(),
            po_number: "4500".into(),
            amount: "-1234.56".parse().unwrap(),
            currency: "EUR".into(),
            entry_type: EntryType::CreditMemo,
            invoice_date: Some(Date::constant(1969, 12, 31)),
            due_date: None,
            payment_date: Some(Date::constant(2014, 7, 11)),
            posted_at: Some("2014-07-10T22:05:09Z".parse().unwrap()),
            posted_by: "a".into(),
            approved_by: "b".into(),
            department: "c".into(),
            account_code: "d".into(),
            bank_account: "e".into(),
        };
        let second = Payable { row: 1, amount: "7".parse().unwrap(), posted_at: None, ..payable.clone() };
        let mut builder = BookBuilder::new();
        builder.push("x", Date::constant(2014, 7, 11), &payable, &[]);
        builder.push("y", Date::constant(2014, 7, 11), &second, &[]);
        writer.push(&BookView::new(&builder.finish().unwrap()).unwrap()).unwrap();
        writer.finish().unwrap();
        let shelf = Shelf::open(&folder.path().join("shelf")).unwrap();
        assert_eq!(shelf.len(), 2);
        assert_eq!(shelf.get(1).unwrap(), ("y".to_owned(), second));
        assert_eq!(shelf.get(0).unwrap(), ("x".to_owned(), payable));
        assert!(shelf.get(2).is_err());
    }
}
