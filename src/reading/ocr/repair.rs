//! Repairs of words: what the recognizer's alphabet lacks.

/// A word repaired.
pub(super) fn word(text: &str) -> String {
    text.to_owned()
}
