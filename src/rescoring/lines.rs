//! Physical lines of a text file of unknown encoding, one at a time, in bounded memory.
//!
//! [`Encoding::of`] reads the file once to learn its encoding; [`Lines`] then hands out decoded lines
//! with their numbers. A line longer than [`MAX_LINE`] is cut there and flagged, never kept whole.

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The longest line that is read, in bytes.
pub(super) const MAX_LINE: usize = 1 << 20;

/// How a file's bytes stand for characters, and what ends its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Encoding {
    charset: Charset,
    /// Bytes of the byte order mark.
    bom: usize,
    /// `\n`, or `\r` in files that have no `\n`.
    terminator: u8,
    /// Line ends in the file; 0 where they were not counted.
    pub newlines: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    Windows1252,
    Utf16(bool),
}

impl Encoding {
    /// Reads the file once. A byte order mark decides; else UTF-8, unless bytes that are not UTF-8
    /// are more than a stray few beside the multi-byte characters that are.
    pub fn of(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(1 << 17, File::open(path)?);
        let head = file.fill_buf()?;
        let (charset, bom) = match head {
            [0xEF, 0xBB, 0xBF, ..] => (Some(Charset::Utf8), 3),
            [0xFF, 0xFE, ..] => (Some(Charset::Utf16(false)), 2),
            [0xFE, 0xFF, ..] => (Some(Charset::Utf16(true)), 2),
            _ => (None, 0),
        };
        if let Some(Charset::Utf16(_)) = charset {
            return Ok(Self { charset: charset.unwrap_or(Charset::Utf8), bom, terminator: b'\n', newlines: 0 });
        }
        let mut census = Census::default();
        loop {
            let chunk = file.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            census.take(chunk);
            let read = chunk.len();
            file.consume(read);
        }
        let charset = charset.unwrap_or(if census.is_utf8() { Charset::Utf8 } else { Charset::Windows1252 });
        Ok(Self { charset, bom, terminator: if census.newlines == 0 { b'\r' } else { b'\n' }, newlines: census.newlines })
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self.charset {
            Charset::Utf8 => "UTF-8",
            Charset::Windows1252 => "Windows-1252",
            Charset::Utf16(_) => "UTF-16",
        }
    }
}

/// Counts what tells encodings apart.
#[derive(Default)]
struct Census {
    newlines: u64,
    multibyte: u64,
    invalid: u64,
    carried: Vec<u8>,
}

impl Census {
    fn take(&mut self, chunk: &[u8]) {
        self.newlines += chunk.iter().filter(|byte| **byte == b'\n').count() as u64;
        if self.carried.is_empty() && chunk.is_ascii() {
            return;
        }
        let mut bytes = std::mem::take(&mut self.carried);
        bytes.extend_from_slice(chunk);
        let mut rest = bytes.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(good) => {
                    self.count(good);
                    break;
                }
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    self.count(std::str::from_utf8(good).unwrap_or_default());
                    let Some(length) = error.error_len() else {
                        self.carried = bad.to_vec();
                        break;
                    };
                    self.invalid += 1;
                    rest = &bad[length..];
                }
            }
        }
    }

    fn count(&mut self, good: &str) {
        if !good.is_ascii() {
            self.multibyte += good.chars().filter(|c| !c.is_ascii()).count() as u64;
        }
    }

    fn is_utf8(&self) -> bool {
        let invalid = self.invalid + u64::from(!self.carried.is_empty());
        invalid == 0 || self.multibyte >= 10 * invalid
    }
}

/// One physical line, decoded, without its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub number: u64,
    pub text: String,
    /// Some of its bytes are not of the file's encoding.
    pub damaged: bool,
    /// It was longer than [`MAX_LINE`] and is cut.
    pub cut: bool,
}

/// Reads a file line by line. Lines can be put back.
pub(super) struct Lines {
    source: Source,
    encoding: Encoding,
    next_number: u64,
    returned: VecDeque<Line>,
    raw: Vec<u8>,
}

enum Source {
    Bytes(BufReader<File>),
    Transcoded(BufReader<Utf16>),
}

