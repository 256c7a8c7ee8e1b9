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

/// Two arrays of [`reasons_text`] as one; `second_first` puts the second before the first.
pub(super) fn joined_reasons(first: &str, second: &str, second_first: bool) -> String {
    let (first, second) = if second_first { (second, first) } else { (first, second) };
    match (first.strip_suffix(']'), second.strip_prefix('[')) {
        (Some(head), Some(tail)) => format!("{head},{tail}"),
        (Some(_), None) => first.to_owned(),
        _ => second.to_owned(),
    }
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
        let other = vec![Reason::new("round", "A round amount", "1000")];
        let both = [other.clone(), reasons.clone()].concat();
        assert_eq!(joined_reasons(&reasons_text(&reasons), &reasons_text(&other), true), reasons_text(&both));
        assert_eq!(joined_reasons("", &reasons_text(&other), false), reasons_text(&other));
        assert_eq!(joined_reasons(&reasons_text(&other), "", false), reasons_text(&other));
        assert!((rounded(0.123_456_789) - 0.123_457).abs() < 1e-12);
        assert!(rounded(f64::NAN).is_nan() && rounded(2.0) == 1.0);
    }
}
