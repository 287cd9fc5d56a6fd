//! Ingestion over HTTP into the embedded log.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod events;
mod frames;
mod limits;
mod readable;
mod sdk;
mod server;
mod sessions;
mod spec;
mod support;
mod trouble;
