//! The spans that wait for the collector: so many and no more, and what became of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter as Exporter, SpanProcessor,
};
use prometheus_client::encoding::EncodeLabelSet;

use crate::metrics::{Counter, Family, Metrics};

/// Spans that wait at most, some 8 MiB; further ones are dropped.
const WAITING_MAX: usize = 8_192;
/// Spans of one request to the collector.
const BATCH_MAX: usize = 512;
/// How long a span waits for others.
const DELAY: Duration = Duration::from_secs(1);

/// Takes spans as they end and exports them in batches on a thread of its own.
pub(super) fn processor(exporter: SpanExporter, metrics: &Metrics) -> impl SpanProcessor + use<> {
    let counts = Counts::new(metrics);
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(WAITING_MAX)
        .with_max_export_batch_size(BATCH_MAX)
        .with_scheduled_delay(DELAY);
    let counted = Counted {
        exporter,
        counts: counts.clone(),
        is_failing: AtomicBool::new(false),
    };
    let batches = BatchSpanProcessor::builder(counted);
    Bounded {
        batches: batches.with_batch_config(config.build()).build(),
        counts,
    }
}

/// What became of spans.
#[derive(Debug, Clone)]
struct Counts {
    /// Those that wait.
    waiting: Arc<AtomicUsize>,
    exported: Counter,
    /// There was no room for them to wait.
    full: Counter,
    /// The collector did not take them.
    failed: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DropLabels {
    reason: &'static str,
}

impl Counts {
    fn new(metrics: &Metrics) -> Self {
        let dropped: Family<DropLabels, Counter> = metrics.family(
            "audience_spans_dropped",
            "Spans that no collector has: there was no room to wait, or it did not take them",
        );
        let because = |reason| dropped.get_or_create_owned(&DropLabels { reason });
        Self {
            waiting: Arc::default(),
            exported: metrics.counter("audience_spans_exported", "Spans that the collector took"),
            full: because("full"),
            failed: because("failed"),
        }
    }
}

/// The SDK's processor, which does not tell how many spans it drops, under a bound of our own that
/// it never reaches.
#[derive(Debug)]
struct Bounded {
    batches: BatchSpanProcessor,
    counts: Counts,
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.batches.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.counts.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING_MAX {
            self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
            self.counts.full.inc();
            return;
        }
        self.batches.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batches.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}

/// The exporter, counted. It tells of a collector that is gone once, and when it is back.
#[derive(Debug)]
struct Counted {
    exporter: SpanExporter,
    counts: Counts,
    is_failing: AtomicBool,
}

impl Exporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.counts.waiting.fetch_sub(spans, Ordering::Relaxed);
        let exported = self.exporter.export(batch).await;
        let has_failed = self.is_failing.swap(exported.is_err(), Ordering::Relaxed);
        match &exported {
            Ok(()) => {
                self.counts.exported.inc_by(spans as u64);
                if has_failed {
                    tracing::info!("spans are exported again");
                }
            }
            Err(error) => {
                self.counts.failed.inc_by(spans as u64);
                if !has_failed {
                    tracing::warn!(%error, "spans are not exported, and dropped");
                }
            }
        }
        exported
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.exporter.shutdown()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::super::super::{Kind, Tracer};
    use super::*;
    use crate::config::TelemetryConfig;

    fn dropped(metrics: &Metrics, reason: &str) -> u64 {
        let text = metrics.encode().unwrap();
        let mut lines = text.lines();
        let start = format!("audience_spans_dropped_total{{reason=\"{reason}\"}} ");
        let count = lines.find_map(|line| line.strip_prefix(&start));
        count.unwrap().parse().unwrap()
    }

    #[test]
    fn a_collector_that_does_not_answer_holds_nobody_up_and_what_waits_is_bounded() {
        // It takes connections and says nothing.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let config = TelemetryConfig {
            otlp_endpoint: format!("http://{}", silent.local_addr().unwrap()),
            sample_ratio: 1.0,
            ..TelemetryConfig::default()
        };
        let metrics = Metrics::new();
        let tracer = Tracer::start(&config, "test", &metrics).unwrap();
        let more = 1_000;
        for _ in 0..WAITING_MAX + BATCH_MAX + more {
            drop(tracer.begin(Kind::Server, "test", None).unwrap());
        }
        // One batch is on its way, and what followed fills the room.
        let full = dropped(&metrics, "full");
        assert!(
            (more as u64..=(more + BATCH_MAX) as u64).contains(&full),
            "{full}"
        );
        assert_eq!(dropped(&metrics, "failed"), 0);
        // Connections are refused from now on, so the end need not wait for an answer.
        drop(silent);
        tracer.close();
        assert!(tracer.begin(Kind::Server, "test", None).is_none());
    }
}
