//! Users taken out, worked on, and put back.

use std::sync::Arc;

use kit::wire::Metadata;
use rule_runtime::{Action, Cause, Change, UserState};
use stores::{Space, StoreError};

use super::Partition;
use crate::changes::{self, Told};
use crate::keys;
use crate::plan::Plan;
use crate::user::{Header, User};

/// A user who is being worked on.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) id: Arc<str>,
    pub(super) user: Box<User>,
    existed: bool,
    /// Whether the journal or the batch knows the user.
    pub(super) is_known: bool,
    is_dirty: bool,
}

impl Partition {
    /// Takes a user out, as the last switch that they took left them.
    pub(super) fn take_user(&mut self, id: &str) -> Result<Taken, StoreError> {
        if let Some((id, user)) = self.batch.users.remove_entry(id) {
            return Ok(Taken::new(id, user, true, true));
        }
        if let Some((id, user)) = self.unwritten.take(id) {
            self.shared.metrics.cache(true);
            return Ok(Taken::new(id, user, true, false));
        }
        if let Some(user) = self.cache.take(id) {
            self.shared.metrics.cache(true);
            return Ok(Taken::new(id.into(), user, true, false));
        }
        self.shared.metrics.cache(false);
        let id: Arc<str> = id.into();
        if let Some(user) = self.read_user(&id)? {
            return Ok(Taken::new(id, Box::new(user), true, false));
        }
        let mut user = Box::new(User::new(Arc::clone(&id)));
        user.header.definition = self.course.counter;
        // Builds and sweeps know users by their entries.
        user.is_due = true;
        Ok(Taken::new(id, user, false, false))
    }

    /// A user as the journal has them; `None` of somebody never heard of.
    fn read_user(&self, id: &Arc<str>) -> Result<Option<User>, StoreError> {
        let Some(stored) = self.reader.get(Space::State, id.as_bytes())? else {
            return Ok(None);
        };
        let profile = self.reader.get(Space::Profile, id.as_bytes())?;
        let (header, state) = Header::decode(&stored)?;
        let rules = self.course.rules_at(header.definition);
        User::decode(Arc::clone(id), header, state, profile.as_deref(), rules).map(Some)
    }

    /// Lets a user take the switch that they have not taken yet, as it was at its stamp.
    pub(super) fn bring_up(&mut self, taken: &mut Taken) -> Result<(), StoreError> {
        let counter = self.course.counter;
        if taken.user.header.definition == counter {
            return Ok(());
        }
        let gathered = self.gathered(&taken.id, &taken.user.header)?;
        taken.user.header.definition = counter;
        taken.user.is_due = true;
        let Some(switching) = self.course.switching.clone() else {
            return Ok(());
        };
        let state = std::mem::take(&mut taken.user.state);
        let mut before = vec![];
        taken.user.state = switching.switch.apply(
            state,
            gathered,
            switching.stamp,
            &mut self.scratch,
            &mut before,
            &mut self.changes,
        );
        self.publish_under(&switching.from, &taken.id, None, before)?;
        self.publish(taken)
    }

