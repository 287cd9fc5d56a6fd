//! The command line through the built binary.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod demo;
mod explain;
mod lsp;
mod oracle;
mod query;
mod replay;
mod rule;
mod support;
