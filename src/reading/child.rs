//! The reading child: answers requests on standard input until it ends (`countersign read-child`).
//!
//! It limits its own address space, writes no file and no core, and keeps nothing between documents
//! but the OCR models. A panic inside a reader becomes a reply; running out of memory or stack ends the
//! process, which the pool notices. Time is the pool's business: it kills a child that takes too long.
//!
//! A child with a models folder recognizes text. It opens the models at the first page that needs them
//! and no other file, ever: what locks it down needs to allow reading below that folder, and threads
//! (OCR works on several), and nothing else.

use rlimit::Resource;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use super::protocol::{self, Reply, Request};
use super::{ReadError, Reader, Recognition, attachment, probe, show};

/// Address space of a child, in bytes. OCR of a page takes 300 to 450 MB of memory and 0.8 GB of address
/// space; the largest picture that is unpacked adds some 300 MB for a moment.
const ADDRESS_SPACE: u64 = 2 * 1024 * 1024 * 1024;
/// Stack of the thread that reads: documents nest.
const STACK: usize = 64 * 1024 * 1024;

/// What a child is started with.
#[derive(Debug, Clone, Default)]
pub struct Equipment {
    /// The models folder, for a child that recognizes text.
    pub models: Option<PathBuf>,
    /// Threads that OCR may use; the processors where absent.
    pub threads: Option<usize>,
}

/// Limits this process and serves requests until standard input ends.
///
/// # Errors
/// When a limit cannot be set, a frame is damaged or the parent is gone.
pub fn serve(equipment: Equipment) -> io::Result<()> {
    rlimit::setrlimit(Resource::AS, ADDRESS_SPACE, ADDRESS_SPACE)?;
    rlimit::setrlimit(Resource::CORE, 0, 0)?;
    rlimit::setrlimit(Resource::FSIZE, 0, 0)?;
    // A panic is told in the reply; the default hook would print parts of documents.
    std::panic::set_hook(Box::new(|_| {}));
    if let Some(threads) = equipment.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build_global().map_err(io::Error::other)?;
    }
    let reader = Reader::new(equipment.models.map(Recognition::of).unwrap_or_default());
    let serving = move || answer_all(&reader, &mut io::stdin().lock(), &mut io::stdout().lock());
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(serving)?;
    worker.join().unwrap_or_else(|_| Err(io::Error::other("the reading thread ended")))
}

/// Answers request after request until the input ends.
fn answer_all(reader: &Reader, from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    while let Some((request, document)) = protocol::read::<Request>(from)? {
        let mut lost = None;
        let mut working = |page| {
            if let Err(error) = protocol::write(to, &Reply::Working { page }, &[]) {
                lost = Some(error);
            }
        };
        let (reply, body) = answer(reader, request, &document, &mut working);
        if let Some(error) = lost {
            return Err(error);
        }
        protocol::write(to, &reply, &body)?;
    }
    Ok(())
}

fn answer(reader: &Reader, request: Request, document: &[u8], working: &mut dyn FnMut(u32)) -> (Reply, Vec<u8>) {
    let outcome = catch_unwind(AssertUnwindSafe(|| match request {
        Request::Read { kind, options } => {
            let found = reader.read(document, kind, &options, working)?;
            let body = serde_json::to_vec(&found.reading).map_err(|error| ReadError::new("reader-crashed", error.to_string()))?;
            Ok((Reply::Reading { unread: found.unread }, body))
        }
        Request::Render { kind, page, dpi, turns } => Ok((Reply::Png, reader.render(document, kind, page, dpi, turns)?)),
        Request::Probe { kind } => Ok((Reply::Pages { pages: probe(document, kind)? }, Vec::new())),
        Request::Einvoice { kind } => {
            let body = serde_json::to_vec(&show(document, kind)?).map_err(|error| ReadError::new("reader-crashed", error.to_string()))?;
            Ok((Reply::Einvoice, body))
        }
        Request::Attachment { kind, index } => {
            let file = attachment(document, kind, index)?;
            Ok((Reply::Attachment { about: file.about }, file.bytes))
        }
    }));
    outcome
        .unwrap_or_else(|_| Err(ReadError::new("reader-crashed", "The document broke its reader; it may be damaged.")))
        .unwrap_or_else(|error| (Reply::Failed { error }, Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DocumentKind;

    #[test]
    fn requests_are_answered_one_after_another() {
        let mut input = Vec::new();
        protocol::write(&mut input, &Request::Probe { kind: DocumentKind::Pdf }, b"%PDF-1.7 nothing").unwrap();
        protocol::write(&mut input, &Request::Render { kind: DocumentKind::Ubl, page: 1, dpi: 100, turns: 0 }, b"<a/>").unwrap();
        let mut output = Vec::new();
        answer_all(&Reader::default(), &mut input.as_slice(), &mut output).unwrap();
        let mut output = output.as_slice();
        let codes: Vec<String> = std::iter::from_fn(|| protocol::read::<Reply>(&mut output).unwrap())
            .map(|(reply, _)| match reply {
                Reply::Failed { error } => error.code,
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(codes, ["broken-file", "no-such-page"]);
    }
}
