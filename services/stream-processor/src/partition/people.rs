//! Two users who are one person, and users who are to be forgotten.
//!
//! The source of a merge leaves its segments, and its history goes to the target in a transfer;
//! from then on its facts are sent after it. The target applies a transfer once, when all of its
//! parts are there.

use std::collections::BTreeSet;
use std::sync::Arc;

use rule_runtime::{Applied, Cause, Merge, UserState};
use serde_json::value::RawValue;
use stores::{Record, Space, StoreError};

use super::users::Taken;
use super::{PAGE, Partition, from_json};
use crate::history;
use crate::incoming::Incoming;
use crate::keys;
use crate::profile::Profile;
use crate::transfer::{Transfer, TransferredFact};

/// What the ids of users begin with who never said who they are.
const ANONYMOUS: &str = "anon:";

impl Partition {
    /// The source's side of a merge: `record.key` is the same person as `to`, who goes on.
    pub(super) fn merge(
        &mut self,
        record: &Record,
        incoming: &Incoming,
        to: &str,
    ) -> Result<(), StoreError> {
        let mut taken = self.take_user(&record.key)?;
        if let Some(merged_into) = taken.user.header.merged_into.clone() {
            self.put_back(taken);
            // Somebody anonymous stays with their first user.
            let is_said = merged_into == to || record.key.starts_with(ANONYMOUS);
            return if is_said {
                Ok(())
            } else {
                self.forward(record, incoming, &merged_into)
            };
        }
        if record.key == to {
            self.put_back(taken);
            return Ok(());
        }
        self.bring_up(&mut taken)?;
        let rules = Arc::clone(&self.course.active.rules);
        let mut state = vec![];
        taken.user.state.handover().encode(&rules, &mut state);
        // The ids of `$alias` and `$identify` are not told apart by whoever makes them.
        let id: Arc<str> = format!("alias:{}", incoming.id).into();
        let applied = rules.merge_away(
            &mut taken.user.state,
            &id,
            record.stamp,
            &mut self.scratch,
            &mut self.changes,
        );
        self.caused_by(&id, &incoming.id);
        self.publish(&taken)?;
        if applied == Applied::Fresh {
            taken.user.header.merged_into = Some(to.to_owned());
            let facts = self.forget(&mut taken)?;
            let id = format!("{}@{}:{}", record.key, self.number, record.offset);
            let parts = Transfer::parts(&id, &incoming.id, &record.key, &state, facts);
            for part in parts {
                self.send_part(&part, to)?;
            }
            for mut part in self.take_parts(&record.key)? {
                // Whatever is not whole yet goes where the rest of it will be sent.
                part.passed.push(record.key.clone());
                self.send_part(&part, to)?;
            }
        }
        self.put_user(taken)
    }

    /// Takes a user's history and profile away, and returns the facts.
    fn forget(&mut self, taken: &mut Taken) -> Result<Vec<TransferredFact>, StoreError> {
        let mut facts = vec![];
        let batch = &mut self.batch;
        history::for_each(&*self.reader, &taken.id, &mut |kept| {
            let key = keys::history(&taken.id, kept.timestamp, &kept.id);
            batch.remove(Space::History, key);
            let message = String::from_utf8_lossy(&kept.message).into_owned();
            // What was read as a message once is JSON.
            facts.extend(
                RawValue::from_string(message)
                    .ok()
                    .map(|message| TransferredFact {
                        id: kept.id,
                        at: kept.timestamp,
                        message,
                    }),
            );
        })?;
        taken.user.profile = Profile::default();
        taken.user.profile_changed = true;
        taken.user.header.fact_position = self.position;
        for shadow in self.course.shadows() {
            let key = keys::shadow(shadow, &taken.id);
            self.batch.remove(Space::Shadow, key);
        }
        Ok(facts)
    }

    fn send_part(&mut self, part: &Transfer, to: &str) -> Result<(), StoreError> {
        let message = part.message(to);
        let (message, headers) = message.map_err(|error| StoreError::Corrupt(error.to_string()))?;
        self.send(to, message, headers)
    }

    /// The target's side: a part of a transfer.
    pub(super) fn take_transfer(
        &mut self,
        record: &Record,
        mut transfer: Transfer,
    ) -> Result<(), StoreError> {
        let mut taken = self.take_user(&record.key)?;
        if let Some(to) = taken.user.header.merged_into.clone() {
            if !transfer.ends_at(&record.key, &to) {
                self.put_back(taken);
                transfer.passed.push(record.key.clone());
                return self.send_part(&transfer, &to);
            }
            taken.user.header.merged_into = None;
        }
        self.bring_up(&mut taken)?;
        let done = keys::under(keys::TRANSFERRED, transfer.id.as_bytes());
        if self.reader.get(Space::Meta, &done)?.is_some() {
            return self.put_user(taken);
        }
        let mut parts = self.parts_to(&record.key)?;
        parts.retain(|part| part.id == transfer.id);
        let is_new = parts.iter().all(|part| part.part != transfer.part);
        if is_new && (parts.len() as u32) + 1 < transfer.parts {
            let key = part_key(&record.key, &transfer);
            let value = super::to_json(&transfer)?;
            self.batch.put(Space::Meta, key, value);
        } else if is_new {
            for part in &parts {
                self.batch.remove(Space::Meta, part_key(&record.key, part));
            }
            self.batch.put(Space::Meta, done, vec![]);
            parts.push(transfer);
            parts.sort_by_key(|part| part.part);
            self.unite(&mut taken, record, parts)?;
        }
        self.put_user(taken)
    }

