//! What is done between batches: due deadlines, and what the serving view and other partitions
//! have acknowledged.

use std::sync::Arc;

use stores::{Space, StoreError};

use super::Partition;
use crate::crash_point::crash_point;
use crate::keys;

/// Users fired between two looks at the log.
const SLICE: usize = 512;

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
        self.put_user(taken)
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
