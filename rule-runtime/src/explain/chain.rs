//! The events behind a sequence, out of a user's history.

use rulelang::Value;
use rulelang::rule::{Sequence, SequenceStep};

use super::evidence::{EventProperties, reaches};
use super::{Evidence, EvidenceEvent};
use crate::event::Event;
use crate::rule_set::RuleSet;
use crate::series::Reach;

/// An event that fills a step, and the place of the one before it among those of the step before.
#[derive(Debug, Clone, Copy)]
struct Link<'a> {
    event: &'a Event,
    before: Option<usize>,
}

/// The chain of events of `history` that fills the most steps of a sequence at `now`, and of those
/// the one that ends last; one that makes the sequence TRUE, if there is one.
pub(super) fn evidence(
    rules: &RuleSet,
    sequence: &Sequence,
    history: &[Event],
    now: i64,
) -> Evidence {
    let finder = Finder {
        rules,
        history,
        now,
    };
    let mut filled: Vec<Vec<Link<'_>>> = vec![];
    for step in &sequence.steps {
        let links = finder.links(step, filled.last().map(Vec::as_slice));
        if links.is_empty() {
            break;
        }
        filled.push(links);
    }
    let end = match &sequence.absent {
        Some(absent) if filled.len() == sequence.steps.len() => finder.best(&filled, absent),
        _ => filled.last().and_then(|links| links.len().checked_sub(1)),
    };
    let chain = chain(&filled, end);
    let misfits = sequence.all_steps().map(|step| finder.misfits(step));
    Evidence {
        total: chain.len(),
        latest: chain,
        misfits: misfits.sum(),
    }
}

/// The events of a chain, from its last one back.
fn chain(filled: &[Vec<Link<'_>>], end: Option<usize>) -> Vec<EvidenceEvent> {
    let (mut chain, mut at) = (vec![], end);
    for links in filled.iter().rev() {
        let Some(link) = at.and_then(|at| links.get(at)) else {
            break;
        };
        chain.push(EvidenceEvent {
            id: link.event.id.clone(),
            timestamp: link.event.timestamp,
            value: Value::Null,
        });
        at = link.before;
    }
    chain
}

#[derive(Debug, Clone, Copy)]
struct Finder<'a> {
    rules: &'a RuleSet,
    history: &'a [Event],
    now: i64,
}

impl<'a> Finder<'a> {
    /// The events that can fill a step after those `before` it, in the order of time.
    fn links(self, step: &SequenceStep, before: Option<&[Link<'_>]>) -> Vec<Link<'a>> {
        let links = self.events(step).into_iter().filter_map(|event| {
            let Some(before) = before else {
                return Some(Link {
                    event,
                    before: None,
                });
            };
            // The latest is the nearest.
            let earlier = before.partition_point(|link| link.event.timestamp < event.timestamp);
            let at = earlier.checked_sub(1)?;
            let distance = event
                .timestamp
                .saturating_sub(before.get(at)?.event.timestamp);
            let is_near = step.within.is_none_or(|within| distance <= within);
            is_near.then_some(Link {
                event,
                before: Some(at),
            })
        });
        links.collect()
    }

    /// The events that a step counts at now, in the order of time.
    fn events(self, step: &SequenceStep) -> Vec<&'a Event> {
        let reach = Reach::from(step.events.window);
        let candidates = self.candidates(step).filter(|event| {
            let is_there = reaches(reach, event.timestamp, self.now);
            is_there && self.properties(step, event).counted().is_some()
        });
        let mut events: Vec<&Event> = candidates.collect();
        events.sort_by(|a, b| (a.timestamp, &a.id).cmp(&(b.timestamp, &b.id)));
        events
    }

    /// The events of a step's type.
    fn candidates(self, step: &SequenceStep) -> impl Iterator<Item = &'a Event> + use<'a> {
        let event = step.events.event.as_deref();
        let wanted = event.map(|name| self.rules.event_type(name));
        let history = self.history.iter();
        history.filter(move |event| wanted.is_none_or(|wanted| wanted == event.event_type))
    }

    /// Of the ends of whole chains the latest after which the absent event did not come, at best
    /// in all the time that it had; else the latest.
    fn best(self, filled: &[Vec<Link<'_>>], absent: &SequenceStep) -> Option<usize> {
        let ends = filled.last()?;
        let others = self.events(absent);
        let rank = |link: &Link<'_>| {
            let end = link.event.timestamp;
            let next = others.partition_point(|other| other.timestamp <= end);
            let next = others.get(next);
            let came = next.is_some_and(|next| {
                let distance = next.timestamp.saturating_sub(end);
                absent.within.is_none_or(|within| distance <= within)
            });
            let is_over = |within| self.now.saturating_sub(end) >= within;
            (!came, absent.within.is_none_or(is_over))
        };
        let ranked = ends.iter().enumerate();
        // Of equals the last.
        ranked
            .max_by_key(|(_, link)| rank(link))
            .map(|(place, _)| place)
    }

    fn misfits(self, step: &SequenceStep) -> usize {
        let events = self
            .candidates(step)
            .filter(|event| event.timestamp <= self.now);
        let is_misfit = |event: &&Event| self.properties(step, event).has_misfit();
        events.filter(is_misfit).count()
    }

    fn properties<'b>(self, step: &'b SequenceStep, event: &'b Event) -> EventProperties<'b>
    where
        'a: 'b,
    {
        EventProperties {
            rules: self.rules,
            aggregate: &step.events,
            event,
        }
    }
}
