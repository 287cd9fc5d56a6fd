//! Facts about one user: into the state, the history and the profile.

use kit::telemetry::TraceParent;
use rule_runtime::Applied;
use stores::{Headers, NewRecord, Record, Space, StoreError, partition_of, trace_header};

use super::Partition;
use crate::incoming::{Incoming, Kind};
use crate::keys;
use crate::outgoing;
use crate::user::User;

impl Partition {
    /// Takes a record about one user.
    pub(super) fn take_incoming(
        &mut self,
        record: &Record,
        incoming: &Incoming,
    ) -> Result<(), StoreError> {
        match &incoming.kind {
            Kind::Alias(to) => self.merge(record, incoming, to),
            Kind::Delete => self.delete(record, incoming),
            _ => self.take_fact(record, incoming),
        }
    }

    fn take_fact(&mut self, record: &Record, incoming: &Incoming) -> Result<(), StoreError> {
        let mut taken = self.take_user(&record.key)?;
        if let Some(to) = taken.user.header.merged_into.clone() {
            self.put_back(taken);
            return self.forward(record, incoming, &to);
        }
        self.bring_up(&mut taken)?;
        let applied = self.apply(&mut taken.user, record, incoming);
        self.publish(&taken)?;
        self.shared.metrics.applied(applied);
        if applied == Applied::Fresh {
            if let Kind::Event(event_type, _) = &incoming.kind {
                self.tallies.events.add(self.facts.clock, event_type, 1);
            }
            let key = keys::history(&taken.id, incoming.timestamp, &incoming.id);
            self.batch.put(Space::History, key, record.value.clone());
            let left_out = taken.user.tell_profile(record, incoming);
            self.shared.metrics.profile_overflow(left_out);
        }
        self.put_user_later(taken, record.offset)
    }

    /// Applies a fact under the rules that the user's state stands under.
    pub(super) fn apply(
        &mut self,
        user: &mut User,
        record: &Record,
        incoming: &Incoming,
    ) -> Applied {
        let rules = self.course.rules_at(user.header.definition);
        let Some(fact) = incoming.fact(rules) else {
            // A copy of what is profile only says the same again.
            return Applied::Fresh;
        };
        rules.apply(
            &mut user.state,
            &fact,
            record.stamp,
            &mut self.scratch,
            &mut self.changes,
        )
    }

    /// Sends a fact about a user who was merged away after them, under its own id.
    pub(super) fn forward(
        &mut self,
        record: &Record,
        incoming: &Incoming,
        to: &str,
    ) -> Result<(), StoreError> {
        let value = outgoing::redirected(&record.value, incoming, to)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        self.send(to, value, record.headers.clone())
    }

    /// Leaves a record for another partition in the batch; it goes on with the trace of the one being
    /// taken.
    pub(super) fn send(
        &mut self,
        to: &str,
        value: Vec<u8>,
        mut headers: Headers,
    ) -> Result<(), StoreError> {
        if let Some(trace) = &self.trace {
            headers.retain(|(name, _)| *name != TraceParent::NAME);
            headers.push(trace_header(trace.trace_parent()));
        }
        let record = NewRecord {
            partition: partition_of(to, self.shared.partitions),
            key: to.to_owned(),
            value: value.into(),
            headers,
        };
        let key = keys::outgoing(self.position, self.batch.outgoing);
        self.batch.outgoing += 1;
        let value = outgoing::encode(&record)?;
        self.batch.put(Space::Outgoing, key, value);
        self.has_outgoing = true;
        Ok(())
    }
}
