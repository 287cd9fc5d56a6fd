//! The log to memberships: the host of `step` in this process.
//!
//! [`Processor::start`] gives each partition of `user-events` that this process owns a thread, its
//! owner, which works the partition through: records to changes, state and history, committed together; then the serving
//! view. [`replay()`] runs a recorded log through the same code.

#![forbid(unsafe_code)]

mod announce;
mod batch;
mod cache;
mod changes;
mod dead_letter;
mod deadlines;
mod errand;
mod history;
mod incoming;
mod keys;
mod memory;
mod metrics;
mod outgoing;
mod owner;
mod owners;
mod partition;
mod plan;
mod preview;
mod processor;
mod profile;
mod reading;
mod replay;
mod roster;
mod routes;
mod scraped;
mod serving;
mod status;
mod tally;
mod traces;
mod transfer;
mod unseen;
mod unwritten;
mod user;

pub use memory::MemoryJournal;
pub use processor::{Handle, Options, Parts, Processor};
pub use replay::{Replayed, replay};
