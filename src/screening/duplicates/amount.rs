//! How two amounts relate: equal, with tax, digits swapped, decimal point moved, a part, reversed.
//!
//! Amounts are compared in hundredths of the currency unit.

use rust_decimal::Decimal;

/// Rates that turn a net amount into a gross one in the countries of the EU, the UK and Switzerland.
const TAX_FACTORS: &[f64] = &[
    1.05, 1.055, 1.06, 1.07, 1.077, 1.081, 1.09, 1.10, 1.12, 1.13, 1.14, 1.15, 1.17, 1.175, 1.18, 1.19, 1.20, 1.21, 1.22, 1.23, 1.24, 1.25,
    1.255, 1.27,
];

/// Hundredths of the unit, rounded; amounts beyond the range of `i64` saturate.
#[must_use]
pub fn hundredths(amount: Decimal) -> i64 {
    let mut rounded = amount.round_dp(2);
    rounded.rescale(2);
    let limit = if rounded.is_sign_negative() { i64::MIN } else { i64::MAX };
    i64::try_from(rounded.mantissa()).unwrap_or(limit)
}

/// What two amounts have to do with each other; `a` was first.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AmountRelation {
    /// Equal to the cent.
    pub equal: bool,
    /// Same size, other sign.
    pub opposite: bool,
    /// Both are positive.
    pub both_positive: bool,
    /// Natural logarithm of |b / a|, clipped to ±3.
    pub log_ratio: f32,
    /// One is the other with a usual tax rate.
    pub with_tax: bool,
    /// Same digits with the decimal point elsewhere.
    pub shifted: bool,
    /// Same digits, two neighbours swapped.
    pub transposed: bool,
    /// One digit differs.
    pub one_digit: bool,
    /// Less than one percent apart, not equal.
    pub near: bool,
    /// `b` is a plain part of `a` (a half, a third, a tenth …).
    pub part: bool,
    /// `b` is smaller than `a`.
    pub smaller: bool,
    /// Natural logarithm of the smaller size in units plus one.
    pub log_size: f32,
    /// Zeros at the end of the smaller amount's hundredths.
    pub round_zeros: f32,
}

/// Measures two amounts in hundredths.
#[must_use]
pub fn relate(a: i64, b: i64) -> AmountRelation {
    let (x, y) = (a.unsigned_abs(), b.unsigned_abs());
    let (small, large) = (x.min(y), x.max(y));
    let mut out = AmountRelation {
        equal: a == b,
        opposite: a != 0 && a == b.saturating_neg(),
        both_positive: a > 0 && b > 0,
        smaller: y < x,
        log_size: (small as f64 / 100.0).ln_1p() as f32,
        round_zeros: zeros(small) as f32,
        ..AmountRelation::default()
    };
    if small == 0 {
        return out;
    }
    let ratio = large as f64 / small as f64;
    out.log_ratio = (y as f64 / x as f64).ln().clamp(-3.0, 3.0) as f32;
    if x == y {
        return out;
    }
    let slack = 1.0 + 0.012 * 100.0 / small as f64;
    out.with_tax = TAX_FACTORS.iter().any(|f| ratio / f < 1.00006 * slack && f / ratio < 1.00006 * slack);
    out.shifted = [10, 100, 1000].iter().any(|f| small.checked_mul(*f).is_some_and(|v| v.abs_diff(large) < *f));
    out.near = ratio < 1.01;
    out.part = out.smaller && is_part(ratio);
    (out.transposed, out.one_digit) = digits_apart(x, y, out.shifted);
    out
}

/// Whether two amounts have to do with each other, short of being equal: tax, a moved decimal point, one
/// digit, two swapped digits, or nearly equal.
#[must_use]
pub fn is_related(a: i64, b: i64) -> bool {
    let r = relate(a, b);
    r.with_tax || r.shifted || r.transposed || r.one_digit || (r.log_ratio.abs() < 0.06 && a != b)
}

/// The decimal digits of `value`, the last first, and how many.
fn digits_of(mut value: u64) -> ([u8; 20], usize) {
    let (mut digits, mut length) = ([0_u8; 20], 0);
    while value > 0 {
        digits[length] = (value % 10) as u8;
        (value, length) = (value / 10, length + 1);
    }
    (digits, length)
}

/// (two neighbours are swapped, one digit is another, missing or too many).
fn digits_apart(x: u64, y: u64, shifted: bool) -> (bool, bool) {
    let ((p, n), (q, m)) = (digits_of(x), digits_of(y));
    if n == m {
        let apart = |at: &usize| p[*at] != q[*at];
        let count = (0..n).filter(apart).count();
        let first = (0..n).find(apart).unwrap_or(0);
        let swapped = count == 2 && first + 1 < n && p[first] == q[first + 1] && p[first + 1] == q[first];
        return (swapped, count == 1);
    }
    let ((short, shorter), (long, longer)) = if n < m { ((p, n), (q, m)) } else { ((q, m), (p, n)) };
    if longer != shorter + 1 || shifted {
        return (false, false);
    }
    // The longer number without one digit is the shorter.
    let head = (0..shorter).take_while(|at| short[*at] == long[*at]).count();
    (false, (head..shorter).all(|at| short[at] == long[at + 1]))
}

fn zeros(mut value: u64) -> u32 {
    let mut count = 0;
    while value > 0 && value.is_multiple_of(10) {
        (value, count) = (value / 10, count + 1);
    }
    count
}

fn is_part(ratio: f64) -> bool {
    const PARTS: &[f64] = &[2.0, 3.0, 1.5, 4.0, 4.0 / 3.0, 5.0, 2.5, 5.0 / 3.0, 1.25, 10.0 / 3.0, 10.0 / 7.0, 10.0];
    PARTS.iter().any(|p| (ratio - p).abs() < 0.0004 * p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_of_amounts() {
        assert!(relate(10_000, 11_900).with_tax && relate(11_900, 10_000).with_tax);
        assert!(relate(123_456, 1_234_560).shifted);
        assert!(relate(123_456, 124_356).transposed);
        assert!(relate(123_456, 123_956).one_digit);
        assert!(relate(90_000, 30_000).part && !relate(30_000, 90_000).part);
        assert!(relate(123_456, 12_456).one_digit && !relate(123_456, 12_346).transposed);
        assert!(is_related(10_000, 9_800) && !is_related(10_000, 7_000) && !is_related(10_000, 10_000));
        assert!(relate(5_000, -5_000).opposite);
        assert!(relate(5_000, 5_000).equal);
        assert!(!relate(10_000, 11_300 + 57).with_tax);
    }

    #[test]
    fn hundredths_round() {
        assert_eq!(hundredths("1005.55".parse().unwrap()), 100_555);
        assert_eq!(hundredths("-3".parse().unwrap()), -300);
        assert_eq!(hundredths(Decimal::MAX), i64::MAX);
    }
}
