//! What every adapter of a port keeps to, and the servers that tests start. For tests alone.
//!
//! A function of a suite takes an empty adapter (those of [`journal`], [`log`] and [`view`] one with 2
//! partitions) and panics where that breaks what the port promises. An adapter's tests call every one of them; what servers
//! cannot promise is relaxed by an argument, so that it is read where the adapter is tested.

#![forbid(unsafe_code)]
#![expect(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::print_stdout,
    reason = "names say what is held; a test that cannot go on fails, one that is skipped says so"
)]

pub mod aerospike;
pub mod broker;
pub mod campaigns;
pub mod catalog;
pub mod definitions;
pub mod journal;
pub mod keys;
pub mod log;
pub mod postgres;
mod process;
pub mod rate_limits;
pub mod sessions;
pub mod view;
