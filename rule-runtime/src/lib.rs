//! Rule sets over users' histories: exact windows, deadlines, memberships.

mod change;
mod event;
mod population;
mod rule_set;

pub use change::{Action, Cause, Change, Reason};
pub use event::{Event, Fact, Override, OverrideEffect, Traits};
pub use population::{Applied, Population};
pub use rule_set::{BuildError, EventTypeId, NameId, RuleSet, Segment};
