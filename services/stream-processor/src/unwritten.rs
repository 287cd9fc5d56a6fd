//! Users whose entries in the journal are behind them.
//!
//! Writing a user's whole state for each fact would cost more than the step. The log tells the
//! facts again, so a state is written only now and then, and a start reads the log again from
//! [`Unwritten::from`] on for whoever was not. INVARIANT: a user is here, or is being worked on, as
//! long as [`User::behind`] is set, and then `since` and `due` have those offsets.

use std::collections::BTreeSet;
use std::sync::Arc;

use lru::LruCache;

use crate::user::User;

/// A user of so many bytes is large: to write them holds others up.
const LARGE_BYTES: usize = 1 << 20;
/// For each of so many bytes a user's entry may be behind by as many records once more...
const PATIENCE_BYTES: usize = 64 * 1024;
/// ...up to so many times, for a start reads all of them again.
const PATIENCE_MAX: usize = 16;
/// Of the bytes in memory one user counts at most this part. Who is larger is so because they are
/// busy: written, they would be back in memory with their next fact.
const PART_MAX: usize = 256;

/// How far a user's entry is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Behind {
    /// The first offset of the log that it does not tell of.
    since: u64,
    /// The position of the commit that has to write it.
    due: u64,
}

/// Users whose entries in the journal are behind them.
#[derive(Debug)]
pub(crate) struct Unwritten {
    /// By when they were worked on last.
    users: LruCache<Arc<str>, (Box<User>, usize)>,
    /// All, those who are being worked on too, by [`Behind::since`].
    since: BTreeSet<(u64, Arc<str>)>,
    /// The same by [`Behind::due`].
    due: BTreeSet<(u64, Arc<str>)>,
    records_max: u64,
    bytes: usize,
    bytes_max: usize,
}

impl Unwritten {
    /// Lets entries be behind by `records_max` records, and the users have about `bytes_max` bytes.
    pub(crate) fn new(records_max: u64, bytes_max: usize) -> Self {
        Self {
            users: LruCache::unbounded(),
            since: BTreeSet::new(),
            due: BTreeSet::new(),
            records_max,
            bytes: 0,
            bytes_max,
        }
    }

    /// The user's entry does not tell of what comes at `offset`.
    pub(crate) fn begin(&mut self, id: &Arc<str>, user: &mut User, offset: u64) {
        if user.behind.is_some() {
            return;
        }
        let patience = (user.memory_bytes() / PATIENCE_BYTES).clamp(1, PATIENCE_MAX) as u64;
        let behind = Behind {
            since: offset,
            due: offset.saturating_add(self.records_max.saturating_mul(patience)),
        };
        user.behind = Some(behind);
        self.since.insert((behind.since, Arc::clone(id)));
        self.due.insert((behind.due, Arc::clone(id)));
    }

    /// The user's entry is written with the next commit.
    pub(crate) fn end(&mut self, id: &Arc<str>, user: &mut User) {
        if let Some(behind) = user.behind.take() {
            self.since.remove(&(behind.since, Arc::clone(id)));
            self.due.remove(&(behind.due, Arc::clone(id)));
        }
    }

    /// Takes a user out to work on.
    pub(crate) fn take(&mut self, id: &str) -> Option<(Arc<str>, Box<User>)> {
        let (id, (user, bytes)) = self.users.pop_entry(id)?;
        self.bytes -= self.counted(bytes);
        Some((id, user))
    }

    /// Puts a user in whose entry is behind.
    pub(crate) fn put(&mut self, id: Arc<str>, mut user: Box<User>) {
        let bytes = user.memory_bytes();
        self.bytes += self.counted(bytes);
        self.users.put(id, (user, bytes));
    }

    fn counted(&self, bytes: usize) -> usize {
        bytes.min(self.bytes_max / PART_MAX)
    }

    /// A user, looked at.
    pub(crate) fn peek(&self, id: &str) -> Option<&User> {
        self.users.peek(id).map(|(user, _)| &**user)
    }

    /// The first offset that some entry does not tell of; `None` if all tell of all.
    pub(crate) fn from(&self) -> Option<u64> {
        self.since.first().map(|(since, _)| *since)
    }

    /// Takes out who is due first, to be written. Those who are being worked on are left out.
    pub(crate) fn take_first(&mut self) -> Option<(Arc<str>, Box<User>)> {
        self.take_due_by(u64::MAX, true)
    }

