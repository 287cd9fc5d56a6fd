//! The catalog: SQLite in the folder, or PostgreSQL.

use std::sync::Arc;

#[cfg(feature = "cluster")]
use kit::shutdown::Shutdown;
#[cfg(feature = "cluster")]
use stores::PostgresCatalog;
use stores::{ApiKeys, Campaigns, Catalog, Directory, EveryLease, Leases, SqliteCatalog};

#[cfg(feature = "cluster")]
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
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Failure> {
        if settings.config.catalog.url.is_empty() {
            let data = settings.data();
            make_folder(data)?;
            let opened = SqliteCatalog::open(data).await;
            let catalog = opened.map_err(|error| in_folder(data, &error))?;
            return Ok(Self::Sqlite(Arc::new(catalog)));
        }
        Self::open_postgres(settings).await
    }

    #[cfg(feature = "cluster")]
    async fn open_postgres(settings: &Settings) -> Result<Self, Failure> {
        let catalog = super::cluster::postgres(&settings.config.catalog).await?;
        Ok(Self::Postgres(Arc::new(catalog)))
    }

    #[cfg(not(feature = "cluster"))]
    #[expect(
        clippy::unused_async,
        reason = "with the feature `cluster` it connects"
    )]
    async fn open_postgres(_settings: &Settings) -> Result<Self, Failure> {
        Err(super::not_built("catalog.url", "a PostgreSQL database"))
    }

    /// Asks a database that is reached over the network whether it answers, from here on.
    #[cfg(feature = "cluster")]
    pub(super) fn check(&self, checks: &mut Checks, shutdown: &Shutdown) {
        let Self::Postgres(catalog) = self else {
            return;
        };
        let asked = Arc::clone(catalog);
        let ask = move || {
            let catalog = Arc::clone(&asked);
            async move {
                let answer = catalog.revision().await;
                answer.map(drop).map_err(|error| error.to_string())
            }
        };
        checks.add("postgresql", pulse(shutdown, ask));
    }

    pub(crate) fn keys(&self) -> Arc<dyn ApiKeys> {
        match self {
            Self::Sqlite(catalog) => Arc::<SqliteCatalog>::clone(catalog),
            #[cfg(feature = "cluster")]
            Self::Postgres(catalog) => Arc::<PostgresCatalog>::clone(catalog),
        }
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
