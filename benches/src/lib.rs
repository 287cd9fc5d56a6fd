//! What the benchmarks share: the rules e1 to e6, the records that they are asked of, the same
//! rules by hand, and the load of `audience replay`.
//!
//! Everything here is deterministic: fixed seeds, no clock.

#![forbid(unsafe_code)]
#![expect(
    clippy::indexing_slicing,
    reason = "tables of this crate, indexed by their own lengths; a mistake should stop a benchmark"
)]

pub mod by_hand;
pub mod estimates;
pub mod generator;
pub mod records;
pub mod rules;
