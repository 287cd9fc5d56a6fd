//! What the services stand on, behind its ports: stores in one folder, and in their place the real
//! parts that the configuration names.

mod catalog;
mod checks;
#[cfg(feature = "cluster")]
mod cluster;
#[cfg(feature = "cluster")]
mod pulse;
mod streams;
mod view;

use std::path::Path;
use std::sync::Arc;

use ::stores::embedded::{Options, Store};
use ::stores::{BuildReports, Campaigns, Catalog, Log, StoreError, Topic, View};
use kit::config::Config;
use kit::metrics::Metrics;
use kit::shutdown::Shutdown;

use serde::Serialize;

use super::Settings;
use crate::failure::Failure;
use catalog::CatalogStore;
use checks::Checks;
use streams::Streams;

/// What the services stand on.
#[derive(Debug)]
pub(crate) struct Stores {
    catalog: CatalogStore,
    pub(crate) streams: Streams,
    pub(crate) view: Arc<dyn View>,
    pub(crate) checks: Checks,
}

impl Stores {
    /// Opens them; a folder that is not there is made.
    pub(crate) async fn open(settings: &Settings, shutdown: &Shutdown) -> Result<Self, Failure> {
        let data = settings.data();
        std::fs::create_dir_all(data).map_err(|error| {
            Failure::message(format!("cannot make `{}`: {error}", data.display()))
        })?;
        let options = Options {
            partitions: settings.config.log.partitions,
            ..Options::default()
        };
        let store = Store::open(data, options).map_err(|error| in_folder(data, &error))?;
        let mut checks = Checks::default();
        let catalog = CatalogStore::open(settings, &mut checks, shutdown).await?;
        let streams = Streams::open(settings, &store, &mut checks, shutdown).await?;
        let view = view::open(settings, &store, &mut checks, shutdown).await?;
        checks.add("store", move || store.health());
        Ok(Self {
            catalog,
            streams,
            view,
            checks,
        })
    }

    /// Starts the owners of this process's partitions.
    pub(crate) fn start_processor(
        &self,
        settings: &Settings,
        metrics: &Metrics,
        shutdown: &Shutdown,
    ) -> Result<stream_processor::Handle, Failure> {
        let options = stream_processor::Options {
            cache_bytes: settings.config.state.cache_bytes as usize,
            ..stream_processor::Options::default()
        };
        let streams = &self.streams;
        let parts = stream_processor::Parts {
            events: Arc::clone(&streams.events),
            changes: Arc::clone(&streams.changes),
            ownership: streams.ownership(),
            journal: Arc::clone(&streams.journal),
            view: Arc::clone(&self.view),
            reports: self.reports(),
            metrics: metrics.clone(),
            shutdown: shutdown.clone(),
            runtime: tokio::runtime::Handle::current(),
        };
        stream_processor::Processor::start(&options, parts).map_err(|error| {
            Failure::message(format!("the stream processor cannot start: {error}"))
        })
    }

    /// Campaigns behind their port.
    pub(crate) fn campaigns(&self) -> Arc<dyn Campaigns> {
        self.catalog.campaigns()
    }

    /// The catalog behind its port.
    pub(crate) fn catalog(&self) -> Arc<dyn Catalog> {
        self.catalog.catalog()
    }

    fn reports(&self) -> Arc<dyn BuildReports> {
        self.catalog.catalog()
    }

    /// Closes what has to be closed.
    pub(crate) async fn close(self) {
        let streams = self.streams;
        // What it waits for is told where it happens.
        let _ = tokio::task::spawn_blocking(move || streams.close()).await;
        self.catalog.close().await;
    }
}

/// The recorded `user-events` of a folder that no process has open.
pub(crate) fn open_recorded(data: &Path) -> Result<Arc<dyn Log>, Failure> {
    let failed = |reason: String| {
        let message = format!("cannot open `{}`: {reason}", data.display());
        Failure::new(
            message,
            "name the folder of a platform, and stop that first",
        )
    };
    let partitions = Store::partitions_of(data).map_err(|error| failed(error.to_string()))?;
    let options = Options {
        partitions,
        ..Options::default()
    };
    let store = Store::open(data, options).map_err(|error| failed(error.to_string()))?;
    Ok(store.log(Topic::UserEvents))
}

/// The `user-events` of a platform on Kafka. It blocks.
#[cfg(feature = "cluster")]
pub(crate) fn open_on_kafka(brokers: &str, topic_prefix: &str) -> Result<Arc<dyn Log>, Failure> {
    cluster::open_events(brokers, topic_prefix)
}

/// A topic of the platform on Kafka.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MadeTopic {
    pub(crate) topic: String,
    /// Whether it was made just now.
    pub(crate) is_new: bool,
}

/// Makes the topics that are missing.
#[cfg(feature = "cluster")]
pub(crate) async fn make_topics(config: &Config) -> Result<Vec<MadeTopic>, Failure> {
    cluster::make_topics(config).await
}

/// The same, which this build cannot do, as the one below.
#[cfg(not(feature = "cluster"))]
pub(crate) async fn make_topics(_config: &Config) -> Result<Vec<MadeTopic>, Failure> {
    Err(not_built("kafka.brokers", "brokers of Kafka"))
}

/// The `user-events` of a platform on Kafka.
#[cfg(not(feature = "cluster"))]
pub(crate) fn open_on_kafka(_brokers: &str, _topic_prefix: &str) -> Result<Arc<dyn Log>, Failure> {
    Err(not_built("--brokers", "brokers of Kafka"))
}

fn in_folder(data: &Path, error: &StoreError) -> Failure {
    let message = format!("cannot open `{}`: {error}", data.display());
    Failure::new(message, "is another `audience` running on it?")
}

/// That a part which is configured is not in this build.
#[cfg(not(feature = "cluster"))]
fn not_built(key: &str, part: &str) -> Failure {
    Failure::new(
        format!("`{key}` names {part}, and this build knows the embedded stores alone"),
        "build it with `cargo build --release --features cluster`",
    )
}
