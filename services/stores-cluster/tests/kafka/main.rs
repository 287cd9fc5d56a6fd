//! The adapters on a real Kafka broker, which all of these tests share. Where it cannot run they say
//! that they are skipped.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod adapters;
mod catching_up;
mod crash;
mod fencing;
mod group;
mod guarded;
mod long_values;
mod topics;
mod world;
