//! Rules and users over HTTP: what a rule is, what it answers and why; who a user is and which
//! segments they are in.
//!
//! Rules are checked against the catalog's schema, so that what is valid here can be saved as a
//! segment. Profiles come from the serving view. Nothing here changes a user: what is asked for is
//! appended to the log as a fact, and its owner does the rest.

#![forbid(unsafe_code)]

mod checked_rules;
mod definitions;
mod evaluation;
mod limits;
mod reserved_facts;
mod routes;
mod rule_input;
mod state;

pub use routes::api;
pub use state::{Parts, State};
