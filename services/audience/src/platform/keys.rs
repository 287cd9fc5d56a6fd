//! Who may call the services of this process, and the keys for the commands that make them.

use std::sync::Arc;

use ::stores::{ApiKeys, CATALOG_FILE, KeyRing};
use kit::http::{Guard, Rates, Throttle};
use kit::metrics::Metrics;
use kit::shutdown::Shutdown;

use super::settings::Settings;
use super::stores::{CatalogStore, Stores};
use crate::failure::Failure;

/// Who may call and how often, and whether nobody has a key yet.
pub(super) async fn guard(
    settings: &Settings,
    stores: &Stores,
    metrics: &Metrics,
    shutdown: &Shutdown,
) -> Result<(Guard, bool), Failure> {
    if settings.is_open {
        return Ok((Guard::open(), false));
    }
    let ring = KeyRing::start(stores.keys(), shutdown.clone()).await;
    let ring = ring.map_err(|error| Failure::message(format!("the keys: {error}")))?;
    let lacks_keys = ring.is_empty();
    let rates = Rates::from(&settings.config.limits);
    let throttle = Throttle::new(stores.rate_limits(), rates, metrics);
    Ok((Guard::of(ring).throttled(throttle), lacks_keys))
}

/// The keys of a platform that may be running, or not be there yet.
#[derive(Debug)]
pub(crate) struct KeyStore(CatalogStore);

impl KeyStore {
    /// Opens the catalog that the configuration names; one in a folder is made only if asked for.
    pub(crate) async fn open(settings: &Settings, make: bool) -> Result<Self, Failure> {
        let data = settings.data();
        if settings.config.catalog.url.is_empty() {
            if !make && !data.join(CATALOG_FILE).exists() {
                let message = format!("there is no platform in `{}`", data.display());
                return Err(Failure::new(message, "name its folder with --data"));
            }
            std::fs::create_dir_all(data).map_err(|error| {
                Failure::message(format!("cannot make `{}`: {error}", data.display()))
            })?;
        }
        Ok(Self(CatalogStore::open(settings).await?))
    }

    /// The keys behind their port.
    pub(crate) fn port(&self) -> Arc<dyn ApiKeys> {
        self.0.keys()
    }

    /// Closes the catalog.
    pub(crate) async fn close(self) {
        self.0.close().await;
    }
}