impl Lines {
    pub fn open(path: &Path, encoding: Encoding) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut mark = [0_u8; 3];
        file.read_exact(&mut mark[..encoding.bom])?;
        let source = match encoding.charset {
            Charset::Utf16(big) => Source::Transcoded(BufReader::with_capacity(1 << 16, Utf16::new(file, big))),
            _ => Source::Bytes(BufReader::with_capacity(1 << 17, file)),
        };
        Ok(Self { source, encoding, next_number: 1, returned: VecDeque::new(), raw: Vec::new() })
    }

    /// The next line; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.returned.pop_front() {
            return Ok(Some(line));
        }
        self.raw.clear();
        let terminator = self.encoding.terminator;
        let (seen, cut) = match &mut self.source {
            Source::Bytes(reader) => read_line(reader, terminator, &mut self.raw)?,
            Source::Transcoded(reader) => read_line(reader, terminator, &mut self.raw)?,
        };
        if !seen {
            return Ok(None);
        }
        if self.raw.last() == Some(&b'\r') {
            self.raw.pop();
        }
        let (text, damaged) = match self.encoding.charset {
            Charset::Windows1252 => (WINDOWS_1252.decode_without_bom_handling(&self.raw).0.into_owned(), false),
            _ => match std::str::from_utf8(&self.raw) {
                Ok(text) => (text.to_owned(), false),
                Err(_) => (String::from_utf8_lossy(&self.raw).into_owned(), true),
            },
        };
        let number = self.next_number;
        self.next_number += 1;
        Ok(Some(Line { number, text, damaged, cut }))
    }

    /// Passes over the lines up to and with `number`.
    pub fn pass_over(&mut self, number: u64) -> io::Result<()> {
        while self.next_number <= number && self.next()?.is_some() {}
        Ok(())
    }

    /// Puts lines back, in order, before what comes next.
    pub fn put_back(&mut self, lines: impl DoubleEndedIterator<Item = Line>) {
        for line in lines.rev() {
            self.returned.push_front(line);
        }
    }
}

/// Reads up to the terminator, which is not kept. Gives whether anything was there, and whether the
/// line had to be cut.
fn read_line(reader: &mut impl BufRead, terminator: u8, line: &mut Vec<u8>) -> io::Result<(bool, bool)> {
    // One byte more than a line may have, for its terminator.
    let room = MAX_LINE as u64 + 1;
    let read = reader.by_ref().take(room).read_until(terminator, line)?;
    if line.last() == Some(&terminator) {
        line.pop();
        return Ok((true, false));
    }
    if read <= MAX_LINE {
        return Ok((read > 0, false));
    }
    line.truncate(MAX_LINE);
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok((true, true));
        }
        let end = chunk.iter().position(|byte| *byte == terminator);
        let used = end.map_or(chunk.len(), |at| at + 1);
        reader.consume(used);
        if end.is_some() {
            return Ok((true, true));
        }
    }
}

/// UTF-16 read as UTF-8.
struct Utf16 {
    file: File,
    decoder: Decoder,
    input: Vec<u8>,
    output: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Utf16 {
    fn new(file: File, big_endian: bool) -> Self {
        let encoding = if big_endian { UTF_16BE } else { UTF_16LE };
        Self { file, decoder: encoding.new_decoder_without_bom_handling(), input: Vec::new(), output: Vec::new(), at: 0, ended: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.input.resize(1 << 15, 0);
        let read = self.file.read(&mut self.input)?;
        self.ended = read == 0;
        self.output.resize(1 << 17, 0);
        let (result, _, written, _) = self.decoder.decode_to_utf8(&self.input[..read], &mut self.output, self.ended);
        debug_assert!(matches!(result, CoderResult::InputEmpty));
        self.output.truncate(written);
        self.at = 0;
        Ok(())
    }
}

impl Read for Utf16 {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.output.len() && !self.ended {
            self.refill()?;
        }
        let part = &self.output[self.at..];
        let length = part.len().min(buffer.len());
        buffer[..length].copy_from_slice(&part[..length]);
        self.at += length;
        Ok(length)
    }
}
