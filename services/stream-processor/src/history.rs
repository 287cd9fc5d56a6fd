//! A user's history: one entry for each fact, by (timestamp, event id), written once.

use rule_runtime::{Event, Fact, RuleSet};
use rulelang::facts::Facts;
use stores::{Space, StateReader, StoreError};

use crate::incoming::Incoming;
use crate::keys;

/// Entries read at once.
const PAGE: usize = 512;

/// A fact as the history keeps it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) timestamp: i64,
    pub(crate) id: String,
    /// The message.
    pub(crate) message: bytes::Bytes,
}

/// Calls `visit` with each fact of a user, in order.
pub(crate) fn for_each(
    reader: &dyn StateReader,
    user: &str,
    visit: &mut dyn FnMut(Kept),
) -> Result<(), StoreError> {
    let prefix = keys::history_of(user);
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = reader.scan(Space::History, &prefix, after.as_deref(), PAGE)?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|(key, _)| key.to_vec());
        for (key, message) in page {
            let (timestamp, id) = keys::history_parts(&key, prefix.len())
                .ok_or_else(|| corrupt("a history's key is malformed"))?;
            visit(Kept {
                timestamp,
                id: id.to_owned(),
                message,
            });
        }
        if is_last {
            return Ok(());
        }
    }
}

/// A user's facts as the rules of a set read them, in order.
pub(crate) fn facts(
    reader: &dyn StateReader,
    user: &str,
    rules: &RuleSet,
) -> Result<Vec<Fact>, StoreError> {
    let mut facts = vec![];
    for_each_read(reader, user, &mut |incoming| {
        facts.extend(incoming.fact(rules));
    })?;
    Ok(facts)
}

/// A user's events as the rules of a set read them, in order.
pub(crate) fn events(
    reader: &dyn StateReader,
    user: &str,
    rules: &RuleSet,
) -> Result<Vec<Event>, StoreError> {
    let facts = facts(reader, user, rules)?;
    let events = facts.into_iter().filter_map(|fact| match fact {
        Fact::Event(event) => Some(event),
        _ => None,
    });
    Ok(events.collect())
}

/// Everything known of a user, for the reference interpreter.
pub(crate) fn known(reader: &dyn StateReader, user: &str) -> Result<Facts, StoreError> {
    let mut known = Facts {
        user: Some(user.into()),
        ..Facts::default()
    };
    for_each_read(reader, user, &mut |incoming| incoming.add_to(&mut known))?;
    Ok(known)
}

fn for_each_read(
    reader: &dyn StateReader,
    user: &str,
    visit: &mut dyn FnMut(Incoming),
) -> Result<(), StoreError> {
    let mut wrong = None;
    for_each(reader, user, &mut |kept| match Incoming::recall(
        &kept.message,
        kept.timestamp,
        &kept.id,
    ) {
        Ok(incoming) => visit(incoming),
        Err(error) => wrong = Some(error),
    })?;
    match wrong {
        Some(error) => Err(corrupt(&format!("a kept fact cannot be read: {error}"))),
        None => Ok(()),
    }
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(what.to_owned())
}
