//! What stands around every service's routes, on a small router and on a real socket.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod bodies;
mod keys;
mod openapi;
mod rate_limits;
mod routes;
mod server;
mod support;
