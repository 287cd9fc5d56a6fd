//! The embedded stores of one folder.

use std::path::Path;
use std::sync::Arc;

use kit::metrics::Metrics;
use kit::shutdown::Shutdown;
use stores::embedded::{Options, Store};
use stores::{
    Campaigns, Catalog, EveryPartition, Journal, Log, SqliteCatalog, StoreError, Topic, View,
};

use super::Settings;
use crate::failure::Failure;

/// The embedded stores of one folder, behind their ports.
#[derive(Debug)]
pub(crate) struct Stores {
    pub(crate) store: Arc<Store>,
    pub(crate) catalog: Arc<SqliteCatalog>,
    pub(crate) events: Arc<dyn Log>,
    pub(crate) updates: Arc<dyn Log>,
    pub(crate) changes: Arc<dyn Log>,
    pub(crate) notifications: Arc<dyn Log>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) view: Arc<dyn View>,
}

impl Stores {
    /// Opens them; a folder that is not there is made.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Failure> {
        let data = settings.data();
        let failed = |error: StoreError| {
            let message = format!("cannot open `{}`: {error}", data.display());
            Failure::new(message, "is another `audience` running on it?")
        };
        std::fs::create_dir_all(data).map_err(|error| {
            Failure::message(format!("cannot make `{}`: {error}", data.display()))
        })?;
        let options = Options {
            partitions: settings.config.log.partitions,
            ..Options::default()
        };
        let store = Store::open(data, options).map_err(failed)?;
        let catalog = SqliteCatalog::open(data).await.map_err(failed)?;
        Ok(Self {
            catalog: Arc::new(catalog),
            events: store.log(Topic::UserEvents),
            updates: store.log(Topic::SegmentUpdates),
            changes: store.log(Topic::UserSegments),
            notifications: store.log(Topic::NotificationRequests),
            journal: store.journal(),
            view: store.view(),
            store: Arc::new(store),
        })
    }

    /// Starts the owners of all partitions.
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
        let parts = stream_processor::Parts {
            events: Arc::clone(&self.events),
            changes: Arc::clone(&self.changes),
            ownership: Arc::new(EveryPartition::new(self.events.partitions())),
            journal: Arc::clone(&self.journal),
            view: Arc::clone(&self.view),
            reports: Arc::<SqliteCatalog>::clone(&self.catalog),
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
        Arc::<SqliteCatalog>::clone(&self.catalog)
    }

    /// The catalog behind its port.
    pub(crate) fn catalog(&self) -> Arc<dyn Catalog> {
        Arc::<SqliteCatalog>::clone(&self.catalog)
    }

    /// Closes what has to be closed.
    pub(crate) async fn close(self) {
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
