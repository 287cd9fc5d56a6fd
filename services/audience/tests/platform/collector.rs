//! An OpenTelemetry collector that keeps what it takes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Router, serve};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
pub(crate) use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as SpanStatus;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use prost::Message;
use tokio::net::TcpListener;

/// How long spans are waited for: they are exported every second.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A collector, for as long as the test's runtime.
pub(crate) struct Collector {
    pub(crate) url: String,
    taken: Arc<Mutex<Vec<Taken>>>,
}

/// A span as it was exported; ids are hexadecimal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Taken {
    /// The process, as it calls itself.
    pub(crate) service: String,
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty of a root.
    pub(crate) parent: String,
    pub(crate) name: String,
    pub(crate) kind: SpanKind,
    pub(crate) has_failed: bool,
    pub(crate) attributes: BTreeMap<String, String>,
}

impl Collector {
    /// Starts one on a port that is free.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let taken = Arc::<Mutex<Vec<Taken>>>::default();
        let kept = Arc::clone(&taken);
        let take = async move |body: Bytes| {
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            let spans = request.resource_spans.into_iter().flat_map(read);
            kept.lock().unwrap().extend(spans);
            StatusCode::OK
        };
        let router = Router::new().route("/v1/traces", post(take));
        tokio::spawn(async move { serve(listener, router).await });
        Self { url, taken }
    }

    /// All spans so far.
    pub(crate) fn all(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// The spans of a trace when there are so many.
    pub(crate) async fn trace(&self, trace: &str, count: usize) -> Trace {
        let started = Instant::now();
        loop {
            let mut spans = self.all();
            spans.retain(|span| span.trace == trace);
            if spans.len() >= count {
                assert_eq!(spans.len(), count, "{spans:#?}");
                return Trace(spans);
            }
            assert!(started.elapsed() < PATIENCE, "{:#?}", self.all());
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// The spans of one trace.
#[derive(Debug)]
pub(crate) struct Trace(Vec<Taken>);

impl Trace {
    /// The one of that kind and name under a parent.
    pub(crate) fn under(&self, parent: &str, kind: SpanKind, name: &str) -> &Taken {
        let is_it = |span: &&Taken| span.parent == parent && span.kind == kind && span.name == name;
        let mut found = self.0.iter().filter(is_it);
        match (found.next(), found.next()) {
            (Some(span), None) => span,
            found => panic!("{kind:?} `{name}` under {parent}: {found:?} of {self:#?}"),
        }
    }
}

impl Taken {
    /// The `traceparent` of what follows from it.
    pub(crate) fn trace_parent(&self) -> String {
        format!("00-{}-{}-01", self.trace, self.id)
    }

    /// Holds it to attributes, some of those that it has.
    pub(crate) fn says(&self, attributes: &[(&str, &str)]) {
        for (name, value) in attributes {
            let said = self.attributes.get(*name).map(String::as_str);
            assert_eq!(said, Some(*value), "{name}: {self:#?}");
        }
    }
}

fn read(process: ResourceSpans) -> Vec<Taken> {
    let resource = texts(process.resource.unwrap_or_default().attributes);
    let service = resource.get("service.name").cloned().unwrap_or_default();
    let spans = process.scope_spans.into_iter().flat_map(|it| it.spans);
    spans.map(|span| taken(&service, span)).collect()
}

fn taken(service: &str, span: Span) -> Taken {
    let kind = span.kind();
    let status = span.status.unwrap_or_default();
    Taken {
        service: service.to_owned(),
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        name: span.name,
        kind,
        has_failed: status.code() == SpanStatus::Error,
        attributes: texts(span.attributes),
    }
}

fn texts(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value: Option<AnyValue>| match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    let attributes = attributes.into_iter();
    attributes.map(|it| (it.key, text(it.value))).collect()
}

fn hex(bytes: &[u8]) -> String {
    let bytes = bytes.iter().map(|byte| format!("{byte:02x}"));
    bytes.collect::<Vec<_>>().concat()
}
