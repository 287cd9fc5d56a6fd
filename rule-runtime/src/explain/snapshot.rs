//! A copy of what decides one segment for one user.

use crate::dedupe::Dedupe;
use crate::rule_set::RuleSet;
use crate::rule_set::plan::SlotSource;
use crate::state::UserState;

/// A copy of a state without the series that neither the segment nor those it stands on read.
/// Its windows stand at its now, and its deadlines may be fired: about this segment and those
/// that it stands on it goes on as the state itself would, about others it says nothing.
pub(super) fn of(rules: &RuleSet, state: &UserState, segment: u32) -> UserState {
    of_all(rules, state, vec![segment])
}

/// [`of`] several segments.
pub(super) fn of_all(rules: &RuleSet, state: &UserState, segments: Vec<u32>) -> UserState {
    let Read {
        series: read,
        sequences,
    } = read_by(rules, segments);
    let series = state.series.iter();
    let mut copy = UserState {
        now: state.now,
        exists: state.exists,
        seq: state.seq,
        epoch: state.epoch,
        rev: state.rev,
        // Deadlines of series left out are early ones, and re-arm.
        wake_at: state.wake_at,
        time_wake_at: state.time_wake_at,
        fields: state.fields.clone(),
        series: series
            .filter(|user| read.contains(&user.series))
            .cloned()
            .collect(),
        sequences: state
            .sequences
            .iter()
            .filter(|user| sequences.contains(&user.sequence))
            .copied()
            .collect(),
        members: state.members.clone(),
        overrides: state.overrides.clone(),
        armed: state.armed.clone(),
        // Nothing is applied to a copy.
        dedupe: Dedupe::default(),
        pending: state.pending.clone(),
    };
    move_windows(rules, &mut copy);
    copy
}

/// Moves all windows to the state's now. `step` moves them only when somebody may look.
pub(super) fn move_windows(rules: &RuleSet, state: &mut UserState) {
    for user in &mut state.series {
        let plan = &rules.series[user.series as usize];
        user.expire(plan, state.now);
    }
}

/// What segments, and those that they stand on, read of a user's events.
#[derive(Default)]
struct Read {
    series: Vec<u32>,
    sequences: Vec<u32>,
}

fn read_by(rules: &RuleSet, mut segments: Vec<u32>) -> Read {
    let mut read = Read::default();
    let mut next = 0;
    while let Some(segment) = segments.get(next).copied() {
        next += 1;
        for slot in &rules.segments[segment as usize].slots {
            match rules.slots[*slot as usize] {
                SlotSource::Segment(named) if !segments.contains(&named) => segments.push(named),
                SlotSource::Aggregate { series, .. } => read.series.push(series),
                SlotSource::Sequence(sequence) => {
                    let plan = &rules.sequences[sequence as usize];
                    read.series.extend(plan.all_steps().map(|step| step.series));
                    read.sequences.push(sequence);
                }
                SlotSource::Segment(_) | SlotSource::Field(_) => {}
            }
        }
    }
    read
}
