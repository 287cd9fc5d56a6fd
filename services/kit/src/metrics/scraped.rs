//! Gauges that are read when Prometheus asks.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

/// One value of a gauge, with its labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Names and values.
    pub labels: Vec<(&'static str, String)>,
    /// The value.
    pub value: f64,
}

/// A family of gauges, read at each scrape.
pub(super) struct Scraped<F> {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) read: F,
}

impl<F> Collector for Scraped<F>
where
    F: Fn() -> Vec<Sample> + Send + Sync + 'static,
{
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut family =
            encoder.encode_descriptor(self.name, self.help, None, MetricType::Gauge)?;
        for Sample { labels, value } in (self.read)() {
            ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl<F> fmt::Debug for Scraped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut scraped = f.debug_struct("Scraped");
        scraped.field("name", &self.name).finish_non_exhaustive()
    }
}
