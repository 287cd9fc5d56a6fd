//! Which events follow one another, and from when until when that makes a sequence TRUE.
//!
//! A chain that begins with an event s and ends with e makes it TRUE from when s is in the window
//! and all that could still come after e is over, until s leaves the window. Of all chains that
//! begin with s the one that ends first counts: it is over first. Among starts the later one never
//! ends before the earlier one does, so both borders rise with s, and it is enough to look at the
//! starts from the newest back to the first whose chain counts already.
//!
//! No event is looked at twice: each step remembers how far back it has been asked.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use super::{SequencePlan, Standing, StepPlan};
use crate::series::Reach;

/// `from <= now < until`: when a sequence is TRUE, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    from: i64,
    until: i64,
}

/// What a sequence is at `now`; `spans` come newest first, with borders that never rise.
pub(super) fn standing(spans: impl Iterator<Item = Span>, now: i64) -> Standing {
    // The nearest that begins after now, those that it runs into included.
    let mut next: Option<Span> = None;
    for span in spans.take_while(|span| span.until > now) {
        let until = next
            .filter(|next| next.from <= span.until)
            .map_or(span.until, |next| next.until);
        if span.from <= now {
            return Standing {
                is_true: Some(true),
                wake_at: until,
            };
        }
        let from = span.from;
        next = Some(Span { from, until });
    }
    Standing {
        is_true: Some(false),
        wake_at: next.map_or(i64::MAX, |next| next.from),
    }
}

/// Until when a sequence is TRUE that was to be so `until` an instant, after an event that is the
/// latest of all. What that completes begins later than all other chains, and at one instant: the
/// newest of it ends last.
pub(super) fn extended(mut spans: impl Iterator<Item = Span>, until: i64) -> i64 {
    let newest = spans.next().filter(|span| span.from <= until);
    newest.map_or(until, |span| span.until.max(until))
}

/// The chains of a user's events, by their first event from the newest back.
#[derive(Debug)]
pub(super) struct Chains<'a> {
    reach: Reach,
    steps: Vec<Step<'a>>,
    absent: Option<Absent<'a>>,
}

/// The events of a step, and what is known of those that were looked at.
#[derive(Debug)]
struct Step<'a> {
    /// Their timestamps, ascending.
    times: &'a VecDeque<i64>,
    within: Option<i64>,
    /// The events from here on were looked at.
    seen: usize,
    /// The earliest of them that all further steps can follow.
    earliest: Option<Link>,
}

/// The events that must not come.
#[derive(Debug, Clone, Copy)]
struct Absent<'a> {
    /// Their timestamps, ascending.
    times: &'a VecDeque<i64>,
    within: Option<i64>,
}

/// An event that the rest of a chain can follow.
#[derive(Debug, Clone, Copy)]
struct Link {
    timestamp: i64,
    /// The first instant at which some such rest is over.
    over_at: i64,
}

impl<'a> Chains<'a> {
    pub(super) fn new(plan: &SequencePlan, times: impl Fn(&StepPlan) -> &'a VecDeque<i64>) -> Self {
        let step = |step: &StepPlan| Step {
            times: times(step),
            within: step.within,
            seen: times(step).len(),
            earliest: None,
        };
        let absent = |step: &StepPlan| Absent {
            times: times(step),
            within: step.within,
        };
        let mut steps: Vec<Step<'_>> = plan.steps.iter().map(step).collect();
        if let (Reach::Fixed { end, .. }, Some(first)) = (plan.reach, steps.first_mut()) {
            first.skip(end);
        }
        Self {
            reach: plan.reach,
            steps,
            absent: plan.absent.as_ref().map(absent),
        }
    }

    /// Whether there is a start that was not looked at, in the window if that does not move.
    fn has_more(&self) -> bool {
        let start = self.steps.first().and_then(Step::newest_unseen);
        start.is_some_and(|timestamp| match self.reach {
            Reach::Sliding { .. } => true,
            Reach::Fixed { start, .. } => start <= timestamp,
        })
    }

    /// When a start makes the sequence TRUE; never, where that is over before it begins.
    fn span(&self, start: Link) -> Option<Span> {
        let (from, until) = match self.reach {
            Reach::Sliding { enter, leave } => (
                start.over_at.max(start.timestamp.saturating_add(enter)),
                leave.leaves_at(start.timestamp),
            ),
            Reach::Fixed { .. } => (start.over_at, i64::MAX),
        };
        (from < until).then_some(Span { from, until })
    }
}

impl Iterator for Chains<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        while self.has_more() {
            let start = look(&mut self.steps, self.absent);
            let span = start.and_then(|start| self.span(start));
            if span.is_some() {
                return span;
            }
        }
        None
    }
}

impl Step<'_> {
    fn newest_unseen(&self) -> Option<i64> {
        self.times.get(self.seen.checked_sub(1)?).copied()
    }

    /// Passes over the events at and after an instant.
    fn skip(&mut self, from: i64) {
        let before = self.times.partition_point(|time| *time < from);
        self.seen = self.seen.min(before);
    }
}

/// Looks at the newest event of the first of `steps` that was not looked at. Those that fail for
/// the same reason are passed over with it.
fn look(steps: &mut [Step<'_>], absent: Option<Absent<'_>>) -> Option<Link> {
    let (first, rest) = steps.split_first_mut()?;
    let timestamp = first.newest_unseen()?;
    first.seen -= 1;
    let over_at = match (rest, absent) {
        ([], None) => Ok(timestamp),
        ([], Some(absent)) => absent.over_at(timestamp),
        (rest, absent) => followed(rest, absent, timestamp),
    };
    match over_at {
        Ok(over_at) => {
            let link = Link { timestamp, over_at };
            first.earliest = Some(link);
            Some(link)
        }
        Err(from) => {
            first.skip(from);
            None
        }
    }
}

/// When the rest of a chain is over that follows an event soonest. `Err` if none does: no event
/// at or after that instant is followed by any rest, of those not looked at.
fn followed(rest: &mut [Step<'_>], absent: Option<Absent<'_>>, timestamp: i64) -> Result<i64, i64> {
    while rest
        .first()
        .and_then(Step::newest_unseen)
        .is_some_and(|time| time > timestamp)
    {
        look(rest, absent);
    }
    let Some(next) = rest.first() else {
        return Ok(timestamp);
    };
    let is_near = |link: &Link| {
        let distance = link.timestamp.saturating_sub(timestamp);
        next.within.is_none_or(|within| distance <= within)
    };
    // What was looked at in vain follows no earlier event either, and what is too far from this
    // one is farther from those.
    let unseen = next.newest_unseen().unwrap_or(i64::MIN);
    let link = next.earliest.filter(is_near);
    link.map(|link| link.over_at).ok_or(unseen)
}

impl Absent<'_> {
    /// When it is known that none comes after an event. `Err` if one does: then it comes after
    /// every event at and after that instant, of those that are no later.
    fn over_at(self, timestamp: i64) -> Result<i64, i64> {
        let next = self.times.partition_point(|time| *time <= timestamp);
        let next = self.times.get(next).copied();
        let Some(within) = self.within else {
            return next.map_or(Ok(timestamp), |_| Err(i64::MIN));
        };
        match next {
            Some(next) if next.saturating_sub(timestamp) <= within => {
                Err(next.saturating_sub(within))
            }
            _ => Ok(timestamp.saturating_add(within)),
        }
    }
}
