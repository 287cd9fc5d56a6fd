//! What a process counts, for Prometheus.
//!
//! One registry a process. A counter is registered without `_total`: the encoding adds it.

mod scraped;

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
pub use prometheus_client::metrics::counter::Counter;
pub use prometheus_client::metrics::family::Family;
pub use prometheus_client::metrics::gauge::Gauge;
pub use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};
pub use scraped::Sample;
use scraped::Scraped;

/// Bounds of histograms of seconds: from half a millisecond to 30 seconds.
pub const SECONDS_BUCKETS: [f64; 15] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// A process's metrics. Clones share one registry.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<RequestSecondsLabels, Histogram, fn() -> Histogram>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    service: &'static str,
    method: &'static str,
    path: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestSecondsLabels {
    service: &'static str,
    method: &'static str,
    path: String,
}

impl Metrics {
    /// The metrics of HTTP alone.
    pub fn new() -> Self {
        Self::over(Registry::default())
    }

    /// The metrics of HTTP alone, all of which, and all that are added, say in a label `namespace`
    /// where the process runs.
    pub fn in_namespace(namespace: &str) -> Self {
        let label = (Cow::from("namespace"), Cow::from(namespace.to_owned()));
        Self::over(Registry::with_labels([label].into_iter()))
    }

    fn over(registry: Registry) -> Self {
        let metrics = Self {
            registry: Arc::new(Mutex::new(registry)),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(seconds_histogram),
        };
        let requests = metrics.requests.clone();
        metrics.register("http_requests", "Requests answered", requests);
        let seconds = metrics.request_seconds.clone();
        let help = "From the end of a request's headers to its answer";
        metrics.register("http_request_duration_seconds", help, seconds);
        metrics
    }

    /// Adds a metric under a name that nobody has yet; keep a clone to change it.
    pub fn register(&self, name: &str, help: &str, metric: impl Metric) {
        self.registry().register(name, help, metric);
    }

    /// Adds a counter `<name>_total`.
    pub fn counter(&self, name: &str, help: &str) -> Counter {
        let counter = Counter::default();
        self.register(name, help, counter.clone());
        counter
    }

    /// Adds a histogram of seconds.
    pub fn seconds(&self, name: &str, help: &str) -> Histogram {
        let histogram = seconds_histogram();
        self.register(name, help, histogram.clone());
        histogram
    }

    /// Adds metrics with labels.
    pub fn family<L, M>(&self, name: &str, help: &str) -> Family<L, M>
    where
        Family<L, M>: Metric + Default + Clone,
    {
        let family = Family::<L, M>::default();
        self.register(name, help, family.clone());
        family
    }

    /// Adds gauges that `read` tells at each scrape: what stands elsewhere already, where a copy
    /// could be behind.
    pub fn scraped(
        &self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> Vec<Sample> + Send + Sync + 'static,
    ) {
        let scraped = Box::new(Scraped { name, help, read });
        self.registry().register_collector(scraped);
    }

    /// All of them in the OpenMetrics text format.
    ///
    /// # Errors
    /// A metric that cannot be written.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry())?;
        Ok(text)
    }

    pub(crate) fn request(&self, request: &Answered<'_>) {
        let Answered {
            service,
            method,
            path,
            status,
            seconds,
        } = *request;
        let labels = RequestSecondsLabels {
            service,
            method,
            path: path.to_owned(),
        };
        self.request_seconds.get_or_create(&labels).observe(seconds);
        let labels = RequestLabels {
            service,
            method,
            path: labels.path,
            status,
        };
        self.requests.get_or_create(&labels).inc();
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// A request that was answered.
pub(crate) struct Answered<'a> {
    pub(crate) service: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'a str,
    pub(crate) status: u16,
    pub(crate) seconds: f64,
}

/// A histogram of seconds, not registered: for families.
pub fn seconds_histogram() -> Histogram {
    Histogram::new(SECONDS_BUCKETS)
}
