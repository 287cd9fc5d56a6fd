//! Rule sets over users' histories: exact windows, deadlines, memberships.
//!
//! A [`RuleSet`] plans a set of segments as one. [`RuleSet::apply`] takes one fact about one user
//! and answers what changed; [`RuleSet::fire`] does the same when nothing happened but time.
//! Neither reads a clock, touches a file or draws a random number, so a log replayed gives the
//! same changes, whoever replays it. A [`Population`] keeps many users and their deadlines. A
//! [`Batch`] asks one rule about many users at one instant.

#![forbid(unsafe_code)]
#![expect(
    clippy::indexing_slicing,
    reason = "RuleSet::build makes dense ids and the lists that they index; see rule_set::plan"
)]

mod batch;
mod cache;
mod change;
mod cost;
mod dedupe;
mod engine;
mod evaluation;
mod event;
pub mod explain;
mod fields;
mod handover;
mod memory;
mod population;
mod rule_set;
mod sequences;
mod series;
mod single;
mod state;
mod step;
mod stored;
mod switch;
#[cfg(test)]
mod testing;

pub use batch::{Batch, Scan};
pub use cache::{CacheCounts, RuleCache};
pub use change::{Action, Cause, Change, Reason};
pub use cost::{Cost, KeptEvents, Wakes};
pub use event::{Event, Fact, Override, OverrideEffect, Traits};
pub use explain::Explanation;
pub use population::Population;
pub use rule_set::{BuildError, EventTypeId, NameId, RuleSet, Segment};
pub use single::{evaluate_compiled, evaluate_over_columns};
pub use state::{Membership, UserState};
pub use step::{Applied, Merge, Scratch};
pub use stored::StoredStateError;
pub use switch::Switch;
