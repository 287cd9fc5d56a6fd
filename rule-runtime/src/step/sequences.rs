//! Sequences whose events or whose instant have come.

use super::Scratch;
use crate::evaluation::truth_value;
use crate::rule_set::RuleSet;
use crate::state::UserState;

impl RuleSet {
    /// Looks again at the sequences that got an event in this step, or whose deadline has come,
    /// and wakes whoever waits for them.
    pub(super) fn move_sequences(&self, state: &mut UserState, scratch: &mut Scratch) {
        for user in &state.sequences {
            if user.standing.wake_at <= state.now {
                scratch.look_at(user.sequence);
            }
        }
        let touched = std::mem::take(&mut scratch.sequences);
        for sequence in &touched {
            let before = state.sequence(*sequence);
            let standing = self.standing(state, *sequence);
            state.set_sequence(*sequence, standing);
            let (old, new) = (truth_value(before.is_true), truth_value(standing.is_true));
            let slot = self.sequences[*sequence as usize].slot;
            self.moved(slot, &old, &new, scratch);
        }
        scratch.sequences = touched;
    }
}