    /// Publishes the changes of the user's last steps.
    pub(super) fn publish(&mut self, taken: &Taken) -> Result<(), StoreError> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let changes = std::mem::take(&mut self.changes);
        let plan = Arc::clone(&self.course.active);
        self.publish_under(&plan, &taken.id, Some(&taken.user.state), changes)
    }

    /// Publishes changes that index a plan. Scores are worked out from the state after them.
    fn publish_under(
        &mut self,
        plan: &Plan,
        user: &Arc<str>,
        state: Option<&UserState>,
        changes: Vec<Change>,
    ) -> Result<(), StoreError> {
        for change in changes {
            let Some(segment) = plan.segment(change.segment) else {
                continue;
            };
            let difference = match change.action {
                Action::Added => 1,
                Action::Removed => -1,
            };
            let size = self.batch.sizes.entry(segment.id.as_str().into());
            *size.or_default() += difference;
            let growth = &mut self.tallies.growth;
            growth.add(change.timestamp, &segment.id, difference);
            let wall = self.shared.wall.as_ref().map(|wall| wall.now());
            let latency_ms = wall.map_or(0, |wall| wall.saturating_sub(change.timestamp).max(0));
            self.shared.metrics.changed(&change, &segment.id);
            if matches!(change.cause, Cause::Fact(_)) {
                self.batch.caused_by_facts.push(change.timestamp);
            }
            let score = state.map(|state| plan.rules.rule_score_of(state, &change));
            let trace = match (&change.cause, &mut self.trace) {
                (Cause::Fact(id), Some(trace)) if trace.is_cause(id) => {
                    Some(self.shared.traces.publish(self.number, trace))
                }
                _ => None,
            };
            let told = Told {
                partition: self.number,
                user,
                segment: &segment.id,
                version: segment.version,
                metadata: Metadata {
                    rule_score: score.unwrap_or_default(),
                    latency_ms: latency_ms as u64,
                },
                trace,
            };
            let record = changes::record(&change, told)
                .map_err(|error| StoreError::Corrupt(error.to_string()))?;
            self.batch.changes.push(record);
        }
        Ok(())
    }

    /// Puts back a user who is another now, to be written with the next commit.
    pub(super) fn put_user(&mut self, mut taken: Taken) -> Result<(), StoreError> {
        taken.user.is_due = true;
        self.put_changed(taken)
    }

    /// Puts back a user who is another now by what is told at `offset` and can be told again: they
    /// may be written later.
    pub(super) fn put_user_later(
        &mut self,
        mut taken: Taken,
        offset: u64,
    ) -> Result<(), StoreError> {
        self.unwritten.begin(&taken.id, &mut taken.user, offset);
        self.put_changed(taken)
    }

    /// Fires what is due below the clock, arms the next deadline, and sees to it that the journal
    /// and the view learn of it.
    fn put_changed(&mut self, mut taken: Taken) -> Result<(), StoreError> {
        debug_assert_eq!(taken.user.header.definition, self.course.counter);
        self.pass(&mut taken.user, self.facts.clock, self.position);
        self.publish(&taken)?;
        if let Some(wake_at) = taken.user.arm() {
            let key = keys::deadline(wake_at, &taken.id);
            self.batch.put(Space::Deadline, key, vec![]);
            self.deadlines.add(wake_at, &taken.id);
        }
        let user = &*taken.user;
        match (taken.existed, user.state.exists()) {
            (false, true) => self.facts.users += 1,
            (true, false) => self.facts.users = self.facts.users.saturating_sub(1),
            _ => {}
        }
        self.facts.known += u64::from(!taken.is_known);
        if self.unseen.add(&taken.id, self.position) {
            let key = taken.id.as_bytes().to_vec();
            self.batch.put(Space::Unseen, key, vec![]);
        }
        self.batch.users.insert(taken.id, taken.user);
        Ok(())
    }

    /// Lets a user's time come to `clock`: what is due below it fires.
    pub(super) fn pass(&mut self, user: &mut User, clock: i64, position: u64) {
        let rules = self.course.rules_at(user.header.definition);
        let due = clock.saturating_sub(1);
        rules.fire(&mut user.state, due, &mut self.scratch, &mut self.changes);
        user.recall_waiting(clock);
        user.header.position = position;
    }

    /// Puts back a user who was only looked at.
    pub(super) fn put_back(&mut self, taken: Taken) {
        if taken.is_dirty {
            self.batch.users.insert(taken.id, taken.user);
        } else if taken.user.behind.is_some() {
            self.unwritten.put(taken.id, taken.user);
        } else if taken.is_known {
            self.cache.put(taken.id, taken.user);
        }
    }

    /// A user as of the last commit, for the view; nothing may be uncommitted.
    pub(crate) fn look_at<T>(
        &self,
        id: &str,
        look: impl FnOnce(&User, &Plan) -> T,
    ) -> Result<Option<T>, StoreError> {
        let read;
        let in_memory = self.unwritten.peek(id).or_else(|| self.cache.peek(id));
        let user = if let Some(user) = in_memory {
            user
        } else {
            let Some(user) = self.read_user(&id.into())? else {
                return Ok(None);
            };
            read = user;
            &read
        };
        let plan = self.course.plan_at(user.header.definition);
        Ok(Some(look(user, plan)))
    }
}

impl Taken {
    fn new(id: Arc<str>, user: Box<User>, is_known: bool, is_dirty: bool) -> Self {
        Self {
            id,
            existed: user.state.exists(),
            user,
            is_known,
            is_dirty,
        }
    }
}
