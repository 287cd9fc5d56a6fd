//! A user leaves every segment at once: deleted, or merged into another.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::sync::Arc;

use super::{Applied, Scratch};
use crate::change::{Cause, Change, Reason};
use crate::rule_set::RuleSet;
use crate::state::UserState;

impl RuleSet {
    /// Deletes the user by the record `id` that the log stamped `stamp` (milliseconds): deadlines
    /// below it fire, the user leaves every segment, dependents first, and what remains is a
    /// tombstone: the ids of recent facts, so that no copy brings anything back, `rev`, and the
    /// next `epoch`, in which `seq` begins anew. A copy of the record changes nothing.
    pub fn delete(
        &self,
        state: &mut UserState,
        id: &Arc<str>,
        stamp: i64,
        scratch: &mut Scratch,
        changes: &mut Vec<Change>,
    ) -> Applied {
        let left = self.merge_away(state, id, stamp, scratch, changes);
        if left == Applied::Fresh {
            state.epoch = state.epoch.saturating_add(1);
            state.seq = 0;
        }
        left
    }

    /// Empties a user whose history goes to another by the record `id`: like
    /// [`RuleSet::delete`], but the epoch and the numbers of changes go on.
    pub fn merge_away(
        &self,
        state: &mut UserState,
        id: &Arc<str>,
        stamp: i64,
        scratch: &mut Scratch,
        changes: &mut Vec<Change>,
    ) -> Applied {
        let now = self.fire_before(state, stamp, scratch, changes);
        if !state.dedupe.insert(id, now) {
            return Applied::Duplicate;
        }
        state.now = now;
        state.rev += 1;
        let mut members: Vec<u32> = state.members.iter().map(|member| member.segment).collect();
        members.sort_unstable_by_key(|segment| Reverse(self.segments[*segment as usize].rank));
        for segment in members {
            let cause = Cause::Fact(id.clone());
            changes.push(state.flip(segment, Reason::RuleEvaluation, cause));
        }
        *state = UserState {
            user: state.user.take(),
            now: state.now,
            seq: state.seq,
            epoch: state.epoch,
            rev: state.rev,
            armed: self.initial_armed.clone(),
            dedupe: std::mem::take(&mut state.dedupe),
            ..UserState::default()
        };
        Applied::Fresh
    }
}
