//! Sequences whose events or whose instant have come.

use super::Scratch;
use crate::evaluation::truth_value;
use crate::rule_set::RuleSet;
use crate::sequences::Standing;
use crate::state::UserState;

impl RuleSet {
    /// Looks again at the sequences whose deadline has come.
    pub(super) fn move_sequences(&self, state: &mut UserState, scratch: &mut Scratch) {
        // From the last one, since those that come to nothing are taken off the list.
        for at in (0..state.sequences.len()).rev() {
            let user = state.sequences[at];
            if user.standing.wake_at <= state.now {
                let standing = self.standing(state, user.sequence);
                self.set_sequence(state, user.sequence, standing, scratch);
            }
        }
    }

    /// Looks again at the sequences that a series is a step of, after it got an event.
    pub(super) fn touch_sequences(
        &self,
        state: &mut UserState,
        series: u32,
        timestamp: i64,
        scratch: &mut Scratch,
    ) {
        for sequence in &self.series[series as usize].sequences {
            let standing = self.standing_after(state, *sequence, (series, timestamp));
            if let Some(standing) = standing {
                self.set_sequence(state, *sequence, standing, scratch);
            }
        }
    }

    /// Keeps what a sequence is, and wakes whoever waits for it.
    fn set_sequence(
        &self,
        state: &mut UserState,
        sequence: u32,
        standing: Standing,
        scratch: &mut Scratch,
    ) {
        let before = state.sequence(sequence);
        state.set_sequence(sequence, standing);
        let (old, new) = (truth_value(before.is_true), truth_value(standing.is_true));
        let slot = self.sequences[sequence as usize].slot;
        self.moved(slot, &old, &new, scratch);
    }
}
