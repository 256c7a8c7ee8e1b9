//! Failure points: named places at which a test kills the process, to prove that nothing is lost or
//! done twice. Enumerated, so that coverage can be counted; compiled out of release builds.
//!
//! `COUNTERSIGN_FAILPOINT=post-sent:3` aborts the process at the third passing of `post-sent`.

/// Every failure point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failpoint {
    /// An upload was accepted but not stored.
    UploadAccepted,
    /// An upload is stored; the caller has no answer yet.
    UploadStored,
    /// A case is marked as being read.
    ReadStarted,
    /// Fields are extracted, nothing is written.
    ReadExtracted,
    /// Fields are written, the worker has not gone on.
    ReadWritten,
    /// Findings are there, nothing is written.
    ScreenScored,
    /// The case is decided and written.
    ScreenWritten,
    /// Nothing speaks against the posting; it is not yet marked as being sent.
    PostChecked,
    /// The posting is marked as being sent.
    PostStarted,
    /// The ERP has it; we have not written that.
    PostSent,
    /// The case is posted and written.
    PostWritten,
    /// History is scored; nothing is written.
    RescoringScored,
    /// A run over history is written; its files are still there.
    RescoringWritten,
    /// A decision is computed, not written.
    DecisionComputed,
    /// A decision is written; the caller has no answer yet.
    DecisionWritten,
}

impl Failpoint {
    /// Every failure point.
    pub const ALL: &'static [Self] = &[
        Self::UploadAccepted,
        Self::UploadStored,
        Self::ReadStarted,
        Self::ReadExtracted,
        Self::ReadWritten,
        Self::ScreenScored,
        Self::ScreenWritten,
        Self::PostChecked,
        Self::PostStarted,
        Self::PostSent,
        Self::PostWritten,
        Self::RescoringScored,
        Self::RescoringWritten,
        Self::DecisionComputed,
        Self::DecisionWritten,
    ];

    /// Its name in `COUNTERSIGN_FAILPOINT`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UploadAccepted => "upload-accepted",
            Self::UploadStored => "upload-stored",
            Self::ReadStarted => "read-started",
            Self::ReadExtracted => "read-extracted",
            Self::ReadWritten => "read-written",
            Self::ScreenScored => "screen-scored",
            Self::ScreenWritten => "screen-written",
            Self::PostChecked => "post-checked",
            Self::PostStarted => "post-started",
            Self::PostSent => "post-sent",
            Self::PostWritten => "post-written",
            Self::RescoringScored => "rescoring-scored",
            Self::RescoringWritten => "rescoring-written",
            Self::DecisionComputed => "decision-computed",
            Self::DecisionWritten => "decision-written",
        }
    }
}

/// Passes a failure point: dies here if the environment asks for it.
#[cfg(debug_assertions)]
pub fn pass(point: Failpoint) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicI64, Ordering};
    static ARMED: LazyLock<Option<(String, AtomicI64)>> = LazyLock::new(|| {
        let text = std::env::var("COUNTERSIGN_FAILPOINT").ok()?;
        let (name, count) = text.split_once(':').unwrap_or((&text, "1"));
        Some((name.to_owned(), AtomicI64::new(count.parse().unwrap_or(1))))
    });
    if let Some((name, left)) = &*ARMED
        && name == point.name()
        && left.fetch_sub(1, Ordering::SeqCst) == 1
    {
        // No destructor, no flush, no goodbye: as a SIGKILL.
        std::process::abort();
    }
}

/// Passes a failure point: nothing in a release build.
#[cfg(not(debug_assertions))]
pub fn pass(_point: Failpoint) {}
