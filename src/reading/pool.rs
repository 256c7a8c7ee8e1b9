//! Keeps reading children and gives them work.
//!
//! A child serves one document after another. It is killed when a request takes longer than the
//! pool's time limit, and replaced when it dies, is killed, or has served its share. It starts with an
//! empty environment: it needs no secret, so it gets none.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;

use super::protocol::{self, Reply, Request};
use super::{ReadError, ReadOptions};
use crate::domain::{AttachedFile, DocumentKind, Einvoice, Reading};

/// A child is replaced after so many documents, so that no leak can grow.
const DOCUMENTS_A_CHILD: u32 = 500;
/// The default time limit of one request.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// A pool of reading children. Cheap to clone; all clones share the children.
#[derive(Clone)]
pub struct ReaderPool {
    shared: Arc<Shared>,
}

struct Shared {
    program: PathBuf,
    time_limit: Duration,
    permits: Semaphore,
    idle: Mutex<Vec<Reader>>,
}

/// A running child.
struct Reader {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    served: u32,
}

/// How talking to a child failed.
enum Failure {
    /// It did not answer in time.
    Late,
    /// It ended, or answered nonsense.
    Gone(String),
}

impl ReaderPool {
    /// At most `size` children of `program` (this binary: `std::env::current_exe`), started when
    /// needed, each request limited to 20 seconds.
    #[must_use]
    pub fn new(size: usize, program: PathBuf) -> Self {
        Self::with_time_limit(size, program, TIME_LIMIT)
    }

    /// The same with another time limit for one request.
    #[must_use]
    pub fn with_time_limit(size: usize, program: PathBuf, time_limit: Duration) -> Self {
        let permits = Semaphore::new(size.max(1));
        Self { shared: Arc::new(Shared { program, time_limit, permits, idle: Mutex::new(Vec::new()) }) }
    }

    /// Reads a document: see [`super::read`].
    ///
    /// # Errors
    /// [`ReadError`]; `reader-timeout` and `reader-crashed` where the child had to be given up.
    pub async fn read(&self, bytes: Vec<u8>, kind: DocumentKind, options: ReadOptions) -> Result<Reading, ReadError> {
        match self.ask(Request::Read { kind, options }, bytes).await? {
            (Reply::Reading, body) => {
                serde_json::from_slice(&body).map_err(|error| crashed(&format!("its answer is not a reading: {error}")))
            }
            _ => Err(crashed("it gave another answer")),
        }
    }

    /// Draws a page as PNG: see [`super::render`].
    ///
    /// # Errors
    /// As [`Self::read`], and `no-such-page`.
    pub async fn render(&self, bytes: Vec<u8>, kind: DocumentKind, page: u32, dpi: u32) -> Result<Vec<u8>, ReadError> {
        match self.ask(Request::Render { kind, page, dpi }, bytes).await? {
            (Reply::Png, body) => Ok(body),
            _ => Err(crashed("it gave another answer")),
        }
    }

    /// Opens a document and counts its pages (0 for an XML): see [`super::probe`].
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn probe(&self, bytes: Vec<u8>, kind: DocumentKind) -> Result<u32, ReadError> {
        match self.ask(Request::Probe { kind }, bytes).await? {
            (Reply::Pages { pages }, _) => Ok(pages),
            _ => Err(crashed("it gave another answer")),
        }
    }

    /// The e-invoice in a document, whole: see [`super::show`].
    ///
    /// # Errors
    /// As [`Self::read`], and `no-einvoice`.
    pub async fn einvoice(&self, bytes: Vec<u8>, kind: DocumentKind) -> Result<Einvoice, ReadError> {
        match self.ask(Request::Einvoice { kind }, bytes).await? {
            (Reply::Einvoice, body) => {
                serde_json::from_slice(&body).map_err(|error| crashed(&format!("its answer is no e-invoice: {error}")))
            }
            _ => Err(crashed("it gave another answer")),
        }
    }

