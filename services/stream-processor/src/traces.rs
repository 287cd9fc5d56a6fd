//! What the owners do, in the traces of the records that they take.
//!
//! INVARIANT: of a record whose trace is not sampled, or that has none, nothing is made: no span, no
//! text, no entry. There are hundreds of thousands of them a second.

use std::sync::Arc;

use kit::telemetry::{Kind, Span, TraceParent, Tracer};
use stores::{Destination, Log, Record};

/// What the spans of a process's owners say.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    tracer: Tracer,
    events: Topic,
    changes: Topic,
    /// The consumer group.
    group: String,
}

/// A topic, as spans say it.
#[derive(Debug, Default)]
struct Topic {
    system: &'static str,
    name: String,
}

/// Adjacent records of one request that an owner takes, until they are committed.
#[derive(Debug)]
pub(crate) struct TakenTrace {
    /// As the records have it.
    parent: TraceParent,
    /// `None` where nothing is exported; then changes go on with the records' own.
    taking: Option<Span>,
    /// Begun with the first change.
    sending: Option<Span>,
    records: usize,
    changes: usize,
    /// What the changes of the last record tell as their cause.
    cause: Option<Arc<str>>,
}

impl Traces {
    pub(crate) fn new(tracer: &Tracer, events: &dyn Log, changes: &dyn Log, group: &str) -> Self {
        Self {
            tracer: tracer.clone(),
            events: events.destination().into(),
            changes: changes.destination().into(),
            group: group.to_owned(),
        }
    }

    /// Goes on with the trace of a record of a partition, with the last one if that is of the same
    /// request. `None` of a record whose trace is not sampled. `cause` is what its changes tell as
    /// their cause.
    pub(crate) fn take(
        &self,
        (partition, record): (u32, &Record),
        cause: Option<&str>,
        last: &mut Vec<TakenTrace>,
    ) -> Option<Box<TakenTrace>> {
        let mut headers = record.headers.iter();
        let (_, text) = headers.find(|(name, _)| *name == TraceParent::NAME)?;
        let parent = TraceParent::parse_sampled(text)?;
        let same = last.pop_if(|last| last.parent == parent);
        let mut trace = same.unwrap_or_else(|| self.begin(partition, record, parent));
        trace.records += 1;
        trace.cause = cause.map(Arc::from);
        Some(Box::new(trace))
    }

    fn begin(&self, partition: u32, record: &Record, parent: TraceParent) -> TakenTrace {
        let taking = self.tracer.begin(Kind::Consumer, "process", Some(&parent));
        let taking = taking.map(|mut span| {
            let events = self.events.destination();
            events.describe(&mut span, "process");
            events.place(&mut span, partition, Some(record.offset));
            span.set("messaging.consumer.group.name", self.group.clone());
            span
        });
        TakenTrace {
            parent,
            taking,
            sending: None,
            records: 0,
            changes: 0,
            cause: None,
        }
    }

    /// Goes on with a change that a record led to; returns what the change is to carry.
    pub(crate) fn publish<'a>(&self, partition: u32, trace: &'a mut TakenTrace) -> &'a TraceParent {
        trace.changes += 1;
        if trace.sending.is_none() {
            let sending = trace.taking.as_ref().and_then(|taking| {
                let parent = Some(taking.trace_parent());
                self.tracer.begin(Kind::Producer, "send", parent)
            });
            trace.sending = sending.map(|mut span| {
                let changes = self.changes.destination();
                changes.describe(&mut span, "send");
                changes.place(&mut span, partition, None);
                span
            });
        }
        trace.trace_parent()
    }
}

impl TakenTrace {
    /// Says that a record could not be used.
    pub(crate) fn fail(&mut self, how: &'static str) {
        if let Some(taking) = &mut self.taking {
            taking.fail(how);
        }
    }

    /// Whether changes of that cause are the record's.
    pub(crate) fn is_cause(&self, cause: &str) -> bool {
        self.cause.as_deref() == Some(cause)
    }

    /// Under what stands whatever follows from the records.
    pub(crate) fn trace_parent(&self) -> &TraceParent {
        let span = self.sending.as_ref().or(self.taking.as_ref());
        span.map_or(&self.parent, Span::trace_parent)
    }

    /// Ends its spans: what the records led to is committed.
    pub(crate) fn end(self) {
        for (span, messages) in [(self.sending, self.changes), (self.taking, self.records)] {
            if let Some(mut span) = span.filter(|_| messages > 1) {
                span.set("messaging.batch.message_count", messages);
            }
        }
    }
}

impl Topic {
    fn destination(&self) -> Destination<'_> {
        Destination {
            system: self.system,
            topic: &self.name,
        }
    }
}

impl From<Destination<'_>> for Topic {
    fn from(Destination { system, topic }: Destination<'_>) -> Self {
        let name = topic.to_owned();
        Self { system, name }
    }
}
