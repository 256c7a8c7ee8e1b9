//! Seeded chance for the simulator.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A seeded source of chance.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// From a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in `0..1`.
    pub fn unit(&mut self) -> f64 {
        self.0.random_range(0.0..1.0)
    }

    /// A rate that is next to none with probability `none`, else up to `most`, evenly by its logarithm
    /// over two and a half powers of ten.
    pub fn seldom(&mut self, none: f64, most: f64) -> f64 {
        if self.chance(none) { 0.0 } else { most * 10_f64.powf(-2.5 * self.unit()) }
    }

    /// Uniform integer, both ends included.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        if high <= low { low } else { self.0.random_range(low..=high) }
    }

    /// Uniform index below `len` (0 where `len` is 0).
    pub fn index(&mut self, len: usize) -> usize {
        if len < 2 { 0 } else { self.0.random_range(0..len) }
    }

    /// One of `items`, which must not be empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }

    /// Standard normal (sum of twelve uniforms).
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Index by weight.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut at = self.unit() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            at -= weight;
            if at < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// Digits as text, the first not 0.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count).map(|i| char::from(b'0' + self.range(i64::from(i == 0), 9) as u8)).collect()
    }

    /// Capital letters.
    pub fn letters(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'A' + self.range(0, 25) as u8)).collect()
    }

    /// A word of syllables, capitalized.
    pub fn word(&mut self) -> String {
        const HEADS: &[&str] = &[
            "b", "br", "c", "d", "dr", "f", "g", "gr", "h", "k", "kl", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v", "w", "z",
            "th", "sh",
        ];
        const HEARTS: &[&str] = &["a", "e", "i", "o", "u", "ai", "ea", "ou", "ei"];
        const TAILS: &[&str] = &["", "n", "r", "l", "s", "m", "ck", "nd", "rt", "x", "th", "ng"];
        let mut word = String::new();
        for _ in 0..self.range(2, 3) {
            word.push_str(HEADS[self.index(HEADS.len())]);
            word.push_str(HEARTS[self.index(HEARTS.len())]);
            if self.chance(0.5) {
                word.push_str(TAILS[self.index(TAILS.len())]);
            }
        }
        let mut chars = word.chars();
        chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
    }
}
