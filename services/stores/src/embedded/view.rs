//! The serving view: users by id, and an index of members by segment and user.
//!
//! INVARIANT: the index says what the users' records say; both are written in one batch.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use fjall::{OwnedWriteBatch, Readable, Snapshot};

use crate::{
    Counted, Counter, Holding, Member, StoreError, UserView, View, ViewMembership, ViewStore,
};

use super::database::OpenDatabase;
use super::engine::{Engine, Fault};
use super::user_record::{self, Age, Stored, reason_code, reason_of};
use super::{counters, lock, sizes};

/// Ends the segment's id in a key of the index; no id contains it.
const SEPARATOR: u8 = 0;

/// Bytes of a user's id; a longer one would not go into a key.
const ID_BYTES_MAX: usize = 16 * 1024;

pub(super) struct EmbeddedView {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Arc<Engine>,
    /// Held from reading the old records to writing the new ones.
    writer: Mutex<()>,
}

impl EmbeddedView {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self {
            shared: Arc::new(Shared {
                engine,
                writer: Mutex::new(()),
            }),
        }
    }

    /// Runs what may wait for the disk where it holds up no other task.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => runtime
                .spawn_blocking(move || work(&shared))
                .await
                .map_err(|_| StoreError::Unavailable("the view's thread ended".to_owned()))?,
            Err(_) => work(&shared),
        }
    }
}

impl fmt::Debug for EmbeddedView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedView").finish_non_exhaustive()
    }
}

#[async_trait]
impl View for EmbeddedView {
    async fn user(&self, user_id: &str) -> Result<Option<UserView>, StoreError> {
        let user_id = user_id.to_owned();
        self.run(move |shared| {
            shared
                .engine
                .read(|open| user_of(open, &open.database.snapshot(), &user_id))
        })
        .await
    }

    async fn members(
        &self,
        segment_id: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Member>, StoreError> {
        let first = member_key(segment_id, after.unwrap_or_default());
        let prefix = member_key(segment_id, "");
        let from = match after {
            Some(_) => Bound::Excluded(first),
            None => Bound::Included(first),
        };
        self.run(move |shared| {
            shared
                .engine
                .read(|open| members_of(open, &prefix, from, limit))
        })
        .await
    }

    async fn counts(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        self.run(|shared| shared.engine.read(sizes::sum)).await
    }

    async fn counted(
        &self,
        counter: Counter,
        begins_at: i64,
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        self.run(move |shared| {
            let partitions = shared.engine.tails.partitions();
            let sum = |open: &_| counters::sum(open, partitions, counter, begins_at);
            shared.engine.read(sum)
        })
        .await
    }
}

#[async_trait]
impl ViewStore for EmbeddedView {
    async fn write(&self, users: Vec<UserView>) -> Result<(), StoreError> {
        self.run(move |shared| write(shared, users)).await
    }

    async fn write_counts(
        &self,
        partition: u32,
        counts: BTreeMap<String, u64>,
    ) -> Result<(), StoreError> {
        self.run(move |shared| {
            let _writer = lock(&shared.writer);
            let write = |open: &_| sizes::write(open, partition, &counts);
            shared.engine.write(write)
        })
        .await
    }

    async fn write_counted(&self, partition: u32, counted: Counted) -> Result<(), StoreError> {
        self.run(move |shared| {
            let _writer = lock(&shared.writer);
            let write = |open: &_| counters::write(open, partition, &counted);
            shared.engine.write(write)
        })
        .await
    }

    /// It lives as long as the folder does, and the journal in it: both lose the same.
    async fn holding(&self, partition: u32) -> Result<Holding, StoreError> {
        let mark = self.run(move |shared| shared.engine.read(|open| sizes::mark(open, partition)));
        Ok(Holding {
            mark: mark.await?,
            life: 0,
        })
    }

