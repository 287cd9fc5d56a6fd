//! The events that stand behind an explanation.

use std::collections::BTreeSet;

use kit::wire::WireError;
use rule_runtime::{Event, Fact, RuleSet};

use super::Timeline;

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
