//! Single rows by number: a file of packed rows, read in place by any number of threads.
//!
//! Written once in order of time, then read at random while candidate pairs are compared. Costs eight
//! bytes of memory a row; the operating system keeps the rows that are used.

use super::RescoreError;
use super::book::{day_date, day_number, decimal, mantissa};
use crate::domain::history::{EntryType, Payable};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Days that stand for "no date" and "no instant".
const NO_DAY: i32 = i32::MIN;
const NO_INSTANT: i64 = i64::MIN;

/// Puts rows on the shelf, in order.
pub(super) struct ShelfWriter {
    path: PathBuf,
    file: BufWriter<File>,
    starts: Vec<u64>,
    at: u64,
    buffer: Vec<u8>,
}

impl ShelfWriter {
    pub fn create(path: &Path) -> Result<Self, RescoreError> {
        let file = File::create(path).map_err(|source| RescoreError::io("create", path, source))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::with_capacity(1 << 18, file), starts: vec![0], at: 0, buffer: Vec::new() })
    }

    pub fn push(&mut self, row_id: &str, payable: &Payable) -> Result<(), RescoreError> {
        self.buffer.clear();
        pack(&mut self.buffer, row_id, payable);
        self.file.write_all(&self.buffer).map_err(|source| RescoreError::io("write", &self.path, source))?;
        self.at += self.buffer.len() as u64;
        self.starts.push(self.at);
        Ok(())
    }

    pub fn finish(mut self) -> Result<Shelf, RescoreError> {
        self.file.flush().map_err(|source| RescoreError::io("write", &self.path, source))?;
        let file = File::open(&self.path).map_err(|source| RescoreError::io("read", &self.path, source))?;
        Ok(Shelf { path: self.path, file, starts: self.starts })
    }
}

/// Rows by number.
pub(super) struct Shelf {
    path: PathBuf,
    file: File,
    starts: Vec<u64>,
}

impl Shelf {
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

fn pack(out: &mut Vec<u8>, row_id: &str, payable: &Payable) {
    out.extend_from_slice(&mantissa(payable.amount).to_le_bytes());
    out.push(match payable.entry_type {
        EntryType::Invoice => 0,
        EntryType::CreditMemo => 1,
        EntryType::Void => 2,
    });
    for date in [payable.invoice_date, payable.due_date, payable.payment_date] {
        out.extend_from_slice(&date.map_or(NO_DAY, day_number).to_le_bytes());
    }
    out.extend_from_slice(&payable.posted_at.map_or(NO_INSTANT, jiff::Timestamp::as_microsecond).to_le_bytes());
    for text in [
        row_id,
        &payable.vendor_id,
        &payable.vendor_name,
        &payable.invoice_no,
        &payable.po_number,
        &payable.currency,
        &payable.posted_by,
        &payable.approved_by,
        &payable.department,
        &payable.account_code,
        &payable.bank_account,
    ] {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&text.as_bytes()[..length as usize]);
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
        writer.push("x", &payable).unwrap();
        writer.push("y", &second).unwrap();
        let shelf = writer.finish().unwrap();
        assert_eq!(shelf.len(), 2);
        assert_eq!(shelf.get(1).unwrap(), ("y".to_owned(), second));
        assert_eq!(shelf.get(0).unwrap(), ("x".to_owned(), payable));
        assert!(shelf.get(2).is_err());
    }
}
