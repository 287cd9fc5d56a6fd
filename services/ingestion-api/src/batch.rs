//! The events of one request on their way into the log.

use std::collections::HashSet;

use kit::http::{Fault, Problem};
use stores::{NewRecord, partition_of};

use crate::Ingestion;
use crate::event::{Fact, Reading, read_event};
use crate::frame::fault_problem;
use crate::recent::Key;
use crate::sessions::InSession;
use crate::spec::{Defaults, read_call};
use crate::timestamp::Now;
use crate::verdict::{Refusal, Rejected, Verdict};

/// The events of one request.
pub(crate) struct Batch<'a> {
    ingestion: &'a Ingestion,
    now: Now,
    events: usize,
    keys: HashSet<Key>,
    records: Vec<NewRecord>,
    in_sessions: Vec<InSession>,
    verdict: Verdict,
}

impl<'a> Batch<'a> {
    /// No events yet.
    pub(crate) fn new(ingestion: &'a Ingestion) -> Self {
        Self {
            ingestion,
            now: ingestion.now(),
            events: 0,
            keys: HashSet::new(),
            records: vec![],
            in_sessions: vec![],
            verdict: Verdict::default(),
        }
    }

    /// Reads an event of our own API.
    pub(crate) fn read_event(&self, text: &str) -> Result<Reading, Refusal> {
        read_event(text, self.now)
    }

    /// Reads a line of NDJSON.
    pub(crate) fn read_line(&self, line: &[u8]) -> Result<Reading, Refusal> {
        match str::from_utf8(line) {
            Ok(text) => self.read_event(text),
            Err(error) => {
                let byte = error.valid_up_to();
                let fault = Fault::new(format!("the line is not UTF-8 text from byte {byte} on"));
                Err(Refusal::malformed(None, fault))
            }
        }
    }

    /// Reads a call of Segment's API.
    pub(crate) fn read_call(&self, text: &str, defaults: Defaults<'_>) -> Result<Reading, Refusal> {
        read_call(text, defaults, self.now)
    }

    /// Takes the next event, or notes why it is not taken.
    pub(crate) fn take_or_refuse(&mut self, read: Result<Reading, Refusal>) {
        let index = self.events;
        self.events += 1;
        match read {
            Ok(reading) => self.take(reading),
            Err(Refusal {
                event_id, fault, ..
            }) => self.verdict.rejected.push(Rejected {
                index,
                event_id,
                problem: fault,
            }),
        }
    }

    /// Takes the event that the request is; one that cannot be read is a request that cannot.
    pub(crate) fn take_only(mut self, read: Result<Reading, Refusal>) -> Result<Self, Problem> {
        match read {
            Err(refusal) if refusal.is_malformed => Err(fault_problem(*refusal.fault)),
            read => {
                self.take_or_refuse(read);
                Ok(self)
            }
        }
    }

    fn take(&mut self, reading: Reading) {
        let Reading {
            event_id,
            fact,
            further,
            in_session,
        } = reading;
        let recent = self.ingestion.recent();
        let key = recent.key(&fact.user_id, &event_id);
        if recent.contains(key) || !self.keys.insert(key) {
            self.verdict.duplicates += 1;
            return;
        }
        drop(recent);
        self.verdict.accepted += 1;
        self.in_sessions.extend(in_session);
        self.push(fact);
        if let Some(further) = further {
            self.push(further);
        }
    }

    fn push(&mut self, fact: Fact) {
        let Fact { user_id, value } = fact;
        self.records.push(NewRecord {
            partition: partition_of(&user_id, self.ingestion.partitions()),
            key: user_id,
            value,
            headers: vec![],
        });
    }

    /// Appends what was taken; the verdict is given only when it is durable.
    pub(crate) async fn append(self) -> Result<Verdict, Problem> {
        let Self {
            ingestion,
            now,
            keys,
            records,
            in_sessions,
            verdict,
            ..
        } = self;
        if !records.is_empty() {
            ingestion.append(records).await?;
        }
        ingestion.recent().extend(keys);
        ingestion.sessions().note(in_sessions, now.received_at);
        let counts = ingestion.counts();
        counts.accepted.inc_by(verdict.accepted as u64);
        counts.duplicates.inc_by(verdict.duplicates as u64);
        counts.rejected.inc_by(verdict.rejected.len() as u64);
        Ok(verdict)
    }
}
