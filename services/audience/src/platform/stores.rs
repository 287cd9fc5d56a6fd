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
use ::stores::{
    ApiKeys, BuildReports, Campaigns, Catalog, Directory, Leases, Log, MemoryRateLimits,
    MemorySessions, RateLimits, RuleCache, Sessions, StoreError, Topic,
};
use kit::config::{Config, KafkaConfig};
use kit::metrics::Metrics;
use kit::shutdown::Shutdown;
use kit::telemetry::Tracer;

use serde::Serialize;

use super::{Role, Settings};
use crate::failure::Failure;
pub(super) use catalog::CatalogStore;
use checks::Checks;
use streams::Streams;
pub(crate) use view::ViewPlace;

/// What the services stand on.
#[derive(Debug)]
pub(crate) struct Stores {
    catalog: CatalogStore,
    pub(crate) streams: Streams,
    view: Option<ViewPlace>,
    is_shared: bool,
    pub(crate) checks: Checks,
}

impl Stores {
    /// Opens what the process's services need.
    pub(crate) async fn open(settings: &Settings, shutdown: &Shutdown) -> Result<Self, Failure> {
        let mut checks = Checks::default();
        let folder = settings.has_folder().then(|| open_folder(settings));
        let folder = folder.transpose()?;
        let catalog = CatalogStore::open(settings).await?;
        #[cfg(feature = "cluster")]
        catalog.check(&mut checks, shutdown);
        let streams = Streams::open(settings, folder.as_ref(), &mut checks, shutdown).await?;
        let view = view::open(settings, folder.as_ref(), &mut checks, shutdown).await?;
        if let Some(store) = folder {
            checks.add("store", move || store.health());
        }
        Ok(Self {
            catalog,
            streams,
            view,
            is_shared: settings.is_shared(),
            checks,
        })
    }

    /// Starts the owners of this process's partitions, if it is to have any.
    pub(crate) fn start_processor(
        &self,
        settings: &Settings,
        metrics: &Metrics,
        tracer: &Tracer,
        shutdown: &Shutdown,
    ) -> Result<Option<stream_processor::Handle>, Failure> {
        let share = self.streams.share.as_ref().zip(self.view.as_ref());
        let Some((share, view)) = share.filter(|_| settings.roles.has(Role::StreamProcessor))
        else {
            return Ok(None);
        };
        let options = stream_processor::Options {
            cache_bytes: settings.config.state.cache_bytes as usize,
            group: settings.config.kafka.group.clone(),
            ..stream_processor::Options::default()
        };
        let streams = &self.streams;
        let parts = stream_processor::Parts {
            events: Arc::clone(&streams.events),
            changes: Arc::clone(&streams.changes),
            ownership: share.ownership(),
            journal: Arc::clone(&share.journal),
            view: Arc::clone(view.port()),
            reports: self.reports(),
            metrics: metrics.clone(),
            tracer: tracer.clone(),
            shutdown: shutdown.clone(),
            runtime: tokio::runtime::Handle::current(),
        };
        let started = stream_processor::Processor::start(&options, parts);
        let started = started.map_err(|error| {
            Failure::message(format!("the stream processor cannot start: {error}"))
        })?;
        Ok(Some(started))
    }

    /// The view, unless it is in the folders of other processes.
    pub(crate) fn view(&self) -> Option<&ViewPlace> {
        self.view.as_ref()
    }

    /// How often callers called: counted by all processes together, or by this one alone.
    pub(crate) fn rate_limits(&self) -> Arc<dyn RateLimits> {
        match &self.view {
            Some(ViewPlace::Shared(shared)) => Arc::clone(&shared.rate_limits),
            _ => Arc::new(MemoryRateLimits::default()),
        }
    }

    /// Where other programs read the rules in force, if there is such a place.
    pub(crate) fn rule_cache(&self) -> Option<Arc<dyn RuleCache>> {
        match &self.view {
            Some(ViewPlace::Shared(shared)) => Some(Arc::clone(&shared.rules)),
            _ => None,
        }
    }

    /// Users' sessions: told of by all processes together, or by this one alone.
    pub(crate) fn sessions(&self, settings: &Settings) -> Arc<dyn Sessions> {
        match &self.view {
            Some(ViewPlace::Shared(shared)) => Arc::clone(&shared.sessions),
            _ => Arc::new(MemorySessions::new(settings.session_ttl())),
        }
    }

    /// Where the owners of all partitions are, if other processes may have some.
    pub(crate) fn directory(&self) -> Option<Arc<dyn Directory>> {
        self.catalog.directory().filter(|_| self.is_shared)
    }

    /// Which process does what one alone should do.
    pub(crate) fn leases(&self) -> Arc<dyn Leases> {
        self.catalog.leases()
    }

    /// Campaigns behind their port.
    pub(crate) fn campaigns(&self) -> Arc<dyn Campaigns> {
        self.catalog.campaigns()
    }

    /// The keys of callers behind their port.
    pub(crate) fn keys(&self) -> Arc<dyn ApiKeys> {
        self.catalog.keys()
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

/// The stores in the folder, which is made where it is not there.
fn open_folder(settings: &Settings) -> Result<Store, Failure> {
    let data = settings.data();
    make_folder(data)?;
    let options = Options {
        partitions: settings.config.log.partitions,
        ..Options::default()
    };
    Store::open(data, options).map_err(|error| in_folder(data, &error))
}

fn make_folder(data: &Path) -> Result<(), Failure> {
    let made = std::fs::create_dir_all(data);
    made.map_err(|error| Failure::message(format!("cannot make `{}`: {error}", data.display())))
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
pub(crate) fn open_on_kafka(config: &KafkaConfig) -> Result<Arc<dyn Log>, Failure> {
    cluster::open_events(config)
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
pub(crate) fn open_on_kafka(_config: &KafkaConfig) -> Result<Arc<dyn Log>, Failure> {
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
