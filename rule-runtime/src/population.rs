//! Many users in memory: their states and the queue of their deadlines.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use crate::{Applied, Change, Fact, RuleSet, Scratch, UserState};

/// Many users in memory, stepped in the order of the log's stamps. The in-process host: a log
/// goes in, changes come out, and nothing else happens.
#[derive(Debug)]
pub struct Population {
    rules: Arc<RuleSet>,
    index: HashMap<Arc<str>, u32, foldhash::fast::RandomState>,
    users: Vec<User>,
    /// (instant, user): at least one for each state's deadline, at or before it.
    deadlines: BinaryHeap<Reverse<(i64, u32)>>,
    scratch: Scratch,
    changes: Vec<Change>,
    sizes: Vec<u64>,
}

#[derive(Debug)]
struct User {
    id: Arc<str>,
    state: UserState,
    /// The earliest of the user's entries in the queue; `i64::MAX` if there is none.
    queued_at: i64,
}

impl Population {
    /// Nobody yet.
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Self {
            sizes: vec![0; rules.segments().len()],
            rules,
            index: HashMap::default(),
            users: vec![],
            deadlines: BinaryHeap::new(),
            scratch: Scratch::default(),
            changes: vec![],
        }
    }

    /// The rules that everybody is held against.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// Fires every user's deadlines below `stamp`, in time order, then applies the fact (the
    /// user's own deadline at `stamp` belongs to its step). `emit` gets each change with the
    /// user's id and state; changes of one call are in time order.
    pub fn apply(
        &mut self,
        user: &str,
        fact: &Fact,
        stamp: i64,
        emit: &mut dyn FnMut(&str, &Change, &UserState),
    ) -> Applied {
        self.advance(stamp.saturating_sub(1), emit);
        let user = self.user(user);
        let Self {
            rules,
            users,
            scratch,
            changes,
            ..
        } = self;
        let applied = rules.apply(
            &mut users[user as usize].state,
            fact,
            stamp,
            scratch,
            changes,
        );
        self.after_step(user, emit);
        applied
    }

    /// Fires every deadline up to and including `stamp`, in time order.
    pub fn advance(&mut self, stamp: i64, emit: &mut dyn FnMut(&str, &Change, &UserState)) {
        while let Some(Reverse((at, user))) = self.deadlines.peek().copied() {
            if at > stamp {
                break;
            }
            self.deadlines.pop();
            let Self {
                rules,
                users,
                scratch,
                changes,
                ..
            } = self;
            let entry = &mut users[user as usize];
            if entry.queued_at == at {
                entry.queued_at = i64::MAX;
            }
            rules.fire(&mut entry.state, at, scratch, changes);
            self.after_step(user, emit);
        }
    }

    /// Calls `visit` with (segment index, user id) of each effective membership, unordered.
    pub fn for_each_member(&self, visit: &mut dyn FnMut(u32, &str)) {
        for user in &self.users {
            for member in user.state.memberships() {
                visit(member.segment, &user.id);
            }
        }
    }

    /// How many members a segment has.
    pub fn size(&self, segment: u32) -> u64 {
        self.sizes
            .get(segment as usize)
            .copied()
            .unwrap_or_default()
    }

    /// How many users exist.
    pub fn users(&self) -> usize {
        self.users.iter().filter(|user| user.state.exists()).count()
    }

    /// One user's state; `None` of somebody never heard of.
    pub fn state(&self, user: &str) -> Option<&UserState> {
        let index = self.index.get(user)?;
        self.users.get(*index as usize).map(|user| &user.state)
    }

    fn user(&mut self, id: &str) -> u32 {
        if let Some(index) = self.index.get(id) {
            return *index;
        }
        let index = self.users.len() as u32;
        let id: Arc<str> = id.into();
        self.index.insert(id.clone(), index);
        self.users.push(User {
            state: UserState::new(id.clone()),
            id,
            queued_at: i64::MAX,
        });
        index
    }

    fn after_step(&mut self, user: u32, emit: &mut dyn FnMut(&str, &Change, &UserState)) {
        let entry = &mut self.users[user as usize];
        for change in self.changes.drain(..) {
            let size = &mut self.sizes[change.segment as usize];
            match change.action {
                crate::Action::Added => *size += 1,
                crate::Action::Removed => *size -= 1,
            }
            emit(&entry.id, &change, &entry.state);
        }
        if entry.state.wake_at < entry.queued_at {
            entry.queued_at = entry.state.wake_at;
            self.deadlines.push(Reverse((entry.queued_at, user)));
        }
    }
}
