//! Many users in memory: their states and the queue of their deadlines.

use std::sync::Arc;

use crate::{Change, Fact, RuleSet};

/// Many users in memory, stepped in the order of the log's stamps. The in-process host.
#[derive(Debug)]
pub struct Population {
    rules: Arc<RuleSet>,
}

/// What became of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It is part of the user's history now.
    Fresh,
    /// A copy of it had come before; nothing changed.
    Duplicate,
}

impl Population {
    /// Nobody yet.
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Self { rules }
    }

    /// Fires every user's deadlines up to and including `stamp`, in time order, then applies the
    /// fact. `emit` gets each change with the user's id; changes of one call are in time order.
    pub fn apply(
        &mut self,
        user: &str,
        fact: &Fact,
        stamp: i64,
        emit: &mut dyn FnMut(&str, Change),
    ) -> Applied {
        let _ = (user, fact, stamp, emit, &self.rules);
        Applied::Fresh
    }

    /// Fires every deadline up to and including `stamp`, in time order.
    pub fn advance(&mut self, stamp: i64, emit: &mut dyn FnMut(&str, Change)) {
        let _ = (stamp, emit);
    }

    /// Calls `visit` with (segment index, user id) of each effective membership, unordered.
    pub fn for_each_member(&self, visit: &mut dyn FnMut(u32, &str)) {
        let _ = visit;
    }

    /// How many members a segment has.
    pub fn size(&self, segment: u32) -> u64 {
        let _ = segment;
        0
    }

    /// How many users exist.
    pub fn users(&self) -> usize {
        0
    }
}
