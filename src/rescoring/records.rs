//! Records of a delimited text file: which delimiter it uses, where its header stands, and its rows
//! with line numbers. A quote that is never closed costs the one row it stands in.
//!
//! Own code rather than the `csv` crate's reader, because that one reads on to the end of the file
//! after an unclosed quote before it can be asked anything.

use super::columns::{ColumnMap, Layout};
use super::lines::{Line, Lines};
use std::io;

/// A quoted field may run over this many lines; beyond it the quote counts as never closed.
const MAX_RECORD_LINES: usize = 50;
/// And over this many bytes.
const MAX_RECORD_BYTES: usize = 64 << 10;
/// The header is looked for in this many lines.
const HEADER_LINES: usize = 20;

/// Delimiter and columns of one file.
#[derive(Debug, Clone)]
pub(super) struct Dialect {
    pub delimiter: char,
    pub layout: Layout,
    /// Its line, from 1.
    pub header_line: u64,
}

/// Fields of one record, in one buffer.
#[derive(Debug, Default)]
pub(super) struct Fields {
    text: String,
    ends: Vec<usize>,
}

impl Fields {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The field at a position; empty beyond the end.
    pub fn get(&self, position: usize) -> &str {
        let Some(&end) = self.ends.get(position) else { return "" };
        let start = if position == 0 { 0 } else { self.ends[position - 1] };
        &self.text[start..end]
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|position| self.get(position))
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    fn end_field(&mut self) {
        self.ends.push(self.text.len());
    }
}

/// How a line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Outside quotes.
    Whole,
    /// Outside quotes, but text followed a closing quote, which therefore may have been an opening one.
    Stray,
    /// Inside quotes.
    Open,
}

/// Splits `line` into fields behind those already there.
fn split(line: &str, delimiter: char, inside: bool, fields: &mut Fields) -> Ended {
    if !inside && !line.contains('"') {
        for part in line.split(delimiter) {
            fields.text.push_str(part);
            fields.end_field();
        }
        return Ended::Whole;
    }
    let (mut stray, mut closed) = (false, false);
    let mut quoted = inside;
    let mut at_start = !inside;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        if quoted {
            if c != '"' {
                fields.text.push(c);
            } else if characters.next_if_eq(&'"').is_some() {
                fields.text.push('"');
            } else {
                (quoted, closed) = (false, true);
            }
        } else if c == '"' && at_start {
            quoted = true;
            at_start = false;
        } else if c == delimiter {
            fields.end_field();
            (at_start, closed) = (true, false);
        } else {
            stray |= closed && !c.is_whitespace();
            fields.text.push(c);
            at_start = false;
        }
    }
    if quoted {
        return Ended::Open;
    }
    fields.end_field();
    if stray { Ended::Stray } else { Ended::Whole }
}

/// Finds delimiter and header: the pair under which most columns of ours are recognized. The lines
/// up to and with the header are consumed.
///
/// # Errors
/// Of the file; `Ok(Err(names))` where no line has what is required (the likeliest header's names).
pub(super) fn find_header(lines: &mut Lines, map: &ColumnMap) -> io::Result<Result<Dialect, Vec<String>>> {
    let mut head = Vec::new();
    while head.len() < HEADER_LINES {
        match lines.next()? {
            Some(line) => head.push(line),
            None => break,
        }
    }
    let mut best: Option<(usize, usize, Dialect)> = None;
    let mut widest: Vec<String> = Vec::new();
    for (index, line) in head.iter().enumerate() {
        for delimiter in [',', ';', '\t', '|'] {
            let mut fields = Fields::default();
            if split(&line.text, delimiter, false, &mut fields) == Ended::Open {
                fields.end_field();
            }
            let layout = map.layout(fields.iter());
            if fields.len() > widest.len() {
                widest = fields.iter().map(str::to_owned).collect();
            }
            let found = layout.recognized();
            let better = best.as_ref().is_none_or(|(_, most, dialect)| (found, layout.width) > (*most, dialect.layout.width));
            if layout.lacking().is_empty() && better {
                best = Some((index, found, Dialect { delimiter, layout, header_line: line.number }));
            }
        }
    }
    let Some((index, _, dialect)) = best else { return Ok(Err(widest)) };
    lines.put_back(head.into_iter().skip(index + 1));
    Ok(Ok(dialect))
}

