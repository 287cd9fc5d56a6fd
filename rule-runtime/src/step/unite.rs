//! Two users become one: the target's side of a merge.

use std::sync::Arc;

use super::{Applied, Scratch};
use crate::change::{Cause, Change};
use crate::rule_set::RuleSet;
use crate::state::{OverrideState, UserState};

/// What a merge brings to its target.
#[derive(Debug, Clone)]
pub struct Merge {
    /// The facts of both histories, gathered under the target's rule set at an instant not after
    /// the merge; see [`RuleSet::gather`].
    pub gathered: UserState,
    /// The source's state before it was emptied, under the target's rule set: its overrides and
    /// the ids of its recent facts count for the target from now on.
    pub source: UserState,
}

impl RuleSet {
    /// Unites a user with another by the record `id` that the log stamped `stamp` (milliseconds).
    /// Deadlines below it fire; then, in one step, fields, series and waiting facts become those
    /// of both histories, of overrides the last said counts, and every segment is evaluated.
    /// Memberships that stay keep since when and why. A copy of the record changes nothing.
    pub fn unite(
        &self,
        state: &mut UserState,
        merge: Merge,
        id: &Arc<str>,
        stamp: i64,
        scratch: &mut Scratch,
        changes: &mut Vec<Change>,
    ) -> Applied {
        let now = self.fire_before(state, stamp, scratch, changes);
        if !state.dedupe.insert(id, now) {
            return Applied::Duplicate;
        }
        let Merge {
            mut gathered,
            source,
        } = merge;
        self.bring(&mut gathered, now, scratch);
        scratch.begin(self, state.now);
        state.now = now;
        state.rev += 1;
        state.exists |= gathered.exists | source.exists;
        state.fields = gathered.fields;
        state.series = gathered.series;
        state.pending = gathered.pending;
        state.dedupe.unite(&source.dedupe, now);
        for (segment, said) in source.overrides {
            let before = state.override_of(segment);
            if state.say(segment, said) && state.override_of(segment) != before {
                scratch.overridden.push(segment);
            }
        }
        self.rearm(state);
        for segment in 0..self.segments.len() as u32 {
            scratch.wake_at_once(self, segment);
        }
        self.evaluate(state, |_| Cause::Fact(id.clone()), scratch, changes);
        self.set_wake(state, true);
        Applied::Fresh
    }
}

impl UserState {
    /// Takes an override unless a later one was said of its segment.
    pub(super) fn say(&mut self, segment: u32, said: OverrideState) -> bool {
        let place = |said: &OverrideState| (said.timestamp, said.id.clone());
        let at = self
            .overrides
            .binary_search_by_key(&segment, |(segment, _)| *segment);
        match at {
            Ok(at) if place(&self.overrides[at].1) > place(&said) => return false,
            Ok(at) => self.overrides[at].1 = said,
            Err(at) => self.overrides.insert(at, (segment, said)),
        }
        true
    }
}
