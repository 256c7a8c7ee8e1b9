//! An index of earlier payables by blocking key, with bounded blocks.

use std::collections::HashMap;
use std::collections::VecDeque;

use super::features::Prepared;
use super::keys_of;

/// A key leads to so many of its latest payables at most: a block of hundreds of equal bills says
/// nothing that its last sixty do not say.
pub const MAX_BLOCK: usize = 24;

/// Earlier payables by key: push in order of entry, ask before pushing. Memory is linear in the
/// number of payables times [`super::MAX_KEYS`].
#[derive(Debug, Default)]
pub struct CandidateIndex {
    blocks: HashMap<u64, VecDeque<u32>>,
}

impl CandidateIndex {
    /// The positions of earlier payables that share a key with `later`, ascending.
    #[must_use]
    pub fn candidates(&self, later: &Prepared) -> Vec<u32> {
        let mut out: Vec<u32> = keys_of(later).iter().filter_map(|key| self.blocks.get(key)).flatten().copied().collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Adds a payable under a position that grows with every push.
    pub fn push(&mut self, payable: &Prepared, position: u32) {
        for key in keys_of(payable) {
            let block = self.blocks.entry(key).or_default();
            if block.len() == MAX_BLOCK {
                block.pop_front();
            }
            block.push_back(position);
        }
    }
}
