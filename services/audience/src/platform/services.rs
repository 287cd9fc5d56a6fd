//! The services of the process: their routes on their ports, and what runs beside them.

use std::sync::Arc;
use std::time::Duration;

use kit::health::{Health, Readiness};
use kit::http::{Api, Guard, Limits, ServiceInfo, serve, service};
use kit::metrics::Metrics;
use kit::shutdown::Shutdown;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::Settings;
use super::listeners::Listeners;
use super::stores::Stores;
use crate::client::Addresses;

/// What the services are made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) stores: &'a Stores,
    pub(crate) processor: &'a stream_processor::Handle,
    pub(crate) guard: &'a Guard,
    pub(crate) readiness: &'a Readiness,
    pub(crate) metrics: &'a Metrics,
    pub(crate) shutdown: &'a Shutdown,
}

const PROCESSOR: &str = "stream-processor";
/// Between two looks at whether the processor has begun.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Starts all services.
pub(crate) fn start(
    parts: &Parts<'_>,
    listeners: Listeners,
    addresses: &Addresses,
    tasks: &mut JoinSet<()>,
) {
    let campaigns = parts.campaigns();
    let apis = Apis::new(parts, campaigns.clone());
    let services = [
        ("segment-api", listeners.segments, apis.console()),
        ("ingestion-api", listeners.ingestion, apis.ingestion),
        (
            "communication-api",
            listeners.communication,
            apis.communication,
        ),
        ("rule-engine", listeners.rules, apis.rules),
        (PROCESSOR, listeners.processor, apis.processor),
    ];
    for (name, listener, api) in services {
        tasks.spawn(parts.serve(name, listener, api));
        parts.readiness.set(name, name != PROCESSOR);
    }
    tasks.spawn(parts.ready_when_begun());
    for (listener, page) in listeners.pages {
        let router = web_console::redirects(&addresses.segments, page);
        tasks.spawn(serve(
            listener,
            router,
            parts.limits(),
            parts.shutdown.clone(),
        ));
    }
    let stores = parts.stores;
    let publisher = segment_api::Publisher::new(
        stores.catalog(),
        Arc::clone(&stores.streams.events),
        Arc::clone(&stores.streams.updates),
    );
    tasks.spawn(publisher.run(parts.shutdown.clone()));
    tasks.spawn(communication_api::run_scheduler(
        campaigns,
        parts.shutdown.clone(),
    ));
}

/// The routes of each service.
struct Apis {
    segments: Api,
    ingestion: Api,
    communication: Api,
    rules: Api,
    processor: Api,
}

impl Apis {
    fn new(parts: &Parts<'_>, campaigns: communication_api::State) -> Self {
        let stores = parts.stores;
        let segments = segment_api::Parts {
            catalog: stores.catalog(),
            view: Arc::clone(&stores.view),
            owners: parts.processor.owners(),
            events: Arc::clone(&stores.streams.events),
        };
        let rules = rule_engine::Parts {
            catalog: stores.catalog(),
            view: Arc::clone(&stores.view),
            owners: parts.processor.owners(),
            events: Arc::clone(&stores.streams.events),
        };
        let options = ingestion_api::Options::from(&parts.settings.config.events);
        let log = Arc::clone(&stores.streams.events);
        let ingestion = ingestion_api::Ingestion::new(log, options, parts.metrics);
        Self {
            segments: segment_api::api(segment_api::State::new(segments)),
            ingestion: ingestion_api::api(ingestion),
            communication: communication_api::api(campaigns),
            rules: rule_engine::api(rule_engine::State::new(rules)),
            processor: parts.processor.api(),
        }
    }

    /// Segments and the page. The page talks to every service at its own origin, so in one process
    /// its port answers for all of them.
    fn console(&self) -> Api {
        let others = [
            &self.ingestion,
            &self.communication,
            &self.rules,
            &self.processor,
        ];
        let own = self.segments.clone().merge(web_console::router());
        others
            .into_iter()
            .fold(own, |all, other| all.merge(other.clone()))
    }
}

impl Parts<'_> {
    /// Says that the processor is ready once each of its owners has begun.
    fn ready_when_begun(&self) -> impl Future<Output = ()> + Send + 'static {
        let (has_begun, shutdown) = (self.processor.has_begun(), self.shutdown.clone());
        let readiness = self.readiness.clone();
        async move {
            while !has_begun() && !shutdown.is_requested() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            readiness.set(PROCESSOR, has_begun());
        }
    }

    fn campaigns(&self) -> communication_api::State {
        let stores = self.stores;
        communication_api::State::new(communication_api::Parts {
            catalog: stores.catalog(),
            campaigns: stores.campaigns(),
            view: Arc::clone(&stores.view),
            notifications: Arc::clone(&stores.streams.notifications),
        })
    }

    fn limits(&self) -> Limits {
        Limits::from(&self.settings.config.http)
    }

    fn serve(
        &self,
        name: &'static str,
        listener: TcpListener,
        api: Api,
    ) -> impl Future<Output = ()> + Send + 'static {
        let info = ServiceInfo {
            name,
            version: env!("CARGO_PKG_VERSION"),
        };
        let (guard, metrics) = (self.guard.clone(), self.metrics.clone());
        let router = service(info, api, guard, self.health(), metrics);
        serve(listener, router, self.limits(), self.shutdown.clone())
    }

    /// All services stand on the same stores, and on one processor.
    fn health(&self) -> Health {
        let health = Health::new(self.readiness.clone());
        self.stores.checks.tell(&health);
        health.component("processor", self.processor.health());
        health
    }
}
