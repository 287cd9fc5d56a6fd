//! Which facts have been applied already: of copies of one id, the first in the log counts.

use std::cmp::Reverse;
use std::collections::{HashSet, VecDeque};

use xxhash_rust::xxh3::xxh3_128;

/// How long an id is remembered, in milliseconds of stamp time.
pub(crate) const REMEMBERED_MS: i64 = 24 * 3_600_000;
/// Up to here a scan is faster than a hash set.
const SCANNED_MAX: usize = 32;

/// The ids of one user's recent facts, as 128-bit hashes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dedupe {
    /// (stamp, hash), stamps ascending.
    pub(crate) recent: VecDeque<(i64, u128)>,
    /// The same hashes, where there are many.
    index: HashSet<u128>,
}

impl PartialEq for Dedupe {
    fn eq(&self, other: &Self) -> bool {
        self.recent == other.recent
    }
}

impl Dedupe {
    /// Remembers `id` at `now`; `false` if it is remembered already.
    pub(crate) fn insert(&mut self, id: &str, now: i64) -> bool {
        self.forget(now);
        let hash = xxh3_128(id.as_bytes());
        if self.contains(hash) {
            return false;
        }
        self.push(now, hash);
        true
    }

    /// Adds a hash that is not there.
    pub(crate) fn push(&mut self, stamp: i64, hash: u128) {
        self.recent.push_back((stamp, hash));
        if !self.index.is_empty() {
            self.index.insert(hash);
        } else if self.recent.len() > SCANNED_MAX {
            self.index = self.recent.iter().map(|(_, hash)| *hash).collect();
        }
    }

    /// Remembers what another remembers at `now`.
    pub(crate) fn unite(&mut self, other: &Self, now: i64) {
        let both = self.recent.iter().chain(&other.recent);
        // Another partition's stamps may be ahead.
        let mut both: Vec<(i64, u128)> = both.map(|(stamp, id)| (*stamp.min(&now), *id)).collect();
        both.sort_unstable_by_key(|(stamp, hash)| (*hash, Reverse(*stamp)));
        both.dedup_by_key(|(_, hash)| *hash);
        both.sort_unstable();
        *self = Self::default();
        for (stamp, hash) in both {
            self.push(stamp, hash);
        }
        self.forget(now);
    }

    fn contains(&self, hash: u128) -> bool {
        if self.index.is_empty() {
            self.recent.iter().any(|(_, seen)| *seen == hash)
        } else {
            self.index.contains(&hash)
        }
    }

    fn forget(&mut self, now: i64) {
        let oldest = now.saturating_sub(REMEMBERED_MS);
        while let Some((_, hash)) = self.recent.pop_front_if(|(stamp, _)| *stamp < oldest) {
            self.index.remove(&hash);
        }
    }
}
