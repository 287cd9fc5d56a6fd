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
#[cfg(test)]
mod tests;

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
    /// How long after the last event it is known that none follows that must not.
    fn wait(&self) -> i64 {
        let absent = self.absent.and_then(|absent| absent.within);
        absent.unwrap_or_default()
    }

    /// How long the events of its steps matter: none comes before the first, which leaves then.
    pub(crate) fn leave(&self) -> Leave {
        match self.reach {
            Reach::Sliding { leave, .. } => leave,
            Reach::Fixed { .. } => Leave::NEVER,
        }
    }

    /// Whether none of its events is later than this one, and it is none that must not come.
    fn is_latest(&self, state: &UserState, (series, timestamp): (u32, i64)) -> bool {
        let is_no_later = |step: &StepPlan| {
            let latest = times(state, step).back();
            latest.is_none_or(|latest| *latest <= timestamp)
        };
        self.absent.is_none_or(|absent| absent.series != series)
            && self.all_steps().all(is_no_later)
    }

    /// Through when events are missing that matter at the state's now; `None` if none are.
    fn lost_through(&self, state: &UserState) -> Option<i64> {
        let lost = self
            .all_steps()
            .filter_map(|step| Some(series(state, step)?.lost_through));
        let left = self.leave().left_through(state.now);
        lost.max().filter(|lost| *lost > left)
    }

    /// Whether its first event counts only some time later: `FROM a TO b AGO`.
    fn enters_late(&self) -> bool {
        matches!(self.reach, Reach::Sliding { enter: 1.., .. })
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
        if let Some(lost_through) = plan.lost_through(state) {
            return Standing {
                is_true: None,
                wake_at: plan.leave().leaves_at(lost_through),
            };
        }
        chains::standing(Chains::new(plan, |step| times(state, step)), state.now)
    }

    /// What a sequence becomes by an event of one of its steps, which is in the series by now; `None`
    /// if it stays what it was, at least until its instant. Most events are the latest of all, and
    /// then there is little to look at.
    pub(crate) fn standing_after(
        &self,
        state: &UserState,
        sequence: u32,
        (series, timestamp): (u32, i64),
    ) -> Option<Standing> {
        let plan = &self.sequences[sequence as usize];
        let before = state.sequence(sequence);
        let is_known = before.wake_at > state.now && plan.lost_through(state).is_none();
        if !is_known || !plan.is_latest(state, (series, timestamp)) {
            return Some(self.standing(state, sequence));
        }
        let is_last = |step: &StepPlan| step.series == series;
        if !plan.steps.last().is_some_and(is_last) {
            // Nothing follows it yet.
            return None;
        }
        // The event ends every chain that it completes, so none counts before this instant, and
        // those that are known stay what they are.
        let over_at = timestamp.saturating_add(plan.wait());
        match before.is_true {
            Some(false) if before.wake_at <= over_at => None,
            Some(true) if before.wake_at < over_at || before.wake_at == i64::MAX => None,
            Some(true) if !plan.enters_late() => {
                let times = |step: &StepPlan| times(state, step);
                let wake_at = chains::extended(Chains::new(plan, times), before.wake_at);
                Some(Standing { wake_at, ..before })
            }
            _ => Some(self.standing(state, sequence)),
        }
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

/// The timestamps of a step's events, ascending.
fn times<'a>(state: &'a UserState, step: &StepPlan) -> &'a VecDeque<i64> {
    static NOTHING: VecDeque<i64> = VecDeque::new();
    series(state, step).map_or(&NOTHING, |series| &series.times)
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
