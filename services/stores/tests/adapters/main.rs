//! The adapters of the ports: what every adapter keeps to, and what is asked of each kind.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod contract;
mod embedded;
mod full_disk;
mod power_cut;