    /// A file that a document carries: see [`super::attachment`].
    ///
    /// # Errors
    /// As [`Self::read`], and `no-such-attachment`.
    pub async fn attachment(&self, bytes: Vec<u8>, kind: DocumentKind, index: usize) -> Result<AttachedFile, ReadError> {
        match self.ask(Request::Attachment { kind, index }, bytes).await? {
            (Reply::Attachment { about }, bytes) => Ok(AttachedFile { about, bytes }),
            _ => Err(crashed("it gave another answer")),
        }
    }

    async fn ask(&self, request: Request, bytes: Vec<u8>) -> Result<(Reply, Vec<u8>), ReadError> {
        let _permit =
            self.shared.permits.acquire().await.map_err(|_| ReadError::new("reader-unavailable", "The reader is shutting down."))?;
        // A child that sat idle may have died meanwhile (the system killed it): then a fresh one is asked.
        if let Some(reader) = self.take_idle() {
            match self.exchange(reader, request, &bytes).await {
                Err(Failure::Gone(_)) => {}
                other => return other.map_err(|failure| self.given_up(failure)).and_then(told),
            }
        }
        let reader =
            self.start().map_err(|error| ReadError::new("reader-unavailable", format!("The reader cannot be started: {error}")))?;
        self.exchange(reader, request, &bytes).await.map_err(|failure| self.given_up(failure)).and_then(told)
    }

    fn take_idle(&self) -> Option<Reader> {
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn start(&self) -> io::Result<Reader> {
        let mut command = Command::new(&self.shared.program);
        command.arg("read-child").env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the child has no pipes"));
        };
        Ok(Reader { child, input, output, served: 0 })
    }

    /// One request and its answer. The child goes back to the pool where it answered; otherwise it is
    /// dropped, which kills it.
    async fn exchange(&self, mut reader: Reader, request: Request, bytes: &[u8]) -> Result<(Reply, Vec<u8>), Failure> {
        let answered = tokio::time::timeout(self.shared.time_limit, reader.exchange(request, bytes)).await;
        let answer = match answered {
            Err(_) => return Err(Failure::Late),
            Ok(Err(error)) => return Err(Failure::Gone(reader.obituary(&error).await)),
            Ok(Ok(answer)) => answer,
        };
        reader.served += 1;
        if reader.served < DOCUMENTS_A_CHILD {
            self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        }
        Ok(answer)
    }

    fn given_up(&self, failure: Failure) -> ReadError {
        match failure {
            Failure::Late => {
                let seconds = self.shared.time_limit.as_secs_f32();
                ReadError::new("reader-timeout", format!("Reading took longer than {seconds} seconds and was given up."))
            }
            Failure::Gone(cause) => crashed(&cause),
        }
    }
}

impl Reader {
    async fn exchange(&mut self, request: Request, bytes: &[u8]) -> io::Result<(Reply, Vec<u8>)> {
        let (start, size) = protocol::frame(&request, bytes)?;
        self.input.write_all(&start).await?;
        self.input.write_all(&size).await?;
        self.input.write_all(bytes).await?;
        self.input.flush().await?;
        let mut size = [0; 4];
        self.output.read_exact(&mut size).await?;
        let mut head = vec![0; protocol::checked(size, true)?];
        self.output.read_exact(&mut head).await?;
        self.output.read_exact(&mut size).await?;
        let mut body = vec![0; protocol::checked(size, false)?];
        self.output.read_exact(&mut body).await?;
        Ok((serde_json::from_slice(&head)?, body))
    }

    /// How a child ended, in words.
    async fn obituary(&mut self, error: &io::Error) -> String {
        match tokio::time::timeout(Duration::from_secs(2), self.child.wait()).await {
            Ok(Ok(status)) => format!("it ended with {status}"),
            _ => error.to_string(),
        }
    }
}

fn told((reply, body): (Reply, Vec<u8>)) -> Result<(Reply, Vec<u8>), ReadError> {
    match reply {
        Reply::Failed { error } => Err(error),
        reply => Ok((reply, body)),
    }
}

fn crashed(cause: &str) -> ReadError {
    ReadError::new("reader-crashed", format!("The document broke its reader ({cause}); it may be damaged."))
}
