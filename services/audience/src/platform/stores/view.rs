//! The serving view: each process's own in its folder, or one on Aerospike, where processes count
//! callers and keep sessions together, too.

use std::sync::Arc;

use kit::shutdown::Shutdown;
use stores::embedded::Store;
use stores::{RateLimits, RuleCache, Sessions, ViewStore};

use super::Settings;
use super::checks::Checks;
#[cfg(feature = "cluster")]
use super::pulse::pulse;
use crate::failure::Failure;

/// The view that this process's owners write.
#[derive(Debug)]
pub(crate) enum ViewPlace {
    /// In the folder, for this process's users alone.
    Own(Arc<dyn ViewStore>),
    /// For the users of all processes.
    Shared(SharedView),
}

/// What processes share on Aerospike.
#[derive(Debug)]
pub(crate) struct SharedView {
    pub(crate) view: Arc<dyn ViewStore>,
    pub(crate) rate_limits: Arc<dyn RateLimits>,
    pub(crate) sessions: Arc<dyn Sessions>,
    pub(crate) rules: Arc<dyn RuleCache>,
}

impl ViewPlace {
    /// The view behind its port.
    pub(crate) fn port(&self) -> &Arc<dyn ViewStore> {
        match self {
            Self::Own(view) => view,
            Self::Shared(shared) => &shared.view,
        }
    }
}

/// The view that the configuration names; `None` where that is in the folders of other processes.
pub(super) async fn open(
    settings: &Settings,
    folder: Option<&Store>,
    checks: &mut Checks,
    shutdown: &Shutdown,
) -> Result<Option<ViewPlace>, Failure> {
    if settings.config.aerospike.hosts.is_empty() {
        return Ok(folder.map(|store| ViewPlace::Own(store.view())));
    }
    let shared = open_aerospike(settings, checks, shutdown).await?;
    Ok(Some(ViewPlace::Shared(shared)))
}

#[cfg(feature = "cluster")]
async fn open_aerospike(
    settings: &Settings,
    checks: &mut Checks,
    shutdown: &Shutdown,
) -> Result<SharedView, Failure> {
    let view = Arc::new(super::cluster::aerospike(&settings.config.aerospike).await?);
    let asked = Arc::clone(&view);
    checks.add(
        "aerospike",
        pulse(shutdown, move || {
            let view = Arc::clone(&asked);
            async move { view.check().await.map_err(|error| error.to_string()) }
        }),
    );
    Ok(SharedView {
        rate_limits: Arc::new(view.rate_limits()),
        rules: Arc::new(view.rule_cache()),
        sessions: Arc::new(view.sessions(settings.session_ttl())),
        view,
    })
}

#[cfg(not(feature = "cluster"))]
#[expect(
    clippy::unused_async,
    reason = "with the feature `cluster` it connects"
)]
async fn open_aerospike(
    _settings: &Settings,
    _checks: &mut Checks,
    _shutdown: &Shutdown,
) -> Result<SharedView, Failure> {
    Err(super::not_built("aerospike.hosts", "servers of Aerospike"))
}
