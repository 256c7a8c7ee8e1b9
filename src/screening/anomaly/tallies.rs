//! Counts, rates and ranks that are kept while a book goes by: bounded, exact in their order, the same
//! online and in batch.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The keys are hashes already.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// A map by hashed key.
pub(super) type Keyed<V> = HashMap<u64, V, BuildHasherDefault<AsIs>>;

/// So many different values of a kind are counted; later ones count as never seen.
pub(super) const KINDS: usize = 1 << 18;

/// The key of two values together.
pub(super) fn both(a: u64, b: u64) -> u64 {
    let mixed = (a ^ b.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

/// How often each value came.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    counts: Keyed<u32>,
    total: u32,
}

impl Tally {
    pub fn push(&mut self, key: u64) {
        self.total = self.total.saturating_add(1);
        if self.counts.len() < KINDS || self.counts.contains_key(&key) {
            *self.counts.entry(key).or_default() += 1;
        }
    }

    pub fn of(&self, key: u64) -> u32 {
        self.counts.get(&key).copied().unwrap_or(0)
    }

    /// Share of `key` with half a count for what never came (Krichevsky and Trofimov's estimate).
    pub fn share(&self, key: u64) -> f64 {
        (f64::from(self.of(key)) + 0.5) / (f64::from(self.total) + 0.5 * (self.counts.len() as f64 + 1.0))
    }
}

/// A share with `weight` counts of the more general share in it.
pub(super) fn backed_off(count: u32, total: u32, general: f64, weight: f64) -> f64 {
    (f64::from(count) + weight * general) / (f64::from(total) + weight)
}

/// A rate that forgets: about the last 4,000 observations count, and at first a prior of 50.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    value: f64,
    seen: f64,
}

impl Rate {
    const MEMORY: f64 = 4000.0;

    pub fn new(prior: f64) -> Self {
        Self { value: prior, seen: 50.0 }
    }

    pub fn push(&mut self, yes: bool) {
        self.seen = (self.seen + 1.0).min(Self::MEMORY);
        self.value += (f64::from(u8::from(yes)) - self.value) / self.seen;
    }

    /// The same for a quantity: a mean that forgets.
    pub fn push_value(&mut self, value: f64) {
        self.seen = (self.seen + 1.0).min(Self::MEMORY);
        self.value += (value - self.value) / self.seen;
    }

    pub fn value(&self) -> f32 {
        self.value as f32
    }
}

/// Counts of a quantity in `N` fixed bins.
#[derive(Debug, Clone)]
pub(super) struct Ranks<const N: usize> {
    bins: [u32; N],
    total: u32,
    low: f64,
    step: f64,
}

impl<const N: usize> Ranks<N> {
    /// Bins of width `step` from `low`; what lies outside counts in the outermost.
    pub fn new(low: f64, step: f64) -> Self {
        Self { bins: [0; N], total: 0, low, step }
    }

    fn bin(&self, value: f64) -> usize {
        (((value - self.low) / self.step).max(0.0) as usize).min(N - 1)
    }

    pub fn push(&mut self, value: f64) {
        let bin = self.bin(value);
        self.bins[bin] += 1;
        self.total += 1;
    }

    /// Share of earlier values from this one's bin on, smoothed by half a count; 1 where there are none.
    pub fn tail(&self, value: f64) -> f32 {
        let bin = self.bin(value);
        let below: u32 = self.bins[..bin].iter().sum();
        ((f64::from(self.total - below) + 0.5) / (f64::from(self.total) + 0.5)) as f32
    }

    /// Share of earlier values below this one, those of its own bin half; 0.5 where there are none.
    pub fn rank(&self, value: f64) -> f32 {
        let bin = self.bin(value);
        let below: u32 = self.bins[..bin].iter().sum();
        ((f64::from(below) + 0.5 * f64::from(self.bins[bin]) + 0.5) / (f64::from(self.total) + 1.0)) as f32
    }
}

/// Which pairs came already: a fixed set of bits by hash. A pair may be taken for known that is not, seldom.
#[derive(Debug, Clone)]
pub(super) struct Known {
    bits: Vec<u64>,
}

impl Known {
    /// Bits: 4 MiB.
    const BITS: usize = 1 << 25;

    pub fn new() -> Self {
        Self { bits: vec![0; Self::BITS / 64] }
    }

    /// Whether the pair is new; it is known from now on.
    pub fn learn(&mut self, key: u64) -> bool {
        let at = (key >> 7) as usize % Self::BITS;
        let (word, bit) = (at / 64, 1_u64 << (at % 64));
        let new = self.bits[word] & bit == 0;
        self.bits[word] |= bit;
        new
    }
}

/// Mean and spread of the logarithms of amounts (Welford's recurrence).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moments {
    count: u32,
    mean: f64,
    squares: f64,
}

impl Moments {
    pub fn push(&mut self, value: f64) {
        self.count += 1;
        let off = value - self.mean;
        self.mean += off / f64::from(self.count);
        self.squares += off * (value - self.mean);
    }

    /// How many came.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Deviations from the mean, with a broad prior (spread 1.5, five counts); 0 where nothing came.
    pub fn deviation(&self, value: f64) -> f32 {
        if self.count == 0 {
            return 0.0;
        }
        let spread = ((self.squares + 5.0 * 2.25) / (f64::from(self.count) + 5.0)).sqrt();
        let trust = f64::from(self.count) / (f64::from(self.count) + 2.0);
        (trust * (value - self.mean) / spread) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_rates_follow_what_came() {
        let mut ranks: Ranks<10> = Ranks::new(0.0, 1.0);
        assert_eq!(ranks.rank(3.0), 0.5);
        (0..10).for_each(|v| ranks.push(f64::from(v)));
        assert!(ranks.rank(-5.0) < 0.1 && ranks.rank(99.0) > 0.9 && (ranks.rank(5.0) - 0.54).abs() < 0.02);
        let mut rate = Rate::new(0.5);
        (0..1000).for_each(|_| rate.push(true));
        assert!(rate.value() > 0.95);
        let mut known = Known::new();
        assert!(known.learn(both(1, 2)) && !known.learn(both(1, 2)) && known.learn(both(2, 1)));
        let mut tally = Tally::default();
        tally.push(7);
        assert!(tally.share(7) > tally.share(8) && tally.share(8) > 0.0);
    }
}
