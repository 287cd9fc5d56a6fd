//! Campaigns over HTTP, and the scheduler that sends them.
//!
//! A campaign is a message for the members of a segment. A run asks for one notification a member,
//! as a record of `notification-requests`; who has left the segment or does not agree to the channel
//! when their turn comes is left out and counted. INVARIANT: within one run a user is asked for
//! once, whatever fails in between; one scheduler runs for one catalog.

#![forbid(unsafe_code)]

mod answer;
mod appended;
mod content;
mod dispatch;
mod fields;
mod interval;
mod limits;
mod routes;
mod run;
mod scheduler;
mod state;

pub use routes::api;
pub use scheduler::run_scheduler;
pub use state::{Parts, State};

#[cfg(test)]
mod tests;
