//! What the routes work with.

use std::sync::Arc;

use kit::http::Problem;
use stores::{Catalog, Log, Owners, View};
use tokio::sync::Semaphore;

use crate::checked_rules::CheckedRules;
use crate::definitions::{Definitions, KnownDefinitions};

/// What the service stands on.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Segments and the schema.
    pub catalog: Arc<dyn Catalog>,
    /// Profiles and memberships.
    pub view: Arc<dyn View>,
    /// Who explains memberships and evaluates for users.
    pub owners: Arc<dyn Owners>,
    /// [`stores::Topic::UserEvents`].
    pub events: Arc<dyn Log>,
}

/// What the routes work with.
#[derive(Debug)]
pub struct State {
    pub(crate) parts: Parts,
    pub(crate) rules: Arc<CheckedRules>,
    definitions: KnownDefinitions,
    /// One permit for each evaluation that may run at once.
    evaluations: Semaphore,
}

impl State {
    /// At most as many evaluations at once as the machine has cores.
    pub fn new(parts: Parts) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            parts,
            rules: Arc::default(),
            definitions: KnownDefinitions::default(),
            evaluations: Semaphore::new(cores),
        }
    }

    /// The segments and the schema as they are now.
    pub(crate) async fn definitions(&self) -> Result<Arc<Definitions>, Problem> {
        Ok(self.definitions.get(&*self.parts.catalog).await?)
    }

    /// Runs what takes long on a thread of its own; who comes when all are busy waits.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let _permit = self
            .evaluations
            .acquire()
            .await
            .map_err(Problem::internal)?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(Problem::internal)?
    }
}
