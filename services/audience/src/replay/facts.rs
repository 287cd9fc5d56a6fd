//! A timeline as facts: everybody's raw ones for the reference interpreter, and the events that
//! stand behind an explanation.

use std::collections::{BTreeMap, BTreeSet};

use kit::wire::{EveryName, WireError};
use rule_runtime::{Event, Fact, RuleSet};
use rulelang::facts::Facts;

use super::Timeline;
use kit::evaluation::add;

/// Everybody's facts. Of a user's facts with one id the first counts.
pub(crate) fn facts_by_user(timeline: &Timeline<'_>) -> Result<BTreeMap<String, Facts>, WireError> {
    let mut decoders = timeline.decoders();
    let mut users: BTreeMap<String, Facts> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for entry in timeline.untimed.iter().chain(&timeline.timed) {
        let Some(decoder) = decoders.get_mut(entry.source) else {
            continue;
        };
        let message = decoder.message(timeline.text(entry), entry.line, &EveryName)?;
        let key = (message.user.to_string(), message.id.to_string());
        if seen.insert(key) {
            add(users.entry(message.user.to_string()).or_default(), message);
        }
    }
    Ok(users)
}

/// The events of a timeline of one user. Of facts with one id the first counts.
pub(crate) fn events(timeline: &Timeline<'_>, rules: &RuleSet) -> Result<Vec<Event>, WireError> {
    let mut decoders = timeline.decoders();
    let mut seen = BTreeSet::new();
    let mut events = vec![];
    for entry in timeline.untimed.iter().chain(&timeline.timed) {
        let Some(decoder) = decoders.get_mut(entry.source) else {
            continue;
        };
        let (_, fact) = decoder.fact(timeline.text(entry), entry.line, rules)?;
        let is_first = seen.insert(fact.id().to_string());
        if let (true, Fact::Event(event)) = (is_first, fact) {
            events.push(event);
        }
    }
    Ok(events)
}
