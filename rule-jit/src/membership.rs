//! Sets of words as cuckoo hashes: membership is two loads and two compares, whatever the size of
//! the set.
//!
//! A key stands at one of two places: `key * multiplier >> shift`, for each of two multipliers.
//! Empty places hold a copy of some key of the set: finding it there is right too, so no word is
//! reserved as "empty".
//!
//! Source: Pagh and Rodler, Cuckoo Hashing, 2004; multiplicative hashing as Knuth, TAOCP 3, 6.4.

use std::sync::Arc;

/// Sets up to this size are compared inline.
pub(crate) const FEW: usize = 4;

/// A set of words.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) places: Arc<[u64]>,
    /// Odd.
    pub(crate) multipliers: [u64; 2],
    /// How far a product is shifted down to become a place.
    pub(crate) shift: u32,
}

impl Table {
    /// Builds the table of `keys`, distinct and at least one; `None` only if no multipliers
    /// serve, which the growing table makes impossible in practice.
    pub(crate) fn new(keys: &[u64]) -> Option<Self> {
        let first = *keys.first()?;
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        // Less than half full to begin with; every eighth failure doubles the room.
        let bits_min = (keys.len() * 2 + 1).next_power_of_two().trailing_zeros();
        for attempt in 0..64 {
            let shift = 64 - (bits_min + attempt / 8);
            let multipliers = [splitmix(&mut seed) | 1, splitmix(&mut seed) | 1];
            if let Some(places) = fill(keys, multipliers, shift) {
                let places = places.into_iter().map(|key| key.unwrap_or(first)).collect();
                return Some(Self {
                    places,
                    multipliers,
                    shift,
                });
            }
        }
        None
    }
}

fn place(key: u64, multiplier: u64, shift: u32) -> usize {
    (key.wrapping_mul(multiplier) >> shift) as usize
}

/// Places every key, moving others to their second place, or gives up after many moves.
fn fill(keys: &[u64], multipliers: [u64; 2], shift: u32) -> Option<Vec<Option<u64>>> {
    let mut places = vec![None; 1 << (64 - shift)];
    for key in keys {
        let mut key = *key;
        let mut at = place(key, multipliers[0], shift);
        let mut moves = 0;
        while let Some(evicted) = places.get_mut(at)?.replace(key) {
            moves += 1;
            if moves > 64 {
                return None;
            }
            // Whoever is evicted goes to the other of its two places.
            let [one, other] = multipliers.map(|multiplier| place(evicted, multiplier, shift));
            at = if at == one { other } else { one };
            key = evicted;
        }
    }
    Some(places)
}

/// Source: Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(table: &Table, key: u64) -> bool {
        table
            .multipliers
            .into_iter()
            .any(|multiplier| table.places[place(key, multiplier, table.shift)] == key)
    }

    #[test]
    fn a_table_holds_its_keys_and_no_others() {
        for count in [1, 5, 100, 5_000, 10_000] {
            let keys: Vec<u64> = (0..count).map(|key| key * 3).collect();
            let table = Table::new(&keys).unwrap();
            assert!(table.places.len() <= keys.len() * 8, "{count}");
            for key in 0..count * 3 {
                assert_eq!(contains(&table, key), key % 3 == 0, "{key} of {count}");
            }
        }
    }
}
