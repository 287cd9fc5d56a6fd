//! The routes on a real catalog, log and view in a temporary directory. Only the owners are doubles:
//! they are another service.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod bodies;
mod consistency;
mod drafts;
mod failing;
mod lists;
mod members;
mod preview;
mod publishing;
mod references;
mod rule_cache;
mod schema;
mod segments;
mod support;
