//! Events of one user that follow one another.
//!
//! The events of each step are a series, so whatever its filter, a late arrival or a stored state
//! asks for is a series' matter. What is kept of a sequence beside that is its truth and the
//! instant at which that is another by time alone; both follow from the entries and are worked out
//! again whenever a step's series gets one, or that instant comes.
//!
//! INVARIANT: between two looks a sequence is what it was, because `wake_at` is exactly the
//! instant at which it flips though no event comes.

mod chains;

use std::collections::VecDeque;

use crate::rule_set::RuleSet;
use crate::series::{Leave, Reach, SeriesState};
use crate::state::UserState;
use chains::Chains;

/// A sequence, planned.
#[derive(Debug)]
pub(crate) struct SequencePlan {
    pub(crate) slot: u32,
    /// Where its first event lies.
    pub(crate) reach: Reach,
    /// The events that have to come.
    pub(crate) steps: Vec<StepPlan>,
    /// The one that does not come after them.
    pub(crate) absent: Option<StepPlan>,
}

/// A step of a sequence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepPlan {
    /// The series of its events.
    pub(crate) series: u32,
    /// At most so many milliseconds after the step before; `None` for any time later.
    pub(crate) within: Option<i64>,
}

impl SequencePlan {
    /// How long the events of its steps matter: none comes before the first, which leaves then.
    pub(crate) fn leave(&self) -> Leave {
        match self.reach {
            Reach::Sliding { leave, .. } => leave,
            Reach::Fixed { .. } => Leave::NEVER,
        }
    }

    pub(crate) fn all_steps(&self) -> impl Iterator<Item = &StepPlan> {
        self.steps.iter().chain(&self.absent)
    }
}

/// One sequence of one user. Who has none is not in it, and will not be by time alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UserSequence {
    pub(crate) sequence: u32,
    pub(crate) standing: Standing,
}

/// What a sequence is at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// `None` where events that matter were given up for want of room.
    pub(crate) is_true: Option<bool>,
    /// When it is another though no event comes; `i64::MAX` for never.
    pub(crate) wake_at: i64,
}

impl Standing {
    /// That of somebody who has no event.
    pub(crate) const NOTHING: Self = Self {
        is_true: Some(false),
        wake_at: i64::MAX,
    };
}

impl RuleSet {
    /// What a sequence is at the state's now.
    pub(crate) fn standing(&self, state: &UserState, sequence: u32) -> Standing {
        let plan = &self.sequences[sequence as usize];
        let (now, leave) = (state.now, plan.leave());
        let lost = plan.all_steps().map(|step| {
            let series = series(state, step);
            series.map_or(i64::MIN, |series| series.lost_through)
        });
        let lost = lost.max().unwrap_or(i64::MIN);
        if lost > leave.left_through(now) {
            return Standing {
                is_true: None,
                wake_at: leave.leaves_at(lost),
            };
        }
        let nothing = VecDeque::new();
        let times = |step: &StepPlan| series(state, step).map_or(&nothing, |series| &series.times);
        chains::standing(Chains::new(plan, times), now)
    }

    /// Works out all sequences again.
    pub(crate) fn settle_sequences(&self, state: &mut UserState) {
        let all = 0..self.sequences.len() as u32;
        let all = all.map(|sequence| UserSequence {
            sequence,
            standing: self.standing(state, sequence),
        });
        let known = all.filter(|user| user.standing != Standing::NOTHING);
        state.sequences = known.collect();
    }
}

fn series<'a>(state: &'a UserState, step: &StepPlan) -> Option<&'a SeriesState> {
    state.series(step.series).map(|user| &*user.state)
}

impl UserState {
    /// What a sequence was found to be.
    pub(crate) fn sequence(&self, sequence: u32) -> Standing {
        let at = self
            .sequences
            .binary_search_by_key(&sequence, |user| user.sequence);
        let found = at.ok().and_then(|at| self.sequences.get(at));
        found.map_or(Standing::NOTHING, |user| user.standing)
    }

    /// Keeps what a sequence was found to be.
    pub(crate) fn set_sequence(&mut self, sequence: u32, standing: Standing) {
        let at = self
            .sequences
            .binary_search_by_key(&sequence, |user| user.sequence);
        match (at, standing == Standing::NOTHING) {
            (Ok(at), true) => drop(self.sequences.remove(at)),
            (Ok(at), false) => self.sequences[at].standing = standing,
            (Err(_), true) => {}
            (Err(at), false) => {
                let user = UserSequence { sequence, standing };
                self.sequences.insert(at, user);
            }
        }
    }
}
