//! How the server and a reading child talk: frames on standard input and output.
//!
//! A frame is a head (JSON) and a body (bytes), each behind its length as four bytes, little end
//! first. A request's body is the document; a reply's body is the reading as JSON or a PNG. Bytes in,
//! pages out, nothing else: no paths, no names, no settings of the server. While OCR works, a frame
//! without a body tells each page that it begins, before the answer.

use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

use super::{ReadError, ReadOptions};
use crate::domain::{Attached, DocumentKind};

/// A longer head is no head of ours.
const MAX_HEAD: usize = 64 * 1024;
/// No document or reading is larger.
const MAX_BODY: usize = 512 * 1024 * 1024;

/// What is asked of a child.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub(super) enum Request {
    Read { kind: DocumentKind, options: ReadOptions },
    Render { kind: DocumentKind, page: u32, dpi: u32, turns: u8 },
    Probe { kind: DocumentKind },
    Einvoice { kind: DocumentKind },
    Attachment { kind: DocumentKind, index: usize },
}

/// What a child answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub(super) enum Reply {
    /// The body is a [`crate::domain::Reading`] as JSON. `unread`: pages without usable text that were
    /// not recognized.
    Reading { unread: Vec<u32> },
    /// No body, and no answer yet: OCR begins with this page. The parent's patience starts anew.
    Working { page: u32 },
    /// The body is a PNG.
    Png,
    /// No body.
    Pages { pages: u32 },
    /// The body is a [`crate::domain::Einvoice`] as JSON.
    Einvoice,
    /// The body is the file.
    Attachment { about: Attached },
    /// No body.
    Failed { error: ReadError },
}

/// A frame's bytes.
pub(super) fn frame(head: &impl Serialize, body: &[u8]) -> io::Result<(Vec<u8>, [u8; 4])> {
    let head = serde_json::to_vec(head)?;
    let mut start = length(head.len())?.to_vec();
    start.extend_from_slice(&head);
    Ok((start, length(body.len())?))
}

fn length(size: usize) -> io::Result<[u8; 4]> {
    u32::try_from(size).map(u32::to_le_bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "frame too large"))
}

/// Checks a length that was received.
pub(super) fn checked(size: [u8; 4], head: bool) -> io::Result<usize> {
    let size = u32::from_le_bytes(size) as usize;
    if size > if head { MAX_HEAD } else { MAX_BODY } {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "frame too large"));
    }
    Ok(size)
}

/// Writes a frame and flushes.
pub(super) fn write(to: &mut impl Write, head: &impl Serialize, body: &[u8]) -> io::Result<()> {
    let (start, size) = frame(head, body)?;
    to.write_all(&start)?;
    to.write_all(&size)?;
    to.write_all(body)?;
    to.flush()
}

/// Reads a frame; `None` at a clean end.
pub(super) fn read<T: for<'de> Deserialize<'de>>(from: &mut impl Read) -> io::Result<Option<(T, Vec<u8>)>> {
    let mut size = [0; 4];
    match from.read_exact(&mut size) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let head = filled(from, checked(size, true)?)?;
    from.read_exact(&mut size)?;
    let body = filled(from, checked(size, false)?)?;
    Ok(Some((serde_json::from_slice(&head)?, body)))
}

fn filled(from: &mut impl Read, size: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; size];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_round_trip_and_nonsense_is_refused() {
        let request = Request::Render { kind: DocumentKind::Pdf, page: 2, dpi: 150, turns: 1 };
        let mut wire = Vec::new();
        write(&mut wire, &request, b"body").unwrap();
        write(&mut wire, &Request::Probe { kind: DocumentKind::Png }, b"").unwrap();
        let mut from = wire.as_slice();
        assert_eq!(read::<Request>(&mut from).unwrap(), Some((request, b"body".to_vec())));
        assert_eq!(read::<Request>(&mut from).unwrap().map(|r| r.1.len()), Some(0));
        assert_eq!(read::<Request>(&mut from).unwrap(), None);
        assert!(read::<Request>(&mut [0xFF; 20].as_slice()).is_err());
        assert!(read::<Request>(&mut &wire[..10]).is_err());
    }
}
