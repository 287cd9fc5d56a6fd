//! The serving view: embedded, or on Aerospike.

use std::sync::Arc;

use kit::shutdown::Shutdown;
use stores::View;
use stores::embedded::Store;

use super::Settings;
use super::checks::Checks;
#[cfg(feature = "cluster")]
use super::pulse::pulse;
use crate::failure::Failure;

/// The view that the configuration names.
pub(super) async fn open(
    settings: &Settings,
    store: &Store,
    checks: &mut Checks,
    shutdown: &Shutdown,
) -> Result<Arc<dyn View>, Failure> {
    if settings.config.aerospike.hosts.is_empty() {
        return Ok(store.view());
    }
    open_aerospike(settings, checks, shutdown).await
}

#[cfg(feature = "cluster")]
async fn open_aerospike(
    settings: &Settings,
    checks: &mut Checks,
    shutdown: &Shutdown,
) -> Result<Arc<dyn View>, Failure> {
    let view = Arc::new(super::cluster::aerospike(&settings.config.aerospike).await?);
    let asked = Arc::clone(&view);
    checks.add(
        "aerospike",
        pulse(shutdown, move || {
            let view = Arc::clone(&asked);
            async move { view.check().await.map_err(|error| error.to_string()) }
        }),
    );
    Ok(view)
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
) -> Result<Arc<dyn View>, Failure> {
    Err(super::not_built("aerospike.hosts", "servers of Aerospike"))
}
