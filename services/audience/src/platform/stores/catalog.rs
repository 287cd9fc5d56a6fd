//! The catalog: SQLite in the folder, or PostgreSQL.

use std::sync::Arc;

use kit::shutdown::Shutdown;
#[cfg(feature = "cluster")]
use stores::PostgresCatalog;
use stores::{Campaigns, Catalog, Directory, EveryLease, Leases, SqliteCatalog};

use super::checks::Checks;
#[cfg(feature = "cluster")]
use super::pulse::pulse;
use super::{Settings, in_folder, make_folder};
use crate::failure::Failure;

/// The catalog that the configuration names.
#[derive(Debug)]
pub(crate) enum CatalogStore {
    Sqlite(Arc<SqliteCatalog>),
    #[cfg(feature = "cluster")]
    Postgres(Arc<PostgresCatalog>),
}

impl CatalogStore {
    pub(crate) async fn open(
        settings: &Settings,
        checks: &mut Checks,
        shutdown: &Shutdown,
    ) -> Result<Self, Failure> {
        if settings.config.catalog.url.is_empty() {
            let data = settings.data();
            make_folder(data)?;
            let opened = SqliteCatalog::open(data).await;
            let catalog = opened.map_err(|error| in_folder(data, &error))?;
            return Ok(Self::Sqlite(Arc::new(catalog)));
        }
        Self::open_postgres(settings, checks, shutdown).await
    }

    #[cfg(feature = "cluster")]
    async fn open_postgres(
        settings: &Settings,
        checks: &mut Checks,
        shutdown: &Shutdown,
    ) -> Result<Self, Failure> {
        let catalog = Arc::new(super::cluster::postgres(&settings.config.catalog).await?);
        let asked = Arc::clone(&catalog);
        checks.add(
            "postgresql",
            pulse(shutdown, move || {
                let catalog = Arc::clone(&asked);
                async move {
                    let answer = catalog.revision().await;
                    answer.map(drop).map_err(|error| error.to_string())
                }
            }),
        );
        Ok(Self::Postgres(catalog))
    }

    #[cfg(not(feature = "cluster"))]
    #[expect(
        clippy::unused_async,
        reason = "with the feature `cluster` it connects"
    )]
    async fn open_postgres(
        _settings: &Settings,
        _checks: &mut Checks,
        _shutdown: &Shutdown,
    ) -> Result<Self, Failure> {
        Err(super::not_built("catalog.url", "a PostgreSQL database"))
    }

    pub(crate) fn catalog(&self) -> Arc<dyn Catalog> {
        match self {
            Self::Sqlite(catalog) => Arc::<SqliteCatalog>::clone(catalog),
            #[cfg(feature = "cluster")]
            Self::Postgres(catalog) => Arc::<PostgresCatalog>::clone(catalog),
        }
    }

    pub(crate) fn campaigns(&self) -> Arc<dyn Campaigns> {
        match self {
            Self::Sqlite(catalog) => Arc::<SqliteCatalog>::clone(catalog),
            #[cfg(feature = "cluster")]
            Self::Postgres(catalog) => Arc::<PostgresCatalog>::clone(catalog),
        }
    }

    /// Who owns what; `None` where processes cannot share the catalog.
    pub(crate) fn directory(&self) -> Option<Arc<dyn Directory>> {
        match self {
            Self::Sqlite(_) => None,
            #[cfg(feature = "cluster")]
            Self::Postgres(catalog) => Some(Arc::<PostgresCatalog>::clone(catalog)),
        }
    }

    pub(crate) fn leases(&self) -> Arc<dyn Leases> {
        match self {
            Self::Sqlite(_) => Arc::new(EveryLease),
            #[cfg(feature = "cluster")]
            Self::Postgres(catalog) => Arc::<PostgresCatalog>::clone(catalog),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(catalog) => catalog.close().await,
            #[cfg(feature = "cluster")]
            Self::Postgres(catalog) => catalog.close().await,
        }
    }
}