    /// The parts of transfers to a user that are not whole yet.
    fn parts_to(&self, user: &str) -> Result<Vec<Transfer>, StoreError> {
        let prefix = keys::parts_for(user);
        let (mut parts, mut after) = (vec![], None::<Vec<u8>>);
        loop {
            let page = self
                .reader
                .scan(Space::Meta, &prefix, after.as_deref(), PAGE)?;
            for (_, value) in &page {
                parts.push(from_json::<Transfer>(value)?);
            }
            if page.len() < PAGE {
                return Ok(parts);
            }
            after = page.last().map(|(key, _)| key.to_vec());
        }
    }

    /// Takes those parts away.
    fn take_parts(&mut self, user: &str) -> Result<Vec<Transfer>, StoreError> {
        let parts = self.parts_to(user)?;
        for part in &parts {
            self.batch.remove(Space::Meta, part_key(user, part));
        }
        Ok(parts)
    }

    /// Applies a transfer that is whole.
    fn unite(
        &mut self,
        taken: &mut Taken,
        record: &Record,
        parts: Vec<Transfer>,
    ) -> Result<(), StoreError> {
        let rules = Arc::clone(&self.course.active.rules);
        let state = Transfer::state(&parts);
        let source =
            state.and_then(|state| UserState::decode(&state, taken.id.clone(), &rules).ok());
        let Some(first) = parts.first() else {
            return Ok(());
        };
        let (id, cause): (Arc<str>, Arc<str>) =
            (first.id.as_str().into(), first.cause.as_str().into());
        let mut known = BTreeSet::new();
        history::for_each(&*self.reader, &taken.id, &mut |kept| {
            known.insert(kept.id);
        })?;
        let mut facts = history::facts(&*self.reader, &taken.id, &rules)?;
        for fact in parts.into_iter().flat_map(|part| part.facts) {
            let message = fact.message.get();
            let read = Incoming::recall(message.as_bytes(), fact.at, &fact.id);
            let Some(incoming) = read.ok().filter(|_| known.insert(fact.id.clone())) else {
                continue;
            };
            let key = keys::history(&taken.id, fact.at, &fact.id);
            self.batch
                .put(Space::History, key, message.as_bytes().to_vec());
            if fact.at > self.facts.clock {
                taken.user.profile.wait(fact.at, &fact.id, message);
            } else {
                taken.user.profile.take_incoming(&incoming);
            }
            facts.extend(incoming.fact(&rules));
        }
        taken.user.profile_changed = true;
        taken.user.header.fact_position = self.position;
        let now = record.stamp.max(taken.user.state.now().unwrap_or(i64::MIN));
        let merge = Merge {
            gathered: rules.gather(taken.id.clone(), facts, now, &mut self.scratch),
            source: source.unwrap_or_default(),
        };
        let (scratch, changes) = (&mut self.scratch, &mut self.changes);
        rules.unite(
            &mut taken.user.state,
            merge,
            &id,
            record.stamp,
            scratch,
            changes,
        );
        self.caused_by(&id, &cause);
        self.publish(taken)
    }

    /// Forgets a user.
    pub(super) fn delete(
        &mut self,
        record: &Record,
        incoming: &Incoming,
    ) -> Result<(), StoreError> {
        let mut taken = self.take_user(&record.key)?;
        if let Some(to) = taken.user.header.merged_into.clone() {
            self.put_back(taken);
            return self.forward(record, incoming, &to);
        }
        if !taken.is_known {
            return Ok(());
        }
        self.bring_up(&mut taken)?;
        let applied = self.course.active.rules.delete(
            &mut taken.user.state,
            &incoming.id,
            record.stamp,
            &mut self.scratch,
            &mut self.changes,
        );
        self.publish(&taken)?;
        if applied == Applied::Fresh {
            self.forget(&mut taken)?;
            for part in self.take_parts(&record.key)? {
                // The rest of it comes too late.
                let done = keys::under(keys::TRANSFERRED, part.id.as_bytes());
                self.batch.put(Space::Meta, done, vec![]);
            }
        }
        self.put_user(taken)
    }

    /// Tells changes by the record that people know.
    fn caused_by(&mut self, told: &str, cause: &Arc<str>) {
        for change in &mut self.changes {
            if matches!(&change.cause, Cause::Fact(id) if **id == *told) {
                change.cause = Cause::Fact(Arc::clone(cause));
            }
        }
    }
}

fn part_key(user: &str, transfer: &Transfer) -> Vec<u8> {
    keys::part_for(user, &transfer.id, transfer.part)
}
