//! The one hash of content: SHA-256, written as lower-case hexadecimal digits.

use sha2::{Digest as _, Sha256};

/// SHA-256 of `bytes`, 64 hexadecimal digits.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
