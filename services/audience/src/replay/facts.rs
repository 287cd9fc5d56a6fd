//! A timeline as each user's raw facts, for the reference interpreter.

use std::collections::{BTreeMap, BTreeSet};

use kit::wire::{EveryName, WireError};
use rulelang::facts::Facts;

use super::Timeline;
use crate::evaluation::add;

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