/// One record, or a row that is none.
pub(super) enum Record {
    /// In the buffer that was handed in.
    Good,
    /// Why not.
    Bad(String),
}

/// Reads records under a dialect.
pub(super) struct Records {
    lines: Lines,
    delimiter: char,
    width: usize,
    /// First line of the current record.
    pub line: u64,
    /// The current record as written, for the file of rejects.
    pub raw: String,
}

impl Records {
    pub fn new(lines: Lines, dialect: &Dialect) -> Self {
        Self { lines, delimiter: dialect.delimiter, width: dialect.layout.width, line: 0, raw: String::new() }
    }

    /// Reads the next record into `fields`; `None` at the end. Blank lines are passed over.
    pub fn next(&mut self, fields: &mut Fields) -> io::Result<Option<Record>> {
        let first = loop {
            match self.lines.next()? {
                Some(line) if line.text.trim().is_empty() => {}
                Some(line) => break line,
                None => return Ok(None),
            }
        };
        fields.clear();
        self.line = first.number;
        if first.cut {
            return Ok(Some(self.bad(first, "the line is longer than a mebibyte")));
        }
        if first.damaged {
            return Ok(Some(self.bad(first, "bytes that are not of the file's encoding (UTF-8)")));
        }
        if split(&first.text, self.delimiter, false, fields) == Ended::Open {
            return self.continued(first, fields).map(Some);
        }
        if self.too_wide(fields) {
            let cause = format!("{} fields where the header has {}", fields.len(), self.width);
            return Ok(Some(self.bad(first, &cause)));
        }
        self.raw = first.text;
        Ok(Some(Record::Good))
    }

    /// A quoted field that runs over the line's end. Where it does not end soon, or where the record
    /// then does not fit the header, only the first line is given up and reading goes on at the next.
    fn continued(&mut self, first: Line, fields: &mut Fields) -> io::Result<Record> {
        let mut more: Vec<Line> = Vec::new();
        let mut bytes = first.text.len();
        let closed = loop {
            let Some(line) = self.lines.next()? else { break false };
            bytes += line.text.len();
            let spoilt = line.cut || line.damaged;
            fields.text.push('\n');
            let ended = split(&line.text, self.delimiter, true, fields);
            more.push(line);
            if ended == Ended::Whole && !spoilt {
                break true;
            }
            if ended == Ended::Stray || spoilt || more.len() >= MAX_RECORD_LINES || bytes > MAX_RECORD_BYTES {
                break false;
            }
        };
        if closed && fields.len() >= self.width && !self.too_wide(fields) {
            self.raw = first.text;
            for line in &more {
                self.raw.push('\n');
                self.raw.push_str(&line.text);
            }
            return Ok(Record::Good);
        }
        self.lines.put_back(more.into_iter());
        Ok(self.bad(first, "a quote is opened and not closed"))
    }

    /// More fields than the header has, and not just empty ones at the end.
    fn too_wide(&self, fields: &Fields) -> bool {
        (self.width..fields.len()).any(|position| !fields.get(position).trim().is_empty())
    }

