//! Keeps reading children and gives them work.
//!
//! There are two kinds of children. Plain ones read what has text of its own; they are small and there
//! is one a processor. Recognizing ones hold the OCR models, take several hundred megabytes and work on
//! several threads each; there are few, and one that nobody has needed for a while is let go. A PDF
//! goes to a plain child first and to a recognizing one only if pages are left without text; an image
//! goes there at once.
//!
//! A child serves one document after another. It is killed when it takes longer over a step (a
//! document, or a page of OCR) than the pool's patience, or over all steps than [`STEPS`] times that,
//! and replaced when it dies, is killed, or has served its share. It starts with an empty environment:
//! it needs no secret, so it gets none.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;

use super::protocol::{self, Reply, Request};
use super::recognition::Recognition;
use super::{ReadError, ReadOptions, issues};
use crate::domain::{AttachedFile, DocumentKind, Einvoice, Reading};

/// A child is replaced after so many documents, so that no leak can grow.
const DOCUMENTS_A_CHILD: u32 = 500;
/// The default patience with one step.
const TIME_LIMIT: Duration = Duration::from_secs(20);
/// A page of OCR may take so many times the patience: seconds on a free machine, more on a busy one.
const RECOGNITION_FACTOR: u32 = 3;
/// All steps of one document together may take so many times one step.
const STEPS: u32 = 5;
/// A recognizing child that was not needed for so long is let go.
const IDLE: Duration = Duration::from_secs(120);

/// A pool of reading children. Cheap to clone; all clones share the children.
#[derive(Clone)]
pub struct ReaderPool {
    shared: Arc<Shared>,
}

struct Shared {
    program: PathBuf,
    plain: Lane,
    recognizing: Option<(PathBuf, Lane)>,
}

/// Children of one kind.
struct Lane {
    arguments: Vec<OsString>,
    step: Duration,
    permits: Semaphore,
    idle: Mutex<Vec<Reader>>,
    /// How long an idle child is kept; for ever where absent.
    keep: Option<Duration>,
}

/// A running child.
struct Reader {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    served: u32,
    idle_since: Instant,
}

/// How talking to a child failed.
enum Failure {
    /// It did not answer in time.
    Late(Duration),
    /// It ended, or answered nonsense.
    Gone(String),
}

impl Lane {
    fn new(size: usize, step: Duration, arguments: Vec<OsString>, keep: Option<Duration>) -> Self {
        Self { arguments, step, permits: Semaphore::new(size.max(1)), idle: Mutex::default(), keep }
    }

    fn take(&self) -> Option<Reader> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn put(&self, mut reader: Reader) {
        reader.idle_since = Instant::now();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
    }

    /// Lets go of children that have been idle for too long: dropping kills them.
    fn tidy(&self) {
        if let Some(keep) = self.keep {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).retain(|reader| reader.idle_since.elapsed() < keep);
        }
    }
}

impl ReaderPool {
    /// At most `size` plain children of `program` (this binary: `std::env::current_exe`), started when
    /// needed, with a patience of 20 seconds; none that recognizes text.
    #[must_use]
    pub fn new(size: usize, program: PathBuf) -> Self {
        Self::with_time_limit(size, program, TIME_LIMIT)
    }

    /// The same with another patience.
    #[must_use]
    pub fn with_time_limit(size: usize, program: PathBuf, time_limit: Duration) -> Self {
        let plain = Lane::new(size, time_limit, vec!["read-child".into()], None);
        Self { shared: Arc::new(Shared { program, plain, recognizing: None }) }
    }

