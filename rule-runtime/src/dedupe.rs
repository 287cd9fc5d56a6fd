//! Which facts have been applied already: of copies of one id, the first in the log counts.

use std::cmp::Reverse;
use std::collections::{HashSet, VecDeque};

use xxhash_rust::xxh3::xxh3_128;

use crate::memory::{hash_table_bytes, queue_bytes};

/// How long an id is remembered, in milliseconds of stamp time.
pub(crate) const REMEMBERED_MS: i64 = 24 * 3_600_000;
/// How many ids of one user are remembered; of more within the time, the latest.
pub(crate) const REMEMBERED_IDS_MAX: usize = 1_000_000;
/// Up to here a scan is faster than a hash set.
const SCANNED_MAX: usize = 32;

/// The ids of one user's recent facts, as hashes. Of a hundred thousand ids within the time, two
/// have one hash in one of four thousand million users.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dedupe {
    /// (stamp, hash), stamps ascending.
    pub(crate) recent: VecDeque<(i64, u64)>,
    /// The same hashes, where there are many; else nothing.
    index: HashSet<u64, foldhash::fast::FixedState>,
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
        // The lower half: what states of version 1 hold is more of the same.
        let hash = xxh3_128(id.as_bytes()) as u64;
        if self.contains(hash) {
            return false;
        }
        self.push(now, hash);
        true
    }

    /// Adds a hash that is not there, at a stamp that is not earlier than the last.
    pub(crate) fn push(&mut self, stamp: i64, hash: u64) {
        if self.recent.len() >= REMEMBERED_IDS_MAX {
            self.forget_oldest();
        }
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
        let mut both: Vec<(i64, u64)> = both.map(|(stamp, id)| (*stamp.min(&now), *id)).collect();
        both.sort_unstable_by_key(|(stamp, hash)| (*hash, Reverse(*stamp)));
        both.dedup_by_key(|(_, hash)| *hash);
        both.sort_unstable();
        *self = Self::default();
        for (stamp, hash) in both {
            self.push(stamp, hash);
        }
        self.forget(now);
    }

    /// The bytes on the heap; an estimate.
    pub(crate) fn heap_bytes(&self) -> usize {
        queue_bytes(&self.recent) + hash_table_bytes(self.index.capacity(), size_of::<u64>())
    }

    fn contains(&self, hash: u64) -> bool {
        if self.index.is_empty() {
            self.recent.iter().any(|(_, seen)| *seen == hash)
        } else {
            self.index.contains(&hash)
        }
    }

    fn forget(&mut self, now: i64) {
        let oldest = now.saturating_sub(REMEMBERED_MS);
        while self
            .recent
            .front()
            .is_some_and(|(stamp, _)| *stamp < oldest)
        {
            self.forget_oldest();
        }
        if self.recent.len() <= SCANNED_MAX && self.index.capacity() > 0 {
            self.index = HashSet::default();
            self.recent.shrink_to(SCANNED_MAX);
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, hash)) = self.recent.pop_front() {
            self.index.remove(&hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_remembered_for_a_day_of_stamps() {
        let mut seen = Dedupe::default();
        assert!(seen.insert("a", 0));
        assert!(!seen.insert("a", REMEMBERED_MS));
        assert!(seen.insert("a", REMEMBERED_MS + 1));
    }

    #[test]
    fn many_ids_take_about_sixteen_bytes_each_and_an_index_and_go_again() {
        let mut seen = Dedupe::default();
        for id in 0..10_000_i64 {
            assert!(seen.insert(&id.to_string(), id));
        }
        assert!((0..10_000_i64).all(|id| !seen.insert(&id.to_string(), 10_000)));
        assert!(seen.heap_bytes() < 10_000 * 48, "{}", seen.heap_bytes());
        assert!(seen.insert("later", 2 * REMEMBERED_MS));
        assert!(seen.heap_bytes() < 1_000, "{}", seen.heap_bytes());
    }

    #[test]
    fn beyond_the_limit_the_oldest_are_forgotten() {
        let mut seen = Dedupe::default();
        for hash in 0..=REMEMBERED_IDS_MAX as u64 {
            seen.push(0, hash);
        }
        assert_eq!(seen.recent.len(), REMEMBERED_IDS_MAX);
        assert!(!seen.contains(0) && seen.contains(1));
    }

    #[test]
    fn united_each_id_is_remembered_from_its_last_stamp() {
        let (mut one, mut other) = (Dedupe::default(), Dedupe::default());
        for (seen, id, stamp) in [(0, "a", 5), (1, "a", 7), (1, "b", 9)] {
            [&mut one, &mut other][seen].insert(id, stamp);
        }
        one.unite(&other, 8);
        let stamps: Vec<i64> = one.recent.iter().map(|(stamp, _)| *stamp).collect();
        assert_eq!(stamps, [7, 8]);
        assert!(!one.insert("a", 8) && !one.insert("b", 8));
    }
}
