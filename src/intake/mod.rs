//! Intake: bytes become an accepted document, or a refusal that says what is wrong.
//!
//! Runs once per upload, before anything is stored. The type is told by content alone; the file's
//! name and the sender's media type are never asked. It refuses what is empty, too large, of another
//! type, or XML that is not well-formed, declares a document type, or nests absurdly. A PDF is only
//! looked at from outside here: what opens it is the reading child (`probe`).

mod sniff;
mod wellformed;

use crate::domain::hash::sha256_hex;

use crate::domain::DocumentKind;

/// What an installation accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest file, in bytes.
    pub max_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 25 * 1024 * 1024 }
    }
}

/// A document that may be stored and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The file, byte for byte.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Its type by content. A PDF stands as [`DocumentKind::Pdf`] until reading finds an attached XML.
    pub kind: DocumentKind,
}

/// The kinds of document that are accepted, in words.
pub const ACCEPTED_KINDS: &str = "PDF, UBL, CII or FatturaPA XML (also .p7m), PNG, JPEG, TIFF, WebP, BMP, GIF and HEIC";

/// Why a file is refused. The message is for the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// Above [`Limits::max_bytes`].
    #[error("the file has {size} bytes; the limit is {limit} bytes")]
    TooLarge {
        /// Bytes received.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// Not one of the accepted kinds.
    #[error("this looks like {looks_like}, which is not accepted; accepted are {ACCEPTED_KINDS}")]
    UnsupportedType {
        /// What the content looks like.
        looks_like: String,
    },
    /// Of an accepted kind, but damaged.
    #[error("the file is damaged: {0}")]
    Broken(String),
    /// A PDF that opens only with a password.
    #[error("the PDF is protected by a password; send it without one")]
    PasswordProtected,
}

impl Rejection {
    /// The refusal of a document that the reading child could not open (its code and message).
    #[must_use]
    pub fn unopened(code: &str, message: &str) -> Self {
        if code == "password-protected" { Self::PasswordProtected } else { Self::Broken(message.to_owned()) }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty-file",
            Self::TooLarge { .. } => "too-large",
            Self::UnsupportedType { .. } => "unsupported-type",
            Self::Broken(_) => "broken-file",
            Self::PasswordProtected => "password-protected",
        }
    }
}

/// Accepts a file or says why not.
///
/// # Errors
/// A [`Rejection`].
pub fn accept(bytes: Vec<u8>, limits: &Limits) -> Result<Accepted, Rejection> {
    if bytes.is_empty() {
        return Err(Rejection::Empty);
    }
    if bytes.len() > limits.max_bytes {
        return Err(Rejection::TooLarge { size: bytes.len(), limit: limits.max_bytes });
    }
    let kind = sniff::kind(&bytes)?;
    Ok(Accepted { sha256: sha256_hex(&bytes), bytes, kind })
}

#[cfg(test)]
mod tests;
