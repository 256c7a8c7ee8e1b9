//! The trail as a file: JSON lines. For each company a header with the head it ends in, then its
//! records in order. Whoever has the file can verify it without the server.

use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Write};

use super::AuditRow;
use super::{Broken, Head, Verifier};
use crate::domain::CompanyId;

/// Version of the format.
const VERSION: u32 = 1;

/// What a company's part begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the format.
    pub audit_bundle: u32,
    /// Whose trail.
    pub company: CompanyId,
    /// Its short code.
    pub company_code: String,
    /// The head its records lead to.
    pub head: Head,
}

/// Why a file does not verify.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// It cannot be read.
    #[error("the bundle cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A line is not what it should be.
    #[error("line {line} of the bundle is neither a header nor a record: {why}")]
    Line {
        /// Line number from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// The chain breaks.
    #[error("company {company}: {broken}")]
    Broken {
        /// Which company.
        company: String,
        /// Where and what.
        broken: Broken,
    },
    /// There is nothing in it.
    #[error("the bundle holds no trail")]
    Empty,
}

/// Writes a company's header.
///
/// # Errors
/// What the writer says.
pub fn write_header(out: &mut impl Write, company: CompanyId, code: &str, head: &Head) -> io::Result<()> {
    let header = Header { audit_bundle: VERSION, company, company_code: code.to_owned(), head: head.clone() };
    write_line(out, &header)
}

/// Writes one record.
///
/// # Errors
/// What the writer says.
pub fn write_record(out: &mut impl Write, row: &AuditRow) -> io::Result<()> {
    write_line(out, row)
}

fn write_line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Verifies a bundle: every company's header with the head its records do lead to.
///
/// # Errors
/// [`BundleError`] at the first thing that does not fit.
pub fn verify(input: impl BufRead) -> Result<Vec<Header>, BundleError> {
    let mut done = Vec::new();
    let mut open: Option<(Header, Verifier)> = None;
    for (number, line) in input.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |why: String| BundleError::Line { line: number + 1, why };
        let value: serde_json::Value = serde_json::from_str(&line).map_err(|e| wrong(e.to_string()))?;
        if value.get("audit_bundle").is_some() {
            let header: Header = serde_json::from_value(value).map_err(|e| wrong(e.to_string()))?;
            if header.audit_bundle != VERSION {
                return Err(wrong(format!("version {} of the format is not known", header.audit_bundle)));
            }
            done.extend(open.take().map(finish).transpose()?);
            let verifier = Verifier::new(header.company);
            open = Some((header, verifier));
            continue;
        }
        let row: AuditRow = serde_json::from_value(value).map_err(|e| wrong(e.to_string()))?;
        let Some((header, verifier)) = &mut open else {
            return Err(wrong("a record stands before the first header".to_owned()));
        };
        verifier.push(&row).map_err(|broken| BundleError::Broken { company: header.company_code.clone(), broken })?;
    }
    done.extend(open.map(finish).transpose()?);
    if done.is_empty() { Err(BundleError::Empty) } else { Ok(done) }
}

fn finish((header, verifier): (Header, Verifier)) -> Result<Header, BundleError> {
    let head = verifier.head();
    if *head == header.head {
        return Ok(header);
    }
    let what = format!("the records end here, but the header names {} records ending in {}", header.head.records, header.head.hash);
    Err(BundleError::Broken { company: header.company_code, broken: Broken { index: head.records, what } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(lines: impl Fn(&mut Vec<String>)) -> Result<Vec<Header>, BundleError> {
        let company: CompanyId = "0190c0de-0000-7000-8000-000000000001".parse().unwrap();
        let rows = super::super::tests::chain(company, 4);
        let head = super::super::verify(company, &rows).unwrap();
        let mut out = Vec::new();
        write_header(&mut out, company, "DEMO", &head).unwrap();
        rows.iter().for_each(|row| write_record(&mut out, row).unwrap());
        let mut text: Vec<String> = String::from_utf8(out).unwrap().lines().map(str::to_owned).collect();
        lines(&mut text);
        verify(text.join("\n").as_bytes())
    }

    #[test]
    fn a_bundle_verifies_and_tampering_shows() {
        assert_eq!(bundle(|_| {}).unwrap()[0].head.records, 4);
        let change = |lines: &mut Vec<String>| lines[2] = lines[2].replace("because", "whatever");
        assert!(matches!(bundle(change), Err(BundleError::Broken { broken: Broken { index: 1, .. }, .. })));
        let cut = |lines: &mut Vec<String>| drop(lines.pop());
        assert!(matches!(bundle(cut), Err(BundleError::Broken { broken: Broken { index: 3, .. }, .. })));
        let headless = |lines: &mut Vec<String>| drop(lines.remove(0));
        assert!(matches!(bundle(headless), Err(BundleError::Line { line: 1, .. })));
        assert!(matches!(verify(&b""[..]), Err(BundleError::Empty)));
    }
}
