//! The command line through the built binary.

mod demo;
mod oracle;
mod query;
mod replay;
mod rule;
mod support;
