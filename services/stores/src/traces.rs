//! Records of a request, in its trace.

use bytestring::ByteString;
use kit::telemetry::{Kind, Span, TraceParent, begin_here, current};

use crate::{Log, NewRecord, StoreError};

/// Appends records for the request under way: whoever takes them goes on with its trace. They are
/// durable when this returns.
///
/// # Errors
/// What the log answers.
pub async fn append_traced(log: &dyn Log, mut records: Vec<NewRecord>) -> Result<(), StoreError> {
    let Some(request) = current() else {
        return log.append(records).await;
    };
    let mut span = begin(log.destination(), &records);
    let parent = span.as_ref().map_or(&request, Span::trace_parent);
    for record in &mut records {
        record.headers.push(trace_header(parent));
    }
    let appended = log.append(records).await;
    if let (Some(span), Err(error)) = (&mut span, &appended) {
        span.fail(error.kind());
    }
    appended
}

/// The header with which a record goes on with a trace.
pub fn trace_header(parent: &TraceParent) -> (ByteString, ByteString) {
    let name = ByteString::from_static(TraceParent::NAME);
    (name, parent.text().clone())
}

/// Where a topic is, for traces to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination<'a> {
    /// `kafka`, or `audience` of the embedded log.
    pub system: &'static str,
    /// Its name there.
    pub topic: &'a str,
}

impl Destination<'_> {
    /// Names a span, and says in it what is done with messages here, by OpenTelemetry's conventions.
    pub fn describe(&self, span: &mut Span, operation: &'static str) {
        span.rename(format!("{operation} {}", self.topic));
        span.set("messaging.system", self.system);
        span.set("messaging.operation.name", operation);
        span.set("messaging.operation.type", operation);
        span.set("messaging.destination.name", self.topic.to_owned());
    }

    /// Says in a span which message it is about: the partition, and the offset where it is known.
    pub fn place(&self, span: &mut Span, partition: u32, offset: Option<u64>) {
        span.set("messaging.destination.partition.id", partition.to_string());
        if let Some(offset) = offset {
            span.set(format!("messaging.{}.offset", self.system), offset);
        }
    }
}

fn begin(destination: Destination<'_>, records: &[NewRecord]) -> Option<Span> {
    let mut span = begin_here(Kind::Producer, "send")?;
    destination.describe(&mut span, "send");
    match records {
        [record] => destination.place(&mut span, record.partition, None),
        many => span.set("messaging.batch.message_count", many.len()),
    }
    Some(span)
}
