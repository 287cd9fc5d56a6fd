//! Delays and their percentiles.

use hdrhistogram::Histogram;
use serde_json::{Value, json};

const MICROS_MAX: u64 = 600_000_000;

/// Delays of up to ten minutes, to three digits.
#[derive(Debug)]
pub(crate) struct Delays(Histogram<u64>);

impl Delays {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, MICROS_MAX, 3)?))
    }

    pub(crate) fn record_micros(&mut self, micros: u64) {
        self.0.saturating_record(micros.max(1));
    }

    /// Count, p50, p99, p99.9 and the longest, in milliseconds.
    pub(crate) fn report(&self) -> Value {
        let ms = |micros: u64| micros as f64 / 1000.0;
        let at = |quantile: f64| ms(self.0.value_at_quantile(quantile));
        json!({
            "count": self.0.len(),
            "p50Ms": at(0.5),
            "p99Ms": at(0.99),
            "p999Ms": at(0.999),
            "maxMs": ms(self.0.max()),
        })
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