    /// The same with at most `size` further children that recognize text by the OCR models below
    /// `models`, if they are installed by then. They share the processors.
    #[must_use]
    pub fn with_recognition(self, size: usize, models: PathBuf) -> Self {
        let size = size.max(1);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = (cores / size).max(1).to_string();
        let arguments =
            ["read-child".into(), "--ocr-models".into(), models.clone().into_os_string(), "--ocr-threads".into(), threads.into()];
        let step = self.shared.plain.step * RECOGNITION_FACTOR;
        let recognizing = Lane::new(size, step, arguments.to_vec(), Some(IDLE));
        let plain =
            Lane::new(self.shared.plain.permits.available_permits(), self.shared.plain.step, self.shared.plain.arguments.clone(), None);
        Self { shared: Arc::new(Shared { program: self.shared.program.clone(), plain, recognizing: Some((models, recognizing)) }) }
    }

    /// Reads a document: see [`super::Reader::read`].
    ///
    /// # Errors
    /// [`ReadError`]; `reader-timeout` and `reader-crashed` where the child had to be given up.
    pub async fn read(&self, bytes: Vec<u8>, kind: DocumentKind, options: ReadOptions) -> Result<Reading, ReadError> {
        let recognizing = self.shared.recognizing.as_ref().filter(|(models, _)| Recognition::is_installed(models)).map(|(_, lane)| lane);
        let request = Request::Read { kind, options };
        if let Some(lane) = recognizing.filter(|_| kind.is_image()) {
            return reading(self.ask(lane, request, &bytes).await?).map(|(reading, _)| reading);
        }
        let (mut found, unread) = reading(self.ask(&self.shared.plain, request, &bytes).await?)?;
        let Some(lane) = recognizing.filter(|_| !unread.is_empty()) else { return Ok(found) };
        match self.ask(lane, request, &bytes).await.and_then(reading) {
            Ok((recognized, _)) => Ok(recognized),
            // What the plain child has read is there all the same.
            Err(error) => {
                found.issues.retain(|issue| ![issues::SCAN_WITHOUT_TEXT, issues::PAGES_WITHOUT_TEXT].contains(&issue.code.as_str()));
                found.issues.push(issues::recognition_failed(&found, &unread, &error.message));
                Ok(found)
            }
        }
    }

    /// Draws a page as the file has it: see [`Self::render_turned`].
    ///
    /// # Errors
    /// As there.
    pub async fn render(&self, bytes: Vec<u8>, kind: DocumentKind, page: u32, dpi: u32) -> Result<Vec<u8>, ReadError> {
        self.render_turned(bytes, kind, page, dpi, 0).await
    }

    /// Draws a page as PNG: see [`super::Reader::render`].
    ///
    /// # Errors
    /// As [`Self::read`], and `no-such-page`.
    pub async fn render_turned(&self, bytes: Vec<u8>, kind: DocumentKind, page: u32, dpi: u32, turns: u8) -> Result<Vec<u8>, ReadError> {
        match self.ask(&self.shared.plain, Request::Render { kind, page, dpi, turns }, &bytes).await? {
            (Reply::Png, body) => Ok(body),
            _ => Err(crashed("it gave another answer")),
        }
    }

    /// Opens a document and counts its pages (0 for an XML): see [`super::probe`].
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn probe(&self, bytes: Vec<u8>, kind: DocumentKind) -> Result<u32, ReadError> {
        match self.ask(&self.shared.plain, Request::Probe { kind }, &bytes).await? {
            (Reply::Pages { pages }, _) => Ok(pages),
            _ => Err(crashed("it gave another answer")),
        }
    }

