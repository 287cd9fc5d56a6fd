//! Events over HTTP into the log.
//!
//! An event is read once, written again in one form, and answered with a verdict. INVARIANT: what
//! is accepted is durable in the log when the answer goes out, and is a record that every reader of
//! the log can read.

#![forbid(unsafe_code)]

mod admission;
mod batch;
mod event;
mod frame;
mod ingestion;
mod recent;
mod record;
mod routes;
mod sessions;
mod spec;
mod timestamp;
mod verdict;

pub use ingestion::{Ingestion, Options};
pub use routes::api;

/// Bytes of the body of a batch, decompressed.
pub const BATCH_BYTES_MAX: usize = 500 * 1024;
/// Events of a batch.
pub const BATCH_EVENTS_MAX: usize = 2500;
/// Bytes of bodies that are read and appended at one time.
pub const UNDER_WAY_BYTES_MAX: usize = 128 * 1024 * 1024;
