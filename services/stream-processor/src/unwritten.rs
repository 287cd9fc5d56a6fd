//! Users whose entries in the journal are behind them.
//!
//! Writing a user's whole state for each fact would cost more than the step. The log tells the
//! facts again, so a state is written only now and then, and a start reads the log again from
//! [`Unwritten::from`] on for whoever was not. INVARIANT: a user is here, or is being worked on, as
//! long as `unwritten_since` is set, and then `order` has that offset.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::user::User;

/// Of the bytes in memory one user counts at most this part: who is larger than what there is room
/// for would be written at each commit otherwise.
const PART_MAX: usize = 16;

/// Users whose entries in the journal are behind them.
#[derive(Debug)]
pub(crate) struct Unwritten {
    users: HashMap<Arc<str>, (Box<User>, usize)>,
    /// All, those who are being worked on too, by the first offset that their entries do not tell of.
    order: BTreeSet<(u64, Arc<str>)>,
    records_max: u64,
    bytes: usize,
    bytes_max: usize,
}

impl Unwritten {
    /// Lets entries be behind by `records_max` records, and the users have about `bytes_max` bytes.
    pub(crate) fn new(records_max: u64, bytes_max: usize) -> Self {
        Self {
            users: HashMap::new(),
            order: BTreeSet::new(),
            records_max,
            bytes: 0,
            bytes_max,
        }
    }

    /// The user's entry does not tell of what comes at `offset`.
    pub(crate) fn begin(&mut self, id: &Arc<str>, user: &mut User, offset: u64) {
        if user.unwritten_since.is_none() {
            user.unwritten_since = Some(offset);
            self.order.insert((offset, Arc::clone(id)));
        }
    }

    /// The user's entry is written with the next commit.
    pub(crate) fn end(&mut self, id: &Arc<str>, user: &mut User) {
        if let Some(since) = user.unwritten_since.take() {
            self.order.remove(&(since, Arc::clone(id)));
        }
    }

    /// Takes a user out to work on.
    pub(crate) fn take(&mut self, id: &str) -> Option<(Arc<str>, Box<User>)> {
        let (id, (user, bytes)) = self.users.remove_entry(id)?;
        self.bytes -= bytes;
        Some((id, user))
    }

    /// Puts a user in whose entry is behind.
    pub(crate) fn put(&mut self, id: Arc<str>, mut user: Box<User>) {
        let bytes = user.memory_bytes().min(self.bytes_max / PART_MAX);
        self.bytes += bytes;
        self.users.insert(id, (user, bytes));
    }

    /// A user, looked at.
    pub(crate) fn peek(&self, id: &str) -> Option<&User> {
        self.users.get(id).map(|(user, _)| &**user)
    }

    /// The first offset that some entry does not tell of; `None` if all tell of all.
    pub(crate) fn from(&self) -> Option<u64> {
        self.order.first().map(|(since, _)| *since)
    }

    /// Takes out the user who was not written for longest, to be written. Those who are being
    /// worked on are left out.
    pub(crate) fn take_oldest(&mut self) -> Option<(Arc<str>, Box<User>)> {
        let mut ids = self.order.iter().map(|(_, id)| id);
        let id = Arc::clone(ids.find(|id| self.users.contains_key(*id))?);
        let (id, mut user) = self.take(&id)?;
        self.end(&id, &mut user);
        Some((id, user))
    }

    /// The same if it is time to write them, `position` being that of the commit.
    pub(crate) fn take_overdue(&mut self, position: u64) -> Option<(Arc<str>, Box<User>)> {
        let is_behind = self.from()?.saturating_add(self.records_max) <= position;
        if is_behind || self.bytes > self.bytes_max {
            return self.take_oldest();
        }
        None
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(unwritten: &mut Unwritten, id: &str, offset: u64) {
        let (id, mut user): (Arc<str>, Box<User>) = (id.into(), Box::default());
        unwritten.begin(&id, &mut user, offset);
        unwritten.put(id, user);
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
        assert!(unwritten.take_overdue(12).is_none());
        let (id, _) = unwritten.take_overdue(13).unwrap();
        assert_eq!(&*id, "a");
        assert!(unwritten.take_overdue(13).is_none());
        assert_eq!((unwritten.from(), unwritten.len()), (Some(5), 1));
    }

    #[test]
    fn all_who_are_overdue_are_written_at_once_but_for_whom_is_being_worked_on() {
        let mut unwritten = Unwritten::new(10, 1 << 20);
        for (offset, id) in (0..).zip(["a", "b", "c", "d"]) {
            put(&mut unwritten, id, offset);
        }
        let (a, mut user) = unwritten.take("a").unwrap();
        let overdue = std::iter::from_fn(|| unwritten.take_overdue(12));
        let overdue: Vec<_> = overdue.map(|(id, _)| id).collect();
        assert_eq!(overdue.join(" "), "b c d");
        assert_eq!(unwritten.from(), Some(0));
        unwritten.end(&a, &mut user);
        assert_eq!(unwritten.from(), None);
    }

    #[test]
    fn without_room_the_oldest_go_and_one_alone_may_stay() {
        let one = User::default().memory_bytes();
        let mut unwritten = Unwritten::new(100, one * 2);
        for (offset, id) in (0..).zip(["a", "b", "c", "d"]) {
            put(&mut unwritten, id, offset);
        }
        assert!(unwritten.take_overdue(4).is_none());
        for offset in 4..40 {
            put(&mut unwritten, &offset.to_string(), offset);
        }
        assert_eq!(&*unwritten.take_overdue(40).unwrap().0, "a");
    }
}
