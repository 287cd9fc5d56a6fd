//! Segments over HTTP, and the way of what is saved into force.
//!
//! A save is one write of the catalog, together with what the world and the owners are to hear of
//! it. The [`Publisher`] works that off in order: owners learn of definitions from the log alone.
//! INVARIANT: what is published has been checked against everything else that is published, as of
//! one revision of the catalog.

#![forbid(unsafe_code)]

mod answer;
mod checking;
mod content;
mod editing;
mod limits;
mod lists;
mod publisher;
mod references;
mod related;
mod repeated;
mod routes;
mod rule_keeper;
mod schema_edit;
mod state;
mod taking_back;

pub use publisher::Publisher;
pub use routes::api;
pub use rule_keeper::RuleKeeper;
pub use state::{Parts, State};
