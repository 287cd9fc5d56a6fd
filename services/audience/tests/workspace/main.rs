//! What the documents say is true, and dependencies point one way.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod architecture;
mod crates;
mod documents;
mod editors;
mod language;
mod readme;
