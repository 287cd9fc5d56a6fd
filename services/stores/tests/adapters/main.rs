//! The adapters of the ports: what every adapter keeps to, and what is asked of each kind.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod embedded;
mod full_disk;
mod key_ring;
#[cfg(feature = "postgres")]
mod postgres;
mod power_cut;
mod rate_limits;
mod sessions;
mod sqlite;

/// A directory for a store, in memory where that is possible: making a store syncs often, and only the
/// benchmark is about disks.
fn tempdir() -> tempfile::TempDir {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    dir.unwrap()
}