    fn bad(&mut self, line: Line, cause: &str) -> Record {
        self.raw = line.text;
        Record::Bad(cause.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::Encoding;
    use super::*;
    use proptest::prelude::*;

    /// Every record of a file: its line and its fields, or the cause.
    type Read = Vec<(u64, Result<Vec<String>, String>)>;

    fn read(bytes: &[u8]) -> Option<Read> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        std::fs::write(&path, bytes).unwrap();
        let mut lines = Lines::open(&path, Encoding::of(&path).unwrap()).unwrap();
        let dialect = find_header(&mut lines, &ColumnMap::default()).unwrap().ok()?;
        let mut records = Records::new(lines, &dialect);
        let mut fields = Fields::default();
        let mut all = Vec::new();
        while let Some(record) = records.next(&mut fields).unwrap() {
            let outcome = match record {
                Record::Good => Ok(fields.iter().map(str::to_owned).collect()),
                Record::Bad(cause) => Err(cause),
            };
            all.push((records.line, outcome));
        }
        Some(all)
    }

    fn good(line: u64, fields: &[&str]) -> (u64, Result<Vec<String>, String>) {
        (line, Ok(fields.iter().map(|field| (*field).to_owned()).collect()))
    }

    #[test]
    fn dialects_and_encodings() {
        let cases: [(&[u8], Read); 9] = [
            (b"vendor_name,amount,invoice_date\nA,1,2014-01-01\n", vec![good(2, &["A", "1", "2014-01-01"])]),
            (b"\xEF\xBB\xBFvendor_name;amount;invoice_date\r\n\r\nB;1,5;2014-01-01", vec![good(3, &["B", "1,5", "2014-01-01"])]),
            (b"vendor_name\tamount\tinvoice_date\nC\t1\t2014-01-01\n", vec![good(2, &["C", "1", "2014-01-01"])]),
            (b"vendor_name|amount|invoice_date\rD|1|2014-01-01\r", vec![good(2, &["D", "1", "2014-01-01"])]),
            (
                b"vendor_name,amount,invoice_date\n\"E, \"\"the\"\"\nbest\",1,2014-01-01\n",
                vec![good(2, &["E, \"the\"\nbest", "1", "2014-01-01"])],
            ),
            (b"vendor_name,amount,invoice_date\nM\xFCller,1,2014-01-01\n", vec![good(2, &["Müller", "1", "2014-01-01"])]),
            ("vendor_name,amount,invoice_date\nMüller,1,2014-01-01\n".as_bytes(), vec![good(2, &["Müller", "1", "2014-01-01"])]),
            (b"Report of the year\n\nvendor_name,amount,invoice_date\nF,1\n", vec![good(4, &["F", "1"])]),
            (b"vendor_name,amount,invoice_date\nG,1,2014-01-01,,\n", vec![good(2, &["G", "1", "2014-01-01", "", ""])]),
        ];
        for (bytes, expected) in cases {
            assert_eq!(read(bytes).unwrap(), expected, "{}", String::from_utf8_lossy(bytes));
        }
        let utf16: Vec<u8> = [0xFF, 0xFE]
            .into_iter()
            .chain("vendor_name,amount,invoice_date\nÄ,1,2014-01-01\n".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(read(&utf16).unwrap(), vec![good(2, &["Ä", "1", "2014-01-01"])]);
        assert!(read(b"a,b,c\n1,2,3\n").is_none());
        assert!(read(b"").is_none());
    }

    #[test]
    fn an_unclosed_quote_costs_one_row() {
        let mut text = String::from("vendor_name,amount,invoice_date\nA,1,2014-01-01\n\"B,2,2014-01-01\n");
        for row in 0..200 {
            text.push_str(&format!("C{row},3,2014-01-01\n"));
        }
        let all = read(text.as_bytes()).unwrap();
        assert_eq!(all.len(), 202);
        assert!(all[1].1.as_ref().unwrap_err().contains("quote"));
        assert_eq!(all[1].0, 3);
        assert!(all.iter().filter(|(_, outcome)| outcome.is_err()).count() == 1);
        // Closed by the next quote of another row: still one row lost.
        let all = read(b"vendor_name,amount,invoice_date\n\"A,1,2014-01-01\nB,1,2014-01-01\n\"C\",1,2014-01-01\n").unwrap();
        assert_eq!(all.iter().filter(|(_, outcome)| outcome.is_ok()).count(), 2);
    }

    #[test]
    fn rows_that_do_not_fit_are_named() {
        let all = read("vendor_name,amount,invoice_date\nA,B,1,2014-01-01\nMüller äöü ÄÖÜ,1,2014-01-01\n".as_bytes()).unwrap();
        assert_eq!(all[0].1.as_ref().unwrap_err(), "4 fields where the header has 3");
        assert!(all[1].1.is_ok());
        let mut bytes = "vendor_name,amount,invoice_date\näöüäöüäöüäöüäöü,1,2014-01-01\n".as_bytes().to_vec();
        bytes.extend(b"\xFC,1,2014-01-01\n");
        let all = read(&bytes).unwrap();
        assert!(all[1].1.as_ref().unwrap_err().contains("encoding"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_bytes_are_read_without_panic(tail in proptest::collection::vec(any::<u8>(), 0..400), quotes in "[\",;\n\r a\t|1.-]{0,200}") {
            let mut bytes = b"vendor_name,amount,invoice_date\n".to_vec();
            bytes.extend_from_slice(quotes.as_bytes());
            bytes.extend_from_slice(&tail);
            let _ = read(&bytes);
            let _ = read(&tail);
        }
    }
}
