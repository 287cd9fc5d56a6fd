//! The services of the process: their routes on their ports, and what runs beside them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ingestion_api::Ingestion;
use kit::config::ConsoleConfig;
use kit::health::{Health, Readiness};
use kit::http::{Api, Guard, Limits, ServiceInfo, serve, service};
use kit::metrics::Metrics;
use kit::shutdown::Shutdown;
use kit::telemetry::Tracer;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::listeners::Listeners;
use super::stores::Stores;
use super::users::Users;
use super::{Role, Roles, Settings, gateway};
use crate::client::Addresses;

/// What the services are made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) stores: &'a Stores,
    pub(crate) users: &'a Users,
    /// `None` where its role is another process's.
    pub(crate) processor: Option<&'a stream_processor::Handle>,
    pub(crate) guard: &'a Guard,
    pub(crate) readiness: &'a Readiness,
    pub(crate) metrics: &'a Metrics,
    pub(crate) tracer: &'a Tracer,
    pub(crate) shutdown: &'a Shutdown,
}

/// Between two looks at whether the processor has begun.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Starts the services of the process.
pub(crate) fn start(
    parts: &Parts<'_>,
    listeners: Listeners,
    addresses: &Addresses,
    tasks: &mut JoinSet<()>,
) {
    let (campaigns, ingestion) = (parts.campaigns(), parts.ingestion());
    let roles = parts.settings.roles.iter();
    let apis: BTreeMap<Role, Api> = roles
        .map(|role| (role, parts.api(role, &campaigns, ingestion.as_ref())))
        .collect();
    let console = &parts.settings.config.console;
    for (role, listener) in listeners.services {
        tasks.spawn(parts.serve(role.name(), listener, served(role, &apis, console)));
        parts
            .readiness
            .set(role.name(), role != Role::StreamProcessor);
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
    if let Some(ingestion) = ingestion {
        tasks.spawn(ingestion.keep_sessions(parts.shutdown.clone()));
    }
    parts.start_beside(campaigns, tasks);
}

/// What is served on the port of a service: with segments the page, which talks to every service at
/// its own origin; so there all answer, those of other processes by a detour.
fn served(role: Role, apis: &BTreeMap<Role, Api>, console: &ConsoleConfig) -> Api {
    let own = apis.get(&role).cloned();
    let own = own.unwrap_or_else(|| Api::new(role.name()));
    if role != Role::SegmentApi {
        return own;
    }
    let all = Roles::all();
    let others = all.iter().filter(|other| *other != role);
    others.fold(own.merge(web_console::router()), |all, other| {
        let elsewhere = || gateway::routes(other, console);
        all.merge(apis.get(&other).cloned().unwrap_or_else(elsewhere))
    })
}

impl Parts<'_> {
    /// The routes of a service; none of one that is another process's.
    fn api(
        &self,
        role: Role,
        campaigns: &communication_api::State,
        ingestion: Option<&Ingestion>,
    ) -> Api {
        let (stores, users) = (self.stores, self.users);
        match role {
            Role::SegmentApi => segment_api::api(segment_api::State::new(segment_api::Parts {
                catalog: stores.catalog(),
                view: Arc::clone(&users.view),
                owners: Arc::clone(&users.owners),
                events: Arc::clone(&stores.streams.events),
            })),
            Role::IngestionApi => {
                let api = ingestion.cloned().map(ingestion_api::api);
                api.unwrap_or_else(|| Api::new(role.name()))
            }
            Role::CommunicationApi => communication_api::api(campaigns.clone()),
            Role::RuleEngine => rule_engine::api(rule_engine::State::new(rule_engine::Parts {
                catalog: stores.catalog(),
                view: Arc::clone(&users.view),
                owners: Arc::clone(&users.owners),
                events: Arc::clone(&stores.streams.events),
            })),
            Role::StreamProcessor => {
                let owners = || Arc::clone(&users.owners);
                let api = self.processor.map(|processor| processor.api(owners()));
                api.unwrap_or_else(|| Api::new(role.name()))
            }
        }
    }

    /// What services do of their own accord.
    fn start_beside(&self, campaigns: communication_api::State, tasks: &mut JoinSet<()>) {
        let (stores, roles) = (self.stores, &self.settings.roles);
        if roles.has(Role::SegmentApi) {
            let publisher = segment_api::Publisher::new(
                stores.catalog(),
                Arc::clone(&stores.streams.events),
                Arc::clone(&stores.streams.updates),
                stores.leases(),
            );
            tasks.spawn(publisher.run(self.shutdown.clone()));
            if let Some(cache) = stores.rule_cache() {
                let keeper = segment_api::RuleKeeper::new(stores.catalog(), cache, stores.leases());
                tasks.spawn(keeper.run(self.shutdown.clone()));
            }
        }
        if roles.has(Role::CommunicationApi) {
            tasks.spawn(communication_api::run_scheduler(
                campaigns,
                stores.leases(),
                self.shutdown.clone(),
            ));
        }
    }

    /// Says that the processor is ready once each of its owners has begun.
    fn ready_when_begun(&self) -> impl Future<Output = ()> + Send + 'static {
        let has_begun = self.processor.map(stream_processor::Handle::has_begun);
        let (readiness, shutdown) = (self.readiness.clone(), self.shutdown.clone());
        async move {
            let Some(has_begun) = has_begun else { return };
            while !has_begun() && !shutdown.is_requested() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            readiness.set(Role::StreamProcessor.name(), has_begun());
        }
    }

    /// `None` where its role is another process's.
    fn ingestion(&self) -> Option<Ingestion> {
        let (settings, stores) = (self.settings, self.stores);
        settings.roles.has(Role::IngestionApi).then(|| {
            let log = Arc::clone(&stores.streams.events);
            let options = ingestion_api::Options::from(&settings.config.events);
            Ingestion::new(log, stores.sessions(settings), options, self.metrics)
        })
    }

    fn campaigns(&self) -> communication_api::State {
        let stores = self.stores;
        communication_api::State::new(communication_api::Parts {
            catalog: stores.catalog(),
            campaigns: stores.campaigns(),
            view: Arc::clone(&self.users.view),
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
        let router = service(
            info,
            api,
            guard,
            self.health(),
            metrics,
            self.tracer.clone(),
        );
        serve(listener, router, self.limits(), self.shutdown.clone())
    }

    /// All services of a process stand on the same stores.
    fn health(&self) -> Health {
        let health = Health::new(self.readiness.clone());
        self.stores.checks.tell(&health);
        if let Some(processor) = self.processor {
            health.component("processor", processor.health());
        }
        health
    }
}
