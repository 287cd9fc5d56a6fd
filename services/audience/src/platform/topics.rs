//! How many records each topic has had: where the log is in this process, the process tells what
//! Kafka's exporter would.

use std::sync::Arc;

use kit::metrics::{Metrics, Sample};
use stores::{Log, Topic};

use super::stores::Stores;

/// Counts the records of all topics, under the name that Kafka's exporter gives that.
pub(crate) fn count(stores: &Stores, metrics: &Metrics) {
    let logs = stores.streams.topics();
    let logs = logs.map(|(topic, log)| (topic, Arc::clone(log)));
    metrics.scraped(
        "kafka_server_brokertopicmetrics_messagesinpersec_count",
        "Records that came in; ask for the rate",
        move || logs.iter().filter_map(records).collect(),
    );
}

/// Of a log that cannot be asked it is not known.
fn records((topic, log): &(Topic, Arc<dyn Log>)) -> Option<Sample> {
    let ends = log.ends().ok()?;
    Some(Sample {
        labels: vec![("topic", topic.name().to_owned())],
        value: ends.iter().sum::<u64>() as f64,
    })
}