    async fn mark(&self, partition: u32, mark: u64) -> Result<(), StoreError> {
        self.run(move |shared| {
            let write = |open: &_| sizes::write_mark(open, partition, mark);
            shared.engine.write(write)
        })
        .await
    }
}

fn write(shared: &Shared, users: Vec<UserView>) -> Result<(), StoreError> {
    // Of two records of one user the newer counts, whichever comes first.
    let mut newest = BTreeMap::<String, UserView>::new();
    for user in users {
        if !(1..=ID_BYTES_MAX).contains(&user.user_id.len()) {
            return Err(StoreError::Conflict(format!(
                "a user's id has 1 to {ID_BYTES_MAX} bytes"
            )));
        }
        let is_older = newest
            .get(&user.user_id)
            .is_some_and(|other| age(other) >= age(&user));
        if !is_older {
            let mut user = user;
            user.segments
                .sort_unstable_by(|a, b| a.segment_id.cmp(&b.segment_id));
            newest.insert(user.user_id.clone(), user);
        }
    }
    let _writer = lock(&shared.writer);
    shared.engine.write(|open| {
        let snapshot = open.database.snapshot();
        let mut batch = open.database.batch();
        for user in newest.values() {
            let record = snapshot.get(&open.users, user.user_id.as_str())?;
            let old = record.as_deref().map(Stored::read).transpose()?;
            if old.as_ref().is_some_and(|old| old.age >= age(user)) {
                continue;
            }
            let old = old.map(|old| old.memberships).unwrap_or_default();
            put_members(&mut batch, open, &user.user_id, &old, &user.segments);
            batch.insert(
                &open.users,
                user.user_id.as_str(),
                user_record::encode(user)?,
            );
        }
        Ok(batch.commit()?)
    })
}

/// What decides which of two records of a user is newer.
fn age(user: &UserView) -> Age {
    (user.epoch, user.rev)
}

/// Brings the index from a user's old memberships to the new ones, both ascending by segment.
fn put_members(
    batch: &mut OwnedWriteBatch,
    open: &OpenDatabase,
    user_id: &str,
    old: &[(&str, i64, u8)],
    new: &[ViewMembership],
) {
    let mut old = old.iter().peekable();
    for joined in new {
        let id = &*joined.segment_id;
        while let Some((left, ..)) = old.next_if(|(segment, ..)| *segment < id) {
            batch.remove(&open.members, member_key(left, user_id));
        }
        let reason = reason_code(&joined.reason);
        let before = old.next_if(|(segment, ..)| *segment == id);
        if before != Some(&(id, joined.since, reason)) {
            let mut value = joined.since.to_be_bytes().to_vec();
            value.push(reason);
            batch.insert(&open.members, member_key(id, user_id), value);
        }
    }
    for (left, ..) in old {
        batch.remove(&open.members, member_key(left, user_id));
    }
}

fn member_key(segment_id: &str, user_id: &str) -> Vec<u8> {
    [segment_id.as_bytes(), &[SEPARATOR], user_id.as_bytes()].concat()
}

fn user_of(
    open: &OpenDatabase,
    snapshot: &Snapshot,
    user_id: &str,
) -> Result<Option<UserView>, Fault> {
    let Some(record) = snapshot.get(&open.users, user_id)? else {
        return Ok(None);
    };
    Stored::read(&record)?.user().map(Some)
}

fn members_of(
    open: &OpenDatabase,
    prefix: &[u8],
    from: Bound<Vec<u8>>,
    limit: usize,
) -> Result<Vec<Member>, Fault> {
    let snapshot = open.database.snapshot();
    let mut members = Vec::new();
    for entry in snapshot
        .range(&open.members, (from, Bound::Unbounded))
        .take(limit)
    {
        let (key, value) = entry.into_inner()?;
        let Some(user_id) = key.strip_prefix(prefix) else {
            break;
        };
        members.push(member_of(user_id, &value).ok_or_else(|| Fault::corrupt("a member"))?);
    }
    Ok(members)
}

fn member_of(user_id: &[u8], value: &[u8]) -> Option<Member> {
    let (since, reason) = value.split_first_chunk()?;
    Some(Member {
        user_id: std::str::from_utf8(user_id).ok()?.to_owned(),
        since: i64::from_be_bytes(*since),
        reason: reason_of(*reason.first()?).to_owned(),
    })
}
