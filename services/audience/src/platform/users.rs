//! Where services ask about users: this process's owners and view, or those of all processes.

use std::sync::Arc;

use ::stores::{Owners, View, ViewStore};

use super::Settings;
use super::stores::Stores;
use crate::failure::Failure;

/// Where services ask about users.
#[derive(Debug)]
pub(crate) struct Users {
    pub(crate) view: Arc<dyn View>,
    pub(crate) owners: Arc<dyn Owners>,
}

impl Users {
    /// `address` is where this process's owners are asked, if it has any.
    pub(crate) fn new(
        settings: &Settings,
        stores: &Stores,
        processor: Option<&stream_processor::Handle>,
        address: Option<String>,
    ) -> Result<Self, Failure> {
        #[cfg(feature = "cluster")]
        if let Some(peers) = shared::peers(settings, stores, processor, address)? {
            return Ok(peers);
        }
        #[cfg(not(feature = "cluster"))]
        let _ = (settings, address);
        let own = processor.zip(stores.view());
        let (processor, view) = own.ok_or_else(|| {
            Failure::message("the owners of users are neither in this process nor in a directory")
        })?;
        Ok(Self {
            view: Arc::<dyn ViewStore>::clone(view.port()),
            owners: processor.owners(),
        })
    }
}

#[cfg(feature = "cluster")]
mod shared {
    use std::sync::Arc;

    use stores::{View, ViewStore};
    use stores_cluster::peers::{OwnProcess, Peers};

    use super::super::stores::ViewPlace;
    use super::{Settings, Stores, Users};
    use crate::failure::Failure;

    /// The owners of all processes, where those share the deployment.
    pub(super) fn peers(
        settings: &Settings,
        stores: &Stores,
        processor: Option<&stream_processor::Handle>,
        address: Option<String>,
    ) -> Result<Option<Users>, Failure> {
        let Some(directory) = stores.directory() else {
            return Ok(None);
        };
        let own = processor
            .zip(address)
            .map(|(processor, address)| OwnProcess {
                address,
                peer: processor.peer(),
            });
        let partitions = settings.config.log.partitions;
        let peers = Peers::new(directory, partitions, &settings.config.peers.key, own);
        let peers = peers.map_err(|error| Failure::message(error.to_string()))?;
        let peers = Arc::new(peers);
        let view: Arc<dyn View> = match stores.view() {
            Some(ViewPlace::Shared(shared)) => Arc::<dyn ViewStore>::clone(&shared.view),
            _ => Arc::<Peers>::clone(&peers),
        };
        Ok(Some(Users {
            view,
            owners: peers,
        }))
    }
}
