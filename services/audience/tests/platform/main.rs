//! The whole platform in one process, through the built binary and HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod browser;
#[cfg(feature = "cluster")]
mod cluster;
#[cfg(feature = "cluster")]
mod collector;
mod counted;
mod crash;
mod demo_load;
mod documents;
mod failing;
mod follower;
mod full_disk;
mod import;
mod keys;
mod lists;
mod load;
mod machine;
mod metrics;
mod openapi;
mod platform;
mod power_cut;
mod resync;
mod server;
#[cfg(feature = "cluster")]
mod sessions;
mod status;
#[cfg(feature = "cluster")]
mod traces;
mod verify;
mod walkthrough;
