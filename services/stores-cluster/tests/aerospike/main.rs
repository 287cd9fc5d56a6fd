//! The serving view on a real server of Aerospike, which these tests share. Where it cannot run they say
//! that they are skipped.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod contract;
mod outages;
mod records;
mod several;
mod world;
