//! Users whose serving view is not surely written.
//!
//! A user's entry in the journal comes with the change and goes in a write set after the view surely
//! has it; so whatever dies in between, the view is written again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use stores::{Space, StateReader, StoreError};

/// Entries read at once.
const PAGE: usize = 4_096;

/// Users to write to the view.
#[derive(Debug, Default)]
pub(crate) struct Unseen {
    /// The position of each at which they changed last.
    waiting: HashMap<Arc<str>, u64>,
    /// Handed to the view, which has not answered; their positions then.
    under_way: HashMap<Arc<str>, u64>,
    /// Written last at these instants; a server that dies may take it along.
    settling: HashMap<Arc<str>, Instant>,
    /// Surely written; their entries may go.
    seen: Vec<Arc<str>>,
}

impl Unseen {
    /// As the journal has them.
    pub(crate) fn open(reader: &dyn StateReader) -> Result<Self, StoreError> {
        let mut unseen = Self::default();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = reader.scan(Space::Unseen, b"", after.as_deref(), PAGE)?;
            for (key, _) in &page {
                let user = str::from_utf8(key)
                    .map_err(|_| StoreError::Corrupt("an unseen user is malformed".into()))?;
                unseen.waiting.insert(user.into(), 0);
            }
            if page.len() < PAGE {
                return Ok(unseen);
            }
            after = page.last().map(|(key, _)| key.to_vec());
        }
    }

    /// A user changed. Whether the journal needs an entry that it may not have.
    pub(crate) fn add(&mut self, user: &Arc<str>, position: u64) -> bool {
        let is_new = self.waiting.insert(Arc::clone(user), position).is_none();
        is_new && !self.under_way.contains_key(user)
    }

    /// Takes up to `count` users to write, unless some are under way.
    pub(crate) fn begin(&mut self, count: usize) -> Vec<Arc<str>> {
        if !self.under_way.is_empty() {
            return vec![];
        }
        let users: Vec<Arc<str>> = self.waiting.keys().take(count).cloned().collect();
        for user in &users {
            if let Some(position) = self.waiting.remove(user) {
                self.under_way.insert(Arc::clone(user), position);
            }
        }
        users
    }

    /// What was under way is written.
    pub(crate) fn written(&mut self, at: Instant) {
        let written = self.under_way.drain().map(|(user, _)| (user, at));
        self.settling.extend(written);
    }

    /// What was under way may not be written, and what was written may be lost.
    pub(crate) fn not_written(&mut self) {
        let lost = self.settling.drain().map(|(user, _)| (user, 0));
        for (user, position) in self.under_way.drain().chain(lost) {
            self.waiting.entry(user).or_insert(position);
        }
    }

    /// What was written up to an instant is there to stay.
    pub(crate) fn settle(&mut self, until: Instant) {
        let settled = self.settling.extract_if(|_, at| *at <= until);
        self.seen.extend(settled.map(|(user, _)| user));
    }

    /// Users whose entries may go: surely written, and not changed since.
    pub(crate) fn take_seen(&mut self) -> Vec<Arc<str>> {
        let mut seen = std::mem::take(&mut self.seen);
        seen.retain(|user| {
            let is_open = self.waiting.contains_key(user) || self.under_way.contains_key(user);
            !is_open && !self.settling.contains_key(user)
        });
        seen
    }

    /// Whether some are waiting.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether there are entries that may go.
    pub(crate) fn has_seen(&self) -> bool {
        !self.seen.is_empty()
    }

    /// How many are not surely written.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len() + self.under_way.len() + self.settling.len()
    }
}
