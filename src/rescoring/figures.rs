//! Figures and reasons as they are written: rounded, so that runs compare byte for byte.

use crate::domain::finding::Reason;

/// A score with six decimals.
pub(super) fn rounded(score: f64) -> f64 {
    (score.clamp(0.0, 1.0) * 1e6).round() / 1e6
}

/// Reasons as a JSON array of `{code, text, figure}`; empty where there are none.
pub(super) fn reasons_text(reasons: &[Reason]) -> String {
    if reasons.is_empty() { String::new() } else { serde_json::to_string(reasons).unwrap_or_default() }
}

/// The same read back.
pub(super) fn reasons_of(text: &str) -> Vec<Reason> {
    serde_json::from_str(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_round_trip_and_scores_are_rounded() {
        let reasons = vec![Reason::new("same-number", "The same \"number\"", "R-1")];
        assert_eq!(reasons_of(&reasons_text(&reasons)), reasons);
        assert_eq!(reasons_text(&[]), "");
        assert!((rounded(0.123_456_789) - 0.123_457).abs() < 1e-12);
        assert!(rounded(f64::NAN).is_nan() && rounded(2.0) == 1.0);
    }
}