    /// The e-invoice in a document, whole: see [`super::show`].
    ///
    /// # Errors
    /// As [`Self::read`], and `no-einvoice`.
    pub async fn einvoice(&self, bytes: Vec<u8>, kind: DocumentKind) -> Result<Einvoice, ReadError> {
        match self.ask(&self.shared.plain, Request::Einvoice { kind }, &bytes).await? {
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
        match self.ask(&self.shared.plain, Request::Attachment { kind, index }, &bytes).await? {
            (Reply::Attachment { about }, bytes) => Ok(AttachedFile { about, bytes }),
            _ => Err(crashed("it gave another answer")),
        }
    }

    async fn ask(&self, lane: &Lane, request: Request, bytes: &[u8]) -> Result<(Reply, Vec<u8>), ReadError> {
        let _permit = lane.permits.acquire().await.map_err(|_| ReadError::new("reader-unavailable", "The reader is shutting down."))?;
        // A child that sat idle may have died meanwhile (the system killed it): then a fresh one is asked.
        if let Some(reader) = lane.take() {
            match self.exchange(lane, reader, request, bytes).await {
                Err(Failure::Gone(_)) => {}
                other => return other.map_err(given_up).and_then(told),
            }
        }
        let reader =
            self.start(lane).map_err(|error| ReadError::new("reader-unavailable", format!("The reader cannot be started: {error}")))?;
        self.exchange(lane, reader, request, bytes).await.map_err(given_up).and_then(told)
    }

    fn start(&self, lane: &Lane) -> io::Result<Reader> {
        let mut command = Command::new(&self.shared.program);
        command.args(&lane.arguments).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the child has no pipes"));
        };
        Ok(Reader { child, input, output, served: 0, idle_since: Instant::now() })
    }

    /// One request and its answer. The child goes back to the pool where it answered; otherwise it is
    /// dropped, which kills it.
    async fn exchange(&self, lane: &Lane, mut reader: Reader, request: Request, bytes: &[u8]) -> Result<(Reply, Vec<u8>), Failure> {
        let late = |limit| move |_| Failure::Late(limit);
        let mut sent = false;
        let all = lane.step * STEPS;
        let conversation = async {
            loop {
                let step = async {
                    if !std::mem::replace(&mut sent, true) {
                        reader.send(request, bytes).await?;
                    }
                    reader.receive().await
                };
                match tokio::time::timeout(lane.step, step).await.map_err(late(lane.step))? {
                    Ok((Reply::Working { .. }, _)) => {}
                    Ok(answer) => return Ok(answer),
                    Err(error) => return Err(Failure::Gone(reader.obituary(&error).await)),
                }
            }
        };
        let answer = tokio::time::timeout(all, conversation).await.map_err(late(all))??;
        reader.served += 1;
        if reader.served < DOCUMENTS_A_CHILD {
            lane.put(reader);
            self.let_go_later(lane);
        }
        Ok(answer)
    }

    /// Looks after the keeping time whether the child that just became idle still is.
    fn let_go_later(&self, lane: &Lane) {
        let Some(keep) = lane.keep else { return };
        let shared = Arc::downgrade(&self.shared);
        tokio::spawn(async move {
            tokio::time::sleep(keep).await;
            if let Some((_, lane)) = shared.upgrade().as_ref().and_then(|shared| shared.recognizing.as_ref()) {
                lane.tidy();
            }
        });
    }
}

fn given_up(failure: Failure) -> ReadError {
    match failure {
        Failure::Late(limit) => {
            let seconds = limit.as_secs_f32();
            ReadError::new("reader-timeout", format!("Reading took longer than {seconds} seconds and was given up."))
        }
        Failure::Gone(cause) => crashed(&cause),
    }
}

/// A reading and the pages without usable text that were not recognized.
fn reading((reply, body): (Reply, Vec<u8>)) -> Result<(Reading, Vec<u32>), ReadError> {
    let Reply::Reading { unread } = reply else { return Err(crashed("it gave another answer")) };
    let reading = serde_json::from_slice(&body).map_err(|error| crashed(&format!("its answer is not a reading: {error}")))?;
    Ok((reading, unread))
}

impl Reader {
    async fn send(&mut self, request: Request, bytes: &[u8]) -> io::Result<()> {
        let (start, size) = protocol::frame(&request, bytes)?;
        self.input.write_all(&start).await?;
        self.input.write_all(&size).await?;
        self.input.write_all(bytes).await?;
        self.input.flush().await
    }

    async fn receive(&mut self) -> io::Result<(Reply, Vec<u8>)> {
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
