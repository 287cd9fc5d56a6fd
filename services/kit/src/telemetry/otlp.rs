//! Spans to an OpenTelemetry collector, by OTLP over HTTP.
//!
//! The SDK's processor exports on a thread of its own; what waits for it is bounded and counted in
//! [`waiting`]. INVARIANT: whoever begins or ends a span never waits for the collector.

mod waiting;

use std::borrow::Cow;
use std::time::Duration;

use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags,
    TraceId, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

use super::tracer::{Kind, Value};
use super::{TelemetryError, TraceParent};
use crate::config::TelemetryConfig;
use crate::metrics::Metrics;

/// How long the collector may take to answer; a batch is tried again within the same time.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// How long the end of the process waits for what is left.
const CLOSE_MAX: Duration = Duration::from_secs(5);
/// What the spans' instrumentation is called.
const SCOPE: &str = "audience";

/// Where spans go.
#[derive(Debug, Clone)]
pub(super) struct Export {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// A span under way.
#[derive(Debug)]
pub(super) struct Recording(opentelemetry_sdk::trace::Span);

impl Export {
    pub(super) fn start(
        config: &TelemetryConfig,
        service: &'static str,
        metrics: &Metrics,
    ) -> Result<Self, TelemetryError> {
        let endpoint = config.otlp_endpoint.trim_end_matches('/');
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client()?)
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .with_timeout(ANSWER_MAX)
            .build()
            .map_err(|error| TelemetryError::Export(error.to_string()))?;
        let sampler = Sampler::TraceIdRatioBased(config.sample_ratio);
        let resource = Resource::builder()
            .with_service_name(service)
            .with_attribute(KeyValue::new("service.namespace", config.namespace.clone()))
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(sampler)))
            .with_resource(resource.build())
            .with_span_processor(waiting::processor(exporter, metrics))
            .build();
        let tracer = provider.tracer(SCOPE);
        Ok(Self { provider, tracer })
    }

    pub(super) fn begin(
        &self,
        kind: Kind,
        name: Cow<'static, str>,
        parent: Option<&TraceParent>,
    ) -> Option<Recording> {
        let around = match parent {
            Some(parent) => Context::new().with_remote_span_context(context_of(parent)?),
            None => Context::new(),
        };
        let builder = SpanBuilder::from_name(name).with_kind(match kind {
            Kind::Server => SpanKind::Server,
            Kind::Client => SpanKind::Client,
            Kind::Producer => SpanKind::Producer,
            Kind::Consumer => SpanKind::Consumer,
        });
        let span = self.tracer.build_with_context(builder, &around);
        span.is_recording().then_some(Recording(span))
    }

    pub(super) fn close(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(CLOSE_MAX) {
            tracing::warn!(%error, "spans at the end were not exported");
        }
    }
}

impl Recording {
    pub(super) fn trace_parent(&self) -> TraceParent {
        TraceParent::new(self.0.span_context())
    }

    pub(super) fn rename(&mut self, name: String) {
        self.0.update_name(name);
    }

    pub(super) fn set(&mut self, name: Cow<'static, str>, value: Value) {
        let attribute = match value {
            Value::Text(text) => KeyValue::new(name, text),
            Value::Number(number) => KeyValue::new(name, number),
        };
        self.0.set_attribute(attribute);
    }

    pub(super) fn fail(&mut self) {
        self.0.set_status(Status::error(""));
    }
}

/// A client that blocks, for a thread on which nothing else runs. The collector is on our own network.
fn client() -> Result<reqwest::blocking::Client, TelemetryError> {
    let build = || {
        let client = reqwest::blocking::Client::builder().timeout(ANSWER_MAX);
        client.no_proxy().build()
    };
    // Made on a runtime's thread it would panic.
    let made = std::thread::spawn(build).join();
    let made = made.map_err(|_| TelemetryError::Export("its maker panicked".to_owned()))?;
    made.map_err(|error| TelemetryError::Export(error.to_string()))
}

fn context_of(parent: &TraceParent) -> Option<SpanContext> {
    Some(SpanContext::new(
        TraceId::from_hex(parent.trace_id()).ok()?,
        SpanId::from_hex(parent.span_id()).ok()?,
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    ))
}
