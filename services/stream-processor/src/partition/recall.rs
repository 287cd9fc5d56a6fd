//! At the start: what the log tells again of users whose entries in the journal are behind.
//!
//! The journal's entry of a user may be older than the commit (see [`crate::unwritten`]). Only plain
//! facts and deadlines leave it behind; whatever else happens to a user is written at once. So the
//! facts from the entry's position on are applied once more, and what they led to is not told
//! again: changes, history and deadlines were part of the commits.

use std::collections::HashMap;
use std::time::Duration;

use rule_runtime::Applied;
use stores::{Log, Record, Space, StoreError};

use super::users::Taken;
use super::{PAGE, Partition};
use crate::incoming::{Incoming, Kind};
use crate::keys;
use crate::reading::Reading;
use crate::user::{Fired, Header};

/// Bytes of records read at once.
const BATCH_BYTES: usize = 1024 * 1024;
/// How long to wait for records that must be there.
const WAIT: Duration = Duration::from_secs(10);

impl Partition {
    /// Brings users whose entries are behind to where the last commit had them.
    pub(super) fn recall(&mut self, log: &dyn Log) -> Result<(), StoreError> {
        let mut fired = self.read_fired()?;
        let mut told = HashMap::new();
        let Some(mut next) = self.facts.recall_from else {
            return Ok(());
        };
        let mut reader = log.reader(self.number, next)?;
        while next < self.position {
            let records = reader.next(BATCH_BYTES, WAIT)?;
            if records.is_empty() {
                let (number, position) = (self.number, self.position);
                return Err(StoreError::Unavailable(format!(
                    "the log of partition {number} ends at {next}, below the committed {position}"
                )));
            }
            for record in &records {
                next = record.offset + 1;
                if next <= self.position {
                    self.recall_record(record, &mut fired, &mut told)?;
                }
            }
        }
        for (user, fired) in fired {
            let mut taken = self.take_user(&user)?;
            self.recall_fired(&mut taken, fired);
            self.put_recalled(taken, fired.position);
        }
        Ok(())
    }

    /// The last deadlines that users had who are not written since.
    fn read_fired(&self) -> Result<HashMap<String, Fired>, StoreError> {
        let (mut fired, mut after) = (HashMap::new(), None::<Vec<u8>>);
        loop {
            let after_key = after.as_deref();
            let page = self
                .reader
                .scan(Space::Meta, keys::FIRED, after_key, PAGE)?;
            for (key, value) in &page {
                let user = key.get(keys::FIRED.len()..).map(str::from_utf8);
                let (Some(Ok(user)), Some(entry)) = (user, Fired::decode(value)) else {
                    return Err(StoreError::Corrupt("a fired deadline is malformed".into()));
                };
                fired.insert(user.to_owned(), entry);
            }
            if page.len() < PAGE {
                return Ok(fired);
            }
            after = page.last().map(|(key, _)| key.to_vec());
        }
    }

    fn recall_record(
        &mut self,
        record: &Record,
        fired: &mut HashMap<String, Fired>,
        told: &mut HashMap<String, u64>,
    ) -> Result<(), StoreError> {
        if self.told_until(&record.key, told)? > record.offset {
            return Ok(());
        }
        // What could not be read is told already.
        let Ok(Reading::Incoming(incoming)) = Reading::of(record) else {
            return Ok(());
        };
        if matches!(incoming.kind, Kind::Alias(_) | Kind::Delete) {
            return Ok(());
        }
        let mut taken = self.take_user(&record.key)?;
        if taken.user.header.position > record.offset {
            self.put_back(taken);
            return Ok(());
        }
        let before = fired.get(&record.key).copied();
        if let Some(before) = before.filter(|before| before.position <= record.offset) {
            fired.remove(&record.key);
            self.recall_fired(&mut taken, before);
        }
        self.recall_fact(&mut taken, record, &incoming);
        self.put_recalled(taken, record.offset);
        Ok(())
    }

    /// The position up to which the journal's entry of a user tells the log; beyond all where there
    /// is nothing to tell. Known users are in `told`: few entries are behind, and to read whole users
    /// would take long.
    fn told_until(&self, user: &str, told: &mut HashMap<String, u64>) -> Result<u64, StoreError> {
        if let Some(known) = told.get(user) {
            return Ok(*known);
        }
        let entry = self.reader.get(Space::State, user.as_bytes())?;
        let header = entry.as_deref().map(Header::decode).transpose()?;
        let position = match header {
            Some((header, _)) if header.merged_into.is_none() => header.position,
            _ => u64::MAX,
        };
        told.insert(user.to_owned(), position);
        Ok(position)
    }

    fn recall_fact(&mut self, taken: &mut Taken, record: &Record, incoming: &Incoming) {
        let user = &mut *taken.user;
        if self.apply(user, record, incoming) == Applied::Fresh {
            user.tell_profile(record, incoming);
        }
        self.pass(user, record.stamp, record.offset + 1);
        user.arm();
    }

    fn recall_fired(&mut self, taken: &mut Taken, fired: Fired) {
        let user = &mut *taken.user;
        user.header.armed_at = i64::MAX;
        user.has_fired_entry = true;
        let position = fired.position.max(user.header.position);
        self.pass(user, fired.clock, position);
        user.arm();
    }

    fn put_recalled(&mut self, mut taken: Taken, offset: u64) {
        self.changes.clear();
        self.unwritten.begin(&taken.id, &mut taken.user, offset);
        self.unwritten.put(taken.id, taken.user);
    }
}
