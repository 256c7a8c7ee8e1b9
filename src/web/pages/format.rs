//! Values as people read them.

use jiff::Timestamp;

/// `2026-11-25 21:03`, UTC.
pub(super) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// `in 3 h`, `in 2 d`, `4 h late`.
pub(super) fn until(due: Timestamp, now: Timestamp) -> String {
    let seconds = due.duration_since(now).as_secs();
    let text = span(seconds.unsigned_abs());
    if seconds >= 0 { format!("in {text}") } else { format!("{text} late") }
}

/// `5 min ago`.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs().max(0).unsigned_abs();
    if seconds < 60 { "just now".to_owned() } else { format!("{} ago", span(seconds)) }
}

fn span(seconds: u64) -> String {
    match seconds {
        0..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", (seconds + 1800) / 3600),
        _ => format!("{} d", (seconds + 43_200) / 86_400),
    }
}

/// A plain decimal with its thousands apart (by narrow no-break spaces): `1 005.55`.
pub(super) fn grouped(amount: &str) -> String {
    let (sign, rest) = amount.strip_prefix('-').map_or(("", amount), |rest| ("−", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(w, f)| (w, Some(f)));
    if !whole.bytes().all(|b| b.is_ascii_digit()) {
        return amount.to_owned();
    }
    let mut out = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// `likely-duplicate` → `Likely duplicate`.
pub(super) fn words(code: &str) -> String {
    let text = code.replace(['-', '_'], " ").replace("einvoice", "e-invoice");
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A share as whole percent, never rounded up to a certainty that is none.
pub(super) fn percent(share: f64) -> u8 {
    let clamped = (share.clamp(0.0, 1.0) * 100.0).round();
    let whole = if share < 1.0 { clamped.min(99.0) } else { clamped };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
    {
        whole as u8
    }
}

/// Bytes for people.
pub(super) fn size(bytes: i64) -> String {
    match bytes {
        ..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} kB", bytes / 1024),
        _ => format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn values_read_well() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(until(now + SignedDuration::from_hours(3), now), "in 3 h");
        assert_eq!(until(now - SignedDuration::from_hours(72), now), "3 d late");
        assert_eq!(ago(now - SignedDuration::from_mins(5), now), "5 min ago");
        assert_eq!(grouped("1234567.5"), "1\u{202f}234\u{202f}567.5");
        assert_eq!(grouped("-100"), "−100");
        assert_eq!(grouped("n/a"), "n/a");
        assert_eq!(words("likely-duplicate"), "Likely duplicate");
        assert_eq!(words("einvoice-rule"), "E-invoice rule");
        assert_eq!((percent(0.999), percent(1.0), percent(0.004)), (99, 100, 0));
        assert_eq!((size(10), size(2048), size(2_621_440)), ("10 B".into(), "2 kB".into(), "2.5 MB".into()));
    }
}
