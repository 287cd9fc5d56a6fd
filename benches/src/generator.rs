//! The load of the throughput figure, the same for everybody: 1,000 segments over 200 distinct
//! aggregates, and events of 500,000 users of whom a few are very busy (Zipf, exponent 1.1).
//!
//! An event touches at least 20 aggregates, and on average flips at least one predicate: tests
//! hold both. Seeds are fixed; the same count of events gives the same bytes.

mod events;
mod segments;
mod users;

pub use events::{BEGIN, END, Events, GeneratedEvent, Kind, Property};
pub use segments::{GeneratedSegment, rule_set, schema, segments, segments_json};

/// How many users there are.
pub const USERS: usize = 500_000;
/// How many segments there are.
pub const SEGMENTS: usize = 1_000;
/// How many distinct aggregates the segments read.
pub const AGGREGATES: usize = 200;

/// Product categories, the first ones named by aggregates.
pub const CATEGORIES: [&str; 12] = [
    "electronics",
    "books",
    "toys",
    "garden",
    "sports",
    "fashion",
    "beauty",
    "grocery",
    "music",
    "office",
    "pets",
    "travel",
];
/// Countries, the first ones named by aggregates.
pub const COUNTRIES: [&str; 10] = ["US", "CA", "GB", "DE", "FR", "ES", "IT", "JP", "BR", "IN"];
/// Devices.
pub const DEVICES: [&str; 3] = ["mobile", "desktop", "tablet"];

#[cfg(test)]
mod tests;