    /// Takes out who is due at `position`, that of the commit, to be written, large ones only where
    /// `may_be_large`. Where room is short, else, who was not worked on for longest: whoever is busy
    /// would be back at once.
    pub(crate) fn take_overdue(
        &mut self,
        position: u64,
        may_be_large: bool,
    ) -> Option<(Arc<str>, Box<User>)> {
        let due = self.take_due_by(position, may_be_large);
        due.or_else(|| {
            let (id, (mut user, bytes)) =
                (self.bytes > self.bytes_max).then(|| self.users.pop_lru())??;
            self.bytes -= self.counted(bytes);
            self.end(&id, &mut user);
            Some((id, user))
        })
    }

    fn take_due_by(&mut self, until: u64, may_be_large: bool) -> Option<(Arc<str>, Box<User>)> {
        let mut due = self.due.iter().take_while(|(due, _)| *due <= until);
        let (_, id) = due.find(|(_, id)| {
            let found = self.users.peek(id);
            found.is_some_and(|(_, bytes)| may_be_large || *bytes < LARGE_BYTES)
        })?;
        let id = Arc::clone(id);
        let (id, mut user) = self.take(&id)?;
        self.end(&id, &mut user);
        Some((id, user))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.since.len()
    }
}

/// Whether writing this user holds others up.
pub(crate) fn is_large(user: &mut User) -> bool {
    user.memory_bytes() >= LARGE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(unwritten: &mut Unwritten, id: &str, offset: u64) {
        put_user(unwritten, id, offset, Box::default());
    }

    fn put_user(unwritten: &mut Unwritten, id: &str, offset: u64, mut user: Box<User>) {
        let id: Arc<str> = id.into();
        unwritten.begin(&id, &mut user, offset);
        unwritten.put(id, user);
    }

    fn overdue(unwritten: &mut Unwritten, position: u64, may_be_large: bool) -> String {
        let taken = std::iter::from_fn(|| unwritten.take_overdue(position, may_be_large));
        let ids: Vec<_> = taken.map(|(id, _)| id).collect();
        ids.join(" ")
    }

    #[test]
    fn who_was_not_written_for_longest_is_written_first() {
        let mut unwritten = Unwritten::new(10, 1 << 20);
        put(&mut unwritten, "a", 3);
        put(&mut unwritten, "b", 5);
        let (a, mut user) = unwritten.take("a").unwrap();
        unwritten.begin(&a, &mut user, 7);
        unwritten.put(Arc::clone(&a), user);
        assert_eq!(unwritten.from(), Some(3));
        assert_eq!(overdue(&mut unwritten, 12, true), "");
        assert_eq!(overdue(&mut unwritten, 13, true), "a");
        assert_eq!((unwritten.from(), unwritten.len()), (Some(5), 1));
    }

    #[test]
    fn all_who_are_overdue_are_written_at_once_but_for_whom_is_being_worked_on() {
        let mut unwritten = Unwritten::new(10, 1 << 20);
        for (offset, id) in (0..).zip(["a", "b", "c", "d"]) {
            put(&mut unwritten, id, offset);
        }
        let (a, mut user) = unwritten.take("a").unwrap();
        assert_eq!(overdue(&mut unwritten, 12, true), "b c");
        assert_eq!(unwritten.from(), Some(0));
        unwritten.end(&a, &mut user);
        assert_eq!(unwritten.from(), Some(3));
    }

    #[test]
    fn large_ones_may_wait_longer_and_are_left_out_where_asked() {
        let mut unwritten = Unwritten::new(10, 1 << 20);
        put_user(&mut unwritten, "large", 0, User::of_bytes(LARGE_BYTES));
        put(&mut unwritten, "small", 100);
        assert_eq!(overdue(&mut unwritten, 110, true), "small");
        put(&mut unwritten, "small", 150);
        assert_eq!(overdue(&mut unwritten, 160, false), "small");
        assert_eq!(overdue(&mut unwritten, 160, true), "large");
    }

    #[test]
    fn without_room_those_go_who_were_not_worked_on_and_large_ones_count_in_part() {
        let one = User::default().memory_bytes();
        let mut unwritten = Unwritten::new(10_000, one * PART_MAX);
        put_user(&mut unwritten, "large", 0, User::of_bytes(LARGE_BYTES));
        for offset in 1..PART_MAX as u64 {
            put(&mut unwritten, &offset.to_string(), offset);
        }
        assert_eq!(overdue(&mut unwritten, 1_000, true), "");
        for id in ["large", "1", "2"] {
            let (id, user) = unwritten.take(id).unwrap();
            unwritten.put(id, user);
        }
        put(&mut unwritten, "one more", 1_000);
        assert_eq!(overdue(&mut unwritten, 1_000, true), "3");
    }
}
