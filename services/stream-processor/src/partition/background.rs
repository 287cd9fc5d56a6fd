//! What is done between batches: due deadlines, and what the serving view and other partitions
//! have acknowledged.

use std::sync::Arc;

use kit::crash_point::crash_point;
use stores::{Space, StoreError};

use super::Partition;
use crate::keys;
use crate::user::Fired;

/// Users fired between two looks at the log.
const SLICE: usize = 512;
/// Bytes of users written between two looks at the log while nothing comes, about.
const WRITE_BYTES: usize = 1 << 20;

impl Partition {
    /// Fires the deadlines below the clock of a slice of users and commits. Whether more are due.
    pub(crate) fn fire_due(&mut self) -> Result<bool, StoreError> {
        self.commit()?;
        let clock = self.facts.clock;
        if self
            .deadlines
            .first(&*self.reader)?
            .is_none_or(|at| at >= clock)
        {
            return Ok(false);
        }
        for _ in 0..SLICE {
            let Some((at, user)) = self.deadlines.pop_before(clock) else {
                break;
            };
            self.fire_user(at, &user)?;
        }
        crash_point("after-deadline-before-commit");
        self.commit()?;
        let first = self.deadlines.first(&*self.reader)?;
        Ok(first.is_some_and(|at| at < clock))
    }

    fn fire_user(&mut self, at: i64, user: &Arc<str>) -> Result<(), StoreError> {
        self.batch.remove(Space::Deadline, keys::deadline(at, user));
        let mut taken = self.take_user(user)?;
        if taken.user.header.armed_at != at {
            // An earlier entry stands for this user's deadline, or none.
            self.put_back(taken);
            return Ok(());
        }
        if let Some(wall) = &self.shared.wall {
            self.shared.metrics.fired(wall.now().saturating_sub(at));
        }
        taken.user.header.armed_at = i64::MAX;
        self.bring_up(&mut taken)?;
        if !taken.user.is_due {
            taken.user.has_fired_entry = true;
            let fired = Fired {
                position: self.position,
                clock: self.facts.clock,
            };
            let key = keys::under(keys::FIRED, user.as_bytes());
            self.batch.put(Space::Meta, key, fired.encode());
        }
        self.put_user_later(taken, self.position)
    }

    /// Has users written with the next commit whose entries are behind, up to `count`. Whether there
    /// were any.
    pub(crate) fn write_behind(&mut self, count: usize) -> bool {
        let (mut taken, mut bytes) = (vec![], 0);
        while taken.len() < count
            && bytes < WRITE_BYTES
            && let Some((id, mut user)) = self.unwritten.take_first()
        {
            bytes += user.memory_bytes();
            user.is_due = true;
            taken.push((id, user));
        }
        let is_any = !taken.is_empty();
        self.batch.users.extend(taken);
        is_any
    }

    /// What a user's entry would be, where the journal's is behind. Everything is committed.
    pub(crate) fn entry_ahead(&self, user: &str) -> Option<bytes::Bytes> {
        let user = self.unwritten.peek(user)?;
        Some(user.encode(self.course.rules_at(user.header.definition)))
    }

    /// How many users' entries are behind.
    pub(crate) fn behind(&self) -> usize {
        self.unwritten.len()
    }

    /// Fires everything below the clock.
    pub(crate) fn fire_all(&mut self) -> Result<(), StoreError> {
        while self.fire_due()? {}
        Ok(())
    }

    /// The earliest deadline; what was added must be committed.
    pub(crate) fn next_deadline(&mut self) -> Result<Option<i64>, StoreError> {
        self.deadlines.first(&*self.reader)
    }

    /// Lets the entries of users go whose view is written; they go with the next commit.
    pub(crate) fn note_seen(&mut self) {
        for user in self.unseen.take_seen() {
            self.batch.remove(Space::Unseen, user.as_bytes().to_vec());
        }
    }

    /// What the view is marked with that has everything; `None` before there was one.
    pub(crate) fn view_mark(&self) -> Option<u64> {
        self.view_mark
    }

    /// Makes it another one, with the next commit.
    pub(crate) fn set_view_mark(&mut self, mark: u64) {
        self.view_mark = Some(mark);
        let stored = mark.to_le_bytes().to_vec();
        self.batch
            .put(Space::Meta, keys::VIEW_MARK.to_vec(), stored);
    }

    /// Up to `count` users after a user's id, ascending, as of the last commit.
    pub(crate) fn users_after(
        &self,
        after: Option<&[u8]>,
        count: usize,
    ) -> Result<Vec<Arc<str>>, StoreError> {
        let found = self.reader.scan(Space::State, b"", after, count)?;
        let ids = found.iter().map(|(key, _)| {
            let id = str::from_utf8(key);
            id.map(Arc::from)
                .map_err(|_| StoreError::Corrupt("a user's id is malformed".into()))
        });
        ids.collect()
    }

    /// Whether records for other partitions may be waiting.
    pub(crate) fn has_outgoing(&self) -> bool {
        self.has_outgoing
    }

    /// The first records for other partitions after a key, with their keys; all up to that key were
    /// appended.
    pub(crate) fn outgoing(
        &mut self,
        after: Option<&[u8]>,
        count: usize,
    ) -> Result<Vec<(Vec<u8>, stores::NewRecord)>, StoreError> {
        let found = self.reader.scan(Space::Outgoing, b"", after, count)?;
        if found.is_empty() {
            self.has_outgoing = false;
        }
        let found = found.into_iter();
        found
            .map(|(key, value)| Ok((key.to_vec(), crate::outgoing::decode(&value)?)))
            .collect()
    }

    /// Lets records go that were appended; they go with the next commit.
    pub(crate) fn note_sent(&mut self, keys: Vec<Vec<u8>>) {
        for key in keys {
            self.batch.remove(Space::Outgoing, key);
        }
    }
}
