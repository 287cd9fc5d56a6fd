//! Who acts, and what a user is like.

use fastrand::Rng;

use super::{CATEGORIES, COUNTRIES, DEVICES, USERS};

const EXPONENT: f64 = 1.1;

/// Draws users by rank: the n-th acts in proportion to 1 / n^1.1.
#[derive(Debug, Clone)]
pub(super) struct Users {
    /// For each user, the share of all events of the users up to it.
    cumulative: Vec<f64>,
}

impl Users {
    pub(super) fn new() -> Self {
        let mut total = 0.0;
        let mut cumulative: Vec<f64> = (1..=USERS)
            .map(|rank| {
                total += (rank as f64).powf(-EXPONENT);
                total
            })
            .collect();
        for sum in &mut cumulative {
            *sum /= total;
        }
        Self { cumulative }
    }

    pub(super) fn draw(&self, rng: &mut Rng) -> u32 {
        let share = rng.f64();
        let rank = self.cumulative.partition_point(|sum| *sum <= share);
        rank.min(USERS - 1) as u32
    }
}

/// A user's country, which does not change.
pub(super) fn country(user: u32) -> &'static str {
    COUNTRIES[mixed(user, 1) % COUNTRIES.len()]
}

/// The device that a user has in hand most of the time.
pub(super) fn device(user: u32) -> &'static str {
    DEVICES[mixed(user, 2) % DEVICES.len()]
}

/// The category that a user looks at most of the time.
pub(super) fn category(user: u32) -> &'static str {
    CATEGORIES[mixed(user, 3) % CATEGORIES.len()]
}

/// A number that depends on a user and a purpose and on nothing else (splitmix64's finish).
fn mixed(user: u32, purpose: u64) -> usize {
    let mut bits = (u64::from(user) << 8 | purpose).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ bits >> 31) as u32 as usize
}
