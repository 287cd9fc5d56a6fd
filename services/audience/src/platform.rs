//! The services of a process, by default all of them, on the stores that the configuration names, put
//! together here and nowhere else.

mod gateway;
mod keys;
mod listeners;
mod role;
mod services;
mod settings;
mod stores;
mod topics;
mod users;

use std::sync::Arc;

use ::stores::Log;
use kit::health::Readiness;
use kit::metrics::Metrics;
use kit::shutdown::Shutdown;
use kit::telemetry::Tracer;
use tokio::task::JoinSet;

use crate::client::Addresses;
use crate::failure::Failure;
pub(crate) use keys::KeyStore;
use listeners::Listeners;
pub(crate) use role::{Role, Roles};
pub(crate) use settings::Settings;
use stores::Stores;
pub(crate) use stores::{MadeTopic, make_topics, open_on_kafka, open_recorded};
use users::Users;

/// The running platform.
#[derive(Debug)]
pub(crate) struct Platform {
    addresses: Addresses,
    tasks: JoinSet<()>,
    processor: Option<stream_processor::Handle>,
    stores: Stores,
    tracer: Tracer,
    lacks_keys: bool,
}

impl Platform {
    /// Opens the stores, starts the services and listens. Returns when all of them listen.
    pub(crate) async fn start(settings: Settings, shutdown: Shutdown) -> Result<Self, Failure> {
        let listeners = Listeners::bind(&settings).await?;
        let addresses = listeners.addresses()?;
        let port = listeners.port(Role::StreamProcessor)?;
        let address = port.map(|port| settings.peer_address(port)).transpose()?;
        let metrics = Metrics::in_namespace(&settings.config.telemetry.namespace);
        let tracer = settings.start_tracer(&metrics)?;
        let stores = Stores::open(&settings, &shutdown).await?;
        let readiness = Readiness::default();
        topics::count(&stores, &metrics);
        let (guard, lacks_keys) = keys::guard(&settings, &stores, &metrics, &shutdown).await?;
        let processor = stores.start_processor(&settings, &metrics, &tracer, &shutdown)?;
        let users = Users::new(&settings, &stores, processor.as_ref(), address.clone())?;
        let mut tasks = JoinSet::new();
        if let Some(((processor, directory), address)) =
            processor.as_ref().zip(stores.directory()).zip(address)
        {
            tasks.spawn(processor.announce(directory, address));
        }
        let parts = services::Parts {
            settings: &settings,
            stores: &stores,
            users: &users,
            processor: processor.as_ref(),
            guard: &guard,
            readiness: &readiness,
            metrics: &metrics,
            tracer: &tracer,
            shutdown: &shutdown,
        };
        services::start(&parts, listeners, &addresses, &mut tasks);
        Ok(Self {
            addresses,
            tasks,
            processor,
            stores,
            tracer,
            lacks_keys,
        })
    }

    /// Where the services listen.
    pub(crate) fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Whether calls need a key and nobody has one yet.
    pub(crate) fn lacks_keys(&self) -> bool {
        self.lacks_keys
    }

    /// The topic into which ingestion puts events.
    pub(crate) fn events(&self) -> &Arc<dyn Log> {
        &self.stores.streams.events
    }

    /// Waits until everything has ended after shutdown was requested: requests under way are
    /// answered, owners have committed what they took, and the spans of both are exported.
    pub(crate) async fn ended(mut self) {
        while self.tasks.join_next().await.is_some() {}
        if let Some(processor) = self.processor {
            // What made an owner's thread panic was told where it happened.
            let _ = tokio::task::spawn_blocking(|| processor.join()).await;
        }
        self.stores.close().await;
        let tracer = self.tracer;
        let _ = tokio::task::spawn_blocking(move || tracer.close()).await;
    }
}
